//! Values that a page posts past `window.host`. Webviews convert what is posted, in the host's process.

use super::{Attack, Outcome};

/// What code looks for, and posts with if it finds it: values whose conversion runs without end, throws
/// or does not fit. Tells what it found.
const POST: &str = r#"
    const ways = [
      globalThis.webkit?.messageHandlers?.ipc, globalThis.webkit?.messageHandlers?.host,
      globalThis.chrome?.webview, globalThis.ipc,
    ].filter((way) => way !== undefined);
    let shared = ["x"];
    for (let i = 0; i < 60; i++) shared = [shared, shared];
    let deep = [];
    for (let i = 0; i < 20_000; i++) deep = [deep];
    const values = () => [
      { toString: 1 }, { toString: 1, valueOf: 2 }, [{ toString: 1 }], Object.create(null), deep, shared,
      new Array(4096).fill(["x".repeat(1e6)]), new Array(1e6).fill(1), "x".repeat(5e7),
    ];
    for (const way of ways) for (const value of values()) try { way.postMessage(value); } catch {}
    const found = [typeof webkit, typeof ipc, typeof chrome, ways.length];
"#;

const NOTHING: &str = r#"["undefined","undefined","undefined",0]"#;

/// A page that posts, and has a frame of every kind that posts.
fn attack() -> Attack {
    let source = format!("<script>{{{POST}\ntop.postMessage(found, '*')}}</scr");
    let literal = format!("{source:?}").replace("\\'", "'");
    Attack::with(&format!(
        r#"<body><script>{{{POST} host.send("page", found)}}</script><script>
        const source = {literal} + "ipt>";
        const frames = [
          {{ srcdoc: source }}, {{ srcdoc: source, sandbox: "allow-scripts" }},
          {{ src: "data:text/html," + encodeURIComponent(source) }},
          {{ src: URL.createObjectURL(new Blob([source], {{ type: "text/html" }})) }},
          {{ src: "inside.html" }}, {{ src: "inside.html", sandbox: "allow-scripts" }},
        ];
        let told = 0;
        addEventListener("message", ({{ data }}) => {{
          host.send("frame", data);
          if (++told === frames.length) arrived().then(() => host.send("over"));
        }});
        for (const attributes of frames) {{
          const frame = document.createElement("iframe");
          // First, since it counts for what is loaded from then on.
          if (attributes.sandbox) frame.sandbox = attributes.sandbox;
          document.body.append(Object.assign(frame, attributes));
        }}
        </script></body>"#
    ))
    .file("inside.html", &format!("{source}ipt>"))
    .lax()
}

fn check(outcome: &Outcome) {
    let frame = format!("attacker frame {NOTHING}");
    let mut expected = vec![format!("attacker page {NOTHING}")];
    expected.extend(std::iter::repeat_n(frame, 6));
    assert_eq!(outcome.reached, expected);
}

#[test]
fn values_that_cannot_be_converted() {
    check(&attack().run());
}

/// There the webview has a function that takes messages, in a script world of its own.
#[test]
fn values_that_cannot_be_converted_without_sockets() {
    check(&attack().without_sockets().run());
}
