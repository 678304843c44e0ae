//! Windows of winit's with wry's webviews, on Windows and macOS; winit's event loop runs.

mod desktop;
mod eval;
mod features;
mod frame;
mod guard;
mod pulse;
mod scheme;
mod transport;

pub(in crate::wry) use winit::event_loop::ActiveEventLoop as Shell;

pub(in crate::wry) use self::desktop::{Desktop, open_external, screens};
pub(in crate::wry) use self::eval::eval;
pub(in crate::wry) use self::features::{allow_inspection, restrict};
pub(in crate::wry) use self::frame::Frame;
pub(in crate::wry) use self::guard::{announce, watch};
pub(in crate::wry) use self::pulse::Pulse;
pub(in crate::wry) use self::scheme::Scheme;
pub(in crate::wry) use self::transport::{Library, Transport};
