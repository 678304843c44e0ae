//! The real thing, as the model tells of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ipc_protocol::{CallId, Code, Event, HostFrame, Limits, Step, WindowId, WindowList};
use ipc_router::{Filter, Lane, Outgoing, Port, RouteError, Router, Subscription};

use crate::common::*;
use crate::model::{Counts, Told};
use crate::{BYTES, Chan, MESSAGES, Win};

pub(crate) fn brief_frame(outgoing: &Outgoing) -> String {
    match outgoing.frame() {
        HostFrame::Message { channel, payload } => {
            format!("{channel}={}", payload.as_json().unwrap())
        }
        HostFrame::Relay {
            from,
            channel,
            payload,
        } => format!("{from}>{channel}={}", payload.as_json().unwrap()),
        HostFrame::Request { call, .. } => format!("{call} request"),
        HostFrame::Stream { call, .. } => format!("{call} stream"),
        HostFrame::Pull { call, count } => format!("{call} pull {count}"),
        HostFrame::Cancel { call } => format!("{call} cancel"),
        HostFrame::Chunk { call, .. } => format!("{call} chunk"),
        HostFrame::Result { call, .. } => format!("{call} result"),
        HostFrame::Error { call, error } => format!("{call} error {}", error.code),
        other => panic!("{other:?}"),
    }
}

pub(crate) type Replies = Arc<Mutex<Vec<(usize, Result<(), Code>)>>>;

pub(crate) struct Real {
    pub(crate) router: Router,
    pub(crate) port: Port,
    pub(crate) windows: [WindowId; 2],
    pub(crate) lanes: [Lane; 2],
    pub(crate) events: Subscription,
    pub(crate) replies: Replies,
    /// Those of the user interface.
    pub(crate) wakes: Wakes,
}

impl Real {
    pub(crate) fn new() -> Real {
        let mut limits = Limits::default();
        limits.window_messages = MESSAGES;
        limits.window_bytes = BYTES;
        let (router, port) = Router::new(limits);
        let events = router.subscribe(|| {});
        events.listen(&Filter::Calls);
        let windows = ["w0", "w1"].map(|name| {
            let mut spec = spec(name);
            spec.accept_from = Some(WindowList::new(["w*".to_owned()]));
            open(&router, &port, spec)
        });
        let wakes = Wakes::default();
        port.on_wake(wakes.clone());
        let lanes = [0, 1].map(|index: usize| port.lane(&windows[index]).unwrap());
        Real {
            router,
            port,
            windows,
            lanes,
            events,
            replies: Replies::default(),
            wakes,
        }
    }

    pub(crate) fn slot(&self, tag: usize) -> impl FnOnce(Result<(), RouteError>) + Send + 'static {
        let replies = self.replies.clone();
        move |result| {
            let result = result.map_err(|error| error.code());
            replies.lock().unwrap().push((tag, result));
        }
    }

    pub(crate) fn take(&self, window: Win, most: usize, handed: u64) -> Vec<String> {
        let max_bytes = if most == 1 { 1 } else { usize::MAX };
        let Some(batch) = self.lanes[window].take(max_bytes) else {
            return Vec::new();
        };
        assert_eq!(batch.seq, handed + 1);
        batch.frames.iter().map(brief_frame).collect()
    }

    pub(crate) fn publish(&self, window: Win, number: CallId, step: Step) -> Option<CallId> {
        let event = self.lanes[window].step(number, step).unwrap()?;
        let call = event.call.as_ref().map(|(call, _)| *call);
        self.port.publish(event);
        call
    }

    /// The replies in no particular order, the events in theirs.
    pub(crate) fn told(&self) -> Told {
        let mut replies = std::mem::take(&mut *self.replies.lock().unwrap());
        replies.sort_by_key(|(tag, _)| *tag);
        let brief = |event: Arc<Event>| {
            let (call, step) = event.call.as_ref().unwrap();
            let rest = match step {
                Step::Pull { count } => format!(" {count}"),
                Step::Error { error } => format!(" {}", error.code),
                _ => String::new(),
            };
            format!("{call} {}{rest}", step.name())
        };
        let events = self.events.drain().map(brief).collect();
        Told { replies, events }
    }

    pub(crate) fn counts(&self, window: Win) -> (BTreeMap<Chan, Counts>, usize, usize) {
        let stats = self.router.stats();
        let stats = stats.windows.into_iter();
        let mut stats = stats.filter(|it| it.window == self.windows[window]);
        let stats = stats.next().unwrap();
        let counts = stats.channels.into_iter().map(|it| {
            let counts = Counts {
                accepted: it.accepted,
                delivered: it.delivered,
                delivered_bytes: it.delivered_bytes,
                dropped: it.dropped,
                expired: it.expired,
                refused: it.refused,
                waiting: it.waiting,
                waiting_bytes: it.waiting_bytes,
            };
            (it.channel.as_str().chars().next().unwrap(), counts)
        });
        (counts.collect(), stats.in_flight, stats.calls)
    }
}
