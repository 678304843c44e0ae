//! Payloads of bytes that the app sends.

use ipc_protocol::Step;

use crate::app::App;
use crate::far::{Far, bytes, channel, json, run_far};

const IMPORTS: &str = r#"
    import * as ipc from "host:ipc";
    const { broadcast, handle, handleStream, request, sendToWindow, stream } = ipc;
    const u8 = (...numbers) => new Uint8Array(numbers);
    Object.assign(globalThis, ipc, { u8 });
"#;

fn start(code: &str, test: impl FnOnce(&mut App, &Far) + Send + 'static) {
    run_far(&format!("{IMPORTS}{code}"), test);
}

/// What sends the numbers 1, 2, 3 but for the last ones, which send nothing.
const FORMS: [&str; 13] = [
    "u8(1, 2, 3)",
    "u8(1, 2, 3).buffer",
    "new Uint8Array(u8(0, 0, 1, 2, 3, 0).buffer, 2, 3)",
    "u8(0, 1, 2, 3, 0).subarray(1, 4)",
    // What Node's Buffer is, and worse.
    "new (class Buffer extends Uint8Array {
        toJSON() { return 'json' }
        get length() { return 99 }
        get byteLength() { return 99 }
        get buffer() { return null }
        get [Symbol.toStringTag]() { return 'Buffer' }
    })([1, 2, 3])",
    "new (class Memory extends ArrayBuffer {})(3)",
    "Object.setPrototypeOf(u8(1, 2, 3), null)",
    "(() => {
        const buffer = new ArrayBuffer(3, { maxByteLength: 100 });
        const array = new Uint8Array(buffer, 1);
        buffer.resize(4);
        array.set([1, 2, 3]);
        return array;
    })()",
    "(() => {
        const buffer = new ArrayBuffer(100, { maxByteLength: 100 });
        const array = new Uint8Array(buffer, 1);
        buffer.resize(4);
        array.set([1, 2, 3]);
        return array;
    })()",
    "(() => {
        const buffer = new ArrayBuffer(1, { maxByteLength: 100 });
        buffer.resize(3);
        new Uint8Array(buffer).set([1, 2, 3]);
        return buffer;
    })()",
    "(() => {
        const array = new Uint8Array(new SharedArrayBuffer(4), 1);
        array.set([1, 2, 3]);
        return array;
    })()",
    "u8()",
    "new ArrayBuffer(0)",
];

#[test]
fn every_form_of_bytes_arrives() {
    start("", |app, far| {
        for form in FORMS {
            app.eval(&format!("sendToWindow('a', 'c', {form})"));
            let expected = match form {
                "u8()" | "new ArrayBuffer(0)" => "c=<>",
                _ if form.contains("class Memory") => "c=<0 0 0>",
                _ => "c=<1 2 3>",
            };
            assert_eq!(far.received(app, "a"), [expected], "{form}");
        }
    });
}

#[test]
fn bytes_keep_their_place_among_json() {
    let code = r#"
        for (let n = 0; n < 4; n++) {
            sendToWindow("a", "c", n);
            sendToWindow("a", "c", u8(n));
            request("a", "c", u8(n, 1)).catch(() => {});
            broadcast(["a"], "c", u8(n, 2).buffer);
            sendToWindow("a", "c", [n]);
            stream("a", "c", u8(n, 3));
        }
    "#;
    start(code, |app, far| {
        let expected: Vec<_> = (0..4)
            .flat_map(|n| {
                [
                    format!("c={n}"),
                    format!("c=<{n}>"),
                    format!("request c=<{n} 1>"),
                    format!("c=<{n} 2>"),
                    format!("c=[{n}]"),
                    format!("stream c=<{n} 3>"),
                ]
            })
            .collect();
        assert_eq!(far.received(app, "a"), expected);
    });
}

#[test]
fn every_byte_arrives_as_it_was() {
    let code = r#"
        const payload = Uint8Array.from({ length: 1 << 20 }, (_, n) => n * 7 ^ n >> 8);
        sendToWindow("a", "c", payload);
    "#;
    start(code, |app, far| {
        let sent: Vec<u8> = (0..1_u32 << 20)
            .map(|n| ((n.wrapping_mul(7)) ^ (n >> 8)) as u8)
            .collect();
        let payloads = far.payloads(app, "a");
        let [(_, Some(payload))] = payloads.as_slice() else {
            panic!("{} frames", payloads.len());
        };
        assert!(payload.as_bytes().unwrap() == &sent[..]);
    });
}

#[test]
fn what_is_sent_is_what_was_there_at_the_call() {
    let code = r#"
        ipc.configureChannel("c", { capacity: 1 });
        const array = u8(1, 2, 3);
        const ends = [
            sendToWindow("a", "c", array),
            // There is no room for it: its sender waits.
            sendToWindow("a", "c", array).then(() => note("there was room")),
            broadcast(["b"], "c", array.buffer),
        ];
        request("b", "c", array).catch(() => {});
        array.fill(9);
        sendToWindow("b", "d", array);
        array.buffer.transfer();
        await Promise.all(ends);
    "#;
    start(code, |app, far| {
        assert_eq!(app.notes(), [""; 0]);
        assert_eq!(far.received(app, "a"), ["c=<1 2 3>", "c=<1 2 3>"]);
        assert_eq!(app.notes(), ["there was room"]);
        assert_eq!(far.received(app, "b"), ["c=<1 2 3>", "request c=<1 2 3>"]);
        far.listen("b", "d");
        assert_eq!(far.received(app, "b"), ["d=<9 9 9>"]);
    });
}

#[test]
fn a_broadcast_copies_bytes_once() {
    start("await broadcast('*', 'c', u8(1, 2, 3))", |app, far| {
        let [a, b] = ["a", "b"].map(|id| {
            let mut payloads = far.payloads(app, id);
            let (frame, payload) = payloads.pop().unwrap();
            assert_eq!(frame, "c=<1 2 3>");
            assert!(payloads.is_empty());
            payload.unwrap().as_bytes().unwrap().as_ptr()
        });
        assert_eq!(a, b);
    });
}

#[test]
fn handlers_answer_with_bytes() {
    let code = r#"
        handle("array", () => u8(1, 2));
        handle("later", async () => { await null; return u8(3).buffer });
        handle("echo", (payload) => payload);
        handleStream("chunks", async function* () {
            yield u8(1);
            yield [2];
            yield Promise.resolve(u8(3));
            yield u8();
        });
        handleStream("once", () => {
            // The same array each time, as a reader may fill it again and again.
            const value = u8(0);
            return { next: () => (value[0] += 1, { value, done: value[0] > 3 }), [Symbol.iterator]() { return this } };
        });
    "#;
    start(code, |app, far| {
        let open = |name: &str| Step::Request {
            channel: channel(name),
            payload: json("null"),
        };
        far.step(app, "a", vec![(1, open("array")), (2, open("later"))]);
        assert_eq!(far.received(app, "a"), ["result <1 2>", "result <3>"]);
        let echo = Step::Request {
            channel: channel("echo"),
            payload: bytes(&[7, 8]),
        };
        far.step(app, "a", vec![(3, echo)]);
        assert_eq!(far.received(app, "a"), ["result <7 8>"]);

        for (call, name, expected) in [
            (
                4,
                "chunks",
                [
                    "chunk <1>",
                    "chunk [2]",
                    "chunk <3>",
                    "chunk <>",
                    "result null",
                ]
                .as_slice(),
            ),
            (
                5,
                "once",
                &["chunk <1>", "chunk <2>", "chunk <3>", "result null"],
            ),
        ] {
            let open = Step::Stream {
                channel: channel(name),
                payload: json("null"),
            };
            far.step(
                app,
                "a",
                vec![(call, open), (call, Step::Pull { count: 8 })],
            );
            assert_eq!(far.received(app, "a"), expected, "{name}");
        }
    });
}

#[test]
fn what_only_looks_like_bytes_is_json() {
    let code = r#"
        sendToWindow("a", "c", { byteLength: 3, [Symbol.toStringTag]: "ArrayBuffer" });
        sendToWindow("a", "c", new Proxy(u8(1, 2), {}));
        sendToWindow("a", "c", new Proxy({ x: 1 }, { has() { throw new Error("asked") } }));
    "#;
    start(code, |app, far| {
        let expected = [
            r#"c={"byteLength":3}"#,
            r#"c={"0":1,"1":2}"#,
            r#"c={"x":1}"#,
        ];
        assert_eq!(far.received(app, "a"), expected);
    });
}

#[test]
fn bytes_are_counted_as_what_they_are() {
    let code = r#"
        ipc.configureChannel("c", { maxBytes: 10, overflow: "fail" });
        await sendToWindow("a", "c", u8(0, 1, 2, 3, 4, 5));
        await fails(() => sendToWindow("a", "c", u8(0, 1, 2, 3, 4)));
        await sendToWindow("a", "c", u8(0, 1, 2, 3));
    "#;
    start(code, |app, far| {
        assert_eq!(app.notes(), [r#"["Error","queue-full","a","c"]"#]);
        assert_eq!(far.received(app, "a"), ["c=<0 1 2 3 4 5>", "c=<0 1 2 3>"]);
        app.eval("note(ipcStats().windows[0].channels[0].deliveredBytes)");
        assert_eq!(app.notes(), ["10"]);
    });
}
