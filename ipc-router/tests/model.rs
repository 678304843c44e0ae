//! A subscription does what its documentation says: checked against a plain list.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{Event, Limits, SystemEvent};
use ipc_router::{Filter, Router, TryRecvError};
use proptest::prelude::*;

const MESSAGES: usize = 4;
const BYTES: usize = 12;

#[derive(Clone, Debug)]
enum Step {
    Listen(Filter),
    Unlisten(Filter),
    Publish(Box<Event>),
    Take,
    Drain,
    Close,
}

/// Every event that is not gone, in order, and whether the consumer may take it.
#[derive(Default)]
struct Model {
    events: Vec<(Event, bool)>,
    active: Vec<Filter>,
    ever: Vec<Filter>,
    wakes: usize,
    dropped: u64,
    closed: bool,
}

fn wants(filters: &[Filter], event: &Event) -> bool {
    filters.iter().any(|filter| match filter {
        Filter::All => true,
        Filter::System => event.system.is_some(),
        Filter::Window(window) => *window == event.window_id,
        Filter::Channel(channel) => *channel == event.channel,
        _ => false,
    })
}

impl Model {
    fn listen(&mut self, filter: Filter) {
        self.active.push(filter.clone());
        self.ever.push(filter);
        let mut released = false;
        for (event, may_take) in &mut self.events {
            if !*may_take && wants(&self.active, event) {
                *may_take = true;
                released = true;
            }
        }
        self.wakes += usize::from(released);
    }

    fn unlisten(&mut self, filter: &Filter) {
        if let Some(index) = self.active.iter().position(|active| active == filter) {
            self.active.remove(index);
        }
    }

    fn publish(&mut self, event: Event) {
        let wanted = wants(&self.active, &event);
        if self.closed || !wanted && wants(&self.ever, &event) {
            return;
        }
        let same = |other: &Event| {
            event.system.is_some()
                && other.system == event.system
                && other.window_id == event.window_id
        };
        if !wanted {
            self.events
                .retain(|(other, may_take)| *may_take || !same(other));
        } else if event.system.is_some_and(SystemEvent::coalesces) {
            let mut events = self.events.iter_mut();
            if let Some((older, _)) = events.find(|(other, may_take)| *may_take && same(other)) {
                *older = event;
                return;
            }
        }
        let beside = self.events.iter();
        let beside = beside.filter(|(other, may_take)| {
            *may_take == wanted && other.system.is_none() && other.window_id == event.window_id
        });
        let sizes: Vec<_> = beside.map(|(other, _)| other.payload.size()).collect();
        let bytes = sizes.iter().sum::<usize>() + event.payload.size();
        if event.system.is_none() && (sizes.len() >= MESSAGES || bytes > BYTES) {
            self.dropped += 1;
            return;
        }
        self.events.push((event, wanted));
        self.wakes += usize::from(wanted);
    }

    fn take(&mut self) -> Result<Event, TryRecvError> {
        match self.events.iter().position(|(_, may_take)| *may_take) {
            Some(index) => Ok(self.events.remove(index).0),
            None if self.closed => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    fn close(&mut self) {
        self.wakes += usize::from(!self.closed);
        self.closed = true;
    }
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        1 => Just(Filter::All),
        1 => Just(Filter::System),
        3 => prop::sample::select(vec!["w1", "w2"]).prop_map(|name| Filter::Window(id(name))),
        5 => prop::sample::select(vec!["a", "b", "c", "focus", "resize"])
            .prop_map(|name| Filter::Channel(channel(name))),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let window = || prop::sample::select(vec!["w1", "w2"]);
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let kinds = vec![SystemEvent::Close, SystemEvent::Focus, SystemEvent::Blur];
    prop_oneof![
        4 => (window(), name, "[1-9][0-9]{0,5}")
            .prop_map(|(window, name, json)| message(window, name, &json)),
        1 => (window(), prop::sample::select(kinds))
            .prop_map(|(window, kind)| system(window, kind)),
        1 => (window(), 1u8..100).prop_map(|(window, width)| resize(window, width.into())),
        1 => (window(), 1u8..100).prop_map(|(window, x)| moved(window, x.into())),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => filter().prop_map(Step::Listen),
        20 => filter().prop_map(Step::Unlisten),
        100 => event().prop_map(|event| Step::Publish(Box::new(event))),
        40 => Just(Step::Take),
        5 => Just(Step::Drain),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #[test]
    fn a_subscription_does_what_the_model_does(
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let mut limits = Limits::default();
        limits.subscription_events = MESSAGES;
        limits.subscription_bytes = BYTES;
        let (router, port) = Router::new(limits);
        let wakes = Wakes::default();
        let consumer = router.subscribe(wakes.clone());
        let mut model = Model::default();
        let take = || consumer.try_recv().map(|event| Event::clone(&event));

        for step in steps {
            match step {
                Step::Listen(filter) => {
                    consumer.listen(&filter);
                    model.listen(filter);
                }
                Step::Unlisten(filter) => {
                    consumer.unlisten(&filter);
                    model.unlisten(&filter);
                }
                Step::Publish(event) => {
                    port.publish((*event).clone());
                    model.publish(*event);
                }
                Step::Take => prop_assert_eq!(take(), model.take()),
                Step::Drain => {
                    let drained: Vec<_> = consumer.drain().map(|it| Event::clone(&it)).collect();
                    let expected: Vec<_> = std::iter::from_fn(|| model.take().ok()).collect();
                    prop_assert_eq!(drained, expected);
                }
                Step::Close => {
                    router.close();
                    model.close();
                }
            }
            prop_assert_eq!(wakes.count(), model.wakes);
            prop_assert_eq!(consumer.dropped(), model.dropped);
        }
        // And what is held comes out in the end.
        consumer.listen(&Filter::All);
        model.listen(Filter::All);
        let rest: Vec<_> = consumer.drain().map(|it| Event::clone(&it)).collect();
        let expected: Vec<_> = std::iter::from_fn(|| model.take().ok()).collect();
        prop_assert_eq!(rest, expected);
        prop_assert_eq!(take(), model.take());
    }
}
