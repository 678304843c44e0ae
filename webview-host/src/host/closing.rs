//! How windows close: their pages have the last word, then the app hears of it.

use ipc_protocol::{Escaped, Event, SystemEvent, WindowCommand, WindowId};
use ipc_router::{Reply, RouteError};

use super::window::Window;
use super::{Host, log_event};
use crate::Backend;

impl Host {
    /// Closes a window at the next pump, unless only the app may do that and it is not `for_certain`:
    /// then the app hears that its user wants it closed.
    pub(super) fn close_soon(&mut self, id: &WindowId, for_certain: bool) {
        let Some(window) = self.open_window(id) else {
            return;
        };
        if for_certain || !window.prevent_close {
            let closing = Closing {
                id: id.clone(),
                may_stay: !for_certain,
            };
            if !self.closing.contains(&closing) {
                self.closing.push_back(closing);
            }
            return;
        }
        window.close_reported = true;
        self.publish(Event::system(id.clone(), SystemEvent::Close));
    }

    /// Has a window's page leave, if there is one, and closes the window then. A page that `may_stay` may
    /// have its user asked first.
    pub(super) fn begin_to_close(
        &mut self,
        id: &WindowId,
        reply: Option<Reply<()>>,
        may_stay: bool,
        backend: &mut dyn Backend,
    ) {
        let Some(window) = self.windows.get_mut(id) else {
            if let Some(reply) = reply {
                reply.send(Err(RouteError::WindowClosed(id.clone())));
            }
            return;
        };
        if let Some(leaving) = &mut window.leaving {
            // Whoever asked first closes it.
            return leaving.extend(reply.map(Waits::late));
        }
        let is_asked = std::mem::replace(&mut window.is_asked, may_stay);
        if is_asked && may_stay {
            return;
        }
        if !may_stay {
            window.leaving = Some(reply.map(Waits::First).into_iter().collect());
        }
        // Nobody waits for the user once the app wants it closed.
        if is_asked || !backend.leave(id, may_stay) {
            self.close(id, backend);
        }
    }

    /// Keeps the reply to what is asked of a window that is about to close until it has closed. Gives it back
    /// if the window is not about to.
    pub(super) fn wait_for_close<T: 'static>(
        &mut self,
        id: &WindowId,
        reply: Reply<T>,
    ) -> Option<Reply<T>> {
        let leaving = self.windows.get_mut(id);
        match leaving.and_then(|window| window.leaving.as_mut()) {
            Some(leaving) => {
                leaving.push(Waits::late(reply));
                None
            }
            None => Some(reply),
        }
    }

    /// The page that was asked leaves: the window is about to close.
    pub(super) fn on_leaving(&mut self, id: &WindowId) {
        if let Some(window) = self.windows.get_mut(id)
            && std::mem::take(&mut window.is_asked)
        {
            window.leaving = Some(Vec::new());
        }
    }

    /// The page that was asked stays, and its window too.
    pub(super) fn on_stays(&mut self, id: &WindowId) {
        if let Some(window) = self.windows.get_mut(id) {
            window.is_asked = false;
        }
    }

    /// A window's page has said what it had to say.
    pub(super) fn on_left(&mut self, id: &WindowId) {
        let window = self.windows.get(id);
        let is_leaving = window.is_some_and(|window| window.is_asked || window.leaving.is_some());
        if is_leaving && !self.left.contains(id) {
            self.left.push_back(id.clone());
        }
    }

    pub(super) fn close(&mut self, id: &WindowId, backend: &mut dyn Backend) {
        if !self.windows.contains_key(id) {
            return;
        }
        // First, so that it is no more whatever the backend makes of it.
        self.gone(id);
        if let Err(error) = backend.apply(id, &WindowCommand::Close) {
            tracing::warn!(window = %Escaped(id), error = %Escaped(&error), "closing failed");
        }
    }

    /// The window is no more, and its id is free. Then the app hears of it, unless it has heard that
    /// it was asked for.
    pub(super) fn gone(&mut self, id: &WindowId) {
        let Some(window) = self.windows.remove(id) else {
            return;
        };
        // The next window with this id is another one.
        self.closing.retain(|closing| closing.id != *id);
        self.left.retain(|left| left != id);
        self.title_bar_actions.retain(|(window, _)| window != id);
        tracing::debug!(target: "ipc", window = %Escaped(id), undelivered = window.lane.undelivered(), "window closed");
        match window.close_reported {
            true => self.port.closed(id),
            false => {
                let event = Event::system(id.clone(), SystemEvent::Close);
                log_event(&event);
                self.port.closed_with(id, event);
            }
        }
        let has_closed = |window: &Window| window.parent.as_ref() == Some(id);
        let children = self.windows.iter().filter(|(_, it)| has_closed(it));
        let mut children: Vec<_> = children.map(|(child, _)| child.clone()).collect();
        children.sort();
        for child in &children {
            self.close_soon(child, true);
        }
        // Last: whoever is told that it has closed may use its id.
        let closed = || RouteError::WindowClosed(id.clone());
        for reply in window.state_replies {
            reply.send(Err(closed()));
        }
        for (_, reply) in window.dialogs {
            reply.send(Err(closed()));
        }
        for waits in window.leaving.into_iter().flatten() {
            match waits {
                Waits::First(reply) => reply.send(Ok(())),
                Waits::Late(answer) => answer(closed()),
            }
        }
    }
}

/// A window that is to close.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) id: WindowId,
    /// Whether its page may have its user asked, and stay.
    pub(super) may_stay: bool,
}

/// Who waits for a window to close.
pub(super) enum Waits {
    /// Who closes it.
    First(Reply<()>),
    /// Who asks something of it when it is about to close.
    Late(Box<dyn FnOnce(RouteError) + Send>),
}

impl Waits {
    fn late<T: 'static>(reply: Reply<T>) -> Waits {
        Waits::Late(Box::new(|error| reply.send(Err(error))))
    }
}
