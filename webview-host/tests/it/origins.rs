//! Whose pages reach the app.

use ipc_protocol::{Limits, Origin, Payload, Step};
use serde_json::json;

use crate::desk::{Desk, channel, spec};
use crate::page::{Page, config, message_of_bytes};

fn origin(text: &str) -> Option<Origin> {
    Some(Origin::of(text).unwrap())
}

/// A desk with the window `main`, opened with the origins, and its page.
fn opened_with(origins: &[&str]) -> (Desk, Page) {
    let mut desk = Desk::new();
    let mut spec = spec("main");
    spec.origins = origins.iter().map(|it| Origin::new(it).unwrap()).collect();
    let id = desk.open(spec);
    let page = desk.page(&id);
    (desk, page)
}

/// Whether the app hears of a page of this origin.
fn is_heard(desk: &mut Desk, page: &mut Page, from: Option<Origin>) -> bool {
    desk.screen.navigate(&page.window, from);
    *page = page.next();
    page.hello();
    page.send("a", json!(1));
    desk.turn();
    !desk.heard().is_empty()
}

#[test]
fn the_apps_own_origin_and_those_of_the_window_are_heard() {
    let (mut desk, mut page) = opened_with(&["https://example.com", "http://localhost:8080"]);
    for own in [
        "app://localhost",
        "https://example.com",
        "http://localhost:8080",
    ] {
        assert!(is_heard(&mut desk, &mut page, origin(own)), "{own}");
    }
    assert_eq!(desk.counts(), []);
}

#[test]
fn no_other_origin_is_heard_however_alike() {
    let (mut desk, mut page) = opened_with(&["https://example.com", "http://localhost:8080"]);
    let others = [
        "app://elsewhere",
        "app://localhost:1",
        "http://localhost",
        "http://app.localhost",
        "http://example.com",
        "https://example.com:8443",
        "https://www.example.com",
        "https://example.com.evil.example",
        "http://localhost:808",
        "https://localhost:8080",
    ];
    let mut foreign = 0;
    for other in others {
        assert!(!is_heard(&mut desk, &mut page, origin(other)), "{other}");
        foreign += 2;
        assert_eq!(desk.counts(), [("foreign", foreign)], "{other}");
    }
    assert!(
        !is_heard(&mut desk, &mut page, None),
        "an origin of its own"
    );
    assert_eq!(desk.counts(), [("foreign", foreign + 2)]);
}

#[test]
fn without_a_list_only_the_app_itself_is_heard() {
    let (mut desk, mut page) = opened_with(&[]);
    assert!(is_heard(&mut desk, &mut page, origin("app://localhost")));
    assert!(!is_heard(
        &mut desk,
        &mut page,
        origin("https://example.com")
    ));
    assert!(!is_heard(&mut desk, &mut page, None));
}

#[test]
fn what_a_foreign_page_posts_is_not_even_read() {
    let (mut desk, page) = opened_with(&[]);
    desk.screen
        .navigate(&page.window, origin("https://evil.example"));
    for text in ["", "{", "[]", &"x".repeat(80 << 20)] {
        page.post_text(text);
    }
    page.upload_body(vec![255; 9]);
    desk.turn();
    assert_eq!(desk.counts(), [("foreign", 5)]);
}

#[test]
fn uploads_are_judged_like_messages() {
    let (mut desk, mut page) = opened_with(&["https://example.com"]);
    page.hello();
    page.upload([message_of_bytes("a", 2)], &[1, 2]);
    desk.turn();
    assert_eq!(desk.heard().len(), 1);
    desk.screen
        .navigate(&page.window, origin("https://evil.example"));
    page.upload([message_of_bytes("a", 2)], &[1, 2]);
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("foreign", 1)]);
}

#[test]
fn the_key_of_the_window_is_of_no_use_elsewhere() {
    let (mut desk, mut page) = opened_with(&[]);
    page.hello();
    desk.turn();
    // A page that has got hold of key, id and number.
    desk.screen
        .navigate(&page.window, origin("https://evil.example"));
    page.send("a", json!("forged"));
    page.post([json!({"type": "listen", "channel": "b"})]);
    desk.send(&page.window, "b", "1");
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("foreign", 2)]);
    assert_eq!(desk.screen.take_scripts(&page.window), [""; 0]);
}

#[test]
fn a_page_elsewhere_ends_the_one_before_and_one_back_home_starts_anew() {
    let (mut desk, mut page) = opened_with(&[]);
    page.hello();
    page.listen("a");
    page.post([json!({"type": "request", "call": 1, "channel": "q", "payload": null})]);
    desk.router.open_call(&page.window, request("ask")).unwrap();
    desk.turn();
    assert_eq!(page.frames().len(), 1);
    page.acknowledge();
    desk.turn();
    assert_eq!(desk.heard_step_names(), ["q request null"]);

    desk.screen
        .navigate(&page.window, origin("https://evil.example"));
    desk.send(&page.window, "a", "1");
    desk.turn();
    assert_eq!(
        desk.heard_step_names(),
        ["ask error page-gone", "q cancel null"]
    );
    assert_eq!(desk.screen.take_scripts(&page.window), [""; 0]);

    // The page of before does not come back with what it knew of the host.
    desk.screen
        .navigate(&page.window, origin("app://localhost"));
    page.send("a", json!("late"));
    desk.turn();
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), [("stale", 1)]);

    let mut page = page.next();
    page.hello();
    page.listen("a");
    page.send("back", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["back"]);
    assert_eq!(page.received(), ["a=1"], "it has waited");
}

#[test]
fn bytes_for_a_page_are_taken_back_when_it_goes_elsewhere() {
    let (mut desk, mut page) = opened_with(&[]);
    page.hello();
    page.listen("a");
    desk.turn();
    let bytes = Payload::from_bytes(vec![1, 2, 3].into(), &Limits::default()).unwrap();
    desk.router
        .send(&page.window, &channel("a"), &bytes)
        .unwrap();
    desk.turn();
    let batch = page.batches().remove(0);
    assert!(page.get(&batch).is_some());
    desk.screen.navigate(&page.window, None);
    desk.turn();
    assert!(page.get(&batch).is_none());
}

#[test]
fn pages_within_the_origins_take_turns_as_ever() {
    let (mut desk, mut page) = opened_with(&["https://example.com"]);
    page.hello();
    page.listen("a");
    desk.turn();
    desk.screen
        .navigate(&page.window, origin("https://example.com"));
    let mut remote = page.next();
    remote.hello();
    remote.send("remote", json!(1));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["remote"]);
    assert_eq!(desk.counts(), []);
}

#[test]
fn a_window_cannot_lend_its_origins_to_another() {
    let (mut desk, mut page) = opened_with(&["https://example.com"]);
    let other = desk.open(spec("other"));
    let mut other = desk.page(&other);
    assert!(!is_heard(
        &mut desk,
        &mut other,
        origin("https://example.com")
    ));
    assert!(is_heard(
        &mut desk,
        &mut page,
        origin("https://example.com")
    ));
}

#[test]
fn the_preload_knows_the_origins() {
    let (desk, page) = opened_with(&["https://example.com", "http://[::1]:8080"]);
    let config = config(&desk.screen, &page.window);
    assert_eq!(config["origin"], "app://localhost");
    assert_eq!(
        config["origins"],
        json!([
            "app://localhost",
            "https://example.com",
            "http://[::1]:8080"
        ])
    );
}

fn request(name: &str) -> Step {
    Step::Request {
        channel: channel(name),
        payload: Payload::null(),
    }
}
