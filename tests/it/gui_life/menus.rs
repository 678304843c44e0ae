//! The menu of a right click, and what a page tells of a part of it under the pointer.

use tests::Display;

use super::{RED, YELLOW, appears, disappears, end, one_window};

on_x11_and_wayland! {
    the_page_is_reloaded_from_its_menu,
    a_tooltip_is_shown_under_the_pointer,
}

fn the_page_is_reloaded_from_its_menu(display: &Display) {
    let dir = one_window(
        r#"
        <div style="left: 20px; top: 20px; width: 20px; height: 20px; background: red"></div>
        <script>host.send("loaded", performance.getEntriesByType("navigation")[0].type);</script>"#,
    );
    let mut app = display.run(dir.main());
    app.expect_line(r#"main loaded "navigate""#);
    let page = display.find(YELLOW).below(50);
    display.click_with("3", display.find(RED).center());
    let menu = appears(display, page, YELLOW);
    // It is the last of those that go back, forward, stop and reload.
    display.click((menu.left + menu.width / 2, menu.top + menu.height - 15));
    app.expect_line(r#"main loaded "reload""#);
    disappears(display, page, YELLOW);
    end(app, &dir);
}

fn a_tooltip_is_shown_under_the_pointer(display: &Display) {
    let dir = one_window(
        r#"<div title="What this is" style="left: 20px; top: 20px; width: 60px; height: 20px; background: red"></div>
        <script>host.send("ready");</script>"#,
    );
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    let page = display.find(YELLOW);
    let (x, y) = display.find(RED).center();
    let away = (page.left + 300, page.top + 30);
    display.point_at(away);
    display.point_at((x, y));
    display.point_at((x + 1, y));
    appears(display, page.below(45), YELLOW);
    let shown = display.screenshot();
    display.point_at(away);
    display.changed_since(&shown);
    end(app, &dir);
}
