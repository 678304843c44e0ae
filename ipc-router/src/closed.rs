//! Windows that were closed, to tell "closed" from "never there".

use std::collections::VecDeque;

use ahash::HashSet;
use ipc_protocol::WindowId;

/// How many are remembered.
const REMEMBERED: usize = 1_024;

/// The windows that were closed last.
#[derive(Default)]
pub(crate) struct Closed {
    ids: HashSet<WindowId>,
    /// The same, the oldest first.
    order: VecDeque<WindowId>,
}

impl Closed {
    pub(crate) fn contains(&self, id: &WindowId) -> bool {
        self.ids.contains(id)
    }

    /// Adds one that is not in it.
    pub(crate) fn add(&mut self, id: &WindowId) {
        self.ids.insert(id.clone());
        self.order.push_back(id.clone());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    /// Returns whether it was in it.
    pub(crate) fn remove(&mut self, id: &WindowId) -> bool {
        let was_in = self.ids.remove(id);
        if was_in {
            self.order.retain(|closed| closed != id);
        }
        was_in
    }
}
