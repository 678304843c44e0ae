//! What waits on one channel of one window, and what became of all that did.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ahash::HashMap;
use hdrhistogram::Histogram;
use ipc_protocol::{Channel, Payload, Policy};

use super::item::Waiting;
use crate::stats::ChannelStats;

/// How many channels are remembered on which nothing waits.
const REMEMBERED: usize = 1_024;

/// The channels of one window.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: HashMap<Channel, Room>,
    /// How many may be there before some are forgotten.
    enough: usize,
}

impl Rooms {
    pub(super) fn of(&mut self, channel: &Channel) -> &mut Room {
        if self.rooms.len() >= self.enough.max(REMEMBERED) && !self.rooms.contains_key(channel) {
            self.forget();
        }
        self.rooms.entry(channel.clone()).or_default()
    }

    pub(super) fn get(&self, channel: &Channel) -> Option<&Room> {
        self.rooms.get(channel)
    }

    /// Forgets channels that are not in use: an app may name one for each answer. Those with the
    /// most messages stay.
    fn forget(&mut self) {
        let idle = self.rooms.iter().filter(|(_, room)| !room.is_in_use());
        let mut idle: Vec<_> = idle
            .map(|(channel, room)| (room.counts.accepted, channel.clone()))
            .collect();
        idle.sort_unstable();
        idle.truncate(idle.len().saturating_sub(REMEMBERED / 2));
        for (_, channel) in idle {
            self.rooms.remove(&channel);
        }
        // Not again before there are as many more.
        self.enough = self.rooms.len() * 2;
    }

    /// The numbers of each, sorted.
    pub(super) fn stats(&self) -> Vec<ChannelStats> {
        let rooms = self.rooms.iter();
        let mut stats: Vec<_> = rooms.map(|(channel, room)| room.stats(channel)).collect();
        stats.sort_by(|a, b| a.channel.cmp(&b.channel));
        stats
    }
}

/// One channel of one window.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The places of what waits, oldest first.
    pub(super) waiting: BTreeSet<u64>,
    /// When which of them are given up.
    expiring: BTreeSet<(Instant, u64)>,
    /// Payload bytes that wait.
    pub(super) bytes: usize,
    /// How many messages the page has been handed and not acknowledged.
    pub(super) in_flight: usize,
    /// The app's last message and its place, for a page to come.
    pub(super) sticky: Option<(u64, Payload)>,
    pub(super) counts: Counts,
}

/// What became of the messages so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) delivered: u64,
    pub(super) delivered_bytes: u64,
    pub(super) dropped: u64,
    pub(super) expired: u64,
    pub(super) lost: u64,
    pub(super) refused: u64,
    latency: Option<Histogram<u32>>,
}

impl Room {
    /// Whether the policy has room for a message of so many bytes.
    pub(super) fn has_room_for(&self, bytes: usize, policy: &Policy) -> bool {
        self.waiting.is_empty()
            || self.waiting.len() < policy.capacity
                && self.bytes.saturating_add(bytes) <= policy.max_bytes
    }

    pub(super) fn add(&mut self, number: u64, waiting: &Waiting) {
        self.waiting.insert(number);
        self.bytes += waiting.item.bytes();
        self.expiring.extend(waiting.expires.map(|at| (at, number)));
    }

    pub(super) fn remove(&mut self, number: u64, waiting: &Waiting) {
        self.waiting.remove(&number);
        self.bytes -= waiting.item.bytes();
        if let Some(at) = waiting.expires {
            self.expiring.remove(&(at, number));
        }
    }

    /// The place of something that has waited for too long.
    pub(super) fn expired(&self, now: Instant) -> Option<u64> {
        let (at, number) = self.expiring.first()?;
        (*at <= now).then_some(*number)
    }

    /// Whether it is more than its numbers.
    fn is_in_use(&self) -> bool {
        !self.waiting.is_empty() || self.in_flight > 0 || self.sticky.is_some()
    }

    fn stats(&self, channel: &Channel) -> ChannelStats {
        let counts = &self.counts;
        let quantile = |q| {
            let latency = counts.latency.as_ref()?;
            Some(Duration::from_micros(latency.value_at_quantile(q)))
        };
        ChannelStats {
            channel: channel.clone(),
            accepted: counts.accepted,
            delivered: counts.delivered,
            delivered_bytes: counts.delivered_bytes,
            dropped: counts.dropped,
            expired: counts.expired,
            lost: counts.lost,
            refused: counts.refused,
            waiting: self.waiting.len(),
            waiting_bytes: self.bytes,
            latency_p50: quantile(0.5),
            latency_p99: quantile(0.99),
        }
    }
}

impl Counts {
    pub(super) fn deliver(&mut self, bytes: usize, latency: Duration) {
        self.delivered += 1;
        self.delivered_bytes += bytes as u64;
        if self.latency.is_none() {
            self.latency = Histogram::new(2).ok();
        }
        if let Some(histogram) = &mut self.latency {
            let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
            // It grows by itself; only what no integer can tell is too long.
            let _ = histogram.record(micros);
        }
    }
}
