//! Pages that change what scripts rely on, and pages that look for what is not theirs.

use preload_js::{deliver, preload};
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, Failure, KEY, Realm, carrying, hello, listen, message};

const POISON: &str = include_str!("poison.js");

/// Everything a page can do, and what came of it, without a built-in of the page. Payloads that
/// are sent are primitive: QuickJS's `JSON.stringify` itself trips over setters for array indexes.
fn use_everything(realm: &Realm) -> (Vec<Json>, Vec<String>, Vec<Option<String>>) {
    realm.run(
        "host.on('a', (p) => { note('one ' + p); host.send('answer', p) });
         host.on('a', () => { throw { code: 'thrown' } });
         host.on('a', two = (p) => note('two ' + p));
         host.once('b', (p) => note('b ' + p.x + p.list[0]));
         host.send('s', 'text'); host.send('s', 1); host.send('s');",
    );
    realm.deliver([("a", json!("x")), ("b", json!({"x": 1, "list": [2]}))]);
    realm.run("host.off('a', two)");
    realm.deliver([("a", json!("y"))]);
    realm.deliver_from(9, &[message("a", json!("z"))]);
    use_calls(realm);
    let codes = [
        "host.send('close')",
        "host.send('')",
        "host.send('\\ud800')",
        "host.send('s', Symbol())",
        "host.send('s', 1n)",
        "host.on('a')",
        "host.handle('h', note)",
        "host.handleStream('h')",
        "host.stream('close')",
        "host.stream('s', 1, { get signal() { throw 1 } })",
    ];
    let mut codes: Vec<_> = codes.iter().map(|script| realm.fail(script).code).collect();
    codes.extend(
        realm
            .reported()
            .into_iter()
            .map(|failure: Failure| failure.code),
    );
    realm.page_show(true, true);
    realm.deliver([("a", json!("again"))]);
    (realm.frames(), realm.notes(), codes)
}

/// Calls both ways: what succeeds, fails, is cancelled, waits, or is late. Promises are observed
/// with `settle`, and those of the page are thenables, since built-in ones are the page's to break.
fn use_calls(realm: &Realm) {
    realm.run(
        "settle(host.request('r', 1)); settle(host.request('r', 2, { __proto__: null, timeoutMs: 5 }));
         settle(host.request('r', 3, { __proto__: null, signal }));
         settle(host.request('r', 4, 5)); settle(host.sendTo('w', 'r', 6));
         settle(host.sendTo('', 'r'));
         read = host.stream('t', 7); reads = [read.next(), read.next(), read.next()];
         for (i = 0; i < 3; i++) settle(reads[i]);
         read[asyncIterator]() === read && note('itself');
         host.handle('h', (p) => p);
         host.handle('h2', () => ({ __proto__: null, then: (resolve) => resolve('then') }));
         host.handle('h3', () => { throw { __proto__: null, name: 'N', message: 'm', code: 'c' } });
         remove = host.handle('h4', (p, { signal }) => {
           held = signal;
           return { __proto__: null, then() {} };
         });
         host.on('relayed', (p, source) => note('relayed ' + p + source.from));
         host.handleStream('p', (p) => ({
           __proto__: null,
           [asyncIterator]: () => ({
             __proto__: null,
             next: () => ({ __proto__: null, value: p++, done: p > 4 }),
             return() { note('closed') },
           }),
         }));",
    );
    let call = |kind: &str, call: u64, channel: &str, payload: Json| json!({"type": kind, "call": call, "channel": channel, "payload": payload});
    let step =
        |kind: &str, call: u64| json!({"type": kind, "call": call, "count": 1, "payload": "x"});
    let error = json!({"name": "N", "message": "m", "code": "app"});
    realm.deliver_frames(&[
        step("result", 1),
        json!({"type": "error", "call": 4, "error": error}),
        step("chunk", 5),
        step("chunk", 5),
        json!({"type": "relay", "from": "w", "channel": "relayed", "payload": 1}),
        call("request", 1, "h", json!("answer")),
        call("request", 2, "h2", json!(null)),
        call("request", 3, "h3", json!(null)),
        call("request", 4, "h4", json!(null)),
        call("request", 5, "late", json!("late")),
        call("request", 6, "never", json!(null)),
        call("stream", 7, "p", json!(1)),
        json!({"type": "pull", "call": 7, "count": 16}),
        call("stream", 8, "p", json!(1)),
        step("pull", 8),
    ]);
    realm.deliver_frames(&[step("cancel", 8), step("cancel", 4), step("result", 5)]);
    realm.run("note('aborted ' + isAborted(held)); remove(); host.handle('late', (p) => p)");
    realm.pass(5000);
    realm.run("cancel(controller)");
}

/// A page that can be used when it has replaced everything.
fn prepared(realm: Realm) -> Realm {
    prepare(&realm);
    realm
}

/// Two of each kind of page that are prepared.
fn pairs() -> impl Iterator<Item = (Realm, Realm)> {
    let pairs = Realm::both().into_iter().zip(Realm::both());
    pairs.map(|(one, other)| (prepared(one), prepared(other)))
}

/// Keeps what tests need before a page replaces it.
fn prepare(realm: &Realm) {
    realm.run(
        "{
           const uncurry = (method) => Function.prototype.call.bind(method);
           const then = uncurry(Promise.prototype.then);
           settle = (promise) => then(
             promise,
             (it) => note('is ' + (typeof it === 'object' && it ? it.value + ' ' + it.done : it)),
             (error) => note('fails ' + error.name + ' ' + error.code),
           );
           controller = new AbortController();
           cancel = uncurry(AbortController.prototype.abort);
           isAborted = uncurry(
             Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted').get,
           );
           ({ signal } = controller);
           ({ asyncIterator } = Symbol);
           settleArray = (promise) =>
             then(promise, ({ value, done }) => note('is ' + value[0] + ' ' + done), note);
           // Whose `then` is not looked up where the page has put another.
           const { defineProperty } = Object;
           thenless = (it) => defineProperty(it, 'then', { __proto__: null, value: undefined });
           const [Bytes, Floats] = [Uint8Array, Float64Array];
           bytes = (first) => {
             const made = new Bytes(2);
             made[0] = first;
             return made;
           };
           floats = new Floats(1);
           buffer = new ArrayBuffer(3);
           gone = new Bytes(1);
           gone.buffer.transfer();
         }",
    );
}

#[test]
fn a_page_that_replaces_everything_changes_nothing() {
    for (clean, poisoned) in pairs() {
        let clean = use_everything(&clean);
        poisoned.run(POISON);
        assert_eq!(poisoned.fail("[].push(1)").message, "poisoned");
        assert_eq!(use_everything(&poisoned), clean);
        everything_has_come_about(clean);
    }
}

/// What is to come of [`use_everything`].
fn everything_has_come_about(
    (frames, notes, codes): (Vec<Json>, Vec<String>, Vec<Option<String>>),
) {
    assert_eq!(frames[0], hello());
    assert_eq!(frames[1..3], [listen("a"), listen("b")]);
    let last = [
        hello(),
        listen("a"),
        listen("relayed"),
        message("answer", json!("again")),
    ];
    assert!(frames.ends_with(&last));
    let expected = [
        "one x",
        "two x",
        "b 12",
        "one y",
        "one z",
        "itself",
        "fails TypeError bad-options",
        "fails TypeError bad-window-id",
        "relayed 1w",
        "is x",
        "fails N app",
        "is x false",
        "is x false",
        "closed",
        "is undefined true",
        "aborted true",
        "fails Error timeout",
        "fails AbortError 20",
        "one again",
    ];
    assert_eq!(notes, expected);
    let codes: Vec<_> = codes.iter().map(|code| code.as_deref().unwrap()).collect();
    let refused = [
        "reserved-channel",
        "bad-channel",
        "bad-channel",
        "bad-payload",
        "bad-payload",
        "bad-handler",
        "handler-exists",
        "bad-handler",
        "reserved-channel",
        "bad-options",
    ];
    assert_eq!(codes[..10], refused);
    assert_eq!(codes[10..], ["thrown", "thrown", "gap", "thrown"]);
}

/// The same for bytes: sent, received, lost and refused.
fn use_bytes(realm: &Realm) -> (Vec<Json>, Vec<String>, Vec<Option<String>>) {
    realm.run(
        "host.on('a', (p) => { note('got ' + p[0] + p[1]); host.send('echo', p) });
         host.handle('h', (p) => thenless(p));
         host.handleStream('p', () => ({
           __proto__: null,
           [asyncIterator]: () => ({
             __proto__: null,
             next: () => ({ __proto__: null, value: thenless(bytes(8)), done: false }),
             return() { note('closed') },
           }),
         }));
         host.send('s', bytes(1)); host.send('s', buffer); settle(host.request('r', bytes(2)));
         settle(host.sendTo('w', 'r', bytes(3)));
         read = host.stream('t', bytes(4)); settleArray(read.next());",
    );
    let call = |kind: &str, call: u64, channel: &str| json!({"type": kind, "call": call, "channel": channel, "bytes": [6, 7]});
    let frames = [
        message("a", json!("xy")),
        carrying("a", &[5, 6]),
        call("request", 1, "h"),
        call("stream", 2, "p"),
        json!({"type": "pull", "call": 2, "count": 2}),
        json!({"type": "chunk", "call": 3, "bytes": [9]}),
        json!({"type": "relay", "from": "w", "channel": "a", "bytes": [1, 2]}),
    ];
    let first = realm.deliver_bytes(&frames);
    let second = realm.deliver_bytes(&[carrying("a", &[3, 4])]);
    realm.answer(&second);
    realm.answer(&first);
    realm.deliver_with(&[carrying("a", &[5, 6]), call("request", 3, "h")], &[1]);
    realm.answer_uploads(500);
    realm.run("host.send('s', bytes(1)); host.send('s', 2); settle(host.request('r', bytes(2)))");
    realm.deliver_frames(&[json!({"type": "pull", "call": 2, "count": 1})]);
    let refused = ["floats", "gone", "gone.buffer"].map(|bytes| {
        let script = format!("host.send('s', {bytes})");
        realm.fail(&script).code
    });
    let reported = realm.reported().into_iter().map(|failure| failure.code);
    let codes = refused.into_iter().chain(reported).collect();
    (realm.frames(), realm.notes(), codes)
}

#[test]
fn bytes_cross_a_page_that_replaces_everything() {
    for (clean, poisoned) in pairs() {
        let clean = use_bytes(&clean);
        // For the test's own use of it, below.
        poisoned.run(
            "{ const { buffer } = gone; Object.defineProperty(gone, 'buffer', { value: buffer }) }",
        );
        poisoned.run(POISON);
        assert_eq!(use_bytes(&poisoned), clean);
        bytes_have_crossed(clean, poisoned.sockets() == 0);
    }
}

/// What is to come of [`use_bytes`], where the last of them were to be uploaded or not.
fn bytes_have_crossed(
    (frames, notes, codes): (Vec<Json>, Vec<String>, Vec<Option<String>>),
    are_uploaded: bool,
) {
    let (requests, chunks, lost) = match are_uploaded {
        true => (1, 2, 2),
        false => (2, 3, 1),
    };
    let bytes_of = |kind: &str| {
        let frames = frames.iter().filter(|frame| frame["type"] == kind);
        frames
            .map(|frame| frame["bytes"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(bytes_of("request"), vec![json!([2, 0]); requests]);
    assert_eq!(bytes_of("result"), [json!([6, 7])]);
    assert_eq!(bytes_of("chunk"), vec![json!([8, 0]); chunks]);
    let echoed = [json!([5, 6]), json!([1, 2]), json!([3, 4])];
    let messages = bytes_of("message");
    assert!(
        echoed.iter().all(|bytes| messages.contains(bytes)),
        "{messages:?}"
    );
    let told = [
        "got 56",
        "got 12",
        "got 34",
        "is 9 false",
        "fails Error transfer-failed",
        "closed",
    ];
    let told = &told[..if are_uploaded { 6 } else { 4 }];
    assert!(
        told.iter()
            .all(|told| notes.iter().any(|note| note == told)),
        "{notes:?}"
    );
    let codes: Vec<_> = codes.iter().map(|code| code.as_deref().unwrap()).collect();
    assert_eq!(codes[..3], ["bad-payload"; 3]);
    assert_eq!(codes[3..], vec!["transfer-failed"; lost]);
}

#[test]
fn requests_with_bytes_show_the_page_nothing() {
    for realm in Realm::both() {
        realm.run(
        "for (const name of ['open', 'send', 'setRequestHeader']) {
               XMLHttpRequest.prototype[name] = (...all) => note(name);
             }
             for (const name of ['status', 'response', 'responseType']) {
               Object.defineProperty(XMLHttpRequest.prototype, name, {
                 get() { note('get ' + name) }, set() { note('set ' + name) },
               });
             }
             const { prototype } = Object.getPrototypeOf(Uint8Array);
             for (const name of ['byteLength', 'length', 'buffer', Symbol.toStringTag]) {
               Object.defineProperty(prototype, name, { get() { note(String(name)) } });
             }
             for (const it of [prototype, ArrayBuffer.prototype]) {
               for (const name of ['set', 'slice', 'subarray']) it[name] = () => note(name);
             }
             for (const it of [Uint8Array, Object.getPrototypeOf(Uint8Array), ArrayBuffer]) {
               Object.defineProperty(it, Symbol.species, { get() { note('species') } });
             }
             for (const name of ['constructor', 'bytes', 'payload', '0']) {
               Object.defineProperty(Object.prototype, name, { set() { note('set ' + name) } });
             }
             EventTarget.prototype.addEventListener = () => note('listen');
             TextEncoder.prototype.encode = () => note('encode');
             window.XMLHttpRequest = window.TextEncoder = window.ArrayBuffer = function () { note('new') };
             window.location = { origin: 'app://elsewhere' };
             host.on('a', (p) => host.send('b', p));",
    );
        realm.frames();
        let arrival = realm.deliver_bytes(&[carrying("a", &[1, 2]), carrying("a", &[3])]);
        realm.answer(&arrival);
        assert_eq!(
            realm.frames(),
            [carrying("b", &[1, 2]), carrying("b", &[3])]
        );
        assert_eq!(realm.notes(), [""; 0]);
    }
}

#[test]
fn the_request_that_a_page_finds_in_an_event_is_of_no_use_to_it() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', (p) => {
           const { event } = window;
           note(event.type + ' ' + p);
           new Uint8Array(event.target.response).fill(9);
           event.target.open('GET', 'app://localhost/again', true);
           event.target.dispatchEvent({ type: 'loadend', isTrusted: true });
         });",
    );
    let arrival = realm.deliver_bytes(&[carrying("a", &[1]), carrying("a", &[2, 3])]);
    realm.answer(&arrival);
    assert_eq!(realm.notes(), ["loadend 1", "loadend 2,3"]);
    assert_eq!(realm.reported(), []);
    assert_eq!(realm.acks().last(), Some(&2));
}

#[test]
fn to_json_of_prototypes_never_touches_the_envelope() {
    let pollution = "for (const { prototype } of [Object, Array, String, Number, Boolean]) {
                       prototype.toJSON = () => 'polluted';
                     }";
    for pollutes_first in [true, false] {
        let realm = Realm::bare();
        let preload = preload(&CONFIG);
        realm.run(&if pollutes_first {
            format!("{pollution} {preload}")
        } else {
            format!("{preload} {pollution}")
        });
        realm.run("host.on('a', note); host.send('a', 'text'); host.send('a', {})");
        let expected = [
            hello(),
            listen("a"),
            message("a", json!("text")),
            message("a", json!("polluted")),
        ];
        assert_eq!(realm.frames(), expected);
    }
}

#[test]
fn pollution_before_the_script_is_no_help() {
    for realm in Realm::both_bare() {
        realm.run(
            "for (const name of ['get', 'set', 'value', 'writable', 'configurable', 'enumerable',
                                 'key', 'sendChannels', 'receiveChannels', 'reserved', 'cause', '0']) {
               Object.defineProperty(Object.prototype, name, {
                 __proto__: null, configurable: true, get() { return 'polluted' },
                 set(value) { note('took ' + String(value)) },
               });
             }",
        );
        realm.run(&preload(&CONFIG));
        realm.load(true);
        prepare(&realm);
        let everything = use_everything(&realm);
        assert_eq!(everything, use_everything(&prepared(Realm::new())));
        let writable = "Reflect.set(window, 'host', 1) || Reflect.deleteProperty(window, 'host')";
        assert!(!realm.eval::<bool>(writable));
    }
}

#[test]
fn an_overwritten_message_function_sees_nothing() {
    for realm in Realm::both() {
        realm.run(
            "webkit.messageHandlers.ipc.postMessage = (text) => note(text);
             window.webkit = { messageHandlers: { ipc: { postMessage: note } } };
             window.ipc = { postMessage: note };
             host.send('a', 1);",
        );
        assert_eq!(realm.frames(), [hello(), message("a", json!(1))]);
        assert!(realm.notes().is_empty());
    }
}

#[test]
fn secrets_are_not_reachable() {
    for realm in Realm::both() {
        realm.run(
        "seen = new Set(); texts = [];
             const visit = (value) => {
               if (typeof value === 'string' || typeof value === 'symbol') texts.push(String(value));
               if (value === null || !['object', 'function'].includes(typeof value)) return;
               if (seen.has(value)) return;
               seen.add(value);
               if (typeof value === 'function') texts.push(Function.prototype.toString.call(value));
               visit(Object.getPrototypeOf(value));
               for (const key of Reflect.ownKeys(value)) {
                 visit(key);
                 const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key);
                 visit(inner); visit(get); visit(set);
               }
             };
             // What a handler and an error can see of the code that called them.
             host.on('a', function handler(payload) {
               visit(arguments);
               try { visit(handler.caller) } catch {}
               try { visit(arguments.callee.caller) } catch {}
               texts.push(new Error('here').stack);
               throw new Error('for the report');
             });
             for (const attempt of [() => host.send(''), () => host.send('a', 1n), () => host.on('a')]) {
               try { attempt() } catch (error) { visit(error); texts.push(error.stack) }
             }
             // What calls give: promises, iterators, contexts, errors, and the functions with which
             // promises are settled.
             visitAll = (...all) => { all.forEach(visit); texts.push(new Error('here').stack) };
             const { then } = Promise.prototype;
             Promise.prototype.then = function (...all) {
               visitAll(this, ...all);
               return then.apply(this, all);
             };
             for (const name of ['then', 'stack', 'cause', 'next', 'value', 'signal']) {
               Object.defineProperty(Object.prototype, name, { __proto__: null, get() {
                 visitAll(this);
               } });
             }
             const controller = new AbortController();
             const { signal } = controller;
             for (const promise of [
               host.request('b', 1), host.request('b', 2), host.sendTo('w', 'b'),
               host.request('b', 1, { timeoutMs: 5 }), host.request('b', 1, { signal }),
               host.request('b', 1, { get signal() { visitAll(this, arguments) } }),
             ]) {
               promise.then((value) => visit(value), (error) => { visit(error); texts.push(String(error.stack)) });
             }
             abort = () => controller.abort();
             read = host.stream('b');
             visit(read);
             read.next().then(visit);
             visit(host.handle('h', (...all) => {
               visitAll(...all);
               return { then(...all) { visitAll(this, ...all); all[0](1); all[0](2); all[1](3) } };
             }));
             host.handleStream('p', (...all) => {
               visitAll(...all);
               return { [Symbol.asyncIterator]() {
                 visitAll(this, arguments);
                 return {
                   next() { visitAll(this, arguments); return { get done() { visitAll(this) }, value: 1 } },
                   return() { visitAll(this, arguments) },
                 };
               } };
             });",
    );
        let page = realm.page();
        realm.deliver([("a", json!(1))]);
        let error = json!({"name": "N", "message": "m", "code": "c"});
        realm.deliver_frames(&[
            json!({"type": "result", "call": 1, "payload": {"x": 1}}),
            json!({"type": "error", "call": 2, "error": error}),
            json!({"type": "result", "call": 3, "payload": null}),
            json!({"type": "chunk", "call": 7, "payload": {"x": 1}}),
            json!({"type": "request", "call": 1, "channel": "h", "payload": {"x": 1}}),
            json!({"type": "stream", "call": 2, "channel": "p", "payload": {"x": 1}}),
            json!({"type": "pull", "call": 2, "count": 2}),
        ]);
        realm.deliver_frames(&[json!({"type": "cancel", "call": 2})]);
        realm.pass(5);
        realm.run("abort(); visit(globalThis); visit(host); visit(__hostDeliver)");
        let answers: Vec<_> = realm.frames();
        assert!(answers.contains(&json!({"type": "result", "call": 1, "payload": 1})));
        assert!(answers.contains(&json!({"type": "chunk", "call": 2, "payload": 1})));
        assert_eq!(realm.reported().len(), 1);

        assert!(realm.eval::<bool>("seen.has(host.send) && seen.has(__hostDeliver)"));
        assert!(realm.eval::<bool>("texts.some((text) => text.includes('givenKey'))"));
        // What makes sockets, what sends over one, and what takes what comes.
        let functions = ["native.say", "hasOwn(batch"];
        for secret in [KEY, page.as_str()].into_iter().chain(functions) {
            let found = format!("texts.some((text) => text.includes('{secret}'))");
            assert!(!realm.eval::<bool>(&found), "{secret}");
        }
    }
}

#[test]
fn a_deliver_function_of_the_page_cannot_stand_before_ours() {
    let realm = Realm::new();
    let page = realm.page();
    realm.run("host.on('a', () => note('handler'))");
    realm.run(
        "window.__hostDeliver = note; var __hostDeliver; Object.prototype.__hostDeliver = note",
    );
    let batch = json!({"page": page, "seq": 1, "frames": [message("a", json!(1))]});
    realm.run(&deliver(KEY, &batch.to_string()));
    assert_eq!(realm.notes(), ["handler"]);
}

#[test]
fn promises_of_the_script_are_never_given_to_the_page() {
    for constructor in ["Promise", "function Other(run) { return new Promise(run) }"] {
        let realm = Realm::new();
        realm.run(&format!(
            "mine = new Set(); own = (promise) => {{ mine.add(promise); return promise }};
                 found = []; strange = 0;
                 see = (promise) => {{ found.push(promise); if (!mine.has(promise)) strange += 1 }};
                 make = (value) => own(Promise.resolve(value));
                 const {{ then }} = Promise.prototype;
                 Promise.prototype.then = function (...all) {{
                   see(this);
                   return own(then.apply(this, all));
                 }};
                 Object.defineProperty(Promise.prototype, 'constructor', {{
                   get() {{ see(this); return {constructor} }},
                 }});"
        ));
        realm.run(
            "show = (promise) => own(promise).then((it) => note(typeof it), () => note('no'));
                 host.handle('h', () => make('answer'));
                 host.handleStream('p', () => make({ [Symbol.asyncIterator]() {
                   let i = 0;
                   return {
                     next: () => make({ done: i === 2, value: make(i++) }),
                     return: () => make({}),
                   };
                 } }));
                 show(host.request('r')); show(host.sendTo('w', 'r')); show(host.request('r', 1n));
                 read = host.stream('t'); show(read.next()); show(read.return(1));",
        );
        realm.frames();
        realm.deliver_frames(&[
            json!({"type": "result", "call": 1, "payload": {"x": 1}}),
            json!({"type": "result", "call": 2, "payload": null}),
            json!({"type": "request", "call": 1, "channel": "h", "payload": null}),
            json!({"type": "stream", "call": 2, "channel": "p", "payload": null}),
            json!({"type": "pull", "call": 2, "count": 9}),
        ]);
        let mut payloads: Vec<_> = realm
            .frames()
            .iter()
            .map(|frame| frame["payload"].to_string())
            .collect();
        payloads.sort();
        assert_eq!(payloads, [r#""answer""#, "0", "1", "null"]);
        assert_eq!(realm.notes().len(), 5);
        assert!(realm.eval::<bool>("found.length > 5 && strange === 0"));
    }
}

#[test]
fn promises_of_the_page_cannot_answer_twice() {
    let realm = Realm::new();
    realm.run(
        "host.handle('a', () => ({ then(resolve, reject) {
           keep = resolve; resolve(1); resolve(2); reject(3); throw 4;
         } }));
         host.handleStream('p', () => ({ [Symbol.iterator]: () => ({
           next: () => ({ then(resolve) { resolve({ value: 1 }); resolve({ value: 2 }) } }),
         }) }));",
    );
    realm.frames();
    realm.deliver_frames(&[
        json!({"type": "request", "call": 1, "channel": "a", "payload": null}),
        json!({"type": "stream", "call": 2, "channel": "p", "payload": null}),
        json!({"type": "pull", "call": 2, "count": 1}),
    ]);
    realm.run("keep(5)");
    let expected = [
        json!({"type": "result", "call": 1, "payload": 1}),
        json!({"type": "chunk", "call": 2, "payload": 1}),
    ];
    assert_eq!(realm.frames(), expected);
}

#[test]
fn hostile_getters_do_not_change_the_order_of_frames() {
    for realm in Realm::both() {
        realm.run(
            "host.handle('a', () => ({ get x() { host.send('inner', 1); return 2 } }));
             host.handle('b', () => { throw { get message() { host.send('inner', 3); return 'm' } } });
             host.handle('c', () => ({ toJSON() { host.send('inner', 4); throw 5 } }));",
        );
        realm.frames();
        let requests = (1..).zip(["a", "b", "c"]).map(|(call, channel)| {
        json!({"type": "request", "call": call, "channel": channel, "payload": null})
    });
        realm.deliver_frames(&requests.collect::<Vec<_>>());
        let frames: Vec<_> = realm.frames();
        let kinds: Vec<_> = frames
            .iter()
            .map(|frame| frame["call"].as_u64().unwrap_or_default())
            .collect();
        // Each answer follows what was sent while it was written.
        assert_eq!(kinds, [0, 2, 0, 1, 0, 3]);
        assert_eq!(frames[3]["payload"], json!({"x": 2}));
        assert_eq!(frames[5]["error"]["code"], "bad-payload");
        assert_eq!(realm.acks().last(), Some(&3));
    }
}
