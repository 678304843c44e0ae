//! `test`: the tiers of tests, each a cargo run of its own so that features do not unify.

use std::process::{Command, ExitCode};

use clap::ValueEnum;

use crate::engine::{Engine, Profile};
use crate::packages::{self, Purpose};
use crate::process::Result;
use crate::runner::Runner;
use crate::totals::Totals;
use crate::{cross, sanitize, workspace};

/// A group of crates that are tested together; ordered from the quickest to the slowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// The shape of the sources and of the dependency graph, and the bench and xtask themselves
    Tidy,
    /// The crates that need no system library: ipc-protocol, ipc-router, preload-js, page-socket,
    /// app-config
    Pure,
    /// webview-host with its in-memory backend
    Host,
    /// A short run of every fuzz target
    Fuzz,
    /// deno-ext
    Ext,
    /// The app that composes them
    App,
    /// The parts of webview-host's real windows that can be tested without one
    Windows,
    /// Whole apps, headless and in real windows
    Whole,
    /// The tests of pure and host, where there is no engine, with AddressSanitizer, and ipc-router's
    /// with ThreadSanitizer; only if it is named
    Sanitize,
    /// What Linux can tell of Windows and macOS; only if it is named
    Cross,
}

impl Tier {
    /// Whether it compiles all once more, for other systems or in another way, and thus is run only
    /// if it is named.
    pub(crate) fn has_other_compilers(self) -> bool {
        matches!(self, Self::Sanitize | Self::Cross)
    }

    /// The arguments with which cargo selects the tier's crates and their features.
    pub(crate) fn selection(self, engine: Engine) -> Vec<&'static str> {
        let mut arguments: Vec<_> = self.crates().iter().flat_map(|name| ["-p", name]).collect();
        match self {
            Self::Tidy | Self::Pure | Self::Fuzz | Self::Sanitize | Self::Cross => {}
            Self::Host => arguments.push("--no-default-features"),
            Self::Windows => arguments.push("--lib"),
            Self::Ext | Self::App | Self::Whole => arguments.extend(engine.features()),
        }
        arguments
    }

    fn crates(self) -> &'static [&'static str] {
        match self {
            Self::Tidy => &["bench", "xtask"],
            Self::Pure => &[
                "ipc-protocol",
                "ipc-router",
                "preload-js",
                "page-socket",
                "app-config",
            ],
            Self::Host | Self::Windows => &["webview-host"],
            Self::Fuzz => &["fuzz"],
            Self::Ext => &["deno-ext"],
            Self::App => &["host"],
            Self::Whole => &["tests"],
            // They select by themselves.
            Self::Sanitize | Self::Cross => &[],
        }
    }

    fn purposes(self, engine: Engine) -> Vec<Purpose> {
        let own: &[Purpose] = match self {
            Self::Tidy | Self::Pure | Self::Host | Self::Fuzz | Self::Sanitize => {
                return Vec::new();
            }
            Self::Cross => return cross::purposes(),
            Self::Ext | Self::App | Self::Windows => &[Purpose::Build],
            Self::Whole => &[Purpose::Build, Purpose::Gui],
        };
        [own, engine.purposes()].concat()
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Runs the tier to its end. Whatever keeps tests from running counts as one failure, and is
    /// told.
    fn run(self, engine: Engine, runner: Runner) -> (Totals, Option<String>) {
        let mut totals = Totals::default();
        let problem = self.run_into(&mut totals, engine, runner).err();
        if problem.is_some() && totals.failed == 0 {
            totals += Totals::FAILURE;
        }
        (totals, problem.map(|problem| problem.to_string()))
    }

    fn run_into(self, totals: &mut Totals, engine: Engine, runner: Runner) -> Result<()> {
        match self {
            Self::Sanitize => sanitize::run(runner, totals),
            Self::Cross => cross::run(totals),
            _ => self.run_as_it_is(totals, engine, runner),
        }
    }

    fn run_as_it_is(self, totals: &mut Totals, engine: Engine, runner: Runner) -> Result<()> {
        // The whole apps are run by the real binary.
        let host = (self == Self::Whole)
            .then(|| engine.build_host(Profile::Debug))
            .transpose()?;
        let cargo = || {
            let mut cargo = self.cargo(engine);
            cargo.envs(host.iter().map(|path| ("HOST_BIN", path)));
            cargo
        };
        let docs = !matches!(self, Self::Tidy | Self::Windows);
        runner.run(cargo, &self.selection(engine), docs, totals)
    }

    /// Cargo for this tier; the tiers without an engine share their build.
    fn cargo(self, engine: Engine) -> Command {
        match self {
            Self::Ext | Self::App | Self::Whole => engine.cargo(),
            _ => workspace::cargo(),
        }
    }
}

/// Runs the named tiers, or all that need not be named, and prints the totals on the last line.
pub(crate) fn run(engine: Engine, only: &[Tier]) -> Result<ExitCode> {
    let tiers: Vec<Tier> = Tier::value_variants()
        .iter()
        .copied()
        .filter(|tier| match only {
            [] => !tier.has_other_compilers(),
            named => named.contains(tier),
        })
        .collect();
    let purposes: Vec<_> = tiers
        .iter()
        .flat_map(|tier| tier.purposes(engine))
        .collect();
    packages::ensure(&purposes)?;
    engine.announce();

    let runner = Runner::find();
    let mut sum = Totals::default();
    let mut report = Vec::new();
    for tier in tiers {
        println!("\n== {} ==", tier.name());
        let (totals, problem) = tier.run(engine, runner);
        sum += totals;
        report.push(format!("{}: {totals}", tier.name()));
        report.extend(problem.map(|problem| format!("{}: {problem}", tier.name())));
    }

    println!("\n{}", report.join("\n"));
    println!("{sum}");
    Ok(if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
