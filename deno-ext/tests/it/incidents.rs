//! `onIncident`: what went wrong with windows.

use webview_host::BackendEventKind;

use crate::app::{App, Setup, run, window};

const IMPORTS: &str = r#"
    import { createWindow, onIncident, windowEvents } from "host:window";
    Object.assign(globalThis, { onIncident });
"#;

fn script(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), test);
}

fn crash(app: &mut App, id: &str) {
    app.report(BackendEventKind::PageGone.of(window(id)));
}

#[test]
fn a_crash_reaches_every_callback_and_no_event_consumer() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        onEvent((event) => note(["event", event]));
        onChannel("page-crashed", () => note("channel"));
        const win = await createWindow({ id: "a" });
        for (const events of [windowEvents(), win.events()]) {
            (async () => { for await (const { channel } of events) note(channel) })();
        }
        onIncident((incident) => note(["one", incident]));
        onIncident(({ windowId, type }) => note(`two ${windowId} ${type}`));
    "#;
    script(code, |app| {
        crash(app, "a");
        let first = r#"["one",{"windowId":"a","type":"page-crashed"}]"#;
        assert_eq!(app.notes(), [first, "two a page-crashed"]);
        // The system events have not become incidents either.
        app.report(BackendEventKind::Focused(true).of(window("a")));
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes.len(), 3, "{notes:?}");
        assert_eq!(notes[1..], ["focus", "focus"]);
    });
}

#[test]
fn what_happened_before_the_first_callback_is_held_for_it() {
    script(r#"await createWindow({ id: "a" });"#, |app| {
        crash(app, "a");
        crash(app, "a");
        app.eval("globalThis.off = onIncident(({ type }) => note(type))");
        assert_eq!(app.notes(), ["page-crashed"]);
        app.eval("off(); off()");
        crash(app, "a");
        assert_eq!(app.notes(), [""; 0]);
        app.eval("onIncident(() => note('late'))");
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn a_signal_ends_a_callback() {
    let code = r#"
        await createWindow({ id: "a" });
        globalThis.controller = new AbortController();
        const { signal } = controller;
        const tell = (name) => ({ type }) => note(`${name} ${type}`);
        onIncident(tell("one"), { signal });
        onIncident(tell("two"), {});
        globalThis.late = () => onIncident(tell("late"), { signal })();
    "#;
    script(code, |app| {
        crash(app, "a");
        assert_eq!(app.notes(), ["one page-crashed", "two page-crashed"]);
        app.eval("controller.abort(); late()");
        crash(app, "a");
        assert_eq!(app.notes(), ["two page-crashed"]);
    });
}

#[test]
fn a_callback_that_fails_is_reported_and_stops_no_other() {
    let code = r#"
        await createWindow({ id: "a" });
        onIncident(() => { throw new Error("thrown") });
        onIncident(async () => { throw new Error("rejected") });
        onIncident(({ type }) => note(type));
    "#;
    script(code, |app| {
        crash(app, "a");
        assert_eq!(app.notes(), ["page-crashed"]);
        let printed = app.printed();
        for text in ["thrown", "rejected"] {
            let head = format!("error: Uncaught (in an onIncident callback) Error: {text}\n");
            assert_eq!(printed.matches(&head).count(), 1, "{printed}");
        }
    });
}

#[test]
fn arguments_are_checked() {
    let code = r#"
        await fails(() => onIncident());
        await fails(() => onIncident("note"));
        await fails(() => onIncident(note, null));
        await fails(() => onIncident(note, { signal: {} }));
    "#;
    script(code, |app| {
        let handler = r#"["TypeError","bad-handler",null,null]"#;
        let options = r#"["TypeError","bad-options",null,null]"#;
        assert_eq!(app.notes(), [handler, handler, options, options]);
    });
}

#[test]
fn pages_cannot_say_so_themselves() {
    let code = r#"
        import { onEvent } from "host:ipc";
        onEvent(({ channel, type }) => note(["event", channel, type ?? null]));
        onIncident(({ type }) => note(type));
        await createWindow({ id: "a" });
    "#;
    script(code, |app| {
        app.load("a");
        app.send("a", "page-crashed", r#"{"type":"page-crashed"}"#);
        assert_eq!(app.notes(), [r#"["event","page-crashed",null]"#]);
    });
}

#[test]
fn listening_keeps_no_script_alive() {
    let mut setup = Setup::new(r#"import { onIncident } from "host:window"; onIncident(note);"#);
    setup.ipc = false;
    setup.run(|app| assert!(!app.is_alive));
}
