//! The reference documents against the sources: every error code, function and option is told,
//! none that is gone is, and the examples of the wire are the pinned ones.

use std::collections::BTreeSet;

use crate::assert_none;
use crate::files::text;
use crate::markdown::{Document, Entry};

const API: &str = "docs/api.md";
const PROTOCOL: &str = "docs/protocol.md";

const CODES: &str = "ipc-protocol/src/code.rs";
const PAGE_TYPES: &str = "preload-js/src/host.d.ts";
const SCRIPT_TYPES: &str = "deno-ext/src/js/host.d.ts";
const APP_ERRORS: [&str; 2] = [
    "webview-host/app/src/error.rs",
    "webview-host/app/src/load/error.rs",
];
/// Where the wire is pinned.
const PINNED: [&str; 6] = [
    "ipc-protocol/src/channel_list.rs",
    "ipc-protocol/src/event.rs",
    "ipc-protocol/src/frame.rs",
    "ipc-protocol/src/host_frame.rs",
    "ipc-protocol/src/incident.rs",
    "ipc-protocol/src/window.rs",
];

#[test]
fn the_error_codes_are_all_told() {
    let (codes, types) = (text(CODES), text(PAGE_TYPES));
    let api = Document::parse(&text(API));
    let defined: BTreeSet<_> = matched_words(&codes)
        .into_iter()
        .chain(union_words(&types))
        .collect();
    assert_none(&differences(&defined, &section(&api, "error-codes")));
}

#[test]
fn the_codes_of_apps_that_fail_are_all_told() {
    let sources = APP_ERRORS.map(text);
    let api = Document::parse(&text(API));
    let defined: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| matched_words(source))
        .collect();
    let told = section(&api, "when-an-app-cannot-start-or-fails");
    assert_none(&differences(&defined, &told));
}

#[test]
fn the_functions_and_options_are_all_told() {
    let types = [SCRIPT_TYPES, PAGE_TYPES].map(text);
    let declared: BTreeSet<_> = types.iter().flat_map(|types| declared(types)).collect();
    let api = Document::parse(&text(API));
    assert_none(&untold(&declared, &api));
}

#[test]
fn the_examples_of_the_wire_are_pinned() {
    let pinned: String = PINNED.map(text).concat();
    let protocol = Document::parse(&text(PROTOCOL));
    let lines: Vec<_> = protocol.blocks_in("json").flat_map(str::lines).collect();
    assert!(!lines.is_empty(), "there are no examples");
    assert_none(&unpinned(&lines, &pinned));
}

/// The words that Rust code maps variants to: `Code::BadChannel => "bad-channel",`.
fn matched_words(source: &str) -> Vec<&str> {
    let words = source.lines().filter_map(|line| {
        let (_, word) = line.split_once(" => \"")?;
        word.strip_suffix("\",")
    });
    let words: Vec<_> = words.collect();
    assert!(!words.is_empty(), "no words in\n{source}");
    words
}

/// The members of a TypeScript union of words, one a line: `| "bad-channel"`.
fn union_words(types: &str) -> Vec<&str> {
    let words = types.lines().filter_map(|line| {
        let (word, _) = line.trim().strip_prefix("| \"")?.split_once('"')?;
        Some(word)
    });
    words.collect()
}

/// What the tables under a heading are about.
fn section<'a>(document: &'a Document, name: &str) -> Vec<&'a str> {
    let entries = document.entries.iter();
    let entries = entries.filter(|entry| entry.section == name);
    entries.map(|entry| entry.name.as_str()).collect()
}

fn differences(defined: &BTreeSet<&str>, told: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for code in defined.iter().filter(|code| !told.contains(code)) {
        problems.push(format!("{API} does not tell of `{code}`"));
    }
    for (index, code) in told.iter().enumerate() {
        if !defined.contains(code) {
            problems.push(format!("{API} tells of `{code}`, which there is not"));
        } else if told[..index].contains(code) {
            problems.push(format!("{API} tells of `{code}` twice"));
        }
    }
    problems
}

/// The functions, members and parameters that TypeScript declarations name.
fn declared(types: &str) -> BTreeSet<&str> {
    let names = types.lines().filter_map(|line| {
        let mut line = line.trim();
        for keyword in ["export ", "function ", "readonly "] {
            line = line.strip_prefix(keyword).unwrap_or(line);
        }
        let end = line.find(|c: char| !c.is_ascii_alphanumeric())?;
        let (name, rest) = line.split_at(end);
        let is_name = rest.starts_with(['(', ':']) || rest.starts_with("?:");
        (is_name && !name.is_empty()).then_some(name)
    });
    names.collect()
}

/// What is declared and in no code of the document, and what its tables say can be called or given
/// and is not declared.
fn untold(declared: &BTreeSet<&str>, document: &Document) -> Vec<String> {
    let words = |text: &'_ str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.map(str::to_owned).collect()
    };
    let told: BTreeSet<_> = document.spans.iter().flat_map(|span| words(span)).collect();
    let missing = declared
        .iter()
        .filter(|name| !told.contains(**name))
        .map(|name| format!("{API} does not tell of `{name}`"));
    let invented = document
        .entries
        .iter()
        .filter_map(callable)
        .filter(|name| !declared.contains(name))
        .map(|name| format!("{API} tells of `{name}`, which there is not"));
    missing.chain(invented).collect()
}

/// The name of a function or an option, if the entry is one.
fn callable(entry: &Entry) -> Option<&str> {
    match entry.name.split_once('(') {
        Some((name, _)) => Some(name),
        None => (entry.section == "options").then_some(&entry.name),
    }
}

fn unpinned(lines: &[&str], pinned: &str) -> Vec<String> {
    let lines = lines.iter().filter(|line| !pinned.contains(**line));
    lines
        .map(|line| format!("{PROTOCOL}: no test has {line}"))
        .collect()
}

/// The checks themselves, on documents and sources that differ.
mod samples {
    use super::*;

    #[test]
    fn codes_are_found_where_they_are_defined() {
        let source = "match self {\n    Code::A => \"a-b\",\n    Code::C { .. } => \"c\",\n    \
                      _ => \"TypeError\".into(),\n}\n(Code::A, \"other\"),\n";
        assert_eq!(matched_words(source), ["a-b", "c"]);
        let types = "type Code =\n  /** A. */\n  | \"a-b\"\n  | \"c\";\nlet d = \"d\";\n";
        assert_eq!(union_words(types), ["a-b", "c"]);
    }

    #[test]
    fn missing_invented_and_doubled_codes_are_each_told() {
        let defined = BTreeSet::from(["a", "b"]);
        assert_none(&differences(&defined, &["b", "a"]));
        assert_eq!(
            differences(&defined, &["a", "c", "a"]),
            [
                "docs/api.md does not tell of `b`",
                "docs/api.md tells of `c`, which there is not",
                "docs/api.md tells of `a` twice",
            ]
        );
    }

    #[test]
    fn only_the_section_counts() {
        let document = Document::parse(
            "# One\n\n| code |\n| --- |\n| `a` |\n\n# Two\n\n| code |\n| --- |\n| `b` |\n",
        );
        assert_eq!(section(&document, "two"), ["b"]);
    }

    #[test]
    fn declared_names_are_functions_members_and_parameters() {
        let types = "/** Comment: not this. */\nexport interface A extends B {\n  readonly id: string;\n  \
                     close(): void;\n  x?: number;\n  | \"not-this\"\n}\nexport function f(\n  g: string,\n): void;\n";
        assert_eq!(
            declared(types),
            BTreeSet::from(["close", "f", "g", "id", "x"])
        );
    }

    #[test]
    fn functions_and_options_on_one_side_only_are_told() {
        let document = Document::parse(
            "# Options\n\n| a | b |\n| --- | --- |\n| `width`, `depth` | `send` |\n\n\
             # Other\n\n| a |\n| --- |\n| `close(id)` |\n| `payload` |\n| `bad-code` |\n",
        );
        let declared = BTreeSet::from(["width", "id", "send", "open"]);
        assert_eq!(
            untold(&declared, &document),
            [
                "docs/api.md does not tell of `open`",
                "docs/api.md tells of `depth`, which there is not",
                "docs/api.md tells of `close`, which there is not",
            ]
        );
    }

    #[test]
    fn an_example_that_no_test_pins_is_told() {
        let pinned = "concat!(r#\"{\"a\":[\"#, r#\"1]}\"#)";
        assert_none(&unpinned(&["{\"a\":[", "1]}"], pinned));
        assert_eq!(
            unpinned(&["{\"a\":[2]}"], pinned),
            ["docs/protocol.md: no test has {\"a\":[2]}"]
        );
    }
}
