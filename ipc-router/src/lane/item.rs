//! One thing that goes to a page.

use std::time::Instant;

use ipc_protocol::{CallError, CallId, Channel, Code, HostFrame, Payload, Step, WindowId};

/// What goes to the page.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A message from the app.
    Message { channel: Channel, payload: Payload },
    /// A message from another window.
    Relay {
        from: WindowId,
        channel: Channel,
        payload: Payload,
    },
    /// A step of a call that the app opened, on this channel.
    Ours {
        call: CallId,
        channel: Channel,
        step: Step,
    },
    /// A step of a call that the page opened, under the page's number, on this channel.
    Theirs {
        call: CallId,
        channel: Channel,
        step: Step,
    },
    /// A message of the page was refused.
    Refused {
        channel: Channel,
        code: Code,
        message: String,
    },
}

impl Item {
    /// Whether another window's page has sent it.
    pub(super) fn is_relay(&self) -> bool {
        matches!(self, Item::Relay { .. })
    }

    pub(crate) fn frame(&self) -> HostFrame<'_> {
        match self {
            Item::Message { channel, payload } => HostFrame::Message { channel, payload },
            Item::Relay {
                from,
                channel,
                payload,
            } => HostFrame::Relay {
                from,
                channel,
                payload,
            },
            Item::Ours { call, step, .. } | Item::Theirs { call, step, .. } => {
                HostFrame::of_call(*call, step)
            }
            Item::Refused {
                channel,
                code,
                message,
            } => HostFrame::Refused {
                channel,
                code: code.as_str(),
                message,
            },
        }
    }

    /// The channel it is on, though the further steps of a call do not name it in their frames.
    pub(crate) fn channel(&self) -> &Channel {
        match self {
            Item::Message { channel, .. }
            | Item::Relay { channel, .. }
            | Item::Ours { channel, .. }
            | Item::Theirs { channel, .. }
            | Item::Refused { channel, .. } => channel,
        }
    }

    /// What kind of frame it is, as that names it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Item::Message { .. } => "message",
            Item::Relay { .. } => "relay",
            Item::Ours { step, .. } | Item::Theirs { step, .. } => step.name(),
            Item::Refused { .. } => "refused",
        }
    }

    /// The call of which it is a step.
    pub(crate) fn call(&self) -> Option<CallId> {
        match self {
            Item::Ours { call, .. } | Item::Theirs { call, .. } => Some(*call),
            Item::Message { .. } | Item::Relay { .. } | Item::Refused { .. } => None,
        }
    }

    /// Why something failed, if it tells of that.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Item::Refused { code, .. } => Some(code.as_str()),
            Item::Ours { step, .. } | Item::Theirs { step, .. } => step.code(),
            Item::Message { .. } | Item::Relay { .. } => None,
        }
    }

    pub(crate) fn payload(&self) -> Option<&Payload> {
        match self {
            Item::Message { payload, .. } | Item::Relay { payload, .. } => Some(payload),
            Item::Ours { step, .. } | Item::Theirs { step, .. } => step.payload(),
            Item::Refused { .. } => None,
        }
    }

    /// The channel on which the page must listen first, and whose policy counts.
    pub(crate) fn awaits(&self) -> Option<&Channel> {
        match self {
            Item::Message { channel, .. } | Item::Relay { channel, .. } => Some(channel),
            _ => None,
        }
    }

    /// Payload bytes, which is what limits count.
    pub(crate) fn bytes(&self) -> usize {
        self.payload().map_or(0, Payload::size)
    }

    /// About how many bytes it has as a frame.
    pub(crate) fn weight(&self) -> usize {
        /// What is around channel and payload.
        const FRAME: usize = 48;
        let channel = match self {
            Item::Ours { step, .. } | Item::Theirs { step, .. } if !step.opens() => 0,
            _ => self.channel().as_str().len(),
        };
        let text = match self {
            Item::Ours {
                step: Step::Error { error },
                ..
            }
            | Item::Theirs {
                step: Step::Error { error },
                ..
            } => error_bytes(error),
            Item::Refused { message, .. } => message.len(),
            _ => 0,
        };
        FRAME + channel + self.bytes() + text
    }
}

fn error_bytes(error: &CallError) -> usize {
    let stack = error.stack.as_ref().map_or(0, String::len);
    error.name.len() + error.message.len() + error.code.len() + stack
}

/// An item with its place in the order.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) item: Item,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// When it is given up.
    pub(crate) expires: Option<Instant>,
    /// Who is told when the page has had it.
    pub(crate) receipt: Option<crate::Reply<()>>,
}
