//! `host.handle`: what the app asks the page.

use preload_js::Config;
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, KEY, Realm, hello, message};

fn request(call: u64, channel: &str, payload: Json) -> Json {
    json!({"type": "request", "call": call, "channel": channel, "payload": payload})
}

fn cancel(call: u64) -> Json {
    json!({"type": "cancel", "call": call})
}

fn result(call: u64, payload: Json) -> Json {
    json!({"type": "result", "call": call, "payload": payload})
}

/// The calls that failed, with their codes.
#[track_caller]
fn failures(realm: &Realm) -> Vec<(u64, String)> {
    let frames = realm.frames().into_iter();
    let failures = frames.map(|frame| {
        assert_eq!(frame["type"], "error", "{frame}");
        let code = frame["error"]["code"].as_str().unwrap();
        (frame["call"].as_u64().unwrap(), code.to_owned())
    });
    failures.collect()
}

#[test]
fn wire_of_answers() {
    let stacks = [false, true];
    for stacks in stacks {
        let realm = Realm::with(&Config { stacks, ..CONFIG });
        let page = realm.page();
        realm.run(
            "host.handle('add', ([a, b]) => a + b); host.handle('none', async () => {});
             host.handle('bad', () => {
               throw Object.assign(new RangeError('no \"row\"'), { code: 'bad-row', stack: 'at f' });
             });",
        );
        realm.deliver_frames(&[
            request(7, "add", json!([1, 2])),
            request(8, "none", json!(null)),
            request(9007199254740991, "bad", json!(null)),
        ]);
        let stack = if stacks { r#","stack":"at f""# } else { "" };
        let frames = [
            // What was thrown at once is told at once, and why, to the host, too.
            r#"{"type":"report","report":{"kind":"handler","text":"bad: RangeError: no \"row\"","place":""}},"#,
            r#"{"type":"error","call":9007199254740991,"error":{"name":"RangeError","message":"no \"row\"","code":"bad-row""#,
            stack,
            r#"}},{"type":"result","call":7,"payload":3},{"type":"result","call":8,"payload":null}"#,
        ]
        .concat();
        let start = format!(r#"{{"key":"{KEY}","page":"{page}","seq":2,"ack":3,"#);
        assert_eq!(
            realm.posted(),
            [format!(r#"{start}"frames":[{frames}]}}"#)],
            "with the acknowledgement"
        );
    }
}

#[test]
fn answers_may_come_later_and_in_another_order() {
    let realm = Realm::new();
    realm.run(
        "resolvers = [];
         stop = host.handle('a', function (payload, context) {
           'use strict';
           note(JSON.stringify([payload, Object.keys(context), String(this)]));
           return new Promise((resolve) => resolvers.push(resolve));
         });
         host.handle('thenable', () => ({ then(resolve) { resolve('then') } }));",
    );
    realm.frames();
    realm.deliver_frames(&[request(1, "a", json!("x")), request(2, "a", json!("y"))]);
    let called = |payload| format!(r#"["{payload}",["signal"],"undefined"]"#);
    assert_eq!(realm.notes(), [called("x"), called("y")]);
    realm.run("stop(); resolvers[1]('second')");
    realm.run("resolvers[0]({ first: 1 })");
    realm.deliver_frames(&[request(3, "thenable", json!(null))]);
    let expected = [
        result(2, json!("second")),
        result(1, json!({"first": 1})),
        result(3, json!("then")),
    ];
    assert_eq!(realm.frames(), expected);
}

#[test]
fn messages_and_calls_begin_in_the_order_of_their_frames() {
    let realm = Realm::new();
    realm.run(
        "host.on('m', (p) => { note('m' + p); host.send('m', p) });
         host.handle('a', (p) => { note('a' + p); host.send('a', p); return p });
         host.handleStream('s', (p) => { note('s' + p); host.send('s', p); return [] });",
    );
    realm.frames();
    realm.deliver_frames(&[
        message("m", json!(1)),
        request(1, "a", json!(2)),
        json!({"type": "stream", "call": 2, "channel": "s", "payload": 3}),
        json!({"type": "pull", "call": 2, "count": 1}),
        message("m", json!(4)),
        request(3, "a", json!(5)),
    ]);
    assert_eq!(realm.notes(), ["m1", "a2", "s3", "m4", "a5"]);
    let frames = realm.frames();
    let sent: Vec<_> = frames.iter().map(|frame| &frame["payload"]).collect();
    // What handlers sent comes before what they answered.
    assert_eq!(sent[..5], [1, 2, 3, 4, 5]);
    assert!(frames[5..].contains(&result(1, json!(2))));
    assert!(frames[5..].contains(&result(2, json!(null))));
    assert!(frames[5..].contains(&result(3, json!(5))));
    assert_eq!(frames.len(), 8);
}

#[test]
fn whatever_is_thrown_crosses_as_an_error() {
    let realm = Realm::with(&Config {
        stacks: true,
        ..CONFIG
    });
    realm.run("host.handle('a', (source) => { throw eval('(' + source + ')') })");
    realm.run("host.handle('b', async (source) => { throw eval('(' + source + ')') })");
    realm.frames();
    let none = "what was thrown has no message";
    let failed = "handler-failed";
    let long = "x".repeat(65536);
    for (thrown, name, text, code) in [
        ("new TypeError('t')", "TypeError", "t", failed),
        (
            "Object.assign(new Error('c'), { code: 'mine' })",
            "Error",
            "c",
            "mine",
        ),
        (
            "Object.assign(new Error('c'), { code: 20 })",
            "Error",
            "c",
            failed,
        ),
        (
            "Object.assign(new Error('c'), { code: '' })",
            "Error",
            "c",
            failed,
        ),
        ("'text'", "Error", "text", failed),
        ("5", "Error", "5", failed),
        ("Symbol('s')", "Error", "Symbol(s)", failed),
        ("null", "Error", "null", failed),
        ("undefined", "Error", "undefined", failed),
        ("{}", "Error", none, failed),
        ("() => {}", "Error", none, failed),
        ("{ message: 5, name: {}, code: [] }", "Error", none, failed),
        (
            "{ get message() { throw 1 }, get name() { throw 2 }, get code() { throw 3 } }",
            "Error",
            none,
            failed,
        ),
        (
            "new Proxy({}, { get() { throw new Error('trap') } })",
            "Error",
            none,
            failed,
        ),
        ("{ toString() { throw 1 } }", "Error", none, failed),
        // What the host would not read with the rest of its batch.
        (
            r"{ message: 'a\ud800b\udc00', name: '\ud800', code: '\ud800', stack: '\ud800' }",
            "Error",
            "a\u{fffd}b\u{fffd}",
            failed,
        ),
        (
            "{ message: 'm', name: 'n'.repeat(257), code: 'é'.repeat(129) }",
            "Error",
            "m",
            failed,
        ),
        ("{ message: 'x'.repeat(100000) }", "Error", &long, failed),
        // At a whole character.
        (
            "{ message: 'x'.repeat(65535) + '\u{1f600}' }",
            "Error",
            &long[1..],
            failed,
        ),
    ] {
        for channel in ["a", "b"] {
            realm.deliver_frames(&[request(1, channel, json!(thrown))]);
            let mut frames = realm.frames();
            let error = frames[0]["error"].as_object_mut().unwrap();
            error.remove("stack");
            let expected = json!({"name": name, "message": text, "code": code});
            assert_eq!(frames[0]["error"], expected, "{thrown}");
            assert_eq!(frames.len(), 1);
        }
    }
    assert_eq!(realm.reported(), []);
}

#[test]
fn an_answer_that_cannot_be_encoded_is_an_error_with_its_code() {
    let realm = Realm::with(&Config {
        max_payload_bytes: 8,
        ..CONFIG
    });
    realm.run("host.handle('a', (source) => eval('(' + source + ')'))");
    realm.frames();
    for (answer, code) in [
        ("1n", "bad-payload"),
        ("() => {}", "bad-payload"),
        ("{ get a() { throw 1 } }", "bad-payload"),
        ("'123456789'", "payload-too-large"),
        ("{ get then() { throw { code: 'mine' } } }", "mine"),
        ("{ then(_, reject) { reject({ code: 'mine' }) } }", "mine"),
    ] {
        realm.deliver_frames(&[request(1, "a", json!(answer))]);
        assert_eq!(failures(&realm), [(1, code.to_owned())], "{answer}");
    }
}

#[test]
fn cancelling_aborts_the_signal_and_nothing_is_answered() {
    let realm = Realm::new();
    realm.run(
        "host.handle('a', (how, { signal }) => new Promise((resolve, reject) => {
           signal.addEventListener('abort', () => {
             note(how + ' ' + signal.reason.name);
             if (how === 'resolve') resolve(1);
             if (how === 'reject') reject(new Error('late'));
           }, false);
         }));",
    );
    realm.frames();
    let calls = ["resolve", "reject", "neither"];
    for (call, how) in (1..).zip(calls) {
        realm.deliver_frames(&[request(call, "a", json!(how)), cancel(call), cancel(call)]);
    }
    assert_eq!(realm.notes(), calls.map(|how| format!("{how} AbortError")));
    assert!(realm.frames().is_empty());
    assert_eq!(realm.acks().last(), Some(&9));
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_channel_has_one_handler() {
    let realm = Realm::new();
    realm.frames();
    realm.run("one = () => 'one'; two = () => 'two'; stop = host.handle('a', one)");
    for script in [
        "host.handle('a', one)",
        "host.handle('a', two)",
        "host.handleStream('a', two)",
    ] {
        let failure = realm.fail(script);
        assert_eq!(failure.code.as_deref(), Some("handler-exists"), "{script}");
        assert_eq!(failure.channel, Some(json!("a")), "{script}");
    }
    assert!(realm.frames().is_empty(), "no listen is sent");
    realm.run("stop(); host.handle('a', two); stop(); stop()");
    realm.deliver_frames(&[request(1, "a", json!(null))]);
    assert_eq!(realm.frames(), [result(1, json!("two"))]);
}

#[test]
fn what_cannot_handle_is_refused() {
    let realm = Realm::new();
    for name in ["handle", "handleStream"] {
        for (arguments, code) in [
            ("", "bad-channel"),
            ("'', note", "bad-channel"),
            ("'blur', note", "reserved-channel"),
            ("'a'", "bad-handler"),
            ("'a', {}", "bad-handler"),
        ] {
            let failure = realm.fail(&format!("host.{name}({arguments})"));
            assert_eq!(failure.code.as_deref(), Some(code), "{name}({arguments})");
        }
        realm.run(&format!("host.{name}('a', note)()"));
    }
}

#[test]
fn a_request_waits_for_the_first_handler() {
    let realm = Realm::new();
    realm.run("host.on('m', () => { host.handle('b', (p) => 'b' + p); note('added') })");
    realm.frames();
    realm.deliver_frames(&[
        request(1, "a", json!(1)),
        request(2, "b", json!(2)),
        request(3, "a", json!(3)),
    ]);
    realm.pass(4999);
    realm.run("stop = host.handle('a', (p) => { note('stop is ' + typeof stop); return 'a' + p })");
    assert_eq!(
        realm.notes(),
        ["stop is function", "stop is function"],
        "called when the page has what it was given"
    );
    assert_eq!(
        realm.frames(),
        [result(1, json!("a1")), result(3, json!("a3"))]
    );
    // One that comes just after the handler does not pass the one that has waited for it.
    realm.deliver_frames(&[message("m", json!(null)), request(4, "b", json!(4))]);
    assert_eq!(
        realm.frames(),
        [result(2, json!("b2")), result(4, json!("b4"))]
    );
    assert_eq!(realm.timers(), 0);
}

#[test]
fn a_request_that_has_waited_begins_once() {
    let realm = Realm::new();
    realm.frames();
    realm.deliver_frames(&[request(1, "a", json!(1))]);
    realm.run("host.handle('a', () => { note('begins'); return new Promise(() => {}) })");
    realm.pass(10_000);
    assert_eq!(realm.notes(), ["begins"]);
    assert!(realm.frames().is_empty());
}

#[test]
fn a_request_that_nobody_handles_fails_in_time() {
    let realm = Realm::new();
    realm.frames();
    realm.deliver_frames(&[request(1, "a", json!(1))]);
    realm.pass(2000);
    realm.deliver_frames(&[
        request(2, "a", json!(2)),
        request(3, "a", json!(3)),
        cancel(3),
    ]);
    realm.pass(2999);
    assert!(realm.frames().is_empty());
    realm.pass(1);
    assert_eq!(failures(&realm), [(1, "no-handler".to_owned())]);
    realm.run("host.handle('a', () => 'came')");
    assert_eq!(realm.frames(), [result(2, json!("came"))]);
    realm.pass(10_000);
    assert!(realm.frames().is_empty());
}

#[test]
fn the_wait_starts_when_the_page_has_loaded() {
    let realm = Realm::bare();
    realm.run(&preload_js::preload(&CONFIG));
    realm.frames();
    realm.deliver_frames(&[
        request(1, "a", json!(1)),
        request(2, "b", json!(2)),
        cancel(2),
    ]);
    realm.load(false); // made by the page
    realm.pass(60_000);
    assert!(realm.frames().is_empty());
    realm.load(true);
    realm.pass(4999);
    assert!(realm.frames().is_empty());
    realm.pass(1);
    assert_eq!(failures(&realm), [(1, "no-handler".to_owned())]);
    assert_eq!(realm.timers(), 0);

    // In a page that has loaded before the script came, there is no load to wait for.
    let realm = Realm::bare();
    realm.load(true);
    realm.run(&preload_js::preload(&CONFIG));
    realm.frames();
    realm.deliver_frames(&[request(1, "a", json!(1))]);
    realm.pass(5000);
    assert_eq!(failures(&realm), [(1, "no-handler".to_owned())]);
}

#[test]
fn after_a_handler_was_removed_there_is_no_wait() {
    let realm = Realm::new();
    realm.frames();
    realm.deliver_frames(&[request(1, "a", json!(1))]);
    realm.run("host.handle('a', () => 1)()");
    assert_eq!(failures(&realm), [(1, "no-handler".to_owned())]);
    realm.deliver_frames(&[request(2, "a", json!(1))]);
    assert_eq!(failures(&realm), [(2, "no-handler".to_owned())]);
    realm.run("host.handle('a', () => 1)");
    realm.deliver_frames(&[request(3, "a", json!(1))]);
    assert_eq!(realm.frames(), [result(3, json!(1))]);
}

#[test]
fn a_stream_handler_answers_no_request() {
    let realm = Realm::new();
    realm.frames();
    realm.deliver_frames(&[request(1, "a", json!(1))]);
    realm.run("host.handleStream('a', function* () { note('never') })");
    realm.deliver_frames(&[request(2, "a", json!(2))]);
    let code = "no-handler".to_owned();
    assert_eq!(failures(&realm), [(1, code.clone()), (2, code)]);
    assert!(realm.notes().is_empty());
}

#[test]
fn only_so_many_requests_wait() {
    let realm = Realm::new();
    realm.frames();
    let requests: Vec<_> = (1..=1025)
        .map(|call| request(call, &format!("c{}", call % 2), json!(call)))
        .collect();
    realm.deliver_frames(&requests);
    assert_eq!(failures(&realm), [(1025, "queue-full".to_owned())]);
    realm.deliver_frames(&[
        cancel(1),
        request(1026, "c1", json!(0)),
        request(1027, "c1", json!(0)),
    ]);
    assert_eq!(failures(&realm), [(1027, "queue-full".to_owned())]);
    realm.run("host.handle('c1', (p) => p)");
    let answers = realm.frames();
    assert_eq!(answers.len(), 512);
    assert_eq!(answers[0], result(3, json!(3)));
    assert_eq!(answers[511], result(1026, json!(0)));
}

#[test]
fn a_page_from_the_cache_answers_nothing_it_was_asked_before() {
    let realm = Realm::new();
    realm.run(
        "host.handle('a', (p, { signal }) => new Promise((resolve) => {
           signal.addEventListener('abort', () => {
             note(signal.reason.code + ' on ' + signal.reason.channel);
             resolve('late');
             host.send('new', p);
           }, false);
         }));",
    );
    realm.deliver_frames(&[request(1, "a", json!(1)), request(2, "b", json!(2))]);
    realm.frames();
    realm.page_show(true, true);
    assert_eq!(realm.notes(), ["page-gone on a"]);
    assert_eq!(realm.frames(), [hello(), message("new", json!(1))]);
    assert_eq!(realm.timers(), 0);
    realm.run("host.handle('b', () => 'b')");
    assert!(realm.frames().is_empty());

    realm.deliver_frames(&[request(1, "b", json!(1))]);
    assert_eq!(realm.frames(), [result(1, json!("b"))]);
}
