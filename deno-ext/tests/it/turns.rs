//! No page keeps the script from other windows: what it floods with comes in parts.

use crate::app::{App, run};
use crate::frames::{cancel, open, pull, request};

const IMPORTS: &str = r#"
    import { handle, handleStream, onChannel } from "host:ipc";
"#;

fn start(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), |app| {
        for id in ["flood", "other"] {
            app.open(id);
            app.load(id);
        }
        test(app);
    });
}

/// Opens a stream and asks for so many chunks of it.
fn stream(call: u32, channel: &str, payload: &str, count: u32) -> [String; 2] {
    [open("stream", call, channel, payload), pull(call, count)]
}

/// The most of each window's messages that the script takes before it looks for those of others: 64 KiB,
/// where each counts as 128 bytes at least. The event loop has its turn after sixteen times that.
const PART: usize = 512;
const TURN: usize = 16 * PART;

#[test]
fn messages_of_another_window_pass_a_flood() {
    let code = r#"
        onChannel("m", (payload, windowId) => note(`${windowId} ${payload}`));
    "#;
    start(code, |app| {
        let message = |n: usize| format!(r#"{{"type":"message","channel":"m","payload":{n}}}"#);
        app.post("flood", &(0..20_000).map(message).collect::<Vec<_>>());
        app.post("other", &[message(0), message(1)]);
        let mut notes = Vec::new();
        for _ in 0..1_000 {
            let turn = app.notes_of_a_turn();
            assert!(turn.len() <= TURN + 2, "{} in one turn", turn.len());
            notes.extend(turn);
        }
        let of = |window: &str| -> Vec<_> {
            let notes = notes.iter().filter(|note| note.starts_with(window));
            notes.cloned().collect()
        };
        let expected: Vec<_> = (0..20_000).map(|n| format!("flood {n}")).collect();
        assert!(of("flood") == expected, "each once and in order");
        assert_eq!(of("other"), ["other 0", "other 1"]);
        let last = notes.iter().position(|note| note == "other 1").unwrap();
        assert!(last <= PART + 2, "after {last}");
    });
}

#[test]
fn many_streams_leave_each_turn_to_others() {
    let code = r#"
        handleStream("rows", async function* () {
            for (;;) { note("row"); yield "x".repeat(16_384); }
        });
        handle("ask", () => note("asked"));
    "#;
    start(code, |app| {
        // As many rows as the page asks for come to 26 MB.
        let frames = (1..=100).flat_map(|call| stream(call, "rows", "null", 16));
        app.post("flood", &frames.collect::<Vec<_>>());
        let (mut rows, mut asked_at) = (0, None);
        for turn in 0..1_000 {
            if turn == 20 {
                assert!(rows < 1_600, "it is still at it");
                app.post("other", &[request(1, "ask", "null")]);
            }
            let notes = app.notes_of_a_turn();
            let more = notes.iter().filter(|note| *note == "row").count();
            // The first rows are taken for smaller ones.
            assert!(more <= 64, "{more} rows in one turn");
            rows += more;
            if notes.iter().any(|note| note == "asked") {
                asked_at = Some((turn, rows));
            }
        }
        assert_eq!(rows, 1_600);
        let (turn, rows) = asked_at.unwrap();
        assert!(
            turn < 30 && rows < 1_600,
            "asked in turn {turn}, after {rows}"
        );
    });
}

#[test]
fn streams_take_turns() {
    let code = r#"
        handleStream("rows", async function* (name) {
            for (let n = 0; n < 8; n++) { note(name); yield "x".repeat(100_000); }
        });
    "#;
    start(code, |app| {
        let open = |call: u32| open("stream", call, "rows", &call.to_string());
        let pull = |call| pull(call, 16);
        app.call("flood", &[&open(1), &open(2), &pull(1), &pull(2)]);
        let notes = app.notes();
        assert_eq!(notes.len(), 16);
        let last = |name: &str| notes.iter().rposition(|note| note == name).unwrap();
        assert!(last("1").min(last("2")) >= 12, "{notes:?}");
        assert_eq!(app.received("flood").len(), 18, "their ends, too");
    });
}

#[test]
fn windows_take_turns_whatever_one_has_opened() {
    let code = r#"
        handleStream("rows", async function* () {
            for (;;) { note("row"); yield "x".repeat(16_384); }
        });
        handleStream("other", async function* () {
            for (let n = 0; n < 8; n++) { note("other"); yield "x".repeat(16_384); }
        });
    "#;
    start(code, |app| {
        let flood = (1..=200).flat_map(|call| stream(call, "rows", "null", 16));
        app.post("flood", &flood.collect::<Vec<_>>());
        let mut rows = 0;
        while rows < 400 {
            rows += app.notes_of_a_turn().len();
        }
        app.post("other", &stream(1, "other", "null", 16));
        let notes = app.notes();
        assert_eq!(notes.len() + rows, 200 * 16 + 8);
        let last = notes.iter().rposition(|note| note == "other").unwrap();
        // One in each turn, in which there are 16.
        assert!(last < 10 * 16, "not after {last} rows");
    });
}

#[test]
fn streams_that_are_given_up_cost_the_others_no_turns() {
    let code = r#"
        handleStream("rows", async function* (name) {
            for (;;) { note(name); yield "x".repeat(100_000); }
        });
    "#;
    start(code, |app| {
        let flood = (1..=1_000).flat_map(|call| stream(call, "rows", r#""row""#, 2));
        app.post("flood", &flood.collect::<Vec<_>>());
        for _ in 0..20 {
            app.notes_of_a_turn();
        }
        let cancels = (1..=1_000).map(cancel);
        let late = stream(1_001, "rows", r#""late""#, 2);
        app.post("flood", &cancels.chain(late).collect::<Vec<_>>());
        // The cancels themselves come in parts.
        let turn = (0..1_000).find(|_| app.notes_of_a_turn().iter().any(|note| note == "late"));
        assert!(turn.is_some_and(|turn| turn < 30), "in turn {turn:?}");
    });
}

#[test]
fn a_stream_that_is_given_up_while_it_waits_makes_nothing_more() {
    let code = r#"
        handleStream("rows", async function* (name) {
            try {
                for (;;) { note(name); yield "x".repeat(300_000); }
            } finally {
                note(`${name} ends`);
            }
        });
    "#;
    start(code, |app| {
        let open = |call: u32| open("stream", call, "rows", &call.to_string());
        let pull = |call| pull(call, 2);
        app.call("flood", &[&open(1), &pull(1), &open(2)]);
        assert_eq!(app.notes(), ["1", "1"]);
        app.call("flood", &[&pull(1), &pull(2), &cancel(2)]);
        assert_eq!(app.notes(), ["1", "1"]);
        app.call("flood", &[&pull(1)]);
        assert_eq!(app.notes(), ["1", "1"]);
    });
}
