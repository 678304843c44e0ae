//! Lists of allowed channels.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Channel;
use crate::names::Names;

/// Channels that are allowed: exact names, and prefixes written as `prefix*`. An empty list allows
/// none, `*` allows all.
///
/// ```
/// use ipc_protocol::{Channel, ChannelList};
///
/// let list = ChannelList::new(["save".into(), "log:*".into()]);
/// assert!(list.allows(&Channel::new("log:info").unwrap()));
/// assert!(!list.allows(&Channel::new("saved").unwrap()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelList(Names);

impl ChannelList {
    /// A list of exact names and `prefix*` patterns.
    pub fn new(entries: impl IntoIterator<Item = String>) -> Self {
        ChannelList(Names::new(entries.into_iter().collect()))
    }

    /// Whether an entry names or covers the channel.
    pub fn allows(&self, channel: &Channel) -> bool {
        self.covers(channel.as_str())
    }

    /// Whether every channel that a name or a `prefix*` stands for is allowed by one entry.
    pub fn covers(&self, pattern: &str) -> bool {
        self.0.cover(pattern)
    }

    /// The entries as they were written.
    pub fn entries(&self) -> &[String] {
        self.0.entries()
    }
}

/// The channels that a window's page may use, each way.
///
/// In JSON one list for both ways, or `{"send":[…],"receive":[…]}`, where a list that is missing
/// allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WindowChannels {
    /// What the page may send on: messages, requests, streams, and messages to other windows.
    pub send: ChannelList,
    /// What the page may listen on and answer, and the app and other windows may send to it on.
    pub receive: ChannelList,
}

impl From<ChannelList> for WindowChannels {
    /// The same both ways.
    fn from(list: ChannelList) -> WindowChannels {
        WindowChannels {
            send: list.clone(),
            receive: list,
        }
    }
}

impl<'de> Deserialize<'de> for WindowChannels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChannelsVisitor)
    }
}

struct ChannelsVisitor;

impl<'de> Visitor<'de> for ChannelsVisitor {
    type Value = WindowChannels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or lists named `send` and `receive`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<WindowChannels, A::Error> {
        ChannelList::deserialize(SeqAccessDeserializer::new(list)).map(WindowChannels::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WindowChannels, A::Error> {
        let Ways { send, receive } = Ways::deserialize(MapAccessDeserializer::new(map))?;
        Ok(WindowChannels { send, receive })
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Ways {
    send: ChannelList,
    receive: ChannelList,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{ChannelList, WindowChannels};

    fn list(entries: &[&str]) -> ChannelList {
        ChannelList::new(entries.iter().map(|entry| (*entry).to_owned()))
    }

    #[test]
    fn wire_of_a_windows_channels() {
        let both = WindowChannels::from(list(&["save", "log:*"]));
        let different = WindowChannels {
            send: list(&["save"]),
            receive: list(&[]),
        };
        for (json, expected) in [
            (r#"["save","log:*"]"#, &both),
            (
                r#"{"send":["save","log:*"],"receive":["save","log:*"]}"#,
                &both,
            ),
            (r#"{"send":["save"],"receive":[]}"#, &different),
            (r#"{"send":["save"]}"#, &different),
            ("{}", &WindowChannels::default()),
            ("[]", &WindowChannels::default()),
        ] {
            let channels: WindowChannels = serde_json::from_str(json).unwrap();
            assert_eq!(channels, *expected, "{json}");
        }
        assert_eq!(
            serde_json::to_string(&different).unwrap(),
            r#"{"send":["save"],"receive":[]}"#
        );
    }
}
