//! Counting what pages do that they may not.

/// A count that says which of its steps are worth a line in the log: the first, the second, the fourth,
/// the eighth and so on, since no page may be let fill it.
#[derive(Debug, Default)]
pub(crate) struct Tally(u64);

impl Tally {
    /// Counts one more. Returns the count if it is worth a line.
    pub(crate) fn add(&mut self) -> Option<u64> {
        self.0 += 1;
        self.0.is_power_of_two().then_some(self.0)
    }
}
