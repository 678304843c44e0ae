//! Events: what the app hears from its windows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Channel, Payload, Position, Size, WindowId};

/// One event from a window, as `host:ipc` hands it to the app.
///
/// Its JSON is `{"windowId":…,"channel":…,"payload":…}`, with `"type"` for system events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// The window it came from.
    pub window_id: WindowId,
    /// The channel the page sent on, or the system event's name.
    pub channel: Channel,
    /// What was sent; `null` when nothing was.
    pub payload: Payload,
    /// Set when the window system, not the page, is the source.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
}

impl Event {
    /// A message that a page sent.
    pub fn message(window_id: WindowId, channel: Channel, payload: Payload) -> Event {
        Event {
            window_id,
            channel,
            payload,
            system: None,
        }
    }

    /// A system event without a payload: close, focus or blur.
    pub fn system(window_id: WindowId, event: SystemEvent) -> Event {
        Event::with_system_payload(window_id, event, Payload::null())
    }

    /// The window's content area has a new size, in logical pixels.
    pub fn resize(window_id: WindowId, size: Size) -> Event {
        Event::with_system_payload(window_id, SystemEvent::Resize, size.to_payload())
    }

    /// The window has a new position, in logical pixels.
    pub fn moved(window_id: WindowId, position: Position) -> Event {
        Event::with_system_payload(window_id, SystemEvent::Move, position.to_payload())
    }

    fn with_system_payload(window_id: WindowId, event: SystemEvent, payload: Payload) -> Event {
        Event {
            window_id,
            channel: event.into(),
            payload,
            system: Some(event),
        }
    }
}

/// What the window system may report of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemEvent {
    /// The user or the app asked the window to close.
    Close,
    /// The window got the keyboard.
    Focus,
    /// The window lost the keyboard.
    Blur,
    /// The content area changed its size; payload `{"width":…,"height":…}`.
    Resize,
    /// The window changed its position; payload `{"x":…,"y":…}`.
    Move,
}

impl SystemEvent {
    /// The event's name, which is also its channel.
    pub const fn as_str(self) -> &'static str {
        match self {
            SystemEvent::Close => "close",
            SystemEvent::Focus => "focus",
            SystemEvent::Blur => "blur",
            SystemEvent::Resize => "resize",
            SystemEvent::Move => "move",
        }
    }

    /// Whether only the newest event of this kind matters while several wait.
    pub const fn coalesces(self) -> bool {
        matches!(self, SystemEvent::Resize | SystemEvent::Move)
    }
}

impl fmt::Display for SystemEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
