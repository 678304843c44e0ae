//! What a page gives to `window.host`.

use tests::{AppDir, Display};

use super::printed;

/// A script that prints what the page sends on `log`, and ends with `end`.
const LOG: &str = r#"
    import { createWindow } from "host:window";
    import { onChannel, onEvent } from "host:ipc";

    const win = await createWindow();
    onEvent(({ channel, type }) => {
      if (type === undefined && channel !== "log" && channel !== "end") console.log("got", channel);
    });
    onChannel("log", (line) => console.log(line));
    onChannel("end", () => { win.close(); });
"#;

#[test]
fn channels_that_cannot_be() {
    let stdout = printed(
        LOG,
        r#"<script>
        function outcome(call) {
          try {
            call();
            return "accepted";
          } catch (error) {
            return `${error.name} ${error.code}`;
          }
        }
        const handler = () => {};
        const x = (bytes) => "x".repeat(bytes);
        for (const channel of [1, undefined, null, {}, "", x(257), "é".repeat(129), "\ud800"]) {
          const calls = [() => host.send(channel), () => host.on(channel, handler)];
          host.send("log", calls.map(outcome).join(", "));
        }
        host.send("log", outcome(() => host.on(x(256), handler)));
        for (const channel of ["close", "focus", "blur", "resize", "move"]) {
          host.send("log", channel + " " + outcome(() => host.send(channel)));
        }
        host.send("log", outcome(() => host.on("c", {})));
        host.send("end");
        </script>"#,
    );
    let mut expected = vec![["TypeError bad-channel"; 2].join(", "); 8];
    expected.push("accepted".to_owned());
    expected.extend(
        ["close", "focus", "blur", "resize", "move"]
            .map(|channel| format!("{channel} Error reserved-channel")),
    );
    expected.push("TypeError bad-handler".to_owned());
    assert_eq!(stdout, expected);
}

#[test]
fn payloads_that_json_cannot_carry_or_that_are_too_large() {
    let stdout = printed(
        LOG,
        r#"<script>
        const cycle = {};
        cycle.self = cycle;
        const payloads = {
          function: () => {},
          symbol: Symbol("s"),
          BigInt: 1n,
          "BigInt inside": { list: [1n] },
          cycle,
          "throwing toJSON": { toJSON() { throw new RangeError("no"); } },
          "64 MiB and a byte": "x".repeat(64 * 1024 * 1024 - 1),
        };
        for (const [name, payload] of Object.entries(payloads)) {
          try {
            host.send("bad", payload);
            host.send("log", name + " accepted");
          } catch (error) {
            host.send("log", `${name}: ${error.name} ${error.code} ${error.channel}`);
          }
        }
        host.send("end");
        </script>"#,
    );
    let bad = "TypeError bad-payload bad";
    assert_eq!(
        stdout,
        [
            format!("function: {bad}"),
            format!("symbol: {bad}"),
            format!("BigInt: {bad}"),
            format!("BigInt inside: {bad}"),
            format!("cycle: {bad}"),
            format!("throwing toJSON: {bad}"),
            "64 MiB and a byte: Error payload-too-large bad".to_owned(),
        ]
    );
}

/// Depth is the one thing that the page's side does not count.
#[test]
fn a_payload_nested_too_deeply_takes_nothing_with_it() {
    let dir = AppDir::of(
        LOG,
        r#"<script>
        const nested = (levels) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
        // All in one turn, so in one batch.
        host.send("before");
        host.send("too deep", nested(257));
        host.send("absurdly deep", nested(5000));
        host.send("deep", nested(256));
        host.on("late", () => {});
        host.send("after");
        setTimeout(() => host.send("end"));
        </script>"#,
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    assert_eq!(stdout, ["got before", "got deep", "got after"]);
    let refused = stderr
        .iter()
        .filter(|line| line.contains("WARN") && line.contains("payload-too-deep"));
    assert_eq!(refused.count(), 2, "{stderr:#?}");
    assert!(
        !stderr.iter().any(|line| line.contains("missing")),
        "{stderr:#?}"
    );
}
