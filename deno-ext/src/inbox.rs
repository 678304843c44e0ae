//! A subscription as a script takes from it: told that something waits, it takes all of it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use bytes::Bytes;
use futures::task::AtomicWaker;
use ipc_protocol::{Channel, ChannelList, Event, WindowId};
use ipc_router::{Filter, Router, Subscription, TryRecvError};

use crate::ExtError;

/// About how much of one window is in one batch, with 128 bytes for each event. The script does nothing
/// else while it reads a batch, and short values cost it far more than their bytes: 64 KiB of `[]` take
/// QuickJS some 10 ms.
const BATCH_BYTES: usize = 64 << 10;

/// After how many such parts the event loop has a turn, if more waits: timers and what the script waits
/// for otherwise.
const PARTS: u32 = 16;

/// One extension's subscription. It is made with the extension, before any window, so that it
/// holds events from the first one on.
pub(crate) struct Inbox {
    subscription: Subscription,
    bell: Arc<Bell>,
    /// Payloads of the events that were taken last.
    bytes: RefCell<VecDeque<Bytes>>,
    /// How many times in a row more waited than was taken.
    behind: Cell<u32>,
}

/// Rings from any thread, and goes on until it is hushed.
#[derive(Default)]
pub(crate) struct Bell {
    rings: AtomicBool,
    waker: AtomicWaker,
}

impl Bell {
    pub(crate) fn ring(&self) {
        self.rings.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(crate) fn hush(&self) {
        self.rings.store(false, Ordering::Release);
    }

    /// Waits until it rings. For one task at a time.
    pub(crate) async fn wait(&self) {
        poll_fn(|context| {
            // First the waker, then the look: a ring between the two is seen or wakes.
            self.waker.register(context.waker());
            match self.rings.load(Ordering::Acquire) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

impl Inbox {
    /// An inbox for what one of `scope` wants; of messages and calls, only for those on these
    /// channels, if there is a list.
    pub(crate) fn new(router: &Router, scope: &[Filter], channels: Option<ChannelList>) -> Inbox {
        let bell = Arc::<Bell>::default();
        let wake = {
            let bell = bell.clone();
            move || bell.ring()
        };
        let subscription = match channels {
            Some(channels) => router.subscribe_on(channels, scope, wake),
            None => router.subscribe_within(scope, wake),
        };
        Inbox {
            subscription,
            bell,
            bytes: RefCell::default(),
            behind: Cell::default(),
        }
    }

    pub(crate) fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Waits until there may be something to take, and now and then for a turn of the event loop. For one
    /// task at a time.
    pub(crate) async fn wait(&self) {
        if self.behind.get() >= PARTS {
            self.behind.set(0);
            tokio::task::yield_now().await;
        }
        self.bell.wait().await;
    }

    /// Takes the events that wait, as JSON (see [`batch_json`]): empty text when none does, `None`
    /// when none will come either. Payloads of bytes are to be taken with [`Inbox::take_bytes`].
    pub(crate) fn take(&self) -> Option<String> {
        // Before the look: what comes during it is seen or rings again.
        self.bell.hush();
        let mut events = self.subscription.take(BATCH_BYTES);
        if events.is_empty() {
            match self.subscription.try_recv() {
                Ok(event) => events.push(event),
                Err(TryRecvError::Empty) => return Some(String::new()),
                Err(TryRecvError::Closed) => {
                    self.bell.ring();
                    return None;
                }
            }
        }
        // More may wait, or the end.
        if self.subscription.is_ready() {
            self.behind.set(self.behind.get() + 1);
            self.bell.ring();
        } else {
            self.behind.set(0);
        }
        *self.bytes.borrow_mut() = events
            .iter()
            .filter_map(|event| event.payload.as_bytes().cloned())
            .collect();
        // All in an event is JSON already.
        Some(batch_json(&events).unwrap_or_else(|error| {
            tracing::error!(%error, lost = events.len(), "events that have no JSON form");
            String::new()
        }))
    }

    /// Takes the next payload of bytes of the events that were taken last, in their order; nothing
    /// when there is none.
    pub(crate) fn take_bytes(&self) -> Vec<u8> {
        let next = self.bytes.borrow_mut().pop_front();
        // Not a copy, unless somebody else has the event too.
        next.map(Vec::from).unwrap_or_default()
    }
}

/// A JSON array of the events. Messages of one window on one channel that came one after another
/// are a run, `{"windowId":…,"channel":…,"payloads":[…]}`: in a flood they take little more than
/// their payloads do.
fn batch_json(events: &[Arc<Event>]) -> serde_json::Result<String> {
    let mut json = String::from("[");
    let mut run: Option<&Event> = None;
    for event in events {
        let message = message_json(event);
        if run.is_some_and(|run| message.is_none() || !is_alike(run, event)) {
            json.push_str("]}");
            run = None;
        }
        json.push_str(if json.len() > 1 { "," } else { "" });
        let Some(message) = message else {
            json.push_str(&serde_json::to_string(&**event)?);
            continue;
        };
        if run.is_none() {
            json.push_str("{\"windowId\":");
            json.push_str(&serde_json::to_string(&event.window_id)?);
            json.push_str(",\"channel\":");
            json.push_str(&serde_json::to_string(&event.channel)?);
            json.push_str(",\"payloads\":[");
            run = Some(event);
        }
        json.push_str(message);
    }
    json.push_str(if run.is_some() { "]}]" } else { "]" });
    Ok(json)
}

/// The payload of a message in JSON, which may be in a run.
fn message_json(event: &Event) -> Option<&str> {
    let is_message = event.is_of_page() && event.call.is_none();
    event.payload.as_json().filter(|_| is_message)
}

fn is_alike(one: &Event, other: &Event) -> bool {
    one.window_id == other.window_id && one.channel == other.channel
}

/// Reads a filter as a script names it.
pub(crate) fn filter(kind: &str, value: &str) -> Result<Filter, ExtError> {
    Ok(match kind {
        "window" => Filter::Window(WindowId::new(value)?),
        "channel" => Filter::Channel(Channel::new(value)?),
        "calls" => Filter::Calls,
        "incidents" => Filter::Incidents,
        "system" => Filter::System,
        _ => Filter::All,
    })
}
