//! How many tests passed, failed and were skipped, read from what the test runners print.

use std::fmt;
use std::ops::AddAssign;

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, timed out or could not be started.
    pub(crate) failed: u64,
    /// Tests that were left out, ignored ones included.
    pub(crate) skipped: u64,
}

impl Totals {
    /// One failure.
    pub(crate) const FAILURE: Self = Self::of(0, 1, 0);

    /// One thing that holds.
    pub(crate) const SUCCESS: Self = Self::of(1, 0, 0);

    /// One thing that was left out.
    pub(crate) const SKIP: Self = Self::of(0, 0, 1);

    const fn of(passed: u64, failed: u64, skipped: u64) -> Self {
        Self {
            passed,
            failed,
            skipped,
        }
    }

    /// Reads the line with which libtest (`test result: …`) or cargo-nextest (`Summary [ …`) sums
    /// up; any other line is `None`.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        if let Some(result) = line.strip_prefix("test result: ") {
            let (_verdict, counts) = result.split_once(". ")?;
            Some(Self::from_counts(counts.split(';')))
        } else {
            let summary = line.trim_start().strip_prefix("Summary [")?;
            let (_, counts) = summary.split_once(" run: ")?;
            Some(Self::from_counts(without_remarks(counts).split(',')))
        }
    }

    /// Adds up `<count> <word>…` pieces.
    fn from_counts<'a>(pieces: impl Iterator<Item = &'a str>) -> Self {
        let mut totals = Self::default();
        for piece in pieces {
            let mut words = piece.split_whitespace();
            let Some(count) = words.next().and_then(|count| count.parse::<u64>().ok()) else {
                continue;
            };
            match words.next() {
                Some("passed") => totals.passed += count,
                Some("failed" | "timed" | "exec") => totals.failed += count,
                Some("skipped" | "ignored") => totals.skipped += count,
                _ => {}
            }
        }
        totals
    }
}

/// Leaves out what is in parentheses, as in `2 passed (1 slow, 1 leaky)`.
fn without_remarks(text: &str) -> String {
    text.split('(')
        .map(|part| part.split_once(')').map_or(part, |(_remark, rest)| rest))
        .collect()
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(passed: u64, failed: u64, skipped: u64) -> Option<Totals> {
        Some(Totals {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn libtest_summaries() {
        for (line, expected) in [
            (
                "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s",
                totals(12, 0, 3),
            ),
            (
                "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.10s",
                totals(1, 2, 0),
            ),
        ] {
            assert_eq!(Totals::from_line(line), expected, "{line}");
        }
    }

    #[test]
    fn nextest_summaries() {
        for (line, expected) in [
            (
                "     Summary [   0.006s] 1 test run: 1 passed, 4 skipped",
                totals(1, 0, 4),
            ),
            (
                "     Summary [   2.014s] 4 tests run: 1 passed, 2 failed, 1 timed out, 1 skipped",
                totals(1, 3, 1),
            ),
            (
                "     Summary [  61.100s] 9 tests run: 7 passed (2 slow, 1 timed out), 1 failed (1 leaky), 1 exec failed, 0 skipped",
                totals(7, 2, 0),
            ),
            (
                "     Summary [   0.000s] 0 tests run: 0 passed, 5 skipped",
                totals(0, 0, 5),
            ),
            (
                "     Summary [   1.033s] 2/8 tests run: 1 passed, 1 failed, 0 skipped",
                totals(1, 1, 0),
            ),
        ] {
            assert_eq!(Totals::from_line(line), expected, "{line}");
        }
    }

    #[test]
    fn other_lines_say_nothing() {
        for line in [
            "",
            "running 3 tests",
            "test totals::tests::x ... ok",
            "the test result: ok. 1 passed; 0 failed",
            "error: test run failed",
            "        PASS [   0.004s] xtask totals::tests::libtest_summaries",
            "3 passed, 0 failed, 0 skipped",
        ] {
            assert_eq!(Totals::from_line(line), None, "{line}");
        }
    }

    #[test]
    fn totals_add_up_and_print_on_one_line() {
        let mut sum = Totals {
            passed: 4,
            failed: 0,
            skipped: 2,
        };
        sum += Totals::FAILURE;
        assert_eq!(sum.to_string(), "4 passed, 1 failed, 2 skipped");
    }
}
