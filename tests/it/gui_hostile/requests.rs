//! Requests to the app's origin: too many, too long, for too much, and in the name of others.

use std::fs::File;

use tests::{AppDir, Display, Reply, Web};

use super::{Attack, LAX, Outcome, VICTIM};

/// More headers than the map of a library takes, which panics at them.
#[test]
fn requests_with_many_headers() {
    let outcome = Attack::with(
        r#"<script>
        const headers = Array.from({ length: 25_000 }, (_, n) => ["x" + n, "y"]);
        const status = (init) => fetch("victim.html", init).then(({ status }) => status);
        status({ headers }).then(async (first) => {
          host.send("outcome", [first, await status({ headers: { "x-host-key": "\xe4\xff" } }), await status()]);
          host.send("over");
        });
        </script>"#,
    )
    .run();
    assert_eq!(outcome.reached, ["attacker outcome [200,200,200]"]);
}

/// WebKitGTK keeps every method that it is asked for, for good.
#[test]
fn requests_with_methods_without_end() {
    let attack = Attack::with(
        r#"<script>
        host.on("go", async () => {
          const answers = new Set();
          for (let n = 0; n < 150; n++) {
            const method = "M".repeat(1_000_000) + n;
            for (const path of ["/victim.html", "/.host/frames"]) {
              answers.add((await fetch(path, { method, headers: { "x-host-key": "k" } })).status);
            }
          }
          host.send("answers", [...answers].sort());
          host.on("end", () => host.send("over"));
        });
        host.send("ready");
        </script>"#,
    )
    .setup(
        r#"
        import { onChannel, sendToWindow } from "host:ipc";

        export const options = {};
        onChannel("ready", () => sendToWindow("attacker", "go"));
        onChannel("answers", () => sendToWindow("attacker", "end"));
        "#,
    );
    let display = Display::start();
    let mut app = attack.start(&display);
    app.expect_line("ready");
    let before = app.host_peak_memory();
    app.expect_line("answers [200,404]");
    let grown = app.host_peak_memory().saturating_sub(before);
    Outcome::of(app);
    assert!(grown < 100 << 20, "{} MiB for good", grown >> 20);
}

/// What a document finds out of a file of the app, by every kind of load: `NAME` is that of the file.
const LOADS: &str = r#"
    const A = "app://localhost/";
    async function loads(name) {
      const found = {};
      const element = (kind, tag, attributes) => new Promise((resolve) => {
        const it = document.createElement(tag);
        const tell = (event) => {
          found[kind] = event + (it.naturalWidth ? ` ${it.naturalWidth}` : "");
          resolve();
        };
        it.onload = () => tell("load");
        it.onerror = () => tell("error");
        it.onloadedmetadata = () => tell("load");
        Object.assign(it, attributes);
        (document.body ?? document.documentElement).append(it);
      });
      const of = (promise) => promise.then(() => "load", () => "error");
      await Promise.all([
        element("script", "script", { src: `${A}${name}.js` }),
        element("module", "script", { src: `${A}${name}.js?m`, type: "module" }),
        element("style", "link", { rel: "stylesheet", href: `${A}${name}.css` }),
        element("image", "img", { src: `${A}${name}.svg` }),
        element("picture", "img", { srcset: `${A}${name}.svg?s` }),
        element("input", "input", { type: "image", src: `${A}${name}.svg?i` }),
        element("audio", "audio", { src: `${A}${name}.wav`, preload: "metadata" }),
        element("video", "video", { src: `${A}${name}.wav?v`, preload: "metadata" }),
        element("preload", "link", { rel: "preload", as: "fetch", href: `${A}${name}.js?p` }),
        element("preload script", "link", { rel: "preload", as: "script", href: `${A}${name}.js?q` }),
        element("preload image", "link", { rel: "preload", as: "image", href: `${A}${name}.svg?p` }),
        element("module preload", "link", { rel: "modulepreload", href: `${A}${name}.js?r` }),
        of(new FontFace("x", `url(${A}${name}.ttf)`).load()).then((it) => { found.font = it; }),
        of(import(`${A}${name}.js?d`)).then((it) => { found.import = it; }),
        of(fetch(`${A}${name}.js?f`)).then((it) => { found.fetch = it; }),
        fetch(`${A}${name}.js?n`, { mode: "no-cors" })
          .then(({ type, status }) => `${type} ${status}`, () => "error").then((it) => { found.opaque = it; }),
      ]);
      const request = new XMLHttpRequest();
      request.open("GET", `${A}${name}.js?x`, false);
      try { request.send(); found.request = request.responseText; } catch { found.request = "error"; }
      found.secrets = [typeof SECRET, getComputedStyle(document.documentElement).getPropertyValue("--secret")];
      return found;
    }
"#;

/// Pages of others, and what they tell, as the app prints it.
fn files_for(attack: Attack) -> Vec<String> {
    let font = std::fs::read("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").expect("a font");
    let attack = attack
        .file("there.js", "var SECRET = 'key';")
        .file("there.css", ":root { --secret: key }")
        .file(
            "there.svg",
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="123" height="45"/>"#,
        );
    std::fs::write(attack.dir.path().join("there.ttf"), font).expect("a font");
    std::fs::write(attack.dir.path().join("there.wav"), wave()).expect("a sound");
    attack.run().reached
}

/// A second of silence.
fn wave() -> Vec<u8> {
    let head = b"RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0\0";
    [&head[..], &[0x80; 8000]].concat()
}

/// What a document of another origin finds, whether there is a file or not. A preload for `fetch` says
/// that it has loaded whatever comes of it.
const FOUND: &str = r#"{"script":"error","module":"error","style":"error","image":"error","picture":"error","input":"error","audio":"error","video":"error","preload":"load","preload script":"error","preload image":"error","module preload":"error","font":"error","import":"error","fetch":"error","opaque":"error","request":"error","secrets":["undefined",""]}"#;

/// In alphabetical order, since they come in any.
const TELL: &str = r#"
    const sorted = (found) => JSON.stringify(found, [
      "script", "module", "style", "image", "picture", "input", "audio", "video", "preload", "preload script",
      "preload image", "module preload", "font", "import", "fetch", "opaque", "request", "secrets",
    ]);
    const tell = async () => [sorted(await loads("there")), sorted(await loads("missing"))];
"#;

/// Its page is shown in the window, and may use the app's channels.
#[test]
fn files_of_the_app_for_a_page_of_another_origin() {
    let page = format!(
        "<!DOCTYPE html><body><script>{LOADS}{TELL}
        tell().then(([there, missing]) => {{
          host.send('there', there); host.send('missing', missing); host.send('over');
        }});</script></body>"
    );
    let web = Web::start(move |_| Reply::html(page.clone()));
    let origin = web.origin();
    let attack = Attack::with("").showing(&origin).setup(&format!(
        "export const options = {{ url: '{origin}', origins: ['{origin}'] }};"
    ));
    let found = FOUND.replace('"', "\\\"");
    assert_eq!(
        files_for(attack),
        [
            format!("attacker there \"{found}\""),
            format!("attacker missing \"{found}\"")
        ]
    );
}

/// In a page of the app, which has all of them.
#[test]
fn files_of_the_app_for_a_frame_without_an_origin() {
    let source = format!(
        "<!DOCTYPE html><body><script>{LOADS}{TELL} tell().then((it) => parent.postMessage(it, '*'))</scr"
    );
    let literal = format!("{source:?}").replace("\\'", "'");
    let attack = Attack::with(&format!(
        r#"<body><script>{LOADS}{TELL}
        addEventListener("message", ({{ data: [there, missing] }}) => {{
          host.send("there", there); host.send("missing", missing);
          loads("there").then(({{ script, style, image, preload, font, fetch, secrets }}) => {{
            host.send("own", [script, style, image, preload, font, fetch, secrets]);
            host.send("over");
          }});
        }});
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts";
        frame.srcdoc = {literal} + "ipt></body>";
        document.body.append(frame);
        </script></body>"#
    ));
    let found = FOUND.replace('"', "\\\"");
    assert_eq!(
        files_for(attack),
        [
            format!("attacker there \"{found}\""),
            format!("attacker missing \"{found}\""),
            r#"attacker own ["load","load","load 123","load","load","load",["string","key"]]"#
                .to_owned(),
        ]
    );
}

/// In a page of the app: documents in which a policy does not count as it does in HTML, and a worker, which
/// has a policy of its own.
#[test]
fn files_of_the_app_for_frames_that_are_not_html_and_for_workers() {
    const TELL: &str = "parent.postMessage([document.contentType, typeof SECRET], '*')";
    let xhtml = "http://www.w3.org/1999/xhtml";
    let script = r#"script src="app://localhost/there.js""#;
    let web = Web::start(move |path| {
        let of = |mime, source: String| Reply::html(source).header("content-type", mime);
        match path {
            "/svg" => of(
                "image/svg+xml",
                format!(
                    r#"<svg xmlns="http://www.w3.org/2000/svg"><script href="app://localhost/there.js"/>
                    <script>{TELL}</script></svg>"#
                ),
            ),
            "/xml" => of(
                "text/xml",
                format!(r#"<x xmlns:h="{xhtml}"><h:{script}/><h:script>{TELL}</h:script></x>"#),
            ),
            "/html-in-xml" => of(
                "text/xml",
                format!(r#"<html xmlns="{xhtml}"><{script}/><script>{TELL}</script></html>"#),
            ),
            "/xhtml" => of(
                "application/xhtml+xml",
                format!(r#"<html xmlns="{xhtml}"><{script}/><script>{TELL}</script></html>"#),
            ),
            // With the policy of its document, and without.
            "/worker.js" => of(
                "text/javascript",
                "let found; try { importScripts('app://localhost/there.js'); found = typeof SECRET }
                catch (error) { found = error.name } postMessage(found)"
                    .into(),
            ),
            _ => Reply::html(
                "<!DOCTYPE html><script>
                const run = (url) => new Promise((resolve) => {
                  const worker = new Worker(url);
                  worker.onmessage = ({ data }) => resolve(data);
                  worker.onerror = () => resolve('error');
                }).catch(({ name }) => name);
                (async () => {
                  const source = await (await fetch('/worker.js')).text();
                  const blob = URL.createObjectURL(new Blob([source]));
                  const found = [await run(blob), await run('/worker.js')];
                  parent.postMessage(['worker', found], '*');
                })();
                </script>",
            ),
        }
    });
    let origin = web.origin();
    let attack = Attack::with(&format!(
        r#"<body><script>
        const found = {{}};
        addEventListener("message", ({{ data: [what, secret] }}) => {{
          found[what] = secret;
          if (what !== "worker") return;
          host.send("found", Object.entries(found).sort());
          host.send("over");
        }});
        const show = (path) => new Promise((resolve) => {{
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          setTimeout(resolve, 3000);
          frame.src = "{origin}" + path;
          document.body.append(frame);
        }});
        (async () => {{
          for (const path of ["/svg", "/xml", "/html-in-xml", "/xhtml", "/html"]) await show(path);
        }})();
        </script></body>"#
    ))
    .showing(&origin)
    .setup(&format!(
        "export const options = {{ origins: ['{origin}'] }};"
    ));
    assert_eq!(
        files_for(attack),
        [
            r#"attacker found [["application/xhtml+xml","undefined"],["text/xml","undefined"],["worker",["NetworkError","SecurityError"]]]"#
        ]
    );
}

/// Each entry of the history has the URLs of all frames, and goes to the host. The page is ended.
#[test]
fn a_history_of_long_urls() {
    let dir = AppDir::of(
        r#"
        import { createWindow, onIncident } from "host:window";
        import { request } from "host:ipc";

        onIncident(async ({ windowId, type }) => {
          if (type !== "page-crashed") return;
          console.log(windowId, type);
          console.log(await request("victim", "ask", "and you?"));
          Deno.exit(0);
        });
        await createWindow({ id: "victim", url: "victim.html" });
        console.log("begins");
        await createWindow({ id: "main" });
        "#,
        r#"<body><iframe></iframe><script>
        const frame = document.querySelector("iframe").contentWindow;
        frame.location.hash = "h".repeat(3e6);
        let n = 0;
        setInterval(() => frame.history.pushState(n++, ""), 50);
        </script></body>"#,
    )
    .file("victim.html", VICTIM);
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("begins");
    let before = app.host_peak_memory();
    app.expect_line("main page-crashed");
    let grown = app.host_peak_memory().saturating_sub(before);
    app.expect_line("and you?");
    app.expect_exit(0);
    assert!(grown < 250 << 20, "{} MiB", grown >> 20);
}

/// An app with a file of 50 MB, and a page that asks for it twelve times. Returns by how much the host
/// has grown at the most when the other window has been answered often.
fn grown_by_big_files(then: &str) -> u64 {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { handle, onChannel, request, sendToWindow } from "host:ipc";

        handle("echo", (payload) => payload);
        await createWindow({ id: "victim", url: "victim.html" });
        await createWindow({ id: "main" });
        onChannel("ready", async () => {
          console.log("ready");
          await sendToWindow("main", "go");
        });
        onChannel("asked", async () => {
          for (let n = 0; n < 300; n++) {
            await request("victim", "ask", "");
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          console.log("answered");
        });
        onChannel("end", () => Deno.exit(0));
        "#,
        &format!(
            r#"<script>
            host.on("go", () => {{
              for (let n = 0; n < 12; n++) fetch("big.bin?" + n);
              host.send("asked");
              setTimeout(() => {{ {then} }}, 300);
            }});
            host.send("ready");
            </script>"#
        ),
    )
    .file("victim.html", VICTIM);
    let big = File::create(dir.path().join("big.bin")).expect("a file");
    big.set_len(50 << 20).expect("a long file");
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("ready");
    let before = app.host_peak_memory();
    app.expect_line("answered");
    let grown = app.host_peak_memory().saturating_sub(before);
    // The page may not even hear that it is to end.
    app.signal("TERM");
    drop(app);
    grown
}

/// A file is not in the host's memory as a whole, however often a page asks for it.
#[test]
fn big_files_that_nobody_reads() {
    let grown = grown_by_big_files("");
    assert!(grown < 150 << 20, "{} MiB", grown >> 20);
}

/// Nor is what a page does not take, which has been sent to it.
#[test]
fn big_files_to_a_page_that_never_returns() {
    let grown = grown_by_big_files("for (;;);");
    assert!(grown < 150 << 20, "{} MiB", grown >> 20);
}

/// WebKitGTK keeps the answer to a synchronous request until it has all of it: a page gets no file of more
/// than 64 MiB that way, and one that is longer than what may be on its way.
#[test]
fn big_files_in_synchronous_requests() {
    let attack = Attack::with(
        r#"<script>
        const read = (path) => {
          const request = new XMLHttpRequest();
          request.open("GET", path, false);
          request.send();
          return [request.status, request.responseText.length];
        };
        host.send("found", [read("some.bin"), read("much.bin"), read("victim.html")[0]]);
        host.send("over");
        </script>"#,
    );
    for (name, length) in [("some.bin", 16 << 20), ("much.bin", (64 << 20) + 1)] {
        let file = File::create(attack.dir.path().join(name)).expect("a file");
        file.set_len(length).expect("a long file");
    }
    assert_eq!(
        attack.run().reached,
        ["attacker found [[200,16777216],[404,0],200]"]
    );
}

/// Of each such request a line in the log, with its whole path, would fill a disk.
#[test]
fn requests_for_files_that_are_not_there() {
    let outcome = Attack::with(
        r#"<script>
        const attack = async () => {
          for (let n = 0; n < 2000; n++) await fetch("/" + "x".repeat(2000) + n);
          await Promise.allSettled(Array.from({ length: 6000 }, (_, n) => fetch("/y" + n)));
          return (await fetch("victim.html")).status;
        };
        attack().then((status) => { host.send("then", status); host.send("over"); });
        </script>"#,
    )
    .run();
    assert_eq!(outcome.reached, ["attacker then 200"]);
    let lines = outcome.warnings("a request of a page was refused");
    assert!((12..16).contains(&lines), "{lines}");
    let longest = outcome.stderr.iter().map(String::len).max();
    assert!(longest < Some(1000), "{longest:?}");
}

/// Its page is ended, since each of these keeps all windows waiting; the app hears of it.
#[test]
fn long_urls_without_end() {
    for way in [
        "location.hash = url",
        "location = '#' + url",
        "frame.src = 'http://elsewhere.example/' + url",
        "frame.contentWindow.location.hash = url",
        "fetch('/' + url).catch(() => {})",
    ] {
        let dir = AppDir::of(
            r#"
            import { createWindow, onIncident } from "host:window";
            import { request } from "host:ipc";

            const seen = new Set<string>();
            onIncident(async ({ windowId, type, reason, url }: any) => {
              if (url?.length > 2048) console.log("long", url.length);
              if (seen.has(type)) return;
              seen.add(type);
              if (type === "page-cut-off") console.log(windowId, type, reason);
              if (type !== "page-crashed") return;
              console.log(windowId, type);
              console.log(await request("victim", "ask", "and you?"));
              await main.navigate("victim.html");
              console.log(await request("main", "ask", "back again"));
              Deno.exit(0);
            });
            await createWindow({ id: "victim", url: "victim.html" });
            const main = await createWindow({ id: "main" });
            "#,
            &format!(
                r#"<body><iframe name="frame"></iframe><script>
                const frame = document.querySelector("iframe");
                let n = 0;
                const next = () => {{
                  const url = "h".repeat(1e6) + n++;
                  {way};
                }};
                setInterval(next, 50);
                </script></body>"#
            ),
        )
        .file("victim.html", VICTIM)
        .file("host.json", &format!(r#"{{"csp": "{LAX}"}}"#));
        let display = Display::start();
        let stdout = display.run(dir.main()).finish();
        assert_eq!(
            stdout,
            [
                "main page-cut-off queue-full",
                "main page-crashed",
                "I have seen 0 messages, and you?",
                "I have seen 0 messages, back again"
            ],
            "{way}"
        );
    }
}
