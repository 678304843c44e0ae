//! winit's event loop on X11, and a start of it without what only typing into winit's windows needs.

use std::env;
use std::ffi::OsStr;

use winit::error::EventLoopError;
use winit::event_loop::EventLoop;
use winit::platform::x11::EventLoopBuilderExtX11;

use super::StartError;
use super::platform::no_display;

/// Connects to the display.
pub(super) fn new() -> Result<EventLoop<()>, StartError> {
    let event_loop = EventLoop::builder().with_x11().build();
    event_loop.map_err(|error| match error {
        EventLoopError::Os(_) | EventLoopError::NotSupported(_) => no_display(),
        error => error.into(),
    })
}

/// What the C library looks at first for the locale of a process.
const LOCALE: &str = "LC_ALL";

/// The same in a third of the time.
///
/// With every event loop winit opens an input method and a table of key sequences, for which Xlib and
/// xkbcommon read the compose file of the user's locale, some 500 KB of text. Nobody types into
/// winit's windows, since GTK's are above them and have an input method of their own. In the
/// locale `C` that file is small; GTK takes up the user's locale when it starts.
///
/// # Safety
/// As [`Desktop::open_before_threads`](super::Desktop::open_before_threads).
#[expect(unsafe_code, reason = "winit's locale is that of the environment")]
pub(super) unsafe fn new_before_threads() -> Result<EventLoop<()>, StartError> {
    let of_user = env::var_os(LOCALE);
    // SAFETY: the caller vouches for other threads, and winit starts none.
    unsafe { set_or_remove(LOCALE, Some("C".as_ref())) };
    let event_loop = new();
    // SAFETY: as before.
    unsafe { set_or_remove(LOCALE, of_user.as_deref()) };
    event_loop
}

/// # Safety
/// As that of [`env::set_var`].
#[expect(unsafe_code, reason = "other threads may look at the environment")]
unsafe fn set_or_remove(name: &str, value: Option<&OsStr>) {
    // SAFETY: the caller vouches for it.
    match value {
        Some(value) => unsafe { env::set_var(name, value) },
        None => unsafe { env::remove_var(name) },
    }
}
