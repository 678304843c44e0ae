//! The modules `host:ipc` and `host:window` in a real engine, over a real router and host. Only
//! the windows are in memory, and the pages are the tests themselves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

// A script with its windows.
mod app;
// The same, with pages that are played at the router, for payloads that are not text.
mod far;

mod alone;
mod arguments;
mod bytes_from_pages;
mod bytes_refused;
mod bytes_to_pages;
mod callbacks;
mod calling;
mod colliding;
mod consumers;
mod declarations;
mod frames;
mod handling;
mod held;
mod incidents;
mod instances;
mod lifetime;
mod numbers;
mod payloads;
mod permissions;
mod receiving;
mod runs;
mod sending;
mod streams;
mod turns;
mod unawaited;
mod unfit;
mod unheard;
mod waiting;
mod windows;
