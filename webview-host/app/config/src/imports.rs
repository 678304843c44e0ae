//! How the specifiers of an app's modules resolve: `imports` and `scopes` in deno.json.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use import_map::{ImportMap, ImportMapErrorKind};
use serde_json::{Map, Value};
use url::Url;

use crate::config::Config;
use crate::{ConfigError, Reason, document};

/// The import map of an app. It names modules that have no address of their own: what is relative,
/// a `file:` URL or a `host:` module means the same with any map.
#[derive(Clone, Debug)]
pub struct Imports {
    map: ImportMap,
    /// The folder of the main module.
    folder: PathBuf,
}

/// What a specifier stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The module's URL, of any scheme.
    pub url: Url,
    /// Whether the map has led to a file outside of the app's folder.
    pub is_outside: bool,
}

/// A specifier stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A bare name that the map does not have.
    #[error("not a relative path, not a URL and not in the import map")]
    Unmapped,
    /// The map refuses it.
    #[error("{0}")]
    Refused(String),
}

impl Imports {
    /// Reads the import map of the app with this main module, an absolute path. It is empty when
    /// there is none.
    ///
    /// # Errors
    /// When a file is there that cannot be used, or there are two.
    pub fn find(main: &Path) -> Result<Imports, ConfigError> {
        let config = Config::shared(main)?;
        let fields = config.as_ref().map(|config| &config.fields);
        let path = config.as_ref().map_or(main, |config| &config.path);
        Imports::new(fields, path).map_err(|reason| ConfigError {
            path: path.to_owned(),
            reason,
        })
    }

    /// Reads the text of a deno.json. `path`, which is absolute, is where it is: targets are relative
    /// to it.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn parse(text: &str, path: &Path) -> Result<Imports, Reason> {
        Imports::new(Some(&document::parse(text)?), path)
    }

    fn new(fields: Option<&Map<String, Value>>, path: &Path) -> Result<Imports, Reason> {
        let no_url = || Reason::ImportMap("the path has no file: URL".to_owned());
        let base = Url::from_file_path(path).map_err(|()| no_url())?;
        let folder = path.parent().unwrap_or(path).to_owned();
        let fields = fields.into_iter().flatten();
        let map: Map<_, _> = fields
            .filter(|(key, _)| *key == "imports" || *key == "scopes")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        check(&map, &base)?;
        let parsed = import_map::parse_from_value(base, Value::Object(map))
            .map_err(|error| Reason::ImportMap(error.to_string()))?;
        for diagnostic in parsed.diagnostics {
            let problem = diagnostic.to_string();
            tracing::warn!(config = ?path, ?problem, "part of the import map does not count");
        }
        check_folders(&parsed.import_map)?;
        Ok(Imports {
            map: parsed.import_map,
            folder,
        })
    }

    /// Resolves a specifier of the module at `referrer`.
    ///
    /// # Errors
    /// When it stands for nothing.
    pub fn resolve(&self, specifier: &str, referrer: &Url) -> Result<Resolved, ImportError> {
        if let Some(url) = own(specifier, referrer) {
            return Ok(Resolved {
                url,
                is_outside: false,
            });
        }
        let mapped = self.map.resolve(specifier, referrer);
        let url = mapped.map_err(|error| match error.into_kind() {
            ImportMapErrorKind::UnmappedBareSpecifier(..) => ImportError::Unmapped,
            other => ImportError::Refused(other.to_string()),
        })?;
        let path = url.to_file_path().ok().filter(|_| url.scheme() == "file");
        let is_outside = path.is_some_and(|path| !self.is_inside(&path));
        Ok(Resolved { url, is_outside })
    }

    /// Whether a file is in the app's folder, by its name. A slash that is encoded in the URL is one
    /// in the path.
    fn is_inside(&self, path: &Path) -> bool {
        let goes_up = path.components().any(|part| part == Component::ParentDir);
        path.starts_with(&self.folder) && !goes_up
    }

    /// What specifiers are relative to in a module whose own URL is not known.
    pub fn base_url(&self) -> &Url {
        self.map.base_url()
    }
}

/// What a specifier stands for by itself, without a map: a file of the app or a module of the host.
fn own(specifier: &str, referrer: &Url) -> Option<Url> {
    if is_relative(specifier) {
        return referrer.join(specifier).ok();
    }
    Url::parse(specifier).ok().filter(is_own)
}

fn is_own(url: &Url) -> bool {
    matches!(url.scheme(), "file" | "host")
}

fn is_relative(specifier: &str) -> bool {
    ["/", "./", "../"]
        .iter()
        .any(|start| specifier.starts_with(start))
}

/// Refuses keys that would cover what is not mapped, and keys of which one would hide another. What
/// has no shape of a map is told when it is read as one.
fn check(map: &Map<String, Value>, base: &Url) -> Result<(), Reason> {
    let scopes = map.get("scopes").and_then(Value::as_object);
    let scopes = scopes.into_iter().flatten();
    let mut seen = HashSet::new();
    for (key, _) in scopes.clone() {
        let scope = base.join(key).map_or_else(|_| key.clone(), String::from);
        if !seen.insert(scope) {
            return Err(Reason::SameKey { key: key.clone() });
        }
    }
    let imports = map.get("imports").into_iter();
    for entries in imports.chain(scopes.map(|(_, entries)| entries)) {
        let mut seen = HashSet::new();
        for key in entries.as_object().into_iter().flat_map(Map::keys) {
            let url = Url::parse(key).ok();
            if is_relative(key) || url.as_ref().is_some_and(is_own) {
                return Err(Reason::OwnSpecifier { key: key.clone() });
            }
            if !seen.insert(url.map_or_else(|| key.clone(), String::from)) {
                return Err(Reason::SameKey { key: key.clone() });
            }
        }
    }
    Ok(())
}

/// Refuses keys that get their slash only as a URL, such as `https://example.com`, and lead to one
/// file: `ImportMap` panics when it resolves what is below them.
fn check_folders(map: &ImportMap) -> Result<(), Reason> {
    let scopes = map.scopes().flat_map(|scope| scope.imports.entries());
    for entry in map.imports().entries().chain(scopes) {
        let is_file = entry.value.is_some_and(|url| !url.as_str().ends_with('/'));
        if entry.key.ends_with('/') && is_file {
            return Err(Reason::NoFolder {
                key: entry.raw_key.to_owned(),
            });
        }
    }
    Ok(())
}
