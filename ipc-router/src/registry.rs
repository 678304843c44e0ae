//! The windows that are open, as the app's side may know them.

use std::sync::Arc;

use ahash::HashMap;
use ipc_protocol::{Channel, ChannelList, Limits, WindowId, WindowList, WindowSpec};

use crate::RouteError;
use crate::closed::Closed;
use crate::lane::LaneCore;

#[derive(Default)]
pub(crate) struct Registry {
    windows: HashMap<WindowId, Entry>,
    closed: Closed,
    last_number: u64,
}

struct Entry {
    open: bool,
    /// The channels that its page may receive on.
    receive: Option<ChannelList>,
    accept_from: Option<WindowList>,
    lane: Arc<LaneCore>,
    on_closed: Vec<OnClosed>,
}

pub(crate) type OnClosed = Box<dyn FnOnce() + Send>;

/// A window that is no more.
pub(crate) struct Removed {
    pub(crate) lane: Arc<LaneCore>,
    /// Who wanted to know.
    pub(crate) on_closed: Vec<OnClosed>,
}

impl Registry {
    /// Takes the id the spec asks for, or the next free `win-N`. Returns the lane of the window to be.
    pub(crate) fn reserve(
        &mut self,
        spec: &WindowSpec,
        limits: &Limits,
    ) -> Result<Arc<LaneCore>, RouteError> {
        let id = match &spec.id {
            Some(id) if self.windows.contains_key(id) => {
                return Err(RouteError::WindowExists(id.clone()));
            }
            Some(id) => id.clone(),
            None => self.next_id(),
        };
        let lane = Arc::new(LaneCore::new(id.clone(), limits));
        let entry = Entry {
            open: false,
            receive: spec.channels.as_ref().map(|it| it.receive.clone()),
            accept_from: spec.accept_from.clone(),
            lane: lane.clone(),
            on_closed: Vec::new(),
        };
        self.windows.insert(id, entry);
        Ok(lane)
    }

    fn next_id(&mut self) -> WindowId {
        loop {
            self.last_number += 1;
            if let Ok(id) = WindowId::new(format!("win-{}", self.last_number))
                && !self.windows.contains_key(&id)
            {
                return id;
            }
        }
    }

    /// Returns whether another window had the id before.
    pub(crate) fn opened(&mut self, id: &WindowId) -> bool {
        let Some(entry) = self.windows.get_mut(id) else {
            return false;
        };
        entry.open = true;
        self.closed.remove(id)
    }

    /// Forgets a window.
    pub(crate) fn remove(&mut self, id: &WindowId) -> Option<Removed> {
        let entry = self.windows.remove(id)?;
        if entry.open {
            self.closed.add(id);
        }
        Some(Removed {
            lane: entry.lane,
            on_closed: entry.on_closed,
        })
    }

    /// Forgets a window that was not opened after all, unless another one has its id by now.
    pub(crate) fn release(&mut self, lane: &Arc<LaneCore>) -> Option<Removed> {
        let entry = self.windows.get(&lane.window)?;
        match !entry.open && Arc::ptr_eq(&entry.lane, lane) {
            true => self.remove(&lane.window),
            false => None,
        }
    }

    pub(crate) fn remove_all(&mut self) -> Vec<Removed> {
        let ids: Vec<_> = self.windows.keys().cloned().collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// The lanes of the open windows, sorted by id.
    pub(crate) fn lanes(&self) -> Vec<Arc<LaneCore>> {
        let open = self.windows.values().filter(|entry| entry.open);
        let mut lanes: Vec<_> = open.map(|entry| entry.lane.clone()).collect();
        lanes.sort_by(|a, b| a.window.cmp(&b.window));
        lanes
    }

    pub(crate) fn open_windows(&self) -> Vec<WindowId> {
        let open = self.windows.iter().filter(|(_, entry)| entry.open);
        let mut ids: Vec<_> = open.map(|(id, _)| id.clone()).collect();
        ids.sort();
        ids
    }

    /// Whether no window is open or being opened.
    pub(crate) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Returns the call if the window of this lane is closed.
    pub(crate) fn on_closed(&mut self, lane: &Arc<LaneCore>, call: OnClosed) -> Option<OnClosed> {
        let entry = self.windows.get_mut(&lane.window);
        match entry.filter(|entry| Arc::ptr_eq(&entry.lane, lane)) {
            Some(entry) => {
                entry.on_closed.push(call);
                None
            }
            None => Some(call),
        }
    }

    /// Whether the window of this lane is open, or being opened.
    pub(crate) fn has(&self, lane: &Arc<LaneCore>) -> bool {
        let entry = self.windows.get(&lane.window);
        entry.is_some_and(|entry| Arc::ptr_eq(&entry.lane, lane))
    }

    /// The lane of an open window, or of one that is being opened.
    ///
    /// # Errors
    /// There is no such window, or no more.
    pub(crate) fn lane_of(&self, id: &WindowId) -> Result<&Arc<LaneCore>, RouteError> {
        self.entry(id).map(|entry| &entry.lane)
    }

    /// The same, if that may be sent to on the channel.
    pub(crate) fn lane_for(
        &self,
        window: &WindowId,
        channel: &Channel,
    ) -> Result<&Arc<LaneCore>, RouteError> {
        if channel.is_reserved() {
            return Err(RouteError::ReservedChannel {
                window: window.clone(),
                channel: channel.clone(),
            });
        }
        let entry = self.entry(window)?;
        let receive = entry.receive.as_ref();
        if receive.is_some_and(|list| !list.allows(channel)) {
            return Err(RouteError::ChannelNotAllowed {
                window: window.clone(),
                channel: channel.clone(),
            });
        }
        Ok(&entry.lane)
    }

    /// The same for a message of another window.
    pub(crate) fn lane_from(
        &self,
        from: &WindowId,
        window: &WindowId,
        channel: &Channel,
    ) -> Result<&Arc<LaneCore>, RouteError> {
        let accepted = self.entry(window)?.accept_from.as_ref();
        if !accepted.is_some_and(|list| list.allows(from)) {
            return Err(RouteError::WindowNotAllowed {
                window: window.clone(),
                from: from.clone(),
            });
        }
        self.lane_for(window, channel)
    }

    fn entry(&self, id: &WindowId) -> Result<&Entry, RouteError> {
        match self.windows.get(id) {
            Some(entry) => Ok(entry),
            _ if self.closed.contains(id) => Err(RouteError::WindowClosed(id.clone())),
            _ => Err(RouteError::UnknownWindow(id.clone())),
        }
    }
}
