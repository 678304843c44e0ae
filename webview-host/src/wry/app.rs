//! The host, its windows, and what these report.

use super::Options;
use super::backend::{Windows, WryBackend};
use super::events::{Events, Wish};
use super::platform::Shell;
use crate::{Host, Pumped};

/// The whole user-interface side, which a main loop runs.
pub(super) struct App {
    pub(super) host: Host,
    pub(super) windows: Windows,
    pub(super) events: Events,
}

impl App {
    /// `request` is called often, on this thread only.
    pub(super) fn new(host: Host, options: Options, request: impl Fn(Wish) + 'static) -> App {
        let events = Events::new(request);
        App {
            host,
            windows: Windows::new(options, events.clone()),
            events,
        }
    }

    /// Takes in what was reported.
    pub(super) fn take_in(&mut self) {
        let mut turn = self.events.turn();
        while let Some(event) = turn.next() {
            self.host.on_event(event);
        }
    }

    /// Takes in what was reported and does what is to be done. After [`Pumped::ShutDown`] there is no
    /// window any more.
    pub(super) fn turn(&mut self, shell: &Shell) -> Pumped {
        self.take_in();
        let pumped = self
            .host
            .pump(&mut WryBackend::new(&mut self.windows, shell));
        if pumped == Pumped::ShutDown {
            self.windows.clear();
        }
        pumped
    }
}
