//! The ceiling: what WebKitGTK does when C asks it directly.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::log::Log;
use crate::program::Program;
use crate::{Result, Values};

const LIMIT: Duration = Duration::from_secs(240);

/// Runs the program `bench` in a folder. Values that came before a failure are kept.
pub(crate) fn rows(folder: &Path, log: &Log, values: &mut Values) -> Result<()> {
    let mut program = Program::start(&mut Command::new(folder.join("bench")), log, LIMIT)?;
    while let Some(line) = program.line()? {
        values.extend(read(&line.text));
    }
    program.finish()
}

/// What a line tells, under the names that ours has for the same.
fn read(line: &str) -> Vec<(String, f64)> {
    let milliseconds = |field| micros(line, field).map(|micros| micros / 1e3);
    let values = if line.starts_with("RTT host eval -> page postMessage -> host ") {
        [
            ("rtt_p50_ms", milliseconds("p50")),
            ("rtt_p99_ms", milliseconds("p99")),
        ]
        .to_vec()
    } else if let Some(rest) = line.strip_prefix("eval batch JSON.parse B=1000: ") {
        [("host_to_page_small_per_s", rate(rest))].to_vec()
    } else if let Some(rest) = line.strip_prefix("p->h postMessage batch100 stringify: ") {
        [("page_to_host_per_s", rate(rest))].to_vec()
    } else if line.starts_with("h->p eval JSON.parse('..') 64KiB ") {
        let one_at_a_time = micros(line, "p50").map(|micros| 1e6 / micros);
        [("host_to_page_64k_per_s", one_at_a_time)].to_vec()
    } else {
        Vec::new()
    };
    let values = values.into_iter();
    values
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The number in `… p50=179.0us …`.
fn micros(line: &str, field: &str) -> Option<f64> {
    let rest = line.split_once(&format!(" {field}="))?.1;
    rest.split_once("us")?.0.parse().ok()
}

/// The number in `950769 msg/s …`.
fn rate(rest: &str) -> Option<f64> {
    rest.split_once(" msg/s")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_is_read() {
        for (line, expected) in [
            (
                "RTT host eval -> page postMessage -> host            n=3000 mean=184.0us p50=179.0us p99=313.0us max=1403.0us",
                &[("rtt_p50_ms", 0.179), ("rtt_p99_ms", 0.313)][..],
            ),
            (
                "eval batch JSON.parse B=1000: 1577934 msg/s (174.9 MB/s)",
                &[("host_to_page_small_per_s", 1_577_934.0)],
            ),
            (
                "p->h postMessage batch100 stringify: 950769 msg/s",
                &[("page_to_host_per_s", 950_769.0)],
            ),
            (
                "h->p eval JSON.parse('..') 64KiB                     n=200 mean=831.8us p50=800.0us p99=1981.0us max=2393.0us",
                &[("host_to_page_64k_per_s", 1250.0)],
            ),
        ] {
            let values = read(line);
            let values: Vec<_> = values
                .iter()
                .map(|(name, value)| (&**name, *value))
                .collect();
            assert_eq!(values, expected, "{line}");
        }
    }

    #[test]
    fn other_lines_tell_nothing() {
        for line in [
            "",
            "WebKitGTK 2.50.6",
            "eval batch JSON.parse B=100: 1037533 msg/s (113.3 MB/s)",
            "eval batch JSON.parse B=1000: many msg/s",
            "h->p eval literal 64KiB                              n=200 mean=838.8us p50=794.0us",
            "RTT host eval -> page postMessage -> host            n=3000 mean=184.0us",
        ] {
            assert_eq!(read(line), [], "{line}");
        }
    }
}
