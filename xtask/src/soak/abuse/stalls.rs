//! How long the victim waited, and how much of that the host has to answer for.
//!
//! A question goes from the page to the host's main thread, to the script, and back. The victim's
//! clock tells how long that took. While the main thread or the script ran, that is the host's. Of the
//! rest is taken away
//!
//! - when a thread of the host or of the victim's page was ready to run and had no processor (Linux
//!   counts that for each thread): there, other programs and the attackers' pages were busy;
//! - when the main thread of the victim's page ran itself;
//! - when the main thread slept within the webview: it waits there for a page to draw itself and for
//!   processes to start, and a lock of the host is held by a thread that runs;
//! - by how much too late the watcher was woken, which only sleeps: there, the machine stood still;
//! - in rounds with messages of the largest sizes, for as long as the script ran: it reads each as a
//!   whole.
//!
//! That is never more than there was between two looks. What is left, when the threads slept, waited for
//! files, for locks or for another page, is the host's too. All of that is a stall if it is over
//! [`LIMIT`], or [`LARGE_LIMIT`] where there are messages of the largest sizes.

use std::fmt;

use super::line::{Act, Round, Wait};
use super::threads::{Moment, Times};

/// The longest that the host may make anyone wait, in milliseconds.
const LIMIT: u64 = 100;

/// The same while there are messages of the largest sizes. The main thread checks and copies each as a
/// whole: text of 60 MB takes it 130 ms.
const LARGE_LIMIT: u64 = 250;

/// How often threads are looked at, in microseconds.
const EVERY: u64 = 10_000;

/// A wait for more than [`LIMIT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slow {
    pub(super) wait: Wait,
    /// What of it is the host's, in milliseconds.
    pub(super) hosts: u64,
    /// How long the main thread and the script ran meanwhile.
    main: u64,
    script: u64,
    /// What went on then.
    acts: Vec<Act>,
    round: Round,
}

impl Slow {
    pub(super) fn new(wait: Wait, moments: &[Moment], acts: Vec<Act>, round: Round) -> Slow {
        let (from, to) = (wait.asked * 1_000, wait.answered() * 1_000);
        let ran = |of: fn(&Moment) -> Times| match (moments.first(), moments.last()) {
            (Some(first), Some(last)) => of(last).ran.saturating_sub(of(first).ran) / 1_000,
            _ => 0,
        };
        Slow {
            wait,
            hosts: wait
                .ms
                .saturating_sub(excused(moments, round, from, to) / 1_000),
            main: ran(|moment| moment.main),
            script: ran(|moment| moment.script),
            acts,
            round,
        }
    }

    /// Whether the host has made the victim wait for too long.
    pub(super) fn is_stall(&self) -> bool {
        match self.round {
            Round::Host => self.hosts > LIMIT,
            Round::Large => self.hosts > LARGE_LIMIT,
            Round::Webview => false,
        }
    }
}

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slow {
            wait,
            hosts,
            main,
            script,
            acts,
            round,
        } = self;
        let whose = match round {
            _ if self.is_stall() => "STALL",
            Round::Host => "slow, machine's",
            Round::Large => "slow, machine's or by size",
            Round::Webview => "slow, webview's round",
        };
        write!(
            f,
            "{whose}: waited {} ms, {hosts} of them for the host (main thread ran {main}, script \
             {script})",
            wait.ms
        )?;
        for act in acts {
            let before = i128::from(wait.asked) - i128::from(act.at);
            write!(f, "\n  {before} ms before: {act}")?;
        }
        Ok(())
    }
}

/// How much of a time, in microseconds, the host does not answer for.
fn excused(moments: &[Moment], round: Round, from: u64, to: u64) -> u64 {
    let pairs = || {
        moments
            .windows(2)
            .filter_map(|pair| pair.first().zip(pair.last()))
    };
    // A delay is counted when it is over, and may have begun before the last look.
    let excuses = |before, now| excuses(before, now, round);
    let longest = |(before, now)| excuses(before, now).into_iter().max().unwrap_or_default();
    let mut spans: Vec<_> = pairs()
        .map(|pair| (pair.1.at.saturating_sub(longest(pair)), pair.1.at))
        .collect();
    spans.sort_unstable();
    let slots = pairs().map(|(before, now)| {
        let (start, end) = (before.at.max(from), now.at.min(to));
        let ran = |of: fn(&Moment) -> Times| of(now).ran.saturating_sub(of(before).ran);
        let (main, script) = (ran(|moment| moment.main), ran(|moment| moment.script));
        let hosts = match round {
            // The answer waits for the script, whatever the main thread does meanwhile.
            Round::Large => main.saturating_sub(script),
            Round::Host | Round::Webview => main.max(script),
        };
        let left = end.saturating_sub(start).saturating_sub(hosts);
        // Several short ones between two looks were one after the other.
        let short = excuses(before, now).into_iter().sum();
        covered(&spans, start, end).max(short).min(left)
    });
    slots.sum()
}

/// What kept the answer between two looks and is not the host's.
fn excuses(before: &Moment, now: &Moment, round: Round) -> [u64; 7] {
    let grown = |of: fn(&Moment) -> u64| of(now).saturating_sub(of(before));
    let by_size = match round {
        Round::Large => grown(|moment| moment.script.ran),
        Round::Host | Round::Webview => 0,
    };
    [
        grown(|moment| moment.main.delayed),
        grown(|moment| moment.script.delayed),
        grown(|moment| moment.page.delayed + moment.page.ran),
        grown(|moment| moment.others),
        grown(|moment| moment.webview),
        now.at.saturating_sub(before.at).saturating_sub(EVERY),
        by_size,
    ]
}

/// How much of a time is in any of the spans, each with its start and end, by their starts.
fn covered(spans: &[(u64, u64)], from: u64, to: u64) -> u64 {
    let mut total = 0;
    let mut until = from;
    for &(start, end) in spans {
        let end = end.min(to);
        total += end.saturating_sub(start.max(until));
        until = until.max(end);
    }
    total
}

/// All that the victim has waited for.
#[derive(Default)]
pub(super) struct Waits {
    all: Vec<u64>,
    slow: Vec<Slow>,
}

impl Waits {
    /// Takes a wait in; `examine` is asked about one that is over the limit. Questions that waited
    /// for the same thing are one stall, that of the first.
    pub(super) fn add(&mut self, wait: Wait, examine: impl FnOnce(Wait) -> Slow) -> Option<&Slow> {
        self.all.push(wait.ms);
        let last = self.slow.last().map_or(0, |slow| slow.wait.answered());
        if wait.ms <= LIMIT || wait.asked < last {
            return None;
        }
        self.slow.push(examine(wait));
        self.slow.last()
    }

    /// The stalls that the host answers for.
    pub(super) fn stalls(&self) -> impl Iterator<Item = &Slow> {
        self.slow.iter().filter(|slow| slow.is_stall())
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.all.clone();
        sorted.sort_unstable();
        let at = |share: usize| {
            let index = (sorted.len() * share / 1_000).min(sorted.len().saturating_sub(1));
            sorted.get(index).copied().unwrap_or_default()
        };
        let of = |round| self.slow.iter().filter(|slow| slow.round == round).count();
        write!(
            f,
            "{} questions: half answered within {} ms, 99 % within {}, 99.9 % within {}, the longest \
             {}; {} over {LIMIT} ms, of which {} in rounds with acts that stall the webview itself, \
             {} in rounds with the largest messages, and {} are stalls",
            sorted.len(),
            at(500),
            at(990),
            at(999),
            at(1_000),
            self.slow.len(),
            of(Round::Webview),
            of(Round::Large),
            self.stalls().count(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every 10 ms from 0 on; `grow` changes the times from one to the next.
    fn looks(count: u64, grow: impl Fn(u64, &mut Moment)) -> Vec<Moment> {
        let mut moment = Moment::default();
        let mut moments = vec![moment];
        for n in 1..=count {
            moment.at += EVERY;
            grow(n, &mut moment);
            moments.push(moment);
        }
        moments
    }

    fn slow(ms: u64, moments: &[Moment]) -> Slow {
        Slow::new(Wait { asked: 0, ms }, moments, Vec::new(), Round::Host)
    }

    #[test]
    fn what_the_host_does_is_its_own() {
        let moments = looks(30, |_, moment| moment.main.ran += 9_000);
        let slow = slow(300, &moments);
        assert_eq!((slow.hosts, slow.main, slow.script), (300, 270, 0));
        assert!(slow.is_stall());
    }

    #[test]
    fn what_it_sleeps_is_its_own_too() {
        assert_eq!(slow(150, &looks(15, |_, _| {})).hosts, 150);
        assert_eq!(slow(150, &[]).hosts, 150);
    }

    #[test]
    fn delays_of_the_machine_are_no_more_than_the_time_there_was() {
        let moments = looks(30, |n, moment| {
            moment.main.delayed += 4_000;
            moment.script.delayed += 4_000;
            moment.page.ran += 3_000;
            moment.webview += 1_000;
            if n > 20 {
                moment.main.ran += 6_000;
            }
        });
        // For 20 looks all of the 10 ms, and for 10 what the main thread leaves of them.
        let slow = slow(300, &moments);
        assert_eq!(slow.hosts, 10 * 6);
        assert!(!slow.is_stall());
    }

    #[test]
    fn while_the_host_runs_there_is_no_excuse() {
        let moments = looks(30, |_, moment| {
            moment.main.ran += 6_000;
            moment.script.ran += 2_000;
            moment.page.ran += 9_000;
            moment.others += 9_000;
        });
        assert_eq!(slow(300, &moments).hosts, 30 * 6);
    }

    #[test]
    fn what_the_script_reads_of_large_messages_is_excused() {
        let wait = Wait { asked: 0, ms: 300 };
        let hosts = |moments: &[Moment]| Slow::new(wait, moments, Vec::new(), Round::Large).hosts;
        assert_eq!(
            hosts(&looks(30, |_, moment| moment.script.ran += 9_000)),
            30
        );
        let both = looks(30, |_, moment| {
            moment.script.ran += 9_000;
            moment.main.ran += 6_000;
        });
        assert_eq!(hosts(&both), 30);
        let main = looks(30, |_, moment| {
            moment.script.ran += 2_000;
            moment.main.ran += 6_000;
        });
        assert_eq!(hosts(&main), 30 * 8);
    }

    #[test]
    fn a_delay_that_is_told_late_is_taken_away_where_it_was() {
        let moments = looks(30, |n, moment| {
            if n == 25 {
                moment.main.delayed += 240_000;
            }
        });
        let slow = slow(300, &moments);
        assert_eq!(slow.hosts, 60);
        assert!(!slow.is_stall());
    }

    #[test]
    fn what_was_before_and_after_is_no_excuse() {
        let moments = looks(30, |n, moment| {
            if n <= 10 || n > 20 {
                moment.main.delayed += EVERY;
            }
        });
        let wait = Wait { asked: 95, ms: 110 };
        let slow = Slow::new(wait, &moments, Vec::new(), Round::Host);
        assert_eq!(slow.hosts, 100);
        assert!(!slow.is_stall());
    }

    #[test]
    fn a_machine_that_stands_still_is_seen() {
        let mut moments = looks(2, |_, _| {});
        moments[2].at = 500_000;
        assert_eq!(slow(400, &moments).hosts, 10);
    }

    #[test]
    fn questions_that_wait_for_the_same_are_one_stall() {
        let mut waits = Waits::default();
        let mut told = 0;
        for (asked, ms) in [
            (0, 3),
            (20, 500),
            (40, 480),
            (400, 120),
            (540, 101),
            (700, 100),
        ] {
            let slow = waits.add(Wait { asked, ms }, |wait| {
                let round = match asked {
                    540 => Round::Webview,
                    _ => Round::Host,
                };
                Slow::new(wait, &[], Vec::new(), round)
            });
            told += usize::from(slow.is_some());
        }
        assert_eq!(told, 2);
        let stalls: Vec<_> = waits.stalls().map(|slow| slow.wait.asked).collect();
        assert_eq!(stalls, [20]);
        assert_eq!(
            waits.to_string(),
            "6 questions: half answered within 120 ms, 99 % within 500, 99.9 % within 500, the \
             longest 500; 2 over 100 ms, of which 1 in rounds with acts that stall the webview \
             itself, 0 in rounds with the largest messages, and 1 are stalls"
        );
    }

    #[test]
    fn a_stall_tells_what_went_on() {
        let act = Act {
            number: 3,
            at: 400,
            kind: "post-text".into(),
            window: "attacker-0".into(),
            place: "page".into(),
        };
        let wait = Wait {
            asked: 1_000,
            ms: 250,
        };
        let told = |round| Slow::new(wait, &[], vec![act.clone()], round).to_string();
        assert_eq!(
            told(Round::Host),
            "STALL: waited 250 ms, 250 of them for the host (main thread ran 0, script 0)\n  \
             600 ms before: act 3, post-text (attacker-0, page)"
        );
        assert!(told(Round::Webview).starts_with("slow, webview's round: "));
    }
}
