//! Why a message or a request was not taken.

use ipc_protocol::{Channel, ChannelError, Code, PolicyError, SpecError, WindowId};

/// Why the router, or the user interface behind it, refused a message or a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// No window has had this id, or it was closed more than 1,024 windows ago.
    #[error("there is no window \"{0}\"")]
    UnknownWindow(WindowId),
    /// The window with this id has been closed.
    #[error("window \"{0}\" is closed")]
    WindowClosed(WindowId),
    /// A window with this id is open or being opened.
    #[error("there is a window \"{0}\" already")]
    WindowExists(WindowId),
    /// Only the host may send on the names of system events.
    #[error(
        "channel \"{channel}\" is reserved for system events, window \"{window}\" was not sent to"
    )]
    ReservedChannel {
        /// The window it was meant for.
        window: WindowId,
        /// The reserved name.
        channel: Channel,
    },
    /// The window's page may not receive on the channel.
    #[error("window \"{window}\" may not receive on channel \"{channel}\"")]
    ChannelNotAllowed {
        /// The window it was meant for.
        window: WindowId,
        /// The channel that is not in its `receive` list.
        channel: Channel,
    },
    /// As much waits for the window as may; nothing that waits was given up.
    #[error(
        "there is no room for more to window \"{window}\": {messages} messages wait for its page, \
         and {bytes} bytes in all"
    )]
    QueueFull {
        /// The window that does not take its messages.
        window: WindowId,
        /// The messages that wait for it.
        messages: usize,
        /// The payload bytes that wait for it.
        bytes: usize,
    },
    /// As many calls are open with the window as may.
    #[error("{calls} calls to window \"{window}\" are open already, which is as many as may be")]
    TooManyCalls {
        /// The window that was to be called.
        window: WindowId,
        /// The calls that it has not answered.
        calls: usize,
    },
    /// As many dialogs of the window wait for its user as may.
    #[error(
        "{dialogs} dialogs of window \"{window}\" wait for its user already, which is as many as may"
    )]
    TooManyDialogs {
        /// The window that was to show one more.
        window: WindowId,
        /// The dialogs that its user has not answered.
        dialogs: usize,
    },
    /// The desktop did not do what was asked.
    #[error("{reason}")]
    Desktop {
        /// The stable code.
        code: Code,
        /// What it said.
        reason: String,
    },
    /// The window does not accept messages of that other window.
    #[error("window \"{window}\" does not accept messages of window \"{from}\"")]
    WindowNotAllowed {
        /// The window it was meant for.
        window: WindowId,
        /// The window it came from.
        from: WindowId,
    },
    /// The message was accepted, but the page did not get it: the channel's policy gave it up
    /// before, or its bytes did not get across.
    #[error("{}", match .code {
        Code::Expired => format!("the message to window \"{window}\" on \"{channel}\" waited too long"),
        Code::TransferFailed => format!("the page of window \"{window}\" did not get the bytes on \"{channel}\""),
        _ => format!("the message to window \"{window}\" on \"{channel}\" gave way to a newer one"),
    })]
    GivenUp {
        /// The window it was meant for.
        window: WindowId,
        /// The channel it was sent on.
        channel: Channel,
        /// [`Code::Dropped`], [`Code::Expired`] or [`Code::TransferFailed`].
        code: Code,
    },
    /// The payload is beyond the limits of the connection, whatever those were that it was made
    /// within.
    #[error("{reason}")]
    Payload {
        /// The window it was meant for.
        window: WindowId,
        /// The channel it was sent on.
        channel: Channel,
        /// The stable code.
        code: Code,
        /// Which limit it is beyond.
        reason: String,
    },
    /// No window or dialog can have these options, or take the value of this command.
    #[error(transparent)]
    Options(#[from] SpecError),
    /// The window system did not do what was asked.
    #[error("window \"{window}\": {reason}")]
    Window {
        /// The window that was asked.
        window: WindowId,
        /// The stable code.
        code: Code,
        /// What the window system said.
        reason: String,
    },
    /// The user interface has ended.
    #[error("the user interface has ended")]
    HostGone,
}

impl RouteError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            RouteError::UnknownWindow(_) => Code::UnknownWindow,
            RouteError::WindowClosed(_) => Code::WindowClosed,
            RouteError::WindowExists(_) => Code::WindowExists,
            RouteError::ReservedChannel { .. } => Code::ReservedChannel,
            RouteError::ChannelNotAllowed { .. } => Code::ChannelNotAllowed,
            RouteError::QueueFull { .. }
            | RouteError::TooManyCalls { .. }
            | RouteError::TooManyDialogs { .. } => Code::QueueFull,
            RouteError::WindowNotAllowed { .. } => Code::WindowNotAllowed,
            RouteError::Window { code, .. }
            | RouteError::Desktop { code, .. }
            | RouteError::GivenUp { code, .. }
            | RouteError::Payload { code, .. } => *code,
            RouteError::Options(error) => error.code(),
            RouteError::HostGone => Code::HostGone,
        }
    }

    /// The window it concerns, if it concerns one.
    pub fn window(&self) -> Option<&WindowId> {
        match self {
            RouteError::UnknownWindow(window)
            | RouteError::WindowClosed(window)
            | RouteError::WindowExists(window)
            | RouteError::ReservedChannel { window, .. }
            | RouteError::ChannelNotAllowed { window, .. }
            | RouteError::QueueFull { window, .. }
            | RouteError::TooManyCalls { window, .. }
            | RouteError::TooManyDialogs { window, .. }
            | RouteError::WindowNotAllowed { window, .. }
            | RouteError::GivenUp { window, .. }
            | RouteError::Payload { window, .. }
            | RouteError::Window { window, .. } => Some(window),
            RouteError::Options(_) | RouteError::Desktop { .. } | RouteError::HostGone => None,
        }
    }

    /// The channel it concerns, if it concerns one.
    pub fn channel(&self) -> Option<&Channel> {
        match self {
            RouteError::ReservedChannel { channel, .. }
            | RouteError::ChannelNotAllowed { channel, .. }
            | RouteError::GivenUp { channel, .. }
            | RouteError::Payload { channel, .. } => Some(channel),
            _ => None,
        }
    }
}

/// Why a policy was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigureError {
    /// The pattern could name no channel.
    #[error(transparent)]
    Pattern(#[from] ChannelError),
    /// The policy is none.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl ConfigureError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            ConfigureError::Pattern(error) => error.code(),
            ConfigureError::Policy(error) => error.code(),
        }
    }
}

/// Why there was no event to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TryRecvError {
    /// Nothing waits now.
    #[error("no event waits")]
    Empty,
    /// Nothing waits, and nothing will come any more.
    #[error("the channel is closed")]
    Closed,
}
