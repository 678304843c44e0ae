//! Windows without a host, for checks of the backend itself.

use std::thread;
use std::time::{Duration, Instant};

use super::desktop::Shell;
use crate::wry::backend::{Windows, WryBackend};
use crate::wry::events::Events;
use crate::{Backend, BackendEvent};

/// How long [`Bench::next_event`] waits before it says that no event comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(1);

/// The backend without a host: lent to whoever checks it, such as
/// [`conformance`](crate::conformance). Lives on the main thread. Linux only.
pub struct Bench {
    pub(super) shell: Shell,
    pub(super) windows: Windows,
    pub(super) events: Events,
}

impl Bench {
    /// Lends the backend, once, to `call`.
    pub fn with_backend(&mut self, call: &mut dyn FnMut(&mut dyn Backend)) {
        call(&mut WryBackend::new(&mut self.windows, &self.shell));
    }

    /// Lets windows and pages go on until there is an event, and takes it; `None` when there has
    /// been none for ten seconds.
    pub fn next_event(&mut self) -> Option<BackendEvent> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(event) = self.events.turn().next() {
                return Some(event);
            }
            while glib::MainContext::default().iteration(false) {}
            thread::sleep(PAUSE);
        }
        None
    }
}
