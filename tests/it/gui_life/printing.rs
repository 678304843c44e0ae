//! A page prints: the dialog is drawn, and keeps nobody from ending the app.

use tests::{AppDir, Display, RunningApp, wait_for_rest};

use super::{YELLOW, app};
use crate::gui_window::tell;

on_x11_and_wayland! {
    a_print_dialog_is_cancelled,
    the_script_exits_while_a_print_dialog_is_open,
    the_last_window_closes_while_a_print_dialog_is_open,
    a_signal_ends_the_app_while_a_print_dialog_is_open,
}

/// Runs an app of which a page prints, and waits until the dialog is drawn. The script goes on then.
fn open<'a>(display: &'a Display, script: &str) -> (RunningApp<'a>, AppDir) {
    let window = r#"
        const win = await createWindow({ id: "main", title: "Main", width: 300, height: 200 });
        await told("print");
        await sendToWindow("main", "print");
        await told("go on");
    "#;
    let page = r#"<script>
        host.on("print", () => setTimeout(() => { print(); host.send("printed"); }));
        host.on("say", (text) => host.send("said", text));
        host.send("ready");
    </script>"#;
    let dir = app(&[window, script].concat(), page);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    display.find(YELLOW);
    let before = display.screenshot();
    tell(&dir, "print");
    wait_for_rest("a dialog", || {
        let now = display.screenshot();
        let changes = now.changes_since(&before)?;
        (changes.width > 350 && changes.height > 250).then_some(now)
    });
    tell(&dir, "go on");
    (app, dir)
}

fn a_print_dialog_is_cancelled(display: &Display) {
    let (mut app, dir) = open(display, "");
    display.keys(&["Escape"]);
    app.expect_line("main printed");
    tell(&dir, "end");
    // Without a system bus, GTK warns that it does not find printers.
    app.expect_exit(0);
}

fn the_script_exits_while_a_print_dialog_is_open(display: &Display) {
    let (app, _dir) = open(display, "Deno.exit(3);");
    app.expect_exit(3);
}

fn the_last_window_closes_while_a_print_dialog_is_open(display: &Display) {
    let (mut app, dir) = open(display, r#"console.log("closed", await win.close());"#);
    app.expect_line("closed true");
    app.expect_line("main close null");
    tell(&dir, "end");
    app.expect_exit(0);
}

fn a_signal_ends_the_app_while_a_print_dialog_is_open(display: &Display) {
    let (app, _dir) = open(display, "");
    app.signal("TERM");
    app.expect_exit(143);
}
