//! A backend without windows, for tests: it remembers what it was told, and a handle looks inside.
//!
//! ```
//! use ipc_protocol::{Limits, WindowSpec};
//! use ipc_router::Router;
//! use webview_host::{Host, memory};
//!
//! let (router, port) = Router::new(Limits::default());
//! let mut host = Host::new(port);
//! let (mut backend, screen) = memory::pair();
//!
//! let id = router.open(WindowSpec::default(), |_| {})?;
//! host.pump(&mut backend);
//! assert!(screen.is_open(&id));
//! # Ok::<(), ipc_router::RouteError>(())
//! ```

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ipc_protocol::{
    Area, Dialog, ExternalUrl, Origin, Position, Screen, SizeLimits, WindowCommand, WindowId,
    WindowSpec, WindowState,
};

use crate::{Backend, BackendError, BackendEvent, BackendEventKind, PageLink, TitleBarAction};

/// Where the app's own pages are.
const ORIGIN: &str = "app://localhost";

/// Makes a backend and the handle to it.
pub fn pair() -> (MemoryBackend, MemoryHandle) {
    let screen = Arc::new(Mutex::new(Desktop::default()));
    (MemoryBackend(screen.clone()), MemoryHandle(screen))
}

/// The backend's end.
#[derive(Debug)]
pub struct MemoryBackend(Arc<Mutex<Desktop>>);

/// The test's end: what the backend was told, and what it is to report or refuse.
#[derive(Clone, Debug)]
pub struct MemoryHandle(Arc<Mutex<Desktop>>);

#[derive(Debug, Default)]
struct Desktop {
    windows: HashMap<WindowId, MemoryWindow>,
    events: VecDeque<BackendEvent>,
    refusal: Option<BackendError>,
    opened: Vec<ExternalUrl>,
    /// Whether pages leave only when that is reported.
    pages_linger: bool,
}

#[derive(Debug)]
struct MemoryWindow {
    link: PageLink,
    /// Of the page that it shows.
    origin: Option<Origin>,
    state: WindowState,
    limits: SizeLimits,
    commands: Vec<WindowCommand>,
    title_bar_actions: Vec<TitleBarAction>,
    dialogs: Vec<(u64, Dialog)>,
    scripts: VecDeque<String>,
}

impl MemoryHandle {
    /// Whether the window is open.
    pub fn is_open(&self, id: &WindowId) -> bool {
        self.lock().windows.contains_key(id)
    }

    /// What the window was opened with, while it is open: the preload script, and the answers to
    /// its requests.
    pub fn link(&self, id: &WindowId) -> Option<PageLink> {
        self.lock()
            .windows
            .get(id)
            .map(|window| window.link.clone())
    }

    /// Takes the scripts that were to run in the window's page, in order.
    pub fn take_scripts(&self, id: &WindowId) -> Vec<String> {
        let mut screen = self.lock();
        let window = screen.windows.get_mut(id);
        window
            .map(|window| window.scripts.drain(..).collect())
            .unwrap_or_default()
    }

    /// The commands the window was given, in order.
    pub fn commands(&self, id: &WindowId) -> Vec<WindowCommand> {
        self.lock()
            .windows
            .get(id)
            .map(|window| window.commands.clone())
            .unwrap_or_default()
    }

    /// What its user has done with the window by its page, in order.
    pub fn title_bar_actions(&self, id: &WindowId) -> Vec<TitleBarAction> {
        let screen = self.lock();
        let window = screen.windows.get(id);
        window
            .map(|window| window.title_bar_actions.clone())
            .unwrap_or_default()
    }

    /// The dialogs that the window has shown, with their numbers, in order.
    pub fn dialogs(&self, id: &WindowId) -> Vec<(u64, Dialog)> {
        let screen = self.lock();
        let window = screen.windows.get(id);
        window
            .map(|window| window.dialogs.clone())
            .unwrap_or_default()
    }

    /// What the system was asked to open, in order.
    pub fn opened(&self) -> Vec<ExternalUrl> {
        self.lock().opened.clone()
    }

    /// Shows a page of another origin in the window from now on. First it shows the app's own.
    pub fn navigate(&self, id: &WindowId, origin: Option<Origin>) {
        let mut screen = self.lock();
        if let Some(window) = screen.windows.get_mut(id) {
            window.origin.clone_from(&origin);
            screen
                .events
                .push_back(BackendEventKind::Navigated(origin).of(id.clone()));
        }
    }

    /// Posts a string, as the page does that the window shows.
    pub fn post(&self, id: &WindowId, text: impl Into<String>) {
        self.report(
            BackendEventKind::Message {
                origin: self.origin(id),
                text: text.into(),
            }
            .of(id.clone()),
        );
    }

    /// Uploads something, as the page does that the window shows.
    pub fn upload(&self, id: &WindowId, body: impl Into<Bytes>) {
        self.report(
            BackendEventKind::Upload {
                origin: self.origin(id),
                body: body.into(),
            }
            .of(id.clone()),
        );
    }

    /// The origin of the page that the window shows.
    pub fn origin(&self, id: &WindowId) -> Option<Origin> {
        self.lock().windows.get(id)?.origin.clone()
    }

    /// Reports an event, as the window system or a page would.
    pub fn report(&self, event: BackendEvent) {
        self.lock().events.push_back(event);
    }

    /// Takes what is to be passed to [`Host::on_event`](crate::Host::on_event).
    pub fn take_events(&self) -> Vec<BackendEvent> {
        self.lock().events.drain(..).collect()
    }

    /// Ends the process of the window's page, and reports that: the scripts that were not taken will
    /// not run.
    pub fn kill_page(&self, id: &WindowId) {
        let mut screen = self.lock();
        if let Some(window) = screen.windows.get_mut(id) {
            window.scripts.clear();
            screen
                .events
                .push_back(BackendEventKind::PageGone.of(id.clone()));
        }
    }

    /// Changes what was reported and not taken: so that it comes twice, late, in another order, or
    /// not at all.
    pub fn disturb(&self, change: impl FnOnce(&mut VecDeque<BackendEvent>)) {
        change(&mut self.lock().events);
    }

    /// Has windows wait for their pages when they close: until [`BackendEventKind::Left`] is reported.
    pub fn let_pages_linger(&self) {
        self.lock().pages_linger = true;
    }

    /// Makes the next call to the backend fail.
    pub fn refuse_next(&self, error: BackendError) {
        self.lock().refusal = Some(error);
    }

    fn lock(&self) -> MutexGuard<'_, Desktop> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryBackend {
    fn desktop(&self) -> Result<MutexGuard<'_, Desktop>, BackendError> {
        let mut screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match screen.refusal.take() {
            Some(error) => Err(error),
            None => Ok(screen),
        }
    }
}

impl Backend for MemoryBackend {
    fn origin(&self) -> &str {
        ORIGIN
    }

    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        let window = MemoryWindow {
            link: link.clone(),
            origin: Origin::of(ORIGIN),
            state: WindowState {
                title: spec.title.clone(),
                size: spec.size(),
                position: Some(spec.position().unwrap_or(Position { x: 0.0, y: 0.0 })),
                focused: false,
                visible: spec.visible,
                maximized: false,
                minimized: false,
                fullscreen: false,
                resizable: spec.resizable,
                decorations: spec.decorations,
                always_on_top: spec.always_on_top,
            },
            limits: SizeLimits::of(spec)?,
            commands: Vec::new(),
            title_bar_actions: Vec::new(),
            dialogs: Vec::new(),
            scripts: VecDeque::new(),
        };
        self.desktop()?.windows.insert(id.clone(), window);
        Ok(())
    }

    fn leave(&mut self, id: &WindowId, _: bool) -> bool {
        let screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        screen.pages_linger && screen.windows.contains_key(id)
    }

    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
        let mut screen = self.desktop()?;
        if *command == WindowCommand::Close {
            return screen
                .windows
                .remove(id)
                .map(drop)
                .ok_or(BackendError::NoWindow);
        }
        let window = screen.windows.get_mut(id).ok_or(BackendError::NoWindow)?;
        match command {
            WindowCommand::SetMinSize(size) => window.limits = window.limits.with_least(*size)?,
            WindowCommand::SetMaxSize(size) => {
                window.limits = window.limits.with_greatest(*size)?
            }
            _ => {}
        }
        window.commands.push(command.clone());
        let event = change(&mut window.state, command);
        screen.events.extend(event.map(|kind| kind.of(id.clone())));
        Ok(())
    }

    fn title_bar(&mut self, id: &WindowId, action: TitleBarAction) {
        let mut screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = screen.windows.get_mut(id) {
            window.title_bar_actions.push(action);
        }
    }

    fn dialog(&mut self, id: &WindowId, number: u64, dialog: &Dialog) -> Result<(), BackendError> {
        let mut screen = self.desktop()?;
        let window = screen.windows.get_mut(id).ok_or(BackendError::NoWindow)?;
        window.dialogs.push((number, dialog.clone()));
        Ok(())
    }

    /// One screen.
    fn screens(&mut self) -> Result<Vec<Screen>, BackendError> {
        let bounds = Area {
            x: 0.0,
            y: 0.0,
            width: 1280.0,
            height: 800.0,
        };
        self.desktop().map(|_| {
            vec![Screen {
                bounds,
                work_area: bounds,
                scale: 1.0,
                is_primary: true,
            }]
        })
    }

    fn open_external(&mut self, url: &ExternalUrl) -> Result<(), BackendError> {
        self.desktop()?.opened.push(url.clone());
        Ok(())
    }

    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        let mut screen = self.desktop()?;
        let window = screen.windows.get_mut(id).ok_or(BackendError::NoWindow)?;
        window.scripts.push_back(script.to_owned());
        Ok(())
    }
}

/// Does to the state what a window system would do, and returns what it would report.
fn change(state: &mut WindowState, command: &WindowCommand) -> Option<BackendEventKind> {
    match command {
        WindowCommand::Focus => {
            state.focused = true;
            return Some(BackendEventKind::Focused(true));
        }
        WindowCommand::SetSize(size) => {
            state.size = *size;
            return Some(BackendEventKind::Resized(*size));
        }
        WindowCommand::SetPosition(position) => {
            state.position = Some(*position);
            return Some(BackendEventKind::Moved(*position));
        }
        WindowCommand::ReportState => return Some(BackendEventKind::State(state.clone())),
        WindowCommand::Minimize => state.minimized = true,
        WindowCommand::Maximize => state.maximized = true,
        WindowCommand::Unmaximize => state.maximized = false,
        WindowCommand::Restore => (state.minimized, state.maximized) = (false, false),
        WindowCommand::SetVisible(on) => state.visible = *on,
        WindowCommand::SetTitle(title) => state.title = title.clone(),
        WindowCommand::SetFullscreen(on) => state.fullscreen = *on,
        WindowCommand::SetResizable(on) => state.resizable = *on,
        WindowCommand::SetDecorations(on) => state.decorations = *on,
        WindowCommand::SetAlwaysOnTop(on) => state.always_on_top = *on,
        _ => {}
    }
    None
}
