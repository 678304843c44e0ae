//! `alert`, `confirm`, `prompt` and the question of `beforeunload`.

use tests::{Area, Display, RunningApp, wait_for, wait_for_rest};

use super::{BLUE, LIME, RED, YELLOW, app, click, disappears, end, one_window};
use crate::gui_window::tell;

on_x11_and_wayland! {
    alert_is_answered_by_mouse_and_keys,
    confirm_is_answered_by_mouse_and_keys,
    prompt_takes_text,
    windows_and_script_go_on_while_a_dialog_is_open,
    a_window_closes_with_its_dialog,
    a_page_is_replaced_with_its_dialog,
    a_signal_ends_the_app_while_a_dialog_is_open,
    beforeunload_asks_before_the_page_leaves,
    beforeunload_asks_before_its_user_closes_the_window,
    beforeunload_does_not_hold_what_the_app_does,
    a_page_that_hangs_after_its_users_answer_is_closed,
    a_page_that_closes_itself_asks_once,
    a_slow_page_asks_before_its_user_closes_the_window,
    a_slow_page_whose_dialogs_never_end_is_closed,
    a_page_whose_dialogs_never_end_is_closed,
}

/// Each click opens a dialog, whose answer comes with its number.
const PAGE: &str = r#"
    <button onclick="ask(alert)" style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
    <button onclick="ask(confirm)" style="left: 80px; top: 5px; width: 40px; height: 40px; background: lime"></button>
    <button onclick="ask(prompt)" style="left: 140px; top: 5px; width: 40px; height: 40px; background: blue"></button>
    <script>
        let count = 0;
        function ask(dialog) {
            const answer = dialog("question", "default");
            host.send("answer", [++count, answer ?? null]);
        }
        host.on("say", (text) => host.send("said", text));
        host.send("ready");
    </script>"#;

/// Where the page has no buttons.
const BELOW_BUTTONS: i32 = 60;

/// Opens a dialog, and returns where it is drawn: the page around it is darker meanwhile.
fn open(display: &Display, button: &str) -> Area {
    let page = display.find(YELLOW).below(BELOW_BUTTONS);
    click(display, button);
    drawn(display, page)
}

/// Waits until a dialog is drawn on a page, and returns where.
fn drawn(display: &Display, page: Area) -> Area {
    wait_for_rest("a dialog", || {
        let now = display.screenshot();
        let around = now.pixel(page.left + 1, page.top + page.height - 2);
        if around == YELLOW {
            return None;
        }
        now.find_other(page, &around)
    })
}

/// Clicks on a button of a dialog: they share its lowest part, in quarters of its width.
fn press(display: &Display, dialog: Area, quarter: i32) {
    let x = dialog.left + dialog.width * quarter / 4;
    display.click((x, dialog.top + dialog.height - 20));
}

const CANCEL: i32 = 1;
const CLOSE: i32 = 2;
const OK: i32 = 3;

fn start<'a>(display: &'a Display, dir: &tests::AppDir) -> RunningApp<'a> {
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    app
}

fn alert_is_answered_by_mouse_and_keys(display: &Display) {
    let dir = one_window(PAGE);
    let mut app = start(display, &dir);
    let dialog = open(display, RED);
    press(display, dialog, CLOSE);
    app.expect_line("main answer [1,null]");
    for (number, key) in [(2, "Return"), (3, "Escape")] {
        open(display, RED);
        display.keys(&[key]);
        app.expect_line(&format!("main answer [{number},null]"));
    }
    end(app, &dir);
}

fn confirm_is_answered_by_mouse_and_keys(display: &Display) {
    let dir = one_window(PAGE);
    let mut app = start(display, &dir);
    for (number, quarter, answer) in [(1, OK, true), (2, CANCEL, false)] {
        let dialog = open(display, LIME);
        press(display, dialog, quarter);
        app.expect_line(&format!("main answer [{number},{answer}]"));
    }
    for (number, key, answer) in [(3, "Return", true), (4, "Escape", false)] {
        open(display, LIME);
        display.keys(&[key]);
        app.expect_line(&format!("main answer [{number},{answer}]"));
    }
    end(app, &dir);
}

fn prompt_takes_text(display: &Display) {
    let dir = one_window(PAGE);
    let mut app = start(display, &dir);
    let dialog = open(display, BLUE);
    press(display, dialog, OK);
    app.expect_line(r#"main answer [1,"default"]"#);
    open(display, BLUE);
    // All of the default is selected.
    display.type_text("other");
    display.keys(&["Return"]);
    app.expect_line(r#"main answer [2,"other"]"#);
    open(display, BLUE);
    display.keys(&["Escape"]);
    app.expect_line("main answer [3,null]");
    let dialog = open(display, BLUE);
    press(display, dialog, CANCEL);
    app.expect_line("main answer [4,null]");
    end(app, &dir);
}

fn windows_and_script_go_on_while_a_dialog_is_open(display: &Display) {
    let dir = app(
        r#"
        await createWindow({ id: "main", title: "Main", width: 600, height: 400 });
        const { request } = await import("host:ipc");
        await told("create");
        await createWindow({ id: "other", title: "Other", url: "other.html", visible: false });
        for (let n = 1; n <= 20; n++) await request("other", "echo", n);
        console.log("other echoes");
        sendToWindow("main", "say", "later");
        console.log("is sent");
        "#,
        PAGE,
    )
    .file(
        "other.html",
        r#"<script>
            host.handle("echo", async (n) => { host.send("echoed", n); return n; });
        </script>"#,
    );
    let mut app = start(display, &dir);
    let dialog = open(display, LIME);
    tell(&dir, "create");
    app.expect_line("is sent");
    app.expect_line("other echoed 20");
    assert!(!app.stdout().concat().contains("answer"));
    press(display, dialog, OK);
    app.expect_line("main answer [1,true]");
    app.expect_line(r#"main said "later""#);
    end(app, &dir);
}

fn a_window_closes_with_its_dialog(display: &Display) {
    let dir = app(
        r#"
        const win = await createWindow({ id: "main", title: "Main", width: 600, height: 400 });
        await told("close");
        console.log("closed", await win.close());
        "#,
        PAGE,
    );
    let mut app = start(display, &dir);
    open(display, LIME);
    tell(&dir, "close");
    app.expect_line("closed true");
    app.expect_line("main close null");
    wait_for("an empty screen", || {
        let now = display.screenshot();
        (now.find(LIME).is_none() && now.find(YELLOW).is_none()).then_some(())
    });
    end(app, &dir);
}

fn a_page_is_replaced_with_its_dialog(display: &Display) {
    let dir = app(
        r#"
        const win = await createWindow({ id: "main", title: "Main", width: 600, height: 400 });
        await told("reload");
        await win.reload();
        await told("navigate");
        await win.navigate("next.html");
        "#,
        PAGE,
    )
    .file(
        "next.html",
        r#"<body style="background: cyan"><script>host.send("next")</script>"#,
    );
    let mut app = start(display, &dir);
    open(display, LIME);
    tell(&dir, "reload");
    // The page is there again, without a dialog.
    open(display, LIME);
    tell(&dir, "navigate");
    app.expect_line("main next");
    display.find(super::CYAN);
    tell(&dir, "end");
    app.expect_exit(0);
}

fn a_signal_ends_the_app_while_a_dialog_is_open(display: &Display) {
    let dir = one_window(PAGE);
    let app = start(display, &dir);
    open(display, LIME);
    app.signal("TERM");
    let (stdout, _) = app.expect_exit(143);
    assert_eq!(stdout.last().unwrap(), "main close null");
}

fn beforeunload_asks_before_the_page_leaves(display: &Display) {
    let dir = one_window(
        r#"
        <button onclick="location.href = 'next.html'"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <script>
            addEventListener("beforeunload", (event) => event.preventDefault());
            host.send("ready");
        </script>"#,
    )
    .file(
        "next.html",
        r#"<body style="background: cyan"><script>host.send("next")</script>"#,
    );
    let mut app = start(display, &dir);
    open(display, RED);
    display.keys(&["Escape"]);
    // It stays, and asks again.
    open(display, RED);
    display.keys(&["Return"]);
    app.expect_line("main next");
    display.find(super::CYAN);
    end(app, &dir);
}

/// A page that holds its window once it was clicked on, which it tells.
const HOLDS: &str = r#"
    <button onclick="host.send('pressed')"
        style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
    <script>
        addEventListener("beforeunload", (event) => event.preventDefault());
        addEventListener("pagehide", () => host.send("bye"));
        host.on("say", (text) => host.send("said", text));
        host.send("ready");
    </script>"#;

fn beforeunload_asks_before_its_user_closes_the_window(display: &Display) {
    let dir = app(
        r#"
        await createWindow({ id: "main", title: "Main", width: 600, height: 400 });
        for (const name of ["first", "second"]) {
            await told(name);
            sendToWindow("main", "say", name);
        }
        "#,
        HOLDS,
    );
    let mut app = start(display, &dir);
    click(display, RED);
    app.expect_line("main pressed");
    let whole = display.find(YELLOW);
    let page = whole.below(BELOW_BUTTONS);
    for name in ["first", "second"] {
        close_as_user(display, whole);
        drawn(display, page);
        display.keys(&["Escape"]);
        disappears(display, page, YELLOW);
        // It stays, and all goes on.
        tell(&dir, name);
        app.expect_line(&format!("main said {name:?}"));
    }
    close_as_user(display, whole);
    drawn(display, page);
    display.keys(&["Return"]);
    app.expect_line("main bye null");
    app.expect_line("main close null");
    tell(&dir, "end");
    let (printed, _) = app.expect_exit(0);
    assert_eq!(printed.last().unwrap(), "main close null");
}

fn a_page_that_closes_itself_asks_once(display: &Display) {
    let dir = one_window(
        r#"
        <button onclick="host.send('pressed'); window.close()"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <script>
            addEventListener("beforeunload", (event) => {
                event.preventDefault();
                host.send("asks");
            });
            addEventListener("pagehide", () => host.send("bye"));
            host.send("ready");
        </script>"#,
    );
    let mut app = start(display, &dir);
    let page = display.find(YELLOW).below(BELOW_BUTTONS);
    click(display, RED);
    drawn(display, page);
    display.keys(&["Escape"]);
    disappears(display, page, YELLOW);
    click(display, RED);
    drawn(display, page);
    display.keys(&["Return"]);
    app.expect_line("main close null");
    tell(&dir, "end");
    let (printed, _) = app.expect_exit(0);
    let asked = printed.iter().filter(|line| *line == "main asks null");
    // The dialog is not shown for what follows from it.
    assert!(asked.count() >= 2, "{printed:#?}");
    let last: Vec<_> = printed.iter().rev().take(2).rev().collect();
    assert_eq!(last, ["main bye null", "main close null"]);
}

fn a_slow_page_asks_before_its_user_closes_the_window(display: &Display) {
    let dir = one_window(
        r#"
        <button onclick="host.send('pressed')"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <script>
            addEventListener("beforeunload", (event) => {
                event.preventDefault();
                const start = Date.now();
                while (Date.now() - start < 1500);
            });
            host.send("ready");
        </script>"#,
    );
    let mut app = start(display, &dir);
    click(display, RED);
    app.expect_line("main pressed");
    let whole = display.find(YELLOW);
    close_as_user(display, whole);
    drawn(display, whole.below(BELOW_BUTTONS));
    display.keys(&["Return"]);
    app.expect_line("main close null");
    tell(&dir, "end");
    app.expect_exit(0);
}

fn beforeunload_does_not_hold_what_the_app_does(display: &Display) {
    let dir = app(
        r#"
        const win = await createWindow({ id: "main", title: "Main", width: 600, height: 400 });
        await told("reload");
        await win.reload();
        await told("close");
        await win.close();
        "#,
        HOLDS,
    );
    let mut app = start(display, &dir);
    for (number, name) in [(1, "reload"), (2, "close")] {
        click(display, RED);
        let presses = |app: &RunningApp<'_>| {
            let lines = app.stdout();
            lines.iter().filter(|it| *it == "main pressed null").count()
        };
        wait_for("the click", || (presses(&app) == number).then_some(()));
        tell(&dir, name);
        if name == "reload" {
            app.expect_line("main bye null");
            wait_for("the next page", || {
                let lines = app.stdout();
                let pages = lines.iter().filter(|it| *it == "main ready null").count();
                (pages == 2).then_some(())
            });
        }
    }
    app.expect_line("main close null");
    tell(&dir, "end");
    let (printed, _) = app.expect_exit(0);
    let last: Vec<_> = printed.iter().rev().take(2).rev().collect();
    assert_eq!(last, ["main bye null", "main close null"]);
}

/// Closes the window with this page as its user does, by its title bar, which GTK draws under Wayland, or by keys.
fn close_as_user(display: &Display, page: Area) {
    match display.is_wayland() {
        true => display.click((page.left + page.width - 18, page.top - 19)),
        false => display.keys(&["alt+F4"]),
    }
}

/// Closes the window of a page as its user, who answers its dialogs until it is gone.
fn closes_for_its_user(display: &Display, page: &str) {
    let dir = one_window(page);
    let mut app = start(display, &dir);
    // Before the page is darker, with a dialog on it.
    let whole = display.find(YELLOW);
    click(display, RED);
    app.expect_line("main pressed");
    close_as_user(display, whole);
    wait_for("the end of the window", || {
        display.keys(&["Return"]);
        let lines = app.stdout();
        lines.iter().any(|it| it == "main close null").then_some(())
    });
    tell(&dir, "end");
    app.expect_exit(0);
}

fn a_page_that_hangs_after_its_users_answer_is_closed(display: &Display) {
    closes_for_its_user(
        display,
        r#"
        <button onclick="host.send('pressed')"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <script>
            addEventListener("beforeunload", (event) => event.preventDefault());
            addEventListener("pagehide", () => { for (;;); });
            host.send("ready");
        </script>"#,
    );
}

/// They begin once its user has closed the window.
fn a_slow_page_whose_dialogs_never_end_is_closed(display: &Display) {
    closes_for_its_user(
        display,
        r#"
        <button onclick="host.send('pressed'); setTimeout(hold, 300)"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <script>
            function hold() {
                const start = Date.now();
                while (Date.now() - start < 2500);
                for (;;) alert(1);
            }
            host.send("ready");
        </script>"#,
    );
}

fn a_page_whose_dialogs_never_end_is_closed(display: &Display) {
    closes_for_its_user(
        display,
        r#"
        <button onclick="host.send('pressed'); setTimeout(() => { for (;;) alert(1); }, 500)"
            style="left: 20px; top: 5px; width: 40px; height: 40px; background: red"></button>
        <script>host.send("ready");</script>"#,
    );
}
