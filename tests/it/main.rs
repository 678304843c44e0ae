//! Whole apps: in real windows (`gui`), and headless.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

// The contract's own examples.
mod gui_examples;
