//! Pages without a message function, whose messages go by a script in a world of its own.

use preload_js::{bridge, preload};
use serde_json::json;

use crate::realm::{CONFIG, KEY, Realm, hello, listen, message};

/// A page before its scripts, in whose world no message function is.
fn page() -> Realm {
    let realm = Realm::bare();
    realm.move_handler();
    realm
}

/// The same, loaded, whose messages go by the bridge.
fn connected_page() -> Realm {
    let realm = page();
    realm.run_in_world(&bridge(KEY));
    realm.run(&preload(&CONFIG));
    realm.load(true);
    assert_eq!(realm.frames(), [hello()]);
    realm
}

#[test]
fn messages_go_by_the_bridge_whichever_script_runs_first() {
    let bridge_first = page();
    bridge_first.run_in_world(&bridge(KEY));
    bridge_first.run(&preload(&CONFIG));
    let bridge_last = page();
    bridge_last.run(&preload(&CONFIG));
    assert_eq!(bridge_last.frames(), [json!(null); 0]);
    bridge_last.run_in_world(&bridge(KEY));
    for realm in [bridge_first, bridge_last] {
        realm.load(true);
        assert_eq!(realm.ways(), [("posted", 1)]);
        assert_eq!(realm.frames(), [hello()]);
        realm.run("host.on('c', note); host.send('a', 'x')");
        assert_eq!(realm.ways(), [("posted", 2)], "in one batch");
        assert_eq!(realm.frames(), [listen("c"), message("a", json!("x"))]);
        realm.deliver([("c", json!("it's"))]);
        assert_eq!(realm.notes(), ["it's"]);
        assert_eq!(realm.acks().last(), Some(&1));
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn a_page_cannot_meet_the_bridge() {
    let realm = connected_page();
    realm.run(
        "for (const name of ['-ask', 'undefined-ask', 'other-ask']) {
           document.addEventListener(name.replace('ask', 'bridge'), () => note('met'));
           document.dispatchEvent(new Event(name));
         }
         document.dispatchEvent(new FocusEvent('unknown-bridge', { relatedTarget: {} }));
         host.send('after')",
    );
    assert_eq!(realm.notes(), [""; 0]);
    assert_eq!(realm.frames(), [message("after", json!(null))]);
}

#[test]
fn what_a_page_replaces_sees_no_message() {
    let realm = connected_page();
    realm.run(
        "const spy = function () { note('seen') };
         EventTarget.prototype.dispatchEvent = spy;
         EventTarget.prototype.addEventListener = spy;
         // The other world has a getter of its own, which is the same one here.
         const { get } = Object.getOwnPropertyDescriptor(CharacterData.prototype, 'data');
         Object.defineProperty(CharacterData.prototype, 'data', { get, set: spy });
         Object.defineProperty(FocusEvent.prototype, 'relatedTarget', { get: spy });
         window.Event = spy; window.FocusEvent = spy; document.createTextNode = spy;
         host.send('a', 1)",
    );
    assert_eq!(realm.notes(), [""; 0]);
    assert_eq!(realm.frames(), [message("a", json!(1))]);
}
