//! The tier `sanitize`: tests with AddressSanitizer, and those of threads with ThreadSanitizer where
//! there is a compiler for it.

use std::path::PathBuf;
use std::process::Command;

use crate::cross::Compiler;
use crate::process::Result;
use crate::runner::Runner;
use crate::totals::Totals;
use crate::{packages, system, workspace};

/// The only system for which both are set up here.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Whose tests run with AddressSanitizer: the crate with unsafe code, and those through which every
/// byte of a page passes.
const ADDRESS: &[&str] = &[
    "-p=page-socket",
    "-p=ipc-router",
    "-p=ipc-protocol",
    "-p=webview-host",
    "--no-default-features",
    "--lib",
    "--tests",
];

/// Whose tests run with ThreadSanitizer: the only crate that threads share.
const THREAD: &[&str] = &["-p=ipc-router", "--lib", "--tests"];

/// The flags for it, with the runtime library of clang.
const THREAD_FLAGS: &str = "-Zsanitizer=thread -Zexternal-clangrt -Clinker=clang-22 \
                            -Clink-arg=-fsanitize=thread";

/// What it needs, as Debian's packages with a file of each.
const THREAD_PACKAGES: [(&str, &str); 5] = [
    ("rustc-web", "/usr/bin/rustc"),
    ("cargo-web", "/usr/bin/cargo"),
    (
        "rust-web-src",
        "/usr/lib/rustlib/src/rust/library/Cargo.lock",
    ),
    ("clang-22", "/usr/bin/clang-22"),
    (
        "libclang-rt-22-dev",
        "/usr/lib/llvm-22/lib/clang/22/lib/linux/libclang_rt.tsan-x86_64.a",
    ),
];

/// Runs the tier.
pub(crate) fn run(runner: Runner, totals: &mut Totals) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("only on Linux and x86_64".into());
    }
    let address = runner.run(with_address, &selection(ADDRESS), false, totals);
    let missing: Vec<_> = THREAD_PACKAGES
        .iter()
        .filter(|(_, file)| !system::has_file(&[file]))
        .map(|(name, _)| *name)
        .collect();
    let thread = if missing.is_empty() {
        let selection = [Compiler::Debian.arguments(), &selection(THREAD)].concat();
        Runner::Libtest.run(with_thread, &selection, false, totals)
    } else {
        let advice = packages::advice(&missing);
        println!("sanitize: no ThreadSanitizer: it needs Debian's compiler and clang: {advice}");
        *totals += Totals::SKIP;
        Ok(())
    };
    address.and(thread)
}

fn selection<'a>(own: &[&'a str]) -> Vec<&'a str> {
    [&["--target", TARGET], own].concat()
}

/// Cargo with AddressSanitizer, whose library comes with rustup's compiler.
fn with_address() -> Command {
    let mut cargo = workspace::cargo();
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("CARGO_TARGET_DIR", folder().join("address"));
    cargo
}

/// Cargo with ThreadSanitizer, for which std is built too: it would report what it does not see
/// locked there.
fn with_thread() -> Command {
    let mut cargo = Compiler::Debian.cargo();
    cargo
        .env("RUSTFLAGS", THREAD_FLAGS)
        .env("CARGO_TARGET_DIR", folder().join("thread"));
    cargo
}

fn folder() -> PathBuf {
    workspace::target_dir().join("sanitize")
}
