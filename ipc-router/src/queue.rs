//! Events in the order they came.

use std::collections::VecDeque;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use ahash::HashMap;
use ipc_protocol::{Event, Incident, Limits, SystemEvent, WindowId};

/// What an event costs who takes it besides its payload, as bytes of one.
const EVENT_BYTES: usize = 128;

/// Events in the order of their numbers. Only what pages start counts as load, messages and calls:
/// system events, incidents and the further steps of calls are few, and never refused.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    places: VecDeque<Place>,
    /// The number of the newest event of each kind and window.
    newest: HashMap<(WindowId, Kind), u64>,
    loads: ByWindow<Load>,
}

/// What of a window was reported, apart from what its page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    System(SystemEvent),
    /// With the download that it is about.
    Incident(Discriminant<Incident>, Option<u32>),
}

impl Kind {
    fn of(event: &Event) -> Option<Kind> {
        let incident = event.incident.as_ref();
        let incident = incident.map(|it| Kind::Incident(discriminant(it), it.download()));
        event.system.map(Kind::System).or(incident)
    }
}

/// How much of one window there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    /// All of its events.
    events: usize,
    /// Those that count as load, and their bytes.
    messages: usize,
    bytes: usize,
}

/// A value for each window; the default for those that it has not heard of.
#[derive(Debug, Default)]
struct ByWindow<T> {
    /// The window that was last asked for: most events come after another one of the same window.
    last: Option<(WindowId, T)>,
    /// The others that have another value than the default.
    others: HashMap<WindowId, T>,
}

impl<T: Default + PartialEq> ByWindow<T> {
    fn of(&mut self, window: &WindowId) -> &mut T {
        if self
            .last
            .as_ref()
            .is_none_or(|(last, _)| !is_same(last, window))
        {
            let value = self.others.remove(window).unwrap_or_default();
            if let Some((before, value)) = self.last.replace((window.clone(), value))
                && value != T::default()
            {
                self.others.insert(before, value);
            }
        }
        let (_, value) = self
            .last
            .get_or_insert_with(|| (window.clone(), T::default()));
        value
    }
}

#[derive(Debug)]
struct Place {
    number: u64,
    event: Arc<Event>,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// As [`Queue::push`], unless there is no room; returns whether there was.
    pub(crate) fn push_within(&mut self, limits: &Limits, number: u64, event: &Arc<Event>) -> bool {
        if !is_load(event) {
            self.push(number, event.clone());
            return true;
        }
        let (load, size) = (self.loads.of(&event.window_id), size(event));
        let has_room = load.messages < limits.subscription_events
            && load.bytes + size <= limits.subscription_bytes;
        if has_room {
            self.push(number, event.clone());
        }
        has_room
    }

    /// Adds an event at the end. Unless the places are sorted afterwards, its number is greater
    /// than all in the queue; in any case it is newer than those of its kind and window.
    pub(crate) fn push(&mut self, number: u64, event: Arc<Event>) {
        if let Some(kind) = Kind::of(&event) {
            self.newest.insert((event.window_id.clone(), kind), number);
        }
        let load = self.loads.of(&event.window_id);
        load.events += 1;
        if is_load(&event) {
            load.messages += 1;
            load.bytes += size(&event);
        }
        self.places.push_back(Place { number, event });
    }

    pub(crate) fn pop(&mut self) -> Option<Arc<Event>> {
        let place = self.places.pop_front()?;
        self.let_go(&place);
        Some(place.event)
    }

    /// Takes events in order, of each window until they come to about `max_bytes`. The rest of those
    /// windows stays, and events of others pass it.
    pub(crate) fn take(&mut self, max_bytes: usize) -> Vec<Arc<Event>> {
        let mut taken = Vec::new();
        let mut passed = Vec::new();
        let mut bytes = ByWindow::<usize>::default();
        // How many there may still be of windows that have not had their share.
        let mut open = self.places.len();
        while open > 0
            && let Some(place) = self.places.pop_front()
        {
            let window = &place.event.window_id;
            let bytes = bytes.of(window);
            if *bytes >= max_bytes {
                passed.push(place);
                continue;
            }
            *bytes = bytes.saturating_add(EVENT_BYTES + size(&place.event));
            self.let_go(&place);
            open -= 1;
            if *bytes >= max_bytes {
                open -= self.loads.of(window).events;
            }
            taken.push(place.event);
        }
        for place in passed.into_iter().rev() {
            self.places.push_front(place);
        }
        taken
    }

    /// Puts the event in the place of the newest of its kind and window, if one waits.
    pub(crate) fn replace(&mut self, event: &Arc<Event>) -> bool {
        let place = self.newest_like(event);
        match place.and_then(|index| self.places.get_mut(index)) {
            Some(place) => {
                place.event = event.clone();
                true
            }
            None => false,
        }
    }

    /// Takes out the newest reported event of the same kind and window.
    pub(crate) fn remove(&mut self, event: &Event) {
        let place = self.newest_like(event);
        if let Some(place) = place.and_then(|index| self.places.remove(index)) {
            self.let_go(&place);
        }
    }

    /// Moves the events that are wanted to `other`, in between those that are there, by number.
    /// Returns whether there were any.
    pub(crate) fn release(&mut self, other: &mut Queue, wanted: impl Fn(&Event) -> bool) -> bool {
        let before = other.len();
        for Place { number, event } in std::mem::take(self).places {
            match wanted(&event) {
                true => other.push(number, event),
                false => self.push(number, event),
            }
        }
        let released = other.len() > before;
        if released {
            let places = other.places.make_contiguous();
            places.sort_by_key(|place| place.number);
        }
        released
    }

    /// Gives up what came of a window up to this number, unless there is no message among it. Returns
    /// how many messages there were.
    pub(crate) fn give_up(&mut self, window: &WindowId, last: u64) -> u64 {
        if self.loads.of(window).messages == 0 {
            return 0;
        }
        let mut given_up = 0;
        for Place { number, event } in std::mem::take(self).places {
            match number <= last && event.window_id == *window {
                true => given_up += u64::from(is_load(&event)),
                false => self.push(number, event),
            }
        }
        given_up
    }

    /// Forgets the system events of a window.
    pub(crate) fn forget_system(&mut self, window: &WindowId) {
        let is_theirs =
            |place: &Place| place.event.system.is_some() && place.event.window_id == *window;
        if !self.places.iter().any(is_theirs) {
            return;
        }
        for place in std::mem::take(self).places {
            if !is_theirs(&place) {
                self.push(place.number, place.event);
            }
        }
    }

    fn newest_like(&self, event: &Event) -> Option<usize> {
        let key = (event.window_id.clone(), Kind::of(event)?);
        let number = self.newest.get(&key)?;
        let place = self
            .places
            .binary_search_by_key(number, |place| place.number);
        place.ok()
    }

    fn let_go(&mut self, place: &Place) {
        if let Some(kind) = Kind::of(&place.event) {
            let key = (place.event.window_id.clone(), kind);
            if self.newest.get(&key) == Some(&place.number) {
                self.newest.remove(&key);
            }
        }
        let load = self.loads.of(&place.event.window_id);
        load.events -= 1;
        if is_load(&place.event) {
            load.messages -= 1;
            load.bytes -= size(&place.event);
        }
    }
}

/// Whether both are the same, which those of one batch are without a look at their text.
fn is_same(one: &WindowId, other: &WindowId) -> bool {
    std::ptr::eq(one.as_str(), other.as_str()) || one == other
}

fn is_load(event: &Event) -> bool {
    event.is_of_page() && event.call.as_ref().is_none_or(|(_, step)| step.opens())
}

fn size(event: &Event) -> usize {
    event.payload.size()
}
