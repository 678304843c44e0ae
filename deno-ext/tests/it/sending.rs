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
            "the payload on \"c\" cannot be sent: code in it threw no such luck",
            "true",
            "the payload on \"c\" cannot be sent: payload is of type function: JSON has no form for it",
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
        await fails(() => sendToWindow("main", "c", { a: [1, 2] }));
        await fails(() => sendToWindow("main", "c", { a: [1, 2, 3] }));
        await fails(() => sendToWindow("main", "c", 3));
        await fails(() => sendToWindow("main", "c", 4));
        "#,
    ));
    setup.limits.payload_bytes = 100;
    setup.limits.payload_depth = 2;
    setup.limits.payload_values = 4;
    setup.limits.window_messages = 4;
    setup.run(|app| {
        let expected = [
            r#"["no error",null]"#,
            r#"["Error","payload-too-large","main","c"]"#,
            r#"["no error",null]"#,
            r#"["Error","payload-too-deep","main","c"]"#,
            r#"["no error",null]"#,
            r#"["Error","payload-too-many-values","main","c"]"#,
            r#"["no error",null]"#,
            r#"["Error","queue-full","main","c"]"#,
        ];
        assert_eq!(app.notes(), expected);

        app.load("main");
        app.listen("main", "c");
        assert_eq!(app.received("main").len(), 4);
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
        await createWindow({ id: "strict", channels: { send: ["c"] } });
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

#[test]
fn a_message_that_need_not_wait_returns_a_promise_like_any_other() {
    let code = r#"
        await createWindow({ id: "main" });
        const sent = sendToWindow("main", "c", 1);
        note(sent instanceof Promise && sent.constructor === Promise);
        note(await sent);
        const order = [];
        sendToWindow("main", "c", 2).then((value) => order.push(["then", value]));
        const other = sendToWindow("main", "c", 3).then(() => { throw new Error("mine") });
        sendToWindow("main", "c", 4).finally(() => order.push("finally"));
        order.push("at once");
        note(await other.catch((error) => error.message));
        note(order);
        note(await Promise.all([sendToWindow("main", "c", 5), 6]));
        note(await Promise.race([sendToWindow("main", "c", 7), new Promise(() => {})]));
    "#;
    run(&script(code), |app| {
        let expected = [
            "true",
            "undefined",
            "mine",
            r#"["at once",["then",null],"finally"]"#,
            "[null,6]",
            "undefined",
        ];
        assert_eq!(app.notes(), expected);
        app.load("main");
        app.listen("main", "c");
        assert_eq!(app.received("main").len(), 6);
    });
}

#[test]
fn what_is_done_to_the_promise_of_one_message_is_not_done_to_the_next() {
    let code = r#"
        await createWindow({ id: "main" });
        const attempt = (change) => {
            try {
                change(sendToWindow("main", "c", 1));
            } catch (error) {
                note(error.constructor.name);
            }
        };
        attempt((sent) => { sent.then = () => note("mine") });
        attempt((sent) => { sent.mine = 1 });
        attempt((sent) => Object.defineProperty(sent, "constructor", { value: class {} }));
        attempt((sent) => Object.setPrototypeOf(sent, null));
        const next = sendToWindow("main", "c", 2);
        note([Object.hasOwn(next, "then"), next.mine === undefined, next instanceof Promise]);
        note(await next);
    "#;
    run(&script(code), |app| {
        let mut expected = vec!["TypeError"; 4];
        expected.extend(["[false,true,true]", "undefined"]);
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn what_cannot_be_sent_rejects_and_never_throws() {
    let code = r#"
        await createWindow({ id: "main", channels: ["c"] });
        configureChannel("full", { overflow: "fail", capacity: 1 });
        await createWindow({ id: "open" });
        await sendToWindow("open", "full");
        const evil = { toJSON() { throw new Error("evil") } };
        const { signal } = Object.assign(new AbortController(), {});
        signal.aborted = true;
        signal.reason = "enough";
        const all = [
            [], [1, "c"], ["", "c"], ["main", 1], ["main", ""], ["main", "close"], ["main", "other"],
            ["nowhere", "c"], ["main", "c", evil], ["main", "c", () => {}],
            ["main", "c", 1, { ack: 1 }], ["main", "c", 1, { signal }], ["open", "full"],
        ];
        for (const args of all) {
            let sent;
            try {
                sent = sendToWindow(...args);
            } catch (error) {
                note(`threw ${error}`);
                continue;
            }
            const isOwn = sent instanceof Promise && !Object.isFrozen(sent);
            note(await sent.then(() => "sent", (error) => `${isOwn} ${error.code ?? error}`));
        }
    "#;
    run(&script(code), |app| {
        let codes = [
            "bad-window-id",
            "bad-window-id",
            "bad-window-id",
            "bad-channel",
            "bad-channel",
            "reserved-channel",
            "channel-not-allowed",
            "unknown-window",
            "bad-payload",
            "bad-payload",
            "bad-options",
            "enough",
            "queue-full",
        ];
        assert_eq!(app.notes(), codes.map(|code| format!("true {code}")));
    });
}

#[test]
fn a_rejection_that_nobody_handles_is_the_scripts_error() {
    let code = r#"
        await createWindow({ id: "main" });
        globalThis.forget = () => { sendToWindow("nowhere", "c") };
        globalThis.ok = () => { sendToWindow("main", "c") };
    "#;
    run(&script(code), |app| {
        app.eval("ok()");
        assert_eq!(app.uncaught(), [""; 0]);
        app.eval("forget()");
        let uncaught = app.uncaught();
        assert!(
            uncaught.len() == 1 && uncaught[0].contains("nowhere"),
            "{uncaught:?}"
        );
    });
}

#[test]
fn a_name_that_was_good_once_does_not_make_another_one_good() {
    let code = r#"
        await createWindow({ id: "main" });
        for (const name of ["main", "", "main", 1, "main", new String("main"), ["main"], "main"]) {
            note(await sendToWindow(name, "c").then(() => "sent", (error) => error.code));
            note(await sendToWindow("main", name).then(() => "sent", (error) => error.code));
        }
    "#;
    run(&script(code), |app| {
        let expected: Vec<_> = [true, false, true, false, true, false, false, true]
            .into_iter()
            .flat_map(|is_good| match is_good {
                true => ["sent", "sent"],
                false => ["bad-window-id", "bad-channel"],
            })
            .collect();
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn a_broadcast_that_all_is_well_with_has_a_result_for_each_window() {
    let code = r#"
        for (const id of ["a", "b"]) await createWindow({ id });
        note(await broadcast(["b", "a", "b"], "c", 1));
        note(await broadcast([], "c", 2));
        const mixed = await broadcast(["a", 7, "b"], "c", 3);
        note(mixed.map(({ windowId, ok, error }) => [windowId, ok, error?.code]));
        const some = await broadcast(["a", "nowhere", "b"], "c", 4);
        note(some.map(({ windowId, ok, error }) => [windowId, ok, error?.code]));
    "#;
    run(&script(code), |app| {
        let expected = [
            r#"[{"windowId":"b","ok":true},{"windowId":"a","ok":true},{"windowId":"b","ok":true}]"#,
            "[]",
            r#"[["a",true,null],[7,false,"bad-window-id"],["b",true,null]]"#,
            r#"[["a",true,null],["nowhere",false,"unknown-window"],["b",true,null]]"#,
        ];
        assert_eq!(app.notes(), expected);
        app.load("b");
        app.listen("b", "c");
        assert_eq!(app.received("b"), ["c=1", "c=1", "c=3", "c=4"]);
    });
}

#[test]
fn texts_of_every_kind_arrive() {
    // One byte a character, two, four in pairs, and long ones, which engines keep in pieces.
    let code = r#"
        await createWindow({ id: "main" });
        for (const text of ["", "a", "\xe9", "\u20ac", "\u{1f600}", "\0", "\x7f\x80\xff\u0100"]) {
            for (const count of [1, 1000]) {
                let long = "";
                for (let n = 0; n < count; n++) long += text;
                sendToWindow("main", "c", long);
            }
        }
    "#;
    run(&script(code), |app| {
        app.load("main");
        app.listen("main", "c");
        let texts = [
            "",
            "a",
            "\u{e9}",
            "\u{20ac}",
            "\u{1f600}",
            "\0",
            "\u{7f}\u{80}\u{ff}\u{100}",
        ];
        let expected = texts
            .iter()
            .flat_map(|text| [1, 1000].map(|count| text.repeat(count)));
        let received = app.received("main").into_iter();
        let received = received.map(|message| -> String {
            serde_json::from_str(message.strip_prefix("c=").unwrap()).unwrap()
        });
        assert_eq!(received.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    });
}

#[test]
fn halves_of_characters_become_replacement_characters() {
    // JSON writes them as escapes, but a script may have another idea of JSON.
    let code = r#"
        await createWindow({ id: "main" });
        sendToWindow("main", "c", "\ud800");
        const texts = ["\ud800", "\udc00", "a\udc00\ud800b", "\ud83d\ude00\ud83d", "\u20ac\ud83d\u20ac"];
        const { stringify } = JSON;
        for (const text of texts) {
            JSON.stringify = () => `"${text}"`;
            sendToWindow("main", "c", 1);
        }
        JSON.stringify = () => "";
        const empty = sendToWindow("main", "c", 1);
        JSON.stringify = stringify;
        note(await empty.catch((error) => error.code));
    "#;
    run(&script(code), |app| {
        assert_eq!(app.notes(), ["bad-payload"]);
        app.load("main");
        app.listen("main", "c");
        let expected = [
            r#"c="\ud800""#,
            "c=\"\u{fffd}\"",
            "c=\"\u{fffd}\"",
            "c=\"a\u{fffd}\u{fffd}b\"",
            "c=\"\u{1f600}\u{fffd}\"",
            "c=\"\u{20ac}\u{fffd}\u{20ac}\"",
        ];
        assert_eq!(app.received("main"), expected);
    });
}
