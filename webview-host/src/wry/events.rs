//! What native callbacks report, and how much of it one turn takes in.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use ipc_protocol::WindowId;

use crate::{BackendEvent, BackendEventKind};

/// The bytes of one page's messages that a turn takes in, give or take a message. A page that
/// floods keeps no other window waiting for longer than that takes.
const SHARE: usize = 256 << 10;

/// The longest message that may be taken in from within the callback that brings it: that takes
/// little longer than the callback itself.
const SHORT: usize = 16 << 10;

/// The bytes of one page's messages that wait, give or take a message. They wait while the host takes
/// in what came before, so that only a page that floods gets here: it may send less in a second.
const MOST: usize = 512 << 20;

/// What was reported, until a turn takes it. Callbacks may come at any time, also from within a
/// call to the backend, so they do nothing but put it here and wish for what comes next.
#[derive(Clone)]
pub(super) struct Events {
    queue: Rc<RefCell<Queue>>,
    request: Rc<dyn Fn(Wish)>,
}

/// What is to be done soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// What was reported is to be taken in, and pages are to be handed what is ready for them: at once,
    /// from within the callback that reports it, where that can be.
    Now,
    /// All is to be done that there is to do.
    Soon,
}

/// What waits, by window, each with its place in the order of all.
#[derive(Default)]
struct Queue {
    windows: HashMap<WindowId, Waiting>,
    count: u64,
}

/// What waits of one window.
#[derive(Default)]
struct Waiting {
    events: VecDeque<(u64, BackendEventKind)>,
    /// The bytes of the page's messages among them.
    bytes: usize,
}

/// What one turn takes in.
pub(super) struct Turn<'a> {
    events: &'a Events,
    /// The bytes that each window has had of its share.
    taken: HashMap<WindowId, usize>,
}

impl Events {
    /// `request` is called often, on this thread only.
    pub(super) fn new(request: impl Fn(Wish) + 'static) -> Events {
        Events {
            queue: Rc::default(),
            request: Rc::new(request),
        }
    }

    pub(super) fn report(&self, event: BackendEvent) {
        let is_short = matches!(
            &event.kind,
            BackendEventKind::Message { text, .. } if text.len() <= SHORT
        );
        let is_first = self.queue.borrow_mut().push(event);
        (self.request)(match is_short && is_first {
            true => Wish::Now,
            false => Wish::Soon,
        });
    }

    /// The window is no more, and the next one with its id is another.
    pub(super) fn forget(&self, id: &WindowId) {
        self.queue.borrow_mut().windows.remove(id);
    }

    /// Starts a turn.
    pub(super) fn turn(&self) -> Turn<'_> {
        Turn {
            events: self,
            taken: HashMap::new(),
        }
    }
}

impl Queue {
    /// Returns whether nothing else waits.
    fn push(&mut self, event: BackendEvent) -> bool {
        let is_first = self.windows.is_empty();
        self.count += 1;
        let window = self.windows.entry(event.window).or_default();
        window.push(self.count, event.kind);
        is_first
    }
}

impl Waiting {
    fn push(&mut self, number: u64, event: BackendEventKind) {
        let bytes = bytes(&event);
        if self.bytes + bytes > MOST {
            self.events.retain(|(_, event)| !is_of_page(event));
            self.events.push_back((number, BackendEventKind::Overrun));
            self.bytes = 0;
            return;
        }
        self.bytes += bytes;
        self.events.push_back((number, event));
    }

    /// The next one, and its bytes.
    fn pop(&mut self) -> Option<(BackendEventKind, usize)> {
        let (_, event) = self.events.pop_front()?;
        let bytes = bytes(&event);
        self.bytes -= bytes;
        Some((event, bytes))
    }
}

/// Whether the page says it.
fn is_of_page(event: &BackendEventKind) -> bool {
    matches!(
        event,
        BackendEventKind::Message { .. } | BackendEventKind::Upload { .. }
    )
}

/// The bytes of a page's message.
fn bytes(event: &BackendEventKind) -> usize {
    match event {
        BackendEventKind::Message { text, .. } => text.len(),
        BackendEventKind::Upload { body, .. } => body.len(),
        _ => 0,
    }
}

impl Turn<'_> {
    /// The next event in the order of the reports, unless its window has had its share: what
    /// that has more is for the next turn, which is requested.
    pub(super) fn next(&mut self) -> Option<BackendEvent> {
        let mut queue = self.events.queue.borrow_mut();
        let may_go_on = |id| self.taken.get(id).is_none_or(|bytes| *bytes < SHARE);
        let first = queue
            .windows
            .iter()
            .filter(|(id, _)| may_go_on(id))
            .filter_map(|(id, waiting)| Some((waiting.events.front()?.0, id)))
            .min();
        let Some((_, id)) = first else {
            let more = !queue.windows.is_empty();
            drop(queue);
            if more {
                (self.events.request)(Wish::Soon);
            }
            return None;
        };
        let id = id.clone();
        let waiting = queue.windows.get_mut(&id)?;
        let (event, bytes) = waiting.pop()?;
        if waiting.events.is_empty() {
            queue.windows.remove(&id);
        }
        *self.taken.entry(id.clone()).or_default() += bytes;
        Some(event.of(id))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use super::*;

    fn message(window: &str, bytes: usize) -> BackendEvent {
        BackendEventKind::Message {
            origin: None,
            text: "x".repeat(bytes),
        }
        .of(WindowId::new(window).unwrap())
    }

    fn focus(window: &str) -> BackendEvent {
        BackendEventKind::Focused(true).of(WindowId::new(window).unwrap())
    }

    /// What one turn takes, in few words.
    fn turn(events: &Events) -> Vec<String> {
        let mut turn = events.turn();
        std::iter::from_fn(|| turn.next())
            .map(|BackendEvent { window, kind }| match kind {
                BackendEventKind::Message { text, .. } => format!("{window} {}", text.len()),
                BackendEventKind::Upload { body, .. } => format!("{window} {}", body.len()),
                BackendEventKind::Overrun => format!("{window} overrun"),
                _ => format!("{window} focus"),
            })
            .collect()
    }

    #[test]
    fn nothing_of_a_closed_window_is_left() {
        let events = Events::new(|_| {});
        for window in ["a", "b", "a"] {
            events.report(message(window, 1));
        }
        events.forget(&WindowId::new("a").unwrap());
        let mut turn = events.turn();
        let next = turn.next().map(|event| event.window.to_string());
        assert_eq!(next.as_deref(), Some("b"));
        assert_eq!(turn.next(), None);
    }

    #[test]
    fn windows_have_their_shares_and_nothing_overtakes_its_own() {
        let requests = Rc::new(Cell::new(0));
        let counted = requests.clone();
        let events = Events::new(move |_| counted.set(counted.get() + 1));
        events.report(message("a", SHARE - 1));
        events.report(message("b", 1));
        events.report(message("a", 5));
        events.report(message("a", 6));
        events.report(focus("a"));
        events.report(message("b", 2));
        assert_eq!(requests.get(), 6);
        let share = SHARE - 1;
        assert_eq!(
            turn(&events),
            [
                format!("a {share}"),
                "b 1".into(),
                "a 5".into(),
                "b 2".into()
            ]
        );
        assert_eq!(requests.get(), 7, "there is more");
        assert_eq!(turn(&events), ["a 6", "a focus"]);
        assert_eq!(turn(&events), [""; 0]);
        assert_eq!(requests.get(), 7, "there is nothing more");
    }

    #[test]
    fn of_a_page_that_floods_all_goes_and_the_rest_stays() {
        let events = Events::new(|_| {});
        let upload = || {
            let body = bytes::Bytes::from_owner(vec![0; MOST / 4]);
            BackendEventKind::Upload { origin: None, body }.of(WindowId::new("a").unwrap())
        };
        let wait = |events: &Events| -> Vec<_> {
            let mut all = Vec::new();
            while let more @ [_, ..] = &turn(events)[..] {
                all.extend_from_slice(more);
            }
            all
        };
        events.report(focus("a"));
        events.report(message("b", 1));
        (0..4).for_each(|_| events.report(upload()));
        assert_eq!(wait(&events).len(), 6, "that much may wait");

        events.report(focus("a"));
        events.report(message("b", 1));
        (0..5).for_each(|_| events.report(upload()));
        events.report(message("a", 2));
        assert_eq!(wait(&events), ["a focus", "b 1", "a overrun", "a 2"]);
        events.report(upload());
        assert_eq!(wait(&events).len(), 1, "nothing of it is left");
    }

    #[test]
    fn the_order_among_windows_is_that_of_the_reports() {
        let events = Events::new(|_| {});
        let order = ["a", "b", "c", "a", "c", "b", "b", "a"];
        order.iter().for_each(|id| events.report(focus(id)));
        assert_eq!(turn(&events), order.map(|id| format!("{id} focus")));
    }
}
