//! `sendToWindow`.

use super::printed;

#[test]
fn payloads_arrive_as_they_are_and_none_as_null() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        onChannel("heard", (json) => console.log(json));
        onChannel("done", () => { win.close(); });

        const payloads: unknown[] = [
          { count: 42 },
          [1, -2.5e-7, true, null, { nested: [[]] }],
          "",
          "\u2028\u2029 </script> \"'`${0}\\ \u0000 \u{1f995} \ud800",
          0,
          false,
          JSON.parse('{"__proto__":{"polluted":true}}'),
          { gone: undefined, date: new Date(0) },
          null,
        ];
        for (const payload of payloads) await sendToWindow(win.id, "update", payload);
        await sendToWindow(win.id, "update", undefined);
        const resolved: unknown = await sendToWindow(win.id, "update");
        console.log(`resolved to ${resolved}`);
        await sendToWindow(win.id, "end");
        "#,
        r#"<script>
        host.on("update", (...all) => host.send("heard", JSON.stringify(all)));
        host.on("end", () => host.send("done"));
        </script>"#,
    );
    assert_eq!(
        stdout,
        [
            "resolved to undefined",
            r#"[{"count":42}]"#,
            r#"[[1,-2.5e-7,true,null,{"nested":[[]]}]]"#,
            r#"[""]"#,
            "[\"\u{2028}\u{2029} </script> \\\"'`${0}\\\\ \\u0000 \u{1f995} \\ud800\"]",
            "[0]",
            "[false]",
            r#"[{"__proto__":{"polluted":true}}]"#,
            r#"[{"date":"1970-01-01T00:00:00.000Z"}]"#,
            "[null]",
            "[null]",
            "[null]",
        ]
    );
}

#[test]
fn a_thousand_messages_of_mixed_sizes_keep_their_order_both_ways() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        interface Numbered { i: number; text: string }

        const size = (i: number) => i % 50 === 0 ? 300_000 : [0, 10, 100, 5_000][i % 4];
        const win = await createWindow();
        let next = 0;
        let wrong = 0;
        onChannel("numbered", (payload) => {
          const { i, text } = payload as Numbered;
          if (i !== next || text.length !== size(i)) wrong++;
          next++;
        });
        onChannel("page got", (json) => console.log("page got", json));
        onChannel("end", () => {
          console.log("app got", JSON.stringify({ next, wrong }));
          win.close();
        });
        // Not awaited: the order is that of the calls.
        for (let i = 0; i < 1000; i++) {
          sendToWindow(win.id, "numbered", { i, text: "x".repeat(size(i)) });
        }
        sendToWindow(win.id, "end");
        "#,
        r#"<script>
        const size = (i) => i % 50 === 0 ? 300_000 : [0, 10, 100, 5_000][i % 4];
        let next = 0;
        let wrong = 0;
        host.on("numbered", ({ i, text }) => {
          if (i !== next || text.length !== size(i)) wrong++;
          next++;
        });
        host.on("end", () => {
          host.send("page got", JSON.stringify({ next, wrong }));
          for (let i = 0; i < 1000; i++) host.send("numbered", { i, text: "x".repeat(size(i)) });
          host.send("end");
        });
        </script>"#,
    );
    let all = r#"{"next":1000,"wrong":0}"#;
    assert_eq!(
        stdout,
        [format!("page got {all}"), format!("app got {all}")]
    );
}

#[test]
fn messages_wait_for_the_page_and_for_its_first_listener() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        // No page is there yet, and it will listen to nothing until it is told to.
        for (let i = 0; i < 300; i++) sendToWindow(win.id, i % 2 ? "odd" : "even", i);
        onChannel("loaded", async () => {
          for (let i = 300; i < 600; i++) await sendToWindow(win.id, i % 2 ? "odd" : "even", i);
          await sendToWindow(win.id, "listen");
        });
        onChannel("listening to both", () => sendToWindow(win.id, "end"));
        onChannel("got", (payload) => {
          const { even, odd, late } = payload as Record<string, number[]>;
          const expected = Array.from({ length: 300 }, (_, i) => 2 * i);
          console.log("even", String(even) === String(expected));
          console.log("odd", String(odd) === String(expected.map((i) => i + 1)));
          console.log("late", late.length);
          win.close();
        });
        "#,
        r#"<script>
        const got = { even: [], odd: [], late: [] };
        host.on("listen", () => {
          host.on("even", (i) => { if (got.even.push(i) === 300) listenToOdd(); });
        });
        const listenToOdd = () => host.on("odd", (i) => {
          if (got.odd.push(i) < 300) return;
          // Not the first: what waited was for the one before.
          host.on("odd", (i) => got.late.push(i));
          host.send("listening to both");
        });
        host.on("end", () => host.send("got", got));
        host.send("loaded");
        </script>"#,
    );
    assert_eq!(stdout, ["even true", "odd true", "late 0"]);
}

#[test]
fn an_unknown_and_a_closed_window_are_coded_errors() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";

        async function outcome(sent: Promise<void>) {
          try {
            await sent;
            console.log("accepted");
          } catch (error) {
            const { code, windowId, channel, message } = error as any;
            console.log(error instanceof Error, code, windowId, channel, "-", message);
          }
        }

        await outcome(sendToWindow("nobody", "update", 1));
        const win = await createWindow({ id: "main" });
        await outcome(sendToWindow("main", "update", 1));
        await win.close();
        await outcome(sendToWindow("main", "update", 1));
        // The id is free again, and then no longer closed.
        const again = await createWindow({ id: "main" });
        await outcome(sendToWindow("main", "update", 1));
        await again.close();
        await outcome(sendToWindow("main", "update"));
        "#,
        "",
    );
    let closed = r#"true window-closed main update - window "main" is closed"#;
    assert_eq!(
        stdout,
        [
            r#"true unknown-window nobody update - there is no window "nobody""#,
            "accepted",
            closed,
            "accepted",
            closed,
        ]
    );
}

#[test]
fn what_was_not_heard_before_a_reload_reaches_the_new_page() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        onChannel("got", async (payload) => {
          console.log(JSON.stringify(payload));
          const [load, channel, n] = payload as [number, string, number];
          if (load === 1 && n === 1) await win.reload();
          if (channel === "second" && n === 5) await win.close();
        });
        onChannel("loaded", async (load) => {
          console.log("loaded", load);
          if (load === 1) {
            for (let n = 2; n < 5; n++) await sendToWindow(win.id, "second", n);
            await sendToWindow(win.id, "both", 1);
          } else {
            await sendToWindow(win.id, "both", 2);
            await sendToWindow(win.id, "second", 5);
          }
        });
        "#,
        r#"<script>
        const load = Number(window.name) + 1;
        window.name = load;
        host.on("both", (n) => host.send("got", [load, "both", n]));
        if (load === 2) host.on("second", (n) => host.send("got", [load, "second", n]));
        host.send("loaded", load);
        </script>"#,
    );
    assert_eq!(
        stdout,
        [
            "loaded 1",
            r#"[1,"both",1]"#,
            "loaded 2",
            r#"[2,"second",2]"#,
            r#"[2,"second",3]"#,
            r#"[2,"second",4]"#,
            r#"[2,"both",2]"#,
            r#"[2,"second",5]"#,
        ]
    );
}
