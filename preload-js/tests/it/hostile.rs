//! Pages that change what scripts rely on, and pages that look for what is not theirs.

use preload_js::{deliver, preload};
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, Failure, KEY, Realm, hello, listen, message};

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
    let codes = [
        "host.send('close')",
        "host.send('')",
        "host.send('\\ud800')",
        "host.send('s', Symbol())",
        "host.send('s', 1n)",
        "host.on('a')",
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

#[test]
fn a_page_that_replaces_everything_changes_nothing() {
    let clean = use_everything(&Realm::new());
    let poisoned = Realm::new();
    poisoned.run(POISON);
    assert_eq!(poisoned.fail("[].push(1)").message, "poisoned");
    assert_eq!(use_everything(&poisoned), clean);

    let (frames, notes, codes) = clean;
    assert_eq!(frames[0], hello());
    assert_eq!(frames[1..3], [listen("a"), listen("b")]);
    assert!(frames.ends_with(&[listen("a"), message("answer", json!("again"))]));
    assert_eq!(
        notes,
        ["one x", "two x", "b 12", "one y", "one z", "one again"]
    );
    let codes: Vec<_> = codes.iter().map(|code| code.as_deref().unwrap()).collect();
    let refused = [
        "reserved-channel",
        "bad-channel",
        "bad-channel",
        "bad-payload",
        "bad-payload",
        "bad-handler",
    ];
    assert_eq!(codes[..6], refused);
    assert_eq!(codes[6..], ["thrown", "thrown", "gap", "thrown"]);
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
    let realm = Realm::bare();
    realm.run(
        "for (const name of ['get', 'set', 'value', 'writable', 'configurable', 'enumerable',
                             'key', 'channels', 'reserved', 'cause', '0']) {
           Object.defineProperty(Object.prototype, name, {
             __proto__: null, configurable: true, get() { return 'polluted' },
             set(value) { note('took ' + String(value)) },
           });
         }",
    );
    realm.run(&preload(&CONFIG));
    let everything = use_everything(&realm);
    assert_eq!(everything, use_everything(&Realm::new()));
    let writable = "Reflect.set(window, 'host', 1) || Reflect.deleteProperty(window, 'host')";
    assert!(!realm.eval::<bool>(writable));
}

#[test]
fn an_overwritten_message_function_sees_nothing() {
    let realm = Realm::new();
    realm.run(
        "webkit.messageHandlers.ipc.postMessage = (text) => note(text);
         window.webkit = { messageHandlers: { ipc: { postMessage: note } } };
         window.ipc = { postMessage: note };
         host.send('a', 1);",
    );
    assert_eq!(realm.frames(), [hello(), message("a", json!(1))]);
    assert!(realm.notes().is_empty());
}

#[test]
fn secrets_are_not_reachable() {
    let realm = Realm::new();
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
         }",
    );
    let page = realm.page();
    realm.deliver([("a", json!(1))]);
    realm.run("visit(globalThis); visit(host); visit(__hostDeliver)");
    assert_eq!(realm.reported().len(), 1);

    assert!(realm.eval::<bool>("seen.has(host.send) && seen.has(__hostDeliver)"));
    assert!(realm.eval::<bool>("texts.some((text) => text.includes('givenKey'))"));
    for secret in [KEY, page.as_str()] {
        let found = format!("texts.some((text) => text.includes('{secret}'))");
        assert!(!realm.eval::<bool>(&found), "{secret}");
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
