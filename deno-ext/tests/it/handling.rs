//! `handle` and `handleStream`: calls of pages.

use std::time::Duration;

use webview_host::BackendEventKind;

use crate::app::{App, Setup, run, window};
use crate::frames::{cancel, open, pull, request};

const IMPORTS: &str = r#"
    import { handle, handleStream, onChannel, sendToWindow } from "host:ipc";
    Object.assign(globalThis, { handle, handleStream });
    const failing = (properties) => { throw Object.assign(new RangeError("thrown"), properties) };
"#;

/// How long a call waits for a first handler.
const HANDLER_WAIT: Duration = Duration::from_secs(5);

fn start(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), |app| {
        app.open("a");
        app.load("a");
        test(app);
    });
}

/// What the page receives when a call fails.
fn error(call: u32, name: &str, code: &str, message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(r#"error #{call} {{"name":"{name}","message":{message},"code":"{code}"}}"#)
}

#[test]
fn a_request_is_answered() {
    let code = r#"
        handle("add", ([a, b], { windowId }) => { note(windowId); return a + b });
        handle("later", async (payload) => { await null; return { payload } });
        handle("nothing", () => {});
    "#;
    start(code, |app| {
        app.call(
            "a",
            &[
                &request(1, "add", "[1,2]"),
                &request(2, "later", "null"),
                &request(3, "nothing", "7"),
            ],
        );
        assert_eq!(app.notes(), ["a"]);
        let mut answers = app.received("a");
        answers.sort();
        let expected = [
            "result #1=3",
            r#"result #2={"payload":null}"#,
            "result #3=null",
        ];
        assert_eq!(answers, expected);
    });
}

#[test]
fn what_a_handler_throws_crosses_without_its_stack() {
    let code = r#"
        handle("coded", () => failing({ code: "no-luck" }));
        handle("plain", async () => failing({}));
        handle("number", () => failing({ code: 7, name: "" }));
        handle("text", () => { throw "text" });
        handle("hostile", () => { throw { get message() { throw 1 }, get name() { throw 2 } } });
        handle("long", () => { throw new Error("x".repeat(100_000)) });
        handle("whole", () => { throw new Error("x".repeat(65_535) + "\u{1f600}") });
        handle("lone", () => { throw new Error("a\ud800b\udc00") });
        handle("names", () => failing({ name: "n".repeat(257), code: "\u20ac".repeat(86) }));
        handle("lone names", () => failing({ name: "a\ud800", code: "\udc00" }));
        handle("place", () => {
            const app = "file:///home/me/app";
            throw new Error(`no "${app}/a.ts" from ${app}/sub/b.ts, see (${app}/) and http://x/y, /etc`);
        });
        handle("cycle", () => { const cycle = {}; cycle.cycle = cycle; return cycle });
        handle("function", () => () => {});
    "#;
    start(code, |app| {
        let mut fail = |channel: &str| {
            app.call("a", &[&request(1, channel, "null")]);
            app.received("a").concat()
        };
        let range_error = |code| error(1, "RangeError", code, "thrown");
        assert_eq!(fail("coded"), range_error("no-luck"));
        assert_eq!(fail("plain"), range_error("handler-failed"));
        let plain = |message| error(1, "Error", "handler-failed", message);
        assert_eq!(fail("number"), plain("thrown"));
        assert_eq!(fail("text"), plain("text"));
        assert_eq!(fail("hostile"), plain("what was thrown has no message"));
        let long = "x".repeat(64 * 1024);
        assert_eq!(fail("long"), plain(&long));
        assert_eq!(fail("whole"), plain(&long[1..]), "at a whole character");
        assert_eq!(fail("lone"), plain("a\u{fffd}b\u{fffd}"));
        // Not a part of them, which would be another one.
        assert_eq!(fail("names"), plain("thrown"));
        assert_eq!(fail("lone names"), plain("thrown"));
        let place = "no \"a.ts\" from b.ts, see () and http://x/y, /etc";
        assert_eq!(fail("place"), plain(place));
        for channel in ["cycle", "function"] {
            let failure = fail(channel);
            assert!(failure.contains(r#""code":"bad-payload""#), "{failure}");
            assert!(failure.contains(r#""name":"TypeError""#), "{failure}");
        }
        let printed = app.printed();
        for (channel, text) in [
            ("coded", "RangeError: thrown"),
            ("text", "text"),
            ("cycle", "TypeError: "),
        ] {
            let head =
                format!("error: Uncaught (in the request handler of channel \"{channel}\") {text}");
            assert!(printed.contains(&head), "{head}: {printed}");
        }
        assert!(printed.contains("test:main:"), "with a place: {printed}");
    });
}

#[test]
fn what_handlers_throw_is_told_within_limits_and_unless_it_is_the_abort() {
    let code = r#"
        handle("passes on", (_, { signal }) => new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }));
        handle("fails later", (_, { signal }) => new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("after the abort")), { once: true });
        }));
        handleStream("rows", async function* () { throw new Error("of a stream") });
        handle("often", () => { throw new Error("again") });
    "#;
    start(code, |app| {
        app.call(
            "a",
            &[
                &request(1, "passes on", "null"),
                &request(2, "fails later", "null"),
            ],
        );
        app.call("a", &[&cancel(1)]);
        assert_eq!(app.printed(), "");
        app.call("a", &[&cancel(2)]);
        let printed = app.printed();
        let head = r#"error: Uncaught (in the request handler of channel "fails later") Error: after the abort"#;
        assert!(printed.starts_with(head), "{printed}");

        app.call("a", &[&open("stream", 3, "rows", "null"), &pull(3, 1)]);
        let printed = app.printed();
        let head =
            r#"error: Uncaught (in the stream handler of channel "rows") Error: of a stream"#;
        assert!(printed.starts_with(head), "{printed}");

        let calls: Vec<_> = (10..110)
            .map(|call| request(call, "often", "null"))
            .collect();
        app.call("a", &calls.iter().map(String::as_str).collect::<Vec<_>>());
        let printed = app.printed();
        // The first sixteen, then the 32nd and the 64th.
        assert_eq!(printed.matches("Error: again").count(), 18, "{printed}");
        assert!(printed.contains("64 times by now"), "{printed}");
    });
}

#[test]
fn an_answer_over_the_limit_is_an_error() {
    let mut setup = Setup::new(&format!(
        "{IMPORTS} handle('long', () => 'x'.repeat(99)); handle('deep', () => [[[]]]);
        handle('many', () => [1, 2, 3, 4]);"
    ));
    setup.limits.payload_bytes = 100;
    setup.limits.payload_depth = 2;
    setup.limits.payload_values = 4;
    setup.run(|app| {
        app.open("a");
        app.load("a");
        for (channel, code) in [
            ("long", "payload-too-large"),
            ("deep", "payload-too-deep"),
            ("many", "payload-too-many-values"),
        ] {
            app.call("a", &[&request(1, channel, "null")]);
            let answer = app.received("a").concat();
            assert!(answer.starts_with("error #1 "), "{answer}");
            assert!(answer.contains(code), "{answer}");
        }
    });
}

#[test]
fn messages_and_calls_are_handled_in_the_order_sent() {
    let code = r#"
        onChannel("m", (payload) => note(`message ${payload}`));
        handle("r", (payload) => { note(`request ${payload}`); sendToWindow("a", "m", payload) });
        handleStream("s", (payload) => { note(`stream ${payload}`); return []; });
    "#;
    start(code, |app| {
        app.listen("a", "m");
        let message = |n| format!(r#"{{"type":"message","channel":"m","payload":{n}}}"#);
        app.call(
            "a",
            &[
                &message(1),
                &request(1, "r", "2"),
                &message(3),
                &open("stream", 2, "s", "4"),
                &pull(2, 1),
                &message(5),
                &request(3, "r", "6"),
            ],
        );
        let expected = [
            "message 1",
            "request 2",
            "message 3",
            "stream 4",
            "message 5",
            "request 6",
        ];
        assert_eq!(app.notes(), expected);
        let received = app.received("a");
        let place = |frame: &str| received.iter().position(|it| it == frame).unwrap();
        // What a handler sends is before its answer.
        assert!(place("m=2") < place("result #1=null"), "{received:?}");
        assert!(place("m=6") < place("result #3=null"), "{received:?}");
    });
}

#[test]
fn calls_wait_for_a_first_handler() {
    start("", |app| {
        app.call(
            "a",
            &[
                &request(1, "r", "1"),
                &open("stream", 2, "s", "2"),
                &pull(2, 9),
                &request(3, "r", "3"),
            ],
        );
        app.pass(HANDLER_WAIT / 2);
        assert_eq!(app.received("a"), [""; 0]);
        app.eval(
            "handle('r', (payload) => { note(payload); return payload });
             handleStream('s', (payload) => [payload]);
             note('returned');",
        );
        assert_eq!(app.notes(), ["returned", "1", "3"]);
        let mut answers = app.received("a");
        answers.sort();
        assert_eq!(
            answers,
            ["chunk #2=2", "result #1=1", "result #2=null", "result #3=3"]
        );
        app.pass(HANDLER_WAIT);
        assert_eq!(app.received("a"), [""; 0]);
    });
}

#[test]
fn calls_that_came_before_the_module_was_imported_wait_too() {
    let code =
        "globalThis.go = () => import('host:ipc').then((ipc) => Object.assign(globalThis, ipc));";
    run(code, |app| {
        app.open("a");
        app.load("a");
        let message = r#"{"type":"message","channel":"m","payload":1}"#;
        app.call(
            "a",
            &[
                message,
                &request(1, "r", "2"),
                &request(2, "x", "3"),
                &cancel(2),
            ],
        );
        app.pass(HANDLER_WAIT);
        app.eval("go()");
        app.eval("handle('x', note); handle('r', (payload) => payload); onChannel('m', note);");
        assert_eq!(app.notes(), ["1"]);
        assert_eq!(app.received("a"), ["result #1=2"]);
    });
}

#[test]
fn without_a_handler_a_call_fails_after_a_while() {
    start(
        "handle('r', () => {}); handleStream('s', () => [])",
        |app| {
            app.call(
                "a",
                &[&request(1, "x", "null"), &open("stream", 2, "y", "null")],
            );
            app.pass(HANDLER_WAIT - Duration::from_millis(1));
            assert_eq!(app.received("a"), [""; 0]);
            app.pass(Duration::from_millis(1));
            let none = |call, kind, channel| {
                let message = format!("the app has no {kind} handler for \"{channel}\"");
                error(call, "Error", "no-handler", &message)
            };
            assert_eq!(
                app.received("a"),
                [none(1, "request", "x"), none(2, "stream", "y")]
            );
            // A handler of the other kind is none, and there will be no other.
            app.call(
                "a",
                &[&request(3, "s", "null"), &open("stream", 4, "r", "null")],
            );
            assert_eq!(
                app.received("a"),
                [none(3, "request", "s"), none(4, "stream", "r")]
            );
        },
    );
}

#[test]
fn a_handler_that_was_removed_leaves_calls_without_one_at_once() {
    let code = r#"
        globalThis.remove = handle("r", async (payload) => {
            await new Promise((resolve) => { globalThis.go = resolve });
            return payload;
        });
    "#;
    start(code, |app| {
        app.call("a", &[&request(1, "r", "1")]);
        app.eval("remove()");
        app.call("a", &[&request(2, "r", "2")]);
        let received = app.received("a").concat();
        assert!(received.contains("error #2") && received.contains("no-handler"));
        app.eval("go()");
        assert_eq!(app.received("a"), ["result #1=1"], "it had begun");

        app.eval("handle('r', () => 'new'); remove();");
        app.call("a", &[&request(3, "r", "3")]);
        assert_eq!(app.received("a"), [r#"result #3="new""#]);
    });
}

#[test]
fn only_so_many_calls_of_a_window_wait_for_a_handler() {
    start("", |app| {
        app.open("b");
        app.load("b");
        let requests: Vec<_> = (1..=1_025).map(|call| request(call, "r", "1")).collect();
        let requests: Vec<_> = requests.iter().map(String::as_str).collect();
        app.call("a", &requests);
        let refused = app.received("a").concat();
        assert!(refused.starts_with("error #1025 ") && refused.contains("queue-full"));
        app.call("b", &[&request(1, "r", "1")]);
        assert_eq!(app.received("b"), [""; 0]);
        app.eval("let count = 0; handle('r', () => ++count);");
        assert_eq!(app.received("a").len(), 1_024);
        assert_eq!(app.received("b"), ["result #1=1025"]);
    });
}

#[test]
fn wrong_handlers_are_coded_errors() {
    let code = r#"
        for (const add of [handle, handleStream]) {
            await fails(() => add("x"));
            await fails(() => add("x", {}));
            await fails(() => add(7, () => {}));
            await fails(() => add("", () => {}));
            await fails(() => add("close", () => {}));
        }
        handle("x", () => {});
        await fails(() => handle("x", () => {}));
        await fails(() => handleStream("x", () => {}));
    "#;
    run(&format!("{IMPORTS}{code}"), |app| {
        let each = [
            r#"["TypeError","bad-handler",null,null]"#,
            r#"["TypeError","bad-handler",null,null]"#,
            r#"["TypeError","bad-channel",null,null]"#,
            r#"["TypeError","bad-channel",null,""]"#,
            r#"["Error","reserved-channel",null,"close"]"#,
        ];
        let exists = r#"["Error","handler-exists",null,"x"]"#;
        assert_eq!(app.notes(), [&each[..], &each, &[exists, exists]].concat());
    });
}

#[test]
fn a_cancelled_requests_signal_aborts_and_nothing_is_answered() {
    let code = r#"
        handle("r", async (payload, { signal }) => {
            signal.addEventListener("abort", () => note(`aborted ${signal.aborted}`), { once: true });
            await new Promise((resolve) => { globalThis.go = resolve });
            return 1;
        });
        handle("late", async (payload, context) => {
            await new Promise((resolve) => { globalThis.go = resolve });
            note(`late ${context.signal.aborted} ${context.signal === context.signal}`);
            throw new Error("too late");
        });
    "#;
    start(code, |app| {
        for (call, channel, expected) in [(1, "r", "aborted true"), (2, "late", "late true true")] {
            app.call("a", &[&request(call, channel, "null")]);
            app.call("a", &[&cancel(call)]);
            app.eval("go()");
            assert_eq!(app.notes(), [expected]);
            assert_eq!(app.received("a"), [""; 0]);
        }
        // One that waits for a handler, and one that there is not.
        app.call("a", &[&request(3, "x", "null"), &cancel(3), &cancel(9)]);
        app.eval("handle('x', () => note('called'))");
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn a_page_that_goes_cancels_its_calls() {
    let code = r#"
        handle("r", (payload, { signal }) => new Promise(() => {
            signal.addEventListener("abort", () => note(`request ${payload}`), { once: true });
        }));
        handleStream("s", async function* (payload) {
            try { for (;;) yield 1; } finally { note(`stream ${payload}`) }
        });
    "#;
    start(code, |app| {
        let calls = |app: &mut App, payload| {
            app.call(
                "a",
                &[
                    &request(1, "r", payload),
                    &open("stream", 2, "s", payload),
                    &pull(2, 1),
                ],
            );
        };
        calls(app, "1");
        app.load("a");
        assert_eq!(app.notes(), ["request 1", "stream 1"]);
        assert_eq!(app.received("a"), ["chunk #2=1"], "it was on its way");
        calls(app, "2");
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        assert_eq!(app.notes(), ["request 2", "stream 2"]);
    });
}

#[test]
fn without_abort_controllers_only_signals_are_missing() {
    let code = r#"
        delete globalThis.AbortController;
        handle("r", (payload) => payload);
        handle("signal", (payload, { signal }) => signal);
    "#;
    start(code, |app| {
        app.call("a", &[&request(1, "r", "1"), &request(2, "signal", "2")]);
        let message = "this runtime has no AbortController";
        let mut answers = app.received("a");
        answers.sort();
        assert_eq!(
            answers,
            [&*error(2, "Error", "unsupported", message), "result #1=1"]
        );
    });
}

#[test]
fn a_stream_produces_what_is_asked_for() {
    let code = r#"
        handleStream("n", async function* (count) {
            note("begun");
            for (let n = 1; n <= count; n++) { note(n); yield n; }
        });
    "#;
    start(code, |app| {
        app.call("a", &[&open("stream", 1, "n", "3")]);
        assert_eq!(app.notes(), [""; 0]);
        app.call("a", &[&pull(1, 2)]);
        assert_eq!(app.notes(), ["begun", "1", "2"]);
        assert_eq!(app.received("a"), ["chunk #1=1", "chunk #1=2"]);
        app.call("a", &[&pull(1, 8)]);
        assert_eq!(app.notes(), ["3"]);
        assert_eq!(app.received("a"), ["chunk #1=3", "result #1=null"]);
        app.call("a", &[&pull(1, 8)]);
        assert_eq!(app.received("a"), [""; 0]);
    });
}

#[test]
fn any_iterable_makes_a_stream() {
    let code = r#"
        handleStream("array", () => [1, Promise.resolve(2), undefined]);
        handleStream("promise", async () => new Set(["x"]));
        handleStream("own", () => ({
            [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: 7 }) }),
        }));
    "#;
    start(code, |app| {
        let table: [(&str, &[&str]); 3] = [
            (
                "array",
                &[
                    "chunk #1=1",
                    "chunk #1=2",
                    "chunk #1=null",
                    "result #1=null",
                ],
            ),
            ("promise", &[r#"chunk #1="x""#, "result #1=null"]),
            ("own", &["result #1=null"]),
        ];
        for (channel, expected) in table {
            app.call("a", &[&open("stream", 1, channel, "null"), &pull(1, 16)]);
            assert_eq!(app.received("a"), expected, "{channel}");
        }
    });
}

#[test]
fn a_stream_that_fails_says_so_after_its_chunks() {
    let code = r#"
        handleStream("throws", async function* () { yield 1; failing({ code: "empty" }); });
        handleStream("none", () => 7);
        handleStream("odd", () => ({ [Symbol.iterator]: () => ({ next: () => 1 }) }));
        handleStream("chunk", function* () { try { yield 1; yield 1n; } finally { note("closed") } });
        handleStream("at once", () => failing({}));
    "#;
    start(code, |app| {
        let mut call = |channel: &str| {
            app.call("a", &[&open("stream", 1, channel, "null"), &pull(1, 16)]);
            app.received("a")
        };
        let thrown = |code| error(1, "RangeError", code, "thrown");
        assert_eq!(call("throws"), ["chunk #1=1", &thrown("empty")]);
        let failed = |message| error(1, "TypeError", "handler-failed", message);
        assert_eq!(
            call("none"),
            [failed("the stream handler must return an iterable, not 7")]
        );
        assert_eq!(call("odd"), [failed("next() gave no object")]);
        assert_eq!(call("at once"), [thrown("handler-failed")]);
        let chunk = call("chunk");
        assert_eq!(chunk[0], "chunk #1=1");
        assert!(chunk[1].contains("bad-payload"), "{chunk:?}");
        assert_eq!(app.notes(), ["closed"]);
    });
}

#[test]
fn a_cancelled_stream_stops_its_producer() {
    let code = r#"
        handleStream("n", async function* (payload, { signal }) {
            signal.addEventListener("abort", () => note("aborted"), { once: true });
            try {
                for (let n = 0; ; n++) yield n;
            } finally {
                note("finally");
                throw new Error("from finally");
            }
        });
    "#;
    start(code, |app| {
        app.call("a", &[&open("stream", 1, "n", "null"), &pull(1, 2)]);
        assert_eq!(app.received("a"), ["chunk #1=0", "chunk #1=1"]);
        app.call("a", &[&cancel(1), &pull(1, 5)]);
        assert_eq!(app.notes(), ["aborted", "finally"]);
        assert_eq!(app.received("a"), [""; 0]);
        let printed = app.printed();
        let head = "error: Uncaught (in the stream handler of \"n\") Error: from finally\n";
        assert!(printed.starts_with(head), "{printed}");
    });
}

#[test]
fn a_long_stream_is_never_ahead_of_the_page() {
    let code = r#"
        handleStream("n", async function* () {
            for (let n = 0; n < 1_000; n++) { globalThis.produced = n + 1; yield n; }
        });
    "#;
    start(code, |app| {
        app.call("a", &[&open("stream", 1, "n", "null"), &pull(1, 16)]);
        let mut chunks = Vec::new();
        while chunks.last().is_none_or(|last| last != "result #1=null") {
            let received = app.received("a");
            assert!(received.len() <= 16);
            chunks.extend(received);
            app.eval("note(produced)");
            let produced: usize = app.notes().concat().parse().unwrap();
            assert!(produced <= chunks.len());
            app.call("a", &[&pull(1, 8)]);
        }
        chunks.pop();
        let expected: Vec<_> = (0..1_000).map(|n| format!("chunk #1={n}")).collect();
        assert_eq!(chunks, expected);
    });
}

#[test]
fn the_end_cancels_what_is_being_answered() {
    let code = r#"
        handle("r", (payload, { signal }) => new Promise(() => {
            signal.addEventListener("abort", () => note("aborted"), { once: true });
        }));
    "#;
    start(code, |app| {
        app.call("a", &[&request(1, "r", "null")]);
        app.router.close();
        assert_eq!(app.notes(), ["aborted"]);
    });
}
