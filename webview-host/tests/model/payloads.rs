//! What messages and calls carry: JSON, or its text as bytes.

use bytes::Bytes;
use ipc_protocol::{Limits, Payload};
use serde_json::{Value as Json, json};

/// Whether what has this number goes as bytes. page.js decides in the same way.
fn goes_as_bytes(number: usize) -> bool {
    (number * 37 % 101).is_multiple_of(3)
}

/// JSON text as the payload with a number; of 0, there are no bytes at all.
pub(crate) fn payload(json: &str, number: usize) -> Payload {
    let limits = Limits::default();
    if !goes_as_bytes(number) {
        return Payload::from_json(json.to_owned(), &limits).unwrap();
    }
    let bytes = if json == "0" { "" } else { json };
    Payload::from_bytes(Bytes::from(bytes.to_owned()), &limits).unwrap()
}

/// JSON as it is, bytes as `b` and the text that they are.
pub(crate) fn brief(payload: &Payload) -> String {
    match payload.as_bytes() {
        Some(bytes) => brief_of_bytes(bytes),
        None => payload.as_json().unwrap().to_owned(),
    }
}

fn brief_of_bytes(bytes: &[u8]) -> String {
    format!("b{}", std::str::from_utf8(bytes).unwrap())
}

/// What `brief` makes of `payload`.
pub(crate) fn expected(json: impl ToString, number: usize) -> String {
    brief(&payload(&json.to_string(), number))
}

/// The JSON that something in brief stands for.
pub(crate) fn value(brief: &str) -> Json {
    serde_json::from_str(brief.strip_prefix('b').unwrap_or(brief)).unwrap()
}

/// What a frame carries, in brief, once it has been through [`join`].
pub(crate) fn carried(frame: &Json) -> &str {
    frame["carries"].as_str().unwrap()
}

/// Gives the frames of a batch what they carry, once each message of a run is one of its own.
pub(crate) fn join(batch: &mut Json, mut bytes: &[u8]) {
    let frames = batch["frames"].as_array_mut().unwrap();
    *frames = frames.drain(..).flat_map(spread).collect();
    for frame in batch["frames"].as_array_mut().unwrap() {
        let carries = match (frame.get("payload"), frame.get("bytes")) {
            (None, None) => continue,
            (Some(json), None) => json.to_string(),
            (None, Some(count)) => {
                let (its, rest) = bytes.split_at(count.as_u64().unwrap() as usize);
                bytes = rest;
                brief_of_bytes(its)
            }
            (Some(_), Some(_)) => panic!("both in {frame}"),
        };
        frame["carries"] = carries.into();
    }
    assert_eq!(bytes, b"", "bytes of no frame");
}

/// A frame, or the messages of a run.
fn spread(mut frame: Json) -> Vec<Json> {
    let Json::Array(payloads) = frame["payloads"].take() else {
        frame.as_object_mut().unwrap().remove("payloads");
        return vec![frame];
    };
    let channel = &frame["channel"];
    let message = |payload| json!({"type": "message", "channel": channel, "payload": payload});
    payloads.into_iter().map(message).collect()
}

/// The batch that a page uploaded.
pub(crate) fn read_upload(body: &[u8]) -> Json {
    let (length, rest) = body.split_first_chunk().unwrap();
    let (text, bytes) = rest.split_at(u32::from_le_bytes(*length) as usize);
    let mut batch = serde_json::from_slice(text).unwrap();
    assert!(!bytes.is_empty() || carries_bytes(&batch));
    join(&mut batch, bytes);
    batch
}

/// Whether frames of the batch carry bytes.
pub(crate) fn carries_bytes(batch: &Json) -> bool {
    let frames = batch["frames"].as_array().unwrap();
    frames.iter().any(|it| it.get("bytes").is_some())
}
