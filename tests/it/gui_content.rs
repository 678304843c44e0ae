//! What the app's own pages may load and run, and what comes with what they load.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tests::{AppDir, Display};

/// A script on another origin, and how often it was asked for.
struct Elsewhere {
    url: String,
    hits: Arc<AtomicUsize>,
}

impl Elsewhere {
    fn start() -> Elsewhere {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/remote.js", listener.local_addr().unwrap());
        let hits = Arc::<AtomicUsize>::default();
        let count = hits.clone();
        // It ends with the tests.
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                lines.find(|line| line.is_empty());
                let body = "window.remote = 'remote code'";
                let length = body.len();
                // Who breaks off has no answer.
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n\
                     Access-Control-Allow-Origin: *\r\nContent-Length: {length}\r\n\
                     Connection: close\r\n\r\n{body}"
                );
            }
        });
        Elsewhere { url, hits }
    }

    fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

/// `attempt(name, run)` notes what becomes of it, `refusal(run)` waits for what it breaks of the
/// policy, and `end()` tells what was noted.
const PAGE: &str = r#"
    const elsewhere = new URL(ELSEWHERE);
    const said = [];
    const attempt = async (name, run) => {
      try {
        said.push(`${name}: ${await run()}`);
      } catch (error) {
        said.push(`${name}: ${error?.name ?? error}`);
      }
    };
    const element = (tag, properties) => new Promise((resolve, reject) => {
      const element = document.createElement(tag);
      element.onload = () => resolve(element);
      element.onerror = () => reject("refused");
      Object.assign(element, properties);
      document.body.append(element);
    });
    const refusal = (run) => new Promise((resolve) => {
      document.addEventListener(
        "securitypolicyviolation",
        ({ effectiveDirective }) => resolve(`refused by ${effectiveDirective}`),
        { once: true },
      );
      run();
    });
    const end = () => host.send("said", said);
"#;

const MAIN: &str = r#"
    import { createWindow } from "host:window";
    import { onChannel } from "host:ipc";

    const { html, ...options } = JSON.parse(Deno.args[0] ?? "{}");
    const win = await createWindow(
      html === true ? { html: await Deno.readTextFile(Deno.args[1]) } : options,
    );
    onChannel("said", async (said) => {
      for (const line of said as string[]) console.log(line);
      await win.close();
    });
"#;

/// An app whose page runs the script, an inline one.
fn app(elsewhere: &Elsewhere, script: &str) -> AppDir {
    let prepare = PAGE.replace("ELSEWHERE", &format!("{:?}", elsewhere.url));
    let page = format!(
        "<!DOCTYPE html><body><script type=\"module\">{prepare}\n{script}\nend();</script>"
    );
    AppDir::of(MAIN, &page)
}

const OWN: &str = r#"
    await attempt("own script", async () => (await element("script", { src: "own.js" }), own));
    await attempt("own module", async () => (await import("./module.js")).exported);
    await attempt("inline script", async () => {
      const script = document.createElement("script");
      script.textContent = "window.inline = 'ran'";
      document.body.append(script);
      return window.inline;
    });
    await attempt("inline handler", async () => {
      document.body.setAttribute("onclick", "window.clicked = 'ran'");
      document.body.click();
      return window.clicked;
    });
    await attempt("inline style", async () => {
      document.body.setAttribute("style", "color: rgb(1, 2, 3)");
      return getComputedStyle(document.body).color;
    });
    await attempt("style sheet", async () => {
      const css = URL.createObjectURL(new Blob(["p {}"], { type: "text/css" }));
      const own = await element("link", { rel: "stylesheet", href: "own.css" });
      const refused = refusal(() => element("link", { rel: "stylesheet", href: css }).catch(() => {}));
      return `${own.sheet.cssRules.length}, of a blob ${await refused}`;
    });
    const pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
    await attempt("picture of data", async () => (await element("img", { src: pixel })).width);
    await attempt("picture of a blob", async () => {
      const blob = await (await fetch("own.svg")).blob();
      return (await element("img", { src: URL.createObjectURL(blob) })).naturalWidth;
    });
    await attempt("own fetch", async () => (await fetch("own.js")).status);
    await attempt("worker of a blob", () => new Promise((resolve, reject) => {
      const blob = new Blob(["postMessage('ran')"], { type: "text/javascript" });
      const worker = new Worker(URL.createObjectURL(blob));
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => reject("refused");
    }));
    await attempt("own frame", async () => (await element("iframe", { src: "frame.html" })).contentDocument.body.textContent);
    await attempt("bytes", async () => (await host.request("echo", new Uint8Array([1, 2]))).length);
"#;

#[test]
fn pages_use_what_is_their_own() {
    let elsewhere = Elsewhere::start();
    let dir = app(&elsewhere, OWN)
        .file(
            "main.ts",
            &format!("{MAIN}\nimport {{ handle }} from 'host:ipc';\nhandle('echo', (it) => it);"),
        )
        .file("own.js", "var own = 'ran';")
        .file("module.js", "export const exported = 'ran';")
        .file("own.css", "p { margin: 0 }")
        .file("frame.html", "<body>shown</body>")
        .file(
            "own.svg",
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="12" height="7"></svg>"#,
        );
    let printed = Display::start().run(dir.main()).finish();
    assert_eq!(
        printed,
        [
            "own script: ran",
            "own module: ran",
            "inline script: ran",
            "inline handler: ran",
            "inline style: rgb(1, 2, 3)",
            "style sheet: 1, of a blob refused by style-src-elem",
            "picture of data: 1",
            "picture of a blob: 12",
            "own fetch: 200",
            "worker of a blob: ran",
            "own frame: shown",
            "bytes: 2",
        ]
    );
}

const FOREIGN: &str = r#"
    const { href, origin } = elsewhere;
    const from = (tag, properties) => () => refusal(() => element(tag, properties).catch(() => {}));
    await attempt("script", from("script", { src: href }));
    await attempt("module", () => refusal(() => import(href).catch(() => {})));
    await attempt("script of data", from("script", { src: "data:text/javascript,remote=1" }));
    await attempt("fetch, to eval it", () => refusal(() => fetch(href).catch(() => {})));
    const throwing = (run) => async () => {
      let thrown = "nothing";
      const refused = await refusal(() => {
        try { run() } catch (error) { thrown = error.name }
      });
      return `${refused}, threw ${thrown}`;
    };
    await attempt("eval", throwing(() => eval("1")));
    await attempt("Function", throwing(() => new Function("return 1")()));
    await attempt("timer of text", () => refusal(() => setTimeout("window.remote = 1")));
    await attempt("picture", from("img", { src: href }));
    await attempt("style sheet", from("link", { rel: "stylesheet", href }));
    await attempt("frame", from("iframe", { src: href }));
    await attempt("frame of data", from("iframe", { src: "data:text/html,a" }));
    await attempt("object", from("object", { data: href }));
    await attempt("own object", from("object", { data: "own.svg", type: "image/svg+xml" }));
    await attempt("embed", from("embed", { src: href }));
    await attempt("socket", () => refusal(() => {
      try { new WebSocket(href.replace("http", "ws")) } catch {}
    }));
    await attempt("beacon", () => refusal(() => navigator.sendBeacon(href, "secret")));
    await attempt("form", () => refusal(() => {
      const form = document.createElement("form");
      Object.assign(form, { action: href, method: "post" });
      document.body.append(form);
      form.submit();
    }));
    await attempt("base", async () => {
      const refused = await refusal(() => {
        const base = document.createElement("base");
        base.href = origin;
        document.head.append(base);
      });
      return `${refused}, ${document.baseURI === location.href}`;
    });
    await attempt("remote code ran", () => window.remote !== undefined);
"#;

/// What becomes of [`FOREIGN`] under the default policy.
const REFUSED: [&str; 19] = [
    "script: refused by script-src-elem",
    "module: refused by script-src-elem",
    "script of data: refused by script-src-elem",
    "fetch, to eval it: refused by connect-src",
    "eval: refused by script-src, threw EvalError",
    "Function: refused by script-src, threw EvalError",
    "timer of text: refused by script-src",
    "picture: refused by img-src",
    "style sheet: refused by style-src-elem",
    "frame: refused by frame-src",
    "frame of data: refused by frame-src",
    "object: refused by object-src",
    "own object: refused by object-src",
    "embed: refused by object-src",
    "socket: refused by connect-src",
    "beacon: refused by connect-src",
    "form: refused by form-action",
    "base: refused by base-uri, true",
    "remote code ran: false",
];

#[test]
fn nothing_comes_from_elsewhere_and_no_text_becomes_code() {
    let elsewhere = Elsewhere::start();
    let dir = app(&elsewhere, FOREIGN).file("own.svg", "<svg/>");
    let printed = Display::start().run(dir.main()).finish();
    assert_eq!(printed, REFUSED);
    assert_eq!(elsewhere.hits(), 0);
}

#[test]
fn the_policy_is_for_pages_of_text_too() {
    let elsewhere = Elsewhere::start();
    let dir = app(&elsewhere, FOREIGN).file("own.svg", "<svg/>");
    let page = dir.path().join("index.html");
    let arguments = [r#"{"html":true}"#, page.to_str().unwrap()];
    let printed = Display::start().run_with(dir.main(), &arguments).finish();
    assert_eq!(printed, REFUSED);
    assert_eq!(elsewhere.hits(), 0);
}

#[test]
fn the_manifest_replaces_the_policy() {
    let elsewhere = Elsewhere::start();
    let script = r#"
        await attempt("eval", () => eval("'ran'"));
        await attempt("script", async () => {
          await element("script", { src: elsewhere.href });
          return window.remote;
        });
        await attempt("fetch", () => refusal(() => fetch(elsewhere.href).catch(() => {})));
        await attempt("policy", async () =>
          (await fetch("index.html")).headers.get("content-security-policy"));
        "#;
    let origin = elsewhere.url.strip_suffix("/remote.js").unwrap();
    let csp =
        format!("default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' {origin}");
    let dir = app(&elsewhere, script).file("host.json", &format!(r#"{{ "csp": "{csp}" }}"#));
    let printed = Display::start().run(dir.main()).finish();
    assert_eq!(
        printed,
        [
            "eval: ran",
            "script: remote code",
            "fetch: refused by connect-src",
            &format!("policy: {csp}"),
        ]
    );
    assert_eq!(elsewhere.hits(), 1);
}

#[test]
fn every_answer_says_what_it_is_and_no_more() {
    let elsewhere = Elsewhere::start();
    let script = r#"
        const ownKeys = ["content-security-policy", "x-content-type-options", "cross-origin-resource-policy"];
        for (const path of ["index.html", "data.json", "/", "gone.html", "/.host/bytes/0", "/.host/frames"]) {
          await attempt(path, async () => {
            const { status, headers } = await fetch(path);
            const [csp, options, resources] = ownKeys.map((name) => headers.get(name));
            return `${status} ${options} ${resources} ${csp}`;
          });
        }
        await attempt("text as a script", () => element("script", { src: "text.txt" }).then(() => "ran"));
        "#;
    let dir = app(&elsewhere, script)
        .file("data.json", "{}")
        .file("text.txt", "window.ran = 1");
    let printed = Display::start().run(dir.main()).finish();
    let policy = webview_host::Csp::DEFAULT;
    let found = ["index.html", "data.json", "/"]
        .map(|path| format!("{path}: 200 nosniff same-origin {policy}"));
    let missing = ["gone.html", "/.host/bytes/0", "/.host/frames"]
        .map(|path| format!("{path}: 404 nosniff same-origin {policy}"));
    let mut expected = [found, missing].concat();
    expected.push("text as a script: refused".to_owned());
    assert_eq!(printed, expected);
}

#[test]
fn errors_do_not_tell_pages_where_the_app_is() {
    let elsewhere = Elsewhere::start();
    let script = r#"
        for (const channel of ["import", "read", "write", "throw"]) {
          await attempt(channel, () => host.request(channel).catch(({ message, stack }) =>
            `${message.split(":")[0]} ${/main/.test(stack)} ${/file:|tmp/.test(message)}`));
        }
        await attempt("stack", () => /file:|tmp/.test(new Error().stack));
        "#;
    let handlers = r#"
        import { handle } from "host:ipc";

        const here = (name: string) => new URL(name, import.meta.url);
        handle("import", () => import("./gone.ts"));
        handle("read", () => Deno.readTextFile(here("gone.txt")));
        handle("write", () => Deno.writeTextFile(here("gone/gone.txt"), ""));
        handle("throw", () => { throw new Error(`at ${here("./main.ts")}`); });
    "#;
    let dir = app(&elsewhere, script).file("main.ts", &format!("{MAIN}{handlers}"));
    let printed = Display::start().run(dir.main()).finish();
    assert_eq!(
        printed,
        [
            "import: module-not-found false false",
            "read: Cannot read \"gone.txt\" false false",
            "write: Cannot write \"gone.txt\" false false",
            "throw: at main.ts false false",
            "stack: false",
        ]
    );
}
