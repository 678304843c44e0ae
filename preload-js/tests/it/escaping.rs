//! A JavaScript engine reads back what [`deliver`] renders.

use preload_js::{Delivery, deliver, escape};
use proptest::prelude::*;
use serde_json::json;

use crate::realm::Realm;
use crate::send::json_value;

/// Evaluates the script where `__hostDeliver` only notes what it is given.
fn read_back(key: &str, text: &str) -> Vec<String> {
    let script = deliver(key, text);
    for forbidden in ['\0', '\n', '\r', '<', '\u{2028}', '\u{2029}'] {
        assert!(!script.contains(forbidden), "{forbidden:?} in {script:?}");
    }
    let realm = Realm::bare();
    realm.run("window.__hostDeliver = (key, json) => { note(key); note(json) }");
    realm.run(&script);
    realm.notes()
}

#[test]
fn the_script_is_as_documented() {
    assert_eq!(deliver("k", "{}"), r#"window.__hostDeliver?.("k",'{}')"#);
    assert_eq!(
        deliver(
            "\"<\u{2028}\\",
            "\\ ' \" < \n \r \0 \u{2028} \u{2029} \u{2027} é"
        ),
        concat!(
            r#"window.__hostDeliver?.("\"\u003C\u2028\\","#,
            r#"'\\ \' " \x3C \n \r \x00 \u2028 \u2029 "#,
            "\u{2027} é')"
        )
    );
}

#[test]
fn a_nul_before_a_digit_is_not_an_octal_escape() {
    assert_eq!(read_back("\x001", "\x001"), ["\x001", "\x001"]);
}

#[test]
fn a_page_without_the_preload_ignores_it() {
    let realm = Realm::bare();
    realm.run(&deliver("k", "{}"));
}

#[test]
fn escapes_at_every_offset_are_found() {
    for special in ["'", "\\", "<", "\0", "\u{2028}", "\u{2026}"] {
        for offset in 0..100 {
            let text = format!("{}{special}{}", "a".repeat(offset), "b".repeat(offset % 40));
            let literal = deliver("", &text);
            let escaped = match special {
                "'" => "\\'",
                "\\" => "\\\\",
                "<" => "\\x3C",
                "\0" => "\\x00",
                "\u{2028}" => "\\u2028",
                other => other,
            };
            let text = text.replacen(special, escaped, 1);
            assert_eq!(literal, format!(r#"window.__hostDeliver?.("",'{text}')"#));
        }
    }
}

/// Text in which what needs an escape is frequent.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,70}",
        prop::sample::select(vec![
            "'",
            "\"",
            "\\",
            "\n",
            "\r",
            "\0",
            "\u{2028}",
            "\u{2029}",
            "\u{2026}",
            "</script>",
            "<!--",
            "'+alert(1)+'",
            "\\u2028",
            "\u{1}",
            "\u{7f}",
            "\u{feff}",
            "😀",
            "0",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_back(key in text(), text in text()) {
        prop_assert_eq!(read_back(&key, &text), [key, text]);
    }

    #[test]
    fn any_payload_reaches_the_handler(payload in json_value(), channel in ".{1,40}") {
        let realm = Realm::new();
        realm.set("channel", channel.as_str());
        realm.run("host.on(channel, (payload) => note(JSON.stringify({ payload })))");
        realm.deliver([(channel.as_str(), payload.clone())]);
        let notes = realm.notes();
        prop_assert_eq!(notes.len(), 1);
        let received: serde_json::Value = serde_json::from_str(&notes[0]).unwrap();
        prop_assert_eq!(received, json!({"payload": payload}));
        prop_assert_eq!(realm.reported(), []);
    }
}

/// A text and where it is cut, with how each piece is added.
fn pieces() -> impl Strategy<Value = Vec<(String, bool)>> {
    prop::collection::vec((text(), any::<bool>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_delivery_of_pieces_is_that_of_the_whole(key in ".{0,9}", pieces in pieces()) {
        let mut delivery = Delivery::new(&key);
        for (piece, is_shared) in &pieces {
            match is_shared {
                true => delivery.push_escaped(&escape(piece)),
                false => delivery.push(piece),
            }
        }
        let whole: String = pieces.iter().map(|(piece, _)| &**piece).collect();
        prop_assert_eq!(delivery.finish(), deliver(&key, &whole));
    }

    #[test]
    fn an_escaped_piece_is_what_stands_in_the_script(text in text()) {
        let script = deliver("k", &text);
        let literal = script.strip_prefix(r#"window.__hostDeliver?.("k",'"#).unwrap();
        prop_assert_eq!(&*escape(&text), literal.strip_suffix("')").unwrap());
    }
}

#[test]
fn most_json_is_shared_as_it_is() {
    use std::borrow::Cow;

    for plain in [
        "",
        "null",
        r#"{"a":"b c","d":[1,2.5e3]}"#,
        "\"\u{e9}\u{1f600}\"",
    ] {
        assert!(
            matches!(escape(plain), Cow::Borrowed(same) if same == plain),
            "{plain}"
        );
    }
    for (json, escaped) in [
        (r#""it's""#, r#""it\'s""#),
        (r#""\n""#, r#""\\n""#),
        (r#""<""#, r#""\x3C""#),
    ] {
        assert!(
            matches!(escape(json), Cow::Owned(it) if it == escaped),
            "{json}"
        );
    }
}
