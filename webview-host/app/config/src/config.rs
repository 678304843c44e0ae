//! The files that count for an app.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::owners::unreadable;
use crate::{ConfigError, Owners, Reason, document};

/// The app's own file.
const MANIFEST: &str = "host.json";

/// Deno's file, by either of its names.
const SHARED: [&str; 2] = ["deno.json", "deno.jsonc"];

/// A file with one JSON object, which may have comments.
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    pub(crate) fields: Map<String, Value>,
}

impl Config {
    /// The host.json beside a main module, if there is one.
    pub(crate) fn manifest(main: &Path) -> Result<Option<Config>, ConfigError> {
        Config::beside(main, MANIFEST)
    }

    /// The deno.json or deno.jsonc beside a main module, if there is one.
    pub(crate) fn shared(main: &Path) -> Result<Option<Config>, ConfigError> {
        let [json, jsonc] = SHARED;
        match (Config::beside(main, json)?, Config::beside(main, jsonc)?) {
            (Some(_), Some(second)) => Err(second.invalid(Reason::TwoFiles { other: json })),
            (first, second) => Ok(first.or(second)),
        }
    }

    /// Something in it is wrong.
    pub(crate) fn invalid(&self, reason: Reason) -> ConfigError {
        ConfigError {
            path: self.path.clone(),
            reason,
        }
    }

    fn beside(main: &Path, name: &str) -> Result<Option<Config>, ConfigError> {
        let Some(path) = main.parent().map(|folder| folder.join(name)) else {
            return Ok(None);
        };
        let opened = Owners::of(main).open(&path);
        let fields = opened.and_then(|file| file.map(read).transpose());
        match fields {
            Ok(fields) => Ok(fields.map(|fields| Config { path, fields })),
            Err(reason) => Err(ConfigError { path, reason }),
        }
    }
}

fn read(file: File) -> Result<Map<String, Value>, Reason> {
    let mut bytes = Vec::new();
    file.take(Reason::MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > Reason::MAX_BYTES {
        return Err(Reason::TooLarge);
    }
    let text = str::from_utf8(&bytes).map_err(|error| Reason::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    document::parse(text)
}
