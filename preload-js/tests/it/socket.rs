//! Pages that have a socket: what is different in them. What is not is tested with the rest.

use preload_js::{Config, preload};
use serde_json::{Value as Json, json};

use crate::realm::{CONFIG, KEY, Realm, carrying, hello, listen, message};

/// Whether the page can find what makes sockets.
const IS_FOUND: &str = "'__hostSocket' in window";

#[test]
fn hello_is_said_over_it_and_nothing_goes_another_way() {
    let realm = Realm::bare_with_socket();
    assert!(realm.eval::<bool>(IS_FOUND));
    realm.run_before_microtasks(&preload(&CONFIG));
    assert_eq!(realm.ways(), [("socket", 1)]);
    assert_eq!(realm.frames(), [hello()]);
    assert_eq!(realm.sockets(), 1);

    // What would keep both other ways from the host is not even noticed.
    realm.fail_posts(true);
    realm.fail_requests(true);
    realm.run("host.send('a', 1)");
    realm.run("host.send('a', new Uint8Array([2]))");
    assert_eq!(realm.ways(), [("socket", 1), ("socket", 1)]);
    assert_eq!(realm.reported(), []);
    assert_eq!(realm.sockets(), 1);
}

#[test]
fn what_makes_it_is_gone_before_the_page_runs() {
    let realm = Realm::with_socket();
    assert!(!realm.eval::<bool>(IS_FOUND));
    // The page may have one of that name, which is nobody's business.
    realm.run(
        "window.__hostSocket = (...all) => note('called');
         Object.prototype.__hostSocket = () => note('called')",
    );
    realm.page_show(true, true);
    realm.run("host.send('a', 1)");
    assert_eq!(realm.sockets(), 2);
    assert_eq!(realm.notes(), [""; 0]);
}

#[test]
fn pages_of_other_origins_neither_find_it_nor_have_one() {
    for origin in ["null", "", "https://evil.example", "app://localhost:1"] {
        let realm = Realm::bare_with_socket();
        realm.run(&format!("origin = {origin:?}"));
        realm.run(&preload(&CONFIG));
        assert!(!realm.eval::<bool>(IS_FOUND), "{origin}");
        assert_eq!(realm.sockets(), 0, "{origin}");
        assert!(realm.posted().is_empty(), "{origin}");
    }
}

#[test]
fn a_second_run_in_the_same_document_takes_no_other_socket() {
    let realm = Realm::with_socket();
    realm.run("window.__hostSocket = () => note('called')");
    realm.run(&preload(&Config {
        key: "other",
        ..CONFIG
    }));
    realm.run("host.send('a', 1)");
    assert_eq!(realm.frames(), [hello(), message("a", json!(1))]);
    assert_eq!(realm.sockets(), 1);
    assert_eq!(realm.notes(), [""; 0]);
}

#[test]
fn only_an_own_property_makes_sockets() {
    let realm = Realm::bare();
    realm.run("Object.prototype.__hostSocket = () => note('called')");
    realm.run(&preload(&CONFIG));
    assert_eq!(realm.ways(), [("posted", 1)]);
    assert_eq!(realm.notes(), [""; 0]);
}

#[test]
fn where_there_is_none_to_be_had_everything_goes_as_without() {
    for nothing in ["undefined", "null"] {
        let realm = Realm::bare_with(&format!(
            "(accept) => {{ note(typeof accept); return {nothing} }}"
        ));
        realm.run(&preload(&CONFIG));
        realm.load(true);
        assert!(!realm.eval::<bool>(IS_FOUND));
        assert_eq!(realm.notes(), ["function"]);
        assert_eq!(realm.ways(), [("posted", 1)]);
        realm.run("host.on('a', (p) => host.send('b', p)); host.send('a', new Uint8Array(1))");
        realm.deliver([("a", json!(1))]);
        let arrival = realm.deliver_bytes(&[carrying("a", &[2])]);
        assert_eq!(realm.asked(&[&arrival]), [0]);
        realm.answer(&arrival);
        assert_eq!(
            realm.ways(),
            [("uploaded", 2), ("posted", 1), ("uploaded", 1)]
        );
        // A page that comes back asks again.
        realm.page_show(true, true);
        assert_eq!(realm.notes(), ["function"]);
        assert_eq!(realm.ways(), [("posted", 2)]);
    }
}

#[test]
fn wire_of_a_batch_with_bytes() {
    let realm = Realm::with_socket();
    let page = realm.page();
    realm.run("host.send('é', new Uint8Array([1, 254])); host.send('b', 1); host.send('c', new Uint8Array([3]))");
    let frames = r#"[{"type":"message","channel":"é","bytes":2},{"type":"message","channel":"b","payload":1},{"type":"message","channel":"c","bytes":1}]"#;
    let text = format!(r#"{{"key":"{KEY}","page":"{page}","seq":2,"ack":0,"frames":{frames}}}"#);
    assert_eq!(realm.said(), [(text, Some(vec![1, 254, 3]))]);
    realm.run("host.send('d', new Uint8Array(0))");
    assert_eq!(realm.said()[0].1, Some(vec![]), "an empty array is there");
    realm.run("host.send('e', 1)");
    assert_eq!(realm.said()[0].1, None);
}

#[test]
fn arrays_of_every_size_go_with_the_json_around_them() {
    let realm = Realm::with_socket();
    realm.ways();
    realm.frames();
    realm.run(
        "large = new Uint8Array(200 * 1024).fill(7);
         host.send('a', 1); host.send('b', new Uint8Array(0)); host.send('c', new Uint8Array([1, 2]));
         host.send('d', large); host.send('e', 2);
         host.send('f', large.subarray(1)); host.send('g', new Uint8Array([3]));
         host.send('h', Object.setPrototypeOf(new Uint8Array(large), null));",
    );
    // Those with a large one leave at once.
    assert_eq!(realm.ways(), [("socket", 4), ("socket", 2), ("socket", 2)]);
    let large = vec![7; 200 * 1024];
    let expected = [
        message("a", json!(1)),
        carrying("b", &[]),
        carrying("c", &[1, 2]),
        carrying("d", &large),
        message("e", json!(2)),
        carrying("f", &large[1..]),
        carrying("g", &[3]),
        carrying("h", &large),
    ];
    assert!(realm.frames() == expected);
}

#[test]
fn long_text_goes_with_the_rest() {
    let realm = Realm::with_socket();
    realm.frames();
    realm.ways();
    realm.run("host.send('a', 1); host.send('b', '€'.repeat(300 * 1024)); host.send('c', 2)");
    assert_eq!(realm.ways(), [("socket", 2), ("socket", 1)]);
    let expected = [
        message("a", json!(1)),
        message("b", json!("€".repeat(300 * 1024))),
        message("c", json!(2)),
    ];
    assert!(realm.frames() == expected);
}

#[test]
fn bytes_that_come_over_it_are_there_at_once() {
    let realm = Realm::with_socket();
    realm.run("host.on('a', (p) => note(JSON.stringify(p)))");
    realm.acks();
    realm.deliver([("a", json!(1))]);
    realm.deliver_bytes(&[
        message("a", json!(2)),
        carrying("a", &[3, 4]),
        carrying("a", &[]),
    ]);
    realm.deliver([("a", json!(5))]);
    assert_eq!(realm.notes(), ["1", "2", r#"{"0":3,"1":4}"#, "{}", "5"]);
    assert_eq!(realm.acks(), [1, 4, 5]);
    assert_eq!(realm.asked(&[]), [0; 0]);
    let large = vec![8; 300 * 1024];
    realm.run("host.on('b', (p) => note(p.length + ' ' + p.every((byte) => byte === 8)))");
    realm.deliver_bytes(&[
        carrying("b", &large),
        carrying("b", &[8]),
        carrying("b", &large[1..]),
    ]);
    assert_eq!(realm.notes(), ["307200 true", "1 true", "307199 true"]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn what_is_for_another_page_is_ignored() {
    let realm = Realm::with_socket();
    realm.run("host.on('a', (p) => note(JSON.stringify(p)))");
    realm.acks();
    let json = json!({"page": "0".repeat(32), "seq": 1, "frames": [message("a", json!(1))]});
    realm.say_over(1, &json.to_string(), None);
    let frame = json!({"type": "message", "channel": "a", "bytes": 1});
    let bytes = json!({"page": "0".repeat(32), "seq": 1, "frames": [frame]});
    realm.say_over(1, &bytes.to_string(), Some(&[1]));
    assert!(realm.posted().is_empty());
    assert_eq!(realm.reported(), []);
    // Its numbers do not count either.
    realm.deliver_bytes(&[carrying("a", &[9])]);
    assert_eq!(realm.notes(), [r#"{"0":9}"#]);
    assert_eq!(realm.acks(), [1]);
}

#[test]
fn what_comes_again_is_skipped_and_acknowledged() {
    let realm = Realm::with_socket();
    realm.run("host.on('a', (p) => note(JSON.stringify(p)))");
    realm.acks();
    let frames = [message("a", json!(1)), carrying("a", &[2])];
    realm.deliver_bytes_from(1, &frames);
    realm.deliver_bytes_from(1, &frames);
    // Of one that is partly new, only what is new counts, and the bytes of all.
    realm.deliver_bytes_from(2, &[carrying("a", &[2, 2]), carrying("a", &[3])]);
    assert_eq!(realm.notes(), ["1", r#"{"0":2}"#, r#"{"0":3}"#]);
    assert_eq!(realm.acks(), [2, 2, 3]);
    assert_eq!(realm.lost(), [] as [Json; 0]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_page_from_the_cache_has_another_one() {
    let realm = Realm::with_socket();
    realm.run("host.on('a', (p) => note(JSON.stringify(p)))");
    realm.deliver([("a", json!(1))]);
    let before = realm.page();
    let old = json!({"page": before, "seq": 2, "frames": [message("a", json!("old"))]});
    let frame = json!({"type": "message", "channel": "a", "bytes": 1});
    let old_bytes = json!({"page": before, "seq": 3, "frames": [frame]});
    realm.page_hide(true);
    realm.frames();
    realm.ways();

    realm.page_show(true, true);
    assert_eq!(realm.sockets(), 2);
    // That it is said over the new one is checked when it is read.
    assert_eq!(realm.ways(), [("socket", 2)]);
    assert_eq!(realm.frames(), [hello(), listen("a")]);
    assert_ne!(realm.page(), before);
    realm.acks();
    realm.say_over(1, &old.to_string(), None);
    realm.say_over(1, &old_bytes.to_string(), Some(&[1]));
    assert!(realm.posted().is_empty());
    realm.deliver([("a", json!(2))]);
    realm.deliver_bytes(&[carrying("a", &[3])]);
    assert_eq!(realm.acks(), [1, 2]);
    assert_eq!(realm.notes(), ["1", "2", r#"{"0":3}"#]);
    assert_eq!(realm.reported(), []);
}

#[test]
fn a_page_sees_nothing_of_it() {
    let realm = Realm::with_socket();
    realm.run(
        "const watch = (it, names) => {
           for (let i = 0; i < names.length; i++) {
             const value = () => note(String(names[i]));
             Object.defineProperty(it, names[i], { __proto__: null, value });
           }
         };
         watch(Function.prototype, ['apply', 'bind', 'call', 'toString']);
         watch(Reflect, ['apply', 'construct', 'get', 'deleteProperty']);
         watch(Array.prototype, ['concat', 'forEach', 'push', 'map', Symbol.iterator]);
         watch(Map.prototype, ['forEach', 'get', 'set', 'values', Symbol.iterator]);
         host.on('a', (p) => host.send('b', p));
         watch(window, ['__hostSocket', 'Uint8Array', 'Map', 'Reflect', 'Function', 'Array']);",
    );
    realm.deliver_bytes(&[carrying("a", &[1]), carrying("a", &[2, 3])]);
    realm.page_show(true, true);
    realm.deliver_bytes(&[carrying("a", &[4])]);
    let expected = [
        hello(),
        listen("a"),
        carrying("b", &[1]),
        carrying("b", &[2, 3]),
        hello(),
        listen("a"),
        carrying("b", &[4]),
    ];
    assert_eq!(realm.frames(), expected);
    assert_eq!(realm.sockets(), 2);
    assert_eq!(realm.notes(), [""; 0]);
}

/// What is on its way to a page that is being left is for the next one, to which the host hands what was
/// not acknowledged.
#[test]
fn nothing_is_taken_any_more_once_the_page_is_left() {
    let realm = Realm::with_socket();
    realm.run("host.on('a', (p) => note(JSON.stringify(p)))");
    realm.deliver([("a", json!(1))]);
    assert_eq!(realm.notes(), ["1"]);
    realm.page_hide(true);
    realm.acks();
    realm.deliver([("a", json!(2))]);
    assert!(realm.notes().is_empty());
    assert!(realm.posted().is_empty(), "nor is it acknowledged");

    realm.page_show(true, true);
    realm.acks();
    realm.deliver([("a", json!(2))]);
    assert_eq!(realm.notes(), ["2"], "unless the page is shown again");
}
