//! Fans events out to any number of independent subscribers and takes messages to windows, over
//! bounded queues.
//!
//! A [`Router`] and a [`Port`] are the two ends of one connection: the app's side holds the
//! router (cheap to clone, any thread), the user interface's side holds the port. Neither knows
//! what is behind the other: a script engine or plain Rust here, a window system or a test there.
//!
//! Everything runs on the caller's thread, no call waits for another side, and no lock is held
//! while calling out. A [`Wake`] is told when there is something to take; then take everything.
//! A wake, a [`Reply`] or a callback that panics harms nobody else: the panic is logged and goes no
//! further.
//!
//! ```
//! use ipc_protocol::{Channel, Event, Limits, Payload, WindowId};
//! use ipc_router::{Filter, Router};
//!
//! let (router, port) = Router::new(Limits::default());
//! let events = router.subscribe(|| {});
//! events.listen(&Filter::All);
//!
//! let main = WindowId::new("main")?;
//! let saved = Channel::new("saved")?;
//! port.publish(Event::message(main, saved, Payload::null()));
//! assert_eq!(events.try_recv().map(|event| event.channel.to_string()).as_deref(), Ok("saved"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod closed;
mod contain;
mod error;
mod filter;
mod lane;
mod policies;
mod port;
mod queue;
mod registry;
mod reply;
mod router;
mod stats;
mod subscription;
mod unheard;
mod wake;
mod window;

pub use error::{ConfigureError, RouteError, TryRecvError};
pub use filter::Filter;
pub use lane::{Batch, Lane, Outgoing, Until};
pub use port::{Port, Request};
pub use reply::Reply;
pub use router::Router;
pub use stats::{ChannelStats, Stats, WindowStats};
pub use subscription::Subscription;
pub use unheard::{Listener, Unheard};
pub use wake::Wake;
pub use window::Window;
