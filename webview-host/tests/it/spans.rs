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
    /// The spans that were entered since the last call.
    fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
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
