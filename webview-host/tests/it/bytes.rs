//! Payloads of bytes, to and from pages.

use bytes::Bytes;
use ipc_protocol::{CallId, Code, Limits, Payload, Step, WindowList};
use ipc_router::{Filter, Subscription, Until};
use serde_json::json;

use crate::desk::{Desk, answer, channel, spec, take};
use crate::page::{Batch, Page, message, message_of_bytes};

/// The desk's app, as far as it hears of bytes.
fn listen(desk: &Desk) -> Subscription {
    let events = desk.router.subscribe(|| {});
    events.listen(&Filter::All);
    events
}

/// What came: the JSON, or the bytes.
fn heard(events: &Subscription) -> Vec<String> {
    let events = events.drain();
    events.map(|event| brief(&event.payload)).collect()
}

fn brief(payload: &Payload) -> String {
    match payload.as_bytes() {
        Some(bytes) => format!("{:?}", &bytes[..]),
        None => payload.as_json().unwrap().to_owned(),
    }
}

fn bytes(bytes: &'static [u8]) -> Payload {
    Payload::from_bytes(Bytes::from_static(bytes), &Limits::default()).unwrap()
}

/// The only batch that waits for the page.
#[track_caller]
fn only_batch(page: &Page) -> Batch {
    let [batch] = <[_; 1]>::try_from(page.batches()).unwrap();
    batch
}

#[test]
fn bytes_of_a_page_keep_their_place() {
    let mut desk = Desk::new();
    let events = listen(&desk);
    let mut page = desk.open_page();
    page.send("a", json!(1));
    page.upload(
        [
            message_of_bytes("a", 2),
            message("a", json!(2)),
            message_of_bytes("a", 0),
            message_of_bytes("b", 3),
        ],
        &[1, 2, 3, 4, 5],
    );
    page.send("a", json!(3));
    desk.turn();
    assert_eq!(heard(&events), ["1", "[1, 2]", "2", "[]", "[3, 4, 5]", "3"]);
    assert_eq!(desk.counts(), []);
}

#[test]
fn an_upload_that_is_no_batch_is_counted_and_the_session_goes_on() {
    let mut desk = Desk::new();
    let events = listen(&desk);
    let mut page = desk.open_page();
    page.upload_body(Vec::new());
    page.upload_body(b"\xff\xff\xff\xff".to_vec());
    let seq = page.seq;
    // One byte too few, one too many, and the key of another window.
    page.upload([message_of_bytes("a", 2)], &[1]);
    page.seq = seq;
    page.upload([message_of_bytes("a", 2)], &[1, 2, 3]);
    page.seq = seq;
    let key = std::mem::replace(&mut page.key, "other".to_owned());
    page.upload([message_of_bytes("a", 2)], &[1, 2]);
    (page.seq, page.key) = (seq, key);
    page.upload([message_of_bytes("a", 2)], &[1, 2]);
    desk.turn();
    assert_eq!(heard(&events), ["[1, 2]"]);
    assert_eq!(desk.counts(), [("malformed", 5)]);
}

#[test]
fn bytes_for_a_page_are_offered_beside_their_batch() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    for payload in [bytes(&[1, 2]), Payload::null(), bytes(&[]), bytes(&[3])] {
        desk.router
            .send(&page.window, &channel("a"), &payload)
            .unwrap();
    }
    desk.turn();
    let batch = only_batch(&page);
    assert_eq!(
        batch.frames,
        [
            message_of_bytes("a", 2),
            message("a", json!(null)),
            message_of_bytes("a", 0),
            message_of_bytes("a", 1),
        ]
    );
    // The page may ask again, until it says that it has had them.
    for _ in 0..2 {
        assert_eq!(page.get(&batch), Some(Bytes::from_static(&[1, 2, 3])));
    }
    page.acknowledge();
    desk.turn();
    assert_eq!(page.get(&batch), None);

    desk.send(&page.window, "a", "1");
    desk.turn();
    assert_eq!(only_batch(&page).bytes, None);
}

#[test]
fn bytes_that_a_page_did_not_get_are_told_to_who_waits() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    desk.turn();
    let [lost, had] = [bytes(&[1]), bytes(&[2])].map(|payload| {
        let (answer, reply) = answer();
        let channel = channel("a");
        desk.router
            .send_until(Until::Received, &page.window, &channel, &payload, reply);
        answer
    });
    desk.turn();
    only_batch(&page);
    // The frame 9 was never handed out.
    page.lost = vec![1, 9];
    page.acknowledge();
    desk.turn();
    let error = take(&lost).unwrap_err();
    assert_eq!(error.code(), Code::TransferFailed);
    assert_eq!(
        error.to_string(),
        "the page of window \"main\" did not get the bytes on \"a\""
    );
    assert_eq!(take(&had), Ok(()));
    assert_eq!(desk.counts(), [("unknown", 1)]);
}

#[test]
fn one_payload_is_not_copied_for_the_windows_it_goes_to() {
    let mut desk = Desk::new();
    let sent = bytes(&[7; 100]);
    let windows = ["one", "two"].map(|id| desk.open(spec(id)));
    let mut pages = [&windows[0], &windows[1]].map(|id| desk.page(id));
    for page in &mut pages {
        page.hello();
        page.listen("a");
    }
    desk.turn();
    desk.router.broadcast(&windows, &channel("a"), &sent);
    desk.turn();
    for page in &pages {
        let got = page.get(&only_batch(page)).unwrap();
        assert_eq!(got.as_ptr(), sent.as_bytes().unwrap().as_ptr());
    }
}

#[test]
fn a_reload_withdraws_what_was_offered_and_offers_it_to_the_next_page() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    old.listen("a");
    desk.turn();
    desk.router
        .send(&old.window, &channel("a"), &bytes(&[1, 2]))
        .unwrap();
    desk.turn();
    let old_batch = only_batch(&old);

    let mut new = old.next();
    new.hello();
    new.listen("a");
    desk.turn();
    assert_eq!(old.get(&old_batch), None);
    let new_batch = only_batch(&new);
    assert_ne!(new_batch.bytes, old_batch.bytes);
    assert_eq!(new.get(&new_batch), Some(Bytes::from_static(&[1, 2])));
}

#[test]
fn what_another_window_is_offered_is_not_there() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    let other = desk.open(spec("other"));
    let other = desk.page(&other);
    desk.router
        .send(&page.window, &channel("a"), &bytes(&[1, 2]))
        .unwrap();
    desk.turn();
    let batch = only_batch(&page);
    assert_eq!(other.get(&batch), None);
    assert!(page.get(&batch).is_some());
}

#[test]
fn calls_carry_bytes_both_ways() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let calls = desk.router.subscribe(|| {});
    calls.listen(&Filter::Calls);

    // The page asks, and the app answers.
    page.upload(
        [json!({"type": "request", "call": 1, "channel": "add", "bytes": 2})],
        &[1, 2],
    );
    desk.turn();
    let request = calls.try_recv().unwrap();
    assert_eq!(brief(&request.payload), "[1, 2]");
    let (call, _) = request.call.as_ref().unwrap();
    let answer = Step::Result {
        payload: bytes(&[3]),
    };
    assert!(desk.router.step(&page.window, *call, answer));
    desk.turn();
    let batch = only_batch(&page);
    assert_eq!(
        batch.frames,
        [json!({"type": "result", "call": 1, "bytes": 1})]
    );
    assert_eq!(page.get(&batch), Some(Bytes::from_static(&[3])));
    page.acknowledge();

    // The app reads a stream of the page.
    let open = Step::Stream {
        channel: channel("rows"),
        payload: bytes(&[4]),
    };
    let call: CallId = desk.router.open_call(&page.window, open).unwrap();
    desk.router
        .step(&page.window, call, Step::Pull { count: 2 });
    desk.turn();
    let batch = only_batch(&page);
    assert_eq!(batch.frames[0]["bytes"], 1);
    assert_eq!(page.get(&batch), Some(Bytes::from_static(&[4])));
    let number = call.get();
    page.upload(
        [
            json!({"type": "chunk", "call": number, "bytes": 2}),
            json!({"type": "chunk", "call": number, "payload": "two"}),
            json!({"type": "result", "call": number, "payload": null}),
        ],
        &[5, 6],
    );
    desk.turn();
    assert_eq!(
        calls
            .drain()
            .map(|it| brief(&it.payload))
            .collect::<Vec<_>>(),
        ["[5, 6]", r#""two""#, "null"]
    );
}

#[test]
fn bytes_go_from_window_to_window() {
    let mut desk = Desk::new();
    let mut from = desk.open_page();
    let mut open = spec("open");
    open.accept_from = Some(WindowList::new(["main".to_owned()]));
    let open = desk.open(open);
    let mut to = desk.page(&open);
    to.hello();
    to.listen("chat");
    desk.turn();
    from.upload(
        [json!({"type": "sendTo", "call": 9, "window": "open", "channel": "chat", "bytes": 3})],
        &[1, 2, 3],
    );
    desk.turn();
    desk.turn();
    let batch = only_batch(&to);
    assert_eq!(
        batch.frames,
        [json!({"type": "relay", "from": "main", "channel": "chat", "bytes": 3})]
    );
    assert_eq!(to.get(&batch), Some(Bytes::from_static(&[1, 2, 3])));
    assert_eq!(only_batch(&from).frames[0]["type"], "result");
}

#[test]
fn too_many_bytes_are_refused_alone() {
    let mut limits = Limits::default();
    limits.payload_bytes = 4;
    let mut desk = Desk::within(limits);
    let events = listen(&desk);
    let mut page = desk.open_page();
    page.upload(
        [message_of_bytes("a", 5), message_of_bytes("a", 4)],
        &[1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    desk.turn();
    assert_eq!(heard(&events), ["[6, 7, 8, 9]"]);
    assert_eq!(page.frames()[0]["code"], "payload-too-large");
    assert_eq!(desk.counts(), [("refused", 1)]);
}
