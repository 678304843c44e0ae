//! Messages for a page that is busy leave together, and a broadcast is escaped once.

use std::borrow::Cow;

use ipc_protocol::{Policy, WindowCommand};
use ipc_router::Until;
use serde_json::json;
use webview_host::BackendError;

use crate::desk::{Desk, answer, channel, is_open_question, payload, spec, take, window};
use crate::page::Page;

/// As many messages as are worth a batch of their own.
const FULL: usize = 512;

/// A page that listens on `a` and has been handed a message that it has not acknowledged.
fn busy_page(desk: &mut Desk) -> Page {
    let mut page = desk.open_page();
    page.listen("a");
    desk.send(&page.window, "a", "0");
    desk.turn();
    assert_eq!(page.received(), ["a=0"]);
    page
}

/// How many messages each batch has that the page was handed since.
fn counts(page: &Page) -> Vec<usize> {
    let batches = page.batches().into_iter();
    batches.map(|batch| batch.frames.len()).collect()
}

#[test]
fn messages_of_many_turns_leave_in_one_batch_when_the_page_acknowledges() {
    let mut desk = Desk::new();
    let mut page = busy_page(&mut desk);
    for n in 1..=5 {
        desk.send(&page.window, "a", &n.to_string());
        desk.turn();
    }
    assert_eq!(counts(&page), [0; 0]);
    page.acknowledge();
    desk.turn();
    assert_eq!(counts(&page), [5]);
    // And what it says along with its acknowledgement is heard before.
    desk.send(&page.window, "a", "6");
    page.send("b", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["b"]);
    assert_eq!(page.received(), ["a=6"]);
}

#[test]
fn a_message_that_is_sent_in_the_moment_of_the_acknowledgement_does_not_wait() {
    for is_before in [true, false] {
        let mut desk = Desk::new();
        let mut page = busy_page(&mut desk);
        page.acknowledge();
        if is_before {
            desk.send(&page.window, "a", "1");
        }
        for event in desk.screen.take_events() {
            desk.host.on_event(event);
        }
        if !is_before {
            desk.send(&page.window, "a", "1");
        }
        desk.turn();
        assert_eq!(page.received(), ["a=1"]);
    }
}

#[test]
fn a_batchs_worth_is_handed_to_a_busy_page() {
    let mut desk = Desk::new();
    let page = busy_page(&mut desk);
    for _ in 1..FULL {
        desk.send(&page.window, "a", "1");
    }
    desk.turn();
    assert_eq!(counts(&page), [0; 0]);
    desk.send(&page.window, "a", "1");
    desk.turn();
    assert_eq!(counts(&page), [FULL]);
}

#[test]
fn every_page_gathers_for_itself() {
    let mut desk = Desk::new();
    let busy = busy_page(&mut desk);
    let id = desk.open(spec("other"));
    let mut other = desk.page(&id);
    other.hello();
    other.listen("a");
    desk.turn();
    for page in [&busy, &other] {
        desk.send(&page.window, "a", "1");
    }
    desk.turn();
    assert_eq!(busy.received(), [""; 0]);
    assert_eq!(other.received(), ["a=1"]);
}

#[test]
fn a_page_that_replaces_a_busy_one_gets_what_had_gathered_at_once() {
    let mut desk = Desk::new();
    let old = busy_page(&mut desk);
    desk.send(&old.window, "a", "1");
    desk.turn();
    let mut new = old.next();
    new.hello();
    new.listen("a");
    desk.turn();
    assert_eq!(new.received(), ["a=0", "a=1"]);
}

#[test]
fn before_a_command_a_busy_page_is_handed_what_had_gathered() {
    let mut desk = Desk::new();
    let page = busy_page(&mut desk);
    desk.send(&page.window, "a", "1");
    desk.turn();
    assert_eq!(page.received(), [""; 0]);
    // A question replaces no page.
    desk.state(&page.window);
    desk.turn();
    assert_eq!(page.received(), [""; 0]);
    desk.command(&page.window, WindowCommand::Navigate("other.html".into()));
    desk.turn();
    assert_eq!(page.received(), ["a=1"]);
}

#[test]
fn who_waits_for_room_while_the_page_is_busy_is_let_in_with_its_acknowledgement() {
    let mut desk = Desk::new();
    let mut policy = Policy::default();
    policy.capacity = 1;
    desk.router.configure("a", policy).unwrap();
    let mut page = busy_page(&mut desk);
    desk.send(&page.window, "a", "1");
    let (waits, reply) = answer();
    let (id, text) = (page.window.clone(), payload("2"));
    desk.router
        .send_until(Until::Received, &id, &channel("a"), &text, reply);
    desk.turn();
    assert_eq!(page.received(), [""; 0]);
    page.acknowledge();
    desk.turn();
    assert_eq!(page.received(), ["a=1", "a=2"]);
    assert!(is_open_question(&waits));
    page.acknowledge();
    desk.turn();
    assert_eq!(take(&waits), Ok(()));
}

#[test]
fn serving_hands_out_messages_and_tells_what_it_leaves_to_the_pump() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    desk.send(&page.window, "a", "1");
    assert!(!desk.serve(), "that was all");
    assert_eq!(page.received(), ["a=1"]);
    assert!(!desk.serve(), "and is handed out once");
    assert_eq!(page.received(), [""; 0]);
    desk.command(&page.window, WindowCommand::SetTitle("new".to_owned()));
    assert!(desk.serve(), "a command waits");
    assert!(desk.serve(), "and still does");
    desk.turn();
    assert!(!desk.serve());

    // A window that the user closes is closed by the pump, too.
    desk.host
        .on_event(webview_host::BackendEventKind::CloseRequested.of(page.window.clone()));
    assert!(desk.serve());
    desk.turn();
    assert!(!desk.serve());
    assert_eq!(desk.router.windows(), []);
}

#[test]
fn what_a_page_does_not_take_when_it_is_served_is_for_the_next_one() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    desk.send(&page.window, "a", "1");
    desk.screen
        .refuse_next(BackendError::Failed("no page".to_owned()));
    desk.serve();
    desk.send(&page.window, "a", "2");
    desk.turn();
    assert_eq!(page.received(), [""; 0]);
    let mut next = page.next();
    next.hello();
    next.listen("a");
    desk.turn();
    assert_eq!(next.received(), ["a=1", "a=2"]);
}

/// Eight windows with pages that listen on `a`.
fn eight_pages(desk: &mut Desk) -> Vec<Page> {
    let pages: Vec<_> = (0..8)
        .map(|n| {
            let id = desk.open(spec(&format!("w{n}")));
            let mut page = desk.page(&id);
            page.hello();
            page.listen("a");
            page
        })
        .collect();
    desk.turn();
    pages
}

#[test]
fn a_broadcast_is_escaped_once_for_all_pages() {
    fn never(_: &str) -> Cow<'_, str> {
        panic!("it was escaped already")
    }
    fn marked(_: &str) -> Cow<'_, str> {
        Cow::Owned("\"marked\"".to_owned())
    }

    let mut desk = Desk::new();
    let mut pages = eight_pages(&mut desk);
    let all: Vec<_> = (0..8).map(|n| window(&format!("w{n}"))).collect();

    // The host escapes it, and leaves that with the payload.
    let text = payload(r#""it's <b>""#);
    let results = desk.router.broadcast(&all, &channel("a"), &text);
    assert_eq!(results, vec![Ok(()); 8]);
    desk.turn();
    for page in &pages {
        assert_eq!(page.received(), [r#"a="it's <b>""#]);
    }
    assert_eq!(text.escaped(never), Some(r#""it\'s \x3Cb>""#));

    // What a payload has been escaped to is what every page gets: nobody does it again.
    pages.iter_mut().for_each(Page::acknowledge);
    desk.turn();
    let text = payload("\"plain\"");
    text.escaped(marked);
    desk.router.broadcast(&all, &channel("a"), &text);
    desk.turn();
    for page in &pages {
        assert_eq!(page.received(), [r#"a="marked""#]);
    }
}
