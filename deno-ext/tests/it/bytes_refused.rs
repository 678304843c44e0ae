//! Bytes that cannot be sent.

use ipc_protocol::{Limits, Step};

use crate::app::App;
use crate::far::{Far, channel, json, run_far, run_far_within};

const IMPORTS: &str = r#"
    import * as ipc from "host:ipc";
    const { handle, handleStream, sendToWindow } = ipc;
    Object.assign(globalThis, ipc);
"#;

/// Each function that takes a payload, with `payload`.
const SENDERS: [&str; 4] = [
    "sendToWindow('a', 'c', payload)",
    "broadcast(['a'], 'c', payload)",
    "request('a', 'c', payload)",
    "stream('a', 'c', payload)",
];

/// Expects each function to fail with `code`, for a payload that the script makes.
fn assert_refused(app: &mut App, payload: &str, code: &str) {
    for sender in SENDERS {
        app.eval(&format!(
            "fails(() => {{ const payload = {payload}; return {sender} }})"
        ));
        let class = match code {
            "bad-payload" => "TypeError",
            _ => "Error",
        };
        // A broadcast is about no window in particular.
        let window = match sender.starts_with("broadcast") {
            true => "null",
            false => "\"a\"",
        };
        let expected = format!("[\"{class}\",\"{code}\",{window},\"c\"]");
        assert_eq!(app.notes(), [expected], "{sender} of {payload}");
    }
}

/// Expects that nothing was sent but what is sent now.
fn assert_nothing_is_lost(app: &mut App, far: &Far) {
    app.eval("sendToWindow('a', 'c', new Uint8Array([7])); sendToWindow('a', 'c', 'fine')");
    assert_eq!(far.received(app, "a"), ["c=<7>", "c=\"fine\""]);
}

#[test]
fn other_views_are_refused() {
    run_far(IMPORTS, |app, far| {
        for payload in [
            "new Int8Array(2)",
            "new Uint8ClampedArray(2)",
            "new Uint16Array(2)",
            "new Float32Array(2)",
            "new Float64Array(0)",
            "new BigUint64Array(2)",
            "new (class extends Float32Array { get [Symbol.toStringTag]() { return 'Uint8Array' } })(2)",
            "new DataView(new ArrayBuffer(2))",
            "new SharedArrayBuffer(2)",
        ] {
            assert_refused(app, payload, "bad-payload");
        }
        app.eval(
            "sendToWindow('a', 'c', new Float32Array(2)).catch(({ message }) => note(message))",
        );
        let expected = "the payload on \"c\" cannot be sent: payload is of type Float32Array: of bytes, only \
            a Uint8Array or an ArrayBuffer can be sent, such as its buffer";
        assert_eq!(app.notes(), [expected]);
        assert_nothing_is_lost(app, far);
    });
}

#[test]
fn bytes_that_are_there_no_more_are_refused() {
    run_far(IMPORTS, |app, far| {
        for payload in [
            "(() => { const array = new Uint8Array(2); array.buffer.transfer(); return array })()",
            "(() => { const array = new Uint8Array(0); array.buffer.transfer(); return array })()",
            "(() => { const buffer = new ArrayBuffer(2); buffer.transfer(); return buffer })()",
            // Its buffer has become too short for it.
            "(() => {
                const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
                const array = new Uint8Array(buffer, 4, 4);
                buffer.resize(6);
                return array;
            })()",
        ] {
            assert_refused(app, payload, "bad-payload");
        }
        assert_nothing_is_lost(app, far);
    });
}

fn small() -> Limits {
    let mut limits = Limits::default();
    limits.payload_bytes = 100;
    limits
}

#[test]
fn bytes_over_the_limit_are_refused() {
    run_far_within(small(), IMPORTS, |app, far| {
        assert_refused(app, "new Uint8Array(101)", "payload-too-large");
        assert_refused(app, "new ArrayBuffer(101)", "payload-too-large");
        assert_nothing_is_lost(app, far);
        app.eval("sendToWindow('a', 'c', new Uint8Array(100))");
        let payloads = far.payloads(app, "a");
        let [(_, Some(payload))] = payloads.as_slice() else {
            panic!("{payloads:?}");
        };
        assert_eq!(payload.as_bytes().unwrap().len(), 100);
    });
}

#[test]
fn answers_that_cannot_be_sent_fail_the_call() {
    let code = r#"
        handle("large", () => new Uint8Array(101));
        handle("view", () => new Float32Array(2));
        handle("fits", () => new Uint8Array(100).fill(1).subarray(98));
        const chunks = (last) => function* () {
            try { yield new Uint8Array([1]); yield last; note("went on") } finally { note("closed") }
        };
        handleStream("large chunk", chunks(new Uint8Array(101)));
        handleStream("chunk of a view", chunks(new DataView(new ArrayBuffer(2))));
    "#;
    run_far_within(small(), &format!("{IMPORTS}{code}"), |app, far| {
        for (call, name, expected) in [
            (1, "large", "error payload-too-large"),
            (2, "view", "error bad-payload"),
            (3, "fits", "result <1 1>"),
        ] {
            let open = Step::Request {
                channel: channel(name),
                payload: json("null"),
            };
            far.step(app, "a", vec![(call, open)]);
            assert_eq!(far.received(app, "a"), [expected], "{name}");
        }
        for (call, name, expected) in [
            (4, "large chunk", "error payload-too-large"),
            (5, "chunk of a view", "error bad-payload"),
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
            assert_eq!(far.received(app, "a"), ["chunk <1>", expected], "{name}");
            assert_eq!(app.notes(), ["closed"], "{name}");
        }
        assert_nothing_is_lost(app, far);
    });
}
