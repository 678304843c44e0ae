//! What a page may be handed next.

use std::collections::BTreeMap;

use super::item::Waiting;

/// From how many items, or from what weight on, they are a batch that is worth its costs.
const FULL_LEN: usize = 512;
const FULL_WEIGHT: usize = 256 << 10;

/// Items by their place in the order.
#[derive(Debug, Default)]
pub(super) struct Ready {
    items: BTreeMap<u64, Waiting>,
    weight: usize,
}

impl Ready {
    pub(super) fn insert(&mut self, number: u64, waiting: Waiting) {
        self.weight += waiting.item.weight();
        self.items.insert(number, waiting);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Waiting> {
        let waiting = self.items.remove(&number)?;
        self.weight -= waiting.item.weight();
        Some(waiting)
    }

    /// The place of the first item.
    pub(super) fn first(&self) -> Option<u64> {
        self.items.first_key_value().map(|(number, _)| *number)
    }

    /// Takes the first item with its place, if its weight is right.
    pub(super) fn pop_if(
        &mut self,
        is_right: impl FnOnce(usize) -> bool,
    ) -> Option<(u64, Waiting)> {
        let first = self.items.first_entry()?;
        let weight = first.get().item.weight();
        if !is_right(weight) {
            return None;
        }
        self.weight -= weight;
        Some(first.remove_entry())
    }

    /// Whether it is a batch's worth.
    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= FULL_LEN || self.weight >= FULL_WEIGHT
    }

    pub(super) fn into_items(self) -> BTreeMap<u64, Waiting> {
        self.items
    }
}
