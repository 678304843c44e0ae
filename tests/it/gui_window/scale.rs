//! Logical pixels: what scripts say and hear, and what pages see, whatever the screen's scale.

use tests::{Display, RunningApp};

use super::{app, ends_well};

const SCRIPT: &str = r#"
    const win = await createWindow({
        title: "Scaled", width: 400, height: 300, x: 30, y: 40, minWidth: 200, maxHeight: 350,
    });
    onChannel("resize", (size) => console.log("resize", JSON.stringify(size)));
    onChannel("move", (position) => console.log("move", JSON.stringify(position)));
    console.log("size", JSON.stringify(await win.getSize()));
    await until("placed", async () => {
        const { x, y } = await win.getPosition();
        return x === 30 && y === 40;
    });
    const page = await look(win.id);
    console.log("page", page.width, page.height, "ratio", page.ratio);

    await win.setSize(420, 310);
    await until("set", async () => (await look(win.id)).width === 420);
    console.log("size", JSON.stringify(await win.getSize()));
    await told("seen");
    await win.setPosition(50, 60);
"#;

/// Runs the script where everything is twice as large. `page` is what the page says of itself.
fn is_twice_as_large(mut app: RunningApp<'_>, page: &str, dir: &tests::AppDir) {
    app.expect_line(r#"size {"width":400,"height":300}"#);
    let window = app.window("Scaled");
    app.expect_line("placed");
    assert_eq!(window.position(), (60, 80));
    let hints = window.property("WM_NORMAL_HINTS");
    assert!(hints.contains("minimum size: 400 by 2"), "{hints}");
    assert!(hints.contains("by 700"), "{hints}");
    app.expect_line(page);

    app.expect_line("set");
    app.expect_line(r#"resize {"width":420,"height":310}"#);
    app.expect_line(r#"size {"width":420,"height":310}"#);
    assert_eq!(window.size(), (840, 620));
    super::tell(dir, "seen");
    app.expect_line(r#"move {"x":50,"y":60}"#);
    assert_eq!(window.position(), (100, 120));

    window.resize(600, 500);
    app.expect_line(r#"resize {"width":300,"height":250}"#);
    // GTK counts whole pixels of its own, each of which may be several of the screen's.
    window.move_to(22, 32);
    app.expect_line(r#"move {"x":11,"y":16}"#);
    window.close();
    ends_well(app);
}

#[test]
fn with_a_scale_for_the_desktop() {
    let display = Display::start();
    let dir = app(SCRIPT);
    let app = display.run_in(dir.main(), &[("GDK_SCALE", "2")]);
    is_twice_as_large(app, "page 400 300 ratio 2", &dir);
}

#[test]
fn with_large_fonts() {
    let display = Display::start();
    display.set_font_dpi(192);
    let dir = app(SCRIPT);
    let app = display.run(dir.main());
    is_twice_as_large(app, "page 400 300 ratio 1", &dir);
}
