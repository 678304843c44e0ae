//! Windows go, in whatever state they are, and leave nothing behind.

use std::path::Path;

use tests::{Display, RunningApp, wait_for};

use super::{app, ends_well, tell};

/// Waits for the app to end well, and its web processes with it.
fn leaves_nothing(app: RunningApp<'_>, children: &[u32]) -> Vec<String> {
    assert!(!children.is_empty(), "a page has a process");
    let printed = ends_well(app);
    have_ended(children);
    printed
}

fn have_ended(processes: &[u32]) {
    wait_for("the web processes to end", || {
        let is_gone = |pid: &u32| !Path::new(&format!("/proc/{pid}")).exists();
        processes.iter().all(is_gone).then_some(())
    });
}

#[test]
fn eight_windows_come_and_go() {
    let display = Display::start();
    let dir = app(r#"
        const closed: string[] = [];
        onChannel("close", (_, id) => closed.push(id));
        for (let round = 0; round < 2; round++) {
            const windows = [];
            for (let i = 0; i < 8; i++) {
                const win = await createWindow({ title: `Window ${i}`, width: 300, height: 200 });
                windows.push(win);
            }
            for (const win of windows) await look(win.id);
            console.log(`round ${round} is there`);
            await told(`close ${round}`);
            for (const win of windows) console.log(await win.close());
        }
        await until("all closed", async () => closed.length === 16);
        console.log(closed.join());
        "#);
    let mut app = display.run(dir.main());
    let mut children = Vec::new();
    for round in 0..2 {
        app.expect_line(&format!("round {round} is there"));
        children.extend(app.child_pids());
        tell(&dir, &format!("close {round}"));
    }
    let printed = leaves_nothing(app, &children);
    assert_eq!(printed.iter().filter(|line| *line == "true").count(), 16);
    let ids: Vec<_> = (1..=16).map(|n| format!("win-{n}")).collect();
    assert_eq!(printed.last(), Some(&ids.join(",")));
}

#[test]
fn windows_close_while_their_pages_load() {
    let display = Display::start();
    let dir = app(r#"
        for (let i = 0; i < 10; i++) {
            const win = await createWindow();
            await pause(i * 15);
            console.log(await win.close());
        }
        // Without waiting for the window at all.
        const opening = createWindow({ id: "main" });
        console.log(await outcome(closeWindow("main")));
        await opening;
        console.log(await outcome(closeWindow("main")));

        await createWindow({ title: "Last" });
        "#);
    let app = display.run(dir.main());
    let window = app.window("Last");
    let children = app.child_pids();
    window.close();
    let printed = leaves_nothing(app, &children);
    assert_eq!(printed[..10], ["true"; 10]);
}

#[test]
fn a_window_closes_from_its_own_handlers() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Own" });
        onChannel("pressed", async () => {
            console.log("pressed", await win.close());
        });
        onChannel("close", async () => {
            console.log("close", await win.close());
        });
        for await (const event of win.events()) {
            if (event.type === "close") console.log("event", await win.close());
        }
        console.log("no more events");
        "#);
    let mut app = display.run(dir.main());
    let window = app.window("Own");
    app.expect_error_line("channel=element");
    let children = app.child_pids();
    window.click(120, 85);
    app.expect_line("pressed true");
    let mut printed = leaves_nothing(app, &children);
    printed.sort();
    assert_eq!(
        printed,
        [
            "close false",
            "event false",
            "no more events",
            "pressed true"
        ]
    );
}

#[test]
fn a_page_that_floods_can_be_closed() {
    let display = Display::start();
    let dir = app(r#"
        let messages = 0;
        onChannel("flood", async () => {
            messages += 1;
            if (messages === 5000) console.log("closed", await win.close());
        });
        const win = await createWindow({ title: "Flood" });
        "#)
    .file(
        "index.html",
        r#"<script>
            setInterval(() => { for (let i = 0; i < 1000; i++) host.send("flood", i); }, 1);
        </script>"#,
    );
    let mut app = display.run(dir.main());
    app.window("Flood");
    let children = app.child_pids();
    app.expect_line("closed true");
    leaves_nothing(app, &children);
}

#[test]
fn the_user_closes_a_page_that_hangs() {
    let display = Display::start();
    let dir = app(r#"
        onChannel("close", (_, id) => console.log("close", id));
        const win = await createWindow({ title: "Hung" });
        await sendToWindow(win.id, "never", {});
        "#)
    .file(
        "index.html",
        r#"<script>host.send("hanging"); setTimeout(() => { for (;;); }, 100);</script>"#,
    );
    let mut app = display.run(dir.main());
    app.expect_error_line("channel=hanging");
    let window = app.window("Hung");
    let children = app.child_pids();
    window.close();
    // WebKit says that it had to kill the page's process.
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(stdout, ["close win-1"]);
    assert!(!stderr.concat().contains("panicked"), "{stderr:#?}");
    have_ended(&children);
}

#[test]
fn a_page_closes_its_own_window() {
    let display = Display::start();
    let dir = app(r#"
        onChannel("close", (_, id) => console.log("close", id));
        const win = await createWindow({ title: "Self" });
        await told("seen");
        await sendToWindow(win.id, "leave", {});
        "#)
    .file(
        "index.html",
        "<script>host.on('leave', () => window.close());</script>",
    );
    let app = display.run(dir.main());
    let window = app.window("Self");
    let children = app.child_pids();
    tell(&dir, "seen");
    let printed = leaves_nothing(app, &children);
    assert!(!window.exists());
    assert_eq!(printed, ["close win-1"]);
}

#[test]
fn a_page_that_closes_itself_is_there_if_its_window_stays() {
    let display = Display::start();
    let dir = app(r#"
        const win = await createWindow({ title: "Stays", preventClose: true });
        const closed = Promise.withResolvers<void>();
        onChannel("close", () => {
            console.log("close");
            closed.resolve();
        });
        await sendToWindow(win.id, "leave", {});
        await closed.promise;
        console.log((await look(win.id)).path);
        await win.reload();
        console.log((await look(win.id)).path);
        console.log("closed", await win.close());
        "#)
    .file(
        "index.html",
        concat!(
            include_str!("page.html"),
            "<script>host.on('leave', () => window.close());</script>",
        ),
    );
    let app = display.run(dir.main());
    assert_eq!(ends_well(app), ["close", "/", "/", "closed true"]);
}
