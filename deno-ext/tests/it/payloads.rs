//! Payloads that are easily broken on the way, both ways.

use crate::app::{Setup, run};

/// JSON of which every layer must keep the meaning, and what a script is to find in it.
const CASES: [(&str, &str); 14] = [
    (
        r#"{"__proto__":{"x":1}}"#,
        "Object.hasOwn(p, '__proto__') && p.x === undefined",
    ),
    (
        r#"{"constructor":1,"toString":2}"#,
        "p.constructor === 1 && p.toString === 2",
    ),
    (r#""\ud800""#, r"p === '\ud800'"),
    (r#""\udc00x""#, r"p === '\udc00x'"),
    (r#""a\u0000b""#, r"p === 'a\0b'"),
    (r#""\u2028\u2029""#, r"p === '\u2028\u2029'"),
    (r#""</script><!--""#, "p === '</script><!--'"),
    (r#""'\"\\`${x}""#, r#"p === "'\"\\`${x}""#),
    (r#""😀é€""#, r"p === '\u{1f600}\xe9\u20ac'"),
    ("9007199254740993", "p === 9007199254740992"),
    ("1e308", "p === 1e308"),
    ("-0.0", "Object.is(p, -0)"),
    ("[]", "Array.isArray(p) && p.length === 0"),
    ("\"\"", "p === ''"),
];

#[test]
fn payloads_from_pages_keep_their_meaning() {
    run(
        "import { onChannel } from 'host:ipc'; onChannel('c', (p) => { globalThis.p = p });",
        |app| {
            app.open("a");
            app.load("a");
            for (json, test) in CASES {
                app.send("a", "c", json);
                app.eval(&format!("note({test})"));
                assert_eq!(app.notes(), ["true"], "{json}");
            }
            // As deep as may be.
            let deep = format!("{}{}", "[".repeat(256), "]".repeat(256));
            app.send("a", "c", &deep);
            app.eval("let depth = 0; for (; p; p = p[0]) depth++; note(depth)");
            assert_eq!(app.notes(), ["256"]);
            // A number that JSON can write and a script cannot hold.
            app.send("a", "c", "1e400");
            app.eval("note(p === Infinity)");
            assert_eq!(app.notes(), ["true"]);
        },
    );
}

#[test]
fn payloads_to_pages_keep_their_meaning() {
    let code = r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";
        await createWindow({ id: "a" });
        globalThis.send = (json) => sendToWindow("a", "c", JSON.parse(json));
        globalThis.sendToWindow = sendToWindow;
    "#;
    run(code, |app| {
        app.load("a");
        app.listen("a", "c");
        for (json, test) in CASES {
            app.eval(&format!("send({})", serde_json::to_string(json).unwrap()));
            let received = app.received("a");
            let [received] = received.as_slice() else {
                panic!("{json}: {received:?}");
            };
            let received = received.strip_prefix("c=").unwrap();
            let literal = serde_json::to_string(received).unwrap();
            app.eval(&format!(
                "{{ const p = JSON.parse({literal}); note({test}) }}"
            ));
            // JSON has no negative zero as scripts write it.
            let expected = if json == "-0.0" { "false" } else { "true" };
            assert_eq!(app.notes(), [expected], "{json} became {received}");
        }
    });
}

#[test]
fn what_json_leaves_out_is_left_out() {
    let code = r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";
        await createWindow({ id: "a" });
        sendToWindow("a", "c", { kept: 1, f() {}, u: undefined, s: Symbol() });
        sendToWindow("a", "c", [undefined, () => {}, NaN, Infinity]);
        sendToWindow("a", "c", new Date(0));
        sendToWindow("a", "c", NaN);
        sendToWindow("a", "c", { toJSON: () => "json" });
        sendToWindow("a", "c", new String("boxed"));
    "#;
    run(code, |app| {
        app.load("a");
        app.listen("a", "c");
        let expected = [
            r#"c={"kept":1}"#,
            "c=[null,null,null,null]",
            r#"c="1970-01-01T00:00:00.000Z""#,
            "c=null",
            r#"c="json""#,
            r#"c="boxed""#,
        ];
        assert_eq!(app.received("a"), expected);
    });
}

/// Payloads with strings that are long, which are not all quoted by the engine.
const LONG: [&str; 20] = [
    "x(5000)",
    "x(1024)",
    "x(1023)",
    // What is escaped, what need not be, and how.
    r#"x(5000) + "\0\b\t\n\v\f\r\x1f\"\\/\x7f\u2028</script>""#,
    // Bytes that are not ASCII; units of two bytes, also of text that could do with one; both of a pair.
    r#"x(5000) + "\x80\xe9\xff""#,
    r#"x(5000) + "\u20ac\uffff""#,
    r#"("\u20ac" + x(5000)).slice(1)"#,
    r#""\u{1f600}".repeat(5000)"#,
    // Halves of pairs.
    r#"x(5000) + "\ud800""#,
    r#""\udc00" + x(5000)"#,
    r#"["\ud800" + x(5000), x(5000)]"#,
    // Within something, and beside others, longer and shorter.
    "({ a: 1, b: x(5000), c: 'short', d: [x(3000), '', x(2000), { e: x(1500) + '\"' }], f: null })",
    "Array.from({ length: 1500 }, (_, i) => x(1024 + i % 7))",
    "({ [x(5000)]: x(5000), [x(2000)]: 1 })",
    "({ u: undefined, f() {}, s: Symbol(), a: [undefined, () => {}, x(5000)], z: x(5000) })",
    "new String(x(5000))",
    "({ toJSON: () => x(5000) })",
    "({ a: { toJSON: (key) => [key, x(5000)] }, b: new Date(0), c: [-0, NaN, 1e21] })",
    "Object.create({ inherited: x(5000) }, { own: { value: x(5000), enumerable: true } })",
    // Long texts without such a string.
    "Array.from({ length: 3000 }, (_, i) => ({ i }))",
];

#[test]
fn long_strings_cross_as_json_has_them() {
    let code = r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";
        await createWindow({ id: "a" });
        Object.assign(globalThis, { sendToWindow, x: (length) => "x".repeat(length) });
    "#;
    run(code, |app| {
        app.load("a");
        app.listen("a", "c");
        // More than once: which way a payload takes depends on those before it.
        for payload in LONG.iter().cycle().take(4 * LONG.len()) {
            app.eval(&format!(
                "sendToWindow('a', 'c', {payload}); note(JSON.stringify({payload}))"
            ));
            let expected = app.notes();
            let received = app.received("a");
            assert_eq!(received.len(), 1, "{payload}");
            assert!(received[0] == format!("c={}", expected[0]), "{payload}");
        }
    });
}

#[test]
fn long_strings_cross_wherever_payloads_do() {
    let code = r#"
        import { createWindow } from "host:window";
        import { broadcast, handle, handleStream, request, sendToWindow } from "host:ipc";
        const payload = { text: `${"x".repeat(2000)}"` };
        await createWindow({ id: "a" });
        sendToWindow("a", "c", payload);
        sendToWindow("a", "c", payload);
        broadcast("*", "c", payload);
        request("a", "c", payload);
        handle("h", () => payload);
        handleStream("s", () => [payload, payload.text]);
    "#;
    run(code, |app| {
        app.load("a");
        app.listen("a", "c");
        let text = format!(r#""{}\"""#, "x".repeat(2000));
        let payload = format!(r#"{{"text":{text}}}"#);
        let message = format!("c={payload}");
        // The request came while nobody listened, and is not held.
        let request = format!("request #1 {message}");
        let expected = [&request, &message, &message, &message];
        assert_eq!(app.received("a").iter().collect::<Vec<_>>(), expected);
        app.call(
            "a",
            &[
                r#"{"type":"request","call":2,"channel":"h","payload":null}"#,
                r#"{"type":"stream","call":3,"channel":"s","payload":null}"#,
                r#"{"type":"pull","call":3,"count":3}"#,
            ],
        );
        let expected = [
            format!("result #2={payload}"),
            format!("chunk #3={payload}"),
            format!("chunk #3={text}"),
            "result #3=null".to_owned(),
        ];
        let mut received = app.received("a");
        received.sort_by_key(|frame| frame.contains("#3"));
        assert_eq!(received, expected);
    });
}

#[test]
fn code_in_payloads_with_long_strings_runs_once() {
    let code = r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";
        await createWindow({ id: "a" });
        const long = "x".repeat(2000);
        sendToWindow("a", "warm", [long]);
        sendToWindow("a", "c", {
            get a() {
                note("get");
                // It sends, too.
                sendToWindow("a", "c", { long });
                return long;
            },
            b: { toJSON(key) { note(`toJSON ${key}`); return long; } },
            c: new Proxy([long], { get: (target, key) => (note(key), target[key]) }),
        });
    "#;
    run(code, |app| {
        app.load("a");
        app.listen("a", "c");
        let long = format!("\"{}\"", "x".repeat(2000));
        let expected = [
            format!(r#"c={{"long":{long}}}"#),
            format!(r#"c={{"a":{long},"b":{long},"c":[{long}]}}"#),
        ];
        assert_eq!(app.received("a"), expected);
        let expected = ["get", "toJSON b", "toJSON", "length", "0"];
        assert_eq!(app.notes(), expected);
    });
}

#[test]
fn long_strings_keep_errors_and_limits() {
    let mut setup = Setup::new(
        r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";
        await createWindow({ id: "a" });
        const long = "x".repeat(2000);
        const circle = [long];
        circle.push(circle);
        sendToWindow("a", "c", [long]);
        const payloads = [
            circle,
            [long, 1n],
            { long, get a() { throw new Error("no") } },
            // At the limit, and above it; what is escaped counts as it is written.
            "x".repeat(9_998),
            "x".repeat(9_999),
            ["x".repeat(9_996)],
            ["x".repeat(9_997)],
            "\n".repeat(4_999),
            "\n".repeat(5_000),
            [[long]],
            [[[long]]],
        ];
        for (const payload of payloads) await fails(() => sendToWindow("a", "c", payload));
        await fails(() => sendToWindow("nobody", "c", [long]));
        await fails(() => sendToWindow("a", "close", long));
        "#,
    );
    setup.limits.payload_bytes = 10_000;
    setup.limits.payload_depth = 2;
    setup.run(|app| {
        let bad = r#"["TypeError","bad-payload","a","c"]"#;
        let large = r#"["Error","payload-too-large","a","c"]"#;
        let fine = r#"["no error",null]"#;
        let expected = [
            bad,
            bad,
            bad,
            fine,
            large,
            fine,
            large,
            fine,
            large,
            fine,
            r#"["Error","payload-too-deep","a","c"]"#,
            r#"["Error","unknown-window","nobody","c"]"#,
            r#"["Error","reserved-channel","a","close"]"#,
        ];
        assert_eq!(app.notes(), expected);
    });
}
