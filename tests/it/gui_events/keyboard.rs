//! Real keys and clicks, and the pages they reach.

use super::*;

#[test]
fn keys_reach_the_active_window_without_a_click() {
    let display = Display::start();
    let dir = two_windows("");
    let (mut app, [left, right]) = start(&display, &dir);
    activate(&app, &left, "left");
    left.type_text("one");
    app.expect_line(r#"left typed "one""#);
    activate(&app, &right, "right");
    right.type_text("two");
    app.expect_line(r#"right typed "two""#);
    activate(&app, &left, "left");
    left.type_text("!");
    app.expect_line(r#"left typed "one!""#);
    // By the window manager's own keys, with the mouse where the other window is.
    right.point_at(150, 150);
    display.xdotool(&["key", "alt+Tab"]);
    wait_for("the focus of right", || {
        let events = events_of(&app, "right", &["focus", "blur"]);
        (events.last()? == "focus null").then_some(())
    });
    left.point_at(150, 150);
    display.xdotool(&["type", "?"]);
    app.expect_line(r#"right typed "two?""#);
    assert_eq!(
        events_of(&app, "left", &["typed"]).last().unwrap(),
        r#"typed "one!""#
    );
    left.close();
    right.close();
    ends_well(app);
}

#[test]
fn keys_follow_quick_changes_of_the_active_window() {
    let display = Display::start();
    let dir = two_windows("");
    let (mut app, [left, right]) = start(&display, &dir);
    let mut typed = [String::new(), String::new()];
    for letter in 'a'..='h' {
        for _ in 0..5 {
            left.activate();
            right.activate();
        }
        for (i, (window, id)) in [(&left, "left"), (&right, "right")].into_iter().enumerate() {
            activate(&app, window, id);
            display.xdotool(&["type", &letter.to_string()]);
            typed[i].push(letter);
            app.expect_line(&format!("{id} typed {:?}", typed[i]));
        }
    }
    left.close();
    right.close();
    ends_well(app);
}

#[test]
fn mouse_and_keyboard_work_a_form() {
    let display = Display::start();
    let dir = two_windows("");
    let (mut app, [left, right]) = start(&display, &dir);
    left.click(120, 85);
    app.expect_line("left pressed null");
    app.expect_line(r#"left element "button""#);
    left.click(120, 35);
    // Keys are faster than the mouse on their way to a page.
    wait_for("the focus of the text field", || {
        let elements = events_of(&app, "left", &["element"]);
        (elements.last()? == r#"element "text""#).then_some(())
    });
    display.xdotool(&["type", "Hello, World 1+1=2"]);
    app.expect_line(r#"left typed "Hello, World 1+1=2""#);
    left.keys(&["BackSpace", "Home", "Delete"]);
    app.expect_line(r#"left typed "ello, World 1+1=""#);

    // The tabulator leads to the button, the space bar presses it.
    activate(&app, &right, "right");
    right.keys(&["Tab"]);
    app.expect_line(r#"right element "button""#);
    right.keys(&["space"]);
    app.expect_line("right pressed null");
    left.close();
    right.close();
    ends_well(app);
}

#[test]
fn keys_reach_a_page_that_was_reloaded_or_shown_again() {
    let display = Display::start();
    let dir = app(r#"
        onChannel("typed", (text) => console.log("typed", text));
        let page = loaded("main");
        const win = await createWindow({ id: "main", title: "Again" });
        await page;
        await until("ready", async () => (await look("main")).element === "text");
        await told("typed first");
        page = loaded("main");
        await win.reload();
        await page;
        await until("reloaded", async () => (await look("main")).element === "text");
        await told("typed second");
        await win.hide();
        await until("without keyboard", async () => !await win.isFocused());
        await win.show();
        await until("with keyboard", () => win.isFocused());
        "#);
    let mut app = display.run(dir.main());
    app.expect_line("ready");
    let window = app.window("Again");
    window.type_text("first");
    app.expect_line("typed first");
    tell(&dir, "typed first");
    app.expect_line("reloaded");
    window.type_text("second");
    app.expect_line("typed second");
    tell(&dir, "typed second");
    app.expect_line("with keyboard");
    display.xdotool(&["type", "!"]);
    app.expect_line("typed second!");
    window.close();
    ends_well(app);
}

#[test]
fn alt_f4_is_for_the_active_window() {
    let display = Display::start();
    let dir = two_windows("");
    let (mut app, [left, right]) = start(&display, &dir);
    activate(&app, &right, "right");
    display.xdotool(&["key", "alt+F4"]);
    app.expect_line("right close null");
    wait_for("the window to go", || (!right.exists()).then_some(()));
    assert!(left.is_on_screen());
    // The next one has the keyboard then.
    activate(&app, &left, "left");
    display.xdotool(&["type", "left"]);
    app.expect_line(r#"left typed "left""#);
    left.close();
    ends_well(app);
}

#[test]
fn a_menu_of_the_page_takes_keys_and_its_window_stays_the_active_one() {
    let display = Display::start();
    let dir = two_windows(
        r#"
        await told("chosen");
        await left.close();
        await right.close();
        "#,
    )
    .file(
        "index.html",
        r#"<body style="margin: 0">
        <select id="menu" style="position: absolute; left: 20px; top: 20px; width: 120px">
            <option>one<option>two<option>three
        </select>
        <script>
            host.send("element", "text");
            menu.addEventListener("change", () => host.send("chosen", menu.value));
        </script>"#,
    );
    let (app, [left, _]) = start(&display, &dir);
    activate(&app, &left, "left");
    let before = events_of(&app, "left", &["focus", "blur"]);
    left.click(60, 30);
    wait_for("the choice", || {
        display.xdotool(&["key", "Down"]);
        display.xdotool(&["key", "Return"]);
        events_of(&app, "left", &["chosen"]).pop()
    });
    assert_eq!(events_of(&app, "left", &["focus", "blur"]), before);
    // Not by keys: the menu may be open again.
    tell(&dir, "chosen");
    ends_well(app);
}
