//! `createWindow`, option by option.

use tests::{Display, wait_for};

use super::{app, ends_well, printed, tell};

#[test]
fn windows_get_ids_unless_they_are_given_some() {
    let printed = printed(
        r#"
        const first = await createWindow();
        const second = await createWindow();
        const main = await createWindow({ id: "main" });
        console.log(first.id, second.id, main.id);

        console.log(await outcome(createWindow({ id: "main" })));
        await main.close();
        const again = await createWindow({ id: "main" });
        console.log(again.id);

        const taken = await createWindow({ id: "win-3" });
        const next = await createWindow();
        console.log(next.id);
        for (const window of [first, second, again, taken, next]) await window.close();
        "#,
    );
    assert_eq!(
        printed,
        ["win-1 win-2 main", "window-exists", "main", "win-4"]
    );
}

#[test]
fn title_and_size_have_defaults() {
    let display = Display::start();
    let dir = app(r#"
        const plain = await createWindow();
        console.log(JSON.stringify([await plain.getTitle(), await plain.getSize()]));
        await plain.setTitle("Found");
        await createWindow({ title: "Small", width: 320, height: 240 });
        "#);
    let mut app = display.run(dir.main());
    app.expect_line(r#"["",{"width":800,"height":600}]"#);
    let plain = app.window("Found");
    let small = app.window("Small");
    assert_eq!(plain.size(), (800, 600));
    assert_eq!(small.size(), (320, 240));
    small.close();
    plain.close();
    ends_well(app);
}

#[test]
fn a_window_without_a_title_has_that_of_its_page() {
    let display = Display::start();
    let dir = app(r#"
        const html = `<title>First</title><script>
            host.on("title", (title) => { document.title = title; host.send("titled"); });
        </script>`;
        const win = await createWindow({ html });
        await told("first");
        sendToWindow(win.id, "title", "Second");
        await until("second", async () => await win.getTitle() === "Second");
        await told("own");
        await win.setTitle("Own");
        const titled = new Promise((resolve) => {
            let count = 0;
            onChannel("titled", () => ++count === 2 && resolve(null));
        });
        sendToWindow(win.id, "title", "Third");
        await titled;
        await told("end");
        console.log(await win.getTitle());
        await win.close();
        "#);
    let mut app = display.run(dir.main());
    app.window("First");
    tell(&dir, "first");
    app.expect_line("second");
    app.window("Second");
    tell(&dir, "own");
    app.window("Own");
    tell(&dir, "end");
    assert_eq!(ends_well(app).last().unwrap(), "Own");
}

#[test]
fn position_is_that_of_the_frame() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Here", width: 300, height: 200, x: 210, y: 120 });
        await until("placed", async () => {
            const { x, y } = await win.getPosition();
            return x === 210 && y === 120;
        });
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Here");
    wait_for("the place", || {
        (window.position() == (210, 120)).then_some(())
    });
    app.expect_line("placed");
    let (left, top) = window.frame();
    assert!(left > 0 && top > 0, "openbox draws frames");
    assert_eq!(window.content_position(), (210 + left, 120 + top));
    window.close();
    ends_well(app);
}

#[test]
fn limits_hold_for_script_and_user() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({
            title: "Limited", width: 100, height: 900,
            minWidth: 300, minHeight: 200, maxWidth: 600, maxHeight: 500,
        });
        console.log("opened", JSON.stringify(await win.getSize()));
        onChannel("resize", ({ width, height }) => console.log(`resized to ${width}x${height}`));
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Limited");
    app.expect_line(r#"opened {"width":300,"height":500}"#);
    let hints = window.property("WM_NORMAL_HINTS");
    assert!(hints.contains("minimum size: 300 by 200"), "{hints}");
    assert!(hints.contains("maximum size: 600 by 500"), "{hints}");
    window.resize(1000, 100);
    app.expect_line("resized to 600x200");
    assert_eq!(window.size(), (600, 200));
    window.resize(20, 450);
    app.expect_line("resized to 300x450");
    assert_eq!(window.size(), (300, 450));
    window.resize(400, 700);
    app.expect_line("resized to 400x500");
    assert_eq!(window.size(), (400, 500));
    window.close();
    ends_well(app);
}

#[test]
fn limits_change_and_the_window_follows() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Changing", width: 400, height: 300, minWidth: 200 });
        const is = (width: number, height: number) => async () => {
            const size = await win.getSize();
            return size.width === width && size.height === height;
        };
        await win.setMinSize(500, 350);
        await until("grown", is(500, 350));
        await told("tried to make it smaller");
        await win.setMaxSize(600, 400);
        console.log(await outcome(win.setMinSize(500, 401)), await outcome(win.setMaxSize(499, 350)));
        await until("as large as it may be", is(600, 400));
        await win.setMinSize(1, 1);
        await win.setMaxSize(550, 380);
        await until("shrunk", is(550, 380));
        await win.setMaxSize(16_383, 16_383);
        console.log("no limits");
        await until("free", is(700, 100));

        await win.hide();
        await win.setMinSize(750, 200);
        await win.show();
        await until("grown while hidden", is(750, 200));
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("grown");
    let window = app.window("Changing");
    window.resize(300, 700);
    wait_for("the least width", || {
        (window.size() == (500, 700)).then_some(())
    });
    tell(&dir, "tried to make it smaller");
    app.expect_line("bad-options bad-options");
    window.resize(1000, 1000);
    app.expect_line("as large as it may be");
    app.expect_line("shrunk");
    assert_eq!(window.size(), (550, 380));
    app.expect_line("no limits");
    window.resize(700, 100);
    app.expect_line("free");
    app.expect_line("grown while hidden");
    window.close();
    ends_well(app);
}

#[test]
fn a_window_is_moved_to_the_middle_of_the_screen() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Middle", width: 400, height: 300, x: 20, y: 30 });
        await until("placed", async () => (await win.getPosition()).x === 20);
        await told("seen");
        await win.center();
        await told("seen in the middle");
        await createWindow({ title: "Next", width: 500, height: 200, visible: false });
        const [, next] = getWindows();
        await next.center();
        await next.show();
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("placed");
    let window = app.window("Middle");
    let (left, top) = window.frame();
    tell(&dir, "seen");
    // The frame has the same width at its left, right and bottom.
    let (width, height) = (400 + 2 * left, 300 + top + left);
    let middle = ((1280 - width) / 2, (800 - height) / 2);
    let is_near = |position: (i32, i32), place: (i32, i32)| {
        (position.0 - place.0).abs() <= left + 1 && (position.1 - place.1).abs() <= top + 1
    };
    wait_for("the middle", || {
        is_near(window.position(), middle).then_some(())
    });
    tell(&dir, "seen in the middle");
    let next = app.window("Next");
    wait_for("the middle", || {
        is_near(next.position(), ((1280 - 500) / 2, (800 - 200) / 2)).then_some(())
    });
    next.close();
    window.close();
    ends_well(app);
}

#[test]
fn one_limit_does_not_need_the_others() {
    let display = Display::start();
    let dir = app(r#"
        await createWindow({ title: "Wide", minWidth: 300 });
        await createWindow({ title: "Low", maxHeight: 250 });
        onChannel("resize", (size, id) => console.log(id, JSON.stringify(size)));
        "#);
    let mut app = display.run(dir.main());
    let (wide, low) = (app.window("Wide"), app.window("Low"));
    wide.resize(50, 40);
    app.expect_line(r#"win-1 {"width":300,"height":40}"#);
    assert_eq!(low.size(), (800, 250));
    low.resize(1000, 600);
    app.expect_line(r#"win-2 {"width":1000,"height":250}"#);
    low.close();
    wide.close();
    ends_well(app);
}

#[test]
fn a_window_that_is_not_resizable_keeps_its_size() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({
            title: "Fixed", width: 400, height: 300, maxWidth: 640, resizable: false,
        });
        console.log("resizable:", await win.isResizable());
        onChannel("resize", (size) => console.log("resized", JSON.stringify(size)));
        await told("tried in vain");
        await win.setSize(420, 310);
        await until("set by the script", async () => (await win.getSize()).width === 420);
        await win.setResizable(true);
        console.log("resizable:", await win.isResizable());
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Fixed");
    app.expect_line("resizable: false");
    let hints = window.property("WM_NORMAL_HINTS");
    assert!(hints.contains("minimum size: 400 by 300"), "{hints}");
    assert!(hints.contains("maximum size: 400 by 300"), "{hints}");
    window.resize(500, 350);
    tell(&dir, "tried in vain");
    app.expect_line("set by the script");
    app.expect_line("resizable: true");
    assert_eq!(
        app.stdout()
            .iter()
            .filter(|line| line.contains("resized"))
            .collect::<Vec<_>>(),
        [r#"resized {"width":420,"height":310}"#]
    );
    window.resize(900, 350);
    app.expect_line(r#"resized {"width":640,"height":350}"#);
    window.close();
    ends_well(app);
}

#[test]
fn without_decorations_there_is_no_frame() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Bare", decorations: false });
        console.log("decorations:", await win.hasDecorations());
        await told("bare");
        await win.setDecorations(true);
        console.log("decorations:", await win.hasDecorations());
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Bare");
    app.expect_line("decorations: false");
    let hints = window.property("_MOTIF_WM_HINTS");
    assert!(hints.contains("0x2, 0x0, 0x0"), "{hints}");
    wait_for("a window without frame", || {
        (window.frame() == (0, 0)).then_some(())
    });
    tell(&dir, "bare");
    app.expect_line("decorations: true");
    wait_for("a frame", || (window.frame().1 > 10).then_some(()));
    window.close();
    ends_well(app);
}

#[test]
fn a_transparent_window_has_an_alpha_channel_and_shows_its_page() {
    let display = Display::start();
    let dir = app(r#"
        await createWindow({ title: "Glass", x: 100, y: 100, transparent: true });
        await createWindow({ title: "Wall", x: 100, y: 100, width: 300, height: 200 });
        "#);
    let app = display.run(dir.main());
    let glass = app.window("Glass");
    let wall = app.window("Wall");
    assert_eq!(glass.depth(), 32);
    assert_eq!(wall.depth(), 24);
    let (x, y) = glass.content_position();
    wait_for("the page", || {
        (display.pixel(x + 600, y + 400) == "#2468ac").then_some(())
    });
    wall.close();
    glass.close();
    ends_well(app);
}

#[test]
fn always_on_top_stays_above_the_active_window() {
    let display = Display::start();
    let dir = app(r#"
        const top = await createWindow({ title: "Top", alwaysOnTop: true });
        await until("on top", () => top.isAlwaysOnTop());
        const other = await createWindow({ title: "Other" });
        console.log("other:", await other.isAlwaysOnTop());
        await told("above");
        await top.setAlwaysOnTop(false);
        await until("not on top", async () => !await top.isAlwaysOnTop());
        "#);
    let mut app = display.run(dir.main());
    let top = app.window("Top");
    app.expect_line("on top");
    app.expect_line("other: false");
    assert!(top.has_state("ABOVE"));
    let other = app.window("Other");
    assert!(!other.has_state("ABOVE"));
    other.activate();
    assert!(top.is_above(&other));

    tell(&dir, "above");
    app.expect_line("not on top");
    assert!(!top.has_state("ABOVE"));
    wait_for("the active window to be above", || {
        other.is_above(&top).then_some(())
    });
    other.close();
    top.close();
    ends_well(app);
}

#[test]
fn an_invisible_window_has_a_living_page_and_can_be_shown() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Shy", visible: false, alwaysOnTop: true });
        const page = await look(win.id);
        console.log("visible:", await win.isVisible(), "page:", page.path, "focused:", page.focused);
        // What only a window on the screen can be, it becomes when it is shown.
        await win.setPosition(150, 90);
        console.log(JSON.stringify([await win.isAlwaysOnTop(), await win.getPosition()]));
        await told("not there");
        await win.show();
        console.log("visible:", await win.isVisible());
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("visible: false page: / focused: false");
    app.expect_line(r#"[true,{"x":150,"y":90}]"#);
    let window = app.hidden_window("Shy");
    assert!(!window.is_on_screen());
    tell(&dir, "not there");
    app.expect_line("visible: true");
    wait_for("the window", || window.is_on_screen().then_some(()));
    wait_for("its place", || {
        (window.position() == (150, 90)).then_some(())
    });
    wait_for("its state", || window.has_state("ABOVE").then_some(()));
    window.close();
    ends_well(app);
}

#[test]
fn devtools_open_only_where_they_were_allowed() {
    let printed = printed(
        r#"
        const closed = await createWindow();
        console.log(await outcome(closed.openDevtools()));
        const open = await createWindow({ devtools: true });
        await look(open.id);
        console.log(await outcome(open.openDevtools()));
        console.log((await look(open.id)).path);
        await open.close();
        await closed.close();
        "#,
    );
    assert_eq!(printed, ["unsupported", "done", "/"]);
}

#[test]
fn channels_are_the_only_ones_each_way() {
    let page = r#"
        <script>
            host.on("allowed", (payload) => {
                const codes = [];
                for (const channel of ["allowed", "app:x", "other", "app", "heard"]) {
                    try {
                        host.send(channel, payload);
                    } catch (error) {
                        codes.push(error.code);
                    }
                }
                try {
                    host.on("other", () => {});
                } catch (error) {
                    codes.push(error.code);
                }
                host.send("app:codes", codes);
            });
        </script>"#;
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({
            channels: { send: ["allowed", "app:*"], receive: ["allowed", "heard*"] },
        });
        onEvent(async ({ type, channel, payload }) => {
            if (type !== undefined) return;
            console.log(channel, JSON.stringify(payload));
            if (channel === "app:codes") await win.close();
        });
        console.log(await outcome(sendToWindow(win.id, "other", 1)));
        console.log(await outcome(sendToWindow(win.id, "app:y", 1)));
        console.log(await outcome(sendToWindow(win.id, "heard:y", 1)));
        await sendToWindow(win.id, "allowed", 7);
        "#)
    .file("index.html", page);
    let printed = ends_well(display.run(dir.main()));
    assert_eq!(
        printed,
        [
            "channel-not-allowed",
            "channel-not-allowed",
            "done",
            "allowed 7",
            "app:x 7",
            r#"app:codes ["channel-not-allowed","channel-not-allowed","channel-not-allowed","channel-not-allowed"]"#
        ]
    );
}

#[test]
fn with_prevent_close_the_app_decides() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Kept", preventClose: true });
        let wishes = 0;
        onChannel("close", async (payload, id) => {
            wishes += 1;
            console.log("wish", wishes, id, payload, "page:", (await look(id)).path);
            if (wishes === 2) {
                await win.close();
                console.log("closed");
            }
        });
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Kept");
    window.close();
    app.expect_line("wish 1 win-1 null page: /");
    assert!(window.is_on_screen());
    window.close();
    app.expect_line("closed");
    assert_eq!(
        ends_well(app),
        [
            "wish 1 win-1 null page: /",
            "wish 2 win-1 null page: /",
            "closed"
        ]
    );
}
