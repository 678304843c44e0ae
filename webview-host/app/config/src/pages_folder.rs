//! Where the files of an app's pages are: `"pages"` and `"fallback"` of the manifest.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use webview_host::Icon;

use crate::Reason;

/// Where the files of an app's pages are, and which of them answers for documents that are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagesFolder {
    /// The folder, from the one of the main module; without one it is that one, in which the modules of
    /// the script are, too.
    pub folder: Option<Below>,
    /// The document for documents that are not there, from the pages' folder.
    pub fallback: Option<Below>,
}

/// A path that leads down: names between slashes, of which none begins with a dot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Below(String);

/// Text is no path that leads down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a path below the folder; write names between slashes, of which none is empty, \
     begins with a dot or has a backslash or a colon, such as \"ui\" or \"dist/app\""
)]
pub struct NotBelow(String);

impl Below {
    /// Checks a path.
    ///
    /// # Errors
    /// When it is empty, absolute, or leads elsewhere than down.
    pub fn new(path: impl Into<String>) -> Result<Below, NotBelow> {
        let path = path.into();
        let is_name = |name: &str| {
            !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', ':', '\0'])
        };
        match path.split('/').all(is_name) {
            true => Ok(Below(path)),
            false => Err(NotBelow(path)),
        }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as in a URL, in which a `%` has a meaning.
    pub fn url_path(&self) -> String {
        format!("/{}", self.0.replace('%', "%25"))
    }
}

impl TryFrom<String> for Below {
    type Error = NotBelow;

    fn try_from(path: String) -> Result<Below, NotBelow> {
        Below::new(path)
    }
}

impl fmt::Display for Below {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PagesFolder {
    /// Looks for what it names, and for an icon, in the folder of the main module; `field` is where the
    /// manifest is in its document.
    pub(crate) fn check(
        &self,
        main_folder: &Path,
        icon: Option<&Below>,
        field: Option<&str>,
    ) -> Result<(), Reason> {
        let wrong = |name: &str, problem: String| {
            let place: Vec<_> = field.into_iter().chain([name]).collect();
            Reason::Grants(format!("`{}`: {problem}", place.join(".")))
        };
        let missing = |name: &str, kind: &str, path: &Below| {
            let problem = format!("there is no {kind} \"{path}\"; make it, or correct the name");
            wrong(name, problem)
        };
        let mut folder = main_folder.to_owned();
        if let Some(below) = &self.folder {
            folder.push(below.as_str());
            if !folder.is_dir() {
                return Err(missing("pages", "folder", below));
            }
        }
        for (name, below) in [("fallback", self.fallback.as_ref()), ("icon", icon)] {
            if let Some(below) = below
                && !folder.join(below.as_str()).is_file()
            {
                return Err(missing(name, "file", below));
            }
        }
        let icon = icon.map(|below| (below, Icon::read(&folder.join(below.as_str()))));
        match icon {
            Some((below, Err(error))) => Err(wrong("icon", format!("\"{below}\": {error}"))),
            _ => Ok(()),
        }
    }
}
