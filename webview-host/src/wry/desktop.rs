//! The main loop on Windows and macOS: winit's own.

use std::sync::Mutex;

use winit::event_loop::{ControlFlow, EventLoop};

use super::app::App;
use super::system::WindowSystem;
use super::{Ended, Options, StartError};
use crate::Host;

pub(super) struct Desktop(EventLoop<()>);

impl Desktop {
    pub(super) fn open() -> Result<Desktop, StartError> {
        let event_loop = EventLoop::new()?;
        event_loop.set_control_flow(ControlFlow::Wait);
        Ok(Desktop(event_loop))
    }

    pub(super) fn run(self, host: Host, options: Options) -> Result<Ended, StartError> {
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
        let mut app = App::new(host, options, WindowSystem::default(), move |_| {
            let _ = proxy.send_event(());
        });
        event_loop.run_app(&mut app)?;
        Ok(Ended::ShutDown)
    }
}
