//! Payloads of bytes that pages send.

use ipc_protocol::{Limits, Payload, Step};

use crate::app::App;
use crate::far::{Far, bytes, channel, json, run_far};

const IMPORTS: &str = r#"
    import * as ipc from "host:ipc";
    const { handle, handleStream, onChannel, onEvent, request, stream, windowEvents } = ipc;
    Object.assign(globalThis, ipc);
"#;

fn start(code: &str, test: impl FnOnce(&mut App, &Far) + Send + 'static) {
    run_far(&format!("{IMPORTS}{code}"), test);
}

#[test]
fn messages_of_bytes_keep_their_place_among_json() {
    start(
        "onChannel('c', (payload, windowId) => note(windowId + show(payload)))",
        |app, far| {
            let messages = [
                json("1"),
                bytes(&[1, 2, 3]),
                json(r#"{"bytes":3}"#),
                bytes(&[]),
                bytes(&[255]),
                json("null"),
            ];
            far.send(app, "a", messages.map(|payload| ("c", payload)).to_vec());
            far.send(app, "b", vec![("c", bytes(&[7]))]);
            let expected = [
                "a1",
                "a<1 2 3>",
                r#"a{"bytes":3}"#,
                "a<>",
                "a<255>",
                "anull",
                "b<7>",
            ];
            assert_eq!(app.notes(), expected);
        },
    );
}

#[test]
fn an_event_has_no_more_than_its_payload() {
    let code =
        "onEvent((event) => note(Object.entries(event).map(([k, v]) => `${k} ${show(v)}`).sort()))";
    start(code, |app, far| {
        far.send(app, "a", vec![("c", bytes(&[1])), ("d", json("2"))]);
        let expected = [
            r#"["channel \"c\"","payload <1>","windowId \"a\""]"#,
            r#"["channel \"d\"","payload 2","windowId \"a\""]"#,
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn all_consumers_of_an_event_have_the_same_array() {
    let code = r#"
        const seen = [];
        onEvent(({ payload }) => { seen.push(payload); throw new Error("reported") });
        onChannel("c", (payload) => { seen.push(payload); payload[0] = 9 });
        (async () => { for await (const { payload } of windowEvents()) seen.push(payload) })();
        globalThis.tell = () => note([seen.length, new Set(seen).size, show(seen[0]), show(seen[4])]);
    "#;
    start(code, |app, far| {
        far.send(app, "a", vec![("c", bytes(&[1, 2])), ("c", bytes(&[3, 4]))]);
        app.eval("tell()");
        // One event after another goes to the callbacks, then both to the generator.
        assert_eq!(app.notes(), [r#"[6,2,"<9 2>","<9 2>"]"#]);
        assert_eq!(app.printed().matches("reported").count(), 2);
    });
}

#[test]
fn bytes_that_nobody_takes_any_more_are_not_given_to_others() {
    let code = r#"
        const off = onChannel("gone", () => note("heard"));
        onChannel("c", (payload) => { off(); note(show(payload)) });
    "#;
    start(code, |app, far| {
        let messages = vec![
            ("c", bytes(&[1])),
            ("gone", bytes(&[2])),
            ("c", bytes(&[3])),
        ];
        far.send(app, "a", messages);
        assert_eq!(app.notes(), ["<1>", "<3>"]);
        // Nor do they turn up later.
        far.send(app, "a", vec![("gone", bytes(&[4])), ("c", bytes(&[5]))]);
        assert_eq!(app.notes(), ["<5>"]);
    });
}

#[test]
fn bytes_wait_for_the_first_who_listens() {
    start("", |app, far| {
        far.send(app, "a", vec![("c", bytes(&[1])), ("c", json("2"))]);
        app.eval("onChannel('c', (payload) => note(show(payload)))");
        assert_eq!(app.notes(), ["<1>", "2"]);
    });
}

#[test]
fn more_than_one_batch_arrives_in_order() {
    let code = r#"
        onChannel("c", (payload) => {
            const isWhole = payload.every?.((byte) => byte === payload[0]) ?? true;
            note([payload[0] ?? payload, payload.length ?? 0, isWhole]);
        });
    "#;
    start(code, |app, far| {
        const SIZE: usize = 6 << 20;
        let mut messages = Vec::new();
        for n in 0..6_u8 {
            let large = vec![n; SIZE + usize::from(n)];
            let large = Payload::from_bytes(large.into(), &Limits::default()).unwrap();
            messages.push(("c", large));
            messages.push(("c", json(&n.to_string())));
        }
        far.send(app, "a", messages);
        let expected: Vec<_> = (0..6)
            .flat_map(|n| [format!("[{n},{},true]", SIZE + n), format!("[{n},0,true]")])
            .collect();
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn calls_of_pages_come_with_bytes() {
    let code = r#"
        handle("sum", (payload) => { note(show(payload)); return payload.reduce((a, b) => a + b, 0) });
        handleStream("each", function* (payload) { note(show(payload)); yield* payload });
    "#;
    start(code, |app, far| {
        let request = Step::Request {
            channel: channel("sum"),
            payload: bytes(&[1, 2, 3]),
        };
        let stream = Step::Stream {
            channel: channel("each"),
            payload: bytes(&[4, 5]),
        };
        let steps = vec![(1, request), (2, stream), (2, Step::Pull { count: 8 })];
        far.step(app, "a", steps);
        assert_eq!(app.notes(), ["<1 2 3>", "<4 5>"]);
        let mut received = far.received(app, "a");
        received.sort();
        assert_eq!(received, ["chunk 4", "chunk 5", "result 6", "result null"]);
    });
}

#[test]
fn a_call_that_waits_for_its_handler_keeps_its_bytes() {
    start("", |app, far| {
        let request = |n| Step::Request {
            channel: channel("late"),
            payload: bytes(&[n]),
        };
        far.step(app, "a", vec![(1, request(1)), (2, request(2))]);
        app.eval("handle('late', (payload) => payload)");
        assert_eq!(far.received(app, "a"), ["result <1>", "result <2>"]);
    });
}

#[test]
fn pages_answer_with_bytes() {
    let code = r#"
        request("a", "c").then((answer) => note(show(answer)));
        (async () => {
            for await (const chunk of stream("a", "c")) note(show(chunk));
            note("end");
        })();
    "#;
    start(code, |app, far| {
        assert_eq!(
            far.received(app, "a"),
            ["request c=null", "stream c=null", "pull 16"]
        );
        let chunk = |payload| (2, Step::Chunk { payload });
        let steps = vec![
            chunk(bytes(&[1, 2])),
            chunk(json("3")),
            (
                1,
                Step::Result {
                    payload: bytes(&[9]),
                },
            ),
            chunk(bytes(&[])),
            (
                2,
                Step::Result {
                    payload: json("null"),
                },
            ),
        ];
        far.step(app, "a", steps);
        let mut notes = app.notes();
        // The answer and the chunks are different promises.
        let answer = notes.iter().position(|note| note == "<9>").unwrap();
        notes.remove(answer);
        assert_eq!(notes, ["<1 2>", "3", "<>", "end"]);
    });
}
