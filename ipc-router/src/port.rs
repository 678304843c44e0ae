//! The user interface's end of the connection.

use std::sync::{Arc, PoisonError};

use crossbeam_channel::Receiver;
use ipc_protocol::{
    Channel, Code, Dialog, DialogAnswer, Event, ExternalUrl, Limits, Payload, Screen, Theme,
    WindowCommand, WindowId, WindowSpec, WindowState,
};

use crate::router::Shared;
use crate::wake::Contained;
use crate::{Lane, Reply, RouteError, Router, Wake};

/// What the app asks of the user interface, in the order it asked.
///
/// A request that is dropped unanswered is answered with [`RouteError::HostGone`], and holds nothing
/// any more.
#[derive(Debug)]
#[non_exhaustive]
pub enum Request {
    /// Open a window.
    Open {
        /// Its id, which is reserved already, and free again if `reply` comes to an error.
        id: WindowId,
        /// What it is opened with.
        spec: Box<WindowSpec>,
        /// Answer when the window exists, after [`Port::opened`], or with an error when it cannot
        /// be opened.
        reply: Reply<()>,
    },
    /// Do something to a window.
    Command {
        /// The window.
        window: WindowId,
        /// What to do.
        command: WindowCommand,
        /// Answer when the window system has been asked.
        reply: Reply<()>,
    },
    /// Tell how a window stands.
    State {
        /// The window.
        window: WindowId,
        /// Answer with its state.
        reply: Reply<WindowState>,
    },
    /// Show the user a dialog of a window.
    Dialog {
        /// The window.
        window: WindowId,
        /// What is asked.
        dialog: Box<Dialog>,
        /// Answer when the user has.
        reply: Reply<DialogAnswer>,
    },
    /// Tell the theme of the desktop, as soon as it is another one than is known.
    Theme {
        /// The one that is known, if any.
        known: Option<Theme>,
        /// Answer with it.
        reply: Reply<Theme>,
    },
    /// Tell which screens there are.
    Screens {
        /// Answer with them.
        reply: Reply<Vec<Screen>>,
    },
    /// Have the system open a URL in another program.
    OpenExternal {
        /// The URL.
        url: ExternalUrl,
        /// Answer when the system has been asked.
        reply: Reply<()>,
    },
    /// End the user interface.
    ShutDown,
}

/// The end that the user interface holds: it takes requests and publishes events.
///
/// Dropping it ends the connection: requests that wait fail with [`RouteError::HostGone`], every
/// window counts as closed, subscriptions close, and its wake is let go. Requests that were taken
/// fail likewise when they are dropped unanswered.
pub struct Port {
    pub(crate) shared: Arc<Shared>,
    pub(crate) requests: Receiver<Request>,
}

impl Port {
    /// Sets who is told that requests wait. Tells at once, in case some do.
    pub fn on_wake(&self, wake: impl Wake) {
        let wake = Arc::new(Contained::new(wake));
        self.replace_wake(Some(wake.clone()));
        wake.wake();
    }

    fn replace_wake(&self, wake: Option<Arc<Contained>>) {
        let slot = &self.shared.port_wake;
        let old = std::mem::replace(
            &mut *slot.write().unwrap_or_else(PoisonError::into_inner),
            wake,
        );
        // Without the lock: what a wake drops with it is its own affair.
        drop(old);
    }

    /// The limits both ends keep to.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Takes the requests that wait now, in order. What is asked meanwhile is for the next time,
    /// so that a flood of messages does not keep the user interface here.
    pub fn requests(&self) -> impl Iterator<Item = Request> + '_ {
        self.requests.try_iter().take(self.requests.len())
    }

    /// Whether requests wait.
    pub fn has_requests(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Hands an event to every subscriber. After [`Router::close`](crate::Router::close) it goes
    /// nowhere.
    pub fn publish(&self, event: Event) {
        self.publish_all([event]);
    }

    /// The same for several, in their order. Those that follow one another with the same window and
    /// channel cost less.
    pub fn publish_all(&self, events: impl IntoIterator<Item = Event>) {
        self.shared.publish(events);
    }

    /// As [`Port::publish`], for an event whose loss must be answered, such as a request.
    ///
    /// # Errors
    /// Nobody wants it, now or later ([`Code::NoHandler`]), or those who do have no room
    /// ([`Code::QueueFull`]).
    pub fn offer(&self, event: Event) -> Result<(), Code> {
        self.shared.offer(event)
    }

    /// The app's end of the connection.
    pub fn router(&self) -> Router {
        Router::of(self.shared.clone())
    }

    /// What goes to a window that is open or being opened.
    pub fn lane(&self, id: &WindowId) -> Option<Lane> {
        let core = self.shared.registry().lane_of(id).ok().cloned()?;
        Some(Lane::new(self.shared.clone(), core))
    }

    /// Sends a message of one window's page to another window's, if that accepts it. `reply` is
    /// called when it is accepted, or will not be.
    pub fn relay(
        &self,
        from: &WindowId,
        window: &WindowId,
        channel: &Channel,
        payload: Payload,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) {
        self.shared
            .relay(from, window, channel, payload, Reply::new(reply));
    }

    /// The window exists. What is held of system events of an earlier window with this id is given up:
    /// whoever listens from now on would take them for this one's.
    pub fn opened(&self, id: &WindowId) {
        self.shared.window_opened(id);
    }

    /// The window is gone: its id is free again.
    pub fn closed(&self, id: &WindowId) {
        self.shared.window_closed(id, None);
    }

    /// The same, and the app hears this last event of the window: its id is free when it does.
    pub fn closed_with(&self, id: &WindowId, last: Event) {
        self.shared.window_closed(id, Some(last));
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // First, so that nothing is asked or sent any more by the time the windows are forgotten.
        self.shared.set_gone();
        drop(std::mem::replace(
            &mut self.requests,
            crossbeam_channel::never(),
        ));
        self.replace_wake(None);
        let windows = self.shared.registry().remove_all();
        windows
            .into_iter()
            .for_each(|window| self.shared.end(window));
        self.shared.close();
    }
}

impl std::fmt::Debug for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Port")
            .field("waiting", &self.requests.len())
            .finish_non_exhaustive()
    }
}
