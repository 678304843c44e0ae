//! Batches that carry bytes: what is taken, and what is refused with a code.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use ipc_protocol::{Channel, Code, Limits, PageBatch, PageFrame, Payload};
use proptest::prelude::*;

/// A message's payload as the page has it.
#[derive(Clone, Debug)]
enum Sent {
    Json(u32),
    Bytes(Vec<u8>),
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        any::<u32>().prop_map(Sent::Json),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Sent::Bytes),
    ]
}

/// An upload as a page writes it.
fn upload(messages: &[Sent]) -> Vec<u8> {
    let frames: Vec<_> = messages
        .iter()
        .map(|sent| match sent {
            Sent::Json(number) => {
                format!(r#"{{"type":"message","channel":"c","payload":{number}}}"#)
            }
            Sent::Bytes(bytes) => {
                format!(
                    r#"{{"type":"message","channel":"c","bytes":{}}}"#,
                    bytes.len()
                )
            }
        })
        .collect();
    let frames = frames.join(",");
    let text = format!(r#"{{"key":"k","page":"p","seq":1,"ack":0,"frames":[{frames}]}}"#);
    let mut body = u32::try_from(text.len()).unwrap().to_le_bytes().to_vec();
    body.extend(text.bytes());
    for sent in messages {
        if let Sent::Bytes(bytes) = sent {
            body.extend(bytes);
        }
    }
    body
}

fn decode(body: Vec<u8>) -> Result<PageBatch, Code> {
    PageBatch::decode_upload(&body.into(), &Limits::default()).map_err(|error| error.code())
}

fn frames(messages: &[Sent]) -> Vec<PageFrame> {
    let payload = |sent: &Sent| match sent {
        Sent::Json(number) => Payload::encode(number, &Limits::default()),
        Sent::Bytes(bytes) => Payload::from_bytes(bytes.clone().into(), &Limits::default()),
    };
    let message = |sent| PageFrame::Message {
        channel: Channel::new("c").unwrap(),
        payload: payload(sent).unwrap(),
    };
    messages.iter().map(message).collect()
}

#[test]
fn too_few_and_too_many_bytes_are_a_bad_frame() {
    let messages = [Sent::Bytes(vec![1, 2, 3]), Sent::Json(1)];
    assert!(decode(upload(&messages)).is_ok());
    let mut more = upload(&messages);
    more.push(4);
    assert_eq!(decode(more), Err(Code::BadFrame));
    let mut less = upload(&messages);
    less.pop();
    assert_eq!(decode(less), Err(Code::BadFrame));
}

#[test]
fn a_body_without_its_text_is_a_bad_frame() {
    for body in [
        &b""[..],
        b"abc",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff{}",
        b"\x02\0\0\0{}",
        b"\x02\0\0\0\xff\xff",
    ] {
        assert_eq!(decode(body.to_vec()), Err(Code::BadFrame), "{body:?}");
    }
}

#[test]
fn text_alone_carries_no_bytes() {
    for bytes in ["1", "-1", "1.5", "\"1\"", "18446744073709551615", "1e400"] {
        let text = format!(
            r#"{{"key":"k","page":"p","seq":1,"ack":0,"frames":[
                {{"type":"message","channel":"c","bytes":{bytes}}}]}}"#
        );
        let error = PageBatch::decode(&text, &Limits::default()).unwrap_err();
        assert_eq!(error.code(), Code::BadFrame, "{bytes}");
    }
}

#[test]
fn a_frame_has_a_payload_or_bytes() {
    let text = r#"{"key":"k","page":"p","seq":1,"ack":0,"frames":[
        {"type":"message","channel":"c","bytes":0,"payload":1}]}"#;
    let error = PageBatch::decode(text, &Limits::default()).unwrap_err();
    assert_eq!(error.code(), Code::BadFrame);
}

#[test]
fn too_many_bytes_for_one_payload_are_refused_alone() {
    let mut limits = Limits::default();
    limits.payload_bytes = 8;
    let messages = [
        Sent::Bytes(vec![1; 8]),
        Sent::Bytes(vec![2; 9]),
        Sent::Bytes(vec![3; 7]),
    ];
    let batch = PageBatch::decode_upload(&upload(&messages).into(), &limits).unwrap();
    let [first, second, third] = <[PageFrame; 3]>::try_from(batch.frames).unwrap();
    assert!(matches!(
        second,
        PageFrame::Refused { code: Code::PayloadTooLarge, message, .. }
            if message == "the payload has 9 bytes, 8 are allowed"
    ));
    assert_eq!(
        [first, third].as_slice(),
        frames(&[messages[0].clone(), messages[2].clone()])
    );
}

#[test]
fn an_upload_over_the_limit_is_refused() {
    let limits = Limits::default();
    let body = Bytes::from(vec![0; limits.batch_bytes() + 1]);
    let error = PageBatch::decode_upload(&body, &limits).unwrap_err();
    assert_eq!(error.code(), Code::PayloadTooLarge);
}

#[test]
fn small_bytes_do_not_keep_the_large_ones_they_came_with() {
    let body = Bytes::from(upload(&[
        Sent::Bytes(vec![1; 4]),
        Sent::Bytes(vec![2; 4000]),
    ]));
    let within = |bytes: &Bytes| body.as_ptr_range().contains(&bytes.as_ptr());
    let batch = PageBatch::decode_upload(&body, &Limits::default()).unwrap();
    let kept: Vec<_> = batch
        .frames
        .iter()
        .map(|frame| match frame {
            PageFrame::Message { payload, .. } => payload.as_bytes().map(within),
            _ => None,
        })
        .collect();
    assert_eq!(
        kept,
        [Some(false), Some(true)],
        "the large ones are not copied"
    );
}

#[test]
fn bytes_are_no_json_value() {
    let payload = Payload::from_bytes(vec![b'1'].into(), &Limits::default()).unwrap();
    assert_eq!(payload.as_json(), None);
    assert_eq!(payload.size(), 1);
    assert_ne!(payload, Payload::encode(&1, &Limits::default()).unwrap());
    let error = payload.decode::<u8>().unwrap_err();
    assert_eq!(error.to_string(), "the payload is bytes, not JSON");
}

proptest! {
    #[test]
    fn what_a_page_uploads_is_what_is_read(messages in prop::collection::vec(sent(), 0..8)) {
        let batch = decode(upload(&messages)).unwrap();
        prop_assert_eq!(batch.frames, frames(&messages));
    }

    #[test]
    fn a_cut_off_upload_is_a_bad_frame(
        messages in prop::collection::vec(sent(), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = upload(&messages);
        body.truncate(cut.index(body.len()));
        prop_assert_eq!(decode(body), Err(Code::BadFrame));
    }

    #[test]
    fn a_changed_byte_is_read_or_refused(
        messages in prop::collection::vec(sent(), 0..8),
        place in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let mut body = upload(&messages);
        let place = place.index(body.len());
        body[place] = byte;
        if let Err(code) = decode(body) {
            prop_assert_eq!(code, Code::BadFrame);
        }
    }

    #[test]
    fn any_body_is_refused_without_a_panic(body: Vec<u8>) {
        prop_assert_eq!(decode(body), Err(Code::BadFrame));
    }
}
