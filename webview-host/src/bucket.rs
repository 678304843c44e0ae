//! A bound on how much comes in a time.

use std::time::Instant;

use ipc_protocol::Rate;

/// A token bucket. It lets through whatever comes while there is anything in it, and then owes what
/// that took too much.
pub(crate) struct Bucket {
    burst: f64,
    per_second: f64,
    left: f64,
    filled: Instant,
}

impl Bucket {
    pub(crate) fn new(rate: Rate, now: Instant) -> Bucket {
        let burst = rate.burst as f64;
        Bucket {
            burst,
            per_second: rate.per_second as f64,
            left: burst,
            filled: now,
        }
    }

    pub(crate) fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled);
        self.left = (self.left + elapsed.as_secs_f64() * self.per_second).min(self.burst);
        self.filled = now;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left < 1.0
    }

    pub(crate) fn is_half_full(&self) -> bool {
        self.left >= self.burst / 2.0
    }

    pub(crate) fn take(&mut self, count: usize) {
        self.left -= count as f64;
    }
}
