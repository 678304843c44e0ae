//! The import map of the app: `imports` and `scopes` in deno.json or deno.jsonc.

use std::fs;
use std::path::{Path, PathBuf};

use deno_core::url::Url;
use import_map::ImportMap;
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::{Map, Value};

use super::LoadError;

const FILE_NAMES: [&str; 2] = ["deno.json", "deno.jsonc"];

/// Reads the import map that holds for modules in `directory`: that of the nearest configuration
/// file there or in a parent, empty when there is none.
pub(super) fn find(directory: &Path) -> Result<ImportMap, LoadError> {
    let candidates = directory
        .ancestors()
        .flat_map(|parent| FILE_NAMES.map(|name| parent.join(name)));
    match candidates.into_iter().find(|path| path.is_file()) {
        Some(path) => read(path),
        None => Ok(ImportMap::new(file_url(directory)?)),
    }
}

fn read(path: PathBuf) -> Result<ImportMap, LoadError> {
    let invalid = |reason: String| LoadError::Config {
        path: path.clone(),
        reason,
    };
    let text = fs::read_to_string(&path).map_err(|error| invalid(error.to_string()))?;
    let config: Map<String, Value> = parse_to_serde_value(&text, &ParseOptions::default())
        .map_err(|error| invalid(error.to_string()))?;
    let map = config
        .into_iter()
        .filter(|(key, _)| key == "imports" || key == "scopes")
        .collect();
    let parsed = import_map::parse_from_value(file_url(&path)?, Value::Object(map))
        .map_err(|error| invalid(error.to_string()))?;
    for diagnostic in parsed.diagnostics {
        tracing::warn!(config = %path.display(), "{diagnostic}");
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
