//! Callbacks: coming, going, and failing.

use crate::app::{App, run};

fn open(app: &mut App) {
    app.open("a");
    app.load("a");
}

#[test]
fn a_callback_that_is_unsubscribed_is_not_called() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        globalThis.off = [
            onChannel("x", (payload) => note(`one ${payload}`)),
            onEvent((event) => note(`two ${event.payload}`)),
            onChannel("x", (payload) => note(`three ${payload}`)),
        ];
    "#;
    run(code, |app| {
        open(app);
        app.send("a", "x", "1");
        assert_eq!(app.notes(), ["one 1", "two 1", "three 1"]);
        app.eval("off[1](); off[1](); off[2]();");
        app.send("a", "x", "2");
        assert_eq!(app.notes(), ["one 2"]);
        app.eval("note(off[0]())");
        app.send("a", "x", "3");
        assert_eq!(app.notes(), ["undefined"]);
    });
}

#[test]
fn a_callback_may_unsubscribe_itself_and_others() {
    let code = r#"
        import { onChannel } from "host:ipc";
        const once = onChannel("x", (payload) => { once(); note(`once ${payload}`) });
        const murderer = onChannel("x", (payload) => { victim(); note(`murderer ${payload}`) });
        const victim = onChannel("x", (payload) => note(`victim ${payload}`));
        onChannel("x", (payload) => note(`last ${payload}`));
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "1"), ("x", "2")]);
        let expected = ["once 1", "murderer 1", "last 1", "murderer 2", "last 2"];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn a_callback_that_is_added_by_another_gets_the_next_event() {
    let code = r#"
        import { onChannel } from "host:ipc";
        let added = false;
        onChannel("x", (payload) => {
            note(`first ${payload}`);
            if (!added) onChannel("x", (payload) => note(`added ${payload}`));
            added = true;
        });
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "1"), ("x", "2")]);
        assert_eq!(app.notes(), ["first 1", "first 2", "added 2"]);
    });
}

#[test]
fn the_same_function_may_subscribe_twice() {
    let code = r#"
        import { onChannel } from "host:ipc";
        const callback = (payload) => note(payload);
        const off = onChannel("x", callback);
        onChannel("x", callback);
        globalThis.off = off;
    "#;
    run(code, |app| {
        open(app);
        app.send("a", "x", "1");
        assert_eq!(app.notes(), ["1", "1"]);
        app.eval("off(); off();");
        app.send("a", "x", "2");
        assert_eq!(app.notes(), ["2"]);
    });
}

#[test]
fn callbacks_share_the_event() {
    let code = r#"
        import { onEvent } from "host:ipc";
        onEvent((event) => { event.mark = 1; });
        onEvent((event) => note(event.mark));
    "#;
    run(code, |app| {
        open(app);
        app.send("a", "x", "{}");
        assert_eq!(app.notes(), ["1"]);
    });
}

#[test]
fn a_failing_callback_is_reported_with_its_stack_and_stops_no_other() {
    let code = r#"
        import { onChannel, onEvent } from "host:ipc";
        onChannel("x", function thrower() { throw new RangeError("thrown") });
        onEvent(async function rejecter() { await null; throw new Error("rejected") });
        onChannel("x", (payload) => note(payload));
    "#;
    run(code, |app| {
        open(app);
        app.send("a", "x", "1");
        app.send("a", "x", "2");
        assert_eq!(app.notes(), ["1", "2"]);
        let printed = app.printed();
        let thrown = "error: Uncaught (in the callback of channel \"x\") RangeError: thrown\n";
        let rejected = "error: Uncaught (in an onEvent callback) Error: rejected\n";
        for (head, name) in [(thrown, "thrower"), (rejected, "rejecter")] {
            assert_eq!(printed.matches(head).count(), 2, "{printed}");
            // Its first frame is the callback, in the script.
            let stack = printed.split(head).nth(1).unwrap();
            let frame = stack.lines().next().unwrap();
            assert!(frame.starts_with("    at "), "{printed}");
            assert!(
                frame.contains(name) && frame.contains("test:main:"),
                "{printed}"
            );
        }
    });
}

/// A page names the channel, and may have said what is thrown.
#[test]
fn a_report_gives_a_terminal_no_orders() {
    let code = r#"
        import { onEvent, onChannel } from "host:ipc";
        const e = "\x1b]0;title\x07\x1b[2J\x9b31m\x7f\0\r\u202e";
        onEvent(({ channel }) => {
          note("called");
          const error = new RangeError(`${e}\n\ttwo lines`);
          error.name = `N${e}`;
          throw error;
        });
        onChannel("long", () => {
          note("long");
          throw "x".repeat(1 << 20);
        });
    "#;
    run(code, |app| {
        open(app);
        app.send("a", r"c\u001b[31m", "1");
        assert_eq!(app.notes(), ["called"]);
        let printed = app.printed();
        let escaped = r"\x1b]0;title\x07\x1b[2J\x9b31m\x7f\x00\r\u{202e}";
        let start = format!(
            "error: Uncaught (in an onEvent callback) N{escaped}: {escaped}\n\ttwo lines\n"
        );
        assert!(printed.starts_with(&start), "{printed:?}");
        let orders = |c: char| c.is_control() && !"\n\t".contains(c);
        assert!(!printed.contains(orders), "{printed:?}");

        app.send("a", "long", "1");
        assert_eq!(app.notes(), ["called", "long"]);
        let printed = app.printed();
        let end = "x... (983092 more characters)\n";
        assert!(
            printed.ends_with(end),
            "{:?}",
            &printed[printed.len() - 100..]
        );
        assert!(printed.len() < 70_000 + start.len(), "{}", printed.len());
    });
}

/// Whoever wrote the channel of a callback wrote it for a terminal, too.
#[test]
fn so_does_the_channel_of_a_callback() {
    let code = r#"
        import { onChannel } from "host:ipc";
        onChannel("c\x1b[31m\x9b", () => {
          note("called");
          throw "text";
        });
    "#;
    run(code, |app| {
        open(app);
        app.send("a", r"c\u001b[31m\u009b", "1");
        assert_eq!(app.notes(), ["called"]);
        let start = r#"error: Uncaught (in the callback of channel "c\x1b[31m\x9b") text"#;
        let printed = app.printed();
        assert!(printed.starts_with(start), "{printed:?}");
    });
}

#[test]
fn whatever_is_thrown_is_reported() {
    let code = r#"
        import { onChannel } from "host:ipc";
        const hostile = { get stack() { throw 1 }, toString() { throw 2 } };
        const silent = Object.assign(new Error("silent"), { stack: undefined });
        const renamed = new Error("new");
        renamed.message = "renamed";
        const thenable = { then(_, reject) { reject("thenable"); } };
        const trap = { get then() { throw "trap" } };
        const thrown = ["text", 7, null, undefined, Symbol("s"), { a: 1 }, hostile, silent, renamed];
        for (const value of thrown) onChannel("x", () => { throw value });
        onChannel("x", () => Promise.reject(undefined));
        onChannel("x", () => thenable);
        onChannel("x", () => trap);
        onChannel("x", () => note("last"));
    "#;
    run(code, |app| {
        open(app);
        app.send("a", "x", "1");
        assert_eq!(app.notes(), ["last"]);
        let printed = app.printed();
        let head = "error: Uncaught (in the callback of channel \"x\") ";
        let starts: Vec<_> = printed
            .split(head)
            .skip(1)
            .map(|report| report.lines().next().unwrap())
            .collect();
        let mut expected = vec![
            "text",
            "7",
            "null",
            "undefined",
            "Symbol(s)",
            "[object Object]",
            "an error that cannot be described",
            "Error: silent",
            "Error: renamed",
            "thenable",
            "trap",
            "undefined",
        ];
        let mut starts = starts;
        starts.sort();
        expected.sort();
        assert_eq!(starts, expected, "{printed}");
    });
}

#[test]
fn callbacks_may_do_anything_the_module_offers() {
    let code = r#"
        import { onChannel, recvWindowEvent, sendToWindow, windowEvents } from "host:ipc";
        onChannel("ask", async (payload, windowId) => {
            await sendToWindow(windowId, "answer", payload + 1);
            note("sent");
        });
        onChannel("ask", async () => note((await recvWindowEvent()).channel));
        onChannel("ask", async () => {
            for await (const { channel } of windowEvents()) { note(channel); break; }
        });
    "#;
    run(code, |app| {
        open(app);
        app.listen("a", "answer");
        app.send("a", "ask", "1");
        assert_eq!(app.received("a"), ["answer=2"]);
        app.send("a", "more", "1");
        assert_eq!(app.notes(), ["sent", "more", "more"]);
    });
}

#[test]
fn a_page_does_not_fill_stderr_with_what_callbacks_throw() {
    let code = r#"
        import { onChannel } from "host:ipc";
        onChannel("x", ({ name }) => name);
        onChannel("y", () => { throw new Error("of another") });
    "#;
    run(code, |app| {
        open(app);
        app.send_all("a", &[("x", "null"); 100]);
        let printed = app.printed();
        let lines: Vec<_> = printed
            .lines()
            .filter(|it| it.starts_with("error: "))
            .collect();
        assert_eq!(lines.len(), 16 + 2, "{printed}");
        assert!(lines[16].contains("32 times by now"), "{printed}");
        assert!(lines[17].contains("64 times by now"), "{printed}");
        app.send("a", "y", "1");
        let printed = app.printed();
        assert!(
            printed.contains("of another"),
            "each place has its own count: {printed}"
        );
    });
}
