//! The harness of the whole-app tests: real apps, run by the real `host`, on a display of their
//! own with a window manager or a Wayland compositor, worked with real mouse and keyboard input.
//!
//! ```no_run
//! use tests::{AppDir, Display};
//!
//! let display = Display::start();
//! let dir = AppDir::new()
//!     .file("main.ts", r#"import { createWindow } from "host:window";
//!         await createWindow({ title: "Hello" });"#)
//!     .file("index.html", "<h1>Hello</h1>");
//! let app = display.run(dir.main());
//! let window = app.window("Hello");
//! window.close();
//! app.expect_exit(0);
//! ```

#![forbid(unsafe_code)]

mod app;
mod binary;
mod dir;
mod display;
mod screenshot;
mod web;
mod window;

pub use app::{RunningApp, User, expect_gone, signal};
pub use binary::host_binary;
pub use dir::{AppDir, example};
pub use display::Display;
pub use screenshot::{Area, Screenshot};
pub use web::{Reply, Web};
pub use window::ScreenWindow;

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

/// The environment of an app whose pages have no socket, as on other platforms: it cannot write down
/// the library with the page's end of it, so that messages take the webview's own ways.
pub const WITHOUT_SOCKETS: &[(&str, &str)] = &[("XDG_DATA_HOME", "/dev/null")];

/// How long a test waits for something that must happen, before it fails. Generous: machines
/// may be slow and busy, and nothing is measured by it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until `look` finds something.
///
/// # Panics
/// After [`DEADLINE`], with `what` was waited for.
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait(look).unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// Waits until `look` finds the same twice in a row: what was about to move, or to be drawn, has come to
/// rest.
///
/// # Panics
/// After [`DEADLINE`], with `what` was waited for.
pub fn wait_for_rest<T: PartialEq>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut last = None;
    wait_for(what, || {
        let now = look();
        let rests = now == last;
        last = now;
        if rests { last.take() } else { None }
    })
}

/// The names of all entries of a directory, sorted.
///
/// # Panics
/// When it cannot be read.
pub fn names_in(directory: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    names
}

/// The same as [`wait_for`], with nothing after [`DEADLINE`].
fn wait<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        let found = look();
        if found.is_some() || start.elapsed() > DEADLINE {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
