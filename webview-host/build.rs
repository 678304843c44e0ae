//! Builds the page's end of the page socket: a library of its own, which WebKit's processes load, and
//! which this crate carries along.

use std::path::Path;
use std::process::Command;
use std::{env, error};

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=page-socket/src");
    let has_pages = env::var_os("CARGO_FEATURE_WRY").is_some();
    if !has_pages || env::var("CARGO_CFG_TARGET_OS")? != "linux" {
        return Ok(());
    }
    // It has no dependencies, so the compiler needs no help. A panic must not get to WebKit.
    let mut compiler = Command::new(env::var("RUSTC")?);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.arg("-C").arg(format!("linker={linker}"));
    }
    let status = compiler
        .arg("page-socket/src/lib.rs")
        .args(["--crate-name", "page_socket", "--crate-type", "cdylib"])
        .args(["--edition", "2024", "--cfg", "feature=\"page\""])
        .args([
            "-C",
            "opt-level=3",
            "-C",
            "panic=abort",
            "-C",
            "strip=symbols",
        ])
        .args(["--target", &env::var("TARGET")?, "--cap-lints", "warn"])
        .arg("-o")
        .arg(Path::new(&env::var("OUT_DIR")?).join("page_socket.so"))
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err("the page's end of the page socket does not build".into()),
    }
}
