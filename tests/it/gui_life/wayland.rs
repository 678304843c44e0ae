//! What is not the same for an app on Wayland.

use tests::Display;

use super::{LIME, RED, YELLOW, app, end};

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

#[test]
fn a_page_is_sharp_on_a_dense_screen() {
    let display = Display::wayland_at(2);
    let script = r#"
        import { screens } from "host:window";
        const win = await createWindow({ id: "main", title: "Main", width: 400, height: 300 });
        const [{ bounds, scale }] = await screens();
        console.log("screen", JSON.stringify([bounds.width, bounds.height, scale]));
        console.log("size", JSON.stringify(await win.getSize()));
    "#;
    // A line of each color in half a pixel of the page.
    let page = r#"
        <canvas width="200" height="80" style="left: 20px; top: 20px; width: 100px; height: 40px"></canvas>
        <script>
            const context = document.querySelector("canvas").getContext("2d");
            for (let x = 0; x < 200; x++) {
                context.fillStyle = x % 2 ? "red" : "lime";
                context.fillRect(x, 0, 1, 80);
            }
            host.send("page", [innerWidth, innerHeight, devicePixelRatio]);
        </script>"#;
    let dir = app(script, page);
    let mut app = display.run(dir.main());
    app.expect_line("screen [640,400,2]");
    app.expect_line(r#"size {"width":400,"height":300}"#);
    app.expect_line("main page [400,300,2]");
    for color in [RED, LIME] {
        let lines = display.find(color);
        assert_eq!((lines.width, lines.height), (199, 80), "{color}: {lines:?}");
    }
    let page = display.find(YELLOW);
    assert_eq!((page.width, page.height), (800, 600));
    end(app, &dir);
}
