//! Window ids.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::Code;
use crate::names::Names;

/// The name of a window: 1 to 256 bytes of UTF-8 without control characters. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct WindowId(Arc<str>);

impl WindowId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Checks and wraps a name.
    ///
    /// # Errors
    /// When it is empty, longer than [`WindowId::MAX_BYTES`], or has a control character: window
    /// systems take it as a C string, in which a NUL is the end.
    pub fn new(name: impl AsRef<str>) -> Result<Self, WindowIdError> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            return Err(WindowIdError::Length { bytes: name.len() });
        }
        if let Some(character) = name.chars().find(|it| it.is_control()) {
            return Err(WindowIdError::Control { character });
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
pub struct WindowList(Names);

impl WindowList {
    /// A list of exact ids and `prefix*` patterns.
    pub fn new(entries: impl IntoIterator<Item = String>) -> Self {
        WindowList(Names::new(entries.into_iter().collect()))
    }

    /// Whether an entry names or covers the window.
    pub fn allows(&self, window: &WindowId) -> bool {
        self.0.cover(window.as_str())
    }
}

/// A name that cannot be a [`WindowId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowIdError {
    /// It is empty, or longer than [`WindowId::MAX_BYTES`].
    #[error("a window id has 1 to 256 bytes, this one has {bytes}")]
    Length {
        /// How long it is.
        bytes: usize,
    },
    /// It has a control character, such as NUL or a line feed.
    #[error("a window id has no control characters, this one has U+{:04X}", u32::from(*character))]
    Control {
        /// The first of them.
        character: char,
    },
}

impl WindowIdError {
    /// Always [`Code::BadWindowId`].
    pub fn code(&self) -> Code {
        Code::BadWindowId
    }
}
