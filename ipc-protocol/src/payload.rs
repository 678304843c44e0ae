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
    shape: Shape,
    /// The text as [`Payload::escaped`] was asked for it; `None` inside when that is the same.
    escaped: OnceLock<Option<Box<str>>>,
}

impl Payload {
    /// JSON `null`, what a message without a payload carries.
    pub fn null() -> Payload {
        static NULL: LazyLock<Payload> =
            LazyLock::new(|| Payload::unchecked(RawValue::NULL.to_owned()));
        NULL.clone()
    }

    /// Checks that `json` is one JSON value within the limits.
    ///
    /// # Errors
    /// [`PayloadError`], when it is not JSON, too large, too deep or of too many values.
    pub fn from_json(json: String, limits: &Limits) -> Result<Payload, PayloadError> {
        check_size(json.len(), limits)?;
        let raw = RawValue::from_string(json).map_err(PayloadError::NotJson)?;
        Payload::checked(raw, limits)
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
        Payload::checked(raw, limits)
    }

    /// Checks that it is within limits that may be others than those it was made within. Nearly
    /// always that takes no look at the text.
    ///
    /// # Errors
    /// [`PayloadError`], when it is too large, too deep or of too many values.
    pub fn check(&self, limits: &Limits) -> Result<(), PayloadError> {
        check_size(self.size(), limits)?;
        match &self.0 {
            Content::Json(json) if !json.shape.is_within(limits) => {
                exact_shape(json.text.get(), limits).map(drop)
            }
            _ => Ok(()),
        }
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
        serde_json::value::to_raw_value(value).map_or_else(|_| Payload::null(), Payload::unchecked)
    }

    /// Copies text that is JSON already, and checks the limits.
    pub(crate) fn from_raw(raw: &RawValue, limits: &Limits) -> Result<Payload, PayloadError> {
        Payload::checked(raw.to_owned(), limits)
    }

    pub(crate) fn within(self, limits: &Limits) -> Result<Payload, PayloadError> {
        self.check(limits)?;
        Ok(self)
    }

    fn checked(text: Box<RawValue>, limits: &Limits) -> Result<Payload, PayloadError> {
        check_size(text.get().len(), limits)?;
        let shape = Shape::within(text.get(), limits)?;
        Ok(Payload::new(text, shape))
    }

    fn unchecked(text: Box<RawValue>) -> Payload {
        let shape = Shape::at_most(text.get());
        Payload::new(text, shape)
    }

    fn new(text: Box<RawValue>, shape: Shape) -> Payload {
        let escaped = OnceLock::new();
        Payload(Content::Json(Arc::new(Json {
            text,
            shape,
            escaped,
        })))
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
    /// Over [`Limits::payload_values`].
    #[error("the payload has more than {limit} values")]
    TooManyValues {
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
            PayloadError::TooManyValues { .. } => Code::PayloadTooManyValues,
        }
    }
}

/// How many brackets of arrays and objects open in the text, and how many commas are in it, in
/// strings and outside. In most texts both are within the limits, and to count takes next to no time.
fn count_marks(json: &[u8]) -> (usize, usize) {
    // So many that a byte can count them, in a loop that compiles to vector instructions.
    let chunks = json.chunks(usize::from(u8::MAX));
    chunks.fold((0, 0), |(openings, commas), chunk| {
        let is_opening = |byte: &u8| u8::from((*byte == b'{') | (*byte == b'['));
        let opening: u8 = chunk.iter().map(is_opening).sum();
        let comma: u8 = chunk.iter().map(|byte| u8::from(*byte == b',')).sum();
        (openings + usize::from(opening), commas + usize::from(comma))
    })
}

/// How deep JSON text is nested and how many values it has, or bounds of both.
#[derive(Clone, Copy)]
struct Shape {
    depth: usize,
    values: usize,
}

impl Shape {
    /// Bounds, which take next to no time.
    fn at_most(json: &str) -> Shape {
        let (openings, commas) = count_marks(json.as_bytes());
        Shape {
            depth: openings,
            // Each value but the first follows a bracket or a comma.
            values: openings + commas + 1,
        }
    }

    /// Bounds if they are within the limits; else what it really is, if that is.
    fn within(json: &str, limits: &Limits) -> Result<Shape, PayloadError> {
        let shape = Shape::at_most(json);
        match shape.is_within(limits) {
            true => Ok(shape),
            false => exact_shape(json, limits),
        }
    }

    fn is_within(self, limits: &Limits) -> bool {
        self.depth <= limits.payload_depth && self.values <= limits.payload_values
    }
}

/// What valid JSON text really is, or the limit that it exceeds first.
fn exact_shape(json: &str, limits: &Limits) -> Result<Shape, PayloadError> {
    let mut deepest = 0;
    let (mut depth, mut values) = (0usize, 1usize);
    // Whether an array or an object has opened, and nothing of it has come yet.
    let mut is_empty = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        let is_first = std::mem::take(&mut is_empty) && !matches!(byte, b'}' | b']');
        values += usize::from(is_first);
        match byte {
            b'"' => skip_string(&mut bytes),
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
                is_empty = true;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > limits.payload_depth {
            let limit = limits.payload_depth;
            return Err(PayloadError::TooDeep { limit });
        }
        if values > limits.payload_values {
            let limit = limits.payload_values;
            return Err(PayloadError::TooManyValues { limit });
        }
    }
    Ok(Shape {
        depth: deepest,
        values,
    })
}

/// Goes on to the end of a string that has begun.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}
