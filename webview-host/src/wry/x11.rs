//! What winit does not do on X11: the keyboard's way into the page, and the states of a window
//! that its user may change too.
//!
//! The page is a window of GTK's in a window of winit's. X sends keys to the page only if that
//! window itself has the input focus, and GTK shows a page as active only if told so, since it
//! did not make the window around it. Winit for its part takes the keyboard's way into the page
//! for its loss. So the focus is watched here, on a connection of our own.

use std::cell::Cell;
use std::os::fd::{AsRawFd, RawFd};

use gdkx11::X11Window;
use gtk::prelude::*;
use gtk::{Widget, gdk};
use ipc_protocol::{Position, Size};
use winit::dpi::{LogicalPosition, LogicalSize, PhysicalPosition};
use winit::window::{Window, WindowId};
use wry::{WebView, WebViewExtUnix};
use x11rb::connection::Connection;
use x11rb::errors::{ConnectError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{
    self, ConnectionExt as _, Device, FocusInEvent, NotifyDetail, NotifyMode, XIEventMask,
};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, InputFocus, Timestamp,
    UNMAP_NOTIFY_EVENT, UnmapNotifyEvent,
};
use x11rb::rust_connection::RustConnection;

use super::signals;

x11rb::atom_manager! {
    /// The names of a window's states, by the conventions of window managers.
    Atoms: AtomsCookie {
        _NET_FRAME_EXTENTS,
        _NET_WM_STATE,
        _NET_WM_STATE_ABOVE,
        _NET_WM_STATE_FULLSCREEN,
    }
}

/// How long before the focus change the window manager may have asked for it, in milliseconds.
const AGES: [Timestamp; 12] = [1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1, 0];

/// The window system.
pub(super) struct WindowSystem {
    connection: RustConnection,
    root: u32,
    atoms: Atoms,
    /// When the last focus change was that was taken in.
    focus_time: Cell<Timestamp>,
}

impl WindowSystem {
    pub(super) fn connect() -> Result<WindowSystem, Box<dyn std::error::Error>> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = match connection.setup().roots.get(screen) {
            Some(screen) => screen.root,
            None => return Err(ConnectError::InvalidScreen.into()),
        };
        let atoms = Atoms::new(&connection)?.reply()?;
        connection.xinput_xi_query_version(2, 0)?.reply()?;
        Ok(WindowSystem {
            connection,
            root,
            atoms,
            focus_time: Cell::new(x11rb::CURRENT_TIME),
        })
    }

    /// Winit's word does not count here.
    pub(super) fn winit_says(&self, _window: WindowId, _focused: bool) {}

    /// Starts watching a window, which is not on the screen yet.
    pub(super) fn watch(&self, window: &Window) -> Result<(), ReplyError> {
        let focus_changes = xinput::EventMask {
            deviceid: Device::ALL_MASTER.into(),
            mask: vec![XIEventMask::FOCUS_IN | XIEventMask::FOCUS_OUT],
        };
        self.connection
            .xinput_xi_select_events(xid(window), &[focus_changes])?
            .check()
    }

    /// The next window that has got the keyboard (`true`) or lost it. It may have had it, or
    /// not, before.
    pub(super) fn next_focus_change(&self) -> Option<(WindowId, bool)> {
        while let Ok(Some(event)) = self.connection.poll_for_event() {
            let (focus, focused) = match event {
                Event::XinputFocusIn(focus) => (focus, true),
                Event::XinputFocusOut(focus) => (focus, false),
                // Errors too: a window may be gone before a request about it arrives.
                _ => continue,
            };
            if concerns_window(&focus, focused) {
                self.focus_time.set(focus.time);
                return Some((WindowId::from(u64::from(focus.event)), focused));
            }
        }
        None
    }

    /// Makes the page in a window that has got the keyboard active, with all keys going to it;
    /// the page in one that has lost it, inactive.
    pub(super) fn pass_focus(&self, window: &Window, page: &WebView, focused: bool) {
        let page: Widget = page.webview().upcast();
        if focused && let Some(page_window) = page.window() {
            // The server is to know of all that GTK has done to the page's window.
            page_window.display().sync();
            if let Ok(page_window) = page_window.downcast::<X11Window>() {
                let to = u32::try_from(page_window.xid()).unwrap_or(x11rb::NONE);
                if let Err(error) = self.hand_on(xid(window), to) {
                    tracing::warn!(%error, "the page did not get the keyboard");
                }
            }
            page.grab_focus();
        }
        if let Some(toplevel) = page.toplevel() {
            let signal = match focused {
                true => "focus-in-event",
                false => "focus-out-event",
            };
            let event = gdk::Event::new(gdk::EventType::FocusChange);
            toplevel.emit_by_name::<bool>(signal, &[&event]);
        }
    }

    /// Hands the input focus on from one window to another, if it still has it.
    ///
    /// Nothing tells at which time the window manager asked for the focus that was granted, only
    /// when that was done; the manager may have asked for its next one in between, and would be
    /// refused after a request with a later time. So ours has the earliest that is not refused.
    fn hand_on(&self, from: u32, to: u32) -> Result<(), ReplyError> {
        let connection = &self.connection;
        // Between the look and the change no other client gets a word in.
        connection.grab_server()?;
        for age in AGES {
            if connection.get_input_focus()?.reply()?.focus != from {
                break;
            }
            let time = self.focus_time.get().wrapping_sub(age);
            connection.set_input_focus(InputFocus::PARENT, to, time)?;
        }
        connection.ungrab_server()?;
        Ok(connection.flush()?)
    }

    /// The top left corner of the window's frame. Winit may remember a frame that has changed
    /// since, as it does when a window is maximized.
    pub(super) fn position(&self, window: &Window) -> Result<PhysicalPosition<i32>, ReplyError> {
        let (connection, window) = (&self.connection, xid(window));
        let frame = self.atoms._NET_FRAME_EXTENTS;
        let corner = connection.translate_coordinates(window, self.root, 0, 0)?;
        let frame = connection.get_property(false, window, frame, AtomEnum::CARDINAL, 0, 4)?;
        let (corner, frame) = (corner.reply()?, frame.reply()?);
        let frame: Vec<u32> = frame.value32().into_iter().flatten().collect();
        let (left, top) = match frame[..] {
            [left, _right, top, _bottom] => (left, top),
            _ => (0, 0),
        };
        Ok(PhysicalPosition {
            x: i32::from(corner.dst_x).saturating_sub_unsigned(left),
            y: i32::from(corner.dst_y).saturating_sub_unsigned(top),
        })
    }

    /// Calls back when the webview goes: when the page's script closes it, and also with the
    /// window.
    pub(super) fn on_page_gone(&self, page: &WebView, call: impl Fn() + 'static) {
        signals::on_destroy(&page.webview(), call);
    }

    /// Calls back when the page's process has ended.
    pub(super) fn on_page_crash(&self, page: &WebView, call: impl Fn() + 'static) {
        signals::on_process_terminated(&page.webview(), call);
    }

    pub(super) fn is_fullscreen(&self, window: &Window) -> bool {
        self.has_state(window, self.atoms._NET_WM_STATE_FULLSCREEN)
    }

    /// Its user may have changed it since the app asked.
    pub(super) fn is_always_on_top(&self, window: &Window, _asked_for: bool) -> bool {
        self.has_state(window, self.atoms._NET_WM_STATE_ABOVE)
    }

    /// Asks the window manager, as winit would, but whatever winit thinks of the window.
    pub(super) fn set_fullscreen(&self, window: &Window, on: bool) {
        const SOURCE_IS_APP: u32 = 1;
        // What winit has asked for so far comes first.
        let _ = window.inner_size();
        let atoms = &self.atoms;
        let data = [
            on.into(),
            atoms._NET_WM_STATE_FULLSCREEN,
            0,
            SOURCE_IS_APP,
            0,
        ];
        let message = ClientMessageEvent::new(32, xid(window), atoms._NET_WM_STATE, data);
        self.tell_manager(message);
    }

    /// Tells the window manager of a window that was hidden: when it was minimized, it was off
    /// the screen already.
    pub(super) fn withdrawn(&self, window: &Window) {
        self.tell_manager(UnmapNotifyEvent {
            response_type: UNMAP_NOTIFY_EVENT,
            event: self.root,
            window: xid(window),
            ..UnmapNotifyEvent::default()
        });
    }

    fn tell_manager(&self, event: impl Into<[u8; 32]>) {
        let to_manager = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        let sent = self
            .connection
            .send_event(false, self.root, to_manager, event)
            .and_then(|_| self.connection.flush());
        if let Err(error) = sent {
            tracing::warn!(%error, "the window manager was not told");
        }
    }

    fn has_state(&self, window: &Window, state: Atom) -> bool {
        let property = self.atoms._NET_WM_STATE;
        let states = self
            .connection
            .get_property(false, xid(window), property, AtomEnum::ATOM, 0, 64)
            .ok()
            .and_then(|states| states.reply().ok());
        states
            .and_then(|states| Some(states.value32()?.any(|atom| atom == state)))
            .unwrap_or(false)
    }
}

/// Between a page that is dropped and its window: what GTK has asked of the page's windows is done
/// while they are there. An open menu of the page has GTK ask more, and an error would end us.
pub(super) struct Farewell;

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Some(display) = gdk::Display::default() {
            display.sync();
        }
    }
}

impl AsRawFd for WindowSystem {
    fn as_raw_fd(&self) -> RawFd {
        self.connection.stream().as_raw_fd()
    }
}

/// The display's scale of GTK and WebKit, which page pixels are measured in. Winit has one of
/// its own making.
pub(super) fn scale(_window: &Window) -> f64 {
    gtk_scale()
}

/// A size in winit's terms, of a window that may not exist yet.
pub(super) fn native_size(Size { width, height }: Size) -> winit::dpi::Size {
    LogicalSize::new(width, height)
        .to_physical::<u32>(gtk_scale())
        .into()
}

/// A position in winit's terms, of a window that may not exist yet.
pub(super) fn native_position(Position { x, y }: Position) -> winit::dpi::Position {
    LogicalPosition::new(x, y)
        .to_physical::<i32>(gtk_scale())
        .into()
}

fn gtk_scale() -> f64 {
    const USUAL_DPI: f64 = 96.0;
    let monitor = gdk::Display::default().and_then(|display| display.monitor(0));
    let pixels = monitor.map_or(1, |monitor| monitor.scale_factor());
    // In 1024ths; not positive when nobody set it. WebKit zooms its pages by it.
    let text = match gtk::Settings::default().map(|settings| settings.gtk_xft_dpi()) {
        Some(dpi) if dpi > 0 => f64::from(dpi) / 1024.0 / USUAL_DPI,
        _ => 1.0,
    };
    f64::from(pixels) * text
}

/// Not its way between the window and the page in it, unless back, nor a short loan while keys
/// are grabbed, nor what comes with the pointer.
fn concerns_window(focus: &FocusInEvent, focused: bool) -> bool {
    matches!(focus.mode, NotifyMode::NORMAL | NotifyMode::WHILE_GRABBED)
        && match focus.detail {
            NotifyDetail::INFERIOR => focused,
            NotifyDetail::ANCESTOR
            | NotifyDetail::VIRTUAL
            | NotifyDetail::NONLINEAR
            | NotifyDetail::NONLINEAR_VIRTUAL => true,
            _ => false,
        }
}

/// X ids have 32 bits, winit hands them out in 64.
fn xid(window: &Window) -> u32 {
    u32::try_from(u64::from(window.id())).unwrap_or(x11rb::NONE)
}
