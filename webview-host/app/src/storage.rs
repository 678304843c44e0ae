//! Where the pages of an app keep what they store: a directory that one instance has at a time.
//!
//! Two network processes over one directory lose what pages write. So an instance locks its directory, and
//! one that comes later takes another one, which the next such instance finds again.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};

/// The directory of this instance.
#[derive(Debug)]
pub struct Storage {
    directory: PathBuf,
    /// Held for as long as the process lives, whatever becomes of it.
    lock: Option<File>,
}

/// The last part of the path, which no other app's path ends in; of later instances with a number.
const LEAF: &str = ".webview";

/// The file that is locked.
const LOCK: &str = "lock";

/// The instances that have storage of their own.
const MAX_INSTANCES: u32 = 100;

impl Storage {
    /// Takes the directory for the app in a folder, under the user's data: the first that no other
    /// instance has. What cannot be had is told in the log: the app works, and its pages may store
    /// nothing.
    pub fn take(app: &Path) -> Storage {
        Storage::take_below(&data_of(app))
    }

    /// Takes the directory of the first instance, or `None` while another one has it. If it cannot be had, that
    /// is told, likewise.
    pub fn take_first(app: &Path) -> Option<Storage> {
        let directory = data_of(app).join(LEAF);
        match lock(&directory) {
            Ok(lock) => Some(Storage {
                directory,
                lock: Some(lock),
            }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => Some(Storage::without(directory, &error)),
        }
    }

    /// What the first instance locks.
    pub fn first_lock_path(app: &Path) -> PathBuf {
        data_of(app).join(LEAF).join(LOCK)
    }

    /// What this instance has locked.
    pub fn lock_path(&self) -> Option<PathBuf> {
        self.lock.as_ref().map(|_| self.directory.join(LOCK))
    }

    /// The directory in which those of all apps are.
    pub fn of_all_apps() -> PathBuf {
        let data = dirs::data_local_dir().unwrap_or_else(std::env::temp_dir);
        data.join("host")
    }

    fn take_below(app_data: &Path) -> Storage {
        let first = app_data.join(LEAF);
        for instance in 1..=MAX_INSTANCES {
            let directory = match instance {
                1 => first.clone(),
                _ => app_data.join(format!("{LEAF}-{instance}")),
            };
            match lock(&directory) {
                Ok(lock) => {
                    if instance > 1 {
                        tracing::warn!(
                            directory = %directory.display(),
                            "another instance of the app has its storage: the pages of this one have \
                             another"
                        );
                    }
                    return Storage {
                        directory,
                        lock: Some(lock),
                    };
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Storage::without(directory, &error),
            }
        }
        Storage::without(first, &io::Error::other("too many instances run"))
    }

    fn without(directory: PathBuf, error: &io::Error) -> Storage {
        tracing::warn!(
            directory = %directory.display(),
            %error,
            "the app's pages cannot store anything there: what they write is lost, at the latest when \
             the app ends"
        );
        Storage {
            directory,
            lock: None,
        }
    }

    /// The directory, which may not be there.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Makes a directory for this user alone, and locks it.
fn lock(directory: &Path) -> Result<File, TryLockError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let open = || {
        builder.create(directory)?;
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(false).write(true);
        options.open(directory.join(LOCK))
    };
    let file = open().map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

/// Where the directories of an app are.
fn data_of(app: &Path) -> PathBuf {
    Storage::of_all_apps().join(names_of(app))
}

/// An app's path below another directory.
fn names_of(app: &Path) -> PathBuf {
    let names = app.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_instance_has_its_own() {
        let data = tempfile::tempdir().unwrap();
        let take = || Storage::take_below(data.path());
        let leaf = |storage: &Storage| {
            let leaf = storage.directory().strip_prefix(data.path()).unwrap();
            leaf.to_str().unwrap().to_owned()
        };
        let (first, second, third) = (take(), take(), take());
        assert_eq!(
            [&first, &second, &third].map(leaf),
            [".webview", ".webview-2", ".webview-3"]
        );
        drop(second);
        assert_eq!(leaf(&take()), ".webview-2");
        drop(first);
        assert_eq!(leaf(&take()), ".webview");
    }

    #[test]
    fn without_a_place_there_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let storage = Storage::take_below(&file.path().join("app"));
        assert!(storage.directory().ends_with("app/.webview"));
        assert_eq!(storage.lock_path(), None);
    }

    #[test]
    fn paths_of_apps_stay_apart() {
        assert_eq!(names_of(Path::new("/a/b c")), Path::new("a/b c"));
        assert_eq!(names_of(Path::new("/")), Path::new(""));
    }
}
