//! What a subscriber wants to hear.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::LazyLock;

use ahash::RandomState;
use ipc_protocol::{Channel, Event, WindowId};

/// The events that one consumer wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// Every event that is neither a step of a call nor an incident.
    All,
    /// Every step of a call. No other filter wants those.
    Calls,
    /// Every incident. No other filter wants those.
    Incidents,
    /// Every system event: close, focus, blur, resize, move.
    System,
    /// Every event of one window.
    Window(WindowId),
    /// Every event on one channel.
    Channel(Channel),
}

impl Filter {
    pub(crate) fn wants(&self, event: &Event) -> bool {
        if event.call.is_some() {
            return *self == Filter::Calls;
        }
        if event.incident.is_some() {
            return *self == Filter::Incidents;
        }
        match self {
            Filter::All => true,
            Filter::Calls | Filter::Incidents => false,
            Filter::System => event.system.is_some(),
            Filter::Window(id) => event.window_id == *id,
            Filter::Channel(channel) => event.channel == *channel,
        }
    }

    /// All filters there can be that want the event.
    pub(crate) fn wanting(event: &Event) -> impl Iterator<Item = Hashed> {
        let apart = match (&event.call, &event.incident) {
            (Some(_), _) => Some(Filter::Calls),
            (None, Some(_)) => Some(Filter::Incidents),
            (None, None) => None,
        };
        let is_apart = apart.is_some();
        let window = Filter::Window(event.window_id.clone());
        let channel = Filter::Channel(event.channel.clone());
        let system = event.system.map(|_| Filter::System);
        let others = [Filter::All, channel, window].into_iter().chain(system);
        let others = others.filter(move |_| !is_apart);
        others.chain(apart).map(Hashed::new)
    }
}

/// A filter with its hash, so that it is hashed once for any number of consumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    hash: u64,
    filter: Filter,
}

impl Hashed {
    fn new(filter: Filter) -> Hashed {
        // Random, since the names that are hashed may come from pages.
        static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Hashed {
            hash: STATE.hash_one(&filter),
            filter,
        }
    }
}

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Returns the hash that it is given.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Nothing is hashed here but hashes.
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }
}

type BuildAsItIs = BuildHasherDefault<AsItIs>;

/// Some filters.
#[derive(Debug)]
pub(crate) struct Filters(HashSet<Hashed, BuildAsItIs>);

impl Filters {
    pub(crate) fn of(filters: &[Filter]) -> Filters {
        Filters(filters.iter().cloned().map(Hashed::new).collect())
    }

    /// Whether one of these is among them: all that want an event.
    pub(crate) fn have_one_of(&self, wanting: &[Hashed]) -> bool {
        wanting.iter().any(|filter| self.0.contains(filter))
    }
}

/// How many filters a subscription remembers to have listened with, so that one that listens
/// with ever new ones does not grow.
const REMEMBERED: usize = 65_536;

/// A subscription's filters: those it listens with, each as often as it was asked for, and those
/// it has ever listened with.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    active: HashMap<Hashed, usize, BuildAsItIs>,
    ever: HashSet<Hashed, BuildAsItIs>,
    /// What is in `ever`, the oldest first.
    order: VecDeque<Hashed>,
}

impl Interest {
    /// Whether the subscription has never listened with this filter, so that something may be
    /// held for it.
    pub(crate) fn add(&mut self, filter: &Filter) -> bool {
        let filter = Hashed::new(filter.clone());
        *self.active.entry(filter.clone()).or_default() += 1;
        let is_first = self.ever.insert(filter.clone());
        if is_first {
            self.order.push_back(filter);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ever.remove(&oldest);
        }
        is_first
    }

    pub(crate) fn remove(&mut self, filter: &Filter) {
        let filter = Hashed::new(filter.clone());
        if let Some(count) = self.active.get_mut(&filter) {
            *count -= 1;
            if *count == 0 {
                self.active.remove(&filter);
            }
        }
    }

    /// Whether it listens with any of these: all that want an event.
    pub(crate) fn wants(&self, wanting: &[Hashed]) -> bool {
        wanting
            .iter()
            .any(|filter| self.active.contains_key(filter))
    }

    /// The channels that it listens on by their names.
    pub(crate) fn channels(&self) -> Vec<Channel> {
        let channels = self.active.keys().filter_map(|it| match &it.filter {
            Filter::Channel(channel) => Some(channel.clone()),
            _ => None,
        });
        channels.collect()
    }

    /// Whether nobody has ever listened for such an event, so that it waits for the first who does.
    pub(crate) fn awaits_first(&self, wanting: &[Hashed]) -> bool {
        !wanting.iter().any(|filter| self.ever.contains(filter))
    }
}
