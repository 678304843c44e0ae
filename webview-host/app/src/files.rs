//! Which files of an app its pages get.

use std::io;
use std::path::Path;

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

/// The endings of files that no webview runs.
const TYPESCRIPT: &[&str] = &["ts", "mts", "cts", "tsx"];

/// The files that the pages of the app in `folder` get. When its manifest does not name a folder of their
/// own, neither TypeScript nor the main module is among them.
///
/// # Errors
/// When a folder or a file that is named is not there, or may not be read.
pub fn pages(folder: &Path, main: &Path, named: &PagesFolder) -> io::Result<Pages> {
    let pages = match &named.folder {
        Some(below) => Pages::new(folder.join(below.as_str()))?,
        None => {
            // One that is not there is told when it is loaded.
            let main = main.canonicalize().unwrap_or_default();
            Pages::new(folder)?
                .without(|file| ends_with_any(file, TYPESCRIPT))
                .without(move |file| file == main)
        }
    };
    let pages = pages.without(is_configuration);
    match &named.fallback {
        Some(below) => pages.with_fallback(below.url_path()),
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
