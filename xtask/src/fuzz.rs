//! `fuzz`: the targets of the fuzz crate under libFuzzer, for as long as one likes.

use std::fs;
use std::process::{Command, ExitCode};

use clap::Args;

use crate::packages::{self, Purpose};
use crate::process::{Result, succeeds};
use crate::workspace;

/// libFuzzer's instrumentation of Rust code needs it.
const TOOLCHAIN: &str = "nightly";

/// The longest input that is tried, in bytes.
const MAX_INPUT: usize = 8_192;

/// Which targets run, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// How many minutes each target runs
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: u64,
    /// Run this target only; may be given several times
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
}

/// Runs the targets one after another; one that finds something does not stop the ones after it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let targets = selected(options, targets()?)?;
    packages::ensure(&[Purpose::Build])?;
    ensure_tools()?;
    let failures: Vec<_> = targets
        .iter()
        .filter_map(|target| fuzz(target, options.minutes).err())
        .collect();
    for failure in &failures {
        eprintln!("xtask: {failure}");
    }
    println!(
        "fuzz: {} of {} targets found nothing",
        targets.len() - failures.len(),
        targets.len()
    );
    Ok(match failures.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The names of all targets, sorted.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(workspace::root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

fn selected(options: &Options, all: Vec<String>) -> Result<Vec<String>> {
    if options.targets.is_empty() {
        return Ok(all);
    }
    match options.targets.iter().find(|name| !all.contains(name)) {
        None => Ok(options.targets.clone()),
        Some(name) => Err(format!("there is no target {name}, only {}", all.join(", ")).into()),
    }
}

/// Installs what is missing, and says so.
fn ensure_tools() -> Result<()> {
    if !succeeds(Command::new("rustup").arg("--version")) {
        return Err(format!("rustup is missing: it has the {TOOLCHAIN} toolchain").into());
    }
    if !succeeds(nightly().arg("--version")) {
        println!("the {TOOLCHAIN} toolchain is missing, installing it");
        let mut install = Command::new("rustup");
        install.args(["toolchain", "install", TOOLCHAIN, "--profile", "minimal"]);
        workspace::run(&mut install)?;
    }
    if !succeeds(workspace::cargo().args(["fuzz", "--version"])) {
        println!("cargo-fuzz is missing, installing it");
        workspace::run(workspace::cargo().args(["install", "cargo-fuzz", "--locked"]))?;
    }
    Ok(())
}

/// The nightly toolchain's cargo, at the root of the workspace.
fn nightly() -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", TOOLCHAIN, "cargo"])
        .current_dir(workspace::root());
    command
}

fn fuzz(target: &str, minutes: u64) -> Result<()> {
    let root = workspace::root();
    let folder = workspace::target_dir().join("fuzz");
    let corpus = folder.join("corpus").join(target);
    let finds = folder.join("finds").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&finds)?;

    let mut command = nightly();
    command
        .args(["fuzz", "run", "--features", "libfuzzer"])
        // Nothing here is unsafe, and without a sanitizer there are more inputs a second.
        .args(["--sanitizer", "none"])
        .arg("--target-dir")
        .arg(&folder)
        .arg(target)
        .arg(&corpus)
        .arg(root.join("fuzz/seeds").join(target))
        .args(["--", "-print_final_stats=1"])
        .arg(format!("-max_len={MAX_INPUT}"))
        .arg(format!("-max_total_time={}", minutes * 60))
        .arg(format!("-artifact_prefix={}/", finds.display()));
    workspace::run(&mut command)
        .map_err(|_| format!("{target} failed; what it found is in {}", finds.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_seeds_and_only_these_can_be_named() {
        let all = targets().expect("the targets");
        assert!(all.contains(&"frames".to_owned()));
        for target in &all {
            let seeds = workspace::root().join("fuzz/seeds").join(target);
            let count = fs::read_dir(&seeds).expect("a folder of seeds").count();
            assert!(count > 0, "{target} has none");
        }
        let options = |name: &str| Options {
            minutes: 1,
            targets: vec![name.to_owned()],
        };
        let one = selected(&options("frames"), all.clone()).expect("a target");
        assert_eq!(one, ["frames"]);
        let error = selected(&options("none"), all).expect_err("no target");
        assert!(
            error
                .to_string()
                .starts_with("there is no target none, only ")
        );
    }
}
