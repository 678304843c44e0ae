//! [`Backend`] over all windows.

use std::collections::HashMap;
use std::rc::Rc;

use ipc_protocol::{Origin, WindowCommand, WindowId, WindowSpec};
use winit::event::WindowEvent;
use winit::event_loop::ActiveEventLoop;
use wry::{WebContext, WebViewBuilder};

use super::border::Border;
use super::events::Events;
use super::features;
use super::guard;
use super::scheme::Scheme;
use super::system::WindowSystem;
use super::transport::Library;
use super::window::{NativeWindow, attributes};
use super::{ORIGIN, Options};
use crate::site::Site;
use crate::{Backend, BackendError, BackendEvent, Handover, PageLink};

/// The windows, and what they share.
pub(super) struct Windows {
    open: HashMap<WindowId, NativeWindow>,
    ids: HashMap<winit::window::WindowId, WindowId>,
    context: WebContext,
    scheme: Scheme,
    library: Library,
    system: Rc<WindowSystem>,
    events: Events,
}

/// The windows together with what only winit's callbacks lend: the means to make another one.
pub(super) struct WryBackend<'a> {
    windows: &'a mut Windows,
    event_loop: &'a ActiveEventLoop,
}

impl Windows {
    pub(super) fn new(options: Options, system: WindowSystem, events: Events) -> Windows {
        Windows {
            open: HashMap::new(),
            ids: HashMap::new(),
            library: Library::install(&options.data_directory),
            context: WebContext::new(Some(options.data_directory)),
            scheme: Scheme::new(Site::new(own_origin(), options.pages, options.csp)),
            system: Rc::new(system),
            events,
        }
    }

    /// Destroys all windows.
    pub(super) fn clear(&mut self) {
        let ids: Vec<_> = self.open.keys().cloned().collect();
        for id in &ids {
            self.remove(id);
        }
    }

    pub(super) fn on_window_event(&mut self, native: winit::window::WindowId, event: WindowEvent) {
        let Some(id) = self.ids.get(&native) else {
            return;
        };
        let Some(window) = self.open.get(id) else {
            return;
        };
        let id = id.clone();
        self.expect_events();
        let event = match event {
            WindowEvent::CloseRequested => BackendEvent::CloseRequested(id),
            WindowEvent::Focused(focused) => return self.system.winit_says(native, focused),
            WindowEvent::Resized(size) => match window.on_resize(size) {
                Some(size) => BackendEvent::Resized(id, size),
                None => return,
            },
            WindowEvent::Moved(_) => match window.on_move() {
                Some(position) => BackendEvent::Moved(id, position),
                None => return,
            },
            WindowEvent::Destroyed => {
                self.remove(&id);
                BackendEvent::Closed(id)
            }
            _ => return,
        };
        self.events.report(event);
    }

    /// Reports who has lost the keyboard and who has got it.
    pub(super) fn take_focus_changes(&mut self) {
        while let Some((native, focused)) = self.system.next_focus_change() {
            let id = self.ids.get(&native);
            let Some((id, window)) = id.and_then(|id| self.open.get_key_value(id)) else {
                continue;
            };
            if window.on_focus(focused) {
                self.events
                    .report(BackendEvent::Focused(id.clone(), focused));
            }
        }
    }

    /// To be called before winit is asked something. On X11 it may read events along with the
    /// answer, and then nothing tells that they are there.
    fn expect_events(&self) {
        self.events.request_turn();
    }

    fn remove(&mut self, id: &WindowId) -> Option<NativeWindow> {
        let window = self.open.remove(id)?;
        self.ids.remove(&window.native_id());
        self.scheme.remove(id);
        Some(window)
    }

    pub(super) fn deliver(
        &self,
        id: &WindowId,
        handover: &Handover<'_>,
    ) -> Result<(), BackendError> {
        self.get(id)?.deliver(handover)
    }

    fn get(&self, id: &WindowId) -> Result<&NativeWindow, BackendError> {
        self.open.get(id).ok_or(BackendError::NoWindow)
    }
}

fn own_origin() -> Origin {
    Origin::of(ORIGIN).expect("the constant is an origin")
}

impl<'a> WryBackend<'a> {
    pub(super) fn new(windows: &'a mut Windows, event_loop: &'a ActiveEventLoop) -> Self {
        WryBackend {
            windows,
            event_loop,
        }
    }

    /// Makes a window and has it load its page.
    fn make(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<NativeWindow, BackendError> {
        let Windows {
            context,
            scheme,
            library,
            system,
            events,
            ..
        } = &mut *self.windows;
        let border = Rc::new(Border::new(id, spec, events));
        let url = scheme.site().add(id, spec, link)?;
        let window = self
            .event_loop
            .create_window(attributes(spec))
            .map_err(|error| BackendError::Failed(error.to_string()))?;

        let builder = WebViewBuilder::new_with_web_context(context)
            .with_id(id.as_str())
            .with_initialization_script_for_main_only(link.preload(), true)
            .with_devtools(spec.devtools)
            .with_transparent(spec.transparent);
        let builder = guard::announce(builder, &border);
        let builder = library.announce(scheme.announce(builder, id, &border));
        features::allow_inspection(spec.devtools)?;
        let window = NativeWindow::new(window, builder, spec, &border, system.clone())?;
        features::restrict(window.webview())?;
        scheme.serve(window.webview(), id, &border)?;
        guard::watch(window.webview(), &border);
        window.transport().connect_bridge(window.webview(), link)?;
        window.load(url.as_str())?;
        Ok(window)
    }
}

impl Backend for WryBackend<'_> {
    fn origin(&self) -> &str {
        ORIGIN
    }

    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        self.windows.expect_events();
        let opened = self.make(id, spec, link);
        if opened.is_err() {
            self.windows.scheme.remove(id);
        }
        let window = opened?;
        window.on_page_close({
            let (events, id) = (self.windows.events.clone(), id.clone());
            move || events.report(BackendEvent::CloseRequested(id.clone()))
        });
        window.on_page_crash({
            let (events, id) = (self.windows.events.clone(), id.clone());
            move || events.report(BackendEvent::PageGone(id.clone()))
        });
        self.windows.ids.insert(window.native_id(), id.clone());
        self.windows.open.insert(id.clone(), window);
        Ok(())
    }

    fn leave(&mut self, id: &WindowId) -> bool {
        self.windows.expect_events();
        self.windows.get(id).is_ok_and(NativeWindow::leave)
    }

    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
        self.windows.expect_events();
        match command {
            WindowCommand::Close => self
                .windows
                .remove(id)
                .map(drop)
                .ok_or(BackendError::NoWindow),
            WindowCommand::ReportState => {
                let state = self.windows.get(id)?.state();
                self.windows
                    .events
                    .report(BackendEvent::State(id.clone(), state));
                Ok(())
            }
            WindowCommand::Navigate(page) => {
                let url = self.windows.scheme.site().resolve(id, page)?;
                self.windows.get(id)?.load(url.as_str())
            }
            _ => self.windows.get(id)?.apply(command),
        }
    }

    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        self.windows.get(id)?.eval(script)
    }

    fn deliver(&mut self, id: &WindowId, handover: &Handover<'_>) -> Result<(), BackendError> {
        self.windows.deliver(id, handover)
    }
}
