//! The numbers add up.

#![allow(clippy::unwrap_used)]

mod common;

use std::thread::sleep;
use std::time::Duration;

use common::*;
use ipc_protocol::{Code, Limits, Step};
use ipc_router::Until;

/// What became of the messages of all channels; what is with the page is not among the channels'
/// numbers.
fn check(scene: &Scene) {
    let stats = scene.stats();
    let sum = |number: fn(&ipc_router::ChannelStats) -> u64| -> u64 {
        stats.channels.iter().map(number).sum()
    };
    let in_flight = stats.in_flight as u64;
    let ended = sum(|it| it.delivered + it.dropped + it.expired + it.waiting as u64);
    assert_eq!(sum(|it| it.accepted), ended + in_flight, "{stats:#?}");
}

#[test]
fn what_was_accepted_is_delivered_or_given_up_or_waits_or_is_with_the_page() {
    let scene = Scene::new();
    scene.configure("d", r#"{"overflow": "drop-oldest", "capacity": 2}"#);
    scene.configure("f", r#"{"overflow": "fail", "capacity": 1}"#);
    scene.configure("t", r#"{"ttlMs": 1}"#);
    scene.configure("s", r#"{"sticky": true}"#);
    scene.configure("w", r#"{"capacity": 1}"#);
    scene.send_all("d", &["1", "22", "333"]);
    scene.send_all("f", &["1"]);
    scene.send("f", "2").unwrap_err();
    scene.send_all("t", &["1"]);
    scene.send_all("s", &["4444"]);
    scene.send_all("w", &["1"]);
    let _waits = scene.send_until(Until::Accepted, "w", "2");
    check(&scene);
    sleep(Duration::from_millis(5));
    let mut page = scene.page(&["d", "f", "t", "s"]);
    assert_eq!(page.unacked(), ["22", "333", "1", "4444"]);
    check(&scene);
    assert!(page.lane().ack(2));
    check(&scene);

    let d = scene.channel_stats("d");
    assert_eq!((d.accepted, d.delivered, d.delivered_bytes), (3, 2, 5));
    assert_eq!((d.dropped, d.expired, d.refused), (1, 0, 0));
    assert_eq!((d.waiting, d.waiting_bytes), (0, 0));
    let f = scene.channel_stats("f");
    assert_eq!((f.accepted, f.refused, f.delivered), (1, 1, 0));
    assert_eq!(scene.channel_stats("t").expired, 1);
    let w = scene.channel_stats("w");
    assert_eq!(
        (w.accepted, w.waiting),
        (1, 1),
        "who waits is not accepted yet"
    );

    // Reloads, and the last value again, which is a message like the others.
    page.reload(&["d", "f", "s", "w"]);
    check(&scene);
    assert_eq!(page.payloads(), ["1", "4444", "1", "2"]);
    check(&scene);
    for _ in 0..3 {
        page.reload(&["s"]);
        check(&scene);
        page.take();
        check(&scene);
        page.handle();
        check(&scene);
    }
    assert_eq!(scene.stats().in_flight, 0);
}

#[test]
fn calls_and_what_the_page_sends_are_counted_apart() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let ours = scene.router.open_call(&scene.main, request("x", "12345"));
    page.lane().step(call(1), request("y", "1")).unwrap();
    page.lane().count_received(1, 10);
    page.lane().count_received(1, 20);
    page.take();
    let stats = scene.stats();
    assert_eq!((stats.calls, stats.in_flight), (2, 1));
    assert_eq!((stats.received, stats.received_bytes), (2, 30));
    assert_eq!(stats.channels, []);
    page.lane().ack(1);
    scene.router.step(&scene.main, ours.unwrap(), Step::Cancel);
    assert_eq!((scene.stats().calls, scene.stats().in_flight), (1, 0));
    assert_eq!(page.lane().undelivered(), 1, "the cancel");
}

#[test]
fn the_time_from_sending_to_the_acknowledgement_is_measured() {
    let scene = Scene::new();
    scene.send_all("a", &["1"]);
    assert_eq!(scene.channel_stats("a").latency_p50, None);
    sleep(Duration::from_millis(20));
    let mut page = scene.page(&["a"]);
    page.take();
    assert_eq!(scene.channel_stats("a").latency_p50, None);
    page.lane().ack(1);
    for _ in 0..99 {
        scene.send_all("a", &["1"]);
        page.handle();
    }
    let stats = scene.channel_stats("a");
    assert_eq!(stats.delivered, 100);
    assert!(stats.latency_p50 <= stats.latency_p99);
    // The first was the slowest, if the machine did not stop in between; at most 1 of 100 was
    // slower than p99 says.
    scene.send_all("b", &["1"]);
    sleep(Duration::from_millis(20));
    page.lane().listen(&channel("b")).unwrap();
    page.handle();
    let b = scene.channel_stats("b");
    assert!(b.latency_p50 >= Some(Duration::from_millis(19)), "{b:?}");
    assert_eq!(b.latency_p50, b.latency_p99);
}

#[test]
fn windows_and_channels_are_sorted_and_closed_windows_are_not_there() {
    let scene = Scene::new();
    for name in ["zoo", "all"] {
        open(&scene.router, &scene.port, spec(name));
    }
    scene.send_all("b", &["1"]);
    scene.send_all("a", &["1"]);
    scene.send("close", "1").unwrap_err();
    let names = || -> Vec<_> {
        let windows = scene.router.stats().windows.into_iter();
        windows.map(|it| it.window.to_string()).collect()
    };
    assert_eq!(names(), ["all", "main", "zoo"]);
    let channels = scene.stats().channels.into_iter();
    let channels: Vec<_> = channels.map(|it| it.channel.to_string()).collect();
    assert_eq!(channels, ["a", "b"]);
    // To listen is not to send.
    scene.page(&["c"]).take();
    assert_eq!(scene.stats().channels.len(), 2);
    scene.port.closed(&id("all"));
    assert_eq!(names(), ["main", "zoo"]);
    // Being opened is not open.
    scene.router.open(spec("new"), |_| {}).unwrap();
    assert_eq!(names(), ["main", "zoo"]);
}

#[test]
fn channels_that_were_used_once_are_forgotten_and_the_busy_ones_are_not() {
    let mut limits = Limits::default();
    limits.page_channels = usize::MAX;
    let scene = Scene::within(limits);
    scene.configure("sticky", r#"{"sticky": true}"#);
    let mut page = scene.page(&["busy", "sticky"]);
    scene.send_all("sticky", &["1"]);
    for _ in 0..10 {
        scene.send_all("busy", &["1"]);
    }
    page.handle();
    scene.send_all("held", &["1"]);
    for n in 0..10_000 {
        let name = format!("reply:{n}");
        page.lane().listen(&channel(&name)).unwrap();
        scene.send(&name, "1").unwrap();
        assert_eq!(page.handle().len(), 1);
    }
    let stats = scene.stats();
    assert!(stats.channels.len() <= 1_024, "{}", stats.channels.len());
    assert_eq!(scene.channel_stats("busy").delivered, 10);
    assert_eq!(scene.channel_stats("held").waiting, 1);
    page.reload(&["sticky", "held"]);
    assert_eq!(page.payloads(), ["1", "1"]);
}

#[test]
fn channels_on_which_something_is_on_its_way_are_not_forgotten() {
    let scene = Scene::new();
    let names: Vec<_> = (0..3_000).map(|n| format!("reply:{n}")).collect();
    for name in &names {
        scene.send(name, "1").unwrap();
    }
    assert_eq!(scene.stats().channels.len(), 3_000);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut page = scene.page(&names);
    assert_eq!(page.take().len(), 3_000);
    scene.send_all("one more", &["1"]);
    assert_eq!(scene.stats().channels.len(), 3_001);
    page.lane().ack(3_000);
    check(&scene);
}

#[test]
fn what_is_refused_is_counted_for_whoever_it_is_refused() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 1}"#);
    scene.send_all("a", &["1"]);
    assert_eq!(scene.send("a", "2"), Err(Code::QueueFull));
    let results = scene.router.broadcast(
        std::slice::from_ref(&scene.main),
        &channel("a"),
        &payload("3"),
    );
    assert_eq!(results.len(), 1);
    assert!(results[0].is_err());
    let waits = scene.send_until(Until::Accepted, "a", "4");
    assert_eq!(waits.codes(), []);
    let stats = scene.channel_stats("a");
    assert_eq!((stats.accepted, stats.refused), (1, 2));
}
