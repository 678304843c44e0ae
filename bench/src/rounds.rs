//! The rounds: everything once, and what runs beside each other right after each other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::log::Log;
use crate::ours::Ours;
use crate::subject::{Engine, Peer};
use crate::summary::median_of;
use crate::{Result, Values, ceiling, tauri};

/// How long the machine comes to rest between two runs, and the processes of the last one go.
const REST: Duration = Duration::from_secs(1);

/// How often each program is started in a round to see its first message: one start may take a tenth
/// longer than the next.
const STARTS: usize = 7;

/// The programs to measure.
pub(crate) struct Programs {
    /// Our hosts.
    pub(crate) hosts: BTreeMap<Engine, PathBuf>,
    /// The Tauri peer.
    pub(crate) tauri: Option<PathBuf>,
    /// The same with one window.
    pub(crate) tauri_one: Option<PathBuf>,
    /// The folder of the ceiling.
    pub(crate) ceiling: Option<PathBuf>,
}

impl Programs {
    /// A line for each program that is not there, so that nothing of it is measured.
    pub(crate) fn absent(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for engine in Engine::ALL {
            if !self.hosts.contains_key(&engine) {
                lines.push(format!("{engine} is left out: no host has it."));
            }
        }
        if self.tauri.is_none() {
            lines.push("Tauri is left out: its program is not there.".to_owned());
        }
        if self.tauri_one.is_none() {
            lines.push(
                "Tauri with one window is left out: `cargo xtask bench --build-tauri` builds it."
                    .to_owned(),
            );
        }
        if self.ceiling.is_none() {
            lines.push("The ceiling is left out: its program is not there.".to_owned());
        }
        lines
    }
}

/// What one round told.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Round {
    /// What our hosts told.
    pub(crate) ours: BTreeMap<Engine, Values>,
    /// What the peers told.
    pub(crate) peers: BTreeMap<Peer, Values>,
    /// What failed.
    pub(crate) problems: Vec<String>,
}

/// A measurement of one of our hosts.
type Task<'a> = fn(&Ours<'a>, &mut Values) -> Result<()>;

impl Round {
    /// Measures everything once.
    pub(crate) fn measure(programs: &Programs, log: &Log) -> Self {
        let mut round = Self::default();
        round.ours(programs, log, "rows", Ours::rows);
        if let Some(binary) = &programs.tauri {
            round.peer(Peer::Tauri, "rows", |values| {
                tauri::rows(binary, log, values)
            });
        }
        if let Some(folder) = &programs.ceiling {
            round.peer(Peer::Ceiling, "rows", |values| {
                ceiling::rows(folder, log, values)
            });
        }
        let starts = (0..STARTS).map(|_| Self::start(programs, log));
        round.add_medians(&starts.collect::<Vec<_>>());
        round.ours(programs, log, "first message of nine", Ours::first_of_nine);
        round.ours(programs, log, "idleness", Ours::idle);
        round.ours(programs, log, "growth", Ours::growth);
        round
    }

    /// One start of each program.
    fn start(programs: &Programs, log: &Log) -> Self {
        let mut start = Self::default();
        start.ours(programs, log, "first message", Ours::first);
        if let Some(binary) = &programs.tauri_one {
            start.peer(Peer::Tauri, "first message", |values| {
                tauri::first(binary, log, values)
            });
        }
        start
    }

    /// Takes in the medians of rounds that measured the same, and all that failed in them.
    fn add_medians(&mut self, rounds: &[Self]) {
        add_medians(&mut self.ours, rounds, |round| &round.ours);
        add_medians(&mut self.peers, rounds, |round| &round.peers);
        let problems = rounds.iter().flat_map(|round| &round.problems);
        self.problems.extend(problems.cloned());
    }

    fn ours<'a>(&mut self, programs: &'a Programs, log: &'a Log, what: &str, measure: Task<'a>) {
        for (engine, host) in &programs.hosts {
            let values = self.ours.entry(*engine).or_default();
            let what = format!("ours on {engine}, {what}");
            let outcome = run(&what, || measure(&Ours { host, log }, values));
            self.problems.extend(outcome.err());
        }
    }

    fn peer(&mut self, peer: Peer, what: &str, measure: impl FnOnce(&mut Values) -> Result<()>) {
        let values = self.peers.entry(peer).or_default();
        let outcome = run(&format!("{peer}, {what}"), || measure(values));
        self.problems.extend(outcome.err());
    }
}

fn add_medians<K: Copy + Ord>(
    to: &mut BTreeMap<K, Values>,
    rounds: &[Round],
    part: impl Fn(&Round) -> &BTreeMap<K, Values>,
) {
    for (subject, values) in rounds.iter().flat_map(&part) {
        let all = || rounds.iter().filter_map(|round| part(round).get(subject));
        let medians = values
            .keys()
            .filter_map(|name| Some((name.clone(), median_of(name, all())?)));
        to.entry(*subject).or_default().extend(medians);
    }
}

/// Runs a measurement, and tells of it.
fn run(what: &str, measure: impl FnOnce() -> Result<()>) -> std::result::Result<(), String> {
    println!("bench:   {what}");
    let outcome = measure().map_err(|error| format!("{what}: {error}"));
    if let Err(problem) = &outcome {
        eprintln!("bench: {problem}");
    }
    thread::sleep(REST);
    outcome
}

/// What failed, with the number of its round.
pub(crate) fn problems(rounds: &[Round]) -> Vec<String> {
    let numbered = rounds.iter().zip(1..);
    numbered
        .flat_map(|(round, number)| {
            let problems = round.problems.iter();
            problems.map(move |problem| format!("Round {number}: {problem}."))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_told() {
        let mut programs = Programs {
            hosts: BTreeMap::from([(Engine::Quickjs, "host".into())]),
            tauri: Some("tauri".into()),
            tauri_one: None,
            ceiling: None,
        };
        assert_eq!(
            programs.absent(),
            [
                "V8 is left out: no host has it.",
                "Tauri with one window is left out: `cargo xtask bench --build-tauri` builds it.",
                "The ceiling is left out: its program is not there.",
            ]
        );
        programs.hosts.insert(Engine::V8, "host".into());
        programs.tauri_one = Some("tauri".into());
        programs.ceiling = Some("ceiling".into());
        assert_eq!(programs.absent(), Vec::<String>::new());
    }

    #[test]
    fn of_several_measurements_the_medians_count_and_all_failures() {
        let start = |ours: f64, peer: Option<f64>| Round {
            ours: BTreeMap::from([(Engine::V8, Values::from([("first_ms".to_owned(), ours)]))]),
            peers: peer
                .map(|time| (Peer::Tauri, Values::from([("first_ms".to_owned(), time)])))
                .into_iter()
                .collect(),
            problems: peer
                .is_none()
                .then(|| "it failed".to_owned())
                .into_iter()
                .collect(),
        };
        let mut round = start(0.0, None);
        round
            .ours
            .entry(Engine::V8)
            .or_default()
            .insert("rtt_ms".to_owned(), 0.5);
        round.add_medians(&[
            start(3.0, Some(5.0)),
            start(1.0, None),
            start(2.0, Some(7.0)),
        ]);
        let expected = [("first_ms".to_owned(), 2.0), ("rtt_ms".to_owned(), 0.5)];
        assert_eq!(round.ours[&Engine::V8], Values::from(expected));
        assert_eq!(round.peers[&Peer::Tauri]["first_ms"], 6.0);
        assert_eq!(round.problems, ["it failed", "it failed"]);
    }

    #[test]
    fn a_program_that_cannot_run_leaves_its_values_out_and_is_told() {
        let path = std::env::temp_dir().join("bench-no-program-errors.log");
        let log = Log::create(&path).expect("a log");
        let mut round = Round::default();
        let nowhere = PathBuf::from("/no/such/program");
        round.peer(Peer::Tauri, "rows", |values| {
            tauri::rows(&nowhere, &log, values)
        });
        std::fs::remove_file(path).expect("the log");
        assert_eq!(round.peers[&Peer::Tauri], Values::new());
        let problems = problems(&[Round::default(), round]);
        assert!(problems[0].starts_with("Round 2: Tauri, rows: could not start it: "));
        assert_eq!(problems.len(), 1);
    }
}
