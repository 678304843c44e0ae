//! The frames that a page and its host exchange, in batches.
//!
//! A page names itself with a random id when it loads; every batch carries that id and the
//! sequence number of its first frame, counted from 1 for each page and direction. A batch with
//! the id of an earlier page is stale; a batch that starts later than expected shows a gap.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Channel, Code, Limits, Payload, PayloadError};

/// Frames from a page.
#[derive(Debug, PartialEq, Eq)]
pub struct PageBatch {
    /// The secret that the window's preload script was given.
    pub key: String,
    /// The page that sent this.
    pub page: String,
    /// The number of the first frame.
    pub seq: u64,
    /// The frames, numbered on from `seq`.
    pub frames: Vec<PageFrame>,
}

/// One frame from a page.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageFrame {
    /// A page has loaded: the first frame of each.
    Hello,
    /// The page's first handler on a channel.
    Listen {
        /// The channel.
        channel: Channel,
    },
    /// A message to the app.
    Message {
        /// The channel it was sent on.
        channel: Channel,
        /// What was sent.
        payload: Payload,
    },
}

impl PageBatch {
    /// Reads a batch that a page posted.
    ///
    /// # Errors
    /// [`DecodeError`], and nothing of the batch, when any of it is not as the protocol says.
    pub fn decode(text: &str, limits: &Limits) -> Result<PageBatch, DecodeError> {
        let limit = limits.batch_bytes();
        if text.len() > limit {
            let bytes = text.len();
            return Err(DecodeError::TooLarge { bytes, limit });
        }
        let raw: RawBatch<'_> = serde_json::from_str(text).map_err(DecodeError::Shape)?;
        let frames = raw.frames.into_iter().map(|frame| frame.check(limits));
        Ok(PageBatch {
            frames: frames.collect::<Result<_, _>>()?,
            key: raw.key,
            page: raw.page,
            seq: raw.seq,
        })
    }
}

/// A batch as it is on the wire, before the limits have been checked.
#[derive(Deserialize)]
struct RawBatch<'a> {
    key: String,
    page: String,
    seq: u64,
    #[serde(borrow)]
    frames: Vec<RawFrame<'a>>,
}

#[derive(Deserialize)]
struct RawFrame<'a> {
    #[serde(rename = "type")]
    kind: RawKind,
    channel: Option<Channel>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum RawKind {
    Hello,
    Listen,
    Message,
}

impl RawFrame<'_> {
    fn check(self, limits: &Limits) -> Result<PageFrame, DecodeError> {
        let channel = self.channel.ok_or(DecodeError::Missing("channel"));
        Ok(match self.kind {
            RawKind::Hello => PageFrame::Hello,
            RawKind::Listen => PageFrame::Listen { channel: channel? },
            RawKind::Message => PageFrame::Message {
                channel: channel?,
                payload: match self.payload {
                    Some(raw) => Payload::from_raw(raw, limits).map_err(DecodeError::Payload)?,
                    None => Payload::null(),
                },
            },
        })
    }
}

/// Text from a page that is not a [`PageBatch`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON, a field missing, or one of the wrong type.
    #[error("malformed frames: {0}")]
    Shape(#[source] serde_json::Error),
    /// A frame lacks a field that its type needs.
    #[error("malformed frames: missing field `{0}`")]
    Missing(&'static str),
    /// Over [`Limits::batch_bytes`].
    #[error("{bytes} bytes of frames, {limit} are allowed")]
    TooLarge {
        /// The length of the text.
        bytes: usize,
        /// The limit it is over.
        limit: usize,
    },
    /// A payload beyond the limits.
    #[error(transparent)]
    Payload(PayloadError),
}

impl DecodeError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            DecodeError::Shape(_) | DecodeError::Missing(_) => Code::BadFrame,
            DecodeError::TooLarge { .. } => Code::PayloadTooLarge,
            DecodeError::Payload(error) => error.code(),
        }
    }
}

/// Frames to a page.
#[derive(Debug, Serialize)]
pub struct HostBatch<'a> {
    /// The page they are for.
    pub page: &'a str,
    /// The number of the first frame.
    pub seq: u64,
    /// The frames, numbered on from `seq`.
    pub frames: Vec<HostFrame<'a>>,
}

/// One frame to a page.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[non_exhaustive]
pub enum HostFrame<'a> {
    /// A message from the app.
    Message {
        /// The channel it was sent on.
        channel: &'a Channel,
        /// What was sent.
        payload: &'a Payload,
    },
}

impl HostBatch<'_> {
    /// The batch's JSON text.
    ///
    /// # Errors
    /// Never for a batch made of checked parts; the encoder's own error otherwise.
    pub fn encode(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
