//! Files that a user hands to a page.

use tests::{Display, wait_for_rest};

use super::{RED, end, one_window, take_file};
use crate::gui_window::tell;

on_x11_and_wayland! { a_file_is_chosen_in_a_dialog, a_dialog_for_files_is_cancelled }

const PAGE: &str = r#"
    <style>
        input { left: 40px; top: 20px; width: 160px; height: 40px; background: red; color: red }
        input::file-selector-button { width: 160px; height: 40px; background: red; border: 0; color: red }
    </style>
    <input type="file" id="input">
    <script>
        input.addEventListener("change", async () => {
            const files = [...input.files].map(async (file) => [file.name, await file.text()]);
            host.send("chosen", await Promise.all(files));
        });
        input.addEventListener("cancel", () => host.send("cancelled"));
        host.send("ready");
    </script>"#;

/// Opens the dialog, and waits until it is drawn.
fn open(display: &Display) {
    let button = display.find(RED);
    let before = display.screenshot();
    display.click(button.center());
    wait_for_rest("a dialog", || {
        let now = display.screenshot();
        let changes = now.changes_since(&before)?;
        (changes.width > 400 && changes.height > 300).then_some(now)
    });
}

fn a_file_is_chosen_in_a_dialog(display: &Display) {
    let dir = one_window(PAGE).file("files/letter.txt", "Dear all");
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    open(display);
    let letter = dir.path().join("files/letter.txt");
    let line = r#"main chosen [["letter.txt","Dear all"]]"#;
    take_file(display, &app, &letter, line);
    tell(&dir, "end");
    // GTK may complain of the key that is released when its dialog has gone.
    app.expect_exit(0);
}

fn a_dialog_for_files_is_cancelled(display: &Display) {
    let dir = one_window(PAGE);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    open(display);
    display.keys(&["Escape"]);
    app.expect_line("main cancelled");
    display.find(RED);
    end(app, &dir);
}
