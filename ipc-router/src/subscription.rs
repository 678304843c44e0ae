//! One independent consumer of events.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use ipc_protocol::{Channel, ChannelList, Escaped, Event, Limits, SystemEvent, WindowId};

use crate::filter::{Filters, Hashed, Interest};
use crate::queue::Queue;
use crate::router::Shared;
use crate::wake::Contained;
use crate::{Filter, TryRecvError, Wake};

/// The receiving end for one consumer; it shares nothing with other subscriptions.
///
/// It hears of every event from the moment it is made, and hands out, in the order they were
/// published, those that one of its filters wants. (Only [`Subscription::take`] may let those of one
/// window pass those of another.) An event that no filter has ever wanted is
/// held until the first filter that does; an event that only removed filters wanted is nobody's
/// and goes. (The last 65,536 different filters count as "ever".)
///
/// Of each window at most [`Limits::subscription_events`] messages and
/// [`Limits::subscription_bytes`] bytes wait, and as many are held. Beyond that, new messages are
/// dropped and counted ([`Subscription::dropped`]); what was held already is released in full. What is
/// held of a window that has closed is dropped likewise when sixteen others have closed after it; of its
/// system events nothing is held any more when another window opens with its id.
/// System events and incidents are not counted and never dropped. Of the resize events of one window only the newest
/// waits, in the place of the oldest, and likewise of its move events and of each kind of incident;
/// of those that are held, only the newest of each kind and window.
///
/// Dropping the subscription frees everything.
pub struct Subscription {
    inbox: Arc<Inbox>,
    shared: Weak<Shared>,
}

/// The sending end, shared with the router.
pub(crate) struct Inbox {
    scope: Scope,
    limits: Limits,
    wake: Contained,
    state: Mutex<State>,
    /// Signalled when a thread that is blocked in `recv` should look at `state` again.
    changed: Condvar,
}

/// All that a subscription will ever listen to; anything unless it is narrowed.
#[derive(Default)]
pub(crate) struct Scope {
    filters: Option<Filters>,
    channels: Option<ChannelList>,
}

impl Scope {
    /// What one of the filters wants.
    pub(crate) fn within(filters: &[Filter]) -> Scope {
        Scope {
            filters: Some(Filters::of(filters)),
            channels: None,
        }
    }

    /// Of messages and calls, only those on these channels.
    pub(crate) fn on(self, channels: ChannelList) -> Scope {
        Scope {
            channels: Some(channels),
            ..self
        }
    }

    /// Whether it has an event that all of these filters want.
    fn has(&self, event: &Event, wanting: &[Hashed]) -> bool {
        let filters = self.filters.as_ref();
        let channels = self.channels.as_ref().filter(|_| event.is_of_page());
        filters.is_none_or(|filters| filters.have_one_of(wanting))
            && channels.is_none_or(|channels| channels.allows(&event.channel))
    }
}

#[derive(Default)]
struct State {
    interest: Interest,
    /// What the consumer may take.
    waiting: Queue,
    /// What nobody has ever listened for.
    held: Queue,
    /// The windows that closed last, with the number of the last event until then.
    closings: VecDeque<(WindowId, u64)>,
    /// How many events came; the number of the last.
    count: u64,
    dropped: u64,
    closed: bool,
    /// How many threads are in `recv`, so that nobody is signalled when nobody waits.
    blocked: usize,
}

/// What became of an event, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Offered {
    /// There is more to take.
    Queued,
    /// It is held, or has replaced one that waits.
    Quietly,
    /// There was no room.
    Dropped,
    /// It is nobody's.
    Unwanted,
}

impl Subscription {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        limits: Limits,
        scope: Scope,
        wake: impl Wake,
    ) -> Subscription {
        let inbox = Arc::new(Inbox {
            scope,
            limits,
            wake: Contained::new(wake),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        Subscription {
            inbox,
            shared: Arc::downgrade(shared),
        }
    }

    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Adds a filter. What was held and it wants is handed out now, before anything newer; that
    /// goes also after the router has closed. Filters are counted: one that was added twice
    /// counts until it is removed twice.
    pub fn listen(&self, filter: &Filter) {
        let released = {
            let mut state = self.inbox.lock();
            let released = state.listen(filter);
            self.inbox.signal(&state);
            released
        };
        if released {
            self.inbox.wake.wake();
        }
    }

    /// Removes a filter; one that was not added is ignored. Events that wait already are still
    /// handed out.
    pub fn unlisten(&self, filter: &Filter) {
        self.inbox.lock().interest.remove(filter);
    }

    /// Takes the next event, if one waits.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when none waits; [`TryRecvError::Closed`] when, besides, the
    /// router has closed.
    pub fn try_recv(&self) -> Result<Arc<Event>, TryRecvError> {
        let mut state = self.inbox.lock();
        match state.waiting.pop() {
            Some(event) => Ok(event),
            None if state.closed => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Waits for the next event; `None` when the router has closed and nothing waits. Not for a
    /// thread that must not block.
    pub fn recv(&self) -> Option<Arc<Event>> {
        let mut state = self.inbox.lock();
        loop {
            if let Some(event) = state.waiting.pop() {
                return Some(event);
            }
            if state.closed {
                return None;
            }
            state.blocked += 1;
            let changed = self.inbox.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
            state.blocked -= 1;
        }
    }

    /// Takes what waits now, in order. What comes meanwhile is for the next time, so that a
    /// flood of events does not keep the consumer here.
    pub fn drain(&self) -> impl Iterator<Item = Arc<Event>> + '_ {
        let waiting = self.inbox.lock().waiting.len();
        std::iter::from_fn(|| self.try_recv().ok()).take(waiting)
    }

    /// Takes what waits now, in order, of each window until it comes to about `max_bytes`, give or
    /// take an event; besides its payload an event counts as 128 bytes. The rest of such a window
    /// stays, and events of other windows pass it: no window keeps the consumer from the others.
    pub fn take(&self, max_bytes: usize) -> Vec<Arc<Event>> {
        self.inbox.lock().waiting.take(max_bytes)
    }

    /// Whether there is something to take, or nothing will come any more.
    pub fn is_ready(&self) -> bool {
        let state = self.inbox.lock();
        state.closed || state.waiting.len() > 0
    }

    /// How many messages were dropped because too many waited or were held.
    pub fn dropped(&self) -> u64 {
        self.inbox.lock().dropped
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.forget(&self.inbox);
        }
        self.inbox.abandon();
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.inbox.lock();
        f.debug_struct("Subscription")
            .field("waiting", &state.waiting.len())
            .field("held", &state.held.len())
            .field("dropped", &state.dropped)
            .finish_non_exhaustive()
    }
}

impl Inbox {
    /// Gives up what is held of system events of a window.
    pub(crate) fn forget_system(&self, window: &WindowId) {
        self.lock().held.forget_system(window);
    }

    /// Queues, holds or drops events that are [alike](is_alike), and wakes the consumer if there
    /// is more to take. `wanting` are all filters that want them. Returns the best that became of
    /// one.
    pub(crate) fn offer(&self, run: &[Arc<Event>], wanting: &[Hashed]) -> Offered {
        let Some(first) = run.first().filter(|event| self.scope.has(event, wanting)) else {
            return Offered::Unwanted;
        };
        let (offered, given_up, before, dropped) = {
            let mut state = self.lock();
            let given_up = match first.system {
                Some(SystemEvent::Close) => state.note_closing(&first.window_id),
                _ => None,
            };
            let before = state.dropped;
            let offered = state.offer(run, wanting, &self.limits);
            self.signal(&state);
            (offered, given_up, before, state.dropped)
        };
        if let Some((window, count)) = given_up {
            tracing::warn!(
                target: "ipc",
                window = %Escaped(window), count,
                "messages dropped that nobody has listened for since the window closed"
            );
        }
        if dropped > before {
            log_drop(first, before, dropped);
        }
        if offered == Offered::Queued {
            self.wake.wake();
        }
        offered
    }

    /// Whether none of these filters, all that want an event, was ever listened with.
    pub(crate) fn awaits_first(&self, wanting: &[Hashed]) -> bool {
        self.lock().interest.awaits_first(wanting)
    }

    /// The channels that are listened on by their names.
    pub(crate) fn channels(&self) -> Vec<Channel> {
        self.lock().interest.channels()
    }

    /// Ends the queue: what waits may still be taken, nothing more comes.
    pub(crate) fn close(&self) {
        let was_closed = {
            let mut state = self.lock();
            let was_closed = std::mem::replace(&mut state.closed, true);
            self.signal(&state);
            was_closed
        };
        if !was_closed {
            self.wake.wake();
        }
    }

    /// Frees what is in it, though someone who is publishing may hold the inbox a little longer.
    fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let events = (
            std::mem::take(&mut state.waiting),
            std::mem::take(&mut state.held),
        );
        drop(state);
        drop(events);
    }

    fn signal(&self, state: &State) {
        if state.blocked > 0 {
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of how many windows that have closed something is held.
const MAX_CLOSINGS: usize = 16;

impl State {
    /// A window closes. There may be windows without end, and nobody may ever listen: of those that
    /// closed long ago no message is held any more. Returns of which that were how many.
    fn note_closing(&mut self, window: &WindowId) -> Option<(WindowId, u64)> {
        self.closings.retain(|(closed, _)| closed != window);
        self.closings.push_back((window.clone(), self.count));
        if self.closings.len() <= MAX_CLOSINGS {
            return None;
        }
        let (window, last) = self.closings.pop_front()?;
        let count = self.held.give_up(&window, last);
        self.dropped += count;
        (count > 0).then_some((window, count))
    }

    fn offer(&mut self, run: &[Arc<Event>], wanting: &[Hashed], limits: &Limits) -> Offered {
        if self.closed {
            return Offered::Unwanted;
        }
        let wanted = self.interest.wants(wanting);
        if !wanted && !self.interest.awaits_first(wanting) {
            return Offered::Unwanted;
        }
        let each = run.iter().map(|event| self.add(event, wanted, limits));
        each.min().unwrap_or(Offered::Unwanted)
    }

    fn add(&mut self, event: &Arc<Event>, wanted: bool, limits: &Limits) -> Offered {
        if wanted && event.coalesces() && self.waiting.replace(event) {
            return Offered::Quietly;
        }
        let queue = match wanted {
            true => &mut self.waiting,
            false => &mut self.held,
        };
        if !wanted {
            // Maybe nobody will ever listen, so that they must not pile up.
            queue.remove(event);
        }
        if !queue.push_within(limits, self.count + 1, event) {
            self.dropped += 1;
            return Offered::Dropped;
        }
        self.count += 1;
        match wanted {
            true => Offered::Queued,
            false => Offered::Quietly,
        }
    }

    /// Whether there is more to take afterwards.
    fn listen(&mut self, filter: &Filter) -> bool {
        self.interest.add(filter)
            && self
                .held
                .release(&mut self.waiting, |event| filter.wants(event))
    }
}

/// Whether the same filters want both.
pub(crate) fn is_alike(one: &Event, other: &Event) -> bool {
    let key = |it: &Event| (it.system, it.call.is_some(), it.incident.is_some());
    key(one) == key(other) && one.window_id == other.window_id && one.channel == other.channel
}

/// Says so at the first, second, fourth, eighth… drop, or once for several of these.
fn log_drop(event: &Event, before: u64, dropped: u64) {
    if before.leading_zeros() != dropped.leading_zeros() {
        tracing::warn!(
            target: "ipc",
            window = %Escaped(&event.window_id), channel = %Escaped(&event.channel), dropped,
            "a consumer is too slow: messages dropped"
        );
    }
}
