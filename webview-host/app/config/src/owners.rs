//! Who may say what an app runs.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::Reason;

/// Those who decide what an app runs anyway: the user, root, and the owner of its main module.
///
/// Where files have no such owners, as on Windows, everybody who may write to a file is trusted.
#[derive(Clone, Debug)]
pub struct Owners {
    #[cfg(unix)]
    uids: Vec<u32>,
}

impl Owners {
    /// Those of the app with this main module.
    pub fn of(main: &Path) -> Owners {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let main = fs::metadata(main).ok().map(|main| main.uid());
            let user = rustix::process::geteuid().as_raw();
            Owners {
                uids: [Some(user), Some(0), main].into_iter().flatten().collect(),
            }
        }
        #[cfg(not(unix))]
        {
            let _ = main;
            Owners {}
        }
    }

    /// Opens a regular file of theirs that not everybody may write to. `None`: nothing has this
    /// name. Never waits for the other end of a pipe.
    ///
    /// # Errors
    /// When something has this name that is anything else, or cannot be opened.
    pub fn open(&self, path: &Path) -> Result<Option<File>, Reason> {
        // The name itself first. In a folder that several users write to, a link of another user
        // may lead to a file of this one, which was never meant for the app.
        let name = match fs::symlink_metadata(path) {
            Ok(name) => name,
            Err(error) if is_nothing(&error) => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
        };
        if name.is_symlink() {
            self.check_owner(&name)?;
        }
        let file = match open(path) {
            Ok(file) => file,
            Err(error) if is_nothing(&error) && name.is_symlink() => {
                return Err(Reason::DanglingLink);
            }
            // A directory or a socket, which may not be opened as a file.
            Err(_) if !name.is_file() && !name.is_symlink() => return Err(Reason::NotAFile),
            Err(error) => return Err(unreadable(&error)),
        };
        // Of what is open: the name may lead to something else by now.
        let opened = file.metadata().map_err(|error| unreadable(&error))?;
        if !opened.is_file() {
            return Err(Reason::NotAFile);
        }
        self.check_owner(&opened)?;
        check_mode(&opened)?;
        Ok(Some(file))
    }

    #[cfg(unix)]
    fn check_owner(&self, file: &fs::Metadata) -> Result<(), Reason> {
        use std::os::unix::fs::MetadataExt;
        match self.uids.contains(&file.uid()) {
            true => Ok(()),
            false => Err(Reason::ForeignOwner { uid: file.uid() }),
        }
    }

    #[cfg(not(unix))]
    fn check_owner(&self, _: &fs::Metadata) -> Result<(), Reason> {
        Ok(())
    }
}

#[cfg(unix)]
fn check_mode(file: &fs::Metadata) -> Result<(), Reason> {
    use std::os::unix::fs::PermissionsExt;
    match file.permissions().mode() & 0o002 {
        0 => Ok(()),
        _ => Err(Reason::WorldWritable),
    }
}

#[cfg(not(unix))]
fn check_mode(_: &fs::Metadata) -> Result<(), Reason> {
    Ok(())
}

/// Opens a file to read it. A pipe without a writer, a terminal or a lock holds it up in no way.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether nothing has the name that an operation failed on.
fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

pub(crate) fn unreadable(error: &io::Error) -> Reason {
    Reason::Unreadable(error.to_string())
}
