//! Drag and drop with the mouse.

use tests::{AppDir, Display, RunningApp};

use super::{BLUE, CYAN, LIME, RED, end, start_apart, two_windows};

on_x11_and_wayland! { data_is_dragged_within_a_page, data_is_dragged_to_another_window }

/// Two windows, each with something that can be dragged and a place for it: red and lime in one, blue
/// and cyan in the other.
fn windows() -> AppDir {
    let page = |source: &str, target: &str| {
        let places = "top: 20px; width: 60px; height: 60px";
        format!(
            r#"<div id="source" draggable="true" style="left: 20px; background: {source}; {places}"></div>
            <div id="target" style="left: 180px; background: {target}; {places}"></div>
            <script src="drag.js"></script>"#
        )
    };
    two_windows(&page("red", "lime"), &page("blue", "cyan")).file(
        "drag.js",
        r#"
        source.addEventListener("dragstart", ({ dataTransfer }) => {
            dataTransfer.setData("text/plain", "text of " + location.pathname);
            dataTransfer.setData("text/html", "<b>bold</b>");
            dataTransfer.effectAllowed = "copy";
            host.send("dragstart");
        });
        source.addEventListener("dragend", ({ dataTransfer }) => {
            host.send("dragend", dataTransfer.dropEffect);
        });
        let overs;
        target.addEventListener("dragenter", (event) => {
            event.preventDefault();
            overs = 0;
            host.send("dragenter", [...event.dataTransfer.types]);
        });
        target.addEventListener("dragover", (event) => {
            event.preventDefault();
            event.dataTransfer.dropEffect = "copy";
            // What drags has heard by then that it may drop.
            if (++overs === 5) host.send("dragover");
        });
        target.addEventListener("drop", (event) => {
            event.preventDefault();
            const types = ["text/plain", "text/html"];
            host.send("drop", types.map((type) => event.dataTransfer.getData(type)));
        });
        host.send("ready");
        "#,
    )
}

/// Drags what has one color onto what has another, in these windows.
fn drag(app: &mut RunningApp<'_>, [from, to]: [&str; 2], colors: [&str; 2]) {
    let display = app.display();
    let [source, target] = colors.map(|color| display.find(color).center());
    let over = format!("{to} dragover null");
    display.drag(source, target, || app.stdout().contains(&over));
    app.expect_line(&format!("{from} dragstart null"));
    app.expect_line(&format!(r#"{to} dragenter ["text/plain","text/html"]"#));
    app.expect_line(&format!(
        r#"{to} drop ["text of /{from}.html","<b>bold</b>"]"#
    ));
    app.expect_line(&format!(r#"{from} dragend "copy""#));
}

fn data_is_dragged_within_a_page(display: &Display) {
    let dir = windows();
    let mut app = start_apart(display, &dir);
    drag(&mut app, ["left", "left"], [RED, LIME]);
    drag(&mut app, ["right", "right"], [BLUE, CYAN]);
    end(app, &dir);
}

fn data_is_dragged_to_another_window(display: &Display) {
    let dir = windows();
    let mut app = start_apart(display, &dir);
    drag(&mut app, ["left", "right"], [RED, CYAN]);
    drag(&mut app, ["right", "left"], [BLUE, LIME]);
    end(app, &dir);
}
