//! Payloads: JSON text that is checked once and never built into a tree, or bytes.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Code, Limits};

/// What a message or a step of a call carries: one JSON value as text, or bytes. Cheap to clone:
/// windows and subscribers share what is in it.
///
/// Serialized, it is an object with one field, to be flattened into a larger one: `payload` with
/// the JSON value, or `bytes` with the number of bytes, which travel beside the JSON text.
#[derive(Clone)]
pub struct Payload(Content);

#[derive(Clone)]
enum Content {
    Json(Arc<Json>),
    Bytes(Bytes),
}

struct Json {
    text: Box<RawValue>,
    /// The text as [`Payload::escaped`] was asked for it; `None` inside when that is the same.
    escaped: OnceLock<Option<Box<str>>>,
}

impl Payload {
    /// JSON `null`, what a message without a payload carries.
    pub fn null() -> Payload {
        static NULL: LazyLock<Payload> =
            LazyLock::new(|| Payload::from_box(RawValue::NULL.to_owned()));
        NULL.clone()
    }

    /// Checks that `json` is one JSON value within the limits.
    ///
    /// # Errors
    /// [`PayloadError`], when it is not JSON, too large or too deep.
    pub fn from_json(json: String, limits: &Limits) -> Result<Payload, PayloadError> {
        check_size(json.len(), limits)?;
        let raw = RawValue::from_string(json).map_err(PayloadError::NotJson)?;
        Payload::from_box(raw).within(limits)
    }

    /// Checks that the bytes are within the limits.
    ///
    /// # Errors
    /// [`PayloadError::TooLarge`]
    pub fn from_bytes(bytes: Bytes, limits: &Limits) -> Result<Payload, PayloadError> {
        Payload(Content::Bytes(bytes)).within(limits)
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
        Payload::from_box(raw).within(limits)
    }

    /// Reads the JSON value into a Rust type.
    ///
    /// # Errors
    /// When the JSON does not have the type's shape, and for bytes.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        let Some(json) = self.as_json() else {
            return Err(serde_json::Error::custom("the payload is bytes, not JSON"));
        };
        serde_json::from_str(json)
    }

    /// The JSON text; `None` for bytes.
    pub fn as_json(&self) -> Option<&str> {
        match &self.0 {
            Content::Json(json) => Some(json.text.get()),
            Content::Bytes(_) => None,
        }
    }

    /// The JSON text as `escape` writes it into some larger text; `None` for bytes. It is escaped
    /// once for all clones of the payload, so that a broadcast costs that once: whoever asks must
    /// always give the same function.
    pub fn escaped(&self, escape: fn(&str) -> Cow<'_, str>) -> Option<&str> {
        let Content::Json(json) = &self.0 else {
            return None;
        };
        let text = json.text.get();
        let escaped = json.escaped.get_or_init(|| match escape(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(escaped) => Some(escaped.into()),
        });
        Some(escaped.as_deref().unwrap_or(text))
    }

    /// The bytes; `None` for JSON.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Content::Json(_) => None,
            Content::Bytes(bytes) => Some(bytes),
        }
    }

    /// Bytes of the JSON text, or how many bytes it is: what limits count.
    pub fn size(&self) -> usize {
        match &self.0 {
            Content::Json(json) => json.text.get().len(),
            Content::Bytes(bytes) => bytes.len(),
        }
    }

    /// Encodes one of this crate's own small types, which always have a JSON form.
    pub(crate) fn of<T: Serialize>(value: &T) -> Payload {
        serde_json::value::to_raw_value(value).map_or_else(|_| Payload::null(), Payload::from_box)
    }

    /// Copies text that is JSON already, and checks the limits.
    pub(crate) fn from_raw(raw: &RawValue, limits: &Limits) -> Result<Payload, PayloadError> {
        Payload::from_box(raw.to_owned()).within(limits)
    }

    fn from_box(text: Box<RawValue>) -> Payload {
        let escaped = OnceLock::new();
        Payload(Content::Json(Arc::new(Json { text, escaped })))
    }

    /// Checks the limits.
    pub(crate) fn within(self, limits: &Limits) -> Result<Payload, PayloadError> {
        check_size(self.size(), limits)?;
        let is_too_deep = |json| is_deeper_than(json, limits.payload_depth);
        match self.as_json().is_some_and(is_too_deep) {
            true => Err(PayloadError::TooDeep {
                limit: limits.payload_depth,
            }),
            false => Ok(self),
        }
    }
}

fn check_size(bytes: usize, limits: &Limits) -> Result<(), PayloadError> {
    let limit = limits.payload_bytes;
    match bytes > limit {
        true => Err(PayloadError::TooLarge { bytes, limit }),
        false => Ok(()),
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Payload) -> bool {
        (self.as_json(), self.as_bytes()) == (other.as_json(), other.as_bytes())
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Json(json) => write!(f, "Payload({})", json.text.get()),
            Content::Bytes(bytes) => write!(f, "Payload({} bytes)", bytes.len()),
        }
    }
}

impl Serialize for Payload {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut field = serializer.serialize_struct("Payload", 1)?;
        match &self.0 {
            Content::Json(json) => field.serialize_field("payload", &*json.text)?,
            Content::Bytes(bytes) => field.serialize_field("bytes", &bytes.len())?,
        }
        field.end()
    }
}

/// Why something cannot be a [`Payload`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Not one JSON value.
    #[error("the payload is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// Over [`Limits::payload_bytes`].
    #[error("the payload has {bytes} bytes, {limit} are allowed")]
    TooLarge {
        /// The length of the JSON text, or of the bytes.
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

/// How many brackets of arrays and objects open in the text, in strings and outside: in most, no more
/// than there may be levels, and to count takes next to no time.
fn count_openings(json: &[u8]) -> usize {
    // So many that a byte can count them, in a loop that compiles to vector instructions.
    let count = |chunk: &[u8]| {
        let is_opening = |byte: &u8| u8::from((*byte == b'{') | (*byte == b'['));
        usize::from(chunk.iter().map(is_opening).sum::<u8>())
    };
    json.chunks(usize::from(u8::MAX)).map(count).sum()
}

/// Whether valid JSON text nests arrays and objects deeper than `limit`.
fn is_deeper_than(json: &str, limit: usize) -> bool {
    if count_openings(json.as_bytes()) <= limit {
        return false;
    }
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
