//! What becomes of files that pages, or their users, want to save.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a window does with the files that its page, or its user, wants to save. Nothing is ever saved
/// without an act of the user.
///
/// In JSON `"ask"`, `"deny"`, or the path of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Downloads {
    /// Asks the user each time, with the system's own dialog.
    Ask,
    /// Saves nothing.
    Deny,
    /// Saves in a folder, under a name that is free there.
    Folder(DownloadFolder),
}

/// The absolute path of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadFolder(PathBuf);

/// Text that says nothing of what to do with downloads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected \"ask\", \"deny\" or the absolute path of a folder, not {0:?}")]
pub struct DownloadsError(String);

impl DownloadFolder {
    /// Checks that a path is absolute. Whether there is such a folder shows when something is saved.
    ///
    /// # Errors
    /// When it is relative, or has a NUL character.
    pub fn new(path: impl Into<String>) -> Result<DownloadFolder, DownloadsError> {
        let path = path.into();
        match Path::new(&path).is_absolute() && !path.contains('\0') {
            true => Ok(DownloadFolder(path.into())),
            false => Err(DownloadsError(path)),
        }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl TryFrom<String> for Downloads {
    type Error = DownloadsError;

    fn try_from(text: String) -> Result<Downloads, DownloadsError> {
        match &*text {
            "ask" => Ok(Downloads::Ask),
            "deny" => Ok(Downloads::Deny),
            _ => DownloadFolder::new(text).map(Downloads::Folder),
        }
    }
}

impl From<Downloads> for String {
    fn from(downloads: Downloads) -> String {
        match downloads {
            Downloads::Ask => "ask".to_owned(),
            Downloads::Deny => "deny".to_owned(),
            Downloads::Folder(folder) => folder.0.to_string_lossy().into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_has_its_text() {
        let folder = match cfg!(windows) {
            true => "C:/a b",
            false => "/a b",
        };
        let folder = Downloads::Folder(DownloadFolder::new(folder).unwrap());
        for downloads in [Downloads::Ask, Downloads::Deny, folder] {
            let json = serde_json::to_string(&downloads).unwrap();
            assert_eq!(serde_json::from_str::<Downloads>(&json).unwrap(), downloads);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["", "Ask", "downloads", "./a", "../a", "/a\0b"] {
            let error = Downloads::try_from(text.to_owned()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "expected \"ask\", \"deny\" or the absolute path of a folder, not {text:?}"
                )
            );
        }
    }
}
