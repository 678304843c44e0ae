//! Ways out of the app's origin, and ways to be taken for it.

use tests::{Reply, Web};

use super::{Attack, Outcome};

/// The lines of incidents of a type.
fn incidents<'a>(outcome: &'a Outcome, kind: &str) -> Vec<&'a str> {
    let start = format!("attacker {kind} ");
    let lines = outcome.reached.iter();
    lines.filter_map(|line| line.strip_prefix(&start)).collect()
}

/// Waits until whoever decides on a navigation has heard of one that the page has begun, and for an
/// answer, which a page that was left would not get any more.
const SETTLED: &str = r#"<script>
    const settled = () => new Promise((resolve) => setTimeout(resolve, 50))
      .then(arrived).catch(() => {}).then(() => host.request("echo"));
</script>"#;

/// Runs scripts of the attacker's page one after another, each of which would leave the page; the
/// page has to be there after each.
fn stay(steps: &[String]) -> Outcome {
    let steps: String = steps
        .iter()
        .map(|step| format!("() => {{ {step} }},\n"))
        .collect();
    Attack::with(&format!(
        r#"{SETTLED}<a id="link"></a><form id="form"></form><iframe id="frame"></iframe><script>
        const steps = [{steps}];
        const next = () => setTimeout(() => {{
          const step = steps.shift();
          if (step === undefined) {{ host.send("stayed"); host.send("over"); return; }}
          try {{ step(); }} catch (error) {{ host.send("threw", error.name); }}
          settled().then(next);
        }});
        next();
        </script>"#
    ))
    .lax()
    .run()
}

/// Case 4: with what the page knows in the URL. Nothing of it is ever requested.
#[test]
fn ways_to_another_origin() {
    let web = Web::start(|_| Reply::html(""));
    let origin = web.origin();
    let outcome = stay(&[
        format!("location = '{origin}/assigned?secret'"),
        format!("location.replace('{origin}/replaced?secret')"),
        format!("link.href = '{origin}/clicked?secret'; link.click()"),
        format!("form.action = '{origin}/posted'; form.method = 'post'; form.submit()"),
        format!("frame.contentWindow.eval(\"top.location = '{origin}/framed'\")"),
        format!("open('{origin}/self', '_self')"),
        format!(
            "const meta = document.createElement('meta'); meta.httpEquiv = 'refresh'; \
             meta.content = '0;url={origin}/refreshed'; document.head.append(meta)"
        ),
    ]);
    assert_eq!(outcome.reached.last().unwrap(), "attacker stayed null");
    let blocked = incidents(&outcome, "navigation-blocked");
    assert!(blocked.len() >= 6, "{:#?}", outcome.reached);
    assert_eq!(web.requests(), [""; 0]);
}

/// What a page can make itself, and what is on the machine.
#[test]
fn ways_to_pages_without_an_origin() {
    let outcome = stay(&[
        "location = 'data:text/html,<script>webkit.messageHandlers.ipc.postMessage(1)</scr' + 'ipt>'".to_owned(),
        "location = URL.createObjectURL(new Blob(['<p>'], { type: 'text/html' }))".to_owned(),
        "location = 'about:blank'".to_owned(),
        "location = 'file:///etc/passwd'".to_owned(),
        "frame.src = 'file:///etc/passwd'".to_owned(),
        "location = 'mailto:someone@example.com'".to_owned(),
        "location = 'unknown-scheme:x'".to_owned(),
        "open('about:blank', '_self')".to_owned(),
    ]);
    assert_eq!(outcome.reached.last().unwrap(), "attacker stayed null");
    assert!(
        incidents(&outcome, "navigation-blocked").len() >= 4,
        "{:#?}",
        outcome.reached
    );
}

/// Case 5: a window that may show `http://127.0.0.1:PORT` may show nothing that only looks like it.
#[test]
fn origins_that_look_like_an_allowed_one() {
    let (web, other) = (
        Web::start(|_| Reply::html("")),
        Web::start(|_| Reply::html("")),
    );
    let port = web.origin().rsplit(':').next().unwrap().to_owned();
    let other_port = other.origin().rsplit(':').next().unwrap().to_owned();
    let lookalikes = [
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1:{other_port}/"),
        format!("http://127.0.0.1:{port}@127.0.0.1:{other_port}/"),
        format!("http://127.0.0.1.localhost:{port}/"),
        format!("http://app.localhost:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        "app://localhost.evil/".to_owned(),
        "app://evil/".to_owned(),
        "app:///".to_owned(),
        "app://user@localhost:1/".to_owned(),
        "application://localhost/".to_owned(),
    ];
    let steps: String = lookalikes.iter().map(|url| format!("{url:?},")).collect();
    let outcome = Attack::with(&format!(
        r#"{SETTLED}<script>
        const urls = [{steps}];
        const next = () => {{
          const url = urls.shift();
          if (url === undefined) {{ host.send("over"); return; }}
          location = url;
          settled().then(next);
        }};
        next();
        </script>"#
    ))
    .showing(&web.origin())
    .setup(&format!(
        "export const options = {{ origins: ['{}'] }};",
        web.origin()
    ))
    .run();
    let blocked = incidents(&outcome, "navigation-blocked").len();
    assert_eq!(blocked, outcome.reached.len(), "{:#?}", outcome.reached);
    // Of a URL that it finds strange, a webview may not even ask.
    assert!(blocked >= lookalikes.len() - 1, "{:#?}", outcome.reached);
    assert_eq!((web.requests(), other.requests()), (Vec::new(), Vec::new()));
}

/// Case 4: an origin that is allowed leads on to one that is not.
#[test]
fn a_redirect_to_another_origin() {
    let web = Web::start(|path| match path {
        "/on" => Reply::html("evil"),
        _ => Reply::html(""),
    });
    let elsewhere = web.origin().replace("127.0.0.1", "localhost") + "/on";
    let url = elsewhere.clone();
    let redirecting = Web::start(move |_| Reply::redirect(&url));
    let outcome = Attack::with(&format!(
        "<script>
         host.on('blocked', () => host.send('over'));
         location = '{}/redirect';
         </script>",
        redirecting.origin()
    ))
    .showing(&redirecting.origin())
    .told_of_incidents(&format!("origins: ['{}']", redirecting.origin()))
    .run();
    assert_eq!(
        outcome.reached,
        [format!(
            r#"attacker navigation-blocked {{"url":"{elsewhere}"}}"#
        )]
    );
    assert_eq!(web.requests(), [""; 0]);
}

/// No page opens a window: not for its own origin either, and nothing that it wrote is run there.
#[test]
fn popups() {
    let web = Web::start(|_| Reply::html(""));
    let origin = web.origin();
    let outcome = stay(&[
        format!("host.send('opened', open('{origin}/opened') === null)"),
        "host.send('opened', open('attack.html') === null)".to_owned(),
        "host.send('opened', open('') === null)".to_owned(),
        "host.send('opened', open('about:blank', 'name', 'popup,width=10') === null)".to_owned(),
        "host.send('opened', open('javascript:opener.host.send(\"ran\")') === null)".to_owned(),
        format!("link.href = '{origin}/blank'; link.target = '_blank'; link.click()"),
        "link.href = 'attack.html'; link.target = 'named'; link.click()".to_owned(),
        format!("form.action = '{origin}/form'; form.target = '_blank'; form.submit()"),
        "frame.contentWindow.eval('open(\"attack.html\")')".to_owned(),
    ]);
    assert_eq!(outcome.reached.last().unwrap(), "attacker stayed null");
    let opened = outcome
        .reached
        .iter()
        .filter(|line| line.starts_with("attacker opened"));
    let opened: Vec<_> = opened.collect();
    assert_eq!(
        opened, ["attacker opened true"; 5],
        "{:#?}",
        outcome.reached
    );
    assert!(!outcome.reached.contains(&"attacker ran null".to_owned()));
    assert_eq!(web.requests(), [""; 0]);
}

/// A page of an allowed origin is heard, and has nothing of the app's own: no file of it, neither
/// as data nor in a frame, and no way to be taken for it.
#[test]
fn an_allowed_origin_that_reads_the_app() {
    let web = Web::start(|path| match path {
        "/page" => Reply::html(
            r#"<script>
            async function attack() {
              const read = [];
              for (const path of ["/", "/main.ts", "/setup.ts", "/victim.html", "/.host/bytes/1"]) {
                const answer = await fetch("app://localhost" + path).catch(() => undefined);
                if (await answer?.text().catch(() => "")) read.push("fetch " + path);
                const request = new XMLHttpRequest();
                try {
                  request.open("GET", "app://localhost" + path, false);
                  request.send();
                  if (request.responseText) read.push("xhr " + path);
                } catch {}
              }
              const frame = document.createElement("iframe");
              frame.src = "app://localhost/victim.html";
              document.body.append(frame);
              await new Promise((resolve) => setTimeout(resolve, 300));
              let inside;
              try { inside = typeof frame.contentWindow.host; } catch (error) { inside = error.name; }
              try { document.domain = "localhost"; } catch {}
              host.send("read", [origin, read, inside === "object"]);
              host.send("over");
            }
            addEventListener("load", attack);
            </script>"#,
        ),
        _ => Reply::html(""),
    });
    let origin = web.origin();
    let outcome = Attack::with("")
        .showing(&origin)
        .setup(&format!(
            "export const options = {{ origins: ['{origin}'], url: '{origin}/page' }};"
        ))
        .run();
    assert_eq!(
        outcome.reached,
        [format!(r#"attacker read ["{origin}",[],false]"#)],
        "{:#?}",
        outcome.stderr
    );
}

/// Case 4: a page of an allowed origin has its own life there. Back in the app there is a new page,
/// and nothing of the old one's calls and numbers.
#[test]
fn away_and_back_again() {
    let web = Web::start(|_| {
        Reply::html(
            r#"<script>
            host.send("away", origin);
            host.request("echo", 1).then((answer) => { host.send("heard there", answer); history.back(); });
            </script>"#,
        )
    });
    let origin = web.origin();
    let outcome = Attack::with(&format!(
        r#"<script>
        host.send("here", origin);
        host.handle("never", () => new Promise(() => {{}}));
        const visits = Number(sessionStorage.getItem("visits") ?? 0);
        sessionStorage.setItem("visits", visits + 1);
        if (visits === 0) host.on("go", () => location = "{origin}/");
        else host.request("echo", 2).then((answer) => {{ host.send("heard here", answer); host.send("over"); }});
        // Or out of the back/forward cache, as it was.
        addEventListener("pageshow", ({{ persisted }}) => {{
          if (persisted) host.request("echo", 2).then((answer) => {{ host.send("heard here", answer); host.send("over"); }});
        }});
        </script>"#
    ))
    .showing(&origin)
    .setup(&format!(
        r#"
        import {{ onChannel, request, sendToWindow }} from "host:ipc";

        export const options = {{ origins: ["{origin}"] }};
        let asked = false;
        onChannel("here", () => {{
          if (asked) return;
          asked = true;
          request("attacker", "never").catch((error) => console.log("never", error.code));
          sendToWindow("attacker", "go");
        }});
        "#
    ))
    .run();
    let (calls, mut reached): (Vec<_>, Vec<_>) = outcome
        .reached
        .iter()
        .partition(|line| line.starts_with("never"));
    assert_eq!(calls, ["never page-gone"], "{:#?}", outcome.stderr);
    // The page that comes back is loaded anew, or is as it was.
    let mut is_first = true;
    reached.retain(|line| !line.starts_with("attacker here") || std::mem::take(&mut is_first));
    assert_eq!(
        reached,
        [
            r#"attacker here "app://localhost""#,
            &format!(r#"attacker away "{origin}""#),
            "attacker heard there 1",
            "attacker heard here 2",
        ],
        "{:#?}",
        outcome.stderr
    );
}

/// A page that wants to leave and to open windows all the time does not drown the app in reports.
#[test]
fn a_flood_of_blocked_ways() {
    let outcome = Attack::with(
        r#"<script>
        let i = 0;
        const flood = setInterval(() => {
          for (let n = 0; n < 10; n++) {
            location = "http://127.0.0.1:8080/" + i + "x".repeat(10_000);
            open("http://127.0.0.1:8080/" + i);
          }
          if (++i < 300) return;
          clearInterval(flood);
          setTimeout(() => host.request("echo").then(() => host.send("over")), 200);
        }, 0);
        </script>"#,
    )
    .run();
    assert!(outcome.reached.iter().all(|line| line.len() < 2_200));
    assert!(outcome.reached.iter().all(|line| line.contains("-blocked")));
    assert!(!outcome.reached.is_empty(), "{:#?}", outcome.stderr);
}

/// An app asks for a page elsewhere that it has not opened the window for.
#[test]
fn a_window_that_is_opened_elsewhere() {
    let web = Web::start(|_| Reply::html(""));
    let outcome = Attack::with("<script>host.request('try').then(() => host.send('over'))</script>")
        .showing(&web.origin())
        .setup(&format!(
            r#"
            import {{ createWindow }} from "host:window";
            import {{ handle }} from "host:ipc";

            export const options = {{}};
            handle("try", async () => {{
              for (const options of [
                {{ url: "{0}/page" }}, {{ url: "file:///etc/passwd" }}, {{ url: "data:text/html,1" }},
                {{ url: "about:blank" }}, {{ url: "javascript:1" }}, {{ url: "//evil.example/" }},
                {{ origins: ["null"] }}, {{ origins: ["file:///"] }}, {{ origins: ["*"] }},
                {{ origins: ["{0}/page"] }}, {{ origins: ["data:text/html,1"] }},
              ]) {{
                await createWindow(options).then(
                  () => console.log("opened", JSON.stringify(options)),
                  (error) => console.log(error.code),
                );
              }}
              const {{ attacker }} = await import("./main.ts");
              await attacker.navigate("{0}/page").catch((error) => console.log(error.code));
            }});
            "#,
            web.origin()
        ))
        .file("main.ts", &super::APP.replace("const attacker", "export const attacker"))
        .run();
    assert_eq!(outcome.reached.len(), 12, "{:#?}", outcome.reached);
    let opened = |line: &String| line.starts_with("opened") || line == "undefined";
    assert!(
        !outcome.reached.iter().any(opened),
        "{:#?}",
        outcome.reached
    );
    assert_eq!(web.requests(), [""; 0]);
}
