//! Calls: requests, which have one answer, and streams, which have many.
//!
//! One side opens a call on a channel; the other answers it. Both sides may open calls. The steps
//! of a call keep their place among the messages around them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Channel, Payload};

/// The number of a call: 1 to [`CallId::MAX`]. Whoever opens a call chooses its number, so that
/// the same number may stand for a call of the page and for one of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct CallId(u64);

impl CallId {
    /// The greatest number, which is also the greatest integer that JavaScript counts to.
    pub const MAX: u64 = (1 << 53) - 1;

    /// Wraps a number; `None` when it is out of range.
    pub fn new(number: u64) -> Option<CallId> {
        (1..=Self::MAX).contains(&number).then_some(CallId(number))
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u64> for CallId {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<CallId, &'static str> {
        CallId::new(number).ok_or("a call's number is 1 to 2^53 - 1")
    }
}

impl From<CallId> for u64 {
    fn from(id: CallId) -> u64 {
        id.0
    }
}

/// A step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its opener: opens a call with one answer.
    Request {
        /// The channel that has a handler at the other side.
        channel: Channel,
        /// What is asked.
        payload: Payload,
    },
    /// Its opener: opens a call with many answers. None may come before a [`Step::Pull`].
    Stream {
        /// The channel that has a handler at the other side.
        channel: Channel,
        /// What is asked.
        payload: Payload,
    },
    /// Its opener: takes so many more chunks of a stream.
    Pull {
        /// How many, on top of those that were pulled before.
        count: u32,
    },
    /// Its opener: wants nothing more of it. That ends the call.
    Cancel,
    /// The other side: one of a stream's values.
    Chunk {
        /// The value.
        payload: Payload,
    },
    /// The other side: the answer of a request, or the end of a stream. That ends the call.
    Result {
        /// The answer; `null` for a stream.
        payload: Payload,
    },
    /// The other side: the call failed. That ends it.
    Error {
        /// How.
        error: CallError,
    },
}

impl Step {
    /// The step's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Request { .. } => "request",
            Step::Stream { .. } => "stream",
            Step::Pull { .. } => "pull",
            Step::Cancel => "cancel",
            Step::Chunk { .. } => "chunk",
            Step::Result { .. } => "result",
            Step::Error { .. } => "error",
        }
    }

    /// The channel, which only the first step of a call names.
    pub fn channel(&self) -> Option<&Channel> {
        match self {
            Step::Request { channel, .. } | Step::Stream { channel, .. } => Some(channel),
            _ => None,
        }
    }

    /// The code of an error.
    pub fn code(&self) -> Option<&str> {
        match self {
            Step::Error { error } => Some(&error.code),
            _ => None,
        }
    }

    /// What the step carries, if it carries any.
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Step::Request { payload, .. }
            | Step::Stream { payload, .. }
            | Step::Chunk { payload }
            | Step::Result { payload } => Some(payload),
            Step::Pull { .. } | Step::Cancel | Step::Error { .. } => None,
        }
    }

    /// Whether the opener of a call takes this step, not the side that answers.
    pub fn is_openers(&self) -> bool {
        match self {
            Step::Request { .. } | Step::Stream { .. } | Step::Pull { .. } | Step::Cancel => true,
            Step::Chunk { .. } | Step::Result { .. } | Step::Error { .. } => false,
        }
    }

    /// Whether it is the first step of a call.
    pub fn opens(&self) -> bool {
        matches!(self, Step::Request { .. } | Step::Stream { .. })
    }

    /// Whether no step follows it.
    pub fn ends(&self) -> bool {
        matches!(
            self,
            Step::Cancel | Step::Result { .. } | Step::Error { .. }
        )
    }
}

/// Why a call failed: what its handler threw, or what kept it from an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// The error's name, as `TypeError`.
    pub name: String,
    /// What it says.
    pub message: String,
    /// The stable code: one of [`Code`](crate::Code)'s, or the handler's own.
    pub code: String,
    /// Where it was thrown, while the app is being developed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
}

impl CallError {
    /// The longest name and code, in bytes.
    pub const MAX_NAME_BYTES: usize = 256;

    /// An error that no handler threw.
    pub fn new(code: crate::Code, message: impl Into<String>) -> CallError {
        CallError {
            name: "Error".to_owned(),
            message: message.into(),
            code: code.as_str().to_owned(),
            stack: None,
        }
    }
}
