//! Reading what pages post and writing what they are handed, by the size of the payload.

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ipc_protocol::{Channel, HostBatch, HostFrame, Limits, PageBatch, Payload};

/// Bytes of one payload.
const SIZES: [usize; 3] = [100, 4 << 10, 1 << 20];

/// How many messages the large batches have.
const MESSAGES: usize = 1_000;

fn main() {
    divan::main();
}

/// JSON like that of an app, of about so many bytes: a list of rows.
fn json(bytes: usize) -> String {
    const ROW: &str = r#"{"id":1234,"name":"row \"1\"","ok":true},"#;
    let rows = ROW.repeat((bytes / ROW.len()).max(1));
    format!("[{}]", rows.trim_end_matches(','))
}

fn payload(bytes: usize) -> Payload {
    Payload::from_json(json(bytes), &Limits::default()).expect("a payload")
}

/// A page's batch of one message.
#[divan::bench(args = SIZES)]
fn decode(bencher: Bencher<'_, '_>, size: usize) {
    let text = format!(
        r#"{{"key":"0123456789abcdef","page":"0123456789abcdef","seq":7,"ack":9,"frames":[{{"type":"message","channel":"rows","payload":{}}}]}}"#,
        json(size)
    );
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| PageBatch::decode(black_box(&text), &limits).expect("a batch"));
}

/// The same, with the payload as bytes.
#[divan::bench(args = SIZES)]
fn decode_upload(bencher: Bencher<'_, '_>, size: usize) {
    let text = format!(
        r#"{{"key":"0123456789abcdef","page":"0123456789abcdef","seq":7,"ack":9,"frames":[{{"type":"message","channel":"rows","bytes":{size}}}]}}"#
    );
    let length = u32::try_from(text.len()).expect("short").to_le_bytes();
    let body = Bytes::from([&length, text.as_bytes(), &vec![7; size]].concat());
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(body.len()))
        .bench(|| PageBatch::decode_upload(black_box(&body), &limits).expect("a batch"));
}

/// A thousand small messages in one batch.
#[divan::bench]
fn decode_a_thousand(bencher: Bencher<'_, '_>) {
    let frame = format!(
        r#"{{"type":"message","channel":"rows","payload":{}}}"#,
        json(100)
    );
    let frames = vec![frame; MESSAGES].join(",");
    let text = format!(
        r#"{{"key":"0123456789abcdef","page":"0123456789abcdef","seq":7,"ack":9,"frames":[{frames}]}}"#
    );
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(text.len()))
        .counter(ItemsCount::new(MESSAGES))
        .bench(|| PageBatch::decode(black_box(&text), &limits).expect("a batch"));
}

/// A batch of one message to a page.
#[divan::bench(args = SIZES)]
fn encode(bencher: Bencher<'_, '_>, size: usize) {
    let (channel, payload) = (Channel::new("rows").expect("a name"), payload(size));
    bencher.counter(BytesCount::new(payload.size())).bench(|| {
        let message = HostFrame::Message {
            channel: black_box(&channel),
            payload: &payload,
        };
        let batch = HostBatch {
            page: "0123456789abcdef",
            seq: 7,
            bytes: None,
            frames: vec![message],
        };
        batch.encode().expect("text")
    });
}

/// A batch of a thousand small messages to a page.
#[divan::bench]
fn encode_a_thousand(bencher: Bencher<'_, '_>) {
    let (channel, payload) = (Channel::new("rows").expect("a name"), payload(100));
    bencher
        .counter(BytesCount::new(MESSAGES * payload.size()))
        .counter(ItemsCount::new(MESSAGES))
        .bench(|| {
            let message = || HostFrame::Message {
                channel: black_box(&channel),
                payload: &payload,
            };
            let batch = HostBatch {
                page: "0123456789abcdef",
                seq: 7,
                bytes: None,
                frames: (0..MESSAGES).map(|_| message()).collect(),
            };
            batch.encode().expect("text")
        });
}

/// A payload from the script's side: checked once.
#[divan::bench(args = SIZES)]
fn check(bencher: Bencher<'_, '_>, size: usize) {
    let limits = Limits::default();
    bencher
        .counter(BytesCount::new(json(size).len()))
        .with_inputs(|| json(size))
        .bench_values(|json| Payload::from_json(json, &limits).expect("a payload"));
}
