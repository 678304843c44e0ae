//! `request` and `stream`: calls of the app.

use std::time::Duration;

use webview_host::BackendEventKind;

use crate::app::{App, run, window};

const IMPORTS: &str = r#"
    import { request, sendToWindow, stream } from "host:ipc";
    Object.assign(globalThis, { request, stream, send: sendToWindow });
    globalThis.told = (promise) => promise.then(
        (value) => note({ value }),
        (error) => note([error?.name, error?.message, error?.code, error?.windowId, error?.channel]),
    );
    globalThis.read = async (chunks) => {
        try {
            for await (const chunk of chunks) note(chunk);
            note("end");
        } catch (error) {
            note(`error ${error?.code ?? error}`);
        }
    };
"#;

fn start(test: impl FnOnce(&mut App) + Send + 'static) {
    run(IMPORTS, |app| {
        app.open("a");
        app.load("a");
        test(app);
    });
}

/// A step that the page takes in the app's call.
fn step(kind: &str, call: u32, rest: &str) -> String {
    format!(r#"{{"type":"{kind}","call":{call},{rest}}}"#)
}

fn result(call: u32, payload: &str) -> String {
    step("result", call, &format!(r#""payload":{payload}"#))
}

fn chunk(call: u32, payload: &str) -> String {
    step("chunk", call, &format!(r#""payload":{payload}"#))
}

fn error(call: u32, error: &str) -> String {
    step("error", call, &format!(r#""error":{error}"#))
}

#[test]
fn a_request_resolves_to_the_pages_answer() {
    start(|app| {
        app.eval("told(request('a', 'add', [1, 2])); told(request('a', 'none'));");
        assert_eq!(
            app.received("a"),
            ["request #1 add=[1,2]", "request #2 none=null"]
        );
        assert_eq!(app.notes(), [""; 0]);
        app.call("a", &[&result(2, "null"), &result(1, r#"{"sum":3}"#)]);
        assert_eq!(app.notes(), [r#"{"value":null}"#, r#"{"value":{"sum":3}}"#]);
        // A second answer, and one that nobody asked for.
        app.call("a", &[&result(1, "4"), &result(7, "4"), &chunk(2, "4")]);
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn a_request_rejects_with_what_the_page_threw() {
    start(|app| {
        app.eval(
            "request('a', 'c').catch((error) => note([
                error instanceof Error, error.name, error.message, error.code, error.stack,
                error.windowId, error.channel, Object.keys(error),
            ]));
             request('a', 'd').catch((error) => note(typeof error.stack));",
        );
        app.received("a");
        let told = r#"{"name":"RangeError","message":"no","code":"mine","stack":"at page"}"#;
        let without = r#"{"name":"Error","message":"no","code":"handler-failed"}"#;
        app.call("a", &[&error(1, told), &error(2, without)]);
        let expected = [
            r#"[true,"RangeError","no","mine","at page","a","c",["code","windowId","channel"]]"#,
            "string",
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn requests_keep_their_place_among_messages() {
    start(|app| {
        app.listen("a", "m");
        app.eval(
            "send('a', 'm', 1); request('a', 'r', 2); send('a', 'm', 3);
             stream('a', 's', 4).next(); send('a', 'm', 5);",
        );
        let expected = [
            "m=1",
            "request #1 r=2",
            "m=3",
            "stream #2 s=4",
            "pull #2 16",
            "m=5",
        ];
        assert_eq!(app.received("a"), expected);
    });
}

#[test]
fn what_cannot_be_asked_is_a_coded_error() {
    run(
        &format!(
            r#"{IMPORTS}
            for (const call of [request, async (...args) => stream(...args)]) {{
                await fails(() => call(7, "c"));
                await fails(() => call("a"));
                await fails(() => call("nobody", "c"));
                await fails(() => call("", "c"));
                await fails(() => call("a", ""));
                await fails(() => call("a", "close"));
                await fails(() => call("a", "c", () => {{}}));
                await fails(() => call("a", "c", 1, 7));
                await fails(() => call("a", "c", 1, null));
                await fails(() => call("a", "c", 1, {{ signal: {{}} }}));
                await fails(() => call("a", "c", 1, {{ timeoutMs: -1 }}));
                await fails(() => call("a", "c", 1, {{ timeoutMs: 2 ** 31 }}));
                await fails(() => call("a", "c", 1, {{ timeoutMs: NaN }}));
                await fails(() => call("a", "c", 1, {{ timeoutMs: "1" }}));
            }}"#
        ),
        |app| {
            let bad_options = r#"["TypeError","bad-options","a","c"]"#;
            let each = [
                r#"["TypeError","bad-window-id",null,null]"#,
                r#"["TypeError","bad-channel",null,null]"#,
                r#"["Error","unknown-window","nobody","c"]"#,
                r#"["TypeError","bad-window-id","","c"]"#,
                r#"["TypeError","bad-channel","a",""]"#,
                r#"["Error","reserved-channel","a","close"]"#,
                r#"["TypeError","bad-payload","a","c"]"#,
                bad_options,
                bad_options,
                bad_options,
                bad_options,
                bad_options,
                bad_options,
                bad_options,
            ];
            assert_eq!(app.notes(), [each, each].concat());
        },
    );
}

#[test]
fn only_so_many_calls_may_be_open() {
    start(|app| {
        app.eval(
            "globalThis.controller = new AbortController();
             const { signal } = controller;
             for (let n = 0; n < 4_096; n++) request('a', 'c', n, { signal }).catch(() => {});
             fails(() => request('a', 'c'));
             fails(async () => stream('a', 'c'));",
        );
        assert_eq!(app.notes(), [r#"["Error","queue-full","a","c"]"#; 2],);
        app.eval("controller.abort(); told(request('a', 'c'));");
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn a_windows_list_of_channels_counts_for_calls() {
    let code = r#"
        import { createWindow } from "host:window";
        await createWindow({ id: "strict", channels: { send: ["y"], receive: ["x"] } });
        await fails(() => request("strict", "y"));
        await fails(async () => stream("strict", "y"));
        request("strict", "x").then(note);
    "#;
    run(&format!("{IMPORTS}{code}"), |app| {
        let refused = r#"["Error","channel-not-allowed","strict","y"]"#;
        assert_eq!(app.notes(), [refused, refused]);
        app.load("strict");
        assert_eq!(app.received("strict"), ["request #1 x=null"]);
        app.call("strict", &[&result(1, "1")]);
        assert_eq!(app.notes(), ["1"]);
    });
}

#[test]
fn a_timeout_gives_a_request_up() {
    start(|app| {
        app.eval("told(request('a', 'c', null, { timeoutMs: 100 }))");
        assert_eq!(app.received("a"), ["request #1 c=null"]);
        app.pass(Duration::from_millis(99));
        assert_eq!(app.notes(), [""; 0]);
        app.pass(Duration::from_millis(1));
        let message = r#"no answer from window \"a\" on \"c\" within 100 ms"#;
        assert_eq!(
            app.notes(),
            [format!(r#"["Error","{message}","timeout","a","c"]"#)]
        );
        assert_eq!(app.received("a"), ["cancel #1"]);
        app.call("a", &[&result(1, "1")]);
        assert_eq!(app.notes(), [""; 0]);

        // An answer in time stops the clock.
        app.eval("told(request('a', 'c', null, { timeoutMs: 100 }))");
        app.received("a");
        app.call("a", &[&result(2, "1")]);
        app.pass(Duration::from_secs(1));
        assert_eq!(app.notes(), [r#"{"value":1}"#]);
        assert_eq!(app.received("a"), [""; 0]);
    });
}

#[test]
fn a_signal_gives_a_request_up() {
    start(|app| {
        app.eval(
            "globalThis.controller = new AbortController();
             told(request('a', 'c', null, { signal: controller.signal, timeoutMs: 100 }));",
        );
        assert_eq!(app.received("a"), ["request #1 c=null"]);
        app.eval("controller.abort(new RangeError('mine'))");
        assert_eq!(app.notes(), [r#"["RangeError","mine",null,null,null]"#]);
        assert_eq!(app.received("a"), ["cancel #1"]);
        app.eval("note(controller.signal.listeners.size)");
        app.eval("told(request('a', 'c', null, { signal: controller.signal }))");
        assert_eq!(
            app.notes(),
            ["0", r#"["RangeError","mine",null,null,null]"#]
        );
        assert_eq!(app.received("a"), [""; 0], "it had aborted before");
        app.pass(Duration::from_secs(1));
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn what_is_given_up_before_the_page_had_it_never_arrives() {
    run(IMPORTS, |app| {
        app.open("a");
        app.eval(
            "told(request('a', 'c', null, { timeoutMs: 1 }));
             const rows = stream('a', 's'); rows.next(); rows.return();",
        );
        app.pass(Duration::from_millis(1));
        assert_eq!(app.notes().len(), 1);
        app.load("a");
        assert_eq!(app.received("a"), [""; 0]);
    });
}

#[test]
fn a_page_that_goes_fails_what_it_has_begun() {
    start(|app| {
        app.eval("told(request('a', 'c', 1)); read(stream('a', 's'));");
        app.received("a");
        app.eval("told(request('a', 'c', 2))");
        assert_eq!(app.read("a"), ["request #3 c=2"]);
        app.load("a");
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(
            notes,
            [
                r#"["Error","the page is gone","page-gone","a","c"]"#,
                "error page-gone"
            ]
        );
        // What it had not acknowledged is for the next page.
        assert_eq!(app.received("a"), ["request #3 c=2"]);
        app.call("a", &[&result(3, "2")]);
        assert_eq!(app.notes(), [r#"{"value":2}"#]);
    });
}

#[test]
fn a_window_that_closes_fails_everything() {
    start(|app| {
        app.eval("told(request('a', 'c', 1)); read(stream('a', 's'));");
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(
            notes,
            [
                r#"["Error","the window is closed","window-closed","a","c"]"#,
                "error window-closed"
            ]
        );
        app.eval("told(request('a', 'c', 1))");
        let message = r#"window \"a\" is closed"#;
        assert_eq!(
            app.notes(),
            [format!(r#"["Error","{message}","window-closed","a","c"]"#)]
        );
    });
}

#[test]
fn the_end_fails_everything() {
    start(|app| {
        app.eval("told(request('a', 'c', 1)); read(stream('a', 's'));");
        app.router.close();
        let gone = r#"["Error","the app is ending","host-gone","a","c"]"#;
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, [gone, "error host-gone"]);
        app.eval("told(request('a', 'c', 1))");
        assert_eq!(app.notes(), [gone]);
    });
}

#[test]
fn only_a_call_that_is_open_keeps_the_script_alive() {
    let code = r#"
        import { handle, request, stream } from "host:ipc";
        handle("h", () => {});
        globalThis.request = request;
        globalThis.stream = stream;
    "#;
    run(code, |app| {
        app.open("a");
        app.load("a");
        assert!(!app.is_alive, "waiting for calls does not");
        app.eval("request('a', 'c').then(note); request('a', 'c').then(note);");
        app.received("a");
        assert!(app.is_alive);
        app.call("a", &[&result(1, "1")]);
        assert!(app.is_alive);
        app.call("a", &[&result(2, "2")]);
        assert!(!app.is_alive);
        app.eval("globalThis.rows = stream('a', 's'); request('a', 'c').then(note);");
        app.received("a");
        app.call("a", &[&result(4, "4")]);
        assert!(app.is_alive);
        app.eval("rows.return()");
        assert!(!app.is_alive);
        // A time limit is no reason by itself.
        app.eval("request('a', 'c', null, { timeoutMs: 1e6 }).then(note)");
        app.received("a");
        app.call("a", &[&result(5, "5")]);
        assert_eq!(app.notes(), ["1", "2", "4", "5"]);
        assert!(!app.is_alive);
    });
}

#[test]
fn a_stream_asks_for_what_it_consumes() {
    start(|app| {
        app.eval("globalThis.rows = stream('a', 's', 7)");
        assert_eq!(app.received("a"), ["stream #1 s=7"]);
        app.eval(
            "(async () => { for (let n = 0; n < 20; n++) note((await rows.next()).value) })()",
        );
        assert_eq!(app.received("a"), ["pull #1 16"]);
        let chunks: Vec<_> = (0..16).map(|n| chunk(1, &n.to_string())).collect();
        let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
        app.call("a", &chunks[..7]);
        assert_eq!(app.received("a"), [""; 0]);
        app.call("a", &chunks[7..]);
        assert_eq!(app.received("a"), ["pull #1 8", "pull #1 8"]);
        let expected: Vec<_> = (0..16).map(|n| n.to_string()).collect();
        assert_eq!(app.notes(), expected);
        app.call("a", &[&chunk(1, "[]"), &result(1, "null")]);
        app.eval("rows.next().then(note)");
        assert_eq!(
            app.notes(),
            [
                "[]",
                r#"undefined"#,
                r#"undefined"#,
                r#"undefined"#,
                r#"{"done":true}"#
            ]
        );
    });
}

#[test]
fn a_streams_error_comes_after_its_chunks() {
    start(|app| {
        app.eval(
            "globalThis.rows = stream('a', 's'); rows.next().then(({ value }) => note(value));",
        );
        app.received("a");
        let told = r#"{"name":"Error","message":"no","code":"mine"}"#;
        app.call("a", &[&chunk(1, "1"), &chunk(1, "2"), &error(1, told)]);
        assert_eq!(app.notes(), ["1"]);
        app.eval("read(rows).then(() => read(rows))");
        assert_eq!(app.notes(), ["2", "error mine", "end"]);
    });
}

#[test]
fn leaving_a_stream_cancels_it() {
    start(|app| {
        for (call, leave) in [
            (
                1,
                "(async () => { for await (const _ of rows) break; note('left') })()",
            ),
            (
                2,
                "rows.next().then(() => rows.return('left')).then(({ value }) => note(value))",
            ),
            (3, "rows.next().then(() => rows.throw('left')).catch(note)"),
            (
                4,
                "rows.next().then(() => rows[Symbol.asyncDispose]()).then(() => note('left'))",
            ),
        ] {
            app.eval("globalThis.rows = stream('a', 's')");
            app.eval(leave);
            app.received("a");
            app.call("a", &[&chunk(call, "1"), &chunk(call, "2")]);
            assert_eq!(app.notes(), ["left"], "{leave}");
            assert_eq!(app.received("a"), [format!("cancel #{call}")], "{leave}");
            app.call("a", &[&chunk(call, "3"), &result(call, "null")]);
            app.eval("read(rows)");
            assert_eq!(app.notes(), ["end"], "{leave}");
            app.eval("rows.return()");
            assert_eq!(app.received("a"), [""; 0], "{leave}");
        }
    });
}

#[test]
fn a_signal_ends_a_stream() {
    start(|app| {
        app.eval(
            "globalThis.controller = new AbortController();
             globalThis.rows = stream('a', 's', 1, { signal: controller.signal });
             rows.next().then(({ value }) => note(value));",
        );
        app.received("a");
        app.pass(Duration::from_secs(1));
        app.call("a", &[&chunk(1, "1"), &chunk(1, "2")]);
        app.eval("controller.abort('mine'); read(rows).then(() => read(rows));");
        assert_eq!(app.notes(), ["1", "error mine", "end"]);
        assert_eq!(app.received("a"), ["cancel #1"]);
        app.eval("read(stream('a', 's', 1, { signal: controller.signal }))");
        assert_eq!(app.notes(), ["error mine"]);
        assert_eq!(app.received("a"), [""; 0], "it had aborted before");
    });
}

#[test]
fn a_stream_is_an_async_generator_and_nothing_else() {
    start(|app| {
        app.eval(
            "const rows = stream('a', 's');
             note([
                 rows[Symbol.asyncIterator]() === rows,
                 Object.prototype.toString.call(rows),
                 Object.keys(rows),
                 Object.getOwnPropertyNames(Object.getPrototypeOf(rows)),
             ]);",
        );
        assert_eq!(
            app.notes(),
            [r#"[true,"[object AsyncGenerator]",[],["constructor","next","return","throw"]]"#]
        );
    });
}

#[test]
fn a_long_stream_never_has_more_than_a_few_chunks_waiting() {
    start(|app| {
        app.eval(
            "globalThis.rows = stream('a', 's');
             globalThis.list = [];
             globalThis.more = async (count) => {
                 for (let n = 0; n < count; n++) {
                     const { value, done } = await rows.next();
                     if (!done) list.push(value);
                 }
             };
             more(1);",
        );
        let (mut credit, mut sent) = (0, 0);
        while sent < 1_000 {
            for frame in app.received("a") {
                if let Some(count) = frame.strip_prefix("pull #1 ") {
                    credit += count.parse::<usize>().unwrap();
                }
            }
            assert!(credit <= 16, "{credit}");
            let chunks: Vec<_> = (0..credit.min(1_000 - sent))
                .map(|n| chunk(1, &(sent + n).to_string()))
                .collect();
            assert!(!chunks.is_empty() || credit == 0);
            let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
            app.call("a", &chunks);
            sent += chunks.len();
            credit -= chunks.len();
            app.eval("more(5)");
        }
        app.call("a", &[&result(1, "null")]);
        app.eval("more(1_000).then(() => note(list.length, list.every((n, at) => n === at)))");
        assert_eq!(app.notes(), ["1000"]);
        app.eval("note(list.every((n, index) => n === index))");
        assert_eq!(app.notes(), ["true"]);
    });
}
