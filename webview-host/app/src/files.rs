//! Which files of an app its pages get.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use app_config::PagesFolder;
use webview_host::pages::Pages;

/// Files that tell how an app is made, wherever they are.
const CONFIGURATION: &[&str] = &[
    "host.json",
    "deno.json",
    "deno.jsonc",
    "deno.lock",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock",
    "bun.lockb",
];

/// The endings of files that only a script can be in: no webview runs them.
const TYPESCRIPT: &[&str] = &["ts", "mts", "cts", "tsx"];

/// The modules that an app's script has loaded.
#[derive(Clone, Debug, Default)]
pub struct ScriptFiles(Arc<Mutex<HashSet<PathBuf>>>);

impl ScriptFiles {
    /// Adds a file. One that is not there is no module.
    pub fn add(&self, file: &Path) {
        if let Ok(file) = file.canonicalize() {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(file);
        }
    }

    fn contains(&self, file: &Path) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(file)
    }
}

/// The files that the pages of the app in `folder` get. When its manifest does not name a folder of their
/// own, these are not the script's: TypeScript, and what it has loaded.
///
/// # Errors
/// When a folder or a file that is named is not there, or may not be read.
pub fn pages(folder: &Path, named: &PagesFolder, script: &ScriptFiles) -> io::Result<Pages> {
    let pages = match &named.folder {
        Some(below) => Pages::new(folder.join(below.as_str()))?,
        None => {
            let script = script.clone();
            Pages::new(folder)?
                .without(|file| ends_with_any(file, TYPESCRIPT))
                .without(move |file| script.contains(file))
        }
    };
    let pages = pages.without(is_configuration);
    match &named.fallback {
        // Its path as in a URL, in which a `%` has a meaning.
        Some(below) => pages.with_fallback(format!("/{}", below.as_str().replace('%', "%25"))),
        None => Ok(pages),
    }
}

// Whether a file system knows a name in other letters, too, is its own affair: nobody has to guess it.

fn is_configuration(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| CONFIGURATION.iter().any(|it| it.eq_ignore_ascii_case(name)))
}

fn ends_with_any(file: &Path, endings: &[&str]) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|it| it.eq_ignore_ascii_case(ending)))
}
