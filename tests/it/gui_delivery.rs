//! Nothing is lost and nothing comes twice, whatever the page does.

use tests::{AppDir, Display, WITHOUT_SOCKETS};

/// 100,000 numbered messages of 10 bytes to 5 MB, half of them each way, every third as bytes,
/// while the page is reloaded twenty times: half of these by the app, half by itself, wherever they
/// are just then.
#[test]
fn every_message_arrives_once_and_in_order_over_twenty_reloads() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";
        import { payloadOf, reader } from "./payloads.js";

        const EACH = 50_000;
        const [down, up] = [reader("down"), reader("up")];
        let pages = 0;

        const win = await createWindow({ id: "main" });
        onChannel("page", () => pages++);
        // The page sends back what it read.
        onChannel("got", (payload) => {
          const { n, problem } = payload as { n: number; problem?: string };
          down.note(n, problem);
          end();
        });
        onChannel("up", (payload) => {
          up.read(payload);
          end();
        });

        // Always the same numbers, and no two reloads at the same place.
        let seed = 4711;
        const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
        const reloads = new Set(Array.from({ length: 10 }, (_, i) => i * 5_000 + random(4_000)));
        for (let n = 0; n < EACH; n++) {
          await sendToWindow("main", "down", payloadOf(n));
          if (reloads.has(n)) await win.reload();
        }

        function end() {
          if (down.next < EACH || up.next < EACH) return;
          const wrong = [...down.wrong, ...up.wrong];
          console.log("wrong:", wrong.length, wrong.slice(0, 5).join("; "));
          // A reload that is asked for while another is under way is the same one.
          console.log("pages:", pages > 15 && pages <= 21 ? "enough" : pages);
          win.close();
        }
        "#,
        r#"<script type="module">
        import { numberOf, payloadOf } from "./payloads.js";

        const EACH = 50_000;
        host.send("page");
        host.on("down", (payload) => host.send("got", numberOf(payload)));

        function some() {
          let n = Number(sessionStorage.getItem("next") ?? 0);
          for (const last = n + 100; n < EACH && n < last; ) {
            host.send("up", payloadOf(n));
            sessionStorage.setItem("next", ++n);
            // In the middle of a turn, with messages that have not left yet.
            if (n % 5_000 === 50) return location.reload();
          }
          if (n < EACH) setTimeout(some);
        }
        some();
        </script>"#,
    )
    .file(
        "payloads.js",
        r#"
        const sizeOf = (n) => n % 10_000 === 77 ? 5_000_000 : n % 500 === 7 ? 20_000 : n % 50;

        /** The payload with this number: JSON, or bytes. */
        export function payloadOf(n) {
          const size = sizeOf(n);
          if (n % 3 !== 2) return { n, pad: "x".repeat(size) };
          const bytes = new Uint8Array(4 + size).fill(n & 255);
          new DataView(bytes.buffer).setUint32(0, n);
          return bytes;
        }

        /** Its number again, and what is wrong with it. */
        export function numberOf(payload) {
          const isBytes = payload instanceof Uint8Array;
          const n = isBytes ? new DataView(payload.buffer).getUint32(0) : payload.n;
          if (isBytes !== (n % 3 === 2)) return { n, problem: "of the wrong kind" };
          const length = isBytes ? payload.length - 4 : payload.pad.length;
          if (length !== sizeOf(n)) return { n, problem: `${length} long` };
          const last = isBytes ? payload.at(-1) : n & 255;
          return length > 0 && last !== (n & 255) ? { n, problem: `ends with ${last}` } : { n };
        }

        /** Reads what must come in order. */
        export function reader(name) {
          return {
            next: 0,
            wrong: [],
            read(payload) {
              const { n, problem } = numberOf(payload);
              this.note(n, problem);
            },
            note(n, problem) {
              if (n !== this.next) this.wrong.push(`${name} ${n}, not ${this.next}`);
              if (problem !== undefined) this.wrong.push(`${name} ${n} is ${problem}`);
              this.next = n + 1;
            },
          };
        }
        "#,
    );
    let display = Display::start();
    let app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=warn")]);
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(stdout, ["wrong: 0 ", "pages: enough"], "{stderr:#?}");
}

/// A page that sends a million messages at once, to a consumer that sleeps.
#[test]
fn a_flood_drowns_nobody_else() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { channelEvents, onChannel, onError, request } from "host:ipc";

        let lost = 0;
        onError((error) => {
          if (error.code === "events-lost") lost += error.lost!;
        });
        const flood = await createWindow({ id: "flood" });
        const other = await createWindow({ id: "other", title: "other", url: "other.html" });
        const sleeping = channelEvents("drop");
        const closed = new Promise<void>((resolve) => {
          onChannel("close", (_, id) => id === "flood" && resolve());
        });

        // Its page is there before the flood.
        await request("other", "double", 0);
        // An answer is never lost, as a message might be that is sent after the others.
        let over = false;
        const flooding = request("flood", "start").then(() => over = true);
        let asked = 0;
        while (!over) {
          if (await request("other", "double", asked) !== asked * 2) throw new Error("wrong");
          if (!over) asked++;
        }
        await flooding;
        console.log("the flood is over");
        await request("other", "go on");
        await flood.close();
        await closed;
        console.log("the flooding window has closed;", asked > 0, "while it flooded");

        // What was not lost is all there, and in order.
        let [last, taken, disorder] = [0, 0, 0];
        while (taken + lost < 1_000_000) {
          const { value } = await sleeping.next();
          if (!(value!.payload as number > last)) disorder++;
          last = value!.payload as number;
          taken++;
        }
        console.log(taken + lost, "accounted for,", taken >= 65_536, disorder);
        await other.close();
        "#,
        r#"<script>
        host.handle("start", () => {
          for (let n = 1; n <= 1_000_000; n++) host.send("drop", n);
        });
        </script>"#,
    )
    .file(
        "other.html",
        r#"<script>
        host.handle("double", (n) => n * 2);
        // When the test has looked at the memory.
        host.handle("go on", () => new Promise((resolve) => addEventListener("resize", resolve)));
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_line("the flood is over");
    let memory = app.peak_memory();
    app.window("other").resize(500, 400);
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(
        stdout,
        [
            "the flood is over",
            "the flooding window has closed; true while it flooded",
            "1000000 accounted for, true 0",
        ],
        "{stderr:#?}"
    );
    assert!(memory < 1 << 30, "{} MiB", memory >> 20);
}

/// Far more than any queue holds, each way.
#[test]
fn long_streams_flow_through_little_memory() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { handle, handleStream, onChannel, request, stream } from "host:ipc";

        const CHUNKS = 128;
        const chunk = "x".repeat(1_000_000);
        handleStream("chunks", async function* () {
          for (let n = 0; n < CHUNKS; n++) yield chunk;
        });
        const win = await createWindow({ id: "main", title: "stream" });
        let bytes = 0;
        for await (const text of stream("main", "chunks", CHUNKS)) bytes += (text as string).length;
        console.log("from the page:", bytes);
        console.log("to the page:", await request("main", "take"));
        onChannel("resized", () => win.close());
        "#,
        r#"<script>
        const chunk = "y".repeat(1_000_000);
        host.handleStream("chunks", async function* (count) {
          for (let n = 0; n < count; n++) yield chunk;
        });
        host.handle("take", async () => {
          let bytes = 0;
          for await (const text of host.stream("chunks")) bytes += text.length;
          return bytes;
        });
        addEventListener("resize", () => host.send("resized"));
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=warn")]);
    app.expect_line("from the page: 128000000");
    app.expect_line("to the page: 128000000");
    let memory = app.peak_memory();
    app.window("stream").resize(500, 400);
    app.expect_exit(0);
    assert!(memory < 1 << 30, "{} MiB", memory >> 20);
}

/// By both ways: what goes around the webview does not overtake it, nor the other way around.
#[test]
fn what_was_sent_before_a_reload_or_a_navigation_is_for_the_page_that_is_there() {
    for env in [&[][..], WITHOUT_SOCKETS] {
        let dir = AppDir::of(
            r#"
            import { createWindow } from "host:window";
            import { handle, sendToWindow } from "host:ipc";

            const win = await createWindow({ id: "main" });
            let page = 0;
            let got: unknown[] = [];
            handle("got", (payload) => got.push(payload));
            handle("here", async () => {
              page += 1;
              const all = got;
              got = [];
              console.log(page, all.length, all.every((n, i) => n === i));
              if (page === 21) return win.close();
              for (let n = 0; n < 100; n++) sendToWindow("main", "number", n);
              if (page % 2 === 0) win.reload();
              else win.navigate("index.html?" + page);
            });
            "#,
            r#"<script>
            host.on("number", (n) => host.request("got", n));
            host.request("here");
            </script>"#,
        );
        let printed = Display::start().run_in(dir.main(), env).finish();
        let expected: Vec<_> = (1..=21)
            .map(|page| format!("{page} {} true", if page == 1 { 0 } else { 100 }))
            .collect();
        assert_eq!(printed, expected, "{env:?}");
    }
}

/// The process of a page ends; the window stays, and a reload makes a page that gets the rest.
#[test]
fn what_a_crashed_page_did_not_get_goes_to_the_next() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, request, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "main" });
        const last = new Promise<void>((resolve) => {
          onChannel("got", (payload) => {
            console.log("got", payload);
            if (payload === "3") resolve();
          });
        });
        await sendToWindow("main", "number", 1, { ack: true });
        const pending = request("main", "never");
        onChannel("asked", () => console.log("ready to crash"));
        console.log(await pending.catch((error) => error.code));
        await sendToWindow("main", "number", 2);
        const received = sendToWindow("main", "number", new Uint8Array([3]), { ack: true });
        await win.reload();
        await Promise.all([received, last]);
        console.log("reloaded");
        await win.close();
        "#,
        r#"<script>
        host.on("number", (payload) => host.send("got", String(payload)));
        host.handle("never", () => {
          host.send("asked");
          return new Promise(() => {});
        });
        </script>"#,
    );
    let display = Display::start();
    let mut app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_line("ready to crash");
    app.kill_pages();
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(
        stdout,
        [
            "got 1",
            "ready to crash",
            "page-gone",
            "got 2",
            "got 3",
            "reloaded"
        ],
        "{stderr:#?}"
    );
}

/// A page has a socket of its own, and it goes with the page.
#[test]
fn pages_that_are_gone_leave_no_sockets_behind() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";

        const win = await createWindow({ id: "main" });
        let pages = 0;
        onChannel("here", () => {
          pages += 1;
          if (pages < 100) win.reload();
          else console.log("enough");
        });
        onChannel("close", () => console.log("closed"));
        "#,
        "<script>host.send('here'); host.on('never', () => {});</script>",
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("enough");
    for pid in app.child_pids().into_iter().chain([app.pid()]) {
        let open = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process");
        let sockets = open
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .filter(|link| link.to_string_lossy().starts_with("socket:"))
            .count();
        assert!(sockets < 50, "{sockets} of process {pid}");
    }
}
