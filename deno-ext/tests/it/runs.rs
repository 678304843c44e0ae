//! Messages that come one after another with the same window and channel are handed out as runs:
//! nobody may notice.

use ipc_protocol::{Channel, Event, Limits, Payload, SystemEvent};

use crate::app::{App, run, window};
use crate::far::{bytes, json, run_far};

/// An event comes, and the script is not yet told.
fn publish(app: &App, event: Event) {
    app.host.as_ref().unwrap().port().publish(event);
}

fn message(id: &str, channel: &str, json: &str) -> Event {
    let payload = Payload::from_json(json.to_owned(), &Limits::default()).unwrap();
    Event::message(window(id), Channel::new(channel).unwrap(), payload)
}

fn open(app: &mut App) {
    for id in ["a", "b"] {
        app.open(id);
        app.load(id);
    }
}

#[test]
fn the_order_of_all_events_stays_across_channels_and_windows() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        onEvent(({ windowId, channel, payload }) => note(`all ${windowId} ${channel} ${payload}`));
        onChannel("x", (payload, windowId) => note(`x ${windowId} ${payload}`));
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "1"), ("x", "2"), ("y", "3"), ("x", "4")]);
        let expected = [
            "all a x 1",
            "x a 1",
            "all a x 2",
            "x a 2",
            "all a y 3",
            "all a x 4",
            "x a 4",
        ];
        assert_eq!(app.notes(), expected);
        // They are taken in one go, so that the windows' runs meet.
        for (window, n) in [("a", "5"), ("b", "6"), ("b", "7"), ("a", "8")] {
            publish(app, message(window, "x", n));
        }
        let expected = [
            "all a x 5",
            "x a 5",
            "all b x 6",
            "x b 6",
            "all b x 7",
            "x b 7",
            "all a x 8",
            "x a 8",
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn events_of_a_run_look_like_any_other() {
    let code = r#"
        import { onEvent } from "host:ipc";
        const seen = [];
        onEvent((event) => {
            note(event);
            note(Object.getPrototypeOf(event) === Object.prototype && !seen.includes(event));
            seen.push(event);
            event.payload = event.channel = event.windowId = "changed";
        });
    "#;
    run(code, |app| {
        open(app);
        app.send_all(
            "a",
            &[("x", "null"), ("x", r#"{"n":1}"#), ("x", r#"{"n":1}"#)],
        );
        let event = |json| format!(r#"{{"windowId":"a","channel":"x","payload":{json}}}"#);
        let yes = || "true".to_owned();
        let (first, other) = (event("null"), event(r#"{"n":1}"#));
        assert_eq!(
            app.notes(),
            [first, yes(), other.clone(), yes(), other, yes()]
        );
    });
}

#[test]
fn a_payload_that_looks_like_a_run_or_a_call_is_just_a_payload() {
    let code = r#"
        import { onEvent } from "host:ipc";
        onEvent(({ payload }) => note(payload));
    "#;
    run(code, |app| {
        open(app);
        let odd = r#"{"payloads":[1,2],"call":3,"bytes":4,"windowId":"b"}"#;
        app.send_all(
            "a",
            &[("payloads", odd), ("payloads", "[[]]"), ("bytes", odd)],
        );
        assert_eq!(app.notes(), [odd, "[[]]", odd]);
    });
}

#[test]
fn consumers_come_and_go_in_the_middle_of_a_run() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        onChannel("x", (payload) => {
            note(`first ${payload}`);
            if (payload === 2) {
                globalThis.added = onChannel("x", (payload) => note(`added ${payload}`));
                onEvent(({ payload }) => note(`all ${payload}`));
            }
            if (payload === 3) off();
            if (payload === 4) added();
        });
        const off = onChannel("x", (payload) => note(`second ${payload}`));
        onChannel("y", (payload) => note(`y ${payload}`));
    "#;
    run(code, |app| {
        open(app);
        let run: Vec<_> = ["1", "2", "3", "4", "5"].map(|n| ("x", n)).into();
        app.send_all("a", &run);
        let expected = [
            "first 1", "second 1", "first 2", "second 2", "first 3", "added 3", "all 3", "first 4",
            "all 4", "first 5", "all 5",
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn the_last_consumer_of_a_channel_may_go_in_the_middle_of_a_run_and_come_back() {
    let code = r#"
        import { onChannel } from "host:ipc";
        const off = onChannel("x", (payload) => {
            note(`first ${payload}`);
            if (payload === 2) off();
        });
        globalThis.again = () => onChannel("x", (payload) => note(`again ${payload}`));
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "1"), ("x", "2"), ("x", "3")]);
        assert_eq!(app.notes(), ["first 1", "first 2"]);
        // Nothing is held of what was heard once, nor of the run that was cut short.
        app.eval("again()");
        app.send_all("a", &[("x", "4"), ("x", "5")]);
        assert_eq!(app.notes(), ["again 4", "again 5"]);
    });
}

#[test]
fn consumers_of_all_kinds_are_called_in_the_order_in_which_they_came() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        onChannel("x", (payload) => note(`1 ${payload}`));
        onEvent(({ payload }) => note(`2 ${payload}`));
        onChannel("x", (payload) => note(`3 ${payload}`));
        onEvent(({ payload }) => note(`4 ${payload}`));
        onChannel("x", (payload) => note(`5 ${payload}`));
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "7"), ("x", "7")]);
        let once = ["1 7", "2 7", "3 7", "4 7", "5 7"];
        assert_eq!(app.notes(), [once, once].concat());
    });
}

#[test]
fn a_generator_and_a_callback_get_all_of_a_run_each_in_order() {
    let code = r#"
        import { channelEvents, onChannel } from "host:ipc";
        const read = async (name) => {
            for await (const { payload } of channelEvents("x")) note(`${name} ${payload}`);
        };
        read("one");
        onChannel("x", (payload) => note(`callback ${payload}`));
        read("two");
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "1"), ("x", "2"), ("x", "3")]);
        let notes = app.notes();
        for name in ["one", "callback", "two"] {
            let of = notes.iter().filter(|note| note.starts_with(name));
            let expected = [1, 2, 3].map(|n| format!("{name} {n}"));
            assert_eq!(of.collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        }
        assert_eq!(notes.len(), 9);
        // The loops go on in later turns, but the first that came goes on first.
        let first = |name: &str| {
            notes
                .iter()
                .position(|note| note.starts_with(name))
                .unwrap()
        };
        assert!(first("one") < first("two"), "{notes:?}");
    });
}

#[test]
fn a_callback_that_throws_stops_neither_the_run_nor_the_others() {
    let code = r#"
        import { onChannel } from "host:ipc";
        onChannel("x", (payload) => { if (payload === 2) throw new Error("two"); note(`a ${payload}`) });
        onChannel("x", (payload) => note(`b ${payload}`));
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "1"), ("x", "2"), ("x", "3")]);
        assert_eq!(app.notes(), ["a 1", "b 1", "b 2", "a 3", "b 3"]);
        assert_eq!(app.printed().matches("two").count(), 1);
    });
}

#[test]
fn calls_keep_their_place_between_runs() {
    let code = r#"
        import { handle, onChannel } from "host:ipc";
        onChannel("x", (payload) => note(`x ${payload}`));
        handle("add", ([a, b]) => { note("add"); return a + b });
    "#;
    run(code, |app| {
        open(app);
        let message = |n| format!(r#"{{"type":"message","channel":"x","payload":{n}}}"#);
        let call = r#"{"type":"request","call":1,"channel":"add","payload":[1,2]}"#;
        let frames = [
            message(1),
            message(2),
            call.to_owned(),
            message(3),
            message(4),
        ];
        app.call("a", &frames.each_ref().map(String::as_str));
        let mut notes = app.notes();
        // What a handler does may come a little later, the messages not.
        let add = notes.iter().position(|note| note == "add").unwrap();
        assert!(add >= 2, "{notes:?}");
        notes.remove(add);
        assert_eq!(notes, ["x 1", "x 2", "x 3", "x 4"]);
        assert_eq!(app.received("a"), ["result #1=3"]);
    });
}

#[test]
fn system_events_cut_runs_and_keep_their_place() {
    let code = r#"
        import { onEvent } from "host:ipc";
        onEvent(({ channel, payload, type }) => note(`${channel} ${payload} ${type}`));
    "#;
    run(code, |app| {
        open(app);
        publish(app, message("a", "x", "1"));
        publish(app, message("a", "x", "2"));
        publish(app, Event::system(window("a"), SystemEvent::Focus));
        publish(app, message("a", "x", "3"));
        let expected = [
            "x 1 undefined",
            "x 2 undefined",
            "focus null focus",
            "x 3 undefined",
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn bytes_cut_runs_and_keep_their_place() {
    let code = r#"
        import { onChannel } from "host:ipc";
        onChannel("c", (payload) => {
            note(show(payload));
            if (payload === 2) onChannel("c", (payload) => note(`added ${show(payload)}`));
        });
    "#;
    run_far(code, |app, far| {
        let payloads = [
            json("1"),
            json("2"),
            bytes(&[3]),
            bytes(&[4]),
            json("5"),
            json("6"),
        ];
        far.send(app, "a", payloads.map(|payload| ("c", payload)).to_vec());
        let expected = [
            "1",
            "2",
            "<3>",
            "added <3>",
            "<4>",
            "added <4>",
            "5",
            "added 5",
            "6",
            "added 6",
        ];
        assert_eq!(app.notes(), expected);
    });
}
