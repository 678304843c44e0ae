//! Payloads: JSON text that is checked once and never built into a tree.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Code, Limits};

/// One JSON value as text. Cheap to clone: windows and subscribers share the text.
#[derive(Clone)]
pub struct Payload(Arc<RawValue>);

impl Payload {
    /// JSON `null`, what a message without a payload carries.
    pub fn null() -> Payload {
        Payload(RawValue::NULL.to_owned().into())
    }

    /// Checks that `json` is one JSON value within the limits.
    ///
    /// # Errors
    /// [`PayloadError`], when it is not JSON, too large or too deep.
    pub fn from_json(json: String, limits: &Limits) -> Result<Payload, PayloadError> {
        if json.len() > limits.payload_bytes {
            return Err(PayloadError::TooLarge {
                bytes: json.len(),
                limit: limits.payload_bytes,
            });
        }
        let raw = RawValue::from_string(json).map_err(PayloadError::NotJson)?;
        Payload(raw.into()).within(limits)
    }

    /// Encodes a Rust value.
    ///
    /// # Errors
    /// [`PayloadError`], when it has no JSON form or is beyond the limits.
    pub fn encode<T: Serialize + ?Sized>(
        value: &T,
        limits: &Limits,
    ) -> Result<Payload, PayloadError> {
        let raw = serde_json::value::to_raw_value(value).map_err(PayloadError::NotJson)?;
        Payload(raw.into()).within(limits)
    }

    /// Reads the value into a Rust type.
    ///
    /// # Errors
    /// When the JSON does not have the type's shape.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.as_str())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Encodes one of this crate's own small types, which always have a JSON form.
    pub(crate) fn of<T: Serialize>(value: &T) -> Payload {
        serde_json::value::to_raw_value(value)
            .map_or_else(|_| Payload::null(), |raw| Payload(raw.into()))
    }

    /// Copies text that is JSON already, and checks the limits.
    pub(crate) fn from_raw(raw: &RawValue, limits: &Limits) -> Result<Payload, PayloadError> {
        Payload(raw.to_owned().into()).within(limits)
    }

    /// Checks the limits.
    pub(crate) fn within(self, limits: &Limits) -> Result<Payload, PayloadError> {
        let bytes = self.as_str().len();
        if bytes > limits.payload_bytes {
            return Err(PayloadError::TooLarge {
                bytes,
                limit: limits.payload_bytes,
            });
        }
        if is_deeper_than(self.as_str(), limits.payload_depth) {
            return Err(PayloadError::TooDeep {
                limit: limits.payload_depth,
            });
        }
        Ok(self)
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Payload) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({})", self.as_str())
    }
}

impl Serialize for Payload {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Text that cannot be a [`Payload`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Not one JSON value.
    #[error("the payload is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// Over [`Limits::payload_bytes`].
    #[error("the payload has {bytes} bytes of JSON, {limit} are allowed")]
    TooLarge {
        /// The length of the JSON text.
        bytes: usize,
        /// The limit it is over.
        limit: usize,
    },
    /// Over [`Limits::payload_depth`].
    #[error("the payload is nested more than {limit} levels deep")]
    TooDeep {
        /// The limit it is over.
        limit: usize,
    },
}

impl PayloadError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            PayloadError::NotJson(_) => Code::BadPayload,
            PayloadError::TooLarge { .. } => Code::PayloadTooLarge,
            PayloadError::TooDeep { .. } => Code::PayloadTooDeep,
        }
    }
}

/// Whether valid JSON text nests arrays and objects deeper than `limit`.
fn is_deeper_than(json: &str, limit: usize) -> bool {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
