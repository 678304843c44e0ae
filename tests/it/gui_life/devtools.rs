//! The developer tools.

use tests::{Display, wait_for};

use super::{LIME, RED, YELLOW, app, click, end};
use crate::gui_window::tell;

on_x11_and_wayland! { the_tools_are_shown_beside_the_page }

fn the_tools_are_shown_beside_the_page(display: &Display) {
    let dir = app(
        r#"
        const win = await createWindow({ id: "main", title: "Main", width: 1000, height: 700, devtools: true });
        await told("open");
        await win.openDevtools();
        "#,
        r#"
        <button onclick="host.send('clicked')"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <div style="left: 20px; bottom: 20px; width: 40px; height: 40px; background: lime"></div>
        <script>
            addEventListener("resize", () => host.send("size", innerHeight < 650));
            host.send("ready");
        </script>"#,
    );
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    let whole = display.find(YELLOW);
    display.find(LIME);
    tell(&dir, "open");
    // They take the lower part of the window, where the page moves up, and show something.
    app.expect_line("main size true");
    let page = wait_for("the page above the tools", || {
        let page = display.screenshot().find(YELLOW)?;
        (page.height < whole.height - 100).then_some(page)
    });
    let below = whole.below(page.height + 40);
    wait_for("the tools", || {
        let shown = display.screenshot().find_other(below, "#ffffff");
        shown
            .is_some_and(|area| area.width > whole.width / 2)
            .then_some(())
    });
    click(display, RED);
    app.expect_line("main clicked");
    end(app, &dir);
}
