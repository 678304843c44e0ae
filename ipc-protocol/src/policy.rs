//! What becomes of messages that find no room, or that wait for long.

use serde::{Deserialize, Serialize};

use crate::window::read;
use crate::{Code, SpecError};

/// How a channel's messages to a window wait. In JSON: camelCase, every field optional, unknown
/// ones refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// What becomes of a message that finds no room.
    pub overflow: Overflow,
    /// Messages that may wait on the channel for one window, at least 1. Default: 1,024.
    pub capacity: usize,
    /// Payload bytes that may wait on the channel for one window, at least 1. Default: 64 MiB. One message
    /// may wait alone whatever its size.
    pub max_bytes: usize,
    /// Milliseconds after which a message that still waits is given up. Default: never.
    pub ttl_ms: Option<u64>,
    /// Whether a page that loads gets the last message of the channel, though an earlier page had
    /// it. Default: no.
    pub sticky: bool,
}

/// What becomes of a message that finds no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// Its sender waits until there is room.
    #[default]
    Wait,
    /// The oldest that wait make room.
    DropOldest,
    /// Only the newest waits, whatever the room.
    KeepLatest,
    /// It is refused.
    Fail,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            overflow: Overflow::default(),
            capacity: 1_024,
            max_bytes: 64 << 20,
            ttl_ms: None,
            sticky: false,
        }
    }
}

impl Policy {
    /// Reads the JSON of a policy.
    ///
    /// # Errors
    /// [`PolicyError`], which names the field that is wrong.
    pub fn from_json(json: &str) -> Result<Policy, PolicyError> {
        let policy: Policy = read(json).map_err(PolicyError::Shape)?;
        policy.check()?;
        Ok(policy)
    }

    /// Checks that there is room for anything.
    ///
    /// # Errors
    /// [`PolicyError::Zero`]
    pub fn check(&self) -> Result<(), PolicyError> {
        for (field, value) in [("capacity", self.capacity), ("maxBytes", self.max_bytes)] {
            if value == 0 {
                return Err(PolicyError::Zero(field));
            }
        }
        Ok(())
    }
}

/// Options that are no [`Policy`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Not an object, an unknown field, or one of the wrong type.
    #[error(transparent)]
    Shape(SpecError),
    /// Room for nothing.
    #[error("option `{0}` is 0")]
    Zero(&'static str),
}

impl PolicyError {
    /// Always [`Code::BadPolicy`].
    pub fn code(&self) -> Code {
        Code::BadPolicy
    }
}
