//! What every file of the workspace owes: a header, the workspace's lints, its own place.

use crate::assert_none;
use crate::files::texts;

/// Crates that a seam keeps inside webview-host's wry backend, as paths name them.
const NATIVE: &[&str] = &["glib", "gtk", "webkit2gtk", "winit", "wry"];

#[test]
fn every_module_starts_with_its_documentation() {
    check(|path, text| {
        let wrong = path.ends_with(".rs") && !has_module_doc(text);
        wrong.then(|| "does not start with `//!`".into())
    });
}

#[test]
fn no_line_ends_in_white_space() {
    check(|_, text| {
        let line = trailing_white_space(text)?;
        Some(format!("white space at the end of line {line}"))
    });
}

#[test]
fn platforms_are_told_apart_in_few_places() {
    const PLACES: &[&str] = &[
        "webview-host/src/wry.rs",
        "webview-host/src/wry/",
        "webview-host/app/",
        "bench/",
        "xtask/",
    ];
    check(|path, text| {
        let elsewhere = !PLACES.iter().any(|place| path.starts_with(place));
        let line = line_of(text, |line| line.contains("target_os"))?;
        (path.ends_with(".rs") && elsewhere).then(|| format!("`target_os` in line {line}"))
    });
}

#[test]
fn native_types_stay_in_the_wry_backend() {
    check(|path, text| {
        let inside = path.starts_with("webview-host/src/wry");
        if !path.starts_with("webview-host/src/") || inside {
            return None;
        }
        let line = line_of(text, names_native_crate)?;
        Some(format!("a native crate is named in line {line}"))
    });
}

#[test]
fn every_crate_inherits_the_lints() {
    check(|path, text| {
        let wrong = path.ends_with("/Cargo.toml") && !inherits_lints(text);
        wrong.then(|| "has no `[lints] workspace = true`".into())
    });
}

#[test]
fn unsafe_code_is_forbidden_but_in_one_module() {
    // Its crate can only deny it.
    const CRATE: &str = "webview-host/src/lib.rs";
    const MODULE: &str = "webview-host/src/wry/eval_linux.rs";
    check(|path, text| {
        let level = if path == CRATE { "deny" } else { "forbid" };
        let is_missing = is_root(path) && !text.contains(&format!("#![{level}(unsafe_code)]"));
        let line = if path == MODULE {
            None
        } else {
            line_of(text, relaxes_unsafe)
        };
        match (path.contains("/src/") && path.ends_with(".rs"), line) {
            (true, Some(line)) => Some(format!("unsafe code is let in at line {line}")),
            (true, None) => is_missing.then(|| format!("does not {level} unsafe code")),
            (false, _) => None,
        }
    });
}

/// Applies a check to the path and text of every text file.
fn check(wrong: impl Fn(&str, &str) -> Option<String>) {
    let problems: Vec<_> = texts()
        .iter()
        .filter_map(|(path, text)| Some(format!("{path}: {}", wrong(path, text)?)))
        .collect();
    assert_none(&problems);
}

fn has_module_doc(text: &str) -> bool {
    text.starts_with("//!")
}

/// The number of the first line that ends in white space, counted from 1.
fn trailing_white_space(text: &str) -> Option<usize> {
    line_of(text, |line| line.trim_end() != line)
}

fn line_of(text: &str, wrong: impl Fn(&str) -> bool) -> Option<usize> {
    text.lines().position(wrong).map(|index| index + 1)
}

/// Whether code, not a comment, has a path that begins with a native crate. A module of ours may
/// have such a name: `crate::wry::…` is no such path.
fn names_native_crate(line: &str) -> bool {
    let is_comment = line.trim_start().starts_with("//");
    !is_comment
        && NATIVE.iter().any(|name| {
            line.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = &line[..at];
                let before = before.strip_suffix("::").unwrap_or(before);
                !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        })
}

/// Whether a source file is the first of a library or a program.
fn is_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs") || path.contains("/src/bin/")
}

/// Whether a line is of an attribute that lets unsafe code pass. The attribute may be of several.
fn relaxes_unsafe(line: &str) -> bool {
    let line = line.trim();
    let names_lint = line.contains("unsafe_code,") || line.contains("unsafe_code)");
    names_lint && !line.starts_with("#![forbid(") && !line.starts_with("#![deny(")
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

/// The checks themselves, on texts that break each rule.
mod samples {
    use super::*;

    #[test]
    fn module_documentation_comes_first() {
        assert!(has_module_doc("//! What this is.\n\nfn f() {}\n"));
        for bad in ["", "// What this is.\n", "use std::fmt;\n//! Late.\n"] {
            assert!(!has_module_doc(bad), "{bad}");
        }
    }

    #[test]
    fn white_space_is_found_at_the_end_of_a_line_only() {
        assert_eq!(trailing_white_space("a b\n\n  c\r\n"), None);
        assert_eq!(trailing_white_space("a\nb \n"), Some(2));
        assert_eq!(trailing_white_space("a\n\t\n"), Some(2));
    }

    #[test]
    fn paths_of_native_crates_are_told_from_modules_of_ours() {
        for bad in [
            "use wry::WebView;",
            "    fn f(window: &winit::window::Window) {}",
            "use ::gtk::prelude::*;",
            "use {std::fmt, glib::Source};",
        ] {
            assert!(names_native_crate(bad), "{bad}");
        }
        for good in [
            "pub use crate::wry::Backend;",
            "pub use self::wry::Backend;",
            "pub mod wry;",
            "/// As wry::WebView does.",
            "use webview_gtk::Thing;",
        ] {
            assert!(!names_native_crate(good), "{good}");
        }
    }

    #[test]
    fn exceptions_for_unsafe_code_are_found() {
        for bad in [
            "#[allow(unsafe_code)]",
            "    unsafe_code,",
            "#![expect(unsafe_code, reason = \"\")]",
        ] {
            assert!(relaxes_unsafe(bad), "{bad}");
        }
        for good in [
            "#![forbid(unsafe_code)]",
            "#![deny(unsafe_code)]",
            "fn is_unsafe_code_here() {",
        ] {
            assert!(!relaxes_unsafe(good), "{good}");
        }
        assert!(is_root("a/src/lib.rs") && is_root("a/b/src/main.rs") && is_root("a/src/bin/c.rs"));
        assert!(!is_root("a/src/b/lib.rs") && !is_root("a/src/main.js"));
    }

    #[test]
    fn lints_are_inherited_by_their_own_section() {
        assert!(inherits_lints(
            "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"
        ));
        for bad in [
            "[package]\nname = \"a\"\n",
            "[lints]\n\n[dependencies]\nworkspace = true\n",
            "[lints]\nworkspace = false\n",
        ] {
            assert!(!inherits_lints(bad), "{bad}");
        }
    }
}
