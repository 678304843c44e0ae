//! Host to page: payloads of bytes, which arrive later than their frames.

use serde_json::{Value as Json, json};

use crate::realm::{Failure, KEY, Realm, carrying, hello, listen, message};

/// A page that notes what its handlers get.
fn noting(realm: Realm) -> Realm {
    realm.run(
        "show = (it) => it instanceof Uint8Array ? 'bytes ' + it : JSON.stringify(it);
         host.on('a', (p) => note(show(p))); host.on('b', (p) => note('b ' + show(p)));",
    );
    realm.acks();
    realm.frames();
    realm
}

fn lost(channel: &str) -> (Option<String>, Option<Json>) {
    (Some("transfer-failed".to_owned()), Some(json!(channel)))
}

fn reported(realm: &Realm) -> Vec<(Option<String>, Option<Json>)> {
    let told = |failure: Failure| (failure.code, failure.channel);
    realm.reported().into_iter().map(told).collect()
}

#[test]
fn every_kind_of_frame_carries_bytes() {
    for realm in Realm::both().map(noting) {
        realm.run(
            "host.on('relayed', (p, { from }) => note(from + ' ' + show(p)));
             host.handle('h', (p) => { note('asked ' + show(p)); return p });
             host.handleStream('p', (p) => { note('streamed ' + show(p)); return [p] });
             host.request('r').then((p) => note('answer ' + show(p)));
             s = host.stream('s'); s.next().then(({ value }) => note('chunk ' + show(value)));
             host.request('r', 3).then((p) => note('empty ' + show(p)));",
        );
        realm.frames();
        let arrival = realm.deliver_bytes(&[
            carrying("a", &[1]),
            json!({"type": "relay", "from": "w", "channel": "relayed", "bytes": [2, 3]}),
            json!({"type": "request", "call": 1, "channel": "h", "bytes": [4]}),
            json!({"type": "stream", "call": 2, "channel": "p", "bytes": [5]}),
            json!({"type": "pull", "call": 2, "count": 9}),
            json!({"type": "result", "call": 1, "bytes": [6]}),
            json!({"type": "chunk", "call": 2, "bytes": [7, 8]}),
            json!({"type": "result", "call": 3, "bytes": []}),
        ]);
        realm.answer(&arrival);
        let mut notes = realm.notes();
        assert_eq!(notes[..3], ["bytes 1", "w bytes 2,3", "asked bytes 4"]);
        notes.sort();
        let expected = [
            "answer bytes 6",
            "asked bytes 4",
            "bytes 1",
            "chunk bytes 7,8",
            "empty bytes ",
            "streamed bytes 5",
            "w bytes 2,3",
        ];
        assert_eq!(notes, expected);
        let frames = realm.frames();
        assert!(frames.contains(&json!({"type": "result", "call": 1, "bytes": [4]})));
        assert!(frames.contains(&json!({"type": "chunk", "call": 2, "bytes": [5]})));
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn frames_are_handled_in_order_whenever_bytes_arrive() {
    let realm = noting(Realm::new());
    let first = realm.deliver_bytes(&[
        message("a", json!(1)),
        carrying("a", &[2]),
        message("a", json!(3)),
        carrying("a", &[4, 4]),
    ]);
    assert_eq!(realm.notes(), ["1"]);
    assert_eq!(realm.acks(), [1], "only what was handled");
    realm.deliver([("a", json!(5))]);
    let second = realm.deliver_bytes(&[message("a", json!(6)), carrying("a", &[7])]);
    assert!(realm.posted().is_empty());
    assert_eq!(realm.asked(&[&first, &second]), [0, 1], "at once");

    // In the other order.
    realm.answer(&second);
    assert!(realm.notes().is_empty());
    assert!(realm.posted().is_empty());
    realm.answer(&first);
    let expected = ["bytes 2", "3", "bytes 4,4", "5", "6", "bytes 7"];
    assert_eq!(realm.notes(), expected);
    assert_eq!(realm.acks(), [7]);
    realm.deliver([("a", json!(8))]);
    assert_eq!(realm.notes(), ["8"]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn handling_goes_on_until_the_next_bytes_that_are_missing() {
    let realm = noting(Realm::new());
    let first = realm.deliver_bytes(&[carrying("a", &[1]), message("a", json!(2))]);
    let second = realm.deliver_bytes(&[message("a", json!(3)), carrying("a", &[4])]);
    realm.answer(&first);
    assert_eq!(realm.notes(), ["bytes 1", "2", "3"]);
    assert_eq!(realm.acks(), [3]);
    realm.answer(&second);
    assert_eq!(realm.notes(), ["bytes 4"]);
    assert_eq!(realm.acks(), [4]);
}

#[test]
fn what_handlers_of_bytes_send_leaves_with_the_acknowledgement() {
    for realm in Realm::both().map(noting) {
        realm.run(
            "host.on('a', (p) => {
               host.send('now', p);
               Promise.resolve().then(() => host.send('soon', p[0]));
             });",
        );
        realm.frames();
        realm.acks();
        realm.ways();
        let arrival = realm.deliver_bytes(&[carrying("a", &[1])]);
        realm.answer(&arrival);
        assert_eq!(realm.ways(), [(realm.way("uploaded"), 2)]);
        assert_eq!(realm.acks(), [1]);
        assert_eq!(
            realm.frames(),
            [carrying("now", &[1]), message("soon", json!(1))]
        );
    }
}

#[test]
fn each_payload_is_a_plain_array_over_its_own_buffer() {
    for realm in Realm::both() {
        realm.run(
            "all = []; host.on('a', (p) => {
               note([p.constructor === Uint8Array, p.byteOffset, p.length, p.buffer.byteLength].join());
               all.push(p); p.fill(9);
             });",
        );
        for frames in [
            &[carrying("a", &[1, 2]), carrying("a", &[3])][..],
            &[carrying("a", &[4, 5, 6])],
            &[carrying("a", &[]), carrying("a", &[7]), carrying("a", &[])],
            &[carrying("a", &[]), carrying("a", &[])],
        ] {
            let arrival = realm.deliver_bytes(frames);
            realm.answer(&arrival);
        }
        let lengths = [2, 1, 3, 0, 1, 0, 0, 0];
        let expected = lengths.map(|length| format!("true,0,{length},{length}"));
        assert_eq!(realm.notes(), expected);
        assert!(realm.eval::<bool>("new Set(all.map(({ buffer }) => buffer)).size === all.length"));
    }
}

#[test]
fn a_batch_that_is_repeated_asks_for_no_bytes() {
    let realm = noting(Realm::new());
    let frames = [message("a", json!(1)), carrying("a", &[2])];
    let first = realm.deliver_bytes_from(1, &frames);
    // While it waits, and when it was handled.
    let second = realm.deliver_bytes_from(1, &frames);
    assert_eq!(realm.asked(&[&first, &second]), [0]);
    realm.answer(&first);
    let third = realm.deliver_bytes_from(1, &frames);
    assert_eq!(realm.acks(), [1, 1, 2, 2]);
    assert_eq!(realm.notes(), ["1", "bytes 2"]);

    // Of one that is partly new, only what is new counts.
    let fourth = realm.deliver_bytes_from(2, &[carrying("a", &[2]), message("a", json!(3))]);
    assert_eq!(realm.notes(), ["3"]);
    let fifth = realm.deliver_bytes_from(3, &[carrying("a", &[3, 3]), carrying("a", &[4])]);
    assert_eq!(realm.asked(&[&third, &fourth, &fifth]), [2]);
    realm.answer(&fifth);
    assert_eq!(realm.notes(), ["bytes 4"]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn frames_that_are_missing_are_reported_when_it_is_their_turn() {
    let realm = noting(Realm::new());
    let arrival = realm.deliver_bytes(&[carrying("a", &[1])]);
    realm.deliver_from(4, &[message("a", json!(4))]);
    assert_eq!(realm.reported(), []);
    realm.answer(&arrival);
    assert_eq!(realm.notes(), ["bytes 1", "4"]);
    let gap = &realm.reported()[0];
    assert_eq!(gap.code.as_deref(), Some("gap"));
    assert_eq!(gap.message, "window.host: host frames 2 to 3 are missing");
    assert_eq!(realm.acks(), [4]);
}

/// The ways in which bytes are lost, once they were asked for.
const LOSSES: [(u16, Option<&[u8]>); 6] = [
    (404, None),
    (404, Some(&[1, 2, 3, 4, 5, 6])),
    (200, None),
    (200, Some(&[])),
    (200, Some(&[1, 2, 3, 4, 5])),
    (200, Some(&[1, 2, 3, 4, 5, 6, 7])),
];

/// Frames of every kind, of which six carry a byte.
fn frames_to_lose() -> [Json; 8] {
    [
        carrying("a", &[1]),
        message("a", json!("between")),
        json!({"type": "relay", "from": "w", "channel": "b", "bytes": [2]}),
        json!({"type": "request", "call": 1, "channel": "h", "bytes": [3]}),
        json!({"type": "stream", "call": 2, "channel": "p", "bytes": [4]}),
        json!({"type": "result", "call": 1, "bytes": [5]}),
        json!({"type": "chunk", "call": 2, "bytes": [6]}),
        message("a", json!("after")),
    ]
}

/// What becomes of them.
fn losses_are_told(realm: &Realm, lose: impl FnOnce(&[Json])) {
    realm.run(
        "host.handle('h', () => note('never')); host.handleStream('p', () => note('never'));
         host.request('r').catch((e) => note(e.code + ' ' + e.channel));
         s = host.stream('s'); s.next().catch((e) => note(e.code + ' ' + e.channel));",
    );
    realm.frames();
    realm.acks();
    lose(&frames_to_lose());
    let mut notes = realm.notes();
    notes.sort();
    let expected = [
        "\"after\"",
        "\"between\"",
        "transfer-failed r",
        "transfer-failed s",
    ];
    assert_eq!(notes, expected);
    assert_eq!(reported(realm), [lost("a"), lost("b")]);
    assert_eq!(realm.acks(), [8]);
    assert_eq!(realm.lost(), [1, 3]);
    let frames = realm.frames();
    let steps: Vec<_> = frames
        .iter()
        .map(|frame| json!([frame["type"], frame["call"], frame["error"]["code"]]))
        .collect();
    let failed = |call| json!(["error", call, "transfer-failed"]);
    let expected = [failed(1), failed(2), json!(["cancel", 2, null])];
    assert_eq!(steps, expected);
    realm.run("s.next().then(({ done }) => note('done ' + done))");
    assert_eq!(realm.notes(), ["done true"]);
}

#[test]
fn bytes_that_are_lost_fail_their_frames_and_no_others() {
    let answers = LOSSES.map(Some).into_iter().chain([None]);
    for answer in answers {
        let realm = noting(Realm::new());
        losses_are_told(&realm, |frames| {
            let arrival = realm.deliver_bytes(frames);
            match answer {
                Some((status, body)) => realm.answer_with(&arrival, status, body),
                None => realm.lose(&arrival),
            }
        });
        let arrival = realm.deliver_bytes(&[carrying("a", &[8])]);
        realm.answer(&arrival);
        assert_eq!(realm.notes(), ["bytes 8"]);
        assert_eq!(realm.lost(), [] as [Json; 0], "what is told is told once");
    }
}

#[test]
fn bytes_that_do_not_come_along_fail_their_frames_and_no_others() {
    let bodies: [Option<&[u8]>; 4] = [
        None,
        Some(&[]),
        Some(&[1, 2, 3, 4, 5]),
        Some(&[1, 2, 3, 4, 5, 6, 7]),
    ];
    for body in bodies {
        let realm = noting(Realm::with_socket());
        losses_are_told(&realm, |frames| realm.say_frames(frames, body));
        realm.deliver_bytes(&[carrying("a", &[8])]);
        assert_eq!(realm.notes(), ["bytes 8"]);
        assert_eq!(realm.lost(), [] as [Json; 0], "what is told is told once");
        assert_eq!(realm.asked(&[]), [0; 0], "nothing is asked for");
    }
}

#[test]
fn what_a_page_misses_because_it_goes_is_not_lost() {
    let realm = noting(Realm::new());
    realm.acks();
    let arrival = realm.deliver_bytes(&[
        message("a", json!("before")),
        carrying("a", &[1]),
        message("a", json!("after")),
    ]);
    assert_eq!(realm.asked(&[&arrival]), [0]);
    realm.break_off(&arrival);
    // The next page gets what this one has not acknowledged, unless this one goes on for a while.
    assert_eq!(realm.notes(), ["\"before\""]);
    assert_eq!(realm.acks(), [1]);
    realm.pass(100);
    assert_eq!(realm.asked(&[&arrival]), [0]);
    realm.answer(&arrival);
    assert_eq!(realm.notes(), ["bytes 1", "\"after\""]);
    assert_eq!(realm.acks(), [3]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_page_that_is_being_left_loses_nothing_however_long_that_takes() {
    let realm = noting(Realm::new());
    realm.acks();
    // Only the window tells that for sure.
    realm.before_unload(false);
    let arrival = realm.deliver_bytes(&[carrying("a", &[1])]);
    realm.lose(&arrival);
    assert_eq!(reported(&realm), [lost("a")]);
    assert_eq!(realm.acks(), [1]);

    realm.before_unload(true);
    let arrival = realm.deliver_bytes(&[carrying("a", &[2])]);
    for _ in 0..1_000 {
        realm.break_off(&arrival);
        realm.pass(20);
    }
    assert_eq!(reported(&realm), []);
    assert_eq!(realm.acks(), [] as [u64; 0]);
    // It stays after all, and from then on a policy may be the reason again.
    realm.answer(&arrival);
    assert_eq!(realm.notes(), ["bytes 2"]);
    let arrival = realm.deliver_bytes(&[carrying("a", &[3])]);
    realm.lose(&arrival);
    assert_eq!(reported(&realm), [lost("a")]);

    // None comes, and it stays without any.
    realm.before_unload(true);
    let arrival = realm.deliver_bytes(&[carrying("a", &[4])]);
    for _ in 0..1_500 {
        realm.break_off(&arrival);
        realm.pass(20);
    }
    assert_eq!(reported(&realm), [lost("a")]);
}

#[test]
fn bytes_that_cannot_be_asked_for_are_lost_at_once() {
    let realm = noting(Realm::new());
    losses_are_told(&realm, |frames| {
        realm.fail_requests(true);
        realm.deliver_bytes(frames);
    });
    realm.fail_requests(false);
    let arrival = realm.deliver_bytes(&[carrying("a", &[8])]);
    realm.answer(&arrival);
    assert_eq!(realm.notes(), ["bytes 8"]);

    // A host that names no place to get them.
    let realm = noting(Realm::new());
    let frame = json!({"type": "message", "channel": "a", "bytes": 1});
    realm.deliver_frames(&[frame, message("a", json!(1))]);
    assert_eq!(realm.notes(), ["1"]);
    assert_eq!(reported(&realm), [lost("a")]);
}

#[test]
fn losses_of_what_nobody_waits_for_are_silent() {
    for realm in Realm::both().map(noting) {
        realm.run(
            "s = host.stream('s'); s.return();
             host.request('r', 1, { timeoutMs: 5 }).catch((e) => note(e.code));",
        );
        realm.pass(5);
        assert_eq!(realm.notes(), ["timeout"]);
        realm.frames();
        realm.deliver_lost(&[
            json!({"type": "chunk", "call": 1, "bytes": [1]}),
            json!({"type": "result", "call": 2, "bytes": [2]}),
            json!({"type": "result", "call": 77, "bytes": [3]}),
            json!({"type": "unheard-of", "bytes": [4]}),
        ]);
        assert_eq!(realm.acks().last(), Some(&4));
        assert!(realm.frames().is_empty());
        assert!(realm.notes().is_empty());
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn a_chunk_that_is_lost_comes_after_those_before_it() {
    let realm = noting(Realm::new());
    realm.run(
        "(async () => {
           try { for await (const p of host.stream('s')) note(show(p)) }
           catch (e) { note(e.code) }
         })()",
    );
    realm.frames();
    let first = realm.deliver_bytes(&[json!({"type": "chunk", "call": 1, "bytes": [1]})]);
    let second = realm.deliver_bytes(&[json!({"type": "chunk", "call": 1, "bytes": [2]})]);
    realm.deliver_frames(&[json!({"type": "chunk", "call": 1, "payload": 3})]);
    realm.answer_with(&second, 500, None);
    realm.answer(&first);
    assert_eq!(realm.notes(), ["bytes 1", "transfer-failed"]);
    let cancel = json!({"type": "cancel", "call": 1});
    assert_eq!(realm.frames(), [cancel]);
    assert_eq!(realm.acks().last(), Some(&3));
}

#[test]
fn a_page_from_the_cache_drops_what_waited() {
    let realm = noting(Realm::new());
    let before = realm.deliver_bytes(&[carrying("a", &[1]), message("a", json!(2))]);
    realm.deliver([("a", json!(3))]);
    realm.page_show(true, true);
    assert_eq!(realm.frames(), [hello(), listen("a"), listen("b")]);
    realm.ways();
    let after = realm.deliver_bytes(&[message("a", json!("new")), carrying("a", &[4])]);
    realm.answer(&before);
    assert_eq!(realm.notes(), ["\"new\""]);
    realm.acks();
    realm.answer(&after);
    assert_eq!(realm.notes(), ["bytes 4"]);
    assert_eq!(realm.acks(), [2]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_handler_that_throws_holds_up_nothing() {
    for realm in Realm::both().map(noting) {
        realm.run("host.on('a', () => { throw new Error('mine') })");
        let first = realm.deliver_bytes(&[carrying("a", &[1]), carrying("a", &[2])]);
        realm.answer(&first);
        assert_eq!(realm.notes(), ["bytes 1", "bytes 2"]);
        assert_eq!(realm.reported().len(), 2);
        assert_eq!(realm.acks().last(), Some(&2));
    }
}

#[test]
fn handlers_are_not_interrupted_by_a_batch_that_comes_meanwhile() {
    // As from an event loop within one, a debugger's say.
    for realm in Realm::both().map(noting) {
        let page = realm.page();
        realm.run(&format!(
            "host.on('nest', () => {{
               const frames = [{{ type: 'message', channel: 'a', payload: 2 }}];
               __hostDeliver('{KEY}', JSON.stringify({{ page: '{page}', seq: 2, frames }}));
               note('nest');
             }});"
        ));
        realm.deliver([("nest", json!(1))]);
        assert_eq!(realm.notes(), ["nest", "2"]);
        let posted = realm.posted();
        assert!(posted.last().unwrap().contains(r#""ack":2,"#), "{posted:?}");
    }
}
