//! One window, and no other one that has its id later.

use std::sync::Arc;

use ipc_protocol::{Dialog, DialogAnswer, WindowCommand, WindowId, WindowState};

use crate::lane::LaneCore;
use crate::router::Shared;
use crate::{Reply, Request, RouteError};

/// A window that [`Router::window`](crate::Router::window) has found by its id. After the window is
/// closed, another one may have the id; this handle never means that one.
#[derive(Clone)]
pub struct Window {
    shared: Arc<Shared>,
    lane: Arc<LaneCore>,
}

impl Window {
    pub(crate) fn new(shared: Arc<Shared>, lane: Arc<LaneCore>) -> Window {
        Window { shared, lane }
    }

    /// Its id.
    pub fn id(&self) -> &WindowId {
        &self.lane.window
    }

    /// Whether it is open, or being opened.
    pub fn is_open(&self) -> bool {
        self.shared.registry().has(&self.lane)
    }

    /// Asks something of it; `reply` is called when the window system has been asked. What comes of it
    /// arrives as events.
    ///
    /// # Errors
    /// It is closed, or the value is one that no window can take (see [`WindowCommand::check`]);
    /// `reply` is not called then.
    pub fn command(
        &self,
        command: WindowCommand,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        command.check()?;
        self.check_open()?;
        let reply = match command {
            WindowCommand::Reload => self.shared.reload(self.lane.clone(), reply),
            _ => Reply::new(reply),
        };
        let window = self.id().clone();
        self.ask(reply, |reply| Request::Command {
            window,
            command,
            reply,
        });
        Ok(())
    }

    /// Asks how it stands, after everything asked of it before.
    ///
    /// # Errors
    /// It is closed; `reply` is not called then.
    pub fn state(
        &self,
        reply: impl FnOnce(Result<WindowState, RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        self.check_open()?;
        let window = self.id().clone();
        self.ask(Reply::new(reply), |reply| Request::State { window, reply });
        Ok(())
    }

    /// Shows the user a dialog of it; `reply` is called when the user has answered, or with
    /// [`RouteError::WindowClosed`] when the window has closed before.
    ///
    /// # Errors
    /// It is closed, or no window system can show that dialog (see [`Dialog::check`]); `reply` is not
    /// called then.
    pub fn dialog(
        &self,
        dialog: Dialog,
        reply: impl FnOnce(Result<DialogAnswer, RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        dialog.check()?;
        self.check_open()?;
        let window = self.id().clone();
        let dialog = Box::new(dialog);
        self.ask(Reply::new(reply), |reply| Request::Dialog {
            window,
            dialog,
            reply,
        });
        Ok(())
    }

    /// Calls `call` once it is closed, on the thread that closes it, or could not be opened; at once
    /// when it is closed already. If it panics, that is logged as an error and goes no further.
    pub fn on_closed(&self, call: impl FnOnce() + Send + 'static) {
        self.shared.on_closed(&self.lane, Box::new(call));
    }

    fn check_open(&self) -> Result<(), RouteError> {
        match self.is_open() {
            true => Ok(()),
            false => Err(self.closed()),
        }
    }

    fn closed(&self) -> RouteError {
        RouteError::WindowClosed(self.id().clone())
    }

    fn ask<T>(&self, reply: Reply<T>, request: impl FnOnce(Reply<T>) -> Request) {
        if let Err(reply) = self.shared.ask_of(&self.lane, reply, request) {
            reply.send(Err(self.closed()));
        }
    }
}

/// Two are equal if they mean the same window; to have the same id is not enough.
impl PartialEq for Window {
    fn eq(&self, other: &Window) -> bool {
        Arc::ptr_eq(&self.lane, &other.lane)
    }
}

impl Eq for Window {}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Window")
            .field("id", self.id())
            .field("is_open", &self.is_open())
            .finish()
    }
}
