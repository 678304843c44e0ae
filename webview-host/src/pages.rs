//! The app's own pages: files of one directory, behind one origin.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

/// A directory whose files pages may load, and nothing outside it: not by `..`, encoded or not,
/// and not through a symbolic link. Links that stay in the directory are followed.
///
/// So that an app is the same everywhere, names with `\` or `:` are not served anywhere.
#[derive(Clone, Debug)]
pub struct Pages {
    root: PathBuf,
}

/// What a request for a page is answered with: an open file. To read it may take long, so read it in
/// pieces, and not on the thread of the user interface.
#[derive(Debug)]
pub struct PageFile {
    /// The file's MIME type, with the character set for text.
    pub mime: String,
    /// The length in bytes that it had when it was opened.
    pub length: u64,
    /// Its bytes, from the first on.
    pub content: File,
}

impl Pages {
    /// Serves the files under `root`.
    ///
    /// # Errors
    /// When `root` is not a directory that can be read.
    pub fn new(root: impl AsRef<Path>) -> io::Result<Pages> {
        let root = fs::canonicalize(root)?;
        match root.is_dir() {
            true => Ok(Pages { root }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Opens the file for the path of a URL, which is percent-encoded and starts with `/`; a path that
    /// ends with `/` stands for its `index.html`. `None` for what is not there, is no file, or
    /// is outside the directory.
    pub fn open(&self, url_path: &str) -> Option<PageFile> {
        let path = self.resolve(url_path)?;
        let content = File::open(&path).ok()?;
        Some(PageFile {
            mime: mime_of(&path),
            length: content.metadata().ok()?.len(),
            content,
        })
    }

    /// Whether [`Pages::open`] would find a file, if it may be read.
    pub fn contains(&self, url_path: &str) -> bool {
        self.resolve(url_path).is_some()
    }

    fn resolve(&self, url_path: &str) -> Option<PathBuf> {
        // Before it is decoded: an encoded `/` begins no path.
        let relative = percent_decode_str(url_path.strip_prefix('/')?);
        let relative = relative.decode_utf8().ok()?;
        let relative = match relative.is_empty() || relative.ends_with('/') {
            true => Cow::Owned(format!("{relative}index.html")),
            false => relative,
        };
        // Backslashes and drive letters are separators elsewhere; a NUL ends names in C.
        if relative.contains(['\\', '\0', ':']) || !is_below(Path::new(&*relative)) {
            return None;
        }
        let path = fs::canonicalize(self.root.join(&*relative)).ok()?;
        (path.starts_with(&self.root) && path.is_file()).then_some(path)
    }
}

/// Whether a path leads down only, as far as its text tells.
fn is_below(relative: &Path) -> bool {
    let mut components = relative.components();
    components.all(|component| matches!(component, Component::Normal(_)))
}

fn mime_of(path: &Path) -> String {
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = mime.type_() == mime_guess::mime::TEXT
        || mime.subtype() == mime_guess::mime::JAVASCRIPT
        || mime.subtype() == mime_guess::mime::JSON;
    match is_text {
        true => format!("{}; charset=utf-8", mime.essence_str()),
        false => mime.essence_str().to_owned(),
    }
}
