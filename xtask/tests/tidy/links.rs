//! Links between documents: each leads to a file that is there, and to a heading that it has.

use crate::files::texts;
use crate::markdown::Document;
use crate::{assert_none, root};

#[test]
fn every_relative_link_leads_somewhere() {
    let texts = texts();
    let documents: Vec<_> = texts
        .iter()
        .filter(|(path, _)| path.ends_with(".md"))
        .map(|(path, text)| (path.as_str(), Document::parse(text)))
        .collect();
    assert_none(&broken(&documents, |path| root().join(path).exists()));
}

/// The relative links that lead nowhere.
fn broken(documents: &[(&str, Document)], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, document) in documents {
        for link in document.links.iter().filter(|link| !is_external(link)) {
            let (file, heading) = match link.split_once('#') {
                Some((file, heading)) => (file, Some(heading)),
                None => (link.as_str(), None),
            };
            let Some(target) = resolve(path, file) else {
                problems.push(format!("{path}: {link} leads out of the workspace"));
                continue;
            };
            if !exists(&target) {
                problems.push(format!("{path}: {link} leads to no file"));
                continue;
            }
            let Some(heading) = heading else { continue };
            let has_heading = documents.iter().any(|(other, document)| {
                *other == target && document.headings.iter().any(|name| name == heading)
            });
            if !has_heading {
                problems.push(format!("{path}: {link} leads to no heading"));
            }
        }
    }
    problems
}

fn is_external(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

/// The path that a link in the document at `from` leads to; none if it is not in the workspace.
fn resolve(from: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The check itself, on links that lead somewhere and links that do not.
mod samples {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let documents = [
            ("docs/here.md", Document::parse(text)),
            ("README.md", Document::parse("# One\n\n## Two words\n")),
        ];
        let files = ["docs/here.md", "docs/a.png", "README.md", "src/lib.rs"];
        broken(&documents, |path| files.contains(&path))
    }

    #[test]
    fn good_links_pass() {
        let text = "# Here\n\n![](a.png) [](#here) [](../README.md) [](../README.md#two-words) \
                    [](./../src/lib.rs) [](https://example.org/nothing.md) `[](no.md)`\n";
        assert_none(&problems(text));
    }

    #[test]
    fn each_bad_link_is_told() {
        for (link, wrong) in [
            ("b.png", "leads to no file"),
            ("README.md", "leads to no file"),
            ("../README.md#three", "leads to no heading"),
            ("#there", "leads to no heading"),
            ("../src/lib.rs#l1", "leads to no heading"),
            ("../../elsewhere.md", "leads out of the workspace"),
        ] {
            let found = problems(&format!("# Here\n\n[text]({link})\n"));
            assert_eq!(found, [format!("docs/here.md: {link} {wrong}")]);
        }
    }
}
