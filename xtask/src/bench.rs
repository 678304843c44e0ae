//! `bench`: the micro benches, and whole apps in real windows beside their peers.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};

use crate::display::Display;
use crate::engine::{Engine, Profile};
use crate::packages::{self, Purpose};
use crate::process::Result;
use crate::workspace;

mod ceiling;
mod docs;
mod tauri;

/// The crates with benches that need no engine, and what each is built with.
const LIGHT: [(&str, &[&str]); 3] = [
    ("ipc-protocol", &[]),
    ("ipc-router", &[]),
    ("webview-host", &["--no-default-features"]),
];
/// The crate whose benches run on each engine.
const OPS: &str = "deno-ext";

/// What is measured, and what becomes of it.
#[derive(Args)]
pub(crate) struct Options {
    /// How often whole apps and their peers are measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure this part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Build the Tauri peer with one window first, which takes minutes
    ///
    /// It is a changed copy of ../shared/peers/tauri in target/bench/tauri, and used whenever it is
    /// there.
    #[arg(long)]
    build_tauri: bool,
    /// Put the table and the chart into docs/performance.md and docs/performance.svg
    #[arg(long)]
    write_docs: bool,
}

/// A part of the benches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Parts of crates, in a process of their own
    Micro,
    /// Whole apps in real windows, from end to end
    E2e,
}

impl Options {
    fn includes(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

/// Runs the benches.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if options.only == Some(Part::Micro) && (options.build_tauri || options.write_docs) {
        return Err(
            "--build-tauri and --write-docs are for whole apps, not for --only micro".into(),
        );
    }
    if !cfg!(target_os = "linux") && options.includes(Part::E2e) {
        return Err("whole apps are measured on Linux only; --only micro runs here too".into());
    }
    let engines = engines();
    let mut purposes = vec![Purpose::Build];
    purposes.extend(options.includes(Part::E2e).then_some(Purpose::Gui));
    packages::ensure(&purposes)?;
    for engine in engines {
        engine.announce();
    }
    if options.includes(Part::Micro) {
        micro(engines)?;
    }
    if options.includes(Part::E2e) {
        end_to_end(options, engines)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The engines that can be built without a download of V8.
fn engines() -> &'static [Engine] {
    if Engine::V8.is_at_hand() {
        &[Engine::Quickjs, Engine::V8]
    } else {
        println!("bench: V8 is left out: there is no archive of it here");
        &[Engine::Quickjs]
    }
}

fn micro(engines: &[Engine]) -> Result<()> {
    for (name, features) in LIGHT {
        workspace::run(benches(&mut workspace::cargo(), name).args(features))?;
    }
    for engine in engines {
        workspace::run(benches(&mut engine.cargo(), OPS).args(engine.features()))?;
    }
    Ok(())
}

/// The benches of a crate, without its unit tests.
fn benches<'a>(cargo: &'a mut Command, name: &str) -> &'a mut Command {
    cargo.args(["bench", "-p", name, "--bench", "*"])
}

fn end_to_end(options: &Options, engines: &[Engine]) -> Result<()> {
    // Always the same place, wherever cargo builds.
    let out = workspace::root().join("target/bench");
    fs::create_dir_all(&out)?;
    let mut bench = workspace::cargo();
    bench.args(["run", "--release", "-p", "bench", "--"]);
    bench.args(["--rounds", &options.rounds.to_string()]);
    for engine in engines {
        let host = engine.build_host(Profile::Release)?;
        bench.arg("--host").arg(named(*engine, &host));
    }
    if let Some(program) = tauri::program() {
        bench.arg("--tauri").arg(program);
    }
    if options.build_tauri {
        tauri::build_with_one_window(&out)?;
    }
    if let Some(program) = tauri::program_with_one_window(&out) {
        bench.arg("--tauri-one").arg(program);
    }
    if let Some(folder) = ceiling::build(&out)? {
        bench.arg("--ceiling").arg(folder);
    }
    bench.arg("--out").arg(&out);

    let display = Display::start()?;
    display
        .client(&mut bench)
        .env("GDK_BACKEND", "x11")
        // There is no desktop session, hence no accessibility bus to look for.
        .env("NO_AT_BRIDGE", "1");
    workspace::run(&mut bench)?;
    println!(
        "bench: bench.json, bench.svg and performance.md are in {}",
        out.display()
    );
    if options.write_docs {
        docs::write(&out)?;
    }
    Ok(())
}

/// A host as the bench takes it: `quickjs=PATH`.
fn named(engine: Engine, host: &Path) -> OsString {
    let mut argument = OsString::from(engine.name());
    argument.push("=");
    argument.push(host);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_alone_leaves_the_other_out() {
        let options = |only| Options {
            rounds: 1,
            only,
            build_tauri: false,
            write_docs: false,
        };
        let all = options(None);
        assert!(all.includes(Part::Micro) && all.includes(Part::E2e));
        let micro = options(Some(Part::Micro));
        assert!(micro.includes(Part::Micro) && !micro.includes(Part::E2e));
    }

    #[test]
    fn hosts_are_named_by_their_engine() {
        assert_eq!(named(Engine::V8, Path::new("/a/host")), "v8=/a/host");
        assert_eq!(named(Engine::Quickjs, Path::new("b")), "quickjs=b");
    }
}
