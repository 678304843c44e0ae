//! Apps as directories.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// An app in a directory of its own, which goes away with it.
#[derive(Debug)]
pub struct AppDir(TempDir);

impl Default for AppDir {
    fn default() -> Self {
        AppDir::new()
    }
}

impl AppDir {
    /// An empty directory.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new() -> AppDir {
        AppDir(tempfile::tempdir().expect("a temporary directory"))
    }

    /// An app of one script and one page.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn of(main: &str, page: &str) -> AppDir {
        AppDir::new().file("main.ts", main).file("index.html", page)
    }

    /// Writes a file, with the directories above it.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn file(self, path: &str, text: &str) -> AppDir {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("directories");
        fs::write(path, text).expect("a file");
        self
    }

    /// Grants the app these origins, in its manifest.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn granted(self, origins: &[&str]) -> AppDir {
        let manifest = format!(r#"{{ "permissions": {{ "origins": {origins:?} }} }}"#);
        self.file("host.json", &manifest)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The path of its `main.ts`.
    pub fn main(&self) -> PathBuf {
        self.path().join("main.ts")
    }
}

/// The `main.ts` of an app under `tests/apps`.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("apps")
        .join(name)
        .join("main.ts")
}
