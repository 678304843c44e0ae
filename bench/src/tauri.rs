//! The peer in Tauri.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::log::Log;
use crate::program::Program;
use crate::{Result, Values, json};

/// It has been seen to stop for good in the midst of its calls.
const ROWS_LIMIT: Duration = Duration::from_secs(120);
const START_LIMIT: Duration = Duration::from_secs(60);

/// All that the peer measures, with its nine windows.
pub(crate) fn rows(binary: &Path, log: &Log, values: &mut Values) -> Result<()> {
    let mut program = Program::start(&mut Command::new(binary), log, ROWS_LIMIT)?;
    let mut told = false;
    while let Some(line) = program.line()? {
        if let Some(object) = json::object(&line.text) {
            take(&object, values)?;
            told = true;
        }
    }
    program.finish()?;
    if told {
        Ok(())
    } else {
        Err("it ended and told nothing".into())
    }
}

/// The time to the first message of the peer's build with one window: to its first line.
pub(crate) fn first(binary: &Path, log: &Log, values: &mut Values) -> Result<()> {
    let mut program = Program::start(&mut Command::new(binary), log, START_LIMIT)?;
    let line = program.line()?.ok_or("it ended and told nothing")?;
    program.finish()?;
    values.insert("first_ms".to_owned(), line.after.as_secs_f64() * 1e3);
    Ok(())
}

/// Takes the peer's one line: `{"first_ms": …, "peer": …, "r": {…}}`.
fn take(report: &Map<String, Value>, values: &mut Values) -> Result<()> {
    let Some(Value::Object(results)) = report.get("r") else {
        return Err("it told no results".into());
    };
    if let Some(error) = results.get("error") {
        return Err(format!("its page failed: {error}").into());
    }
    json::take_numbers(results, values);
    let first = report.get("first_ms").and_then(Value::as_f64);
    values.extend(first.map(|time| ("first9_ms".to_owned(), time)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(line: &str) -> Result<Values> {
        let mut values = Values::new();
        take(&json::object(line).expect("an object"), &mut values)?;
        Ok(values)
    }

    #[test]
    fn results_and_the_time_to_the_first_message_are_taken() {
        let line = "{\"first_ms\":1317.5,\"peer\":\"tauri 2\",\"r\":{\"rtt_ms\":0.5}}";
        let expected = [("first9_ms".to_owned(), 1317.5), ("rtt_ms".to_owned(), 0.5)];
        assert_eq!(taken(line).expect("results"), Values::from(expected));
    }

    #[test]
    fn a_page_that_failed_gives_no_results() {
        let line = "{\"first_ms\":1.5,\"r\":{\"error\":\"no\",\"rtt_ms\":0.5}}";
        let error = taken(line).expect_err("a failure").to_string();
        assert_eq!(error, "its page failed: \"no\"");
        assert!(taken("{\"first_ms\":1.5}").is_err());
    }
}
