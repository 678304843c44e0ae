//! The states that script and user may change: maximized, fullscreen, always on top; and the
//! page, which fills the window in each.

use tests::{Display, wait_for};

use super::{app, ends_well, tell};

/// For scripts: whether the page is as large as its window is said to be.
const FILLS: &str = r#"
    async function fills(win) {
        const [size, page] = [await win.getSize(), await look(win.id)];
        return size.width === page.width && size.height === page.height;
    }
"#;

#[test]
fn maximized_by_script_and_user() {
    let display = Display::start();
    let script = r#"
        const win = await createWindow({ title: "Max", x: 100, y: 100, width: 500, height: 300 });
        console.log("maximized:", await win.isMaximized());
        await win.maximize();
        await until("maximized", () => win.isMaximized());
        await until("large", async () => (await win.getSize()).width > 1200 && await fills(win));
        await told("seen");
        await win.unmaximize();
        await until("not any more", async () => !await win.isMaximized());
        await until("small", async () => (await win.getSize()).width === 500 && await fills(win));
        await until("back at its place", async () => (await win.getPosition()).x === 100);

        await until("by the user", () => win.isMaximized());
        await win.restore();
        await until("restored", async () => !await win.isMaximized() && await fills(win));
    "#;
    let dir = app(&[FILLS, script].concat());
    let mut app = display.run(dir.main());
    app.expect_line("maximized: false");
    app.expect_line("large");
    let window = app.window("Max");
    assert!(window.has_state("MAXIMIZED_VERT") && window.has_state("MAXIMIZED_HORZ"));
    tell(&dir, "seen");
    app.expect_line("back at its place");
    assert_eq!(window.size(), (500, 300));
    window.toggle_maximized();
    app.expect_line("restored");
    assert_eq!(window.size(), (500, 300));
    window.close();
    ends_well(app);
}

#[test]
fn fullscreen_by_script_and_user() {
    let display = Display::start();
    let script = r#"
        const win = await createWindow({ title: "Full", x: 100, y: 100, width: 500, height: 300 });
        console.log("fullscreen:", await win.isFullscreen());
        const is = (on: boolean) => async () =>
            await win.isFullscreen() === on &&
            (await win.getSize()).width === (on ? 1280 : 500) && await fills(win);
        const isHome = async () => (await win.getPosition()).x === 100;

        await win.setFullscreen(true);
        await until("on", is(true));
        await told("seen on");
        await win.setFullscreen(false);
        await until("off", is(false));
        await until("home", isHome);

        // Each undoes and redoes what the other did.
        await told("user's turn");
        await until("on by the user", is(true));
        await win.setFullscreen(false);
        await until("off by the script", is(false));
        await until("home again", isHome);
        await win.setFullscreen(true);
        await until("on by the script", is(true));
        await until("off by the user", is(false));
        await win.setFullscreen(true);
        await until("on again by the script", is(true));
    "#;
    let dir = app(&[FILLS, script].concat());
    let mut app = display.run(dir.main());
    app.expect_line("fullscreen: false");
    app.expect_line("on");
    let window = app.window("Full");
    assert!(window.has_state("FULLSCREEN"));
    assert_eq!(window.size(), (1280, 800));
    tell(&dir, "seen on");
    app.expect_line("home");
    assert_eq!(window.size(), (500, 300));
    assert!(!window.has_state("FULLSCREEN"));

    tell(&dir, "user's turn");
    window.toggle_fullscreen();
    app.expect_line("on by the script");
    window.toggle_fullscreen();
    app.expect_line("on again by the script");
    window.close();
    ends_well(app);
}

#[test]
fn always_on_top_by_script_and_user() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Top" });
        console.log("on top:", await win.isAlwaysOnTop());
        await win.setAlwaysOnTop(true);
        await until("by the script", () => win.isAlwaysOnTop());
        await until("not by the user", async () => !await win.isAlwaysOnTop());
        await until("by the user", () => win.isAlwaysOnTop());
        await win.setAlwaysOnTop(false);
        await until("not by the script", async () => !await win.isAlwaysOnTop());
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("on top: false");
    app.expect_line("by the script");
    let window = app.window("Top");
    window.toggle_always_on_top();
    app.expect_line("not by the user");
    window.toggle_always_on_top();
    app.expect_line("not by the script");
    assert!(!window.has_state("ABOVE"));
    window.close();
    ends_well(app);
}

#[test]
fn states_asked_for_while_hidden_come_with_the_window() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Large", visible: false });
        await win.maximize();
        await win.setAlwaysOnTop(true);
        console.log("maximized:", await win.isMaximized(), "top:", await win.isAlwaysOnTop());
        await win.show();
        await until("maximized", () => win.isMaximized());
        await until("on top", () => win.isAlwaysOnTop());
        await told("large");
        await win.setFullscreen(true);
        await until("fullscreen", () => win.isFullscreen());
        await win.hide();
        console.log("hidden", await win.isFullscreen());
        await told("gone");
        await win.show();
        await until("fullscreen again", () => win.isFullscreen());
        await until("large again", async () => (await win.getSize()).height === 800);
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("maximized: true top: true");
    let window = app.window("Large");
    app.expect_line("on top");
    assert!(window.has_state("MAXIMIZED_VERT") && window.has_state("ABOVE"));
    tell(&dir, "large");
    app.expect_line("hidden true");
    wait_for("the window to go", || {
        (!window.is_on_screen()).then_some(())
    });
    tell(&dir, "gone");
    app.expect_line("large again");
    assert!(window.has_state("FULLSCREEN"));
    window.close();
    ends_well(app);
}
