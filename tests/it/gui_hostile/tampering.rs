//! Pages that change what scripts rely on, and look for what is not theirs: in the webview's own
//! engine. preload-js tests more of it in a realm.

use super::{Attack, Outcome};

/// What the app says to a page that has done its worst, in this order: a message, a request, a
/// message and a request of bytes. Then `end`.
const TALK: &str = r#"
    import { onChannel, request, sendToWindow } from "host:ipc";

    export const options = {};
    onChannel("ready", async () => {
      const id = "attacker";
      await sendToWindow(id, "update", { list: [1] });
      console.log("answer", JSON.stringify(await request(id, "first", { list: [2] })));
      await sendToWindow(id, "bytes", new Uint8Array([3, 4]));
      console.log("answer", String(await request(id, "second byte", new Uint8Array([5, 6]))));
      await sendToWindow(id, "end");
    });
    onChannel("bytes", (bytes) => console.log("bytes", String(bytes)));
"#;

/// A page's side of that. What is said is primitive: built-ins of the page may be anything.
const LISTEN: &str = r#"<script>
    host.on("update", (payload) => host.send("updated", payload.list[0]));
    host.on("bytes", (bytes) => { host.send("bytes", bytes); host.send("got", bytes[1]); });
    host.handle("first", (payload) => payload.list[0]);
    host.handle("second byte", (bytes) => bytes[1]);
    host.on("end", () => host.send("over"));
</script>"#;

/// What the app and a page say to each other whose built-ins are as they were.
const TALKED: [&str; 8] = [
    "attacker ready null",
    r#"attacker updated 1"#,
    "answer 2",
    r#"attacker bytes {"0":3,"1":4}"#,
    "bytes 3,4",
    "attacker got 4",
    "answer 6",
    "attacker asked 7",
];

/// Talks with a page after its `script` has run.
fn talk(script: &str) -> Outcome {
    let ready = "<script>
        host.send('ready');
        const settled = host.request('echo', 7);
        then(settled, (answer) => host.send('asked', answer));
        </script>";
    let then = "<script>const then = Function.prototype.call.bind(Promise.prototype.then)</script>";
    let page = format!("{then}{LISTEN}<script>{script}</script>{ready}");
    let outcome = Attack::with(&page).setup(TALK).run();
    let mut reached = outcome.reached.clone();
    let mut talked = TALKED.map(str::to_owned);
    // Its answer comes when it comes.
    reached.sort();
    talked.sort();
    assert_eq!(reached, talked, "{:#?}", outcome.stderr);
    outcome
}

/// Case 11: every built-in function, and accessors that throw on the prototypes of all objects.
#[test]
fn every_built_in_replaced() {
    talk(include_str!("../../../preload-js/tests/it/poison.js"));
}

/// Case 10. What a page writes into its own payloads is its own affair; the envelope is not.
#[test]
fn to_json_on_every_prototype() {
    let outcome = Attack::with(
        r#"<script>
        for (const { prototype } of [Object, Array, String, Number, Boolean]) {
          prototype.toJSON = () => "polluted";
        }
        host.send("text", "text");
        host.send("object", { type: "close" });
        host.send("over");
        </script>"#,
    )
    .run();
    assert_eq!(
        outcome.reached,
        [r#"attacker text "text""#, r#"attacker object "polluted""#]
    );
}

/// Case 10: setters that would see what the script puts into objects, and getters that it would
/// take for fields.
#[test]
fn accessors_on_the_prototype_of_all_objects() {
    let outcome = Attack::with(&format!(
        r#"{LISTEN}<script>
        let taken = 0;
        const names = ["key", "page", "seq", "ack", "frames", "type", "channel", "payload", "bytes",
          "code", "call", "0", "1", "get", "set", "value", "then", "window", "windowId"];
        for (const name of names) {{
          Object.defineProperty(Object.prototype, name, {{
            __proto__: null,
            configurable: true,
            get() {{ return undefined; }},
            set(value) {{ taken++; }},
          }});
        }}
        host.send("message", 1);
        host.request("echo", 2).then((answer) => {{
          for (const name of names) delete Object.prototype[name];
          host.send("saw", [answer, taken]);
          host.send("over");
        }});
        </script>"#
    ))
    .run();
    assert_eq!(
        outcome.reached,
        ["attacker message 1", "attacker saw [2,0]"]
    );
}

/// Case 12.
#[test]
fn the_message_function_overwritten() {
    talk(
        r#"
        const spy = (what) => host.send("stolen", String(what));
        try { webkit.messageHandlers.ipc.postMessage = spy; } catch {}
        try { Object.getPrototypeOf(webkit.messageHandlers.ipc).postMessage = spy; } catch {}
        try { window.webkit = { messageHandlers: { ipc: { postMessage: spy } } }; } catch {}
        window.ipc = { postMessage: spy };
        window.postMessage = spy;
        "#,
    );
}

/// The functions that bytes pass through.
#[test]
fn requests_and_buffers_overwritten() {
    talk(
        r#"
        const spy = (...what) => { host.send("stolen", what.map(String)); };
        for (const name of ["open", "send", "setRequestHeader"]) {
          XMLHttpRequest.prototype[name] = spy;
        }
        for (const name of ["status", "response", "responseType"]) {
          Object.defineProperty(XMLHttpRequest.prototype, name, { get: spy, set: spy });
        }
        EventTarget.prototype.addEventListener = spy;
        TextEncoder.prototype.encode = spy;
        window.fetch = window.XMLHttpRequest = window.TextEncoder = window.Request = spy;
        const { prototype } = Object.getPrototypeOf(Uint8Array);
        for (const name of ["set", "slice", "subarray"]) prototype[name] = spy;
        "#,
    );
}

/// A page that settles the script's promises, or sees them, could speak in its place.
#[test]
fn promises_overwritten() {
    talk(
        r#"
        const spy = (...what) => { host.send("stolen", what.map(String)); };
        Object.defineProperty(Promise.prototype, "constructor", {
          // The test itself looks at this one.
          get() { if (this !== settled) spy("constructor"); },
        });
        Object.defineProperty(Promise, Symbol.species, { get: spy });
        for (const name of ["then", "catch", "finally"]) Promise.prototype[name] = spy;
        for (const name of ["resolve", "reject", "all"]) Promise[name] = spy;
        window.Promise = window.queueMicrotask = spy;
        "#,
    );
}

/// Case 13: the key, or an id of a page, in anything that can be reached or is called with.
#[test]
fn a_search_for_the_key() {
    for attack in [search(), search().without_sockets()] {
        let outcome = attack.run();
        assert_eq!(
            outcome.reached,
            [
                "attacker proxied null",
                "attacker proxied null",
                r#"attacker proxied {"a":1}"#,
                "attacker found [[],true,true]",
            ],
            "{:#?}",
            outcome.stderr
        );
    }
}

fn search() -> Attack {
    Attack::with(
        r#"<script>
        const seen = new Set();
        const texts = [];
        function visit(value) {
          if (typeof value === "string" || typeof value === "symbol") texts.push(String(value));
          if (value === null || !["object", "function"].includes(typeof value)) return;
          if (seen.has(value) || value === texts || value === seen) return;
          seen.add(value);
          if (typeof value === "function") texts.push(Function.prototype.toString.call(value));
          visit(Object.getPrototypeOf(value));
          for (const key of Reflect.ownKeys(value)) {
            visit(key);
            const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key) ?? {};
            [inner, get, set].forEach(visit);
          }
        }
        const all = (...what) => { what.forEach(visit); texts.push(new Error("here").stack); };
        const proxy = (target) => new Proxy(target, {
          get(target, name, receiver) { all(target, name); return Reflect.get(target, name, receiver); },
          apply(target, self, given) { all(target, self, given); return Reflect.apply(target, self, given); },
        });
        host.on("update", function handler(payload) {
          visit(arguments);
          try { visit(handler.caller); } catch {}
          try { visit(arguments.callee.caller); } catch {}
          all(payload);
        });
        for (const attempt of [
          () => host.send(""), () => host.send("a", 1n), () => host.on("a"),
          () => proxy(host).send("proxied"), () => proxy(host.send)("proxied"),
          () => Reflect.construct(host.send, []), () => host.send.call(proxy({}), proxy({ toString() { all(this); } })),
          () => host.send("proxied", proxy({ a: 1 })),
          () => __hostDeliver(proxy({}), proxy({})), () => __hostDeliver("", "{"),
          () => { const f = () => { f(); host.send(""); }; f(); },
        ]) {
          try { visit(attempt()); } catch (error) { visit(error); texts.push(String(error.stack)); }
        }
        host.request("echo", 1).then(visit);
        host.handle("first", (...given) => { all(...given); });
        visit(globalThis.host);
        visit(__hostDeliver);
        visit(globalThis.webkit);
        visit(performance.getEntries().map((entry) => entry.toJSON()));
        for (const script of document.scripts) visit(script.src);
        visit(document.documentElement.outerHTML);
        for (let i = 0; i < sessionStorage.length; i++) visit(sessionStorage.key(i));
        visit(document.cookie);
        setTimeout(() => {
          const found = texts.filter((text) => /[0-9a-f]{32}/i.test(text));
          host.send("found", [found, seen.has(host.send) && seen.has(__hostDeliver), texts.length > 100]);
          host.send("over");
        }, 50);
        </script>"#,
    )
}

/// Case 14.
#[test]
fn handlers_that_throw_and_come_and_go_while_they_are_called() {
    let outcome = Attack::with(
        r#"<script>
        let calls = 0;
        const onError = (event) => {
          event.stopImmediatePropagation();
          host.send("thrown", event.message);
        };
        addEventListener("error", onError, true);
        const first = () => {
          calls++;
          host.off("update", first);
          host.off("update", second);
          host.on("update", third);
          host.send("from within", calls);
          throw new Error("thrown on purpose");
        };
        const second = () => host.send("removed", "must not be called");
        const third = () => {
          host.send("third", ++calls);
          if (calls > 3) return;
          host.on("update", first);
          host.once("update", third);
        };
        host.on("update", first);
        host.on("update", second);
        host.on("end", () => host.send("over"));
        host.send("ready");
        </script>"#,
    )
    .setup(
        r#"
        import { onChannel, sendToWindow } from "host:ipc";

        export const options = {};
        onChannel("ready", async () => {
          for (let i = 0; i < 3; i++) await sendToWindow("attacker", "update", i);
          await sendToWindow("attacker", "end");
        });
        "#,
    )
    .run();
    let of = |text: &str| {
        outcome
            .reached
            .iter()
            .filter(|line| line.contains(text))
            .count()
    };
    assert_eq!(of("removed"), 0, "{:#?}", outcome.reached);
    assert_eq!(of("from within 1"), 1, "{:#?}", outcome.reached);
    assert_eq!(of("thrown"), of("from within"), "{:#?}", outcome.reached);
    assert!(of("third") >= 2, "{:#?}", outcome.reached);
}

#[test]
fn the_host_object_cannot_be_replaced() {
    let outcome = Attack::with(
        r#"<form id="host" name="host"></form><embed name="host"><script>
        "use strict"; {
        const { host, __hostDeliver } = window;
        const { send } = host;
        const attempts = [
          () => { window.host = {}; },
          () => { delete window.host; },
          () => Object.defineProperty(window, "host", { value: {} }),
          () => Object.defineProperty(window, "host", { get: () => ({}) }),
          () => { host.send = () => {}; },
          () => { delete host.send; },
          () => { host.more = 1; },
          () => Object.defineProperty(host, "send", { value: () => {} }),
          () => Object.setPrototypeOf(host, {}),
          () => { host.send.call = () => {}; },
          () => { window.__hostDeliver = () => {}; },
          () => { delete window.__hostDeliver; },
          () => Object.defineProperty(window, "__hostDeliver", { value: () => {} }),
        ];
        const accepted = attempts.filter((attempt) => {
          try { attempt(); return true; } catch { return false; }
        });
        const same = window.host === host && host.send === send && window.__hostDeliver === __hostDeliver;
        window.host.send("accepted", [accepted.map(String), same, Object.isFrozen(host)]);
        window.host.send("over");
        }</script>"#,
    )
    .run();
    assert_eq!(outcome.reached, ["attacker accepted [[],true,true]"]);
}

/// Payloads run code of the page while they are read.
#[test]
fn getters_and_proxies_as_payloads() {
    let outcome = Attack::with(
        r#"<script>
        const sent = [];
        const attempt = (name, payload) => {
          try { host.send(name, payload); sent.push(name); } catch (error) { sent.push(error.code); }
        };
        attempt("outer", { get x() { host.send("inner", 1); return 2; } });
        attempt("throws", { get x() { throw new Error("no"); } });
        attempt("throws oddly", { toJSON() { throw undefined; } });
        attempt("grows", { toJSON() { this.more = this; return this; } });
        attempt("proxy", new Proxy({ a: 1 }, { get: (target, name) => name === "a" ? "b" : undefined }));
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        attempt("revoked", proxy);
        attempt("array", new Proxy([1, 2], {}));
        attempt({ toString() { host.send("inner", 2); return "close"; } }, 1);
        host.send("sent", sent);
        host.send("over");
        </script>"#,
    )
    .run();
    assert_eq!(
        outcome.reached,
        [
            "attacker inner 1",
            r#"attacker outer {"x":2}"#,
            r#"attacker proxy {"a":"b"}"#,
            "attacker array [1,2]",
            r#"attacker sent ["outer","bad-payload","bad-payload","bad-payload","proxy","bad-payload","array","bad-channel"]"#,
        ]
    );
}
