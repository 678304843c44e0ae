//! What is not the same for an app on Wayland.

use tests::Display;

use super::{YELLOW, app, end};

#[test]
fn wayland_keeps_places_and_order_to_itself() {
    let display = Display::wayland();
    let script = r#"
        const win = await createWindow({ id: "main", title: "Main", x: 10, y: 20, alwaysOnTop: true });
        const hidden = await createWindow({ id: "hidden", title: "Hidden", alwaysOnTop: true, visible: false });
        for (const it of [win, hidden]) {
            const calls = [
                it.getPosition(), it.setPosition(1, 2), it.center(), it.setAlwaysOnTop(true),
                it.setIcon("icon.png"),
            ];
            const outcomes = await Promise.all(calls.map(outcome));
            await it.setAlwaysOnTop(false);
            console.log(it.id, outcomes.join(), await it.isAlwaysOnTop());
        }
    "#;
    let dir = app(script, "");
    let mut app = display.run(dir.main());
    for id in ["main", "hidden"] {
        let unsupported = ["unsupported"; 5].join(",");
        app.expect_line(&format!("{id} {unsupported} false"));
    }
    display.find(YELLOW);
    end(app, &dir);
}

#[test]
fn an_app_has_its_name_there_too() {
    let display = Display::wayland();
    let dir = app(r#"await createWindow({ id: "main", title: "Main" });"#, "")
        .file("host.json", r#"{ "id": "com.example.notes" }"#);
    let mut app = display.run_in(dir.main(), &[("WAYLAND_DEBUG", "client")]);
    app.expect_error_line(r#"set_app_id("com.example.notes")"#);
    display.find(YELLOW);
    end(app, &dir);
}
