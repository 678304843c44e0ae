//! A directory that nobody else can write to, or read.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::{DumpableBehavior, dumpable_behavior, geteuid};

/// A directory of this user's alone. It is open for as long as this is there, and stays the same one whatever
/// becomes of its name: whoever can write to a directory above could put another one in its place.
#[derive(Debug)]
pub struct PrivateDir(File);

impl PrivateDir {
    /// Opens the directory at a path, or makes it with those above it, and closes it to others: its mode is
    /// 0700, and access control lists do not count.
    ///
    /// # Errors
    /// When it belongs to another user, is a link or no directory, or the file system does not close it.
    pub fn open(path: &Path) -> io::Result<PrivateDir> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let opened = File::options()
            .read(true)
            .custom_flags(flags(OFlags::DIRECTORY | OFlags::NOFOLLOW))
            .open(path)?;
        // It may have been made by somebody else, or moved here.
        if opened.metadata()?.uid() != geteuid().as_raw() {
            return Err(io::Error::other("the directory belongs to another user"));
        }
        // That takes the rights of access control lists away as well.
        opened.set_permissions(Permissions::from_mode(0o700))?;
        if opened.metadata()?.mode() & 0o077 != 0 {
            return Err(io::Error::other(
                "the file system does not close the directory to others",
            ));
        }
        Ok(PrivateDir(opened))
    }

    /// A path that leads to it, for this process.
    pub fn path(&self) -> PathBuf {
        let process = std::process::id();
        PathBuf::from(format!("/proc/{process}/fd/{}", self.0.as_raw_fd()))
    }

    /// The same for this process and its children.
    ///
    /// # Errors
    /// When the system closes the descriptors of this process to them.
    pub fn shared_path(&self) -> io::Result<PathBuf> {
        match dumpable_behavior() {
            Ok(DumpableBehavior::Dumpable) => Ok(self.path()),
            _ => Err(io::Error::other(
                "the descriptors of this process are closed to its children, as when its program \
                 may be run and not read",
            )),
        }
    }

    /// Opens a file in it to read and write, or makes it, for this user alone.
    ///
    /// # Errors
    /// When it is no file, or another user's.
    pub fn file(&self, name: &str) -> io::Result<File> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            // A pipe would be waited for.
            .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
            .open(self.path().join(name))?;
        let metadata = file.metadata()?;
        match metadata.is_file() && metadata.uid() == geteuid().as_raw() {
            true => Ok(file),
            false => Err(io::Error::other(format!(
                "\"{name}\" in it is not a file of this user"
            ))),
        }
    }
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::{chown, symlink};

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn it_is_for_this_user_alone_and_stays_what_it_is() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("a/b");
        for open in [0o700, 0o777, 0o770, 0o1777, 0o755] {
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
            let directory = PrivateDir::open(&path).unwrap();
            assert_eq!(mode(&path), 0o700, "{open:o}");
            fs::rename(&path, above.path().join("gone")).unwrap();
            fs::create_dir(&path).unwrap();
            directory.file("file").unwrap();
            assert!(!path.join("file").exists());
            assert_eq!(mode(&above.path().join("gone/file")), 0o600);
            fs::remove_dir_all(above.path().join("gone")).unwrap();
        }
    }

    #[test]
    fn what_is_no_directory_of_this_user_is_refused() {
        let above = tempfile::tempdir().unwrap();
        let path = |name: &str| above.path().join(name);
        fs::write(path("file"), "").unwrap();
        fs::create_dir(path("directory")).unwrap();
        symlink(path("directory"), path("link")).unwrap();
        for name in ["file", "file/below", "link"] {
            assert!(PrivateDir::open(&path(name)).is_err(), "{name}");
        }
        if geteuid().is_root() {
            chown(path("directory"), Some(12_345), None).unwrap();
            let error = PrivateDir::open(&path("directory")).unwrap_err();
            assert_eq!(error.to_string(), "the directory belongs to another user");
        }
    }

    #[test]
    fn what_is_no_file_of_this_user_is_refused() {
        let above = tempfile::tempdir().unwrap();
        let directory = PrivateDir::open(above.path()).unwrap();
        let path = |name: &str| above.path().join(name);
        fs::create_dir(path("directory")).unwrap();
        symlink(path("made"), path("link")).unwrap();
        mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        for name in ["directory", "link", "pipe"] {
            assert!(directory.file(name).is_err(), "{name}");
        }
        assert!(!path("made").exists());
        if geteuid().is_root() {
            fs::write(path("theirs"), "").unwrap();
            chown(path("theirs"), Some(12_345), None).unwrap();
            assert!(directory.file("theirs").is_err());
        }
    }
}
