//! What a tracing subscriber sees of a message's way.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::desk::Desk;

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    /// The spans that were entered since the last call.
    fn take(&self) -> Vec<String> {
        let text = self.text();
        let spans = text.lines().filter_map(|line| line.strip_suffix(": enter"));
        spans.map(|line| line.trim().to_owned()).collect()
    }
}

#[test]
fn every_point_that_a_message_passes_is_a_span() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::ENTER)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_level(false)
        .with_target(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        page.listen("a");
        desk.turn();
        log.take();

        desk.send(&page.window, "a", "[1]");
        assert_eq!(log.take(), ["send{window=main channel=a bytes=3}"]);
        desk.turn();
        assert_eq!(log.take(), ["deliver{window=main seq=1 frames=1}"]);
        assert_eq!(page.received(), ["a=[1]"]);
        page.send("b", json!(2));
        desk.turn();
        assert_eq!(
            log.take(),
            [
                "receive{window=main seq=3 frames=1}",
                "receive{window=main seq=3 frames=1}:acknowledge{window=main frame=1}",
            ]
        );
    });
}

#[test]
fn a_page_cannot_fill_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        for _ in 0..1_000 {
            page.send("close", json!(null));
            page.handled.set(1 << 40);
            page.seq += 1;
        }
        desk.turn();
        assert_eq!(
            desk.counts(),
            [("missing", 999), ("refused", 1_000), ("unknown", 999)]
        );
        let text = log.text();
        assert_eq!(text.lines().count(), 12, "{text}");
        assert!(
            text.contains(r#"channel=close code=reserved-channel offences=1"#),
            "{text}"
        );
    });
}

/// Nor gives it orders to the terminal that the log is shown on, whatever subscriber an embedder has.
#[test]
fn what_a_page_names_is_escaped() {
    const ORDERS: &str = "\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\r\n\u{202e}";
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        let name = format!("a{ORDERS}");
        page.send(&name, json!({ name.clone(): ORDERS }));
        desk.turn();
        page.listen(&name);
        desk.turn();
        desk.send(&page.window, &name, &json!(ORDERS).to_string());
        desk.turn();
        assert_eq!(page.received().len(), 1);
    });
    let text = log.text();
    let escaped = r"channel=a\x1b]0;title\x07\x9b31m\x7f\r\n\u{202e}";
    assert_eq!(text.matches(escaped).count(), 2, "{text:?}");
    let orders = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!text.contains(orders), "{text:?}");
    assert!(text.lines().all(|line| line.contains(" ipc: ")), "{text:?}");
}
