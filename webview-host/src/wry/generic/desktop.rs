//! The main loop on Windows and macOS: winit's own.

use std::sync::Mutex;

use ipc_protocol::{Area, ExternalUrl, Screen, Theme};
use winit::application::ApplicationHandler;
use winit::dpi::{LogicalPosition, LogicalSize};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::window::WindowId;

use crate::wry::app::App;
use crate::wry::{Ended, Options, StartError};
use crate::{AppId, BackendError, BackendEventKind, Host, Pumped};

pub(in crate::wry) struct Desktop(EventLoop<()>);

impl Desktop {
    pub(in crate::wry) fn open(_: &AppId) -> Result<Desktop, StartError> {
        let event_loop = EventLoop::new().map_err(|error| failed(&error))?;
        event_loop.set_control_flow(ControlFlow::Wait);
        Ok(Desktop(event_loop))
    }

    pub(in crate::wry) fn run(self, host: Host, options: Options) -> Result<Ended, StartError> {
        let Desktop(event_loop) = self;
        let proxy = event_loop.create_proxy();
        // Not every platform's proxy may be shared between threads, but each may be sent.
        let shared_proxy = Mutex::new(proxy.clone());
        host.port().on_wake(move || {
            if let Ok(proxy) = shared_proxy.lock() {
                // An error says that the loop has ended, and then nobody waits.
                let _ = proxy.send_event(());
            }
        });
        let mut app = App::new(host, options, move |_| {
            let _ = proxy.send_event(());
        });
        event_loop
            .run_app(&mut app)
            .map_err(|error| failed(&error))?;
        Ok(Ended::ShutDown)
    }
}

fn failed(error: &winit::error::EventLoopError) -> StartError {
    StartError::EventLoop(error.to_string())
}

/// The user event is an empty wake: what it is about waits in the port.
impl ApplicationHandler<()> for App {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        self.host.set_theme(theme(event_loop.system_theme()));
    }

    fn window_event(&mut self, _: &ActiveEventLoop, native: WindowId, event: WindowEvent) {
        let mut windows = self.windows.open.iter();
        let Some((id, window)) = windows.find(|(_, window)| window.frame.id() == native) else {
            return;
        };
        if let WindowEvent::ThemeChanged(changed) = event {
            return self.host.set_theme(theme(Some(changed)));
        }
        if event == WindowEvent::Destroyed {
            let id = id.clone();
            self.windows.remove(&id);
            return self.events.report(BackendEventKind::Closed.of(id));
        }
        window.frame.on_event(window.webview(), event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if self.turn(event_loop) == Pumped::ShutDown {
            event_loop.exit();
        }
    }
}

fn theme(told: Option<winit::window::Theme>) -> Theme {
    match told {
        Some(winit::window::Theme::Dark) => Theme::Dark,
        Some(winit::window::Theme::Light) | None => Theme::Light,
    }
}

/// The screens that there are. Winit does not tell what panels take of them.
pub(in crate::wry) fn screens(shell: &ActiveEventLoop) -> Vec<Screen> {
    let primary = shell.primary_monitor();
    let screens = shell.available_monitors().map(|monitor| {
        let scale = monitor.scale_factor();
        let LogicalPosition { x, y } = monitor.position().to_logical(scale);
        let LogicalSize { width, height } = monitor.size().to_logical(scale);
        let bounds = Area {
            x,
            y,
            width,
            height,
        };
        Screen {
            bounds,
            work_area: bounds,
            scale,
            is_primary: primary.as_ref() == Some(&monitor),
        }
    });
    screens.collect()
}

/// Winit opens nothing in other programs.
pub(in crate::wry) fn open_external(_: &ExternalUrl) -> Result<(), BackendError> {
    Err(BackendError::Unsupported)
}
