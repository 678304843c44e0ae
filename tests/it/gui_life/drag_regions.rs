//! Windows that are moved by their pages.

use tests::Display;

use super::{BLUE, LIME, RED, YELLOW, app, click, end};

on_x11_and_wayland! { a_page_moves_its_window }

const PAGE: &str = r#"
    <header data-host-drag style="left: 0; top: 0; width: 300px; height: 60px; background: red">
        <button style="position: absolute; left: 220px; width: 60px; height: 60px; border: 0; background: lime">
        </button>
    </header>
    <p style="left: 0; top: 100px; width: 60px; height: 60px; background: blue">text</p>
    <script>
        let clicks = 0;
        document.querySelector("button").onclick = () => host.send("clicked", ++clicks);
        addEventListener("resize", () => host.send("width", innerWidth));
        host.send("ready");
    </script>"#;

fn a_page_moves_its_window(display: &Display) {
    let script = r#"
        await createWindow({ id: "main", title: "Main", width: 300, height: 200, decorations: false });
    "#;
    let dir = app(script, PAGE);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    let left_of = |color: &str| display.screenshot().find(color).map(|area| area.left);
    let start = display.find(YELLOW).left;

    let drag = |color: &str, by: i32| {
        let (x, y) = display.find(color).center();
        let before = display.find(color).left;
        display.drag((x, y), (x + by, y + by / 2), || {
            left_of(color).is_some_and(|left| left != before)
        });
    };
    drag(RED, 150);
    let moved = display.find(YELLOW).left;
    assert!(moved > start + 50, "{moved} {start}");

    // What is for clicks, and what is no grip, moves nothing.
    click(display, LIME);
    app.expect_line("main clicked 1");
    display.point_at(display.find(BLUE).center());
    display.xdotool(&["mousedown", "1"]);
    let (x, y) = display.find(BLUE).center();
    display.point_at((x + 80, y));
    display.xdotool(&["mouseup", "1"]);
    click(display, LIME);
    app.expect_line("main clicked 2");
    assert_eq!(display.find(YELLOW).left, moved);

    display.double_click(display.find(RED).center());
    app.expect_line("main width 1280");
    end(app, &dir);
}
