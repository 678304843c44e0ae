//! `host.stream`: what the page reads.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::realm::{KEY, Realm, hello, message};

/// Opens the stream that tests read, and notes what `next` gives.
const OPEN: &str = "stream = host.stream('s', 'p');
    show = (promise) => promise.then(
        ({ done, value }) => note(done ? 'end' : 'chunk ' + JSON.stringify(value)),
        (error) => note('fails ' + (error.code ?? error)));
    next = () => show(stream.next());
    read = async () => {
      try {
        for await (const value of stream) note(JSON.stringify(value));
        note('over');
      } catch (error) { note('fails ' + (error.code ?? error)) }
    };";

fn open() -> Realm {
    let realm = Realm::new();
    realm.run(OPEN);
    let open = json!({"type": "stream", "call": 1, "channel": "s", "payload": "p"});
    assert_eq!(realm.frames(), [hello(), open]);
    realm
}

fn chunk(payload: Json) -> Json {
    json!({"type": "chunk", "call": 1, "payload": payload})
}

fn chunks(numbers: std::ops::Range<u32>) -> Vec<Json> {
    numbers.map(|number| chunk(json!(number))).collect()
}

fn end() -> Json {
    json!({"type": "result", "call": 1, "payload": null})
}

fn error() -> Json {
    json!({"type": "error", "call": 1, "error": {"name": "Error", "message": "m", "code": "mine"}})
}

fn pull(count: u32) -> Json {
    json!({"type": "pull", "call": 1, "count": count})
}

fn cancel() -> Json {
    json!({"type": "cancel", "call": 1})
}

#[test]
fn wire_of_a_stream() {
    let realm = Realm::new();
    let page = realm.page();
    realm.run("s = host.stream('rows', { a: 1 }); s.next(); s.return()");
    let frames = concat!(
        r#"{"type":"stream","call":1,"channel":"rows","payload":{"a":1}},"#,
        r#"{"type":"pull","call":1,"count":16},"#,
        r#"{"type":"cancel","call":1}"#,
    );
    let start = format!(r#"{{"key":"{KEY}","page":"{page}","seq":2,"ack":0,"#);
    assert_eq!(realm.posted(), [format!(r#"{start}"frames":[{frames}]}}"#)]);
}

#[test]
fn a_loop_reads_every_chunk_to_the_end() {
    let realm = open();
    realm.run("read()");
    assert_eq!(realm.frames(), [pull(16)]);
    realm.deliver_frames(&chunks(0..7));
    assert!(realm.frames().is_empty());
    realm.deliver_frames(&chunks(7..16));
    assert_eq!(realm.frames(), [pull(8), pull(8)]);
    realm.deliver_frames(&[chunk(json!({"x": null})), chunk(json!(null)), end()]);
    let mut expected: Vec<_> = (0..16).map(|number| number.to_string()).collect();
    expected.extend([r#"{"x":null}"#, "null", "over"].map(str::to_owned));
    assert_eq!(realm.notes(), expected);
    assert!(realm.frames().is_empty(), "nothing is cancelled");
    assert_eq!(realm.reported(), []);
}

#[test]
fn it_is_an_async_iterable_iterator() {
    let realm = open();
    assert!(realm.eval::<bool>("stream[Symbol.asyncIterator]() === stream"));
    assert!(realm.eval::<bool>("Object.isFrozen(stream) && Object.isFrozen(stream.next)"));
    let keys = "Reflect.ownKeys(stream).map(String).join()";
    assert_eq!(
        realm.eval::<String>(keys),
        "next,return,Symbol(Symbol.asyncIterator)"
    );
    realm
        .run("const { next: detached } = stream; show(detached()).then(() => show(stream.next()))");
    realm.deliver_frames(&[chunk(json!(1)), end()]);
    assert_eq!(realm.notes(), ["chunk 1", "end"]);
    realm.run("next(); show(stream.return('mine'))");
    assert_eq!(realm.notes(), ["end", "end"]);
}

#[test]
fn several_reads_may_wait() {
    let realm = open();
    realm.run("for (let i = 0; i < 10; i++) next()");
    assert_eq!(realm.frames(), [pull(16)]);
    realm.deliver_frames(&chunks(0..8));
    assert_eq!(realm.frames(), [pull(8)]);
    assert_eq!(realm.notes().len(), 8);
    realm.deliver_frames(&[error()]);
    assert_eq!(realm.notes(), ["fails mine", "end"]);
}

#[test]
fn an_error_comes_after_the_chunks_before_it() {
    let realm = open();
    realm.run("next()");
    let mut frames = chunks(0..3);
    frames.push(error());
    frames.extend(chunks(7..9)); // of a call that has ended
    realm.deliver_frames(&frames);
    realm.run("read()");
    assert_eq!(realm.notes(), ["chunk 0", "1", "2", "fails mine"]);
    realm.run("next()");
    assert_eq!(realm.notes(), ["end"]);
    assert_eq!(realm.frames(), [pull(16)], "nothing more is pulled");
}

#[test]
fn an_error_may_come_before_the_first_read() {
    let realm = open();
    realm.deliver_frames(&[error()]);
    realm.run("read()");
    assert_eq!(realm.notes(), ["fails mine"]);
    assert!(realm.frames().is_empty());
}

#[test]
fn leaving_the_loop_cancels() {
    let realm = open();
    realm.run(
        "(async () => { for await (const value of stream) { note('got ' + value); break } })()",
    );
    realm.frames();
    realm.deliver_frames(&chunks(0..4));
    assert_eq!(realm.notes(), ["got 0"]);
    assert_eq!(realm.frames(), [cancel()]);
    realm.deliver_frames(&chunks(4..6));
    realm.deliver_frames(&[error()]);
    realm.run("next(); stream.return()");
    assert_eq!(realm.notes(), ["end"]);
    assert!(realm.frames().is_empty());
    assert_eq!(realm.reported(), []);
}

#[test]
fn return_ends_reads_that_wait() {
    let realm = open();
    realm.run(
        "next(); next(); stream.return(7).then(({ done, value }) => note(done + ' ' + value))",
    );
    assert_eq!(realm.frames(), [pull(16), cancel()]);
    assert_eq!(realm.notes(), ["end", "end", "true 7"]);
}

#[test]
fn return_gives_up_what_has_come() {
    let realm = open();
    let mut frames = chunks(0..3);
    frames.push(error());
    realm.deliver_frames(&frames);
    realm.run("show(stream.return()); next()");
    assert_eq!(realm.notes(), ["end", "end"]);
    assert!(realm.frames().is_empty());
}

#[test]
fn return_before_the_first_read_pulls_nothing() {
    let realm = open();
    realm.run("show(stream.return()); next()");
    assert_eq!(realm.frames(), [cancel()]);
    assert_eq!(realm.notes(), ["end", "end"]);
}

#[test]
fn a_signal_ends_it_with_its_reason_at_once() {
    let realm = Realm::new();
    realm.run("controller = new AbortController(); ({ signal } = controller)");
    realm.run(&OPEN.replace("'p'", "'p', { signal }"));
    realm.run("next()");
    realm.deliver_frames(&chunks(0..3));
    realm.frames();
    realm.run("controller.abort('enough'); next(); next()");
    assert_eq!(realm.notes(), ["chunk 0", "fails enough", "end"]);
    assert_eq!(realm.frames(), [cancel()]);
    assert_eq!(realm.listeners("signal"), 0);

    // One that has aborted opens nothing.
    realm.run(&OPEN.replace("'p'", "'p', { signal }"));
    realm.run("read(); stream.return()");
    assert!(realm.frames().is_empty());
    assert_eq!(realm.notes(), ["fails enough"]);
}

#[test]
fn a_stream_that_has_ended_lets_its_signal_go() {
    for last in [end(), error()] {
        let realm = Realm::new();
        realm.run("controller = new AbortController(); ({ signal } = controller)");
        realm.run(&OPEN.replace("'p'", "'p', { signal }"));
        assert_eq!(realm.listeners("signal"), 1);
        realm.deliver_frames(&[last]);
        assert_eq!(realm.listeners("signal"), 0);
    }
}

#[test]
fn what_cannot_be_streamed_is_refused() {
    let realm = Realm::new();
    realm.frames();
    for (arguments, code) in [
        ("", "bad-channel"),
        ("'focus'", "reserved-channel"),
        ("'s', 1n", "bad-payload"),
        ("'s', 1, 'options'", "bad-options"),
        ("'s', 1, { signal: {} }", "bad-options"),
    ] {
        let failure = realm.fail(&format!("host.stream({arguments})"));
        assert_eq!(failure.code.as_deref(), Some(code), "{arguments}");
    }
    assert!(realm.frames().is_empty());
}

#[test]
fn chunks_and_messages_are_handled_in_their_order() {
    let realm = open();
    realm.run("host.on('m', (p) => note('message ' + p)); next(); next()");
    realm.deliver_frames(&[
        message("m", json!(1)),
        chunk(json!(2)),
        message("m", json!(3)),
        chunk(json!(4)),
    ]);
    // Promises settle after the delivery, in the order of the chunks.
    let expected = ["message 1", "message 3", "chunk 2", "chunk 4"];
    assert_eq!(realm.notes(), expected);
}

#[test]
fn a_page_from_the_cache_has_no_streams() {
    let realm = open();
    realm.run("next()");
    realm.deliver_frames(&chunks(0..2));
    realm.frames();
    realm.page_show(true, true);
    realm.run("read()");
    assert_eq!(realm.notes(), ["chunk 0", "1", "fails page-gone"]);
    assert_eq!(realm.frames(), [hello()]);
}

/// What happens to a stream.
#[derive(Clone, Debug)]
enum Event {
    /// The page reads.
    Next,
    /// The app sends up to so many chunks, as far as it may.
    Chunks(u32),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![Just(Event::Next), (1..12_u32).prop_map(Event::Chunks)];
    prop::collection::vec(event, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn credit_follows_what_was_consumed(events in events(), fails in any::<bool>()) {
        let realm = open();
        let (mut credit, mut sent, mut asked, mut pulled) = (0, 0, 0, 0);
        for event in events {
            match event {
                Event::Next => {
                    realm.run("next()");
                    asked += 1;
                }
                Event::Chunks(most) => {
                    let count = most.min(credit);
                    if count > 0 {
                        realm.deliver_frames(&chunks(sent..sent + count));
                    }
                    sent += count;
                    credit -= count;
                }
            }
            for frame in realm.frames() {
                prop_assert_eq!(&frame["type"], "pull");
                let count = u32::try_from(frame["count"].as_u64().unwrap()).unwrap();
                credit += count;
                pulled += count;
            }
            let consumed = asked.min(sent);
            let expected = if asked == 0 { 0 } else { 16 + consumed / 8 * 8 };
            prop_assert_eq!(pulled, expected);
        }
        realm.deliver_frames(&[if fails { error() } else { end() }]);
        for _ in asked..sent + 2 {
            realm.run("next()");
        }
        let mut expected: Vec<_> = (0..sent).map(|number| format!("chunk {number}")).collect();
        let calls = asked.max(sent + 2);
        expected.extend((sent..calls).map(|call| {
            if fails && call == sent { "fails mine" } else { "end" }.to_owned()
        }));
        prop_assert_eq!(realm.notes(), expected);
        // A first read after the end pulls nothing, and so does the rest of the reading.
        prop_assert!(realm.frames().is_empty());
    }
}
