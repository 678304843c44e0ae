//! The frames that a host hands to a page, in batches.

use serde::Serialize;

use crate::{CallError, CallId, Channel, Payload, Step, WindowId};

/// Frames to a page.
#[derive(Debug)]
pub struct HostBatch<'a> {
    /// The page they are for.
    pub page: &'a str,
    /// The number of the first frame.
    pub seq: u64,
    /// Where the page gets the bytes that the frames carry, one after another, if any does.
    pub bytes: Option<&'a str>,
    /// The frames, numbered on from `seq`.
    pub frames: Vec<HostFrame<'a>>,
}

/// One frame to a page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HostFrame<'a> {
    /// A message from the app.
    Message {
        /// The channel it was sent on.
        channel: &'a Channel,
        /// What was sent.
        payload: &'a Payload,
    },
    /// A message from another window's page.
    Relay {
        /// That window.
        from: &'a WindowId,
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
    /// [`Step::Request`]
    Request {
        /// The app's call.
        call: CallId,
        /// The channel.
        channel: &'a Channel,
        /// What is asked.
        payload: &'a Payload,
    },
    /// [`Step::Stream`]
    Stream {
        /// The app's call.
        call: CallId,
        /// The channel.
        channel: &'a Channel,
        /// What is asked.
        payload: &'a Payload,
    },
    /// [`Step::Pull`]
    Pull {
        /// The app's call.
        call: CallId,
        /// How many more chunks.
        count: u32,
    },
    /// [`Step::Cancel`]
    Cancel {
        /// The app's call.
        call: CallId,
    },
    /// [`Step::Chunk`]
    Chunk {
        /// The page's call.
        call: CallId,
        /// The value.
        payload: &'a Payload,
    },
    /// [`Step::Result`]
    Result {
        /// The page's call.
        call: CallId,
        /// The answer.
        payload: &'a Payload,
    },
    /// [`Step::Error`]
    Error {
        /// The page's call.
        call: CallId,
        /// Why it failed.
        error: &'a CallError,
    },
}

impl<'a> HostFrame<'a> {
    /// The frame of a call's step.
    pub fn of_call(call: CallId, step: &'a Step) -> HostFrame<'a> {
        match step {
            Step::Request { channel, payload } => HostFrame::Request {
                call,
                channel,
                payload,
            },
            Step::Stream { channel, payload } => HostFrame::Stream {
                call,
                channel,
                payload,
            },
            Step::Pull { count } => HostFrame::Pull {
                call,
                count: *count,
            },
            Step::Cancel => HostFrame::Cancel { call },
            Step::Chunk { payload } => HostFrame::Chunk { call, payload },
            Step::Result { payload } => HostFrame::Result { call, payload },
            Step::Error { error } => HostFrame::Error { call, error },
        }
    }
}

impl HostBatch<'_> {
    /// The batch's JSON text.
    ///
    /// # Errors
    /// As [`HostBatch::write`].
    pub fn encode(&self) -> serde_json::Result<String> {
        let mut text = String::new();
        self.write(&mut text)?;
        Ok(text)
    }

    /// Writes the batch's JSON text, piece by piece.
    ///
    /// # Errors
    /// Never for a batch made of checked parts; the encoder's own error otherwise.
    pub fn write(&self, out: &mut impl BatchText) -> serde_json::Result<()> {
        let envelope = Envelope {
            page: self.page,
            seq: self.seq,
            bytes: self.bytes,
        };
        out.json(open_object(&serde_json::to_string(&envelope)?));
        out.json(",\"frames\":[");
        for (index, frame) in self.frames.iter().enumerate() {
            if index > 0 {
                out.json(",");
            }
            frame.write(out)?;
        }
        out.json("]}");
        Ok(())
    }
}

/// Where the text of a batch goes.
pub trait BatchText {
    /// Takes a piece of the JSON text.
    fn json(&mut self, text: &str);

    /// Takes a piece that is the JSON text of this payload, which is not bytes.
    fn payload(&mut self, payload: &Payload);
}

impl BatchText for String {
    fn json(&mut self, text: &str) {
        self.push_str(text);
    }

    fn payload(&mut self, payload: &Payload) {
        self.push_str(payload.as_json().unwrap_or_default());
    }
}

/// What a batch has before its frames.
#[derive(Serialize)]
struct Envelope<'a> {
    page: &'a str,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<&'a str>,
}

/// What a frame has before its payload.
#[derive(Default, Serialize)]
struct Head<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a WindowId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a CallError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
}

impl<'a> HostFrame<'a> {
    /// The frame's JSON text.
    ///
    /// # Errors
    /// As [`HostBatch::write`].
    pub fn encode(&self) -> serde_json::Result<String> {
        let mut text = String::new();
        self.write(&mut text)?;
        Ok(text)
    }

    fn write(&self, out: &mut impl BatchText) -> serde_json::Result<()> {
        let (mut head, payload) = self.parts();
        let bytes = payload.and_then(Payload::as_bytes);
        head.bytes = bytes.map(|bytes| bytes.len());
        let head = serde_json::to_string(&head)?;
        match payload.filter(|_| bytes.is_none()) {
            None => out.json(&head),
            Some(payload) => {
                out.json(open_object(&head));
                out.json(",\"payload\":");
                out.payload(payload);
                out.json("}");
            }
        }
        Ok(())
    }

    fn parts(&self) -> (Head<'a>, Option<&'a Payload>) {
        let head = Head::new;
        match *self {
            HostFrame::Message { channel, payload } => (head("message").on(channel), Some(payload)),
            HostFrame::Relay {
                from,
                channel,
                payload,
            } => (head("relay").from(from).on(channel), Some(payload)),
            HostFrame::Refused {
                channel,
                code,
                message,
            } => (head("refused").on(channel).reason(code, message), None),
            HostFrame::Request {
                call,
                channel,
                payload,
            } => (head("request").of(call).on(channel), Some(payload)),
            HostFrame::Stream {
                call,
                channel,
                payload,
            } => (head("stream").of(call).on(channel), Some(payload)),
            HostFrame::Pull { call, count } => (head("pull").of(call).count(count), None),
            HostFrame::Cancel { call } => (head("cancel").of(call), None),
            HostFrame::Chunk { call, payload } => (head("chunk").of(call), Some(payload)),
            HostFrame::Result { call, payload } => (head("result").of(call), Some(payload)),
            HostFrame::Error { call, error } => (head("error").of(call).error(error), None),
        }
    }
}

impl<'a> Head<'a> {
    fn new(kind: &'static str) -> Self {
        Head {
            kind,
            ..Head::default()
        }
    }

    fn from(mut self, window: &'a WindowId) -> Self {
        self.from = Some(window);
        self
    }

    fn of(mut self, call: CallId) -> Self {
        self.call = Some(call);
        self
    }

    fn on(mut self, channel: &'a Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    fn reason(mut self, code: &'a str, message: &'a str) -> Self {
        (self.code, self.message) = (Some(code), Some(message));
        self
    }

    fn count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    fn error(mut self, error: &'a CallError) -> Self {
        self.error = Some(error);
        self
    }
}

/// The text of an object without its end.
fn open_object(json: &str) -> &str {
    json.strip_suffix('}').unwrap_or(json)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::samples::{bad_row, channel, payload};
    use crate::{Code, Limits};

    #[test]
    fn wire_of_a_host_batch_with_bytes() {
        let update = channel("update");
        let three = Payload::from_bytes(vec![1, 2, 3].into(), &Limits::default()).unwrap();
        let batch = HostBatch {
            page: "0123abcd",
            seq: 9,
            bytes: Some("89ab"),
            frames: vec![
                HostFrame::Message {
                    channel: &update,
                    payload: &three,
                },
                HostFrame::Chunk {
                    call: CallId::new(1).unwrap(),
                    payload: &three,
                },
            ],
        };
        let expected = concat!(
            r#"{"page":"0123abcd","seq":9,"bytes":"89ab","frames":["#,
            r#"{"type":"message","channel":"update","bytes":3},"#,
            r#"{"type":"chunk","call":1,"bytes":3}]}"#,
        );
        assert_eq!(batch.encode().unwrap(), expected);
    }

    #[test]
    fn wire_of_every_host_frame() {
        let update = channel("up\"date");
        let (count, null) = (payload(r#"{"count": 42}"#), Payload::null());
        let other = WindowId::new("other").unwrap();
        let (one, two) = (CallId::new(1).unwrap(), CallId::new(2).unwrap());
        let steps = [
            Step::Request {
                channel: update.clone(),
                payload: count.clone(),
            },
            Step::Stream {
                channel: update.clone(),
                payload: count.clone(),
            },
            Step::Pull { count: 8 },
            Step::Cancel,
            Step::Chunk {
                payload: count.clone(),
            },
            Step::Result {
                payload: Payload::null(),
            },
            Step::Error { error: bad_row() },
            Step::Error {
                error: CallError::new(Code::NoHandler, "none"),
            },
        ];
        let calls = steps
            .iter()
            .enumerate()
            .map(|(n, step)| HostFrame::of_call(if n % 2 == 0 { one } else { two }, step));
        let batch = HostBatch {
            page: "0123abcd",
            seq: 9,
            bytes: None,
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
                HostFrame::Relay {
                    from: &other,
                    channel: &update,
                    payload: &null,
                },
            ]
            .into_iter()
            .chain(calls)
            .collect(),
        };
        let expected = concat!(
            r#"{"page":"0123abcd","seq":9,"frames":["#,
            r#"{"type":"message","channel":"up\"date","payload":{"count": 42}},"#,
            r#"{"type":"message","channel":"up\"date","payload":null},"#,
            r#"{"type":"refused","channel":"up\"date","code":"payload-too-deep","message":"too deep"},"#,
            r#"{"type":"relay","from":"other","channel":"up\"date","payload":null},"#,
            r#"{"type":"request","call":1,"channel":"up\"date","payload":{"count": 42}},"#,
            r#"{"type":"stream","call":2,"channel":"up\"date","payload":{"count": 42}},"#,
            r#"{"type":"pull","call":1,"count":8},"#,
            r#"{"type":"cancel","call":2},"#,
            r#"{"type":"chunk","call":1,"payload":{"count": 42}},"#,
            r#"{"type":"result","call":2,"payload":null},"#,
            r#"{"type":"error","call":1,"error":{"name":"RangeError","message":"no","code":"bad-row","stack":"at f"}},"#,
            r#"{"type":"error","call":2,"error":{"name":"Error","message":"none","code":"no-handler"}}]}"#,
        );
        assert_eq!(batch.encode().unwrap(), expected);
    }
}
