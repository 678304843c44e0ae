//! The text files of the workspace.

use std::fs;
use std::path::Path;

use crate::root;

/// The path, relative to the workspace, and the text of every text file.
pub(crate) fn texts() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    // The root's own manifest, one crate's and this file.
    for known in [
        "Cargo.toml",
        "xtask/Cargo.toml",
        "xtask/tests/tidy/files.rs",
    ] {
        assert!(
            files.iter().any(|(path, _)| path == known),
            "{known} was not read"
        );
    }
    files
}

/// The text of one file.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads the text files of a folder and those below it, without what is built, what git keeps and the
/// sources of others.
fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let entry = entry.expect("an entry of a folder");
        let kind = entry.file_type().expect("the entry's type");
        let path = entry.path();
        if kind.is_dir() {
            let name = entry.file_name();
            if name != "target" && name != ".git" && name != "vendor" {
                collect(&path, files);
            }
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path = path.strip_prefix(root()).expect("a path below the root");
            let path = path.to_string_lossy().replace('\\', "/");
            files.push((path, text));
        }
    }
}
