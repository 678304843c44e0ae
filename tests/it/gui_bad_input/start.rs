//! Apps that cannot start: a clear line, exit code 1, no panic.

use std::process::{Command, Output};

use tests::{AppDir, Display, host_binary};

/// What an app prints on stderr that ends with code 1.
fn failure(dir: &AppDir, main: &str) -> Vec<String> {
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.path().join(main)).expect_exit(1);
    assert!(stdout.is_empty(), "{stdout:#?}");
    assert!(!stderr.join("\n").contains("panicked"), "{stderr:#?}");
    stderr
}

#[test]
fn without_main_ts() {
    let dir = AppDir::new().file("index.html", "");
    assert_eq!(
        failure(&dir, "main.ts"),
        [format!(
            r#"error[module-not-found]: Cannot find module "file://{}""#,
            dir.main().display()
        )]
    );
    let stderr = failure(&dir, "no/such/directory/main.ts");
    assert_eq!(stderr.len(), 1, "{stderr:#?}");
    assert!(
        stderr[0].starts_with("error: cannot read the directory of ")
            && stderr[0].contains("no/such/directory/main.ts"),
        "{stderr:#?}"
    );
}

#[test]
fn with_a_syntax_error() {
    let dir = AppDir::of("const ok = 1;\nconst broken: = 2;\n", "");
    let stderr = failure(&dir, "main.ts");
    assert!(
        stderr[0].starts_with("error[syntax-error]: "),
        "{stderr:#?}"
    );
    let place = format!("{}:2:15", dir.main().display());
    assert!(stderr.join("\n").contains(&place), "{stderr:#?}");
}

#[test]
fn with_an_import_that_does_not_exist() {
    let main = |import: &str| AppDir::of(import, "");
    for (import, code, text) in [
        ("import './gone.ts';", "module-not-found", "/gone.ts"),
        ("import 'host:nothing';", "module-not-found", "host:nothing"),
        ("import 'bare';", "unmapped-import", "bare"),
    ] {
        let stderr = failure(&main(import), "main.ts");
        assert!(
            stderr[0].starts_with(&format!("error[{code}]: ")) && stderr[0].contains(text),
            "{import}: {stderr:#?}"
        );
    }
    // A module that exports no such thing is an error of the engine.
    let stderr = failure(
        &main("import { nothing } from 'host:ipc';\nnothing();\n"),
        "main.ts",
    );
    assert!(
        stderr[0].starts_with("error: Uncaught SyntaxError: ") && stderr[0].contains("nothing"),
        "{stderr:#?}"
    );
}

#[test]
fn without_index_html() {
    let main = r#"
        import { createWindow } from "host:window";

        for (const options of [{}, { url: "sub/page.html" }, { url: "../secret.html" }]) {
          try {
            await createWindow(options);
            console.log("opened");
          } catch (error) {
            const { code, message } = error as any;
            console.log(error instanceof Error, code, message);
          }
        }
        "#;
    let dir = AppDir::new()
        .file("app/main.ts", main)
        .file("secret.html", "");
    let display = Display::start();
    let stdout = display.run(dir.path().join("app/main.ts")).finish();
    let line = |n: u8, page: &str| {
        format!(
            r#"true page-not-found window "win-{n}": the app has no page "{page}": its pages are files in its directory, named by their path from there, as in "index.html""#
        )
    };
    assert_eq!(
        stdout,
        [
            line(1, "index.html"),
            line(2, "sub/page.html"),
            line(3, "secret.html")
        ]
    );

    // Nobody catches it.
    let dir = AppDir::new().file(
        "main.ts",
        "import { createWindow } from 'host:window';\nawait createWindow();\n",
    );
    let stderr = failure(&dir, "main.ts").join("\n");
    assert!(
        stderr.contains(r#"the app has no page "index.html""#)
            && stderr.contains("page-not-found")
            && stderr.contains("main.ts:2:"),
        "{stderr}"
    );
}

#[test]
fn without_a_display() {
    let dir = AppDir::of("console.log('ran')", "");
    let run = |display: Option<&str>| -> Output {
        let mut host = Command::new(host_binary());
        host.arg(dir.main())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("RUST_LOG");
        if let Some(display) = display {
            host.env("DISPLAY", display);
        }
        host.output().unwrap()
    };
    for (display, advice) in [
        (None, "set DISPLAY"),
        (Some(""), "set DISPLAY"),
        (Some(":9999"), r#"cannot open display ":9999""#),
        (Some("nonsense"), r#"cannot open display "nonsense""#),
    ] {
        let output = run(display);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{display:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{display:?}");
        assert_eq!(stderr.lines().count(), 1, "{display:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(advice),
            "{display:?}: {stderr}"
        );
    }
}
