//! Windows and macOS, where winit does all that is needed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;

use ipc_protocol::{Position, Size};
use winit::dpi::{LogicalPosition, LogicalSize, PhysicalPosition};
use winit::error::NotSupportedError;
use winit::window::{Fullscreen, Window, WindowId};
use wry::WebView;

/// The window system.
#[derive(Debug, Default)]
pub(super) struct WindowSystem {
    focus_changes: RefCell<VecDeque<(WindowId, bool)>>,
}

impl WindowSystem {
    /// Takes in that winit reports a window to have got the keyboard (`true`) or lost it.
    pub(super) fn winit_says(&self, window: WindowId, focused: bool) {
        self.focus_changes.borrow_mut().push_back((window, focused));
    }

    /// Winit watches all windows.
    pub(super) fn watch(&self, _window: &Window) -> Result<(), Infallible> {
        Ok(())
    }

    /// The next window that has got the keyboard (`true`) or lost it.
    pub(super) fn next_focus_change(&self) -> Option<(WindowId, bool)> {
        self.focus_changes.borrow_mut().pop_front()
    }

    /// Passes the keyboard on from a window that has got it to its page.
    pub(super) fn pass_focus(&self, _window: &Window, page: &WebView, focused: bool) {
        if focused && let Err(error) = page.focus() {
            tracing::warn!(%error, "the page did not get the keyboard");
        }
    }

    /// The top left corner of the window's frame.
    pub(super) fn position(
        &self,
        window: &Window,
    ) -> Result<PhysicalPosition<i32>, NotSupportedError> {
        window.outer_position()
    }

    /// Scripts do not close these webviews.
    pub(super) fn on_page_gone(&self, _page: &WebView, _call: impl Fn() + 'static) {}

    /// Nothing tells of it here once the webview is made; on macOS the border does.
    pub(super) fn on_page_crash(&self, _page: &WebView, _call: impl Fn() + 'static) {}

    pub(super) fn is_fullscreen(&self, window: &Window) -> bool {
        window.fullscreen().is_some()
    }

    pub(super) fn set_fullscreen(&self, window: &Window, on: bool) {
        window.set_fullscreen(on.then_some(Fullscreen::Borderless(None)));
    }

    /// Only the app can change this.
    pub(super) fn is_always_on_top(&self, _window: &Window, asked_for: bool) -> bool {
        asked_for
    }

    /// Nobody needs to be told that a window was hidden.
    pub(super) fn withdrawn(&self, _window: &Window) {}
}

/// Pixels of the screen for one of the page.
pub(super) fn scale(window: &Window) -> f64 {
    window.scale_factor()
}

/// A size in winit's terms, of a window that may not exist yet.
pub(super) fn native_size(Size { width, height }: Size) -> winit::dpi::Size {
    LogicalSize::new(width, height).into()
}

/// A position in winit's terms, of a window that may not exist yet.
pub(super) fn native_position(Position { x, y }: Position) -> winit::dpi::Position {
    LogicalPosition::new(x, y).into()
}

/// There is nothing to do between a page and its window.
pub(super) struct Farewell;
