//! The storage directory on Windows and macOS, where other users cannot write to this user's data directory.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};

use super::LOCK;

/// A directory that this instance has locked.
#[derive(Debug)]
pub(super) struct Held {
    _lock: File,
}

impl Held {
    /// Makes a directory, and locks it.
    pub(super) fn take(directory: &Path) -> Result<Held, TryLockError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        let opened = builder
            .create(directory)
            .and_then(|()| options.open(directory.join(LOCK)));
        let lock = opened.map_err(TryLockError::Error)?;
        lock.try_lock()?;
        Ok(Held { _lock: lock })
    }

    /// A path to the directory at `name`.
    pub(super) fn path(&self, name: &Path) -> PathBuf {
        name.to_owned()
    }
}

/// In the place of a directory that cannot be had.
pub(super) fn nowhere(directory: &Path) -> PathBuf {
    directory.to_owned()
}
