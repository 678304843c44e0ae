//! The glue between winit's loop, the host and the windows.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::ActiveEventLoop;

use super::Options;
use super::backend::{Windows, WryBackend};
use super::system::WindowSystem;
use crate::{BackendEvent, Host, Pumped};

/// What native callbacks report, until the next turn takes it. They may come at any time, also
/// from within a call to the backend, so they do nothing but put it here.
#[derive(Clone)]
pub(super) struct Events {
    queue: Rc<RefCell<VecDeque<BackendEvent>>>,
    request_turn: Rc<dyn Fn()>,
}

impl Events {
    pub(super) fn report(&self, event: BackendEvent) {
        self.queue.borrow_mut().push_back(event);
        self.request_turn();
    }

    /// Has winit's loop come around once more after this turn.
    pub(super) fn request_turn(&self) {
        (self.request_turn)();
    }

    fn next(&self) -> Option<BackendEvent> {
        self.queue.borrow_mut().pop_front()
    }
}

/// The whole user-interface side.
pub(super) struct App {
    host: Host,
    windows: Windows,
    events: Events,
}

impl App {
    /// `request_turn` is to have winit's loop come around soon, so that
    /// [`ApplicationHandler::about_to_wait`] runs. It is called often and on this thread only.
    pub(super) fn new(
        host: Host,
        options: Options,
        system: WindowSystem,
        request_turn: impl Fn() + 'static,
    ) -> App {
        let events = Events {
            queue: Rc::default(),
            request_turn: Rc::new(request_turn),
        };
        App {
            host,
            windows: Windows::new(options, system, events.clone()),
            events,
        }
    }

    /// Takes in what was reported and does what is to be done; the one place that does.
    fn turn(&mut self, event_loop: &ActiveEventLoop) {
        while let Some(event) = self.events.next() {
            self.host.on_event(event);
        }
        let mut backend = WryBackend::new(&mut self.windows, event_loop);
        if self.host.pump(&mut backend) == Pumped::ShutDown {
            self.windows.clear();
            event_loop.exit();
        }
        self.windows.take_focus_changes();
    }
}

/// The user event is an empty wake: what it is about waits in the port.
impl ApplicationHandler<()> for App {
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
        self.turn(event_loop);
    }
}
