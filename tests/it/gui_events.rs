//! What the window manager does to windows, and what mouse and keyboard do to pages.

use tests::{AppDir, Display, RunningApp, wait_for};

/// Two windows, at places apart; every system event is printed as `id type payload`.
const TWO_WINDOWS: &str = r#"
    import { createWindow } from "host:window";
    import { onChannel, onEvent } from "host:ipc";

    onEvent(({ windowId, channel, payload, type }) => {
      if (type !== undefined && type === channel) {
        console.log(windowId, type, JSON.stringify(payload));
      }
    });
    onChannel("close", (payload, windowId) => console.log("closing", windowId, payload));
    onChannel("typed", (text, windowId) => console.log("typed", windowId, text));
    onChannel("clicked", (_, windowId) => console.log("clicked", windowId));
    await createWindow({ id: "left", title: "Left", width: 300, height: 200, x: 20, y: 40 });
    await createWindow({ id: "right", title: "Right", width: 300, height: 200, x: 600, y: 40 });
    console.log("open");
"#;

/// A page with an input that has the keyboard at once, and a button.
const FORM: &str = r#"<!DOCTYPE html>
    <input id="text" autofocus>
    <button id="button" style="display: block; width: 200px; height: 60px">Click</button>
    <script>
      text.addEventListener("input", () => host.send("typed", text.value));
      button.addEventListener("click", () => host.send("clicked"));
    </script>"#;

fn start<'a>(display: &'a Display, dir: &AppDir) -> RunningApp<'a> {
    let mut app = display.run(dir.main());
    app.expect_line("open");
    app
}

#[test]
fn what_the_window_manager_does_arrives_as_events() {
    let dir = AppDir::of(TWO_WINDOWS, FORM);
    let display = Display::start();
    let mut app = start(&display, &dir);
    let (left, right) = (app.window("Left"), app.window("Right"));

    left.resize(420, 310);
    app.expect_line(r#"left resize {"width":420,"height":310}"#);
    left.move_to(100, 150);
    let line = app.expect_line(r#"left move {"x":100,"#);
    assert!(line.contains(r#""y":"#), "{line}");

    // The events of each window from here on.
    let events = |app: &RunningApp<'_>, id: &str| -> Vec<String> {
        let lines = app.stdout().into_iter();
        let of_window =
            lines.filter_map(|line| line.strip_prefix(&format!("{id} ")).map(str::to_owned));
        of_window
            .filter(|line| line.starts_with("focus") || line.starts_with("blur"))
            .collect()
    };
    left.activate();
    wait_for("the focus of the left window", || {
        (events(&app, "left").last()? == "focus null").then_some(())
    });
    let before = (events(&app, "left").len(), events(&app, "right").len());
    right.activate();
    wait_for("the focus of the right window", || {
        (events(&app, "right").last()? == "focus null").then_some(())
    });
    wait_for("the blur of the left window", || {
        (events(&app, "left").last()? == "blur null").then_some(())
    });
    left.activate();
    wait_for("the focus of the left window again", || {
        (events(&app, "left").last()? == "focus null").then_some(())
    });
    wait_for("the blur of the right window", || {
        (events(&app, "right").last()? == "blur null").then_some(())
    });
    // One for each change, and nothing in between.
    assert_eq!(
        events(&app, "left")[before.0..],
        ["blur null", "focus null"]
    );
    assert_eq!(
        events(&app, "right")[before.1..],
        ["focus null", "blur null"]
    );

    left.close();
    app.expect_line("closing left null");
    app.expect_line("left close null");
    right.close();
    let (stdout, _) = app.expect_exit(0);
    assert!(
        stdout.iter().any(|line| line == "closing right null"),
        "{stdout:#?}"
    );
}

#[test]
fn of_many_sizes_the_last_one_is_told() {
    let dir = AppDir::of(TWO_WINDOWS, FORM);
    let display = Display::start();
    let mut app = start(&display, &dir);
    let left = app.window("Left");
    for step in 1..=40 {
        left.resize(300 + step * 5, 200 + step * 4);
    }
    app.expect_line(r#"left resize {"width":500,"height":360}"#);
    let sizes = app
        .stdout()
        .into_iter()
        .filter(|line| line.starts_with("left resize"));
    assert_eq!(
        sizes.last().as_deref(),
        Some(r#"left resize {"width":500,"height":360}"#)
    );
    left.close();
    app.window("Right").close();
    app.expect_exit(0);
}

#[test]
fn keys_and_clicks_reach_the_page_of_the_active_window() {
    let dir = AppDir::of(TWO_WINDOWS, FORM);
    let display = Display::start();
    let mut app = start(&display, &dir);
    let (left, right) = (app.window("Left"), app.window("Right"));

    // The page is there once it answers to the mouse.
    for (window, id) in [(&left, "left"), (&right, "right")] {
        let clicked = format!("clicked {id}");
        wait_for(&clicked, || {
            window.click(100, 60);
            std::thread::sleep(std::time::Duration::from_millis(200));
            app.stdout().contains(&clicked).then_some(())
        });
        window.click(40, 18);
    }
    left.type_text("one");
    app.expect_line("typed left one");
    right.type_text("two");
    app.expect_line("typed right two");
    // Back to the first, without a click.
    left.type_text("!");
    app.expect_line("typed left one!");

    left.close();
    right.close();
    app.expect_exit(0);
}
