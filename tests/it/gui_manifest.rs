//! What an app's manifest grants it, in the program that runs it.

use tests::{AppDir, Display};

const MAIN: &str = r#"
    import { createWindow } from "host:window";
    import { onChannel, sendToWindow } from "host:ipc";

    const outcome = async (run: () => unknown) => {
      try {
        await run();
        return "done";
      } catch (error) {
        return `${error instanceof Deno.errors.NotCapable} ${(error as { code: string }).code}`;
      }
    };
"#;

fn app(code: &str, manifest: &str) -> AppDir {
    AppDir::of(&format!("{MAIN}{code}"), "<p>page</p>").file("host.json", manifest)
}

fn printed(dir: &AppDir) -> Vec<String> {
    Display::start().run(dir.main()).finish()
}

#[test]
fn a_manifest_that_is_not_valid_ends_the_app_before_it_begins() {
    let dir = app(
        "console.log('began')",
        r#"{ "permissions": { "origins": ["*"] } }"#,
    );
    let (stdout, stderr) = Display::start().run(dir.main()).expect_exit(1);
    assert_eq!(stdout, [""; 0]);
    assert_eq!(stderr.len(), 1, "{stderr:#?}");
    assert!(
        stderr[0].starts_with("error[invalid-config]: "),
        "{stderr:?}"
    );
    let reason = "host.json: `permissions.origins[0]`: \"*\" is not an origin";
    assert!(stderr[0].contains(reason), "{stderr:?}");
}

#[test]
fn without_permission_there_are_no_windows() {
    let dir = app(
        "console.log(await outcome(() => createWindow()));",
        r#"{ "permissions": { "windows": false } }"#,
    );
    assert_eq!(printed(&dir), ["true not-permitted"]);
}

#[test]
fn without_permission_there_are_no_dialogs_and_no_other_programs() {
    let code = r#"
        import { message, openExternal, openFile, saveFile } from "host:window";
        const parent = (await createWindow({ visible: false })).id;
        for (const call of [
            () => openFile({ parent }),
            () => saveFile({ parent }),
            () => message("text", { parent }),
            () => openExternal("https://example.com"),
        ]) console.log(await outcome(call));
        Deno.exit(0);
    "#;
    assert_eq!(printed(&app(code, "{}")), ["true not-permitted"; 4]);
}

const PAGES: &str = r#"
    const win = await createWindow({ visible: false });
    for (const url of ["app://localhost/index.html", "https://example.com/", "app://example.com/"]) {
      console.log(await outcome(() => win.navigate(url)));
    }
    for (const origin of ["https://example.com", "https://example.org"]) {
      console.log(await outcome(async () => {
        await (await createWindow({ visible: false, origins: [origin] })).close();
      }));
    }
    await win.close();
"#;

#[test]
fn nothing_remote_unless_it_is_granted() {
    let refused = "true not-permitted";
    assert_eq!(
        printed(&app(PAGES, "{}")),
        ["done", refused, refused, refused, refused]
    );
    let granted = r#"{ "permissions": { "origins": ["https://example.com"] } }"#;
    let printed = printed(&app(PAGES, granted));
    // Whether this window may show it is for the window's own `origins` to say.
    assert_ne!(printed[1], refused);
    assert_eq!(printed[0], "done");
    assert_eq!(printed[2..], [refused, "done", refused]);
}

#[test]
fn an_app_has_the_channels_that_it_was_granted() {
    let page = r#"<script>
        for (const channel of ["other", "log", "log:x", "end"]) host.send(channel);
        </script>"#;
    let code = r#"
        const win = await createWindow({ id: "main" });
        for (const channel of ["other", "log:x"]) {
          console.log(await outcome(() => sendToWindow("main", channel)));
          console.log(await outcome(() => onChannel(channel, () => console.log("heard", channel))));
        }
        onChannel("end", () => win.close());
    "#;
    let dir = app(code, "{}").file("index.html", page).file(
        "host.json",
        r#"{ "permissions": { "channels": ["log:*", "end"] } }"#,
    );
    assert_eq!(
        printed(&dir),
        [
            "true not-permitted",
            "true not-permitted",
            "done",
            "done",
            "heard log:x"
        ]
    );
}
