//! The keyboard's focus on X11, as its users see it.
//!
//! GDK takes a grab of the keyboard, by an open menu or a shortcut of the window manager, for the loss
//! of the focus, and passes over what really changes meanwhile. Here it hears of no loss by a grab, and
//! not that a change came during one.

use gtk::gdk;
use gtk::prelude::*;

/// To be called once GTK is connected to the display.
pub(super) fn watch(display: &gdk::Display) {
    if display.backend().is_x11() {
        xlib::add_filter();
    }
}

#[expect(unsafe_code, reason = "the safe wrappers have no filters")]
mod xlib {
    use std::ffi::{c_int, c_void};
    use std::ptr;
    use std::sync::atomic::{AtomicI32, Ordering};

    use gtk::gdk::ffi::{
        self, GDK_FILTER_CONTINUE, GDK_FILTER_REMOVE, GdkEvent, GdkFilterReturn, GdkXEvent,
    };
    use x11::xinput2::{self, XIFocusInEvent};
    use x11::xlib::{Display, GenericEvent, XEvent, XQueryExtension};

    /// The number of the extension whose events tell of the focus; zero before the first.
    static EXTENSION: AtomicI32 = AtomicI32::new(0);

    pub(super) fn add_filter() {
        // SAFETY: a null window stands for all; the function lives as long as the process, and needs no
        // data.
        unsafe {
            ffi::gdk_window_add_filter(ptr::null_mut(), Some(filter), ptr::null_mut());
        }
    }

    /// Called for every event, before GDK looks at it. Nothing here panics.
    unsafe extern "C" fn filter(
        event: *mut GdkXEvent,
        _: *mut GdkEvent,
        _: *mut c_void,
    ) -> GdkFilterReturn {
        // SAFETY: on X11 this is an event of Xlib's.
        match unsafe { focus_change(event.cast()) } {
            Some(focus)
                if focus.mode == xinput2::XINotifyGrab && focus.evtype == xinput2::XI_FocusOut =>
            {
                GDK_FILTER_REMOVE
            }
            Some(focus) => {
                if focus.mode == xinput2::XINotifyWhileGrabbed {
                    focus.mode = xinput2::XINotifyNormal;
                }
                GDK_FILTER_CONTINUE
            }
            None => GDK_FILTER_CONTINUE,
        }
    }

    /// The change of the focus that an event tells of, if it does.
    ///
    /// # Safety
    /// The event is alive, and nobody else uses it meanwhile.
    unsafe fn focus_change<'a>(event: *mut XEvent) -> Option<&'a mut XIFocusInEvent> {
        // SAFETY: all kinds of events begin with their number. Those of extensions have a cookie, whose
        // data GDK has fetched, if there is any; the number and the kind tell its type.
        unsafe {
            if (*event).type_ != GenericEvent {
                return None;
            }
            let cookie = &(*event).generic_event_cookie;
            let is_focus = [xinput2::XI_FocusIn, xinput2::XI_FocusOut].contains(&cookie.evtype)
                && cookie.extension == extension(cookie.display);
            if !is_focus {
                return None;
            }
            cookie.data.cast::<XIFocusInEvent>().as_mut()
        }
    }

    /// The number of the X Input extension, of which the process needs one: it has one display.
    ///
    /// # Safety
    /// The display is open.
    unsafe fn extension(display: *mut Display) -> c_int {
        let known = EXTENSION.load(Ordering::Relaxed);
        if known != 0 {
            return known;
        }
        let (mut number, mut event, mut error) = (0, 0, 0);
        let name = c"XInputExtension".as_ptr();
        // SAFETY: the name ends with a null byte, and the numbers are there to be written.
        unsafe {
            XQueryExtension(
                display,
                name,
                &raw mut number,
                &raw mut event,
                &raw mut error,
            );
        }
        EXTENSION.store(number, Ordering::Relaxed);
        number
    }
}
