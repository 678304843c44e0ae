//! Payloads of bytes in real windows, between a script, its pages, and pages of other windows.

use tests::{AppDir, Display, WITHOUT_SOCKETS};

/// Runs an app of one script and one page to its end, and returns what it printed.
fn run(main: &str, page: &str) -> Vec<String> {
    run_in(&[], main, page)
}

fn run_in(env: &[(&str, &str)], main: &str, page: &str) -> Vec<String> {
    let dir = AppDir::of(main, page);
    Display::start().run_in(dir.main(), env).finish()
}

#[test]
fn every_payload_may_be_bytes() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import {
          broadcast, configureChannel, handle, handleStream, onChannel, request, sendToWindow, stream,
        } from "host:ipc";

        const show = (...what: unknown[]) =>
          console.log(...what.map((it) =>
            it instanceof Uint8Array ? `${it.constructor.name}(${it})` : JSON.stringify(it)));
        handle("reverse", (bytes) => (bytes as Uint8Array).reverse());
        handleStream("count", async function* (bytes) {
          for (const byte of bytes as Uint8Array) yield new Uint8Array([byte, byte]);
        });
        configureChannel("theme", { sticky: true });

        const win = await createWindow({ id: "main", acceptFrom: ["main"] });
        onChannel("said", (payload) => show("said", payload));
        const ended = new Promise((resolve) => onChannel("end", resolve));

        // Not what becomes of it, but what it was when it was sent.
        const bytes = new Uint8Array([0, 127, 255]);
        const sent = sendToWindow("main", "echo", bytes);
        bytes.fill(9);
        await sent;
        await sendToWindow("main", "echo", new Uint8Array([1, 2, 3, 4]).buffer);
        await sendToWindow("main", "echo", { json: 1 });
        await sendToWindow("main", "echo", new Uint8Array());
        await sendToWindow("main", "echo", new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
        await broadcast("*", "echo", new Uint8Array([5]));
        await sendToWindow("main", "theme", new Uint8Array([6]), { ack: true });

        show("request", await request("main", "add one", new Uint8Array([7, 8])));
        for await (const chunk of stream("main", "halves", new Uint8Array([1, 2, 3, 4]))) {
          show("chunk", chunk);
        }
        await sendToWindow("main", "go on");
        await ended;
        await win.reload();
        show("after a reload", await request("main", "theme"));
        await win.close();
        "#,
        r#"<script>
        host.on("echo", (payload) => host.send("said", payload));
        const theme = new Promise((resolve) => host.on("theme", resolve));
        host.handle("theme", () => theme);
        host.handle("add one", (bytes) => bytes.map((byte) => byte + 1).buffer);
        host.handleStream("halves", async function* (bytes) {
          yield bytes.slice(0, 2);
          yield "a word";
          yield bytes.subarray(2);
        });
        host.on("go on", async () => {
          host.send("said", await host.request("reverse", new Uint8Array([1, 2, 3])));
          for await (const chunk of host.stream("count", new Uint8Array([4, 5]))) {
            host.send("said", chunk);
          }
          host.on("from a page", (bytes, { from }) => {
            host.send("said", from);
            host.send("said", bytes);
            host.send("end");
          });
          await host.sendTo("main", "from a page", new Uint8Array([6, 7]));
        });
        </script>"#,
    );
    let mut said: Vec<_> = printed
        .iter()
        .filter_map(|line| line.strip_prefix("\"said\" "))
        .collect();
    // What the page says of itself comes after what it was told.
    let last = said.split_off(6);
    assert_eq!(
        said,
        [
            "Uint8Array(0,127,255)",
            "Uint8Array(1,2,3,4)",
            r#"{"json":1}"#,
            "Uint8Array()",
            "Uint8Array(2,3)",
            "Uint8Array(5)",
        ]
    );
    assert_eq!(
        last,
        [
            "Uint8Array(3,2,1)",
            "Uint8Array(4,4)",
            "Uint8Array(5,5)",
            "\"main\"",
            "Uint8Array(6,7)",
        ]
    );
    let others = printed.iter().filter(|line| !line.starts_with("\"said\""));
    assert_eq!(
        others.collect::<Vec<_>>(),
        [
            "\"request\" Uint8Array(8,9)",
            "\"chunk\" Uint8Array(1,2)",
            "\"chunk\" \"a word\"",
            "\"chunk\" Uint8Array(3,4)",
            "\"after a reload\" Uint8Array(6)",
        ]
    );
}

#[test]
fn large_bytes_are_not_overtaken() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const MAX = 64 << 20;
        const win = await createWindow({ id: "main" });
        const lengths: unknown[] = [];
        onChannel("back", (payload) => {
          lengths.push(payload instanceof Uint8Array ? payload.length : payload);
          if (payload !== "end") return;
          console.log(lengths.join(" "));
          win.close();
        });
        for (const payload of [1, new Uint8Array(MAX), 2, new Uint8Array(3), 4]) {
          await sendToWindow("main", "there", payload);
        }
        const error = await sendToWindow("main", "there", new Uint8Array(MAX + 1)).catch((it) => it);
        console.log(error.name, error.code, error.windowId, error.channel);
        await sendToWindow("main", "end");
        "#,
        r#"<script>
        host.on("there", (payload) => host.send("back", payload));
        host.on("end", () => {
          try {
            host.send("back", new Uint8Array((64 << 20) + 1));
          } catch ({ name, code, channel }) {
            host.send("back", `${name} ${code} ${channel}`);
          }
          host.send("back", "end");
        });
        </script>"#,
    );
    assert_eq!(
        printed,
        [
            "Error payload-too-large main there",
            "1 67108864 2 3 4 Error payload-too-large back end",
        ]
    );
}

/// Its own origin is where bytes go, whatever the page takes its links to be relative to.
#[test]
fn pages_that_may_connect_to_their_own_origin_only_get_bytes() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import { request } from "host:ipc";

        const rule = `<meta http-equiv="Content-Security-Policy"
          content="default-src 'self' 'unsafe-inline'">`;
        const script = `<script>host.handle("echo", (bytes) => bytes)</script>`;
        const file = await createWindow({ id: "file" });
        const inline = await createWindow({ id: "inline", html: rule + script });
        for (const win of [file, inline]) {
          console.log(await request(win.id, "echo", new Uint8Array([1, 2, 3])));
          await win.close();
        }
        "#,
        r#"<meta http-equiv="Content-Security-Policy" content="default-src 'self' 'unsafe-inline'">
        <base href="https://example.invalid/">
        <script>host.handle("echo", (bytes) => bytes)</script>"#,
    );
    assert_eq!(printed, ["Uint8Array(3) [ 1, 2, 3 ]"; 2]);
}

/// What the page's own rules forbid is an error there, and stops nothing else. A socket is not theirs.
#[test]
fn a_page_that_may_not_connect_gets_bytes_by_a_socket_or_not_at_all() {
    assert_eq!(
        page_that_may_not_connect(&[]),
        [
            "1",
            "Uint8Array 2",
            "3",
            "Uint8Array 6",
            "after it",
            "over",
            "delivered",
            "4",
            "5",
            "7",
        ]
    );
    assert_eq!(
        page_that_may_not_connect(WITHOUT_SOCKETS),
        [
            "1",
            "transfer-failed there",
            "3",
            "after it",
            "transfer-failed said",
            "over",
            "transfer-failed main there",
            "4",
            "transfer-failed",
            "transfer-failed",
        ]
    );
}

fn page_that_may_not_connect(env: &[(&str, &str)]) -> Vec<String> {
    run_in(
        env,
        r#"
        import { createWindow } from "host:window";
        import { onChannel, request, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "main" });
        const over = new Promise<void>((resolve) => {
          onChannel("said", (payload) => {
            console.log(payload instanceof Uint8Array ? `Uint8Array ${payload}` : payload);
            if (payload === "over") resolve();
          });
        });
        await sendToWindow("main", "there", 1);
        await sendToWindow("main", "there", new Uint8Array([2]));
        await sendToWindow("main", "there", 3);
        await over;
        const told = sendToWindow("main", "there", new Uint8Array([8]), { ack: true });
        console.log(await told.then(
          () => "delivered",
          (error) => `${error.code} ${error.windowId} ${error.channel}`,
        ));
        console.log(await request("main", "echo", 4));
        for (const payload of [new Uint8Array([5]), "bytes"]) {
          const answer = request("main", "echo", payload);
          console.log(await answer.then(String, (error) => error.code));
        }
        await win.close();
        "#,
        r#"<meta http-equiv="Content-Security-Policy" content="connect-src 'none'"><script>
        const say = ({ error }) => host.send("said", `${error.code} ${error.channel}`);
        addEventListener("error", say);
        host.on("there", (payload) => {
          if (payload?.[0] !== 8) host.send("said", payload);
          if (payload === 3) {
            host.send("said", new Uint8Array([6]));
            host.send("said", "after it");
            setTimeout(() => {
              removeEventListener("error", say);
              host.send("said", "over");
            });
          }
        });
        host.handle("echo", (payload) => payload === "bytes" ? new Uint8Array([7]) : payload);
        </script>"#,
    )
}

/// WebKitGTK ends the app when it reads the body of such a request.
#[test]
fn requests_that_are_not_the_hosts_are_not_read() {
    let printed = run(
        r#"
        import { createWindow } from "host:window";
        import { handle } from "host:ipc";

        const win = await createWindow({ id: "main" });
        handle("say", (line) => console.log(line));
        handle("end", () => { win.close(); });
        "#,
        r#"<script>
        (async () => {
          const form = new FormData();
          form.append("file", new Blob(["in a form"]));
          const bodies = { blob: new Blob(["a blob"]), form, text: "text" };
          for (const [name, body] of Object.entries(bodies)) {
            for (const headers of [{}, { "x-host-key": "0123456789abcdef0123456789abcdef" }]) {
              const { status } = await fetch("/.host/frames", { method: "POST", body, headers });
              await host.request("say", `${name} ${status}`);
            }
          }
          const { status } = await fetch("/.host/bytes/0123456789abcdef0123456789abcdef");
          await host.request("say", `bytes ${status}`);
          await host.request("end");
        })();
        </script>"#,
    );
    assert_eq!(
        printed,
        [
            "blob 404",
            "blob 404",
            "form 404",
            "form 404",
            "text 404",
            "text 404",
            "bytes 404"
        ]
    );
}

/// No request goes out any more while a page is being left; a socket takes them.
#[test]
fn bytes_leave_with_a_page_by_a_socket_or_not_at_all() {
    const MAIN: &str = r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        const win = await createWindow({ id: "main" });
        onChannel("said", (payload) => {
          console.log(payload instanceof Uint8Array ? `Uint8Array ${payload.length}` : payload);
          if (payload === "second") win.close();
        });
    "#;
    const PAGE: &str = r##"<script>
        if (location.hash) {
          host.send("said", "second");
        } else {
          addEventListener("pagehide", () => {
            for (const size of [0, 3, 300_000]) host.send("said", new Uint8Array(size));
            host.send("said", "bye");
          });
          location.hash = "#second";
          location.reload();
        }
        </script>"##;
    assert_eq!(
        run_in(&[], MAIN, PAGE),
        [
            "Uint8Array 0",
            "Uint8Array 3",
            "Uint8Array 300000",
            "bye",
            "second"
        ]
    );
    assert_eq!(run_in(WITHOUT_SOCKETS, MAIN, PAGE), ["bye", "second"]);
}

/// Whatever way they went, they are the page's own: to be changed, and to be given away.
#[test]
fn bytes_can_be_transferred_after_they_were_sent_and_when_they_have_come() {
    const MAIN: &str = r#"
        import { createWindow } from "host:window";
        import { handle, onChannel, request } from "host:ipc";

        const win = await createWindow({ id: "main" });
        const sizes: number[] = [];
        onChannel("sent", (payload) => sizes.push((payload as Uint8Array).length));
        for (const size of [1, 1000, 200_000]) {
          console.log(await request("main", "take", new Uint8Array(size).fill(9)));
        }
        console.log(sizes.join());
        await win.close();
    "#;
    const PAGE: &str = r#"<script>
        const give = ({ buffer }) => {
          const { byteLength } = structuredClone(buffer, { transfer: [buffer] });
          return [byteLength, buffer.byteLength];
        };
        host.handle("take", (bytes) => {
          const sent = new Uint8Array(bytes.length);
          host.send("sent", sent);
          host.send("sent", sent.subarray(1));
          const last = bytes.at(-1);
          return { last, taken: give(bytes), sent: give(sent) };
        });
        </script>"#;
    for env in [&[][..], WITHOUT_SOCKETS] {
        assert_eq!(
            run_in(env, MAIN, PAGE),
            [
                "{ last: 9, taken: [ 1, 0 ], sent: [ 1, 0 ] }",
                "{ last: 9, taken: [ 1000, 0 ], sent: [ 1000, 0 ] }",
                "{ last: 9, taken: [ 200000, 0 ], sent: [ 200000, 0 ] }",
                "1,0,1000,999,200000,199999",
            ],
            "{env:?}"
        );
    }
}
