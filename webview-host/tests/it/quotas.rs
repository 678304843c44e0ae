//! How much one page may do, and what becomes of what is beyond: it is refused, counted and told,
//! and no other page has less for it.

use std::time::Duration;

use ipc_protocol::{Limits, Rate, Step};
use serde_json::{Value as Json, json};
use webview_host::BackendEventKind;

use crate::desk::{Desk, answer, channel, payload, spec, take, window};
use crate::page::{Page, message};

const SECOND: Duration = Duration::from_secs(1);

/// Four messages at once, and two a second.
fn slow() -> Desk {
    let mut limits = Limits::default();
    limits.page_messages = Rate {
        burst: 4,
        per_second: 2,
    };
    Desk::within(limits)
}

fn throttled(refused: u64) -> String {
    format!(r#"{{"windowId":"main","type":"page-throttled","refused":{refused}}}"#)
}

fn cut_off(reason: &str) -> String {
    format!(r#"{{"windowId":"main","type":"page-cut-off","reason":"{reason}"}}"#)
}

fn send(page: &mut Page, count: usize) {
    (0..count).for_each(|n| page.send("a", json!(n)));
}

/// The codes of what the page is told was refused or has failed.
fn refusals(page: &Page) -> Vec<Json> {
    let code = |frame: Json| match frame["type"].as_str() {
        Some("refused") => frame["code"].clone(),
        _ => frame["error"]["code"].clone(),
    };
    page.frames().into_iter().map(code).collect()
}

#[test]
fn what_is_beyond_the_rate_is_refused_counted_and_told_once() {
    let mut desk = slow();
    let mut page = desk.open_page();
    send(&mut page, 5);
    desk.turn();
    // Its hello was one.
    assert_eq!(desk.heard_channels(), ["a"; 3]);
    assert_eq!(desk.counts(), [("throttled", 2)]);
    assert_eq!(desk.heard_incidents(), [throttled(1)]);
    assert_eq!(refusals(&page), ["rate-limited", "rate-limited"]);

    // What time adds may be sent, and is no end of it.
    desk.pass(SECOND);
    send(&mut page, 3);
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"; 2]);
    assert_eq!(desk.heard_incidents(), [""; 0]);

    // After a pause it is another episode.
    desk.pass(SECOND * 10);
    send(&mut page, 5);
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"; 4]);
    assert_eq!(desk.heard_incidents(), [throttled(4)]);
    assert_eq!(desk.counts(), [("throttled", 4)]);
}

#[test]
fn a_batch_that_finds_room_passes_as_a_whole() {
    let mut desk = slow();
    let mut page = desk.open_page();
    page.post([0, 1, 2, 3, 4, 5].map(|n| message("a", json!(n))));
    page.post([0, 1].map(|n| message("b", json!(n))));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"; 6]);
    assert_eq!(desk.counts(), [("throttled", 2)]);
    // The page is told once for a batch.
    assert_eq!(refusals(&page), ["rate-limited"]);
    // It owes three.
    desk.pass(SECOND);
    send(&mut page, 1);
    desk.turn();
    assert_eq!(desk.heard_channels(), [""; 0]);
    desk.pass(SECOND);
    send(&mut page, 1);
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
}

#[test]
fn bytes_have_a_rate_too() {
    let mut limits = Limits::default();
    limits.page_bytes = Rate {
        burst: 1_000,
        per_second: 1_000,
    };
    let mut desk = Desk::within(limits);
    let mut page = desk.open_page();
    page.send("a", json!("x".repeat(2_000)));
    page.send("a", json!(1));
    page.upload(
        [json!({"type": "message", "channel": "a", "bytes": 3})],
        &[1, 2, 3],
    );
    desk.turn();
    assert_eq!(desk.heard().len(), 1);
    assert_eq!(desk.counts(), [("throttled", 2)]);
    desk.pass(SECOND * 3);
    page.send("a", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
}

#[test]
fn calls_beyond_the_rate_fail_and_the_open_ones_go_on() {
    let mut desk = slow();
    let mut page = desk.open_page();
    page.listen("b");
    desk.turn();
    let request = Step::Request {
        channel: channel("asks"),
        payload: payload("1"),
    };
    let call = desk.router.open_call(&page.window, request).unwrap();
    desk.turn();
    page.frames();
    page.post([json!({"type": "request", "call": 1, "channel": "open"})]);
    page.post([json!({"type": "request", "call": 2, "channel": "last"})]);
    let refused = [
        json!({"type": "request", "call": 3, "channel": "c"}),
        json!({"type": "stream", "call": 4, "channel": "c"}),
        json!({"type": "sendTo", "call": 5, "window": "main", "channel": "c", "payload": 1}),
        json!({"type": "result", "call": call, "payload": "yes"}),
        json!({"type": "cancel", "call": 1}),
    ];
    page.post(refused);
    desk.turn();
    assert_eq!(
        desk.heard_step_names(),
        [
            "open request null",
            "last request null",
            r#"asks result "yes""#,
            "open cancel null"
        ]
    );
    assert_eq!(refusals(&page), ["rate-limited"; 3]);
    assert_eq!(desk.counts(), [("throttled", 3)]);
    // Nor does a page that is throttled lose what it listens to.
    page.listen("d");
    desk.turn();
    desk.send(&page.window, "d", "1");
    page.acknowledge();
    desk.turn();
    assert_eq!(page.received(), ["d=1"]);
}

#[test]
fn a_page_that_floods_takes_nothing_from_another() {
    let mut desk = slow();
    let mut flooding = desk.open_page();
    let other = desk.open(spec("other"));
    let mut other = desk.page(&other);
    other.hello();
    send(&mut flooding, 1_000);
    send(&mut other, 3);
    desk.turn();
    let heard = desk.heard();
    let count = |id: &str| heard.iter().filter(|it| it.contains(id)).count();
    assert_eq!((count("main"), count("other")), (3, 3));
    assert_eq!(desk.heard_incidents(), [throttled(1)]);
    // It is not given a new start by loading itself again.
    let mut next = flooding.next();
    next.hello();
    send(&mut next, 1);
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
}

#[test]
fn a_page_listens_on_so_many_channels() {
    let mut limits = Limits::default();
    limits.page_channels = 2;
    let mut desk = Desk::within(limits);
    let mut page = desk.open_page();
    for name in ["a", "b", "c", "a"] {
        page.listen(name);
    }
    desk.turn();
    assert_eq!(refusals(&page), ["too-many-channels"]);
    assert_eq!(desk.counts(), [("refused", 1)]);
    page.acknowledge();
    for name in ["b", "c"] {
        desk.send(&page.window, name, "1");
    }
    desk.turn();
    assert_eq!(page.received(), ["b=1"]);
}

#[test]
fn a_page_that_goes_on_posting_nonsense_is_cut_off_until_another_one_loads() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    page.post([json!({"type": "request", "call": 1, "channel": "asks"})]);
    desk.turn();
    let request = Step::Request {
        channel: channel("add"),
        payload: payload("1"),
    };
    desk.router.open_call(&page.window, request).unwrap();
    desk.turn();
    page.frames();
    page.acknowledge();
    desk.turn();
    assert_eq!(desk.heard_step_names(), ["asks request null"]);

    for _ in 0..15 {
        page.post_nonsense();
    }
    page.send("b", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["b"]);
    assert_eq!(desk.heard_incidents(), [""; 0]);

    page.post_nonsense();
    page.send("b", json!(3));
    page.send("b", json!("x".repeat(1_000)));
    page.upload(
        [json!({"type": "message", "channel": "b", "bytes": 600})],
        &[0; 600],
    );
    desk.turn();
    assert_eq!(desk.heard_channels(), [""; 0]);
    assert_eq!(desk.heard_incidents(), [cut_off("bad-frame")]);
    assert_eq!(
        desk.heard_step_names(),
        ["add error page-gone", "asks cancel null"]
    );
    assert_eq!(desk.counts(), [("malformed", 16), ("stale", 3)]);
    // Nothing is said to it either, and it cannot greet anew.
    desk.send(&page.window, "a", "1");
    desk.turn();
    assert_eq!(page.frames(), [Json::Null; 0]);
    page.seq = 1;
    page.hello();
    page.listen("a");
    // More of the same is no other incident.
    for _ in 0..100 {
        page.post_nonsense();
    }
    desk.turn();
    assert_eq!(page.frames(), [Json::Null; 0]);
    assert_eq!(desk.heard_incidents(), [""; 0]);
    assert_eq!(desk.counts(), [("malformed", 16), ("stale", 105)]);

    let mut next = page.next();
    next.hello();
    next.listen("a");
    next.send("b", json!(4));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["b"]);
    assert_eq!(next.received(), ["a=1"]);
    // It has a count of its own.
    for _ in 0..15 {
        next.post_nonsense();
    }
    desk.turn();
    assert_eq!(desk.heard_incidents(), [""; 0]);
    next.post_nonsense();
    desk.turn();
    assert_eq!(desk.heard_incidents(), [cut_off("bad-frame")]);
}

#[test]
fn nobody_else_can_have_a_page_cut_off() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    for _ in 0..100 {
        page.post_text("nonsense");
        let key = std::mem::replace(&mut page.key, "forged".to_owned());
        let seq = page.seq;
        page.send("b", json!(1));
        (page.key, page.seq) = (key, seq);
    }
    page.send("b", json!(2));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["b"]);
    assert_eq!(desk.heard_incidents(), [""; 0]);
    assert_eq!(desk.counts(), [("malformed", 200)]);
}

#[test]
fn nonsense_before_the_first_page_counts_too() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let mut page = desk.page(&id);
    for _ in 0..16 {
        page.post_nonsense();
    }
    desk.turn();
    assert_eq!(desk.heard_incidents(), [cut_off("bad-frame")]);
    page.hello();
    page.send("a", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
}

#[test]
fn a_page_of_which_the_backend_could_not_keep_all_is_cut_off() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let (closed, reply) = answer();
    desk.report(BackendEventKind::Overrun.of(window("main")));
    assert_eq!(desk.heard_incidents(), [cut_off("queue-full")]);
    page.send("a", json!(1));
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    let mut next = page.next();
    next.hello();
    next.send("a", json!(2));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["a"]);
    // Of a window that is not open nothing is said.
    desk.report(BackendEventKind::Overrun.of(window("other")));
    assert_eq!(desk.heard_incidents(), [""; 0]);
    let close = ipc_protocol::WindowCommand::Close;
    desk.router.command(&page.window, close, reply).unwrap();
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
}
