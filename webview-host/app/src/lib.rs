//! Runs one Deno app: a script and its modules, with the web APIs a Deno user takes for granted.
//!
//! [`run`] knows nothing of windows. It drives a script on the calling thread's tokio
//! runtime until it has nothing more to do; what else the script may import (`host:ipc`,
//! `host:window`) comes as extensions in [`RunOptions`]. The `host` binary composes the two, as the
//! app's [`Manifest`] says.
//!
//! Reading order: [`cli`] (the command line), [`run`] (one app from start to end), `load` (its
//! modules), `ext` (its globals), [`pages`] (what its pages get), [`report`] (its errors as text), [`log`].

#![forbid(unsafe_code)]

pub mod cli;
mod error;
mod ext;
mod files;
mod idle;
pub mod instances;
mod load;
pub mod log;
mod manifest;
mod output;
pub mod report;
mod runtime;
mod storage;

pub use error::RunError;
pub use files::pages;
pub use idle::Idle;
pub use load::LoadError;
pub use manifest::Manifest;
pub use output::Output;
pub use runtime::{RunOptions, run};
pub use storage::Storage;
