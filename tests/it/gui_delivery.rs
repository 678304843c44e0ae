//! Nothing is lost and nothing comes twice, whatever the page does.

use tests::{AppDir, Display};

/// 100,000 numbered messages of 10 bytes to 5 MB, half of them each way, while the page is
/// reloaded twenty times: half of these by the app, half by itself, wherever they are just then.
#[test]
fn every_message_arrives_once_and_in_order_over_twenty_reloads() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const EACH = 50_000;
        const sizes = (n: number) => n % 10_000 === 77 ? 5_000_000 : n % 500 === 7 ? 20_000 : n % 50;
        const wrong: string[] = [];
        let [down, up, pages] = [0, 0, 0];

        const win = await createWindow({ id: "main" });
        onChannel("page", () => pages++);
        onChannel("got", (payload) => {
          const { n, bytes } = payload as { n: number; bytes: number };
          if (n !== down || bytes !== sizes(n)) wrong.push(`down ${n}, not ${down}: ${bytes} bytes`);
          down = n + 1;
          end();
        });
        onChannel("up", (payload) => {
          const { n, pad } = payload as { n: number; pad: string };
          if (n !== up || pad.length !== sizes(n)) wrong.push(`up ${n}, not ${up}`);
          up = n + 1;
          end();
        });

        // Always the same numbers, and no two reloads at the same place.
        let seed = 4711;
        const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
        const reloads = new Set(Array.from({ length: 10 }, (_, i) => i * 5_000 + random(4_000)));
        for (let n = 0; n < EACH; n++) {
          await sendToWindow("main", "down", { n, pad: "x".repeat(sizes(n)) });
          if (reloads.has(n)) await win.reload();
        }

        function end() {
          if (down < EACH || up < EACH) return;
          console.log("wrong:", wrong.length, wrong.slice(0, 5).join("; "));
          // A reload that is asked for while another is under way is the same one.
          console.log("pages:", pages > 15 && pages <= 21 ? "enough" : pages);
          win.close();
        }
        "#,
        r#"<script>
        const EACH = 50_000;
        const sizes = (n) => n % 10_000 === 77 ? 5_000_000 : n % 500 === 7 ? 20_000 : n % 50;
        host.send("page");
        host.on("down", ({ n, pad }) => host.send("got", { n, bytes: pad.length }));

        function some() {
          let n = Number(sessionStorage.getItem("next") ?? 0);
          for (const last = n + 100; n < EACH && n < last; ) {
            host.send("up", { n, pad: "y".repeat(sizes(n)) });
            sessionStorage.setItem("next", ++n);
            // In the middle of a turn, with messages that have not left yet.
            if (n % 5_000 === 50) return location.reload();
          }
          if (n < EACH) setTimeout(some);
        }
        some();
        </script>"#,
    );
    let display = Display::start();
    let app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=warn")]);
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(stdout, ["wrong: 0 ", "pages: enough"], "{stderr:#?}");
}
