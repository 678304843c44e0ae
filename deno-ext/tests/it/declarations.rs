//! The TypeScript declarations say what is there, all of it and no more.

use std::collections::BTreeSet;

use deno_ext::DECLARATIONS;
use ipc_protocol::WindowSpec;

use crate::app::run;

/// The text between `start` and the next line that is `end`.
fn block(start: &str, end: &str) -> &'static str {
    let (_, rest) = DECLARATIONS.split_once(start).expect(start);
    let (block, _) = rest.split_once(&format!("\n{end}\n")).expect(end);
    block
}

/// The names that stand between one of `starts` and one of the characters `(`, `:` and `?`.
fn names(block: &str, starts: &[&str]) -> BTreeSet<String> {
    let lines = block.lines().filter_map(|line| {
        let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
        let (name, _) = rest.split_once(['(', ':', '?'])?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| name.to_owned())
    });
    lines.collect()
}

/// Notes the names of `object`, and compares.
fn assert_names(object: &str, declared: BTreeSet<String>) {
    assert!(!declared.is_empty(), "{object}");
    let code = format!("note((await {object}).sort());");
    run(&code, move |app| {
        let notes = app.notes();
        let mut there: BTreeSet<String> = serde_json::from_str(&notes[0]).unwrap();
        // The engine adds it to every module that is made from an object.
        there.remove("default");
        assert_eq!(there, declared);
    });
}

#[test]
fn modules_export_what_is_declared() {
    for module in ["host:ipc", "host:window", "host:app"] {
        let declared = names(
            block(&format!("declare module \"{module}\" {{"), "}"),
            &["  export function "],
        );
        let exports = format!("import('{module}').then(Object.keys)");
        assert_names(&exports, declared);
    }
}

#[test]
fn windows_have_what_is_declared() {
    let mut declared = names(
        block("  export interface Window {", "  }"),
        &["    readonly ", "    "],
    );
    declared.insert("constructor".to_owned());
    let members = "import('host:window')
        .then(({ createWindow }) => createWindow())
        .then((win) => Object.getOwnPropertyNames(Object.getPrototypeOf(win)))";
    assert_names(members, declared);
}

#[test]
fn options_are_those_that_are_declared() {
    let declared = names(
        block("  export interface WindowOptions {", "  }"),
        &["    "],
    );
    let spec = serde_json::to_value(WindowSpec::default()).unwrap();
    let known: BTreeSet<_> = spec.as_object().unwrap().keys().cloned().collect();
    assert_eq!(declared, known);
}

#[test]
fn events_have_the_types_that_are_declared() {
    let types = block("export interface IpcEvent {", "  }");
    for name in ipc_protocol::Channel::RESERVED {
        assert!(types.contains(&format!("\"{name}\"")), "{name}");
    }
}
