//! Copy, cut and paste with keys.

use tests::{AppDir, Display};

use super::{BLUE, CYAN, LIME, RED, click, end, start_apart, two_windows};

on_x11_and_wayland! {
    text_is_copied_and_pasted,
    formatted_text_is_copied_and_pasted,
    text_is_cut,
}

/// Two windows, each with a text and a field for formatted text: red and lime in one, blue and cyan in
/// the other.
fn windows() -> AppDir {
    let page = |text: &str, field: &str| {
        let places = "top: 20px; width: 80px; height: 80px";
        format!(
            r#"<style>* {{ caret-color: transparent }} ::selection {{ background: transparent }}</style>
            <textarea id="text" style="left: 20px; background: {text}; color: {text}; resize: none; {places}">plain</textarea>
            <div id="field" contenteditable style="left: 180px; background: {field}; color: {field}; {places}">is <b>bold</b></div>
            <script src="edit.js"></script>"#
        )
    };
    two_windows(&page("red", "lime"), &page("blue", "cyan")).file(
        "edit.js",
        r#"
        for (const element of [text, field]) {
            element.addEventListener("focus", () => host.send("focused", element.id));
        }
        for (const type of ["copy", "cut"]) {
            addEventListener(type, () => host.send(type, getSelection().toString()));
        }
        addEventListener("paste", ({ clipboardData }) => {
            host.send("paste", {
                text: clipboardData.getData("text/plain"),
                html: /<b[ >].*bold/.test(clipboardData.getData("text/html")),
            });
        });
        text.addEventListener("input", () => host.send("text", text.value));
        field.addEventListener("input", () => {
            host.send("field", [field.innerText.trim(), field.querySelector("b")?.innerText ?? null]);
        });
        host.send("ready");
        "#,
    )
}

fn text_is_copied_and_pasted(display: &Display) {
    let dir = windows();
    let mut app = start_apart(display, &dir);
    click(display, RED);
    app.expect_line(r#"left focused "text""#);
    display.keys(&["ctrl+a", "ctrl+c"]);
    app.expect_line("left copy");
    for (color, id) in [(LIME, "left"), (CYAN, "right")] {
        click(display, color);
        app.expect_line(&format!(r#"{id} focused "field""#));
        display.keys(&["ctrl+a", "ctrl+v"]);
        app.expect_line(&format!(r#"{id} paste {{"text":"plain","html":false}}"#));
        app.expect_line(&format!(r#"{id} field ["plain",null]"#));
    }
    end(app, &dir);
}

fn formatted_text_is_copied_and_pasted(display: &Display) {
    let dir = windows();
    let mut app = start_apart(display, &dir);
    click(display, LIME);
    app.expect_line(r#"left focused "field""#);
    display.keys(&["ctrl+a", "ctrl+c"]);
    app.expect_line("left copy");
    // As it is in another window's field, and without its form in a field for text.
    click(display, CYAN);
    app.expect_line(r#"right focused "field""#);
    display.keys(&["End", "ctrl+v"]);
    app.expect_line(r#"right paste {"text":"is bold","html":true}"#);
    app.expect_line("right field");
    click(display, RED);
    app.expect_line(r#"left focused "text""#);
    display.keys(&["ctrl+a", "ctrl+v"]);
    app.expect_line(r#"left text "is bold""#);
    end(app, &dir);
}

fn text_is_cut(display: &Display) {
    let dir = windows();
    let mut app = start_apart(display, &dir);
    click(display, RED);
    app.expect_line(r#"left focused "text""#);
    display.keys(&["ctrl+a", "ctrl+x"]);
    app.expect_line(r#"left text """#);
    click(display, BLUE);
    app.expect_line(r#"right focused "text""#);
    display.keys(&["End", "ctrl+v"]);
    app.expect_line(r#"right text "plainplain""#);
    end(app, &dir);
}
