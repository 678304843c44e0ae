//! Windows with a parent.

use tests::{Display, wait_for};

use super::{BLUE, RED, app, click, end};
use crate::gui_window::tell;

on_x11_and_wayland! {
    a_modal_window_keeps_input_from_its_parent,
    a_window_closes_with_its_parent,
}

/// A page that is told of clicks on its only element, which has a color.
fn page(color: &str) -> String {
    format!(
        r#"<div style="left: 0; top: 0; width: 80px; height: 80px; background: {color}"></div>
        <script>
            document.querySelector("div").addEventListener("click", () => host.send("clicked"));
            host.send("ready");
        </script>"#
    )
}

fn two(options: &str) -> tests::AppDir {
    let script = format!(
        r#"
        const main = await createWindow({{ id: "main", title: "Main", width: 700, height: 500 }});
        await told("first");
        const child = await createWindow({{
            id: "child", title: "Child", url: "child.html", width: 200, height: 150, parent: "main", {options}
        }});
        "#
    );
    let close = r#"
        await told("close");
        await child.close();
        await told("again");
        await createWindow({ id: "child", title: "Child", url: "child.html", parent: "main" });
        await told("all");
        await main.close();
        await told("gone");
        console.log("left:", getWindows().length);
    "#;
    app(&[&script, close].concat(), &page("red")).file("child.html", &page("blue"))
}

fn a_modal_window_keeps_input_from_its_parent(display: &Display) {
    let dir = two("modal: true");
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    click(display, RED);
    app.expect_line("main clicked");
    tell(&dir, "first");
    app.expect_line("child ready");
    wait_for("the child", || display.screenshot().find(BLUE));
    move_apart(display);
    click(display, RED);
    click(display, BLUE);
    app.expect_line("child clicked");
    assert_eq!(count(&app, "main clicked"), 1);

    tell(&dir, "close");
    app.expect_line("child close");
    click(display, RED);
    wait_for("a click on the parent", || {
        (count(&app, "main clicked") == 2).then_some(())
    });
    end(app, &dir);
}

fn a_window_closes_with_its_parent(display: &Display) {
    let dir = two("");
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    tell(&dir, "first");
    app.expect_line("child ready");
    wait_for("the child", || display.screenshot().find(BLUE));
    move_apart(display);
    // It stays above its parent, and lets it take input.
    click(display, RED);
    app.expect_line("main clicked");
    display.find(BLUE);
    for name in ["close", "again"] {
        tell(&dir, name);
    }
    wait_for("the child again", || {
        (count(&app, "child ready") == 2).then_some(())
    });
    tell(&dir, "all");
    app.expect_line("main close");
    wait_for("both to close", || {
        (count(&app, "child close") == 2).then_some(())
    });
    tell(&dir, "gone");
    app.expect_line("left: 0");
    end(app, &dir);
}

fn count(app: &tests::RunningApp<'_>, line: &str) -> usize {
    let lines = app.stdout();
    lines.iter().filter(|it| it.starts_with(line)).count()
}

/// Has both colors on the screen: the child may be above that of its parent.
fn move_apart(display: &Display) {
    super::move_window(display, BLUE, (1000, 600));
    display.find(RED);
}
