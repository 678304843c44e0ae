//! `onEvent` and `onChannel`.

use tests::{AppDir, Display};

use super::printed;

#[test]
fn unsubscribing_works_from_outside_and_inside_a_callback() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { onChannel, onEvent, sendToWindow } from "host:ipc";

        const log = (who: string) => (payload: unknown) => console.log(who, payload);
        const stop = onChannel("tick", log("first"));
        const once = onChannel("tick", (payload) => {
          console.log("once", payload);
          console.log(once());
          once();
        });
        const onceOfAll = onEvent(({ type, payload }) => {
          if (type !== undefined) return;
          console.log("once of all", payload);
          onceOfAll();
        });
        onChannel("tick", (payload) => {
          console.log("second", payload);
          if (payload === 2) stopThird();
          if (payload === 3) stop();
        });
        // Stopped by one that runs before it, in the middle of an event.
        const stopThird = onChannel("tick", log("third"));
        let late = false;
        onChannel("tick", (payload) => {
          if (late) return;
          late = true;
          // Added while an event is handled: for the next one.
          onChannel("tick", log("late"));
        });

        const win = await createWindow();
        onChannel("end", () => { win.close(); });
        "#,
        r#"<script>
        for (let i = 1; i <= 4; i++) host.send("tick", i);
        host.send("end");
        </script>"#,
    );
    assert_eq!(
        stdout,
        [
            "first 1",
            "once 1",
            "undefined",
            "once of all 1",
            "second 1",
            "third 1",
            "first 2",
            "second 2",
            "late 2",
            "first 3",
            "second 3",
            "late 3",
            "second 4",
            "late 4",
        ]
    );
}

/// The types vanish in JavaScript, so a place that is not mapped is the wrong one.
const FAILING: &str = r#"import { createWindow } from "host:window";
import { onChannel, onEvent } from "host:ipc";

interface Ping {
  n: number;
}

onChannel("ping", (payload) => {
  const { n } = payload as Ping;
  throw new Error(`thrown ${n}`);
});
onChannel("ping", async (payload): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  throw new TypeError(`rejected ${(payload as Ping).n}`);
});
onEvent(({ channel }) => {
  if (channel === "ping") throw "not an error";
});
onEvent(({ channel }) => {
  if (channel === "ping") throw { toString() { throw 1; } };
});
onChannel("ping", (payload) => console.log("ping", (payload as Ping).n));

const win = await createWindow();
onChannel("end", () => setTimeout(() => win.close(), 50));
"#;

#[test]
fn a_callback_that_fails_is_reported_and_stops_nothing() {
    let dir = AppDir::of(
        FAILING,
        r#"<script>
        for (let n = 1; n <= 2; n++) host.send("ping", { n });
        host.send("end");
        </script>"#,
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    assert_eq!(stdout, ["ping 1", "ping 2"]);

    let main = format!("file://{}", dir.main().display());
    let report = |start: &str, place: &str| {
        let at = stderr.iter().position(|line| line == start);
        let at = at.unwrap_or_else(|| panic!("no line {start:?} in {stderr:#?}"));
        let next = stderr.get(at + 1).map_or("", |line| line.trim());
        assert!(
            next.starts_with("at ") && next.contains(&format!("{main}:{place}")),
            "{start}: {next:?} is not {main}:{place}"
        );
    };
    let on_ping = r#"error: Uncaught (in the callback of channel "ping")"#;
    for n in 1..=2 {
        report(&format!("{on_ping} Error: thrown {n}"), "10:9");
        report(&format!("{on_ping} TypeError: rejected {n}"), "14:9");
    }
    let count = |text: &str| stderr.iter().filter(|line| *line == text).count();
    let on_event = "error: Uncaught (in an onEvent callback)";
    assert_eq!(count(&format!("{on_event} not an error")), 2);
    let indescribable = format!("{on_event} an error that cannot be described");
    assert_eq!(count(&indescribable), 2);
}
