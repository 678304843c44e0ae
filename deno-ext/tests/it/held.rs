//! Nothing is lost before anyone listens.

use webview_host::BackendEventKind;

use crate::app::{App, run, window};

fn start(test: impl FnOnce(&mut App) + Send + 'static) {
    let code = "
        import * as ipc from 'host:ipc';
        globalThis.ipc = ipc;
        globalThis.read = async (name, events) => {
            for await (const { channel, payload } of events) note(`${name} ${channel} ${payload}`);
        };
    ";
    run(code, |app| {
        app.open("a");
        app.load("a");
        test(app);
    });
}

#[test]
fn messages_wait_for_the_first_who_listens() {
    start(|app| {
        app.send_all("a", &[("x", "1"), ("y", "2"), ("x", "3")]);
        app.eval("ipc.onChannel('x', (payload) => note(`x ${payload}`))");
        assert_eq!(app.notes(), ["x 1", "x 3"]);
        // Later ones of that channel are for whoever listens then.
        app.eval("read('x too', ipc.channelEvents('x'))");
        assert_eq!(app.notes(), [""; 0]);
        app.eval("read('all', ipc.windowEvents())");
        assert_eq!(app.notes(), ["all y 2"]);
        app.send("a", "x", "4");
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["all x 4", "x 4", "x too x 4"]);
    });
}

#[test]
fn a_callback_is_never_called_before_it_is_subscribed() {
    start(|app| {
        app.send("a", "x", "1");
        app.eval(
            "{
                const off = ipc.onChannel('x', (payload) => { off(); note(payload); });
                note('subscribed');
            }",
        );
        assert_eq!(app.notes(), ["subscribed", "1"]);
    });
}

#[test]
fn system_events_wait_too() {
    start(|app| {
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        app.eval("ipc.onChannel('close', (_, windowId) => note(`close ${windowId}`))");
        assert_eq!(app.notes(), ["close a"]);
        app.eval("read('window', ipc.windowEventsFor('a'))");
        assert_eq!(app.notes(), ["window focus null"]);
    });
}

#[test]
fn one_consumers_end_makes_nothing_wait_again() {
    start(|app| {
        app.eval("globalThis.off = ipc.onChannel('x', note)");
        app.eval("off()");
        app.send("a", "x", "1");
        app.eval("ipc.onChannel('x', note)");
        app.send("a", "x", "2");
        assert_eq!(app.notes(), ["2"]);
    });
}
