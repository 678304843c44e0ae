//! Windows that open, talk, reload, crash and close, and what is left of them.

use std::io::{BufRead, BufReader};
use std::thread;

use super::sample::{Family, Sample, compare, kill};
use super::{ENDS, SETTLES, Stage};
use crate::process::{Result, Running};
use crate::workspace;

/// The app; what it prints is told there.
const APP: &str = "tests/apps/soak/main.ts";

/// Runs the app for so many minutes, and returns what it keeps.
pub(super) fn run(stage: &Stage, minutes: u32) -> Result<Vec<String>> {
    let main = workspace::root().join(APP);
    let mut command = stage.command(&main, &[minutes]);
    let mut app = Running::start(command.env("RUST_LOG", "error"))?;
    let samples = watch(&mut app)?;
    let status = app.wait(ENDS)?;
    if !status.success() {
        return Err(format!("the app did not end well: {status}").into());
    }
    println!("lifecycle: {} rounds", samples.len());
    compare(&samples)
}

/// Takes a sample after each round, and kills a page when the app is ready for it.
fn watch(app: &mut Running) -> Result<Vec<Sample>> {
    let stdout = app.stdout().ok_or("the output is not piped")?;
    let host = app.pid();
    let mut samples: Vec<Sample> = Vec::new();
    println!("round  processes  threads  descriptors  host KiB  pages KiB");
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        match line.split(' ').next() {
            Some("kill") => {
                let pages = Family::of(host)?.pages();
                let newest = pages.last().ok_or("there is no process of a page")?;
                if !kill(*newest) {
                    return Err(format!("{newest} could not be killed").into());
                }
            }
            Some("quiet") => {
                thread::sleep(SETTLES);
                let sample = Family::of(host)?.sample()?;
                println!("{:5}  {sample}", samples.len() + 1);
                samples.push(sample);
            }
            Some("over") => return Ok(samples),
            _ => println!("soak: {line}"),
        }
    }
    app.check()?;
    Err("the app closed its output before it was over".into())
}
