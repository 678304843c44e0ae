//! `window.host`.

use super::printed;

#[test]
fn a_page_sends_with_and_without_a_payload() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onEvent } from "host:ipc";

        const win = await createWindow({ id: "main" });
        onEvent((event) => {
          if (event.type !== undefined) return;
          console.log(JSON.stringify(event));
          if (event.channel === "end") win.close();
        });
        "#,
        r#"<script>
        window.host.send("button-click", { buttonId: "submit" });
        window.host.send("refresh");
        window.host.send("refresh", undefined);
        window.host.send("text", "\u2028</script\u003e \u0000 \u{1f995} \ud800");
        setTimeout(() => window.host.send("end", [1.5, true, null]));
        </script>"#,
    );
    let event = |channel: &str, payload: &str| {
        format!(r#"{{"windowId":"main","channel":"{channel}","payload":{payload}}}"#)
    };
    assert_eq!(
        stdout,
        [
            event("button-click", r#"{"buttonId":"submit"}"#),
            event("refresh", "null"),
            event("refresh", "null"),
            event("text", "\"\u{2028}</script> \\u0000 \u{1f995} \\ud800\""),
            event("end", "[1.5,true,null]"),
        ]
    );
}

#[test]
fn handlers_come_and_go_one_by_one() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        onChannel("log", async (log) => {
          console.log((log as string[]).join(" "));
          await win.close();
        });
        await sendToWindow(win.id, "update", 1);
        await sendToWindow(win.id, "stop", "b");
        await sendToWindow(win.id, "update", 2);
        await sendToWindow(win.id, "other", 3);
        await sendToWindow(win.id, "stop", "a");
        await sendToWindow(win.id, "stop", "c");
        await sendToWindow(win.id, "update", 4);
        await sendToWindow(win.id, "other", 5);
        await sendToWindow(win.id, "end");
        "#,
        r#"<script>
        const log = [];
        addEventListener("error", ({ error }) => log.push(error.message));
        const handlers = {
          a: (n) => log.push("a" + n),
          b: (n) => { log.push("b" + n); throw new Error("after b" + n); },
          c: (n) => log.push("c" + n),
        };
        host.on("stop", (name) => host.off("update", handlers[name]));
        host.on("other", handlers.a);
        host.on("end", () => host.send("log", log));
        host.on("update", handlers.a);
        host.on("update", handlers.b);
        host.on("update", handlers.c);
        </script>"#,
    );
    assert_eq!(stdout, ["a1 b1 after b1 c1 a2 c2 a3 a5"]);
}
