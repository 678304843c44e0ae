//! The main loop on Linux: glib's.

use std::cell::{OnceCell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures::task::AtomicWaker;
use gtk::gdk;
use gtk::gdk::prelude::MonitorExt;
use gtk::prelude::{Cast, GtkSettingsExt, GtkWindowExt};
use ipc_protocol::{Area, ExternalUrl, Screen, Theme};

use super::bench::Bench;
use super::trim::Trim;
use super::{focus, frame, signals};
use crate::wry::app::App;
use crate::wry::backend::{Windows, WryBackend};
use crate::wry::events::{Events, Wish};
use crate::wry::{Ended, Options, StartError};
use crate::{AppId, BackendError, Host, Pumped};

pub(in crate::wry) struct Desktop(Shell);

/// What it takes to make windows: GTK, connected to the display.
pub(in crate::wry) struct Shell(());

impl Desktop {
    pub(in crate::wry) fn open(app: &AppId) -> Result<Desktop, StartError> {
        gdk::set_allowed_backends("wayland,x11");
        // GDK takes it for Wayland's app id, and the first part of WM_CLASS.
        glib::set_prgname(Some(app.as_str()));
        gtk::init().map_err(|_| no_display())?;
        gdk::set_program_class(app.as_str());
        if let Some(display) = gdk::Display::default() {
            focus::watch(&display);
        }
        Ok(Desktop(Shell(())))
    }

    pub(in crate::wry) fn bench(self, options: Options) -> Bench {
        // Who has the bench comes around by itself.
        let events = Events::new(|_| {});
        Bench {
            shell: self.0,
            windows: Windows::new(options, events.clone()),
            events,
        }
    }

    pub(in crate::wry) fn run(self, mut host: Host, options: Options) -> Result<Ended, StartError> {
        let settings = gtk::Settings::default();
        if let Some(settings) = &settings {
            host.set_theme(theme_of(settings));
        }
        let wake = Arc::new(Wake::default());
        host.port().on_wake({
            let wake = wake.clone();
            move || wake.up()
        });
        let itself = Rc::new(OnceCell::<Weak<RefCell<Driver>>>::new());
        let app = App::new(host, options, {
            let (wake, itself) = (wake.clone(), itself.clone());
            move |wish| {
                let driver = itself.get().and_then(Weak::upgrade);
                // It may be the driver whose call has led here.
                match driver.as_ref().map(|driver| driver.try_borrow_mut()) {
                    Some(Ok(mut driver)) if wish == Wish::Now => {
                        if driver.exchange() {
                            wake.up();
                        }
                    }
                    _ => wake.up(),
                }
            }
        });

        let main_loop = glib::MainLoop::new(None, false);
        let driver = Rc::new(RefCell::new(Driver {
            shell: self.0,
            app,
            main_loop: main_loop.clone(),
            trim: Trim::default(),
            outcome: Ok(Ended::ShutDown),
        }));
        let _ = itself.set(Rc::downgrade(&driver));
        if let Some(settings) = &settings {
            let driver = Rc::downgrade(&driver);
            signals::on_theme(settings, move |settings| follow_theme(&driver, settings));
        }
        let ends = [SIGHUP, SIGINT, SIGTERM].into_iter();
        let ends = ends.filter(|signal| !is_ignored(*signal)).map(|signal| {
            let driver = driver.clone();
            signals::on_signal(signal, move || driver.borrow_mut().on_signal(signal))
        });
        let ends: Vec<_> = ends.collect();
        let task_driver = driver.clone();
        let task = signals::spawn(poll_fn(move |context| {
            // Once: what is asked for meanwhile comes after what else glib's loop has to do.
            if wake.take(context) {
                task_driver.borrow_mut().turn();
            }
            Poll::Pending
        }));
        main_loop.run();
        task.abort();
        ends.into_iter().for_each(glib::SourceId::remove);
        let mut driver = driver.borrow_mut();
        std::mem::replace(&mut driver.outcome, Ok(Ended::ShutDown))
    }
}

/// Tells the app of another theme, in a turn of its own: the driver may be at work.
fn follow_theme(driver: &Weak<RefCell<Driver>>, settings: &gtk::Settings) {
    let (driver, theme) = (driver.clone(), theme_of(settings));
    signals::spawn(async move {
        if let Some(driver) = driver.upgrade() {
            let mut driver = driver.borrow_mut();
            driver.contain(|it| it.app.host.set_theme(theme));
        }
    });
}

/// The theme as WebKitGTK takes it, which tells pages of it.
fn theme_of(settings: &gtk::Settings) -> Theme {
    let chosen = std::env::var("GTK_THEME").ok();
    let name = chosen.or_else(|| settings.gtk_theme_name().map(String::from));
    let name = name.unwrap_or_default().to_lowercase();
    let is_dark = name.ends_with("-dark") || name.ends_with(":dark");
    match is_dark || settings.is_gtk_application_prefer_dark_theme() {
        true => Theme::Dark,
        false => Theme::Light,
    }
}

/// The screens that there are, in the pixels of windows.
pub(in crate::wry) fn screens(_: &Shell) -> Vec<Screen> {
    let Some(display) = gdk::Display::default() else {
        return Vec::new();
    };
    let text_scale = frame::text_scale_of(gtk::Settings::default());
    let area = |pixels: gdk::Rectangle| Area {
        x: f64::from(pixels.x()) / text_scale,
        y: f64::from(pixels.y()) / text_scale,
        width: f64::from(pixels.width()) / text_scale,
        height: f64::from(pixels.height()) / text_scale,
    };
    let monitors = (0..display.n_monitors()).filter_map(|number| display.monitor(number));
    let screens = monitors.map(|monitor| Screen {
        bounds: area(monitor.geometry()),
        work_area: area(monitor.workarea()),
        scale: f64::from(monitor.scale_factor()) * text_scale,
        is_primary: monitor.is_primary(),
    });
    screens.collect()
}

/// Has the system open a URL in another program.
pub(in crate::wry) fn open_external(url: &ExternalUrl) -> Result<(), BackendError> {
    let windows = gtk::Window::list_toplevels().into_iter();
    let mut windows = windows.filter_map(|window| window.downcast::<gtk::Window>().ok());
    // On whose behalf the other program may come to the front.
    let active = windows.find(|window| window.is_active());
    let time = gtk::current_event_time();
    let opened = gtk::show_uri_on_window(active.as_ref(), url.as_str(), time);
    opened.map_err(|error| BackendError::Failed(error.message().to_owned()))
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
    shell: Shell,
    app: App,
    main_loop: glib::MainLoop,
    trim: Trim,
    /// What is to be told of the end.
    outcome: Result<Ended, StartError>,
}

impl Driver {
    /// Takes in what was reported, and hands pages what is ready for them, which may be done from
    /// within a callback of a webview: it touches no window. Returns whether more is to be done, by
    /// [`Driver::turn`].
    fn exchange(&mut self) -> bool {
        self.trim.on_used();
        let has_more = self.contain(|it| {
            it.app.take_in();
            let mut backend = WryBackend::new(&mut it.app.windows, &it.shell);
            it.app.host.serve(&mut backend)
        });
        has_more.unwrap_or(false)
    }

    /// Takes in what was reported, and does what is to be done.
    fn turn(&mut self) {
        self.trim.on_used();
        if self.contain(|it| it.app.turn(&it.shell)) == Some(Pumped::ShutDown) {
            self.end();
        }
    }

    /// The process is to end.
    fn on_signal(&mut self, signal: i32) {
        let is_first = matches!(self.outcome, Ok(Ended::ShutDown));
        self.outcome = Ok(Ended::Signal(signal));
        let has_windows = self.contain(|it| it.app.host.close_all());
        if !is_first || has_windows != Some(true) {
            return self.end();
        }
        self.turn();
        let main_loop = self.main_loop.clone();
        signals::after(GRACE, move || end(&main_loop));
    }

    fn end(&self) {
        end(&self.main_loop);
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
            self.end();
        }
        done.ok()
    }
}

/// Ends the main loop. A dialog that runs a loop of its own within it, as those for printing do, keeps
/// it from ending for as long as the dialog is there.
fn end(main_loop: &glib::MainLoop) {
    main_loop.quit();
    frame::destroy_all();
}

/// Wakes the main loop from any thread. Calls that come before it has woken are one.
#[derive(Default)]
struct Wake {
    is_due: AtomicBool,
    waker: AtomicWaker,
}

impl Wake {
    fn up(&self) {
        if !self.is_due.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }

    fn take(&self, context: &mut std::task::Context<'_>) -> bool {
        // First the waker, then the look: a call between the two is seen or wakes.
        self.waker.register(context.waker());
        self.is_due.swap(false, Ordering::AcqRel)
    }
}

fn no_display() -> StartError {
    let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let text = match (named("WAYLAND_DISPLAY"), named("DISPLAY")) {
        (None, None) => "no display: run in a desktop session or set DISPLAY or WAYLAND_DISPLAY; \
             without a screen, run under `xvfb-run -a`"
            .to_owned(),
        (wayland, x11) => {
            let names = wayland.iter().chain(&x11);
            let names: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
            let backend = named("GDK_BACKEND").map_or_else(String::new, |backend| {
                format!(" (GDK_BACKEND allows \"{backend}\" only)")
            });
            format!(
                "cannot open display {}{backend}; is its server running, and may you use it?",
                names.join(" or ")
            )
        }
    };
    StartError::NoDisplay(text)
}
