//! Real windows, with wry's webviews.
//!
//! [`Desktop::run`] owns the main thread from start to end. On Linux windows are GTK's own, on X11 and
//! natively on Wayland, and glib's main loop runs; on Windows and macOS windows and loop are winit's.
//!
//! This is the only module with native types and with code for one platform: `linux` and `generic` have
//! the same names.

mod app;
mod backend;
mod border;
mod events;
mod hidden;
mod window;

#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(not(target_os = "linux"), path = "generic/mod.rs")]
mod platform;

use std::path::PathBuf;

use ipc_protocol::Downloads;
use ipc_router::Port;

#[cfg(target_os = "linux")]
pub use self::platform::{Bench, PrivateDir};
use crate::pages::Pages;
use crate::{AppId, Csp, Host, Icon};

/// The scheme of the app's own pages.
const SCHEME: &str = "app";

/// The name of the script world that scripts of pages have no access to.
#[cfg(target_os = "linux")]
const WORLD: &str = "host";

/// The origin of the app's own pages; Windows has no custom schemes, wry maps them to this.
pub const ORIGIN: &str = match cfg!(windows) {
    true => "http://app.localhost",
    false => "app://localhost",
};

/// The connection to the display, on which windows can be opened. Lives on the main thread.
pub struct Desktop(platform::Desktop);

impl Desktop {
    /// Connects to the display, as the app with this name. Call it on the main thread, once.
    ///
    /// # Errors
    /// [`StartError`], when there is no display or the event loop cannot start.
    pub fn open(app: &AppId) -> Result<Desktop, StartError> {
        platform::Desktop::open(app).map(Desktop)
    }

    /// The windows alone, without a host.
    #[cfg(target_os = "linux")]
    pub fn bench(self, options: Options) -> Bench {
        self.0.bench(options)
    }

    /// Shows windows until the app asks to shut down, or, on Linux, the process gets a `SIGHUP`,
    /// `SIGINT` or `SIGTERM` that it was not started to ignore. Then all windows close as if their users had asked for it, and the app has 5 s to
    /// shut down by itself; a second such signal ends the wait.
    ///
    /// # Errors
    /// [`StartError`], when the event loop breaks, or what it runs panics.
    pub fn run(self, port: Port, options: Options) -> Result<Ended, StartError> {
        let mut host = Host::new(port);
        host.log_consoles(options.console);
        self.0.run(host, options)
    }
}

/// Why there are no windows any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The app asked for it.
    ShutDown,
    /// The process was told to end, by this signal. The app may still be at work.
    Signal(i32),
}

/// What the windows of an app show, and where their pages keep what they store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Served to every window under one origin, `app://localhost` (`http://app.localhost` on
    /// Windows).
    pub pages: Pages,
    /// Where `localStorage` and its kin are. The origin is the same for every app, so each app
    /// needs a directory of its own. It is made when it is needed.
    pub data_directory: PathBuf,
    /// What the pages may load and run.
    pub csp: Csp,
    /// The icon of windows whose options name none.
    pub icon: Option<Icon>,
    /// What becomes of files that pages, or their users, want to save, where the options of their window
    /// say nothing of that, and it shows no other origin than the app's.
    pub downloads: Downloads,
    /// Whether the log tells what pages write to their consoles; see [`Host::log_consoles`].
    pub console: bool,
}

impl Options {
    /// Those of an app that chooses nothing else: it has the default policy, its users are asked where to
    /// save what, and the log tells what its pages write to their consoles.
    pub fn new(pages: Pages, data_directory: impl Into<PathBuf>) -> Options {
        Options {
            pages,
            data_directory: data_directory.into(),
            csp: Csp::default(),
            icon: None,
            downloads: Downloads::Ask,
            console: true,
        }
    }
}

/// Why no window can be opened, or all are gone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no display to open windows on.
    #[error("{0}")]
    NoDisplay(String),
    /// The event loop did not start, or broke.
    #[error("the event loop failed: {0}")]
    EventLoop(String),
    /// Something panicked on the main thread: a bug, whose place is on stderr.
    #[error("the windows' side of the app has panicked")]
    Panicked,
}
