//! `soak`: windows open, talk, reload, crash and close for as long as is wanted, and what is left of
//! them afterwards is told.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use crate::display::Display;
use crate::engine::{Engine, Profile};
use crate::packages::{self, Purpose};
use crate::process::{Result, Running};
use crate::workspace;

mod sample;

use sample::{Family, Sample};

/// The app; what it prints is told there.
const APP: &str = "tests/apps/soak/main.ts";

/// How long processes of pages may take to go after their windows have.
const SETTLES: Duration = Duration::from_secs(2);
/// How long an app that has said that it is over may take to end.
const ENDS: Duration = Duration::from_secs(30);

/// Rounds that are not looked at: caches fill, and modules load.
const WARM_UP: usize = 3;
/// Rounds that are compared, if there are so many: the most of the first ones after that with the
/// least of the last ones, since memory rises and falls.
const COMPARED: usize = 10;
/// Fewer tell nothing.
const LEAST_COMPARED: usize = 3;

/// Runs the app for so many minutes, and fails if it keeps anything.
pub(crate) fn run(engine: Engine, minutes: u32) -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        return Err("what a process keeps is looked at on Linux only".into());
    }
    let mut purposes = vec![Purpose::Build, Purpose::Gui];
    purposes.extend(engine.purposes());
    packages::ensure(&purposes)?;
    engine.announce();
    let host = engine.build_host(Profile::Debug)?;
    let display = Display::start()?;

    let mut command = Command::new(host);
    display
        .client(&mut command)
        .arg(workspace::root().join(APP))
        .arg(minutes.to_string())
        .env("GDK_BACKEND", "x11")
        // There is no desktop session, hence no accessibility bus to look for.
        .env("NO_AT_BRIDGE", "1")
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut app = Running::start(&mut command)?;
    let samples = watch(&mut app)?;
    let status = app.wait(ENDS)?;
    if !status.success() {
        return Err(format!("the app did not end well: {status}").into());
    }
    report(&samples)
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
            Some("kill") => Family::of(host)?.kill_newest_page()?,
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

/// Compares the first rounds with the last ones.
fn report(samples: &[Sample]) -> Result<ExitCode> {
    let rounds = samples.len();
    let compared = COMPARED.min(rounds.saturating_sub(WARM_UP) / 2);
    if compared < LEAST_COMPARED {
        return Err(format!("{rounds} rounds tell nothing: give it more minutes").into());
    }
    let baseline = Sample::greatest(&samples[WARM_UP..WARM_UP + compared]);
    let last = Sample::least(&samples[rounds - compared..]);
    println!("first  {baseline}\n last  {last}");
    let kept = last.kept_since(&baseline);
    for what in &kept {
        println!("soak: {what}");
    }
    println!(
        "soak: {rounds} rounds, {}",
        if kept.is_empty() {
            "nothing is left of them"
        } else {
            "failed"
        }
    );
    Ok(if kept.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
