//! What a page tells of itself: errors that nobody catches, and its console.

use serde_json::json;

use crate::realm::{CONFIG, Realm};
use preload_js::Config;

fn with_console() -> Realm {
    Realm::with(&Config {
        console: true,
        ..CONFIG
    })
}

/// What a script of the page makes it report.
#[track_caller]
fn reports(script: &str) -> Vec<String> {
    let realm = with_console();
    realm.run(script);
    realm.reports()
}

#[test]
fn what_nobody_catches_is_told_with_its_place() {
    let realm = Realm::new();
    realm.tell(
        "ErrorEvent",
        "error",
        "{ message: 'Error: boom', filename: 'app://localhost/a.js', lineno: 3, colno: 9, error: null }",
    );
    realm.tell(
        "ErrorEvent",
        "error",
        r"{ message: 'E', filename: '', lineno: 0, colno: 0, error: {
            stack: 'f@app://localhost/a.js:1:2\nat native\n  at g (app://localhost/b.js:3:4)' } }",
    );
    realm.tell(
        "PromiseRejectionEvent",
        "unhandledrejection",
        "{ reason: Object.assign(new RangeError('no row'), { stack: 'h@app://localhost/c.js:5:6' }) }",
    );
    realm.tell(
        "PromiseRejectionEvent",
        "unhandledrejection",
        "{ reason: 7 }",
    );
    realm.tell(
        "SecurityPolicyViolationEvent",
        "securitypolicyviolation",
        "{ effectiveDirective: 'img-src', blockedURI: 'https://a.example/x.png',
           sourceFile: 'app://localhost/', lineNumber: 7, columnNumber: 8 }",
    );
    let script = |src| format!("{{ target: {{ className: 'HTMLScriptElement', src: '{src}' }} }}");
    realm.tell("Event", "error", &script("app://localhost/none.js"));
    realm.tell("Event", "error", &script(""));
    realm.tell(
        "Event",
        "error",
        "{ target: { className: 'HTMLLinkElement', href: 'app://localhost/none.css' } }",
    );
    for target in [
        "{ className: 'HTMLMediaElement', currentSrc: 'app://localhost/film.webm' }",
        "{ className: 'HTMLSourceElement', src: 'app://localhost/song.ogg' }",
    ] {
        realm.tell("Event", "error", &format!("{{ target: {target} }}"));
    }
    // A picture, for one.
    realm.tell("Event", "error", "{ target: { className: 'Event' } }");
    assert_eq!(
        realm.reports(),
        [
            "error|app://localhost/a.js:3:9|Error: boom",
            "error|f@app://localhost/a.js:1:2 < at g (app://localhost/b.js:3:4)|E",
            "rejection|h@app://localhost/c.js:5:6|RangeError: no row",
            "rejection||7",
            "csp|app://localhost/:7:8|img-src forbids https://a.example/x.png",
            "load||app://localhost/none.js, or what it imports",
            "load||a script of the page, or what it imports",
            "load||app://localhost/none.css",
            "load||app://localhost/film.webm, as media: the webview cannot play it from there",
            "load||app://localhost/song.ogg, as media: the webview cannot play it from there",
        ]
    );
}

#[test]
fn what_handlers_throw_is_told_once() {
    let realm = Realm::new();
    realm.run(
        "const thrown = (text) => Object.assign(new Error(text), { stack: 'f@app://x/:1:2' });
         host.on('m', () => { throw thrown('of a message') });
         host.handle('r', () => { throw thrown('of a request') });
         host.handle('cancelled', (p, { signal }) => new Promise((resolve, reject) => {
           signal.addEventListener('abort', () => reject(signal.reason));
         }));",
    );
    realm.deliver([("m", json!(1))]);
    let request = |call, channel| json!({"type": "request", "call": call, "channel": channel, "payload": null});
    realm.deliver_frames(&[request(1, "r"), request(2, "cancelled")]);
    realm.deliver_frames(&[json!({"type": "cancel", "call": 2})]);
    assert_eq!(
        realm.reports(),
        [
            "error|f@app://x/:1:2|Error: of a message",
            "handler|f@app://x/:1:2|r: Error: of a request",
        ]
    );
    assert_eq!(realm.reported().len(), 1, "the page sees the first, too");
}

#[test]
fn the_console_is_told_in_words() {
    let told = reports(
        "const circle = { name: 'c' };
         circle.circle = circle;
         console.log('text', 1, 2n, null, undefined, Symbol('s'), true, () => {});
         console.log([1, [2, ['x']]], { a: 'b', get c() { note('called'); return 1 }, ['__proto__']: 5 });
         console.log(circle, new Map([[1, 2]]), new Uint8Array(9), Object.assign(new TypeError('t'), { stack: 's' }));
         console.log(Array.from({ length: 30 }, (_, i) => i));
         console.log();
         console.assert(true, 'fine');
         console.assert(0, 'not', 'fine');",
    );
    assert_eq!(
        told,
        [
            "consoleLog||text 1 2n null undefined Symbol(s) true [function]",
            r#"consoleLog||[1, [2, ["x"]]] { a: "b", c: …, __proto__: 5 }"#,
            "consoleLog||{ name: \"c\", circle: { name: \"c\", circle: { name: \"c\", circle: [object Object] } } } \
             [object Map] [object Uint8Array] TypeError: t",
            "consoleLog||[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, … 30 in all]",
            "consoleLog||",
            "consoleError||assertion failed: not fine",
        ]
    );
}

#[test]
fn a_console_that_is_not_told_is_left_alone() {
    let realm = Realm::bare();
    realm.run("before = console.error");
    realm.run(&preload_js::preload(&CONFIG));
    realm.run("console.error(new Error('x')); note(String(before === console.error))");
    assert_eq!(realm.notes(), ["true"]);
    assert_eq!(realm.reports(), [""; 0]);
    assert_eq!(realm.logged().len(), 1);
}

#[test]
fn a_page_cannot_break_what_it_is_told_by() {
    let told = reports(
        "const hostile = new Proxy({}, { ownKeys() { throw 1 }, get() { throw 2 } });
         console.log(hostile);
         const nested = new Proxy({}, { ownKeys() { console.log('inner'); return [] } });
         console.log(nested);
         console.log('\\ud800 lone');
         console.log('z'.repeat(100_000));",
    );
    assert_eq!(
        told[..3],
        [
            "consoleLog||what cannot be described",
            "consoleLog||{  }",
            "consoleLog||\u{fffd} lone",
        ]
    );
    assert_eq!(told[3].chars().count(), "consoleLog||".len() + 8 * 1024);
    assert!(told[3].ends_with('…'), "{}", told[3]);
}

#[test]
fn a_flood_is_counted_and_told_within_limits() {
    let realm = with_console();
    realm.frames();
    realm.run("for (let i = 0; i < 5_000; i++) console.log('x'.repeat(1000), i)");
    let told = realm.reports();
    assert!((60..=70).contains(&told.len()), "{}", told.len());
    assert_eq!(realm.timers(), 1);
    realm.pass(1_000);
    let rest = 5_000 - told.len();
    assert_eq!(realm.reports(), [format!("omitted||{rest}")]);
    assert_eq!(realm.timers(), 0);
    realm.run("console.log('again')");
    assert_eq!(realm.reports(), ["consoleLog||again"]);
}

#[test]
fn an_error_of_posting_brings_about_no_other() {
    let realm = with_console();
    realm.frames();
    realm.fail_posts(true);
    realm.run("host.send('a', 1)");
    assert_eq!(realm.reported().len(), 1);
    realm.fail_posts(false);
    realm.run("host.send('b', 2)");
    assert_eq!(realm.frames().len(), 2);
    assert_eq!(realm.reports(), [""; 0]);
}
