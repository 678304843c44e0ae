//! A subscription as a script takes from it: everything that waits, in one batch.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures::task::AtomicWaker;
use ipc_protocol::{Channel, WindowId};
use ipc_router::{Filter, Router, Subscription, TryRecvError};

use crate::ExtError;

/// The JSON bytes of one batch, give or take an event, so that no string gets too long.
const BATCH_BYTES: usize = 16 << 20;

/// One extension's subscription. It is made with the extension, before any window, so that it
/// holds events from the first one on.
pub(crate) struct Inbox {
    subscription: Subscription,
    waker: Arc<AtomicWaker>,
}

impl Inbox {
    pub(crate) fn new(router: &Router, scope: Filter) -> Inbox {
        let waker = Arc::new(AtomicWaker::new());
        let wake = waker.clone();
        Inbox {
            subscription: router.subscribe_within(scope, move || wake.wake()),
            waker,
        }
    }

    pub(crate) fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Waits for events and takes all of them, as a JSON array; `None` once the router has
    /// closed and nothing waits.
    pub(crate) async fn recv(&self) -> Option<String> {
        poll_fn(|context| {
            // First the waker, then the look: an event between the two is seen or wakes.
            self.waker.register(context.waker());
            self.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// `None` when nothing waits, `Some(None)` when nothing will come either.
    fn take(&self) -> Option<Option<String>> {
        let mut batch = Vec::new();
        while batch.len() < BATCH_BYTES {
            let event = match self.subscription.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Closed) if batch.is_empty() => return Some(None),
                Err(_) => break,
            };
            batch.push(if batch.is_empty() { b'[' } else { b',' });
            if let Err(error) = serde_json::to_writer(&mut batch, &*event) {
                tracing::error!(%error, "an event that has no JSON form");
                batch.extend_from_slice(b"null");
            }
        }
        if batch.is_empty() {
            return None;
        }
        batch.push(b']');
        String::from_utf8(batch).ok().map(Some)
    }
}

/// Reads a filter as a script names it.
pub(crate) fn filter(kind: &str, value: &str) -> Result<Filter, ExtError> {
    Ok(match kind {
        "window" => Filter::Window(WindowId::new(value)?),
        "channel" => Filter::Channel(Channel::new(value)?),
        _ => Filter::All,
    })
}
