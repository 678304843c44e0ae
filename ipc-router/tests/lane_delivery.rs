//! What a page is handed: everything once, in order, as far as it listens and acknowledges.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{Code, Limits, WindowCommand};
use ipc_router::Until;

#[test]
fn what_was_not_acknowledged_goes_to_the_next_page_once_and_in_the_old_order() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2"]);
    scene.send_all("b", &["3"]);
    scene.send_all("a", &["4"]);
    let mut page = scene.page(&["a", "b"]);
    assert_eq!(page.unacked(), ["1", "2", "3", "4"]);
    assert!(page.lane().ack(1));
    scene.send_all("b", &["5"]);

    // It listens in another order, and not on all at once.
    page.reload(&["b"]);
    assert_eq!(page.unacked(), ["3", "5"]);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.unacked(), ["2", "4"]);
    assert!(page.lane().ack(4));

    page.reload(&["a", "b"]);
    assert_eq!(page.unacked(), [""; 0]);
    assert_eq!(page.lane().undelivered(), 0);
}

#[test]
fn an_acknowledgement_counts_for_all_frames_before() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2", "3", "4"]);
    let mut page = scene.page(&["a"]);
    page.take();
    assert!(page.lane().ack(3));
    assert_eq!(page.lane().undelivered(), 1);
    page.reload(&["a"]);
    assert_eq!(page.unacked(), ["4"]);
}

#[test]
fn an_acknowledgement_of_what_was_never_handed_changes_nothing() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2"]);
    let page = scene.page(&["a"]);
    assert!(page.lane().ack(0), "nothing, as every page does at first");
    assert!(!page.lane().ack(1), "it waits, but was not handed");
    let batch = page.lane().take(1).unwrap();
    assert_eq!((batch.seq, batch.frames.len()), (1, 1));
    for forged in [2, 3, 1 << 53, u64::MAX] {
        assert!(!page.lane().ack(forged));
    }
    assert_eq!(page.lane().undelivered(), 2);
    assert_eq!(scene.channel_stats("a").delivered, 0);
    assert!(page.lane().ack(1));
    assert_eq!(scene.channel_stats("a").delivered, 1);
    // A number of the page before is none of the new one's.
    page.lane().arrive();
    assert!(!page.lane().ack(1));
}

#[test]
fn an_old_acknowledgement_changes_nothing() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2", "3"]);
    let mut page = scene.page(&["a"]);
    page.take();
    for (frame, left) in [(2, 1), (2, 1), (1, 1), (0, 1), (3, 0), (3, 0)] {
        assert!(page.lane().ack(frame));
        assert_eq!(page.lane().undelivered(), left);
    }
    assert_eq!(scene.channel_stats("a").delivered, 3);
}

#[test]
fn a_page_has_at_most_4096_frames_that_it_did_not_acknowledge() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 5000}"#);
    for n in 0..5_000 {
        scene.send("a", &n.to_string()).unwrap();
    }
    let mut page = scene.page(&["a"]);
    assert_eq!(page.take().len(), 4_096);
    assert_eq!(scene.stats().in_flight, 4_096);
    assert!(page.lane().ack(10));
    assert_eq!(
        page.unacked(),
        (4_096..4_106).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    // All are the next page's, which is handed no more of them at a time.
    page.reload(&["a"]);
    let frames = page.unacked();
    assert_eq!((frames.len(), &*frames[0]), (4_096, "10"));
}

#[test]
fn a_page_has_at_most_4_mib_and_one_frame_that_it_did_not_acknowledge() {
    let scene = Scene::new();
    let mib = format!("\"{}\"", "x".repeat((1 << 20) - 2));
    for _ in 0..6 {
        scene.send("a", &mib).unwrap();
    }
    let mut page = scene.page(&["a"]);
    assert_eq!(page.take().len(), 4);
    assert_eq!(page.take().len(), 0);
    assert!(page.lane().ack(1));
    assert_eq!(page.take().len(), 1);
    assert!(page.lane().ack(5));
    assert_eq!(page.take().len(), 1);
    page.lane().ack(6);

    // However big a message is, it goes when there is any credit.
    scene.send("a", "1").unwrap();
    scene
        .send("a", &format!("\"{}\"", "x".repeat(5 << 20)))
        .unwrap();
    scene.send("a", "2").unwrap();
    assert_eq!(page.take().len(), 2);
    assert!(page.lane().ack(7));
    assert_eq!(page.take().len(), 0);
    assert!(page.lane().ack(8));
    assert_eq!(page.unacked(), ["2"]);
    // Credit of a page that went is the next one's.
    page.reload(&["a"]);
    assert_eq!(page.unacked(), ["2"]);
}

#[test]
fn a_batch_holds_about_so_many_bytes_and_one_frame_at_least() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2", "3"]);
    let page = scene.page(&["a"]);
    for max_bytes in [0, 1] {
        assert_eq!(page.lane().take(max_bytes).unwrap().frames.len(), 1);
    }
    assert_eq!(page.lane().take(usize::MAX).unwrap().frames.len(), 1);
    assert!(page.lane().take(usize::MAX).is_none());
}

#[test]
fn messages_are_held_until_the_page_listens() {
    let scene = Scene::new();
    scene.send_all("a", &["1"]);
    scene.send_all("b", &["2"]);
    scene.send_all("a", &["3"]);
    let mut page = scene.page(&[]);
    assert_eq!(page.unacked(), [""; 0]);
    page.lane().listen(&channel("b")).unwrap();
    assert_eq!(page.unacked(), ["2"]);
    scene.send_all("b", &["4"]);
    page.lane().listen(&channel("c")).unwrap();
    page.lane().listen(&channel("a")).unwrap();
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.unacked(), ["1", "3", "4"]);
    // The next page has to listen for itself.
    assert!(page.lane().ack(4));
    scene.send_all("a", &["5"]);
    page.reload(&[]);
    assert_eq!(page.unacked(), [""; 0]);
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.unacked(), ["5"]);
}

#[test]
fn a_page_that_leaves_is_handed_nothing_but_may_acknowledge() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2"]);
    let mut page = scene.page(&["a"]);
    assert_eq!(page.unacked(), ["1", "2"]);
    page.lane().leave();
    scene.send_all("a", &["3"]);
    assert_eq!(page.unacked(), [""; 0]);
    assert!(page.lane().ack(1));
    page.reload(&["a"]);
    assert_eq!(page.unacked(), ["2", "3"]);
    // The new page is there, whatever was said of the old one.
    scene.send_all("a", &["4"]);
    assert_eq!(page.unacked(), ["4"]);
}

#[test]
fn a_reload_divides_what_was_sent_before_it_from_what_was_sent_after() {
    let scene = Scene::new();
    let reload = || {
        let command = scene
            .router
            .command(&scene.main, WindowCommand::Reload, |_| {});
        command.unwrap();
    };
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1"]);
    reload();
    scene.send_all("a", &["2"]);
    reload();
    scene.send_all("a", &["3"]);
    assert_eq!(page.payloads(), ["1"]);
    page.lane().pass_boundary();
    assert_eq!(page.payloads(), ["2"]);
    page.lane().pass_boundary();
    page.lane().leave();
    assert_eq!(page.payloads(), [""; 0]);
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["3"]);
    // There is no boundary any more, and to pass none does nothing.
    page.lane().pass_boundary();
    scene.send_all("a", &["4"]);
    assert_eq!(page.payloads(), ["4"]);

    // Other commands are no boundaries.
    let focus = scene
        .router
        .command(&scene.main, WindowCommand::Focus, |_| {});
    focus.unwrap();
    scene.send_all("a", &["5"]);
    assert_eq!(page.payloads(), ["5"]);
}

#[test]
fn what_was_sent_before_a_reload_and_found_no_credit_goes_to_the_page_after_it() {
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 5000}"#);
    let mut page = scene.page(&["a"]);
    for n in 0..4_097 {
        scene.send("a", &n.to_string()).unwrap();
    }
    let command = scene
        .router
        .command(&scene.main, WindowCommand::Reload, |_| {});
    command.unwrap();
    scene.send_all("a", &["4097"]);
    assert_eq!(page.payloads().len(), 4_096);
    page.lane().pass_boundary();
    page.lane().leave();
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["4096", "4097"]);
}

#[test]
fn a_page_that_loads_gets_the_last_value_of_a_sticky_channel_once() {
    let scene = Scene::new();
    scene.configure("state:*", r#"{"sticky": true}"#);
    let mut page = scene.page(&["state:x", "other"]);
    assert_eq!(page.payloads(), [""; 0], "there is none yet");
    scene.send_all("state:x", &["1", "2"]);
    scene.send_all("other", &["3"]);
    assert_eq!(page.payloads(), ["1", "2", "3"]);
    for _ in 0..2 {
        page.reload(&["state:x", "other"]);
        assert_eq!(page.payloads(), ["2"]);
        page.lane().listen(&channel("state:x")).unwrap();
        assert_eq!(page.payloads(), [""; 0]);
    }
    // Not acknowledged, it is there again: once.
    page.reload(&["state:x"]);
    assert_eq!(page.unacked(), ["2"]);
    page.reload(&["state:x"]);
    assert_eq!(page.payloads(), ["2"]);
}

#[test]
fn a_sticky_value_keeps_its_place_before_what_was_sent_later() {
    let scene = Scene::new();
    scene.configure("theme", r#"{"sticky": true}"#);
    let mut page = scene.page(&["theme"]);
    scene.send_all("theme", &["1"]);
    page.payloads();
    scene.send_all("text", &["2"]);
    // And before a reload that was asked for: the page that is there loads, too.
    let command = scene
        .router
        .command(&scene.main, WindowCommand::Reload, |_| {});
    command.unwrap();
    page.reload(&["text", "theme"]);
    assert_eq!(page.payloads(), ["1", "2"]);
}

#[test]
fn a_sticky_value_gives_way_to_messages_that_wait() {
    let scene = Scene::new();
    scene.configure("a", r#"{"sticky": true}"#);
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1"]);
    assert_eq!(page.payloads(), ["1"]);
    page.lane().leave();
    scene.send_all("a", &["2", "3"]);
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["2", "3"]);
}

#[test]
fn a_sticky_value_never_comes_after_a_newer_message() {
    let scene = Scene::new();
    scene.configure("a", r#"{"sticky": true}"#);
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1"]);
    assert_eq!(page.payloads(), ["1"]);
    // Its sender waits for room that others take.
    scene.configure("b", r#"{"capacity": 70000}"#);
    page.reload(&[]);
    for _ in 0..65_536 {
        scene.send("b", "0").unwrap();
    }
    let newer = scene.send_until(Until::Accepted, "a", "2");
    page.lane().listen(&channel("a")).unwrap();
    page.lane().listen(&channel("b")).unwrap();
    let mut seen = Vec::new();
    loop {
        let payloads = page.payloads();
        if payloads.is_empty() {
            break;
        }
        seen.extend(payloads.into_iter().filter(|it| it != "0"));
    }
    assert_eq!(newer.codes(), [Ok(())]);
    assert_eq!(seen, ["2"]);
}

#[test]
fn a_channel_that_sticks_no_more_has_no_last_value_after_the_next_message() {
    let scene = Scene::new();
    scene.configure("a", r#"{"sticky": true}"#);
    let mut page = scene.page(&["a"]);
    scene.send_all("a", &["1"]);
    page.payloads();
    scene.configure("a", "{}");
    scene.send_all("a", &["2"]);
    assert_eq!(page.payloads(), ["2"]);
    page.reload(&["a"]);
    assert_eq!(
        page.payloads(),
        [""; 0],
        "1 is not the last, 2 does not stick"
    );
    scene.configure("a", r#"{"sticky": true}"#);
    scene.send_all("a", &["3"]);
    assert_eq!(page.payloads(), ["3"]);
    page.reload(&["a"]);
    assert_eq!(page.payloads(), ["3"]);
}

#[test]
fn frames_are_numbered_from_1_for_each_page() {
    let scene = Scene::new();
    scene.send_all("a", &["1", "2", "3"]);
    let page = scene.page(&["a"]);
    assert_eq!(page.lane().take(1).unwrap().seq, 1);
    assert_eq!(page.lane().take(1).unwrap().seq, 2);
    page.lane().arrive();
    page.lane().listen(&channel("a")).unwrap();
    assert_eq!(page.lane().take(1 << 20).unwrap().seq, 1);
    scene.send_all("a", &["4"]);
    assert_eq!(page.lane().take(1 << 20).unwrap().seq, 4);
}

#[test]
fn a_page_listens_on_so_many_channels_and_the_next_one_again() {
    let mut limits = Limits::default();
    limits.page_channels = 2;
    let scene = Scene::within(limits);
    scene.send_all("c", &["1"]);
    let mut page = scene.page(&["a", "b"]);
    for _ in 0..2 {
        let refused = page.lane().listen(&channel("c"));
        assert_eq!(refused, Err(Code::TooManyChannels));
    }
    // Those that it has are no more by being named again.
    assert_eq!(page.lane().listen(&channel("a")), Ok(()));
    scene.send_all("b", &["2"]);
    assert_eq!(page.payloads(), ["2"]);
    page.reload(&["c"]);
    assert_eq!(page.payloads(), ["1"]);
}
