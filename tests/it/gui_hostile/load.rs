//! More than can be handled: of messages, calls, consumers, and of time.

use tests::{AppDir, Display};

use super::Attack;

/// Runs an app of one script and one page to its end, and returns what it printed.
fn printed(main: &str, page: &str) -> Vec<String> {
    let dir = AppDir::of(main, page).file("victim.html", super::VICTIM);
    let display = Display::start();
    let quiet = [("RUST_LOG", "warn,ipc=error")];
    display.run_in(dir.main(), &quiet).finish()
}

/// Case 24. What reaches the script is counted, and what does not is told.
#[test]
fn a_flood_of_a_page() {
    let display = Display::start();
    let attack = Attack::with(
        r#"<script>
        host.on("go", () => {
          const payload = "x".repeat(1024);
          for (let i = 0; i < 200_000; i++) host.send("flood", payload);
        });
        // Only then is there room for certain.
        host.on("end", () => host.send("over"));
        host.send("ready");
        </script>"#,
    )
    .setup(
        r#"
        import { onChannel, onError, request, sendToWindow } from "host:ipc";

        export const options = {};
        let [counted, lost, asked] = [0, 0, 0];
        const log = console.log;
        console.log = (...all) => all[1] !== "flood" && log(...all);
        onChannel("flood", () => counted++);
        onError((error) => lost += error.lost ?? 0);
        onChannel("ready", () => sendToWindow("attacker", "go"));
        // The other window answers all the while.
        onChannel("ready", async () => {
          while (counted + lost < 200_000) {
            await request("victim", "ask", "");
            asked++;
          }
          log(counted + lost, asked > 0);
          await sendToWindow("attacker", "end");
        });
        "#,
    );
    let quiet = [("RUST_LOG", "warn,ipc=error")];
    let mut app = display.run_in(attack.dir.main(), &quiet);
    app.expect_line("ready");
    let before = app.host_peak_memory();
    app.expect_line("200000 true");
    let grown = app.host_peak_memory().saturating_sub(before);
    app.finish();
    assert!(grown < 512 << 20, "{} MiB", grown >> 20);
}

/// Case 25: nobody sees the page, and it gets everything all the same, in order.
#[test]
fn a_flood_to_a_hidden_window() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { ipcStats, onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "hidden", visible: false });
        onChannel("got", (got) => { console.log(JSON.stringify(got)); win.close(); });
        let most = 0;
        for (let n = 0; n < 50_000; n++) {
          await sendToWindow("hidden", "update", n);
          if (n % 100 === 0) most = Math.max(most, ipcStats().windows[0].inFlight);
        }
        console.log(most <= 4096);
        await sendToWindow("hidden", "end");
        "#,
        r#"<script>
        let [next, wrong] = [0, 0];
        host.on("update", (n) => { if (n !== next++) wrong++; });
        host.on("end", () => host.send("got", [next, wrong]));
        </script>"#,
    );
    assert_eq!(stdout, ["true", "[50000,0]"]);
}

/// Case 26: a page that never returns has a bounded number of messages on their way to it, whatever
/// the app sends, and the other window does not notice.
#[test]
fn messages_to_a_page_that_never_returns() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { configureChannel, ipcStats, onChannel, request, sendToWindow } from "host:ipc";

        configureChannel("*", { overflow: "fail" });
        const hung = await createWindow({ id: "hung" });
        const victim = await createWindow({ id: "victim", url: "victim.html" });
        const answers = () =>
          request("hung", "probe", null, { timeoutMs: 1000 }).then(() => true, () => false);
        onChannel("busy", async () => {
          // Until its timer is over.
          while (await answers());
          let refused = 0;
          for (let n = 0; n < 6_000; n++) {
            await sendToWindow("hung", "update", "x".repeat(1024)).catch((error) => {
              if (error.code === "queue-full") refused++;
            });
          }
          const { inFlight } = ipcStats().windows.find(({ windowId }) => windowId === "hung")!;
          console.log(refused > 500, inFlight <= 4096);
          console.log(await request("victim", "ask", "and you?"));
          await hung.close();
          await victim.close();
        });
        await sendToWindow("hung", "hang");
        "#,
        r#"<script>
        host.on("update", () => {});
        host.handle("probe", () => true);
        host.on("hang", () => { host.send("busy"); setTimeout(() => { for (;;); }); });
        </script>"#,
    );
    assert_eq!(stdout, ["true true", "I have seen 0 messages, and you?"]);
}

/// Case 27: it alone loses, and is told.
#[test]
fn one_slow_consumer_among_many() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { channelEvents, onChannel, onError } from "host:ipc";

        let lost = 0;
        onError((error) => lost += error.lost ?? 0);
        const seen = new Array(511).fill(0);
        for (let i = 0; i < 511; i++) onChannel("update", () => seen[i]++);
        const slow = channelEvents("update", { capacity: 10 });
        const win = await createWindow();
        onChannel("end", async () => {
          const taken = [];
          for (let i = 0; i < 10; i++) taken.push((await slow.next()).value!.payload);
          console.log(seen.every((n) => n === 200), taken.join(), lost);
          await win.close();
        });
        "#,
        r#"<script>
        for (let n = 0; n < 200; n++) host.send("update", n);
        host.send("end");
        </script>"#,
    );
    assert_eq!(stdout, ["true 0,1,2,3,4,5,6,7,8,9 190"]);
}

/// Case 28: handlers that come and go while everybody is told something.
#[test]
fn handlers_that_come_and_go_during_broadcasts() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { broadcast, onChannel } from "host:ipc";

        const windows = [await createWindow({ id: "a" }), await createWindow({ id: "b" })];
        let done = 0;
        // As on the page's side, on this one.
        const churn = () => {
          let off = onChannel("seen", () => {});
          return () => { off(); off = onChannel("seen", () => {}); };
        };
        const turns = [churn(), churn()];
        onChannel("seen", () => turns.forEach((turn) => turn()));
        onChannel("steady", async (steady, id) => {
          console.log(JSON.stringify(steady));
          if (++done === 2) for (const window of windows) await window.close();
        });
        for (let n = 0; n < 2_000; n++) await broadcast("*", "update", n);
        await broadcast("*", "end");
        "#,
        r#"<script>
        let [steady, others] = [0, 0];
        const made = [];
        host.on("update", (n) => {
          if (n !== steady++) host.send("wrong", n);
          const handler = () => { others++; host.off("update", handler); };
          host.on("update", handler);
          host.once("update", () => {});
          made.push(handler);
          if (made.length > 3) host.off("update", made.shift());
          if (n % 100 === 0) host.send("seen");
        });
        host.on("end", () => host.send("steady", [steady, others > 0]));
        </script>"#,
    );
    assert_eq!(stdout, ["[2000,true]"; 2]);
}

/// Case 29: the script never returns again, and pages go on: they are drawn, sized, and talk to
/// each other.
#[test]
fn a_handler_that_never_returns() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        await createWindow({ id: "one", title: "one", acceptFrom: ["two"] });
        await createWindow({ id: "two", title: "two", acceptFrom: ["one"] });
        let ready = 0;
        onChannel("ready", () => {
          if (++ready < 2) return;
          console.log("busy");
          for (;;);
        });
        "#,
        r#"<script>
        host.on("ping", (n, { from }) => host.sendTo(from, "pong", n));
        host.on("pong", (n) => host.send("heard", n));
        addEventListener("resize", () => {
          if (innerWidth === 500) host.sendTo("two", "ping", innerWidth);
        });
        host.send("ready");
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("busy");
    let window = app.window("one");
    window.resize(500, 400);
    app.expect_error_line("from window window=one channel=heard payload=500");
    window.close();
    app.expect_error_line("window closed window=one");
}

/// Case 30: those that are too many are told so, and all others are answered.
#[test]
fn five_thousand_requests_at_once() {
    let outcome = Attack::with(
        r#"<script>
        host.handle("back", (n) => n);
        const settled = Array.from({ length: 5_000 }, (_, n) =>
          host.request("echo", n).then((answer) => answer === n, (error) => error.code));
        Promise.all(settled).then((outcomes) => {
          const count = (of) => outcomes.filter((outcome) => outcome === of).length;
          host.send("count", [count(true) >= 4096, count(true) + count("queue-full")]);
          host.request("all").then((outcomes) => {
            host.send("back", outcomes);
            host.send("over");
          });
        });
        </script>"#,
    )
    .setup(
        r#"
        import { handle, request } from "host:ipc";

        export const options = {};
        handle("all", async () => {
          const settled = Array.from({ length: 5_000 }, (_, n) =>
            request("attacker", "back", n).then((answer) => answer === n, (error) => error.code));
          const outcomes = await Promise.all(settled);
          const count = (of: unknown) => outcomes.filter((outcome) => outcome === of).length;
          return [count(true) >= 4096, count(true) + count("queue-full")];
        });
        "#,
    )
    .run();
    assert_eq!(
        outcome.reached,
        ["attacker count [true,5000]", "attacker back [true,5000]"]
    );
}
