//! One end goes: everyone who waits hears of it, once.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use common::*;
use ipc_protocol::{Code, WindowCommand};
use ipc_router::{Filter, RouteError, Router, TryRecvError, Wake};

fn code<T>(result: Result<T, RouteError>) -> Result<T, Code> {
    result.map_err(|error| error.code())
}

#[test]
fn requests_that_wait_fail_when_the_port_goes() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let (done, state) = (Answers::new(), Answers::new());
    router.open(spec("other"), done.slot()).unwrap();
    router
        .command(&main, WindowCommand::Focus, done.slot())
        .unwrap();
    router.state(&main, state.slot()).unwrap();
    router.send(&main, &channel("a"), &payload("1")).unwrap();
    drop(port);
    assert_eq!(
        done.take(),
        [Err(RouteError::HostGone), Err(RouteError::HostGone)]
    );
    assert_eq!(state.take(), [Err(RouteError::HostGone)]);
    // The window that was asked for holds no id, and nobody waits for it to close.
    assert!(!router.has_windows());
}

#[test]
fn requests_that_were_taken_fail_when_they_are_dropped() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let answers = Answers::new();
    router
        .command(&main, WindowCommand::Focus, answers.slot())
        .unwrap();
    router
        .command(&main, WindowCommand::Close, answers.slot())
        .unwrap();
    let mut taken: Vec<_> = port.requests().collect();
    drop(port);
    assert_eq!(answers.take(), []);
    // One is answered after all; the other is not.
    if let Some(ipc_router::Request::Command { reply, .. }) = taken.pop() {
        reply.send(Ok(()));
    }
    assert_eq!(answers.take(), [Ok(())]);
    drop(taken);
    assert_eq!(answers.take(), [Err(RouteError::HostGone)]);
}

#[test]
fn without_a_port_every_window_is_closed() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let told = Arc::new(AtomicBool::new(false));
    let tell = told.clone();
    router.on_closed(&main, move || tell.store(true, Ordering::SeqCst));
    drop(port);
    assert!(told.load(Ordering::SeqCst));
    assert_eq!(router.windows(), []);
    let sent = router.send(&main, &channel("a"), &payload("1"));
    assert_eq!(code(sent), Err(Code::WindowClosed));
    let answers = Answers::new();
    let asked = router.command(&main, WindowCommand::Focus, answers.slot());
    assert_eq!(code(asked), Err(Code::WindowClosed));
    let answers_of_state = Answers::new();
    let asked = router.state(&main, answers_of_state.slot());
    assert_eq!(code(asked), Err(Code::WindowClosed));
    assert_eq!(answers.take(), []);
    assert_eq!(answers_of_state.take(), []);
    let results = router.broadcast(&[main, id("x")], &channel("a"), &payload("1"));
    let codes: Vec<_> = results.into_iter().map(code).collect();
    assert_eq!(codes, [Err(Code::WindowClosed), Err(Code::UnknownWindow)]);
}

#[test]
fn without_a_port_a_window_is_refused_and_its_id_stays_free() {
    let (router, port) = connect();
    drop(port);
    let answers = Answers::new();
    for _ in 0..2 {
        router.open(spec("main"), answers.slot()).unwrap();
        assert_eq!(answers.take(), [Err(RouteError::HostGone)]);
        assert!(!router.has_windows());
    }
    router.shut_down();
}

#[test]
fn the_answer_that_the_port_is_gone_finds_the_id_free() {
    let (router, port) = connect();
    drop(port);
    let again = router.clone();
    let (sender, second) = std::sync::mpsc::channel();
    let reply = move |_| {
        let told = sender.clone();
        let closed = sender.clone();
        again.on_closed(&id("main"), move || closed.send("closed").unwrap());
        again
            .open(spec("main"), move |_| told.send("refused").unwrap())
            .unwrap();
    };
    router.open(spec("main"), reply).unwrap();
    assert_eq!(second.try_iter().collect::<Vec<_>>(), ["closed", "refused"]);
}

#[test]
fn an_answer_may_use_the_router_while_the_port_goes() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let results = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        let (again, window, results) = (router.clone(), main.clone(), results.clone());
        let reply = move |_| {
            let sent = again.send(&window, &channel("a"), &payload("1"));
            results.lock().unwrap().push(code(sent));
        };
        router.command(&main, WindowCommand::Focus, reply).unwrap();
    }
    drop(port);
    assert_eq!(*results.lock().unwrap(), [Err(Code::HostGone); 2]);
}

#[test]
fn subscriptions_end_with_the_port_after_what_waits() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    consumer.listen(&Filter::All);
    port.publish(message("main", "a", "1"));
    port.publish(message("main", "a", "2"));
    drop(port);
    assert_eq!(wakes.count(), 3);
    assert_eq!(
        consumer.recv().map(|event| brief(&event)),
        Some("main/a=1".to_owned())
    );
    assert_eq!(taken(&consumer), ["main/a=2"]);
    assert!(matches!(consumer.try_recv(), Err(TryRecvError::Closed)));
    assert!(consumer.recv().is_none());
    assert_eq!(wakes.count(), 3);
}

#[test]
fn closing_ends_events_but_not_messages() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let (wakes, late_wakes) = (Wakes::default(), Wakes::default());
    let consumer = router.subscribe(wakes.clone());
    consumer.listen(&Filter::All);
    port.publish(message("main", "a", "1"));
    assert!(router.close());
    assert!(!router.close());
    assert_eq!(wakes.count(), 2);
    port.publish(message("main", "a", "2"));
    assert_eq!(taken(&consumer), ["main/a=1"]);
    assert!(matches!(consumer.try_recv(), Err(TryRecvError::Closed)));

    let late = router.subscribe(late_wakes.clone());
    assert_eq!(late_wakes.count(), 1);
    late.listen(&Filter::All);
    assert!(late.recv().is_none());

    router.send(&main, &channel("a"), &payload("3")).unwrap();
    assert_eq!(Page::new(&port, &main, &["a"]).payloads(), ["3"]);
    drop(port);
    assert_eq!((wakes.count(), late_wakes.count()), (2, 1));
}

#[test]
fn the_port_lets_its_wake_go() {
    let (router, port) = connect();
    let owner = Arc::new(());
    let (first, second) = (owner.clone(), owner.clone());
    port.on_wake(move || drop(first.clone()));
    port.on_wake(move || drop(second.clone()));
    assert_eq!(Arc::strong_count(&owner), 2);
    drop(port);
    assert_eq!(Arc::strong_count(&owner), 1);
    router.shut_down();
}

#[test]
fn a_subscription_lets_everything_go() {
    let (router, port) = connect();
    let owner = Arc::new(());
    let held = owner.clone();
    let consumer = router.subscribe(move || drop(held.clone()));
    let witness = router.subscribe(|| {});
    witness.listen(&Filter::All);
    port.publish(message("main", "a", "1"));
    let event = witness.recv().unwrap();
    assert_eq!(Arc::strong_count(&event), 2);
    drop(consumer);
    assert_eq!(Arc::strong_count(&event), 1);
    assert_eq!(Arc::strong_count(&owner), 1);
}

#[test]
fn a_subscription_may_outlive_both_ends() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    port.publish(message("main", "a", "1"));
    drop(router);
    port.publish(message("main", "a", "2"));
    drop(port);
    assert_eq!(taken(&consumer), ["main/a=1", "main/a=2"]);
    assert!(matches!(consumer.try_recv(), Err(TryRecvError::Closed)));
}

/// Sends a message when it is let go.
struct SendsWhenDropped(Router);

impl Wake for SendsWhenDropped {
    fn wake(&self) {}
}

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        // Refused, since there is no such window; but it must come back.
        let _ = self.0.send(&id("x"), &channel("a"), &payload("1"));
        self.0.subscribe(|| {}).listen(&Filter::All);
        self.0.shut_down();
    }
}

#[test]
fn wakes_are_let_go_without_a_lock() {
    let (router, port) = connect();
    port.on_wake(SendsWhenDropped(router.clone()));
    port.on_wake(SendsWhenDropped(router.clone()));
    drop(router.subscribe(SendsWhenDropped(router.clone())));
    drop(port);
    drop(router.subscribe(SendsWhenDropped(router.clone())));
}
