//! Bounded queues, and what happens when they are full.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{Code, Limits, SystemEvent};
use ipc_router::{Filter, RouteError, Router};

#[test]
fn beyond_the_number_new_messages_are_dropped_and_counted() {
    let mut limits = Limits::default();
    limits.subscription_events = 3;
    let (router, port) = Router::new(limits);
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    consumer.listen(&Filter::All);
    for n in ["1", "2", "3", "4", "5"] {
        port.publish(message("main", "a", n));
    }
    assert_eq!(consumer.dropped(), 2);
    assert_eq!(wakes.count(), 3);
    assert_eq!(
        consumer.try_recv().map(|event| brief(&event)).as_deref(),
        Ok("main/a=1")
    );
    // One was taken, so one has room.
    port.publish(message("main", "a", "6"));
    port.publish(message("main", "a", "7"));
    assert_eq!(consumer.dropped(), 3);
    assert_eq!(taken(&consumer), ["main/a=2", "main/a=3", "main/a=6"]);
}

#[test]
fn beyond_the_bytes_new_messages_are_dropped_and_counted() {
    let mut limits = Limits::default();
    limits.subscription_bytes = 8;
    let (router, port) = Router::new(limits);
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    port.publish(message("main", "a", "12345"));
    port.publish(message("main", "a", "1234"));
    port.publish(message("main", "a", "123"));
    assert_eq!(consumer.dropped(), 1);
    assert_eq!(taken(&consumer), ["main/a=12345", "main/a=123"]);
    port.publish(message("main", "a", "12345678"));
    port.publish(message("main", "a", "123456789"));
    assert_eq!(consumer.dropped(), 2);
    assert_eq!(taken(&consumer), ["main/a=12345678"]);
}

#[test]
fn a_slow_consumer_costs_the_others_nothing() {
    let mut limits = Limits::default();
    limits.subscription_events = 1;
    let (router, port) = Router::new(limits);
    let (slow, quick) = (router.subscribe(|| {}), router.subscribe(|| {}));
    slow.listen(&Filter::All);
    quick.listen(&Filter::All);
    for n in ["1", "2", "3"] {
        port.publish(message("main", "a", n));
        assert_eq!(taken(&quick), [format!("main/a={n}")]);
    }
    assert_eq!((slow.dropped(), quick.dropped()), (2, 0));
    assert_eq!(taken(&slow), ["main/a=1"]);
}

#[test]
fn system_events_are_never_dropped_and_do_not_count() {
    let mut limits = Limits::default();
    limits.subscription_events = 1;
    limits.subscription_bytes = 1;
    let (router, port) = Router::new(limits);
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    for _ in 0..100 {
        port.publish(system("main", SystemEvent::Focus));
        port.publish(system("main", SystemEvent::Blur));
    }
    port.publish(resize("main", 1.0));
    port.publish(message("main", "a", "1"));
    port.publish(message("main", "a", "2"));
    port.publish(system("main", SystemEvent::Close));
    port.publish(moved("main", 1.0));
    assert_eq!(consumer.dropped(), 1);
    let taken = taken(&consumer);
    assert_eq!(taken.len(), 204);
    let expected = [
        "main/focus=null",
        "main/blur=null",
        r#"main/resize={"width":1.0,"height":1.0}"#,
        "main/a=1",
        "main/close=null",
        r#"main/move={"x":1.0,"y":0.0}"#,
    ];
    assert_eq!(taken[198..], expected);
}

#[test]
fn sizes_and_positions_give_way_to_newer_ones_of_their_window() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    consumer.listen(&Filter::All);
    port.publish(resize("main", 1.0));
    port.publish(moved("main", 1.0));
    port.publish(message("main", "a", "1"));
    port.publish(resize("other", 2.0));
    assert_eq!(wakes.count(), 4);
    for n in [3.0, 4.0, 5.0] {
        port.publish(resize("main", n));
        port.publish(moved("main", n));
    }
    assert_eq!(wakes.count(), 4);
    assert_eq!(
        taken(&consumer),
        [
            r#"main/resize={"width":5.0,"height":1.0}"#,
            r#"main/move={"x":5.0,"y":0.0}"#,
            "main/a=1",
            r#"other/resize={"width":2.0,"height":1.0}"#,
        ]
    );
    // What was taken keeps no place.
    port.publish(message("main", "a", "2"));
    port.publish(resize("main", 6.0));
    assert_eq!(wakes.count(), 6);
    assert_eq!(
        taken(&consumer),
        ["main/a=2", r#"main/resize={"width":6.0,"height":1.0}"#]
    );
}

#[test]
fn a_window_takes_so_many_messages() {
    let mut limits = Limits::default();
    limits.window_messages = 2;
    let (router, port) = Router::new(limits);
    let (main, other) = (
        open(&router, &port, spec("main")),
        open(&router, &port, spec("other")),
    );
    let send = |window| router.send(window, &channel("a"), &payload("12"));
    send(&main).unwrap();
    send(&main).unwrap();
    let full = send(&main).unwrap_err();
    assert_eq!(full.code(), Code::QueueFull);
    assert_eq!(
        full,
        RouteError::QueueFull {
            window: main.clone(),
            messages: 2,
            bytes: 4
        }
    );
    send(&other).unwrap();

    // There is room again for what a page has been handed, acknowledged or not.
    let mut page = Page::new(&port, &main, &[]);
    assert_eq!(page.take().len(), 0);
    assert_eq!(send(&main), Err(full));
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.take().len(), 2);
    send(&main).unwrap();
    send(&main).unwrap();
    send(&main).unwrap_err();
}

#[test]
fn a_window_takes_so_many_bytes() {
    let mut limits = Limits::default();
    limits.window_bytes = 10;
    let (router, port) = Router::new(limits);
    let main = open(&router, &port, spec("main"));
    let send = |json: &str| router.send(&main, &channel("a"), &payload(json));
    send("1234567").unwrap();
    assert_eq!(
        send("1234").map_err(|error| error.code()),
        Err(Code::QueueFull)
    );
    send("123").unwrap();
    assert_eq!(
        send("1").map_err(|error| error.code()),
        Err(Code::QueueFull)
    );
    let mut page = Page::new(&port, &main, &["a"]);
    page.take();
    send("1234567890").unwrap();
    page.take();
    assert_eq!(
        send("12345678901"),
        Err(RouteError::QueueFull {
            window: main.clone(),
            messages: 0,
            bytes: 0
        })
    );
}

#[test]
fn a_message_that_was_refused_takes_no_room() {
    let mut limits = Limits::default();
    limits.window_messages = 1;
    let (router, port) = Router::new(limits);
    let mut narrow = spec("main");
    narrow.channels = Some(ipc_protocol::ChannelList::new(["a".to_owned()]).into());
    let main = open(&router, &port, narrow);
    for _ in 0..3 {
        router
            .send(&main, &channel("b"), &payload("1"))
            .unwrap_err();
        router
            .send(&main, &channel("close"), &payload("1"))
            .unwrap_err();
    }
    router.send(&main, &channel("a"), &payload("1")).unwrap();
}

#[test]
fn a_window_that_is_reopened_starts_empty() {
    let mut limits = Limits::default();
    limits.window_messages = 1;
    let (router, port) = Router::new(limits);
    let main = open(&router, &port, spec("main"));
    router.send(&main, &channel("a"), &payload("1")).unwrap();
    let mut old = Page::new(&port, &main, &["a"]);
    port.closed(&main);
    open(&router, &port, spec("main"));
    router.send(&main, &channel("a"), &payload("2")).unwrap();
    // What the old window lets go late is none of the new one's.
    assert_eq!(old.take().len(), 0);
    drop(old);
    router
        .send(&main, &channel("a"), &payload("3"))
        .unwrap_err();
}

#[test]
fn taking_requests_ends_though_others_keep_coming() {
    let (router, port) = connect();
    router.shut_down();
    let taken = port.requests().inspect(|_| router.shut_down());
    assert_eq!(taken.count(), 1);
    assert_eq!(port.requests().count(), 1);
}
