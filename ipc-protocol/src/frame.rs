//! The frames that a page and its host exchange, in batches.
//!
//! A page names itself with a random id when it loads; every batch carries that id and the
//! sequence number of its first frame, counted from 1 for each page and direction. A batch with
//! the id of an earlier page is stale; a batch that starts later than expected shows a gap.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::object::Object;
use crate::{Channel, Code, Limits, Payload};

/// Frames from a page.
#[derive(Debug, PartialEq, Eq)]
pub struct PageBatch {
    /// The secret that the window's preload script was given.
    pub key: String,
    /// The page that sent this: 1 to [`PageBatch::MAX_PAGE_BYTES`] bytes.
    pub page: String,
    /// The number of the first frame: 1 to [`PageBatch::MAX_SEQ`].
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
    /// A message to the app whose payload is beyond the limits and was not kept. It takes no
    /// other message of its batch with it.
    Refused {
        /// The channel it was sent on.
        channel: Channel,
        /// Which limit it is beyond.
        code: Code,
        /// The same in words.
        message: String,
    },
}

impl PageBatch {
    /// The longest id of a page, in bytes.
    pub const MAX_PAGE_BYTES: usize = 64;

    /// The greatest sequence number, which is also the greatest integer that JavaScript counts
    /// to. Adding the length of a batch to it does not overflow.
    pub const MAX_SEQ: u64 = (1 << 53) - 1;

    /// Reads a batch that a page posted. Fields that the protocol does not have are ignored;
    /// payloads are taken over as they are written.
    ///
    /// # Errors
    /// [`DecodeError`], and nothing of the batch, when any of it is not as the protocol says.
    pub fn decode(text: &str, limits: &Limits) -> Result<PageBatch, DecodeError> {
        let limit = limits.batch_bytes();
        if text.len() > limit {
            let bytes = text.len();
            return Err(DecodeError::TooLarge { bytes, limit });
        }
        let Object::<RawBatch<'_>>(raw) = serde_json::from_str(text).map_err(DecodeError::Shape)?;
        if raw.page.is_empty() || raw.page.len() > Self::MAX_PAGE_BYTES {
            return Err(DecodeError::Range("page"));
        }
        if !(1..=Self::MAX_SEQ).contains(&raw.seq) {
            return Err(DecodeError::Range("seq"));
        }
        let frames = raw.frames.into_iter();
        let frames = frames.map(|Object(frame)| frame.check(limits));
        Ok(PageBatch {
            frames: frames.collect::<Result<_, _>>()?,
            key: raw.key,
            page: raw.page,
            seq: raw.seq,
        })
    }
}

impl PageFrame {
    fn message(channel: Channel, payload: Option<&RawValue>, limits: &Limits) -> PageFrame {
        let payload =
            payload.map_or_else(|| Ok(Payload::null()), |raw| Payload::from_raw(raw, limits));
        match payload {
            Ok(payload) => PageFrame::Message { channel, payload },
            Err(error) => PageFrame::Refused {
                channel,
                code: error.code(),
                message: error.to_string(),
            },
        }
    }
}

/// A batch as it is on the wire, before the limits have been checked.
#[derive(Deserialize)]
struct RawBatch<'a> {
    key: String,
    page: String,
    seq: u64,
    #[serde(borrow)]
    frames: Vec<Object<RawFrame<'a>>>,
}

#[derive(Deserialize)]
struct RawFrame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    channel: Option<Channel>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl RawFrame<'_> {
    fn check(self, limits: &Limits) -> Result<PageFrame, DecodeError> {
        let channel = self.channel.ok_or(DecodeError::Missing("channel"));
        Ok(match &*self.kind {
            "hello" => PageFrame::Hello,
            "listen" => PageFrame::Listen { channel: channel? },
            "message" => PageFrame::message(channel?, self.payload, limits),
            _ => return Err(DecodeError::UnknownType),
        })
    }
}

/// Text from a page that is not a [`PageBatch`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON, a field missing, or one of the wrong type. What is shown of it is short, since
    /// the page may have put anything there.
    #[error("malformed frames: {:.200}", .0.to_string())]
    Shape(#[source] serde_json::Error),
    /// A frame lacks a field that its type needs.
    #[error("malformed frames: missing field `{0}`")]
    Missing(&'static str),
    /// A field of the batch holds what the protocol never has there.
    #[error("malformed frames: field `{0}` is out of range")]
    Range(&'static str),
    /// A frame is of no type that the protocol has.
    #[error("malformed frames: a frame of unknown type")]
    UnknownType,
    /// Over [`Limits::batch_bytes`].
    #[error("{bytes} bytes of frames, {limit} are allowed")]
    TooLarge {
        /// The length of the text.
        bytes: usize,
        /// The limit it is over.
        limit: usize,
    },
}

impl DecodeError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            DecodeError::Shape(_)
            | DecodeError::Missing(_)
            | DecodeError::Range(_)
            | DecodeError::UnknownType => Code::BadFrame,
            DecodeError::TooLarge { .. } => Code::PayloadTooLarge,
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
    /// A message from the page was beyond a limit, and is not kept.
    Refused {
        /// The channel it was sent on.
        channel: &'a Channel,
        /// Which limit it is beyond; the code's name.
        code: &'a str,
        /// The same in words.
        message: &'a str,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn channel(name: &str) -> Channel {
        Channel::new(name).unwrap()
    }

    fn payload(json: &str) -> Payload {
        Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
    }

    #[test]
    fn wire_of_every_page_frame() {
        let text = concat!(
            r#"{"key":"secret","page":"0123abcd","seq":1,"frames":["#,
            r#"{"type":"hello"},"#,
            r#"{"type":"listen","channel":"update"},"#,
            r#"{"type":"message","channel":"saved","payload":{"id":7}},"#,
            r#"{"type":"message","channel":"refresh","payload":null},"#,
            r#"{"type":"message","channel":"refresh"}]}"#,
        );
        let refresh = || PageFrame::Message {
            channel: channel("refresh"),
            payload: Payload::null(),
        };
        let expected = PageBatch {
            key: "secret".to_owned(),
            page: "0123abcd".to_owned(),
            seq: 1,
            frames: vec![
                PageFrame::Hello,
                PageFrame::Listen {
                    channel: channel("update"),
                },
                PageFrame::Message {
                    channel: channel("saved"),
                    payload: payload(r#"{"id":7}"#),
                },
                refresh(),
                refresh(),
            ],
        };
        assert_eq!(
            PageBatch::decode(text, &Limits::default()).unwrap(),
            expected
        );
    }

    #[test]
    fn wire_of_every_host_frame() {
        let update = channel("up\"date");
        let (count, null) = (payload(r#"{"count": 42}"#), Payload::null());
        let batch = HostBatch {
            page: "0123abcd",
            seq: 9,
            frames: vec![
                HostFrame::Message {
                    channel: &update,
                    payload: &count,
                },
                HostFrame::Message {
                    channel: &update,
                    payload: &null,
                },
                HostFrame::Refused {
                    channel: &update,
                    code: Code::PayloadTooDeep.as_str(),
                    message: "too deep",
                },
            ],
        };
        let expected = concat!(
            r#"{"page":"0123abcd","seq":9,"frames":["#,
            r#"{"type":"message","channel":"up\"date","payload":{"count": 42}},"#,
            r#"{"type":"message","channel":"up\"date","payload":null},"#,
            r#"{"type":"refused","channel":"up\"date","code":"payload-too-deep","message":"too deep"}]}"#,
        );
        assert_eq!(batch.encode().unwrap(), expected);
    }
}
