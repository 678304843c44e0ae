//! From document start to the back/forward cache.

use preload_js::{Config, preload};
use serde_json::json;

use crate::realm::{CONFIG, KEY, Realm, hello, listen, message};

#[test]
fn hello_is_posted_before_the_script_returns() {
    for realm in Realm::both_bare() {
        realm.run_before_microtasks(&preload(&CONFIG));
        let posted = realm.posted();
        let [text] = posted.as_slice() else {
            panic!("one batch, not {posted:?}")
        };
        let page = text.split('"').nth(7).unwrap();
        assert!(
            page.len() == 32 && page.bytes().all(|b| b.is_ascii_hexdigit()),
            "{page}"
        );
        let start = format!(r#"{{"key":"{KEY}","page":"{page}","seq":1,"#);
        assert_eq!(*text, start + r#""ack":0,"frames":[{"type":"hello"}]}"#);

        realm.run_microtasks();
        assert!(realm.posted().is_empty());
    }
}

#[test]
fn the_api_is_frozen_and_cannot_be_replaced() {
    let realm = Realm::new();
    for script in [
        "window.host = {}",
        "delete window.host",
        "window.host.send = () => {}",
        "window.host.extra = 1",
        "window.host.send.extra = 1",
        "window.host.on.extra = 1",
        "window.host.once.extra = 1",
        "window.host.off.extra = 1",
        "Object.defineProperty(window, 'host', { value: 1 })",
        "window.__hostDeliver = () => {}",
        "delete window.__hostDeliver",
        "window.__hostDeliver.extra = 1",
        "Object.defineProperty(window, '__hostDeliver', { value: 1 })",
    ] {
        let failure = realm.fail(&format!("'use strict'; {script}"));
        assert_eq!(failure.name, "TypeError", "{script}");
    }
    let visible = "JSON.stringify([Object.keys(host), Object.keys(window).includes('host'), \
                   Object.keys(window).includes('__hostDeliver')])";
    assert_eq!(
        realm.eval::<String>(visible),
        r#"[["send","on","once","off","request","handle","stream","handleStream","sendTo"],true,false]"#
    );
}

#[test]
fn a_second_run_in_the_same_document_does_nothing() {
    let realm = Realm::new();
    realm.run("before = window.host");
    realm.run(&preload(&Config {
        key: "other",
        ..CONFIG
    }));
    assert!(realm.eval::<bool>("before === window.host"));
    assert_eq!(realm.frames(), [hello()]);

    let realm = Realm::bare();
    realm.run("Object.prototype.host = 'an element of this name'");
    realm.run(&preload(&CONFIG));
    assert_eq!(realm.frames(), [hello()]);
}

#[test]
fn the_engines_own_message_function_is_preferred_to_a_wrapper() {
    let wrapper = "window.ipc = { postMessage() { note('wrapper') } };";
    let webview2 = "window.chrome = { webview: { postMessage() { note('webview2') } } };";

    let realm = Realm::bare();
    realm.run(&format!("{wrapper} {webview2} {}", preload(&CONFIG)));
    assert_eq!(realm.frames(), [hello()]);
    assert!(realm.notes().is_empty());

    let realm = Realm::bare();
    realm.run(&format!(
        "delete window.webkit; {wrapper} {webview2} {}",
        preload(&CONFIG)
    ));
    assert_eq!(realm.notes(), ["webview2"]);

    let realm = Realm::bare();
    realm.run(&format!(
        "window.webkit.messageHandlers = {{}}; {wrapper} {}",
        preload(&CONFIG)
    ));
    assert_eq!(realm.notes(), ["wrapper"]);
}

#[test]
fn without_a_way_to_the_host_the_page_is_told() {
    let realm = Realm::bare();
    realm.run(&format!("delete window.webkit; {}", preload(&CONFIG)));
    realm.run("host.send('unheard')");
    assert_eq!(realm.reported(), [], "the bridge may still come");
    realm.load(true);
    let [failure] = &realm.reported()[..] else {
        panic!("not told once");
    };
    assert_eq!(
        failure.message,
        "window.host: this webview takes no messages"
    );
    assert_eq!(realm.frames(), [json!(null); 0]);
}

#[test]
fn a_page_from_the_cache_is_a_new_page() {
    for realm in Realm::both() {
        realm.run(
            "host.on('kept', (payload) => note('kept ' + payload));
             host.on('left', note); host.off('left', note);
             host.send('a', 1);",
        );
        realm.deliver([("kept", json!(1))]);
        assert_eq!(realm.frames().len(), 4);
        let before = realm.page();

        realm.page_show(true, true);
        assert_eq!(realm.frames(), [hello(), listen("kept")]);
        assert_ne!(realm.page(), before);

        realm.deliver([("kept", json!(2))]);
        realm.run("host.on('kept', note); host.on('left', note); host.send('a', 2)");
        assert_eq!(realm.frames(), [listen("left"), message("a", json!(2))]);
        assert_eq!(realm.notes(), ["kept 1", "kept 2"]);
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn other_page_show_events_change_nothing() {
    for realm in Realm::both() {
        realm.frames();
        realm.page_show(true, false); // every ordinary load
        realm.page_show(false, true); // made by the page
        realm.run("host.send('a')");
        assert_eq!(realm.frames(), [message("a", json!(null))]);
    }
}

#[test]
fn the_script_can_stand_in_a_page() {
    let channels = ["</script><!--\u{2028}\u{2029}".to_owned()];
    let script = preload(&Config {
        key: "</script>",
        send_channels: Some(&channels),
        receive_channels: Some(&channels),
        ..CONFIG
    });
    for text in ["</", "<!--", "\u{2028}", "\u{2029}", "\0"] {
        assert!(!script.contains(text), "{text:?}");
    }
    let realm = Realm::bare();
    realm.run(&script);
    assert!(realm.posted()[0].starts_with(r#"{"key":"</script>","#));
    realm.run("host.send('</script><!--\u{2028}\u{2029}')");
    assert_eq!(realm.posted().len(), 1);
}
