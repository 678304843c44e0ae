//! `host.request` and `host.sendTo`: calls of the page, and messages from other windows.

use preload_js::Config;
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, KEY, Realm, hello, listen, message};

/// Notes what a promise comes to.
const SETTLE: &str = "settle = (promise) => promise.then(
    (value) => note('is ' + JSON.stringify(value)),
    (error) => note('fails ' + error.name + ' ' + error.code + ': ' + error.message));";

fn page() -> Realm {
    let realm = Realm::new();
    realm.run(SETTLE);
    realm.frames();
    realm
}

fn request(call: u64, channel: &str, payload: Json) -> Json {
    json!({"type": "request", "call": call, "channel": channel, "payload": payload})
}

fn result(call: u64, payload: Json) -> Json {
    json!({"type": "result", "call": call, "payload": payload})
}

fn error(call: u64, code: &str) -> Json {
    let error = json!({"name": "RangeError", "message": "no", "code": code});
    json!({"type": "error", "call": call, "error": error})
}

fn cancel(call: u64) -> Json {
    json!({"type": "cancel", "call": call})
}

#[test]
fn wire_of_requests_and_of_messages_to_windows() {
    let realm = Realm::new();
    let page = realm.page();
    realm.run(
        "host.request('add', [1, 2]); host.request('now');
         host.sendTo('other', 'news', { a: 1 }); host.sendTo('other', 'news');
         const controller = new AbortController();
         host.request('long', null, { signal: controller.signal }).catch(() => {});
         controller.abort();",
    );
    let frames = concat!(
        r#"{"type":"request","call":1,"channel":"add","payload":[1,2]},"#,
        r#"{"type":"request","call":2,"channel":"now","payload":null},"#,
        r#"{"type":"sendTo","call":3,"window":"other","channel":"news","payload":{"a":1}},"#,
        r#"{"type":"sendTo","call":4,"window":"other","channel":"news","payload":null},"#,
        r#"{"type":"request","call":5,"channel":"long","payload":null},"#,
        r#"{"type":"cancel","call":5}"#,
    );
    let start = format!(r#"{{"key":"{KEY}","page":"{page}","seq":2,"ack":0,"#);
    assert_eq!(
        realm.posted(),
        [format!(r#"{start}"frames":[{frames}]}}"#)],
        "one batch"
    );
}

#[test]
fn a_request_resolves_to_its_answer() {
    let realm = page();
    realm.run("settle(host.request('a', 1)); settle(host.request('b', 2))");
    assert_eq!(
        realm.frames(),
        [request(1, "a", json!(1)), request(2, "b", json!(2))]
    );
    assert!(realm.notes().is_empty());
    // In the order of the answers, and each once.
    realm.deliver_frames(&[
        result(2, json!({"x": null})),
        result(1, json!(null)),
        result(1, json!("again")),
        error(2, "late"),
    ]);
    assert_eq!(realm.notes(), [r#"is {"x":null}"#, "is null"]);
    assert_eq!(realm.acks().last(), Some(&4));
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_request_rejects_with_the_error_of_its_handler() {
    let realm = page();
    realm.run(
        "host.request('a').catch((caught) => { error = caught });
         host.request('a').catch((caught) => { traced = caught });",
    );
    let mut with_stack = error(2, "mine");
    with_stack["error"]["stack"] = json!("at there");
    realm.deliver_frames(&[error(1, "no-handler"), with_stack]);
    let expected = json!(["RangeError", "no", "no-handler", "a"]);
    let found = realm
        .eval::<String>("JSON.stringify([error.name, error.message, error.code, error.channel])");
    assert_eq!(serde_json::from_str::<Json>(&found).unwrap(), expected);
    assert!(realm.eval::<bool>("error instanceof Error && error.stack !== 'at there'"));
    assert!(
        realm.eval::<bool>("traced.stack === 'at there' && String(traced) === 'RangeError: no'")
    );
}

#[test]
fn answers_of_unknown_calls_are_ignored() {
    let realm = page();
    realm.run("settle(host.request('a')); settle(host.sendTo('w', 'a'))");
    let chunk = |call| json!({"type": "chunk", "call": call, "payload": 1});
    realm.deliver_frames(&[
        result(7, json!(1)),
        error(8, "x"),
        chunk(9),
        chunk(1), // not a stream
        json!({"type": "pull", "call": 1, "count": 1}),
        cancel(1),
        result(1, json!("mine")),
    ]);
    assert_eq!(realm.notes(), [r#"is "mine""#]);
    assert_eq!(realm.acks().last(), Some(&7));
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_timeout_rejects_and_cancels() {
    let realm = page();
    realm.run("settle(host.request('a', 1, { timeoutMs: 100 }))");
    realm.pass(99);
    assert!(realm.notes().is_empty());
    realm.frames();
    realm.pass(1);
    assert_eq!(realm.frames(), [cancel(1)]);
    let message = "fails Error timeout: window.host: no answer on \"a\" within 100 ms";
    assert_eq!(realm.notes(), [message]);
    realm.deliver_frames(&[result(1, json!(1))]);
    assert!(realm.notes().is_empty());
}

#[test]
fn an_answer_in_time_stops_the_clock() {
    let realm = page();
    realm.run(
        "settle(host.request('a', 1, { timeoutMs: 100 }));
         settle(host.request('b', 1, { timeoutMs: 100 }));
         settle(host.request('c', 1));",
    );
    assert_eq!(realm.timers(), 2, "none by default");
    realm.deliver_frames(&[result(1, json!(1)), error(2, "mine")]);
    assert_eq!(realm.timers(), 0);
    assert_eq!(realm.notes(), ["is 1", "fails RangeError mine: no"]);
}

#[test]
fn a_signal_rejects_with_its_reason_and_cancels() {
    let realm = page();
    realm.run(
        "controller = new AbortController(); ({ signal } = controller);
         settle(host.request('a', 1, { signal, timeoutMs: 5 }));
         host.request('b', 2, { signal }).catch((reason) => note(String(reason)));
         settle(host.request('c', 3, { signal }));",
    );
    realm.deliver_frames(&[result(1, json!(1))]);
    realm.frames();
    assert_eq!(realm.listeners("signal"), 2, "the first is done");
    // An event of the page's making changes nothing.
    realm.run("signal.dispatchEvent({ type: 'abort' })");
    assert_eq!(realm.notes(), ["is 1"]);

    realm.run("controller.abort('enough')");
    let mut frames = realm.frames();
    frames.sort_by_key(|frame| frame["call"].as_u64());
    assert_eq!(frames, [cancel(2), cancel(3)]);
    assert!(realm.notes().contains(&"enough".to_owned()));
    assert_eq!((realm.listeners("signal"), realm.timers()), (0, 0));
    realm.run("controller.abort('again')");
    realm.deliver_frames(&[result(2, json!(1)), error(3, "late")]);
    assert!(realm.notes().is_empty());
}

#[test]
fn a_signal_that_has_aborted_sends_nothing() {
    let realm = page();
    realm.run(
        "controller = new AbortController(); controller.abort();
         settle(host.request('a', 1, { signal: controller.signal, timeoutMs: 5 }));
         late = new AbortController();
         const payload = { get a() { late.abort() } };
         settle(host.request('a', payload, { signal: late.signal }));",
    );
    let aborted = "fails AbortError 20: aborted";
    assert_eq!(realm.notes(), [aborted, aborted]);
    assert!(realm.frames().is_empty());
    assert_eq!(
        (realm.timers(), realm.listeners("controller.signal")),
        (0, 0)
    );
    realm.run("host.request('a')");
    assert_eq!(realm.frames(), [request(1, "a", json!(null))]);
}

#[test]
fn what_cannot_be_a_call_is_refused() {
    let realm = page();
    for (call, code) in [
        ("request('')", "TypeError bad-channel"),
        ("request()", "TypeError bad-channel"),
        ("request('close')", "Error reserved-channel"),
        ("request('a', 1n)", "TypeError bad-payload"),
        ("request('a', 1, null)", "TypeError bad-options"),
        ("request('a', 1, 5)", "TypeError bad-options"),
        ("request('a', 1, () => {})", "TypeError bad-options"),
        (
            "request('a', 1, { timeoutMs: -1 })",
            "TypeError bad-options",
        ),
        (
            "request('a', 1, { timeoutMs: '5' })",
            "TypeError bad-options",
        ),
        (
            "request('a', 1, { timeoutMs: NaN })",
            "TypeError bad-options",
        ),
        (
            "request('a', 1, { timeoutMs: 2 ** 31 })",
            "TypeError bad-options",
        ),
        ("request('a', 1, { signal: null })", "TypeError bad-options"),
        ("request('a', 1, { timeout: 5 })", "TypeError bad-options"),
        ("request('a', 1, [])", "TypeError bad-options"),
        (
            "request('a', 1, { signal: { aborted: false } })",
            "TypeError bad-options",
        ),
        (
            "request('a', 1, { signal: Object.create(AbortSignal.prototype) })",
            "TypeError bad-options",
        ),
        (
            "request('a', 1, { get signal() { throw 'mine' } })",
            "TypeError bad-options",
        ),
        ("sendTo('w', '')", "TypeError bad-channel"),
        ("sendTo('w', 'move')", "Error reserved-channel"),
        ("sendTo('w', 'a', () => {})", "TypeError bad-payload"),
        ("sendTo('', 'a')", "TypeError bad-window-id"),
        ("sendTo(1, 'a')", "TypeError bad-window-id"),
        ("sendTo('\\ud800', 'a')", "TypeError bad-window-id"),
        ("sendTo('w'.repeat(257), 'a')", "TypeError bad-window-id"),
        ("sendTo('a\\0b', 'a')", "TypeError bad-window-id"),
        ("sendTo('a\\x7fb', 'a')", "TypeError bad-window-id"),
        ("sendTo('a\\x9fb', 'a')", "TypeError bad-window-id"),
    ] {
        realm.run(&format!("settle(host.{call})"));
        let notes = realm.notes();
        let expected = format!("fails {code}: window.host: ");
        assert!(notes[0].starts_with(&expected), "{call}: {notes:?}");
        assert!(realm.frames().is_empty(), "{call}");
        assert_eq!(realm.timers(), 0, "{call}");
        let word = code.split_once(' ').unwrap().1;
        let types = include_str!("../../src/host.d.ts");
        assert!(types.contains(&format!("| \"{word}\"")), "{word}");
    }
    realm.run(
        "settle(host.request('a', 1, { timeoutMs: 0 }));
         settle(host.request('a', 1, { timeoutMs: 2 ** 31 - 1 }));
         settle(host.request('a', 1, { timeoutMs: undefined, signal: undefined }));",
    );
    assert_eq!(realm.frames().len(), 3);
}

#[test]
fn the_lists_of_channels_are_for_calls_too() {
    let [ask, answer] = ["ask".to_owned(), "answer".to_owned()];
    let realm = Realm::with(&Config {
        send_channels: Some(&[ask]),
        receive_channels: Some(&[answer]),
        ..CONFIG
    });
    realm.run(SETTLE);
    realm.run(
        "settle(host.request('answer')); settle(host.sendTo('w', 'answer'));
         for (const [name, channel] of [
           ['stream', 'answer'], ['handle', 'ask'], ['handleStream', 'ask'], ['handle', 'close'],
         ]) {
           try { host[name](channel, () => {}) } catch (error) { note(name + ' ' + error.code) }
         }",
    );
    let notes = realm.notes();
    let refused = "channel-not-allowed";
    assert_eq!(
        notes[..3],
        ["stream", "handle", "handleStream"].map(|name| format!("{name} {refused}"))
    );
    assert_eq!(notes[3], "handle reserved-channel");
    assert!(notes[4..].iter().all(|note| note.contains(refused)) && notes.len() == 6);
    realm.run(
        "host.handle('answer', note); host.stream('ask'); host.sendTo('w', 'ask');
         host.request('ask')",
    );
    assert_eq!(realm.frames().len(), 4);
}

#[test]
fn a_message_to_a_window_resolves_to_nothing_or_fails() {
    let realm = page();
    realm.run("for (let i = 0; i < 4; i++) settle(host.sendTo('w', 'a', i).then(String));");
    realm.deliver_frames(&[
        result(1, json!(null)),
        error(2, "window-not-allowed"),
        error(3, "unknown-window"),
        result(4, json!("not for the page")),
    ]);
    let mut notes = realm.notes();
    notes.sort();
    let undefined = r#"is "undefined""#;
    let fails =
        ["unknown-window", "window-not-allowed"].map(|code| format!("fails RangeError {code}: no"));
    assert_eq!(notes, [&fails[0], &fails[1], undefined, undefined]);
}

#[test]
fn messages_of_other_windows_say_whose_they_are() {
    let realm = page();
    realm.run(
        "host.on('a', (...all) => note('one ' + JSON.stringify(all)));
         host.once('a', (payload, source) => { source.from = 'changed'; note('two ' + payload) });
         host.on('a', (payload, { from }) => note('three ' + from));",
    );
    let relay = json!({"type": "relay", "from": "other", "channel": "a", "payload": 1});
    let nobody = json!({"type": "relay", "from": "other", "channel": "b", "payload": 1});
    realm.deliver_frames(&[relay.clone(), nobody, message("a", json!(2))]);
    let expected = [
        r#"one [1,{"from":"other"}]"#,
        "two 1",
        "three other",
        "one [2]",
    ];
    assert_eq!(realm.notes(), expected);
    // The last handler asked a message from the app for its source.
    assert_eq!(realm.reported().len(), 1);
    realm.deliver_frames(&[relay]);
    assert_eq!(
        realm.notes(),
        [r#"one [1,{"from":"other"}]"#, "three other"]
    );
    assert_eq!(realm.acks().last(), Some(&4));
}

#[test]
fn calls_and_messages_keep_the_order_in_which_they_were_made() {
    let realm = page();
    realm.run(
        "host.send('a', 1); host.request('b', 2); host.stream('c', 3).next();
         host.on('d', () => {}); host.sendTo('w', 'e', 4); host.send('f', 5);
         host.request('g', { get a() { host.send('inner', 6) } });",
    );
    let kinds: Vec<_> = realm
        .frames()
        .iter()
        .map(|frame| frame["type"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "message", "request", "stream", "pull", "listen", "sendTo", "message", "message", "request",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn a_page_from_the_cache_has_no_calls_and_numbers_anew() {
    let realm = page();
    realm.run(
        "host.on('a', note);
         controller = new AbortController(); ({ signal } = controller);
         settle(host.request('a', 1, { signal, timeoutMs: 10 }));
         settle(host.sendTo('w', 'a'));",
    );
    realm.frames();
    realm.page_hide(true);
    realm.page_show(true, true);
    assert_eq!(realm.frames(), [hello(), listen("a")]);
    let gone = "fails Error page-gone: window.host: the page was left before the call had ended";
    assert_eq!(realm.notes(), [gone, gone]);
    assert_eq!((realm.listeners("signal"), realm.timers()), (0, 0));

    realm.run("controller.abort(); settle(host.request('b', 2))");
    assert_eq!(realm.frames(), [request(1, "b", json!(2))]);
    realm.deliver_frames(&[result(1, json!("new"))]);
    assert_eq!(realm.notes(), [r#"is "new""#]);
}
