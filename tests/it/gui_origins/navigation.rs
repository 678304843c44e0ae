//! Where pages may go, and where not.

use tests::{AppDir, Display, Reply, Web};

use super::app;

#[test]
fn a_page_cannot_leave_the_origins_of_its_window() {
    let outside = Web::start(|_| Reply::html(""));
    let origin = outside.origin();
    let ways = [
        format!("location = '{origin}/assigned?secret'"),
        format!("location.replace('{origin}/replaced')"),
        format!("link.href = '{origin}/clicked'; link.click()"),
        format!("form.action = '{origin}/posted'; form.submit()"),
        format!("frames[0].eval(\"top.location = '{origin}/framed'\")"),
        format!("open('{origin}/opened', '_self')"),
        "location = 'data:text/html,<p>'".to_owned(),
        "location = URL.createObjectURL(new Blob(['<p>'], { type: 'text/html' }))".to_owned(),
    ];
    let steps: String = ways
        .iter()
        .map(|way| format!("() => {{ {way} }},"))
        .collect();
    let page = format!(
        r#"<a id="link"></a><form id="form" method="post"></form><iframe srcdoc=""></iframe>
        <script>
        const steps = [{steps}];
        host.on("next", (n) => {{
          if (n < steps.length) steps[n]();
          else host.send("end");
        }});
        addEventListener("load", () => {{
          try {{
            // These two nobody hears of: WebKit itself refuses the one, and the other is where
            // every new frame is to go first.
            location = "file:///etc/passwd";
          }} catch {{}}
          location = "about:blank";
          setTimeout(() => host.send("loaded"));
        }});
        </script>"#
    );
    let web = Web::start(move |_| Reply::html(&*page));
    let dir = AppDir::new()
        .file(
            "main.ts",
            &format!(
                r#"
            import {{ createWindow, onIncident }} from "host:window";
            import {{ onEvent, sendToWindow }} from "host:ipc";

            let step = 0;
            const next = () => sendToWindow("main", "next", step++);
            onIncident(({{ windowId, type, url }}) => {{
              console.log(windowId, type, url.replace(/blob:.*/, "blob:"));
              next();
            }});
            onEvent(({{ channel, type }}) => {{
              if (type === undefined) console.log(channel);
              if (channel === "loaded") next();
              if (channel === "end") win.close();
            }});
            const win = await createWindow({{ id: "main", origins: ["{0}"], url: "{0}/" }});
            "#,
                web.origin()
            ),
        )
        .granted(&[&web.origin()]);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    let blocked = [
        &format!("{origin}/assigned?secret"),
        &format!("{origin}/replaced"),
        &format!("{origin}/clicked"),
        &format!("{origin}/posted"),
        &format!("{origin}/framed"),
        &format!("{origin}/opened"),
        "data:text/html,<p>",
        "blob:",
    ];
    let blocked = blocked.map(|url| format!("main navigation-blocked {url}"));
    assert_eq!(
        stdout,
        [&["loaded".to_owned()], &blocked[..], &["end".to_owned()]].concat()
    );
    assert_eq!(outside.requests(), [""; 0]);
    assert_eq!(web.requests(), ["/"]);
}

#[test]
fn a_redirection_leads_no_further_than_a_link() {
    let outside = Web::start(|_| Reply::html(""));
    let away = format!("{}/away", outside.origin());
    let web = Web::start(move |path| match path {
        "/redirect" => Reply::redirect(&away),
        _ => Reply::html(
            r#"<script>
            host.on("go", () => { location = "/redirect" });
            host.on("end", () => host.send("end"));
            host.send("here");
            </script>"#,
        ),
    });
    let origin = web.origin();
    let dir = AppDir::new().file(
        "main.ts",
        &format!(
            r#"
            import {{ createWindow, onIncident }} from "host:window";
            import {{ onChannel, sendToWindow }} from "host:ipc";

            onIncident(({{ type, url }}) => {{
              console.log(type, url);
              sendToWindow("main", "end");
            }});
            onChannel("here", () => sendToWindow("main", "go"));
            onChannel("end", () => win.close());
            const win = await createWindow({{ id: "main", origins: ["{origin}"], url: "{origin}/" }});
            "#
        ),
    )
    .granted(&[&origin]);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    let away = format!("navigation-blocked {}/away", outside.origin());
    assert_eq!(stdout, [away]);
    assert_eq!(web.requests(), ["/", "/redirect"]);
    assert_eq!(outside.requests(), [""; 0]);
}

#[test]
fn no_page_opens_a_window() {
    let web = Web::start(|_| Reply::html(""));
    let origin = web.origin();
    let dir = AppDir::of(
        &app(""),
        &format!(
            r#"<style>a, button {{ position: fixed; left: 0; width: 100px; height: 50px }}</style>
            <a href="{origin}/link" target="_blank" style="top: 0">link</a>
            <button id="own" style="top: 100px">own</button>
            <button id="blank" style="top: 200px">blank</button>
            <script>
            own.onclick = () => host.send("own", open("index.html?popup") === null);
            blank.onclick = () => host.send("blank", open() === null);
            host.send("ready", open("{origin}/unasked") === null);
            </script>"#
        ),
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_line("ready true");
    let window = app.window("main");
    window.click(50, 25);
    app.expect_line(&format!("incident popup-blocked {origin}/link"));
    window.click(50, 125);
    app.expect_line("own true");
    window.click(50, 225);
    app.expect_line("blank true");
    window.close();
    let stdout = app.finish();
    assert!(
        stdout.contains(&"incident popup-blocked app://localhost/index.html?popup".to_owned()),
        "{stdout:#?}"
    );
    assert_eq!(web.requests(), [""; 0]);
}

#[test]
fn the_app_itself_goes_no_further() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";

        const outcome = (promise) => promise.then(() => "done", ({ code, message }) => `${code}: ${message}`);
        const origins = ["https://example.com"];
        for (const url of ["https://example.org/", "http://example.com/", "//example.com/", "data:,a", "file:///etc/passwd", "about:blank"]) {
          console.log(await outcome(createWindow({ id: "main", origins, url })));
        }
        const win = await createWindow({ id: "main", origins });
        console.log(await outcome(win.navigate("https://example.com:444/")));
        console.log(await outcome(win.navigate("index.html")));
        for (const origin of ["*", "https://*.example.com", "https://example.com/a", "app://other", "null"]) {
          console.log(await outcome(createWindow({ origins: [origin] })));
        }
        await win.close();
        "#,
        "",
    )
    .granted(&[
        "https://example.com",
        "https://example.com:444",
        "https://example.org",
        "http://example.com",
    ]);
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    let refused = |url: &str| {
        format!(
            "not-permitted: this app may not show \"{url}\" in windows: name a page of its own by its \
             path from the app's directory, as in \"index.html\""
        )
    };
    let elsewhere = |url: &str| {
        format!(
            "bad-options: window \"main\": \"{url}\" is not of an origin that the window was opened with"
        )
    };
    let no_origin = |text: &str| {
        format!(
            "bad-options: option `origins[0]`: \"{text}\" is not an origin, \
             such as \"https://example.com\" or \"http://localhost:8080\""
        )
    };
    assert_eq!(
        stdout,
        [
            elsewhere("https://example.org/"),
            elsewhere("http://example.com/"),
            refused("//example.com/"),
            refused("data:,a"),
            refused("file:///etc/passwd"),
            refused("about:blank"),
            elsewhere("https://example.com:444/"),
            "done".to_owned(),
            no_origin("*"),
            no_origin("https://*.example.com"),
            no_origin("https://example.com/a"),
            no_origin("app://other"),
            no_origin("null"),
        ]
    );
}
