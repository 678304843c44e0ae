//! What is written down: the table, the document and the JSON.

use serde::Serialize;
use serde_json::json;

use crate::Result;
use crate::machine::Machine;
use crate::numbers::short;
use crate::rounds::Round;
use crate::rows::Goal;
use crate::subject::{Engine, Peer};
use crate::summary::Line;

/// Where there is no value.
const NONE: &str = "—";

const HEAD: [&str; 9] = [
    "row",
    "ceiling",
    "Tauri",
    "ours, V8",
    "ours, QuickJS",
    "ours ÷ Tauri",
    "ours ÷ ceiling",
    "goal",
    "met",
];

/// All that is known after the last round.
pub(crate) struct Report<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) rounds: &'a [Round],
    pub(crate) lines: &'a [Line],
    /// What was left out, and what failed.
    pub(crate) remarks: &'a [String],
}

impl Report<'_> {
    /// Everything, for other programs.
    pub(crate) fn json(&self) -> Result<String> {
        let rows: Vec<_> = self.lines.iter().map(Median::of).collect();
        let report = json!({
            "machine": self.machine,
            "remarks": self.remarks,
            "medians": rows,
            "rounds": self.rounds,
        });
        Ok(serde_json::to_string_pretty(&report)? + "\n")
    }

    /// The part of docs/performance.md that is not written by hand.
    pub(crate) fn markdown(&self) -> String {
        let Machine {
            cpu,
            cores,
            memory,
            kernel,
            webkitgtk,
            rustc,
            date,
            commit,
        } = self.machine;
        let rounds = self.rounds.len();
        let medians = match rounds {
            1 => "One round".to_owned(),
            _ => format!("Medians of {rounds} rounds"),
        };
        let mut text = format!(
            "Measured on {date} at commit {commit}, on {cpu} ({cores} cores, {memory}),\n\
             Linux {kernel}, WebKitGTK {webkitgtk}, {rustc}.\n\
             {medians}. To repeat it:\n\n\
             ```sh\ncargo xtask bench --rounds {rounds} --write-docs\n```\n\n\
             Where two values stand in one cell, the first is V8's.\n\n{}\n\
             ![How many times as fast as Tauri](performance.svg)\n\n",
            table(self.lines)
        );
        if !self.remarks.is_empty() {
            text += "In this run:\n\n";
            for remark in self.remarks {
                text += &format!("- {remark}\n");
            }
            text.push('\n');
        }
        text += "### How each row is measured\n\n";
        for line in self.lines {
            text += &format!("- **{}**: {}\n", line.row.title, line.row.how);
        }
        text
    }
}

/// A row of the JSON.
#[derive(Serialize)]
struct Median {
    name: &'static str,
    title: &'static str,
    ours: Vec<Ours>,
    tauri: Option<f64>,
    ceiling: Option<f64>,
}

#[derive(Serialize)]
struct Ours {
    engine: Engine,
    median: f64,
    to_tauri: Option<f64>,
    to_ceiling: Option<f64>,
    goal: Option<f64>,
    is_met: Option<bool>,
}

impl Median {
    fn of(line: &Line) -> Self {
        let ours = line.ours.iter().map(|(engine, median)| Ours {
            engine: *engine,
            median: *median,
            to_tauri: line.ratio(*engine, Peer::Tauri),
            to_ceiling: line.ratio(*engine, Peer::Ceiling),
            goal: line.row.goal.map(|goal| goal.bound(*engine)),
            is_met: line.is_met(*engine),
        });
        Self {
            name: line.row.name,
            title: line.row.title,
            ours: ours.collect(),
            tauri: line.peers.get(&Peer::Tauri).copied(),
            ceiling: line.peers.get(&Peer::Ceiling).copied(),
        }
    }
}

/// The table in Markdown, with columns that are as wide as what is in them.
pub(crate) fn table(lines: &[Line]) -> String {
    let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned))
        .chain(lines.iter().map(cells))
        .collect();
    let widths: [usize; HEAD.len()] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    });
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Numbers end under each other.
            text += &if column == 0 {
                format!("| {cell:<width$} ")
            } else {
                format!("| {cell:>width$} ")
            };
        }
        text += "|\n";
        if index == 0 {
            for (column, width) in widths.into_iter().enumerate() {
                let end = if column == 0 { "-" } else { ":" };
                text += &format!("| {}{end} ", "-".repeat(width - 1));
            }
            text += "|\n";
        }
    }
    text
}

fn cells(line: &Line) -> [String; HEAD.len()] {
    let value = |value: Option<&f64>| value.map_or_else(|| NONE.to_owned(), |value| short(*value));
    let ratios = |peer| both(|engine| line.ratio(engine, peer).map(short));
    [
        line.row.title.to_owned(),
        value(line.peers.get(&Peer::Ceiling)),
        value(line.peers.get(&Peer::Tauri)),
        value(line.ours.get(&Engine::V8)),
        value(line.ours.get(&Engine::Quickjs)),
        ratios(Peer::Tauri),
        ratios(Peer::Ceiling),
        line.row.goal.map_or_else(
            || NONE.to_owned(),
            |goal| goal_text(goal, line.row.more_is_better),
        ),
        both(|engine| {
            line.is_met(engine)
                .map(|met| if met { "yes" } else { "no" }.to_owned())
        }),
    ]
}

/// A cell for both engines, V8's first.
fn both(cell: impl Fn(Engine) -> Option<String>) -> String {
    let cells = Engine::ALL.map(cell);
    if cells.iter().all(Option::is_none) {
        return NONE.to_owned();
    }
    let cells = cells.map(|cell| cell.unwrap_or_else(|| NONE.to_owned()));
    cells.join(" / ")
}

fn goal_text(goal: Goal, more_is_better: bool) -> String {
    let sign = if more_is_better { "≥" } else { "≤" };
    let [first, second] = Engine::ALL.map(|engine| goal.bound(engine));
    let bounds = if first == second {
        format!("{sign} {first}")
    } else {
        format!("{sign} {first} / {second}")
    };
    match goal.of {
        Some(peer) => format!("{bounds} × {peer}"),
        None => bounds,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::summary::{lines, samples};

    fn row(name: &str) -> [String; HEAD.len()] {
        cells(&samples::line(name))
    }

    #[test]
    fn a_row_has_values_ratios_and_the_goal() {
        assert_eq!(
            row("rtt_p50_ms"),
            [
                "page → Deno → page, p50, ms",
                "0.20",
                "—",
                "0.40",
                "—",
                "—",
                "2.00 / —",
                "≤ 1.7 / 2 × the ceiling",
                "no / —",
            ]
        );
        assert_eq!(row("host_to_page_small_per_s")[5], "15.0 / —");
        assert_eq!(row("host_to_page_small_per_s")[7], "≥ 10 / 5 × Tauri");
        assert_eq!(row("growth_rss_mib")[7], "≤ 20");
        assert_eq!(row("growth_rss_mib")[1..7], [NONE; 6]);
        assert_eq!(row("growth_rss_mib")[8], NONE);
    }

    #[test]
    fn the_table_is_as_wide_in_every_line() {
        let table = table(&lines(&samples::rounds()));
        let widths: Vec<_> = table.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
        assert_eq!(
            table.lines().next().map(|line| line.matches('|').count()),
            Some(10)
        );
        let rule = table.lines().nth(1).expect("a rule");
        assert!(rule.starts_with("| --") && rule.ends_with("-: |"), "{rule}");
    }

    fn machine() -> Machine {
        Machine {
            cpu: "A".into(),
            cores: "2".into(),
            memory: "8 GiB".into(),
            kernel: "6.1".into(),
            webkitgtk: "2.50".into(),
            rustc: "rustc 1".into(),
            date: "2000-01-02".into(),
            commit: "abc".into(),
        }
    }

    #[test]
    fn the_document_and_the_json_hold_what_was_measured_and_what_was_not() {
        let rounds = samples::rounds();
        let report = Report {
            machine: &machine(),
            rounds: &rounds,
            lines: &lines(&rounds),
            remarks: &["Round 1: it rained.".to_owned()],
        };
        let text = report.markdown();
        assert!(
            text.contains("on 2000-01-02 at commit abc, on A (2 cores"),
            "{text}"
        );
        assert!(
            text.contains("cargo xtask bench --rounds 3 --write-docs\n"),
            "{text}"
        );
        assert!(text.contains("Medians of 3 rounds"), "{text}");
        assert!(text.contains("- Round 1: it rained.\n"), "{text}");

        let json: Value = serde_json::from_str(&report.json().expect("JSON")).expect("JSON");
        assert_eq!(json["rounds"][0]["ours"]["v8"]["rtt_ms"], 1.5);
        assert_eq!(
            json["rounds"][0]["peers"]["ceiling"]["rtt_p50_ms"],
            0.2 * 3.0
        );
        assert_eq!(json["machine"]["cores"], "2");
        let trip = &json["medians"][0];
        assert_eq!(trip["tauri"], 1.0);
        assert_eq!(trip["ceiling"], Value::Null);
        assert_eq!(trip["ours"][0]["engine"], "v8");
        assert_eq!(trip["ours"][0]["to_tauri"], 0.5);
        assert_eq!(trip["ours"][0]["is_met"], true);
    }
}
