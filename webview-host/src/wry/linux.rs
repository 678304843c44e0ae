//! The main loop on Linux: glib's, with winit's queue as one of its sources.
//!
//! WebKitGTK needs glib's loop, winit has its own, and polling either from the other costs a core
//! or milliseconds. Winit's queue has a file descriptor, so glib can wait for both.

use std::cell::{OnceCell, RefCell};
use std::future::poll_fn;
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures::task::AtomicWaker;
use gtk::gdk;
use winit::event_loop::{ControlFlow, EventLoop};
use winit::platform::pump_events::{EventLoopExtPumpEvents, PumpStatus};
use winit::platform::x11::EventLoopBuilderExtX11;
use winit::raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

use super::app::App;
use super::backend::Windows;
use super::bench::Bench;
use super::events::{Events, Wish};
use super::signals;
use super::system::WindowSystem;
use super::{Ended, Options, StartError};
use crate::Host;

pub(super) struct Desktop(EventLoop<()>, WindowSystem);

impl Desktop {
    pub(super) fn open() -> Result<Desktop, StartError> {
        gdk::set_allowed_backends("x11");
        gtk::init().map_err(|_| no_display())?;
        let event_loop = EventLoop::builder().with_x11().build()?;
        event_loop.set_control_flow(ControlFlow::Wait);
        survive_foreign_x_errors(&event_loop);
        let system = WindowSystem::connect().map_err(|_| no_display())?;
        Ok(Desktop(event_loop, system))
    }

    pub(super) fn bench(self, options: Options) -> Bench {
        let Desktop(event_loop, system) = self;
        // Who has the bench comes around by itself.
        let events = Events::new(|_| {});
        Bench {
            event_loop,
            windows: Windows::new(options, system, events.clone()),
            events,
        }
    }

    pub(super) fn run(self, host: Host, options: Options) -> Result<Ended, StartError> {
        let Desktop(event_loop, system) = self;
        let wishes = Arc::new(Wishes::default());
        host.port().on_wake({
            let wishes = wishes.clone();
            move || wishes.add(Wish::Exchange)
        });
        let system_fd = system.as_raw_fd();
        let itself = Rc::new(OnceCell::<Weak<RefCell<Driver>>>::new());
        let app = App::new(host, options, system, {
            let (wishes, itself) = (wishes.clone(), itself.clone());
            move |wish| {
                let driver = itself.get().and_then(Weak::upgrade);
                // It may be the driver whose call has led here.
                match driver.as_ref().map(|driver| driver.try_borrow_mut()) {
                    Some(Ok(mut driver)) if wish == Wish::Now => {
                        if driver.exchange() {
                            wishes.add(Wish::Turn);
                        }
                    }
                    _ => wishes.add(wish),
                }
            }
        });

        let fd = event_loop.as_raw_fd();
        let main_loop = glib::MainLoop::new(None, false);
        let driver = Rc::new(RefCell::new(Driver {
            event_loop,
            app,
            main_loop: main_loop.clone(),
            outcome: Ok(Ended::ShutDown),
        }));
        let _ = itself.set(Rc::downgrade(&driver));
        let queues = [fd, system_fd].map(|fd| {
            let driver = driver.clone();
            signals::on_ready(fd, glib::IOCondition::IN, move || {
                driver.borrow_mut().pump();
                glib::ControlFlow::Continue
            })
        });
        let ends = [SIGHUP, SIGINT, SIGTERM].into_iter();
        let ends = ends.filter(|signal| !is_ignored(*signal)).map(|signal| {
            let driver = driver.clone();
            signals::on_signal(signal, move || driver.borrow_mut().on_signal(signal))
        });
        let ends: Vec<_> = ends.collect();
        let task_driver = driver.clone();
        let task = signals::spawn(poll_fn(move |context| {
            // Once: what is wished for meanwhile comes after what else glib's loop has to do.
            if let Some(wish) = wishes.take(context) {
                task_driver.borrow_mut().grant(wish);
            }
            Poll::Pending
        }));
        main_loop.run();
        task.abort();
        let sources = queues.into_iter().chain(ends);
        sources.for_each(glib::SourceId::remove);
        let mut driver = driver.borrow_mut();
        std::mem::replace(&mut driver.outcome, Ok(Ended::ShutDown))
    }
}

/// Their numbers are the same on every architecture.
const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// Whether whoever started the process wants it to go on in spite of a signal, as `nohup` does.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// How long an app has to end by itself after a signal.
const GRACE: Duration = Duration::from_secs(5);

struct Driver {
    event_loop: EventLoop<()>,
    app: App,
    main_loop: glib::MainLoop,
    /// What is to be told of the end.
    outcome: Result<Ended, StartError>,
}

impl Driver {
    /// Does without winit's loop what can be done without it: most of what messages need, in a
    /// fraction of the time.
    fn grant(&mut self, wish: Wish) {
        if wish == Wish::Turn || self.exchange() {
            self.pump();
        }
    }

    /// Returns whether more is to be done, by [`Driver::pump`].
    fn exchange(&mut self) -> bool {
        self.contain(|it| it.app.exchange()).unwrap_or(false)
    }

    /// One turn of winit's loop, which ends with one of the app's.
    fn pump(&mut self) {
        let status = self.contain(|it| {
            it.event_loop
                .pump_app_events(Some(Duration::ZERO), &mut it.app)
        });
        if let Some(PumpStatus::Exit(_)) = status {
            self.main_loop.quit();
        }
    }

    /// The process is to end.
    fn on_signal(&mut self, signal: i32) {
        let is_first = matches!(self.outcome, Ok(Ended::ShutDown));
        self.outcome = Ok(Ended::Signal(signal));
        let has_windows = self.contain(|it| it.app.close_all());
        if !is_first || has_windows != Some(true) {
            return self.main_loop.quit();
        }
        self.pump();
        let main_loop = self.main_loop.clone();
        signals::after(GRACE, move || main_loop.quit());
    }

    /// Runs what glib or WebKit have called for. A panic must not get to them: it ends the loop, and
    /// nothing runs any more.
    fn contain<T>(&mut self, run: impl FnOnce(&mut Driver) -> T) -> Option<T> {
        if let Err(StartError::Panicked) = self.outcome {
            return None;
        }
        let done = catch_unwind(AssertUnwindSafe(|| run(self)));
        if done.is_err() {
            self.outcome = Err(StartError::Panicked);
            self.main_loop.quit();
        }
        done.ok()
    }
}

/// Wishes from any thread. Those that come before they are granted are one.
#[derive(Default)]
struct Wishes {
    any: AtomicBool,
    turn: AtomicBool,
    waker: AtomicWaker,
}

impl Wishes {
    fn add(&self, wish: Wish) {
        if wish == Wish::Turn {
            self.turn.store(true, Ordering::Release);
        }
        if !self.any.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }

    fn take(&self, context: &mut std::task::Context<'_>) -> Option<Wish> {
        // First the waker, then the look: a wish between the two is seen or wakes.
        self.waker.register(context.waker());
        if !self.any.swap(false, Ordering::AcqRel) {
            return None;
        }
        match self.turn.swap(false, Ordering::AcqRel) {
            true => Some(Wish::Turn),
            false => Some(Wish::Exchange),
        }
    }
}

fn no_display() -> StartError {
    let text = match std::env::var("DISPLAY") {
        Ok(display) if !display.is_empty() => {
            format!(
                "cannot open display \"{display}\"; is the X server running, and may you use it?"
            )
        }
        _ => "no display: run in a desktop session or set DISPLAY; without a screen, \
              run under `xvfb-run -a`"
            .to_owned(),
    };
    StartError::NoDisplay(text)
}

/// GTK and WebKit have X connections of their own. Winit's error handler hears of their errors
/// too (a GLXBadWindow when a window goes, for one) and would report them from its next call.
fn survive_foreign_x_errors(event_loop: &EventLoop<()>) {
    let Ok(handle) = event_loop.display_handle() else {
        return;
    };
    let RawDisplayHandle::Xlib(handle) = handle.as_raw() else {
        return;
    };
    let own = handle
        .display
        .map_or(0, |display| display.as_ptr() as usize);
    signals::on_x_error(move |display| {
        let is_foreign = display != own;
        if is_foreign {
            tracing::debug!("an X error on a connection of GTK or WebKit");
        }
        is_foreign
    });
}
