//! `lint`: formatting and clippy, with warnings denied.

use std::process::ExitCode;

use clap::ValueEnum;

use crate::engine::Engine;
use crate::packages::{self, Purpose};
use crate::process::Result;
use crate::tiers::Tier;
use crate::workspace;

/// Checks everything, and names all that is wrong rather than the first thing only.
pub(crate) fn run() -> Result<ExitCode> {
    packages::ensure(&[Purpose::Build])?;
    let mut format = workspace::cargo();
    format.args(["fmt", "--all", "--check"]);

    // The same groups as the tests, so that features do not unify across them.
    let groups = Tier::value_variants()
        .iter()
        .map(|tier| tier.selection(Engine::default()));
    // The host tier leaves the real windows out.
    let windows = std::iter::once(vec!["-p", "webview-host"]);
    let clippy = groups.chain(windows).map(|selection| {
        let mut clippy = workspace::cargo();
        clippy
            .arg("clippy")
            .args(selection)
            .args(["--all-targets", "--", "-D", "warnings"]);
        clippy
    });

    let failures: Vec<_> = std::iter::once(format)
        .chain(clippy)
        .filter_map(|mut command| workspace::run(&mut command).err())
        .collect();
    for failure in &failures {
        eprintln!("xtask: {failure}");
    }
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
