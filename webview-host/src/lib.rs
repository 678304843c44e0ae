//! Windows and pages behind a small seam.
//!
//! [`Host`] is the state machine between an [`ipc_router::Port`] and a [`Backend`]: it knows the
//! windows, which page each shows, what waits for it, and what a page may say. It does no IO and
//! runs on the user-interface thread: report what happened with [`Host::on_event`], then let
//! [`Host::pump`] do what is to be done.
//!
//! Two backends come with it: [`memory`], a fake with a handle to look inside, and the module
//! `wry`, behind the default feature of that name: real windows. Any other stack of windows and
//! webviews needs the four methods of [`Backend`] that have no default, and nothing else of this crate; [`conformance`]
//! tells whether they do what they must.

#![deny(unsafe_code)]

mod app_id;
mod backend;
mod bucket;
pub mod conformance;
mod csp;
mod handover;
mod host;
mod icon;
mod link;
pub mod memory;
pub mod pages;
pub mod site;
mod tally;
#[cfg(feature = "wry")]
pub mod wry;

pub use app_id::{AppId, AppIdError};
pub use backend::{Backend, BackendError, BackendEvent, BackendEventKind, TitleBarAction};
pub use csp::{Csp, CspError};
pub use handover::Handover;
pub use host::{Host, HostStats, Pumped};
pub use icon::{Icon, IconError};
pub use link::{Answer, PageLink, PageRequest};
