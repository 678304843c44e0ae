//! `host:ipc`, `host:window` and `host:app` for any `deno_core` embedder.
//!
//! Two extensions over one [`ipc_router::Router`], so that an embedder may grant one alone:
//!
//! - [`host_ipc`]: messages to windows, and everything windows send (`import … from "host:ipc"`);
//! - [`host_window`]: opening windows and what may be asked of them (`"host:window"`).
//!
//! A third has no router: [`host_instances`] passes the script the other starts of the app that its embedder
//! reports (`"host:app"`).
//!
//! What the script may do with either is its embedder's to say, by [`Permissions`].
//!
//! Add them to the runtime and let the module loader pass `host:` specifiers through; the modules
//! are made when first imported. Windows live on another thread, behind the router's
//! [`Port`](ipc_router::Port): no op ever waits for it on the script's thread.
//!
//! A window that the script opened keeps the event loop alive until it is closed, and a call or a
//! message that the script waits for until it has ended; waiting for events alone does not.
//!
//! The runtime runs inside a tokio runtime with its time driver on: calls have time limits. Signals
//! that abort are the embedder's: `AbortController` is looked up when one is needed.
//!
//! Features `quickjs` (default) and `v8` choose `deno_core`'s engine; exactly one must be on.

#![forbid(unsafe_code)]

#[cfg(not(any(feature = "quickjs", feature = "v8")))]
compile_error!("choose an engine: feature `quickjs` (the default) or `v8`");
#[cfg(all(feature = "quickjs", feature = "v8"))]
compile_error!(
    "features `quickjs` and `v8` exclude each other: use `--no-default-features --features v8`"
);

mod calls;
mod error;
mod inbox;
mod instances;
mod ipc;
mod permissions;
mod send;
mod sources;
mod stats;
mod text;
mod unheard;
mod waits;
mod window;

pub use error::ExtError;
pub use instances::{Start, host_instances};
pub use ipc::host_ipc;
pub use permissions::Permissions;
pub use window::host_window;

/// The TypeScript declarations of `host:ipc`, `host:window` and `host:app`.
pub const DECLARATIONS: &str = include_str!("js/host.d.ts");

/// The ops that wait for events, for time limits and for what nobody listens for. Their promises are
/// unreferenced: they keep no script alive.
pub const BACKGROUND_OPS: [&str; 6] = [
    "op_instances_wait",
    "op_ipc_wait",
    "op_ipc_slept",
    "op_ipc_watch_unheard",
    "op_window_theme_after",
    "op_window_wait",
];
