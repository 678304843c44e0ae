//! Text that would give orders to the terminal in which the app was started: set its title, clear
//! it, write to the user's clipboard.

use super::{Attack, Outcome};

/// The text of a page comes there in names of channels, in errors and in payloads.
fn attack(log: &'static str) -> Outcome {
    Attack::with(
        r#"<script>
        const orders = "\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f";
        // Of what is refused below.
        addEventListener("error", (event) => event.stopImmediatePropagation(), true);
        let deep = 1;
        for (let n = 0; n < 300; n++) deep = [deep];
        host.handle("boom", () => {
          const error = new Error("M" + orders);
          error.name = "N" + orders;
          throw error;
        });
        host.on("reported", () => host.send("over"));
        host.send("refused" + orders, deep);
        host.send("said" + orders, { [orders]: orders });
        host.send("ask");
        </script>"#,
    )
    .setup(
        r#"
        import { onChannel, request, sendToWindow } from "host:ipc";

        export const options = {};
        onChannel("ask", async () => {
          try {
            await request("attacker", "boom");
          } finally {
            await sendToWindow("attacker", "reported");
          }
        });
        "#,
    )
    .logging(log)
    .run()
}

fn check(outcome: &Outcome, expected: &[&str]) {
    let stderr = &outcome.stderr;
    for line in stderr {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    for text in expected {
        let found = stderr.iter().filter(|line| line.contains(text));
        assert_eq!(found.count(), 1, "{text}: {stderr:#?}");
    }
}

/// A refused message and an error that nobody catches.
const ALWAYS: [&str; 2] = [
    r"message from the page refused window=attacker channel=refused\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f code=payload-too-deep",
    r#"error: Uncaught (in the callback of channel "ask") N\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f: M\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f"#,
];

#[test]
fn orders_to_the_terminal() {
    // What is logged when nothing is said about it.
    check(&attack("warn"), &ALWAYS);
}

#[test]
fn orders_to_the_terminal_in_a_log_of_all_messages() {
    let said =
        r"from window window=attacker channel=said\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f payload={";
    let payload = r#"{"\u001b]0;PWNED\u0007\u001b[2J\x9b31m\x7f":"\u001b]0;PWNED\u0007\u001b[2J\x9b31m\x7f"}"#;
    let expected = [&ALWAYS[..], &[said, payload]].concat();
    check(&attack("warn,ipc=debug"), &expected);
}

/// As the host's own lines do, and in no more of them than anybody reads.
#[test]
fn orders_and_floods_of_a_console() {
    let outcome = Attack::with(
        r#"<script>
        const orders = "\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f\nWARN page: forged\r";
        const flood = () => {
          for (let n = 0; n < 20_000; n++) console.log(orders, "x".repeat(1000), n);
          for (let n = 0; n < 200; n++) console.error("y".repeat(1_000_000), { [orders]: orders });
          for (let n = 0; n < 200; n++) Promise.reject(new Error(orders + "z".repeat(100_000)));
        };
        // Of what is thrown above; it is the attack.
        addEventListener("unhandledrejection", (event) => event.stopImmediatePropagation(), true);
        flood();
        setTimeout(flood, 1500);
        setTimeout(() => host.send("over"), 3000);
        </script>"#,
    )
    .logging("warn,page=info")
    .run();
    let told = outcome
        .stderr
        .iter()
        .filter(|line| line.contains(" page: "));
    assert!(told.count() > 10, "{:#?}", outcome.stderr);
    let bytes: usize = outcome.stderr.iter().map(String::len).sum();
    assert!(bytes < 1 << 20, "{bytes} bytes");
    for line in &outcome.stderr {
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(!line.starts_with("WARN"), "{line:?}");
    }
}
