//! What went wrong with a window: who hears of it, and that no page can say so itself.

use serde_json::json;
use webview_host::BackendEvent;

use crate::desk::{Desk, spec, window};

const CRASHED: &str = r#"{"windowId":"main","type":"page-crashed"}"#;

#[test]
fn a_page_that_crashes_is_an_incident_and_no_event() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    desk.report(BackendEvent::PageGone(page.window));
    assert_eq!(desk.heard_incidents(), [CRASHED]);
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.heard_steps().len(), 0);
}

#[test]
fn every_crash_is_told_once() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    for _ in 0..3 {
        desk.report(BackendEvent::PageGone(page.window.clone()));
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
    desk.report(BackendEvent::PageGone(window("main")));
    desk.open(spec("main"));
    desk.report(BackendEvent::Closed(window("main")));
    desk.report(BackendEvent::PageGone(window("main")));
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
