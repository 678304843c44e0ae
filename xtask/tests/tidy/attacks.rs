//! The attacks that docs/security.md lists against those that are tried.

use std::collections::BTreeSet;

use crate::assert_none;
use crate::files::{text, texts};
use crate::markdown::Document;

const SECURITY: &str = "docs/security.md";

/// Where the whole-app tests are.
const TESTS: &str = "tests/it/";
/// Those of them that are attacks, all of which are listed.
const ATTACKS: &str = "gui_hostile::";

#[test]
fn the_attacks_are_all_listed_and_all_tried() {
    let texts = texts();
    let tried: BTreeSet<_> = texts
        .iter()
        .filter_map(|(path, text)| Some((module(path)?, text)))
        .flat_map(|(module, text)| tests(text).map(move |name| format!("{module}::{name}")))
        .collect();
    let document = Document::parse(&text(SECURITY));
    let names = document.entries.iter().map(|entry| entry.name.as_str());
    let listed: Vec<_> = names.filter(|name| name.contains("::")).collect();
    assert_none(&differences(&tried, &listed));
}

/// The module of a file of whole-app tests.
fn module(path: &str) -> Option<String> {
    let path = path.strip_prefix(TESTS)?.strip_suffix(".rs")?;
    Some(path.replace('/', "::"))
}

/// Makes a test for each display of every function that is named within it.
const ON_DISPLAYS: &str = "\non_x11_and_wayland! {\n";

/// The names of the tests in a source file.
fn tests(source: &str) -> impl Iterator<Item = &str> {
    let marked = source.split("#[test]\n").skip(1);
    let marked = marked.filter_map(|rest| {
        let mut lines = rest.lines().map(str::trim);
        let name = lines.find_map(|line| line.strip_prefix("fn "))?;
        name.split('(').next()
    });
    let named = source.split(ON_DISPLAYS).skip(1);
    let named = named.flat_map(|rest| rest.lines().map_while(|line| line.strip_suffix(',')));
    marked.chain(named.map(str::trim))
}

fn differences(tried: &BTreeSet<String>, listed: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for name in tried.iter().filter(|name| name.starts_with(ATTACKS)) {
        if !listed.contains(&name.as_str()) {
            problems.push(format!("{SECURITY} does not list `{name}`"));
        }
    }
    for (index, name) in listed.iter().enumerate() {
        if !tried.contains(*name) {
            problems.push(format!("{SECURITY} lists `{name}`, which there is not"));
        } else if listed[..index].contains(name) {
            problems.push(format!("{SECURITY} lists `{name}` twice"));
        }
    }
    problems
}

/// The check itself, on lists that are wrong.
mod samples {
    use super::*;

    #[test]
    fn tests_are_found_by_their_names() {
        let source = "fn no() {}\n#[test]\nfn one() {}\n\n#[test]\n#[cfg(unix)]\nfn two() {}\n";
        assert_eq!(tests(source).collect::<Vec<_>>(), ["one", "two"]);
        let named = "use a;\n\non_x11_and_wayland! {\n    three,\n    four,\n}\n\nfn three() {}\n";
        assert_eq!(tests(named).collect::<Vec<_>>(), ["three", "four"]);
        assert_eq!(
            module("tests/it/gui_hostile/load.rs").as_deref(),
            Some("gui_hostile::load")
        );
        assert_eq!(module("tests/src/app.rs"), None);
    }

    #[test]
    fn each_difference_is_told() {
        let tried = [
            "gui_hostile::a::one",
            "gui_hostile::a::two",
            "gui_ipc::three",
        ];
        let tried = tried.map(str::to_owned).into();
        assert_none(&differences(
            &tried,
            &["gui_hostile::a::one", "gui_hostile::a::two"],
        ));
        let listed = [
            "gui_hostile::a::one",
            "gui_ipc::three",
            "gui_ipc::four",
            "gui_ipc::three",
        ];
        assert_eq!(
            differences(&tried, &listed),
            [
                "docs/security.md does not list `gui_hostile::a::two`",
                "docs/security.md lists `gui_ipc::four`, which there is not",
                "docs/security.md lists `gui_ipc::three` twice",
            ]
        );
    }
}
