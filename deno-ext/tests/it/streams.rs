//! The async generators: the protocol, independence, and bounds.

use ipc_protocol::{Position, Size};
use webview_host::BackendEventKind;

use crate::app::{App, run, window};

const IMPORTS: &str = r#"
    import { channelEvents, onEvent, windowEvents, windowEventsFor } from "host:ipc";
    const tell = (result) => note(
        Object.keys(result).sort().join() === "done,value"
            ? [result.done, result.value?.channel ?? result.value]
            : "no iterator result",
    );
    Object.assign(globalThis, { channelEvents, windowEvents, tell });
"#;

fn stream(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), |app| {
        app.open("a");
        app.load("a");
        test(app);
    });
}

#[test]
fn leaving_the_loop_frees_the_generator() {
    let code = r#"
        const events = windowEvents();
        (async () => {
            for await (const { channel } of events) { note(channel); if (channel === "2") break; }
            note("left");
            tell(await events.next());
        })();
    "#;
    stream(code, |app| {
        app.send_all("a", &[("1", "0"), ("2", "0"), ("3", "0")]);
        assert_eq!(app.notes(), ["1", "2", "left", "[true,null]"]);
        app.send("a", "4", "0");
        app.eval("0");
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn next_calls_are_answered_in_order() {
    stream("globalThis.events = windowEvents();", |app| {
        app.eval("for (const n of '12345') events.next().then((r) => { note(n); tell(r) })");
        assert_eq!(app.notes(), [""; 0]);
        app.send_all("a", &[("a", "0"), ("b", "0")]);
        assert_eq!(app.notes(), ["1", "[false,\"a\"]", "2", "[false,\"b\"]"]);
        app.send_all("a", &[("c", "0"), ("d", "0"), ("e", "0"), ("f", "0")]);
        assert_eq!(app.notes().len(), 6);
        app.eval("events.next().then(tell)");
        assert_eq!(app.notes(), ["[false,\"f\"]"]);
    });
}

#[test]
fn return_ends_what_waits_too() {
    stream("globalThis.events = windowEvents();", |app| {
        app.send("a", "unread", "0");
        app.eval("events.next().then(tell)");
        app.eval("events.next().then(tell); events.next().then(tell);");
        assert_eq!(app.notes(), ["[false,\"unread\"]"]);
        app.eval("events.return('value').then(tell)");
        assert_eq!(
            app.notes(),
            ["[true,null]", "[true,null]", "[true,\"value\"]"]
        );
        app.send("a", "late", "0");
        app.eval("events.next().then(tell); events.return().then(tell);");
        assert_eq!(app.notes(), ["[true,null]", "[true,null]"]);
    });
}

#[test]
fn return_and_throw_drop_what_was_not_read() {
    let code = "globalThis.all = [windowEvents(), windowEvents(), windowEvents()];";
    stream(code, |app| {
        app.send("a", "unread", "0");
        app.eval(
            "all[0].return(Promise.resolve(7)).then(tell);
             all[1].throw(new Error('mine')).catch((error) => note(error.message));
             all[2].return(Promise.reject('no')).catch(note);",
        );
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["[true,7]", "mine", "no"]);
        app.eval("for (const events of all) events.next().then(tell)");
        assert_eq!(app.notes(), ["[true,null]"; 3]);
    });
}

#[test]
fn one_generators_end_is_no_others() {
    let code = r#"
        const read = async (name, events) => {
            for await (const { channel } of events) note(`${name} ${channel}`);
            note(`${name} ends`);
        };
        globalThis.events = windowEvents();
        read("one", events);
        read("two", windowEvents());
        onEvent(({ channel }) => note(`callback ${channel}`));
    "#;
    stream(code, |app| {
        app.eval("events.return()");
        assert_eq!(app.notes(), ["one ends"]);
        app.send("a", "x", "0");
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["callback x", "two x"]);
    });
}

#[test]
fn a_slow_reader_misses_nothing_and_holds_up_nobody() {
    let code = r#"
        globalThis.slow = channelEvents("n");
        onEvent(({ payload }) => note(payload));
    "#;
    stream(code, |app| {
        for n in ["1", "2", "3"] {
            app.send("a", "n", n);
        }
        assert_eq!(app.notes(), ["1", "2", "3"]);
        app.eval("(async () => { for await (const { payload } of slow) note(payload) })()");
        assert_eq!(app.notes(), ["1", "2", "3"]);
    });
}

#[test]
fn generators_look_like_generators() {
    let code = r#"
        for (const events of [windowEvents(), windowEventsFor("a"), channelEvents("x")]) {
            note([
                events[Symbol.asyncIterator]() === events,
                Object.prototype.toString.call(events),
                typeof events[Symbol.asyncDispose],
                "undefined" in events,
            ]);
        }
        const events = windowEvents();
        await events[Symbol.asyncDispose]();
        tell(await events.next());
    "#;
    stream(code, |app| {
        let expected = r#"[true,"[object AsyncGenerator]","function",false]"#;
        assert_eq!(app.notes(), [expected, expected, expected, "[true,null]"]);
    });
}

#[test]
fn generators_end_when_the_channel_closes() {
    let code = r#"
        globalThis.read = async (name, events) => {
            for await (const { channel } of events) note(`${name} ${channel}`);
            note(`${name} ends`);
        };
        read("one", windowEvents());
        read("two", windowEventsFor("a"));
    "#;
    stream(code, |app| {
        app.send("a", "x", "0");
        app.router.close();
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["one ends", "one x", "two ends", "two x"]);
        app.eval("read('late', channelEvents('y'))");
        assert_eq!(app.notes(), ["late ends"]);
    });
}

#[test]
fn what_nobody_heard_may_be_had_after_the_end() {
    let code = r#"
        globalThis.read = async (name, events) => {
            for await (const { channel } of events) note(`${name} ${channel}`);
            note(`${name} ends`);
        };
        read("x", channelEvents("x"));
    "#;
    stream(code, |app| {
        app.send_all("a", &[("x", "0"), ("y", "0"), ("z", "0")]);
        app.router.close();
        assert_eq!(app.notes(), ["x x", "x ends"]);
        app.eval("read('y', channelEvents('y'))");
        assert_eq!(app.notes(), ["y y", "y ends"]);
        app.eval("read('all', windowEvents())");
        assert_eq!(app.notes(), ["all z", "all ends"]);
    });
}

#[test]
fn a_stream_that_nobody_reads_is_bounded_and_says_so() {
    stream("globalThis.events = windowEvents();", |app| {
        let batch = vec![("n", "1"); 8_192];
        for _ in 0..8 {
            app.send_all("a", &batch);
        }
        assert_eq!(app.printed(), "");
        app.send_all("a", &[("lost", "1"); 3]);
        let report =
            |count| format!("65536 messages wait already: newer ones are lost, {count} so far");
        let printed = app.printed();
        assert!(
            printed.contains(&report(1)) && printed.contains(&report(2)),
            "{printed}"
        );
        assert!(!printed.contains(&report(3)), "{printed}");

        // What the window system reports is never lost.
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        app.eval(
            "(async () => {
                const counts = {};
                for await (const { channel } of events) {
                    counts[channel] = (counts[channel] ?? 0) + 1;
                    if (channel === 'close') break;
                }
                note(counts);
            })()",
        );
        assert_eq!(app.notes(), [r#"{"n":65536,"close":1}"#]);
        assert_eq!(app.printed(), "");
    });
}

#[test]
fn of_sizes_and_places_that_wait_only_the_newest_counts() {
    stream("globalThis.events = windowEvents();", |app| {
        app.open("b");
        app.load("b");
        let resize = |app: &mut App, id, width| {
            let height = 1.0;
            app.report(BackendEventKind::Resized(Size { width, height }).of(window(id)));
        };
        let read = "(async () => {
            for (let n = 0; n < 5; n++) {
                const { value: { windowId, channel, payload } } = await events.next();
                note([windowId, channel, payload?.width ?? payload?.x ?? payload]);
            }
        })()";
        for round in 0..2 {
            resize(app, "a", 10.0);
            resize(app, "b", 20.0);
            app.send("a", "n", "1");
            resize(app, "a", 11.0);
            app.report(BackendEventKind::Moved(Position { x: 5.0, y: 0.0 }).of(window("a")));
            app.report(BackendEventKind::Focused(true).of(window("a")));
            app.report(BackendEventKind::Moved(Position { x: 6.0, y: 0.0 }).of(window("a")));
            resize(app, "a", 12.0);
            app.eval(read);
            let expected = [
                r#"["a","resize",12]"#,
                r#"["b","resize",20]"#,
                r#"["a","n",1]"#,
                r#"["a","move",6]"#,
                r#"["a","focus",null]"#,
            ];
            assert_eq!(app.notes(), expected, "round {round}");
        }
        // Many, so that what was read has to make room.
        app.send_all("a", &[("n", "1"); 3_000]);
        app.eval("(async () => { for (let n = 0; n < 2_000; n++) await events.next() })()");
        resize(app, "a", 30.0);
        app.eval("(async () => { for (let n = 0; n < 900; n++) await events.next() })()");
        resize(app, "a", 31.0);
        app.eval(
            "(async () => {
                for (let n = 0; n < 100; n++) await events.next();
                const { value } = await events.next();
                note(value.payload.width);
            })()",
        );
        assert_eq!(app.notes(), ["31"]);
    });
}
