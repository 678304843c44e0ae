//! What a page posts past `window.host`, straight to the host.

use tests::{AppDir, Display};

#[test]
fn frames_that_are_none_are_ignored_and_logged() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onEvent } from "host:ipc";

        onEvent(({ windowId, channel, payload, type }) => {
          if (type === undefined || type === "close") console.log(windowId, channel, payload, type);
          if (channel === "alive") win.close();
        });
        const win = await createWindow({ id: "main" });
        "#,
        r#"<script>
        const raw = window.webkit.messageHandlers.ipc;
        // After so many a page is heard no more, but the next one is.
        const EACH = 15;
        const first = Number(location.hash.slice(1));
        const mine = posts().slice(first, first + EACH);
        host.send("count", mine.length);
        for (const text of mine) raw.postMessage(text);
        // The page that comes next is there when all of these have been taken in.
        if (first >= posts().length) host.send("alive");
        else setTimeout(() => {
          location.hash = first + EACH;
          location.reload();
        });

        function posts() {
          const page = "0".repeat(32);
          const batch = (frames, rest) =>
            JSON.stringify({ key: "0".repeat(32), page, seq: 1, ack: 0, frames, ...rest });
          return [
            // No JSON, or none that a batch could be.
            "", "not JSON", "{", "null", "[]", "{}", '"text"', "1e999", "\u0000", "\ud800",
            "[".repeat(100_000), '{"a":'.repeat(100_000),
            // Not even text.
            undefined, null, 7, true, {}, [1, 2], new Date(), new ArrayBuffer(8),
            // Fields that are missing or of the wrong type.
            '{"key":1}', '{"key":"k","page":"p","seq":1}',
            batch([], { key: undefined }), batch([], { page: undefined }), batch([], { seq: undefined }),
            batch([], { key: [] }), batch([], { page: 7 }), batch([], { page: "" }),
            batch([], { page: "x".repeat(65) }),
            batch([], { seq: "1" }), batch([], { seq: -1 }), batch([], { seq: 0 }),
            batch([], { ack: undefined }), batch([], { ack: -1 }), batch([], { seq: 1.5 }), batch([], { seq: 1e300 }), batch({}), batch("frames"), batch([7]),
            batch([{}]), batch([{ type: 1 }]), batch([{ type: "no such type", channel: "c" }]),
            batch([{ type: "message" }]), batch([{ type: "message", channel: 1 }]),
            batch([{ type: "message", channel: "" }]),
            batch([{ type: "message", channel: "x".repeat(257) }]), batch([{ type: "listen" }]),
            // Well-formed, but without the key: what a page would post to forge something.
            batch([]), batch([{ type: "hello" }]),
            batch([{ type: "hello" }, { type: "message", channel: "close", payload: null }]),
            batch([{ type: "message", channel: "forged", payload: 1 }]),
            batch([{ type: "listen", channel: "c" }], { seq: 2 ** 53 - 1 }),
            // More than may come at once.
            "x".repeat(70 * 1024 * 1024),
          ];
        }
        </script>"#,
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    assert_eq!(
        stdout,
        [
            "main count 15 undefined",
            "main count 15 undefined",
            "main count 15 undefined",
            "main count 8 undefined",
            "main count 0 undefined",
            "main alive null undefined",
            "main close null close"
        ]
    );
    let warnings = || {
        stderr
            .iter()
            .filter(|line| line.contains("WARN") && line.contains("window=main"))
    };
    assert_eq!(warnings().count(), 53, "{stderr:#?}");
    let with = |text: &str| warnings().filter(|line| line.contains(text)).count();
    assert_eq!(with("without the window's key"), 5, "{stderr:#?}");
    assert_eq!(with("code=bad-frame"), 47, "{stderr:#?}");
    assert_eq!(with("code=payload-too-large"), 1, "{stderr:#?}");
    let longest = warnings().map(String::len).max();
    assert!(longest < Some(1_000), "a page cannot fill the log");
}

#[test]
fn a_page_that_posts_nonsense_fills_no_log() {
    let dir = AppDir::of(
        r#"
        import { createWindow, onIncident } from "host:window";
        import { onChannel } from "host:ipc";

        onIncident((incident) => console.log(incident));
        const win = await createWindow({ id: "main" });
        onChannel("after", () => win.close());
        "#,
        r#"<script>
        if (location.hash === '#after') {
          host.send("after");
        } else {
          for (let n = 0; n < 1000; n++) window.webkit.messageHandlers.ipc.postMessage("nonsense");
          // The page that comes next is there when all of these have been taken in.
          setTimeout(() => {
            location.hash = "after";
            location.reload();
          });
        }
        </script>"#,
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    assert_eq!(stdout, [""; 0], "whoever has the key is heard");
    let lines = stderr.iter().filter(|line| line.contains("code=bad-frame"));
    // The first sixteen, then those whose number is a power of two.
    assert_eq!(lines.count(), 21, "{stderr:#?}");
}

/// Two windows: neither can speak for the other, whatever it posts.
#[test]
fn a_window_cannot_speak_for_another() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, onEvent, sendToWindow } from "host:ipc";

        onEvent(({ windowId, channel, type }) => {
          if (type === undefined) console.log(windowId, channel);
        });
        const victim = await createWindow({ id: "victim" });
        const forger = await createWindow({ id: "forger" });
        onChannel("posted", () => sendToWindow("victim", "speak"));
        onChannel("mine", async () => {
          await victim.close();
          await forger.close();
        });
        await sendToWindow("forger", "forge");
        "#,
        r#"<script>
        host.on("speak", () => host.send("mine"));
        host.on("forge", () => {
          const message = { type: "message", channel: "forged", payload: 1, windowId: "victim" };
          const batch = {
            page: "f".repeat(32), seq: 1, ack: 0, windowId: "victim", window: "victim",
            frames: [{ type: "hello" }, message],
          };
          for (const key of ["", "victim", "0".repeat(32), "f".repeat(32)]) {
            window.webkit.messageHandlers.ipc.postMessage(JSON.stringify({ key, ...batch }));
          }
          // The posts take the webview's way, as this request does, and messages another.
          fetch(location).then(() => host.send("posted"));
        });
        </script>"#,
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    assert_eq!(stdout, ["forger posted", "victim mine"]);
    let refused = stderr
        .iter()
        .filter(|line| line.contains("window=forger") && line.contains("without the window's key"));
    assert_eq!(refused.count(), 4, "{stderr:#?}");
}
