//! One window with its webview.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ipc_protocol::{Position, Size, WindowCommand, WindowSpec, WindowState};
use winit::dpi::{LogicalPosition, LogicalSize, PhysicalPosition, PhysicalSize};
use winit::window::{Window, WindowAttributes, WindowLevel};
use wry::{Rect, WebView, WebViewBuilder};

use super::border::Border;
use super::eval::eval;
use super::hidden::Hidden;
use super::pulse::Pulse;
use super::system::{self, WindowSystem};
use super::transport::Transport;
use crate::{BackendError, Handover};

pub(super) struct NativeWindow {
    // In this order they are dropped: when the page goes, all know whether the window does.
    transport: Rc<Transport>,
    pulse: Rc<Pulse>,
    webview: WebView,
    _farewell: system::Farewell,
    window: Window,
    system: Rc<WindowSystem>,
    title: RefCell<String>,
    /// The last that was reported; first what the app knows from its options.
    focused: Cell<bool>,
    size: Cell<Size>,
    position: Cell<Option<Position>>,
    hidden: Cell<Option<Hidden>>,
    /// What the app asked for.
    always_on_top: Cell<bool>,
    devtools: bool,
}

/// What winit needs to know before the window exists. It is hidden, so that it comes on the
/// screen with its page in it.
pub(super) fn attributes(spec: &WindowSpec) -> WindowAttributes {
    let mut attributes = Window::default_attributes()
        .with_title(&spec.title)
        .with_inner_size(system::native_size(spec.size()))
        .with_decorations(spec.decorations)
        .with_transparent(spec.transparent)
        .with_visible(false);
    if let Some(position) = spec.position() {
        attributes = attributes.with_position(system::native_position(position));
    }
    if spec.min_width.is_some() || spec.min_height.is_some() {
        let least = Size {
            width: spec.min_width.unwrap_or(1.0),
            height: spec.min_height.unwrap_or(1.0),
        };
        attributes = attributes.with_min_inner_size(system::native_size(least));
    }
    if spec.max_width.is_some() || spec.max_height.is_some() {
        let greatest = Size {
            width: spec.max_width.unwrap_or(UNBOUNDED),
            height: spec.max_height.unwrap_or(UNBOUNDED),
        };
        attributes = attributes.with_max_inner_size(system::native_size(greatest));
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
        border: &Rc<Border>,
        system: Rc<WindowSystem>,
    ) -> Result<NativeWindow, BackendError> {
        system.watch(&window).map_err(failed)?;
        let webview = builder
            .with_bounds(bounds(window.inner_size()))
            .build_as_child(&window)
            .map_err(failed)?;
        if !spec.resizable {
            // Not one of the attributes: winit would take the size for the limits ever after.
            window.set_resizable(false);
        }
        let hidden = Hidden {
            always_on_top: spec.always_on_top,
            ..Hidden::default()
        };
        let window = NativeWindow {
            transport: Transport::new(&webview, border),
            pulse: Pulse::new(&webview, border),
            webview,
            _farewell: system::Farewell,
            window,
            system,
            title: RefCell::new(spec.title.clone()),
            focused: Cell::new(false),
            size: Cell::new(spec.size()),
            position: Cell::new(spec.position()),
            hidden: Cell::new(Some(hidden)),
            always_on_top: Cell::new(false),
            devtools: spec.devtools,
        };
        if spec.visible {
            window.show()?;
        }
        Ok(window)
    }

    pub(super) fn native_id(&self) -> winit::window::WindowId {
        self.window.id()
    }

    pub(super) fn state(&self) -> WindowState {
        let (window, system) = (&self.window, &self.system);
        let hidden = self.hidden.get();
        WindowState {
            title: self.title.borrow().clone(),
            size: self.to_size(window.inner_size()),
            position: hidden
                .and_then(|hidden| hidden.position)
                .unwrap_or_else(|| self.position_on_screen()),
            focused: self.focused.get(),
            visible: hidden.is_none(),
            maximized: hidden.map_or_else(|| window.is_maximized(), |hidden| hidden.maximized),
            minimized: window.is_minimized().unwrap_or(false),
            fullscreen: hidden
                .map_or_else(|| system.is_fullscreen(window), |hidden| hidden.fullscreen),
            resizable: window.is_resizable(),
            decorations: window.is_decorated(),
            always_on_top: hidden.map_or_else(
                || system.is_always_on_top(window, self.always_on_top.get()),
                |hidden| hidden.always_on_top,
            ),
        }
    }

    pub(super) fn apply(&self, command: &WindowCommand) -> Result<(), BackendError> {
        if let Some(mut hidden) = self.hidden.get()
            && hidden.follow(command)
        {
            self.hidden.set(Some(hidden));
            return Ok(());
        }
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
            WindowCommand::SetVisible(true) => self.show()?,
            WindowCommand::SetVisible(false) => self.hide(),
            WindowCommand::SetTitle(title) => {
                window.set_title(title);
                self.title.replace(title.clone());
            }
            WindowCommand::SetSize(size) => {
                // The new size, if it is known at once, is reported as an event all the same.
                let _ = window.request_inner_size(system::native_size(*size));
            }
            WindowCommand::SetPosition(position) => {
                window.set_outer_position(system::native_position(*position));
            }
            WindowCommand::SetFullscreen(on) => self.system.set_fullscreen(window, *on),
            WindowCommand::SetResizable(on) => window.set_resizable(*on),
            WindowCommand::SetDecorations(on) => window.set_decorations(*on),
            WindowCommand::SetAlwaysOnTop(on) => {
                window.set_window_level(match on {
                    true => WindowLevel::AlwaysOnTop,
                    false => WindowLevel::Normal,
                });
                self.always_on_top.set(*on);
            }
            WindowCommand::Reload => {
                self.transport.before_leaving(&self.webview);
                self.pulse.reload(&self.webview).map_err(failed)?;
            }
            WindowCommand::OpenDevtools if self.devtools => self.webview.open_devtools(),
            WindowCommand::OpenDevtools => return Err(BackendError::NoDevtools),
            _ => return Err(BackendError::Unsupported),
        }
        // On X11 winit leaves some requests unsent until it asks for something.
        let _ = window.inner_size();
        Ok(())
    }

    fn show(&self) -> Result<(), BackendError> {
        let Some(hidden) = self.hidden.take() else {
            return Ok(());
        };
        self.window.set_visible(true);
        hidden
            .commands()
            .try_for_each(|command| self.apply(&command))
    }

    fn hide(&self) {
        if self.hidden.get().is_none() {
            self.hidden.set(Some(Hidden::from_state(&self.state())));
            self.window.set_visible(false);
            self.system.withdrawn(&self.window);
        }
    }

    pub(super) fn webview(&self) -> &WebView {
        &self.webview
    }

    pub(super) fn transport(&self) -> &Rc<Transport> {
        &self.transport
    }

    pub(super) fn load(&self, url: &str) -> Result<(), BackendError> {
        self.transport.before_leaving(&self.webview);
        self.pulse.load(&self.webview, url).map_err(failed)
    }

    /// Takes the window off the screen, and has its page leave it. Returns false if there is no page
    /// that could say anything.
    pub(super) fn leave(&self) -> bool {
        let leaves = self.pulse.leave();
        if leaves {
            self.window.set_visible(false);
        }
        leaves
    }

    pub(super) fn eval(&self, script: &str) -> Result<(), BackendError> {
        self.pulse.on_given();
        eval(&self.webview, script)
    }

    pub(super) fn deliver(&self, handover: &Handover<'_>) -> Result<(), BackendError> {
        self.pulse.on_given();
        self.transport.deliver(&self.webview, handover)
    }

    /// Calls back when the page's script closes the page.
    pub(super) fn on_page_close(&self, call: impl Fn() + 'static) {
        self.system
            .on_page_gone(&self.webview, self.while_open(call));
    }

    /// Calls back when the page's process has ended.
    pub(super) fn on_page_crash(&self, call: impl Fn() + 'static) {
        self.system
            .on_page_crash(&self.webview, self.while_open(call));
    }

    /// Calls only until the window is closed, which ends the page too, and after all that the page
    /// has said.
    fn while_open(&self, call: impl Fn() + 'static) -> impl Fn() + 'static {
        let transport = Rc::downgrade(&self.transport);
        move || {
            if let Some(transport) = transport.upgrade() {
                transport.end();
                call();
            }
        }
    }

    /// Returns the new size, if it is one.
    pub(super) fn on_resize(&self, size: PhysicalSize<u32>) -> Option<Size> {
        if let Err(error) = self.webview.set_bounds(bounds(size)) {
            tracing::warn!(%error, "the page keeps its old size");
        }
        let size = self.to_size(size);
        (self.size.replace(size) != size).then_some(size)
    }

    /// Returns the new position, if it is one.
    pub(super) fn on_move(&self) -> Option<Position> {
        let position = self.position_on_screen();
        (self.position.replace(Some(position)) != Some(position)).then_some(position)
    }

    /// Returns whether this is news. If not, the keyboard may have come back to the window all
    /// the same, and has to be passed on.
    pub(super) fn on_focus(&self, focused: bool) -> bool {
        self.system.pass_focus(&self.window, &self.webview, focused);
        self.focused.replace(focused) != focused
    }

    fn to_size(&self, size: PhysicalSize<u32>) -> Size {
        let LogicalSize { width, height } = size.to_logical(system::scale(&self.window));
        Size { width, height }
    }

    fn position_on_screen(&self) -> Position {
        let position = self.system.position(&self.window).unwrap_or_default();
        let LogicalPosition { x, y } = position.to_logical(system::scale(&self.window));
        Position { x, y }
    }
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
