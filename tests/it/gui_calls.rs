//! Requests and streams between a script and its pages, and messages from page to page.

use tests::{AppDir, Display};

/// Runs an app of one script and one page to its end, and returns what it printed.
fn run(main: &str, page: &str) -> Vec<String> {
    let dir = AppDir::of(main, page);
    Display::start().run(dir.main()).finish()
}

#[test]
fn a_script_asks_its_page() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, request } from "host:ipc";

        const win = await createWindow({ id: "main", devtools: true });
        // The page has not loaded yet.
        console.log(await request("main", "double", 21));
        const failures: [string, (() => object)?][] = [
          ["fails"], ["fails oddly"], ["bad answer"], ["removed"], ["slow", () => ({ timeoutMs: 500 })],
          ["slow", () => ({ signal: AbortSignal.timeout(500) })],
        ];
        for (const [channel, options] of failures) {
          const error = await request("main", channel, null, options?.()).catch((error) => error);
          console.log(channel, error.name, error.code, error.message);
        }
        const stack = await request("main", "fails").catch((error) => error.stack);
        console.log("stack of the page:", /failing|index.html/.test(stack));
        const aborted = await request("main", "aborted");
        console.log("aborted in the page:", aborted);

        const pending = request("main", "slow").catch((error) => error.code);
        onChannel("asked", () => win.reload());
        console.log("reloaded:", await pending, await request("main", "double", 4));
        const last = request("main", "slow").catch((error) => error.code);
        await win.close();
        console.log("closed:", await last);
        console.log(await request("main", "double").catch((error) => error.code));
        "#,
        r#"<script>
        let aborted = 0;
        host.handle("double", (n) => n * 2);
        host.handle("fails", function failing() { throw new RangeError("too far"); });
        host.handle("fails oddly", async () => {
          throw Object.assign(new Error("with a code"), { code: "its-own" });
        });
        host.handle("bad answer", () => () => {});
        host.handle("removed", () => {})();
        host.handle("slow", (_, { signal }) => new Promise(() => {
          signal.addEventListener("abort", () => aborted++);
          if (aborted === 2) host.send("asked");
        }));
        host.handle("aborted", () => aborted);
        </script>"#,
    );
    let aborted = "The operation was aborted due to timeout";
    assert_eq!(printed[0], "42");
    assert_eq!(
        printed[1..5],
        [
            "fails RangeError handler-failed too far",
            "fails oddly Error its-own with a code",
            "bad answer TypeError bad-payload window.host: the payload on \"bad answer\" cannot be sent: payload is of type function: JSON has no form for it",
            "removed Error no-handler window.host: the page has no request handler for \"removed\"",
        ]
    );
    assert!(printed[5].starts_with("slow Error timeout"), "{printed:#?}");
    assert_eq!(printed[6], format!("slow TimeoutError 23 {aborted}"));
    assert_eq!(
        printed[7..],
        [
            "stack of the page: true",
            "aborted in the page: 2",
            "reloaded: page-gone 8",
            "closed: window-closed",
            "window-closed",
        ]
    );
}

#[test]
fn a_page_asks_its_script() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import { handle, onChannel } from "host:ipc";

        const win = await createWindow({ id: "main" });
        let value = 0;
        onChannel("set", (payload) => { value = payload as number; });
        // A message that was sent before is handled before.
        handle("get", (_, { windowId }) => `${value} of ${windowId}`);
        handle("fails", () => { throw Object.assign(new TypeError("no"), { code: "its-own" }); });
        let aborted = 0;
        handle("slow", (_, { signal }) => new Promise(() => {
          signal.addEventListener("abort", () => aborted++);
        }));
        handle("aborted", () => aborted);
        onChannel("print", (text) => console.log(text));
        onChannel("end", () => win.close());
        try {
          handle("get", () => {});
        } catch (error) {
          console.log((error as { code: string }).code);
        }
        "#,
        r#"<script>
        const print = (...words) => host.send("print", words.join(" "));
        (async () => {
          host.send("set", 7);
          print(await host.request("get"));
          const error = await host.request("fails").catch((error) => error);
          print(error instanceof Error, error.name, error.code, error.message);
          const late = await host.request("slow", null, { timeoutMs: 50 }).catch((error) => error);
          print(late.code);
          const controller = new AbortController();
          const slow = host.request("slow", null, { signal: controller.signal });
          controller.abort("enough");
          print(await slow.catch((reason) => reason), await host.request("aborted"));
          try { host.request("close"); } catch (error) { print("thrown"); }
          print(await host.request("close").catch((error) => error.code));
          host.send("end");
        })();
        </script>"#,
    );
    assert_eq!(
        printed,
        [
            "handler-exists",
            "7 of main",
            "true TypeError its-own no",
            "timeout",
            "enough 2",
            "reserved-channel",
        ]
    );
}

#[test]
fn streams_flow_both_ways_and_stop_when_they_are_left() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import { handle, handleStream, request, stream } from "host:ipc";

        let ahead = 0;
        handleStream("count", async function* (to, { signal }) {
          try {
            for (let n = 1; n <= (to as number); n++) {
              ahead = n;
              yield n;
            }
          } finally {
            console.log("the script's stream ends at", ahead, signal.aborted);
          }
        });
        handleStream("breaks", async function* () {
          yield 1;
          throw new RangeError("broken");
        });
        const win = await createWindow({ id: "main" });

        let [sum, last] = [0, 0];
        for await (const n of stream("main", "count", 1_000)) {
          if (n !== last + 1) console.log("out of order:", last, n);
          sum += last = n as number;
        }
        console.log("sum", sum);
        for await (const n of stream("main", "count", 1e9)) {
          if (n === 100) break;
        }
        // A producer is never further ahead than what was asked for.
        console.log("left early:", await request("main", "ended"));
        try {
          for await (const n of stream("main", "breaks")) console.log("before", n);
        } catch (error) {
          console.log((error as Error).name, (error as Error).message);
        }
        handle("print", (text) => console.log(text));
        await request("main", "your turn");
        await win.close();
        "#,
        r#"<script>
        const left = Promise.withResolvers();
        host.handleStream("count", async function* (to, { signal }) {
          let n = 0;
          try {
            while (n < to) yield ++n;
          } finally {
            if (to === 1e9) left.resolve([n >= 100 && n < 140, signal.aborted].join(" "));
          }
        });
        host.handle("ended", () => left.promise);
        host.handleStream("breaks", async function* () {
          yield 1;
          throw new RangeError("broken");
        });
        host.handle("your turn", async () => {
          let sum = 0;
          for await (const n of host.stream("count", 1_000)) sum += n;
          await host.request("print", "page: sum " + sum);
          for await (const n of host.stream("count", 1e9)) if (n === 100) break;
          try {
            for await (const n of host.stream("breaks")) await host.request("print", "page: " + n);
          } catch (error) {
            await host.request("print", "page: " + error.name);
          }
        });
        </script>"#,
    );
    let mut lines = printed.iter().map(String::as_str);
    let mut next = || lines.next().unwrap_or("nothing");
    assert_eq!(next(), "sum 500500");
    assert_eq!(next(), "left early: true true");
    assert_eq!(next(), "before 1");
    assert_eq!(next(), "RangeError broken");
    assert_eq!(next(), "the script's stream ends at 1000 false");
    assert_eq!(next(), "page: sum 500500");
    let left = next();
    let (ahead, aborted) = left
        .strip_prefix("the script's stream ends at ")
        .and_then(|rest| rest.split_once(' '))
        .unwrap_or_else(|| panic!("{printed:#?}"));
    assert!((100..140).contains(&ahead.parse().unwrap()), "{left}");
    assert_eq!(aborted, "true");
    assert_eq!(next(), "page: 1");
    assert_eq!(next(), "page: RangeError");
    assert_eq!(next(), "nothing");
}

#[test]
fn pages_talk_to_windows_that_accept_them() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, onEvent } from "host:ipc";

        const editor = await createWindow({ id: "editor", acceptFrom: ["tool-*"] });
        const tool = await createWindow({ id: "tool-1", url: "tool.html" });
        const told: unknown[] = [];
        const tell = async (text: unknown) => {
          if (told.push(text) < 3) return;
          console.log(told.sort().join("\n"));
          await tool.close();
          await editor.close();
        };
        onChannel("heard", tell);
        onChannel("codes", tell);
        onEvent(({ channel }) => {
          if (channel === "paint") console.log("the script hears it too");
        });
        "#,
        r#"<script>
        host.on("paint", (color, { from }) => host.send("heard", color + " from " + from));
        </script>"#,
    )
    .file(
        "tool.html",
        r#"<script>
        (async () => {
          await host.sendTo("editor", "paint", "red");
          await host.sendTo("editor", "paint", "blue");
          const code = (promise) => promise.then(() => "sent", (error) => error.code);
          const codes = [
            await code(host.sendTo("tool-1", "paint")),
            await code(host.sendTo("nowhere", "paint")),
            await code(host.sendTo("editor", "close")),
          ];
          host.send("codes", codes.join(" "));
        })();
        </script>"#,
    );
    assert_eq!(
        Display::start().run(dir.main()).finish(),
        [
            "blue from tool-1",
            "red from tool-1",
            "window-not-allowed unknown-window reserved-channel",
        ]
    );
}
