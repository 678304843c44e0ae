//! The manifest: what it grants, and how it is refused.

use deno_ext::Permissions;
use host::report::describe;
use host::{LoadError, Manifest};
use ipc_protocol::{ChannelList, Origin};
use webview_host::Csp;

use crate::support::App;

fn find(app: &App) -> Result<Manifest, LoadError> {
    Manifest::find(app.path("main.ts").parent().unwrap())
}

/// The report of a manifest that is refused, without the app's directory.
fn refusal(app: &App) -> String {
    let report = describe(&find(app).unwrap_err().into());
    let directory = app.path("");
    let start = "error[invalid-config]: Invalid configuration in ";
    let place = report
        .strip_prefix(start)
        .unwrap_or_else(|| panic!("{report}"));
    let rest = place.strip_prefix(directory.to_str().unwrap());
    rest.unwrap_or_else(|| panic!("{report}")).to_owned()
}

fn granted() -> Manifest {
    let mut manifest = Manifest::default();
    let permissions = &mut manifest.permissions;
    permissions.windows = false;
    permissions.origins = vec![
        Origin::new("https://example.com").unwrap(),
        Origin::new("http://localhost:8080").unwrap(),
    ];
    permissions.channels = Some(ChannelList::new(["save".to_owned(), "log:*".to_owned()]));
    manifest.csp = Csp::new("default-src 'none'").unwrap();
    manifest
}

const ALL: &str = r#"{
    "permissions": {
        "windows": false,
        "origins": ["https://Example.com:443", "http://localhost:8080/"],
        "channels": ["save", "log:*"] // and nothing else
    },
    "csp": "default-src 'none'"
}"#;

#[test]
fn without_a_manifest_there_is_nothing_remote() {
    for app in [
        App::empty(),
        App::empty().file("deno.json", r#"{ "imports": {} }"#),
        App::empty().file("host.json", "{}"),
        App::empty().file("host.json", r#"{ "permissions": {} }"#),
        App::empty().file("deno.json", r#"{ "host": {} }"#),
    ] {
        let manifest = find(&app).unwrap();
        assert_eq!(manifest, Manifest::default());
        assert_eq!(manifest.permissions, Permissions::default());
        assert!(manifest.permissions.windows);
        assert!(manifest.permissions.origins.is_empty());
        assert_eq!(manifest.permissions.channels, None);
        assert_eq!(manifest.csp.as_str(), Csp::DEFAULT);
    }
}

#[test]
fn a_file_beside_the_main_module_grants() {
    let app = App::empty().file("host.json", ALL);
    assert_eq!(find(&app).unwrap(), granted());
}

#[test]
fn so_does_a_field_of_deno_json() {
    for name in ["deno.json", "deno.jsonc"] {
        let app = App::empty().file(name, &format!(r#"{{ "imports": {{}}, "host": {ALL} }}"#));
        assert_eq!(find(&app).unwrap(), granted(), "{name}");
    }
    // The one that holds for the app's imports, too.
    let app = App::empty().file("deno.json", &format!(r#"{{ "host": {ALL} }}"#));
    let app = app.file("src/main.ts", "");
    assert_eq!(Manifest::find(&app.path("src")).unwrap(), granted());
    let app = app.file("src/deno.json", "{}");
    assert_eq!(
        Manifest::find(&app.path("src")).unwrap(),
        Manifest::default()
    );
    // A host.json is for what is beside it.
    let app = App::empty().file("host.json", ALL).file("src/main.ts", "");
    assert_eq!(
        Manifest::find(&app.path("src")).unwrap(),
        Manifest::default()
    );
}

#[test]
fn what_is_wrong_with_a_manifest_is_told() {
    for (text, reason) in [
        (
            r#"{ "csp": 1 }"#,
            "`csp`: invalid type: integer `1`, expected a string",
        ),
        (r#"{ "csp": null }"#, "`csp`: invalid type: null"),
        (
            r#"{ "csp": "a\nb" }"#,
            "`csp`: a Content-Security-Policy has only",
        ),
        (
            r#"{ "permission": {} }"#,
            "`permission`: unknown field `permission`",
        ),
        (
            r#"{ "permissions": [true] }"#,
            "the manifest and its `permissions` are objects",
        ),
        (
            r#"{ "permissions": null }"#,
            "`permissions`: invalid type: null",
        ),
        (
            r#"{ "permissions": { "files": true } }"#,
            "`permissions.files`: unknown field `files`",
        ),
        (
            r#"{ "permissions": { "windows": 1 } }"#,
            "`permissions.windows`: invalid type: integer `1`, expected a boolean",
        ),
        (
            r#"{ "permissions": { "origins": "https://example.com" } }"#,
            "`permissions.origins`: invalid type: string",
        ),
        (
            r#"{ "permissions": { "origins": ["https://example.com", "*"] } }"#,
            "`permissions.origins[1]`: \"*\" is not an origin",
        ),
        (
            r#"{ "permissions": { "origins": ["https://example.com/path"] } }"#,
            "`permissions.origins[0]`: \"https://example.com/path\" is not an origin",
        ),
        (
            r#"{ "permissions": { "channels": null } }"#,
            "`permissions.channels`: invalid type: null",
        ),
        (
            r#"{ "permissions": { "channels": { "send": [] } } }"#,
            "`permissions.channels`: invalid type: map",
        ),
    ] {
        let refused = refusal(&App::empty().file("host.json", text));
        let found = refused
            .strip_prefix("host.json: ")
            .unwrap_or_else(|| panic!("{refused}"));
        assert!(found.starts_with(reason), "{text}: {found}");

        let refused = refusal(&App::empty().file("deno.json", &format!(r#"{{ "host": {text} }}"#)));
        let found = refused
            .strip_prefix("deno.json: ")
            .unwrap_or_else(|| panic!("{refused}"));
        let reason = match reason.strip_prefix('`') {
            Some(place) => format!("`host.{place}"),
            None => reason.to_owned(),
        };
        assert!(found.starts_with(&reason), "{text}: {found}");
    }
}

#[test]
fn a_manifest_is_one_object() {
    for (name, text, refused) in [
        ("host.json", "{", "Unterminated object"),
        (
            "host.json",
            "7",
            "invalid type: integer `7`, expected a map",
        ),
        (
            "host.json",
            "[{}]",
            "invalid type: sequence, expected a map",
        ),
        (
            "deno.json",
            r#"{ "host": true }"#,
            "`host`: invalid type: boolean `true`",
        ),
        (
            "deno.json",
            r#"{ "host": [{}] }"#,
            "the manifest and its `permissions` are objects",
        ),
    ] {
        let found = refusal(&App::empty().file(name, text));
        let start = format!("{name}: {refused}");
        assert!(found.starts_with(&start), "{text}: {found}");
    }
}

#[test]
fn an_app_has_one_manifest() {
    let app = App::empty()
        .file("host.json", "{}")
        .file("deno.json", r#"{ "host": {} }"#);
    assert_eq!(
        refusal(&app),
        "host.json: the app has a `host` in its deno.json, too"
    );
    let app = App::empty().file("host.json/inside", "");
    assert!(refusal(&app).starts_with("host.json: "), "a directory");
}
