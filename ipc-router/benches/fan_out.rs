//! One event to many subscribers, one message to many windows, and what a bare channel takes.

use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ipc_protocol::{Channel, Event, Limits, Payload, WindowId, WindowSpec};
use ipc_router::{Filter, Port, Request, Router};

/// How many subscribers there are.
const SUBSCRIBERS: [usize; 4] = [1, 8, 64, 512];

/// How many windows there are.
const WINDOWS: [usize; 3] = [1, 8, 64];

/// How many messages a flood has.
const FLOOD: usize = 1_000;

fn main() {
    divan::main();
}

fn channel() -> Channel {
    Channel::new("rows").expect("a name")
}

fn payload() -> Payload {
    let json = format!("\"{}\"", "x".repeat(98));
    Payload::from_json(json, &Limits::default()).expect("a payload")
}

fn open(router: &Router, port: &Port, id: &str) -> WindowId {
    let mut spec = WindowSpec::default();
    spec.id = Some(WindowId::new(id).expect("an id"));
    let id = router.open(spec, |_| {}).expect("a window");
    for request in port.requests() {
        if let Request::Open { id, reply, .. } = request {
            port.opened(&id);
            reply.send(Ok(()));
        }
    }
    id
}

/// A page's message to so many subscribers, each of which takes it.
#[divan::bench(args = SUBSCRIBERS)]
fn publish(bencher: Bencher<'_, '_>, subscribers: usize) {
    let (router, port) = Router::new(Limits::default());
    let main = open(&router, &port, "main");
    let subscriptions: Vec<_> = (0..subscribers).map(|_| router.subscribe(|| {})).collect();
    for subscription in &subscriptions {
        subscription.listen(&Filter::Channel(channel()));
    }
    let event = Event::message(main, channel(), payload());
    bencher.counter(ItemsCount::new(subscribers)).bench(|| {
        port.publish(black_box(&event).clone());
        for subscription in &subscriptions {
            black_box(subscription.try_recv().expect("the event"));
        }
    });
}

/// The same with nothing but a bounded crossbeam channel for each.
#[divan::bench(args = SUBSCRIBERS)]
fn bare_crossbeam(bencher: Bencher<'_, '_>, subscribers: usize) {
    let channels: Vec<_> = (0..subscribers)
        .map(|_| crossbeam_channel::bounded(1_024))
        .collect();
    let event = Event::message(WindowId::new("main").expect("an id"), channel(), payload());
    bencher.counter(ItemsCount::new(subscribers)).bench(|| {
        let event = Arc::new(black_box(&event).clone());
        for (sender, _) in &channels {
            sender.send(event.clone()).expect("room");
        }
        for (_, receiver) in &channels {
            black_box(receiver.recv().expect("the event"));
        }
    });
}

/// One message to so many windows, each of which is handed it and acknowledges.
#[divan::bench(args = WINDOWS)]
fn broadcast(bencher: Bencher<'_, '_>, windows: usize) {
    let (router, port) = Router::new(Limits::default());
    let ids: Vec<_> = (0..windows)
        .map(|n| open(&router, &port, &format!("w{n}")))
        .collect();
    let lanes: Vec<_> = ids
        .iter()
        .map(|id| port.lane(id).expect("an open window"))
        .collect();
    for lane in &lanes {
        lane.arrive();
        lane.listen(&channel()).expect("room for a channel");
    }
    let (channel, payload) = (channel(), payload());
    bencher.counter(ItemsCount::new(windows)).bench_local(|| {
        black_box(router.broadcast(&ids, &channel, black_box(&payload)));
        for lane in &lanes {
            let batch = lane.take(usize::MAX).expect("the message");
            assert!(lane.ack(batch.seq));
        }
    });
}

/// A page's batch of a thousand messages on one channel, to so many subscribers, each of which
/// takes them at once.
#[divan::bench(args = SUBSCRIBERS)]
fn publish_a_thousand(bencher: Bencher<'_, '_>, subscribers: usize) {
    let (router, port) = Router::new(Limits::default());
    let main = open(&router, &port, "main");
    let subscriptions: Vec<_> = (0..subscribers).map(|_| router.subscribe(|| {})).collect();
    for subscription in &subscriptions {
        subscription.listen(&Filter::Channel(channel()));
    }
    let event = Event::message(main, channel(), payload());
    bencher
        .counter(ItemsCount::new(FLOOD * subscribers))
        .with_inputs(|| vec![event.clone(); FLOOD])
        .bench_local_values(|events| {
            port.publish_all(events);
            for subscription in &subscriptions {
                let taken = black_box(subscription.take(usize::MAX));
                assert_eq!(taken.len(), FLOOD);
            }
        });
}

/// The same with nothing but a bounded crossbeam channel for each.
#[divan::bench(args = SUBSCRIBERS)]
fn bare_crossbeam_a_thousand(bencher: Bencher<'_, '_>, subscribers: usize) {
    let channels: Vec<_> = (0..subscribers)
        .map(|_| crossbeam_channel::bounded(FLOOD))
        .collect();
    let event = Event::message(WindowId::new("main").expect("an id"), channel(), payload());
    bencher
        .counter(ItemsCount::new(FLOOD * subscribers))
        .with_inputs(|| vec![event.clone(); FLOOD])
        .bench_local_values(|events| {
            let events: Vec<_> = events.into_iter().map(Arc::new).collect();
            for (sender, _) in &channels {
                for event in &events {
                    sender.send(event.clone()).expect("room");
                }
            }
            for (_, receiver) in &channels {
                let taken: Vec<_> = black_box(receiver.try_iter().collect());
                assert_eq!(taken.len(), FLOOD);
            }
        });
}
