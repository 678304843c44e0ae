//! What all rounds together say of each row: medians, ratios, and whether the goal is met.

use std::collections::BTreeMap;

use crate::Values;
use crate::numbers::median;
use crate::rounds::Round;
use crate::rows::{ROWS, Row};
use crate::subject::{Engine, Peer};

/// A row and its medians.
pub(crate) struct Line {
    /// The row.
    pub(crate) row: &'static Row,
    /// The medians of ours that there are.
    pub(crate) ours: BTreeMap<Engine, f64>,
    /// Those of the peers.
    pub(crate) peers: BTreeMap<Peer, f64>,
}

/// A line for each row.
pub(crate) fn lines(rounds: &[Round]) -> Vec<Line> {
    ROWS.iter().map(|row| Line::of(row, rounds)).collect()
}

impl Line {
    fn of(row: &'static Row, rounds: &[Round]) -> Self {
        let ours = Engine::ALL.into_iter().filter_map(|engine| {
            let values = rounds.iter().filter_map(|round| round.ours.get(&engine));
            Some((engine, median_of(row.name, values)?))
        });
        let peer = |peer, name| {
            let values = rounds
                .iter()
                .filter_map(move |round| round.peers.get(&peer));
            median_of(name, values)
        };
        let of_tauri = row.tauri.iter().filter_map(|name| peer(Peer::Tauri, name));
        let tauri = if row.more_is_better {
            of_tauri.max_by(f64::total_cmp)
        } else {
            of_tauri.min_by(f64::total_cmp)
        };
        let peers = [
            (Peer::Tauri, tauri),
            (Peer::Ceiling, peer(Peer::Ceiling, row.name)),
        ];
        Self {
            row,
            ours: ours.collect(),
            peers: peers
                .into_iter()
                .filter_map(|(peer, value)| Some((peer, value?)))
                .collect(),
        }
    }

    /// Ours divided by a peer's; none if one of them was not measured.
    pub(crate) fn ratio(&self, engine: Engine, peer: Peer) -> Option<f64> {
        let peers = self.peers.get(&peer).filter(|value| **value > 0.0)?;
        Some(self.ours.get(&engine)? / peers)
    }

    /// Whether the goal is met; none if there is none, or what it takes was not measured.
    pub(crate) fn is_met(&self, engine: Engine) -> Option<bool> {
        let goal = self.row.goal?;
        let reached = match goal.of {
            Some(peer) => self.ratio(engine, peer)?,
            None => *self.ours.get(&engine)?,
        };
        let bound = goal.bound(engine);
        Some(if self.row.more_is_better {
            reached >= bound
        } else {
            reached <= bound
        })
    }
}

/// The median of a value over the rounds that told it.
pub(crate) fn median_of<'a>(name: &str, rounds: impl Iterator<Item = &'a Values>) -> Option<f64> {
    let values: Vec<_> = rounds
        .filter_map(|values| values.get(name).copied())
        .collect();
    median(&values)
}

/// The rows for tests, with values for all that they are about.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// Rounds of one host and both peers, whose values are a base and what the round adds.
    pub(crate) fn rounds() -> Vec<Round> {
        let values = |pairs: &[(&str, f64)], factor: f64| -> Values {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), value * factor))
                .collect()
        };
        let round = |factor| Round {
            ours: BTreeMap::from([(
                Engine::V8,
                values(
                    &[
                        ("rtt_ms", 0.5),
                        ("rtt_p50_ms", 0.4),
                        ("host_to_page_small_per_s", 300_000.0),
                        ("idle_first_ms", 2.0),
                    ],
                    factor,
                ),
            )]),
            peers: BTreeMap::from([
                (
                    Peer::Tauri,
                    values(
                        &[
                            ("rtt_ms", 1.0),
                            ("host_to_page_event_small_per_s", 20_000.0),
                            ("host_to_page_channel_small_per_s", 10_000.0),
                        ],
                        factor,
                    ),
                ),
                (Peer::Ceiling, values(&[("rtt_p50_ms", 0.2)], factor)),
            ]),
            problems: Vec::new(),
        };
        vec![round(3.0), round(1.0), round(1.0)]
    }

    /// The line of a row.
    pub(crate) fn line(name: &str) -> Line {
        let mut lines = lines(&rounds()).into_iter();
        lines.find(|line| line.row.name == name).expect("a row")
    }
}

#[cfg(test)]
mod tests {
    use super::samples::line;
    use super::*;

    #[test]
    fn medians_ratios_and_goals_are_those_of_the_rounds() {
        let trip = line("rtt_ms");
        assert_eq!(trip.ours[&Engine::V8], 0.5);
        assert_eq!(trip.ratio(Engine::V8, Peer::Tauri), Some(0.5));
        assert_eq!(trip.is_met(Engine::V8), Some(true));

        let middle = line("rtt_p50_ms");
        assert_eq!(middle.ratio(Engine::V8, Peer::Ceiling), Some(2.0));
        assert_eq!(middle.is_met(Engine::V8), Some(false));
    }

    #[test]
    fn the_better_one_of_the_peers_ways_counts() {
        let push = line("host_to_page_small_per_s");
        assert_eq!(push.peers[&Peer::Tauri], 20_000.0);
        assert_eq!(push.ratio(Engine::V8, Peer::Tauri), Some(15.0));
        assert_eq!(push.is_met(Engine::V8), Some(true));
    }

    #[test]
    fn a_goal_without_a_peer_is_the_value_itself() {
        assert_eq!(line("idle_first_ms").is_met(Engine::V8), Some(false));
    }

    #[test]
    fn what_was_not_measured_is_neither_met_nor_missed() {
        let trip = line("rtt_ms");
        assert_eq!(trip.ratio(Engine::V8, Peer::Ceiling), None);
        assert_eq!(trip.is_met(Engine::Quickjs), None);
        let growth = line("growth_rss_mib");
        assert!(growth.ours.is_empty() && growth.peers.is_empty());
        assert_eq!(growth.is_met(Engine::V8), None);
        // A row without a goal.
        assert_eq!(line("rtt_p99_ms").is_met(Engine::V8), None);
    }

    #[test]
    fn a_round_that_lacks_a_value_does_not_count_for_it() {
        let mut rounds = samples::rounds();
        rounds[1].ours.clear();
        rounds[2].ours.clear();
        let lines = lines(&rounds);
        assert_eq!(lines[0].ours[&Engine::V8], 1.5);
    }
}
