//! The app's configuration files.

use std::fs;
use std::path::{Path, PathBuf};

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::{Map, Value};

use super::LoadError;

const FILE_NAMES: [&str; 2] = ["deno.json", "deno.jsonc"];

/// A file with one JSON object, which may have comments.
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    pub(crate) fields: Map<String, Value>,
}

impl Config {
    /// The deno.json or deno.jsonc that holds for modules in `directory`: the nearest one there or
    /// in a parent.
    pub(crate) fn find(directory: &Path) -> Result<Option<Config>, LoadError> {
        let candidates = directory
            .ancestors()
            .flat_map(|parent| FILE_NAMES.map(|name| parent.join(name)));
        let mut files = candidates.into_iter().filter(|path| path.is_file());
        files.next().map(Config::read).transpose()
    }

    /// Reads a file.
    pub(crate) fn read(path: PathBuf) -> Result<Config, LoadError> {
        let invalid = |reason: String| LoadError::Config {
            path: path.clone(),
            reason,
        };
        let text = fs::read_to_string(&path).map_err(|error| invalid(error.to_string()))?;
        let fields = parse_to_serde_value(&text, &ParseOptions::default())
            .map_err(|error| invalid(error.to_string()))?;
        Ok(Config { path, fields })
    }

    /// Something in it is wrong.
    pub(crate) fn invalid(&self, reason: impl ToString) -> LoadError {
        LoadError::Config {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}
