//! Who is told what became of a message: once, and the truth.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Arc, Mutex};

use common::*;
use ipc_protocol::{Code, Limits};
use ipc_router::{Reply, RouteError, Until};

#[test]
fn accepted_is_told_at_once_and_received_with_the_acknowledgement() {
    let scene = Scene::new();
    let accepted = scene.send_until(Until::Accepted, "a", "1");
    let received = scene.send_until(Until::Received, "a", "2");
    assert_eq!((accepted.codes(), received.codes()), (vec![Ok(())], vec![]));
    let mut page = scene.page(&["a"]);
    page.take();
    assert!(page.lane().ack(1));
    assert!(!page.lane().ack(9));
    assert_eq!(received.codes(), []);
    // Another page may be the one that has it.
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["2"]);
    assert_eq!(received.codes(), [Ok(())]);
    page.lane().ack(1);
    assert_eq!((accepted.codes(), received.codes()), (vec![], vec![]));
}

#[test]
fn who_waits_for_what_was_lost_on_the_way_is_told_when_it_is_acknowledged() {
    let scene = Scene::new();
    let [lost, later] = ["1", "2"].map(|json| scene.send_until(Until::Received, "a", json));
    let mut page = scene.page(&["a"]);
    page.take();
    assert!(page.lane().lose(1));
    assert!(!page.lane().lose(3));
    assert_eq!(lost.codes(), []);
    // The next page gets all of it.
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["1", "2"]);
    assert_eq!((lost.codes(), later.codes()), (vec![Ok(())], vec![Ok(())]));
    assert!(!page.lane().lose(1), "it is acknowledged");

    let [lost, later] = ["3", "4"].map(|json| scene.send_until(Until::Received, "a", json));
    page.take();
    assert!(page.lane().lose(3));
    assert!(page.lane().ack(4));
    assert_eq!(lost.codes(), [Err(Code::TransferFailed)]);
    assert_eq!(later.codes(), [Ok(())]);
    let channel = scene.channel_stats("a");
    assert_eq!((channel.delivered, channel.lost), (3, 1));
    assert_eq!(scene.stats().in_flight, 0);
}

#[test]
fn only_messages_are_lost() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    scene
        .router
        .open_call(&scene.main, request("a", "1"))
        .unwrap();
    page.take();
    // A call fails by its own steps.
    assert!(!page.lane().lose(1));
}

#[test]
fn who_cannot_be_sent_to_is_told_so() {
    let scene = Scene::new();
    for until in [Until::Accepted, Until::Received] {
        let reserved = scene.send_until(until, "close", "1");
        assert_eq!(reserved.codes(), [Err(Code::ReservedChannel)]);
        let answers = Answers::new();
        scene.router.send_until(
            until,
            &id("nowhere"),
            &channel("a"),
            &payload("1"),
            answers.slot(),
        );
        assert_eq!(answers.codes(), [Err(Code::UnknownWindow)]);
    }
    drop(scene.port);
    let answers = Answers::new();
    scene.router.send_until(
        Until::Accepted,
        &scene.main,
        &channel("a"),
        &payload("1"),
        answers.slot(),
    );
    assert_eq!(answers.codes(), [Err(Code::WindowClosed)]);
}

#[test]
fn a_window_that_closes_answers_everything_that_is_pending_once() {
    let scene = Scene::new();
    scene.configure("*", r#"{"capacity": 1}"#);
    let mut page = scene.page(&["a", "b"]);
    let done = scene.send_until(Until::Received, "a", "1");
    page.payloads();
    let handed = scene.send_until(Until::Received, "a", "2");
    page.take();
    let ready = scene.send_until(Until::Received, "a", "3");
    let accepted = scene.send_until(Until::Accepted, "b", "4");
    let held = scene.send_until(Until::Received, "c", "5");
    let waits = scene.send_until(Until::Accepted, "a", "6");
    let waits_longer = scene.send_until(Until::Received, "c", "7");
    let ours = scene
        .router
        .open_call(&scene.main, request("x", "1"))
        .unwrap();
    let theirs = page
        .lane()
        .step(call(1), request("y", "2"))
        .unwrap()
        .unwrap();
    let (theirs, _) = theirs.call.unwrap();

    assert_eq!(
        (done.codes(), accepted.codes()),
        (vec![Ok(())], vec![Ok(())])
    );
    scene.port.closed(&scene.main);
    for pending in [&handed, &ready, &held, &waits, &waits_longer] {
        let closed = RouteError::WindowClosed(scene.main.clone());
        assert_eq!(pending.take(), [Err(closed)]);
    }
    assert_eq!(
        scene.steps(),
        [
            format!("{ours} x error window-closed"),
            format!("{theirs} y cancel")
        ]
    );

    // What the page says late concerns nobody.
    page.lane().ack(2);
    page.lane().listen(&channel("c")).unwrap();
    page.lane().arrive();
    assert_eq!(page.lane().step(call(9), request("y", "2")), Ok(None));
    assert_eq!(page.lane().ask(call(9), &channel("y")), Ok(None));
    page.lane()
        .fail(call(8), &channel("y"), Code::NoHandler, String::new());
    page.lane()
        .refuse(&channel("a"), Code::NoHandler, String::new());
    assert!(page.lane().take(1 << 20).is_none());
    assert_eq!(page.lane().undelivered(), 0);
    scene.port.closed(&scene.main);
    for told in [
        &done,
        &accepted,
        &handed,
        &ready,
        &held,
        &waits,
        &waits_longer,
    ] {
        assert_eq!(told.take(), []);
    }
    assert_eq!(scene.steps(), [""; 0]);
}

#[test]
fn the_end_of_the_user_interface_answers_everything_that_is_pending_once() {
    let scene = Scene::new();
    scene.configure("*", r#"{"capacity": 1}"#);
    let received = scene.send_until(Until::Received, "a", "1");
    let waits = scene.send_until(Until::Accepted, "a", "2");
    let ours = scene
        .router
        .open_call(&scene.main, request("x", "1"))
        .unwrap();
    let Scene {
        router, port, main, ..
    } = &scene;
    assert_eq!(router.windows(), std::slice::from_ref(main));
    let lane = port.lane(main).unwrap();
    drop(lane);
    let steps = {
        let events = router.subscribe(|| {});
        events.listen(&ipc_router::Filter::Calls);
        let Scene { port, .. } = scene;
        drop(port);
        events
            .drain()
            .map(|event| event.call.clone().unwrap())
            .collect::<Vec<_>>()
    };
    let [(number, ipc_protocol::Step::Error { error })] = &steps[..] else {
        panic!("{steps:?}");
    };
    assert_eq!((*number, &*error.code), (ours, "window-closed"));
    assert_eq!(received.codes(), [Err(Code::WindowClosed)]);
    assert_eq!(waits.codes(), [Err(Code::WindowClosed)]);
}

#[test]
fn a_reply_may_send_again() {
    let mut limits = Limits::default();
    limits.window_messages = 1;
    let scene = Scene::within(limits);
    let told = Arc::new(Mutex::new(Vec::new()));
    // Accepted, received, refused, given up and closed: from each the same window is sent to.
    let again = |until, name: &str, json: &'static str| {
        let (router, main, told) = (scene.router.clone(), scene.main.clone(), told.clone());
        let sent = (channel(name), payload(json));
        scene
            .router
            .send_until(until, &scene.main, &sent.0, &sent.1, move |result| {
                let code = result.map_err(|error| error.code());
                let sent = router.send(&main, &channel("again"), &payload("0"));
                router.stats();
                told.lock()
                    .unwrap()
                    .push((json, code, sent.map_err(|error| error.code())));
            });
    };
    let mut page = scene.page(&["a", "again"]);
    scene.configure("a", r#"{"overflow": "keep-latest"}"#);
    scene.configure("again", r#"{"overflow": "drop-oldest"}"#);
    again(Until::Received, "a", "1");
    again(Until::Accepted, "a", "2");
    assert_eq!(page.payloads(), ["2"]);
    again(Until::Received, "a", "3");
    assert_eq!(page.payloads(), ["3"]);
    assert_eq!(page.payloads(), ["0"]);
    again(Until::Received, "a", "4");
    again(Until::Accepted, "b", "5");
    scene.port.closed(&scene.main);
    let full = Err(Code::QueueFull);
    let closed = Err(Code::WindowClosed);
    assert_eq!(
        *told.lock().unwrap(),
        [
            ("1", Err(Code::Dropped), full),
            ("2", Ok(()), full),
            ("3", Ok(()), Ok(())),
            ("4", closed, closed),
            ("5", closed, closed),
        ]
    );
}

/// Sends with a reply that is made when it is needed: what is told at once, how often one was made,
/// and what that is told later.
fn send_or_wait(
    scene: &Scene,
    until: Until,
    name: &str,
    json: &str,
) -> (Result<bool, Code>, usize, Answers<()>) {
    let (answers, mut made) = (Answers::new(), 0);
    let told =
        scene
            .router
            .send_or_wait(until, &scene.main, &channel(name), &payload(json), || {
                made += 1;
                Reply::new(answers.slot())
            });
    (told.map_err(|error| error.code()), made, answers)
}

#[test]
fn a_sender_that_need_not_wait_is_told_at_once_and_makes_no_reply() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    let (told, made, answers) = send_or_wait(&scene, Until::Accepted, "a", "1");
    assert_eq!((told, made), (Ok(true), 0));
    assert_eq!(page.payloads(), ["1"]);
    assert_eq!(answers.codes(), []);
}

#[test]
fn a_sender_that_must_wait_makes_one_reply_which_is_told_once() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1}"#);
    let mut page = scene.page(&["a"]);
    let (told, made, received) = send_or_wait(&scene, Until::Received, "a", "1");
    assert_eq!((told, made), (Ok(false), 1));
    let (told, made, accepted) = send_or_wait(&scene, Until::Accepted, "a", "2");
    assert_eq!((told, made), (Ok(false), 1), "there is no room");
    assert_eq!((received.codes(), accepted.codes()), (vec![], vec![]));
    assert_eq!(page.unacked(), ["1", "2"]);
    assert_eq!((received.codes(), accepted.codes()), (vec![], vec![Ok(())]));
    assert!(page.lane().ack(2));
    assert_eq!((received.codes(), accepted.codes()), (vec![Ok(())], vec![]));
}

#[test]
fn a_sender_that_is_refused_is_told_at_once_and_makes_no_reply() {
    let mut limits = Limits::default();
    limits.window_messages = 1;
    let scene = Scene::within(limits);
    scene.configure("fail", r#"{"overflow": "fail"}"#);
    for until in [Until::Accepted, Until::Received] {
        let (told, made, answers) = send_or_wait(&scene, until, "close", "1");
        assert_eq!((told, made), (Err(Code::ReservedChannel), 0));
        assert_eq!(answers.codes(), []);
    }
    scene.send_all("fail", &["1"]);
    let (told, made, _) = send_or_wait(&scene, Until::Received, "fail", "2");
    assert_eq!((told, made), (Err(Code::QueueFull), 0), "by its policy");
    let (told, made, waits) = send_or_wait(&scene, Until::Accepted, "a", "3");
    assert_eq!((told, made), (Ok(false), 1));
    let (told, made, _) = send_or_wait(&scene, Until::Accepted, "a", "4");
    assert_eq!((told, made), (Err(Code::QueueFull), 0), "too many wait");
    scene.port.closed(&scene.main);
    assert_eq!(waits.codes(), [Err(Code::WindowClosed)]);
    let (told, made, _) = send_or_wait(&scene, Until::Received, "a", "5");
    assert_eq!((told, made), (Err(Code::WindowClosed), 0));
}
