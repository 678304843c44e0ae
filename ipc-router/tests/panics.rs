//! What an app gives the router to call may panic: that harms nobody else.

#![allow(clippy::unwrap_used)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use common::*;
use ipc_protocol::{Code, SystemEvent, WindowCommand};
use ipc_router::{Filter, Reply, RouteError, TryRecvError, Until, Wake};

/// Panics when it is told, and again when it is let go.
struct Bomb;

impl Wake for Bomb {
    fn wake(&self) {
        panic!("told");
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("let go");
    }
}

#[test]
fn requests_whose_replies_all_panic_may_be_dropped_by_a_panic() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    for name in ["a", "b"] {
        router.open(spec(name), |it| it.unwrap()).unwrap();
    }
    let focus = WindowCommand::Focus;
    router.command(&main, focus, |it| it.unwrap()).unwrap();
    router.state(&main, |it| drop(it.unwrap())).unwrap();
    let answers = Answers::new();
    router.open(spec("c"), answers.slot()).unwrap();

    let dropped = catch_unwind(AssertUnwindSafe(|| {
        let _requests: Vec<_> = port.requests().collect();
        panic!("the user interface");
    }));
    assert!(dropped.is_err());
    assert_eq!(answers.take(), [Err(RouteError::HostGone)]);
    assert_eq!(router.windows(), [main]);
}

#[test]
fn a_reply_that_panics_keeps_no_other_from_its_answer() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1}"#);
    let mut page = scene.page(&["a"]);
    let send = |reply: Box<dyn FnOnce(Result<(), RouteError>) + Send>| {
        let (a, text) = (channel("a"), payload("1"));
        let router = &scene.router;
        router.send_until(Until::Received, &scene.main, &a, &text, reply);
    };
    let answers = Answers::new();
    send(Box::new(answers.slot()));
    send(Box::new(|_| panic!("a receipt")));
    send(Box::new(answers.slot()));
    assert_eq!(page.handle().len(), 3);
    assert_eq!(answers.codes(), [Ok(()), Ok(())]);

    send(Box::new(|_| panic!("a receipt of a closed window")));
    send(Box::new(answers.slot()));
    scene.port.closed(&scene.main);
    assert_eq!(answers.codes(), [Err(Code::WindowClosed)]);
}

#[test]
fn what_makes_a_reply_and_panics_costs_nobody_else_anything() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1, "ttlMs": 1}"#);
    let expired = scene.send_until(Until::Received, "a", "1");
    thread::sleep(Duration::from_millis(5));
    let sent = scene.router.send_or_wait(
        Until::Received,
        &scene.main,
        &channel("a"),
        &payload("2"),
        || -> Reply<()> { panic!("the maker") },
    );
    assert_eq!(sent, Ok(false));
    assert_eq!(expired.codes(), [Err(Code::Expired)]);
    scene.configure("a", "{}");
    scene.send("a", "3").unwrap();
    assert_eq!(scene.page(&["a"]).payloads().last().unwrap(), "3");
}

#[test]
fn a_wake_that_panics_costs_no_other_consumer_an_event() {
    let (router, port) = connect();
    let before = router.subscribe(|| {});
    let bad = router.subscribe(|| panic!("a wake"));
    let after = router.subscribe(|| {});
    for consumer in [&before, &bad, &after] {
        consumer.listen(&Filter::All);
    }
    port.publish_all([
        message("main", "a", "1"),
        system("main", SystemEvent::Close),
    ]);
    for consumer in [&before, &bad, &after] {
        assert_eq!(taken(consumer), ["main/a=1", "main/close=null"]);
    }
}

#[test]
fn a_wake_that_panics_keeps_nobody_blocked_at_the_close() {
    let (router, port) = connect();
    let bad = router.subscribe(Bomb);
    let good = router.subscribe(|| {});
    port.on_wake(Bomb);
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(good.recv().is_none()));
    thread::sleep(Duration::from_millis(20));
    assert!(router.close());
    assert_eq!(ended.recv_timeout(Duration::from_secs(10)), Ok(true));
    assert!(matches!(bad.try_recv(), Err(TryRecvError::Closed)));
    drop((bad, port));
}

#[test]
fn a_port_whose_wakes_panic_goes_as_any_other() {
    let (router, port) = connect();
    let (main, other) = (
        open(&router, &port, spec("main")),
        open(&router, &port, spec("other")),
    );
    let told = Arc::new(AtomicUsize::new(0));
    for window in [&main, &other] {
        router.on_closed(window, || panic!("a close"));
        let told = told.clone();
        router.on_closed(window, move || _ = told.fetch_add(1, Ordering::SeqCst));
    }
    router.on_closed(&id("nowhere"), || panic!("a close"));
    port.on_wake(Bomb);
    let good = router.subscribe(|| {});
    let bad = router.subscribe(Bomb);
    router.shut_down();
    drop(port);
    assert_eq!(told.load(Ordering::SeqCst), 2);
    assert!(good.recv().is_none());
    drop(bad);
}
