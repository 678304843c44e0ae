//! Parts that fail, and ends that come out of order: pages, windows, the script, the app.

use std::process::Command;
use std::sync::{Mutex, PoisonError, mpsc};

use tests::{AppDir, Display, Reply, RunningApp, Web, expect_gone, signal};

use super::Attack;

/// What an app prints that ends by itself, and nothing is left of its processes.
fn finish(app: RunningApp<'_>, code: i32) -> Vec<String> {
    let (stdout, stderr) = app.expect_exit(code);
    let text = stderr.join("\n");
    for bad in ["panicked", "CRITICAL", "Segmentation", "core dumped"] {
        assert!(!text.contains(bad), "{stderr:#?}");
    }
    stdout
}

/// Case 6: a page that is left says what it likes, but nothing after the next page has spoken.
#[test]
fn a_page_that_talks_while_it_is_left() {
    let outcome = Attack::with(
        r#"<script>
        const from = Number(location.hash.slice(1));
        host.send("hello from", from);
        for (const type of ["pagehide", "unload", "beforeunload", "visibilitychange"]) {
          addEventListener(type, () => {
            for (let i = 0; i < 50; i++) host.send("old", from);
            host.request("echo").then(() => host.send("old", from));
          });
        }
        setInterval(() => host.send("old", from), 1);
        if (from < 5) {
          location.replace(`?${from + 1}#${from + 1}`);
          for (let i = 0; i < 50; i++) host.send("old", from);
        } else {
          host.send("over");
        }
        </script>"#,
    )
    .run();
    let mut current = -1;
    for line in &outcome.reached {
        let (what, from) = line.rsplit_once(' ').expect("a payload");
        let from: i32 = from.parse().expect("a page's number");
        match what {
            "attacker hello from" => current = from,
            _ => assert_eq!(from, current, "{:#?}", outcome.reached),
        }
    }
    assert_eq!(current, 5, "{:#?}", outcome.reached);
}

/// Case 31: with a thousand messages and a thousand requests on their way to a page that is busy.
/// The other window goes on, and a reload gives the first a page again.
#[test]
fn a_page_process_that_is_killed() {
    let attack = Attack::with(
        r#"<script>
        let heard = 0;
        host.on("update", (n) => { if (n === 999) host.send("heard all"); });
        host.on("hang", () => { host.send("hanging"); setTimeout(() => { for (;;); }); });
        host.handle("never", () => new Promise(() => {}));
        host.handle("probe", () => true);
        host.on("end", () => host.send("over"));
        host.send("loaded");
        </script>"#,
    )
    .setup(
        r#"
        import { onChannel, request, sendToWindow } from "host:ipc";

        export const options = {};
        let loads = 0;
        onChannel("loaded", async () => {
          if (loads++ > 0) return;
          const all = Array.from({ length: 1_000 }, () =>
            request("attacker", "never").catch((error) => error.code));
          await sendToWindow("attacker", "hang");
          const answers = () => request("attacker", "probe", null, { timeoutMs: 1000 })
            .then(() => true, () => false);
          // Until its timer is over.
          while (await answers());
          for (let n = 0; n < 1_000; n++) sendToWindow("attacker", "update", n);
          console.log("hung");
          const codes = new Set(await Promise.all(all));
          console.log("rejected", [...codes].join());
          console.log(await request("victim", "ask", "still there?"));
          const { attacker } = await import("./main.ts");
          await attacker.reload();
        });
        onChannel("heard all", () => sendToWindow("attacker", "end"));
        "#,
    )
    .file(
        "main.ts",
        &super::APP.replace("const attacker", "export const attacker"),
    );
    let display = Display::start();
    let mut app = attack.start(&display);
    app.expect_line("hung");
    let pages = app.page_pids();
    assert_eq!(pages.len(), 2, "one of each window");
    signal(pages[1], "KILL");
    let (mut stdout, stderr) = app.expect_exit(0);
    // Told by another module than the calls' end.
    let incident = stdout
        .iter()
        .position(|line| line == "attacker page-crashed {}");
    stdout.remove(incident.expect("the crash is told"));
    assert_eq!(
        stdout,
        [
            "attacker loaded null",
            "attacker hanging null",
            "hung",
            "rejected page-gone",
            "I have seen 0 messages, still there?",
            "attacker loaded null",
            "attacker heard all null",
            "all is well"
        ],
        "{stderr:#?}"
    );
    expect_gone(&pages);
}

/// Case 32, in both directions: what is broken off ends on the other side.
#[test]
fn a_reload_in_the_middle_of_streams_and_chunks() {
    let outcome = Attack::with(
        r#"<script>
        host.handleStream("rows", async function* () {
          for (let n = 0; ; n++) yield n % 2 ? new Uint8Array(300_000) : "x".repeat(300_000);
        });
        if (sessionStorage.getItem("again")) {
          host.request("ended").then((ended) => { host.send("ended", ended); host.send("over"); });
        } else {
          sessionStorage.setItem("again", "1");
          (async () => {
            let n = 0;
            for await (const chunk of host.stream("rows")) {
              // With chunks asked for and on their way, some of them bytes.
              if (++n === 5) host.send("read five");
            }
          })();
        }
        </script>"#,
    )
    .setup(
        r#"
        import { handle, handleStream, onChannel, stream } from "host:ipc";

        export const options = {};
        let cancelled: () => void;
        const producer = new Promise<void>((resolve) => cancelled = resolve);
        handleStream("rows", async function* () {
          try {
            for (let n = 0; ; n++) yield n % 2 ? new Uint8Array(300_000) : "x".repeat(300_000);
          } finally {
            cancelled();
          }
        });
        let consumer: Promise<string>;
        onChannel("read five", () => {
          consumer = (async () => {
            let n = 0;
            try {
              for await (const _ of stream("attacker", "rows")) {
                if (++n === 5) {
                  const { attacker } = await import("./main.ts");
                  await attacker.reload();
                }
              }
              return "ended";
            } catch (error) {
              return (error as any).code;
            }
          })();
        });
        handle("ended", async () => { await producer; return await consumer; });
        "#,
    )
    .file(
        "main.ts",
        &super::APP.replace("const attacker", "export const attacker"),
    )
    .run();
    assert_eq!(
        outcome.reached,
        ["attacker read five null", r#"attacker ended "page-gone""#]
    );
}

/// Case 33: a window that is closed from within the handler of its own message, event and call,
/// with more of all on their way.
#[test]
fn a_window_closed_from_within_its_own_handler() {
    let dir = AppDir::of(
        r#"
        import { createWindow, closeWindow } from "host:window";
        import { handle, onChannel, onEvent, sendToWindow } from "host:ipc";

        for (const id of ["message", "request", "event"]) await createWindow({ id });
        let after = 0;
        let isTold = false;
        const outcomes: Record<string, string> = {};
        const close = async (id: string) => {
          if (id in outcomes) { after++; return; }
          for (let n = 0; n < 100; n++) sendToWindow(id, "update", n).catch(() => {});
          outcomes[id] = "closing";
          const twice = await Promise.all([closeWindow(id), closeWindow(id)]);
          outcomes[id] = twice.join();
          await sendToWindow(id, "update").catch((error) => outcomes[id] += " " + error.code);
          const settled = Object.values(outcomes).filter((it) => it.includes("window-closed"));
          if (settled.length < 3 || isTold) return;
          isTold = true;
          console.log(JSON.stringify(outcomes));
        };
        onChannel("flood", (_, id) => { if (id === "message") close(id); });
        handle("ask", (_, { windowId }) => windowId === "request" ? close(windowId) : 1);
        onEvent(({ windowId, channel }) => { if (windowId === "event" && channel === "flood") close(windowId); });
        "#,
        r#"<script>
        for (let n = 0; n < 1_000; n++) { host.send("flood", n); host.request("ask", n).catch(() => {}); }
        host.on("update", () => host.send("flood"));
        </script>"#,
    );
    let display = Display::start();
    let stdout = finish(display.run(dir.main()), 0);
    assert_eq!(stdout.len(), 1, "{stdout:#?}");
    for id in ["message", "request", "event"] {
        let outcome = format!(r#""{id}":"true,false window-closed""#);
        assert!(stdout[0].contains(&outcome), "{stdout:#?}");
    }
}

/// Case 34: a webview is given nothing before its page is there to take it. The page comes from a
/// server that keeps it until the script has looked.
#[test]
fn messages_before_there_is_a_page() {
    let (release, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let web = Web::start(move |path| match path {
        "/" => {
            let gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
            gate.recv().expect("the script has looked");
            Reply::html(
                r#"<script>
                let [next, wrong] = [0, 0];
                host.on("update", (n) => { if (n !== next++) wrong++; });
                host.on("end", () => host.send("got", [next, wrong]));
                </script>"#,
            )
        }
        _ => Reply::html(""),
    });
    let origin = web.origin();
    let dir = AppDir::of(
        &format!(
            r#"
            import {{ createWindow }} from "host:window";
            import {{ ipcStats, onChannel, sendToWindow }} from "host:ipc";

            const win = await createWindow({{ id: "main", url: "{origin}/", origins: ["{origin}"] }});
            let accepted = 0;
            const sent = [];
            for (let n = 0; n < 2_000; n++) {{
              sent.push(sendToWindow("main", "update", n).then(() => accepted++));
            }}
            await new Promise((resolve) => setTimeout(resolve, 100));
            const {{ channels: [{{ waiting }}], inFlight }} = ipcStats().windows[0];
            onChannel("got", (got) => {{ console.log(JSON.stringify(got)); win.close(); }});
            console.log(waiting === 1024, inFlight === 0, accepted === 1024);
            await Promise.all(sent);
            await sendToWindow("main", "end");
            "#
        ),
        "",
    )
    .granted(&[&origin]);
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("true true true");
    release.send(()).expect("the page is asked for");
    let stdout = finish(app, 0);
    assert_eq!(stdout, ["true true true", "[2000,0]"]);
}

/// An app whose windows have thousands of messages on their way, both ways, when `end` is run.
fn busy(end: &str) -> AppDir {
    AppDir::of(
        &format!(
            r#"
            import {{ createWindow }} from "host:window";
            import {{ onChannel, sendToWindow }} from "host:ipc";

            const windows = [await createWindow({{ id: "a" }}), await createWindow({{ id: "b" }})];
            let ready = 0;
            onChannel("ready", async () => {{
              if (++ready < 2) return;
              for (let n = 0; n < 5_000; n++) {{
                for (const id of ["a", "b"]) sendToWindow(id, "update", "x".repeat(100)).catch(() => {{}});
              }}
              console.log("busy");
              {end}
            }});
            "#
        ),
        r#"<script>
        host.on("update", () => host.send("back"));
        setInterval(() => { for (let n = 0; n < 100; n++) host.send("flood", n); }, 5);
        host.send("ready");
        </script>"#,
    )
}

/// Runs it to its end, and returns what it printed, when nothing is left of its processes.
fn end(dir: &AppDir, code: i32, then: impl FnOnce(&RunningApp<'_>)) -> Vec<String> {
    let display = Display::start();
    let quiet = [("RUST_LOG", "warn,ipc=error")];
    let mut app = display.run_in(dir.main(), &quiet);
    app.expect_line("busy");
    let children = app.child_pids();
    then(&app);
    let stdout = finish(app, code);
    expect_gone(&children);
    stdout
}

/// Case 35.
#[test]
fn the_script_exits_with_thousands_of_messages_queued() {
    assert_eq!(end(&busy("Deno.exit(5);"), 5, |_| {}), ["busy"]);
}

/// Case 35.
#[test]
fn the_script_throws_with_thousands_of_messages_queued() {
    let dir = busy("setTimeout(() => { throw new Error('on purpose'); });");
    assert_eq!(end(&dir, 1, |_| {}), ["busy"]);
}

/// Case 35: closed one after the other by the script, which then has nothing more to do.
#[test]
fn windows_close_with_thousands_of_messages_queued() {
    let dir = busy("for (const window of windows) await window.close(); console.log('closed');");
    assert_eq!(end(&dir, 0, |_| {}), ["busy", "closed"]);
}

/// Case 35: closed by their user.
#[test]
fn a_user_closes_windows_with_thousands_of_messages_queued() {
    let dir = busy("for (const window of windows) window.setTitle(window.id);");
    let stdout = end(&dir, 0, |app| {
        app.window("a").close();
        app.window("b").close();
    });
    assert_eq!(stdout, ["busy"]);
}

/// Both pages never return: neither a close, nor the end, nor the system waits for them, and none
/// stays behind.
#[test]
fn the_app_ends_with_pages_that_never_return() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, request } from "host:ipc";

        const windows = [await createWindow({ id: "a" }), await createWindow({ id: "b" })];
        const answers = (id: string) =>
          request(id, "probe", null, { timeoutMs: 1000 }).then(() => true, () => false);
        let hung = 0;
        onChannel("hanging", async (_, id) => {
          while (await answers(id));
          if (++hung < 2) return;
          console.log("busy");
          await windows[0].close();
          Deno.exit(4);
        });
        "#,
        r#"<script>
        host.handle("probe", () => true);
        host.send("hanging");
        setTimeout(() => { for (;;); }, 50);
        </script>"#,
    );
    assert_eq!(end(&dir, 4, |_| {}), ["busy"]);
}

/// The host is killed, as by a system that is out of memory, while pages never return, and cannot even
/// act on their own: stopped, none of them runs the timer by which WebKit gives up in the end.
#[test]
fn the_host_is_killed_with_pages_that_never_return() {
    /// Does not leave what is stopped behind, should it not end.
    struct Stopped(Vec<u32>);
    impl Drop for Stopped {
        fn drop(&mut self) {
            if std::thread::panicking() {
                let pids = self.0.iter().map(u32::to_string);
                let _ = Command::new("kill").arg("-KILL").args(pids).status();
            }
        }
    }

    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        let hanging = 0;
        onChannel("hanging", () => { if (++hanging === 2) console.log("busy"); });
        await createWindow({ id: "a" });
        await createWindow({ id: "b" });
        "#,
        r#"<script>
        host.send("hanging");
        setTimeout(() => { for (;;); });
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("busy");
    let children = app.child_pids();
    let pages = Stopped(app.page_pids());
    assert_eq!(pages.0.len(), 2);
    pages.0.iter().for_each(|pid| signal(*pid, "STOP"));
    app.signal("KILL");
    expect_gone(&children);
}

/// Every page process at once, again and again, while messages are on their way.
#[test]
fn page_processes_killed_again_and_again() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "main" });
        let loads = 0;
        onChannel("loaded", async () => {
          loads++;
          console.log("loaded", loads);
          if (loads < 4) return;
          await win.close();
        });
        // What a user would do; a page that is there is just loaded again.
        setInterval(() => win.reload().catch(() => {}), 1_500);
        for (;;) {
          await sendToWindow("main", "update", "x".repeat(1000)).catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 1));
          if (loads >= 4) Deno.exit(0);
        }
        "#,
        r#"<script>
        host.on("update", (text) => host.send("back", text));
        host.send("loaded");
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "warn,ipc=error")]);
    for load in 1..=3 {
        app.expect_line(&format!("loaded {load}"));
        app.kill_pages();
    }
    app.expect_line("loaded 4");
    finish(app, 0);
}

/// With `preventClose` its window stays. The app gets one event a second at most.
#[test]
fn a_page_that_closes_itself_without_end() {
    let main = r#"
        import { createWindow } from "host:window";
        import { onEvent } from "host:ipc";
        let closes = 0;
        onEvent(({ channel }) => {
            if (channel === "close") closes++;
            if (channel !== "over") return;
            console.log(closes > 0, closes < 100);
            Deno.exit(0);
        });
        await createWindow({ id: "attacker", preventClose: true });
    "#;
    let page = r#"<script>
        let turns = 0;
        const attack = setInterval(() => {
            for (let i = 0; i < 200; i++) close();
            if (++turns < 100) return;
            clearInterval(attack);
            host.send("over");
        }, 10);
    </script>"#;
    let dir = AppDir::of(main, page);
    let display = Display::start();
    assert_eq!(finish(display.run(dir.main()), 0), ["true true"]);
}
