//! The app's own pages: files of one directory, behind one origin.

mod mime;
mod part;

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use self::part::Part;

/// A directory whose files pages may load, and nothing outside it: not by `..`, encoded or not,
/// and not through a symbolic link. Links that stay in the directory are followed.
///
/// Files and folders whose names begin with a dot are not served, and neither is what
/// [`Pages::without`] says. Every other name that the file system allows is, by its percent-encoded
/// form; where names are not bytes, as on Windows, only those in UTF-8 without `\` and `:`.
#[derive(Clone)]
pub struct Pages {
    root: PathBuf,
    withholds: Vec<Withholds>,
    /// The path of the document for documents that are not there.
    fallback: Option<String>,
}

/// Whether a file, by its absolute path without links, is not for pages.
type Withholds = Arc<dyn Fn(&Path) -> bool + Send + Sync>;

/// A request for a file, as [`Pages::open`] takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRequest {
    /// The path of the URL, which is percent-encoded and starts with `/`.
    pub path: String,
    /// Whether the answer is to be shown as a document.
    pub is_document: bool,
    /// The header `Range`.
    pub range: Option<String>,
    /// The header `If-Range`.
    pub if_range: Option<String>,
}

/// What a request for a file is answered with. To read the file may take long, so read it in pieces,
/// and not on the thread of the user interface.
#[derive(Debug)]
pub struct PageFile {
    /// 200; 206, when the request asks for a part of the file; 416, when the file has no such part.
    pub status: u16,
    /// The headers `Content-Type`, `Accept-Ranges`, `ETag` and, but for 200, `Content-Range`.
    pub headers: Vec<(&'static str, String)>,
    /// The file, open at the first byte of the answer.
    pub content: File,
    /// The bytes of the answer, of which there may be less by now.
    pub length: u64,
}

impl Pages {
    /// Serves the files under `root`.
    ///
    /// # Errors
    /// When `root` is not a directory that can be read.
    pub fn new(root: impl AsRef<Path>) -> io::Result<Pages> {
        let root = fs::canonicalize(root)?;
        match root.is_dir() {
            true => Ok(Pages {
                root,
                withholds: Vec::new(),
                fallback: None,
            }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Withholds more files: those for whose absolute path, without links, `withholds` is true. It is
    /// asked at each request, on any thread.
    #[must_use]
    pub fn without(mut self, withholds: impl Fn(&Path) -> bool + Send + Sync + 'static) -> Pages {
        self.withholds.push(Arc::new(withholds));
        self
    }

    /// Answers requests for documents that are not there with this one, a path as in
    /// [`FileRequest::path`]: pages that show by the path of their URL what it stands for.
    ///
    /// # Errors
    /// When that file is not there, or not served.
    pub fn with_fallback(self, path: impl Into<String>) -> io::Result<Pages> {
        let path = path.into();
        match self.resolve(&path) {
            Some(_) => Ok(Pages {
                fallback: Some(path),
                ..self
            }),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens the file that is asked for; a path that ends with `/` stands for its `index.html`. `None`
    /// for what is not there, is no file, is outside the directory or is not served.
    pub fn open(&self, request: &FileRequest) -> Option<PageFile> {
        let path = self.resolve_document(&request.path, request.is_document)?;
        let mut content = File::open(&path).ok()?;
        let metadata = content.metadata().ok()?;
        let tag = part::tag_of(&metadata);
        let part = Part::of(request, &tag, metadata.len());
        content.seek(SeekFrom::Start(part.start)).ok()?;
        let mut headers = vec![
            ("content-type", mime::of(&path)),
            ("accept-ranges", "bytes".to_owned()),
            ("etag", tag),
        ];
        headers.extend(part.content_range.map(|range| ("content-range", range)));
        Some(PageFile {
            status: part.status,
            headers,
            content,
            length: part.length,
        })
    }

    /// Whether [`Pages::open`] would find a document, if it may be read.
    pub fn contains(&self, url_path: &str) -> bool {
        self.resolve_document(url_path, true).is_some()
    }

    fn resolve_document(&self, url_path: &str, is_document: bool) -> Option<PathBuf> {
        self.resolve(url_path).or_else(|| {
            let fallback = self.fallback.as_deref().filter(|_| is_document);
            self.resolve(fallback?)
        })
    }

    fn resolve(&self, url_path: &str) -> Option<PathBuf> {
        // Before it is decoded: an encoded `/` begins no path.
        let mut relative: Vec<u8> = percent_decode_str(url_path.strip_prefix('/')?).collect();
        if relative.is_empty() || relative.ends_with(b"/") {
            relative.extend(b"index.html");
        }
        let relative = PathBuf::from(name_of(relative)?);
        if !is_served(&relative) {
            return None;
        }
        let path = fs::canonicalize(self.root.join(relative)).ok()?;
        // A link may have led elsewhere.
        let is_within = path.strip_prefix(&self.root).is_ok_and(is_served);
        let is_withheld = || self.withholds.iter().any(|withholds| withholds(&path));
        (is_within && path.is_file() && !is_withheld()).then_some(path)
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("root", &self.root)
            .field("fallback", &self.fallback)
            .finish_non_exhaustive()
    }
}

/// Whether a path leads down only, as far as its text tells, and by no name with a dot at its start.
fn is_served(relative: &Path) -> bool {
    relative.components().all(|component| match component {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    })
}

/// A path as the file system has it. `None` if no file can have it.
#[cfg(unix)]
fn name_of(path: Vec<u8>) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt;
    // A NUL ends names in C.
    (!path.contains(&0)).then(|| OsString::from_vec(path))
}

#[cfg(not(unix))]
fn name_of(path: Vec<u8>) -> Option<OsString> {
    let path = String::from_utf8(path).ok()?;
    // Backslashes are separators, colons follow drives and precede streams.
    (!path.contains(['\\', '\0', ':'])).then(|| path.into())
}
