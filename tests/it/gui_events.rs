//! What window manager, mouse and keyboard do, as the app and its pages hear of it.

mod keyboard;
mod system_events;

use tests::{AppDir, Display, RunningApp, ScreenWindow, wait_for};

use crate::gui_window::{app, ends_well, tell};

/// Two windows apart, `left` and `right`; every event is printed as `id channel payload`.
fn two_windows(script: &str) -> AppDir {
    let windows = r#"
        onEvent(({ windowId, channel, payload }) => {
            console.log(windowId, channel, JSON.stringify(payload));
        });
        const left = await createWindow({
            id: "left", title: "Left", width: 300, height: 200, x: 20, y: 40,
        });
        const right = await createWindow({
            id: "right", title: "Right", width: 300, height: 200, x: 600, y: 40,
        });
    "#;
    app(&[windows, script].concat())
}

/// Runs it and waits until both pages are there, and the mouse is out of their way.
fn start<'a>(display: &'a Display, dir: &AppDir) -> (RunningApp<'a>, [ScreenWindow<'a>; 2]) {
    let mut app = display.run(dir.main());
    let windows = [app.window("Left"), app.window("Right")];
    for id in ["left", "right"] {
        app.expect_line(&format!(r#"{id} element "text""#));
    }
    display.xdotool(&["mousemove", "640", "700"]);
    (app, windows)
}

/// What was printed about a window, on these channels only.
fn events_of(app: &RunningApp<'_>, id: &str, channels: &[&str]) -> Vec<String> {
    let id = format!("{id} ");
    let lines = app.stdout().into_iter();
    let events = lines.filter_map(|line| line.strip_prefix(&id).map(str::to_owned));
    events
        .filter(|event| channels.iter().any(|channel| event.starts_with(channel)))
        .collect()
}

/// Gives a window the keyboard, and waits until the app has heard of it and keys go to the page. What
/// was printed may be of an earlier time, when it has changed quickly.
fn activate(app: &RunningApp<'_>, window: &ScreenWindow<'_>, id: &str) {
    window.activate();
    wait_for(&format!("the focus of {id}"), || {
        let events = events_of(app, id, &["focus", "blur"]);
        (events.last()? == "focus null" && window.page_has_keyboard()).then_some(())
    });
}
