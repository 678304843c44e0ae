//! Contexts beside the page of a window: frames, popups and workers. None of them has a
//! `window.host` of its own, nothing to post with past it, and their requests are refused.

use tests::{Reply, Web};

use super::{Attack, Outcome};

/// A page that relays what its frame tells, which is the end of the attack.
fn relay(frame: &str) -> String {
    format!(
        r#"<body><script src="forge.js"></script><script>
        addEventListener("message", ({{ data }}) => {{
          host.send("frame", data);
          arrived().then(() => host.send("over"));
        }});
        </script>{frame}</body>"#
    )
}

/// What a frame runs: it forges, and looks at the page above it.
const INSIDE: &str = r#"
    let above;
    try {
      above = typeof parent.host;
    } catch (error) {
      above = error.name;
    }
    forge().then((seen) => parent.postMessage({ ...seen, above }, "*"));
"#;

fn attack(page: &str) -> Outcome {
    // Inline: a sandboxed frame gets no script of the app.
    Attack::with(page)
        .lax()
        .file("inside.html", &source())
        .run()
}

/// What reached the app of a frame with this origin, which could see this of the page above it.
fn seen(origin: &str, above: &str) -> String {
    format!(
        r#"attacker frame {{"origin":"{origin}","host":"undefined","deliver":"undefined","posted":0,"accepted":0,"above":"{above}"}}"#
    )
}

/// A server whose every page is such a frame.
fn elsewhere() -> Web {
    Web::start(|_| Reply::html(source()))
}

/// Case 1. Its origin is one that the window may show, and the frame has no host all the same.
#[test]
fn a_cross_origin_frame() {
    let web = elsewhere();
    let origin = web.origin();
    let outcome = Attack::with(&relay(&format!("<iframe src='{origin}'></iframe>")))
        .showing(&origin)
        .setup(&format!(
            "export const options = {{ origins: ['{origin}'] }};"
        ))
        .run();
    assert_eq!(outcome.reached, [seen(&origin, "SecurityError")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

/// Case 1, without that: it is not even loaded.
#[test]
fn a_frame_of_an_origin_that_is_not_allowed() {
    let web = elsewhere();
    let origin = web.origin();
    let outcome = Attack::with(&format!(
        "<script>
        host.on('blocked', () => {{ host.send('frames', frames.length); host.send('over'); }});
        </script><iframe src='{origin}/frame'></iframe>"
    ))
    .lax()
    .told_of_incidents("")
    .run();
    let blocked = format!(r#"attacker navigation-blocked {{"url":"{origin}/frame"}}"#);
    assert_eq!(outcome.reached, [&blocked, "attacker frames 1"]);
    assert_eq!(web.requests(), [""; 0]);
}

/// Case 8: what is of the same origin can use the page's own `host`, as it can use all of the page,
/// but has none itself.
#[test]
fn a_same_origin_frame() {
    let outcome = attack(&relay("<iframe src='inside.html'></iframe>"));
    assert_eq!(outcome.reached, [seen("app://localhost", "object")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

/// Case 2.
#[test]
fn a_sandboxed_frame() {
    let outcome = attack(&relay(
        "<iframe sandbox='allow-scripts' src='inside.html'></iframe>",
    ));
    assert_eq!(outcome.reached, [seen("null", "SecurityError")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

/// The source of a frame, as a page writes it into an attribute or a URL.
fn source() -> String {
    format!("<script>{}</script><script>{INSIDE}</script>", super::FORGE)
}

/// Case 2.
#[test]
fn a_sandboxed_frame_with_its_source() {
    let source = source().replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!("<iframe sandbox='allow-scripts' srcdoc=\"{source}\"></iframe>");
    let outcome = attack(&relay(&frame));
    assert_eq!(outcome.reached, [seen("null", "SecurityError")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

#[test]
fn a_frame_with_its_source() {
    let source = source().replace('&', "&amp;").replace('"', "&quot;");
    let outcome = attack(&relay(&format!("<iframe srcdoc=\"{source}\"></iframe>")));
    assert_eq!(outcome.reached, [seen("app://localhost", "object")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

/// A script of the page that puts an element into it, given its attribute and value.
fn script_of(element: &str, attribute: &str, value: &str) -> String {
    format!(
        "<script>{{
           const source = {source};
           const element = document.createElement('{element}');
           element.{attribute} = {value};
           document.body.append(element);
         }}</script>",
        source = literal(&source()),
    )
}

/// A text as a script in a page has it.
fn literal(text: &str) -> String {
    format!("{text:?}")
        .replace("\\'", "'")
        .replace("</", "<\\/")
}

#[test]
fn a_frame_of_a_blob() {
    let url = "URL.createObjectURL(new Blob([source], { type: 'text/html' }))";
    let outcome = attack(&relay(&script_of("iframe", "src", url)));
    assert_eq!(outcome.reached, [seen("app://localhost", "object")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

#[test]
fn a_frame_of_a_data_url() {
    let url = "'data:text/html,' + encodeURIComponent(source)";
    let outcome = attack(&relay(&script_of("iframe", "src", url)));
    assert_eq!(outcome.reached, [seen("null", "SecurityError")]);
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

/// Nothing is loaded there, so that no user script ever runs: its objects are fresh ones.
#[test]
fn an_empty_frame() {
    let outcome = attack(
        r#"<body><iframe></iframe><script>
        const { contentWindow: fresh } = document.querySelector("iframe");
        host.send("frame", [typeof fresh.host, typeof fresh.__hostDeliver, typeof fresh.webkit]);
        arrived().then(() => host.send("over"));
        </script></body>"#,
    );
    assert_eq!(
        outcome.reached,
        [r#"attacker frame ["undefined","undefined","undefined"]"#]
    );
}

/// The way of the page itself, which goes around the webview: no script of the page finds it, and no
/// frame has one of its own, whenever it looks.
#[test]
fn a_search_for_the_socket() {
    let outcome = attack(
        r#"<body><script>
        const NAME = "__hostSocket";
        const looks = new Set();
        const look = (window) => looks.add(`${NAME in window} ${typeof window[NAME]}`);
        const attacks = async () => {
          look(window);
          // Whoever defines it only fools those who look here.
          window[NAME] = () => { throw new Error("called"); };
          delete window[NAME];
          for (const source of [{}, { src: "inside.html" }, { srcdoc: "<p>" }, { src: "about:blank" }]) {
            const frame = Object.assign(document.createElement("iframe"), source);
            const loaded = new Promise((resolve) => frame.onload = resolve);
            document.body.append(frame);
            look(frame.contentWindow);
            await loaded;
            look(frame.contentWindow);
            const { contentDocument: written } = frame;
            written.open();
            written.write("<script>parent.look(window)<" + "/script>");
            written.close();
          }
          document.open();
          look(window);
          host.send("seen", [...looks]);
          host.send("over");
        };
        attacks().catch((error) => host.send("failed", String(error)));
        </script></body>"#,
    );
    assert_eq!(outcome.reached, [r#"attacker seen ["false undefined"]"#]);
}

/// What a worker runs: the same, where there is no page above.
const WORK: &str = r#"
    const tell = (port) => forge().then((seen) => port.postMessage(seen));
    if (globalThis.SharedWorkerGlobalScope) onconnect = ({ ports }) => tell(ports[0]);
    else tell(self);
"#;

fn attack_from_worker(made: &str) -> Outcome {
    let source = format!("{}{WORK}", super::FORGE);
    let page = format!(
        r#"<body><script>
        const source = {};
        const blob = new Blob([source], {{ type: "text/javascript" }});
        async function attack() {{
          const worker = {made};
          const seen = await new Promise((resolve, reject) => {{
            (worker.port ?? worker).onmessage = resolve;
            worker.onerror = reject;
          }});
          host.send("worker", seen.data);
        }}
        attack()
          .catch((error) => host.send("failed", String(error?.message ?? error)))
          .then(() => host.send("over"));
        </script></body>"#,
        literal(&source)
    );
    Attack::with(&page).lax().file("work.js", &source).run()
}

#[test]
fn a_worker() {
    let outcome = attack_from_worker("new Worker('work.js')");
    assert_eq!(
        outcome.reached,
        [
            r#"attacker worker {"origin":"app://localhost","host":"undefined","deliver":"undefined","posted":0,"accepted":0}"#
        ]
    );
}

#[test]
fn a_worker_of_a_blob() {
    let outcome = attack_from_worker("new Worker(URL.createObjectURL(blob))");
    assert_eq!(
        outcome.reached,
        [
            r#"attacker worker {"origin":"app://localhost","host":"undefined","deliver":"undefined","posted":0,"accepted":0}"#
        ]
    );
}

#[test]
fn a_shared_worker() {
    let outcome = attack_from_worker("new SharedWorker(URL.createObjectURL(blob))");
    assert_eq!(
        outcome.reached,
        [
            r#"attacker worker {"origin":"null","host":"undefined","deliver":"undefined","posted":0,"accepted":0}"#
        ]
    );
}

/// It would outlive the page, and answer the requests of later ones.
#[test]
fn a_service_worker() {
    let outcome = attack(
        r#"<script>
        const registered = navigator.serviceWorker?.register("/forge.js") ?? Promise.reject();
        registered.then(() => "registered", () => "refused").then((it) => {
          host.send("service", it);
          host.send("over");
        });
        </script>"#,
    );
    assert_eq!(outcome.reached, [r#"attacker service "refused""#]);
}
