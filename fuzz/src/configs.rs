//! Configuration files: what they grant, and where specifiers lead with them.

use std::path::Path;

use app_config::{Grants, Imports};
use ipc_protocol::Origin;
use serde_json::{Value, json};
use url::Url;
use webview_host::Csp;

/// Where the file is, and a module of the app.
const FILE: &str = "/apps/app/deno.json";
const MODULE: &str = "file:///apps/app/lib/module.ts";

/// Specifiers that mean the same whatever a map says, and where they lead.
const OWN: &[(&str, &str)] = &[
    ("./util.ts", "file:///apps/app/lib/util.ts"),
    ("../main.ts", "file:///apps/app/main.ts"),
    ("/etc/x.ts", "file:///etc/x.ts"),
    ("//example.com/x.ts", "file://example.com/x.ts"),
    ("file:///apps/app/main.ts", "file:///apps/app/main.ts"),
    ("FILE:/apps/app/main.ts", "file:///apps/app/main.ts"),
    ("host:ipc", "host:ipc"),
    ("HOST:window", "host:window"),
    (" host:window", "host:window"),
];

/// Reads a text as a host.json and as a deno.json, and resolves specifiers: some that are always the
/// same, its own keys, and what is below them.
///
/// # Panics
/// When a map changes where the app's own specifiers lead, leads out of the app's folder unnoticed,
/// or what is granted is not what is written.
pub fn configs(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Ok(grants) = Grants::parse(text) {
        check_grants(&grants);
    }
    if let Ok(imports) = Imports::parse(text, Path::new(FILE)) {
        check_imports(&imports, text);
    }
}

/// What is granted says the same when it is written again.
fn check_grants(grants: &Grants) {
    for origin in &grants.origins {
        assert_eq!(Origin::new(origin.as_str()).as_ref(), Ok(origin));
    }
    assert_eq!(Csp::new(grants.csp.as_str()).as_ref(), Ok(&grants.csp));
    let mut permissions = json!({
        "windows": grants.windows,
        "origins": grants.origins,
        "dialogs": grants.dialogs,
        "openExternal": grants.open_external,
    });
    if let Some(channels) = &grants.channels {
        permissions["channels"] = json!(channels);
    }
    let mut again = json!({
        "permissions": permissions,
        "csp": grants.csp.as_str(),
        "console": grants.console,
        "downloads": grants.downloads,
        "instances": grants.instances,
    });
    if let Some(folder) = &grants.pages.folder {
        again["pages"] = json!(folder);
    }
    if let Some(file) = &grants.pages.fallback {
        again["fallback"] = json!(file);
    }
    if let Some(id) = &grants.id {
        again["id"] = json!(id.as_str());
    }
    if let Some(file) = &grants.icon {
        again["icon"] = json!(file);
    }
    assert_eq!(Grants::parse(&again.to_string()).as_ref(), Ok(grants));
}

fn check_imports(imports: &Imports, text: &str) {
    let module = Url::parse(MODULE).expect("a URL");
    for (specifier, expected) in OWN {
        let resolved = imports.resolve(specifier, &module).expect("an address");
        assert_eq!(resolved.url.as_str(), *expected, "{specifier}");
        assert!(!resolved.is_outside, "no map has led there");
    }
    for key in keys(text) {
        for specifier in [
            key.clone(),
            format!("{key}below.ts"),
            format!("{key}/below.ts"),
            format!("{key}a/../%2e%2e%2f"),
        ] {
            let Ok(resolved) = imports.resolve(&specifier, &module) else {
                continue;
            };
            if resolved.is_outside {
                assert_eq!(resolved.url.scheme(), "file");
                continue;
            }
            // By a map, it is a file of the app, or none. `lib/` is where the module is.
            let is_own = Url::parse(&specifier).is_ok_and(|url| url == resolved.url)
                || module.join(&specifier).is_ok_and(|url| url == resolved.url);
            if resolved.url.scheme() == "file"
                && let Ok(path) = resolved.url.to_file_path()
            {
                assert!(is_own || path.starts_with("/apps/app"), "{path:?}");
            }
        }
    }
}

/// The keys of the maps in a text, if it is JSON for everyone.
fn keys(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let scopes = document["scopes"].as_object().into_iter().flatten();
    let maps = [&document["imports"]]
        .into_iter()
        .chain(scopes.map(|(_, map)| map));
    let maps = maps.filter_map(Value::as_object);
    maps.flat_map(|map| map.keys().take(16).cloned())
        .take(64)
        .collect()
}
