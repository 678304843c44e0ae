//! What the app sends to pages: when, in which order, and to which page.

use std::cell::RefCell;

use ipc_protocol::{Limits, Policy, WindowCommand, WindowId, WindowSpec};
use ipc_router::RouteError;
use serde_json::json;
use webview_host::{Backend, BackendError, PageLink};

use crate::desk::{Desk, spec, take};
use crate::page::Page;

/// As much as a script may carry, with what is around it.
const SCRIPT_BYTES: usize = (1 << 20) + 1_000;

#[test]
fn messages_wait_for_the_page_and_its_first_listener() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    desk.send(&id, "a", "1");
    desk.turn();
    let mut page = desk.page(&id);
    assert_eq!(page.received(), [""; 0]);

    page.hello();
    desk.turn();
    assert_eq!(page.received(), [""; 0]);

    page.listen("b");
    desk.turn();
    assert_eq!(page.received(), [""; 0]);

    page.listen("a");
    desk.send(&id, "a", "2");
    desk.turn();
    assert_eq!(page.received(), ["a=1", "a=2"]);
}

#[test]
fn a_heard_channel_waits_no_more() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    for n in 1..=3 {
        desk.send(&page.window, "a", &n.to_string());
        desk.turn();
        assert_eq!(page.received(), [format!("a={n}")]);
        page.acknowledge();
        desk.turn();
    }
}

#[test]
fn channels_released_together_keep_the_order_of_sending() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    for n in 0..9 {
        desk.send(&page.window, ["a", "b", "c"][n % 3], &n.to_string());
    }
    desk.turn();
    page.listen("c");
    page.listen("a");
    desk.turn();
    assert_eq!(page.received(), ["a=0", "c=2", "a=3", "c=5", "a=6", "c=8"]);

    // What was held goes before what is newer.
    desk.send(&page.window, "a", "9");
    page.listen("b");
    desk.turn();
    assert_eq!(page.received(), ["b=1", "b=4", "b=7", "a=9"]);
}

#[test]
fn frames_are_numbered_through_all_batches() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    let mut numbers = Vec::new();
    for count in [1, 3, 2] {
        (0..count).for_each(|_| desk.send(&page.window, "a", "0"));
        desk.turn();
        let [batch] = <[_; 1]>::try_from(page.batches()).unwrap();
        assert_eq!((&batch.key, &batch.page), (&page.key, &page.id));
        numbers.push((batch.seq, batch.frames.len()));
        page.acknowledge();
        desk.turn();
    }
    assert_eq!(numbers, [(1, 1), (2, 3), (5, 2)]);
}

#[test]
fn a_reload_moves_what_was_not_delivered_to_the_new_page() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    old.listen("heard");
    desk.send(&old.window, "heard", "1");
    desk.send(&old.window, "unheard", "2");
    desk.turn();
    assert_eq!(old.received(), ["heard=1"]);
    old.acknowledge();

    let mut new = old.next();
    new.hello();
    desk.turn();
    // What the old page listened on says nothing of the new one.
    desk.send(&old.window, "heard", "3");
    desk.turn();
    assert_eq!(new.received(), [""; 0]);

    new.listen("unheard");
    new.listen("heard");
    desk.turn();
    let [batch] = <[_; 1]>::try_from(new.batches()).unwrap();
    assert_eq!((&*batch.page, batch.seq), ("page-2", 1));
    let payloads: Vec<_> = batch.frames.iter().map(|frame| &frame["payload"]).collect();
    assert_eq!(payloads, [2, 3]);
}

#[test]
fn what_was_ready_for_the_old_page_waits_for_the_new_one() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    desk.send(&old.window, "a", "1");
    desk.turn();
    // Heard in the turn in which the old page goes.
    old.listen("a");
    let mut new = old.next();
    new.hello();
    desk.turn();
    assert_eq!(old.batches(), []);

    new.listen("a");
    desk.turn();
    assert_eq!(new.received(), ["a=1"]);
}

#[test]
fn what_a_page_does_not_take_goes_to_the_next_one_in_order() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    old.listen("a");
    desk.turn();
    desk.send(&old.window, "a", "1");
    desk.send(&old.window, "b", "2");
    desk.send(&old.window, "a", "3");
    desk.screen
        .refuse_next(BackendError::Failed("no page".to_owned()));
    desk.turn();
    assert_eq!(old.batches(), []);

    // The old page is heard, but gets nothing more, whatever it says.
    desk.send(&old.window, "a", "4");
    old.listen("b");
    old.send("c", json!(0));
    desk.turn();
    assert_eq!(old.batches(), []);
    assert_eq!(desk.heard_channels(), ["c"]);

    let mut new = old.next();
    new.hello();
    desk.turn();
    assert_eq!(new.received(), [""; 0]);
    new.listen("a");
    new.listen("b");
    desk.turn();
    assert_eq!(new.received(), ["a=1", "b=2", "a=3", "a=4"]);
}

#[test]
fn batches_are_split() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    let payload = format!("\"{}\"", "x".repeat(100 << 10));
    (0..25).for_each(|_| desk.send(&page.window, "a", &payload));
    desk.turn();
    assert_eq!(check_split(&page), [10, 10, 5]);
}

#[test]
fn a_large_message_goes_alone() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    let large = format!("\"{}\"", "x".repeat(3 << 20));
    for payload in ["1", &large, "2", "3"] {
        desk.send(&page.window, "a", payload);
    }
    desk.turn();
    let batches = page.batches();
    let counts: Vec<_> = batches.iter().map(|batch| batch.frames.len()).collect();
    assert_eq!(counts, [1, 1]);
    assert!(batches[1].script_bytes > 3 << 20);
    // The rest is no batch's worth, and the page is busy.
    page.acknowledge();
    desk.turn();
    assert_eq!(page.received(), ["a=2", "a=3"]);
}

#[test]
fn many_small_messages_are_split_too() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let channel = "c".repeat(256);
    page.listen(&channel);
    desk.turn();
    let mut policy = Policy::default();
    policy.capacity = 10_000;
    desk.router.configure(&channel, policy).unwrap();
    (0..4_096).for_each(|_| desk.send(&page.window, &channel, "1"));
    desk.turn();
    let counts = check_split(&page);
    assert!(counts.len() > 1, "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 4_096);
}

/// How many messages each script has; checks that they are numbered and not too long.
fn check_split(page: &Page) -> Vec<usize> {
    let mut next = 1;
    let batches = page.batches().into_iter().map(|batch| {
        assert_eq!(batch.seq, next);
        assert!(batch.script_bytes < SCRIPT_BYTES, "{}", batch.script_bytes);
        next += batch.frames.len() as u64;
        batch.frames.len()
    });
    batches.collect()
}

#[test]
fn a_full_queue_refuses_until_the_page_takes_something() {
    let mut limits = Limits::default();
    limits.window_messages = 2;
    let mut desk = Desk::within(limits);
    let mut page = desk.open_page();
    desk.send(&page.window, "a", "1");
    desk.turn();
    desk.send(&page.window, "a", "2");
    let full = desk.try_send(&page.window, "a", "3").unwrap_err();
    assert!(
        matches!(full, RouteError::QueueFull { messages: 2, .. }),
        "{full:?}"
    );

    page.listen("a");
    desk.turn();
    assert_eq!(page.received(), ["a=1", "a=2"]);
    desk.send(&page.window, "a", "4");
    page.acknowledge();
    desk.turn();
    assert_eq!(page.received(), ["a=4"]);
}

#[test]
fn a_queue_is_full_by_bytes_too() {
    let mut limits = Limits::default();
    limits.window_bytes = 10;
    let mut desk = Desk::within(limits);
    let mut page = desk.open_page();
    desk.send(&page.window, "a", "1234567");
    let full = desk.try_send(&page.window, "a", "1234").unwrap_err();
    assert!(
        matches!(full, RouteError::QueueFull { bytes: 7, .. }),
        "{full:?}"
    );
    desk.send(&page.window, "a", "123");

    page.listen("a");
    desk.turn();
    desk.send(&page.window, "a", "1234567890");
}

#[test]
fn a_closed_windows_messages_go_with_it() {
    let mut limits = Limits::default();
    limits.window_messages = 2;
    let mut desk = Desk::within(limits);
    let id = desk.open(spec("main"));
    desk.send(&id, "a", "1");
    desk.turn();
    desk.send(&id, "a", "2");
    let closed = desk.command(&id, WindowCommand::Close);
    desk.turn();
    assert_eq!(take(&closed), Ok(()));

    // Nothing is left for the next window of this id, nor counts for it.
    let mut page = desk.open_page();
    page.listen("a");
    desk.send(&id, "a", "3");
    desk.send(&id, "a", "4");
    desk.turn();
    assert_eq!(page.received(), ["a=3", "a=4"]);
}

#[test]
fn a_window_that_takes_nothing_stops_no_other() {
    let mut desk = Desk::new();
    let slow = desk.open(spec("slow"));
    let mut page = desk.open_page();
    page.listen("a");
    for n in 0..3 {
        desk.send(&slow, "a", "0");
        desk.send(&page.window, "a", &n.to_string());
    }
    desk.turn();
    assert_eq!(page.received(), ["a=0", "a=1", "a=2"]);
}

#[test]
fn what_was_sent_before_a_command_reaches_the_page_before_it() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    desk.send(&page.window, "a", "1");
    desk.command(&page.window, WindowCommand::Focus);
    let mut backend = Recorder::default();
    desk.host.pump(&mut backend);
    assert_eq!(backend.calls.take(), ["eval", "Focus"]);
}

#[test]
fn what_is_sent_after_a_reload_is_for_the_page_to_come() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    desk.send(&page.window, "a", "1");
    desk.command(&page.window, WindowCommand::Reload);
    desk.send(&page.window, "a", "2");
    desk.turn();
    assert_eq!(page.received(), ["a=1"]);

    // The old page is still there, and is heard.
    page.send("b", json!(0));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["b"]);
    assert_eq!(page.received(), [""; 0]);

    let mut page = page.next();
    page.hello();
    page.listen("a");
    desk.turn();
    assert_eq!(page.received(), ["a=2"]);
}

/// Writes down in which order it is called.
#[derive(Default)]
struct Recorder {
    calls: RefCell<Vec<String>>,
}

impl Backend for Recorder {
    fn origin(&self) -> &str {
        "app://localhost"
    }

    fn open(&mut self, _: &WindowId, _: &WindowSpec, _: &PageLink) -> Result<(), BackendError> {
        Err(BackendError::Unsupported)
    }

    fn apply(&mut self, _: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
        self.calls.get_mut().push(format!("{command:?}"));
        Ok(())
    }

    fn eval(&mut self, _: &WindowId, _: &str) -> Result<(), BackendError> {
        self.calls.get_mut().push("eval".to_owned());
        Ok(())
    }
}
