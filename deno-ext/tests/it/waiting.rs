//! Sends that wait: for room, and for the page's acknowledgement; and how channels wait.

use std::thread::sleep;
use std::time::Duration;

use webview_host::BackendEventKind;

use crate::app::{App, Setup, run, window};

const IMPORTS: &str = r#"
    import { broadcast, configureChannel, ipcStats, request, sendToWindow } from "host:ipc";
    Object.assign(globalThis, { broadcast, configureChannel, ipcStats, request });
    globalThis.send = (payload, options) => sendToWindow("a", "c", payload, options).then(
        () => note(`sent ${payload}`),
        (error) => note(`${payload}: ${error?.code ?? error}`),
    );
    globalThis.told = (results) => results.then(
        (results) => note(results.map(({ windowId, ok, error }) => [windowId, ok, error?.code])),
        note,
    );
"#;

fn start(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), |app| {
        app.open("a");
        test(app);
    });
}

fn load(app: &mut App) {
    app.load("a");
    app.listen("a", "c");
}

#[test]
fn a_sender_waits_for_room_and_order_is_kept() {
    start("configureChannel('c', { capacity: 2 })", |app| {
        app.eval("for (let n = 1; n <= 5; n++) send(n)");
        assert_eq!(app.notes(), ["sent 1", "sent 2"]);
        assert!(app.is_alive, "someone waits");
        load(app);
        assert_eq!(app.received("a"), ["c=1", "c=2", "c=3", "c=4", "c=5"]);
        assert_eq!(app.notes(), ["sent 3", "sent 4", "sent 5"]);
        assert!(!app.is_alive);
    });
}

#[test]
fn what_is_called_later_does_not_overtake_a_sender_who_waits() {
    start("configureChannel('c', { capacity: 1 })", |app| {
        load(app);
        app.eval("send(1); send(2); send(3); request('a', 'r', 4); send(5);");
        let expected = ["c=1", "c=2", "c=3", "request #1 r=4", "c=5"];
        assert_eq!(app.received("a"), expected);
    });
}

#[test]
fn who_waits_for_room_hears_of_the_windows_end() {
    start("configureChannel('c', { capacity: 1 })", |app| {
        app.eval("send(1); send(2); send(3, { ack: true });");
        assert_eq!(app.notes(), ["sent 1"]);
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        assert_eq!(app.notes(), ["2: window-closed", "3: window-closed"]);
        assert!(!app.is_alive);
    });
}

#[test]
fn waiting_may_end_by_timeout_or_signal_and_the_message_still_arrives() {
    let code = "
        configureChannel('c', { capacity: 1 });
        globalThis.controller = new AbortController();
    ";
    start(code, |app| {
        app.eval(
            "send(1, { timeoutMs: 100, signal: controller.signal });
             send(2, { timeoutMs: 100 });
             send(3, { signal: controller.signal });",
        );
        assert_eq!(app.notes(), ["sent 1"]);
        app.pass(Duration::from_millis(100));
        assert_eq!(app.notes(), ["2: timeout"]);
        app.eval("controller.abort('mine')");
        assert_eq!(app.notes(), ["3: mine"]);
        assert!(!app.is_alive, "nobody waits");
        app.eval("send(4, { signal: controller.signal })");
        assert_eq!(app.notes(), ["4: mine"]);
        load(app);
        assert_eq!(app.received("a"), ["c=1", "c=2", "c=3"]);
        assert_eq!(app.notes(), [""; 0]);
    });
}

#[test]
fn an_acknowledged_send_waits_for_the_pages_handlers() {
    start("", |app| {
        app.eval("send(1, { ack: true }); send(2);");
        assert_eq!(app.notes(), ["sent 2"]);
        load(app);
        assert_eq!(app.read("a"), ["c=1", "c=2"]);
        assert_eq!(app.notes(), [""; 0], "the page is at it");
        // Another page gets it again, as the first one did not finish.
        load(app);
        assert_eq!(app.received("a"), ["c=1", "c=2"]);
        assert_eq!(app.notes(), ["sent 1"]);
    });
}

#[test]
fn an_acknowledgement_may_not_come() {
    start("globalThis.controller = new AbortController();", |app| {
        app.eval(
            "send(1, { ack: true, timeoutMs: 100 });
             send(2, { ack: true, signal: controller.signal });
             send(3, { ack: true });",
        );
        load(app);
        app.read("a");
        app.pass(Duration::from_millis(100));
        app.eval("controller.abort('mine')");
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        assert_eq!(app.notes(), ["1: timeout", "2: mine", "3: window-closed"]);
    });
}

#[test]
fn wrong_options_are_coded_errors() {
    start("", |app| {
        app.eval(
            "(async () => {
                for (const options of [
                    null, 7, 'ack', { ack: 1 }, { timeoutMs: -1 }, { timeoutMs: '1' },
                    { signal: null }, { signal: 7 }, { signal: {} },
                ]) {
                    await send(JSON.stringify(options), options);
                }
                for (const except of ['a', 7, null, {}, [7], [undefined]]) {
                    await fails(() => broadcast('*', 'c', 1, { except }));
                }
                await fails(() => broadcast('*', 'c', 1, { ack: 'yes' }));
            })()",
        );
        let notes = app.notes();
        assert_eq!(notes.len(), 16);
        let (sends, broadcasts) = notes.split_at(9);
        assert!(sends.iter().all(|note| note.ends_with(": bad-options")));
        let expected = r#"["TypeError","bad-options",null,"c"]"#;
        assert!(broadcasts.iter().all(|note| note == expected), "{notes:?}");
        load(app);
        assert_eq!(app.received("a"), [""; 0]);
    });
}

#[test]
fn a_broadcast_to_all_leaves_out_the_excepted() {
    start("", |app| {
        for id in ["b", "d"] {
            app.open(id);
        }
        app.eval("told(broadcast('*', 'c', 1, { except: new Set(['b', 'nobody']) }))");
        assert_eq!(app.notes(), [r#"[["a",true,null],["d",true,null]]"#]);
        app.eval("told(broadcast(['d', 'b'], 'c', 2, { except: ['b'] }))");
        assert_eq!(app.notes(), [r#"[["d",true,null]]"#]);
        app.eval("told(broadcast('*', 'c', 3))");
        let all = r#"[["a",true,null],["b",true,null],["d",true,null]]"#;
        assert_eq!(app.notes(), [all]);
        for (id, expected) in [
            ("a", &["c=1", "c=3"][..]),
            ("b", &["c=3"]),
            ("d", &["c=1", "c=2", "c=3"]),
        ] {
            app.load(id);
            app.listen(id, "c");
            assert_eq!(app.received(id), expected, "{id}");
        }
    });
}

#[test]
fn in_a_broadcast_each_window_waits_on_its_own() {
    start("configureChannel('c', { capacity: 1 })", |app| {
        app.open("b");
        app.eval("send(1)");
        app.eval("told(broadcast(['a', 'b', 'nobody'], 'c', 2, { timeoutMs: 100 }))");
        assert_eq!(app.notes(), ["sent 1"]);
        app.pass(Duration::from_millis(100));
        let expected =
            r#"[["a",false,"timeout"],["b",true,null],["nobody",false,"unknown-window"]]"#;
        assert_eq!(app.notes(), [expected]);
        load(app);
        assert_eq!(app.received("a"), ["c=1", "c=2"], "it was not too late");
    });
}

#[test]
fn a_broadcast_may_be_acknowledged_or_aborted() {
    start("globalThis.controller = new AbortController();", |app| {
        app.open("b");
        let options = "{ ack: true, signal: controller.signal }";
        app.eval(&format!("told(broadcast('*', 'c', 1, {options}))"));
        load(app);
        app.received("a");
        assert_eq!(app.notes(), [""; 0]);
        app.load("b");
        app.listen("b", "c");
        app.received("b");
        assert_eq!(app.notes(), [r#"[["a",true,null],["b",true,null]]"#]);
        app.eval(&format!("told(broadcast('*', 'c', 2, {options}))"));
        app.received("a");
        app.eval("controller.abort('mine')");
        app.eval(&format!("told(broadcast('*', 'c', 3, {options}))"));
        assert_eq!(app.notes(), ["mine", "mine"]);
        assert_eq!(app.received("a"), [""; 0]);
        assert_eq!(app.received("b"), ["c=2"]);
    });
}

#[test]
fn channels_keep_to_their_policies() {
    let code = "
        configureChannel('c', { overflow: 'fail', capacity: 5 });
        configureChannel('c*', { overflow: 'keep-latest' });
        configureChannel('c', { overflow: 'drop-oldest', capacity: 2 });
    ";
    start(code, |app| {
        app.eval("for (let n = 1; n <= 4; n++) send(n, { ack: true })");
        assert_eq!(app.notes(), ["1: dropped", "2: dropped"]);
        app.eval("configureChannel('c', { overflow: 'keep-latest' }); send(5, { ack: true });");
        assert_eq!(app.notes(), ["3: dropped", "4: dropped"]);
        app.eval("configureChannel('c', { overflow: 'fail', capacity: 1 }); send(6);");
        assert_eq!(app.notes(), ["6: queue-full"]);
        app.eval("configureChannel('c', { overflow: 'fail', maxBytes: 2 }); send(7);");
        assert_eq!(app.notes(), ["sent 7"]);
        app.eval("send(8)");
        assert_eq!(app.notes(), ["8: queue-full"]);
        load(app);
        assert_eq!(app.received("a"), ["c=5", "c=7"]);
        assert_eq!(app.notes(), ["sent 5"]);
    });
}

#[test]
fn a_message_that_waits_too_long_expires() {
    start("configureChannel('c', { ttlMs: 1 })", |app| {
        app.eval("send(1, { ack: true }); send(2);");
        assert_eq!(app.notes(), ["sent 2"]);
        sleep(Duration::from_millis(5));
        load(app);
        assert_eq!(app.received("a"), [""; 0]);
        assert_eq!(app.notes(), ["1: expired"]);
    });
}

#[test]
fn a_sticky_channels_last_message_is_for_every_page() {
    start("configureChannel('c', { sticky: true })", |app| {
        load(app);
        app.eval("send(1); send(2);");
        assert_eq!(app.received("a"), ["c=1", "c=2"]);
        load(app);
        assert_eq!(app.received("a"), ["c=2"]);
    });
}

#[test]
fn bad_policies_name_the_field() {
    start("", |app| {
        app.eval(
            "for (const [pattern, policy] of [
                 ['c'],
                 ['c', null],
                 ['c', []],
                 ['c', { overflow: 'block' }],
                 ['c', { capacity: 0 }],
                 ['c', { capacity: -1 }],
                 ['c', { capacity: 1.5 }],
                 ['c', { capacity: NaN }],
                 ['c', { maxBytes: 0 }],
                 ['c', { maxBytes: '1' }],
                 ['c', { ttlMs: -1 }],
                 ['c', { ttlMs: 1n }],
                 ['c', { sticky: 1 }],
                 ['c', { sticky: () => {} }],
                 ['c', { size: 1 }],
                 ['c', { get capacity() { throw 'mine' } }],
                 ['', {}],
                 [7, {}],
                 ['x'.repeat(257), {}],
             ]) {
                 try {
                     configureChannel(pattern, policy);
                     note('no error');
                 } catch ({ constructor, code, message }) {
                     note(`${constructor.name} ${code} ${message}`);
                 }
             }",
        );
        let notes = app.notes();
        let expected = [
            "the options must be an object",
            "the options must be an object",
            "the options must be an object",
            "overflow",
            "capacity",
            "capacity",
            "capacity",
            "capacity",
            "maxBytes",
            "maxBytes",
            "ttlMs",
            "ttlMs",
            "sticky",
            "sticky",
            "size",
            "mine",
        ];
        let (policies, channels) = notes.split_at(expected.len());
        for (note, field) in policies.iter().zip(expected) {
            assert!(note.starts_with("TypeError bad-policy "), "{note}");
            assert!(note.contains(field), "{note}");
        }
        assert_eq!(channels.len(), 3);
        for note in channels {
            assert!(note.starts_with("TypeError bad-channel "), "{note}");
        }
    });
}

#[test]
fn stats_tell_what_became_of_everything() {
    let code = "
        configureChannel('d', { overflow: 'drop-oldest', capacity: 1 });
        configureChannel('f', { overflow: 'fail', capacity: 1 });
        note(ipcStats());
    ";
    start(code, |app| {
        assert_eq!(app.notes(), [r#"{"windows":[]}"#]);
        app.open("b");
        app.eval(
            "for (const channel of ['c', 'd', 'f']) broadcast(['a'], channel, 'x');
             for (const channel of ['c', 'd', 'f']) broadcast(['a'], channel, 'y');
             request('a', 'r').catch(() => {});",
        );
        load(app);
        app.received("a");
        app.send("a", "m", "[1]");
        app.eval("broadcast(['a'], 'c', 'z')");
        app.read("a");
        app.eval(
            "const [a, b, ...rest] = ipcStats().windows;
             const { channels, ...others } = a;
             note(others);
             for (const { latencyP50Ms, latencyP99Ms, ...counts } of channels) {
                 note(counts);
                 note([latencyP50Ms, latencyP99Ms].map((latency) => latency === null ? null : latency >= 0));
             }
             note(b);
             note(rest);",
        );
        let expected = [
            r#"{"windowId":"a","inFlight":1,"calls":1,"received":1,"receivedBytes":3}"#,
            r#"{"channel":"c","accepted":3,"delivered":2,"deliveredBytes":6,"dropped":0,"expired":0,"lost":0,"refused":0,"waiting":0,"waitingBytes":0}"#,
            "[true,true]",
            r#"{"channel":"d","accepted":2,"delivered":0,"deliveredBytes":0,"dropped":1,"expired":0,"lost":0,"refused":0,"waiting":1,"waitingBytes":3}"#,
            "[null,null]",
            r#"{"channel":"f","accepted":1,"delivered":0,"deliveredBytes":0,"dropped":0,"expired":0,"lost":0,"refused":1,"waiting":1,"waitingBytes":3}"#,
            "[null,null]",
            r#"{"windowId":"b","channels":[],"inFlight":0,"calls":0,"received":0,"receivedBytes":0}"#,
            "[]",
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn many_senders_wait_in_order_but_not_without_end() {
    let mut setup = Setup::new(&format!(
        "{IMPORTS} configureChannel('c', {{ capacity: 8 }});"
    ));
    setup.limits.window_messages = 1_000;
    setup.run(|app| {
        app.open("a");
        app.eval("for (let n = 0; n < 1_009; n++) send(n)");
        let mut told: Vec<_> = (0..8).map(|n| format!("sent {n}")).collect();
        told.push("1008: queue-full".to_owned());
        let mut notes = app.notes();
        notes.sort_by_key(|note| !note.starts_with("sent"));
        assert_eq!(notes, told);
        load(app);
        let expected: Vec<_> = (0..1_008).map(|n| format!("c={n}")).collect();
        assert_eq!(app.received("a"), expected);
        let expected: Vec<_> = (8..1_008).map(|n| format!("sent {n}")).collect();
        assert_eq!(app.notes(), expected);
    });
}
