//! Stable error codes.

use std::fmt;

/// What went wrong, as a word that programs may match on: it reaches JavaScript as `error.code`
/// and never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The channel is empty, longer than 256 bytes, or not a string.
    BadChannel,
    /// The channel is one of the five names of system events.
    ReservedChannel,
    /// The window's `channels` do not allow the channel, that way.
    ChannelNotAllowed,
    /// The script was not given the permission.
    NotPermitted,
    /// The payload cannot be carried as JSON.
    BadPayload,
    /// The payload's JSON text is over [`Limits::payload_bytes`](crate::Limits).
    PayloadTooLarge,
    /// The payload is nested beyond [`Limits::payload_depth`](crate::Limits).
    PayloadTooDeep,
    /// The payload has more values than [`Limits::payload_values`](crate::Limits).
    PayloadTooManyValues,
    /// A frame from a page is not what the protocol says.
    BadFrame,
    /// The window id is empty, longer than 256 bytes, or has a control character.
    BadWindowId,
    /// No window has had this id.
    UnknownWindow,
    /// The window with this id has been closed.
    WindowClosed,
    /// A window with this id is open.
    WindowExists,
    /// The options of a window are wrong.
    BadOptions,
    /// The window's page is not in the app's directory.
    PageNotFound,
    /// The window system could not do what was asked.
    WindowFailed,
    /// This backend does not know the command.
    Unsupported,
    /// As many messages or bytes are waiting for the window as may.
    QueueFull,
    /// The page sends more than it may.
    RateLimited,
    /// The page listens on as many channels as it may.
    TooManyChannels,
    /// The user-interface side has ended.
    HostGone,
    /// The page was replaced before it answered.
    PageGone,
    /// Nobody handles calls on this channel.
    NoHandler,
    /// The channel has a handler already.
    HandlerExists,
    /// A handler threw an error without a code.
    HandlerFailed,
    /// No answer came in the time that was given.
    Timeout,
    /// The other window does not accept messages of this one.
    WindowNotAllowed,
    /// The channel's policy gave the message up for a newer one.
    Dropped,
    /// The message waited for longer than the channel's policy allows.
    Expired,
    /// The bytes of a message did not get across, by the rules of the page or since it was left.
    TransferFailed,
    /// The policy of a channel is wrong.
    BadPolicy,
    /// The script did not read its events in time. Scripts report it; nothing fails with it.
    EventsLost,
}

impl Code {
    /// The code as it reaches JavaScript, in kebab case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::BadChannel => "bad-channel",
            Code::ReservedChannel => "reserved-channel",
            Code::ChannelNotAllowed => "channel-not-allowed",
            Code::NotPermitted => "not-permitted",
            Code::BadPayload => "bad-payload",
            Code::PayloadTooLarge => "payload-too-large",
            Code::PayloadTooDeep => "payload-too-deep",
            Code::PayloadTooManyValues => "payload-too-many-values",
            Code::BadFrame => "bad-frame",
            Code::BadWindowId => "bad-window-id",
            Code::UnknownWindow => "unknown-window",
            Code::WindowClosed => "window-closed",
            Code::WindowExists => "window-exists",
            Code::BadOptions => "bad-options",
            Code::PageNotFound => "page-not-found",
            Code::WindowFailed => "window-failed",
            Code::Unsupported => "unsupported",
            Code::QueueFull => "queue-full",
            Code::RateLimited => "rate-limited",
            Code::TooManyChannels => "too-many-channels",
            Code::HostGone => "host-gone",
            Code::PageGone => "page-gone",
            Code::NoHandler => "no-handler",
            Code::HandlerExists => "handler-exists",
            Code::HandlerFailed => "handler-failed",
            Code::Timeout => "timeout",
            Code::WindowNotAllowed => "window-not-allowed",
            Code::Dropped => "dropped",
            Code::Expired => "expired",
            Code::TransferFailed => "transfer-failed",
            Code::BadPolicy => "bad-policy",
            Code::EventsLost => "events-lost",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_never_change() {
        let table = [
            (Code::BadChannel, "bad-channel"),
            (Code::ReservedChannel, "reserved-channel"),
            (Code::ChannelNotAllowed, "channel-not-allowed"),
            (Code::NotPermitted, "not-permitted"),
            (Code::BadPayload, "bad-payload"),
            (Code::PayloadTooLarge, "payload-too-large"),
            (Code::PayloadTooDeep, "payload-too-deep"),
            (Code::PayloadTooManyValues, "payload-too-many-values"),
            (Code::BadFrame, "bad-frame"),
            (Code::BadWindowId, "bad-window-id"),
            (Code::UnknownWindow, "unknown-window"),
            (Code::WindowClosed, "window-closed"),
            (Code::WindowExists, "window-exists"),
            (Code::BadOptions, "bad-options"),
            (Code::PageNotFound, "page-not-found"),
            (Code::WindowFailed, "window-failed"),
            (Code::Unsupported, "unsupported"),
            (Code::QueueFull, "queue-full"),
            (Code::RateLimited, "rate-limited"),
            (Code::TooManyChannels, "too-many-channels"),
            (Code::HostGone, "host-gone"),
            (Code::PageGone, "page-gone"),
            (Code::NoHandler, "no-handler"),
            (Code::HandlerExists, "handler-exists"),
            (Code::HandlerFailed, "handler-failed"),
            (Code::Timeout, "timeout"),
            (Code::WindowNotAllowed, "window-not-allowed"),
            (Code::Dropped, "dropped"),
            (Code::Expired, "expired"),
            (Code::TransferFailed, "transfer-failed"),
            (Code::BadPolicy, "bad-policy"),
            (Code::EventsLost, "events-lost"),
        ];
        for (code, text) in table {
            assert_eq!(code.as_str(), text);
            assert_eq!(code.to_string(), text);
        }
    }
}
