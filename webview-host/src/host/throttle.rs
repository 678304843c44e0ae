//! How fast the pages of one window may send.

use std::time::Instant;

use ipc_protocol::Limits;

use crate::bucket::Bucket;

/// What one window's pages have sent lately, against what they may.
pub(super) struct Throttle {
    messages: Bucket,
    bytes: Bucket,
    /// Whether something was refused, and the page has not paused since.
    is_on: bool,
    /// How many messages and calls were refused so far.
    refused: u64,
}

impl Throttle {
    pub(super) fn new(limits: &Limits, now: Instant) -> Throttle {
        Throttle {
            messages: Bucket::new(limits.page_messages, now),
            bytes: Bucket::new(limits.page_bytes, now),
            is_on: false,
            refused: 0,
        }
    }

    /// Takes in a batch of so many frames and bytes. Returns whether it is within the rates; if
    /// not, it counts for nothing.
    pub(super) fn admit(&mut self, frames: usize, bytes: usize, now: Instant) -> bool {
        self.messages.fill(now);
        self.bytes.fill(now);
        if self.messages.is_empty() || self.bytes.is_empty() {
            return false;
        }
        self.messages.take(frames);
        self.bytes.take(bytes);
        if self.messages.is_half_full() && self.bytes.is_half_full() {
            self.is_on = false;
        }
        true
    }

    /// So many messages and calls were refused. Returns how many in all, if these are the first
    /// since the page was last within the rates for a while.
    pub(super) fn refuse(&mut self, count: u64) -> Option<u64> {
        self.refused += count;
        let was_on = std::mem::replace(&mut self.is_on, true);
        (!was_on).then_some(self.refused)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ipc_protocol::Rate;

    use super::*;

    fn throttle() -> (Throttle, Instant) {
        let mut limits = Limits::default();
        limits.page_messages = Rate {
            burst: 10,
            per_second: 4,
        };
        limits.page_bytes = Rate {
            burst: 1_000,
            per_second: 100,
        };
        let now = Instant::now();
        (Throttle::new(&limits, now), now)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_passes_and_then_what_time_adds() {
        let (mut throttle, start) = throttle();
        assert!(throttle.admit(4, 0, start));
        assert!(throttle.admit(6, 0, start));
        assert!(!throttle.admit(1, 0, start));
        let later = start + SECOND;
        assert!(throttle.admit(4, 0, later));
        assert!(!throttle.admit(1, 0, later));
        // Not more than the burst, however long the pause was.
        let much_later = later + SECOND * 1_000;
        assert!(throttle.admit(10, 0, much_later));
        assert!(!throttle.admit(1, 0, much_later));
    }

    #[test]
    fn bytes_count_as_well() {
        let (mut throttle, start) = throttle();
        assert!(throttle.admit(1, 1_000, start));
        assert!(!throttle.admit(1, 1, start));
        assert!(throttle.admit(1, 1, start + SECOND));
    }

    #[test]
    fn what_is_larger_than_the_burst_passes_and_is_owed() {
        let (mut throttle, start) = throttle();
        assert!(throttle.admit(18, 0, start));
        assert!(!throttle.admit(1, 0, start + SECOND * 2));
        assert!(throttle.admit(1, 0, start + SECOND * 3));
    }

    #[test]
    fn what_is_refused_counts_for_nothing() {
        let (mut throttle, start) = throttle();
        assert!(throttle.admit(10, 0, start));
        for _ in 0..1_000 {
            assert!(!throttle.admit(1_000, 1_000, start));
        }
        assert!(throttle.admit(1, 0, start + SECOND));
    }

    #[test]
    fn an_episode_lasts_until_the_page_has_paused() {
        let (mut throttle, start) = throttle();
        assert!(throttle.admit(10, 0, start));
        assert_eq!(throttle.refuse(3), Some(3));
        assert_eq!(throttle.refuse(2), None);
        // What time has added is used up at once.
        let later = start + SECOND;
        assert!(throttle.admit(4, 0, later));
        assert_eq!(throttle.refuse(1), None);
        assert!(throttle.admit(1, 0, later + SECOND * 10));
        assert_eq!(throttle.refuse(4), Some(10));
    }

    #[test]
    fn a_clock_that_goes_back_does_no_harm() {
        let (mut throttle, start) = throttle();
        assert!(throttle.admit(10, 0, start + SECOND));
        assert!(!throttle.admit(1, 0, start));
        assert!(throttle.admit(1, 0, start + SECOND));
    }
}
