//! What pages send, and what of it is believed.

use ipc_protocol::{ChannelList, Code, Limits, WindowChannels};
use serde_json::json;
use webview_host::{BackendEventKind, TitleBarAction};

use crate::desk::{Desk, spec, window};
use crate::page::{Page, message};

#[test]
fn messages_reach_the_app_in_order() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.send("a", json!({"n": 1}));
    page.post([message("b", json!(null)), message("a", json!([2]))]);
    desk.turn();
    assert_eq!(
        desk.heard(),
        [
            r#"{"windowId":"main","channel":"a","payload":{"n":1}}"#,
            r#"{"windowId":"main","channel":"b","payload":null}"#,
            r#"{"windowId":"main","channel":"a","payload":[2]}"#,
        ]
    );
    assert_eq!(desk.counts(), []);
}

#[test]
fn a_user_moves_the_window_by_its_page() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let [drag, toggle] = ["drag", "toggleMaximize"].map(|kind| json!({ "type": kind }));
    page.post([drag.clone()]);
    desk.turn();
    page.post([toggle.clone(), drag.clone(), toggle]);
    desk.turn();
    let id = window("main");
    assert_eq!(
        desk.screen.title_bar_actions(&id),
        [TitleBarAction::Move, TitleBarAction::ToggleMaximize]
    );
    assert_eq!(desk.heard(), [""; 0]);

    // One that closes meanwhile is not moved.
    page.post([drag]);
    desk.report(BackendEventKind::Closed.of(id.clone()));
    assert_eq!(
        desk.screen.title_bar_actions(&id).len(),
        2,
        "the backend has not heard of it"
    );
    assert_eq!(desk.counts(), []);
}

#[test]
fn payloads_are_taken_over_as_they_are_written() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    let payload = r#"{"b": 1.50,"a":1e400,"b":12345678901234567890}"#;
    page.post_text(&format!(
        r#"{{"key":"{}","page":"page-1","seq":2,"ack":0,"frames":[{{"type":"message","channel":"c","payload":{payload}}}]}}"#,
        page.key,
    ));
    desk.turn();
    let expected = format!(r#"{{"windowId":"main","channel":"c","payload":{payload}}}"#);
    assert_eq!(desk.heard(), [expected]);
}

#[test]
fn a_page_that_has_not_said_hello_is_not_believed() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let mut page = desk.page(&id);
    page.send("a", json!(1));
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("stale", 1)]);

    // Nor is one whose hello is not where it belongs.
    page.hello();
    page.seq = 1;
    page.post([message("a", json!(2)), json!({"type": "hello"})]);
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("stale", 3)]);
}

#[test]
fn a_reloaded_page_replaces_the_one_before() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    let mut new = old.next();
    new.hello();
    new.send("a", json!("new"));
    old.send("a", json!("old"));
    new.send("a", json!("newer"));
    desk.turn();
    assert_eq!(
        desk.heard(),
        [
            r#"{"windowId":"main","channel":"a","payload":"new"}"#,
            r#"{"windowId":"main","channel":"a","payload":"newer"}"#,
        ]
    );
    assert_eq!(desk.counts(), [("stale", 1)]);
}

#[test]
fn a_greeting_that_comes_twice_brings_no_page_back() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let mut next = page.next();
    next.hello();
    desk.turn();
    let twice = |desk: &mut Desk, page: &mut Page| {
        page.seq = 1;
        page.hello();
        page.send("a", json!(1));
        desk.turn();
    };
    twice(&mut desk, &mut page);
    assert_eq!(desk.counts(), [("stale", 2)]);
    next.send("a", json!(2));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
    // The same after a crash, with which no other page comes.
    desk.screen.kill_page(&next.window);
    desk.turn();
    twice(&mut desk, &mut next);
    assert_eq!(desk.heard_channels(), [] as [String; 0]);
    assert_eq!(desk.counts(), [("stale", 4)]);
}

#[test]
fn a_batch_without_the_windows_own_key_is_ignored() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    let other = desk.open(spec("other"));
    let mut forger = desk.page(&other);
    forger.window = page.window.clone();
    forger.hello();
    forger.send("a", json!(1));
    forger.key = String::new();
    forger.send("a", json!(2));
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("malformed", 3)]);

    // The window's own page is the same as before.
    let mut page = page;
    page.send("a", json!(3));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
}

#[test]
fn frames_that_come_again_are_counted_and_skipped() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.post([message("one", json!(1)), message("two", json!(2))]);
    page.seq = 2;
    page.post([message("one", json!(1)), message("two", json!(2))]);
    page.seq = 3;
    page.post([message("two", json!(2)), message("three", json!(3))]);
    page.seq = 1;
    page.hello();
    desk.turn();
    assert_eq!(desk.heard_channels(), ["one", "two", "three"]);
    assert_eq!(desk.counts(), [("repeated", 4)]);
}

#[test]
fn missing_frames_are_counted_and_the_rest_goes_on() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.seq = 5;
    page.send("late", json!(1));
    page.send("next", json!(1));
    // What was missing comes no more.
    page.seq = 2;
    page.send("lost", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["late", "next"]);
    assert_eq!(desk.counts(), [("repeated", 1), ("missing", 3)]);
}

#[test]
fn counting_has_no_end() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    for _ in 0..3_000 {
        page.seq = (1 << 53) - 1;
        page.post([]);
        page = page.next();
        page.hello();
    }
    desk.turn();
    assert_eq!(desk.counts(), [("missing", u64::MAX)]);
}

#[test]
fn what_is_no_batch_is_ignored_and_counted() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let key = page.key.clone();
    let frames = |frames: &str| {
        format!(r#"{{"key":"{key}","page":"page-1","seq":2,"ack":0,"frames":{frames}}}"#)
    };
    let texts = [
        String::new(),
        "hello".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"key":"{key}","page":"page-1","seq":2,"ack":0}}"#),
        format!(r#"{{"key":"{key}","page":"page-1","seq":2,"frames":[]}}"#),
        format!(r#"{{"key":"{key}","page":"page-1","seq":"2","ack":0,"frames":[]}}"#),
        format!(r#"{{"key":"{key}","page":"page-1","seq":0,"ack":0,"frames":[]}}"#),
        format!(r#"{{"key":"{key}","page":"","seq":2,"ack":0,"frames":[]}}"#),
        r#"{"key":7,"page":"page-1","seq":2,"ack":0,"frames":[]}"#.to_owned(),
        frames("{}"),
        frames("[7]"),
        frames(r#"[{"type":"message","payload":1}]"#),
        frames(r#"[{"type":"message","channel":"","payload":1}]"#),
        frames(r#"[{"type":"message","channel":7,"payload":1}]"#),
        frames(r#"[{"type":"listen"}]"#),
        frames(r#"[{"type":"close","channel":"a"}]"#),
        frames(r#"[{"type":"message","channel":"a","payload":{}]"#),
        // One bad frame: nothing of the batch.
        frames(r#"[{"type":"message","channel":"a","payload":1},{"type":"message"}]"#),
    ];
    for (index, text) in texts.iter().enumerate() {
        // Not more of one page than it may.
        if index == 10 {
            page = page.next();
            page.hello();
        }
        page.post_text(text);
    }
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("malformed", texts.len() as u64)]);

    page.send("a", json!("goes on"));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
}

#[test]
fn a_batch_over_the_limit_is_ignored() {
    let mut limits = Limits::default();
    limits.payload_bytes = 100;
    let mut desk = Desk::within(limits.clone());
    let mut page = desk.open_page();
    page.post_text(&" ".repeat(limits.batch_bytes() + 1));
    page.send("a", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
    assert_eq!(desk.counts(), [("malformed", 1)]);
}

#[test]
fn pages_cannot_send_system_events() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.post(
        ["close", "focus", "blur", "resize", "move", "mine"].map(|name| message(name, json!(1))),
    );
    desk.turn();
    assert_eq!(
        desk.heard(),
        [r#"{"windowId":"main","channel":"mine","payload":1}"#]
    );
    assert_eq!(desk.counts(), [("refused", 5)]);
    assert!(desk.screen.is_open(&page.window));
}

#[test]
fn pages_send_on_allowed_channels_only() {
    let mut desk = Desk::new();
    let mut spec = spec("main");
    spec.channels = Some(WindowChannels {
        send: ChannelList::new(["save".to_owned(), "log:*".to_owned()]),
        receive: ChannelList::new(["saved".to_owned()]),
    });
    let id = desk.open(spec);
    let mut page = desk.page(&id);
    page.hello();
    page.post(["save", "saved", "log:", "log", "log:x", "*"].map(|name| message(name, json!(1))));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["save", "log:", "log:x"]);
    assert_eq!(desk.counts(), [("refused", 3)]);

    desk.send(&page.window, "saved", "1");
    let refused = desk.try_send(&page.window, "save", "1").unwrap_err();
    assert_eq!(refused.code(), Code::ChannelNotAllowed);
}

#[test]
fn a_payload_over_a_limit_is_refused_alone_and_its_page_is_told() {
    let mut limits = Limits::default();
    limits.payload_bytes = 20;
    limits.payload_depth = 2;
    limits.payload_values = 4;
    let mut desk = Desk::within(limits);
    let mut page = desk.open_page();
    page.listen("answer");
    page.post([
        message("deep", json!([[[]]])),
        message("fine", json!([[], 1, 2])),
        message("many", json!([1, 2, 3, 4])),
        message("large", json!("x".repeat(20))),
    ]);
    desk.send(&page.window, "answer", "1");
    desk.turn();
    assert_eq!(desk.heard_channels(), ["fine"]);
    assert_eq!(desk.counts(), [("refused", 3)]);

    let batches = page.batches();
    let told: Vec<_> = batches
        .iter()
        .flat_map(|batch| &batch.frames)
        .map(|frame| (&frame["type"], &frame["channel"], &frame["code"]))
        .map(|(kind, channel, code)| json!([kind, channel, code]))
        .collect();
    assert_eq!(
        told,
        [
            json!(["message", "answer", null]),
            json!(["refused", "deep", "payload-too-deep"]),
            json!(["refused", "many", "payload-too-many-values"]),
            json!(["refused", "large", "payload-too-large"]),
        ]
    );
    // They are numbered like all frames.
    page.acknowledge();
    desk.send(&page.window, "answer", "2");
    desk.turn();
    assert_eq!(page.batches()[0].seq, 5);
}

#[test]
fn windows_that_are_not_open_say_nothing() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    desk.command(&page.window, ipc_protocol::WindowCommand::Close);
    desk.turn();
    assert_eq!(desk.heard_channels(), ["close"]);
    page.send("a", json!(1));
    page.post_text("nonsense");
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), []);
}
