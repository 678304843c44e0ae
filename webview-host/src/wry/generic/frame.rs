//! A window of winit's around a page.

use std::cell::{Cell, OnceCell};

use ipc_protocol::{
    Dialog, DialogAnswer, Position, Size, SizeLimits, WindowCommand, WindowId, WindowSpec,
    WindowState,
};
use winit::dpi::{LogicalPosition, LogicalSize, PhysicalPosition, PhysicalSize};
use winit::event::WindowEvent;
use winit::window::{Fullscreen, Window, WindowAttributes, WindowLevel};
use wry::{Rect, WebView, WebViewBuilder};

use super::Shell;
use crate::wry::events::Events;
use crate::wry::hidden::Hidden;
use crate::{BackendError, BackendEventKind, Icon, TitleBarAction};

pub(in crate::wry) struct Frame {
    window: Window,
    /// Whom to tell what happens, and the window's id there.
    reports: OnceCell<(WindowId, Events)>,
    /// The last that was reported; first what the app knows from its options.
    focused: Cell<bool>,
    size: Cell<Size>,
    position: Cell<Option<Position>>,
    /// What the app asked for.
    always_on_top: Cell<bool>,
}

/// What winit needs to know before the window exists. It is hidden, so that it comes on the
/// screen with its page in it.
fn attributes(spec: &WindowSpec, limits: SizeLimits) -> WindowAttributes {
    let mut attributes = Window::default_attributes()
        .with_title(&spec.title)
        .with_inner_size(logical(spec.size()))
        .with_decorations(spec.decorations)
        .with_transparent(spec.transparent)
        .with_visible(false);
    if let Some(Position { x, y }) = spec.position() {
        attributes = attributes.with_position(LogicalPosition::new(x, y));
    }
    if let Some(least) = limits.least() {
        attributes = attributes.with_min_inner_size(logical(least));
    }
    if let Some(greatest) = limits.greatest() {
        attributes = attributes.with_max_inner_size(logical(greatest));
    }
    attributes
}

impl Frame {
    pub(in crate::wry) fn new(
        shell: &Shell,
        builder: WebViewBuilder<'_>,
        spec: &WindowSpec,
        limits: SizeLimits,
    ) -> Result<(Frame, WebView), BackendError> {
        let window = shell
            .create_window(attributes(spec, limits))
            .map_err(failed)?;
        let webview = builder
            .with_bounds(bounds(window.inner_size()))
            .build_as_child(&window)
            .map_err(failed)?;
        if !spec.resizable {
            // Not one of the attributes: winit would take the size for the limits ever after.
            window.set_resizable(false);
        }
        let frame = Frame {
            window,
            reports: OnceCell::new(),
            focused: Cell::new(false),
            size: Cell::new(spec.size()),
            position: Cell::new(spec.position()),
            always_on_top: Cell::new(false),
        };
        Ok((frame, webview))
    }

    pub(in crate::wry) fn id(&self) -> winit::window::WindowId {
        self.window.id()
    }

    /// Starts reporting what happens to the window, whose id this is.
    pub(in crate::wry) fn report_to(&self, id: &WindowId, events: &Events) {
        let _ = self.reports.set((id.clone(), events.clone()));
    }

    /// Nothing tells of it here. On Windows wry then takes the webview off its window, which stays.
    pub(in crate::wry) fn on_page_close(&self, _: impl Fn() + 'static) {}

    /// Nothing tells of it here once the webview is made; on macOS the border does.
    pub(in crate::wry) fn on_page_crash(&self, _: impl Fn() + 'static) {}

    /// Takes in what winit tells of the window with this webview.
    pub(in crate::wry) fn on_event(&self, webview: &WebView, event: WindowEvent) {
        let Some((id, events)) = self.reports.get() else {
            return;
        };
        let kind = match event {
            WindowEvent::CloseRequested => BackendEventKind::CloseRequested,
            WindowEvent::Focused(focused) => {
                if focused && let Err(error) = webview.focus() {
                    tracing::warn!(%error, "the page did not get the keyboard");
                }
                if self.focused.replace(focused) == focused {
                    return;
                }
                BackendEventKind::Focused(focused)
            }
            WindowEvent::Resized(pixels) => {
                if let Err(error) = webview.set_bounds(bounds(pixels)) {
                    tracing::warn!(%error, "the page keeps its old size");
                }
                let size = self.to_size(pixels);
                if self.size.replace(size) == size {
                    return;
                }
                BackendEventKind::Resized(size)
            }
            WindowEvent::Moved(_) => {
                let position = self.position();
                if self.position.replace(Some(position)) == Some(position) {
                    return;
                }
                BackendEventKind::Moved(position)
            }
            _ => return,
        };
        events.report(kind.of(id.clone()));
    }

    /// What a window that is on the screen says.
    pub(in crate::wry) fn state(&self) -> WindowState {
        let window = &self.window;
        WindowState {
            title: window.title(),
            size: self.to_size(window.inner_size()),
            position: Some(self.position()),
            focused: self.focused.get(),
            visible: window.is_visible().unwrap_or(true),
            maximized: window.is_maximized(),
            minimized: window.is_minimized().unwrap_or(false),
            fullscreen: window.fullscreen().is_some(),
            resizable: window.is_resizable(),
            decorations: window.is_decorated(),
            always_on_top: self.always_on_top.get(),
        }
    }

    /// Whether the window system can do what a command asks.
    pub(in crate::wry) fn check(&self, _: &WindowCommand) -> Result<(), BackendError> {
        Ok(())
    }

    pub(in crate::wry) fn apply(&self, command: &WindowCommand) -> Result<(), BackendError> {
        let window = &self.window;
        match command {
            WindowCommand::Focus => window.focus_window(),
            WindowCommand::Minimize => window.set_minimized(true),
            WindowCommand::Maximize => window.set_maximized(true),
            WindowCommand::Unmaximize => window.set_maximized(false),
            WindowCommand::Restore => {
                window.set_minimized(false);
                window.set_maximized(false);
            }
            WindowCommand::SetTitle(title) => window.set_title(title),
            WindowCommand::SetSize(size) => {
                // The new size, if it is known at once, is reported as an event all the same.
                let _ = window.request_inner_size(logical(*size));
            }
            WindowCommand::SetPosition(Position { x, y }) => {
                window.set_outer_position(LogicalPosition::new(*x, *y));
            }
            WindowCommand::SetFullscreen(on) => {
                window.set_fullscreen(on.then_some(Fullscreen::Borderless(None)));
            }
            WindowCommand::SetResizable(on) => window.set_resizable(*on),
            WindowCommand::SetDecorations(on) => window.set_decorations(*on),
            WindowCommand::SetAlwaysOnTop(on) => self.set_always_on_top(*on),
            _ => return Err(BackendError::Unsupported),
        }
        Ok(())
    }

    /// Winit has no dialogs.
    pub(in crate::wry) fn dialog(
        &self,
        _: u64,
        _: &Dialog,
        _: impl Fn(DialogAnswer) + 'static,
    ) -> Result<(), BackendError> {
        Err(BackendError::Unsupported)
    }

    /// Does what the user wants who presses a button on the page, who is taken at its word: winit does not
    /// tell of buttons.
    pub(in crate::wry) fn title_bar(&self, action: TitleBarAction) {
        match action {
            TitleBarAction::Move => {
                if let Err(error) = self.window.drag_window() {
                    tracing::debug!(%error, "the window is not moved");
                }
            }
            TitleBarAction::ToggleMaximize if !self.window.is_resizable() => {}
            TitleBarAction::ToggleMaximize => {
                self.window.set_maximized(!self.window.is_maximized())
            }
        }
    }

    /// Puts the window on the screen, in this state.
    pub(in crate::wry) fn show(&self, state: Hidden) {
        let window = &self.window;
        window.set_visible(true);
        if let Some(Position { x, y }) = state.position {
            window.set_outer_position(LogicalPosition::new(x, y));
        }
        self.set_always_on_top(state.always_on_top);
        window.set_maximized(state.maximized);
        window.set_fullscreen(state.fullscreen.then_some(Fullscreen::Borderless(None)));
    }

    pub(in crate::wry) fn hide(&self) {
        self.window.set_visible(false);
    }

    /// Windows of winit's do not know of each other.
    pub(in crate::wry) fn attach_to(&self, _: &Frame, _: bool) {}

    /// Gives the window an icon, where windows have some.
    pub(in crate::wry) fn set_icon(&self, icon: &Icon) {
        let made =
            winit::window::Icon::from_rgba(icon.rgba().to_vec(), icon.width(), icon.height());
        match made {
            Ok(icon) => self.window.set_window_icon(Some(icon)),
            Err(error) => tracing::warn!(%error, "the window has no icon"),
        }
    }

    /// Keeps the window's size within limits.
    pub(in crate::wry) fn limit(&self, limits: SizeLimits) {
        self.window.set_min_inner_size(limits.least().map(logical));
        self.window
            .set_max_inner_size(limits.greatest().map(logical));
    }

    /// Where the window is in the middle of its screen.
    pub(in crate::wry) fn centered_position(&self) -> Position {
        let Some(monitor) = self.window.current_monitor() else {
            return self.position();
        };
        let scale = self.window.scale_factor();
        let LogicalPosition { x, y } = monitor.position().to_logical::<f64>(scale);
        let room = self.to_size(monitor.size());
        let size = self.to_size(self.window.outer_size());
        Position {
            x: x + (room.width - size.width) / 2.0,
            y: y + (room.height - size.height) / 2.0,
        }
    }

    fn set_always_on_top(&self, on: bool) {
        self.window.set_window_level(match on {
            true => WindowLevel::AlwaysOnTop,
            false => WindowLevel::Normal,
        });
        self.always_on_top.set(on);
    }

    fn to_size(&self, size: PhysicalSize<u32>) -> Size {
        let LogicalSize { width, height } = size.to_logical(self.window.scale_factor());
        Size { width, height }
    }

    /// The top left corner of the window's frame.
    fn position(&self) -> Position {
        let position = self.window.outer_position().unwrap_or_default();
        let LogicalPosition { x, y } = position.to_logical(self.window.scale_factor());
        Position { x, y }
    }
}

fn logical(Size { width, height }: Size) -> LogicalSize<f64> {
    LogicalSize::new(width, height)
}

fn bounds(size: PhysicalSize<u32>) -> Rect {
    Rect {
        position: PhysicalPosition::new(0, 0).into(),
        size: size.into(),
    }
}

fn failed(error: impl std::fmt::Display) -> BackendError {
    BackendError::Failed(error.to_string())
}
