//! How consumers' events wait, what is lost, who hears of that, and signals that end consumers.

use webview_host::BackendEventKind;

use crate::app::{App, Setup, run, window};

const IMPORTS: &str = r#"
    import * as ipc from "host:ipc";
    globalThis.ipc = ipc;
    globalThis.read = async (events) => {
        for await (const { windowId, channel, payload } of events) {
            note(`${windowId} ${channel} ${payload}`);
        }
        note("end");
    };
    globalThis.tell = ({ constructor, name, message, code, lost, windowId, channel }) =>
        note([constructor.name, name, message, code, lost, windowId, channel]);
"#;

fn start(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), |app| {
        for id in ["a", "b"] {
            app.open(id);
            app.load(id);
        }
        test(app);
    });
}

#[test]
fn a_full_generator_loses_the_newer_ones() {
    start(
        "globalThis.events = ipc.windowEvents({ capacity: 2 });",
        |app| {
            app.send_all("a", &[("x", "1"), ("x", "2"), ("x", "3")]);
            app.report(BackendEventKind::Focused(true).of(window("a")));
            let printed = app.printed();
            let head = "error: Uncaught (in an event stream that nobody reads) Error: \
            2 messages wait already: newer ones are lost, 1 so far\n";
            assert!(printed.starts_with(head), "{printed}");
            app.eval("read(events)");
            assert_eq!(app.notes(), ["a x 1", "a x 2", "a focus null"]);
            app.send("a", "x", "4");
            assert_eq!(app.notes(), ["a x 4"]);
        },
    );
}

#[test]
fn drop_oldest_makes_room() {
    let code = "globalThis.events =
        ipc.windowEventsFor('a', { capacity: 2, overflow: 'drop-oldest' });";
    start(code, |app| {
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.send_all("a", &[("x", "1"), ("y", "2")]);
        app.report(BackendEventKind::Focused(false).of(window("a")));
        app.send_all("a", &[("x", "3"), ("x", "4"), ("x", "5")]);
        app.eval("read(events)");
        let expected = ["a focus null", "a blur null", "a x 4", "a x 5"];
        assert_eq!(app.notes(), expected);
        assert_eq!(app.printed(), "", "as was asked for");
    });
}

#[test]
fn drop_oldest_goes_on_for_long() {
    let code = "globalThis.events =
        ipc.channelEvents('x', { capacity: 3, overflow: 'drop-oldest' });";
    start(code, |app| {
        app.send_all("a", &[("x", "1"); 10_000]);
        app.eval("events.next().then(({ value }) => note(value.payload))");
        app.send_all("a", &[("x", "2"), ("x", "3"), ("x", "4"), ("x", "5")]);
        app.eval("read(events)");
        assert_eq!(app.notes(), ["1", "a x 3", "a x 4", "a x 5"]);
    });
}

#[test]
fn keep_latest_keeps_one_for_each_channel_and_window() {
    let code = "globalThis.events = ipc.windowEvents({ overflow: 'keep-latest', capacity: 3 });";
    start(code, |app| {
        app.send_all("a", &[("x", "1"), ("y", "2"), ("x", "3")]);
        app.send("b", "x", "4");
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.send("a", "y", "5");
        assert_eq!(app.printed(), "");
        app.send("b", "z", "6");
        let printed = app.printed();
        assert!(printed.contains("3 messages wait already"), "{printed}");
        app.eval("read(events)");
        let expected = ["a x 3", "b x 4", "a focus null", "a focus null", "a y 5"];
        let notes = app.notes();
        assert_eq!(notes, expected);
        app.send_all("a", &[("x", "7"), ("x", "8")]);
        assert_eq!(app.notes().last().unwrap(), "a x 8");
    });
}

#[test]
fn wrong_options_are_coded_errors() {
    let code = r#"
        for (const make of [
            (options) => ipc.windowEvents(options),
            (options) => ipc.windowEventsFor("a", options),
            (options) => ipc.channelEvents("x", options),
        ]) {
            for (const options of [
                { overflow: "wait" },
                { overflow: "block" },
                { capacity: 0 },
                { capacity: 1.5 },
                { capacity: "1" },
                { capacity: Infinity },
                { signal: null },
                7,
                { abort: 1 },
            ]) {
                try {
                    make(options);
                    note("no error");
                } catch ({ constructor, code, message }) {
                    note(`${constructor.name} ${code} ${message}`);
                }
            }
        }
        await fails(() => ipc.onEvent(() => {}, 7));
        await fails(() => ipc.onEvent(() => {}, { signal: 7 }));
        await fails(() => ipc.onChannel("x", () => {}, { signal: {} }));
        await fails(() => ipc.onError());
        await fails(() => ipc.onError({}));
    "#;
    run(&format!("{IMPORTS}{code}"), |app| {
        let notes = app.notes();
        let (makers, rest) = notes.split_at(27);
        for notes in makers.chunks(9) {
            let expected = [
                "bad-policy option `overflow` cannot be \"wait\": pages cannot be made to wait",
                "bad-policy option `overflow` must be one of \"fail\", \"drop-oldest\", \"keep-latest\", not \"block\"",
                "bad-policy option `capacity` must be a whole number from 1, not 0",
                "bad-policy option `capacity` must be a whole number from 1, not 1.5",
                "bad-policy option `capacity` must be a whole number from 1, not \"1\"",
                "bad-policy option `capacity` must be a whole number from 1, not Infinity",
                "bad-options option `signal` must be an AbortSignal, not null",
                "bad-options the options must be an object, not 7",
                "bad-options unknown option `abort`, expected one of `capacity`, `overflow`, `signal`",
            ];
            assert_eq!(notes, expected.map(|it| format!("TypeError {it}")));
        }
        let codes: Vec<_> = rest.iter().map(|note| note.split('"').nth(3)).collect();
        let expected = [
            "bad-options",
            "bad-options",
            "bad-options",
            "bad-handler",
            "bad-handler",
        ];
        assert_eq!(codes, expected.map(Some));
    });
}

#[test]
fn a_signal_ends_consumers() {
    let code = r#"
        globalThis.controller = new AbortController();
        const { signal } = controller;
        globalThis.unread = ipc.windowEvents({ signal });
        read(ipc.channelEvents("x", { signal }));
        ipc.onEvent(({ payload }) => note(`event ${payload}`), { signal });
        ipc.onChannel("x", (payload) => note(`channel ${payload}`), { signal });
        ipc.onChannel("x", () => controller.abort());
        ipc.onChannel("x", (payload) => note(`other ${payload}`));
    "#;
    start(code, |app| {
        app.send_all("a", &[("x", "1"), ("x", "2")]);
        let mut notes = app.notes();
        notes.sort();
        let expected = ["a x 1", "channel 1", "end", "event 1", "other 1", "other 2"];
        assert_eq!(notes, expected);
        app.eval("note(controller.signal.listeners.size); read(unread);");
        assert_eq!(app.notes(), ["0", "end"]);
        app.eval(
            "const { signal } = controller;
             read(ipc.windowEvents({ signal }));
             ipc.onEvent(note, { signal })();
             ipc.onChannel('y', note, { signal });
             note(signal.listeners.size);",
        );
        app.send("a", "y", "3");
        assert_eq!(app.notes(), ["0", "end"], "it had aborted before");
    });
}

#[test]
fn a_consumer_that_ends_lets_go_of_its_signal() {
    let code = r#"
        globalThis.controller = new AbortController();
        const { signal } = controller;
        await ipc.windowEvents({ signal }).return();
        ipc.onEvent(() => {}, { signal })();
        note(signal.listeners.size);
        ipc.windowEvents({ signal });
        ipc.onEvent(() => {}, { signal });
        note(signal.listeners.size);
    "#;
    start(code, |app| {
        app.router.close();
        app.settle();
        app.eval("note(controller.signal.listeners.size)");
        assert_eq!(app.notes(), ["0", "2", "0"]);
    });
}

#[test]
fn losses_are_reported_to_who_listens() {
    let code = r#"
        globalThis.off = ipc.onError(tell);
        ipc.onError(() => { throw new Error("from a listener") });
        ipc.onError(async () => { throw new Error("from an async listener") });
        globalThis.x = ipc.channelEvents("x", { capacity: 1 });
        globalThis.a = ipc.windowEventsFor("a", { capacity: 3 });
    "#;
    start(code, |app| {
        app.send_all("a", &[("x", "1"); 4]);
        let report = |capacity, so_far, lost, about: &str| {
            format!(
                r#"["Error","Error","{capacity} messages wait already: newer ones are lost, {so_far} so far","events-lost",{lost},{about}]"#
            )
        };
        let x = r#"null,"x""#;
        let a = r#""a",null"#;
        assert_eq!(app.notes(), [report(1, 3, 3, x), report(3, 1, 1, a)]);
        let printed = app.printed();
        for text in [
            "Error: from a listener\n",
            "Error: from an async listener\n",
        ] {
            let head = format!("error: Uncaught (in an onError callback) {text}");
            assert_eq!(printed.matches(&head).count(), 2, "{printed}");
        }
        app.send_all("a", &[("x", "1"); 2]);
        assert_eq!(app.notes(), [report(1, 5, 2, x), report(3, 3, 2, a)]);
        app.printed();
        app.eval("off(); off();");
        app.send_all("a", &[("x", "1"); 2]);
        assert_eq!(app.notes(), [""; 0]);
        // Somebody else listens still.
        assert!(!app.printed().contains("messages wait already"));
    });
}

#[test]
fn what_is_lost_on_the_way_is_reported_too() {
    let mut setup = Setup::new(&format!("{IMPORTS} ipc.onError(tell); ipc.onEvent(note);"));
    setup.limits.subscription_events = 2;
    setup.run(|app| {
        app.open("a");
        app.load("a");
        app.send_all("a", &[("x", "1"); 5]);
        let (reports, events): (Vec<_>, Vec<_>) =
            app.notes().into_iter().partition(|note| note.starts_with('['));
        assert_eq!(events.len(), 2);
        let expected = r#"["Error","Error","too much waits for the script: newer ones are lost, 3 so far","events-lost",3,null,null]"#;
        assert_eq!(reports, [expected]);
        assert_eq!(app.printed(), "");
    });
}

#[test]
fn without_a_listener_stderr_tells_of_what_is_lost_on_the_way() {
    let mut setup = Setup::new(&format!("{IMPORTS} ipc.onEvent(() => {{}});"));
    setup.limits.subscription_events = 2;
    setup.run(|app| {
        app.open("a");
        app.load("a");
        app.send_all("a", &[("x", "1"); 5]);
        let printed = app.printed();
        let head = "error: Uncaught (in the events of all windows) Error: \
            too much waits for the script: newer ones are lost, 3 so far\n";
        assert!(printed.starts_with(head), "{printed}");
        app.send_all("a", &[("x", "1"); 2]);
        assert_eq!(app.printed(), "");
    });
}
