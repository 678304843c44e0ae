//! Events that nobody has listened for yet wait for the first who does.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{Limits, SystemEvent, WindowSpec};
use ipc_router::{Filter, Router, TryRecvError};

#[test]
fn events_wait_for_the_first_who_listens() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    port.publish(message("main", "saved", "1"));
    port.publish(system("main", SystemEvent::Close));
    assert!(is_empty(&consumer));
    assert_eq!(wakes.count(), 0);

    consumer.listen(&Filter::All);
    assert_eq!(wakes.count(), 1);
    port.publish(message("main", "saved", "2"));
    assert_eq!(
        taken(&consumer),
        ["main/saved=1", "main/close=null", "main/saved=2"]
    );
    assert_eq!(consumer.dropped(), 0);
}

#[test]
fn a_filter_releases_only_what_it_wants() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    port.publish(message("main", "a", "1"));
    port.publish(message("other", "b", "2"));
    port.publish(message("other", "a", "3"));
    port.publish(system("main", SystemEvent::Focus));

    consumer.listen(&Filter::Channel(channel("a")));
    assert_eq!(taken(&consumer), ["main/a=1", "other/a=3"]);
    consumer.listen(&Filter::Window(id("other")));
    assert_eq!(taken(&consumer), ["other/b=2"]);
    consumer.listen(&Filter::System);
    assert_eq!(taken(&consumer), ["main/focus=null"]);
    consumer.listen(&Filter::All);
    assert!(is_empty(&consumer));
}

#[test]
fn what_is_released_takes_its_place_among_what_waits() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::Channel(channel("a")));
    port.publish(message("main", "b", "1"));
    port.publish(message("main", "a", "2"));
    port.publish(message("main", "b", "3"));
    port.publish(resize("main", 4.0));
    port.publish(message("main", "a", "5"));
    consumer.listen(&Filter::All);
    port.publish(message("main", "b", "6"));
    // A newer size takes the place of the one that was held.
    port.publish(resize("main", 7.0));
    assert_eq!(
        taken(&consumer),
        [
            "main/b=1",
            "main/a=2",
            "main/b=3",
            r#"main/resize={"width":7.0,"height":1.0}"#,
            "main/a=5",
            "main/b=6",
        ]
    );
}

#[test]
fn consumers_hold_independently() {
    let (router, port) = connect();
    let (early, late) = (router.subscribe(|| {}), router.subscribe(|| {}));
    early.listen(&Filter::All);
    port.publish(message("main", "saved", "1"));
    assert_eq!(taken(&early), ["main/saved=1"]);
    late.listen(&Filter::All);
    assert_eq!(taken(&late), ["main/saved=1"]);
}

#[test]
fn events_that_only_removed_filters_wanted_go() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::Channel(channel("a")));
    consumer.unlisten(&Filter::Channel(channel("a")));
    port.publish(message("main", "a", "1"));
    port.publish(message("main", "b", "2"));
    consumer.listen(&Filter::All);
    assert_eq!(taken(&consumer), ["main/b=2"]);
    assert_eq!(consumer.dropped(), 0);
}

#[test]
fn after_a_filter_that_wants_everything_nothing_is_held() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    consumer.unlisten(&Filter::All);
    port.publish(message("main", "a", "1"));
    consumer.listen(&Filter::Channel(channel("a")));
    assert!(is_empty(&consumer));
}

#[test]
fn listening_wakes_only_when_it_releases_something() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    port.publish(message("main", "a", "1"));
    consumer.listen(&Filter::Channel(channel("b")));
    assert_eq!(wakes.count(), 0);
    consumer.listen(&Filter::Channel(channel("a")));
    assert_eq!(wakes.count(), 1);
    consumer.listen(&Filter::Channel(channel("a")));
    assert_eq!(wakes.count(), 1);
}

#[test]
fn of_held_system_events_the_newest_of_each_kind_and_window_is_kept() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    for _ in 0..3 {
        port.publish(system("main", SystemEvent::Focus));
        port.publish(resize("main", 1.0));
        port.publish(system("main", SystemEvent::Blur));
        port.publish(system("main", SystemEvent::Close));
    }
    port.publish(system("main", SystemEvent::Focus));
    port.publish(system("other", SystemEvent::Blur));
    port.publish(resize("main", 2.0));
    consumer.listen(&Filter::System);
    assert_eq!(
        taken(&consumer),
        [
            "main/blur=null",
            "main/close=null",
            "main/focus=null",
            "other/blur=null",
            r#"main/resize={"width":2.0,"height":1.0}"#,
        ]
    );
}

#[test]
fn held_messages_are_bounded_in_number() {
    let mut limits = Limits::default();
    limits.subscription_events = 2;
    let (router, port) = Router::new(limits);
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    port.publish(system("main", SystemEvent::Focus));
    for n in ["1", "2", "3", "4"] {
        port.publish(message("main", "a", n));
    }
    port.publish(system("main", SystemEvent::Close));
    assert_eq!(consumer.dropped(), 2);
    assert_eq!(wakes.count(), 0);
    consumer.listen(&Filter::All);
    assert_eq!(
        taken(&consumer),
        ["main/focus=null", "main/a=1", "main/a=2", "main/close=null"]
    );
}

#[test]
fn held_messages_are_bounded_in_bytes() {
    let mut limits = Limits::default();
    limits.subscription_bytes = 10;
    let (router, port) = Router::new(limits);
    let consumer = router.subscribe(|| {});
    port.publish(message("main", "a", "1234567"));
    port.publish(message("main", "a", "1234"));
    port.publish(message("main", "a", "123"));
    port.publish(message("main", "a", "1"));
    assert_eq!(consumer.dropped(), 2);
    consumer.listen(&Filter::All);
    assert_eq!(taken(&consumer), ["main/a=1234567", "main/a=123"]);
}

#[test]
fn what_is_held_and_what_waits_are_bounded_apart() {
    let mut limits = Limits::default();
    limits.subscription_events = 1;
    let (router, port) = Router::new(limits);
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::Channel(channel("a")));
    port.publish(message("main", "b", "1"));
    port.publish(message("main", "a", "2"));
    assert_eq!(consumer.dropped(), 0);
    // Released in full, though that is more than may wait; only then is there no more room.
    consumer.listen(&Filter::Channel(channel("b")));
    port.publish(message("main", "a", "3"));
    assert_eq!(consumer.dropped(), 1);
    assert_eq!(taken(&consumer), ["main/b=1", "main/a=2"]);
    // Holding and releasing gave back what they took.
    port.publish(message("main", "c", "4"));
    consumer.listen(&Filter::Channel(channel("c")));
    assert_eq!(taken(&consumer), ["main/c=4"]);
    assert_eq!(consumer.dropped(), 1);
}

#[test]
fn what_is_held_can_be_had_after_the_close() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    port.publish(message("main", "a", "1"));
    port.publish(system("main", SystemEvent::Close));
    drop(port);
    assert_eq!(wakes.count(), 1);
    assert!(matches!(consumer.try_recv(), Err(TryRecvError::Closed)));

    consumer.listen(&Filter::System);
    assert_eq!(wakes.count(), 2);
    assert_eq!(taken(&consumer), ["main/close=null"]);
    assert!(matches!(consumer.try_recv(), Err(TryRecvError::Closed)));
    consumer.listen(&Filter::All);
    assert_eq!(
        consumer.recv().map(|event| brief(&event)),
        Some("main/a=1".to_owned())
    );
    assert!(consumer.recv().is_none());
}

#[test]
fn filters_of_long_ago_are_forgotten() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    let listen_once = |name: &str| {
        let filter = Filter::Channel(channel(name));
        consumer.listen(&filter);
        consumer.unlisten(&filter);
    };
    listen_once("first");
    for n in 1..65_536 {
        listen_once(&format!("reply-{n}"));
    }
    port.publish(message("main", "first", "1"));
    listen_once("one-more");
    port.publish(message("main", "first", "2"));
    consumer.listen(&Filter::Channel(channel("first")));
    assert_eq!(taken(&consumer), ["main/first=2"]);
}

#[test]
fn of_windows_that_closed_long_ago_nothing_is_held() {
    for (others, expected) in [(15, &["first/a=1", "first/a=2"][..]), (16, &["first/a=2"])] {
        let (router, port) = connect();
        let consumer = router.subscribe(|| {});
        port.publish(message("first", "a", "1"));
        // However often that is told, it is one window.
        for _ in 0..20 {
            port.publish(system("first", SystemEvent::Close));
        }
        // Another one with its id.
        port.publish(message("first", "a", "2"));
        for number in 0..others {
            port.publish(system(&format!("w{number}"), SystemEvent::Close));
        }
        consumer.listen(&Filter::Channel(channel("a")));
        assert_eq!(taken(&consumer), expected);
        assert_eq!(consumer.dropped(), 2 - expected.len() as u64);
    }
}

#[test]
fn system_events_of_a_window_are_not_held_for_the_next_with_its_id() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    let open = || {
        open(&router, &port, spec("main"));
        open(&router, &port, WindowSpec::default());
    };
    open();
    port.publish(message("main", "said", "1"));
    port.closed_with(&id("main"), system("main", SystemEvent::Close));
    port.publish(system("win-1", SystemEvent::Blur));
    open();
    port.publish(system("main", SystemEvent::Focus));
    consumer.listen(&Filter::All);
    // What its page said is held as ever.
    assert_eq!(
        taken(&consumer),
        ["main/said=1", "win-1/blur=null", "main/focus=null"]
    );
}
