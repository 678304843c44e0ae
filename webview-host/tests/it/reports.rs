//! What pages tell of themselves, in the log.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::desk::Desk;
use crate::spans::logged;

fn report(kind: &str, text: &str, place: &str) -> Json {
    json!({"type": "report", "report": {"kind": kind, "text": text, "place": place}})
}

#[test]
fn each_kind_has_its_line_with_window_and_place() {
    let text = logged("page=debug", || {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        page.post([
            report("error", "Error: boom", "app://localhost/a.js:1:2"),
            report("rejection", "7", ""),
            report("handler", "r: Error: x", "f@app://localhost/b.js:1:2"),
            report("csp", "img-src forbids https://a.example/", ""),
            report("load", "app://localhost/none.js", ""),
            report("consoleError", "e", ""),
            report("consoleWarn", "w", ""),
            report("consoleInfo", "i", ""),
            report("consoleLog", "l", ""),
            report("consoleDebug", "d", ""),
            report("omitted", "12", ""),
        ]);
        desk.turn();
        assert_eq!(desk.counts(), []);
        assert_eq!(desk.heard(), [""; 0], "none of it is the app's");
    });
    assert_eq!(
        text.lines().map(str::trim).collect::<Vec<_>>(),
        [
            "WARN page: uncaught error window=main place=app://localhost/a.js:1:2 text=Error: boom",
            "WARN page: unhandled rejection window=main text=7",
            "WARN page: a handler has failed window=main place=f@app://localhost/b.js:1:2 text=r: Error: x",
            "WARN page: forbidden by the page's Content-Security-Policy window=main text=img-src forbids https://a.example/",
            "WARN page: did not load window=main text=app://localhost/none.js",
            "WARN page: console.error window=main text=e",
            "WARN page: console.warn window=main text=w",
            "INFO page: console.info window=main text=i",
            "INFO page: console.log window=main text=l",
            "DEBUG page: console.debug window=main text=d",
            "WARN page: more reports, which the page did not send window=main text=12",
        ]
    );
}

#[test]
fn consoles_are_not_logged_where_that_is_switched_off() {
    let text = logged("page=debug", || {
        let mut desk = Desk::new();
        desk.host.log_consoles(false);
        let mut page = desk.open_page();
        // Whatever the page thinks of it.
        page.post([
            report("consoleError", "e", ""),
            report("error", "Error: boom", ""),
        ]);
        desk.turn();
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("Error: boom"), "{text}");
}

/// A page that goes around its preload script reports as much as it likes.
#[test]
fn a_flood_of_reports_fills_no_log_and_gives_no_orders() {
    let text = logged("page=debug", || {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        let long = "\u{1b}]0;title\u{7}".repeat(1_000);
        for _ in 0..1_000 {
            page.post([report("consoleLog", &long, "\u{1b}[2J\nWARN page: forged")]);
        }
        desk.turn();
        // As many more as a second lets in.
        desk.pass(Duration::from_secs(1));
        page.post([report("consoleLog", "later", "")]);
        desk.turn();
        assert_eq!(desk.counts(), []);
    });
    assert!(text.len() < 400 << 10, "{} bytes", text.len());
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    assert!(!text.contains("\nWARN page: forged"), "{text}");
    let told = text
        .matches("the page reports too much to be shown")
        .count();
    assert_eq!(told, 10, "the first, the second, the fourth and so on");
}

#[test]
fn reports_that_are_too_long_or_of_no_kind_are_no_frames() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.post([report("consoleLog", &"x".repeat((32 << 10) + 1), "")]);
    page.post([report("consoleLog", "", &"x".repeat((4 << 10) + 1))]);
    page.post([report("other", "", "")]);
    page.post([json!({"type": "report"})]);
    page.post([json!({"type": "report", "report": ["consoleLog", "", ""]})]);
    desk.turn();
    assert_eq!(desk.counts(), [("malformed", 5)]);
}
