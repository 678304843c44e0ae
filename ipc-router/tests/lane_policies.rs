//! What becomes of messages that find no room, or that wait for long.

#![allow(clippy::unwrap_used)]

mod common;

use std::thread::sleep;
use std::time::Duration;

use common::*;
use ipc_protocol::{Code, Limits, Payload};
use ipc_router::{RouteError, Until};

/// Longer than any `ttlMs` of 1.
fn outlive() {
    sleep(Duration::from_millis(5));
}

fn limits(messages: usize, bytes: usize) -> Limits {
    let mut limits = Limits::default();
    limits.window_messages = messages;
    limits.window_bytes = bytes;
    limits
}

#[test]
fn by_default_a_channel_holds_1024_messages_and_the_sender_waits() {
    let scene = Scene::new();
    for n in 0..1_024 {
        scene.send("a", &n.to_string()).unwrap();
    }
    // Who cannot wait is refused; who can is let in when there is room.
    assert_eq!(scene.send("a", "0"), Err(Code::QueueFull));
    scene.send("b", "0").unwrap();
    let waits = scene.send_until(Until::Accepted, "a", "1024");
    assert_eq!(waits.codes(), []);
    let mut page = scene.page(&["a"]);
    let payloads = page.payloads();
    assert_eq!(
        payloads,
        (0..=1_024).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(waits.codes(), [Ok(())]);
    scene.send("a", "1").unwrap();
}

#[test]
fn fail_refuses_what_finds_no_room() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "fail", "capacity": 2}"#);
    scene.send_all("a", &["1", "2"]);
    assert_eq!(scene.send("a", "3"), Err(Code::QueueFull));
    let refused = scene.send_until(Until::Received, "a", "4");
    let full = RouteError::QueueFull {
        window: scene.main.clone(),
        messages: 2,
        bytes: 2,
    };
    assert_eq!(refused.take(), [Err(full)]);
    let mut page = scene.page(&["a"]);
    assert_eq!(page.payloads(), ["1", "2"]);
    scene.send_all("a", &["5"]);
    assert_eq!(page.payloads(), ["5"]);
    assert_eq!(scene.channel_stats("a").refused, 2);
}

#[test]
fn drop_oldest_makes_room_in_number_and_in_bytes() {
    let scene = Scene::new();
    scene.configure(
        "a",
        r#"{"overflow": "drop-oldest", "capacity": 3, "maxBytes": 10}"#,
    );
    scene.send_all("a", &["1", "2", "3", "4"]);
    let mut page = scene.page(&[]);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.payloads(), ["2", "3", "4"]);
    page.reload(&[]);
    scene.send_all("a", &["11111", "22", "33333333"]);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.payloads(), ["22", "33333333"]);
    assert_eq!(scene.channel_stats("a").dropped, 2);
}

#[test]
fn drop_oldest_tells_who_waits_for_the_receipt() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "drop-oldest", "capacity": 1}"#);
    let old = scene.send_until(Until::Received, "a", "1");
    let accepted = scene.send_until(Until::Accepted, "a", "2");
    let given_up = RouteError::GivenUp {
        window: scene.main.clone(),
        channel: channel("a"),
        code: Code::Dropped,
    };
    assert_eq!(old.take(), [Err(given_up)]);
    assert_eq!(accepted.take(), [Ok(())]);
    scene.send_all("a", &["3"]);
    assert_eq!(accepted.take(), []);
    assert_eq!(scene.page(&["a"]).payloads(), ["3"]);
}

#[test]
fn keep_latest_keeps_the_newest_whatever_the_room() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "keep-latest"}"#);
    scene.send_all("b", &["0"]);
    scene.send_all("a", &["1"]);
    scene.send_all("b", &["2"]);
    scene.send_all("a", &["3"]);
    scene.send_all("b", &["4"]);
    let mut page = scene.page(&["a", "b"]);
    assert_eq!(
        page.unacked(),
        ["0", "2", "3", "4"],
        "at the newest's place"
    );
    // What the page was handed is not replaced.
    scene.send_all("a", &["5", "6"]);
    assert_eq!(page.unacked(), ["6"]);
    let stats = scene.channel_stats("a");
    assert_eq!((stats.accepted, stats.dropped), (4, 2));
}

#[test]
fn what_gives_way_on_one_channel_costs_the_others_nothing() {
    let scene = Scene::within(limits(4, 1 << 20));
    scene.configure("a", r#"{"overflow": "drop-oldest", "capacity": 100}"#);
    scene.configure("k", r#"{"overflow": "keep-latest"}"#);
    scene.send_all("b", &["1", "2"]);
    scene.send_all("a", &["3"]);
    scene.send_all("k", &["4"]);
    // The window is full: each channel may only give up what is its own.
    scene.send_all("a", &["5"]);
    scene.send_all("k", &["6"]);
    assert_eq!(scene.send("c", "7"), Err(Code::QueueFull));
    assert_eq!(
        scene.page(&["a", "b", "k"]).payloads(),
        ["1", "2", "5", "6"]
    );
}

#[test]
fn nothing_is_given_up_for_a_message_that_finds_no_room_all_the_same() {
    for overflow in ["drop-oldest", "keep-latest"] {
        let scene = Scene::within(limits(100, 10));
        scene.configure("a", &format!(r#"{{"overflow": "{overflow}"}}"#));
        scene.send_all("b", &["12345"]);
        scene.send_all("a", &["1"]);
        assert_eq!(scene.send("a", "123456"), Err(Code::QueueFull));
        assert_eq!(
            scene.page(&["a", "b"]).payloads(),
            ["12345", "1"],
            "{overflow}"
        );
        assert_eq!(scene.channel_stats("a").dropped, 0);
    }
}

#[test]
fn one_message_alone_fits_whatever_its_size() {
    for overflow in ["wait", "fail", "drop-oldest", "keep-latest"] {
        let scene = Scene::new();
        scene.configure(
            "a",
            &format!(r#"{{"overflow": "{overflow}", "maxBytes": 3}}"#),
        );
        scene.send("a", "123456").unwrap();
        let second = scene.send("a", "1234567");
        let gives_way = !matches!(overflow, "wait" | "fail");
        assert_eq!(second.is_ok(), gives_way, "{overflow}");
        let expected = if gives_way { "1234567" } else { "123456" };
        assert_eq!(scene.page(&["a"]).payloads(), [expected]);
    }
}

#[test]
fn bytes_count_to_the_last_one() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "fail", "maxBytes": 6}"#);
    scene.send_all("a", &["123", "12"]);
    assert_eq!(scene.send("a", "12"), Err(Code::QueueFull));
    scene.send_all("a", &["1"]);
    assert_eq!(scene.send("a", "1"), Err(Code::QueueFull));
}

#[test]
fn senders_that_wait_are_let_in_in_order() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 2}"#);
    let mut page = scene.page(&["a", "b"]);
    scene.send_all("a", &["1", "2"]);
    let waits: Vec<_> = ["3", "4", "5"]
        .iter()
        .map(|json| scene.send_until(Until::Accepted, "a", json))
        .collect();
    // Who would overtake them waits behind them, and is refused if it cannot.
    let behind = scene.send_until(Until::Accepted, "b", "6");
    assert_eq!(scene.send("b", "7"), Err(Code::QueueFull));
    assert!(waits.iter().all(|it| it.codes().is_empty()));

    let batch = page.lane().take(1).unwrap();
    assert_eq!(batch.frames.len(), 1);
    assert_eq!(waits[0].codes(), [Ok(())]);
    assert!(waits[1].codes().is_empty() && behind.codes().is_empty());
    assert!(page.lane().ack(1));
    page.lane().leave();
    page.reload(&["a", "b"]);
    assert_eq!(page.payloads(), ["2", "3", "4", "5", "6"]);
    assert_eq!(waits[1].codes(), [Ok(())]);
    assert_eq!(waits[2].codes(), [Ok(())]);
    assert_eq!(behind.codes(), [Ok(())]);
}

#[test]
fn a_sender_waiting_on_a_channel_nobody_hears_blocks_no_other_channel() {
    let scene = Scene::new();
    scene.configure("*", r#"{"capacity": 1}"#);
    let mut page = scene.page(&["b"]);
    scene.send_all("a", &["1"]);
    let waits = scene.send_until(Until::Accepted, "a", "2");
    for json in ["3", "4", "5"] {
        let other = scene.send_until(Until::Accepted, "b", json);
        assert_eq!(other.codes(), [Ok(())]);
        assert_eq!(page.payloads(), [json]);
    }
    scene.send_all("c", &["6"]);
    assert_eq!(scene.send("a", "7"), Err(Code::QueueFull));
    assert_eq!(waits.codes(), []);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.payloads(), ["1", "2"]);
    assert_eq!(waits.codes(), [Ok(())]);
}

#[test]
fn a_sender_waiting_for_the_window_is_let_in_by_any_channel_that_moves() {
    let scene = Scene::within(limits(2, 1 << 20));
    let mut page = scene.page(&["b"]);
    scene.send_all("a", &["1"]);
    scene.send_all("b", &["2"]);
    let waits = scene.send_until(Until::Accepted, "a", "3");
    assert_eq!(waits.codes(), []);
    assert_eq!(page.payloads(), ["2"]);
    assert_eq!(waits.codes(), [Ok(())]);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.payloads(), ["1", "3"]);
}

#[test]
fn a_message_that_never_fits_is_refused_and_holds_up_nobody() {
    let scene = Scene::within(limits(100, 10));
    let mut page = scene.page(&["a", "b"]);
    let giant = scene.send_until(Until::Accepted, "a", "12345678901");
    assert_eq!(giant.codes(), [Err(Code::QueueFull)]);
    scene.send_all("b", &["1"]);
    assert_eq!(page.payloads(), ["1"]);
    assert_eq!(scene.channel_stats("a").refused, 1);
}

#[test]
fn as_many_senders_wait_as_messages_may() {
    let scene = Scene::within(limits(3, 10));
    scene.send_all("a", &["1", "2", "3"]);
    let waits: Vec<_> = ["4", "5", "6", "7"]
        .iter()
        .map(|json| scene.send_until(Until::Accepted, "a", json))
        .collect();
    let codes: Vec<_> = waits.iter().map(Answers::codes).collect();
    assert_eq!(codes, [vec![], vec![], vec![], vec![Err(Code::QueueFull)]]);
    let mut page = scene.page(&["a"]);
    assert_eq!(page.payloads(), ["1", "2", "3", "4", "5", "6"]);

    // And as many bytes.
    page.lane().leave();
    scene.send_all("a", &["1234567890"]);
    let waits = scene.send_until(Until::Accepted, "a", "123456");
    let refused = scene.send_until(Until::Accepted, "a", "12345");
    assert_eq!(refused.codes(), [Err(Code::QueueFull)]);
    let small = scene.send_until(Until::Accepted, "a", "1234");
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["1234567890", "123456", "1234"]);
    assert_eq!((waits.codes(), small.codes()), (vec![Ok(())], vec![Ok(())]));
}

#[test]
fn a_message_is_not_overtaken_on_its_channel_though_the_policy_changes() {
    for (overflow, expected) in [
        // The room of the new policy is there for those who waited under the old one first.
        ("fail", &["1", "2", "3"][..]),
        ("wait", &["1", "2", "3"]),
        ("drop-oldest", &["1", "2", "3"]),
        ("keep-latest", &["3"]),
    ] {
        let scene = Scene::new();
        scene.configure("a", r#"{"capacity": 1}"#);
        let mut page = scene.page(&["a"]);
        scene.send_all("a", &["1"]);
        let waits = scene.send_until(Until::Accepted, "a", "2");
        scene.configure(
            "a",
            &format!(r#"{{"overflow": "{overflow}", "capacity": 3}}"#),
        );
        scene.send("a", "3").unwrap();
        assert_eq!(waits.codes(), [Ok(())], "{overflow}");
        assert_eq!(page.payloads(), expected, "{overflow}");
    }
    // Where it has no room either, it is still not overtaken.
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1}"#);
    scene.send_all("a", &["1"]);
    let _waits = scene.send_until(Until::Accepted, "a", "2");
    scene.configure("a", r#"{"overflow": "fail", "capacity": 1}"#);
    assert_eq!(scene.send("a", "3"), Err(Code::QueueFull));
    assert_eq!(scene.page(&["a"]).payloads(), ["1", "2"]);
}

#[test]
fn messages_that_wait_too_long_are_given_up_when_they_are_taken() {
    let scene = Scene::new();
    scene.configure("a", r#"{"ttlMs": 1}"#);
    let late = scene.send_until(Until::Received, "a", "1");
    scene.send_all("b", &["2"]);
    outlive();
    assert_eq!(late.codes(), []);
    let mut page = scene.page(&["a", "b"]);
    assert_eq!(page.payloads(), ["2"]);
    assert_eq!(late.codes(), [Err(Code::Expired)]);
    assert_eq!(scene.channel_stats("a").expired, 1);
    // What a page has already is delivered, however long it takes.
    scene.configure("a", r#"{"ttlMs": 60000}"#);
    let received = scene.send_until(Until::Received, "a", "3");
    assert_eq!(page.payloads(), ["3"]);
    assert_eq!(received.codes(), [Ok(())]);
}

#[test]
fn messages_that_wait_too_long_make_room() {
    for overflow in ["wait", "fail", "drop-oldest", "keep-latest"] {
        let scene = Scene::new();
        scene.configure(
            "a",
            &format!(r#"{{"overflow": "{overflow}", "capacity": 1, "ttlMs": 1}}"#),
        );
        let late = scene.send_until(Until::Received, "a", "1");
        outlive();
        scene.send("a", "2").unwrap();
        assert_eq!(late.codes(), [Err(Code::Expired)], "{overflow}");
        let stats = scene.channel_stats("a");
        assert_eq!((stats.expired, stats.dropped, stats.waiting), (1, 0, 1));
    }
}

#[test]
fn messages_that_wait_too_long_keep_no_sender_waiting() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1, "ttlMs": 1}"#);
    scene.send_all("a", &["1"]);
    scene.configure("a", r#"{"capacity": 1}"#);
    let waits = scene.send_until(Until::Accepted, "a", "2");
    outlive();
    // The window moves, but not this channel.
    let mut page = scene.page(&["b"]);
    page.take();
    assert_eq!(waits.codes(), [Ok(())]);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.payloads(), ["2"]);
}

#[test]
fn a_message_with_less_patience_expires_behind_one_that_has_more() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "fail", "capacity": 2}"#);
    scene.send_all("a", &["1"]);
    scene.configure("a", r#"{"overflow": "fail", "capacity": 2, "ttlMs": 1}"#);
    scene.send_all("a", &["2"]);
    outlive();
    scene.send_all("a", &["3"]);
    assert_eq!(scene.channel_stats("a").expired, 1);
}

#[test]
fn who_waits_is_handed_out_when_all_that_was_before_it_has_expired() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1, "ttlMs": 1}"#);
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1"]);
    scene.configure("a", r#"{"capacity": 1}"#);
    let waits = scene.send_until(Until::Accepted, "a", "2");
    outlive();
    // In one go: the host takes until there is nothing more, and then waits for a wake.
    assert_eq!(page.payloads(), ["2"]);
    assert_eq!(waits.codes(), [Ok(())]);
}

#[test]
fn the_longest_patience_is_no_trouble() {
    let scene = Scene::new();
    scene.configure("a", &format!(r#"{{"ttlMs": {}}}"#, u64::MAX));
    scene.send_all("a", &["1"]);
    assert_eq!(scene.page(&["a"]).payloads(), ["1"]);
}

#[test]
fn a_page_that_loads_late_gets_the_last_value_though_it_no_longer_waits() {
    let scene = Scene::new();
    scene.configure("a", r#"{"sticky": true, "ttlMs": 1}"#);
    scene.send_all("a", &["1", "2"]);
    outlive();
    assert_eq!(scene.page(&["a"]).payloads(), ["2"]);
}

#[test]
fn what_comes_back_from_a_page_may_be_more_than_there_is_room_for() {
    let scene = Scene::new();
    scene.configure("a", r#"{"overflow": "fail", "capacity": 2}"#);
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1", "2"]);
    page.take();
    scene.send_all("a", &["3", "4"]);
    page.reload(&[]);
    assert_eq!(scene.send("a", "5"), Err(Code::QueueFull));
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.payloads(), ["1", "2", "3", "4"]);
}

#[test]
fn many_who_wait_cost_no_more_than_each_its_turn() {
    // One by one through a room of one: were each turn to look at all who wait, this would take
    // minutes.
    const WAITING: usize = 30_000;
    let scene = Scene::new();
    scene.configure("*", r#"{"capacity": 1}"#);
    let answers = Answers::new();
    for n in 0..=WAITING {
        let payload = payload(&n.to_string());
        scene.router.send_until(
            Until::Accepted,
            &scene.main,
            &channel("a"),
            &payload,
            answers.slot(),
        );
    }
    let mut page = scene.page(&["b"]);
    // They are on a channel that nobody hears yet, so that others pass by them.
    for n in 0..WAITING {
        scene.send("b", &n.to_string()).unwrap();
        assert_eq!(page.handle().len(), 1);
    }
    page.lane().listen(&channel("a")).unwrap();
    let mut count = 0;
    while count <= WAITING {
        let handed = page.handle().len();
        assert!(handed > 0, "no one is let in after {count}");
        count += handed;
    }
    assert_eq!(answers.take().len(), WAITING + 1);
}

#[test]
fn a_channel_that_only_ever_gives_way_holds_nothing_more() {
    let scene = Scene::new();
    scene.configure("*", r#"{"overflow": "keep-latest"}"#);
    for n in 0..10_000 {
        scene.send("a", &n.to_string()).unwrap();
    }
    let stats = scene.channel_stats("a");
    assert_eq!(
        (stats.waiting, stats.dropped, stats.waiting_bytes),
        (1, 9_999, 4)
    );
    assert_eq!(
        scene.router.broadcast(
            std::slice::from_ref(&scene.main),
            &channel("a"),
            &Payload::null()
        ),
        [Ok(())]
    );
}
