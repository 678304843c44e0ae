//! `cargo xtask`: builds, tests, measures and shows the project, the same way on a desk and in CI.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod cross;
mod demo;
mod display;
mod doctor;
mod engine;
mod fuzz;
mod lint;
mod packages;
mod process;
mod runner;
mod sanitize;
mod screen;
mod soak;
mod system;
mod tiers;
mod totals;
mod workspace;

use engine::Engine;
use tiers::Tier;

/// Builds, tests and shows the project.
///
/// On Linux every command but `doctor` first looks for the system packages it needs. On Debian and
/// Ubuntu, as root or with passwordless sudo, it installs what is missing and says so; elsewhere it
/// prints what to install and stops.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the host and runs the complete example (tests/apps/complete-example)
    ///
    /// With a display the window opens and stays until it is closed. Without one (DISPLAY unset, on
    /// Linux) the example runs on a virtual display: its button is clicked with real input, every
    /// message is printed as it passes, a screenshot is written to target/demo.png, and the window
    /// is closed by the window manager.
    Demo {
        /// JavaScript engine to build with
        #[arg(long, value_enum, default_value_t)]
        engine: Engine,
    },
    /// Runs the tests, tier by tier, and ends with one line of totals
    ///
    /// A tier that fails or does not build does not stop the ones after it. Uses cargo-nextest when
    /// it is installed, else cargo test. Exit code 1 if anything failed.
    Test {
        /// JavaScript engine of the tiers that have one (ext, app, whole)
        ///
        /// V8 is built in a folder of its own, `v8` in the target folder. If RUSTY_V8_ARCHIVE is
        /// not set and ../shared/v8/librusty_v8.a.gz is there, that archive is used; otherwise the
        /// v8 crate downloads one when it builds.
        #[arg(long, value_enum, default_value_t)]
        engine: Engine,
        /// Run this tier only; may be given several times
        ///
        /// Without it all run but `cross` and `sanitize`.
        #[arg(long = "tier", value_enum, value_name = "NAME")]
        tiers: Vec<Tier>,
    },
    /// Measures how quick it is, in parts and from end to end, beside Tauri and plain WebKitGTK
    ///
    /// First the benches of the crates, those of deno-ext on each engine. Then whole apps in real
    /// windows on a virtual display: release builds of the host on QuickJS and, where an archive of
    /// it is there, V8; the peers of ../shared/peers, where they are there, run beside them in the
    /// same rounds. The figures are printed, and written to target/bench. Takes about four minutes a
    /// round.
    Bench(bench::Options),
    /// Has libFuzzer look for inputs on which something does not hold, target by target
    ///
    /// The targets are those in fuzz/fuzz_targets; `test` runs each for some seconds, too. Needs
    /// the nightly toolchain and cargo-fuzz, and installs them with rustup and cargo where they are
    /// missing. Inputs that reach new code are kept in target/fuzz/corpus, and tried first the next
    /// time; those on which something does not hold are in target/fuzz/finds. Exit code 1 if there
    /// are any.
    Fuzz(fuzz::Options),
    /// Opens, floods, abuses, kills and closes windows for a while, and looks at what is left
    ///
    /// Two apps in a release build of the host, one after the other, on a virtual display (Linux
    /// only). The first, tests/apps/soak, goes through all that windows do. In the second,
    /// tests/apps/abuse, pages and frames attack at random beside a window that asks the script
    /// something every 20 ms. After each round, when one window is left, it prints how many
    /// processes, threads and file descriptors there are and how much memory they hold. Exit code 1
    /// if the last rounds hold more than the first, if the host or the page of the other window
    /// ends, if the host makes that page wait for more than 100 ms, or if attackers fill the log.
    Soak(soak::Options),
    /// Checks formatting, runs clippy over every crate with warnings denied, and audits dependencies
    ///
    /// Licences, sources and duplicates of dependencies are as deny.toml says, if cargo-deny is
    /// installed.
    Lint {
        /// Look for advisories about dependencies too: fetches the RustSec database
        #[arg(long)]
        advisories: bool,
    },
    /// Lists what the other commands need, what is missing and what to do about it
    ///
    /// Installs nothing. Exit code 1 if demo or test would miss something.
    Doctor,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Demo { engine } => demo::run(engine),
        Task::Test { engine, tiers } => tiers::run(engine, &tiers),
        Task::Bench(options) => bench::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Soak(options) => soak::run(&options),
        Task::Lint { advisories } => lint::run(advisories),
        Task::Doctor => Ok(doctor::run()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}
