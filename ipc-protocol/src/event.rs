//! Events: what the app hears from its windows.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::{CallError, CallId, Channel, Incident, Payload, Position, Size, Step, WindowId};

/// One event from a window, as `host:ipc` hands it to the app, or an incident, which it never hears.
///
/// Its JSON is `{"windowId":…,"channel":…,"payload":…}`, with `"type"` for system events, and
/// `"call"`, `"step"` and what else the step has for those of calls. Instead of a payload of bytes
/// it has their number, as `"bytes"`. Of an incident it is `{"windowId":…,"type":…}` and what else
/// the [`Incident`] has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The window it came from.
    pub window_id: WindowId,
    /// The channel the page sent on, or the name of the system event or the incident.
    pub channel: Channel,
    /// What was sent; `null` when nothing was.
    pub payload: Payload,
    /// Set when the window system, not the page, is the source.
    pub system: Option<SystemEvent>,
    /// Set when it is a step of a call. The number is unique among all calls of the app's windows.
    pub call: Option<(CallId, Step)>,
    /// Set when something went wrong.
    pub incident: Option<Incident>,
}

impl Event {
    /// A message that a page sent.
    pub fn message(window_id: WindowId, channel: Channel, payload: Payload) -> Event {
        Event {
            window_id,
            channel,
            payload,
            system: None,
            call: None,
            incident: None,
        }
    }

    /// A step of a call on this channel.
    pub fn call(window_id: WindowId, channel: Channel, call: CallId, step: Step) -> Event {
        Event {
            window_id,
            channel,
            payload: step.payload().cloned().unwrap_or_else(Payload::null),
            system: None,
            call: Some((call, step)),
            incident: None,
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

    /// Something went wrong with the window.
    pub fn incident(window_id: WindowId, incident: Incident) -> Event {
        Event {
            window_id,
            channel: Channel::from(&incident),
            payload: Payload::null(),
            system: None,
            call: None,
            incident: Some(incident),
        }
    }

    /// Whether a page said it, rather than the host or the window system.
    pub fn is_of_page(&self) -> bool {
        self.system.is_none() && self.incident.is_none()
    }

    /// Whether only the newest event of this kind and window matters while several wait.
    pub fn coalesces(&self) -> bool {
        self.incident.is_some() || self.system.is_some_and(SystemEvent::coalesces)
    }

    fn with_system_payload(window_id: WindowId, event: SystemEvent, payload: Payload) -> Event {
        Event {
            window_id,
            channel: event.into(),
            payload,
            system: Some(event),
            call: None,
            incident: None,
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(incident) = &self.incident {
            let window_id = &self.window_id;
            return WireIncident {
                window_id,
                incident,
            }
            .serialize(serializer);
        }
        let step = self.call.as_ref().map(|(_, step)| step);
        let wire = WireEvent {
            window_id: &self.window_id,
            channel: &self.channel,
            payload: &self.payload,
            system: self.system,
            call: self.call.as_ref().map(|(call, _)| *call),
            step: step.map(Step::name),
            count: match step {
                Some(Step::Pull { count }) => Some(*count),
                _ => None,
            },
            error: match step {
                Some(Step::Error { error }) => Some(error),
                _ => None,
            },
        };
        wire.serialize(serializer)
    }
}

/// An event as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireEvent<'a> {
    window_id: &'a WindowId,
    channel: &'a Channel,
    #[serde(flatten)]
    payload: &'a Payload,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    system: Option<SystemEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a CallError>,
}

/// An incident as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireIncident<'a> {
    window_id: &'a WindowId,
    #[serde(flatten)]
    incident: &'a Incident,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::Limits;

    fn wire(event: &Event) -> String {
        serde_json::to_string(event).unwrap()
    }

    fn main() -> WindowId {
        WindowId::new("main").unwrap()
    }

    #[test]
    fn wire_of_a_message() {
        let payload = Payload::from_json("[1, 2.50]".to_owned(), &Limits::default()).unwrap();
        let event = Event::message(main(), Channel::new("saved").unwrap(), payload);
        let expected = r#"{"windowId":"main","channel":"saved","payload":[1, 2.50]}"#;
        assert_eq!(wire(&event), expected);
    }

    #[test]
    fn wire_of_bytes() {
        let payload = Payload::from_bytes(vec![1, 2, 3].into(), &Limits::default()).unwrap();
        let event = Event::message(main(), Channel::new("saved").unwrap(), payload);
        assert_eq!(
            wire(&event),
            r#"{"windowId":"main","channel":"saved","bytes":3}"#
        );
    }

    #[test]
    fn wire_of_every_step_of_a_call() {
        let add = Channel::new("add").unwrap();
        let payload = Payload::from_json("[1, 2]".to_owned(), &Limits::default()).unwrap();
        let null = Payload::null;
        let error = crate::CallError::new(crate::Code::PageGone, "gone");
        let table = [
            (
                Step::Request {
                    channel: add.clone(),
                    payload: payload.clone(),
                },
                r#""payload":[1, 2],"call":7,"step":"request""#,
            ),
            (
                Step::Stream {
                    channel: add.clone(),
                    payload: null(),
                },
                r#""payload":null,"call":7,"step":"stream""#,
            ),
            (
                Step::Pull { count: 8 },
                r#""payload":null,"call":7,"step":"pull","count":8"#,
            ),
            (Step::Cancel, r#""payload":null,"call":7,"step":"cancel""#),
            (
                Step::Chunk { payload },
                r#""payload":[1, 2],"call":7,"step":"chunk""#,
            ),
            (
                Step::Result { payload: null() },
                r#""payload":null,"call":7,"step":"result""#,
            ),
            (
                Step::Error { error },
                r#""payload":null,"call":7,"step":"error","error":{"name":"Error","message":"gone","code":"page-gone"}"#,
            ),
        ];
        for (step, rest) in table {
            let event = Event::call(main(), add.clone(), CallId::new(7).unwrap(), step);
            let expected = format!(r#"{{"windowId":"main","channel":"add",{rest}}}"#);
            assert_eq!(wire(&event), expected);
        }
    }

    #[test]
    fn wire_of_every_system_event() {
        let size = Size {
            width: 640.0,
            height: 480.5,
        };
        let position = Position { x: -8.0, y: 0.0 };
        let table = [
            (Event::system(main(), SystemEvent::Close), "close", "null"),
            (Event::system(main(), SystemEvent::Focus), "focus", "null"),
            (Event::system(main(), SystemEvent::Blur), "blur", "null"),
            (
                Event::resize(main(), size),
                "resize",
                r#"{"width":640.0,"height":480.5}"#,
            ),
            (
                Event::moved(main(), position),
                "move",
                r#"{"x":-8.0,"y":0.0}"#,
            ),
        ];
        for (event, name, payload) in table {
            assert_eq!(
                wire(&event),
                format!(
                    r#"{{"windowId":"main","channel":"{name}","payload":{payload},"type":"{name}"}}"#
                )
            );
            assert!(event.channel.is_reserved(), "{name}");
        }
    }

    #[test]
    fn system_events_are_named_alike_everywhere() {
        use SystemEvent::{Blur, Close, Focus, Move, Resize};

        for (kind, name) in [Close, Focus, Blur, Resize, Move]
            .into_iter()
            .zip(Channel::RESERVED)
        {
            assert_eq!(kind.as_str(), name);
            assert_eq!(kind.to_string(), name);
            assert_eq!(Channel::from(kind).as_str(), name);
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{name}\""));
            assert_eq!(kind.coalesces(), matches!(name, "resize" | "move"));
        }
    }
}
