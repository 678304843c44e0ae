//! What documents show: commands that exist, examples that run, paths that are there.

use std::process::Command;

use crate::files::{text, texts};
use crate::markdown::Document;
use crate::{assert_none, root};

/// The app that README shows and `demo` runs.
const EXAMPLE: [(&str, &str); 2] = [
    ("ts", "tests/apps/complete-example/main.ts"),
    ("html", "tests/apps/complete-example/index.html"),
];

#[test]
fn every_command_of_xtask_is_one() {
    let mut lines: Vec<_> = documents()
        .iter()
        .flat_map(|(_, document)| commands(document))
        .collect();
    lines.sort();
    lines.dedup();
    for command in ["demo", "test"] {
        assert!(
            lines.iter().any(|line| line == command),
            "no document tells of `cargo xtask {command}`"
        );
    }
    let problems: Vec<_> = lines
        .into_iter()
        .filter(|line| !is_accepted(line))
        .map(|line| format!("`cargo xtask {line}` is no command"))
        .collect();
    assert_none(&problems);
}

#[test]
fn the_example_of_readme_is_the_one_that_runs() {
    let readme = Document::parse(&text("README.md"));
    for (language, path) in EXAMPLE {
        let file = text(path);
        let blocks: Vec<_> = readme.blocks_in(language).collect();
        assert!(!blocks.is_empty(), "README has no {language}");
        for block in blocks {
            assert!(is_run_of_lines(block, &file), "not in {path}:\n{block}");
        }
    }
}

#[test]
fn the_examples_of_crates_are_those_of_their_tested_documentation() {
    let texts = texts();
    let mut problems = Vec::new();
    for (path, document) in documents() {
        let folder = path.strip_suffix("README.md").unwrap_or_default();
        let sources = texts
            .iter()
            .filter(|(path, _)| path.starts_with(folder) && path.ends_with(".rs"));
        let documentation: String = sources.map(|(_, text)| documentation(text)).collect();
        for block in document.blocks_in("rust") {
            if !is_run_of_lines(block, &documentation) {
                problems.push(format!("{path}: nothing tests\n{block}"));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn every_path_in_the_architecture_is_there() {
    let document = Document::parse(&text("docs/architecture.md"));
    let paths: Vec<_> = document.spans.iter().filter(|span| is_path(span)).collect();
    assert!(!paths.is_empty(), "no path is named");
    let problems: Vec<_> = paths
        .into_iter()
        .filter(|path| !root().join(path).exists())
        .map(|path| format!("{path} is not there"))
        .collect();
    assert_none(&problems);
}

fn documents() -> Vec<(String, Document)> {
    let texts = texts().into_iter();
    texts
        .filter(|(path, _)| path.ends_with(".md"))
        .map(|(path, text)| (path, Document::parse(&text)))
        .collect()
}

/// What stands after `cargo xtask` in code, up to the end of the line or a comment.
fn commands(document: &Document) -> Vec<String> {
    let blocks = document.blocks_in("sh").flat_map(str::lines);
    let spans = document.spans.iter().map(String::as_str);
    blocks
        .chain(spans)
        .filter_map(|line| line.trim().strip_prefix("cargo xtask "))
        .filter_map(|rest| rest.split('#').next())
        .map(|rest| rest.trim().to_owned())
        .collect()
}

/// Whether xtask takes these arguments; it is not run with them.
fn is_accepted(arguments: &str) -> bool {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments.split_whitespace())
        .arg("--help")
        .output()
        .expect("xtask starts")
        .status
        .success()
}

/// Whether the lines of `part` follow each other in `whole`.
fn is_run_of_lines(part: &str, whole: &str) -> bool {
    let part: Vec<_> = part.lines().map(str::trim_end).collect();
    let whole: Vec<_> = whole.lines().map(str::trim_end).collect();
    !part.is_empty() && whole.windows(part.len()).any(|run| run == part)
}

/// The documentation in a source file as its reader sees it: without the lines of examples that
/// are hidden.
fn documentation(source: &str) -> String {
    let lines = source.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line
            .strip_prefix("//!")
            .or_else(|| line.strip_prefix("///"))?;
        let line = line.strip_prefix(' ').unwrap_or(line);
        let is_hidden = line.starts_with("# ");
        (!is_hidden).then(|| format!("{line}\n"))
    });
    lines.collect()
}

fn is_path(span: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let ends = [".rs", ".js", ".ts", ".md", ".toml", "/"];
    span.contains('/') && span.chars().all(is_name) && ends.iter().any(|end| span.ends_with(end))
}

/// The checks themselves, on documents that are wrong.
mod samples {
    use super::*;

    #[test]
    fn commands_are_found_in_code() {
        let document = Document::parse(
            "Run cargo xtask one, `cargo xtask two --three` or `xtask`:\n\n\
             ```sh\ncargo build\ncargo xtask four  # a comment\n```\n\n\
             ```text\ncargo xtask five\n```\n",
        );
        assert_eq!(commands(&document), ["four", "two --three"]);
    }

    #[test]
    fn what_xtask_does_not_know_is_refused() {
        assert!(is_accepted("test --engine v8 --tier pure"));
        for bad in [
            "dmeo",
            "test --tier all",
            "demo --fast",
            "test --engine node",
        ] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }

    #[test]
    fn a_changed_example_is_told_from_the_same() {
        let file = "a\n  b\n\nc\nd\n";
        for same in ["a\n", "  b\n\nc\n", file] {
            assert!(is_run_of_lines(same, file), "{same}");
        }
        for changed in ["", "b\n", "a\nc\n", "c\nd\ne\n", "  b\nc\n"] {
            assert!(!is_run_of_lines(changed, file), "{changed}");
        }
    }

    #[test]
    fn only_what_readers_see_is_documentation() {
        let source =
            "//! ```\n//! let a = 1;\n//! # hidden();\n//! ```\nlet b = 2;\n// no\n/// c\n";
        assert_eq!(documentation(source), "```\nlet a = 1;\n```\nc\n");
    }

    #[test]
    fn paths_are_told_from_other_code() {
        for path in ["xtask/src/main.rs", "webview-host/src/wry/", "docs/api.md"] {
            assert!(is_path(path), "{path}");
        }
        for other in ["main.rs", "Host::pump", "</script", "a b/c.rs", "n/a"] {
            assert!(!is_path(other), "{other}");
        }
    }
}
