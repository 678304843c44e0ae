//! The frames that a page sends, in batches.
//!
//! A page names itself with a random id when it loads; every batch, both ways, carries that id and
//! the sequence number of its first frame, counted from 1 for each page and direction. A batch
//! with the id of an earlier page is stale; a batch that starts later than expected shows a gap. A
//! page acknowledges what it has handled; a host takes frames that were not acknowledged to the
//! page that comes next.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Error;
use serde_json::value::RawValue;

use crate::bounded::Bounded;
use crate::object::Object;
use crate::{CallError, CallId, Channel, Code, Limits, Payload, Report, Step, WindowId};

/// Frames from a page.
#[derive(Debug, PartialEq, Eq)]
pub struct PageBatch {
    /// The secret that the window's preload script was given.
    pub key: String,
    /// The page that sent this: 1 to [`PageBatch::MAX_PAGE_BYTES`] bytes.
    pub page: String,
    /// The number of the first frame: 1 to [`PageBatch::MAX_SEQ`].
    pub seq: u64,
    /// The number of the last frame from the host that the page has handled; 0 for none.
    pub ack: u64,
    /// Which of the acknowledged frames were messages whose bytes the page did not get.
    pub lost: Vec<u64>,
    /// The frames, numbered on from `seq`. Without any the batch only acknowledges.
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
    /// A step of a call.
    Call {
        /// The call, as its opener numbered it.
        call: CallId,
        /// What is done.
        step: Step,
    },
    /// A message to another window's page.
    SendTo {
        /// The call with which it is answered.
        call: CallId,
        /// The other window.
        window: WindowId,
        /// The channel it was sent on.
        channel: Channel,
        /// What was sent.
        payload: Payload,
    },
    /// The user drags a part of the page by which the window is moved.
    Drag,
    /// The user has double-clicked such a part, which maximizes a window, or undoes that.
    ToggleMaximize,
    /// An uncaught error of the page, or a line of its console.
    Report(Report),
    /// A message, or a call's opening, whose payload is beyond the limits and was not kept.
    Refused {
        /// The channel it was sent on.
        channel: Channel,
        /// The call that it would have opened.
        call: Option<CallId>,
        /// Which limit it is beyond.
        code: Code,
        /// The same in words.
        message: String,
    },
}

impl PageFrame {
    /// Whether it is a message, or opens a call: what a page may send whenever it likes.
    pub fn is_load(&self) -> bool {
        match self {
            PageFrame::Message { .. }
            | PageFrame::SendTo { .. }
            | PageFrame::Refused { .. }
            | PageFrame::Drag
            | PageFrame::ToggleMaximize => true,
            PageFrame::Call { step, .. } => step.opens(),
            PageFrame::Hello | PageFrame::Listen { .. } | PageFrame::Report(_) => false,
        }
    }
}

impl PageBatch {
    /// The longest id of a page, in bytes.
    pub const MAX_PAGE_BYTES: usize = 64;

    /// The greatest sequence number, which is also the greatest integer that JavaScript counts
    /// to. Adding the length of a batch to it does not overflow.
    pub const MAX_SEQ: u64 = (1 << 53) - 1;

    /// The most frames of a batch, messages of one run, and numbers of lost frames. A page posts its batch
    /// once that passes 128 Ki UTF-16 units, and the shortest frame or payload takes two of them.
    pub const MAX_FRAMES: usize = 128 << 10;

    /// Reads a batch that a page posted. Fields that the protocol does not have are ignored;
    /// payloads are taken over as they are written.
    ///
    /// # Errors
    /// [`DecodeError`], and nothing of the batch, when any of it is not as the protocol says.
    pub fn decode(text: &str, limits: &Limits) -> Result<PageBatch, DecodeError> {
        check_size(text.len(), limits)?;
        PageBatch::read(text, Attachments::none(), limits)
    }

    /// Reads a batch that a page uploaded, since it carries bytes: the length of the JSON text as
    /// four bytes, the lowest first, that text, and the bytes of the frames one after another.
    ///
    /// # Errors
    /// As [`PageBatch::decode`]; also when there are more or fewer bytes than the frames have.
    pub fn decode_upload(body: &Bytes, limits: &Limits) -> Result<PageBatch, DecodeError> {
        check_size(body.len(), limits)?;
        let (length, rest) = body.split_first_chunk().ok_or(DecodeError::Upload)?;
        let length = u32::from_le_bytes(*length) as usize;
        let text = rest.get(..length).ok_or(DecodeError::Upload)?;
        let text = str::from_utf8(text).map_err(|_| DecodeError::Upload)?;
        let attachments = Attachments::of(body.slice(4 + length..));
        PageBatch::read(text, attachments, limits)
    }

    fn read(
        text: &str,
        mut attachments: Attachments,
        limits: &Limits,
    ) -> Result<PageBatch, DecodeError> {
        let Object::<RawBatch<'_>>(raw) = serde_json::from_str(text).map_err(DecodeError::Shape)?;
        if raw.page.is_empty() || raw.page.len() > Self::MAX_PAGE_BYTES {
            return Err(DecodeError::Range("page"));
        }
        if !(1..=Self::MAX_SEQ).contains(&raw.seq) {
            return Err(DecodeError::Range("seq"));
        }
        if raw.ack > Self::MAX_SEQ {
            return Err(DecodeError::Range("ack"));
        }
        let mut names = Names::default();
        let mut frames = Vec::with_capacity(raw.frames.0.len());
        for Object(mut frame) in raw.frames.0 {
            match frame.payloads.take() {
                Some(Bounded(payloads)) => {
                    frame.check_run(payloads, &mut names, limits, &mut frames)?
                }
                None => frames.push(frame.check(&mut names, &mut attachments, limits)?),
            }
        }
        attachments.end()?;
        Ok(PageBatch {
            frames,
            key: raw.key,
            page: raw.page,
            seq: raw.seq,
            ack: raw.ack,
            lost: raw.lost.0,
        })
    }
}

/// A batch as it is on the wire, before the limits have been checked.
#[derive(Deserialize)]
struct RawBatch<'a> {
    key: String,
    page: String,
    seq: u64,
    ack: u64,
    #[serde(default)]
    lost: Bounded<u64, { PageBatch::MAX_FRAMES }>,
    #[serde(borrow)]
    frames: Bounded<Object<RawFrame<'a>>, { PageBatch::MAX_FRAMES }>,
}

#[derive(Deserialize)]
struct RawFrame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    payloads: Option<Bounded<&'a RawValue, { PageBatch::MAX_FRAMES }>>,
    bytes: Option<usize>,
    call: Option<CallId>,
    count: Option<u32>,
    window: Option<WindowId>,
    error: Option<Object<CallError>>,
    /// Read only if it counts: it is in few frames, and long.
    #[serde(borrow)]
    report: Option<&'a RawValue>,
}

impl<'a> RawFrame<'a> {
    /// Checks a run of messages on one channel: each is a frame, with a number of its own.
    fn check_run(
        self,
        payloads: Vec<&'a RawValue>,
        names: &mut Names,
        limits: &Limits,
        frames: &mut Vec<PageFrame>,
    ) -> Result<(), DecodeError> {
        if self.kind != "messages" {
            return Err(DecodeError::Range("payloads"));
        }
        let name = self.channel.ok_or(DecodeError::Missing("channel"))?;
        let channel = names.channel(&name)?;
        frames.extend(payloads.into_iter().map(|raw| {
            let channel = channel.clone();
            match Payload::from_raw(raw, limits) {
                Ok(payload) => PageFrame::Message { channel, payload },
                Err(error) => PageFrame::Refused {
                    channel,
                    call: None,
                    code: error.code(),
                    message: error.to_string(),
                },
            }
        }));
        Ok(())
    }

    /// Checks the limits. What is beyond them is not kept, and takes no other frame with it: a
    /// message becomes a refusal, an answer an error, and a call is not opened.
    fn check(
        self,
        names: &mut Names,
        attachments: &mut Attachments,
        limits: &Limits,
    ) -> Result<PageFrame, DecodeError> {
        let payload = match (self.payload, self.bytes) {
            (Some(_), Some(_)) => return Err(DecodeError::Range("bytes")),
            (Some(raw), None) => Payload::from_raw(raw, limits),
            (None, Some(count)) => Payload::from_bytes(attachments.next(count)?, limits),
            // Left out, or written as `null`, which is as long in either case.
            (None, None) => Payload::null().within(limits),
        };
        let channel = self.channel.map(|name| names.channel(&name)).transpose()?;
        let channel = channel.ok_or(DecodeError::Missing("channel"));
        let call = self.call.ok_or(DecodeError::Missing("call"));
        let step = match (&*self.kind, payload) {
            ("hello", _) => return Ok(PageFrame::Hello),
            ("drag", _) => return Ok(PageFrame::Drag),
            ("toggleMaximize", _) => return Ok(PageFrame::ToggleMaximize),
            ("messages", _) => return Err(DecodeError::Missing("payloads")),
            ("listen", _) => return Ok(PageFrame::Listen { channel: channel? }),
            ("report", _) => {
                let raw = self.report.ok_or(DecodeError::Missing("report"))?;
                let report = serde_json::from_str(raw.get()).map_err(DecodeError::Shape)?;
                let Object::<Report>(report) = report;
                return match report.fits() {
                    true => Ok(PageFrame::Report(report)),
                    false => Err(DecodeError::Range("report")),
                };
            }
            ("message", Ok(payload)) => {
                let channel = channel?;
                return Ok(PageFrame::Message { channel, payload });
            }
            ("sendTo", Ok(payload)) => {
                return Ok(PageFrame::SendTo {
                    call: call?,
                    window: self.window.ok_or(DecodeError::Missing("window"))?,
                    channel: channel?,
                    payload,
                });
            }
            ("message" | "request" | "stream" | "sendTo", Err(error)) => {
                return Ok(PageFrame::Refused {
                    channel: channel?,
                    call: self.call,
                    code: error.code(),
                    message: error.to_string(),
                });
            }
            ("request", Ok(payload)) => Step::Request {
                channel: channel?,
                payload,
            },
            ("stream", Ok(payload)) => Step::Stream {
                channel: channel?,
                payload,
            },
            ("pull", _) => Step::Pull {
                count: self.count.ok_or(DecodeError::Missing("count"))?,
            },
            ("cancel", _) => Step::Cancel,
            ("chunk", Ok(payload)) => Step::Chunk { payload },
            ("result", Ok(payload)) => Step::Result { payload },
            ("chunk" | "result", Err(error)) => Step::Error {
                error: CallError::new(error.code(), error.to_string()),
            },
            ("error", _) => {
                let Object(error) = self.error.ok_or(DecodeError::Missing("error"))?;
                if error.name.len().max(error.code.len()) > CallError::MAX_NAME_BYTES {
                    return Err(DecodeError::Range("error"));
                }
                Step::Error { error }
            }
            _ => return Err(DecodeError::UnknownType),
        };
        Ok(PageFrame::Call { call: call?, step })
    }
}

/// The names of a batch's frames, which are mostly the same.
#[derive(Default)]
struct Names {
    last: Option<Channel>,
}

impl Names {
    fn channel(&mut self, name: &str) -> Result<Channel, DecodeError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.as_str() == name) {
            return Ok(last.clone());
        }
        let channel =
            Channel::new(name).map_err(|error| DecodeError::Shape(Error::custom(error)))?;
        self.last = Some(channel.clone());
        Ok(channel)
    }
}

/// The bytes that come with a batch, for its frames to take in their order.
struct Attachments {
    rest: Bytes,
    total: usize,
}

impl Attachments {
    fn none() -> Attachments {
        Attachments::of(Bytes::new())
    }

    fn of(rest: Bytes) -> Attachments {
        let total = rest.len();
        Attachments { rest, total }
    }

    fn next(&mut self, count: usize) -> Result<Bytes, DecodeError> {
        if count > self.rest.len() {
            return Err(DecodeError::Upload);
        }
        let part = self.rest.split_to(count);
        // A part keeps the whole in memory: a small one must not keep a large one.
        match count < self.total / 2 {
            true => Ok(Bytes::copy_from_slice(&part)),
            false => Ok(part),
        }
    }

    fn end(&self) -> Result<(), DecodeError> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(DecodeError::Upload),
        }
    }
}

fn check_size(bytes: usize, limits: &Limits) -> Result<(), DecodeError> {
    let limit = limits.batch_bytes();
    match bytes > limit {
        true => Err(DecodeError::TooLarge { bytes, limit }),
        false => Ok(()),
    }
}

/// What came from a page and is not a [`PageBatch`].
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
    /// An upload is not text with the bytes that its frames name: too few, or too many.
    #[error("malformed frames: their bytes are not those that came with them")]
    Upload,
    /// A frame is of no type that the protocol has.
    #[error("malformed frames: a frame of unknown type")]
    UnknownType,
    /// Over [`Limits::batch_bytes`].
    #[error("{bytes} bytes of frames, {limit} are allowed")]
    TooLarge {
        /// The length of the text, or of the upload.
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
            | DecodeError::Upload
            | DecodeError::UnknownType => Code::BadFrame,
            DecodeError::TooLarge { .. } => Code::PayloadTooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::ReportKind;
    use crate::samples::{bad_row, channel, payload};

    #[test]
    fn wire_of_every_page_frame() {
        let text = concat!(
            r#"{"key":"secret","page":"0123abcd","seq":1,"ack":7,"frames":["#,
            r#"{"type":"hello"},"#,
            r#"{"type":"listen","channel":"update"},"#,
            r#"{"type":"message","channel":"saved","payload":{"id":7}},"#,
            r#"{"type":"message","channel":"refresh","payload":null},"#,
            r#"{"type":"message","channel":"refresh"},"#,
            r#"{"type":"messages","channel":"refresh","payloads":[null, 1.50]},"#,
            r#"{"type":"request","call":1,"channel":"add","payload":[1,2]},"#,
            r#"{"type":"stream","call":2,"channel":"rows"},"#,
            r#"{"type":"pull","call":2,"count":16},"#,
            r#"{"type":"cancel","call":2},"#,
            r#"{"type":"chunk","call":9,"payload":"one"},"#,
            r#"{"type":"result","call":9,"payload":null},"#,
            r#"{"type":"error","call":8,"error":{"name":"RangeError","message":"no","code":"bad-row","stack":"at f"}},"#,
            r#"{"type":"sendTo","call":3,"window":"other","channel":"add","payload":3},"#,
            r#"{"type":"drag"},{"type":"toggleMaximize"},"#,
            r#"{"type":"report","report":{"kind":"error","text":"Error: no","place":"app://localhost/a.js:3:9"}}]}"#,
        );
        let call = |number, step| PageFrame::Call {
            call: CallId::new(number).unwrap(),
            step,
        };
        let refresh = || PageFrame::Message {
            channel: channel("refresh"),
            payload: Payload::null(),
        };
        let expected = PageBatch {
            key: "secret".to_owned(),
            page: "0123abcd".to_owned(),
            seq: 1,
            ack: 7,
            lost: vec![],
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
                refresh(),
                PageFrame::Message {
                    channel: channel("refresh"),
                    payload: payload("1.50"),
                },
                call(
                    1,
                    Step::Request {
                        channel: channel("add"),
                        payload: payload("[1,2]"),
                    },
                ),
                call(
                    2,
                    Step::Stream {
                        channel: channel("rows"),
                        payload: Payload::null(),
                    },
                ),
                call(2, Step::Pull { count: 16 }),
                call(2, Step::Cancel),
                call(
                    9,
                    Step::Chunk {
                        payload: payload("\"one\""),
                    },
                ),
                call(
                    9,
                    Step::Result {
                        payload: Payload::null(),
                    },
                ),
                call(8, Step::Error { error: bad_row() }),
                PageFrame::SendTo {
                    call: CallId::new(3).unwrap(),
                    window: WindowId::new("other").unwrap(),
                    channel: channel("add"),
                    payload: payload("3"),
                },
                PageFrame::Drag,
                PageFrame::ToggleMaximize,
                PageFrame::Report(Report {
                    kind: ReportKind::Error,
                    text: "Error: no".to_owned(),
                    place: "app://localhost/a.js:3:9".to_owned(),
                }),
            ],
        };
        assert_eq!(
            PageBatch::decode(text, &Limits::default()).unwrap(),
            expected
        );
    }

    #[test]
    fn a_run_is_as_many_frames_as_it_has_payloads() {
        let limits = Limits {
            payload_bytes: 4,
            ..Limits::default()
        };
        let decode = |frames: &str| {
            let text = format!(r#"{{"key":"","page":"p","seq":5,"ack":0,"frames":[{frames}]}}"#);
            PageBatch::decode(&text, &limits).map(|batch| batch.frames)
        };
        let frames = decode(
            r#"{"type":"messages","channel":"a","payloads":[1,"long",{}]},{"type":"messages","channel":"a","payloads":[]}"#,
        )
        .unwrap();
        let message = |text| PageFrame::Message {
            channel: channel("a"),
            payload: payload(text),
        };
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[0], message("1"));
        assert!(matches!(
            &frames[1],
            PageFrame::Refused {
                call: None,
                code: Code::PayloadTooLarge,
                ..
            }
        ));
        assert_eq!(frames[2], message("{}"));
        for bad in [
            r#"{"type":"messages","channel":"a"}"#,
            r#"{"type":"messages","payloads":[1]}"#,
            r#"{"type":"messages","channel":"","payloads":[1]}"#,
            r#"{"type":"messages","channel":"a","payloads":1}"#,
            r#"{"type":"message","channel":"a","payloads":[1]}"#,
            r#"{"type":"result","call":1,"payload":1,"payloads":[1]}"#,
        ] {
            let error = decode(bad).unwrap_err();
            assert_eq!(error.code(), Code::BadFrame, "{bad}");
        }
    }

    #[test]
    fn wire_of_a_page_batch_with_bytes() {
        let text = concat!(
            r#"{"key":"secret","page":"0123abcd","seq":2,"ack":7,"lost":[5,6],"frames":["#,
            r#"{"type":"message","channel":"saved","bytes":3},"#,
            r#"{"type":"message","channel":"saved","payload":1},"#,
            r#"{"type":"result","call":9,"bytes":0},"#,
            r#"{"type":"chunk","call":8,"bytes":2}]}"#,
        );
        let mut body = vec![243, 0, 0, 0];
        body.extend(text.bytes());
        body.extend([1, 2, 3, 254, 255]);
        let bytes = |bytes: &'static [u8]| {
            Payload::from_bytes(Bytes::from_static(bytes), &Limits::default()).unwrap()
        };
        let call = |number, step| PageFrame::Call {
            call: CallId::new(number).unwrap(),
            step,
        };
        let saved = |payload| PageFrame::Message {
            channel: channel("saved"),
            payload,
        };
        let expected = [
            saved(bytes(&[1, 2, 3])),
            saved(payload("1")),
            call(
                9,
                Step::Result {
                    payload: bytes(&[]),
                },
            ),
            call(
                8,
                Step::Chunk {
                    payload: bytes(&[254, 255]),
                },
            ),
        ];
        let batch = PageBatch::decode_upload(&body.into(), &Limits::default()).unwrap();
        assert_eq!(batch.frames, expected);
        assert_eq!((batch.seq, batch.ack, batch.lost), (2, 7, vec![5, 6]));
    }
}
