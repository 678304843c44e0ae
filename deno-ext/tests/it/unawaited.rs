//! Promises that nobody awaits, of what fails since a user closed a window or left a page.

use crate::app::{App, run};

const IMPORTS: &str = r#"
    import { closeWindow, createWindow } from "host:window";
    import { request, sendToWindow } from "host:ipc";
    Object.assign(globalThis, { closeWindow, createWindow, request, sendToWindow });
    globalThis.win = await createWindow({ id: "a" });
"#;

fn start(test: impl FnOnce(&mut App) + Send + 'static) {
    run(IMPORTS, |app| {
        app.load("a");
        test(app);
    });
}

const CLOSED: &str = "warning: nobody awaits a promise that has failed with window-closed: \
    Error: window \"a\" is closed. The app goes on, and others of window \"a\" are not told.\n";

#[test]
fn messages_to_a_closed_window_are_told_once_and_end_no_app() {
    start(|app| {
        app.eval("win.close()");
        app.eval("sendToWindow('a', 'c'); sendToWindow('a', 'd')");
        assert_eq!(app.printed(), CLOSED);
        app.eval("sendToWindow('a', 'c', 1, { ack: true }); request('a', 'c')");
        assert_eq!(app.printed(), "");
        assert_eq!(app.uncaught(), [""; 0]);
        assert!(!app.is_alive);
    });
}

#[test]
fn what_the_script_asks_of_a_closed_window_ends_no_app() {
    start(|app| {
        app.eval("win.close()");
        app.eval("win.setTitle('t'); win.focus(); win.getSize(); win.reload(); win.close()");
        assert_eq!(app.printed(), CLOSED);
        assert_eq!(app.uncaught(), [""; 0]);
    });
}

#[test]
fn what_fails_while_it_waits_ends_no_app() {
    start(|app| {
        // The page hears nothing on the channel.
        app.eval("sendToWindow('a', 'c', 1, { ack: true })");
        assert_eq!(app.printed(), "");
        app.eval("win.close()");
        assert_eq!(app.printed(), CLOSED);
        assert_eq!(app.uncaught(), [""; 0]);
    });
}

#[test]
fn a_page_that_is_left_and_an_app_that_ends_end_no_app_either() {
    start(|app| {
        app.eval("request('a', 'c')");
        assert_eq!(app.received("a"), ["request #1 c=null"]);
        app.load("a");
        assert!(app.printed().contains("failed with page-gone"));
        app.host = None;
        app.settle();
        app.eval("createWindow()");
        assert!(app.printed().contains("failed with host-gone"));
        assert_eq!(app.uncaught(), [""; 0]);
    });
}

#[test]
fn who_awaits_gets_the_error_and_nothing_is_told() {
    start(|app| {
        app.eval(
            "win.close().then(async () => {
                const code = (error) => note(error.code);
                const send = () => sendToWindow('a', 'c');
                await send().catch(code);
                send().then(undefined, code);
                Promise.all([send(), request('a', 'c')]).catch(code);
                try { await win.setTitle('t'); } catch (error) { code(error); }
                const later = send();
                await null;
                await null;
                await later.catch(code);
                (async () => send())().catch(code);
            })",
        );
        assert_eq!(app.notes(), ["window-closed"; 6]);
        assert_eq!(app.printed(), "");
        assert_eq!(app.uncaught(), [""; 0]);
    });
}

#[test]
fn it_can_be_awaited_after_it_was_told() {
    start(|app| {
        app.eval("win.close()");
        app.eval("globalThis.sent = sendToWindow('a', 'c')");
        assert_eq!(app.printed(), CLOSED);
        app.eval("sent.catch((error) => note(error.code))");
        assert_eq!(app.notes(), ["window-closed"]);
    });
}

#[test]
fn who_awaits_and_does_not_catch_ends_the_app() {
    start(|app| {
        app.eval("win.close()");
        for code in [
            "(async () => { await sendToWindow('a', 'c') })()",
            "sendToWindow('a', 'c').then(() => {})",
            "Promise.all([win.setTitle('t')])",
        ] {
            app.eval(code);
            let uncaught = app.uncaught().concat();
            assert!(uncaught.contains("window \"a\" is closed"), "{uncaught}");
        }
        assert_eq!(app.printed(), "");
    });
}

#[test]
fn mistakes_end_the_app_as_any_rejection() {
    start(|app| {
        for (code, text) in [
            ("sendToWindow('nobody', 'c')", "there is no window"),
            ("sendToWindow('a', 7)", "the channel must be a string"),
            ("sendToWindow('a', 'c', 1n)", "of type BigInt"),
            ("request('a', 'c', 1, { timeout: 5 })", "unknown option"),
            ("win.setTitle(7)", "must be a string"),
            ("createWindow({ id: 'a' })", "already"),
            ("closeWindow('nobody')", "there is no window"),
        ] {
            app.eval(code);
            let uncaught = app.uncaught().concat();
            assert!(uncaught.contains(text), "{code}: {uncaught}");
        }
        assert_eq!(app.printed(), "");
    });
}

#[test]
fn callbacks_that_return_such_a_promise_are_reported_as_before() {
    let code = r#"
        import { onChannel } from "host:ipc";
        onChannel("x", (_, windowId) => sendToWindow("b", "c"));
        await (await createWindow({ id: "b" })).close();
    "#;
    run(&format!("{IMPORTS}{code}"), |app| {
        app.load("a");
        app.send("a", "x", "1");
        let printed = app.printed();
        let head =
            "error: Uncaught (in the callback of channel \"x\") Error: window \"b\" is closed";
        assert!(printed.starts_with(head), "{printed}");
        assert_eq!(app.uncaught(), [""; 0]);
    });
}
