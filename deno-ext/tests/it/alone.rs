//! Each extension does its work without the other.

use webview_host::BackendEventKind;

use crate::app::{Setup, window};

#[test]
fn ipc_alone_serves_windows_that_others_open() {
    let mut setup = Setup::new(
        r#"
        import { onChannel, sendToWindow } from "host:ipc";
        onChannel("ask", (payload, windowId) => sendToWindow(windowId, "answer", payload + 1));
        onChannel("close", (_, windowId) => note(`close ${windowId}`));
        await import("host:window").catch(() => note("no host:window"));
        "#,
    );
    setup.window = false;
    setup.run(|app| {
        assert_eq!(app.notes(), ["no host:window"]);
        app.open("main");
        app.load("main");
        app.listen("main", "answer");
        app.send("main", "ask", "1");
        assert_eq!(app.received("main"), ["answer=2"]);
        app.report(BackendEventKind::CloseRequested.of(window("main")));
        assert_eq!(app.notes(), ["close main"]);
    });
}

#[test]
fn windows_alone_open_and_report() {
    let mut setup = Setup::new(
        r#"
        import { createWindow, windowEvents } from "host:window";
        const win = await createWindow({ title: "Alone" });
        note(await win.getTitle());
        (async () => { for await (const event of windowEvents()) note(event.channel); })();
        await import("host:ipc").catch(() => note("no host:ipc"));
        "#,
    );
    setup.ipc = false;
    setup.run(|app| {
        assert_eq!(app.notes(), ["Alone", "no host:ipc"]);
        app.load("win-1");
        app.send("win-1", "message", "1");
        app.report(BackendEventKind::Focused(true).of(window("win-1")));
        assert_eq!(app.notes(), ["focus"], "messages are for host:ipc");
    });
}

#[test]
fn both_hear_of_the_same_events() {
    let setup = Setup::new(
        r#"
        import { windowEvents } from "host:window";
        import { onEvent } from "host:ipc";
        (async () => { for await (const event of windowEvents()) note(`window ${event.channel}`); })();
        onEvent((event) => note(`ipc ${event.channel}`));
        "#,
    );
    setup.run(|app| {
        app.open("a");
        app.load("a");
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.send("a", "x", "1");
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["ipc focus", "ipc x", "window focus"]);
    });
}
