//! The library with the page's end of sockets, where the processes of pages load it from, and nobody
//! else can put another one.
//!
//! WebKit loads every library in a directory, by its path, whenever it starts a process: also long
//! after the app has started. So it gets the path of a [`PrivateDir`] that stays open.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use wry::{WebViewBuilder, WebViewBuilderExtUnix};

use super::PrivateDir;
use crate::link::secret;

const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page_socket.so"));

const FILE: &str = "page_socket.so";

/// What WebKit takes for a library.
const SUFFIX: &str = ".so";

/// Where WebKit's processes find the library; nowhere, if it cannot be kept from others.
pub(in crate::wry) struct Library(Option<Installed>);

impl Library {
    /// Writes it into a directory of its own, below that of the app's data.
    pub(in crate::wry) fn install(data_directory: &Path) -> Library {
        let mut hasher = DefaultHasher::new();
        LIBRARY.hash(&mut hasher);
        // Another version of the host, which may be running, has another directory.
        let directory = data_directory.join(format!("page-socket-{:016x}", hasher.finish()));
        let installed = Installed::new(&directory).inspect_err(|error| {
            tracing::warn!(
                directory = %directory.display(),
                %error,
                "pages have no sockets, since their library cannot be kept there: their messages \
                 take WebKit's way, which is slower"
            );
        });
        Library(installed.ok())
    }

    /// Has the processes of a webview, which is about to be made, load it.
    pub(in crate::wry) fn announce<'a>(&self, builder: WebViewBuilder<'a>) -> WebViewBuilder<'a> {
        match &self.0 {
            Some(installed) => builder.with_extensions_path(&installed.path),
            None => builder,
        }
    }
}

/// A directory to which nobody else can write, with the library alone in it.
struct Installed {
    /// Its path, for this user's processes and as long as it is open.
    path: PathBuf,
    _directory: PrivateDir,
}

impl Installed {
    fn new(directory: &Path) -> io::Result<Installed> {
        let opened = PrivateDir::open(directory)?;
        let path = opened.shared_path()?;
        write_library(&path)?;
        remove_others(&path)?;
        Ok(Installed {
            path,
            _directory: opened,
        })
    }
}

/// Always a new file: who could write to the directory before may have one of it open. Another instance
/// of the app may be at the same, or load it already.
fn write_library(directory: &Path) -> io::Result<()> {
    let name = secret().map_err(io::Error::other)?;
    let part = directory.join(format!("{name}.part"));
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(LIBRARY)
        .and_then(|()| fs::rename(&part, directory.join(FILE)))
        .inspect_err(|_| drop(fs::remove_file(&part)))
}

/// What else WebKit would load.
fn remove_others(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if name != FILE && name.as_encoded_bytes().ends_with(SUFFIX.as_bytes()) {
            fs::remove_file(directory.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::Permissions;
    use std::io::{Read, Seek};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    use rustix::process::geteuid;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// The names and contents of what is in a directory.
    fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(directory).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn the_library() -> Vec<(String, Vec<u8>)> {
        vec![(FILE.to_owned(), LIBRARY.to_vec())]
    }

    /// A directory of this user's, with a file of this name and text in it.
    fn prepared(at: &Path, name: &str, text: &str) -> PathBuf {
        let directory = at.join("library");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(name), text).unwrap();
        directory
    }

    #[test]
    fn the_library_is_alone_and_for_this_user_alone() {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join("app/library");
        for _ in 0..2 {
            let installed = Installed::new(&directory).unwrap();
            assert_eq!(files(&installed.path), the_library());
            assert_eq!(files(&directory), the_library());
            assert_eq!(mode(&directory), 0o700);
            assert_eq!(mode(&directory.join(FILE)), 0o600);
        }
    }

    #[test]
    fn it_stays_what_it_is_when_its_directory_is_replaced() {
        let data = tempfile::tempdir().unwrap();
        let installed = Installed::new(&data.path().join("app/library")).unwrap();
        fs::rename(data.path().join("app"), data.path().join("gone")).unwrap();
        prepared(&data.path().join("app"), FILE, "another one");
        assert_eq!(files(&installed.path), the_library());
        fs::rename(
            data.path().join("gone/library"),
            data.path().join("library"),
        )
        .unwrap();
        assert_eq!(files(&installed.path), the_library());
    }

    #[test]
    fn a_directory_that_was_open_to_others_is_closed_and_cleared() {
        let data = tempfile::tempdir().unwrap();
        for open in [0o777, 0o770, 0o1777, 0o720, 0o755] {
            let directory = prepared(data.path(), "evil.so", "evil");
            prepared(data.path(), "notes.txt", "left alone");
            set_mode(&directory, open);
            let _installed = Installed::new(&directory).unwrap();
            assert_eq!(mode(&directory), 0o700, "{open:o}");
            let names: Vec<_> = files(&directory)
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            assert_eq!(names, ["notes.txt", FILE], "{open:o}");
        }
    }

    /// Whoever could write to it, or to a file of its group, may have it open still.
    #[test]
    fn a_file_that_was_there_is_not_the_one_that_is_loaded() {
        let data = tempfile::tempdir().unwrap();
        let directory = prepared(data.path(), FILE, "");
        let path = directory.join(FILE);
        fs::write(&path, LIBRARY).unwrap();
        let mut open = File::options().read(true).write(true).open(&path).unwrap();
        let _installed = Installed::new(&directory).unwrap();
        open.set_len(0).unwrap();
        open.write_all(b"evil").unwrap();
        assert_eq!(files(&directory), the_library());
        let mut text = String::new();
        open.rewind().unwrap();
        open.read_to_string(&mut text).unwrap();
        assert_eq!(text, "evil", "it was written, and is nobody's library");
    }

    #[test]
    fn links_in_its_place_are_not_followed() {
        let data = tempfile::tempdir().unwrap();
        let elsewhere = prepared(&data.path().join("elsewhere"), "kept.so", "kept");
        set_mode(&elsewhere, 0o755);
        let link = data.path().join("link");
        symlink(&elsewhere, &link).unwrap();
        assert!(Installed::new(&link).is_err());
        assert_eq!(mode(&elsewhere), 0o755);
        assert_eq!(files(&elsewhere), [("kept.so".into(), b"kept".to_vec())]);

        let directory = data.path().join("library");
        fs::create_dir(&directory).unwrap();
        symlink(elsewhere.join("kept.so"), directory.join(FILE)).unwrap();
        let _installed = Installed::new(&directory).unwrap();
        assert_eq!(files(&directory), the_library());
        assert_eq!(files(&elsewhere), [("kept.so".into(), b"kept".to_vec())]);
    }

    #[test]
    fn what_cannot_be_cleared_or_is_no_directory_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join("library");
        fs::create_dir_all(directory.join("full.so/more")).unwrap();
        assert!(Installed::new(&directory).is_err());
        let file = data.path().join("file");
        fs::write(&file, "a file").unwrap();
        for path in [&file, &file.join("library"), Path::new("/dev/null/app")] {
            assert!(Installed::new(path).is_err(), "{}", path.display());
            assert!(Library::install(path).0.is_none(), "{}", path.display());
        }
    }

    #[test]
    fn a_directory_of_another_user_is_refused() {
        if !geteuid().is_root() {
            return eprintln!("skipped: only root can give a directory away");
        }
        let data = tempfile::tempdir().unwrap();
        let directory = prepared(data.path(), FILE, "evil");
        chown(&directory, Some(12_345), None).unwrap();
        let error = Installed::new(&directory).err().unwrap();
        assert_eq!(error.to_string(), "the directory belongs to another user");
        assert_eq!(files(&directory), [(FILE.into(), b"evil".to_vec())]);
    }
}
