//! Nothing fails silently: what handlers throw, and what fails in pages, is on stderr with its place.

use tests::{AppDir, Display};

/// What is logged when nothing is said about it.
const DEFAULT: (&str, &str) = ("RUST_LOG", "warn,page=info");

const MAIN: &str = r#"
    import { createWindow } from "host:window";
    import { handle, handleStream, onChannel } from "host:ipc";

    handle("fails", () => { throw new Error("in a handler of requests"); });
    handleStream("rows", async function* () { throw new Error("in a handler of streams"); });
    await createWindow({ id: "main", visible: false });
    onChannel("done", () => Deno.exit(0));
"#;

const PAGE: &str = r#"<!doctype html>
<script>
  // Nothing of this is there or allowed.
  const fail = async () => {
    await host.request("fails").catch(() => {});
    await host.stream("rows").next().catch(() => {});
    console.log("said", { by: "the page" }, 7);
    console.warn("warned");
    console.debug("not shown by default");
    setTimeout(() => { throw new RangeError("in a timer"); });
    Promise.reject(new TypeError("of a promise"));
    import("./not-there.js");
    for (const [name, fields] of [
      ["script", { type: "module", src: "imports-nothing.js" }],
      ["link", { rel: "stylesheet", href: "not-there.css" }],
      ["img", { src: "https://a.example/x.png" }],
    ]) {
      document.body.append(Object.assign(document.createElement(name), fields));
    }
    setTimeout(() => host.send("done"), 1000);
  };
  addEventListener("load", fail);
</script>
<body></body>
"#;

fn app() -> AppDir {
    AppDir::of(MAIN, PAGE).file("imports-nothing.js", "import './nothing.js';")
}

#[track_caller]
fn expect_line(stderr: &[String], parts: &[&str]) {
    let has_all = |line: &&String| parts.iter().all(|part| line.contains(part));
    assert_eq!(
        stderr.iter().filter(has_all).count(),
        1,
        "{parts:?}: {stderr:#?}"
    );
}

#[test]
fn what_fails_is_told_with_its_place() {
    let dir = app();
    let display = Display::start();
    let (_, stderr) = display.run_in(dir.main(), &[DEFAULT]).expect_exit(0);
    for parts in [
        &[
            r#"error: Uncaught (in the request handler of channel "fails") Error: in a handler of requests"#,
        ][..],
        &[
            r#"error: Uncaught (in the stream handler of channel "rows") Error: in a handler of streams"#,
        ],
        &[
            "WARN page: uncaught error window=main",
            "app://localhost/",
            ":10:",
            "RangeError: in a timer",
        ],
        &[
            "WARN page: unhandled rejection window=main",
            "app://localhost/",
            ":11:",
            "TypeError: of a promise",
        ],
        &[
            "WARN page: unhandled rejection window=main",
            "mporting a module script failed",
        ],
        &[
            "WARN page: did not load window=main",
            "imports-nothing.js, or what it imports",
        ],
        &["WARN page: did not load window=main", "not-there.css"],
        &[
            "WARN page: forbidden by the page's Content-Security-Policy window=main",
            "img-src forbids https://a.example",
        ],
        &[
            "INFO page: console.log window=main",
            "app://localhost/",
            ":7:",
            r#"text=said { by: "the page" } 7"#,
        ],
        &["WARN page: console.warn window=main", "text=warned"],
    ] {
        expect_line(&stderr, parts);
    }
    assert!(
        stderr.iter().any(|line| line.contains("main.ts:5:")),
        "{stderr:#?}"
    );
    assert!(
        !stderr.iter().any(|line| line.contains("not shown")),
        "{stderr:#?}"
    );
}

#[test]
fn the_manifest_switches_consoles_off_and_nothing_else() {
    let dir = app().file("host.json", r#"{ "console": false }"#);
    let display = Display::start();
    let (_, stderr) = display.run_in(dir.main(), &[DEFAULT]).expect_exit(0);
    assert!(
        !stderr.iter().any(|line| line.contains("console.")),
        "{stderr:#?}"
    );
    expect_line(&stderr, &["WARN page: uncaught error", "in a timer"]);
}

#[test]
fn an_import_that_fails_is_told_even_if_the_page_catches_it() {
    let page = r#"<script>
      import("/nowhere.js").catch(() => {}).then(() => host.send("done"));
    </script>"#;
    let dir = AppDir::of(MAIN, page);
    let display = Display::start();
    let (_, stderr) = display.run_in(dir.main(), &[DEFAULT]).expect_exit(0);
    expect_line(&stderr, &["a request of a page was refused", "/nowhere.js"]);
}
