//! What a page acknowledges, and in which batches.

use serde_json::json;

use crate::realm::{KEY, Realm, hello, listen, message};

#[test]
fn a_delivery_without_an_answer_is_acknowledged_by_an_empty_batch() {
    for realm in Realm::both() {
        realm.run("host.on('a', () => {}); host.send('b', 1)");
        let page = realm.page();
        realm.deliver([("a", json!(1)), ("nobody", json!(2)), ("a", json!(3))]);
        let start = format!(r#"{{"key":"{KEY}","page":"{page}","seq":4,"#);
        assert_eq!(
            realm.posted(),
            [start.clone() + r#""ack":3,"frames":[]}"#],
            "seq is the number of the next frame"
        );
        realm.run("host.send('b', 2)");
        let frames = r#"[{"type":"message","channel":"b","payload":2}]"#;
        assert_eq!(
            realm.posted(),
            [start + r#""ack":3,"frames":"# + frames + "}"]
        );
    }
}

#[test]
fn what_handlers_send_leaves_with_the_acknowledgement() {
    for realm in Realm::both() {
        realm.run(
            "host.on('a', (p) => {
               host.send('now', p);
               Promise.resolve().then(() => host.send('soon', p));
             });
             host.on('b', async (p) => { host.send('before', p); await 0; host.send('after', p) });",
        );
        realm.acks();
        realm.frames();
        realm.deliver([("a", json!(1)), ("b", json!(2))]);
        assert_eq!(realm.acks(), [2], "one batch");
        let sent = ["now", "before", "soon", "after"].into_iter();
        let expected: Vec<_> = sent
            .zip([1, 2, 1, 2])
            .map(|(channel, payload)| message(channel, json!(payload)))
            .collect();
        assert_eq!(realm.frames(), expected);
    }
}

#[test]
fn a_turn_that_was_to_end_waits_for_the_delivery() {
    for realm in Realm::both() {
        realm.run("host.on('a', (p) => Promise.resolve().then(() => host.send('soon', p)))");
        realm.acks();
        realm.run_before_microtasks("host.send('before', 1)");
        realm.deliver([("a", json!(2))]);
        assert_eq!(realm.acks(), [1]);
        let sent = [message("before", json!(1)), message("soon", json!(2))];
        assert!(realm.frames().ends_with(&sent));
    }
}

#[test]
fn what_is_sent_in_later_microtasks_leaves_after_the_acknowledgement() {
    let realm = Realm::new();
    realm.run("host.on('a', async (p) => { await 0; await 0; host.send('late', p) })");
    realm.acks();
    realm.frames();
    realm.deliver([("a", json!(1))]);
    assert_eq!(realm.acks(), [1, 1]);
    assert_eq!(realm.frames(), [message("late", json!(1))]);
}

#[test]
fn a_throwing_handler_keeps_nothing_from_being_acknowledged() {
    for realm in Realm::both() {
        realm.run("host.on('a', () => { throw new Error('mine') })");
        realm.acks();
        realm.deliver([("a", json!(1)), ("a", json!(2))]);
        assert_eq!(realm.acks(), [2]);
        assert_eq!(realm.reported().len(), 2);
    }
}

#[test]
fn a_repeated_delivery_is_acknowledged_again() {
    for realm in Realm::both() {
        realm.run("host.on('a', (p) => note(String(p)))");
        realm.acks();
        let frames = [1, 2, 3].map(|n| message("a", json!(n)));
        realm.deliver_from(1, &frames);
        realm.deliver_from(1, &frames);
        realm.deliver_from(2, &frames[1..2]);
        assert_eq!(realm.acks(), [3, 3, 3]);
        assert_eq!(realm.notes(), ["1", "2", "3"]);
    }
}

#[test]
fn a_delivery_for_another_page_is_not_acknowledged() {
    let realm = Realm::new();
    realm.acks();
    let batch = json!({"page": "0".repeat(32), "seq": 1, "frames": [message("a", json!(1))]});
    realm.run(&preload_js::deliver(KEY, &batch.to_string()));
    let batch = json!({"page": realm.page(), "seq": 1, "frames": [message("a", json!(1))]});
    realm.run(&preload_js::deliver("other", &batch.to_string()));
    assert!(realm.posted().is_empty());
}

#[test]
fn a_batch_that_leaves_early_acknowledges_only_what_is_done() {
    for realm in Realm::both() {
        realm.run(
            "text = 'x'.repeat(75000);
             host.on('a', (p) => { host.send('r', p); host.send('r', text) });
             host.on('a', (p) => host.send('s', p));",
        );
        realm.acks();
        realm.frames();
        realm.deliver([("a", json!(1)), ("a", json!(2)), ("a", json!(3))]);
        // The second message's first handler fills the batch, when only the first one is done.
        assert_eq!(realm.acks(), [1, 3]);
        let sent: Vec<_> = realm
            .frames()
            .iter()
            .filter_map(|frame| frame["payload"].as_u64())
            .collect();
        assert_eq!(sent, [1, 1, 2, 2, 3, 3]);
    }
}

#[test]
fn an_acknowledgement_that_could_not_be_posted_leaves_with_the_next_batch() {
    let realm = Realm::new();
    realm.run("host.on('a', () => {})");
    realm.acks();
    realm.frames();
    realm.fail_posts(true);
    realm.deliver([("a", json!(1))]);
    assert_eq!(realm.reported()[0].message, "the host is out");
    realm.fail_posts(false);
    realm.run("host.send('b')");
    assert_eq!(realm.acks(), [1]);
    assert_eq!(realm.frames(), [message("b", json!(null))]);
}

#[test]
fn missing_frames_are_passed_by_the_acknowledgement_too() {
    for realm in Realm::both() {
        realm.acks();
        realm.deliver_from(3, &[message("a", json!(3))]);
        assert_eq!(realm.acks(), [3]);
        assert_eq!(realm.reported()[0].code.as_deref(), Some("gap"));
    }
}

#[test]
fn a_page_that_is_left_posts_at_once() {
    for realm in Realm::both() {
        realm.frames();
        realm.run_before_microtasks("host.send('a', 1)");
        realm.page_hide(false); // made by the page
        assert!(realm.frames().is_empty());
        realm.page_hide(true);
        assert_eq!(realm.frames(), [message("a", json!(1))]);

        // From a handler of the page's own for `pagehide`, say.
        realm.run_before_microtasks("host.send('a', 2)");
        assert_eq!(realm.frames(), [message("a", json!(2))]);
        realm.run_microtasks();
        assert!(realm.posted().is_empty());
    }
}

#[test]
fn a_page_from_the_cache_acknowledges_anew_and_gathers_again() {
    for realm in Realm::both() {
        realm.run("host.on('a', () => {})");
        realm.deliver([("a", json!(1)), ("a", json!(2))]);
        realm.page_hide(true);
        realm.acks();
        realm.frames();

        realm.page_show(true, true);
        assert_eq!(realm.acks(), [0]);
        assert_eq!(realm.frames(), [hello(), listen("a")]);
        realm.deliver([("a", json!(1))]);
        assert_eq!(realm.acks(), [1]);
        realm.run_before_microtasks("host.send('b', 1)");
        assert!(realm.posted().is_empty());
    }
}
