//! What attackers write, thrown at what reads it: one function a target, each with what must hold
//! for every input.
//!
//! A function takes any bytes and panics when something does not hold. libFuzzer calls it for as
//! long as it is let (`cargo xtask fuzz`), on nightly Rust; [`short`] calls it with the seeds and
//! with a fixed number of inputs made from them, on stable Rust, as one of the tiers of
//! `cargo xtask test`.

#![forbid(unsafe_code)]

mod channels;
mod configs;
mod delivery;
mod desk;
mod frames;
mod host;
mod origins;
mod payloads;
mod realm;
mod scheme;
pub mod short;
mod socket;
mod text;

pub use channels::channels;
pub use configs::configs;
pub use delivery::delivery;
pub use frames::frames;
pub use host::host;
pub use origins::origins;
pub use payloads::payloads;
pub use scheme::scheme;
pub use socket::socket;
