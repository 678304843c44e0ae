//! `host.on`, `host.once` and `host.off`, and how batches from the host are numbered.

use preload_js::deliver;
use serde_json::json;

use crate::realm::{CONFIG, KEY, Realm, hello, listen, message};

#[test]
fn handlers_get_the_payload_in_the_order_they_were_added() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', (...all) => note('one ' + JSON.stringify(all)));
         host.on('b', () => note('b'));
         host.on('a', function (payload) { 'use strict'; note(`two ${payload.x} ${this}`) });",
    );
    realm.deliver([("a", json!({"x": 1})), ("c", json!(0)), ("b", json!(null))]);
    realm.deliver([("a", json!({"x": 2}))]);
    let expected = [
        "one [{\"x\":1}]",
        "two 1 undefined",
        "b",
        "one [{\"x\":2}]",
        "two 2 undefined",
    ];
    assert_eq!(realm.notes(), expected);
    assert_eq!(realm.reported(), []);
}

#[test]
fn on_and_off_return_nothing_and_know_each_handler_once() {
    let realm = Realm::new();
    realm.run(
        "one = (p) => note('one ' + p); two = (p) => note('two ' + p);
         note(String(host.on('a', one))); host.on('a', two); host.on('a', one); host.on('b', one);",
    );
    realm.deliver([("a", json!(1))]);
    assert_eq!(realm.notes(), ["undefined", "one 1", "two 1"]);

    realm.run("note(String(host.off('a', one)))");
    realm.deliver([("a", json!(2)), ("b", json!(2))]);
    assert_eq!(realm.notes(), ["undefined", "two 2", "one 2"]);

    // Added again, it is the last.
    realm.run("host.on('a', one)");
    realm.deliver([("a", json!(3))]);
    assert_eq!(realm.notes(), ["two 3", "one 3"]);
}

#[test]
fn off_of_what_was_never_added_is_no_error() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', () => note('a'));
         host.off('a', () => {}); host.off('b', () => {}); host.off('a'); host.off();
         host.off(Symbol(), null); host.off({}, 1);",
    );
    realm.deliver([("a", json!(null))]);
    assert_eq!(realm.notes(), ["a"]);
}

#[test]
fn a_handler_is_a_function() {
    let realm = Realm::new();
    realm.frames();
    for handler in ["undefined", "null", "{}", "'note'", "{ handleEvent() {} }"] {
        let failure = realm.fail(&format!("host.on('a', {handler})"));
        assert_eq!(failure.name, "TypeError", "{handler}");
        assert_eq!(failure.code.as_deref(), Some("bad-handler"), "{handler}");
        assert_eq!(failure.channel, Some(json!("a")), "{handler}");
    }
    assert!(include_str!("../../src/host.d.ts").contains("| \"bad-handler\""));
    realm.run("host.on('a', async () => {}); host.on('a', class { constructor() {} })");
    assert_eq!(
        realm.frames(),
        [listen("a")],
        "the refused ones were not announced"
    );
}

#[test]
fn a_channel_is_announced_once() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', note); host.on('a', () => {}); host.on('__proto__', note);
         host.off('a', note); host.on('a', note);",
    );
    realm.run("host.off('__proto__', note); host.on('__proto__', note); host.on('b', note)");
    assert_eq!(
        realm.frames(),
        [hello(), listen("a"), listen("__proto__"), listen("b")]
    );
    realm.deliver([
        ("__proto__", json!("delivered")),
        ("constructor", json!("not")),
    ]);
    assert_eq!(realm.notes(), ["delivered"]);
}

#[test]
fn handlers_may_change_the_handlers() {
    let realm = Realm::new();
    realm.run(
        "const never = () => note('never');
         const late = (p) => note('late ' + p);
         host.on('a', function once(p) {
           note('once ' + p);
           host.off('a', once); host.off('a', never); host.on('a', late);
         });
         host.on('a', never);
         host.on('a', function again(p) {
           note('again ' + p);
           host.off('a', again); host.on('a', again);
         });
         host.on('a', (p) => note('last ' + p));",
    );
    realm.deliver([("a", json!(1)), ("a", json!(2))]);
    // By the second message "again" has moved behind "late".
    let expected = ["once 1", "again 1", "last 1", "last 2", "late 2", "again 2"];
    assert_eq!(realm.notes(), expected);
    assert_eq!(realm.reported(), []);
}

#[test]
fn adding_a_handler_again_during_a_message_does_not_skip_it() {
    let realm = Realm::new();
    realm.run(
        "const second = () => note('second');
         host.on('a', () => host.on('a', second));
         host.on('a', second);",
    );
    realm.deliver([("a", json!(null))]);
    assert_eq!(realm.notes(), ["second"]);
}

#[test]
fn removing_every_handler_during_a_message_is_safe() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', function only() { note('a'); host.off('a', only); host.on('a', only) });",
    );
    realm.deliver([("a", json!(null))]);
    assert_eq!(realm.notes(), ["a"]);
    realm.deliver([("a", json!(null))]);
    assert_eq!(realm.notes(), ["a"]);
}

#[test]
fn a_handler_of_once_gets_one_message() {
    let realm = Realm::new();
    realm.run(
        "host.once('a', (...all) => note('once ' + JSON.stringify(all)));
         host.on('a', (p) => note('on ' + p));
         note(String(host.once('a', function again(p) {
           note('again ' + p);
           if (p < 2) host.once('a', again);
         })));",
    );
    assert_eq!(
        realm.frames(),
        [hello(), listen("a")],
        "announced like `on`"
    );
    realm.deliver([("a", json!(1)), ("a", json!(2)), ("a", json!(3))]);
    let expected = [
        "undefined",
        "once [1]",
        "on 1",
        "again 1",
        "on 2",
        "again 2",
        "on 3",
    ];
    assert_eq!(realm.notes(), expected);
    assert_eq!(realm.reported(), []);
}

#[test]
fn once_is_over_before_its_handler_is_called() {
    let realm = Realm::new();
    realm.run(
        "host.once('a', () => { note('thrown'); throw new Error('mine') });
         host.once('b', function handler(p) { note('b ' + p); host.off('b', handler) });",
    );
    realm.deliver([("a", json!(1)), ("a", json!(2))]);
    realm.deliver([("b", json!(1)), ("b", json!(2))]);
    assert_eq!(realm.notes(), ["thrown", "b 1"]);
    assert_eq!(realm.reported()[0].message, "mine");
}

#[test]
fn off_removes_a_handler_of_once_and_the_first_registration_counts() {
    let realm = Realm::new();
    realm.run(
        "gone = () => note('gone'); host.once('a', gone); host.off('a', gone);
         first = (p) => note('once ' + p); host.once('a', first); host.on('a', first);
         stays = (p) => note('on ' + p); host.on('a', stays); host.once('a', stays);",
    );
    realm.deliver([("a", json!(1)), ("a", json!(2))]);
    assert_eq!(realm.notes(), ["once 1", "on 1", "on 2"]);
}

#[test]
fn once_refuses_what_on_refuses() {
    let realm = Realm::new();
    realm.frames();
    for (script, code) in [
        ("host.once('', note)", "bad-channel"),
        ("host.once('a')", "bad-handler"),
    ] {
        assert_eq!(realm.fail(script).code.as_deref(), Some(code), "{script}");
    }
    assert!(realm.frames().is_empty());
}

#[test]
fn what_handlers_send_leaves_in_one_batch() {
    let realm = Realm::new();
    realm.run("host.on('a', (p) => host.send('r', p)); host.on('a', (p) => host.send('s', p))");
    realm.frames();
    realm.deliver([("a", json!(1)), ("a", json!(2))]);
    let posted = realm.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].matches("message").count(), 4);
}

#[test]
fn a_throwing_handler_is_reported_and_stops_no_other() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', () => { throw new RangeError('mine') });
         host.on('a', () => note('next'));
         host.on('a', () => Promise.reject(new Error('left to the page')));",
    );
    realm.deliver([("a", json!(1)), ("a", json!(2))]);
    assert_eq!(realm.notes(), ["next", "next"]);
    let reported = realm.reported();
    assert_eq!(reported.len(), 2);
    assert_eq!(
        (&*reported[0].name, &*reported[0].message),
        ("RangeError", "mine")
    );
}

#[test]
fn without_report_error_the_console_gets_it() {
    let realm = Realm::bare();
    realm.run(&format!(
        "delete window.reportError; {}",
        preload_js::preload(&CONFIG)
    ));
    realm.run("host.on('a', () => { throw new Error('mine') })");
    realm.deliver([("a", json!(null))]);
    assert_eq!(realm.logged()[0].message, "mine");
}

#[test]
fn frames_seen_already_are_skipped() {
    for realm in Realm::both() {
        realm.run("host.on('a', (p) => note(String(p)))");
        let frames: Vec<_> = (1..=5).map(|n| message("a", json!(n))).collect();
        realm.deliver_from(1, &frames[..2]);
        realm.deliver_from(1, &frames[..3]);
        realm.deliver_from(2, &frames[1..2]);
        realm.deliver_from(3, &frames[2..]);
        assert_eq!(realm.notes(), ["1", "2", "3", "4", "5"]);
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn a_refusal_is_reported_and_stops_nothing() {
    let realm = Realm::new();
    realm.run("host.on('a', (p) => note(String(p)))");
    let refusal = json!({
        "type": "refused", "channel": "b", "code": "payload-too-deep", "message": "too deep"
    });
    realm.deliver_from(
        1,
        &[message("a", json!(1)), refusal, message("a", json!(2))],
    );
    assert_eq!(realm.notes(), ["1", "2"]);
    let reported = realm.reported();
    assert_eq!(reported.len(), 1);
    assert_eq!(reported[0].code.as_deref(), Some("payload-too-deep"));
    assert_eq!(reported[0].message, "window.host: too deep");
    assert!(include_str!("../../src/host.d.ts").contains("| \"payload-too-deep\""));
}

#[test]
fn a_gap_is_reported_once_and_passed() {
    for realm in Realm::both() {
        realm.run("host.on('a', (p) => note(String(p)))");
        realm.deliver_from(1, &[message("a", json!(1))]);
        realm.deliver_from(4, &[message("a", json!(4)), message("a", json!(5))]);
        let reported = realm.reported();
        assert_eq!(reported.len(), 1);
        assert_eq!(reported[0].code.as_deref(), Some("gap"));
        assert_eq!(
            reported[0].message,
            "window.host: host frames 2 to 3 are missing"
        );
        assert!(include_str!("../../src/host.d.ts").contains("| \"gap\""));

        realm.deliver_from(6, &[message("a", json!(6))]);
        realm.deliver_from(2, &[message("a", json!(2))]);
        assert_eq!(realm.notes(), ["1", "4", "5", "6"]);
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn frames_of_an_unknown_type_count_and_do_nothing() {
    for realm in Realm::both() {
        realm.run("host.on('a', (p) => note(String(p)))");
        let unknown = json!({"type": "later", "channel": "a", "payload": 0});
        realm.deliver_from(1, &[unknown, message("a", json!(2))]);
        realm.deliver_from(3, &[message("a", json!(3))]);
        assert_eq!(realm.notes(), ["2", "3"]);
        assert_eq!(realm.reported(), []);
    }
}

#[test]
fn batches_with_another_key_or_for_another_page_are_ignored() {
    let realm = Realm::new();
    realm.run("host.on('a', (p) => note(String(p)))");
    let batch = |page: &str| {
        json!({"page": page, "seq": 1, "frames": [message("a", json!("got"))]}).to_string()
    };
    let page = realm.page();
    for key in ["", "other", &KEY[1..]] {
        realm.run(&deliver(key, &batch(&page)));
    }
    realm.run(&deliver("other", "not even JSON"));
    realm.run(&format!(
        "__hostDeliver({{ toString: () => '{KEY}' }}, '{}')",
        batch(&page)
    ));
    realm.run("__hostDeliver(); __hostDeliver(undefined, '{}')");
    realm.run(&deliver(KEY, &batch(&"0".repeat(32))));
    assert!(realm.notes().is_empty());
    assert_eq!(
        realm.reported(),
        [],
        "numbers of an ignored batch do not count"
    );
    realm.run(&deliver(KEY, &batch(&page)));
    assert_eq!(realm.notes(), ["got"]);
}

#[test]
fn prototype_keys_in_payloads_stay_own_keys() {
    let realm = Realm::new();
    realm.run(
        "host.on('a', (p) => note(JSON.stringify([Object.keys(p), p.x, ({}).x, p.__proto__])))",
    );
    let payload = serde_json::from_str(r#"{"__proto__":{"x":1}}"#).unwrap();
    realm.deliver([("a", payload)]);
    assert_eq!(realm.notes(), [r#"[["__proto__"],null,null,{"x":1}]"#]);
}
