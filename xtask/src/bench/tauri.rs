//! The peer in Tauri, beside the repository, and its build with one window.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::Result;
use crate::workspace;

const PEER: &str = "../shared/peers/tauri";
const PROGRAM: &str = "tauri-bench";

/// What makes a peer with one window of the one with nine: it opens no other, waits for none, and
/// tells the time of the first message and ends.
const ONE_WINDOW: [(&str, &str); 3] = [
    ("for i in 0..8 {", "for i in 0..0 {"),
    ("while s.ready.load(SeqCst) < 8 {", "while false {"),
    (
        "fn first(s: tauri::State<S>) { *s.first.lock().unwrap() = s.t0.elapsed().as_secs_f64() * 1e3; }",
        "fn first(app: tauri::AppHandle, s: tauri::State<S>) { \
         println!(\"{}\", json!({\"first_ms\": s.t0.elapsed().as_secs_f64() * 1e3})); app.exit(0); }",
    ),
];

/// The peer as it was built there, if it was.
pub(crate) fn program() -> Option<PathBuf> {
    let program = workspace::root().join(PEER).join(PROGRAM);
    program.is_file().then_some(program)
}

/// The peer with one window, if it was built.
pub(crate) fn program_with_one_window(out: &Path) -> Option<PathBuf> {
    let program = out.join("tauri/target/release").join(PROGRAM);
    program.is_file().then_some(program)
}

/// Builds the peer with one window in a folder of `out`, from a copy.
pub(crate) fn build_with_one_window(out: &Path) -> Result<()> {
    let peer = workspace::root().join(PEER);
    let copy = out.join("tauri");
    if !peer.is_dir() {
        return Err(format!("{PEER} is not there").into());
    }
    copy_folder(&peer, &copy)?;
    let main = copy.join("src/main.rs");
    let source = with_one_window(&fs::read_to_string(&main)?)?;
    fs::write(&main, source)?;
    let manifest = copy.join("Cargo.toml");
    // A workspace of its own: it lies in the folder of another, and is no member.
    let text = fs::read_to_string(&manifest)?;
    fs::write(&manifest, format!("[workspace]\n{text}"))?;

    let mut cargo = workspace::cargo();
    cargo
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .args(["build", "--release"]);
    workspace::run(&mut cargo)
}

/// The peer's source, changed to one window.
fn with_one_window(source: &str) -> Result<String> {
    let mut source = source.to_owned();
    for (nine, one) in ONE_WINDOW {
        if source.matches(nine).count() != 1 {
            return Err(format!("the source of {PEER} does not have this once: {nine}").into());
        }
        source = source.replace(nine, one);
    }
    Ok(source)
}

/// Copies the files of a folder and those below it, without what was built there.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name == PROGRAM {
            continue;
        }
        let (from, to) = (entry.path(), to.join(name));
        if entry.file_type()?.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_changed() {
        let nine: String = ONE_WINDOW
            .iter()
            .map(|(nine, _)| format!("a {nine} b\n"))
            .collect();
        let one: String = ONE_WINDOW
            .iter()
            .map(|(_, one)| format!("a {one} b\n"))
            .collect();
        assert_eq!(with_one_window(&nine).expect("one window"), one);
    }

    #[test]
    fn a_source_that_is_another_is_refused_by_what_it_lacks() {
        let nine: String = ONE_WINDOW.iter().map(|(nine, _)| *nine).collect();
        for (missing, _) in ONE_WINDOW {
            let source = nine.replace(missing, "");
            let error = with_one_window(&source).expect_err("another source");
            assert!(error.to_string().ends_with(missing), "{error}");
        }
        assert!(with_one_window(&nine.repeat(2)).is_err());
    }
}
