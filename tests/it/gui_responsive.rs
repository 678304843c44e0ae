//! Script, pages and windows do not wait for each other, and nothing works when nothing happens.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use tests::{AppDir, Display};

#[test]
fn a_script_that_never_returns_does_not_freeze_its_windows() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        await createWindow({ title: "alive" });
        onChannel("tick", () => {
          console.log("busy");
          for (;;);
        });
        "#,
        r#"<script>
        let n = 0;
        setInterval(() => host.send("tick", ++n), 10);
        addEventListener("resize", () => host.send("size", [innerWidth, innerHeight]));
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("busy");
    let window = app.window("alive");
    window.resize(500, 400);
    app.expect_error_line("from window window=win-1 channel=size payload=[500,400]");
    app.expect_error_line("from window window=win-1 channel=tick payload=100");
    window.close();
    app.expect_error_line("window closed window=win-1");
}

#[test]
fn what_came_while_a_script_was_busy_is_not_lost() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        let next = 1;
        let wrong = 0;
        onChannel("tick", (payload) => {
          if (payload !== next++) wrong++;
          if (payload !== 1) return;
          const end = Date.now() + 2000;
          while (Date.now() < end);
          sendToWindow(win.id, "stop");
        });
        onChannel("stopped", (ticks) => {
          console.log(next - 1 === ticks, wrong, (ticks as number) > 1);
          win.close();
        });
        "#,
        r#"<script>
        let n = 0;
        const ticking = setInterval(() => host.send("tick", ++n), 20);
        host.on("stop", () => {
          clearInterval(ticking);
          host.send("stopped", n);
        });
        </script>"#,
    );
    let display = Display::start();
    assert_eq!(display.run(dir.main()).finish(), ["true 0 true"]);
}

#[test]
fn a_page_that_never_returns_does_not_freeze_the_script() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, request, sendToWindow } from "host:ipc";

        const hung = await createWindow({ id: "hung" });
        const other = await createWindow({ id: "other" });
        const answers = () =>
          request("hung", "probe", null, { timeoutMs: 3000 }).then(() => true, () => false);
        onChannel("busy", async () => {
          // The page still does until its timer is over.
          while (await answers());
          for (let i = 0; i < 20; i++) {
            await sendToWindow("hung", "update", i);
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          console.log("still running");
          await sendToWindow("other", "ping");
        });
        onChannel("not busy", () => console.log("the page is not busy"));
        onChannel("pong", async () => {
          console.log("still talking");
          await other.close();
          await hung.close();
        });
        await sendToWindow("hung", "hang");
        "#,
        r#"<script>
        host.on("update", () => host.send("not busy"));
        host.on("ping", () => host.send("pong"));
        host.handle("probe", () => true);
        host.on("hang", () => {
          host.send("busy");
          // After the turn in which the message leaves.
          setTimeout(() => { for (;;); });
        });
        </script>"#,
    );
    let display = Display::start();
    assert_eq!(
        display.run(dir.main()).finish(),
        ["still running", "still talking"]
    );
}

/// Processor time, not time on a clock: other processes may take what they want.
#[test]
fn an_idle_app_uses_no_processor_time() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, onEvent, windowEvents } from "host:ipc";

        await createWindow({ title: "idle" });
        onEvent(() => {});
        onChannel("loaded", () => console.log("loaded"));
        for await (const _ of windowEvents());
        "#,
        "<h1>Idle</h1><script>addEventListener('load', () => host.send('loaded'))</script>",
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("loaded");
    // What the start still has to do.
    thread::sleep(Duration::from_secs(1));
    let (start, before) = (Instant::now(), processor_time(app.pid()));
    thread::sleep(Duration::from_secs(3));
    let used = processor_time(app.pid()) - before;
    let share = used.as_secs_f64() / start.elapsed().as_secs_f64();
    assert!(share < 0.1, "{used:?}, {share} of a processor");
    app.window("idle").close();
    app.finish();
}

/// What all threads of a process have used.
fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The second field is a name, which may have spaces in it.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks: u64 = [11, 12]
        .map(|i| fields[i].parse::<u64>().unwrap())
        .iter()
        .sum();
    // Linux counts these fields in hundredths of a second on every architecture.
    Duration::from_millis(10 * ticks)
}
