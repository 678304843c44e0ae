//! Windows of GTK's own with WebKitGTK's webviews, on X11 and Wayland; glib's main loop is the only one.

mod bench;
mod bridge;
mod desktop;
mod dialogs;
mod downloads;
mod eval;
mod features;
mod focus;
mod frame;
mod guard;
mod library;
mod presses;
mod private_dir;
mod pulse;
mod scheme;
mod shortcuts;
mod signals;
mod socket;
mod streams;
mod transport;
mod trim;

pub use self::bench::Bench;
pub(in crate::wry) use self::desktop::{Desktop, Shell, open_external, screens};
pub(in crate::wry) use self::eval::eval;
pub(in crate::wry) use self::features::{allow_inspection, restrict};
pub(in crate::wry) use self::frame::Frame;
pub(in crate::wry) use self::guard::{announce, watch};
pub(in crate::wry) use self::library::Library;
pub use self::private_dir::PrivateDir;
pub(in crate::wry) use self::pulse::Pulse;
pub(in crate::wry) use self::scheme::Scheme;
pub(in crate::wry) use self::transport::Transport;
