//! What a subscriber wants to hear.

use std::collections::HashMap;

use ipc_protocol::{Channel, Event, WindowId};

/// The events that one consumer wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// Every event.
    All,
    /// Every system event: close, focus, blur, resize, move.
    System,
    /// Every event of one window.
    Window(WindowId),
    /// Every event on one channel.
    Channel(Channel),
}

/// A subscription's filters: those it listens with, each as often as it was asked for, and those
/// it has ever listened with.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    active: Matcher,
    ever: Matcher,
}

impl Interest {
    pub(crate) fn add(&mut self, filter: &Filter) {
        *self.active.entry(filter.clone()) += 1;
        *self.ever.entry(filter.clone()) = 1;
    }

    pub(crate) fn remove(&mut self, filter: &Filter) {
        let count = self.active.entry(filter.clone());
        *count = count.saturating_sub(1);
        self.active.prune();
    }

    pub(crate) fn wants(&self, event: &Event) -> bool {
        self.active.matches(event)
    }

    /// Whether nobody has ever listened for such an event, so that it waits for the first who does.
    pub(crate) fn awaits_first(&self, event: &Event) -> bool {
        !self.ever.matches(event)
    }
}

/// How many times each filter is there.
#[derive(Debug, Default)]
struct Matcher {
    all: usize,
    system: usize,
    windows: HashMap<WindowId, usize>,
    channels: HashMap<Channel, usize>,
}

impl Matcher {
    fn entry(&mut self, filter: Filter) -> &mut usize {
        match filter {
            Filter::All => &mut self.all,
            Filter::System => &mut self.system,
            Filter::Window(id) => self.windows.entry(id).or_default(),
            Filter::Channel(channel) => self.channels.entry(channel).or_default(),
        }
    }

    fn prune(&mut self) {
        self.windows.retain(|_, count| *count > 0);
        self.channels.retain(|_, count| *count > 0);
    }

    fn matches(&self, event: &Event) -> bool {
        self.all > 0
            || (self.system > 0 && event.system.is_some())
            || self.channels.contains_key(&event.channel)
            || self.windows.contains_key(&event.window_id)
    }
}
