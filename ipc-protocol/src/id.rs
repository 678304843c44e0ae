//! Window ids.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::Code;
use crate::channel_list::is_covered;

/// The name of a window: 1 to 256 bytes of UTF-8. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct WindowId(Arc<str>);

impl WindowId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Checks and wraps a name.
    ///
    /// # Errors
    /// When it is empty or longer than [`WindowId::MAX_BYTES`].
    pub fn new(name: impl AsRef<str>) -> Result<Self, WindowIdError> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            return Err(WindowIdError { bytes: name.len() });
        }
        Ok(WindowId(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WindowId {
    type Error = WindowIdError;

    fn try_from(name: String) -> Result<Self, WindowIdError> {
        WindowId::new(name)
    }
}

impl Serialize for WindowId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The windows that something is allowed: exact ids, and prefixes written as `prefix*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WindowList(Vec<String>);

impl WindowList {
    /// A list of exact ids and `prefix*` patterns.
    pub fn new(entries: impl IntoIterator<Item = String>) -> Self {
        WindowList(entries.into_iter().collect())
    }

    /// Whether an entry names or covers the window.
    pub fn allows(&self, window: &WindowId) -> bool {
        is_covered(&self.0, window.as_str())
    }
}

/// A name that cannot be a [`WindowId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window id has 1 to 256 bytes, this one has {bytes}")]
pub struct WindowIdError {
    bytes: usize,
}

impl WindowIdError {
    /// Always [`Code::BadWindowId`].
    pub fn code(&self) -> Code {
        Code::BadWindowId
    }
}
