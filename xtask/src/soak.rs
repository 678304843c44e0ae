//! `soak`: windows come, go and attack for as long as is wanted, in a host as its users have it; what
//! is left of them, and what another window has had of it, is told.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::display::Display;
use crate::engine::{Engine, Profile};
use crate::packages::{self, Purpose};
use crate::process::Result;

mod abuse;
mod lifecycle;
mod sample;

/// How long processes of pages may take to go after their windows have.
const SETTLES: Duration = Duration::from_secs(2);
/// How long an app that has said that it is over may take to end.
const ENDS: Duration = Duration::from_secs(30);

/// What is asked for on the command line.
#[derive(Args)]
pub(crate) struct Options {
    /// JavaScript engine to build with
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    /// How long each part goes on
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// Run this part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Order the acts of abuse as the run that printed this number did; otherwise they are random
    #[arg(long)]
    seed: Option<u32>,
}

/// One of the two apps.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Windows open, talk, reload, crash and close
    Lifecycle,
    /// Pages and frames attack the host beside a window that must not notice
    Abuse,
}

/// Runs the apps, and fails if either does.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        return Err("what a process keeps is looked at on Linux only".into());
    }
    let engine = options.engine;
    let mut purposes = vec![Purpose::Build, Purpose::Gui];
    purposes.extend(engine.purposes());
    packages::ensure(&purposes)?;
    engine.announce();
    let stage = Stage {
        host: engine.build_host(Profile::Release)?,
        display: Display::start()?,
    };
    let wanted = |part| options.only.is_none_or(|only| only == part);
    let mut failures = Vec::new();
    if wanted(Part::Lifecycle) {
        failures.extend(lifecycle::run(&stage, options.minutes)?);
    }
    if wanted(Part::Abuse) {
        let seed = options.seed.unwrap_or_else(random);
        failures.extend(abuse::run(&stage, options.minutes, seed)?);
    }
    for failure in &failures {
        println!("soak: {failure}");
    }
    println!(
        "soak: {}",
        match failures.len() {
            0 => "all is well".to_owned(),
            count => format!("failed, for {count} reasons"),
        }
    );
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Where apps run.
struct Stage {
    host: PathBuf,
    display: Display,
}

impl Stage {
    /// What starts an app, whose standard output is piped.
    fn command(&self, main: &Path, arguments: &[u32]) -> Command {
        let mut command = Command::new(&self.host);
        self.display
            .client(&mut command)
            .arg(main)
            .args(arguments.iter().map(u32::to_string))
            .env("GDK_BACKEND", "x11")
            // There is no desktop session, hence no accessibility bus to look for.
            .env("NO_AT_BRIDGE", "1")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }
}

/// A number that nobody chose.
fn random() -> u32 {
    // A hasher has random keys.
    let bytes = RandomState::new().build_hasher().finish().to_le_bytes();
    let [a, b, c, d, ..] = bytes;
    u32::from_le_bytes([a, b, c, d])
}
