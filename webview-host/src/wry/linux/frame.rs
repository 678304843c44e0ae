//! A window of GTK's own around a page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk::gdk;
use gtk::gdk_pixbuf::{self, Pixbuf};
use gtk::prelude::*;
use ipc_protocol::{
    Dialog, DialogAnswer, Position, Shortcuts, Size, SizeLimits, WindowCommand, WindowId,
    WindowSpec, WindowState,
};
use webkit2gtk::WebViewExt;
use wry::{WebView, WebViewBuilder, WebViewBuilderExtUnix, WebViewExtUnix};

use super::desktop::Shell;
use super::dialogs::Dialogs;
use super::presses::{Press, Presses};
use super::{dialogs, shortcuts, signals};
use crate::wry::events::Events;
use crate::wry::hidden::Hidden;
use crate::{BackendError, BackendEventKind, Icon, TitleBarAction};

/// A window, which is destroyed when this is dropped. Its webview goes first.
pub(in crate::wry) struct Frame {
    dialogs: Dialogs,
    window: gtk::Window,
    page: webkit2gtk::WebView,
    /// Whether the title is the page's, since the app gave none.
    has_title_of_page: Rc<Cell<bool>>,
    /// The size of one that is not resizable.
    fixed: Rc<Cell<Option<Size>>>,
    /// The last that was reported; first what the app knows from its options.
    known: Rc<Known>,
    /// The size that was asked for last, until the page has one.
    requested: Rc<Cell<Option<Size>>>,
    presses: Rc<RefCell<Presses>>,
}

struct Known {
    focused: Cell<bool>,
    size: Cell<Size>,
    position: Cell<Option<Position>>,
}

/// The most pixels of an icon's side that X11's window managers are given.
const MAX_ICON_SIDE: i32 = 256;

/// How long a window's title may differ from its page's.
const TITLE_DELAY: Duration = Duration::from_millis(100);

/// How long after a page has closed itself it may do so once more.
const BETWEEN_CLOSES: Duration = Duration::from_secs(1);

/// The longest title of a page that its window gets.
const MAX_TITLE_BYTES: usize = 1000;

impl Frame {
    /// Makes a hidden window, with a webview of the size that it will have.
    pub(in crate::wry) fn new(
        _: &Shell,
        builder: WebViewBuilder<'_>,
        spec: &WindowSpec,
        limits: SizeLimits,
    ) -> Result<(Frame, WebView), BackendError> {
        let window = gtk::Window::new(gtk::WindowType::Toplevel);
        // A dialog of one page keeps no other window waiting.
        gtk::WindowGroup::new().add_window(&window);
        let built = builder.build_gtk(&window);
        let webview = built.map_err(|error| {
            destroy(&window);
            BackendError::Failed(error.to_string())
        })?;
        let frame = Frame {
            dialogs: Dialogs::default(),
            page: webview.webview(),
            has_title_of_page: Rc::new(Cell::new(spec.title.is_empty())),
            fixed: Rc::default(),
            known: Rc::new(Known {
                focused: Cell::new(false),
                size: Cell::new(spec.size()),
                position: Cell::new(spec.position()),
            }),
            requested: Rc::default(),
            presses: Rc::default(),
            window,
        };
        let window = &frame.window;
        window.set_title(&spec.title);
        window.set_decorated(spec.decorations);
        if spec.transparent {
            window.set_app_paintable(true);
            window.set_visual(
                GtkWindowExt::screen(window)
                    .and_then(|screen| screen.rgba_visual())
                    .as_ref(),
            );
        }
        frame.limit(limits);
        let (width, height) = frame.pixels(spec.size());
        window.set_default_size(width, height);
        if !spec.resizable {
            frame.fix(spec.size());
        }
        if spec.shortcuts == Shortcuts::Browser {
            shortcuts::enable(window, &frame.page);
        }
        frame.let_fullscreen();
        frame.follow_title();
        frame.follow_button();
        // This gives the page its size.
        window.realize();
        Ok((frame, webview))
    }

    /// Keeps the window above another one, which takes no input meanwhile if this is modal.
    pub(in crate::wry) fn attach_to(&self, parent: &Frame, is_modal: bool) {
        self.window.set_transient_for(Some(&parent.window));
        if is_modal && let Some(group) = parent.window.group() {
            // GTK keeps input from the others of its group.
            group.add_window(&self.window);
            self.window.set_modal(true);
        }
    }

    /// Gives the window an icon. On Wayland it has that of the app's `.desktop` file, whatever is done here.
    pub(in crate::wry) fn set_icon(&self, icon: &Icon) {
        let (width, height) = (icon.width().cast_signed(), icon.height().cast_signed());
        let pixels = glib::Bytes::from(icon.rgba());
        let color = gdk_pixbuf::Colorspace::Rgb;
        let picture = Pixbuf::from_bytes(&pixels, color, true, 8, width, height, width * 4);
        // GDK gives window managers no larger one.
        let side = width.max(height);
        let smaller = (side > MAX_ICON_SIDE).then(|| {
            let scaled = |extent: i32| (extent * MAX_ICON_SIDE / side).max(1);
            let how = gdk_pixbuf::InterpType::Hyper;
            picture.scale_simple(scaled(width), scaled(height), how)
        });
        self.window
            .set_icon(smaller.flatten().as_ref().or(Some(&picture)));
    }

    /// Keeps the window's size within limits: a window that is beyond them follows.
    pub(in crate::wry) fn limit(&self, limits: SizeLimits) {
        let (least, greatest) = (limits.least(), limits.greatest());
        let mut given = gdk::WindowHints::empty();
        given.set(gdk::WindowHints::MIN_SIZE, least.is_some());
        given.set(gdk::WindowHints::MAX_SIZE, greatest.is_some());
        let extents = |size: Option<Size>| size.map_or((0, 0), |size| self.pixels(size));
        let ((min_width, min_height), (max_width, max_height)) =
            (extents(least), extents(greatest));
        let geometry = gdk::Geometry::new(
            min_width,
            min_height,
            max_width,
            max_height,
            0,
            0,
            0,
            0,
            0.0,
            0.0,
            gdk::Gravity::NorthWest,
        );
        self.window
            .set_geometry_hints(gtk::Widget::NONE, Some(&geometry), given);
    }

    /// Starts reporting what happens to the window, whose id this is.
    pub(in crate::wry) fn report_to(&self, id: &WindowId, events: &Events) {
        signals::on_delete(&self.window, {
            let (id, events) = (id.clone(), events.clone());
            move || events.report(BackendEventKind::CloseRequested.of(id.clone()))
        });
        signals::on_is_active(&self.window, {
            let (id, events, known) = (id.clone(), events.clone(), self.known.clone());
            move |focused| {
                if known.focused.replace(focused) != focused {
                    events.report(BackendEventKind::Focused(focused).of(id.clone()));
                }
            }
        });
        signals::on_size_allocate(&self.page, {
            let (id, events, known) = (id.clone(), events.clone(), self.known.clone());
            let requested = self.requested.clone();
            move |page, pixels| {
                requested.set(None);
                let size = size(page, pixels);
                if known.size.replace(size) != size {
                    events.report(BackendEventKind::Resized(size).of(id.clone()));
                }
            }
        });
        if self.is_on_wayland() {
            return;
        }
        let on_place = {
            let (id, events, known) = (id.clone(), events.clone(), self.known.clone());
            move |window: &gtk::Window| {
                let position = position(window);
                if known.position.replace(Some(position)) != Some(position) {
                    events.report(BackendEventKind::Moved(position).of(id.clone()));
                }
            }
        };
        signals::on_place(&self.window, on_place);
    }

    /// Calls back when the page's script closes the page, which stays. A page may do so without end: once a second.
    pub(in crate::wry) fn on_page_close(&self, call: impl Fn() + 'static) {
        let is_told = Rc::new(Cell::new(false));
        signals::on_close(&self.page, move || {
            if !is_told.replace(true) {
                let is_told = is_told.clone();
                signals::after(BETWEEN_CLOSES, move || is_told.set(false));
                call();
            }
        });
    }

    /// Calls back when the page's process has ended.
    pub(in crate::wry) fn on_page_crash(&self, call: impl Fn() + 'static) {
        signals::on_process_terminated(&self.page, move |_| call());
    }

    /// What a window that is on the screen says.
    pub(in crate::wry) fn state(&self) -> WindowState {
        let window = &self.window;
        let flags = flags(window);
        WindowState {
            title: window.title().map(String::from).unwrap_or_default(),
            size: self.size(),
            position: (!self.is_on_wayland()).then(|| position(window)),
            focused: self.known.focused.get(),
            visible: window.is_visible(),
            maximized: flags.contains(gdk::WindowState::MAXIMIZED),
            minimized: flags.contains(gdk::WindowState::ICONIFIED),
            fullscreen: flags.contains(gdk::WindowState::FULLSCREEN),
            resizable: self.fixed.get().is_none(),
            decorations: window.is_decorated(),
            always_on_top: window.window().is_some_and(|native| is_above(&native)),
        }
    }

    /// Whether the window system can do what a command asks.
    pub(in crate::wry) fn check(&self, command: &WindowCommand) -> Result<(), BackendError> {
        match command {
            WindowCommand::SetPosition(_)
            | WindowCommand::SetAlwaysOnTop(true)
            | WindowCommand::SetIcon(_)
                if self.is_on_wayland() =>
            {
                Err(BackendError::Unsupported)
            }
            _ => Ok(()),
        }
    }

    pub(in crate::wry) fn apply(&self, command: &WindowCommand) -> Result<(), BackendError> {
        let window = &self.window;
        match command {
            WindowCommand::Focus if window.is_visible() => window.present(),
            WindowCommand::Focus => {}
            WindowCommand::Minimize => window.iconify(),
            WindowCommand::Maximize => window.maximize(),
            WindowCommand::Unmaximize => window.unmaximize(),
            WindowCommand::Restore => {
                window.deiconify();
                window.unmaximize();
            }
            WindowCommand::SetTitle(title) => {
                self.has_title_of_page.set(false);
                window.set_title(title);
            }
            WindowCommand::SetSize(size) => self.set_size(*size),
            WindowCommand::SetPosition(position) => self.set_position(*position),
            WindowCommand::SetFullscreen(on) => self.set_fullscreen(*on),
            WindowCommand::SetResizable(false) => self.fix(self.size()),
            WindowCommand::SetResizable(true) => self.unfix(),
            WindowCommand::SetDecorations(on) => window.set_decorated(*on),
            WindowCommand::SetAlwaysOnTop(on) => window.set_keep_above(*on),
            _ => return Err(BackendError::Unsupported),
        }
        Ok(())
    }

    /// Shows a dialog of the window, and calls back with what the user has answered.
    pub(in crate::wry) fn dialog(
        &self,
        number: u64,
        dialog: &Dialog,
        answer: impl Fn(DialogAnswer) + 'static,
    ) -> Result<(), BackendError> {
        match self.dialogs.show(&self.window, number, dialog, answer) {
            true => Ok(()),
            false => Err(BackendError::Unsupported),
        }
    }

    /// Moves or maximizes the window, if its user presses a button on the page for that.
    pub(in crate::wry) fn title_bar(&self, action: TitleBarAction) {
        let window = &self.window;
        match action {
            TitleBarAction::Move => {
                let press = self.presses.borrow_mut().take_move();
                if let Some(Press { x, y, time, .. }) = press
                    && is_pressed(window)
                {
                    window.begin_move_drag(1, round(x), round(y), time);
                }
            }
            TitleBarAction::ToggleMaximize => {
                let is_wanted = self.presses.borrow_mut().take_double(Instant::now());
                match is_wanted && self.fixed.get().is_none() {
                    true if window.is_maximized() => window.unmaximize(),
                    true => window.maximize(),
                    false => {}
                }
            }
        }
    }

    /// Puts the window on the screen, in this state.
    pub(in crate::wry) fn show(&self, state: Hidden) {
        let window = &self.window;
        if let Some(position) = state.position
            && !self.is_on_wayland()
        {
            self.set_position(position);
        }
        window.deiconify();
        window.set_keep_above(state.always_on_top);
        match state.maximized {
            true => window.maximize(),
            false => window.unmaximize(),
        }
        self.set_fullscreen(state.fullscreen);
        window.show();
    }

    pub(in crate::wry) fn hide(&self) {
        self.window.hide();
    }

    fn set_position(&self, Position { x, y }: Position) {
        let scale = text_scale(&self.window);
        self.window.move_(round(x * scale), round(y * scale));
    }

    /// Where the window is in the middle of its screen, without what panels take of that.
    pub(in crate::wry) fn centered_position(&self) -> Position {
        let (window, scale) = (&self.window, text_scale(&self.window));
        let native = window.window();
        let monitor = native.as_ref();
        let monitor = monitor.and_then(|native| window.display().monitor_at_window(native));
        let Some(room) = monitor.map(|monitor| monitor.workarea()) else {
            return position(window);
        };
        let (mut width, mut height) = self.pixels(self.requested.get().unwrap_or(self.size()));
        // Its decorations are not known while it is not on the screen.
        if let Some(native) = native.filter(|native| native.is_visible()) {
            let outer = native.frame_extents();
            width += outer.width() - native.width();
            height += outer.height() - native.height();
        }
        Position {
            x: f64::from(room.x() + (room.width() - width) / 2) / scale,
            y: f64::from(room.y() + (room.height() - height) / 2) / scale,
        }
    }

    fn set_size(&self, size: Size) {
        let (width, height) = self.pixels(size);
        self.requested.set(Some(size));
        match self.fixed.get() {
            Some(_) => self.fix(size),
            None => self.window.resize(width, height),
        }
        if !self.window.is_visible() {
            self.allocate(width, height);
        }
    }

    /// GTK gives a window its size once it is on the screen; pages of hidden ones have theirs at once.
    fn allocate(&self, width: i32, height: i32) {
        let page = self.page.allocation();
        let allocation = gdk::Rectangle::new(page.x(), page.y(), width, height);
        self.page.size_allocate(&allocation);
    }

    /// Makes the window one that is not resizable. If it fills the screen, it is that afterwards.
    fn fix(&self, size: Size) {
        self.fixed.set(Some(size));
        if !is_fullscreen(&self.window) {
            hold(&self.window, &self.page, size);
        }
    }

    fn unfix(&self) {
        if let Some(size) = self.fixed.take() {
            release(&self.window, &self.page);
            if !is_fullscreen(&self.window) {
                self.set_size(size);
            }
        }
    }

    fn set_fullscreen(&self, on: bool) {
        if on && self.fixed.get().is_some() {
            release(&self.window, &self.page);
        }
        match on {
            true => self.window.fullscreen(),
            false => self.window.unfullscreen(),
        }
    }

    fn follow_button(&self) {
        let presses = self.presses.clone();
        signals::on_button(&self.page, move |event| {
            let mut presses = presses.borrow_mut();
            let (x, y) = event.root();
            match (event.button(), event.event_type()) {
                (1, gdk::EventType::ButtonRelease) => presses.release(),
                (1, kind) => presses.press(Press {
                    x,
                    y,
                    time: event.time(),
                    is_second: kind == gdk::EventType::DoubleButtonPress,
                    told: Instant::now(),
                }),
                _ => {}
            }
        });
        let presses = self.presses.clone();
        signals::on_grab_broken(&self.page, move || presses.borrow_mut().forget());
    }

    /// Gives the window the page's title, if the app gave none. A page may change it as often as it likes,
    /// and it may be of any length.
    fn follow_title(&self) {
        let is_due = Rc::new(Cell::new(false));
        let (window, follows) = (self.window.downgrade(), self.has_title_of_page.clone());
        signals::on_title(&self.page, move |page| {
            if !follows.get() || is_due.replace(true) {
                return;
            }
            let (page, window) = (page.downgrade(), window.clone());
            let (follows, is_due) = (follows.clone(), is_due.clone());
            signals::after(TITLE_DELAY, move || {
                is_due.set(false);
                if let (true, Some(page), Some(window)) =
                    (follows.get(), page.upgrade(), window.upgrade())
                {
                    let title = page.title().unwrap_or_default();
                    let length = title.floor_char_boundary(MAX_TITLE_BYTES);
                    window.set_title(&title[..length]);
                }
            });
        });
    }

    /// Has a window fill the screen that is not resizable, which GTK would keep at its size: whoever asks
    /// for it, the app, the page or the user.
    fn let_fullscreen(&self) {
        let is_back = Rc::new(Cell::new(false));
        signals::on_enter_fullscreen(&self.page, {
            let (window, fixed) = (self.window.downgrade(), self.fixed.clone());
            move |page| {
                if let (Some(window), Some(_)) = (window.upgrade(), fixed.get()) {
                    release(&window, page);
                }
            }
        });
        signals::on_fullscreen(&self.window, {
            let (page, fixed) = (self.page.downgrade(), self.fixed.clone());
            let is_back = is_back.clone();
            move |window, on| {
                let (Some(page), Some(size)) = (page.upgrade(), fixed.get()) else {
                    return;
                };
                is_back.set(!on);
                if on {
                    return release(window, &page);
                }
                let (width, height) = pixels(window, size);
                window.resize(width, height);
            }
        });
        // Not before it has its size again: GTK would keep it as large as the screen.
        signals::on_size_allocate(&self.page, {
            let (window, fixed) = (self.window.downgrade(), self.fixed.clone());
            move |page, allocation| {
                let (Some(window), Some(size)) = (window.upgrade(), fixed.get()) else {
                    return;
                };
                let is_there = (allocation.width(), allocation.height()) == pixels(&window, size);
                if is_back.get() && is_there {
                    is_back.set(false);
                    let page = page.clone();
                    // GTK is in the middle of it.
                    signals::spawn(async move {
                        signals::next_turn().await;
                        hold(&window, &page, size);
                    });
                }
            }
        });
    }

    fn size(&self) -> Size {
        size(&self.page, &self.page.allocation())
    }

    fn pixels(&self, size: Size) -> (i32, i32) {
        pixels(&self.window, size)
    }

    /// Whether the window system keeps positions, and who is above whom, to itself.
    fn is_on_wayland(&self) -> bool {
        self.window.display().backend().is_wayland()
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        destroy(&self.window);
    }
}

/// Destroys every window of the process: those that are still there, and dialogs of WebKit's. Those for files
/// belong to objects that destroy them, and that use them until then.
pub(super) fn destroy_all() {
    dialogs::keep_asking();
    let windows = gtk::Window::list_toplevels().into_iter();
    for window in windows.filter(|window| !window.is::<gtk::FileChooserDialog>()) {
        if let Ok(window) = window.downcast::<gtk::Window>() {
            destroy(&window);
        }
    }
}

#[expect(unsafe_code, reason = "a widget that is destroyed may still be used")]
pub(super) fn destroy(window: &gtk::Window) {
    // SAFETY: whoever uses the window or what is in it afterwards has a reference to it, and GTK's
    // functions take destroyed widgets.
    unsafe { window.destroy() }
}

/// Whether the window manager keeps a window above others. Its user may have changed that, and GDK does
/// not tell.
fn is_above(window: &gdk::Window) -> bool {
    if !window.display().backend().is_x11() {
        return false;
    }
    let states = gdk::Atom::intern("_NET_WM_STATE");
    let above = gdk::Atom::intern("_NET_WM_STATE_ABOVE").value();
    let states = gdk::property_get(window, &states, &gdk::SELECTION_TYPE_ATOM, 0, 64, 0);
    let states = states.map_or_else(Vec::new, |(_, _, bytes)| bytes);
    let (states, _) = states.as_chunks();
    states
        .iter()
        .any(|state| usize::from_ne_bytes(*state) == above)
}

fn flags(window: &gtk::Window) -> gdk::WindowState {
    let native = window.window();
    native.map_or_else(gdk::WindowState::empty, |native| native.state())
}

/// Whether the first button of the pointer is pressed, wherever that is.
fn is_pressed(window: &gtk::Window) -> bool {
    let pointer = window
        .display()
        .default_seat()
        .and_then(|seat| seat.pointer());
    let pressed = window.window().zip(pointer).map(|(native, pointer)| {
        let (.., pressed) = native.device_position(&pointer);
        pressed
    });
    pressed.is_some_and(|it| it.contains(gdk::ModifierType::BUTTON1_MASK))
}

fn is_fullscreen(window: &gtk::Window) -> bool {
    flags(window).contains(gdk::WindowState::FULLSCREEN)
}

/// Keeps a window at a size: GTK makes one that is not resizable as large as the page asks to be.
fn hold(window: &gtk::Window, page: &webkit2gtk::WebView, size: Size) {
    let (width, height) = pixels(window, size);
    page.set_size_request(width, height);
    window.set_resizable(false);
}

fn release(window: &gtk::Window, page: &webkit2gtk::WebView) {
    if window.is_resizable() {
        return;
    }
    page.set_size_request(-1, -1);
    window.set_resizable(true);
    // On Wayland GDK keeps to the limits that it knows of when the window fills the screen. On X11 this would
    // have the window manager asked for a size, and not before the window is small again.
    if window.display().backend().is_wayland() {
        window.check_resize();
    }
}

/// A size in GTK's pixels.
fn pixels(window: &gtk::Window, Size { width, height }: Size) -> (i32, i32) {
    let scale = text_scale(window);
    (round(width * scale), round(height * scale))
}

/// The size of a page of so many of GTK's pixels, in its own.
fn size(page: &webkit2gtk::WebView, pixels: &gtk::Allocation) -> Size {
    let scale = text_scale(page);
    Size {
        width: f64::from(pixels.width()) / scale,
        height: f64::from(pixels.height()) / scale,
    }
}

/// The top left corner of a window's frame.
fn position(window: &gtk::Window) -> Position {
    let scale = text_scale(window);
    let (x, y) = window.position();
    Position {
        x: f64::from(x) / scale,
        y: f64::from(y) / scale,
    }
}

/// How many of GTK's pixels are one of a page: WebKit zooms pages as the user's fonts are.
fn text_scale(widget: &impl IsA<gtk::Widget>) -> f64 {
    text_scale_of(widget.settings())
}

/// The same of a desktop with these settings.
pub(super) fn text_scale_of(settings: Option<gtk::Settings>) -> f64 {
    const USUAL_DPI: f64 = 96.0;
    // In 1024ths; not positive when nobody set it.
    match settings.map(|settings| settings.gtk_xft_dpi()) {
        Some(dpi) if dpi > 0 => f64::from(dpi) / 1024.0 / USUAL_DPI,
        _ => 1.0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
fn round(pixels: f64) -> i32 {
    pixels.round() as i32
}
