//! Senders that wait for room.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ahash::HashMap;
use ipc_protocol::{Channel, Policy};

use super::Until;
use super::item::Waiting;
use crate::Reply;

/// The senders that wait, by channel in the order they came. Nothing here takes longer the more
/// of them there are.
#[derive(Debug, Default)]
pub(super) struct Senders {
    channels: HashMap<Channel, Queue>,
    /// The place of the first of each channel that the page listens on.
    heard: BTreeMap<u64, Channel>,
    /// The same for the other channels.
    unheard: BTreeMap<u64, Channel>,
    len: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Queue {
    is_heard: bool,
    /// The channel's policy, as it was when somebody last sent on it.
    policy: Arc<Policy>,
    senders: VecDeque<Parked>,
}

/// A sender that waits.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) number: u64,
    pub(super) waiting: Waiting,
    pub(super) until: Until,
    pub(super) reply: Reply<()>,
}

impl Senders {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The payload bytes of their messages.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds one; its number is greater than those of all that were ever added.
    pub(super) fn push(
        &mut self,
        channel: Channel,
        is_heard: bool,
        policy: Arc<Policy>,
        parked: Parked,
    ) {
        self.len += 1;
        self.bytes += parked.waiting.item.bytes();
        let queue = self.channels.entry(channel.clone()).or_insert(Queue {
            is_heard,
            policy,
            senders: VecDeque::new(),
        });
        if queue.senders.is_empty() {
            let places = match is_heard {
                true => &mut self.heard,
                false => &mut self.unheard,
            };
            places.insert(parked.number, channel);
        }
        queue.senders.push_back(parked);
    }

    /// Removes the first of a channel.
    pub(super) fn pop(&mut self, channel: &Channel) -> Option<Parked> {
        let queue = self.channels.get_mut(channel)?;
        let parked = queue.senders.pop_front()?;
        let places = match queue.is_heard {
            true => &mut self.heard,
            false => &mut self.unheard,
        };
        places.remove(&parked.number);
        match queue.senders.front() {
            Some(next) => {
                places.insert(next.number, channel.clone());
            }
            None => {
                self.channels.remove(channel);
            }
        }
        self.len -= 1;
        self.bytes -= parked.waiting.item.bytes();
        Some(parked)
    }

    /// The bytes of the first message of a channel, and the channel's policy.
    pub(super) fn first_on(&self, channel: &Channel) -> Option<(usize, Arc<Policy>)> {
        let queue = self.channels.get(channel)?;
        let first = queue.senders.front()?;
        Some((first.waiting.item.bytes(), queue.policy.clone()))
    }

    pub(super) fn waits_on(&self, channel: &Channel) -> bool {
        self.channels.contains_key(channel)
    }

    /// Those who wait on the channel come under another policy.
    pub(super) fn adopt(&mut self, channel: &Channel, policy: &Arc<Policy>) {
        if let Some(queue) = self.channels.get_mut(channel) {
            queue.policy = policy.clone();
        }
    }

    /// The channel on which the first waits of all those that the page listens on.
    pub(super) fn first_heard(&self) -> Option<&Channel> {
        self.heard.values().next()
    }

    /// Of the channels on which the first has this place or a later one, that with the earliest:
    /// its place, and whether the page listens on it.
    pub(super) fn next_from(&self, number: u64) -> Option<(u64, Channel, bool)> {
        let heard = self.heard.range(number..).next();
        let unheard = self.unheard.range(number..).next();
        let heard = heard.map(|(number, channel)| (*number, channel, true));
        let unheard = unheard.map(|(number, channel)| (*number, channel, false));
        let firsts = [heard, unheard].into_iter().flatten();
        let next = firsts.min_by_key(|(number, ..)| *number);
        next.map(|(number, channel, is_heard)| (number, channel.clone(), is_heard))
    }

    /// The page listens on the channel.
    pub(super) fn listen(&mut self, channel: &Channel) {
        if let Some(queue) = self.channels.get_mut(channel)
            && let Some(first) = queue.senders.front()
            && let Some((number, channel)) = self.unheard.remove_entry(&first.number)
        {
            queue.is_heard = true;
            self.heard.insert(number, channel);
        }
    }

    /// There is another page, which listens on nothing yet.
    pub(super) fn page_gone(&mut self) {
        for channel in self.heard.values() {
            if let Some(queue) = self.channels.get_mut(channel) {
                queue.is_heard = false;
            }
        }
        self.unheard.append(&mut self.heard);
    }

    /// All of them, in the order they came.
    pub(super) fn into_replies(self) -> impl Iterator<Item = Reply<()>> {
        let queues = self.channels.into_values();
        let mut all: Vec<_> = queues.flat_map(|queue| queue.senders).collect();
        all.sort_unstable_by_key(|parked| parked.number);
        all.into_iter().map(|parked| parked.reply)
    }
}
