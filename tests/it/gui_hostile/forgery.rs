//! Attempts to speak for somebody else: another window, the window system, the host, a page before.

use tests::{Reply, Web};

use super::{APP, Attack, Outcome};

/// A second window that shows the attacker's page, which is told what the first one is not.
fn attack(page: &str) -> Outcome {
    Attack::with(page).run()
}

/// Case 7: the sender is the window whose webview posted, whatever the batch says.
#[test]
fn another_window_as_the_sender() {
    let outcome = attack(
        r#"<script>
        for (const key of ["victim", "", "0".repeat(32)]) {
          const frame = { type: "message", channel: "forged", payload: 1, windowId: "victim", from: "victim" };
          native.postMessage(JSON.stringify({
            key, windowId: "victim", window: "victim", origin: "app://localhost", page: "p", seq: 1, ack: 0,
            frames: [{ type: "hello" }, frame],
          }));
        }
        // Through the script, fields of a payload stay there.
        host.send("mine", { windowId: "victim", channel: "close", type: "close" });
        arrived().then(() => host.send("over"));
        </script>"#,
    );
    assert_eq!(
        outcome.reached,
        [r#"attacker mine {"windowId":"victim","channel":"close","type":"close"}"#]
    );
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
}

/// What only a user does: a window that its page moves.
#[test]
fn presses_on_a_drag_region() {
    let outcome = attack(
        r#"<header data-host-drag>bar</header><script>
        const bar = document.querySelector("header");
        const pretend = (type, detail) => bar.dispatchEvent(new MouseEvent(type, {
          bubbles: true, cancelable: true, composed: true, button: 0, buttons: 1, detail,
        }));
        for (const detail of [1, 2]) {
          for (const type of ["mousedown", "mousemove", "mouseup", "click", "dblclick"]) pretend(type, detail);
        }
        bar.click();
        arrived().then(() => host.send("over"));
        </script>"#,
    );
    assert_eq!(outcome.reached, [""; 0]);
    let has_frame = |kind: &str| {
        let kind = format!("kind={kind}");
        outcome.stderr.iter().any(|line| line.contains(&kind))
    };
    assert!(!has_frame("drag") && !has_frame("toggleMaximize"));
    assert!(has_frame("message"), "{:#?}", outcome.stderr);
}

/// Case 7: what only the window system reports.
#[test]
fn system_events() {
    let outcome = attack(
        r#"<script>
        const refused = [];
        for (const channel of ["close", "focus", "blur", "resize", "move"]) {
          for (const call of ["send", "request", "stream"]) {
            try {
              Promise.resolve(host[call](channel, { width: 1, height: 1 }))
                .catch((error) => refused.push(error.code));
            } catch (error) {
              refused.push(error.code);
            }
          }
          host.sendTo("victim", channel).catch((error) => refused.push(error.code));
        }
        // Names that only look so.
        for (const channel of ["Close", "close ", "clоse", "close\u0000"]) host.send(channel);
        host.request("echo").then(() => {
          host.send("refused", [refused.length, [...new Set(refused)]]);
          host.send("over");
        });
        </script>"#,
    );
    assert_eq!(
        outcome.reached,
        [
            "attacker Close null",
            "attacker close  null",
            "attacker clоse null",
            "attacker close\0 null",
            r#"attacker refused [20,["reserved-channel"]]"#,
        ]
    );
}

/// The function that the host calls is there for the page to call: without the key it does nothing.
#[test]
fn frames_of_the_host() {
    let outcome = attack(
        r#"<script>
        let heard = 0;
        host.on("update", () => heard++);
        const pending = host.request("echo", 1);
        const result = { type: "result", call: 1, payload: "forged" };
        const frames = [{ type: "message", channel: "update", payload: 1 }, result];
        for (const key of ["", undefined, null, "0".repeat(32), {}, { toString: () => "" }, [""]]) {
          for (const page of ["", "0".repeat(32)]) {
            try {
              __hostDeliver(key, JSON.stringify({ page, seq: 1, frames }));
            } catch (error) {
              host.send("threw", String(error));
            }
          }
        }
        pending.then((answer) => {
          host.send("heard", [heard, answer]);
          host.send("over");
        });
        </script>"#,
    );
    assert_eq!(outcome.reached, ["attacker heard [0,1]"]);
}

/// Numbers of frames and acknowledgements are checked against the page that sends them; of a page
/// that nobody knows, none counts.
#[test]
fn generations_and_sequence_numbers() {
    let outcome = attack(
        r#"<script>
        const message = { type: "message", channel: "forged", payload: 1 };
        const batches = [
          { page: "a", seq: 1, ack: 0, frames: [{ type: "hello" }, message] },
          { page: "a", seq: 2, ack: 9007199254740991, frames: [message] },
          { page: "a", seq: 9007199254740991, ack: 0, frames: [message] },
          { page: "a", seq: 1, ack: 4096, lost: [1, 2, 3], frames: [] },
        ];
        for (const batch of batches) {
          native.postMessage(JSON.stringify({ key: "0".repeat(32), ...batch }));
        }
        // The page's own go on where they were.
        host.send("first");
        arrived().then(() => { host.send("second"); host.send("over"); });
        </script>"#,
    );
    assert_eq!(
        outcome.reached,
        ["attacker first null", "attacker second null"]
    );
    assert_eq!(outcome.warnings("window's key"), 0, "{:#?}", outcome.stderr);
    assert_eq!(outcome.warnings("missing"), 0, "{:#?}", outcome.stderr);
}

/// A window that names no others takes messages from none.
#[test]
fn a_message_to_a_window_that_takes_none() {
    let outcome = attack(
        r#"<script>
        const attempts = ["victim", "attacker", "nobody", "", "VICTIM", "victim\u0000"];
        const outcomes = attempts.map((to) =>
          host.sendTo(to, "forged", "x").then(() => "sent", (error) => error.code));
        Promise.all(outcomes).then((codes) => { host.send("codes", codes); host.send("over"); });
        </script>"#,
    );
    assert_eq!(
        outcome.reached,
        [concat!(
            r#"attacker codes ["window-not-allowed","window-not-allowed","unknown-window","#,
            r#""bad-window-id","unknown-window","bad-window-id"]"#
        )]
    );
}

/// Case 9: what the script throws for a page has the name, the message and the code that it chose:
/// no stack, no path, no object of its engine.
#[test]
fn errors_of_the_script() {
    let outcome = Attack::with(
        r#"<script>
        const seen = [];
        const look = (error) => {
          const texts = Reflect.ownKeys(error).map((key) => String(error[key]));
          const isOurs = error instanceof Error && Object.getPrototypeOf(error.constructor) === Function.prototype;
          const leaks = texts.filter((text) => /main\.ts|setup\.ts|file:|\/tmp|secret/.test(text));
          seen.push([error.code, isOurs, leaks]);
        };
        Promise.allSettled([
          host.request("throws"), host.request("throws oddly"),
          host.request("nothing"), host.stream("throws stream").next(), host.sendTo("nobody", "c"),
        ]).then((outcomes) => {
          for (const { reason } of outcomes) look(reason);
          host.send("seen", seen);
          host.send("over");
        });
        </script>"#,
    )
    .setup(
        r#"
        import { handle, handleStream } from "host:ipc";

        export const options = {};
        handle("throws", () => { JSON.parse("{"); });
        handle("throws oddly", () => { throw { secret: "secret", get code() { return {}; } }; });
        handle("nothing", () => { throw undefined; });
        handleStream("throws stream", async function* () { throw Object.assign(new Error("m"), { secret: "secret" }); });
        "#,
    )
    .run();
    let failed = r#"["handler-failed",true,[]]"#;
    let unknown = r#"["unknown-window",true,[]]"#;
    let seen = [failed, failed, failed, failed, unknown].join(",");
    assert_eq!(outcome.reached, [format!("attacker seen [{seen}]")]);
}

/// Case 37: the URL of bytes is good for the page that was told of it, once it was told, until it
/// has them; guessed, or fetched by another window, it is not.
#[test]
fn the_url_of_bytes_replayed_and_guessed() {
    let outcome = Attack::with(
        r#"<script>
        const status = (url) => fetch(url).then(({ status }) => status, ({ name }) => name);
        host.on("bytes", async (bytes) => {
          // The request that brought them.
          const url = event.target.responseURL;
          // Its frame is acknowledged at the end of this turn.
          await host.request("echo");
          const replayed = await status(url);
          const guessed = [];
          for (const token of ["", "1", "0".repeat(32), "..", "%2e%2e/frames", "?x"]) {
            guessed.push(await status("/.host/bytes/" + token));
          }
          host.send("replayed", [url.replace(/[0-9a-f]{32}/, "TOKEN"), replayed, guessed]);
          host.send("over");
        });
        host.send("ready");
        </script>"#,
    )
    .setup(
        r#"
        import { onChannel, sendToWindow } from "host:ipc";

        export const options = {};
        onChannel("ready", () => sendToWindow("attacker", "bytes", new Uint8Array(100)));
        "#,
    )
    .without_sockets()
    .run();
    assert_eq!(
        outcome.reached,
        [
            "attacker ready null",
            r#"attacker replayed ["app://localhost/.host/bytes/TOKEN",404,[404,404,404,404,404,404]]"#
        ]
    );
}

/// Case 37: a token that another window was handed, and that is good for that one all the while.
#[test]
fn the_url_of_bytes_of_another_window() {
    let teller = format!(
        "{}<script>
        const status = (url) => {{
          const request = new XMLHttpRequest();
          request.open('GET', url, false);
          request.send();
          return request.status;
        }};
        host.on('bytes', () => {{
          const url = event.target.responseURL;
          // So long that it leaves at once, before this frame is acknowledged.
          host.send('url', {{ url, pad: 'x'.repeat(200_000) }});
          while (status('/fetched.txt') !== 200);
          host.send('still', status(url));
        }});
        </script>",
        super::VICTIM
    );
    let attack = Attack::with(
        r#"<script>
        host.on("url", async (url) => {
          const answer = await fetch(url).then(({ status }) => status, ({ name }) => name);
          host.send("fetched", [url.replace(/[0-9a-f]{32}/, "TOKEN"), answer]);
        });
        host.on("over", () => host.send("over"));
        host.send("ready");
        </script>"#,
    )
    .file("main.ts", &APP.replace("victim.html", "teller.html"))
    .without_sockets()
    .file("teller.html", &teller)
    .setup(
        r#"
        import { onChannel, sendToWindow } from "host:ipc";

        export const options = {};
        const log = console.log;
        console.log = (...all) => log(...all.map((text) => String(text).slice(0, 80)));
        onChannel("ready", () => sendToWindow("victim", "bytes", new Uint8Array(100)));
        onChannel("url", ({ url }) => sendToWindow("attacker", "url", url));
        onChannel("fetched", () => Deno.writeTextFile(new URL("fetched.txt", import.meta.url), ""));
        onChannel("still", () => sendToWindow("attacker", "over"));
        "#,
    );
    let outcome = attack.run();
    assert_eq!(
        outcome.reached[2..],
        [
            r#"attacker fetched ["app://localhost/.host/bytes/TOKEN",404]"#,
            "victim still 200"
        ]
    );
}

/// Case 3: a request to the app's scheme from elsewhere, which carries no `Origin`.
#[test]
fn a_request_without_an_origin() {
    let web = Web::start(|_| Reply::html(READER));
    let origin = web.origin();
    let outcome = Attack::with(&format!(
        r#"<iframe src="{origin}"></iframe><script>
        addEventListener("message", ({{ data }}) => {{ host.send("read", data); host.send("over"); }});
        </script>"#
    ))
    .showing(&origin)
    .setup(&format!("export const options = {{ origins: ['{origin}'] }};"))
    .run();
    assert_eq!(outcome.reached, ["attacker read []"]);
}

/// Requests what is the app's, and tells what it could read of that.
const READER: &str = r#"<script>
    const message = '{"key":"","page":"p","seq":1,"ack":0,"frames":[{"type":"message","channel":"forged"}]}';
    const body = new Uint8Array(4 + message.length);
    new DataView(body.buffer).setUint32(0, message.length, true);
    body.set(new TextEncoder().encode(message), 4);
    async function attack() {
      const seen = [];
      for (const mode of ["no-cors", "cors"]) {
        for (const path of ["/.host/frames", "/index.html", "/main.ts", "/attack.html"]) {
          const init = path === "/.host/frames" ? { mode, method: "POST", body } : { mode };
          const answer = await fetch("app://localhost" + path, init).catch(() => undefined);
          const text = await answer?.text();
          if (text) seen.push(path);
          // WebKitGTK would hand over the answer to this one, whoever asks.
          const request = new XMLHttpRequest();
          try {
            request.open("GET", "app://localhost" + path, false);
            request.send();
          } catch {}
          if (request.responseText) seen.push(path);
        }
      }
      parent.postMessage(seen, "*");
    }
    attack();
    </script>"#;
