//! Bad input, in real windows: each has a clear, coded error, and the app goes on.

mod app;
mod page;
mod start;

use tests::{AppDir, Display};

/// What an app prints that ends by itself.
fn printed(main: &str, page: &str) -> Vec<String> {
    let dir = AppDir::of(main, page);
    let display = Display::start();
    display.run(dir.main()).finish()
}
