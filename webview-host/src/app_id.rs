//! The name by which a desktop knows an app.

use std::fmt;
use std::path::Path;

/// The name by which a desktop knows the windows of an app: the class of X11's `WM_CLASS`, Wayland's
/// `app_id`. An app's `.desktop` file has the same name, and its windows have that file's icon then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppId(String);

/// The most bytes.
const MAX_BYTES: usize = 255;

/// The name of an app in a folder that gives none.
const OTHERWISE: &str = "host";

impl AppId {
    /// Checks a name.
    ///
    /// # Errors
    /// Unless it has 1 to 255 characters, all of them ASCII letters, digits, `.`, `_` or `-`, and begins
    /// with a letter or a digit.
    pub fn new(id: impl Into<String>) -> Result<AppId, AppIdError> {
        let id = id.into();
        let begins_well = id.starts_with(|first: char| first.is_ascii_alphanumeric());
        match begins_well && id.len() <= MAX_BYTES && id.chars().all(is_allowed) {
            true => Ok(AppId(id)),
            false => Err(AppIdError(id)),
        }
    }

    /// The name of an app that has no other: that of its folder, with `-` for what no name has.
    pub fn of_folder(folder: &Path) -> AppId {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_start_matches(|first: char| !first.is_ascii_alphanumeric());
        let name: String = name
            .chars()
            .map(|it| if is_allowed(it) { it } else { '-' })
            .take(MAX_BYTES)
            .collect();
        AppId::new(name).unwrap_or_else(|_| AppId(OTHERWISE.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

/// A text that cannot be an [`AppId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no app id: write 1 to 255 letters, digits, `.`, `_` and `-`, with a letter or a digit at \
     the start, such as \"com.example.notes\""
)]
pub struct AppIdError(String);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_have_few_characters() {
        for id in ["a", "7", "com.example.My_notes-2", &"x".repeat(255)] {
            assert_eq!(AppId::new(id).unwrap().as_str(), id);
        }
        for id in [
            "",
            ".a",
            "-a",
            "a b",
            "a/b",
            "é",
            "a\n",
            "a\0",
            &"x".repeat(256),
        ] {
            let error = AppId::new(id).unwrap_err();
            assert!(error.to_string().contains("com.example.notes"), "{error}");
        }
    }

    #[test]
    fn every_folder_gives_a_name() {
        for (folder, id) in [
            ("/home/me/notes", "notes"),
            ("/srv/My notes (2)", "My-notes--2-"),
            ("/srv/.hidden", "hidden"),
            ("/srv/Größe", "Gr--e"),
            ("/srv/漢字", "host"),
            ("/", "host"),
            ("", "host"),
        ] {
            assert_eq!(AppId::of_folder(Path::new(folder)).as_str(), id, "{folder}");
        }
        let long = AppId::of_folder(Path::new(&"é".repeat(300)));
        assert_eq!(long.as_str(), "host");
        let long = AppId::of_folder(Path::new(&format!("a{}", "é".repeat(300))));
        assert_eq!(long.as_str().len(), 255);
    }
}
