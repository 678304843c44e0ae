//! One window with its webview.

use std::cell::Cell;
use std::rc::Rc;

use ipc_protocol::{SizeLimits, WindowCommand, WindowId, WindowSpec, WindowState};
use wry::{WebView, WebViewBuilder};

use super::border::Border;
use super::events::Events;
use super::hidden::Hidden;
use super::platform::{Frame, Pulse, Shell, Transport, eval};
use crate::{BackendError, BackendEventKind, Handover};

pub(super) struct NativeWindow {
    // In this order they are dropped: when the page goes, all know whether the window does.
    transport: Rc<Transport>,
    pulse: Rc<Pulse>,
    webview: WebView,
    pub(super) frame: Frame,
    hidden: Cell<Option<Hidden>>,
    limits: Cell<SizeLimits>,
    devtools: bool,
}

impl NativeWindow {
    pub(super) fn new(
        shell: &Shell,
        builder: WebViewBuilder<'_>,
        spec: &WindowSpec,
        border: &Rc<Border>,
    ) -> Result<NativeWindow, BackendError> {
        let limits = SizeLimits::of(spec)?;
        let (frame, webview) = Frame::new(shell, builder, spec, limits)?;
        let can_be_above = frame.check(&WindowCommand::SetAlwaysOnTop(true)).is_ok();
        let hidden = Hidden {
            position: spec.position(),
            always_on_top: spec.always_on_top && can_be_above,
            ..Hidden::default()
        };
        Ok(NativeWindow {
            transport: Transport::new(&webview, border),
            pulse: Pulse::new(&webview, border),
            webview,
            frame,
            hidden: Cell::new(Some(hidden)),
            limits: Cell::new(limits),
            devtools: spec.devtools,
        })
    }

    /// Starts reporting what happens to the window, whose id this is.
    pub(super) fn report_to(&self, id: &WindowId, events: &Events) {
        self.frame.report_to(id, events);
        let report = |kind: BackendEventKind| {
            let (event, events) = (kind.of(id.clone()), events.clone());
            move || events.report(event.clone())
        };
        self.frame
            .on_page_close(report(BackendEventKind::PageClosed));
        let crashed = self.while_open(report(BackendEventKind::PageGone));
        self.frame.on_page_crash(crashed);
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

    pub(super) fn state(&self) -> WindowState {
        let state = self.frame.state();
        match self.hidden.get() {
            Some(hidden) => hidden.in_state(state),
            None => state,
        }
    }

    pub(super) fn apply(&self, command: &WindowCommand) -> Result<(), BackendError> {
        self.frame.check(command)?;
        if let Some(mut hidden) = self.hidden.get()
            && hidden.follow(command)
        {
            self.hidden.set(Some(hidden));
            return Ok(());
        }
        match command {
            WindowCommand::SetVisible(true) => self.show(),
            WindowCommand::SetVisible(false) => self.hide(),
            WindowCommand::SetMinSize(size) => self.limit(self.limits.get().with_least(*size)?),
            WindowCommand::SetMaxSize(size) => self.limit(self.limits.get().with_greatest(*size)?),
            WindowCommand::Center => {
                return self.apply(&WindowCommand::SetPosition(self.frame.centered_position()));
            }
            WindowCommand::Reload => {
                self.transport.before_leaving(&self.webview);
                self.pulse.reload(&self.webview).map_err(failed)?;
            }
            WindowCommand::OpenDevtools if self.devtools => self.webview.open_devtools(),
            WindowCommand::OpenDevtools => return Err(BackendError::NoDevtools),
            _ => return self.frame.apply(command),
        }
        Ok(())
    }

    pub(super) fn show(&self) {
        if let Some(hidden) = self.hidden.take() {
            self.frame.show(hidden);
        }
    }

    fn limit(&self, limits: SizeLimits) {
        self.limits.set(limits);
        self.frame.limit(limits);
    }

    fn hide(&self) {
        if self.hidden.get().is_none() {
            self.hidden.set(Some(Hidden::from_state(&self.state())));
            self.frame.hide();
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

    /// Has the page leave the window, which goes off the screen as soon as that is certain. Returns false
    /// if there is no page that could say anything.
    pub(super) fn leave(&self, may_stay: bool) -> bool {
        let leaves = self.pulse.leave(may_stay);
        if leaves && !may_stay {
            self.frame.hide();
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
}

fn failed(error: impl std::fmt::Display) -> BackendError {
    BackendError::Failed(error.to_string())
}
