//! Acknowledgements: what a page has had, and what goes to the page after it.

use ipc_protocol::{Policy, Step, WindowCommand};
use ipc_router::Until;
use serde_json::json;
use webview_host::BackendEventKind;

use crate::desk::{Desk, answer, channel, is_open_question, payload, take};
use crate::page::message;

#[test]
fn what_a_page_did_not_acknowledge_goes_to_the_next_in_the_old_order() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    old.post(["a", "b"].map(|name| json!({"type": "listen", "channel": name})));
    for n in 1..=3 {
        desk.send(&old.window, "a", &n.to_string());
    }
    desk.turn();
    assert_eq!(old.received(), ["a=1", "a=2", "a=3"]);
    // It has handled one of them, and says so along with an answer.
    old.handled.set(1);
    old.send("answer", json!(1));
    desk.turn();
    // This one it is handed before it has acknowledged the others: a command may replace the page.
    desk.send(&old.window, "b", "4");
    desk.command(&old.window, WindowCommand::SetTitle("new".to_owned()));
    desk.turn();
    assert_eq!(old.batches().len(), 1);

    let mut new = old.next();
    new.hello();
    new.post(["a", "b"].map(|name| json!({"type": "listen", "channel": name})));
    // Nothing is handed out twice, so what the old page still says is not heard either.
    old.handled.set(4);
    old.send("answer", json!(2));
    desk.turn();
    assert_eq!(new.received(), ["a=2", "a=3", "b=4"]);
    assert_eq!(desk.heard_channels(), ["answer"]);
    assert_eq!(desk.counts(), [("stale", 1)]);

    // And the new page is not asked twice.
    new.acknowledge();
    let mut third = new.next();
    third.hello();
    third.listen("a");
    desk.turn();
    assert_eq!(third.received(), [""; 0]);
}

#[test]
fn an_acknowledgement_of_what_was_never_handed_out_changes_nothing() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.send(&page.window, "a", "1");
    desk.turn();
    assert_eq!(page.received(), ["a=1"]);
    page.handled.set(2);
    page.send("b", json!(1));
    desk.turn();
    assert_eq!(desk.counts(), [("unknown", 1)]);
    // The rest of its batch counts.
    assert_eq!(desk.heard_channels(), ["b"]);

    let mut page = page.next();
    page.hello();
    page.listen("a");
    desk.turn();
    assert_eq!(page.received(), ["a=1"]);
}

#[test]
fn a_sender_hears_when_the_page_has_had_its_message() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    let send = |desk: &Desk, until| {
        let (answer, reply) = answer();
        let (name, one) = (channel("a"), payload("1"));
        desk.router
            .send_until(until, &page_window(), &name, &one, reply);
        answer
    };
    let accepted = send(&desk, Until::Accepted);
    assert_eq!(take(&accepted), Ok(()));
    let received = send(&desk, Until::Received);
    desk.turn();
    page.received();
    assert!(is_open_question(&received));
    page.acknowledge();
    desk.turn();
    assert_eq!(take(&received), Ok(()));

    let lost = send(&desk, Until::Received);
    desk.command(&page.window, WindowCommand::Close);
    desk.turn();
    assert_eq!(
        take(&lost).map_err(|error| error.code().as_str()),
        Err("window-closed")
    );
}

fn page_window() -> ipc_protocol::WindowId {
    crate::desk::window("main")
}

#[test]
fn a_page_that_does_not_answer_is_handed_no_more_than_it_may_have() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    let megabyte = format!("\"{}\"", "x".repeat(1 << 20));
    for _ in 0..8 {
        desk.send(&page.window, "a", &megabyte);
    }
    desk.turn();
    assert_eq!(page.received().len(), 4);
    desk.turn();
    assert_eq!(page.received().len(), 0);
    page.acknowledge();
    desk.turn();
    assert_eq!(page.received().len(), 4);
}

#[test]
fn many_messages_flow_through_a_small_queue() {
    let mut desk = Desk::new();
    let mut policy = Policy::default();
    policy.capacity = 10;
    desk.router.configure("a", policy).unwrap();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    let mut answers = Vec::new();
    for n in 0..1_000 {
        let (answer, reply) = answer();
        let n = payload(&n.to_string());
        desk.router
            .send_until(Until::Received, &page.window, &channel("a"), &n, reply);
        answers.push(answer);
    }
    let mut received = Vec::new();
    while received.len() < 1_000 {
        desk.turn();
        let now = page.received();
        assert!(!now.is_empty());
        received.extend(now);
        page.post([message("tick", json!(null))]);
    }
    desk.turn();
    let expected: Vec<_> = (0..1_000).map(|n| format!("a={n}")).collect();
    assert_eq!(received, expected);
    answers
        .iter()
        .for_each(|answer| assert_eq!(take(answer), Ok(())));
}

#[test]
fn a_page_whose_process_ends_leaves_what_it_did_not_acknowledge_to_the_next() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    let (received, reply) = answer();
    desk.router.send_until(
        Until::Received,
        &page.window,
        &channel("a"),
        &payload("1"),
        reply,
    );
    let request = Step::Request {
        channel: channel("add"),
        payload: payload("2"),
    };
    desk.router.open_call(&page.window, request).unwrap();
    desk.turn();
    assert_eq!(page.frames().len(), 2);
    // The request was taken, and the message before it was, too, without a word of that.
    page.handled.set(0);
    desk.report(BackendEventKind::PageGone.of(page.window.clone()));
    desk.send(&page.window, "a", "3");
    desk.turn();
    assert_eq!(page.frames(), [] as [serde_json::Value; 0]);
    assert!(is_open_question(&received));
    // Whatever comes of it now is of nobody.
    page.handled.set(2);
    page.acknowledge();
    desk.turn();
    assert_eq!(desk.counts(), [("stale", 1)]);

    let mut next = page.next();
    next.hello();
    next.listen("a");
    desk.turn();
    let frames = next.frames();
    let kinds: Vec<_> = frames.iter().map(|frame| &frame["payload"]).collect();
    assert_eq!(kinds, [&json!(1), &json!(2), &json!(3)]);
    next.acknowledge();
    desk.turn();
    assert_eq!(take(&received), Ok(()));
}

#[test]
fn calls_that_a_page_had_taken_end_with_its_process() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.post([json!({"type": "request", "call": 1, "channel": "asks"})]);
    desk.turn();
    let request = Step::Request {
        channel: channel("add"),
        payload: payload("2"),
    };
    desk.router.open_call(&page.window, request).unwrap();
    desk.turn();
    page.frames();
    page.acknowledge();
    desk.turn();
    assert_eq!(desk.heard_step_names(), ["asks request null"]);
    desk.report(BackendEventKind::PageGone.of(page.window.clone()));
    assert_eq!(
        desk.heard_step_names(),
        ["add error page-gone", "asks cancel null"]
    );
}
