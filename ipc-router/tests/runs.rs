//! Several events at once: nobody may notice but by what it costs.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{Limits, SystemEvent};
use ipc_router::{Filter, Router, Subscription};
use proptest::collection::vec;
use proptest::prelude::*;

fn listening(router: &Router, filter: &Filter) -> (Subscription, Wakes) {
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    consumer.listen(filter);
    (consumer, wakes)
}

#[test]
fn events_that_come_at_once_keep_their_order_for_everyone() {
    let (router, port) = connect();
    let (all, _) = listening(&router, &Filter::All);
    let (x, _) = listening(&router, &Filter::Channel(channel("x")));
    let (other, _) = listening(&router, &Filter::Window(id("other")));
    let (system, _) = listening(&router, &Filter::System);
    let (calls, _) = listening(&router, &Filter::Calls);
    port.publish_all([
        message("main", "x", "1"),
        message("main", "x", "2"),
        message("other", "x", "3"),
        message("other", "y", "4"),
        self::system("other", SystemEvent::Focus),
        message("main", "x", "5"),
    ]);
    port.publish_all([]);
    let focus = "other/focus=null";
    let everything = [
        "main/x=1",
        "main/x=2",
        "other/x=3",
        "other/y=4",
        focus,
        "main/x=5",
    ];
    assert_eq!(taken(&all), everything);
    assert_eq!(taken(&x), ["main/x=1", "main/x=2", "other/x=3", "main/x=5"]);
    assert_eq!(taken(&other), ["other/x=3", "other/y=4", focus]);
    assert_eq!(taken(&system), [focus]);
    assert_eq!(taken(&calls), [""; 0]);
}

#[test]
fn a_run_wakes_each_who_wants_it_once_and_nobody_else() {
    let (router, port) = connect();
    let (_x, wakes) = listening(&router, &Filter::Channel(channel("x")));
    let (_y, idle) = listening(&router, &Filter::Channel(channel("y")));
    let run = || ["1", "2", "3"].map(|n| message("main", "x", n));
    port.publish_all(run());
    assert_eq!((wakes.count(), idle.count()), (1, 0));
    port.publish_all(
        run()
            .into_iter()
            .chain([message("main", "y", "4")])
            .chain(run()),
    );
    assert_eq!((wakes.count(), idle.count()), (3, 1));
}

#[test]
fn of_a_run_that_does_not_fit_the_end_is_dropped_and_counted() {
    let mut limits = Limits::default();
    limits.subscription_events = 3;
    let (router, port) = Router::new(limits);
    let (slow, wakes) = listening(&router, &Filter::All);
    let (x, _) = listening(&router, &Filter::Channel(channel("x")));
    let events = ["1", "2", "3", "4", "5"].map(|n| message("main", "x", n));
    port.publish_all(events.into_iter().chain([message("main", "y", "6")]));
    assert_eq!((slow.dropped(), x.dropped()), (3, 2));
    assert_eq!(wakes.count(), 1, "the second run had no room at all");
    assert_eq!(taken(&slow), ["main/x=1", "main/x=2", "main/x=3"]);
    assert_eq!(taken(&x), ["main/x=1", "main/x=2", "main/x=3"]);
    // Other windows have room of their own, and this one has it again.
    port.publish_all(["main", "other"].map(|window| message(window, "x", "7")));
    assert_eq!(taken(&slow), ["main/x=7", "other/x=7"]);
    assert_eq!(slow.dropped(), 3);
}

#[test]
fn a_run_that_nobody_has_heard_yet_is_held_as_far_as_it_fits() {
    let mut limits = Limits::default();
    limits.subscription_events = 2;
    let (router, port) = Router::new(limits);
    let wakes = Wakes::default();
    let consumer = router.subscribe(wakes.clone());
    port.publish_all(["1", "2", "3"].map(|n| message("main", "x", n)));
    assert!(!consumer.is_ready());
    assert_eq!((wakes.count(), consumer.dropped()), (0, 1));
    consumer.listen(&Filter::Channel(channel("x")));
    assert_eq!(wakes.count(), 1);
    assert_eq!(taken(&consumer), ["main/x=1", "main/x=2"]);
}

#[test]
fn of_a_run_of_sizes_only_the_newest_waits() {
    let (router, port) = connect();
    let (consumer, wakes) = listening(&router, &Filter::All);
    port.publish_all([1.0, 2.0, 3.0].map(|width| resize("main", width)));
    assert_eq!(taken(&consumer), [brief(&resize("main", 3.0))]);
    assert_eq!(wakes.count(), 1);
}

#[test]
fn after_the_close_a_run_goes_nowhere() {
    let (router, port) = connect();
    let (consumer, wakes) = listening(&router, &Filter::All);
    router.close();
    port.publish_all(["1", "2"].map(|n| message("main", "x", n)));
    assert_eq!(wakes.count(), 1, "of the close");
    assert!(consumer.recv().is_none());
}

/// Takes up to `max_bytes` of each window, and returns the events in brief.
fn take(consumer: &Subscription, max_bytes: usize) -> Vec<String> {
    let events = consumer.take(max_bytes);
    events.iter().map(|event| brief(event)).collect()
}

#[test]
fn a_consumer_takes_about_so_many_bytes_in_order() {
    let (router, port) = connect();
    let (consumer, _) = listening(&router, &Filter::All);
    port.publish_all(["1", "22", "333", "4", "5"].map(|n| message("main", "x", n)));
    assert_eq!(take(&consumer, 0), [""; 0]);
    assert_eq!(take(&consumer, 1), ["main/x=1"]);
    assert_eq!(take(&consumer, 128 + 3), ["main/x=22", "main/x=333"]);
    assert_eq!(take(&consumer, usize::MAX), ["main/x=4", "main/x=5"]);
    assert_eq!(take(&consumer, usize::MAX), [""; 0]);
}

#[test]
fn events_of_other_windows_pass_what_is_too_much() {
    let (router, port) = connect();
    let (consumer, _) = listening(&router, &Filter::All);
    for n in ["1", "2", "3"] {
        port.publish(message("flood", "x", n));
    }
    port.publish(resize("flood", 1.0));
    port.publish(message("other", "x", "1"));
    port.publish(resize("other", 1.0));
    let of_flood = brief(&resize("flood", 1.0));
    let of_other = brief(&resize("other", 1.0));
    assert_eq!(
        take(&consumer, 150),
        ["flood/x=1", "flood/x=2", "other/x=1", &of_other]
    );
    port.publish(message("other", "x", "2"));
    assert_eq!(take(&consumer, 150), ["flood/x=3", &of_flood, "other/x=2"]);
    assert!(!consumer.is_ready());
}

proptest! {
    #[test]
    fn whatever_is_taken_at_a_time_is_in_the_order_of_its_window(
        windows in vec(0..4_usize, 0..60),
        sizes in vec(1..600_usize, 1..8),
    ) {
        let (router, port) = connect();
        let (consumer, _) = listening(&router, &Filter::All);
        let names = ["a", "b", "c", "d"];
        let mut model: [Vec<String>; 4] = Default::default();
        let mut sizes_at = [None; 4];
        for (n, &window) in windows.iter().enumerate() {
            let is_size = n % 5 == 0;
            let event = match is_size {
                true => resize(names[window], n as f64),
                false => message(names[window], "x", &n.to_string()),
            };
            let expected = &mut model[window];
            // A newer size of a window replaces the one that waits.
            match sizes_at[window].filter(|_| is_size) {
                Some(place) => expected[place] = brief(&event),
                None => expected.push(brief(&event)),
            }
            if is_size && sizes_at[window].is_none() {
                sizes_at[window] = Some(expected.len() - 1);
            }
            port.publish(event);
        }
        let mut taken: [Vec<String>; 4] = Default::default();
        for size in sizes.iter().cycle() {
            let events = consumer.take(*size);
            if events.is_empty() {
                break;
            }
            for (window, name) in names.iter().enumerate() {
                let own: Vec<_> = events.iter().filter(|event| event.window_id.as_str() == *name).collect();
                let waited = taken[window].len() < model[window].len();
                prop_assert_eq!(own.is_empty(), !waited, "each has its share");
                // Each but the last costs at least 129 bytes.
                prop_assert!(own.len() <= size / 128 + 1);
                taken[window].extend(own.iter().map(|event| brief(event)));
            }
        }
        prop_assert_eq!(taken, model);
    }
}

#[test]
fn a_consumer_is_ready_when_something_waits_and_at_the_end() {
    let (router, port) = connect();
    let (consumer, _) = listening(&router, &Filter::Channel(channel("x")));
    assert!(!consumer.is_ready());
    port.publish(message("main", "held", "1"));
    assert!(!consumer.is_ready(), "that waits for a listener");
    port.publish(message("main", "x", "1"));
    assert!(consumer.is_ready());
    assert_eq!(consumer.take(usize::MAX).len(), 1);
    assert!(!consumer.is_ready());
    router.close();
    assert!(consumer.is_ready());
}
