//! The manifest: what it grants, and how it is refused.

use app_config::Instances;
use deno_ext::Permissions;
use host::report::describe;
use host::{LoadError, Manifest};
use ipc_protocol::{ChannelList, Downloads, Origin};
use webview_host::{AppId, Csp};

use crate::support::App;
#[cfg(unix)]
use crate::support::is_root;

fn find(app: &App) -> Result<Manifest, LoadError> {
    Manifest::find(&app.path("main.ts"))
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
    permissions.dialogs = true;
    permissions.open_external = true;
    manifest.csp = Csp::new("default-src 'none'").unwrap();
    manifest.console = false;
    manifest.downloads = Downloads::Deny;
    manifest.instances = Instances::One;
    manifest.id = Some(AppId::new("com.example.notes").unwrap());
    manifest
}

const ALL: &str = r#"{
    "permissions": {
        "windows": false,
        "origins": ["https://Example.com:443", "http://localhost:8080/"],
        "channels": ["save", "log:*"], // and nothing else
        "dialogs": true,
        "openExternal": true
    },
    "csp": "default-src 'none'",
    "console": false,
    "downloads": "deny",
    "instances": "one",
    "id": "com.example.notes"
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
        assert!(manifest.console);
        assert_eq!(manifest.downloads, Downloads::Ask);
        assert_eq!(manifest.instances, Instances::OwnStorage);
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
}

/// Whoever can write to a folder above, such as /tmp, has no say.
#[test]
fn only_the_folder_of_the_main_module_counts() {
    for name in ["deno.json", "deno.jsonc"] {
        let app = App::empty().file(name, &format!(r#"{{ "host": {ALL} }}"#));
        let app = app.file("src/main.ts", "");
        let found = Manifest::find(&app.path("src/main.ts")).unwrap();
        assert_eq!(found, Manifest::default(), "{name}");
    }
    let app = App::empty().file("host.json", ALL).file("src/main.ts", "");
    let found = Manifest::find(&app.path("src/main.ts")).unwrap();
    assert_eq!(found, Manifest::default());
    // Not even when it is broken.
    let app = App::empty().file("deno.json", "{").file("src/main.ts", "");
    assert!(Manifest::find(&app.path("src/main.ts")).is_ok());
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
            r#"{ "console": "no" }"#,
            "`console`: invalid type: string \"no\", expected a boolean",
        ),
        (
            r#"{ "downloads": "here" }"#,
            "`downloads`: expected \"ask\", \"deny\" or the absolute path of a folder, not \"here\"",
        ),
        (
            r#"{ "instances": "two" }"#,
            "`instances`: unknown variant `two`, expected `own-storage` or `one`",
        ),
        (r#"{ "console": null }"#, "`console`: invalid type: null"),
        (r#"{ "id": null }"#, "`id`: invalid type: null"),
        (
            r#"{ "id": "my notes" }"#,
            "`id`: \"my notes\" is no app id: write 1 to 255 letters",
        ),
        (
            r#"{ "icon": "../icon.png" }"#,
            "`icon`: \"../icon.png\" is not a path below the folder",
        ),
        (
            r#"{ "icon": "icon.png" }"#,
            "`icon`: there is no file \"icon.png\"; make it, or correct the name",
        ),
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
            r#"{ "permissions": { "openExternal": "https" } }"#,
            "`permissions.openExternal`: invalid type: string \"https\", expected a boolean",
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
        ("host.json", "", "it is no JSON object"),
        ("host.json", " // nothing\n", "it is no JSON object"),
        ("host.json", "null", "it is no JSON object"),
        ("host.json", "7", "it is no JSON object"),
        ("host.json", "[{}]", "it is no JSON object"),
        ("deno.json", "", "it is no JSON object"),
        ("deno.jsonc", "", "it is no JSON object"),
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
    let app = App::empty()
        .file("deno.json", "{}")
        .file("deno.jsonc", "{}");
    assert_eq!(
        refusal(&app),
        "deno.jsonc: the app has deno.json, too; remove one of the two"
    );
}

#[test]
fn no_key_is_there_twice() {
    for (name, text, refused) in [
        (
            "host.json",
            "{\n\"permissions\": {},\n\"permissions\": {}\n}",
            "the key \"permissions\" is there twice, again in line 3; remove one of the two",
        ),
        (
            "host.json",
            r#"{ "permissions": { "windows": false, 'w\u0069ndows': true } }"#,
            "the key \"windows\" is there twice, again in line 1",
        ),
        (
            "deno.json",
            r#"{ "host": {}, "host": {} }"#,
            "the key \"host\" is there twice",
        ),
        (
            "deno.json",
            r#"{ "host": { "csp": "default-src 'none'", csp: "" } }"#,
            "the key \"csp\" is there twice",
        ),
        (
            "deno.json",
            r#"{ "imports": { "a": "./a.ts", "a": "./b.ts" } }"#,
            "the key \"a\" is there twice",
        ),
        (
            "deno.json",
            r#"{ "scopes": { "./a/": {}, "./a/": {} } }"#,
            "the key \"./a/\" is there twice",
        ),
        (
            "deno.json",
            r#"{ "tasks": [{ "a": 1, "a": 2 }] }"#,
            "the key \"a\" is there twice",
        ),
    ] {
        let found = refusal(&App::empty().file(name, text));
        let start = format!("{name}: {refused}");
        assert!(found.starts_with(&start), "{text}: {found}");
    }
}

/// What is there and cannot be used is never taken for nothing.
#[test]
fn a_file_that_cannot_be_used_is_refused() {
    for name in ["host.json", "deno.json", "deno.jsonc"] {
        let app = App::empty().file(&format!("{name}/inside"), "");
        let refused = "it is not a regular file; replace it with one, or remove it";
        assert_eq!(refusal(&app), format!("{name}: {refused}"));

        let app = App::empty();
        std::fs::write(app.path(name), b"{ \"csp\": \"\xff\" }").unwrap();
        let refused = "it is not UTF-8 from byte 10 on; save it as UTF-8";
        assert_eq!(refusal(&app), format!("{name}: {refused}"));

        let longest = format!("{{}}{}", " ".repeat((1 << 20) - 2));
        assert!(find(&App::empty().file(name, &longest)).is_ok());
        let app = App::empty().file(name, &format!("{longest} "));
        let refused = "it has more than 1048576 bytes; make it smaller";
        assert_eq!(refusal(&app), format!("{name}: {refused}"));

        let app = App::empty().file(name, &"[".repeat(200_000));
        assert!(refusal(&app).starts_with(&format!("{name}: ")));
    }
}

#[cfg(unix)]
#[test]
fn links_lead_to_a_file() {
    use std::os::unix::fs::symlink;

    for name in ["host.json", "deno.json", "deno.jsonc"] {
        let app = App::empty();
        symlink("nowhere.json", app.path(name)).unwrap();
        let refused = "it is a link to nothing; make it lead to a file, or remove it";
        assert_eq!(refusal(&app), format!("{name}: {refused}"));
    }
    let app = App::empty();
    symlink("host.json", app.path("host.json")).unwrap();
    assert!(refusal(&app).starts_with("host.json: it cannot be read: "));

    let app = App::empty().file("kept/elsewhere.json", ALL);
    symlink("kept/elsewhere.json", app.path("host.json")).unwrap();
    assert_eq!(find(&app).unwrap(), granted());
}

/// Each of them would be waited for, or never end.
#[cfg(unix)]
#[test]
fn pipes_devices_and_sockets_are_refused_at_once() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    let refused = "it is not a regular file; replace it with one, or remove it";
    for name in ["host.json", "deno.json", "deno.jsonc"] {
        let app = App::empty();
        let made = Command::new("mkfifo").arg(app.path(name)).status();
        assert!(made.unwrap().success());
        assert_eq!(refusal(&app), format!("{name}: {refused}"));

        for device in ["/dev/zero", "/dev/tty", "/dev/null"] {
            let app = App::empty();
            symlink(device, app.path(name)).unwrap();
            let found = refusal(&app);
            // Without a terminal there is nothing to open.
            let cannot = format!("{name}: it cannot be read: ");
            assert!(
                found == format!("{name}: {refused}") || found.starts_with(&cannot),
                "{device}: {found}"
            );
        }

        let app = App::empty();
        let _socket = UnixListener::bind(app.path(name)).unwrap();
        assert_eq!(refusal(&app), format!("{name}: {refused}"));
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_everybody_may_write_to_is_refused() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    for name in ["host.json", "deno.json", "deno.jsonc"] {
        let app = App::empty().file(name, "{}");
        for (mode, is_refused) in [(0o600, false), (0o664, false), (0o646, true), (0o602, true)] {
            set_permissions(app.path(name), Permissions::from_mode(mode)).unwrap();
            if !is_refused {
                assert_eq!(find(&app).unwrap(), Manifest::default(), "{mode:o}");
                continue;
            }
            assert_eq!(
                refusal(&app),
                format!(
                    "{name}: every user may write to it; look at what it says, then run chmod o-w \
                     on it"
                )
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn files_of_other_users_are_refused() {
    use std::os::unix::fs::{chown, lchown, symlink};

    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let refused = "it belongs to user 12345, who is neither you, nor root, nor the owner of the main \
                   module; if you trust what it says, make it yours with chown, or else remove it";
    for name in ["host.json", "deno.json", "deno.jsonc"] {
        let app = App::new("").file(name, "{}");
        assert!(find(&app).is_ok());
        chown(app.path(name), Some(12345), None).unwrap();
        assert_eq!(refusal(&app), format!("{name}: {refused}"));
        // Whose main module runs says as much in that.
        chown(app.path("main.ts"), Some(12345), None).unwrap();
        assert!(find(&app).is_ok());

        // Through a link, it is the file's owner who counts, and the link's.
        let app = App::new("").file("kept.json", "{}");
        symlink("kept.json", app.path(name)).unwrap();
        assert!(find(&app).is_ok());
        lchown(app.path(name), Some(12345), None).unwrap();
        assert_eq!(refusal(&app), format!("{name}: {refused}"));
        lchown(app.path(name), Some(0), None).unwrap();
        chown(app.path("kept.json"), Some(12345), None).unwrap();
        assert_eq!(refusal(&app), format!("{name}: {refused}"));
    }
}
