//! The dependency graph: the workspace's own arrows, and what must stay out of its light crates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{assert_none, cargo, root};

/// Which crates of this workspace a crate depends on.
enum Arrows {
    /// These, all of them and no other.
    Exactly(&'static [&'static str]),
    /// Some of these.
    AtMost(&'static [&'static str]),
}

/// Every member of the workspace. A new crate, or a new arrow, is a decision that is made here.
const MEMBERS: &[(&str, Arrows)] = {
    use Arrows::{AtMost, Exactly};
    &[
        ("ipc-protocol", Exactly(&[])),
        ("ipc-router", Exactly(&["ipc-protocol"])),
        ("preload-js", Exactly(&[])),
        (
            "webview-host",
            Exactly(&["ipc-protocol", "ipc-router", "page-socket", "preload-js"]),
        ),
        ("page-socket", Exactly(&[])),
        (
            "deno-ext",
            Exactly(&["ipc-protocol", "ipc-router", "preload-js"]),
        ),
        ("app-config", Exactly(&["ipc-protocol", "webview-host"])),
        (
            "host",
            AtMost(&[
                "app-config",
                "deno-ext",
                "ipc-protocol",
                "ipc-router",
                "webview-host",
            ]),
        ),
        (
            "tests",
            AtMost(&[
                "deno-ext",
                "host",
                "ipc-protocol",
                "ipc-router",
                "webview-host",
            ]),
        ),
        ("bench", Exactly(&[])),
        (
            "fuzz",
            Exactly(&[
                "app-config",
                "ipc-protocol",
                "ipc-router",
                "page-socket",
                "preload-js",
                "webview-host",
            ]),
        ),
        ("xtask", Exactly(&[])),
    ]
};

/// Window systems and web views.
const WINDOWS: &[&str] = &["glib", "gtk", "tao", "webkit2gtk", "winit", "wry"];
/// JavaScript engines and the async runtime that comes with them.
const ENGINES: &[&str] = &["deno_core", "tokio", "v8"];
/// Crates that nothing here may bring in: a second window library or async runtime.
const NOWHERE: &[&str] = &["async-std", "smol", "tao"];

#[test]
fn arrows_between_the_crates_are_the_allowed_ones() {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("metadata is JSON");
    assert_none(&compare(&arrows(&metadata), MEMBERS));
}

#[test]
fn every_crate_says_what_it_is() {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("metadata is JSON");
    assert_none(&undescribed(&metadata));
}

#[test]
fn light_crates_bring_in_no_window_system_and_no_engine() {
    let both = [WINDOWS, ENGINES].concat();
    let problems: Vec<_> = [
        (&["ipc-protocol"][..], &both[..]),
        (&["ipc-router"], &both),
        (&["preload-js"], &both),
        (&["page-socket"], &both),
        (&["webview-host", "--no-default-features"], &both),
        (&["app-config"], &both),
        (&["deno-ext"], WINDOWS),
        (&["bench"], &both),
        (&["fuzz"], &both),
        (&["xtask"], &both),
    ]
    .iter()
    .flat_map(|(selection, forbidden)| {
        let tree = cargo(
            &[
                &["tree", "-e", "normal", "--prefix", "none", "-p"],
                *selection,
            ]
            .concat(),
        );
        let names = tree_names(&tree);
        assert!(names.contains(selection[0]), "not a tree: {tree}");
        found(&names, forbidden)
            .into_iter()
            .map(|name| format!("{} brings in {name}", selection.join(" ")))
            .collect::<Vec<_>>()
    })
    .collect();
    assert_none(&problems);
}

#[test]
fn the_lock_file_holds_no_second_window_library_or_runtime() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock file");
    let names = locked_names(&lock);
    assert!(names.contains("xtask"), "the lock file lists no crates");
    assert_eq!(found(&names, NOWHERE), Vec::<&str>::new());
}

/// The normal and build dependencies of each member on other members.
fn arrows(metadata: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    members(metadata)
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let local = dependencies
                .filter(|dependency| dependency["kind"] != "dev")
                .filter(|dependency| dependency["path"].is_string())
                .filter_map(|dependency| dependency["name"].as_str());
            (name(package), local.collect())
        })
        .collect()
}

fn compare(actual: &BTreeMap<&str, BTreeSet<&str>>, allowed: &[(&str, Arrows)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (member, targets) in actual {
        let Some((_, rule)) = allowed.iter().find(|(name, _)| name == member) else {
            problems.push(format!("{member} is in no rule"));
            continue;
        };
        let (Arrows::Exactly(may) | Arrows::AtMost(may)) = rule;
        for target in targets.iter().filter(|target| !may.contains(target)) {
            problems.push(format!("{member} must not depend on {target}"));
        }
        if let Arrows::Exactly(must) = rule {
            for target in must.iter().filter(|target| !targets.contains(*target)) {
                problems.push(format!("{member} does not depend on {target}"));
            }
        }
    }
    for (member, _) in allowed
        .iter()
        .filter(|(name, _)| !actual.contains_key(name))
    {
        problems.push(format!("{member} has a rule and is no member"));
    }
    problems
}

fn undescribed(metadata: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for package in members(metadata) {
        for field in ["description", "license", "rust_version"] {
            if package[field].as_str().is_none_or(str::is_empty) {
                problems.push(format!("{} has no {field}", name(package)));
            }
        }
    }
    problems
}

fn members(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().expect("a package has a name")
}

/// The crates in the output of `cargo tree --prefix none`, one a line: `name v1.2.3 …`.
fn tree_names(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

fn locked_names(lock: &str) -> BTreeSet<&str> {
    lock.lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect()
}

fn found<'a>(names: &BTreeSet<&str>, forbidden: &[&'a str]) -> Vec<&'a str> {
    let forbidden = forbidden.iter().copied();
    forbidden.filter(|name| names.contains(name)).collect()
}

/// The checks themselves, on graphs that break each rule.
mod samples {
    use serde_json::json;

    use super::*;

    const RULES: &[(&str, Arrows)] = &[
        ("low", Arrows::Exactly(&[])),
        ("high", Arrows::Exactly(&["low"])),
        ("top", Arrows::AtMost(&["high", "low"])),
    ];

    fn problems(packages: &Value) -> Vec<String> {
        compare(&arrows(&json!({ "packages": packages })), RULES)
    }

    #[test]
    fn the_allowed_arrows_pass() {
        let packages = json!([
            {"name": "low", "dependencies": [
                {"name": "serde", "kind": null, "source": "registry"},
                {"name": "high", "kind": "dev", "path": "/high"},
            ]},
            {"name": "high", "dependencies": [{"name": "low", "kind": null, "path": "/low"}]},
            {"name": "top", "dependencies": [{"name": "high", "kind": null, "path": "/high"}]},
        ]);
        assert_none(&problems(&packages));
    }

    #[test]
    fn wrong_missing_and_unknown_arrows_are_each_told() {
        let packages = json!([
            {"name": "low", "dependencies": [{"name": "high", "kind": "build", "path": "/high"}]},
            {"name": "high", "dependencies": []},
            {"name": "new", "dependencies": []},
        ]);
        assert_eq!(
            problems(&packages),
            [
                "high does not depend on low",
                "low must not depend on high",
                "new is in no rule",
                "top has a rule and is no member",
            ]
        );
    }

    #[test]
    fn a_crate_without_a_description_is_told() {
        let metadata = json!({"packages": [
            {"name": "a", "description": null, "license": "MIT", "rust_version": "1.95"},
            {"name": "b", "description": "B", "license": "", "rust_version": "1.95"},
        ]});
        assert_eq!(
            undescribed(&metadata),
            ["a has no description", "b has no license"]
        );
    }

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let tree = "host v0.1.0 (/w/host)\ngtk-sys v0.18.2\nwry v0.57.1\nwry v0.57.1 (*)\n";
        assert_eq!(found(&tree_names(tree), WINDOWS), ["wry"]);
        let lock =
            "[[package]]\nname = \"tao\"\nversion = \"0.35.0\"\ndependencies = [\n \"smol\",\n]\n";
        assert_eq!(found(&locked_names(lock), NOWHERE), ["tao"]);
    }
}
