//! What went wrong with a window: who hears of it, and that no page can say so itself.

use ipc_protocol::{Incident, Origin};
use serde_json::json;
use webview_host::BackendEventKind;

use crate::desk::{Desk, spec, window};

const CRASHED: &str = r#"{"windowId":"main","type":"page-crashed"}"#;

#[test]
fn a_page_that_crashes_is_an_incident_and_no_event() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    desk.report(BackendEventKind::PageGone.of(page.window));
    assert_eq!(desk.heard_incidents(), [CRASHED]);
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.heard_steps().len(), 0);
}

#[test]
fn every_crash_is_told_once() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    for _ in 0..3 {
        desk.report(BackendEventKind::PageGone.of(page.window.clone()));
        assert_eq!(desk.heard_incidents(), [CRASHED]);
        page = page.next();
        page.hello();
        desk.turn();
    }
    assert_eq!(desk.heard_incidents(), [""; 0]);
}

#[test]
fn a_window_that_is_not_open_has_no_incidents() {
    let mut desk = Desk::new();
    desk.report(BackendEventKind::PageGone.of(window("main")));
    desk.open(spec("main"));
    desk.report(BackendEventKind::Closed.of(window("main")));
    desk.report(BackendEventKind::PageGone.of(window("main")));
    assert_eq!(desk.heard_incidents(), [""; 0]);
}

#[test]
fn no_page_makes_one() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let forged = json!({"type": "page-crashed", "windowId": "main"});
    page.send("page-crashed", forged.clone());
    page.post([forged]);
    desk.turn();
    page.send("page-cut-off", json!(null));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["page-crashed", "page-cut-off"]);
    assert_eq!(desk.heard_incidents(), [""; 0]);
}

#[test]
fn a_load_that_fails_leaves_no_page() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    desk.report(
        BackendEventKind::LoadFailed {
            url: "https://example.com/x".to_owned(),
            reason: "refused".to_owned(),
        }
        .of(page.window.clone()),
    );
    let told = r#"{"windowId":"main","type":"load-failed","url":"https://example.com/x","reason":"refused"}"#;
    assert_eq!(desk.heard_incidents(), [told]);
    // Whoever was there is not heard any more; who comes is.
    page.send("late", json!(null));
    desk.turn();
    let mut page = page.next();
    page.hello();
    page.send("news", json!(null));
    desk.turn();
    assert_eq!(desk.heard_channels(), ["news"]);
}

#[test]
fn a_document_that_says_no_hello_is_no_page() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    let (id, own) = (page.window.clone(), Origin::of("app://localhost"));
    let loaded = |url: &str| BackendEventKind::Loaded(url.to_owned()).of(id.clone());
    // The page that is there has said hello before.
    desk.report(loaded("app://localhost/"));
    assert_eq!(desk.heard_incidents(), [""; 0]);
    desk.report(BackendEventKind::Navigated(own.clone()).of(id.clone()));
    assert_eq!(desk.heard_incidents(), [""; 0]);
    desk.report(loaded("app://localhost/mute"));
    let [told] = <[_; 1]>::try_from(desk.heard_incidents()).unwrap();
    assert!(
        told.starts_with(
            r#"{"windowId":"main","type":"load-failed","url":"app://localhost/mute","#
        )
    );
    // One that says hello is a page, however late it is there as a whole.
    desk.report(BackendEventKind::Navigated(own).of(id.clone()));
    page.next().hello();
    desk.turn();
    desk.report(loaded("app://localhost/"));
    assert_eq!(desk.heard_incidents(), [""; 0]);
}

#[test]
fn a_page_that_does_not_respond_and_a_download_are_told() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    let id = page.window;
    desk.report(BackendEventKind::Responsive(false).of(id.clone()));
    desk.report(BackendEventKind::Responsive(true).of(id.clone()));
    let blocked = Incident::download_blocked("blob:x");
    desk.report(BackendEventKind::Incident(blocked).of(id.clone()));
    // One of each, however many wait.
    for download in [1, 2] {
        for received in [10, 20] {
            let progress = Incident::DownloadProgress {
                download,
                received,
                total: None,
            };
            desk.report(BackendEventKind::Incident(progress).of(id.clone()));
        }
    }
    assert_eq!(
        desk.heard_incidents(),
        [
            r#"{"windowId":"main","type":"page-unresponsive"}"#,
            r#"{"windowId":"main","type":"page-responsive"}"#,
            r#"{"windowId":"main","type":"download-blocked","url":"blob:x"}"#,
            r#"{"windowId":"main","type":"download-progress","download":1,"received":20,"total":null}"#,
            r#"{"windowId":"main","type":"download-progress","download":2,"received":20,"total":null}"#,
        ]
    );
}
