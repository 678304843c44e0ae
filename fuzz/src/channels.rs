//! Lists of channels: the page and the host keep to the same rule, and it is the documented one.

use arbitrary::{Arbitrary, Result, Unstructured};
use ipc_protocol::{Channel, ChannelList, Limits, WindowSpec};
use serde_json::json;

use crate::desk::Desk;
use crate::realm::Page;

/// A window's list, and the channels that its page sends on.
#[derive(Arbitrary)]
struct Input {
    list: Option<Vec<Name>>,
    names: Vec<Name>,
}

/// Has a page with the real preload script send on each channel, and then one that goes around it.
///
/// # Panics
/// When the script, the host or [`ChannelList`] let something pass, or refuse it, that they should
/// not.
pub fn channels(data: &[u8]) {
    let Ok(mut input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    input.names.truncate(MAX_NAMES);
    let list: Option<Vec<String>> =
        (input.list).map(|names| names.into_iter().map(|it| it.0).collect());
    let options = json!({"id": "main", "channels": list});
    let Ok(spec) = WindowSpec::from_json(&options.to_string()) else {
        return;
    };
    let names: Vec<_> = (input.names.iter())
        .map(|Name(name)| (&**name, verdict(list.as_deref(), name)))
        .collect();
    let mut desk = Desk::new(Limits::default());
    let window = desk.open(spec);

    let page = Page::new(desk.screen.link(&window).expect("it is open").preload());
    for (name, verdict) in &names {
        let sent = page.send(name);
        assert_eq!(
            sent.as_ref().err().map(String::as_str),
            *verdict,
            "{name:?} of {list:?}"
        );
        for text in page.posted() {
            desk.post(&window, text);
        }
        let heard: Vec<_> = desk
            .events
            .drain()
            .map(|it| it.channel.to_string())
            .collect();
        let expected: &[_] = if verdict.is_none() { &[*name] } else { &[] };
        assert_eq!(heard, expected, "{name:?} of {list:?}");
    }
    let stats = desk.host.stats();
    assert_eq!((stats.malformed, stats.refused), (0, 0));

    let (key, mut seq) = (desk.key(&window), 1);
    let mut post = |desk: &mut Desk, frame| {
        let batch = json!({"key": key, "page": "hostile", "seq": seq, "ack": 0, "frames": [frame]});
        let before = desk.host.stats();
        desk.post(&window, batch.to_string());
        let after = desk.host.stats();
        let is_malformed = after.malformed > before.malformed;
        seq += u64::from(!is_malformed);
        (
            is_malformed,
            after.refused > before.refused,
            desk.events.drain().count(),
        )
    };
    post(&mut desk, json!({"type": "hello"}));
    for (name, verdict) in &names {
        let outcome = post(&mut desk, json!({"type": "message", "channel": name}));
        let expected = match verdict {
            None => (false, false, 1),
            Some("bad-channel") => (true, false, 0),
            Some(_) => (false, true, 0),
        };
        assert_eq!(outcome, expected, "{name:?} of {list:?}");
    }
}

/// The most channels that are tried: few enough that no page is cut off for what it posts.
const MAX_NAMES: usize = 8;

/// The code with which a page is refused a channel, by the rules of docs/api.md.
fn verdict(list: Option<&[String]>, name: &str) -> Option<&'static str> {
    let Ok(channel) = Channel::new(name) else {
        assert!(name.is_empty() || name.len() > Channel::MAX_BYTES);
        return Some("bad-channel");
    };
    if Channel::RESERVED.contains(&name) {
        return Some("reserved-channel");
    }
    let list = list?;
    let is_covered = list
        .iter()
        .any(|entry| covers(entry.as_bytes(), name.as_bytes()));
    assert_eq!(
        ChannelList::new(list.iter().cloned()).allows(&channel),
        is_covered
    );
    (!is_covered).then_some("channel-not-allowed")
}

/// Whether an entry is the name, or all of it but a `*` at its end begins the name.
fn covers(entry: &[u8], name: &[u8]) -> bool {
    match (entry, name) {
        ([b'*'], _) | ([], []) => true,
        ([first, entry @ ..], [same, name @ ..]) if first == same => covers(entry, name),
        _ => false,
    }
}

/// A channel's name or a pattern: of few parts, so that they are often alike.
struct Name(String);

impl<'a> Arbitrary<'a> for Name {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Name> {
        const PARTS: [&str; 15] = [
            "a",
            "b",
            "*",
            ":",
            "log",
            "Log",
            "é",
            "e\u{301}",
            "😀",
            "\0",
            "\u{2028}",
            "'</script>\\",
            "close",
            "resize",
            "__proto__",
        ];
        let mut name = String::new();
        for _ in 0..u.int_in_range(0..=4)? {
            name.push_str(u.choose(&PARTS)?);
        }
        // Up to the longest name, and over it.
        if u.ratio(1, 16)? {
            let length = u.int_in_range(Channel::MAX_BYTES - 4..=Channel::MAX_BYTES + 4)?;
            name.extend(std::iter::repeat_n('x', length.saturating_sub(name.len())));
        }
        Ok(Name(name))
    }
}
