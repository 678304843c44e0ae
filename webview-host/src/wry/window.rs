//! One window with its webview.

use std::cell::{Cell, RefCell};

use ipc_protocol::{Position, Size, WindowCommand, WindowSpec, WindowState};
use winit::dpi::{LogicalPosition, LogicalSize, PhysicalPosition, PhysicalSize};
use winit::window::{Fullscreen, Window, WindowAttributes, WindowLevel};
use wry::{Rect, WebView, WebViewBuilder};

use crate::BackendError;

pub(super) struct NativeWindow {
    // Before the window, so that it is dropped first.
    webview: WebView,
    window: Window,
    title: RefCell<String>,
    always_on_top: Cell<bool>,
    devtools: bool,
}

/// What winit needs to know before the window exists.
pub(super) fn attributes(spec: &WindowSpec) -> WindowAttributes {
    let mut attributes = Window::default_attributes()
        .with_title(&spec.title)
        .with_inner_size(LogicalSize::new(spec.width, spec.height))
        .with_resizable(spec.resizable)
        .with_decorations(spec.decorations)
        .with_transparent(spec.transparent)
        .with_window_level(level(spec.always_on_top))
        .with_visible(spec.visible);
    if let Some(Position { x, y }) = spec.position() {
        attributes = attributes.with_position(LogicalPosition::new(x, y));
    }
    if spec.min_width.is_some() || spec.min_height.is_some() {
        let (width, height) = (
            spec.min_width.unwrap_or(1.0),
            spec.min_height.unwrap_or(1.0),
        );
        attributes = attributes.with_min_inner_size(LogicalSize::new(width, height));
    }
    if spec.max_width.is_some() || spec.max_height.is_some() {
        let (width, height) = (
            spec.max_width.unwrap_or(UNBOUNDED),
            spec.max_height.unwrap_or(UNBOUNDED),
        );
        attributes = attributes.with_max_inner_size(LogicalSize::new(width, height));
    }
    attributes
}

/// Where only one of two greatest extents is given; the largest that window systems take.
const UNBOUNDED: f64 = 32_767.0;

impl NativeWindow {
    pub(super) fn new(
        window: Window,
        builder: WebViewBuilder<'_>,
        spec: &WindowSpec,
    ) -> Result<NativeWindow, BackendError> {
        let webview = builder
            .with_bounds(bounds(window.inner_size()))
            .build_as_child(&window)
            .map_err(failed)?;
        Ok(NativeWindow {
            webview,
            window,
            title: RefCell::new(spec.title.clone()),
            always_on_top: Cell::new(spec.always_on_top),
            devtools: spec.devtools,
        })
    }

    pub(super) fn native_id(&self) -> winit::window::WindowId {
        self.window.id()
    }

    pub(super) fn state(&self) -> WindowState {
        let scale = self.window.scale_factor();
        WindowState {
            title: self.title.borrow().clone(),
            size: logical_size(self.window.inner_size(), scale),
            position: logical_position(self.window.outer_position().unwrap_or_default(), scale),
            focused: self.window.has_focus(),
            visible: self.window.is_visible().unwrap_or(true),
            maximized: self.window.is_maximized(),
            minimized: self.window.is_minimized().unwrap_or(false),
            fullscreen: self.window.fullscreen().is_some(),
            resizable: self.window.is_resizable(),
            decorations: self.window.is_decorated(),
            always_on_top: self.always_on_top.get(),
        }
    }

    pub(super) fn apply(&self, command: &WindowCommand) -> Result<(), BackendError> {
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
            WindowCommand::SetVisible(on) => window.set_visible(*on),
            WindowCommand::SetTitle(title) => {
                window.set_title(title);
                self.title.replace(title.clone());
            }
            WindowCommand::SetSize(Size { width, height }) => {
                // The new size, if it is known at once, is reported as an event all the same.
                let _ = window.request_inner_size(LogicalSize::new(*width, *height));
            }
            WindowCommand::SetPosition(Position { x, y }) => {
                window.set_outer_position(LogicalPosition::new(*x, *y));
            }
            WindowCommand::SetFullscreen(on) => {
                window.set_fullscreen(on.then_some(Fullscreen::Borderless(None)));
            }
            WindowCommand::SetResizable(on) => window.set_resizable(*on),
            WindowCommand::SetDecorations(on) => window.set_decorations(*on),
            WindowCommand::SetAlwaysOnTop(on) => {
                window.set_window_level(level(*on));
                self.always_on_top.set(*on);
            }
            WindowCommand::Reload => self.webview.reload().map_err(failed)?,
            WindowCommand::OpenDevtools if self.devtools => self.webview.open_devtools(),
            _ => return Err(BackendError::Unsupported),
        }
        Ok(())
    }

    pub(super) fn load(&self, url: &str) -> Result<(), BackendError> {
        self.webview.load_url(url).map_err(failed)
    }

    pub(super) fn eval(&self, script: &str) -> Result<(), BackendError> {
        self.webview.evaluate_script(script).map_err(failed)
    }

    pub(super) fn on_resize(&self, size: PhysicalSize<u32>) -> Size {
        if let Err(error) = self.webview.set_bounds(bounds(size)) {
            tracing::warn!(%error, "the page keeps its old size");
        }
        logical_size(size, self.window.scale_factor())
    }

    pub(super) fn on_move(&self, position: PhysicalPosition<i32>) -> Position {
        logical_position(position, self.window.scale_factor())
    }

    /// The page is a window in the window: the keyboard has to be handed on to it.
    pub(super) fn on_focus(&self, focused: bool) {
        if focused && let Err(error) = self.webview.focus() {
            tracing::warn!(%error, "the page did not get the keyboard");
        }
    }
}

fn bounds(size: PhysicalSize<u32>) -> Rect {
    Rect {
        position: PhysicalPosition::new(0, 0).into(),
        size: size.into(),
    }
}

fn logical_size(size: PhysicalSize<u32>, scale: f64) -> Size {
    let LogicalSize { width, height } = size.to_logical(scale);
    Size { width, height }
}

fn logical_position(position: PhysicalPosition<i32>, scale: f64) -> Position {
    let LogicalPosition { x, y } = position.to_logical(scale);
    Position { x, y }
}

fn level(always_on_top: bool) -> WindowLevel {
    match always_on_top {
        true => WindowLevel::AlwaysOnTop,
        false => WindowLevel::Normal,
    }
}

fn failed(error: wry::Error) -> BackendError {
    BackendError::Failed(error.to_string())
}
