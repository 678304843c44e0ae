//! Drag and drop with the mouse.

use tests::{AppDir, Display, RunningApp};

use super::{BLUE, CYAN, LIME, RED, end, start_apart, two_windows};

on_x11_and_wayland! {
    data_is_dragged_within_a_page,
    data_is_dragged_to_another_window,
    a_page_drags_no_file_by_its_name,
}

/// Two windows, each with something that can be dragged and a place for it: red and lime in one, blue
/// and cyan in the other. A script says what happens then.
fn windows(script: &str) -> AppDir {
    let page = |source: &str, target: &str| {
        let places = "top: 20px; width: 60px; height: 60px";
        format!(
            r#"<div id="source" draggable="true" style="left: 20px; background: {source}; {places}"></div>
            <div id="target" style="left: 180px; background: {target}; {places}"></div>
            <script src="drag.js"></script>"#
        )
    };
    two_windows(&page("red", "lime"), &page("blue", "cyan")).file("drag.js", script)
}

/// Pages that drag text, plain and formatted.
fn windows_with_text() -> AppDir {
    windows(
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
    let dir = windows_with_text();
    let mut app = start_apart(display, &dir);
    drag(&mut app, ["left", "left"], [RED, LIME]);
    drag(&mut app, ["right", "right"], [BLUE, CYAN]);
    end(app, &dir);
}

fn data_is_dragged_to_another_window(display: &Display) {
    let dir = windows_with_text();
    let mut app = start_apart(display, &dir);
    drag(&mut app, ["left", "right"], [RED, CYAN]);
    drag(&mut app, ["right", "left"], [BLUE, LIME]);
    end(app, &dir);
}

/// Whoever drops it gives the page what it would not get by itself.
fn a_page_drags_no_file_by_its_name(display: &Display) {
    let dir = windows(
        r#"
        source.addEventListener("dragstart", ({ dataTransfer }) => {
            dataTransfer.setData("text/uri-list", secret);
            dataTransfer.setData("text/plain", secret);
            dataTransfer.setData("text/x-moz-url", secret);
            dataTransfer.setData("DownloadURL", `text/plain:secret.txt:${secret}`);
            dataTransfer.effectAllowed = "copy";
        });
        let overs;
        target.addEventListener("dragenter", (event) => {
            event.preventDefault();
            overs = 0;
        });
        target.addEventListener("dragover", (event) => {
            event.preventDefault();
            event.dataTransfer.dropEffect = "copy";
            if (++overs === 5) host.send("dragover");
        });
        target.addEventListener("drop", async (event) => {
            event.preventDefault();
            const { files, items } = event.dataTransfer;
            const kinds = [...items].filter(({ kind }) => kind === "file").length;
            const texts = await Promise.all([...files].map((file) => file.text()));
            host.send("drop", [kinds, texts]);
        });
        host.send("ready");
        "#,
    )
    .file("secret.txt", "a secret");
    let secret = format!("file://{}", dir.path().join("secret.txt").display());
    let script = std::fs::read_to_string(dir.path().join("drag.js")).unwrap();
    let dir = dir.file("drag.js", &format!("const secret = {secret:?};\n{script}"));
    let mut app = start_apart(display, &dir);
    for (to, color) in [("left", LIME), ("right", CYAN)] {
        let [source, target] = [RED, color].map(|color| display.find(color).center());
        let over = format!("{to} dragover null");
        display.drag(source, target, || app.stdout().contains(&over));
        app.expect_line(&format!("{to} drop [0,[]]"));
    }
    end(app, &dir);
}
