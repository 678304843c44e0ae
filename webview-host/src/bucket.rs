//! A bound on how much comes in a time.

use std::time::Instant;

use ipc_protocol::Rate;

/// A token bucket. It lets through whatever comes while there is anything in it, and then owes what
/// that took too much: as much as it holds at most.
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
        self.left = (self.left - count as f64).max(-self.burst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_takes_more_than_there_is_is_owed_up_to_what_the_bucket_holds() {
        let start = Instant::now();
        let rate = Rate {
            burst: 10,
            per_second: 5,
        };
        let mut bucket = Bucket::new(rate, start);
        let mut is_empty_at = |seconds: f64| {
            bucket.fill(start + Duration::from_secs_f64(seconds));
            let is_empty = bucket.is_empty();
            if !is_empty {
                bucket.take(1_000_000);
            }
            is_empty
        };
        assert!(!is_empty_at(0.0));
        assert!(is_empty_at(2.1));
        assert!(!is_empty_at(2.3));
    }
}
