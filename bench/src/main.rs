//! Measures whole apps of host:ipc in real windows, beside the same in Tauri and what WebKitGTK can do
//! by itself. `cargo xtask bench` builds what this needs and runs it.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

mod ceiling;
mod chart;
mod json;
mod log;
mod machine;
mod numbers;
mod ours;
mod processes;
mod program;
mod report;
mod rounds;
mod rows;
mod subject;
mod summary;
mod tauri;

use log::Log;
use machine::Machine;
use rounds::{Programs, Round};
use subject::Engine;

/// What every step returns: its failure is one line for the user.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What one run told, by name.
type Values = BTreeMap<String, f64>;

/// Measures host:ipc in real windows, on the display that DISPLAY names.
///
/// A row that could not be measured stays empty, and why is told.
#[derive(Parser)]
struct Cli {
    /// A release build of the host, by its engine: `quickjs=PATH` or `v8=PATH`
    #[arg(long = "host", value_name = "ENGINE=PATH", value_parser = named_host, required = true)]
    hosts: Vec<(Engine, PathBuf)>,
    /// The Tauri peer
    #[arg(long, value_name = "PATH")]
    tauri: Option<PathBuf>,
    /// The Tauri peer with one window, which ends after its first message
    #[arg(long, value_name = "PATH")]
    tauri_one: Option<PathBuf>,
    /// The folder of the built ceiling, which holds a program `bench`
    #[arg(long, value_name = "FOLDER")]
    ceiling: Option<PathBuf>,
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The folder for bench.json, bench.svg, performance.md and the programs' own errors
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    fs::create_dir_all(&cli.out)?;
    let errors = cli.out.join("errors.log");
    let log = Log::create(&errors)?;
    let programs = Programs {
        hosts: cli.hosts.iter().cloned().collect(),
        tauri: cli.tauri.clone(),
        tauri_one: cli.tauri_one.clone(),
        ceiling: cli.ceiling.clone(),
    };
    let absent = programs.absent();
    for line in &absent {
        println!("bench: {line}");
    }
    let machine = Machine::look();
    let rounds: Vec<_> = (1..=cli.rounds)
        .map(|number| {
            println!("bench: round {number} of {}", cli.rounds);
            Round::measure(&programs, &log)
        })
        .collect();
    let lines = summary::lines(&rounds);
    let problems = rounds::problems(&rounds);
    if !problems.is_empty() {
        println!("bench: what the programs said is in {}", errors.display());
    }
    let remarks = [absent, problems].concat();

    let report = report::Report {
        machine: &machine,
        rounds: &rounds,
        lines: &lines,
        remarks: &remarks,
    };
    write(&cli.out, "bench.json", &report.json()?)?;
    write(&cli.out, "bench.svg", &chart::draw(&lines))?;
    write(&cli.out, "performance.md", &report.markdown())?;
    println!("\n{}", report::table(&lines));
    for remark in &remarks {
        println!("- {remark}");
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn named_host(text: &str) -> std::result::Result<(Engine, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("it is ENGINE=PATH")?;
    let engine = Engine::named(name).ok_or("the engine is quickjs or v8")?;
    if path.is_empty() {
        return Err("there is no path".into());
    }
    Ok((engine, path.into()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn hosts_are_named_by_their_engine() {
        assert_eq!(
            named_host("v8=/a/b=c"),
            Ok((Engine::V8, PathBuf::from("/a/b=c")))
        );
        for bad in ["/a/host", "node=/a", "quickjs=", ""] {
            assert!(named_host(bad).is_err(), "{bad}");
        }
    }
}
