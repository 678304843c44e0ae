//! Payloads that are easily broken on the way, both ways.

use crate::app::run;

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
        sendToWindow("a", "c", new Map([[1, 2]]));
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
            "c={}",
            "c=null",
            r#"c="json""#,
            r#"c="boxed""#,
        ];
        assert_eq!(app.received("a"), expected);
    });
}
