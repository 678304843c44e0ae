//! What waits for one window's page.

use std::collections::VecDeque;

use ipc_protocol::Channel;
use ipc_router::Delivery;

/// Messages in the order they were sent, apart by whether the page listens on their channel.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// To be handed to the page at the next flush.
    ready: VecDeque<Message>,
    /// Waiting for the page, or for its first listener on their channel.
    held: VecDeque<Message>,
    sent: u64,
}

/// A message and its place in the order of all that were sent to the window.
#[derive(Debug)]
pub(crate) struct Message {
    number: u64,
    pub(crate) delivery: Delivery,
}

impl Outbox {
    pub(crate) fn push(&mut self, delivery: Delivery, heard: bool) {
        self.sent += 1;
        let number = self.sent;
        let queue = if heard {
            &mut self.ready
        } else {
            &mut self.held
        };
        queue.push_back(Message { number, delivery });
    }

    /// The page listens on `channel` now.
    pub(crate) fn release(&mut self, channel: &Channel) {
        let (heard, held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|m: &Message| m.delivery.channel == *channel);
        self.held = held;
        let ready = std::mem::replace(&mut self.ready, heard);
        self.ready.extend(ready);
        in_order(&mut self.ready);
    }

    /// The page is gone: everything waits for the next one.
    pub(crate) fn hold_all(&mut self) {
        self.held.append(&mut self.ready);
        in_order(&mut self.held);
    }

    /// Takes the next messages for the page: at least one if any is ready, and no more than come
    /// to `max_bytes` of payload.
    pub(crate) fn take(&mut self, max_bytes: usize) -> Vec<Message> {
        let mut bytes = 0;
        let mut batch = Vec::new();
        while let Some(next) = self.ready.front() {
            bytes += next.delivery.payload.as_str().len();
            if bytes > max_bytes && !batch.is_empty() {
                break;
            }
            batch.extend(self.ready.pop_front());
        }
        batch
    }

    /// Takes back what could not be handed to the page.
    pub(crate) fn put_back(&mut self, batch: Vec<Message>) {
        self.ready.extend(batch);
        in_order(&mut self.ready);
    }

    pub(crate) fn len(&self) -> usize {
        self.ready.len() + self.held.len()
    }
}

/// Both queues are sorted runs, so this is a merge.
fn in_order(queue: &mut VecDeque<Message>) {
    queue
        .make_contiguous()
        .sort_by_key(|message| message.number);
}
