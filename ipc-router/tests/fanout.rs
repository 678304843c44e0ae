//! Independent consumers: who hears of what.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::*;
use ipc_protocol::{CallId, ChannelList, Code, Event, Incident, Step, SystemEvent};
use ipc_router::{Filter, Subscription};

#[test]
fn every_consumer_gets_every_event_it_asked_for() {
    let (router, port) = connect();
    let filters = [
        Filter::All,
        Filter::All,
        Filter::Window(id("main")),
        Filter::Channel(channel("saved")),
        Filter::System,
        Filter::Channel(channel("close")),
    ];
    let consumers = filters.map(|filter| {
        let consumer = router.subscribe(|| {});
        consumer.listen(&filter);
        consumer
    });

    port.publish(message("main", "saved", "1"));
    port.publish(message("other", "saved", "2"));
    port.publish(message("other", "closed", "3"));
    port.publish(system("other", SystemEvent::Close));
    port.publish(system("main", SystemEvent::Focus));

    let all = [
        "main/saved=1",
        "other/saved=2",
        "other/closed=3",
        "other/close=null",
        "main/focus=null",
    ];
    let expected: [&[&str]; 6] = [
        &all,
        &all,
        &["main/saved=1", "main/focus=null"],
        &["main/saved=1", "other/saved=2"],
        &["other/close=null", "main/focus=null"],
        &["other/close=null"],
    ];
    for (consumer, expected) in consumers.iter().zip(expected) {
        assert_eq!(taken(consumer), expected);
        assert!(is_empty(consumer));
    }
}

#[test]
fn consumers_share_one_event() {
    let (router, port) = connect();
    let (one, two) = (router.subscribe(|| {}), router.subscribe(|| {}));
    one.listen(&Filter::All);
    two.listen(&Filter::All);
    port.publish(message("main", "saved", "1"));
    assert!(Arc::ptr_eq(
        &one.try_recv().unwrap(),
        &two.try_recv().unwrap()
    ));
}

#[test]
fn an_event_that_several_filters_want_comes_once() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    consumer.listen(&Filter::Channel(channel("saved")));
    consumer.listen(&Filter::Window(id("main")));
    port.publish(message("main", "saved", "1"));
    assert_eq!(taken(&consumer), ["main/saved=1"]);
}

#[test]
fn filters_are_counted() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    for filter in [
        Filter::All,
        Filter::System,
        Filter::Window(id("main")),
        Filter::Channel(channel("blur")),
    ] {
        // Without effect, also on what follows.
        consumer.unlisten(&filter);
        consumer.listen(&filter);
        consumer.listen(&filter);
        consumer.unlisten(&filter);
        port.publish(system("main", SystemEvent::Blur));
        assert_eq!(taken(&consumer), ["main/blur=null"], "{filter:?}");
        consumer.unlisten(&filter);
        port.publish(system("main", SystemEvent::Blur));
        assert!(is_empty(&consumer), "{filter:?}");
    }
}

#[test]
fn one_filter_less_leaves_the_others() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::Channel(channel("a")));
    consumer.listen(&Filter::Channel(channel("b")));
    consumer.unlisten(&Filter::Channel(channel("a")));
    port.publish(message("main", "a", "1"));
    port.publish(message("main", "b", "2"));
    assert_eq!(taken(&consumer), ["main/b=2"]);
}

#[test]
fn what_waits_when_a_filter_goes_is_still_handed_out() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    port.publish(message("main", "saved", "1"));
    consumer.unlisten(&Filter::All);
    port.publish(message("main", "saved", "2"));
    assert_eq!(taken(&consumer), ["main/saved=1"]);
}

#[test]
fn a_consumer_that_leaves_does_not_disturb_the_others() {
    let (router, port) = connect();
    let (leaving, staying) = (router.subscribe(|| {}), router.subscribe(|| {}));
    leaving.listen(&Filter::All);
    staying.listen(&Filter::All);
    port.publish(message("main", "saved", "1"));
    drop(leaving);
    port.publish(message("main", "saved", "2"));
    assert_eq!(taken(&staying), ["main/saved=1", "main/saved=2"]);
}

#[test]
fn a_consumer_hears_nothing_from_before_it_was_made() {
    let (router, port) = connect();
    port.publish(message("main", "saved", "1"));
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    port.publish(message("main", "saved", "2"));
    assert_eq!(taken(&consumer), ["main/saved=2"]);
}

#[test]
fn a_scope_keeps_everything_else_out() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let consumer = router.subscribe_within(&[Filter::System], wakes.clone());
    port.publish(message("main", "saved", "1"));
    port.publish(system("main", SystemEvent::Focus));
    consumer.listen(&Filter::All);
    port.publish(message("main", "saved", "2"));
    port.publish(system("main", SystemEvent::Close));
    assert_eq!(taken(&consumer), ["main/focus=null", "main/close=null"]);
    assert_eq!(wakes.count(), 2);
}

#[test]
fn a_scope_may_be_any_filter() {
    for (scope, expected) in [
        (Filter::All, &["main/a=1", "other/b=2"][..]),
        (Filter::Window(id("main")), &["main/a=1"]),
        (Filter::Channel(channel("b")), &["other/b=2"]),
        (Filter::System, &[]),
    ] {
        let (router, port) = connect();
        let consumer = router.subscribe_within(&[scope], || {});
        consumer.listen(&Filter::All);
        port.publish(message("main", "a", "1"));
        port.publish(message("other", "b", "2"));
        assert_eq!(taken(&consumer), expected);
    }
}

#[test]
fn to_a_consumer_on_some_channels_there_are_no_others() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    let channels = ChannelList::new(["a".to_owned(), "log:*".to_owned()]);
    let scope = [Filter::All, Filter::Calls];
    let consumer = router.subscribe_on(channels, &scope, wakes.clone());
    for filter in [Filter::All, Filter::Calls, Filter::Channel(channel("b"))] {
        consumer.listen(&filter);
    }
    for name in ["a", "b", "log:x", "log"] {
        port.publish(message("main", name, "1"));
    }
    port.publish(system("main", SystemEvent::Close));
    assert_eq!(
        taken(&consumer),
        ["main/a=1", "main/log:x=1", "main/close=null"]
    );
    assert_eq!(wakes.count(), 3);
    assert_eq!(consumer.dropped(), 0);

    for (name, outcome) in [("a", Ok(())), ("b", Err(Code::NoHandler))] {
        let step = Step::Request {
            channel: channel(name),
            payload: payload("1"),
        };
        let call = Event::call(id("main"), channel(name), CallId::new(1).unwrap(), step);
        assert_eq!(port.offer(call), outcome, "{name}");
    }
}

#[test]
fn draining_ends_though_events_keep_coming() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    port.publish(message("main", "saved", "1"));
    port.publish(message("main", "saved", "2"));
    let drained = consumer.drain().map(|event| {
        port.publish(message("main", "saved", "3"));
        brief(&event)
    });
    let drained: Vec<_> = drained.collect();
    assert_eq!(drained, ["main/saved=1", "main/saved=2"]);
    assert_eq!(taken(&consumer), ["main/saved=3", "main/saved=3"]);
}

#[test]
fn a_drain_that_is_left_early_leaves_the_rest() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::All);
    port.publish(message("main", "saved", "1"));
    port.publish(message("main", "saved", "2"));
    assert_eq!(
        consumer.drain().next().map(|event| brief(&event)),
        Some("main/saved=1".to_owned())
    );
    assert_eq!(taken(&consumer), ["main/saved=2"]);
}

#[test]
fn incidents_reach_only_those_who_ask_for_them() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    for filter in [
        Filter::All,
        Filter::Calls,
        Filter::System,
        Filter::Window(id("main")),
        Filter::Channel(channel("page-crashed")),
    ] {
        consumer.listen(&filter);
    }
    port.publish(incident("main", Incident::PageCrashed));
    // It was held meanwhile.
    port.publish(message("main", "page-crashed", "1"));
    assert_eq!(taken(&consumer), ["main/page-crashed=1"]);
    consumer.listen(&Filter::Incidents);
    assert_eq!(
        consumer
            .drain()
            .filter(|event| event.incident.is_some())
            .count(),
        1
    );
    port.publish(incident("main", Incident::PageCrashed));
    port.publish(message("main", "other", "2"));
    assert_eq!(taken(&consumer), ["main/page-crashed=null", "main/other=2"]);
}

#[test]
fn of_waiting_incidents_the_newest_of_each_window_and_kind_counts() {
    let (router, port) = connect();
    let held = router.subscribe_within(&[Filter::Incidents], || {});
    let waiting = router.subscribe_within(&[Filter::Incidents], || {});
    waiting.listen(&Filter::Incidents);
    for refused in 1..=10_000 {
        for window in ["main", "other"] {
            port.publish(incident(window, Incident::PageThrottled { refused }));
        }
        port.publish(incident("main", Incident::PageCrashed));
    }
    held.listen(&Filter::Incidents);
    let told = |consumer: &Subscription| -> Vec<_> {
        let events = consumer.drain();
        let told = events.map(|event| (event.window_id.to_string(), event.incident.clone()));
        told.collect()
    };
    let expected = [
        (
            "main".to_owned(),
            Some(Incident::PageThrottled { refused: 10_000 }),
        ),
        (
            "other".to_owned(),
            Some(Incident::PageThrottled { refused: 10_000 }),
        ),
        ("main".to_owned(), Some(Incident::PageCrashed)),
    ];
    assert_eq!(told(&waiting), expected);
    assert_eq!(told(&held), expected);
    assert_eq!((waiting.dropped(), held.dropped()), (0, 0));
}
