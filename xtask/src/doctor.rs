//! `doctor`: what is here, what is missing, and what to do about it.

use std::env;
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::display::{is_there, users};
use crate::engine::{ARCHIVE_VARIABLE, local_archive};
use crate::packages::{self, Purpose};
use crate::process::{capture, succeeds};
use crate::{system, workspace};

/// Prints one line for each thing that `demo` and `test` need or use.
pub(crate) fn run() -> ExitCode {
    let mut missing = Vec::new();
    for package in packages::needed(&[Purpose::Build, Purpose::Gui]) {
        if package.is_present() {
            present(package.name, package.about);
        } else {
            missing.push(package.name);
            println!("MISSING  {}: {}", package.name, package.about);
        }
    }
    toolchain();
    display();
    archive();
    if missing.is_empty() {
        println!("everything that demo and test need is here");
        return ExitCode::SUCCESS;
    }
    if system::is_debian_like() {
        println!("to install what is missing, run `cargo xtask test`, or:");
        println!("  {}", packages::advice(&missing));
    } else {
        println!(
            "install your system's own packages for the missing ones (the names are Debian's)"
        );
    }
    ExitCode::FAILURE
}

fn present(what: &str, about: &str) {
    println!("ok       {what}: {about}");
}

fn optional(what: &str, advice: &str) {
    println!("-        {what}: {advice}");
}

fn toolchain() {
    // Cargo itself refuses to build this crate with a toolchain that is too old.
    let cargo = capture(workspace::cargo().arg("--version"), Duration::from_secs(60));
    if let Ok((_, version)) = cargo {
        let about = format!("at least {} is needed", env!("CARGO_PKG_RUST_VERSION"));
        present(String::from_utf8_lossy(&version).trim(), &about);
    }
    for (tool, advice) in [
        ("fmt", "rustup component add rustfmt (only lint needs it)"),
        ("clippy", "rustup component add clippy (only lint needs it)"),
        (
            "nextest",
            "cargo install cargo-nextest (cargo test is used without it)",
        ),
    ] {
        if succeeds(workspace::cargo().args([tool, "--version"])) {
            present(&format!("cargo {tool}"), "found");
        } else {
            optional(&format!("cargo {tool}"), advice);
        }
    }
}

fn display() {
    if !cfg!(target_os = "linux") {
        return;
    }
    match users() {
        None if is_there() => present("display of Wayland", "demo opens its window there"),
        None => optional(
            "display",
            "neither DISPLAY nor WAYLAND_DISPLAY is set, demo uses a virtual one",
        ),
        Some(name) if succeeds(Command::new("xprop").args(["-root", "_NET_SUPPORTED"])) => {
            present(&format!("display {name}"), "demo opens its window there");
        }
        Some(name) => optional(
            &format!("display {name}"),
            "does not answer; unset DISPLAY and demo uses a virtual one",
        ),
    }
}

fn archive() {
    if let Some(path) = env::var_os(ARCHIVE_VARIABLE) {
        present(
            "V8 archive",
            &format!("{ARCHIVE_VARIABLE}={}", path.display()),
        );
    } else if let Some(path) = local_archive() {
        present("V8 archive", &path.display().to_string());
    } else {
        optional(
            "V8 archive",
            "none here, --engine v8 downloads it when it builds",
        );
    }
}
