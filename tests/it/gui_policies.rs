//! What the app decides about its messages: how they wait, and what it hears of them.

use tests::{AppDir, Display};

fn run(dir: &AppDir) -> Vec<String> {
    Display::start().run(dir.main()).finish()
}

#[test]
fn a_page_that_reloads_gets_the_sticky_value_at_once_and_the_newest_of_others() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { configureChannel, onChannel, sendToWindow } from "host:ipc";

        configureChannel("theme", { sticky: true });
        configureChannel("progress", { overflow: "keep-latest" });
        configureChannel("log:*", { overflow: "drop-oldest", capacity: 2 });
        const win = await createWindow({ id: "main" });
        let pages = 0;
        onChannel("page", async () => {
          pages++;
          if (pages === 3) return win.close();
          for (let n = 0; n < 5; n++) {
            await sendToWindow("main", "progress", n);
            await sendToWindow("main", "log:x", n);
          }
          if (pages === 1) await sendToWindow("main", "theme", "dark");
          await sendToWindow("main", "listen");
        });
        onChannel("four", () => sendToWindow("main", "end"));
        onChannel("heard", async (heard) => {
          console.log((heard as string[]).join(" "));
          await win.reload();
        });
        "#,
        r#"<script>
        const heard = [];
        host.on("listen", () => {
          for (const channel of ["theme", "progress", "log:x"]) {
            host.on(channel, (payload) => {
              if (heard.push(channel + "=" + payload) === 4) host.send("four");
            });
          }
        });
        // After what may come beyond these.
        host.on("end", () => host.send("heard", heard));
        host.send("page");
        </script>"#,
    );
    let others = "log:x=3 log:x=4";
    let mut printed = run(&dir);
    for line in &mut printed {
        let mut words: Vec<_> = line.split(' ').collect();
        words.sort_unstable();
        *line = words.join(" ");
    }
    let expected = format!("{others} progress=4 theme=dark");
    assert_eq!(printed, [expected.clone(), expected]);
}

#[test]
fn senders_hear_what_became_of_their_messages() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { broadcast, configureChannel, ipcStats, onChannel, sendToWindow } from "host:ipc";

        const code = (promise: Promise<unknown>) =>
          promise.then(() => "received", (error) => error.code ?? error);
        const win = await createWindow({ id: "main" });
        const other = await createWindow({ id: "other" });
        const options = { ack: true };
        console.log(await code(sendToWindow("main", "heard", 1, options)));
        console.log(await code(sendToWindow("main", "unheard", 1, { ack: true, timeoutMs: 50 })));
        const signal = AbortSignal.abort("changed my mind");
        console.log(await code(sendToWindow("main", "heard", 2, { ack: true, signal })));

        configureChannel("small", { overflow: "fail", capacity: 2 });
        configureChannel("old", { overflow: "drop-oldest", capacity: 1 });
        const small = [1, 2, 3].map((n) => code(sendToWindow("main", "small", n)));
        console.log((await Promise.all(small)).join(" "));
        const dropped = code(sendToWindow("main", "old", 1, options));
        await sendToWindow("main", "old", 2);
        console.log(await dropped);

        // A queue that is full makes its sender wait until the page listens.
        configureChannel("wait", { capacity: 1 });
        await sendToWindow("main", "wait", 1);
        let accepted = false;
        const waits = sendToWindow("main", "wait", 2).then(() => accepted = true);
        await sendToWindow("main", "heard", 3, options);
        console.log("accepted:", accepted);
        await sendToWindow("main", "listen", "wait");
        await waits;
        console.log("accepted:", accepted);

        const results = await broadcast("*", "heard", 4, { except: ["other"], ack: true });
        console.log(results.map(({ windowId, ok }) => `${windowId} ${ok}`).join());
        const last = code(sendToWindow("other", "unheard", 1, options));
        await other.close();
        console.log(await last);

        const { windows } = ipcStats();
        const main = windows.find(({ windowId }) => windowId === "main")!;
        const heard = main.channels.find(({ channel }) => channel === "heard")!;
        const { accepted: sent, delivered, waiting } = heard;
        console.log(sent, delivered, waiting, heard.latencyP50Ms !== null);
        await win.close();
        "#,
        r#"<script>
        host.on("heard", () => {});
        host.on("listen", (channel) => host.on(channel, () => {}));
        </script>"#,
    );
    assert_eq!(
        run(&dir),
        [
            "received",
            "timeout",
            "changed my mind",
            "received received queue-full",
            "dropped",
            "accepted: false",
            "accepted: true",
            "main true",
            "window-closed",
            "3 3 0 true",
        ]
    );
}
