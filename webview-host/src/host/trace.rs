//! Every frame as a line of the log, at the level `debug` of the target `ipc`.

use std::fmt;

use ipc_protocol::{CallId, Channel, Escaped, PageFrame, Payload, WindowId};
use ipc_router::{Batch, Lane};

/// Whether frames are logged at all.
pub(super) fn is_on() -> bool {
    tracing::enabled!(target: "ipc", tracing::Level::DEBUG)
}

/// Logs a frame of a page before anything comes of it; `seq` is its number, if that is known.
pub(super) fn from_page(id: &WindowId, lane: &Lane, seq: Option<u64>, frame: &PageFrame) {
    let line = Line::of(frame, lane);
    tracing::debug!(
        target: "ipc",
        window = %Escaped(id),
        channel = line.channel.as_ref().map(|it| display(Escaped(it))),
        payload = line.payload.map(|it| display(Escaped(Excerpt(it)))),
        kind = %line.kind,
        call = line.call.map(display),
        code = line.code.map(|it| display(Escaped(it))),
        seq,
        "from window"
    );
}

/// Logs the frames that a page has been handed.
pub(super) fn to_page(id: &WindowId, batch: &Batch) {
    if !is_on() {
        return;
    }
    for (seq, frame) in (batch.seq..).zip(&batch.frames) {
        tracing::debug!(
            target: "ipc",
            window = %Escaped(id),
            channel = %Escaped(frame.channel()),
            payload = frame.payload().map(|it| display(Escaped(Excerpt(it)))),
            kind = %frame.kind(),
            call = frame.call().map(display),
            code = frame.code().map(|it| display(Escaped(it))),
            seq,
            "to window"
        );
    }
}

/// What is told of a frame.
struct Line<'a> {
    kind: &'static str,
    channel: Option<Channel>,
    payload: Option<&'a Payload>,
    call: Option<CallId>,
    code: Option<&'a str>,
}

impl Line<'_> {
    fn of<'a>(frame: &'a PageFrame, lane: &Lane) -> Line<'a> {
        let line = |kind, channel: Option<&Channel>, payload| Line {
            kind,
            channel: channel.cloned(),
            payload,
            call: None,
            code: None,
        };
        match frame {
            PageFrame::Hello => line("hello", None, None),
            PageFrame::Listen { channel } => line("listen", Some(channel), None),
            PageFrame::Message { channel, payload } => {
                line("message", Some(channel), Some(payload))
            }
            PageFrame::SendTo {
                call,
                channel,
                payload,
                ..
            } => Line {
                call: Some(*call),
                ..line("sendTo", Some(channel), Some(payload))
            },
            PageFrame::Refused {
                channel,
                call,
                code,
                ..
            } => Line {
                call: *call,
                code: Some(code.as_str()),
                ..line("refused", Some(channel), None)
            },
            PageFrame::Call { call, step } => {
                let opened = step.channel().cloned();
                Line {
                    channel: opened.or_else(|| lane.channel_of(*call, step.is_openers())),
                    call: Some(*call),
                    code: step.code(),
                    ..line(step.name(), None, step.payload())
                }
            }
            PageFrame::Drag => line("drag", None, None),
            PageFrame::ToggleMaximize => line("toggleMaximize", None, None),
            PageFrame::Report(_) => line("report", None, None),
            _ => line("frame", None, None),
        }
    }
}

/// The start of a payload.
pub(super) struct Excerpt<'a>(pub(super) &'a Payload);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHARS: usize = 120;
        let Some(json) = self.0.as_json() else {
            return write!(f, "({} bytes)", self.0.size());
        };
        match json.char_indices().nth(CHARS) {
            Some((end, _)) => write!(f, "{}… ({} bytes)", &json[..end], json.len()),
            None => f.write_str(json),
        }
    }
}
