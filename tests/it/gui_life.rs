//! What pages do in their windows as everywhere: dialogs, menus and pickers, drags, fullscreen, printing,
//! the clipboard. Each test runs in a window of X11, and in one of Wayland, with real mouse and
//! keyboard input.
//!
//! Wayland tells nobody the position of a window. The pages have parts of one color, which the tests
//! find in pictures of the screen.

/// Makes of each function a test on X11 and one on Wayland.
macro_rules! on_x11_and_wayland {
    ($($test:ident),+ $(,)?) => {
        mod x11 {
            $(#[test] fn $test() { super::$test(&tests::Display::start()) })+
        }
        mod wayland {
            $(#[test] fn $test() { super::$test(&tests::Display::wayland()) })+
        }
    };
}

mod clipboard;
mod devtools;
mod dialogs;
mod drag_regions;
mod dragging;
mod family;
mod files;
mod fullscreen;
mod keyboard;
mod menus;
mod pickers;
mod printing;
mod shortcuts;
mod system_dialogs;
mod visibility;
mod wayland;

use std::path::Path;
use std::time::{Duration, Instant};

use tests::{AppDir, Area, Display, RunningApp, wait_for, wait_for_rest};

use crate::gui_window::{ends_well, tell};

// The CSS colors with these names.
const RED: &str = "#ff0000";
const LIME: &str = "#00ff00";
const BLUE: &str = "#0000ff";
const CYAN: &str = "#00ffff";
const YELLOW: &str = "#ffff00";

/// How every page begins: a yellow page, in which all elements have their places and sizes by style.
const HEAD: &str = r#"<!DOCTYPE html><meta charset="utf-8"><style>
    body { margin: 0; background: yellow; overflow: hidden }
    body > * { position: absolute; border: 0; outline: 0; padding: 0; margin: 0 }
</style>"#;

/// An app whose script prints every event as `id channel payload`, and ends when the test tells it.
fn app(script: &str, page: &str) -> AppDir {
    let prints = r#"
        onEvent(({ windowId, channel, payload }) => {
            console.log(windowId, channel, JSON.stringify(payload));
        });
        told("end").then(() => Deno.exit(0));
    "#;
    crate::gui_window::app(&[prints, script].concat()).file("index.html", &[HEAD, page].concat())
}

/// An app of one window, `main`, 600 by 400.
fn one_window(page: &str) -> AppDir {
    app(
        r#"await createWindow({ id: "main", title: "Main", width: 600, height: 400 });"#,
        page,
    )
}

/// Ends it, and checks that nothing went wrong unnoticed.
fn end(app: RunningApp<'_>, dir: &AppDir) {
    tell(dir, "end");
    ends_well(app);
}

/// Clicks on what has a color.
fn click(display: &Display, color: &str) {
    display.click(display.find(color).center());
}

/// Takes a file in a dialog for files that is open, and waits for this line of the app. The dialog looks for files
/// with that name while it is typed, and takes none before it has found them, which nobody is told of.
fn take_file(display: &Display, app: &RunningApp<'_>, path: &Path, line: &str) {
    let before = display.screenshot();
    // It then asks for a path.
    display.keys(&["ctrl+l"]);
    display.changed_since(&before);
    display.keys(&["ctrl+a"]);
    display.type_text(path.to_str().unwrap());
    press_return_until(display, "the file to be taken", || {
        let printed = app.stdout();
        printed.iter().any(|it| it.contains(line)).then_some(())
    });
}

/// Presses Return, and again every two seconds, until `look` finds something: for dialogs that ignore the key until
/// they have read a folder.
fn press_return_until<T>(display: &Display, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut pressed: Option<Instant> = None;
    wait_for(what, || {
        let found = look();
        if found.is_none() && pressed.is_none_or(|pressed| pressed.elapsed() > PATIENCE) {
            display.keys(&["Return"]);
            pressed = Some(Instant::now());
        }
        found
    })
}

/// What is drawn on a part of a page that is else of one color. Something as small as a mouse pointer,
/// which compositors draw, does not count.
fn drawn_on(display: &Display, within: Area, color: &str) -> Option<Area> {
    const POINTER: i32 = 40;
    let area = display.screenshot().find_other(within, color);
    area.filter(|area| area.width > POINTER || area.height > POINTER)
}

/// Waits for something on a part of a page that is else of one color, and returns where it is.
fn appears(display: &Display, within: Area, color: &str) -> Area {
    wait_for_rest("something on the page", || drawn_on(display, within, color))
}

/// Waits until that part is of one color again.
fn disappears(display: &Display, within: Area, color: &str) {
    wait_for("an empty page", || {
        drawn_on(display, within, color).is_none().then_some(())
    });
}

/// An app of two windows, `left` and `right`, 300 by 200, with these pages. The left one has something
/// red, the right one something blue.
fn two_windows(left: &str, right: &str) -> AppDir {
    app(
        r#"
        for (const id of ["left", "right"]) {
            await createWindow({ id, title: id, url: `${id}.html`, width: 300, height: 200 });
            await told(id);
        }
        "#,
        "",
    )
    .file("left.html", &[HEAD, left].concat())
    .file("right.html", &[HEAD, right].concat())
}

/// Runs it, and moves the windows to the left and to the right of the screen, as soon as their pages
/// are `ready`.
fn start_apart<'a>(display: &'a Display, dir: &AppDir) -> RunningApp<'a> {
    let mut app = display.run(dir.main());
    for (id, color, place) in [("left", RED, (300, 300)), ("right", BLUE, (900, 500))] {
        app.expect_line(&format!("{id} ready"));
        move_window(display, color, place);
        tell(dir, id);
    }
    app
}

/// Moves a window by a drag with Alt, so that what it shows in a color is at a place of the screen.
fn move_window(display: &Display, color: &str, place: (i32, i32)) {
    let from = display.find(color).center();
    let is_there = || {
        let area = display.screenshot().find(color);
        area.is_some_and(|area| {
            let (x, y) = area.center();
            (x - place.0).abs() < 20 && (y - place.1).abs() < 20
        })
    };
    display.xdotool(&["keydown", "alt"]);
    display.drag(from, place, is_there);
    display.xdotool(&["keyup", "alt"]);
}
