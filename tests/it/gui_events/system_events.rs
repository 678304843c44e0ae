//! Events with a `type`: close, focus, blur, resize, move.

use super::*;

#[test]
fn a_new_window_gets_the_keyboard_once() {
    let display = Display::start();
    let dir = app(r#"
        onEvent(({ channel, payload, type }) => console.log(channel, JSON.stringify(payload), type));
        const win = await createWindow({ title: "New", x: 100, y: 80, width: 500, height: 400 });
        await until("it has it", async () => (await look(win.id)).focused && await win.isFocused());
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("it has it");
    app.window("New").close();
    let printed = ends_well(app);
    // It is where it was to be, and as large, so nothing changed.
    let system_events: Vec<_> = printed
        .iter()
        .filter(|line| !line.contains("undefined") && *line != "it has it")
        .collect();
    assert_eq!(system_events, ["focus null focus", "close null close"]);
}

#[test]
fn focus_and_blur_come_in_pairs() {
    let display = Display::start();
    let dir = two_windows("");
    let (app, [left, right]) = start(&display, &dir);
    activate(&app, &left, "left");
    activate(&app, &right, "right");
    activate(&app, &left, "left");
    // Within a window the keyboard goes here and there: that is the page's affair.
    left.click(120, 85);
    left.click(120, 35);
    left.keys(&["Tab", "Tab", "a"]);
    left.click(120, 150);
    activate(&app, &right, "right");
    wait_for("the blur of left", || {
        let events = events_of(&app, "left", &["focus", "blur"]);
        (events.last()? == "blur null").then_some(())
    });

    for id in ["left", "right"] {
        let events = events_of(&app, id, &["focus", "blur"]);
        assert_eq!(events[0], "focus null", "{id}");
        for pair in events.windows(2) {
            assert_ne!(pair[0], pair[1], "{id}: {events:?}");
        }
    }
    let before_and_after: Vec<_> = app
        .stdout()
        .into_iter()
        .filter(|line| line.contains("focus") || line.contains("blur"))
        .collect();
    assert_eq!(
        before_and_after[before_and_after.len() - 2..],
        ["left blur null", "right focus null"]
    );
    right.close();
    left.close();
    ends_well(app);
}

#[test]
fn minimizing_takes_the_keyboard_away() {
    let display = Display::start();
    let dir = two_windows("");
    let (mut app, [left, right]) = start(&display, &dir);
    activate(&app, &left, "left");
    left.minimize();
    wait_for("the blur of left", || {
        let events = events_of(&app, "left", &["focus", "blur"]);
        (events.last()? == "blur null").then_some(())
    });
    activate(&app, &left, "left");
    left.type_text("x");
    app.expect_line(r#"left typed "x""#);
    left.close();
    right.close();
    ends_well(app);
}

#[test]
fn resize_and_move_tell_what_the_window_manager_did() {
    let display = Display::start();
    let dir = two_windows("");
    let (mut app, [left, right]) = start(&display, &dir);
    left.resize(420, 310);
    app.expect_line(r#"left resize {"width":420,"height":310}"#);
    right.move_to(500, 333);
    app.expect_line(r#"right move {"x":500,"y":333}"#);
    // With the mouse, by the title bar.
    let (x, y) = right.position();
    let point_at = |x: i32, y: i32| display.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    point_at(x + 100, y + 8);
    display.xdotool(&["mousedown", "1"]);
    wait_for("the place", || {
        // The window manager takes it for dragging after some moves.
        point_at(x + 180, y + 50);
        point_at(x + 190, y + 68);
        (right.position() == (590, 393)).then_some(())
    });
    display.xdotool(&["mouseup", "1"]);
    app.expect_line(r#"right move {"x":590,"y":393}"#);

    assert_eq!(events_of(&app, "left", &["resize", "move"]).len(), 1);
    assert_eq!(events_of(&app, "right", &["resize"]), [""; 0]);
    right.close();
    left.close();
    ends_well(app);
}

#[test]
fn of_a_storm_of_sizes_the_last_one_is_right() {
    let display = Display::start();
    let dir = two_windows(
        r#"
        await told("begin");
        // Events come in while the script sleeps, and wait.
        const end = Date.now() + 500;
        while (Date.now() < end);
        await until("the page is as large", async () => {
            const page = await look("left");
            return page.width === 500 && page.height === 360;
        });
        console.log("size", JSON.stringify(await left.getSize()));
        "#,
    );
    let (mut app, [left, right]) = start(&display, &dir);
    tell(&dir, "begin");
    for step in 1..=50 {
        left.resize(300 + step * 4, 260 + step * 2);
    }
    app.expect_line("the page is as large");
    app.expect_line(r#"size {"width":500,"height":360}"#);
    let sizes = wait_for("the last size", || {
        let sizes = events_of(&app, "left", &["resize"]);
        (sizes.last()? == r#"resize {"width":500,"height":360}"#).then_some(sizes)
    });
    let mut different = sizes.clone();
    different.dedup();
    assert_eq!(sizes, different);
    left.close();
    right.close();
    ends_well(app);
}

#[test]
fn close_is_the_last_event_of_a_window() {
    let display = Display::start();
    let dir = two_windows(
        r#"
        onChannel("close", (payload, id) => console.log("channel close", payload, id));
        const watch = async (name, events) => {
            for await (const { windowId, type } of events) {
                if (type !== "focus" && type !== "blur") console.log(name, windowId, type);
            }
            console.log(name, "has ended");
        };
        watch("of left", left.events());
        watch("of right", right.events());
        const all = windowEvents();
        watch("of all", all);
        await told("closed one");
        await sendToWindow("left", "look").catch((error) => console.log(error.code));
        await told("closed both");
        all.return();
        "#,
    );
    let (mut app, [left, right]) = start(&display, &dir);
    left.close();
    app.expect_line("of left has ended");
    tell(&dir, "closed one");
    app.expect_line("window-closed");
    right.move_to(444, 222);
    app.expect_line("of right right move");
    app.expect_line("of all right move");
    right.close();
    app.expect_line("of right has ended");
    tell(&dir, "closed both");
    let printed = ends_well(app);
    let of = |name: &str| -> Vec<_> {
        printed
            .iter()
            .filter(|line| line.starts_with(name))
            .cloned()
            .collect()
    };
    assert_eq!(of("of left"), ["of left left close", "of left has ended"]);
    assert_eq!(
        of("of right"),
        [
            "of right right move",
            "of right right close",
            "of right has ended"
        ]
    );
    assert_eq!(
        of("of all"),
        [
            "of all left close",
            "of all right move",
            "of all right close",
            "of all has ended"
        ]
    );
    assert_eq!(
        of("channel close"),
        ["channel close null left", "channel close null right"]
    );
}

#[test]
fn every_consumer_hears_every_event() {
    let display = Display::start();
    let dir = app(r#"
        const heard = { one: 0, two: 0, three: 0 };
        const listen = async (name, events, until) => {
            for await (const { type } of events) {
                if (type === "move") heard[name] += 1;
                if (heard[name] === until) break;
            }
            console.log(name, "left after", heard[name]);
        };
        const win = await createWindow({ title: "Heard", x: 10, y: 10, width: 300, height: 200 });
        listen("one", windowEvents(), 1);
        listen("two", windowEvents(), 3);
        listen("three", win.events(), 4);
        for (const x of [100, 200, 300]) {
            await win.setPosition(x, 50);
            await until(`at ${x}`, async () => (await win.getPosition()).x === x);
            await pause(50);
        }
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("one left after 1");
    app.expect_line("two left after 3");
    app.window("Heard").close();
    let printed = ends_well(app);
    assert_eq!(
        printed.last().map(String::as_str),
        Some("three left after 3")
    );
}
