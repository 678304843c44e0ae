//! `sendToWindow` and `broadcast`.

use ipc_protocol::WindowCommand;

use crate::app::{Setup, run, window};

const IMPORTS: &str = r#"
    import { broadcast, configureChannel, sendToWindow } from "host:ipc";
    import { createWindow } from "host:window";
    Object.assign(globalThis, { broadcast, send: sendToWindow });
"#;

fn script(body: &str) -> String {
    format!("{IMPORTS}{body}")
}

#[test]
fn a_message_arrives_with_its_payload_or_null() {
    let code = r#"
        await createWindow({ id: "main" });
        note(await sendToWindow("main", "update", { count: 42 }));
        await sendToWindow("main", "refresh");
        await sendToWindow("main", "update", null);
    "#;
    run(&script(code), |app| {
        assert_eq!(app.notes(), ["undefined"]);
        app.load("main");
        app.listen("main", "refresh");
        app.listen("main", "update");
        let expected = ["refresh=null", "update={\"count\":42}", "update=null"];
        assert_eq!(app.received("main"), expected);
    });
}

#[test]
fn ten_thousand_messages_arrive_in_order() {
    let code = r#"
        await createWindow({ id: "main" });
        for (let n = 0; n < 10_000; n++) sendToWindow("main", n % 2 ? "odd" : "even", n);
    "#;
    run(&script(code), |app| {
        app.load("main");
        app.listen("main", "odd");
        assert_eq!(app.received("main").len(), 5_000);
        app.listen("main", "even");
        assert_eq!(app.received("main").len(), 5_000);
        app.eval("for (let n = 0; n < 10_000; n++) send('main', n % 2 ? 'odd' : 'even', n)");
        let expected: Vec<_> = (0..10_000)
            .map(|n| format!("{}={n}", if n % 2 == 1 { "odd" } else { "even" }))
            .collect();
        assert_eq!(app.received("main"), expected);
    });
}

#[test]
fn what_cannot_be_sent_is_a_coded_error() {
    let code = r#"
        const win = await createWindow({ id: "main", channels: ["allowed"] });
        const gone = await createWindow({ id: "gone" });
        await gone.close();
        const cycle = {};
        cycle.cycle = cycle;
        for (const args of [
            ["nobody", "c", 1],
            ["gone", "c", 1],
            ["", "c", 1],
            ["x".repeat(257), "c"],
            [7, "c"],
            [undefined, "c"],
            ["\ud800", "c"],
            ["main", ""],
            ["main", "é".repeat(129)],
            ["main", 7],
            ["main"],
            ["main", "a\udc00"],
            ["main", "close", 1],
            ["main", "resize"],
            ["main", "other", 1],
            ["main", "allowed", () => {}],
            ["main", "allowed", Symbol("s")],
            ["main", "allowed", 1n],
            ["main", "allowed", cycle],
            ["main", "allowed", { toJSON() { throw new Error("no") } }],
            ["main", "allowed", { toJSON() { throw Object.create(null) } }],
            ["main", "allowed", { toJSON() { return undefined } }],
            ["main", "allowed", { get x() { throw 7 } }],
        ]) {
            await fails(() => sendToWindow(...args));
        }
        await sendToWindow("main", "allowed", "fine");
    "#;
    run(&script(code), |app| {
        let long = "x".repeat(257);
        let wide = "é".repeat(129);
        let bad_payload = r#"["TypeError","bad-payload","main","allowed"]"#;
        let expected = [
            r#"["Error","unknown-window","nobody","c"]"#,
            r#"["Error","window-closed","gone","c"]"#,
            r#"["TypeError","bad-window-id","","c"]"#,
            &format!(r#"["TypeError","bad-window-id","{long}","c"]"#),
            r#"["TypeError","bad-window-id",null,null]"#,
            r#"["TypeError","bad-window-id",null,null]"#,
            r#"["TypeError","bad-window-id",null,null]"#,
            r#"["TypeError","bad-channel","main",""]"#,
            &format!(r#"["TypeError","bad-channel","main","{wide}"]"#),
            r#"["TypeError","bad-channel",null,null]"#,
            r#"["TypeError","bad-channel",null,null]"#,
            r#"["TypeError","bad-channel",null,null]"#,
            r#"["Error","reserved-channel","main","close"]"#,
            r#"["Error","reserved-channel","main","resize"]"#,
            r#"["Error","channel-not-allowed","main","other"]"#,
            bad_payload,
            bad_payload,
            bad_payload,
            bad_payload,
            bad_payload,
            bad_payload,
            bad_payload,
            bad_payload,
        ];
        assert_eq!(app.notes(), expected);
        app.load("main");
        for channel in ["allowed", "other", "close", "c"] {
            app.listen("main", channel);
        }
        assert_eq!(app.received("main"), [r#"allowed="fine""#]);
    });
}

#[test]
fn a_bad_payloads_error_tells_why() {
    let code = r#"
        await createWindow({ id: "main" });
        const cause = new Error("no such luck");
        const payload = { toJSON() { throw cause } };
        for (const payload of [{ toJSON() { throw cause } }, () => {}]) {
            await sendToWindow("main", "c", payload).catch((error) => {
                note(error.message);
                note(error.cause === cause);
            });
        }
    "#;
    run(&script(code), |app| {
        let expected = [
            "the payload cannot be sent: Error: no such luck",
            "true",
            "the payload cannot be sent: JSON has no form for this function",
            "false",
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn limits_are_errors() {
    let mut setup = Setup::new(&script(
        r#"
        configureChannel("c", { overflow: "fail" });
        await createWindow({ id: "main" });
        await fails(() => sendToWindow("main", "c", "x".repeat(98)));
        await fails(() => sendToWindow("main", "c", "x".repeat(99)));
        await fails(() => sendToWindow("main", "c", [[]]));
        await fails(() => sendToWindow("main", "c", [[[]]]));
        await fails(() => sendToWindow("main", "c", 3));
        await fails(() => sendToWindow("main", "c", 4));
        "#,
    ));
    setup.limits.payload_bytes = 100;
    setup.limits.payload_depth = 2;
    setup.limits.window_messages = 3;
    setup.run(|app| {
        let expected = [
            r#"["no error",null]"#,
            r#"["Error","payload-too-large","main","c"]"#,
            r#"["no error",null]"#,
            r#"["Error","payload-too-deep","main","c"]"#,
            r#"["no error",null]"#,
            r#"["Error","queue-full","main","c"]"#,
        ];
        assert_eq!(app.notes(), expected);

        app.load("main");
        app.listen("main", "c");
        assert_eq!(app.received("main").len(), 3);
        app.eval("fails(() => send('main', 'c', 5))");
        assert_eq!(app.notes(), [r#"["no error",null]"#]);
    });
}

#[test]
fn without_a_user_interface_nothing_can_be_sent() {
    run(&script("await createWindow({ id: 'main' })"), |app| {
        app.host = None;
        app.eval("fails(() => send('main', 'c', 1)); fails(() => send('new', 'c', 1));");
        let expected = [
            r#"["Error","window-closed","main","c"]"#,
            r#"["Error","unknown-window","new","c"]"#,
        ];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn a_broadcast_reaches_every_window_once() {
    let code = r#"
        const ids = [];
        for (let n = 0; n < 8; n++) ids.push((await createWindow()).id);
        let encodings = 0;
        const payload = { toJSON() { encodings += 1; return { theme: "dark" } } };
        note(await broadcast(ids, "theme", payload));
        note(encodings);
        await broadcast(new Set(["win-1", "win-3"]), "plain");
        note(await broadcast([], "theme", 1));
    "#;
    run(&script(code), |app| {
        let ids: Vec<_> = (1..=8).map(|n| format!("win-{n}")).collect();
        let results = ids
            .iter()
            .map(|id| format!(r#"{{"windowId":"{id}","ok":true}}"#));
        let results = results.collect::<Vec<_>>().join(",");
        assert_eq!(app.notes(), [&format!("[{results}]"), "1", "[]"]);
        for id in &ids {
            app.load(id);
            app.listen(id, "theme");
            assert_eq!(app.received(id), [r#"theme={"theme":"dark"}"#]);
            app.listen(id, "plain");
            let has_plain = ["win-1", "win-3"].contains(&&**id);
            assert_eq!(app.received(id).len(), usize::from(has_plain));
        }
    });
}

#[test]
fn a_broadcast_tells_of_each_window_that_fails() {
    let code = r#"
        for (const id of ["a", "gone", "b"]) await createWindow({ id });
        await createWindow({ id: "strict", channels: ["x"] });
        await (await import("host:window")).closeWindow("gone");
        const ids = ["a", "nobody", "", "gone", 7, "strict", "\ud800", "b"];
        for (const { windowId, ok, error } of await broadcast(ids, "c", 1)) {
            note([windowId, ok, error?.constructor.name, error?.code, error?.windowId, error?.channel]);
        }
    "#;
    run(&script(code), |app| {
        let expected = [
            r#"["a",true,null,null,null,null]"#,
            r#"["nobody",false,"Error","unknown-window","nobody","c"]"#,
            r#"["",false,"Error","bad-window-id","","c"]"#,
            r#"["gone",false,"Error","window-closed","gone","c"]"#,
            r#"[7,false,"TypeError","bad-window-id",7,"c"]"#,
            r#"["strict",false,"Error","channel-not-allowed","strict","c"]"#,
            r#"["\ud800",false,"TypeError","bad-window-id","\ud800","c"]"#,
            r#"["b",true,null,null,null,null]"#,
        ];
        assert_eq!(app.notes(), expected);
        for id in ["a", "b"] {
            app.load(id);
            app.listen(id, "c");
            assert_eq!(app.received(id), ["c=1"]);
        }
    });
}

#[test]
fn a_bad_broadcast_reaches_nobody() {
    let code = r#"
        await createWindow({ id: "a" });
        await fails(() => broadcast(["a"], "", 1));
        await fails(() => broadcast(["a"], 7, 1));
        await fails(() => broadcast(["a"], "c", 1n));
        await fails(() => broadcast("a", "c", 1));
        await fails(() => broadcast(undefined, "c", 1));
        await fails(() => broadcast({}, "c", 1));
        await fails(() => broadcast(7, "c", 1));
        note(await broadcast(["a"], "close", 1).then(([{ error }]) => error.code));
    "#;
    run(&script(code), |app| {
        let expected = [
            r#"["TypeError","bad-channel",null,""]"#,
            r#"["TypeError","bad-channel",null,null]"#,
            r#"["TypeError","bad-payload",null,"c"]"#,
            r#"["TypeError","bad-window-id",null,null]"#,
            r#"["TypeError","bad-window-id",null,null]"#,
            r#"["TypeError","bad-window-id",null,null]"#,
            r#"["TypeError","bad-window-id",null,null]"#,
            "reserved-channel",
        ];
        assert_eq!(app.notes(), expected);
        app.load("a");
        for channel in ["c", "close"] {
            app.listen("a", channel);
        }
        assert_eq!(app.received("a"), [""; 0]);
    });
}

#[test]
fn what_is_sent_before_a_command_arrives_before_it() {
    let code = r#"
        const win = await createWindow({ id: "main" });
        globalThis.go = async () => {
            sendToWindow("main", "c", 1);
            await win.reload();
        };
    "#;
    run(&script(code), |app| {
        app.load("main");
        app.listen("main", "c");
        app.eval("go()");
        assert_eq!(app.received("main"), ["c=1"]);
        let commands = app.screen.commands(&window("main"));
        assert_eq!(commands, [WindowCommand::Reload]);
    });
}
