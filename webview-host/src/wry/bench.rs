//! Windows without a host, for checks of the backend itself.

use std::thread;
use std::time::{Duration, Instant};

use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::platform::pump_events::EventLoopExtPumpEvents;

use super::backend::{Windows, WryBackend};
use super::events::Events;
use crate::{Backend, BackendEvent};

/// How long [`Bench::next_event`] waits before it says that no event comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(1);

/// The backend without a host: lent to whoever checks it, such as
/// [`conformance`](crate::conformance). Lives on the main thread. Linux only.
pub struct Bench {
    pub(super) event_loop: EventLoop<()>,
    pub(super) windows: Windows,
    pub(super) events: Events,
}

impl Bench {
    /// Lends the backend, once, to `call`.
    pub fn with_backend(&mut self, call: &mut dyn FnMut(&mut dyn Backend)) {
        self.pump(Some(call));
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
            self.pump(None);
            thread::sleep(PAUSE);
        }
        None
    }

    fn pump(&mut self, call: Option<&mut Loan<'_>>) {
        let mut turn = Turn {
            windows: &mut self.windows,
            call,
        };
        self.event_loop
            .pump_app_events(Some(Duration::ZERO), &mut turn);
    }
}

/// What the backend is lent to.
type Loan<'a> = dyn FnMut(&mut dyn Backend) + 'a;

struct Turn<'a, 'b> {
    windows: &'a mut Windows,
    call: Option<&'a mut Loan<'b>>,
}

impl ApplicationHandler<()> for Turn<'_, '_> {
    fn resumed(&mut self, _event_loop: &ActiveEventLoop) {}

    fn window_event(
        &mut self,
        _event_loop: &ActiveEventLoop,
        id: winit::window::WindowId,
        event: WindowEvent,
    ) {
        self.windows.on_window_event(id, event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if let Some(call) = self.call.take() {
            call(&mut WryBackend::new(self.windows, event_loop));
        }
        self.windows.take_focus_changes();
    }
}
