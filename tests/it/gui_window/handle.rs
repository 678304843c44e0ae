//! The methods of a window, one by one.

use tests::{Display, wait_for};

use super::{app, ends_well, printed, tell};

#[test]
fn close_tells_whether_there_was_something_to_close() {
    let printed = printed(
        r#"
        const win = await createWindow({ id: "main" });
        console.log(win.id, await win.close(), await win.close());
        console.log(await outcome(closeWindow("main")));

        await createWindow({ id: "other" });
        console.log(await closeWindow("other"), await outcome(closeWindow("other")));
        console.log(await outcome(closeWindow("nobody")));
        "#,
    );
    assert_eq!(
        printed,
        ["main true false", "false", "true false", "unknown-window"]
    );
}

#[test]
fn every_method_of_a_closed_window_rejects() {
    let printed = printed(
        r#"
        const win = await createWindow();
        await win.close();
        const calls = {
            focus: [], minimize: [], maximize: [], unmaximize: [], restore: [], show: [], hide: [],
            getTitle: [], setTitle: ["x"], getSize: [], setSize: [100, 100],
            setIcon: ["a.png"], setMinSize: [9, 9], setMaxSize: [9, 9], center: [], setPreventClose: [true],
            getPosition: [], setPosition: [1, 1], isFullscreen: [], setFullscreen: [true],
            isFocused: [], isMaximized: [], isMinimized: [], isVisible: [],
            isResizable: [], setResizable: [true], hasDecorations: [], setDecorations: [true],
            isAlwaysOnTop: [], setAlwaysOnTop: [true],
            navigate: ["index.html"], reload: [], openDevtools: [],
        };
        for (const [method, args] of Object.entries(calls)) {
            const code = await outcome(win[method](...args));
            if (code !== "window-closed") console.log(method, code);
        }
        console.log(win.id, await outcome(win.events().next()));

        // No method is forgotten here.
        const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(win));
        const rest = methods.filter((name) => !Object.hasOwn(calls, name));
        console.log(rest.sort().join());
        "#,
    );
    assert_eq!(
        printed,
        ["win-1 window-closed", "close,constructor,events,id"]
    );
}

#[test]
fn title_has_any_letters() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "First" });
        console.log(await win.getTitle());
        await told("seen");
        await win.setTitle("Größe → 漢字");
        console.log(await win.getTitle());
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("First");
    let window = app.window("First");
    tell(&dir, "seen");
    app.expect_line("Größe → 漢字");
    wait_for("the title", || {
        window
            .property("_NET_WM_NAME")
            .contains("Größe → 漢字")
            .then_some(())
    });
    window.close();
    ends_well(app);
}

#[test]
fn size_is_that_of_the_content() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Sized" });
        await win.setSize(500, 350);
        await until("set", async () => JSON.stringify(await win.getSize()) === '{"width":500,"height":350}');
        await until("the page fills it", async () => {
            const { width, height } = await look(win.id);
            return width === 500 && height === 350;
        });
        await told("looked");
        await until("dragged", async () => (await win.getSize()).width === 640);
        console.log(JSON.stringify(await win.getSize()));
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("the page fills it");
    let window = app.window("Sized");
    assert_eq!(window.size(), (500, 350));
    tell(&dir, "looked");
    window.resize(640, 480);
    app.expect_line(r#"{"width":640,"height":480}"#);
    window.close();
    ends_well(app);
}

#[test]
fn position_follows_script_and_user() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Placed", width: 300, height: 200, x: 10, y: 20 });
        const isAt = (x: number, y: number) => async () => {
            const position = await win.getPosition();
            return position.x === x && position.y === y;
        };
        await until("opened there", isAt(10, 20));
        await win.setPosition(300, 250);
        await until("set there", isAt(300, 250));
        await told("seen");
        await until("dragged there", isAt(44, 55));
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("set there");
    let window = app.window("Placed");
    wait_for("the place", || {
        (window.position() == (300, 250)).then_some(())
    });
    tell(&dir, "seen");
    window.move_to(44, 55);
    app.expect_line("dragged there");
    assert_eq!(window.position(), (44, 55));
    window.close();
    ends_well(app);
}

#[test]
fn focus_goes_where_script_or_user_want_it() {
    let display = Display::start();
    let dir = app(r#"
        const left = await createWindow({ title: "Left", x: 0, y: 0, width: 300, height: 300 });
        const right = await createWindow({ title: "Right", x: 600, y: 0, width: 300, height: 300 });
        const is = (one: boolean, other: boolean) => async () =>
            await left.isFocused() === one && await right.isFocused() === other &&
            (await look(left.id)).focused === one && (await look(right.id)).focused === other;
        // A new window gets the keyboard when it comes to the screen, whoever had it before.
        await until("both there", is(false, true));
        for (let round = 0; round < 3; round++) {
            await left.focus();
            await until(`left ${round}`, is(true, false));
            await right.focus();
            await until(`right ${round}`, is(false, true));
        }
        await until("left by the user", is(true, false));
        await until("right by the user", is(false, true));
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("right 2");
    let (left, right) = (app.window("Left"), app.window("Right"));
    left.click(150, 200);
    app.expect_line("left by the user");
    right.activate();
    app.expect_line("right by the user");
    right.close();
    left.close();
    ends_well(app);
}

#[test]
fn minimized_windows_come_back() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Down" });
        await until("up", async () => await win.isFocused() && !await win.isMinimized());
        await told("seen up");
        await win.minimize();
        await until("down", () => win.isMinimized());
        console.log("visible:", await win.isVisible());
        await told("seen down");
        await win.restore();
        await until("up again", async () => !await win.isMinimized());
        await until("down by the user", () => win.isMinimized());
        await until("up by the user", async () => !await win.isMinimized());
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Down");
    app.expect_line("up");
    tell(&dir, "seen up");
    app.expect_line("down");
    app.expect_line("visible: true");
    assert!(!window.is_on_screen());
    tell(&dir, "seen down");
    app.expect_line("up again");
    assert!(window.is_on_screen());
    window.minimize();
    app.expect_line("down by the user");
    window.activate();
    app.expect_line("up by the user");
    window.close();
    ends_well(app);
}

#[test]
fn hidden_windows_come_back_as_they_were() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({
            title: "Away", x: 140, y: 70, width: 400, height: 300, alwaysOnTop: true,
        });
        await until("placed", async () => (await win.getPosition()).x === 140);
        await until("on top", () => win.isAlwaysOnTop());
        await told("seen");
        await win.hide();
        console.log("visible:", await win.isVisible());
        await told("gone");
        console.log("kept:", await win.isAlwaysOnTop(), JSON.stringify(await win.getPosition()));
        await win.setSize(420, 310);
        await win.setTitle("Back");
        await win.show();
        console.log("visible:", await win.isVisible());
        await told("back");

        await win.minimize();
        await until("minimized", () => win.isMinimized());
        await win.hide();
        await told("nowhere");
        await win.show();
        await until("not minimized", async () => !await win.isMinimized());
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("on top");
    let window = app.window("Away");
    tell(&dir, "seen");
    app.expect_line("visible: false");
    wait_for("the window to go", || {
        (!window.is_on_screen()).then_some(())
    });
    tell(&dir, "gone");
    app.expect_line(r#"kept: true {"x":140,"y":70}"#);
    app.expect_line("visible: true");
    wait_for("the window", || window.is_on_screen().then_some(()));
    wait_for("its place", || {
        (window.position() == (140, 70)).then_some(())
    });
    wait_for("its state", || window.has_state("ABOVE").then_some(()));
    assert_eq!(window.size(), (420, 310));
    assert_eq!(app.window("Back").size(), (420, 310));

    tell(&dir, "back");
    app.expect_line("minimized");
    wait_for("its icon to go", || (!window.is_managed()).then_some(()));
    tell(&dir, "nowhere");
    wait_for("the window", || window.is_on_screen().then_some(()));
    app.expect_line("not minimized");
    window.close();
    ends_well(app);
}
