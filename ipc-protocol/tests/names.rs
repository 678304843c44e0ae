//! Channel names, window ids and lists of allowed channels.

#![allow(clippy::unwrap_used)]

use ipc_protocol::{Channel, ChannelList, Code, WindowId, WindowList};
use proptest::prelude::*;

fn allows(entries: &[&str], channel: &str) -> bool {
    let list = ChannelList::new(entries.iter().map(|entry| (*entry).to_owned()));
    list.allows(&Channel::new(channel).unwrap())
}

#[test]
fn a_name_has_1_to_256_bytes() {
    // Two bytes each: the limit counts bytes, not characters.
    let longest = "é".repeat(128);
    for name in ["a", "with space", "\u{1F600}", "\u{a0}", &longest] {
        assert_eq!(Channel::new(name).unwrap().as_str(), name);
        assert_eq!(WindowId::new(name).unwrap().as_str(), name);
    }
    let too_long = format!("{longest}a");
    for (name, bytes) in [("", "0"), (&*too_long, "257")] {
        let channel = Channel::new(name).unwrap_err();
        assert_eq!(channel.code(), Code::BadChannel);
        assert!(channel.to_string().ends_with(bytes), "{channel}");
        let id = WindowId::new(name).unwrap_err();
        assert_eq!(id.code(), Code::BadWindowId);
        assert!(id.to_string().ends_with(bytes), "{id}");
    }
}

#[test]
fn a_window_has_no_control_characters_in_its_id() {
    for (name, character) in [
        ("a\0b", "U+0000"),
        ("\n", "U+000A"),
        ("a\u{1b}[31m", "U+001B"),
        ("\u{7f}", "U+007F"),
        ("x\u{9b}", "U+009B"),
    ] {
        let error = WindowId::new(name).unwrap_err();
        assert_eq!(error.code(), Code::BadWindowId);
        assert!(error.to_string().ends_with(character), "{error}");
        let json = serde_json::to_string(name).unwrap();
        assert!(serde_json::from_str::<WindowId>(&json).is_err(), "{json}");
        assert!(Channel::new(name).is_ok());
    }
}

#[test]
fn names_read_from_json_are_checked_too() {
    for json in ["\"\"", "7", "null", &format!("\"{}\"", "x".repeat(257))] {
        assert!(serde_json::from_str::<Channel>(json).is_err(), "{json}");
        assert!(serde_json::from_str::<WindowId>(json).is_err(), "{json}");
    }
    let channel: Channel = serde_json::from_str("\"caf\\u00e9\"").unwrap();
    assert_eq!(channel.as_str(), "café");
    assert_eq!(serde_json::to_string(&channel).unwrap(), "\"café\"");
}

#[test]
fn five_names_are_reserved_exactly() {
    for name in ["close", "focus", "blur", "resize", "move"] {
        assert!(Channel::new(name).unwrap().is_reserved(), "{name}");
    }
    for name in ["Close", "closed", "move ", "clos"] {
        assert!(!Channel::new(name).unwrap().is_reserved(), "{name}");
    }
}

#[test]
fn a_list_allows_names_and_prefixes() {
    let entries = ["save", "log:*", "a*b"];
    for channel in ["save", "log:", "log:info", "log:*", "a*b"] {
        assert!(allows(&entries, channel), "{channel}");
    }
    for channel in ["saved", "Save", "sav", "log", "xlog:", "acb", "a*bc"] {
        assert!(!allows(&entries, channel), "{channel}");
    }
}

#[test]
fn an_empty_list_allows_nothing_and_a_star_everything() {
    assert!(!allows(&[], "save"));
    assert!(!allows(&[""], "save"));
    assert!(allows(&["*"], "save"));
}

#[test]
fn a_list_is_an_array_of_strings() {
    let list: ChannelList = serde_json::from_str(r#"["save","log:*"]"#).unwrap();
    assert_eq!(list.entries(), ["save", "log:*"]);
    assert_eq!(serde_json::to_string(&list).unwrap(), r#"["save","log:*"]"#);
    assert!(serde_json::from_str::<ChannelList>(r#""save""#).is_err());
    assert!(serde_json::from_str::<ChannelList>("[1]").is_err());
}

#[test]
fn a_list_covers_patterns_that_one_entry_covers() {
    let list = ChannelList::new(["save".to_owned(), "log:*".to_owned()]);
    for pattern in ["save", "log:*", "log:info*", "log:info"] {
        assert!(list.covers(pattern), "{pattern}");
    }
    for pattern in ["*", "s*", "save*", "log*", ""] {
        assert!(!list.covers(pattern), "{pattern}");
    }
}

/// Whether one of the entries covers the name, found by a look at each.
fn naive(entries: &[String], name: &str) -> bool {
    entries.iter().any(|entry| match entry.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => entry == name,
    })
}

proptest! {
    #[test]
    fn a_list_covers_what_a_look_at_every_entry_does(
        entries in prop::collection::vec("[ab:é]{0,4}\\*{0,2}", 0..20),
        names in prop::collection::vec("[ab:é]{1,5}\\*?", 1..10),
    ) {
        let channels = ChannelList::new(entries.iter().cloned());
        let windows = WindowList::new(entries.iter().cloned());
        prop_assert_eq!(channels.entries(), &entries[..]);
        for name in names {
            let expected = naive(&entries, &name);
            prop_assert_eq!(channels.covers(&name), expected);
            prop_assert_eq!(channels.allows(&Channel::new(&name).unwrap()), expected);
            prop_assert_eq!(windows.allows(&WindowId::new(&name).unwrap()), expected);
        }
    }
}
