//! An app of which one instance runs: later starts are handed over to it.
//!
//! The instance that has the app's storage listens on a socket that its user alone can reach. A start
//! that finds the storage taken says there what it was started with, and ends.

use std::io;
use std::path::PathBuf;

use deno_ext::Start;

use crate::Storage;

#[cfg(unix)]
mod socket;
#[cfg(not(unix))]
#[path = "instances/no_socket.rs"]
mod socket;

pub use socket::{Listener, start};

/// How many starts may wait for the script.
pub const MAX_STARTS: usize = 16;

/// What comes of a start.
#[derive(Debug)]
pub enum Started {
    /// No other instance runs; this one hears of later starts by the listener, if there is one.
    First(Storage, Option<Listener>),
    /// Another instance runs, and has been told.
    HandedOver,
}

/// A start could not be handed over, or this instance cannot listen for others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The instance that runs does not take it in time.
    #[error(
        "another instance of the app runs and does not take this start: {0}; end it, or try again"
    )]
    NotTaken(io::Error),
    /// As many wait for its script as may.
    #[error(
        "another instance of the app runs, and {MAX_STARTS} starts wait for its script already"
    )]
    TooMany,
    /// This instance is the first, and cannot listen.
    #[error("cannot listen for other starts of the app at {}: {error}", path.display())]
    Listen {
        /// Where.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// What this process was started with.
pub fn this_start(args: &[String]) -> Start {
    let directory = std::env::current_dir().unwrap_or_default();
    Start {
        args: args.to_vec(),
        directory: directory.to_string_lossy().into_owned(),
    }
}
