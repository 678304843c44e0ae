//! The host over the memory backend, the rules for backends, and the app's pages. No window system
//! is needed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

// A host with both its sides.
mod delivery;
mod desk;
// The page's side.
mod page;

mod bytes;
mod calls;
mod closing;
mod conformance;
mod dialogs;
mod from_page;
mod gathering;
mod incidents;
mod opening;
mod origins;
mod pages;
mod panics;
mod quotas;
mod reports;
mod spans;
mod states;
mod to_page;
