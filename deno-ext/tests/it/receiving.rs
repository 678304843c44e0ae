//! What events look like, who gets which, and `recvWindowEvent`.

use ipc_protocol::{Position, Size};
use webview_host::BackendEventKind;

use crate::app::{run, window};

#[test]
fn events_look_as_promised() {
    run(
        "import { onEvent } from 'host:ipc'; onEvent(note);",
        |app| {
            app.open("main");
            app.load("main");
            app.send("main", "saved", r#"{"id":7}"#);
            app.send("main", "refresh", "null");
            let size = Size {
                width: 640.0,
                height: 480.5,
            };
            app.report(BackendEventKind::Focused(true).of(window("main")));
            app.report(BackendEventKind::Focused(false).of(window("main")));
            app.report(BackendEventKind::Resized(size).of(window("main")));
            app.report(BackendEventKind::Moved(Position { x: -8.0, y: 0.0 }).of(window("main")));
            app.report(BackendEventKind::CloseRequested.of(window("main")));
            let expected = [
                r#"{"windowId":"main","channel":"saved","payload":{"id":7}}"#,
                r#"{"windowId":"main","channel":"refresh","payload":null}"#,
                r#"{"windowId":"main","channel":"focus","payload":null,"type":"focus"}"#,
                r#"{"windowId":"main","channel":"blur","payload":null,"type":"blur"}"#,
                r#"{"windowId":"main","channel":"resize","payload":{"width":640,"height":480.5},"type":"resize"}"#,
                r#"{"windowId":"main","channel":"move","payload":{"x":-8,"y":0},"type":"move"}"#,
                r#"{"windowId":"main","channel":"close","payload":null,"type":"close"}"#,
            ];
            assert_eq!(app.notes(), expected);
        },
    );
}

#[test]
fn every_consumer_gets_what_it_asked_for() {
    let code = r#"
        import * as ipc from "host:ipc";
        const read = async (name, events) => {
            for await (const { windowId, channel } of events) note(`${name}: ${windowId} ${channel}`);
        };
        read("all", ipc.windowEvents());
        read("all too", ipc.windowEvents());
        read("window b", ipc.windowEventsFor("b"));
        read("channel x", ipc.channelEvents("x"));
        ipc.onEvent(({ windowId, channel }) => note(`callback: ${windowId} ${channel}`));
        ipc.onChannel("x", (payload, windowId, ...rest) => note(`on x: ${windowId} ${payload} ${rest}`));
    "#;
    run(code, |app| {
        for id in ["a", "b"] {
            app.open(id);
            app.load(id);
        }
        app.send("a", "y", "1");
        assert_eq!(
            sorted(app.notes()),
            ["all too: a y", "all: a y", "callback: a y"]
        );
        app.send("b", "x", "2");
        assert_eq!(
            sorted(app.notes()),
            [
                "all too: b x",
                "all: b x",
                "callback: b x",
                "channel x: b x",
                "on x: b 2 ",
                "window b: b x",
            ]
        );
        app.report(BackendEventKind::Focused(true).of(window("b")));
        assert_eq!(
            sorted(app.notes()),
            [
                "all too: b focus",
                "all: b focus",
                "callback: b focus",
                "window b: b focus"
            ]
        );
    });
}

fn sorted(mut notes: Vec<String>) -> Vec<String> {
    notes.sort();
    notes
}

#[test]
fn consumers_are_told_in_the_order_in_which_they_came() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        onChannel("x", () => note("first"));
        onEvent(() => note("second"));
        onChannel("x", () => note("third"));
    "#;
    run(code, |app| {
        app.open("a");
        app.load("a");
        app.send("a", "x", "1");
        assert_eq!(app.notes(), ["first", "second", "third"]);
    });
}

#[test]
fn ten_thousand_messages_are_heard_in_order() {
    let code = r#"
        import { channelEvents, onChannel, windowEvents } from "host:ipc";
        const lists = [[], [], []];
        onChannel("n", (n) => lists[0].push(n));
        (async () => { for await (const { payload } of windowEvents()) lists[1].push(payload) })();
        (async () => { for await (const { payload } of channelEvents("n")) lists[2].push(payload) })();
        globalThis.check = () => {
            for (const list of lists) note([list.length, list.every((n, index) => n === index)]);
        };
    "#;
    run(code, |app| {
        app.open("a");
        app.load("a");
        let numbers: Vec<_> = (0..10_000).map(|n: u32| n.to_string()).collect();
        let messages: Vec<_> = numbers.iter().map(|n| ("n", &**n)).collect();
        for batch in messages.chunks(999) {
            app.send_all("a", batch);
        }
        app.eval("check()");
        assert_eq!(app.notes(), ["[10000,true]"; 3]);
    });
}

#[test]
fn received_events_follow_one_another() {
    let code = r#"
        import { recvWindowEvent } from "host:ipc";
        globalThis.recv = () => recvWindowEvent().then((event) => note(event?.channel ?? event));
        recv();
    "#;
    run(code, |app| {
        app.open("a");
        app.load("a");
        app.send_all("a", &[("1", "0"), ("2", "0"), ("3", "0")]);
        assert_eq!(app.notes(), ["1"], "one for each call");
        app.eval("recv()");
        assert_eq!(app.notes(), ["2"]);
        app.eval("recv(); recv(); recv();");
        assert_eq!(app.notes(), ["3"]);
        app.send_all("a", &[("4", "0"), ("5", "0"), ("6", "0")]);
        assert_eq!(app.notes(), ["4", "5"]);
        // The end comes after what waits, and for good.
        app.router.close();
        app.eval("recv(); recv();");
        assert_eq!(app.notes(), ["6", "null"]);
        app.eval("recv()");
        assert_eq!(app.notes(), ["null"]);
    });
}

#[test]
fn what_was_sent_before_the_first_receive_is_received() {
    let code = r#"
        import { recvWindowEvent } from "host:ipc";
        globalThis.recv = () => recvWindowEvent().then((event) => note(event?.channel ?? event));
    "#;
    run(code, |app| {
        app.open("a");
        app.load("a");
        app.send_all("a", &[("1", "0"), ("2", "0")]);
        app.eval("recv(); recv();");
        assert_eq!(app.notes(), ["1", "2"]);
    });
}

#[test]
fn wrong_arguments_are_coded_errors() {
    let code = r#"
        import * as ipc from "host:ipc";
        for (const call of [
            () => ipc.onEvent(),
            () => ipc.onEvent("f"),
            () => ipc.onChannel("c"),
            () => ipc.onChannel(7, () => {}),
            () => ipc.onChannel("", () => {}),
            () => ipc.onChannel("\ud800", () => {}),
            () => ipc.channelEvents(),
            () => ipc.channelEvents("x".repeat(257)),
            () => ipc.windowEventsFor(7),
            () => ipc.windowEventsFor(""),
        ]) {
            await fails(call);
        }
        // Reserved names may be listened on.
        ipc.onChannel("close", () => note("closed"));
    "#;
    run(code, |app| {
        let notes = app.notes();
        let codes: Vec<_> = notes.iter().map(|note| note.split('"').nth(3)).collect();
        let expected = [
            "bad-handler",
            "bad-handler",
            "bad-handler",
            "bad-channel",
            "bad-channel",
            "bad-channel",
            "bad-channel",
            "bad-channel",
            "bad-window-id",
            "bad-window-id",
        ];
        assert_eq!(codes, expected.map(Some));
        assert!(notes.iter().all(|note| note.starts_with(r#"["TypeError""#)));
        app.open("a");
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        assert_eq!(app.notes(), ["closed"]);
    });
}
