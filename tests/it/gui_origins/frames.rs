//! Frames, popups and workers: they have no host.

use tests::{AppDir, Display, Reply, Web};

use super::app;

/// What a frame does: it looks for the host, forges what it can, and tells its parent.
const FRAME: &str = r#"<script>
    const frame = "0".repeat(32);
    const batch = {
      key: "", page: frame, seq: 1, ack: 0,
      frames: [{ type: "hello" }, { type: "message", channel: "forged", payload: 1 }],
    };
    const native = window.webkit?.messageHandlers?.ipc ?? window.webkit?.messageHandlers?.host;
    for (const key of ["", "main", frame]) native?.postMessage(JSON.stringify({ ...batch, key }));
    const found = [typeof window.host, typeof window.__hostDeliver];
    top.postMessage([decodeURIComponent(location.hash.slice(1) || name), ...found], "*");
    </script>"#;

/// A page with a frame of every kind, `other` being another origin of the window's. It tells what
/// they find, and what they have forged has come before.
fn page(other: &str) -> String {
    format!(
        r##"<!DOCTYPE html><script>
        const source = {source};
        const found = [];
        const add = (name, attributes) => {{
          const frame = document.createElement("iframe");
          Object.assign(frame, {{ name, ...attributes }});
          document.documentElement.append(frame);
          return frame;
        }};
        addEventListener("message", ({{ data }}) => {{
          found.push(data.join(" "));
          if (found.length < 8) return;
          host.send("found", found.sort());
          // What the frames post would take the webview's way, as this request does, and messages another.
          fetch("app://localhost", {{ mode: "no-cors" }}).catch(() => {{}}).then(() => host.send("end"));
        }});
        addEventListener("DOMContentLoaded", () => {{
          add("same", {{ src: "/frame#same" }});
          add("cross", {{ src: "{other}/frame#cross" }});
          const sandboxed = add("", {{}});
          sandboxed.sandbox = "allow-scripts";
          sandboxed.src = "/frame#sandboxed";
          add("srcdoc", {{ srcdoc: source }});
          add("data", {{ src: "data:text/html," + encodeURIComponent(source) + "#data" }});
          const blob = new Blob([source], {{ type: "text/html" }});
          add("blob", {{ src: URL.createObjectURL(blob) + "#blob" }});
          const write = (frame) => {{
            frame.contentDocument.write(source);
            frame.contentDocument.close();
          }};
          write(add("blank", {{}}));
          write(add("about", {{ src: "about:blank" }}));
        }});
        </script>"##,
        source = json_string(FRAME)
    )
}

/// A text as JavaScript inside of an inline script.
fn json_string(text: &str) -> String {
    format!("{text:?}").replace("</", "<\\/")
}

#[test]
fn frames_have_no_host_and_cannot_make_one() {
    let other = Web::start(|_| Reply::html(FRAME));
    let source = page(&other.origin());
    let web = Web::start(move |path| match path {
        "/frame" => Reply::html(FRAME),
        _ => Reply::html(&*source),
    });
    let origins = format!("['{}', '{}']", web.origin(), other.origin());
    let options = format!("origins: {origins}, url: '{}/'", web.origin());
    let dir = AppDir::new()
        .file("main.ts", &app(&options))
        .granted(&[&web.origin(), &other.origin()]);
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    let names = [
        "about",
        "blank",
        "blob",
        "cross",
        "data",
        "same",
        "sandboxed",
        "srcdoc",
    ];
    let found = names.map(|name| format!("\"{name} undefined undefined\""));
    assert_eq!(
        stdout,
        [
            format!("found [{}]", found.join(",")),
            "end null".to_owned()
        ]
    );
    let refused = stderr
        .iter()
        .filter(|line| line.contains("without the window's key"));
    assert_eq!(
        refused.count(),
        0,
        "there is nothing to post with: {stderr:#?}"
    );
}

#[test]
fn a_frame_shows_pages_of_the_window_only() {
    let outside = Web::start(|_| Reply::html(FRAME));
    let origin = outside.origin();
    let web = Web::start(move |_| {
        Reply::html(format!(
            r#"<iframe src="{origin}/frame"></iframe>
            <script>addEventListener("load", () => host.send("loaded"))</script>"#
        ))
    });
    let dir = AppDir::new()
        .file(
            "main.ts",
            &app(&format!("origins: ['{0}'], url: '{0}/'", web.origin())),
        )
        .granted(&[&web.origin()]);
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line(&format!(
        "incident navigation-blocked {}/frame",
        outside.origin()
    ));
    app.window("main").close();
    app.finish();
    assert_eq!(outside.requests(), [""; 0]);
}

#[test]
fn workers_have_no_host() {
    let worker = r#"
        const found = [typeof self.host, typeof self.webkit, typeof self.ipc, typeof self.__hostDeliver];
        const tell = (port) => port.postMessage(found.join(" "));
        if ("onconnect" in self) self.onconnect = ({ ports }) => tell(ports[0]);
        else tell(self);
    "#;
    let dir = AppDir::of(
        &app(""),
        r#"<script>
        const shared = new SharedWorker("worker.js");
        new Worker("worker.js").onmessage = ({ data }) => {
          host.send("worker", data);
          shared.port.onmessage = ({ data }) => {
            host.send("shared", data);
            host.send("end");
          };
        };
        </script>"#,
    )
    .file("worker.js", worker);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    let nothing = "\"undefined undefined undefined undefined\"";
    assert_eq!(
        stdout,
        [
            format!("worker {nothing}"),
            format!("shared {nothing}"),
            "end null".to_owned()
        ]
    );
}
