//! `host:window` in real windows: every option and every method, checked against what the X
//! server and the window manager say.
//!
//! In most tests the app changes something and waits until its own getter tells so, and the test
//! looks at the screen; or the test acts through the window manager and the app waits.

mod bad_options;
mod closing;
mod desktop;
mod handle;
mod options;
mod pages;
mod scale;
mod states;

use tests::{AppDir, Display, RunningApp};

/// An app with the usual imports and page.
pub(crate) fn app(script: &str) -> AppDir {
    let imports = r#"
        import { closeWindow, createWindow, getWindow, getWindows, windowEvents } from "host:window";
        import { onChannel, onEvent, sendToWindow } from "host:ipc";
        import { loaded, look, outcome, pause, told, until } from "./util.ts";
    "#;
    AppDir::of(
        &[imports, script].concat(),
        include_str!("gui_window/page.html"),
    )
    .file("util.ts", include_str!("gui_window/util.ts"))
}

/// What an app prints that ends by itself.
pub(crate) fn printed(script: &str) -> Vec<String> {
    let dir = app(script);
    let display = Display::start();
    display.run(dir.main()).finish()
}

/// Lets the app go on that waits in `told(name)`.
pub(crate) fn tell(dir: &AppDir, name: &str) {
    std::fs::write(dir.path().join(name), "").unwrap();
}

/// Waits for the app to end, and checks that nothing went wrong unnoticed on the way.
pub(crate) fn ends_well(app: RunningApp<'_>) -> Vec<String> {
    let (stdout, mut stderr) = app.expect_exit(0);
    // Few apps listen to all that their page says, and an app on a slow machine lives to be told so.
    stderr.retain(|line| !line.contains("the app does not listen on its channel"));
    for trouble in [
        "panicked",
        "X Window System error",
        "CRITICAL",
        "WARN",
        "ERROR",
    ] {
        let line = stderr.iter().find(|line| line.contains(trouble));
        assert_eq!(line, None, "{stderr:#?}");
    }
    stdout
}
