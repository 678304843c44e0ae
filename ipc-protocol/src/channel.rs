//! Channel names.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::{Code, SystemEvent};

/// The name of a channel: 1 to 256 bytes of UTF-8. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Channel(Arc<str>);

impl Channel {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// The names of the system events, which only the host may send on.
    pub const RESERVED: [&'static str; 5] = ["close", "focus", "blur", "resize", "move"];

    /// Checks and wraps a name. Reserved names pass: one may listen on them.
    ///
    /// # Errors
    /// When it is empty or longer than [`Channel::MAX_BYTES`].
    pub fn new(name: impl AsRef<str>) -> Result<Self, ChannelError> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            return Err(ChannelError { bytes: name.len() });
        }
        Ok(Channel(name.into()))
    }

    /// A name that is short enough for certain.
    pub(crate) fn known(name: &'static str) -> Self {
        Channel(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is one of [`Channel::RESERVED`].
    pub fn is_reserved(&self) -> bool {
        Self::RESERVED.contains(&self.as_str())
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl TryFrom<String> for Channel {
    type Error = ChannelError;

    fn try_from(name: String) -> Result<Self, ChannelError> {
        Channel::new(name)
    }
}

impl From<SystemEvent> for Channel {
    fn from(event: SystemEvent) -> Channel {
        Channel::known(event.as_str())
    }
}

/// A name that cannot be a [`Channel`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a channel name has 1 to 256 bytes, this one has {bytes}")]
pub struct ChannelError {
    bytes: usize,
}

impl ChannelError {
    /// Always [`Code::BadChannel`].
    pub fn code(&self) -> Code {
        Code::BadChannel
    }
}
