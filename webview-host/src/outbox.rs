//! What waits for one window's page.

use std::collections::{BTreeMap, HashMap};

use ipc_protocol::Channel;
use ipc_router::Delivery;

/// Messages to one window, numbered in the order they were sent, apart by whether the page
/// listens on their channel.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// To be handed to the page at the next flush.
    ready: BTreeMap<u64, Delivery>,
    /// Waiting for the page, or for its first listener on their channel. Apart by channel, so
    /// that a page cannot make the host look through all of them with each listener it adds.
    held: HashMap<Channel, BTreeMap<u64, Delivery>>,
    /// The number of the last message.
    sent: u64,
}

/// A message and its place in the order of all that were sent to the window.
#[derive(Debug)]
pub(crate) struct Message {
    number: u64,
    pub(crate) delivery: Delivery,
}

impl Outbox {
    /// Adds a message; `heard` says whether the page listens on its channel.
    pub(crate) fn push(&mut self, delivery: Delivery, heard: bool) {
        self.sent += 1;
        if heard {
            self.ready.insert(self.sent, delivery);
        } else {
            self.hold(self.sent, delivery);
        }
    }

    /// The page listens on `channel` now.
    pub(crate) fn release(&mut self, channel: &Channel) {
        self.ready
            .extend(self.held.remove(channel).into_iter().flatten());
    }

    /// The page is gone: everything waits for the next one.
    pub(crate) fn hold_all(&mut self) {
        for (number, delivery) in std::mem::take(&mut self.ready) {
            self.hold(number, delivery);
        }
    }

    fn hold(&mut self, number: u64, delivery: Delivery) {
        self.held
            .entry(delivery.channel.clone())
            .or_default()
            .insert(number, delivery);
    }

    /// Takes the next messages for the page: at least one if any is ready, and no more than come
    /// to about `max_bytes`.
    pub(crate) fn take(&mut self, max_bytes: usize) -> Vec<Message> {
        let mut bytes = 0;
        let mut batch = Vec::new();
        while let Some(next) = self.ready.first_entry() {
            bytes += weight(next.get());
            if bytes > max_bytes && !batch.is_empty() {
                break;
            }
            let (number, delivery) = next.remove_entry();
            batch.push(Message { number, delivery });
        }
        batch
    }

    /// Takes back what could not be handed to the page.
    pub(crate) fn put_back(&mut self, batch: Vec<Message>) {
        let messages = batch.into_iter().map(|m| (m.number, m.delivery));
        self.ready.extend(messages);
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.ready.len() + self.held.values().map(BTreeMap::len).sum::<usize>()
    }
}

/// About how many bytes a message has as a frame.
fn weight(delivery: &Delivery) -> usize {
    /// What is around channel and payload.
    const FRAME: usize = 48;
    FRAME + delivery.channel.as_str().len() + delivery.payload.as_str().len()
}
