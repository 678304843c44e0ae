//! `host:ipc` and `window.host` in real windows, row by row of the contract.
//!
//! Most apps here drive themselves: script and page talk until all is said, the script prints
//! what it saw and closes the window, and the test compares what was printed.

mod broadcast;
mod callbacks;
mod history;
mod page;
mod receive;
mod send;
mod streams;

use tests::{AppDir, Display};

/// What an app prints that ends by itself.
fn printed(main: &str, page: &str) -> Vec<String> {
    let dir = AppDir::of(main, page);
    let display = Display::start();
    display.run(dir.main()).finish()
}
