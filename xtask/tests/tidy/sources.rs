//! What every file of the workspace owes: a header, the workspace's lints, its own place.

use crate::assert_none;
use crate::files::texts;

/// Crates that a seam keeps inside webview-host's wry backend, as paths name them.
const NATIVE: &[&str] = &["glib", "gtk", "webkit2gtk", "winit", "wry", "x11"];

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

/// A panic in a closure that C calls ends the process. One file covers all of them.
#[test]
fn closures_that_c_calls_are_covered() {
    const COVERING: &str = "webview-host/src/wry/linux/signals.rs";
    check(|path, text| {
        let elsewhere = path.starts_with("webview-host/src/wry") && path != COVERING;
        let line = elsewhere
            .then(|| line_of(text, gives_c_a_closure))
            .flatten()?;
        Some(format!(
            "C is given a closure in line {line}: do so in {COVERING}"
        ))
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
fn unsafe_code_is_forbidden_but_in_few_modules() {
    check(|path, text| {
        let is_source = path.contains("/src/") && path.ends_with(".rs");
        is_source.then(|| unsafe_problem(path, text)).flatten()
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

/// Whether code calls one of the functions of GTK, WebKitGTK and glib that take a closure.
fn gives_c_a_closure(line: &str) -> bool {
    const TAKING: &[&str] = &[
        ".connect_",
        ".connect(",
        ".foreach(",
        ".register_uri_scheme(",
        ".spawn_local",
        ".invoke",
        "_add_local",
        "_add_once",
        "_add_full",
        "idle_add",
        "timeout_add",
        "error_hook(",
        ".evaluate_javascript(",
        ".run_javascript(",
        ".send_message_to_page(",
    ];
    let is_comment = line.trim_start().starts_with("//");
    // A method of ours.
    let line = line.replace(".connect_bridge(", "");
    !is_comment && TAKING.iter().any(|name| line.contains(name))
}

/// Whether a source file is the first of a library or a program.
fn is_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs") || path.contains("/src/bin/")
}

/// What keeps unsafe code out of the crate that begins with a file. Two have some, and can only deny
/// it, or forbid it where it is not built.
fn guard(path: &str) -> &'static str {
    match path {
        "webview-host/src/lib.rs" => "#![deny(unsafe_code)]",
        "webview-host/page-socket/src/lib.rs" => {
            "#![cfg_attr(not(feature = \"page\"), forbid(unsafe_code))]"
        }
        _ => "#![forbid(unsafe_code)]",
    }
}

/// What a file may let unsafe code into, as the beginning of the line after the attribute.
fn unsafe_item(path: &str) -> Option<&'static str> {
    match path {
        "webview-host/src/wry/linux/eval.rs" => Some("pub(in crate::wry) fn eval("),
        "webview-host/src/wry/linux/features.rs" => Some("mod webkit {"),
        "webview-host/src/wry/linux/focus.rs" => Some("mod xlib {"),
        "webview-host/src/wry/linux/frame.rs" => Some("pub(super) fn destroy("),
        "webview-host/src/wry/linux/signals.rs" => Some("pub(super) fn on_close("),
        "webview-host/src/wry/linux/scheme.rs" => Some("fn stream_of("),
        "webview-host/src/wry/linux/socket.rs" => Some("fn owned("),
        "webview-host/src/wry/linux/trim.rs" => Some("fn give_back("),
        // The module and those below it.
        "webview-host/page-socket/src/lib.rs" => Some("mod page;"),
        _ => None,
    }
}

/// What is wrong with a source file, as to unsafe code.
fn unsafe_problem(path: &str, text: &str) -> Option<String> {
    let guard = guard(path);
    if is_root(path) && !text.lines().any(|line| line == guard) {
        return Some(format!("has no `{guard}`"));
    }
    let relaxes = |line: &str| relaxes_unsafe(line) && !(is_root(path) && line == guard);
    let mut lines = text.lines().enumerate();
    while let Some((index, _)) = lines.find(|(_, line)| relaxes(line)) {
        let ends = |line: &str| line.trim_end().ends_with(")]");
        let attribute_ends = ends(text.lines().nth(index)?) || lines.any(|(_, line)| ends(line));
        let item = lines.next().filter(|_| attribute_ends);
        let is_allowed = unsafe_item(path)
            .zip(item)
            .is_some_and(|(allowed, (_, line))| line.starts_with(allowed));
        if !is_allowed {
            return Some(format!("unsafe code is let in at line {}", index + 1));
        }
    }
    None
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
    fn closures_for_c_are_told_from_other_calls() {
        for bad in [
            "    webview.connect_load_changed(move |_, _| {});",
            "glib::source::unix_fd_add_local(fd, condition, call)",
            "    headers.foreach(|name, value| {",
            "context.spawn_local(async {});",
        ] {
            assert!(gives_c_a_closure(bad), "{bad}");
        }
        for good in [
            "// webview.connect_create(call)",
            "signals::on_create(&webview, call);",
            "view.evaluate_javascript_future(script, None, None)",
            "window.transport().connect_bridge(webview, link)?;",
            "WindowSystem::connect()?",
        ] {
            assert!(!gives_c_a_closure(good), "{good}");
        }
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
        assert!(relaxes_unsafe(guard("webview-host/page-socket/src/lib.rs")));
        assert!(is_root("a/src/lib.rs") && is_root("a/b/src/main.rs") && is_root("a/src/bin/c.rs"));
        assert!(!is_root("a/src/b/lib.rs") && !is_root("a/src/main.js"));
    }

    #[test]
    fn each_crate_has_its_guard_and_each_exception_its_place() {
        let guarded = |path: &str, rest: &str| format!("//! A.\n{}\n{rest}", guard(path));
        const HOST: &str = "webview-host/src/lib.rs";
        const SOCKET: &str = "webview-host/page-socket/src/lib.rs";
        const EVAL: &str = "webview-host/src/wry/linux/eval.rs";
        let one = "#[expect(unsafe_code, reason = \"\")]\n";
        let several = "#[expect(\n    unsafe_code,\n    reason = \"\"\n)]\n";
        for path in [HOST, SOCKET, "a/src/lib.rs"] {
            assert_eq!(unsafe_problem(path, &guarded(path, "mod a;")), None);
            assert!(unsafe_problem(path, "mod a;").is_some(), "{path}");
            let relaxed = guarded(path, &format!("{one}mod a;"));
            assert!(unsafe_problem(path, &relaxed).is_some(), "{path}");
        }
        for bad in [guard("a/src/lib.rs"), guard(HOST)] {
            assert!(unsafe_problem(SOCKET, bad).is_some(), "{bad}");
        }
        assert!(unsafe_problem("a/src/lib.rs", guard(SOCKET)).is_some());
        for attribute in [one, several] {
            let page = guarded(SOCKET, &format!("{attribute}mod page;\nmod a;"));
            assert_eq!(unsafe_problem(SOCKET, &page), None);
            let both = format!("{page}\n{attribute}mod a;");
            assert!(unsafe_problem(SOCKET, &both).is_some(), "{both}");
            let call = format!("{attribute}pub(in crate::wry) fn eval(a: &str) {{}}\n");
            assert_eq!(unsafe_problem(EVAL, &call), None);
            assert!(unsafe_problem("a/src/b.rs", &call).is_some());
            let other = format!("{attribute}fn evaluate() {{}}\n");
            assert!(unsafe_problem(EVAL, &other).is_some());
            assert!(unsafe_problem(EVAL, attribute).is_some(), "nothing follows");
        }
        assert!(unsafe_problem(EVAL, "#![allow(unsafe_code)]\n").is_some());
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
