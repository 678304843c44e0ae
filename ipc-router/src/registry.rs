//! The windows that are open, as the app's side may know them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipc_protocol::{Channel, ChannelList, Limits, Payload, WindowId, WindowSpec};

use crate::{Delivery, RouteError};

/// How many closed windows are remembered, to tell "closed" from "never there".
const REMEMBERED: usize = 1_024;

#[derive(Default)]
pub(crate) struct Registry {
    windows: HashMap<WindowId, Entry>,
    closed: VecDeque<WindowId>,
    last_number: u64,
}

struct Entry {
    open: bool,
    channels: Option<ChannelList>,
    waiting: Arc<Waiting>,
    on_closed: Vec<OnClosed>,
}

pub(crate) type OnClosed = Box<dyn FnOnce() + Send>;

/// What waits for one window.
#[derive(Debug, Default)]
struct Waiting {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// A message's share of its window's queue, given back when the message is let go.
#[derive(Debug)]
pub(crate) struct Share {
    waiting: Arc<Waiting>,
    bytes: usize,
}

impl Registry {
    /// Takes the id the spec asks for, or the next free `win-N`.
    pub(crate) fn reserve(&mut self, spec: &WindowSpec) -> Result<WindowId, RouteError> {
        let id = match &spec.id {
            Some(id) if self.windows.contains_key(id) => {
                return Err(RouteError::WindowExists(id.clone()));
            }
            Some(id) => id.clone(),
            None => self.next_id(),
        };
        let entry = Entry {
            open: false,
            channels: spec.channels.clone(),
            waiting: Arc::default(),
            on_closed: Vec::new(),
        };
        self.windows.insert(id.clone(), entry);
        Ok(id)
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

    pub(crate) fn opened(&mut self, id: &WindowId) {
        if let Some(entry) = self.windows.get_mut(id) {
            entry.open = true;
            self.closed.retain(|closed| closed != id);
        }
    }

    /// Forgets a window, and returns who wanted to know.
    pub(crate) fn remove(&mut self, id: &WindowId) -> Vec<OnClosed> {
        let Some(entry) = self.windows.remove(id) else {
            return Vec::new();
        };
        if entry.open {
            if self.closed.len() == REMEMBERED {
                self.closed.pop_front();
            }
            self.closed.push_back(id.clone());
        }
        entry.on_closed
    }

    pub(crate) fn remove_all(&mut self) -> Vec<OnClosed> {
        let ids: Vec<_> = self.windows.keys().cloned().collect();
        ids.iter().flat_map(|id| self.remove(id)).collect()
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

    pub(crate) fn check_open(&self, id: &WindowId) -> Result<(), RouteError> {
        self.entry(id).map(drop)
    }

    pub(crate) fn on_closed(&mut self, id: &WindowId, call: OnClosed) -> Option<OnClosed> {
        match self.windows.get_mut(id) {
            Some(entry) => {
                entry.on_closed.push(call);
                None
            }
            None => Some(call),
        }
    }

    /// Admits a message to its window's queue.
    pub(crate) fn admit(
        &self,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
        limits: &Limits,
    ) -> Result<Delivery, RouteError> {
        let entry = self.entry(window)?;
        if entry
            .channels
            .as_ref()
            .is_some_and(|list| !list.allows(channel))
        {
            return Err(RouteError::ChannelNotAllowed {
                window: window.clone(),
                channel: channel.clone(),
            });
        }
        let messages = entry.waiting.messages.load(Ordering::Relaxed);
        let bytes = entry.waiting.bytes.load(Ordering::Relaxed);
        let size = payload.as_str().len();
        if messages >= limits.window_messages || bytes + size > limits.window_bytes {
            return Err(RouteError::QueueFull {
                window: window.clone(),
                messages,
                bytes,
            });
        }
        Ok(Delivery {
            window: window.clone(),
            channel: channel.clone(),
            payload: payload.clone(),
            _share: Share::new(&entry.waiting, size),
        })
    }

    fn entry(&self, id: &WindowId) -> Result<&Entry, RouteError> {
        match self.windows.get(id) {
            Some(entry) if entry.open => Ok(entry),
            _ if self.closed.contains(id) => Err(RouteError::WindowClosed(id.clone())),
            _ => Err(RouteError::UnknownWindow(id.clone())),
        }
    }
}

impl Share {
    fn new(waiting: &Arc<Waiting>, bytes: usize) -> Share {
        waiting.messages.fetch_add(1, Ordering::Relaxed);
        waiting.bytes.fetch_add(bytes, Ordering::Relaxed);
        Share {
            waiting: waiting.clone(),
            bytes,
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.waiting.messages.fetch_sub(1, Ordering::Relaxed);
        self.waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
