//! Messages from one window's page to another window's.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{ChannelList, Code, Limits, WindowChannels, WindowId, WindowList};
use ipc_router::Port;

fn relay(port: &Port, from: &str, window: &str, name: &str, json: &str) -> Answers<()> {
    let answers = Answers::new();
    port.relay(
        &id(from),
        &id(window),
        &channel(name),
        payload(json),
        answers.slot(),
    );
    answers
}

/// A window `list` that accepts messages of `main` and of all `tool-…`, on two channels.
fn with_list(scene: &Scene) -> WindowId {
    let mut list = spec("list");
    list.accept_from = Some(WindowList::new(["main".to_owned(), "tool-*".to_owned()]));
    list.channels = Some(WindowChannels {
        receive: ChannelList::new(["pick".to_owned(), "log:*".to_owned()]),
        ..WindowChannels::default()
    });
    open(&scene.router, &scene.port, list)
}

#[test]
fn a_message_goes_to_a_window_that_accepts_it_with_its_origin() {
    let scene = Scene::new();
    let list = with_list(&scene);
    scene
        .router
        .send(&list, &channel("pick"), &payload("1"))
        .unwrap();
    assert_eq!(
        relay(&scene.port, "main", "list", "pick", "2").codes(),
        [Ok(())]
    );
    assert_eq!(
        relay(&scene.port, "tool-1", "list", "log:x", "3").codes(),
        [Ok(())]
    );
    let mut page = Page::new(&scene.port, &list, &["pick", "log:x"]);
    assert_eq!(
        page.take(),
        [
            r#"{"type":"message","channel":"pick","payload":1}"#,
            r#"{"type":"relay","from":"main","channel":"pick","payload":2}"#,
            r#"{"type":"relay","from":"tool-1","channel":"log:x","payload":3}"#,
        ]
    );
    // As any message it is the next page's until it is acknowledged.
    page.reload(&["pick"]);
    assert_eq!(page.payloads(), ["1", "2"]);
}

#[test]
fn a_window_accepts_only_whom_its_list_names() {
    let scene = Scene::new();
    with_list(&scene);
    for (from, window, name, code) in [
        ("other", "list", "pick", Code::WindowNotAllowed),
        ("mai", "list", "pick", Code::WindowNotAllowed),
        // By default nobody.
        ("list", "main", "pick", Code::WindowNotAllowed),
        ("main", "main", "pick", Code::WindowNotAllowed),
        ("main", "nowhere", "pick", Code::UnknownWindow),
        ("main", "list", "other", Code::ChannelNotAllowed),
        ("main", "list", "close", Code::ReservedChannel),
        // Who may not send learns nothing of the channels.
        ("other", "list", "other", Code::WindowNotAllowed),
    ] {
        let answers = relay(&scene.port, from, window, name, "1");
        assert_eq!(answers.codes(), [Err(code)], "{from} to {window} on {name}");
    }
    scene.port.closed(&id("list"));
    let closed = relay(&scene.port, "main", "list", "pick", "1");
    assert_eq!(closed.codes(), [Err(Code::WindowClosed)]);
}

#[test]
fn the_channels_policy_counts_for_relayed_messages() {
    let scene = Scene::new();
    let list = with_list(&scene);
    scene.configure("pick", r#"{"capacity": 1}"#);
    scene.configure("log:*", r#"{"capacity": 1, "overflow": "fail"}"#);
    scene
        .router
        .send(&list, &channel("pick"), &payload("1"))
        .unwrap();
    let waits = relay(&scene.port, "main", "list", "pick", "2");
    assert_eq!(waits.codes(), []);
    scene
        .router
        .send(&list, &channel("log:x"), &payload("3"))
        .unwrap();
    let full = relay(&scene.port, "main", "list", "log:x", "4");
    assert_eq!(full.codes(), [Err(Code::QueueFull)]);
    let mut page = Page::new(&scene.port, &list, &["pick", "log:x"]);
    assert_eq!(page.payloads(), ["1", "2", "3"]);
    assert_eq!(waits.codes(), [Ok(())]);
}

#[test]
fn a_relayed_message_neither_sticks_nor_replaces_what_the_app_said_last() {
    let scene = Scene::new();
    let list = with_list(&scene);
    scene.configure("pick", r#"{"sticky": true}"#);
    scene
        .router
        .send(&list, &channel("pick"), &payload("1"))
        .unwrap();
    relay(&scene.port, "main", "list", "pick", "2");
    let mut page = Page::new(&scene.port, &list, &["pick"]);
    assert_eq!(page.payloads(), ["1", "2"]);
    page.reload(&["pick"]);
    assert_eq!(
        page.take(),
        [r#"{"type":"message","channel":"pick","payload":1}"#]
    );
}

#[test]
fn other_windows_fill_half_of_the_room_and_leave_the_rest_to_the_app() {
    let mut limits = Limits::default();
    limits.window_messages = 8;
    limits.window_bytes = 400;
    let scene = Scene::within(limits);
    let list = with_list(&scene);
    // Nobody listens yet, on none of these.
    let on = |n: usize| format!("log:{n}");
    for n in 0..4 {
        let answers = relay(&scene.port, "main", "list", &on(n), "1");
        assert_eq!(answers.codes(), [Ok(())]);
    }
    for from in ["main", "tool-1"] {
        let answers = relay(&scene.port, from, "list", &on(4), "1");
        assert_eq!(answers.codes(), [Err(Code::QueueFull)], "{from}");
    }
    for n in 0..4 {
        let sent = scene.router.send(&list, &channel(&on(n)), &payload("2"));
        assert!(sent.is_ok(), "{n}");
    }
    let page = Page::new(&scene.port, &list, &["log:0"]);
    assert_eq!(page.lane().take(1 << 20).unwrap().frames.len(), 2);
    // The same by their bytes.
    let large = format!("\"{}\"", "x".repeat(190));
    let answers = relay(&scene.port, "main", "list", "pick", &large);
    assert_eq!(answers.codes(), [Ok(())]);
    let answers = relay(&scene.port, "main", "list", "pick", &large);
    assert_eq!(answers.codes(), [Err(Code::QueueFull)]);
}

#[test]
fn who_waits_to_send_to_another_window_counts_too() {
    let mut limits = Limits::default();
    limits.window_messages = 8;
    let scene = Scene::within(limits);
    let list = with_list(&scene);
    scene.configure("pick", r#"{"capacity": 1}"#);
    let answers: Vec<_> = (0..5)
        .map(|_| relay(&scene.port, "main", "list", "pick", "1"))
        .collect();
    let codes: Vec<_> = answers.iter().map(|it| it.codes()).collect();
    let nothing = Vec::new;
    assert_eq!(
        codes,
        [
            vec![Ok(())],
            nothing(),
            nothing(),
            nothing(),
            vec![Err(Code::QueueFull)]
        ]
    );
    // There is room again once the page has taken them.
    let mut page = Page::new(&scene.port, &list, &["pick"]);
    assert_eq!(page.payloads().len(), 4);
    let answers = relay(&scene.port, "main", "list", "pick", "1");
    assert_eq!(answers.codes(), [Ok(())]);
}
