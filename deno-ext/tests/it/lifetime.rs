//! What keeps a script alive.

use webview_host::BackendEventKind;

use crate::app::{run, window};

#[test]
fn an_open_window_keeps_the_script_alive() {
    let code = "
        import { createWindow } from 'host:window';
        globalThis.first = await createWindow();
        await createWindow();
    ";
    run(code, |app| {
        assert!(app.is_alive);
        app.eval("first.close().then(note)");
        assert_eq!(app.notes(), ["true"]);
        assert!(app.is_alive, "another window is open");
        app.report(BackendEventKind::CloseRequested.of(window("win-2")));
        assert!(!app.is_alive);
    });
}

#[test]
fn a_window_that_did_not_open_keeps_nothing_alive() {
    let code = "
        import { createWindow } from 'host:window';
        globalThis.create = createWindow;
    ";
    run(code, |app| {
        let error = webview_host::BackendError::Failed("no".to_owned());
        app.screen.refuse_next(error);
        app.eval("fails(() => create())");
        assert_eq!(app.notes(), [r#"["Error","window-failed","win-1",null]"#]);
        assert!(!app.is_alive);
    });
}

#[test]
fn waiting_for_events_keeps_nothing_alive() {
    let code = "
        import * as ipc from 'host:ipc';
        import { windowEvents } from 'host:window';
        ipc.onEvent((event) => note(event.channel));
        ipc.windowEvents().next();
        ipc.recvWindowEvent();
        windowEvents().next();
    ";
    run(code, |app| {
        assert!(!app.is_alive);
        // But what comes is heard.
        app.open("a");
        app.load("a");
        app.send("a", "x", "1");
        assert_eq!(app.notes(), ["x"]);
        assert!(!app.is_alive);
    });
}

#[test]
fn a_question_keeps_the_script_alive_until_it_is_answered() {
    let code = "
        import { createWindow } from 'host:window';
        const win = await createWindow();
        await win.close();
        note('closed');
        await createWindow().then((win) => win.getTitle()).catch((error) => note(error.code));
        note('end');
    ";
    run(code, |app| {
        assert_eq!(app.notes(), ["closed", "end"]);
        assert!(app.is_alive);
        app.host = None;
        app.settle();
        assert!(!app.is_alive, "without a user interface no window is open");
    });
}

#[test]
fn close_is_heard_before_the_script_ends() {
    let code = "
        import { createWindow } from 'host:window';
        import { onChannel } from 'host:ipc';
        onChannel('close', (_, windowId) => note(`close ${windowId}`));
        await createWindow();
    ";
    run(code, |app| {
        app.screen
            .report(BackendEventKind::CloseRequested.of(window("win-1")));
        assert!(app.is_alive);
        assert_eq!(app.notes(), ["close win-1"]);
        assert!(!app.is_alive);
    });
}
