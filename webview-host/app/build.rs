//! Finds the scripts of the extensions, for `src/ext/sources.rs`: deno_core only notes where they
//! were when the program was built, and where it runs they need not be.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, error, fs};

use serde_json::Value;

/// The crates whose scripts an app loads, which have the names of their extensions.
const CRATES: [&str; 2] = ["deno_web", "deno_webidl"];

type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    let mut table = String::from("&[\n");
    let own = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/ext/js");
    println!("cargo::rerun-if-changed={}", own.display());
    list("host_app", &own, &mut table)?;
    for (name, directory) in directories()? {
        list(&name, &directory, &mut table)?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("sources.rs"), table)?;
    Ok(())
}

/// Adds the scripts of one directory, by their specifiers.
fn list(extension: &str, directory: &Path, table: &mut String) -> Result<()> {
    let mut paths = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.extension().is_some_and(|extension| extension == "js") {
            let name = path.file_name().and_then(|name| name.to_str());
            let specifier = format!("ext:{extension}/{}", name.ok_or("a script's name")?);
            let text = format!("ascii_str_include!({path:?})");
            writeln!(
                table,
                "    ExtensionFileSource::new({specifier:?}, {text}),"
            )?;
        }
    }
    Ok(())
}

/// Where the crates are that this one is built with. Cargo has them by now; crates that only other
/// platforms need it may not have, so it is not asked for those.
fn directories() -> Result<Vec<(String, PathBuf)>> {
    let output = Command::new(env::var("CARGO")?)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", &env::var("TARGET")?])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    CRATES
        .iter()
        .map(|name| directory(&metadata, name))
        .collect()
}

fn directory(metadata: &Value, name: &str) -> Result<(String, PathBuf)> {
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let mut found = packages.iter().filter(|package| package["name"] == name);
    let (Some(package), None) = (found.next(), found.next()) else {
        return Err(format!("there is not one {name} in the build").into());
    };
    let manifest = package["manifest_path"].as_str().ok_or("no manifest")?;
    let directory = Path::new(manifest).parent().ok_or("no directory")?;
    Ok((name.to_owned(), directory.to_owned()))
}
