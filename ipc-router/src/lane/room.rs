//! What waits on one channel of one window, and what became of all that did.

use std::collections::BTreeSet;
use std::time::Duration;

use hdrhistogram::Histogram;
use ipc_protocol::{Channel, Payload, Policy};

use crate::stats::ChannelStats;

/// One channel of one window.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The places of what waits, oldest first.
    pub(super) waiting: BTreeSet<u64>,
    /// Payload bytes that wait.
    pub(super) bytes: usize,
    /// The last message, for a page to come.
    pub(super) sticky: Option<Payload>,
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

    pub(super) fn add(&mut self, number: u64, bytes: usize) {
        self.waiting.insert(number);
        self.bytes += bytes;
    }

    pub(super) fn remove(&mut self, number: u64, bytes: usize) {
        if self.waiting.remove(&number) {
            self.bytes -= bytes;
        }
    }

    pub(super) fn stats(&self, channel: &Channel) -> ChannelStats {
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
