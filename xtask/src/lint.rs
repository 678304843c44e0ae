//! `lint`: formatting, clippy with warnings denied, and the audit of dependencies.

use std::process::{Command, ExitCode};

use clap::ValueEnum;

use crate::engine::Engine;
use crate::packages::{self, Purpose};
use crate::process::{Result, succeeds};
use crate::tiers::Tier;
use crate::workspace;

/// Checks everything, and names all that is wrong rather than the first thing only.
pub(crate) fn run(advisories: bool) -> Result<ExitCode> {
    packages::ensure(&[Purpose::Build])?;
    let mut format = workspace::cargo();
    format.args(["fmt", "--all", "--check"]);

    // The same groups as the tests, so that features do not unify across them.
    let groups = Tier::value_variants()
        .iter()
        .filter(|tier| !tier.has_other_compilers())
        .map(|tier| tier.selection(Engine::default()));
    // What no tier has: the page's end of sockets.
    let pages = vec!["-p", "page-socket", "--features", "page"];
    let clippy = groups.chain([pages]).map(|selection| {
        let mut clippy = workspace::cargo();
        clippy
            .arg("clippy")
            .args(selection)
            .args(["--all-targets", "--", "-D", "warnings"]);
        clippy
    });

    let failures: Vec<_> = std::iter::once(format)
        .chain(clippy)
        .chain(audit(advisories)?)
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

/// What cargo-deny is to check, as deny.toml says: all that needs no network, and the advisories if
/// they are asked for. Without cargo-deny nothing, unless they are.
fn audit(advisories: bool) -> Result<Option<Command>> {
    if !succeeds(workspace::cargo().args(["deny", "--version"])) {
        const INSTALL: &str = "cargo install cargo-deny --locked";
        if advisories {
            return Err(format!("cargo-deny is missing; install it with: {INSTALL}").into());
        }
        println!("lint: dependencies are not audited: cargo-deny is missing ({INSTALL})");
        return Ok(None);
    }
    let mut deny = workspace::cargo();
    deny.args([
        "deny",
        "--all-features",
        "check",
        "bans",
        "licenses",
        "sources",
    ]);
    deny.args(advisories.then_some("advisories"));
    Ok(Some(deny))
}
