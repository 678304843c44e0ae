//! More than a page may have: of names, of streams, of patience.

use super::Attack;

/// Those that are too many are refused, and all others work.
#[test]
fn names_without_end() {
    let outcome = Attack::with(
        r#"<script>
        const codes = {};
        addEventListener("error", (event) => {
          event.stopImmediatePropagation();
          codes[event.error.code] = (codes[event.error.code] ?? 0) + 1;
        }, true);
        for (let n = 0; n < 5_000; n++) {
          try {
            host.on("name " + n, () => {});
          } catch (error) {
            codes[error.code] = (codes[error.code] ?? 0) + 1;
          }
        }
        setTimeout(() => host.request("echo").then(() => {
          host.send("codes", Object.keys(codes));
          host.send("over");
        }), 100);
        </script>"#,
    )
    .run();
    assert_eq!(
        outcome.reached,
        [r#"attacker codes ["too-many-channels"]"#],
        "{:#?}",
        outcome.stderr
    );
}

#[test]
fn five_thousand_streams_at_once() {
    let outcome = Attack::with(
        r#"<script>
        const first = Array.from({ length: 5_000 }, (_, n) =>
          host.stream("rows", n).next().then(({ value }) => value === n, (error) => error.code));
        Promise.all(first).then((outcomes) => {
          const count = (of) => outcomes.filter((outcome) => outcome === of).length;
          host.send("count", [count(true) >= 4096, count(true) + count("queue-full")]);
          host.send("over");
        });
        </script>"#,
    )
    .setup(
        r#"
        import { handleStream } from "host:ipc";

        export const options = {};
        // Each goes on for as long as it is asked.
        handleStream("rows", async function* (n) { for (;;) yield n; });
        "#,
    )
    .run();
    assert_eq!(outcome.reached, ["attacker count [true,5000]"]);
}

/// Case 23: what is no batch of the page's own, however often, cuts nobody off. (A page that knows
/// its key is for the tests of the host: none does.)
#[test]
fn a_frame_that_would_have_its_page_cut_off() {
    let outcome = Attack::with(
        r#"<body><script>
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts";
        frame.srcdoc = `<script>
          const batch = JSON.stringify({ key: "0".repeat(32), page: "p", seq: 1, ack: 0, frames: [] });
          const native = window.webkit?.messageHandlers?.ipc ?? window.webkit?.messageHandlers?.host;
          for (let n = 0; n < 100; n++) {
            native?.postMessage("{}");
            native?.postMessage(batch);
            fetch("app://localhost/.host/frames", { method: "POST", mode: "no-cors", body: batch });
          }
          parent.postMessage("posted", "*");
          </scr` + `ipt>`;
        document.body.append(frame);
        addEventListener("message", () => {
          host.send("after");
          arrived().then(() => host.send("over"));
        });
        </script></body>"#,
    )
    .lax()
    .run();
    assert_eq!(outcome.reached, ["attacker after null"]);
    let lines = outcome.warnings("code=bad-frame") + outcome.warnings("window's key");
    assert_eq!(lines, 0, "{:#?}", outcome.stderr);
}
