//! Pages of the window's origins, and pages that only look like them.

use tests::{AppDir, Display, Reply, Web};

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
    let web = Web::start(|path| {
        match path {
        "/sandboxed" => Reply::html(
            r#"<script>
            const found = [typeof window.host, typeof window.__hostDeliver, origin];
            let taken = "none";
            try {
              Object.defineProperty(window, "__hostDeliver", { value: () => (taken = "some") });
            } catch {
              found.push("taken");
            }
            const batch = { key: "", page: "0".repeat(32), seq: 1, ack: 0, frames: [{ type: "hello" }] };
            window.webkit.messageHandlers.ipc.postMessage(JSON.stringify(batch));
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
    }
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
    let mut app = display.run(dir.main());
    app.expect_error_line("without the window's key");
    assert_eq!(
        web.expect_request("/found?"),
        "undefined,undefined,null,taken"
    );
    app.window("main").close();
    assert_eq!(app.finish(), ["ready"]);
}
