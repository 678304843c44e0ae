//! Where pages may go, and where not.

use tests::{AppDir, Display, Reply, Web};

/// An app that opens a window, tells its incidents, and closes it when the page says so. `options`
/// is the inside of an object.
pub(super) fn app(options: &str) -> String {
    format!(
        r#"
        import {{ createWindow, onIncident }} from "host:window";
        import {{ onEvent, sendToWindow }} from "host:ipc";

        onIncident(({{ type, url }}) => console.log("incident", type, url));
        onEvent(async ({{ channel, payload, type }}) => {{
          if (type === undefined) console.log(channel, JSON.stringify(payload));
          if (channel === "ask") await sendToWindow(win.id, "answer", payload);
          if (channel === "end") await win.close();
        }});
        const win = await createWindow({{ title: "main", {options} }});
        "#
    )
}

#[test]
fn a_page_cannot_leave_the_origins_of_its_window() {
    let web = Web::start(|_| Reply::html(""));
    let ways = [
        format!("location = '{}/assigned?secret'", web.origin()),
        format!("location.replace('{}/replaced')", web.origin()),
        format!("link.href = '{}/clicked'; link.click()", web.origin()),
        format!("form.action = '{}/posted'; form.submit()", web.origin()),
        format!(
            "frames[0].eval(\"top.location = '{}/framed'\")",
            web.origin()
        ),
        format!("open('{}/self', '_self')", web.origin()),
        "location = 'file:///etc/passwd'".to_owned(),
        "location = 'data:text/html,<script>location = 1</script>'".to_owned(),
        "location = URL.createObjectURL(new Blob(['<p>'], { type: 'text/html' }))".to_owned(),
        "location = 'about:blank'".to_owned(),
    ];
    let steps = ways
        .iter()
        .map(|way| format!("() => {{ {way} }},\n"))
        .collect::<String>();
    let page = format!(
        r#"<a id="link"></a><form id="form" method="post"></form><iframe srcdoc=""></iframe>
        <script>
        const steps = [{steps}];
        host.on("next", (n) => {{
          host.send("at", n);
          if (n < steps.length) steps[n]();
          else host.send("end");
        }});
        addEventListener("load", () => host.send("loaded"));
        </script>"#
    );
    let dir = AppDir::of(
        r#"
        import { createWindow, onIncident } from "host:window";
        import { onEvent, sendToWindow } from "host:ipc";

        let step = 0;
        const next = () => sendToWindow("main", "next", step++);
        onIncident(({ type, url }) => {
          console.log("incident", type, url);
          next();
        });
        onEvent(({ channel, payload, type }) => {
          if (type === undefined) console.log(channel, payload);
          if (channel === "loaded") next();
          if (channel === "end") win.close();
        });
        const win = await createWindow({ id: "main" });
        "#,
        &page,
    );
    let display = Display::start();
    let (stdout, stderr) = display.run(dir.main()).expect_exit(0);
    eprintln!("{stdout:#?} {stderr:#?}");
    assert_eq!(web.requests(), [""; 0]);
    panic!();
}

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
    let dir = AppDir::new().file(
        "main.ts",
        &app(&format!("origins: ['{origin}'], url: '{origin}/page'")),
    );
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
