//! The glue between winit's loop, the host and the windows.

use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::ActiveEventLoop;

use super::Options;
use super::backend::{Windows, WryBackend};
use super::events::{Events, Wish};
use super::system::WindowSystem;
use crate::{Host, Pumped};

/// The whole user-interface side.
pub(super) struct App {
    host: Host,
    windows: Windows,
    events: Events,
}

impl App {
    /// `request` is called often, on this thread only. A turn of winit's loop ends with
    /// [`ApplicationHandler::about_to_wait`]; an exchange is [`App::exchange`], or a turn.
    pub(super) fn new(
        host: Host,
        options: Options,
        system: WindowSystem,
        request: impl Fn(Wish) + 'static,
    ) -> App {
        let events = Events::new(request);
        App {
            host,
            windows: Windows::new(options, system, events.clone()),
            events,
        }
    }

    /// Takes in what was reported, and hands pages what is ready for them. Returns whether more is
    /// to be done, which takes a turn of winit's loop.
    #[cfg(target_os = "linux")]
    pub(super) fn exchange(&mut self) -> bool {
        self.take_in();
        let windows = &self.windows;
        self.host
            .serve(&mut |id, handover| windows.deliver(id, handover))
    }

    /// Closes all windows in the next turn, and opens none any more. Returns whether there are any.
    #[cfg(target_os = "linux")]
    pub(super) fn close_all(&mut self) -> bool {
        self.host.close_all()
    }

    fn take_in(&mut self) {
        let mut turn = self.events.turn();
        while let Some(event) = turn.next() {
            self.host.on_event(event);
        }
    }

    /// Takes in what was reported and does what is to be done.
    fn turn(&mut self, event_loop: &ActiveEventLoop) {
        self.take_in();
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
