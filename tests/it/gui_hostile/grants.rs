//! What a page, and a script, may not do although nothing of it is broken.

use super::Attack;

/// The lists of a window, each way, are the host's: a page that knows other names has nothing of
/// them.
#[test]
fn channels_beyond_the_lists_of_the_window() {
    let outcome = Attack::with(
        r#"<script>
        const codes = [];
        const note = (error) => codes.push(error.code);
        for (const channel of ["secret", "log", "log:", "LOG:a", "update", "log:info"]) {
          try { host.send(channel, 1); } catch (error) { note(error); }
        }
        const heard = [];
        for (const channel of ["secret", "over", "update:a"]) {
          try { host.on(channel, (payload) => heard.push(channel)); } catch (error) { note(error); }
        }
        // Past the script, which has said no before the host could: with no key this is nobody's.
        native.postMessage(JSON.stringify({
          key: "", page: "p", seq: 1, ack: 0, frames: [{ type: "message", channel: "secret" }],
        }));
        const calls = [
          () => host.request("secret"), () => host.stream("secret").next(),
          () => host.sendTo("victim", "secret"),
        ];
        Promise.all(calls.map(async (call) => { try { await call(); } catch (error) { note(error); } })).then(() => {
          host.send("log:codes", codes);
          Promise.all([arrived(), host.request("echo")]).then(() => {
            host.send("log:heard", heard);
            host.send("over");
          });
        });
        </script>"#,
    )
    .setup(
        r#"
        import { broadcast, onChannel, sendToWindow } from "host:ipc";

        export const options = {
          channels: { send: ["log:*", "echo", "over", "failed"], receive: ["update:*"] },
        };
        onChannel("log:codes", async () => {
          const outcome = (sent: Promise<unknown>) => sent.then(() => "sent", (error) => error.code);
          console.log("update", await outcome(sendToWindow("attacker", "update:a", 1)));
          console.log("secret", await outcome(sendToWindow("attacker", "secret", 1)));
          console.log("echo", await outcome(sendToWindow("attacker", "echo", 1)));
          const [{ error }] = await broadcast(["attacker"], "secret", 1) as any[];
          console.log("broadcast", error.code);
        });
        "#,
    )
    .run();
    let mut reached = outcome.reached;
    reached.sort();
    let codes = reached
        .iter()
        .find(|line| line.starts_with("attacker log:codes"));
    assert!(
        codes.is_some_and(|line| line.matches("channel-not-allowed").count() >= 8),
        "{reached:#?}"
    );
    reached.retain(|line| !line.starts_with("attacker log:codes"));
    assert_eq!(
        reached,
        [
            r#"attacker log: 1"#,
            r#"attacker log:heard ["update:a"]"#,
            "attacker log:info 1",
            "broadcast channel-not-allowed",
            "echo channel-not-allowed",
            "secret channel-not-allowed",
            "update sent",
        ]
    );
}

/// A page that could run text as code, or fetch code, would be whoever wrote the text.
#[test]
fn code_and_data_from_elsewhere_under_the_default_policy() {
    let web = tests::Web::start(|_| tests::Reply::html("host.send('ran remote')"));
    let origin = web.origin();
    let outcome = Attack::with(&format!(
        r#"<base href="{origin}/"><a id="link" ping="{origin}/ping" href="app://localhost/attack.html#"></a>
        <form id="form" action="{origin}/form" target="frame"></form>
        <object data="{origin}/object"></object><embed src="{origin}/embed">
        <iframe src="{origin}/frame" name="frame"></iframe><img src="{origin}/image.png">
        <link rel="stylesheet" href="{origin}/style.css"><link rel="prefetch" href="{origin}/prefetch">
        <script src="{origin}/script.js"></script><script type="module" src="{origin}/module.js"></script>
        <video src="{origin}/video"></video>
        <script>
        const attempts = {{
          eval: () => (0, eval)("1"),
          Function: () => new Function("return 1")(),
          fetch: () => fetch("{origin}/fetch"),
          "no-cors": () => fetch("{origin}/no-cors", {{ mode: "no-cors" }}),
          import: () => import("{origin}/import.js"),
          socket: () => {{ new WebSocket("{}/socket"); throw 0; }},
          events: () => new Promise((resolve, reject) => {{
            const source = new EventSource("{origin}/events");
            source.onerror = reject;
            source.onopen = resolve;
          }}),
          worker: () => new Promise((resolve, reject) => {{
            const worker = new Worker("{origin}/worker.js");
            worker.onerror = reject;
            worker.onmessage = resolve;
          }}),
          beacon: () => {{ navigator.sendBeacon("{origin}/beacon", "x"); throw 0; }},
          ping: () => {{ document.getElementById("link").click(); throw 0; }},
          form: () => {{ document.getElementById("form").submit(); throw 0; }},
        }};
        async function attack() {{
          const did = [];
          for (const [name, attempt] of Object.entries(attempts)) {{
            try {{ await attempt(); did.push(name); }} catch {{}}
          }}
          setTimeout("host.send('ran text')", 0);
          setTimeout(() => {{ host.send("did", did); host.send("over"); }}, 300);
        }}
        attack();
        </script>"#,
        origin.replace("http", "ws")
    ))
    .run();
    let reached = outcome.reached.iter();
    let reached: Vec<_> = reached.filter(|line| !line.contains("-blocked")).collect();
    assert_eq!(reached, ["attacker did []"], "{:#?}", outcome.stderr);
    // Some of them do not tell their page.
    assert_eq!(web.requests(), [""; 0]);
}

/// What belongs to the app on the disk, by every name that a request can have for it.
#[test]
fn files_beyond_the_directory_of_the_app() {
    let outcome = Attack::with(
        r#"<script>
        const paths = [
          "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
          "/%2fetc%2fpasswd", "/..\\..\\etc\\passwd", "/%5c..%5c..%5cetc", "/%00/etc/passwd",
          "/attack.html%00.png", "/attack.html/", "/attack.html/../../x", "/.", "/..", "/./..",
          "/%252e%252e/etc/passwd", "/proc/self/environ", "/.host/../main.ts", "/.host/%2e%2e/../..",
        ];
        async function look(url) {
          try {
            const answer = await fetch(url);
            const text = await answer.text();
            return [answer.status, /root:|HOME=/.test(text)];
          } catch (error) {
            return [error.name, false];
          }
        }
        async function attack() {
          const seen = [];
          for (const path of paths) seen.push(await look(path));
          for (const url of ["file:///etc/passwd", "app:///etc/passwd", "app://etc/passwd"]) {
            seen.push(await look(url));
          }
          host.send("leaks", seen.filter(([, leaks]) => leaks).length);
          const texts = await Promise.all(["/gone", "/../../gone"].map((url) =>
            fetch(url).then(async (answer) => (await answer.text()) + [...answer.headers].join())));
          host.send("paths", texts.filter((text) => /tmp|home/.test(text)));
          host.send("over");
        }
        attack();
        </script>"#,
    )
    .run();
    assert_eq!(outcome.reached, ["attacker leaks 0", "attacker paths []"]);
}

/// An app that was granted nothing remote, whose script has been taken over.
#[test]
fn a_script_that_asks_for_more_than_it_was_granted() {
    let outcome = Attack::with("<script>host.request('try').then(() => host.send('over'))</script>")
        .file("host.json", r#"{"permissions": {"channels": ["over", "echo", "ask", "try", "failed"]}}"#)
        .setup(
            r#"
            import { createWindow } from "host:window";
            import { broadcast, configureChannel, handle, onChannel, request, sendToWindow, stream } from "host:ipc";

            export const options = {};
            const attempts = {
              remote: () => createWindow({ url: "http://127.0.0.1:9/" }),
              origins: () => createWindow({ origins: ["https://example.com"] }),
              send: () => sendToWindow("victim", "secret"),
              request: () => request("victim", "secret"),
              stream: () => stream("victim", "secret").next(),
              handle: () => handle("secret", () => {}),
              on: () => onChannel("secret", () => {}),
            };
            handle("try", async () => {
              for (const [name, attempt] of Object.entries(attempts)) {
                try {
                  await attempt();
                  console.log(name, "done");
                } catch (error) {
                  console.log(name, (error as any).code);
                }
              }
            });
            "#,
        )
        .run();
    let names = [
        "remote", "origins", "send", "request", "stream", "handle", "on",
    ];
    assert_eq!(
        outcome.reached,
        names.map(|name| format!("{name} not-permitted"))
    );
}
