//! The `host` binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The path of the `host` binary: the one `HOST_BIN` names, or one built on first use, with the
/// engine that this crate's features name.
///
/// # Panics
/// When it cannot be built.
pub fn host_binary() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("HOST_BIN") {
        Some(path) => path.into(),
        None => build(),
    });
    &BINARY
}

fn build() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--package", "host"]);
    if cfg!(feature = "v8") {
        cargo.args(["--no-default-features", "--features", "v8"]);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the host binary does not build");
    // This test is in target/<profile>/deps.
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test is in deps");
    profile.join("host")
}
