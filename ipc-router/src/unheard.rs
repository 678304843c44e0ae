//! Channels on which something waits because nobody has ever listened on them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::HashSet;
use ipc_protocol::{Channel, WindowId};

use crate::Wake;

/// A channel on which a message has begun to wait, since nobody has listened on it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// The window from or to which the message goes.
    pub window: WindowId,
    /// The channel.
    pub channel: Channel,
    /// Who does not listen.
    pub listener: Listener,
}

/// Who would have to listen on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The app: the message is from a page.
    App,
    /// The window's page.
    Page,
}

/// How many channels are noted for each kind of listener: pages may name ever new ones.
pub(crate) const MAX_UNHEARD: usize = 64;

/// How many of the channels are told that somebody listens on.
pub(crate) const MAX_HEARD: usize = 512;

/// What was noted, for whoever asks.
#[derive(Default)]
pub(crate) struct Notes(Mutex<State>);

#[derive(Default)]
struct State {
    /// The channels that were noted, by listener.
    known: [HashSet<Channel>; 2],
    /// Those that nobody has asked for yet.
    waiting: Vec<Unheard>,
    wake: Option<Arc<dyn Wake>>,
}

impl Notes {
    pub(crate) fn set_wake(&self, wake: Arc<dyn Wake>) {
        let old = self.lock().wake.replace(wake);
        drop(old);
    }

    /// Notes a channel, once, and wakes who wants to know.
    pub(crate) fn add(&self, listener: Listener, window: &WindowId, channel: &Channel) {
        let wake = {
            let mut state = self.lock();
            let known = &mut state.known[listener as usize];
            if known.len() >= MAX_UNHEARD || !known.insert(channel.clone()) {
                return;
            }
            state.waiting.push(Unheard {
                window: window.clone(),
                channel: channel.clone(),
                listener,
            });
            state.wake.clone()
        };
        if let Some(wake) = wake {
            wake.wake();
        }
    }

    pub(crate) fn take(&self) -> Vec<Unheard> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// It was nothing: the channel may be noted again.
    pub(crate) fn forget(&self, unheard: &Unheard) {
        self.lock().known[unheard.listener as usize].remove(&unheard.channel);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
