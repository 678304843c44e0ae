//! `host.send`: what arrives, how it is batched, and what is refused.

use preload_js::Config;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, KEY, Realm, hello, listen, message};

/// The types that pages are written against.
const TYPES: &str = include_str!("../../src/host.d.ts");

/// Runs a script that must be refused: the code is documented, the channel named, and what was
/// sent around it arrives.
#[track_caller]
fn refused(realm: &Realm, script: &str, code: &str, channel: Json) -> (String, Option<String>) {
    realm.frames();
    realm.run_before_microtasks("host.send('before')");
    let failure = realm.fail(script);
    realm.run("host.send('after')");
    assert_eq!(failure.code.as_deref(), Some(code), "{failure:?}");
    assert_eq!(failure.channel, Some(channel), "{failure:?}");
    assert!(failure.message.starts_with("window.host: "), "{failure:?}");
    assert!(
        TYPES.contains(&format!("| \"{code}\"")),
        "{code} is not in host.d.ts"
    );
    let arrived = [
        message("before", json!(null)),
        message("after", json!(null)),
    ];
    assert_eq!(realm.frames(), arrived);
    (failure.name, failure.cause)
}

#[test]
fn one_turn_is_one_batch_in_order() {
    for realm in Realm::both() {
        let page = realm.page();
        realm.run(
            r#"host.send("a", { b: [1, "two", null] });
               host.on("c", () => {});
               host.send("a");
               Promise.resolve().then(() => host.send("later", 3));"#,
        );
        let start = format!(r#"{{"key":"{KEY}","page":"{page}","#);
        let frames = r#"{"type":"message","channel":"a","payload":{"b":[1,"two",null]}},{"type":"listen","channel":"c"},{"type":"message","channel":"a","payload":null}"#;
        let later = r#"{"type":"message","channel":"later","payload":3}"#;
        assert_eq!(
            realm.posted(),
            [
                format!(r#"{start}"seq":2,"ack":0,"frames":[{frames}]}}"#),
                format!(r#"{start}"seq":5,"ack":0,"frames":[{later}]}}"#),
            ]
        );
        realm.run("host.send('d', 4)");
        assert!(realm.posted()[0].contains(r#""seq":6,"#));
    }
}

#[test]
fn sends_before_the_first_microtask_follow_hello() {
    for realm in Realm::both_bare() {
        realm.run(&format!(
            "{}; host.send('a', 1)",
            preload_js::preload(&CONFIG)
        ));
        assert_eq!(realm.frames(), [hello(), message("a", json!(1))]);
    }
}

#[test]
fn a_long_batch_leaves_at_once_and_keeps_the_order() {
    for realm in Realm::both() {
        realm.frames();
        realm.run_before_microtasks(
            "text = 'x'.repeat(75000);
             host.send('a', text); host.send('b', text); host.send('c', 1); host.send('d', text);",
        );
        let early = realm.frames();
        realm.run_microtasks();
        let late = realm.frames();
        let channels = |frames: &[Json]| -> Vec<String> {
            frames
                .iter()
                .map(|frame| frame["channel"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(channels(&early), ["a", "b"]);
        assert_eq!(channels(&late), ["c", "d"]);
    }
}

#[test]
fn a_batch_waits_for_the_end_of_the_turn_up_to_128_ki_and_no_longer() {
    const MOST: usize = 128 * 1024;
    let quotes = 2;
    for (length, is_early) in [(MOST, false), (MOST + 1, true)] {
        let realm = Realm::new();
        realm.frames();
        let text = length - quotes;
        realm.run_before_microtasks(&format!("host.send('a', 'x'.repeat({text}))"));
        assert_eq!(realm.frames().len(), usize::from(is_early), "{length}");
        realm.run_microtasks();
        assert_eq!(realm.frames().len(), usize::from(!is_early), "{length}");
    }
}

#[test]
fn messages_on_one_channel_in_a_row_are_one_frame() {
    for realm in Realm::both() {
        realm.posted();
        realm.run(
            "host.send('a', 1); host.send('a', [2]); host.send('b', 3); host.send('a', 4);
             host.on('c', () => {}); host.send('a', 5); host.send('a')",
        );
        let [batch] = &realm.posted()[..] else {
            panic!("one batch for one turn");
        };
        let batch: Json = serde_json::from_str(batch).unwrap();
        let run = |channel, payloads| json!({"type": "messages", "channel": channel, "payloads": payloads});
        assert_eq!(
            batch["frames"],
            json!([
                run("a", json!([1, [2]])),
                message("b", json!(3)),
                message("a", json!(4)),
                listen("c"),
                run("a", json!([5, null])),
            ])
        );
        // Each has had a number.
        realm.run("host.send('a', 7)");
        let next: Json = serde_json::from_str(&realm.posted()[0]).unwrap();
        assert_eq!(next["seq"], batch["seq"].as_u64().unwrap() + 7);
    }
}

#[test]
fn frames_that_could_not_be_posted_leave_with_the_next() {
    let realm = Realm::new();
    realm.frames();
    realm.fail_posts(true);
    realm.run("host.send('a', 1)");
    assert_eq!(realm.reported()[0].message, "the host is out");
    realm.fail_posts(false);
    realm.run("host.send('b', 2)");
    assert_eq!(
        realm.frames(),
        [message("a", json!(1)), message("b", json!(2))]
    );
    assert_eq!(realm.reported(), []);
}

#[test]
fn payloads_arrive_as_json() {
    let realm = Realm::new();
    realm.frames();
    for (script, payload) in [
        ("undefined", json!(null)),
        ("null", json!(null)),
        ("NaN", json!(null)),
        ("[undefined, () => {}, Symbol()]", json!([null, null, null])),
        ("{ a: undefined, b: 1 }", json!({"b": 1})),
        ("new Date(0)", json!("1970-01-01T00:00:00.000Z")),
        (
            "'\\0\\u2028\\'\"\\\\</script>'",
            json!("\0\u{2028}'\"\\</script>"),
        ),
        (
            "JSON.parse('{\"__proto__\":{\"x\":1},\"constructor\":2}')",
            { serde_json::from_str(r#"{"__proto__":{"x":1},"constructor":2}"#).unwrap() },
        ),
        ("{ toJSON: () => 'own' }", json!("own")),
        ("-0", json!(0)),
    ] {
        realm.run(&format!("host.send('a', {script})"));
        assert_eq!(realm.frames(), [message("a", payload)], "{script}");
    }
    realm.run(r"host.send('a', '\ud800')");
    assert!(
        realm.posted()[0].contains(r#""payload":"\ud800""#),
        "kept as an escape"
    );
}

#[test]
fn a_getter_may_send() {
    let realm = Realm::new();
    realm.frames();
    realm.run("host.send('outer', { get a() { host.send('inner', 1); return 2 } })");
    assert_eq!(
        realm.frames(),
        [
            message("inner", json!(1)),
            message("outer", json!({"a": 2}))
        ]
    );
}

#[test]
fn what_json_cannot_carry_is_refused() {
    let realm = Realm::new();
    for (script, cause) in [
        ("() => {}", None),
        ("Symbol('s')", None),
        ("{ toJSON() {} }", None),
        // Would arrive as nothing at all in some webviews, with the rest of its batch.
        (r#"{ a: JSON.rawJSON('"\ud800"') }"#, None),
        ("{ get a() { throw new Error('mine') } }", Some("mine")),
        ("{ toJSON() { throw 'text' } }", Some("text")),
        (
            "new Proxy({}, { ownKeys() { throw new Error('trap') } })",
            Some("trap"),
        ),
    ] {
        let (name, found) = refused(
            &realm,
            &format!("host.send('a', {script})"),
            "bad-payload",
            json!("a"),
        );
        assert_eq!(name, "TypeError", "{script}");
        assert_eq!(found.as_deref(), cause, "{script}");
    }
    for script in [
        "1n",
        "{ a: [1n] }",
        "(() => { const a = {}; a.a = a; return a })()",
    ] {
        let (name, cause) = refused(
            &realm,
            &format!("host.send('a', {script})"),
            "bad-payload",
            json!("a"),
        );
        assert_eq!(name, "TypeError", "{script}");
        assert!(cause.is_some(), "{script}");
    }
}

#[test]
fn channels_are_well_formed_text_within_the_limit() {
    let realm = Realm::with(&Config {
        max_channel_bytes: 8,
        ..CONFIG
    });
    realm.frames();
    for channel in [
        "a", "12345678", "éééé", "😀😀", "\0", "\u{2028}", "toString", "€€é",
    ] {
        realm.set("channel", channel);
        realm.run("host.send(channel); host.on(channel, () => {})");
        assert_eq!(
            realm.frames(),
            [message(channel, json!(null)), listen(channel)]
        );
    }
    for (channel, given) in [
        ("undefined", Json::Null),
        ("null", json!(null)),
        ("1", json!(1)),
        ("{}", json!({})),
        ("['a']", json!(["a"])),
        ("new String('a')", json!("a")),
        ("''", json!("")),
        ("'123456789'", json!("123456789")),
        ("'ééééa'", json!("ééééa")),
        ("'😀😀a'", json!("😀😀a")),
        ("'€€€'", json!("€€€")),
    ] {
        for script in [
            format!("host.send({channel})"),
            format!("host.on({channel}, () => {{}})"),
        ] {
            if channel == "undefined" {
                let failure = realm.fail(&script);
                assert_eq!(failure.code.as_deref(), Some("bad-channel"));
                assert_eq!(failure.channel, None);
            } else {
                let (name, _) = refused(&realm, &script, "bad-channel", given.clone());
                assert_eq!(name, "TypeError", "{script}");
            }
        }
    }
    for channel in [
        r"\ud800",
        r"\udc00",
        r"\ud800a",
        r"a\ud83d",
        r"\ud800\ud800",
        r"\ude00\ud83d",
        r"\udc00\udc00",
    ] {
        assert_eq!(
            realm
                .fail(&format!("host.send('{channel}')"))
                .code
                .as_deref(),
            Some("bad-channel"),
            "{channel}"
        );
    }
    assert_eq!(
        realm.fail("host.send(Symbol('s'))").code.as_deref(),
        Some("bad-channel")
    );
}

#[test]
fn reserved_channels_can_be_heard_but_not_sent_on() {
    let realm = Realm::new();
    for channel in CONFIG.reserved {
        let script = format!("host.send('{channel}')");
        let (name, _) = refused(&realm, &script, "reserved-channel", json!(channel));
        assert_eq!(name, "Error");
    }
    realm.run("host.on('close', () => note('closing')); host.send('Close')");
    assert_eq!(
        realm.frames(),
        [listen("close"), message("Close", json!(null))]
    );
    realm.deliver([("close", json!(null))]);
    assert_eq!(realm.notes(), ["closing"]);
}

#[test]
fn lists_of_channels_limit_each_direction() {
    let list = [
        "save".to_owned(),
        "log:*".to_owned(),
        String::new(),
        "a*b".to_owned(),
    ];
    let realm = Realm::with(&Config {
        send_channels: Some(&list),
        receive_channels: Some(&list),
        ..CONFIG
    });
    realm.frames();
    for channel in ["save", "log:", "log:info", "a*b"] {
        realm.run(&format!(
            "host.send('{channel}'); host.on('{channel}', () => {{}})"
        ));
        assert_eq!(
            realm.frames(),
            [message(channel, json!(null)), listen(channel)]
        );
    }
    realm.run("host.off('other', note)");
    for channel in ["saved", "sav", "log", "Log:info", "axb", "*"] {
        for script in [
            format!("host.send('{channel}')"),
            format!("host.on('{channel}', note)"),
        ] {
            let failure = realm.fail(&script);
            assert_eq!(
                failure.code.as_deref(),
                Some("channel-not-allowed"),
                "{script}"
            );
            assert_eq!(failure.channel, Some(json!(channel)), "{script}");
            assert_eq!(failure.name, "Error", "{script}");
        }
    }
    assert_eq!(
        realm.fail("host.send('close')").code.as_deref(),
        Some("reserved-channel")
    );
    assert!(TYPES.contains("| \"channel-not-allowed\""));
    assert!(realm.frames().is_empty());

    let realm = Realm::with(&Config {
        send_channels: Some(&["*".to_owned()]),
        receive_channels: Some(&[]),
        ..CONFIG
    });
    realm.run("host.send('a')");
    let failure = realm.fail("host.once('a', note)");
    assert_eq!(failure.code.as_deref(), Some("channel-not-allowed"));
    assert_eq!(
        failure.message,
        "window.host: this window may not receive on the channel \"a\""
    );
    let realm = Realm::with(&Config {
        send_channels: Some(&[]),
        ..CONFIG
    });
    realm.run("host.on('a', note)");
    let failure = realm.fail("host.send('a')");
    assert_eq!(failure.code.as_deref(), Some("channel-not-allowed"));
    assert_eq!(
        failure.message,
        "window.host: this window may not send on the channel \"a\""
    );
}

#[test]
fn payload_size_is_counted_in_bytes_of_json() {
    let realm = Realm::with(&Config {
        max_payload_bytes: 12,
        ..CONFIG
    });
    realm.frames();
    for text in ["1234567890", "ééééé", "😀😀é", "€€€a", "1234567é9"] {
        realm.set("payload", text);
        realm.run("host.send('a', payload)");
        assert_eq!(realm.frames(), [message("a", json!(text))]);
    }
    for text in [
        "12345678901",
        "éééééa",
        "😀😀éa",
        "€€€aa",
        "€€€€",
        r"12345\\\",
    ] {
        realm.set("payload", text);
        let (name, _) = refused(
            &realm,
            "host.send('a', payload)",
            "payload-too-large",
            json!("a"),
        );
        assert_eq!(name, "Error");
    }
}

/// JSON values that JavaScript and serde_json write alike: no fraction but a half.
pub(crate) fn json_value() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f\"'\\\\<>/!\u{2028}\u{2029}é😀-]{0,12}"
    ];
    let key = prop_oneof![
        text.clone(),
        Just("__proto__".to_owned()),
        Just("toJSON".to_owned()),
        Just("0".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<i32>().prop_map(|n| Json::from(f64::from(n) + 0.5)),
        text.prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_channel_and_payload_arrive(
        messages in prop::collection::vec((".{1,40}", json_value()), 1..5),
    ) {
        let realm = Realm::new();
        realm.frames();
        for (channel, payload) in &messages {
            realm.set("channel", channel.as_str());
            realm.set("payload", payload.to_string());
            realm.run_before_microtasks("host.send(channel, JSON.parse(payload))");
        }
        realm.run_microtasks();
        let expected: Vec<Json> =
            messages.into_iter().map(|(channel, payload)| message(&channel, payload)).collect();
        prop_assert_eq!(realm.frames(), expected);
    }
}
