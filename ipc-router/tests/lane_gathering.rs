//! When a page is due: what is for a busy one gathers, and nobody is woken for it.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::*;
use ipc_protocol::{CallError, Code, Step, WindowCommand};
use ipc_router::Until;

/// As many frames as are worth a batch of their own.
const FULL_LEN: usize = 512;
/// As many bytes.
const FULL_BYTES: usize = 256 << 10;

/// Longer than any `ttlMs` of 1.
const LATER: Duration = Duration::from_millis(5);

/// JSON text of so many bytes.
fn json_of(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

/// A page that has been handed one message, `"busy"`, and has not acknowledged it.
fn busy_page(scene: &Scene) -> Page {
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["\"busy\""]);
    assert_eq!(page.unacked(), ["\"busy\""]);
    page
}

#[test]
fn what_is_for_a_busy_page_gathers_and_leaves_in_one_batch() {
    let scene = Scene::new();
    let mut page = scene.page(&["a", "b"]);
    assert!(!page.lane().is_due(), "nothing waits");
    scene.send_all("a", &["1"]);
    assert!(page.lane().is_due(), "the first leaves at once");
    assert_eq!(page.unacked(), ["1"]);

    for (name, json) in [("a", "2"), ("b", "3"), ("a", "4")] {
        scene.send_all(name, &[json]);
        assert!(!page.lane().is_due());
    }
    assert!(page.lane().ack(1));
    assert!(page.lane().is_due());
    let batch = page.lane().take(usize::MAX).unwrap();
    assert_eq!((batch.seq, batch.frames.len()), (2, 3));
    assert!(!page.lane().is_due(), "nothing waits");
    assert!(page.lane().ack(4));
    assert!(!page.lane().is_due());
}

#[test]
fn a_page_is_busy_until_it_has_acknowledged_all() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1", "2"]);
    assert_eq!(page.unacked(), ["1", "2"]);
    scene.send_all("a", &["3"]);
    for (frame, is_due) in [(0, false), (1, false), (1, false), (2, true)] {
        assert!(page.lane().ack(frame));
        assert_eq!(page.lane().is_due(), is_due, "after {frame}");
    }
    assert_eq!(page.unacked(), ["3"]);
    // A forged one is none.
    scene.send_all("a", &["4"]);
    assert!(!page.lane().ack(4));
    assert!(!page.lane().is_due());
}

#[test]
fn a_batchs_worth_of_frames_waits_for_nothing() {
    let scene = Scene::new();
    let mut page = busy_page(&scene);
    let wakes = Wakes::default();
    scene.port.on_wake(wakes.clone());
    for _ in 1..FULL_LEN {
        scene.send_all("a", &["0"]);
    }
    assert!(!page.lane().is_due());
    assert_eq!(wakes.count(), 1, "at first, and for none of these");
    scene.send_all("a", &["0"]);
    assert!(page.lane().is_due());
    assert_eq!(wakes.count(), 2);
    assert_eq!(page.unacked().len(), FULL_LEN);
    // It has two batches now, and the next ones gather likewise.
    scene.send_all("a", &["0"]);
    assert!(!page.lane().is_due());
    assert_eq!(wakes.count(), 2);
}

#[test]
fn a_batchs_worth_of_bytes_waits_for_nothing() {
    let scene = Scene::new();
    let mut page = busy_page(&scene);
    // What is around the payloads counts a little, too.
    scene.send_all("a", &[&json_of(FULL_BYTES / 2)]);
    scene.send_all("a", &[&json_of(FULL_BYTES / 2 - 1_000)]);
    assert!(!page.lane().is_due());
    scene.send_all("a", &[&json_of(1_000)]);
    assert!(page.lane().is_due());
    assert_eq!(page.unacked().len(), 3);
    scene.send_all("a", &[&json_of(FULL_BYTES)]);
    assert!(page.lane().is_due(), "one that is long enough by itself");
}

#[test]
fn what_is_left_of_a_batchs_worth_is_none_any_more() {
    let scene = Scene::new();
    let mut page = busy_page(&scene);
    for _ in 0..3 {
        scene.send_all("a", &[&json_of(FULL_BYTES / 2)]);
    }
    assert!(page.lane().is_due());
    assert_eq!(page.lane().take(FULL_BYTES / 2).unwrap().frames.len(), 1);
    assert!(page.lane().is_due(), "two of them are still enough");
    assert_eq!(page.lane().take(FULL_BYTES / 2).unwrap().frames.len(), 1);
    assert!(!page.lane().is_due());
    page.reload(&["a"]);
    assert!(
        page.lane().is_due(),
        "all of it, for a page that has nothing"
    );
    assert_eq!(page.unacked().len(), 4);
}

#[test]
fn calls_that_are_given_up_make_no_batchs_worth() {
    let scene = Scene::new();
    let mut page = busy_page(&scene);
    let open = || {
        scene
            .router
            .open_call(&scene.main, request("x", "1"))
            .unwrap()
    };
    let calls: Vec<_> = (0..FULL_LEN).map(|_| open()).collect();
    assert!(page.lane().is_due());
    assert!(scene.router.step(&scene.main, calls[7], Step::Cancel));
    assert!(!page.lane().is_due());
    open();
    assert!(page.lane().is_due());
    assert_eq!(page.take().len(), FULL_LEN);
}

#[test]
fn without_credit_even_a_batchs_worth_waits() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 10000}"#);
    let mut page = scene.page(&["a"]);
    let wakes = Wakes::default();
    for _ in 0..4_096 {
        scene.send_all("a", &["0"]);
    }
    assert_eq!(page.take().len(), 4_096);
    scene.port.on_wake(wakes.clone());
    for _ in 0..2 * FULL_LEN {
        scene.send_all("a", &["0"]);
    }
    assert!(!page.lane().is_due());
    assert_eq!(wakes.count(), 1, "nobody can do anything about it");
    assert!(page.lane().ack(1));
    assert!(page.lane().is_due());
    assert_eq!(page.take().len(), 1);
    assert!(!page.lane().is_due());
}

#[test]
fn without_a_page_nothing_is_due_and_with_the_next_one_all_is() {
    let scene = Scene::new();
    let lane = scene.port.lane(&scene.main).unwrap();
    let wakes = Wakes::default();
    scene.port.on_wake(wakes.clone());
    scene.send_all("a", &["0"; FULL_LEN]);
    assert!(!lane.is_due(), "no page has come");
    lane.arrive();
    assert!(!lane.is_due(), "it does not listen");
    scene.send_all("a", &["1"]);
    assert_eq!(wakes.count(), 1);
    lane.listen(&channel("a")).unwrap();
    assert!(lane.is_due());
}

#[test]
fn what_had_gathered_for_a_page_is_due_for_the_next_one_at_once() {
    for go in [ipc_router::Lane::leave, ipc_router::Lane::page_gone] {
        let scene = Scene::new();
        let mut page = busy_page(&scene);
        scene.send_all("a", &["1"]);
        go(page.lane());
        scene.send_all("a", &["2"]);
        assert!(!page.lane().is_due());
        // It has acknowledged nothing because it was handed nothing.
        page.reload(&[]);
        assert!(!page.lane().is_due());
        page.lane().listen(&channel("a")).unwrap();
        assert!(page.lane().is_due());
        assert_eq!(page.payloads(), ["\"busy\"", "1", "2"]);
        assert!(!page.lane().is_due());
    }
}

#[test]
fn what_is_for_the_page_after_a_reload_does_not_make_this_one_due() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    let command = WindowCommand::Reload;
    scene.router.command(&scene.main, command, |_| {}).unwrap();
    scene.send_all("a", &["0"; FULL_LEN]);
    assert!(!page.lane().is_due());
    page.lane().pass_boundary();
    assert!(page.lane().is_due());
    assert_eq!(page.unacked().len(), FULL_LEN);
}

#[test]
fn who_waits_for_room_is_let_in_when_the_page_acknowledges() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 2}"#);
    let mut page = busy_page(&scene);
    scene.send_all("a", &["1", "2"]);
    let waiting = scene.send_until(Until::Accepted, "a", "3");
    assert_eq!(waiting.codes(), []);
    assert!(!page.lane().is_due(), "the page is busy");
    assert!(page.lane().ack(1));
    assert!(page.lane().is_due());
    // What that leaves room for comes along.
    assert_eq!(page.unacked(), ["1", "2", "3"]);
    assert_eq!(waiting.codes(), [Ok(())]);
    assert!(!page.lane().is_due());
}

#[test]
fn what_expires_while_it_gathers_is_told_as_expired_and_holds_up_nothing() {
    let scene = Scene::new();
    let mut page = busy_page(&scene);
    scene.configure("a", r#"{"ttlMs": 1}"#);
    let late = scene.send_until(Until::Received, "a", "1");
    scene.configure("a", "{}");
    scene.send_all("a", &["2"]);
    std::thread::sleep(LATER);
    assert!(page.lane().ack(1));
    assert!(page.lane().is_due());
    assert_eq!(page.unacked(), ["2"]);
    assert_eq!(late.codes(), [Err(Code::Expired)]);

    // When nothing else waits, there is nothing left to be due for.
    scene.configure("a", r#"{"ttlMs": 1}"#);
    scene.send_all("a", &["3"]);
    std::thread::sleep(LATER);
    assert!(page.lane().ack(2));
    assert!(page.lane().take(usize::MAX).is_none());
    assert!(!page.lane().is_due());
}

#[test]
fn policies_count_what_gathers() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "keep-latest"}"#);
    scene.configure("b", r#"{"overflow": "drop-oldest", "capacity": 2}"#);
    let mut page = scene.page(&["a", "b"]);
    scene.send_all("a", &["1"]);
    assert_eq!(page.unacked(), ["1"]);
    for json in ["2", "3", "4"] {
        scene.send_all("a", &[json]);
        scene.send_all("b", &[json]);
    }
    assert!(page.lane().ack(1));
    assert_eq!(page.unacked(), ["3", "4", "4"]);
}

#[test]
fn a_receipt_comes_though_the_message_had_to_gather() {
    let scene = Scene::new();
    let mut page = busy_page(&scene);
    let receipt = scene.send_until(Until::Received, "a", "1");
    assert!(page.lane().ack(1));
    assert_eq!(receipt.codes(), []);
    assert_eq!(page.unacked(), ["1"]);
    assert_eq!(receipt.codes(), []);
    assert!(page.lane().ack(2));
    assert_eq!(receipt.codes(), [Ok(())]);

    let lost = scene.send_until(Until::Received, "a", "2");
    scene.port.closed(&scene.main);
    assert_eq!(lost.codes(), [Err(Code::WindowClosed)]);
    assert!(!page.lane().is_due());
}

#[test]
fn each_step_of_the_app_wakes_for_an_idle_page_and_none_for_a_busy_one() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    // The page's call, which the app answers.
    let opened = page.lane().step(call(1), stream("x")).unwrap();
    let theirs = opened.unwrap().call.unwrap().0;
    page.lane().step(call(1), Step::Pull { count: 9 }).unwrap();
    let ours = scene.router.open_call(&scene.main, stream("x")).unwrap();
    page.handle();

    let router = &scene.router;
    let step = |number, step| assert!(router.step(&scene.main, number, step));
    let error = || CallError::new(Code::QueueFull, "");
    let steps: [(&str, &dyn Fn()); 6] = [
        ("send", &|| scene.send_all("a", &["1"])),
        ("receipt", &|| {
            drop(scene.send_until(Until::Received, "a", "1"))
        }),
        ("open", &|| {
            assert!(router.open_call(&scene.main, request("x", "1")).is_ok())
        }),
        ("pull", &|| step(ours, Step::Pull { count: 1 })),
        ("chunk", &|| step(theirs, chunk("1"))),
        ("end", &|| step(theirs, Step::Error { error: error() })),
    ];
    let wakes = Wakes::default();
    scene.port.on_wake(wakes.clone());
    for (name, run) in &steps[..5] {
        let count = wakes.count();
        run();
        assert_eq!(wakes.count(), count + 1, "{name} to an idle page");
        assert_eq!(page.take().len(), 1);
        run();
        assert_eq!(wakes.count(), count + 1, "{name} to a busy page");
        assert!(page.lane().ack(page.handed()));
        assert_eq!(
            wakes.count(),
            count + 1,
            "who acknowledges is there already"
        );
        page.handle();
    }
    let count = wakes.count();
    steps[5].1();
    assert_eq!(wakes.count(), count + 1);
    page.handle();
    assert!(
        !router.step(&scene.main, theirs, chunk("1")),
        "it has ended"
    );
    assert_eq!(wakes.count(), count + 1);
}

#[test]
fn messages_that_wait_for_a_listener_wake_nobody() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    let wakes = Wakes::default();
    scene.port.on_wake(wakes.clone());
    scene.send_all("b", &["1", "2"]);
    assert_eq!(wakes.count(), 1);
    assert!(!page.lane().is_due());
    scene.send_all("a", &["3"]);
    assert_eq!(wakes.count(), 2);
    assert_eq!(page.unacked(), ["3"]);
}

#[test]
fn what_is_refused_wakes_nobody() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    scene.configure("b", r#"{"overflow": "fail", "capacity": 1}"#);
    scene.send_all("b", &["1"]);
    let wakes = Wakes::default();
    scene.port.on_wake(wakes.clone());
    assert_eq!(scene.send("b", "2"), Err(Code::QueueFull));
    assert_eq!(scene.send("close", "2"), Err(Code::ReservedChannel));
    assert_eq!(wakes.count(), 1);
    assert_eq!(page.unacked(), [""; 0]);
}
