//! More than a page may have: of names, of streams, of patience.

use super::{APP, Attack};

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

/// Case 23: whatever posts it, a document that goes on posting what is no batch is not heard any
/// more. The app is told, and gives the window another page.
#[test]
fn a_frame_that_has_its_page_cut_off() {
    let outcome = Attack::with(
        r#"<body><script>
        if (sessionStorage.getItem("cut off")) {
          host.send("another page");
          host.send("over");
        } else {
          sessionStorage.setItem("cut off", "1");
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts";
          frame.srcdoc = `<script>
            for (let n = 0; n < 100; n++) webkit.messageHandlers.ipc.postMessage("{}");
            parent.postMessage("posted", "*");
            </scr` + `ipt>`;
          document.body.append(frame);
          addEventListener("message", () => {
            for (let n = 0; n < 100; n++) host.send("after");
          });
        }
        </script></body>"#,
    )
    .lax()
    .file(
        "main.ts",
        &APP.replace("const attacker", "export const attacker"),
    )
    .setup(
        r#"
        import { onIncident } from "host:window";

        export const options = {};
        onIncident(async ({ type }) => {
          if (type !== "page-cut-off") return;
          // What it says after that is on its way.
          await new Promise((resolve) => setTimeout(resolve, 300));
          const { attacker } = await import("./main.ts");
          await attacker.reload();
        });
        "#,
    )
    .run();
    assert_eq!(
        outcome.reached,
        [
            r#"attacker page-cut-off {"reason":"bad-frame"}"#,
            "attacker another page null"
        ]
    );
    assert_eq!(
        outcome.warnings("code=bad-frame"),
        16,
        "{:#?}",
        outcome.stderr
    );
}
