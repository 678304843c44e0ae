//! The ceiling: WebKitGTK's own mechanisms, as a program in C beside the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Result, capture, describe};
use crate::workspace;

const SOURCE: &str = "../shared/peers/ceiling/bench.c";

/// Builds the program `bench` into a folder of `out`, and returns that; none if there is no source.
pub(crate) fn build(out: &Path) -> Result<Option<PathBuf>> {
    let source = workspace::root().join(SOURCE);
    if !source.is_file() {
        return Ok(None);
    }
    let folder = out.join("ceiling");
    fs::create_dir_all(&folder)?;
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-w", "-o"])
        .arg(folder.join("bench"))
        .arg(source)
        .args(flags()?);
    workspace::run(&mut cc)?;
    Ok(Some(folder))
}

/// What the compiler is told to find WebKitGTK.
fn flags() -> Result<Vec<String>> {
    let mut query = Command::new("pkg-config");
    query.args(["--cflags", "--libs", "webkit2gtk-4.1", "libsoup-3.0"]);
    let (status, output) = capture(&mut query, Duration::from_secs(20))?;
    if !status.success() {
        return Err(format!("`{}` failed: {status}", describe(&query)).into());
    }
    let flags = String::from_utf8(output)?;
    Ok(flags.split_whitespace().map(str::to_owned).collect())
}
