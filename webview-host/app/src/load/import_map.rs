//! The import map of the app: `imports` and `scopes` in deno.json or deno.jsonc.

use std::path::Path;

use deno_core::url::Url;
use import_map::ImportMap;
use serde_json::Value;

use super::{Config, LoadError};

/// Reads the import map that holds for modules in `directory`, empty when there is none.
pub(super) fn find(directory: &Path) -> Result<ImportMap, LoadError> {
    match Config::find(directory)? {
        Some(config) => read(&config),
        None => Ok(ImportMap::new(file_url(directory)?)),
    }
}

fn read(config: &Config) -> Result<ImportMap, LoadError> {
    let fields = config.fields.iter();
    let map = fields
        .filter(|(key, _)| *key == "imports" || *key == "scopes")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let parsed = import_map::parse_from_value(file_url(&config.path)?, Value::Object(map))
        .map_err(|error| config.invalid(error))?;
    for diagnostic in parsed.diagnostics {
        tracing::warn!(config = %config.path.display(), "{diagnostic}");
    }
    Ok(parsed.import_map)
}

/// The `file:` URL of an absolute path.
pub(super) fn file_url(path: &Path) -> Result<Url, LoadError> {
    Url::from_file_path(path).map_err(|()| LoadError::Config {
        path: path.to_owned(),
        reason: "the path has no file: URL".to_owned(),
    })
}
