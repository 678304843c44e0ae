//! Page to host: payloads of bytes, and the uploads that carry them.

use preload_js::Config;
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, Failure, KEY, Realm, carrying, hello, message};

fn of_call(kind: &str, call: u64, channel: &str) -> Json {
    json!({"type": kind, "call": call, "channel": channel, "payload": null})
}

fn pull(call: u64, count: u64) -> Json {
    json!({"type": "pull", "call": call, "count": count})
}

/// What was reported since the last call: code and channel.
fn reported(realm: &Realm) -> Vec<(String, Json)> {
    let told = |failure: Failure| (failure.code.unwrap(), failure.channel.unwrap());
    realm.reported().into_iter().map(told).collect()
}

/// A frame of a call that failed, by its code.
fn failed(frame: &Json) -> (&Json, &Json) {
    assert_eq!(frame["type"], "error", "{frame}");
    (&frame["call"], &frame["error"]["code"])
}

#[test]
fn every_kind_of_frame_carries_bytes() {
    for realm in Realm::both() {
        realm.run(
            "host.handle('h', () => new Uint8Array([5]));
             host.handleStream('p', async function* () { yield new Uint8Array([6, 7]); yield 'json' });
             bytes = (...all) => new Uint8Array(all);",
        );
        realm.frames();
        realm.run(
            "host.send('m', bytes(1, 2)); host.request('r', bytes(3)); host.stream('s', bytes());
             host.sendTo('w', 't', bytes(255, 0));",
        );
        let expected = [
            json!({"type": "message", "channel": "m", "bytes": [1, 2]}),
            json!({"type": "request", "call": 1, "channel": "r", "bytes": [3]}),
            json!({"type": "stream", "call": 2, "channel": "s", "bytes": []}),
            json!({"type": "sendTo", "call": 3, "window": "w", "channel": "t", "bytes": [255, 0]}),
        ];
        assert_eq!(realm.frames(), expected);

        realm.deliver_frames(&[
            of_call("request", 8, "h"),
            of_call("stream", 9, "p"),
            pull(9, 5),
        ]);
        let mut frames = realm.frames();
        frames.sort_by_key(|frame| frame["call"].as_u64());
        let expected = [
            json!({"type": "result", "call": 8, "bytes": [5]}),
            json!({"type": "chunk", "call": 9, "bytes": [6, 7]}),
            json!({"type": "chunk", "call": 9, "payload": "json"}),
            json!({"type": "result", "call": 9, "payload": null}),
        ];
        assert_eq!(frames, expected);
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn bytes_and_json_keep_their_order_in_one_batch() {
    for realm in Realm::both() {
        realm.ways();
        realm.frames();
        realm.run(
            "host.send('a', 'é€😀'); host.send('b', new Uint8Array([1])); host.send('c', 3);
             host.send('d', new Uint8Array([4, 5])); host.send('e');",
        );
        let expected = [
            message("a", json!("é€😀")),
            carrying("b", &[1]),
            message("c", json!(3)),
            carrying("d", &[4, 5]),
            message("e", json!(null)),
        ];
        assert_eq!(realm.ways(), [(realm.way("uploaded"), 5)]);
        assert_eq!(realm.frames(), expected);
        realm.run("host.send('f', 1)");
        realm.run("host.send('g', new Uint8Array(0))");
        assert_eq!(
            realm.ways(),
            [(realm.way("posted"), 1), (realm.way("uploaded"), 1)]
        );
        assert_eq!(realm.frames(), [message("f", json!(1)), carrying("g", &[])]);
    }
}

#[test]
fn arrays_and_buffers_of_every_kind_are_bytes() {
    for realm in Realm::both() {
        realm.frames();
        for (script, bytes) in [
            ("new Uint8Array([1, 2, 3])", &[1, 2, 3][..]),
            ("new Uint8Array([1, 2, 3]).buffer", &[1, 2, 3]),
            ("new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", &[2, 3]),
            ("new Uint16Array([0x0201]).buffer", &[1, 2]),
            ("new ArrayBuffer(0)", &[]),
            ("new (class extends Uint8Array {})([7])", &[7]),
            ("new (class extends ArrayBuffer {})(1)", &[0]),
            ("Object.setPrototypeOf(new Uint8Array([8]), null)", &[8]),
            ("Object.setPrototypeOf(new ArrayBuffer(1), null)", &[0]),
            (
                "Object.assign(new Uint8Array([9]), { toJSON: () => 'no' })",
                &[9],
            ),
            ("new Uint8Array(new SharedArrayBuffer(2))", &[0, 0]),
            ("new ArrayBuffer(2, { maxByteLength: 4 })", &[0, 0]),
            (
                "new Uint8Array(new ArrayBuffer(2, { maxByteLength: 4 }))",
                &[0, 0],
            ),
        ] {
            realm.run(&format!("host.send('a', {script})"));
            assert_eq!(realm.frames(), [carrying("a", bytes)], "{script}");
        }
    }
}

#[test]
fn what_only_looks_like_bytes_is_json() {
    for realm in Realm::both() {
        realm.ways();
        realm.frames();
        for (script, payload) in [
            ("{ toJSON: () => new Uint8Array([1]) }", json!({"0": 1})),
            ("new Proxy(new Uint8Array([1]), {})", json!({"0": 1})),
            (
                "Object.create(Uint8Array.prototype, { toJSON: { value: () => 1 } })",
                json!(1),
            ),
            (
                "{ byteLength: 1, [Symbol.toStringTag]: 'Uint8Array' }",
                json!({"byteLength": 1}),
            ),
        ] {
            realm.run(&format!("host.send('a', {script})"));
            assert_eq!(realm.frames(), [message("a", payload)], "{script}");
        }
        let way = (realm.way("posted"), 1);
        assert!(realm.ways().iter().all(|it| *it == way));
    }
}

#[test]
fn what_is_sent_is_what_was_there_at_the_call() {
    for realm in Realm::both() {
        realm.run(
            "host.handle('h', () => { later = new Uint8Array([3]); return later });
             host.handleStream('p', () => ({ [Symbol.iterator]() {
               let i = 0;
               return { next() {
                 if (i > 0) reused[0] = 0;
                 reused = new Uint8Array([++i]);
                 return { value: reused, done: i > 2 };
               } };
             } }));",
        );
        realm.frames();
        realm.run(
            "bytes = new Uint8Array([1, 2]); host.send('a', bytes); host.send('b', bytes.buffer);
             bytes[0] = 9; bytes.buffer.transfer(); host.send('c')",
        );
        let expected = [
            carrying("a", &[1, 2]),
            carrying("b", &[1, 2]),
            message("c", json!(null)),
        ];
        assert_eq!(realm.frames(), expected);
        realm.deliver_frames(&[of_call("stream", 1, "p"), pull(1, 5)]);
        let chunks = [
            json!({"type": "chunk", "call": 1, "bytes": [1]}),
            json!({"type": "chunk", "call": 1, "bytes": [2]}),
        ];
        let frames = realm.frames();
        assert_eq!(frames[..2], chunks);
    }
}

#[test]
fn other_views_and_bytes_that_are_gone_are_refused() {
    let realm = Realm::new();
    realm.run(
        "host.on('x', () => {});
         detached = new Uint8Array([1, 2]); detached.buffer.transfer();
         shrunk = new ArrayBuffer(4, { maxByteLength: 8 });
         outside = new Uint8Array(shrunk, 2, 2); shrunk.resize(3);",
    );
    realm.frames();
    for (script, message) in [
        ("new Float32Array(1)", "of type Float32Array"),
        ("new Uint8ClampedArray(1)", "of type Uint8ClampedArray"),
        ("new Int8Array(1)", "of type Int8Array"),
        ("new BigInt64Array(1)", "of type BigInt64Array"),
        ("new DataView(new ArrayBuffer(1))", "of type DataView"),
        ("detached", "cannot be read"),
        ("detached.buffer", "cannot be read"),
        ("outside", "cannot be read"),
    ] {
        for call in ["send('a'", "stream('a'"] {
            let failure = realm.fail(&format!("host.{call}, {script})"));
            assert_eq!(failure.name, "TypeError", "{script}");
            assert_eq!(failure.code.as_deref(), Some("bad-payload"), "{script}");
            assert_eq!(failure.channel, Some(json!("a")), "{script}");
            assert!(failure.message.contains(message), "{}", failure.message);
        }
        realm.run(&format!(
            "host.request('a', {script}).catch((e) => note(e.code))"
        ));
        assert_eq!(realm.notes(), ["bad-payload"], "{script}");
    }
    assert!(realm.frames().is_empty());

    realm.run(
        "host.handle('h', () => new Float64Array(1));
         host.handleStream('p', async function* () {
           try { yield detached } finally { note('closed') }
         });",
    );
    realm.deliver_frames(&[
        of_call("request", 1, "h"),
        of_call("stream", 2, "p"),
        pull(2, 5),
    ]);
    let frames = realm.frames();
    let codes: Vec<_> = frames.iter().map(|frame| failed(frame).1).collect();
    assert_eq!(codes, ["bad-payload", "bad-payload"]);
    assert_eq!(realm.notes(), ["closed"]);
}

#[test]
fn the_limit_counts_bytes_and_json_alike() {
    let realm = Realm::with(&Config {
        max_payload_bytes: 4,
        ..CONFIG
    });
    realm.frames();
    realm.run("host.send('a', new Uint8Array(4)); host.send('a', new ArrayBuffer(4))");
    realm.run("host.send('a', new Uint8Array(9).subarray(5))");
    let full = carrying("a", &[0, 0, 0, 0]);
    assert_eq!(realm.frames(), [full.clone(), full.clone(), full]);
    for script in ["new Uint8Array(5)", "new ArrayBuffer(5)", "'abc'"] {
        let failure = realm.fail(&format!("host.send('a', {script})"));
        assert_eq!(failure.name, "Error");
        assert_eq!(failure.code.as_deref(), Some("payload-too-large"));
        assert_eq!(failure.channel, Some(json!("a")));
        assert_eq!(failure.message, "window.host: the payload is over 4 bytes");
    }
    assert!(realm.frames().is_empty());
}

#[test]
fn wire_of_an_upload() {
    let realm = Realm::new();
    let page = realm.page();
    realm.run("host.send('é', new Uint8Array([1, 254])); host.send('b', 1)");
    let frames = r#"[{"type":"message","channel":"é","bytes":2},{"type":"message","channel":"b","payload":1}]"#;
    let text = format!(r#"{{"key":"{KEY}","page":"{page}","seq":2,"ack":0,"frames":{frames}}}"#);
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    let expected = [&length[..], text.as_bytes(), &[1, 254]].concat();
    assert_eq!(realm.uploaded(), [expected]);
}

#[test]
fn bytes_count_for_the_length_of_a_batch() {
    for realm in Realm::both() {
        realm.ways();
        realm.run_before_microtasks(
            "half = new Uint8Array(75000);
             host.send('a', half); host.send('b', 1); host.send('c', half); host.send('d', 1);",
        );
        assert_eq!(realm.ways(), [(realm.way("uploaded"), 3)]);
        realm.run_microtasks();
        assert_eq!(realm.ways(), [(realm.way("posted"), 1)]);
    }
}

#[test]
fn an_upload_that_fails_gives_up_its_bytes_and_nothing_else() {
    for (status, throws) in [(500, false), (200, false), (0, false), (204, true)] {
        let realm = Realm::new();
        realm.frames();
        realm.ways();
        realm.answer_uploads(status);
        realm.fail_requests(throws);
        realm.run(
            "said = (promise) => promise.then(note, (e) => note(e.code + ' ' + e.channel));
                 bytes = new Uint8Array([1]);
                 host.send('a', bytes); host.send('b', 1); said(host.request('c', bytes));
                 host.send('d', bytes); host.send('e', bytes); said(host.request('f', 2));
                 s = host.stream('g', bytes); said(s.next()); said(host.sendTo('w', 'h', bytes));
                 host.send('i', 3);",
        );
        assert_eq!(realm.ways(), [("posted", 4)]);
        let expected = [
            message("b", json!(1)),
            json!({"type": "request", "call": 2, "channel": "f", "payload": 2}),
            pull(3, 16), // of a stream that the host never saw
            message("i", json!(3)),
        ];
        assert_eq!(realm.frames(), expected);
        let lost = |channel| ("transfer-failed".to_owned(), json!(channel));
        assert_eq!(reported(&realm), [lost("a"), lost("d"), lost("e")]);
        let failed = [
            "transfer-failed c",
            "transfer-failed g",
            "transfer-failed h",
        ];
        assert_eq!(realm.notes(), failed);

        // Nothing is tried again, and nothing is in the way.
        realm.answer_uploads(204);
        realm.fail_requests(false);
        realm.run("host.send('j', 4)");
        realm.run("host.send('k', bytes)");
        assert_eq!(realm.ways(), [("posted", 1), ("uploaded", 1)]);
        assert_eq!(
            realm.frames(),
            [message("j", json!(4)), carrying("k", &[1])]
        );
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn an_upload_of_nothing_but_bytes_that_fails_leaves_nothing_to_post() {
    let realm = Realm::new();
    realm.ways();
    realm.answer_uploads(413);
    realm.run("host.send('a', new Uint8Array(1))");
    assert_eq!(realm.ways(), []);
    assert_eq!(reported(&realm).len(), 1);
}

#[test]
fn answers_that_could_not_be_uploaded_are_errors() {
    let realm = Realm::new();
    realm.run(
        "bytes = new Uint8Array([1]);
         host.on('m', (p) => host.send('echo', p));
         host.handle('h', () => bytes);
         host.handleStream('p', (payload, { signal }) => {
           signal.addEventListener('abort', () => note('aborted ' + signal.reason.code));
           let made = 0;
           return { [Symbol.iterator]: () => ({
             next: () => { made += 1; note('made ' + made); return { value: bytes } },
             return() { note('closed') },
           }) };
         });",
    );
    realm.frames();
    realm.ways();
    realm.acks();
    realm.answer_uploads(500);
    realm.deliver_frames(&[
        message("m", json!(1)),
        of_call("request", 1, "h"),
        of_call("stream", 2, "p"),
        pull(2, 100),
        message("m", json!(2)),
    ]);
    // In the place of the answers, with the acknowledgement.
    let frames = realm.frames();
    assert_eq!(frames[0], message("echo", json!(1)));
    assert_eq!(frames[1], message("echo", json!(2)));
    let mut errors: Vec<_> = frames[2..].iter().map(failed).collect();
    errors.sort_by_key(|(call, _)| call.as_u64());
    let code = json!("transfer-failed");
    assert_eq!(errors, [(&json!(1), &code), (&json!(2), &code)]);
    assert_eq!(realm.acks()[0], 5);

    let notes = realm.notes();
    assert_eq!(notes[0], "made 1");
    assert!(notes.ends_with(&["aborted transfer-failed".to_owned(), "closed".to_owned()]));
    assert_eq!(notes.iter().filter(|note| *note == "closed").count(), 1);
    assert_eq!(realm.reported(), []);
    // No more is made, though more was asked for.
    realm.deliver_frames(&[pull(2, 5)]);
    assert!(realm.notes().is_empty());
    assert!(realm.frames().is_empty());
}

#[test]
fn a_stream_ends_with_its_first_lost_chunk() {
    let realm = Realm::new();
    realm.run(
        "large = new Uint8Array(100);
         chunks = [1, large, 2, large, 3];
         host.handleStream('p', () => chunks);",
    );
    realm.frames();
    realm.answer_uploads(500);
    realm.deliver_frames(&[of_call("stream", 7, "p"), pull(7, 100)]);
    let frames = realm.frames();
    let errors: Vec<_> = frames
        .iter()
        .filter(|frame| frame["type"] == "error")
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(failed(errors[0]), (&json!(7), &json!("transfer-failed")));
    assert_eq!(frames[0], json!({"type": "chunk", "call": 7, "payload": 1}));
}

#[test]
fn what_is_sent_on_being_told_of_a_loss_comes_after() {
    let realm = Realm::new();
    realm.run(
        "bytes = new Uint8Array(1);
         host.handleStream('p', () => ({ [Symbol.iterator]: () => ({
           next: () => ({ value: bytes }),
           return() { host.send('closing', bytes) },
         }) }));",
    );
    realm.frames();
    realm.acks();
    realm.answer_uploads(500);
    realm.deliver_frames(&[of_call("stream", 1, "p"), pull(1, 1)]);
    assert_eq!(failed(&realm.frames()[0]).0, &json!(1));
    assert_eq!(
        reported(&realm),
        [("transfer-failed".to_owned(), json!("closing"))]
    );
    realm.answer_uploads(204);
    realm.run("host.send('a', bytes)");
    assert_eq!(realm.frames(), [carrying("a", &[0])]);
}

#[test]
fn when_posting_fails_too_the_rest_stays_for_the_next_batch() {
    let realm = Realm::new();
    realm.frames();
    realm.answer_uploads(500);
    realm.fail_posts(true);
    realm.run("host.send('a', 1); host.send('b', new Uint8Array(1)); host.send('c', 2)");
    let failures = realm.reported();
    assert_eq!(failures[0].message, "the host is out");
    assert_eq!(failures[1].code.as_deref(), Some("transfer-failed"));
    // The host cannot be told of that either.
    assert_eq!(failures[2].message, "the host is out");
    assert_eq!(failures.len(), 3);
    realm.fail_posts(false);
    realm.answer_uploads(204);
    realm.ways();
    realm.run("host.send('d', new Uint8Array([3]))");
    assert_eq!(realm.ways(), [("uploaded", 3)]);
    let expected = [
        message("a", json!(1)),
        message("c", json!(2)),
        carrying("d", &[3]),
    ];
    assert_eq!(realm.frames(), expected);
}

#[test]
fn a_long_batch_that_fails_at_once_is_over_before_the_call_returns() {
    let realm = Realm::new();
    realm.frames();
    realm.answer_uploads(500);
    realm.run(
        "large = new Uint8Array(1024 * 1024 + 1);
         said = (promise) => promise.then(note, (e) => note(e.code));
         said(host.request('a', large, { timeoutMs: 9 }));
         const read = host.stream('b', large); said(read.next()); said(read.return(1).then((it) => String(it.value)));
         host.send('c', large); note('sent');",
    );
    assert!(realm.frames().is_empty());
    assert_eq!(reported(&realm).len(), 1);
    assert_eq!(
        realm.notes(),
        ["sent", "transfer-failed", "transfer-failed", "1"]
    );
    assert_eq!(realm.timers(), 0);
}

#[test]
fn a_page_that_is_left_uploads_at_once_or_tells() {
    for realm in Realm::both() {
        realm.frames();
        realm.run_before_microtasks("host.send('z', new Uint8Array([0]))");
        realm.page_hide(true);
        assert_eq!(realm.frames(), [carrying("z", &[0])]);
        realm.run_before_microtasks("host.send('a', new Uint8Array([1])); host.send('b', 2)");
        assert_eq!(
            realm.frames(),
            [carrying("a", &[1]), message("b", json!(2))]
        );
    }
    let realm = Realm::new();
    realm.page_hide(true);
    realm.frames();
    realm.fail_requests(true); // as WebKit does while `pagehide` is dispatched
    realm.run_before_microtasks("host.send('c', new Uint8Array(1)); host.send('d', 3)");
    assert_eq!(realm.frames(), [message("d", json!(3))]);
    assert_eq!(
        reported(&realm),
        [("transfer-failed".to_owned(), json!("c"))]
    );
}

#[test]
fn a_page_from_the_cache_drops_bytes_that_were_queued() {
    for realm in Realm::both() {
        realm.run_before_microtasks("host.send('a', new Uint8Array(1))");
        realm.page_show(true, true);
        assert_eq!(realm.frames()[..2], [hello(), hello()]);
        realm.ways();
        realm.run("host.send('b', 1)");
        assert_eq!(realm.ways(), [(realm.way("posted"), 1)]);
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn long_text_is_uploaded_or_else_posted_and_short_text_is_only_posted() {
    let realm = Realm::new();
    realm.frames();
    realm.ways();
    let send = |length: usize| realm.run(&format!("host.send('a', 'x'.repeat({length}))"));
    let short = 200 * 1024;
    let long = 300 * 1024;
    let frame = |length: usize| message("a", json!("x".repeat(length)));
    send(short);
    send(long);
    assert_eq!(realm.ways(), [("posted", 1), ("uploaded", 1)]);
    assert_eq!(realm.frames(), [frame(short), frame(long)]);

    realm.answer_uploads(404); // as where the page is not the app's own
    send(long);
    realm.fail_requests(true);
    send(long);
    assert_eq!(realm.frames(), [frame(long), frame(long)]);
    assert_eq!(realm.reported(), [], "nothing of it is lost");
}

#[test]
fn large_bytes_are_those_at_the_call_too() {
    for realm in Realm::both() {
        realm.frames();
        realm.run_before_microtasks(
            "large = new Uint8Array(200 * 1024).fill(1);
             host.send('a', large); large.fill(2);
             host.send('b', large.buffer); large.fill(3);
             host.send('c', large.subarray(5)); large.fill(4);",
        );
        let filled = |length: usize, byte: u8| vec![byte; length];
        let length = 200 * 1024;
        let expected = [
            carrying("a", &filled(length, 1)),
            carrying("b", &filled(length, 2)),
            carrying("c", &filled(length - 5, 3)),
        ];
        assert_eq!(realm.frames(), expected);
    }
}
