//! Pages of the window's origins, and pages that only look like them.

use tests::{AppDir, Display, Reply, WITHOUT_SOCKETS, Web};

use super::app;

#[test]
fn a_page_of_an_origin_of_the_window_is_a_page_like_any_other() {
    let web = Web::start(|_| {
        Reply::html(
            r#"<script>
            host.on("answer", (text) => {
              host.send("answered", text);
              host.send("end");
            });
            host.send("ask", [location.pathname, self.origin === location.origin]);
            </script>"#,
        )
    });
    let origin = web.origin();
    let dir = AppDir::new()
        .file(
            "main.ts",
            &app(&format!("origins: ['{origin}'], url: '{origin}/page'")),
        )
        .granted(&[&origin]);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    assert_eq!(
        stdout,
        [
            r#"ask ["/page",true]"#,
            r#"answered ["/page",true]"#,
            "end null"
        ]
    );
}

/// From the app to the web and back, by links and by the history, with a request that the page
/// before never answers.
#[test]
fn pages_of_all_origins_of_the_window_take_turns() {
    const SCRIPT: &str = r#"
        host.handle("who", () => location.origin);
        host.handle("never", () => new Promise(() => {}));
        host.on("go", (way) => way === "back" ? history.back() : location = way);
        addEventListener("pageshow", () => host.send("shown", location.origin));
    "#;
    let web = Web::start(|_| Reply::html(format!("<script>{SCRIPT}</script>")));
    let origin = web.origin();
    let dir = AppDir::of(
        &format!(
            r#"
            import {{ createWindow }} from "host:window";
            import {{ onChannel, request, sendToWindow }} from "host:ipc";

            const ways = ["{origin}/", "app://localhost/index.html", "back", "back"];
            onChannel("shown", async (shown) => {{
              console.log("shown", shown);
              console.log("is", await request("main", "who"));
              const way = ways.shift();
              if (way === undefined) return win.close();
              const never = request("main", "never").catch(({{ code }}) => console.log(code));
              // The page has it by the time that it answers this.
              await request("main", "who");
              await sendToWindow("main", "go", way);
              await never;
            }});
            const win = await createWindow({{ id: "main", origins: ["{origin}"] }});
            "#
        ),
        &format!("<script>{SCRIPT}</script>"),
    )
    .granted(&[&origin]);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    let shown: Vec<_> = [
        "app://localhost",
        &origin,
        "app://localhost",
        &origin,
        "app://localhost",
    ]
    .iter()
    .flat_map(|origin| [format!("shown {origin}"), format!("is {origin}")])
    .collect();
    let (gone, told): (Vec<_>, Vec<_>) = stdout.into_iter().partition(|line| line == "page-gone");
    assert_eq!(told, shown);
    assert_eq!(gone.len(), 4);
}

/// A server may give a page of its own an origin of its own, since it does not trust it.
#[test]
fn a_page_that_its_server_has_put_in_a_sandbox_has_no_host() {
    let web = Web::start(|path| match path {
        "/sandboxed" => Reply::html(
            r#"<script>
            const found = [typeof window.host, typeof window.__hostDeliver, origin];
            let taken = "none";
            try {
              Object.defineProperty(window, "__hostDeliver", { value: () => (taken = "some") });
            } catch {
              found.push("taken");
            }
            found.push(typeof webkit);
            fetch("/found?" + found);
            </script>"#,
        )
        .header("Content-Security-Policy", "sandbox allow-scripts"),
        _ => Reply::html(
            r#"<script>
            host.on("first", () => { location = "/sandboxed" });
            host.send("ready");
            </script>"#,
        ),
    });
    let origin = web.origin();
    let dir = AppDir::new().file(
        "main.ts",
        &format!(
            r#"
            import {{ createWindow }} from "host:window";
            import {{ onChannel, sendToWindow }} from "host:ipc";

            onChannel("ready", async () => {{
              console.log("ready");
              await sendToWindow("main", "first");
              await sendToWindow("main", "second");
            }});
            await createWindow({{ id: "main", title: "main", origins: ["{origin}"], url: "{origin}/" }});
            "#
        ),
    )
    .granted(&[&origin]);
    let display = Display::start();
    let app = display.run(dir.main());
    assert_eq!(
        web.expect_request("/found?"),
        "undefined,undefined,null,taken,undefined"
    );
    app.window("main").close();
    assert_eq!(app.finish(), ["ready"]);
}

#[test]
fn bytes_get_to_pages_of_other_origins_by_a_socket_or_not_at_all() {
    assert_eq!(
        bytes_of_another_origin(&[]),
        [
            "delivered",
            "end 300000",
            "got null",
            "long 300000",
            "ready null",
            r#"up {"0":1,"1":2,"2":3}"#
        ]
    );
    assert_eq!(
        bytes_of_another_origin(WITHOUT_SOCKETS),
        [
            "end 300000",
            r#"error ["transfer-failed","bytes"]"#,
            r#"error ["transfer-failed","up"]"#,
            "long 300000",
            "ready null",
            "transfer-failed",
        ]
    );
}

fn bytes_of_another_origin(env: &[(&str, &str)]) -> Vec<String> {
    let web = Web::start(|_| {
        Reply::html(
            r#"<script>
            addEventListener("error", ({ error }) => host.send("error", [error.code, error.channel]));
            host.on("bytes", () => host.send("got"));
            host.on("text", (text) => host.send("end", text.length));
            host.send("up", new Uint8Array([1, 2, 3]));
            // Beyond what is otherwise uploaded.
            host.send("long", "x".repeat(300_000));
            host.send("ready");
            </script>"#,
        )
    });
    let origin = web.origin();
    let dir = AppDir::new().file(
        "main.ts",
        &format!(
            r#"
            import {{ createWindow }} from "host:window";
            import {{ onEvent, sendToWindow }} from "host:ipc";

            onEvent(async ({{ channel, payload, type }}) => {{
              if (type !== undefined) return;
              const text = typeof payload === "string" ? payload.length : JSON.stringify(payload);
              console.log(channel, text);
              if (channel === "end") await win.close();
              if (channel !== "ready") return;
              await sendToWindow("main", "bytes", new Uint8Array([1]), {{ ack: true }})
                .then(() => console.log("delivered"), ({{ code }}) => console.log(code));
              await sendToWindow("main", "text", "x".repeat(300_000));
            }});
            const win = await createWindow({{ id: "main", origins: ["{origin}"], url: "{origin}/" }});
            "#
        ),
    )
    .granted(&[&origin]);
    let display = Display::start();
    let mut stdout = display.run_in(dir.main(), env).finish();
    // Errors are told when the batch has left without the bytes.
    stdout.sort();
    stdout
}

/// WebKitGTK itself lets everybody read the answers to synchronous requests.
#[test]
fn no_page_of_another_origin_reads_the_apps_files() {
    const READ: &str = r#"
        const read = async (url) => {
          const found = [];
          for (const isAsync of [false, true]) {
            const request = new XMLHttpRequest();
            try {
              request.open("GET", url, isAsync);
              await new Promise((done) => {
                request.onloadend = done;
                request.send();
                if (!isAsync) done();
              });
            } catch {}
            found.push(request.status + request.responseText);
          }
          found.push(await fetch(url).then((answer) => answer.text(), () => "failed"));
          return found;
        };"#;
    let web = Web::start(|_| {
        Reply::html(format!(
            r#"<script>{READ}
            const url = "app://localhost/data.json";
            onmessage = ({{ data }}) => {{
              host.send("frame", data);
              location = "app://localhost/index.html";
            }};
            read(url).then((found) => {{
              host.send("web", found);
              const frame = document.createElement("iframe");
              frame.sandbox = "allow-scripts";
              frame.srcdoc = `<script>const read = ${{read}};
                read("${{url}}").then((found) => parent.postMessage(found, "*"));
                <\/script>`;
              document.documentElement.append(frame);
            }});
            </script>"#
        ))
    });
    let origin = web.origin();
    let dir = AppDir::of(
        &app(&format!("origins: ['{origin}'], url: '{origin}/'")),
        &format!(
            r#"<script>{READ}
            read("data.json").then((found) => {{
              host.send("own", found);
              host.send("end");
            }});
            </script>"#
        ),
    )
    .file("data.json", "7")
    .granted(&[&origin]);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    assert_eq!(
        stdout,
        [
            r#"web ["0","0","failed"]"#,
            r#"frame ["0","0","failed"]"#,
            r#"own ["2007","2007","7"]"#,
            "end null"
        ]
    );
}
