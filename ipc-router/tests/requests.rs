//! What is asked of the user interface, and nobody answers; what is asked, or sent, before the window
//! is there.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::atomic::Ordering;
use std::sync::{Arc, atomic::AtomicBool};

use common::*;
use ipc_protocol::{Code, Payload, WindowCommand};
use ipc_router::{Port, Request, RouteError, Router, Until};

fn opened(port: &Port) {
    for request in port.requests() {
        if let Request::Open { id, reply, .. } = request {
            port.opened(&id);
            reply.send(Ok(()));
        }
    }
}

fn send(router: &Router, window: &str, json: &str) -> Result<(), Code> {
    let sent = router.send(&id(window), &channel("a"), &payload(json));
    sent.map_err(|error| error.code())
}

#[test]
fn an_open_that_is_dropped_or_refused_frees_its_id() {
    let (router, port) = connect();
    let answers = Answers::new();
    let refused = RouteError::WindowClosed(id("x"));
    for answer in [None, Some(Err(refused.clone()))] {
        let closed = Arc::new(AtomicBool::new(false));
        router.open(spec("main"), answers.slot()).unwrap();
        let tell = closed.clone();
        router.on_closed(&id("main"), move || tell.store(true, Ordering::SeqCst));
        let sent = Answers::new();
        let text = payload("1");
        router.send_until(
            Until::Received,
            &id("main"),
            &channel("a"),
            &text,
            sent.slot(),
        );
        for request in port.requests() {
            if let (Request::Open { reply, .. }, Some(answer)) = (request, answer.clone()) {
                reply.send(answer);
            }
        }
        assert!(!router.has_windows());
        assert!(closed.load(Ordering::SeqCst));
        assert_eq!(sent.codes(), [Err(Code::WindowClosed)]);
        assert_eq!(send(&router, "main", "1"), Err(Code::UnknownWindow));
    }
    assert_eq!(answers.take(), [Err(RouteError::HostGone), Err(refused)]);
}

#[test]
fn an_answer_that_comes_late_does_not_free_the_id_of_another_window() {
    let (router, port) = connect();
    router.open(spec("main"), |_| {}).unwrap();
    let late: Vec<_> = port.requests().collect();
    port.closed(&id("main"));
    router.open(spec("main"), |_| {}).unwrap();
    drop(late);
    assert!(router.has_windows());
    opened(&port);
    assert_eq!(router.windows(), [id("main")]);
}

#[test]
fn an_open_window_stays_whatever_its_answer_was() {
    let (router, port) = connect();
    router.open(spec("main"), |_| {}).unwrap();
    port.opened(&id("main"));
    drop(port.requests().collect::<Vec<_>>());
    assert_eq!(router.windows(), [id("main")]);
}

#[test]
fn a_reload_that_is_dropped_holds_up_no_message() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    let answers = Answers::new();
    let reload = || {
        let command = WindowCommand::Reload;
        scene
            .router
            .command(&scene.main, command, answers.slot())
            .unwrap();
    };
    reload();
    scene.send("a", "1").unwrap();
    reload();
    scene.send("a", "2").unwrap();
    let wakes = Wakes::default();
    scene.port.on_wake(wakes.clone());
    assert_eq!(page.unacked(), [] as [String; 0]);

    let mut requests = scene.port.requests();
    drop(requests.next());
    assert_eq!(answers.codes(), [Err(Code::HostGone)]);
    assert_eq!(wakes.count(), 2, "there is something to hand to the page");
    assert_eq!(page.unacked(), ["1"]);
    // The other one is done as it should be, and lifts no more than its own.
    scene.port.lane(&scene.main).unwrap().pass_boundary();
    reload();
    scene.send("a", "3").unwrap();
    if let Some(Request::Command { reply, .. }) = requests.next() {
        reply.send(Ok(()));
    }
    assert_eq!(page.unacked(), ["2"]);
}

#[test]
fn a_window_may_be_sent_to_before_it_is_there() {
    let (router, port) = connect();
    let answers = Answers::new();
    router.open(spec("main"), |_| {}).unwrap();
    assert_eq!(send(&router, "main", "1"), Ok(()));
    let text = payload("2");
    router.send_until(
        Until::Received,
        &id("main"),
        &channel("a"),
        &text,
        answers.slot(),
    );
    router.open_call(&id("main"), request("c", "3")).unwrap();
    assert_eq!(send(&router, "main", "4"), Ok(()));
    assert_eq!(router.windows(), []);
    opened(&port);
    assert_eq!(send(&router, "main", "5"), Ok(()));
    let mut page = Page::new(&port, &id("main"), &["a"]);
    assert_eq!(page.payloads(), ["1", "2", "3", "4", "5"]);
    assert_eq!(answers.codes(), [Ok(())]);
}

#[test]
fn what_waits_for_a_window_to_be_is_bounded_and_allowed() {
    let mut limits = ipc_protocol::Limits::default();
    limits.window_messages = 2;
    let (router, port) = Router::new(limits);
    let mut narrow = spec("main");
    narrow.channels = Some(ipc_protocol::ChannelList::new(["a".to_owned()]).into());
    router.open(narrow, |_| {}).unwrap();
    let sent = router.send(&id("main"), &channel("b"), &Payload::null());
    assert_eq!(sent.unwrap_err().code(), Code::ChannelNotAllowed);
    assert_eq!(send(&router, "main", "1"), Ok(()));
    assert_eq!(send(&router, "main", "2"), Ok(()));
    assert_eq!(send(&router, "main", "3"), Err(Code::QueueFull));
    drop(port);
    assert_eq!(send(&router, "main", "4"), Err(Code::UnknownWindow));
}

#[test]
fn a_window_may_be_asked_before_it_is_there() {
    let (router, port) = connect();
    router.open(spec("main"), |_| {}).unwrap();
    let (done, state) = (Answers::new(), Answers::new());
    router
        .command(&id("main"), WindowCommand::Focus, done.slot())
        .unwrap();
    router.state(&id("main"), state.slot()).unwrap();
    let kinds: Vec<_> = port
        .requests()
        .map(|request| match request {
            Request::Open { .. } => "open",
            Request::Command { .. } => "command",
            _ => "state",
        })
        .collect();
    assert_eq!(kinds, ["open", "command", "state"]);
    assert_eq!(
        (done.codes(), state.codes().len()),
        (vec![Err(Code::HostGone)], 1)
    );
}
