//! What may be done, as the input says it.

use arbitrary::{Arbitrary, Result, Unstructured};
use bytes::Bytes;
use ipc_protocol::{
    CallError, Channel, Code, Limits, Origin, Overflow, Payload, Position, Size, Step,
    WindowCommand, WindowId,
};
use serde_json::{Value as Json, json};

use super::window::Options;
use crate::text::{self, Text};

/// How many windows there are, at most.
pub(super) const WINDOWS: u8 = 3;

/// One of the windows.
pub(super) fn window(number: u8) -> WindowId {
    WindowId::new(format!("w{}", number % WINDOWS)).expect("a good id")
}

/// Numbers without a name: of a window; of a call, among those there are.
#[derive(Arbitrary)]
pub(super) enum Act<'a> {
    Open(u8, Options),
    Command(u8, Command),
    State(u8),
    /// The capacity in messages and in bytes; whether the channel is sticky.
    Configure(Name, Full, u8, bool),
    Send(u8, Name, Tell, Body<'a>),
    /// A stream or a request of the app.
    Call(u8, bool, Name, Body<'a>),
    Pull(u8, u32),
    Cancel(u8),
    /// The app answers a page.
    Answer(u8, Answer, Body<'a>),
    /// A page posts something that may well be a batch.
    Post(u8, Post<'a>),
    /// A page posts anything, or uploads it.
    Text(u8, From, Text<'a>),
    Upload(u8, From, text::Bytes<'a>),
    Report(u8, Report),
    Pump,
    Serve,
    /// The next call to the backend fails.
    Refuse,
}

#[derive(Arbitrary)]
pub(super) enum Command {
    Close,
    Focus,
    Resize,
    Move,
    Navigate,
    Reload,
    ReportState,
}

impl std::convert::From<Command> for WindowCommand {
    fn from(command: Command) -> WindowCommand {
        match command {
            Command::Close => WindowCommand::Close,
            Command::Focus => WindowCommand::Focus,
            Command::Resize => WindowCommand::SetSize(Size {
                width: 9.0,
                height: 9.0,
            }),
            Command::Move => WindowCommand::SetPosition(Position { x: 1.0, y: 1.0 }),
            Command::Navigate => WindowCommand::Navigate("a.html".to_owned()),
            Command::Reload => WindowCommand::Reload,
            Command::ReportState => WindowCommand::ReportState,
        }
    }
}

#[derive(Arbitrary)]
pub(super) enum Full {
    Wait,
    DropOldest,
    KeepLatest,
    Fail,
}

impl std::convert::From<Full> for Overflow {
    fn from(full: Full) -> Overflow {
        match full {
            Full::Wait => Overflow::Wait,
            Full::DropOldest => Overflow::DropOldest,
            Full::KeepLatest => Overflow::KeepLatest,
            Full::Fail => Overflow::Fail,
        }
    }
}

#[derive(Arbitrary)]
pub(super) enum Tell {
    Nobody,
    Accepted,
    Received,
}

#[derive(Arbitrary)]
pub(super) enum Answer {
    Chunk,
    Result,
    Error,
}

impl Answer {
    pub(super) fn step(self, payload: Payload) -> Step {
        match self {
            Answer::Chunk => Step::Chunk { payload },
            Answer::Result => Step::Result { payload },
            Answer::Error => Step::Error {
                error: CallError::new(Code::HandlerFailed, "no"),
            },
        }
    }
}

/// What the window system says.
#[derive(Arbitrary)]
pub(super) enum Report {
    PageGone,
    Navigated(From),
    Overrun,
    CloseRequested,
    Closed,
    Focused(bool),
    Resized(u8),
    /// What comes of commands.
    Screen,
}

/// A channel.
#[derive(Arbitrary, Clone, Copy)]
pub(super) enum Name {
    A,
    B,
    Long,
    Reserved,
    Unlisted,
}

impl Name {
    pub(super) fn text(self) -> &'static str {
        match self {
            Name::A => "a",
            Name::B => "b",
            Name::Long => "b:'\u{2028}",
            Name::Reserved => "close",
            Name::Unlisted => "other",
        }
    }

    pub(super) fn channel(self) -> Channel {
        Channel::new(self.text()).expect("a good name")
    }

    pub(super) fn pattern(self) -> &'static str {
        match self {
            Name::Long => "b*",
            Name::Unlisted => "*",
            _ => self.text(),
        }
    }
}

/// What a message carries.
#[derive(Arbitrary)]
pub(super) enum Body<'a> {
    Null,
    Number(i8),
    Text(Text<'a>),
    Nested(u8),
    Bytes(u8),
}

impl Body<'_> {
    /// As JSON; bytes only by their number.
    pub(super) fn json(&self) -> Json {
        match self {
            Body::Null => Json::Null,
            Body::Number(number) => json!(number),
            Body::Text(Text(text)) => json!(text),
            Body::Nested(depth) => (0..depth % 8).fold(json!(0), |inner, _| json!([inner])),
            Body::Bytes(count) => json!(count),
        }
    }

    /// For the app to send: `null` if it is beyond the limits.
    pub(super) fn payload(&self, limits: &Limits) -> Payload {
        let payload = match self {
            Body::Bytes(count) => {
                Payload::from_bytes(Bytes::from(vec![*count; usize::from(*count)]), limits)
            }
            _ => Payload::encode(&self.json(), limits),
        };
        payload.unwrap_or_else(|_| Payload::null())
    }
}

/// Where a page is from.
#[derive(Clone, Copy)]
pub(super) enum From {
    App,
    /// What some windows are opened with.
    Friend,
    Stranger,
    Nowhere,
}

impl From {
    pub(super) const FRIEND: &'static str = "https://friend.example";

    /// As a webview tells it.
    pub(super) fn origin(self) -> Option<Origin> {
        match self {
            From::App => Origin::of("app://localhost"),
            From::Friend => Origin::of(From::FRIEND),
            From::Stranger => Origin::of("https://friend.example.evil.example"),
            From::Nowhere => None,
        }
    }
}

impl<'a> Arbitrary<'a> for From {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<From> {
        Ok(match u.int_in_range(0..=15)? {
            0..=2 => From::Friend,
            3 => From::Stranger,
            4 => From::Nowhere,
            _ => From::App,
        })
    }
}

/// A batch of a page.
#[derive(Arbitrary)]
pub(super) struct Post<'a> {
    pub(super) from: From,
    pub(super) key: Key,
    /// Which of the pages that the window has had, or is yet to have.
    pub(super) page: u8,
    /// Whether it says hello if it has not done so.
    pub(super) greets: bool,
    pub(super) seq: Seq,
    pub(super) ack: Ack,
    pub(super) lost: Vec<u8>,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) is_upload: bool,
    pub(super) is_twice: bool,
}

pub(super) enum Key {
    Right,
    OfOther,
    Wrong,
}

impl<'a> Arbitrary<'a> for Key {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Key> {
        Ok(match u.int_in_range(0..=15)? {
            0 => Key::OfOther,
            1 => Key::Wrong,
            _ => Key::Right,
        })
    }
}

pub(super) enum Seq {
    Next,
    First,
    Skip(u8),
    Back(u8),
    Any(u64),
}

impl<'a> Arbitrary<'a> for Seq {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Seq> {
        Ok(match u.int_in_range(0..=15)? {
            0 => Seq::First,
            1 => Seq::Skip(u.arbitrary()?),
            2 => Seq::Back(u.int_in_range(1..=8)?),
            3 => Seq::Any(u.arbitrary()?),
            _ => Seq::Next,
        })
    }
}

pub(super) enum Ack {
    All,
    Some(u8),
    Any(u64),
}

impl<'a> Arbitrary<'a> for Ack {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Ack> {
        Ok(match u.int_in_range(0..=15)? {
            0..=3 => Ack::Some(u.arbitrary()?),
            4 => Ack::Any(u.arbitrary()?),
            _ => Ack::All,
        })
    }
}

#[derive(Arbitrary)]
pub(super) enum Frame<'a> {
    Hello,
    Listen(Name),
    Message(Name, Body<'a>),
    Messages(Name, [Body<'a>; 3]),
    Request(u8, Name, Body<'a>),
    Stream(u8, Name, Body<'a>),
    Pull(u8, u32),
    Cancel(u8),
    Chunk(u8, Body<'a>),
    Result(u8, Body<'a>),
    Error(u8, Text<'a>),
    SendTo(u8, u8, Name, Body<'a>),
    /// Bytes that do not come.
    Bytes(Name, u8),
    Strange(Text<'a>),
}

impl Frame<'_> {
    pub(super) fn json(&self) -> Json {
        match self {
            Frame::Hello => json!({"type": "hello"}),
            Frame::Listen(name) => json!({"type": "listen", "channel": name.text()}),
            Frame::Message(name, body) => {
                json!({"type": "message", "channel": name.text(), "payload": body.json()})
            }
            Frame::Messages(name, bodies) => {
                let payloads = bodies.each_ref().map(Body::json);
                json!({"type": "messages", "channel": name.text(), "payloads": payloads})
            }
            Frame::Request(call, name, body) => json!({
                "type": "request", "call": number(*call), "channel": name.text(), "payload": body.json()
            }),
            Frame::Stream(call, name, body) => json!({
                "type": "stream", "call": number(*call), "channel": name.text(), "payload": body.json()
            }),
            Frame::Pull(call, count) => {
                json!({"type": "pull", "call": number(*call), "count": count})
            }
            Frame::Cancel(call) => json!({"type": "cancel", "call": number(*call)}),
            Frame::Chunk(call, body) => {
                json!({"type": "chunk", "call": number(*call), "payload": body.json()})
            }
            Frame::Result(call, body) => {
                json!({"type": "result", "call": number(*call), "payload": body.json()})
            }
            Frame::Error(call, Text(text)) => {
                let error = json!({"name": "Error", "message": text, "code": text});
                json!({"type": "error", "call": number(*call), "error": error})
            }
            Frame::SendTo(call, to, name, body) => json!({
                "type": "sendTo", "call": number(*call), "window": window(*to),
                "channel": name.text(), "payload": body.json(),
            }),
            Frame::Bytes(name, count) => {
                json!({"type": "message", "channel": name.text(), "bytes": count})
            }
            Frame::Strange(Text(text)) => serde_json::from_str(text).unwrap_or_default(),
        }
    }
}

/// One of few numbers of calls, so that pages and the app often mean the same.
fn number(call: u8) -> u8 {
    call % 8 + 1
}
