//! One independent consumer of events.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crossbeam_channel::{Receiver, Sender};
use ipc_protocol::{Event, Limits, SystemEvent, WindowId};

use crate::router::Shared;
use crate::{Filter, TryRecvError, Wake};

/// The receiving end for one consumer; it shares nothing with other subscriptions.
///
/// It hears of every event from the moment it is made, and hands out, in order, those that one of
/// its filters wants. An event that no filter has ever wanted is held, within the limits, until
/// the first filter that does; an event that only removed filters wanted is nobody's and goes.
///
/// At most [`Limits::subscription_events`] events and [`Limits::subscription_bytes`] bytes wait,
/// and as many are held. Beyond that, new messages are dropped and counted
/// ([`Subscription::dropped`]). System events are never dropped; of resize and move events of one
/// window, only the newest waits.
///
/// Dropping the subscription frees everything.
pub struct Subscription {
    inbox: Arc<Inbox>,
    slots: Receiver<Slot>,
    shared: Weak<Shared>,
}

/// The sending end, shared with the router.
pub(crate) struct Inbox {
    state: Mutex<State>,
    wake: Box<dyn Wake>,
    limits: Limits,
    /// What is in the channel; lowered as it is taken.
    waiting: Load,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Load {
    events: AtomicUsize,
    bytes: AtomicUsize,
}

struct State {
    interest: crate::filter::Interest,
    /// The channel's sending end, until the router closes.
    queue: Option<Sender<Slot>>,
    held: VecDeque<Slot>,
    held_bytes: usize,
    /// The newest value of each coalescing event that has a place in `queue` or `held`.
    newest: HashMap<(WindowId, SystemEvent), Arc<Event>>,
}

/// A place in the queue.
enum Slot {
    Event(Arc<Event>),
    /// The place of whatever is the newest such event by the time it is taken.
    Newest(WindowId, SystemEvent),
}

impl Subscription {
    pub(crate) fn new(shared: &Arc<Shared>, limits: Limits, wake: impl Wake) -> Subscription {
        let (sender, slots) = crossbeam_channel::unbounded();
        let state = State {
            interest: Default::default(),
            queue: Some(sender),
            held: VecDeque::new(),
            held_bytes: 0,
            newest: HashMap::new(),
        };
        let inbox = Arc::new(Inbox {
            state: Mutex::new(state),
            wake: Box::new(wake),
            limits,
            waiting: Load::default(),
            dropped: AtomicU64::new(0),
        });
        Subscription {
            inbox,
            slots,
            shared: Arc::downgrade(shared),
        }
    }

    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Adds a filter. What was held and it wants is handed out before anything newer. Filters
    /// are counted: one that was added twice counts until it is removed twice.
    pub fn listen(&self, filter: &Filter) {
        let released = {
            let mut state = self.inbox.lock();
            state.interest.add(filter);
            state.release(&self.inbox.waiting)
        };
        if released {
            self.inbox.wake.wake();
        }
    }

    /// Removes a filter. Events that wait already are still handed out.
    pub fn unlisten(&self, filter: &Filter) {
        self.inbox.lock().interest.remove(filter);
    }

    /// Takes the next event, if one waits.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when none waits; [`TryRecvError::Closed`] when, besides, none will
    /// come any more.
    pub fn try_recv(&self) -> Result<Arc<Event>, TryRecvError> {
        match self.slots.try_recv() {
            Ok(slot) => Ok(self.inbox.take(slot)),
            Err(crossbeam_channel::TryRecvError::Empty) => Err(TryRecvError::Empty),
            Err(crossbeam_channel::TryRecvError::Disconnected) => Err(TryRecvError::Closed),
        }
    }

    /// Waits for the next event; `None` when the router has closed and nothing waits. Not for a
    /// thread that must not block.
    pub fn recv(&self) -> Option<Arc<Event>> {
        self.slots.recv().ok().map(|slot| self.inbox.take(slot))
    }

    /// Takes what waits now, in order.
    pub fn drain(&self) -> impl Iterator<Item = Arc<Event>> + '_ {
        std::iter::from_fn(|| self.try_recv().ok())
    }

    /// How many messages were dropped because too many waited or were held.
    pub fn dropped(&self) -> u64 {
        self.inbox.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.forget(&self.inbox);
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("waiting", &self.slots.len())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

impl Inbox {
    /// Queues, holds or drops an event, and wakes the consumer if there is more to take.
    pub(crate) fn offer(&self, event: &Arc<Event>) {
        if self.lock().offer(event, self) {
            self.wake.wake();
        }
    }

    /// Ends the queue: what waits may still be taken, nothing more comes.
    pub(crate) fn close(&self) {
        self.lock().queue = None;
        self.wake.wake();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, slot: Slot) -> Arc<Event> {
        let event = match slot {
            Slot::Event(event) => event,
            Slot::Newest(window, kind) => {
                match self.lock().newest.remove(&(window.clone(), kind)) {
                    Some(event) => event,
                    // Unreachable by construction; an empty event of the kind is harmless.
                    None => Arc::new(Event::system(window, kind)),
                }
            }
        };
        self.waiting.remove(&event);
        event
    }

    fn count_drop(&self, event: &Event) {
        let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        if dropped.is_power_of_two() {
            tracing::warn!(
                target: "ipc",
                window = %event.window_id, channel = %event.channel, dropped,
                "a consumer is too slow: messages dropped"
            );
        }
    }
}

impl State {
    /// Whether there is more to take afterwards.
    fn offer(&mut self, event: &Arc<Event>, inbox: &Inbox) -> bool {
        let wanted = self.interest.wants(event);
        if (!wanted && !self.interest.awaits_first(event)) || self.queue.is_none() {
            return false;
        }
        let slot = match event.system {
            Some(kind) if kind.coalesces() => {
                let key = (event.window_id.clone(), kind);
                if self.newest.insert(key, event.clone()).is_some() {
                    return false;
                }
                Slot::Newest(event.window_id.clone(), kind)
            }
            _ => Slot::Event(event.clone()),
        };
        let (events, bytes) = match wanted {
            true => inbox.waiting.get(),
            false => (self.held.len(), self.held_bytes),
        };
        let full = events >= inbox.limits.subscription_events
            || bytes + event.payload.as_str().len() > inbox.limits.subscription_bytes;
        if full && event.system.is_none() {
            inbox.count_drop(event);
            return false;
        }
        match wanted {
            true => self.enqueue(slot, event, &inbox.waiting),
            false => {
                self.held_bytes += event.payload.as_str().len();
                self.held.push_back(slot);
            }
        }
        wanted
    }

    /// Moves what was held and is wanted now to the queue; whether that was anything.
    fn release(&mut self, waiting: &Load) -> bool {
        let mut released = false;
        for slot in std::mem::take(&mut self.held) {
            let event = match &slot {
                Slot::Event(event) => Some(event.clone()),
                Slot::Newest(window, kind) => self.newest.get(&(window.clone(), *kind)).cloned(),
            };
            let Some(event) = event else { continue };
            if self.interest.wants(&event) {
                self.held_bytes = self.held_bytes.saturating_sub(event.payload.as_str().len());
                self.enqueue(slot, &event, waiting);
                released = true;
            } else {
                self.held.push_back(slot);
            }
        }
        released
    }

    fn enqueue(&self, slot: Slot, event: &Event, waiting: &Load) {
        if let Some(queue) = &self.queue {
            waiting.add(event);
            // The receiver lives as long as the subscription; without it nobody is there to miss
            // the event.
            let _ = queue.send(slot);
        }
    }
}

/// System events are few and never refused, so they do not count.
impl Load {
    fn add(&self, event: &Event) {
        if event.system.is_none() {
            self.events.fetch_add(1, Ordering::Relaxed);
            self.bytes
                .fetch_add(event.payload.as_str().len(), Ordering::Relaxed);
        }
    }

    fn remove(&self, event: &Event) {
        if event.system.is_none() {
            self.events.fetch_sub(1, Ordering::Relaxed);
            self.bytes
                .fetch_sub(event.payload.as_str().len(), Ordering::Relaxed);
        }
    }

    fn get(&self) -> (usize, usize) {
        (
            self.events.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }
}
