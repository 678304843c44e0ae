//! Payloads of which JSON would lose something: they are refused, with the place of what is wrong.

use crate::app::{App, run};

const IMPORTS: &str = r#"
    import { createWindow } from "host:window";
    import * as ipc from "host:ipc";
    await createWindow({ id: "a" });
    Object.assign(globalThis, ipc);
    globalThis.send = (payload) => sendToWindow("a", "c", payload).catch(({ constructor, code, message }) =>
        note(`${constructor.name} ${code} ${message}`));
    class Blob { get [Symbol.toStringTag]() { return "Blob" } }
    class Point { x = 1; get [Symbol.toStringTag]() { return "Point" } }
    class Counted extends Map { size2 = 2 }
    class Plain { a = 1; nothing = undefined }
    Object.assign(globalThis, { Blob, Point, Counted, Plain });
"#;

fn start(test: impl FnOnce(&mut App) + Send + 'static) {
    run(IMPORTS, |app| {
        app.load("a");
        app.listen("a", "c");
        test(app);
    });
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    start(|app| {
        let in_whole = "bytes can only be sent as the whole payload";
        let entries = "send an array of its entries";
        let view = "of bytes, only a Uint8Array or an ArrayBuffer can be sent, such as its buffer";
        let none = "JSON has no form for it";
        for (payload, place, kind, advice) in [
            ("Promise.resolve(1)", "", "Promise", "await it first"),
            ("new Map([[1, 2]])", "", "Map", entries),
            ("new Set()", "", "Set", "send an array of its values"),
            (
                "new TypeError('t')",
                "",
                "Error",
                "send its name and message",
            ),
            (
                "new Blob()",
                "",
                "Blob",
                "send what its arrayBuffer() resolves to",
            ),
            ("1n", "", "BigInt", "send it as a string"),
            ("new Float32Array(1)", "", "Float32Array", view),
            ("/x/", "", "RegExp", none),
            ("new WeakMap()", "", "WeakMap", none),
            ("(function* () {})()", "", "Generator", none),
            ("() => {}", "", "function", none),
            ("Symbol()", "", "symbol", none),
            ("new Counted()", "", "Map", entries),
            (
                "{ a: [0, { when: new Map() }] }",
                ".a[1].when",
                "Map",
                entries,
            ),
            (
                "[[new Set([1])]]",
                "[0][0]",
                "Set",
                "send an array of its values",
            ),
            (
                "{ bytes: new Uint8Array(3) }",
                ".bytes",
                "Uint8Array",
                in_whole,
            ),
            (
                "{ bytes: new Uint8Array(0) }",
                ".bytes",
                "Uint8Array",
                in_whole,
            ),
            (
                "{ buffer: new ArrayBuffer(3) }",
                ".buffer",
                "ArrayBuffer",
                in_whole,
            ),
            (
                "[new DataView(new ArrayBuffer(1))]",
                "[0]",
                "DataView",
                in_whole,
            ),
            ("[new Float64Array(1)]", "[0]", "Float64Array", in_whole),
            ("[new BigInt64Array(1)]", "[0]", "BigInt64Array", in_whole),
            (
                "{ deep: [1n] }",
                ".deep[0]",
                "BigInt",
                "send it as a string",
            ),
            (
                "{ $a1: { 'b c': { '': new Map() } } }",
                ".$a1[\"b c\"][\"\"]",
                "Map",
                entries,
            ),
            ("{ ['k'.repeat(65)]: new Map() }", "[...]", "Map", entries),
            (
                "{ error: Object.assign(new Error('e'), { code: 'ENOENT' }) }",
                ".error",
                "Error",
                "send its name and message",
            ),
            (
                "new Plain().constructor === Plain && Object.assign(new Plain(), { m: new Map() })",
                ".m",
                "Map",
                entries,
            ),
            ("['x'.repeat(2000), new Map()]", "[1]", "Map", entries),
        ] {
            // Long strings take another way, if one was there before.
            for before in ["null", "['x'.repeat(5000)]"] {
                app.eval(&format!("send({before})"));
                app.eval(&format!("send(({payload}))"));
                let expected = format!(
                    "TypeError bad-payload the payload on \"c\" cannot be sent: payload{place} is of type {kind}: {advice}"
                );
                assert_eq!(app.notes(), [expected], "{payload}");
            }
        }
        app.eval("const a = { b: [] }; a.b.push({ a }); send(a)");
        let cycle =
            "payload.b[0].a is an object that this is inside of: JSON has no form for cycles";
        assert!(app.notes()[0].ends_with(cycle));
    });
}

#[test]
fn every_function_refuses_them() {
    start(|app| {
        for call in [
            "broadcast('*', 'c', payload)",
            "request('a', 'c', payload)",
            "stream('a', 'c', payload)",
        ] {
            app.eval(&format!(
                "{{ const payload = [new Map()]; fails(() => {call}).then(() => note('end')) }}"
            ));
            let notes = app.notes();
            assert!(
                notes[0].starts_with(r#"["TypeError","bad-payload""#),
                "{notes:?}"
            );
        }
        app.eval("handle('h', () => ({ m: new Map() })); handleStream('s', () => [[new Set()]])");
        app.call(
            "a",
            &[
                r#"{"type":"request","call":2,"channel":"h","payload":null}"#,
                r#"{"type":"stream","call":3,"channel":"s","payload":null}"#,
                r#"{"type":"pull","call":3,"count":3}"#,
            ],
        );
        let received = app.received("a").concat();
        assert!(received.contains("payload.m is of type Map"), "{received}");
        assert!(received.contains("payload[0] is of type Set"), "{received}");
    });
}

#[test]
fn what_json_has_a_form_for_is_sent_as_before() {
    start(|app| {
        for (payload, json) in [
            ("{}", "{}"),
            (
                "{ a: {}, b: [{}], '0': 1, code: 2 }",
                r#"{"0":1,"a":{},"b":[{}],"code":2}"#,
            ),
            ("Object.create(null)", "{}"),
            ("new Date(0)", r#""1970-01-01T00:00:00.000Z""#),
            ("[{}, new Date(0)]", r#"[{},"1970-01-01T00:00:00.000Z"]"#),
            ("[{}, new Plain()]", r#"[{},{"a":1}]"#),
            ("[{}, new Point()]", r#"[{},{"x":1}]"#),
            ("[{}, new (class {})()]", "[{},{}]"),
            (
                "[{}, Object(1), Object('s'), Object(true)]",
                r#"[{},1,"s",true]"#,
            ),
            ("[{}, { toJSON: () => 1, m: new Map() }]", "[{},1]"),
            (
                "[{}, Object.assign(new Map([[1, 2]]), { toJSON() { return [...this] } })]",
                "[{},[[1,2]]]",
            ),
            (
                "[{}, { f() {}, u: undefined, s: Symbol() }, () => {}]",
                "[{},{},null]",
            ),
            ("'{} is text'", r#""{} is text""#),
            ("{ text: '{} is text' }", r#"{"text":"{} is text"}"#),
            (
                "(() => { const same = {}; return [same, same] })()",
                "[{},{}]",
            ),
        ] {
            app.eval(&format!("send(({payload}))"));
            assert_eq!(app.received("a"), [format!("c={json}")], "{payload}");
        }
        // Getters are called once.
        app.eval("send({ get a() { note('get'); return {} } })");
        assert_eq!(app.notes(), ["get"]);
        assert_eq!(app.received("a"), [r#"c={"a":{}}"#]);
    });
}

#[test]
fn code_in_payloads_that_throws_is_told() {
    start(|app| {
        let text =
            |end| format!("TypeError bad-payload the payload on \"c\" cannot be sent: {end}");
        for (payload, reason) in [
            (
                "{ toJSON() { throw new Error('mine') } }",
                "code in it threw mine",
            ),
            ("{ get a() { throw 1 } }", "code in it threw an error"),
            ("{ toJSON() {} }", "its toJSON() returns nothing"),
            (
                "new Proxy({}, { ownKeys() { throw new Error('trap') } })",
                "code in it threw trap",
            ),
        ] {
            app.eval(&format!("send(({payload}))"));
            assert_eq!(app.notes(), [text(reason)], "{payload}");
        }
        // Code that throws only when it is looked at for the second time.
        app.eval("let n = 0; send([{}, new Proxy({}, { getPrototypeOf() { throw n++ } })])");
        assert_eq!(app.received("a"), ["c=[{},{}]"]);
    });
}
