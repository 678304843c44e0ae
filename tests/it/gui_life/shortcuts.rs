//! Keys that work in every page of a window, if the app wants them to.

use tests::{AppDir, Display};

use super::{RED, app, click, end};

on_x11_and_wayland! {
    pages_are_reloaded_and_zoomed_by_keys,
    a_page_keeps_the_keys_that_it_uses,
    without_shortcuts_keys_do_nothing,
}

/// It tells of keys, and how wide it is, whenever that changes: after which load, and how often it has.
const PAGE: &str = r#"
    <div style="left: 0; top: 0; width: 80px; height: 80px; background: red"></div>
    <script>
        const loads = Number(sessionStorage.loads ?? 0) + 1;
        sessionStorage.loads = loads;
        let changes = 0;
        const width = () => Math.round(document.documentElement.getBoundingClientRect().width);
        const tell = () => host.send("width", [loads, changes++, width()]);
        addEventListener("resize", tell);
        addEventListener("click", () => host.send("clicked"));
        addEventListener("keydown", ({ key }) => host.send("key", key));
        tell();
    </script>"#;

/// A page that uses all keys.
const USES_KEYS: &str =
    "<script>addEventListener('keydown', (event) => event.preventDefault());</script>";

fn window(options: &str, page: &str) -> AppDir {
    let create = format!(
        r#"await createWindow({{ id: "main", title: "Main", width: 600, height: 400, {options} }});"#
    );
    app(&create, page)
}

fn pages_are_reloaded_and_zoomed_by_keys(display: &Display) {
    let dir = window(r#"shortcuts: "browser""#, PAGE);
    let mut app = display.run(dir.main());
    app.expect_line("main width [1,0,600]");
    click(display, RED);
    app.expect_line("main clicked");
    for (key, width) in [
        ("ctrl+plus", "[1,1,545]"),
        ("ctrl+plus", "[1,2,500]"),
        ("ctrl+minus", "[1,3,545]"),
        ("ctrl+0", "[1,4,600]"),
        ("ctrl+minus", "[1,5,667]"),
        // A page that is loaded anew has the same zoom.
        ("F5", "[2,0,667]"),
        ("ctrl+r", "[3,0,667]"),
        ("ctrl+shift+r", "[4,0,667]"),
        ("ctrl+0", "[4,1,600]"),
    ] {
        display.keys(&[key]);
        app.expect_line(&format!("main width {width}"));
    }
    end(app, &dir);
}

fn a_page_keeps_the_keys_that_it_uses(display: &Display) {
    let page = [PAGE, USES_KEYS].concat();
    keys_do_nothing(display, &window(r#"shortcuts: "browser""#, &page));
}

fn without_shortcuts_keys_do_nothing(display: &Display) {
    keys_do_nothing(display, &window("", PAGE));
}

fn keys_do_nothing(display: &Display, dir: &AppDir) {
    let mut app = display.run(dir.main());
    app.expect_line("main width [1,0,600]");
    click(display, RED);
    app.expect_line("main clicked");
    display.keys(&["ctrl+plus", "F5", "ctrl+r", "x"]);
    app.expect_line(r#"main key "x""#);
    let widths = app.stdout();
    let widths = widths.iter().filter(|line| line.starts_with("main width"));
    assert_eq!(widths.count(), 1);
    end(app, dir);
}
