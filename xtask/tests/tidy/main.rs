//! Checks the shape of the workspace: who depends on whom, what every source file owes, and that
//! the documents say what is so.
//!
//! Each check is a function from text to what is wrong with it, tested on bad samples beside it.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::Command;

mod attacks;
mod documents;
mod files;
mod graph;
mod links;
mod markdown;
mod reference;
mod sources;

fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask is a folder of the workspace")
}

/// What a cargo command prints in the workspace.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

/// Fails with every problem on a line of its own.
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
