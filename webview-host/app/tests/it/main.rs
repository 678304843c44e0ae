//! The app runtime from outside: small apps, run as the binary runs them.

#![allow(clippy::unwrap_used)]

mod cli;
mod deno;
mod errors;
mod globals;
mod lifetime;
mod log;
mod manifest;
mod modules;
mod support;
