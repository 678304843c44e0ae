//! Whole apps: in real windows (`gui`), and headless.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

// The contract's own examples.
mod gui_examples;
// `host:ipc` and `window.host`, row by row.
mod gui_ipc;
// The wry backend by the rules for backends.
mod gui_conformance;
// What the app decides about its messages, and hears of them.
mod gui_policies;
// Requests, streams, and messages from page to page.
mod gui_calls;
// Payloads of bytes.
mod gui_bytes;
// What is promised of messages, when pages reload and are slow.
mod gui_delivery;
// `host:window`: every option and every method.
mod gui_window;
// What pages do in their windows as everywhere, on X11 and on Wayland, whatever engine runs the script.
#[cfg(feature = "quickjs")]
mod gui_life;
// What window manager, mouse and keyboard do.
mod gui_events;
// Bad input, of every kind there is.
mod gui_bad_input;
// Small apps that went wrong once.
mod gui_faults;
// Pages that attack, and parts that fail.
mod gui_hostile;
// When an app ends, and with which code.
mod gui_lifetime;
// Pages, scripts and processes that end or hang in the middle of their work.
mod gui_failing;
// The app's own pages and their origin.
mod gui_pages;
// What these may load and run.
mod gui_content;
// What an app is granted.
mod gui_manifest;
// Whose pages reach the app, and where they may go.
mod gui_origins;
// Script, pages and windows do not wait for each other.
mod gui_responsive;
// What fails, and that it is told.
mod gui_told;
// What the app's origin serves.
mod gui_files;
// Handles of windows, and the last words of pages.
mod gui_handles;
// Loads that fail, pages that hang, and files that pages would write.
mod gui_loads;
// Files that pages, or their users, save.
mod gui_downloads;
// Output that nobody reads.
mod gui_output;
// Apps that are started while they run.
mod gui_instances;
// Desktops of other languages.
mod gui_locale;
// Whole apps without a screen.
mod headless;
