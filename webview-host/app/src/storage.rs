//! Where the pages of an app keep what they store: a directory that one instance has at a time.
//!
//! Two network processes over one directory lose what pages write. So an instance locks its directory, and
//! one that comes later takes another one, which the next such instance finds again.

#[cfg_attr(target_os = "linux", path = "storage/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "storage/generic.rs")]
mod platform;

use std::fs::TryLockError;
use std::io;
use std::path::{Component, Path, PathBuf};

use self::platform::{Held, nowhere};

/// The directory of this instance.
#[derive(Debug)]
pub struct Storage {
    /// For pages.
    directory: PathBuf,
    /// With its name, and for as long as the process lives, whatever becomes of that.
    held: Option<(PathBuf, Held)>,
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
        let name = data_of(app).join(LEAF);
        match Held::take(&name) {
            Ok(held) => Some(Storage::with(name, held)),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => Some(Storage::without(&name, &error)),
        }
    }

    /// What the first instance locks.
    pub fn first_lock_path(app: &Path) -> PathBuf {
        data_of(app).join(LEAF).join(LOCK)
    }

    /// What this instance has locked.
    pub fn lock_path(&self) -> Option<PathBuf> {
        self.held.as_ref().map(|(name, _)| name.join(LOCK))
    }

    /// The directory in which those of all apps are.
    pub fn of_all_apps() -> PathBuf {
        let data = dirs::data_local_dir().unwrap_or_else(std::env::temp_dir);
        data.join("host")
    }

    fn take_below(app_data: &Path) -> Storage {
        let first = app_data.join(LEAF);
        for instance in 1..=MAX_INSTANCES {
            let name = match instance {
                1 => first.clone(),
                _ => app_data.join(format!("{LEAF}-{instance}")),
            };
            match Held::take(&name) {
                Ok(held) => {
                    if instance > 1 {
                        tracing::warn!(
                            directory = %name.display(),
                            "another instance of the app has its storage: the pages of this one have \
                             another"
                        );
                    }
                    return Storage::with(name, held);
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Storage::without(&name, &error),
            }
        }
        Storage::without(&first, &io::Error::other("too many instances run"))
    }

    fn with(name: PathBuf, held: Held) -> Storage {
        Storage {
            directory: held.path(&name),
            held: Some((name, held)),
        }
    }

    fn without(directory: &Path, error: &io::Error) -> Storage {
        tracing::warn!(
            directory = %directory.display(),
            %error,
            "the app's pages cannot store anything there: what they write is lost, at the latest when \
             the app ends"
        );
        Storage {
            directory: nowhere(directory),
            held: None,
        }
    }

    /// The directory for pages, which may not be there. It is this one for as long as this `Storage` is there.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
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
            let lock = storage.lock_path().unwrap();
            let leaf = lock.parent().unwrap().strip_prefix(data.path()).unwrap();
            assert!(std::fs::exists(storage.directory().join(LOCK)).unwrap());
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
        assert!(!storage.directory().exists());
        assert_eq!(storage.lock_path(), None);
    }

    /// Pages store nothing where somebody else may read it.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_others_have_prepared_is_not_used() {
        use std::os::unix::fs::{PermissionsExt, chown, symlink};

        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join(LEAF);
        std::fs::create_dir(&directory).unwrap();
        std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o777)).unwrap();
        let made = data.path().join("made");
        symlink(&made, directory.join(LOCK)).unwrap();
        assert_eq!(Storage::take_below(data.path()).lock_path(), None);
        assert!(!made.exists());
        std::fs::remove_file(directory.join(LOCK)).unwrap();
        let storage = Storage::take_below(data.path());
        assert_eq!(storage.lock_path(), Some(directory.join(LOCK)));
        let mode = directory.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(storage);
        if rustix::process::geteuid().is_root() {
            chown(&directory, Some(12_345), None).unwrap();
            let storage = Storage::take_below(data.path());
            assert_eq!(storage.lock_path(), None);
            assert!(!storage.directory().exists());
        }
    }

    #[test]
    fn paths_of_apps_stay_apart() {
        assert_eq!(names_of(Path::new("/a/b c")), Path::new("a/b c"));
        assert_eq!(names_of(Path::new("/")), Path::new(""));
    }
}
