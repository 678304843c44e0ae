//! When an app ends, with which code, and what its script sees before.

use tests::{AppDir, Display};

/// The types vanish in JavaScript, so a place that is not mapped is the wrong one.
const TYPES: &str = "interface Gone {\n  a: string;\n}\n";

#[test]
fn the_app_ends_after_its_last_window_and_sees_it_close() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        onChannel("close", async (_, windowId) => {
          console.log("close", windowId);
          await new Promise((resolve) => setTimeout(resolve, 50));
          console.log("done with", windowId);
        });
        await createWindow({ title: "first", width: 300, height: 200 });
        await createWindow({ title: "second", width: 300, height: 200 });
        console.log("open");
        "#,
        "",
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("open");
    // A new window gets the keyboard, and keys, a little after it is there.
    app.expect_error_line("window=win-2 channel=focus");
    app.window("first").close();
    app.expect_line("done with win-1");
    app.window("second").close();
    assert_eq!(
        app.finish(),
        [
            "open",
            "close win-1",
            "done with win-1",
            "close win-2",
            "done with win-2"
        ]
    );
}

#[test]
fn a_loop_at_the_top_level_ends_with_the_last_window() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { windowEvents } from "host:ipc";

        await createWindow({ title: "only" });
        console.log("open");
        for await (const { type } of windowEvents()) {
          if (type === "close") console.log(type);
        }
        console.log("after the loop");
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.log("and later");
        "#,
        "",
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("open");
    app.window("only").close();
    assert_eq!(
        app.finish(),
        ["open", "close", "after the loop", "and later"]
    );
}

#[test]
fn a_timer_and_a_window_opened_at_close_keep_the_app_alive() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        let closed = 0;
        onChannel("close", async (_, windowId) => {
          console.log("close", windowId);
          if (++closed > 2) return;
          if (closed === 1) setTimeout(next, 300);
          else await next();
        });
        async function next() {
          const { id } = await createWindow();
          console.log("opened", id);
        }
        onChannel("loaded", (_, windowId) => {
          console.log("loaded", windowId);
          closeWindow(windowId);
        });
        import { closeWindow } from "host:window";
        await next();
        "#,
        "<script>host.send('loaded')</script>",
    );
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    let expected =
        (1..=3).flat_map(|n| ["opened", "loaded", "close"].map(|what| format!("{what} win-{n}")));
    assert_eq!(stdout, expected.collect::<Vec<_>>());
}

#[test]
fn an_uncaught_error_ends_the_app_with_its_place_in_the_source() {
    let display = Display::start();
    for (rest, place, head) in [
        (
            "await createWindow();\nthrow new TypeError('at the top' as string);\n",
            "6:7",
            "error: Uncaught (in promise) TypeError: at the top",
        ),
        (
            "await createWindow();\nconst gone: Gone | null = null;\nsetTimeout(() => {\n  throw new Error(`in a timer ${gone}`);\n});\n",
            "8:9",
            "error: Uncaught Error: in a timer null",
        ),
        (
            "await createWindow({ colour: 'red' } as any);\n",
            "5:",
            "error: Uncaught (in promise) TypeError: ",
        ),
    ] {
        let main = format!("{TYPES}import {{ createWindow }} from 'host:window';\n{rest}");
        let dir = AppDir::of(&main, "");
        let (stdout, stderr) = display.run(dir.main()).expect_exit(1);
        assert!(stdout.is_empty(), "{stdout:#?}");
        let report = stderr
            .iter()
            .skip_while(|line| !line.starts_with("error: "))
            .collect::<Vec<_>>();
        assert!(report[0].starts_with(head), "{stderr:#?}");
        let place = format!("file://{}:{place}", dir.main().display());
        assert!(
            report.iter().any(|line| line.contains(&place)),
            "no {place}: {stderr:#?}"
        );
    }
}

#[test]
fn deno_exit_ends_an_app_with_open_windows() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        await createWindow();
        await createWindow();
        setInterval(() => {}, 1000);
        onChannel("loaded", () => {
          console.log("bye");
          Deno.exit(7);
          console.log("not reached");
        });
        "#,
        "<script>host.send('loaded')</script>",
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(7);
    assert_eq!(stdout, ["bye"]);
    assert!(
        !stderr.iter().any(|line| line.contains("error")),
        "{stderr:#?}"
    );
}

#[test]
fn a_script_without_windows_ends_by_itself() {
    let dir = AppDir::new().file(
        "main.ts",
        r#"
        import { onEvent, recvWindowEvent } from "host:ipc";

        onEvent(() => {});
        console.log(await recvWindowEvent());
        "#,
    );
    let display = Display::start();
    assert_eq!(display.run(dir.main()).finish(), ["null"]);
}
