//! Payloads of which JSON would lose something, and what errors say of wrong arguments.

use serde_json::json;

use crate::realm::{Realm, message};

fn text_of(realm: &Realm, payload: &str) -> String {
    let failure = realm.fail(&format!("host.send('c', {payload})"));
    assert_eq!(failure.code.as_deref(), Some("bad-payload"), "{payload}");
    assert_eq!(failure.name, "TypeError", "{payload}");
    failure.message
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let realm = Realm::new();
    realm.frames();
    let in_whole = "bytes can only be sent as the whole payload";
    let entries = "send an array of its entries";
    let view = "of bytes, only a Uint8Array or an ArrayBuffer can be sent, such as its buffer";
    let none = "JSON has no form for it";
    for (payload, place, kind, advice) in [
        ("Promise.resolve(1)", "", "Promise", "await it first"),
        ("new Map([[1, 2]])", "", "Map", entries),
        ("new Error('e')", "", "Error", "send its name and message"),
        ("1n", "", "BigInt", "send it as a string"),
        ("() => {}", "", "function", none),
        ("new Float32Array(1)", "", "Float32Array", view),
        ("document.createTextNode('t')", "", "Text", none),
        (
            "Object.assign(document.createTextNode('t'), { mine: 1 })",
            "",
            "Text",
            none,
        ),
        (
            "[{ node: document.createTextNode('t') }]",
            "[0].node",
            "Text",
            none,
        ),
        (
            "{ a: [0, { when: new Map() }] }",
            ".a[1].when",
            "Map",
            entries,
        ),
        (
            "{ bytes: new Uint8Array(3) }",
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
            "{ deep: [1n] }",
            ".deep[0]",
            "BigInt",
            "send it as a string",
        ),
        (
            "{ 'b c': Object.assign(new Error('e'), { code: 'mine' }) }",
            "[\"b c\"]",
            "Error",
            "send its name and message",
        ),
    ] {
        let expected = format!(
            "window.host: the payload on \"c\" cannot be sent: payload{place} is of type {kind}: {advice}"
        );
        assert_eq!(text_of(&realm, payload), expected, "{payload}");
    }
    realm.run("cycle = { b: [] }; cycle.b.push({ cycle })");
    let cycle =
        "payload.b[0].cycle is an object that this is inside of: JSON has no form for cycles";
    assert!(text_of(&realm, "cycle").ends_with(cycle));
    assert!(realm.frames().is_empty());
}

#[test]
fn what_json_has_a_form_for_is_sent_as_before() {
    let realm = Realm::new();
    realm.frames();
    for (payload, json) in [
        (
            "{ a: {}, b: [{}], code: 2 }",
            json!({"a": {}, "b": [{}], "code": 2}),
        ),
        ("Object.create(null)", json!({})),
        ("[{}, new Date(0)]", json!([{}, "1970-01-01T00:00:00.000Z"])),
        ("[{}, new (class { a = 1 })()]", json!([{}, {"a": 1}])),
        ("[{}, { toJSON: () => 1, m: new Map() }]", json!([{}, 1])),
        ("[{}, Object(1), Object('s')]", json!([{}, 1, "s"])),
        ("'{} is text'", json!("{} is text")),
        ("[new Proxy({}, {}), {}]", json!([{}, {}])),
    ] {
        realm.run(&format!("host.send('c', {payload})"));
        assert_eq!(realm.frames(), [message("c", json)], "{payload}");
    }
    // Getters are called once, and code that throws at a second look does no harm.
    realm.run(
        "host.send('c', { get a() { note('get'); return {} } });
         let n = 0; host.send('c', [{}, new Proxy({}, { getPrototypeOf() { throw n++ } })])",
    );
    assert_eq!(realm.notes(), ["get"]);
    let sent = [
        message("c", json!({"a": {}})),
        message("c", json!([{}, {}])),
    ];
    assert_eq!(realm.frames(), sent);
}

#[test]
fn errors_name_the_argument_and_what_it_is() {
    let realm = Realm::new();
    realm.frames();
    for (call, text) in [
        ("host.send()", "the channel must be a string, not undefined"),
        ("host.send(7)", "the channel must be a string, not 7"),
        (
            "host.send('')",
            "a channel name has 1 to 256 bytes, this one has 0",
        ),
        (
            "host.send('\\ud800')",
            "the channel must be a string, not one with lone surrogates",
        ),
        (
            "host.on('\u{e9}'.repeat(129), () => {})",
            "a channel name has 1 to 256 bytes, this one has 258",
        ),
        (
            "host.on('c')",
            "the handler must be a function, not undefined",
        ),
        (
            "host.stream('c', 1, 7)",
            "the options must be an object, not 7",
        ),
        (
            "host.stream('c', 1, [])",
            "the options must be an object, not array",
        ),
        (
            "host.stream('c', 1, { timeoutMs: 5 })",
            "unknown option `timeoutMs`, expected one of `signal`",
        ),
        (
            "host.stream('c', 1, { signal: {} })",
            "option `signal` must be an AbortSignal, not object",
        ),
        (
            "host.stream('c', 1, new Proxy({}, { ownKeys() { throw 1 } }))",
            "the options cannot be read, since code in them threw an error",
        ),
    ] {
        let message = realm.fail(call).message;
        assert_eq!(message, format!("window.host: {text}"), "{call}");
    }
    for (call, text) in [
        (
            "host.request('c', 1, { timeout: 5 })",
            "unknown option `timeout`, expected one of `timeoutMs`, `signal`",
        ),
        (
            "host.request('c', 1, { timeoutMs: '5' })",
            "option `timeoutMs` must be a number from 0 to 2147483647, not \"5\"",
        ),
        (
            "host.sendTo({ id: 'a' }, 'c')",
            "the window id must be a string, not object",
        ),
        (
            "host.sendTo('', 'c')",
            "a window id has 1 to 256 bytes, this one has 0",
        ),
    ] {
        realm.run(&format!("{call}.catch((error) => note(error.message))"));
        assert_eq!(realm.notes(), [format!("window.host: {text}")], "{call}");
    }
    assert!(realm.frames().is_empty());
}
