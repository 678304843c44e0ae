//! Batches and payloads: what is taken as it is written, and what is refused with a code.

#![allow(clippy::unwrap_used)]

use ipc_protocol::{
    CallError, CallId, Channel, Code, DecodeError, HostBatch, HostFrame, Limits, PageBatch,
    PageFrame, Payload, Step,
};
use proptest::prelude::*;
use serde_json::Value;

/// Limits that tests can go over without much memory.
fn small() -> Limits {
    let mut limits = Limits::default();
    limits.payload_bytes = 64;
    limits.payload_depth = 4;
    limits.payload_values = 8;
    limits
}

fn decode(text: &str) -> Result<PageBatch, DecodeError> {
    PageBatch::decode(text, &Limits::default())
}

fn batch(frames: &str) -> String {
    format!(r#"{{"key":"k","page":"p","seq":1,"ack":0,"frames":[{frames}]}}"#)
}

fn message(payload: &str) -> String {
    batch(&format!(
        r#"{{"type":"message","channel":"c","payload":{payload}}}"#
    ))
}

/// Why the payload of a batch's only frame was refused, if it was.
fn refusal(batch: PageBatch) -> Option<Code> {
    match <[PageFrame; 1]>::try_from(batch.frames) {
        Ok([PageFrame::Refused { code, .. }]) => Some(code),
        Ok([PageFrame::Message { .. }]) => None,
        other => panic!("not one message: {other:?}"),
    }
}

/// The payload of a batch's only frame.
fn only_payload(batch: PageBatch) -> Payload {
    match <[PageFrame; 1]>::try_from(batch.frames) {
        Ok([PageFrame::Message { payload, .. }]) => payload,
        other => panic!("not one message: {other:?}"),
    }
}

/// Arrays and objects in turn, `depth` levels of them.
fn nested(depth: usize) -> String {
    (0..depth).fold("1".to_owned(), |inner, level| match level % 2 {
        0 => format!("[{inner}]"),
        _ => format!("{{\"a\":{inner}}}"),
    })
}

#[test]
fn payloads_are_taken_as_they_are_written() {
    for json in [
        "1e999",
        "-0",
        "-0.0",
        "1E+2",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        r#"{"a":1,"a":2}"#,
        r#"{"__proto__":{"x":1},"constructor":null}"#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\u0000""#,
        "\"\u{2028}\u{2029}</script>\"",
        r#"{ "spaced" : [ 1 , 2 ] }"#,
        r#""\/\u002f""#,
        r#""""#,
    ] {
        let payload = only_payload(decode(&message(json)).unwrap());
        assert_eq!(payload.as_json(), Some(json));
        let payload = Payload::from_json(json.to_owned(), &Limits::default()).unwrap();
        assert_eq!(payload.as_json(), Some(json));
    }
}

#[test]
fn space_around_a_payload_is_not_part_of_it() {
    assert_eq!(
        only_payload(decode(&message(" \n[1]\t")).unwrap()).as_json(),
        Some("[1]")
    );
}

#[test]
fn what_is_not_json_is_no_payload() {
    for json in [
        "",
        " ",
        "NaN",
        "undefined",
        "01",
        "[1,]",
        "'a'",
        "\"\u{0}\"",
        "1 2",
        "{a:1}",
    ] {
        let error = Payload::from_json(json.to_owned(), &Limits::default()).unwrap_err();
        assert_eq!(error.code(), Code::BadPayload, "{json}");
        let error = decode(&message(json)).unwrap_err();
        assert_eq!(error.code(), Code::BadFrame, "{json}");
    }
}

#[test]
fn values_become_payloads_within_the_limits() {
    let payload = Payload::encode(&("a", [1, 2]), &small()).unwrap();
    assert_eq!(payload.as_json(), Some(r#"["a",[1,2]]"#));
    assert_eq!(
        payload.decode::<(String, [u8; 2])>().unwrap(),
        ("a".to_owned(), [1, 2])
    );
    assert!(payload.decode::<u8>().is_err());

    let too_large = Payload::encode(&"x".repeat(63), &small()).unwrap_err();
    assert_eq!(too_large.code(), Code::PayloadTooLarge);
    let too_deep = Payload::encode(&[[[[[1]]]]], &small()).unwrap_err();
    assert_eq!(too_deep.code(), Code::PayloadTooDeep);
    let too_many = Payload::encode(&[1; 8], &small()).unwrap_err();
    assert_eq!(too_many.code(), Code::PayloadTooManyValues);
    // JSON has no keys but strings.
    let no_json = std::collections::BTreeMap::from([([1], 1)]);
    let no_json = Payload::encode(&no_json, &small()).unwrap_err();
    assert_eq!(no_json.code(), Code::BadPayload);
}

#[test]
fn sizes_at_the_limit_and_one_over() {
    let limits = small();
    let fits = format!("\"{}\"", "x".repeat(limits.payload_bytes - 2));
    let over = format!("\"{}\"", "x".repeat(limits.payload_bytes - 1));

    Payload::from_json(fits.clone(), &limits).unwrap();
    PageBatch::decode(&message(&fits), &limits).unwrap();
    let error = Payload::from_json(over.clone(), &limits).unwrap_err();
    assert_eq!(error.code(), Code::PayloadTooLarge);
    assert_eq!(
        error.to_string(),
        "the payload has 65 bytes, 64 are allowed"
    );
    let decoded = PageBatch::decode(&message(&over), &limits).unwrap();
    assert_eq!(refusal(decoded), Some(Code::PayloadTooLarge));
}

#[test]
fn no_payload_is_as_long_as_null() {
    let none = batch(r#"{"type":"message","channel":"c"}"#);
    let mut limits = Limits::default();
    for (limit, expected) in [(4, None), (3, Some(Code::PayloadTooLarge))] {
        limits.payload_bytes = limit;
        for text in [&none, &message("null")] {
            let batch = PageBatch::decode(text, &limits).unwrap();
            assert_eq!(refusal(batch), expected, "{limit} {text}");
        }
    }
}

#[test]
fn a_refused_payload_takes_no_other_frame_with_it() {
    let limits = Limits::default();
    let deep = nested(limits.payload_depth + 1);
    let message = "the payload is nested more than 256 levels deep";
    check_refusals(&deep, Code::PayloadTooDeep, message);
    let many = format!("[{}1]", "1,".repeat(limits.payload_values));
    let message = "the payload has more than 1048576 values";
    check_refusals(&many, Code::PayloadTooManyValues, message);
}

/// A batch of frames of each kind, with a payload that is beyond a limit, between two that are not.
fn check_refusals(payload: &str, code: Code, message: &str) {
    let frame = |kind: &str, payload: &str| {
        format!(r#"{{"type":"{kind}","call":5,"window":"w","channel":"c","payload":{payload}}}"#)
    };
    let kinds = ["message", "request", "stream", "sendTo", "chunk", "result"];
    let frames = kinds.map(|kind| frame(kind, payload)).join(",");
    let text = batch(&[frame("message", "1"), frames, frame("message", "3")].join(","));
    let mut frames = decode(&text).unwrap().frames;
    let (first, last) = (frames.remove(0), frames.pop().unwrap());
    for (frame, text) in [(first, "1"), (last, "3")] {
        assert!(
            matches!(frame, PageFrame::Message { payload, .. } if payload.as_json() == Some(text))
        );
    }
    // What would have been sent or opened is refused; an answer is an error instead.
    for frame in frames.drain(..4) {
        let refused = PageFrame::Refused {
            channel: Channel::new("c").unwrap(),
            call: CallId::new(5),
            code,
            message: message.to_owned(),
        };
        assert_eq!(frame, refused);
    }
    for frame in frames {
        let failed = PageFrame::Call {
            call: CallId::new(5).unwrap(),
            step: Step::Error {
                error: CallError::new(code, message),
            },
        };
        assert_eq!(frame, failed);
    }
}

#[test]
fn a_batch_at_the_limit_and_one_over() {
    let limits = small();
    let empty = batch("");
    let mut text = empty.clone() + &" ".repeat(limits.batch_bytes() - empty.len());
    PageBatch::decode(&text, &limits).unwrap();
    text.push(' ');
    let error = PageBatch::decode(&text, &limits).unwrap_err();
    assert!(matches!(error, DecodeError::TooLarge { bytes, limit } if bytes == limit + 1));
    assert_eq!(error.code(), Code::PayloadTooLarge);
}

#[test]
fn nesting_at_the_limit_and_one_over() {
    for limit in [0, 1, 2, 7, 256] {
        let mut limits = Limits::default();
        limits.payload_depth = limit;
        Payload::from_json(nested(limit), &limits).unwrap();
        PageBatch::decode(&message(&nested(limit)), &limits).unwrap();
        let error = Payload::from_json(nested(limit + 1), &limits).unwrap_err();
        assert_eq!(error.code(), Code::PayloadTooDeep, "{limit}");
        let decoded = PageBatch::decode(&message(&nested(limit + 1)), &limits).unwrap();
        assert_eq!(refusal(decoded), Some(Code::PayloadTooDeep), "{limit}");
    }
}

#[test]
fn brackets_in_strings_do_not_nest() {
    let mut limits = Limits::default();
    limits.payload_depth = 1;
    for json in [
        r#"["[[{{"]"#,
        r#"["\"[["]"#,
        r#"["\\","[[","]"]"#,
        r#"{"[[":"\\\"[["}"#,
    ] {
        Payload::from_json(json.to_owned(), &limits).unwrap();
    }
    // Many values beside each other are not deep either.
    Payload::from_json(format!("[{}1]", "1,".repeat(1000)), &limits).unwrap();
    let siblings = Payload::from_json("[[],[]]".to_owned(), &limits).unwrap_err();
    assert_eq!(siblings.code(), Code::PayloadTooDeep);
}

/// Texts, and how many values they have.
const VALUES: [(&str, usize); 13] = [
    ("1", 1),
    ("\"[1,2,{}]\"", 1),
    ("[]", 1),
    (" { } ", 1),
    ("[0]", 2),
    ("[[]]", 2),
    ("[ [ ] , [\n] ]", 3),
    (r#"{"a":{"b":1,"c":[]}}"#, 4),
    (r#"{"a,b":",","\\":"\",","[":"{"}"#, 4),
    ("[1,2,3,4]", 5),
    ("[[1,2],[3]]", 6),
    (r#"[{"a":null},{"a":[true]}]"#, 6),
    (r#"{"a":1,"a":2,"a":3}"#, 4),
];

#[test]
fn values_at_the_limit_and_one_over() {
    for (text, count) in VALUES {
        let mut limits = Limits::default();
        limits.payload_values = count;
        Payload::from_json(text.to_owned(), &limits).unwrap();
        PageBatch::decode(&message(text), &limits).unwrap();
        limits.payload_values = count - 1;
        let error = Payload::from_json(text.to_owned(), &limits).unwrap_err();
        assert_eq!(error.code(), Code::PayloadTooManyValues, "{text}");
        let decoded = PageBatch::decode(&message(text), &limits).unwrap();
        assert_eq!(refusal(decoded), Some(Code::PayloadTooManyValues), "{text}");
        // Whatever its size, a payload of bytes is one value, which nobody reads as many.
        Payload::from_bytes(text.into(), &limits).unwrap();
    }
    let limit = Limits::default().payload_values;
    let array = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
    Payload::from_json(array(limit), &Limits::default()).unwrap();
    let error = Payload::from_json(array(limit + 1), &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the payload has more than 1048576 values"
    );
}

#[test]
fn the_limit_that_is_exceeded_first_is_named() {
    let mut limits = small();
    limits.payload_bytes = 1000;
    for (text, code) in [
        ("[[[[[1,2,3,4,5,6,7,8]]]]]", Code::PayloadTooDeep),
        ("[1,2,3,4,5,6,7,8,[[[[]]]]]", Code::PayloadTooManyValues),
    ] {
        let error = Payload::from_json(text.to_owned(), &limits).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
    }
}

#[test]
fn a_million_levels_anywhere_do_not_exhaust_the_stack() {
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    assert_eq!(
        refusal(decode(&message(&deep)).unwrap()),
        Some(Code::PayloadTooDeep)
    );
    let error = decode(&batch(&deep)).unwrap_err();
    assert_eq!(error.code(), Code::BadFrame);
    let error = decode(&deep).unwrap_err();
    assert_eq!(error.code(), Code::BadFrame);
    // A field that the protocol does not have is skipped, whatever it holds.
    decode(&batch(&format!(r#"{{"type":"hello","x":{deep}}}"#))).unwrap();
}

#[test]
fn fields_of_a_later_protocol_are_ignored() {
    let text = r#"{"version":9,"__proto__":[],"key":"k","page":"p","seq":1,"ack":0,"frames":[
        {"type":"hello","extra":1},
        {"type":"hello","channel":null,"payload":7}]}"#;
    assert_eq!(
        decode(text).unwrap().frames,
        [PageFrame::Hello, PageFrame::Hello]
    );
    // The order of fields means nothing, and a name may be written with escapes.
    let text = batch(r#"{"payload":1,"channel":"\u0063","\u0074ype":"mess\u0061ge"}"#);
    assert_eq!(only_payload(decode(&text).unwrap()).as_json(), Some("1"));
}

#[test]
fn malformed_batches_are_bad_frames() {
    let good = message("1");
    let long = "x".repeat(257);
    let table = [
        String::new(),
        "null".to_owned(),
        "7".to_owned(),
        "\"hello\"".to_owned(),
        "[]".to_owned(),
        r#"["k","p",1,[]]"#.to_owned(),
        "{}".to_owned(),
        "undefined".to_owned(),
        format!("{good} {good}"),
        format!("{good}\0"),
        // The envelope.
        r#"{"page":"p","seq":1,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","seq":1,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"ack":null,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"ack":-1,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"ack":9007199254740992,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"ack":0}"#.to_owned(),
        r#"{"key":7,"page":"p","seq":1,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":null,"seq":1,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"","seq":1,"ack":0,"frames":[]}"#.to_owned(),
        format!(
            r#"{{"key":"k","page":"{}","seq":1,"ack":0,"frames":[]}}"#,
            "x".repeat(65)
        ),
        r#"{"key":"k","page":"p","seq":"1","ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1.0,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":-1,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":0,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":9007199254740992,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":18446744073709551616,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"ack":0,"frames":{}}"#.to_owned(),
        r#"{"key":"k","page":"p","seq":1,"ack":0,"frames":null}"#.to_owned(),
        r#"{"key":"k","key":"k","page":"p","seq":1,"ack":0,"frames":[]}"#.to_owned(),
        r#"{"key":"\ud800","page":"p","seq":1,"ack":0,"frames":[]}"#.to_owned(),
        // The frames.
        batch("1"),
        batch("null"),
        batch("{}"),
        batch(r#"["message","c",1]"#),
        batch(r#"{"type":"hello"},"#),
        batch(r#"{"type":"Hello"}"#),
        batch(r#"{"type":"close"}"#),
        batch(r#"{"type":null}"#),
        batch(r#"{"type":{"hello":null}}"#),
        batch(r#"{"type":"hello","type":"hello"}"#),
        batch(r#"{"type":"listen"}"#),
        batch(r#"{"type":"listen","channel":null}"#),
        batch(r#"{"type":"listen","channel":7}"#),
        batch(r#"{"type":"listen","channel":["c"]}"#),
        batch(r#"{"type":"listen","channel":""}"#),
        batch(r#"{"type":"listen","channel":"\ud800"}"#),
        batch(&format!(r#"{{"type":"listen","channel":"{long}"}}"#)),
        batch(r#"{"type":"message","payload":1}"#),
        batch(r#"{"type":"message","channel":"c","payload":1,"payload":2}"#),
        batch(r#"{"type":"request","channel":"c"}"#),
        batch(r#"{"type":"request","call":1}"#),
        batch(r#"{"type":"request","call":0,"channel":"c"}"#),
        batch(r#"{"type":"request","call":1.5,"channel":"c"}"#),
        batch(r#"{"type":"request","call":"1","channel":"c"}"#),
        batch(r#"{"type":"request","call":9007199254740992,"channel":"c"}"#),
        batch(r#"{"type":"stream","call":1}"#),
        batch(r#"{"type":"pull","call":1}"#),
        batch(r#"{"type":"pull","call":1,"count":-1}"#),
        batch(r#"{"type":"pull","call":1,"count":4294967296}"#),
        batch(r#"{"type":"pull","count":1}"#),
        batch(r#"{"type":"cancel"}"#),
        batch(r#"{"type":"chunk","payload":1}"#),
        batch(r#"{"type":"result"}"#),
        batch(r#"{"type":"error","call":1}"#),
        batch(r#"{"type":"error","call":1,"error":"no"}"#),
        batch(r#"{"type":"error","call":1,"error":["E","no","c"]}"#),
        batch(r#"{"type":"error","call":1,"error":{"name":"E","message":"no"}}"#),
        batch(&format!(
            r#"{{"type":"error","call":1,"error":{{"name":"E","message":"no","code":"{long}"}}}}"#
        )),
        batch(r#"{"type":"sendTo","call":1,"channel":"c"}"#),
        batch(r#"{"type":"sendTo","call":1,"window":"","channel":"c"}"#),
        batch(r#"{"type":"sendTo","window":"w","channel":"c"}"#),
        // One bad frame refuses the good one before it.
        batch(r#"{"type":"hello"},{"type":"message","channel":""}"#),
    ];
    for text in table {
        let error = decode(&text).expect_err(&text);
        assert_eq!(error.code(), Code::BadFrame, "{text}: {error}");
    }
}

#[test]
fn messages_about_bad_batches_stay_short() {
    let long = "x".repeat(100_000);
    for text in [
        format!(r#"{{"key":"k","page":"p","seq":"{long}","ack":0,"frames":[]}}"#),
        batch(&format!(r#"{{"type":"{long}"}}"#)),
        batch(&format!(r#"{{"type":"hello","channel":"{long}"}}"#)),
    ] {
        assert!(decode(&text).unwrap_err().to_string().len() < 300);
    }
}

#[test]
fn the_greatest_sequence_number_passes() {
    let text = format!(
        r#"{{"key":"k","page":"p","seq":{0},"ack":{0},"frames":[]}}"#,
        PageBatch::MAX_SEQ
    );
    assert_eq!(decode(&text).unwrap().seq, 9_007_199_254_740_991);
}

/// Any JSON, up to about ten levels.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\[\\]{}\\\\\"\u{2028}\0]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(10, 64, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// How deep a tree is, counted the plain way.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// How many values there are in a tree, counted the plain way.
fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<usize>(),
        Value::Object(entries) => 1 + entries.values().map(values).sum::<usize>(),
        _ => 1,
    }
}

/// Any name of a channel.
fn channel() -> impl Strategy<Value = Channel> {
    any::<String>().prop_filter_map("1 to 256 bytes", |name| Channel::new(name).ok())
}

proptest! {
    #[test]
    fn a_payload_is_within_the_depth_or_refused(value in json(), limit in 0usize..12) {
        let mut limits = Limits::default();
        limits.payload_depth = limit;
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            match Payload::from_json(text.clone(), &limits) {
                Ok(payload) => {
                    prop_assert!(depth(&value) <= limit);
                    prop_assert_eq!(payload.as_json(), Some(text.as_str()));
                }
                Err(error) => {
                    prop_assert!(depth(&value) > limit);
                    prop_assert_eq!(error.code(), Code::PayloadTooDeep);
                }
            }
        }
    }

    #[test]
    fn a_payload_is_within_the_values_or_refused(value in json(), limit in 0usize..100) {
        let mut limits = Limits::default();
        limits.payload_values = limit;
        let expected = (values(&value) > limit).then_some(Code::PayloadTooManyValues);
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let refused = Payload::from_json(text.clone(), &limits).err();
            prop_assert_eq!(refused.map(|error| error.code()), expected);
            let decoded = PageBatch::decode(&message(&text), &limits).unwrap();
            prop_assert_eq!(refusal(decoded), expected);
        }
        let encoded = Payload::encode(&value, &limits).err();
        prop_assert_eq!(encoded.map(|error| error.code()), expected);
    }

    #[test]
    fn a_payload_is_within_the_bytes_or_refused(value in json(), limit in 0usize..200) {
        let mut limits = Limits::default();
        limits.payload_bytes = limit;
        let text = value.to_string();
        let bytes = text.len();
        let taken = Payload::from_json(text.clone(), &limits);
        prop_assert_eq!(taken.is_ok(), bytes <= limit);
        let decoded = PageBatch::decode(&message(&text), &limits);
        prop_assert_eq!(
            decoded.ok().and_then(refusal),
            (bytes > limit).then_some(Code::PayloadTooLarge)
        );
    }

    #[test]
    fn what_a_page_writes_is_what_is_read(
        key: String,
        page in "[0-9a-f]{1,64}",
        seq in 1..=PageBatch::MAX_SEQ,
        ack in 0..=PageBatch::MAX_SEQ,
        messages in prop::collection::vec((channel(), json()), 0..5),
    ) {
        let frames: Vec<_> = messages
            .iter()
            .map(|(channel, payload)| {
                serde_json::json!({ "type": "message", "channel": channel, "payload": payload })
            })
            .collect();
        let text = serde_json::json!({
            "key": key, "page": page, "seq": seq, "ack": ack, "frames": frames
        });
        let batch = decode(&text.to_string()).unwrap();
        prop_assert_eq!((batch.key, batch.page), (key, page));
        prop_assert_eq!((batch.seq, batch.ack), (seq, ack));
        let expected: Vec<_> = messages
            .into_iter()
            .map(|(channel, payload)| PageFrame::Message {
                channel,
                payload: Payload::encode(&payload, &Limits::default()).unwrap(),
            })
            .collect();
        prop_assert_eq!(batch.frames, expected);
    }

    #[test]
    fn what_the_host_writes_is_what_is_read(
        page: String,
        seq: u64,
        messages in prop::collection::vec((channel(), json()), 0..5),
    ) {
        let messages: Vec<_> = messages
            .into_iter()
            .map(|(channel, payload)| {
                (channel, Payload::encode(&payload, &Limits::default()).unwrap())
            })
            .collect();
        let batch = HostBatch {
            page: &page,
            seq,
            bytes: None,
            frames: messages
                .iter()
                .map(|(channel, payload)| HostFrame::Message { channel, payload })
                .collect(),
        };
        let read: Value = serde_json::from_str(&batch.encode().unwrap()).unwrap();
        let frames: Vec<_> = messages
            .iter()
            .map(|(channel, payload)| {
                let payload: Value = payload.decode().unwrap();
                serde_json::json!({ "type": "message", "channel": channel, "payload": payload })
            })
            .collect();
        prop_assert_eq!(
            read,
            serde_json::json!({ "page": page, "seq": seq, "frames": frames })
        );
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in any::<String>()) {
        prop_assert_eq!(decode(&text).unwrap_err().code(), Code::BadFrame);
        prop_assert_eq!(decode(&batch(&text)).map(|batch| batch.frames.len()).unwrap_or(0), 0);
    }

    #[test]
    fn any_json_that_is_no_batch_is_refused(value in json()) {
        prop_assert_eq!(decode(&value.to_string()).unwrap_err().code(), Code::BadFrame);
    }

    #[test]
    fn a_cut_off_batch_is_a_bad_frame(payload in json(), cut in any::<prop::sample::Index>()) {
        let text = message(&payload.to_string());
        let cut = (0..=cut.index(text.len())).rev().find(|&cut| text.is_char_boundary(cut));
        let cut = &text[..cut.unwrap()];
        prop_assert_eq!(decode(cut).unwrap_err().code(), Code::BadFrame);
    }

    #[test]
    fn a_changed_byte_is_read_or_refused(
        payload in json(),
        place in any::<prop::sample::Index>(),
        byte in 0u8..128,
    ) {
        let mut bytes = message(&payload.to_string()).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = decode(&text) {
            prop_assert_eq!(error.code(), Code::BadFrame);
        }
    }
}
