//! The storage directory on Linux: a directory that other users cannot access.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use webview_host::wry::PrivateDir;

use super::LOCK;

/// A directory that this instance has locked.
#[derive(Debug)]
pub(super) struct Held {
    directory: PrivateDir,
    _lock: File,
}

impl Held {
    /// Makes a directory for this user alone, and locks it.
    pub(super) fn take(directory: &Path) -> Result<Held, TryLockError> {
        let directory = PrivateDir::open(directory).map_err(TryLockError::Error)?;
        let lock = directory.file(LOCK).map_err(TryLockError::Error)?;
        lock.try_lock()?;
        Ok(Held {
            directory,
            _lock: lock,
        })
    }

    /// A path to the directory at `name`, for as long as it is held: if possible one that leads there whatever
    /// becomes of the name.
    pub(super) fn path(&self, name: &Path) -> PathBuf {
        let path = self.directory.shared_path();
        path.unwrap_or_else(|_| name.to_owned())
    }
}

/// A path that cannot exist, for pages whose storage directory cannot be used: it may belong to another user.
pub(super) fn nowhere(_: &Path) -> PathBuf {
    Path::new("/dev/null").join("storage")
}
