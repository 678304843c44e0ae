//! Pages, scripts and processes that end or hang in the middle of their work: the others go on, and
//! the end is clean.

use std::io;
use std::process::{Command, Stdio};

use tests::{AppDir, Display, expect_gone, host_binary};

/// The page gets no further than the first, so that it acknowledges none of them.
#[test]
fn a_page_that_is_killed_with_a_thousand_messages_on_their_way_leaves_them_to_the_next() {
    let dir = AppDir::of(
        r#"
        import { createWindow, onIncident } from "host:window";
        import { onChannel, request, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "main" });
        onIncident(async (incident) => {
          console.log(JSON.stringify(incident));
          await win.reload();
        });
        const taken = request("main", "hang").catch((error) => console.log(error.code));
        await new Promise<void>((resolve) => onChannel("hanging", () => resolve()));
        const sent: Promise<void>[] = [];
        for (let n = 1; n <= 1000; n++) sent.push(sendToWindow("main", "number", n, { ack: true }));
        console.log("sent");
        await taken;
        await Promise.all(sent);
        console.log("received by the next page:", await request("main", "numbers"));
        await win.close();
        "#,
        r#"<script>
        const numbers = [];
        let hangs = false;
        host.on("number", (n) => {
          // Here, and not in a timer: the page would acknowledge what comes before that is over.
          if (hangs) for (;;);
          numbers.push(n);
        });
        host.handle("numbers", () => `${numbers.length} ${numbers.every((n, i) => n === i + 1)}`);
        host.handle("hang", () => {
          hangs = true;
          host.send("hanging");
          return new Promise(() => {});
        });
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_line("sent");
    let pids = app.child_pids();
    app.kill_pages();
    let (mut stdout, stderr) = app.expect_exit(0);
    // Which of the two modules hears first is open.
    stdout[1..3].sort();
    let expected = [
        "sent",
        "page-gone",
        r#"{"windowId":"main","type":"page-crashed"}"#,
        "received by the next page: 1000 true",
    ];
    let mut expected = expected.map(str::to_owned);
    expected[1..3].sort();
    assert_eq!(stdout, expected, "{stderr:#?}");
    expect_gone(&pids);
}

/// What the page had acknowledged is not repeated. What its handlers said of later ones, in the turn
/// in which it hung, has died with it: the next page gets these, and says it for the first time.
#[test]
fn what_a_killed_page_has_acknowledged_and_what_the_next_one_gets_are_all() {
    let dir = AppDir::of(
        r#"
        import { createWindow, onIncident } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "main" });
        onIncident(() => win.reload());
        const had: unknown[] = [];
        const last = new Promise<void>((resolve) => {
          onChannel("had", (n) => {
            had.push(n);
            if (n === 1000) resolve();
          });
        });
        const send = (n: number) => sendToWindow("main", "number", n, { ack: true });
        const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
        await Promise.all(numbers.slice(0, 300).map(send));
        // Of which the next page must not hear: it would hang there, too.
        await sendToWindow("main", "hang at", 700, { ack: true });
        const sent = Promise.all(numbers.slice(300).map(send));
        console.log("sent");
        await Promise.all([sent, last]);
        console.log(had.length, had.every((n, i) => n === i + 1));
        await win.close();
        "#,
        r#"<script>
        let end;
        host.on("hang at", (n) => { end = n; });
        host.on("number", (n) => {
          if (n === end) for (;;);
          host.send("had", n);
        });
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_line("sent");
    app.kill_pages();
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(stdout, ["sent", "1000 true"], "{stderr:#?}");
}

#[test]
fn a_hung_page_is_no_reason_to_stay() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "main" });
        await createWindow({ title: "other", html: "" });
        onChannel("hanging", async () => {
          console.log("hanging");
          // When the test has looked at the processes.
          await new Promise<void>((resolve) => onChannel("close", () => resolve()));
          const sent: Promise<unknown>[] = [];
          for (let n = 0; n < 5000; n++) {
            sent.push(sendToWindow("main", "number", n, { ack: true }).catch((error) => error.code));
          }
          await win.close();
          const codes = new Set(await Promise.all(sent));
          console.log([...codes].join(), sent.length);
        });
        "#,
        r#"<script>
        // None is acknowledged, also if the first should come before the timer is over.
        host.on("number", () => { for (;;); });
        host.send("hanging");
        setTimeout(() => { for (;;); });
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_line("hanging");
    let pids = app.child_pids();
    app.window("other").close();
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(stdout, ["hanging", "window-closed 5000"], "{stderr:#?}");
    expect_gone(&pids);
}

/// Two windows, one of which only the app closes, full of messages in both directions.
const BUSY_APP: &str = r#"
    import { createWindow } from "host:window";
    import { onChannel, sendToWindow } from "host:ipc";

    for (const id of ["one", "two"]) {
      await createWindow({ id, preventClose: id === "two" });
      for (let n = 0; n < 1000; n++) sendToWindow(id, "unheard", n);
    }
    let loaded = 0;
    onChannel("loaded", () => {
      if (++loaded === 2) console.log("loaded");
    });
    onChannel("close", async (_, windowId) => {
      console.log("close", windowId);
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log("saved", windowId);
      await createWindow().catch((error) => console.log(error.code));
    });
"#;

const FLOODING_PAGE: &str = r#"<script>
    host.send("loaded");
    setInterval(() => { for (let n = 0; n < 100; n++) host.send("flood", n); });
</script>"#;

#[test]
fn a_signal_closes_the_windows_and_lets_the_script_finish() {
    let display = Display::start();
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let dir = AppDir::of(BUSY_APP, FLOODING_PAGE);
        let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
        app.expect_line("loaded");
        let pids = app.child_pids();
        assert!(!pids.is_empty());
        app.signal(signal);
        let (mut stdout, stderr) = app.expect_exit(code);
        stdout.sort();
        let expected = [
            "close one",
            "close two",
            "host-gone",
            "host-gone",
            "loaded",
            "saved one",
            "saved two",
        ];
        assert_eq!(stdout, expected, "{stderr:#?}");
        expect_gone(&pids);
    }
}

#[test]
fn a_script_that_never_ends_is_left_behind() {
    let display = Display::start();
    for busy in ["for (;;);", "setInterval(() => {}, 10);"] {
        let dir = AppDir::of(
            &format!(
                r#"
                import {{ createWindow }} from "host:window";
                import {{ onChannel }} from "host:ipc";
                await createWindow();
                onChannel("loaded", () => {{
                  console.log("loaded");
                  {busy}
                }});
                "#
            ),
            "<script>host.send('loaded'); setTimeout(() => { for (;;); })</script>",
        );
        let mut app = display.run(dir.main());
        app.expect_line("loaded");
        let pids = app.child_pids();
        app.signal("TERM");
        app.expect_error_line("window closed window=win-1");
        // Whoever cannot wait says it again.
        app.signal("TERM");
        app.expect_exit(143);
        expect_gone(&pids);
    }
}

#[test]
fn a_signal_ends_an_app_that_does_not_end_by_itself() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";
        await createWindow();
        onChannel("close", () => { for (;;); });
        onChannel("loaded", () => console.log("loaded"));
        "#,
        "<script>host.send('loaded')</script>",
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("loaded");
    let pids = app.child_pids();
    app.signal("TERM");
    app.expect_exit(143);
    expect_gone(&pids);
}

#[test]
fn a_script_that_exits_first_leaves_nothing_behind() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { handle, onChannel, sendToWindow, stream } from "host:ipc";

        handle("ask", () => new Promise(() => {}));
        for (const id of ["one", "two"]) await createWindow({ id });
        let floods = 0;
        onChannel("flood", (_, windowId) => {
          if (++floods < 1000) return sendToWindow(windowId, "unheard", floods);
          stream(windowId, "rows").next();
          console.log("exits");
          Deno.exit(3);
        });
        "#,
        r#"<script>
        host.handleStream("rows", async function* () { for (;;) yield 1; });
        setInterval(() => {
          host.request("ask");
          for (let n = 0; n < 100; n++) host.send("flood", n);
        });
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_line("exits");
    let pids = app.child_pids();
    let (_, stderr) = app.expect_exit(3);
    let panics = stderr.iter().filter(|line| line.contains("panicked"));
    assert_eq!(panics.count(), 0, "{stderr:#?}");
    expect_gone(&pids);
}

/// Printing to a pipe that nobody reads panics, on the script's thread.
#[test]
fn a_panic_on_the_scripts_thread_ends_the_app() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        await createWindow();
        throw new Error("nobody reads this");
        "#,
        "",
    );
    let display = Display::start();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let status = Command::new(host_binary())
        .arg(dir.main())
        .env("DISPLAY", display.name())
        .env("HOME", dir.path())
        .stderr(writer)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

fn rust_app(display: &Display, argument: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rust_app"))
        .arg(argument)
        .env("DISPLAY", display.name())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_panic_on_the_main_thread_ends_the_windows() {
    let display = Display::start();
    assert_eq!(
        rust_app(&display, "panic"),
        "the windows' side of the app has panicked\n"
    );
}

#[test]
fn replies_that_panic_end_nothing() {
    let display = Display::start();
    assert_eq!(rust_app(&display, "replies"), "ShutDown\n");
}

#[test]
fn a_page_that_floods_is_throttled_and_others_are_answered() {
    let display = Display::start();
    assert_eq!(
        rust_app(&display, "throttle"),
        "flood page-throttled\nanswered while it flooded\n0 incidents more\nShutDown\n"
    );
}
