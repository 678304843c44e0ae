//! [`Backend`] over all windows.

use std::collections::HashMap;
use std::rc::Rc;

use ipc_protocol::{
    Dialog, Downloads, ExternalUrl, Origin, Screen, WindowCommand, WindowId, WindowSpec,
};
use wry::{WebContext, WebViewBuilder};

use super::border::Border;
use super::events::Events;
use super::platform::{self, Library, Scheme, Shell};
use super::window::NativeWindow;
use super::{ORIGIN, Options};
use crate::site::Site;
use crate::{Backend, BackendError, BackendEventKind, Handover, Icon, PageLink, TitleBarAction};

/// The windows, and what they share.
pub(super) struct Windows {
    pub(super) open: HashMap<WindowId, NativeWindow>,
    context: WebContext,
    scheme: Scheme,
    library: Library,
    icon: Option<Icon>,
    downloads: Downloads,
    events: Events,
}

/// The windows together with the means to make another one.
pub(super) struct WryBackend<'a> {
    windows: &'a mut Windows,
    shell: &'a Shell,
}

impl Windows {
    pub(super) fn new(options: Options, events: Events) -> Windows {
        let site = Site::new(own_origin(), options.pages, options.csp);
        Windows {
            open: HashMap::new(),
            scheme: Scheme::new(site, &options.data_directory),
            library: Library::install(&options.data_directory),
            context: WebContext::new(Some(options.data_directory)),
            icon: options.icon,
            downloads: options.downloads,
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

    pub(super) fn remove(&mut self, id: &WindowId) -> Option<NativeWindow> {
        let window = self.open.remove(id)?;
        self.scheme.remove(id);
        self.events.forget(id);
        Some(window)
    }

    fn get(&self, id: &WindowId) -> Result<&NativeWindow, BackendError> {
        self.open.get(id).ok_or(BackendError::NoWindow)
    }
}

fn own_origin() -> Origin {
    Origin::of(ORIGIN).expect("the constant is an origin")
}

impl<'a> WryBackend<'a> {
    pub(super) fn new(windows: &'a mut Windows, shell: &'a Shell) -> Self {
        WryBackend { windows, shell }
    }

    /// Makes a window and has it load its page.
    fn make(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<NativeWindow, BackendError> {
        let Windows {
            open,
            context,
            scheme,
            library,
            icon,
            downloads,
            events,
            ..
        } = &mut *self.windows;
        let border = Rc::new(Border::new(id, spec, downloads, events));
        let named = spec.icon.as_deref().map(|name| scheme.site().icon(name));
        let named = named.transpose()?;
        let url = scheme.site().add(id, spec, link)?;
        let builder = WebViewBuilder::new_with_web_context(context)
            .with_id(id.as_str())
            .with_initialization_script_for_main_only(link.preload(), true)
            .with_devtools(spec.devtools)
            .with_transparent(spec.transparent);
        let builder = platform::announce(builder, spec, &border);
        let builder = library.announce(scheme.announce(builder, id, &border));
        platform::allow_inspection(spec.devtools)?;
        let window = NativeWindow::new(self.shell, builder, spec, &border)?;
        let parent = spec.parent.as_ref().and_then(|id| open.get(id));
        if let Some(parent) = parent {
            window.frame.attach_to(&parent.frame, spec.modal);
        }
        if let Some(icon) = named.as_ref().or(icon.as_ref()) {
            window.frame.set_icon(icon);
        }
        platform::restrict(window.webview())?;
        scheme.serve(window.webview(), id, &border)?;
        platform::watch(window.webview(), &border);
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
        let opened = self.make(id, spec, link);
        if opened.is_err() {
            self.windows.scheme.remove(id);
        }
        let window = opened?;
        window.report_to(id, &self.windows.events);
        if spec.visible {
            window.show();
        }
        self.windows.open.insert(id.clone(), window);
        Ok(())
    }

    fn leave(&mut self, id: &WindowId, may_stay: bool) -> bool {
        let window = self.windows.get(id);
        window.is_ok_and(|window| window.leave(may_stay))
    }

    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
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
                    .report(BackendEventKind::State(state).of(id.clone()));
                Ok(())
            }
            WindowCommand::Navigate(page) => {
                let url = self.windows.scheme.site().resolve(id, page)?;
                self.windows.get(id)?.load(url.as_str())
            }
            WindowCommand::SetIcon(name) => {
                let frame = &self.windows.get(id)?.frame;
                frame.check(command)?;
                frame.set_icon(&self.windows.scheme.site().icon(name)?);
                Ok(())
            }
            _ => self.windows.get(id)?.apply(command),
        }
    }

    fn title_bar(&mut self, id: &WindowId, action: TitleBarAction) {
        if let Ok(window) = self.windows.get(id) {
            window.frame.title_bar(action);
        }
    }

    fn dialog(&mut self, id: &WindowId, number: u64, dialog: &Dialog) -> Result<(), BackendError> {
        let window = self.windows.get(id)?;
        let (events, id) = (self.windows.events.clone(), id.clone());
        window.frame.dialog(number, dialog, move |answer| {
            events.report(
                BackendEventKind::Answered {
                    dialog: number,
                    answer,
                }
                .of(id.clone()),
            );
        })
    }

    fn screens(&mut self) -> Result<Vec<Screen>, BackendError> {
        Ok(platform::screens(self.shell))
    }

    fn open_external(&mut self, url: &ExternalUrl) -> Result<(), BackendError> {
        platform::open_external(url)
    }

    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        self.windows.get(id)?.eval(script)
    }

    fn deliver(&mut self, id: &WindowId, handover: &Handover<'_>) -> Result<(), BackendError> {
        self.windows.get(id)?.deliver(handover)
    }
}
