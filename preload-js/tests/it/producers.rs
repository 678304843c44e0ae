//! `host.handleStream`: what the page produces for the app.

use preload_js::Config;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, KEY, Realm, hello};

fn stream(call: u64, payload: Json) -> Json {
    json!({"type": "stream", "call": call, "channel": "s", "payload": payload})
}

fn pull(call: u64, count: u32) -> Json {
    json!({"type": "pull", "call": call, "count": count})
}

fn cancel(call: u64) -> Json {
    json!({"type": "cancel", "call": call})
}

fn chunk(call: u64, payload: Json) -> Json {
    json!({"type": "chunk", "call": call, "payload": payload})
}

fn end(call: u64) -> Json {
    json!({"type": "result", "call": call, "payload": null})
}

/// The code of the only frame, an error.
#[track_caller]
fn failure(realm: &Realm) -> String {
    let frames = realm.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["type"], "error");
    frames[0]["error"]["code"].as_str().unwrap().to_owned()
}

/// A page whose stream handler is an expression.
fn page(handler: &str) -> Realm {
    let realm = Realm::new();
    realm.run(&format!("remove = host.handleStream('s', {handler})"));
    realm.frames();
    realm
}

const COUNT: &str = "async function* (payload, { signal }) {
    note('starts');
    try {
      for (let i = 0; i < payload; i++) { note('asked ' + i); yield i }
    } finally { note('left ' + signal.aborted) }
}";

#[test]
fn wire_of_a_producer() {
    let realm = page("() => [1, { a: null }]");
    let page = realm.page();
    realm.deliver_frames(&[stream(7, json!(null)), pull(7, 16)]);
    let posted = realm.posted().concat();
    for frame in [
        r#"{"type":"chunk","call":7,"payload":1}"#,
        r#"{"type":"chunk","call":7,"payload":{"a":null}}"#,
        r#"{"type":"result","call":7,"payload":null}"#,
    ] {
        assert!(posted.contains(frame), "{posted}");
    }
    assert!(posted.starts_with(&format!(
        r#"{{"key":"{KEY}","page":"{page}","seq":2,"ack":2,"#
    )));
}

#[test]
fn nothing_is_produced_before_it_is_wanted() {
    let realm = page(COUNT);
    realm.deliver_frames(&[stream(1, json!(5))]);
    assert!(realm.notes().is_empty());
    realm.deliver_frames(&[pull(1, 2)]);
    assert_eq!(realm.notes(), ["starts", "asked 0", "asked 1"]);
    assert_eq!(realm.frames(), [chunk(1, json!(0)), chunk(1, json!(1))]);
    realm.deliver_frames(&[pull(1, 1), pull(1, 1)]);
    assert_eq!(realm.notes(), ["asked 2", "asked 3"]);
    realm.frames();
    realm.deliver_frames(&[pull(1, 8)]);
    assert_eq!(realm.notes(), ["asked 4", "left false"]);
    assert_eq!(realm.frames(), [chunk(1, json!(4)), end(1)]);
    realm.deliver_frames(&[pull(1, 8), cancel(1)]);
    assert!(realm.frames().is_empty());
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_handler_returns_any_kind_of_iterable() {
    for handler in [
        "() => [1, 2]",
        "function* () { yield 1; yield 2 }",
        "async function* () { yield 1; yield 2 }",
        "async () => new Set([1, 2])",
        "() => [Promise.resolve(1), { then(resolve) { resolve(2) } }]",
        "async () => ({ [Symbol.asyncIterator]() {
           let i = 0;
           return { next: () => ({ value: ++i, get done() { return i > 2 } }) };
         } })",
        "() => ({ [Symbol.asyncIterator]: null, [Symbol.iterator]: () => [1, 2].values() })",
    ] {
        let realm = page(handler);
        realm.deliver_frames(&[stream(1, json!(null)), pull(1, 16)]);
        let expected = [chunk(1, json!(1)), chunk(1, json!(2)), end(1)];
        assert_eq!(realm.frames(), expected, "{handler}");
    }
}

#[test]
fn what_is_no_iterable_fails_the_stream() {
    for (handler, code) in [
        ("() => {}", "handler-failed"),
        ("() => null", "handler-failed"),
        ("() => 5", "handler-failed"),
        ("async () => ({ next() {} })", "handler-failed"),
        ("() => ({ [Symbol.iterator]: () => 5 })", "handler-failed"),
        (
            "() => ({ [Symbol.iterator]: () => ({}) })",
            "handler-failed",
        ),
        (
            "() => ({ [Symbol.iterator]: () => ({ next: () => 5 }) })",
            "handler-failed",
        ),
        ("() => { throw { code: 'mine' } }", "mine"),
        ("async () => { throw { code: 'mine' } }", "mine"),
        (
            "() => ({ get [Symbol.asyncIterator]() { throw { code: 'mine' } } })",
            "mine",
        ),
        (
            "() => ({ [Symbol.iterator]() { throw { code: 'mine' } } })",
            "mine",
        ),
        (
            "() => ({ [Symbol.iterator]: () => ({ get next() { throw { code: 'mine' } } }) })",
            "mine",
        ),
        (
            "() => ({ [Symbol.iterator]: () => ({ next: () => ({ get done() { throw { code: 'mine' } } }) }) })",
            "mine",
        ),
        (
            "() => ({ [Symbol.iterator]: () => ({ next: () => ({ get value() { throw { code: 'mine' } } }) }) })",
            "mine",
        ),
    ] {
        let realm = page(handler);
        realm.deliver_frames(&[stream(1, json!(null)), pull(1, 16)]);
        assert_eq!(failure(&realm), code, "{handler}");
        assert_eq!(realm.reported(), [], "{handler}");
    }
}

#[test]
fn an_error_comes_after_the_chunks_before_it() {
    let realm = Realm::with(&Config {
        stacks: true,
        ..CONFIG
    });
    realm.run(
        "host.handleStream('s', async function* () {
           yield 1;
           throw Object.assign(new RangeError('no'), { code: 'mine', stack: 'at f' });
         })",
    );
    realm.frames();
    realm.deliver_frames(&[stream(1, json!(null)), pull(1, 16)]);
    let error = json!({"name": "RangeError", "message": "no", "code": "mine", "stack": "at f"});
    let error = json!({"type": "error", "call": 1, "error": error});
    assert_eq!(realm.frames(), [chunk(1, json!(1)), error]);
}

#[test]
fn a_value_that_cannot_be_sent_ends_the_stream_and_its_iterator() {
    for value in ["1n", "() => {}", "Promise.reject({ code: 'bad-payload' })"] {
        let realm = page(&format!(
            "() => ({{ [Symbol.iterator]: () => ({{
               next: () => ({{ done: false, value: {value} }}),
               return() {{ note('closed ' + arguments.length); throw new Error('mine') }},
             }}) }})"
        ));
        realm.deliver_frames(&[stream(1, json!(null)), pull(1, 16)]);
        assert_eq!(failure(&realm), "bad-payload", "{value}");
        assert_eq!(realm.notes(), ["closed 0"], "{value}");
        assert_eq!(realm.reported()[0].message, "mine");
    }
}

#[test]
fn cancelling_aborts_the_signal_and_closes_the_iterator() {
    let realm = page(COUNT);
    realm.deliver_frames(&[stream(1, json!(50)), pull(1, 1)]);
    realm.frames();
    realm.notes();
    realm.deliver_frames(&[cancel(1), pull(1, 5), cancel(1)]);
    assert_eq!(realm.notes(), ["left true"]);
    assert!(realm.frames().is_empty());
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_stream_that_was_cancelled_before_it_began_never_begins() {
    let realm = page(COUNT);
    realm.deliver_frames(&[stream(1, json!(1)), cancel(1), pull(1, 16)]);
    assert!(realm.notes().is_empty());
    assert!(realm.frames().is_empty());
}

#[test]
fn cancelling_while_a_value_is_awaited_sends_nothing_of_it() {
    let realm = page(
        "() => ({ [Symbol.asyncIterator]: () => ({
           next: () => new Promise((resolve) => { give = resolve }),
           return() { note('closed') },
         }) })",
    );
    realm.deliver_frames(&[stream(1, json!(1)), pull(1, 16)]);
    realm.deliver_frames(&[cancel(1)]);
    assert_eq!(realm.notes(), ["closed"]);
    realm.run("give({ done: false, value: 1n })");
    assert!(realm.notes().is_empty(), "it is closed once");
    assert!(realm.frames().is_empty());

    // The end, which comes too late as well.
    realm.deliver_frames(&[stream(2, json!(1)), pull(2, 16)]);
    realm.deliver_frames(&[cancel(2)]);
    realm.run("give({ done: true })");
    assert_eq!(realm.notes(), ["closed"]);
    assert!(realm.frames().is_empty());

    // While the value itself is a promise.
    for (call, settle) in [(3, "resolve"), (4, "reject")] {
        realm.deliver_frames(&[stream(call, json!(1)), pull(call, 16)]);
        realm.run(
            "give({ done: false, value: new Promise((...both) => { [resolve, reject] = both }) })",
        );
        realm.deliver_frames(&[cancel(call)]);
        realm.run(&format!("{settle}('late')"));
        assert_eq!(realm.notes(), ["closed"], "{settle}");
        assert!(realm.frames().is_empty(), "{settle}");
    }
}

#[test]
fn an_iterable_that_comes_after_the_cancel_is_closed() {
    let realm = page("() => new Promise((resolve) => { give = resolve })");
    realm.deliver_frames(&[stream(1, json!(1)), pull(1, 16), cancel(1)]);
    realm.run(
        "give({ [Symbol.asyncIterator]: () => ({
           next() { note('never') }, return() { note('closed'); return {} },
         }) })",
    );
    assert_eq!(realm.notes(), ["closed"]);
    assert!(realm.frames().is_empty());
}

#[test]
fn a_stream_waits_for_its_handler_and_keeps_its_credit() {
    let realm = Realm::new();
    realm.frames();
    realm.deliver_frames(&[stream(1, json!(3)), pull(1, 2)]);
    realm.pass(4999);
    realm.run(&format!("remove = host.handleStream('s', {COUNT})"));
    assert_eq!(realm.frames(), [chunk(1, json!(0)), chunk(1, json!(1))]);
    // What has begun goes on without its handler; what comes later fails.
    realm.run("remove()");
    realm.deliver_frames(&[pull(1, 8)]);
    assert_eq!(realm.frames(), [chunk(1, json!(2)), end(1)]);
    realm.deliver_frames(&[stream(2, json!(1))]);
    assert_eq!(failure(&realm), "no-handler");
}

#[test]
fn a_request_handler_answers_no_stream() {
    let realm = Realm::new();
    realm.run("host.handle('s', () => { note('called'); return new Promise(() => {}) })");
    realm.frames();
    realm.deliver_frames(&[stream(1, json!(1)), pull(1, 16)]);
    assert_eq!(failure(&realm), "no-handler");
    // Nor is a request pulled.
    let request = json!({"type": "request", "call": 2, "channel": "s", "payload": 1});
    realm.deliver_frames(&[request, pull(2, 1)]);
    assert_eq!(realm.notes(), ["called"]);
}

#[test]
fn a_page_from_the_cache_closes_its_producers() {
    let realm = page(COUNT);
    realm.deliver_frames(&[stream(1, json!(50)), pull(1, 1)]);
    realm.frames();
    realm.notes();
    realm.page_show(true, true);
    assert_eq!(realm.notes(), ["left true"]);
    assert_eq!(realm.frames(), [hello()]);
    realm.deliver_frames(&[pull(1, 1), stream(1, json!(1)), pull(1, 1)]);
    assert_eq!(realm.frames(), [chunk(1, json!(0))]);
}

/// What happens to two streams that run at the same time.
#[derive(Clone, Debug)]
enum Event {
    /// The app pulls so many chunks of one.
    Pull(u64, u32),
    /// One of the iterators gives what it was asked for, if it was.
    Give(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (1..3_u64, 1..6_u32).prop_map(|(call, count)| Event::Pull(call, count)),
        (1..3_u64).prop_map(Event::Give),
        (1..3_u64).prop_map(Event::Give),
    ];
    prop::collection::vec(event, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_more_is_asked_or_sent_than_was_pulled(events in events(), length in 0..30_u32) {
        let realm = page(
            "([call, length]) => {
               let i = 0;
               return { [Symbol.asyncIterator]: () => ({
                 next() {
                   note('asked');
                   return new Promise((resolve) => {
                     gives[call] = () => resolve({ done: i === length, value: i++ });
                   });
                 },
               }) };
             }",
        );
        realm.run("gives = {}; give = (call) => { const it = gives[call]; delete gives[call]; it?.() }");
        realm.deliver_frames(&[stream(1, json!([1, length])), stream(2, json!([2, length]))]);
        let (mut pulled, mut sent, mut ended) = ([0; 3], [0; 3], [false; 3]);
        let mut asked = 0;
        for event in events {
            match event {
                Event::Pull(call, count) => {
                    realm.deliver_frames(&[pull(call, count)]);
                    pulled[call as usize] += count;
                }
                Event::Give(call) => realm.run(&format!("give({call})")),
            }
            for frame in realm.frames() {
                let call = frame["call"].as_u64().unwrap();
                let at = call as usize;
                prop_assert!(!ended[at]);
                if frame["type"] == "result" {
                    prop_assert_eq!(sent[at], length);
                    ended[at] = true;
                } else {
                    prop_assert_eq!(frame, chunk(call, json!(sent[at])));
                    sent[at] += 1;
                }
                prop_assert!(sent[at] <= pulled[at]);
            }
            asked += realm.notes().len() as u32;
            // Each is asked for one value at a time, as soon as one is wanted.
            let wanted = |at: usize| u32::from(!ended[at] && sent[at] < pulled[at]);
            let given: u32 = (1..3).map(|at| sent[at] + u32::from(ended[at])).sum();
            prop_assert_eq!(asked, given + wanted(1) + wanted(2));
        }
    }
}
