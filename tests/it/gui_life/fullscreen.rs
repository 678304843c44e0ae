//! Windows and pages that fill the screen.

use tests::{AppDir, Area, Display, wait_for};

use super::{RED, YELLOW, app, click, end};
use crate::gui_window::tell;

on_x11_and_wayland! {
    a_page_fills_the_screen_until_escape,
    a_page_of_a_window_that_is_not_resizable_fills_the_screen,
    a_page_fills_the_screen_until_it_leaves,
    an_app_has_its_window_fill_the_screen,
    an_app_has_a_window_that_is_not_resizable_fill_the_screen,
}

/// A click on the red part has the page fill the screen, and another one not any more.
const PAGE: &str = r#"
    <div id="toggle" style="left: 20px; top: 20px; width: 60px; height: 60px; background: red"></div>
    <script>
        toggle.addEventListener("click", async () => {
            if (document.fullscreenElement) await document.exitFullscreen();
            else await document.documentElement.requestFullscreen();
        });
        const tell = () => host.send("document", [!!document.fullscreenElement, innerWidth, innerHeight]);
        document.addEventListener("fullscreenchange", tell);
        addEventListener("resize", tell);
        host.send("ready");
    </script>"#;

/// An app whose window has these options, too.
fn window(options: &str, script: &str) -> AppDir {
    let create = format!(
        r#"
        const win = await createWindow({{ id: "main", title: "Main", width: 500, height: 300, {options} }});
        const is = (on: boolean) => async () => {{
            const size = await win.getSize();
            return await win.isFullscreen() === on && size.width === (on ? 1280 : 500) &&
                size.height === (on ? 800 : 300);
        }};
        "#
    );
    app(&[&create, script].concat(), PAGE)
}

/// For scripts: waits for each turn.
const TURNS: &str = r#"
    await until("large", is(true));
    await until("small again", is(false));
"#;

/// Waits until the page fills the screen.
fn fills(display: &Display) {
    wait_for("a page that fills the screen", || {
        let area = display.screenshot().find(YELLOW)?;
        let screen = Area {
            left: 0,
            top: 0,
            width: 1280,
            height: 800,
        };
        (area == screen).then_some(())
    });
}

/// Waits until the page is in its window again.
fn is_small(display: &Display) {
    wait_for("a page in its window", || {
        let area = display.screenshot().find(YELLOW)?;
        (area.width == 500 && area.height == 300).then_some(())
    });
}

/// The page fills the screen after a click, until `leave`.
fn page_fills_the_screen(display: &Display, options: &str, leave: impl FnOnce()) {
    let dir = window(options, TURNS);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    click(display, RED);
    fills(display);
    app.expect_line("main document [true,1280,800]");
    app.expect_line(r#"main resize {"width":1280,"height":800}"#);
    app.expect_line("large");
    leave();
    app.expect_line("main document [false,500,300]");
    app.expect_line(r#"main resize {"width":500,"height":300}"#);
    app.expect_line("small again");
    is_small(display);
    end(app, &dir);
}

fn a_page_fills_the_screen_until_escape(display: &Display) {
    page_fills_the_screen(display, "", || display.keys(&["Escape"]));
}

fn a_page_of_a_window_that_is_not_resizable_fills_the_screen(display: &Display) {
    page_fills_the_screen(display, "resizable: false", || display.keys(&["Escape"]));
}

fn a_page_fills_the_screen_until_it_leaves(display: &Display) {
    page_fills_the_screen(display, "", || click(display, RED));
}

/// The window fills the screen, and does not any more, as its app says.
fn app_fills_the_screen(display: &Display, options: &str) {
    let script = r#"
        await told("grow");
        await win.setFullscreen(true);
        await until("large", is(true));
        await told("shrink");
        await win.setFullscreen(false);
        await until("small again", is(false));
    "#;
    let dir = window(options, script);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    is_small(display);
    tell(&dir, "grow");
    app.expect_line("large");
    app.expect_line(r#"main resize {"width":1280,"height":800}"#);
    app.expect_line("main document [false,1280,800]");
    fills(display);
    tell(&dir, "shrink");
    app.expect_line("small again");
    app.expect_line("main document [false,500,300]");
    is_small(display);
    end(app, &dir);
}

fn an_app_has_its_window_fill_the_screen(display: &Display) {
    app_fills_the_screen(display, "");
}

fn an_app_has_a_window_that_is_not_resizable_fill_the_screen(display: &Display) {
    app_fills_the_screen(display, "resizable: false");
}
