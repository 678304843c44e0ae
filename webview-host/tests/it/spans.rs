//! What a tracing subscriber sees of a message's way.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ipc_protocol::{CallError, Code, Step};
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::desk::{Desk, channel, payload};

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

/// What is logged of `act`, as far as the filter lets it.
pub(crate) fn logged(filter: &str, act: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, act);
    log.text()
}

#[test]
fn every_frame_is_a_line_with_its_channel_and_kind() {
    let text = logged("ipc=debug", || {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        page.post([
            json!({"type": "listen", "channel": "heard"}),
            json!({"type": "message", "channel": "said", "payload": 1}),
            json!({"type": "request", "call": 1, "channel": "asked", "payload": 2}),
        ]);
        desk.turn();
        let call = desk.heard_steps()[0].0;
        let error = CallError::new(Code::NoHandler, "none".to_owned());
        desk.router.step(&page.window, call, Step::Error { error });
        desk.send(&page.window, "heard", "3");
        desk.send(&page.window, "unheard", "4");
        desk.turn();
        assert_eq!(page.frames().len(), 2);
        page.acknowledge();
        desk.turn();
        let request = Step::Request {
            channel: channel("question"),
            payload: payload("5"),
        };
        let call = desk.router.open_call(&page.window, request).unwrap();
        desk.turn();
        assert_eq!(page.frames().len(), 1);
        page.post([json!({"type": "result", "call": call, "payload": 6})]);
        desk.turn();
    });
    let lines = text
        .lines()
        .map(|line| line.trim().replace("DEBUG ipc: ", ""));
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            "window opened window=main",
            "from window window=main kind=hello seq=1",
            "from window window=main channel=heard kind=listen seq=2",
            "from window window=main channel=said payload=1 kind=message seq=3",
            "from window window=main channel=asked payload=2 kind=request call=1 seq=4",
            "held: the page does not listen on the channel window=main channel=unheard kind=message",
            "to window window=main channel=asked kind=error call=1 code=no-handler seq=1",
            "to window window=main channel=heard payload=3 kind=message seq=2",
            "to window window=main channel=question payload=5 kind=request call=2 seq=3",
            "from window window=main channel=question payload=6 kind=result call=2 seq=5",
        ]
    );
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
        assert_eq!(text.lines().count(), 21, "{text}");
        assert!(
            text.contains(r#"channel=close code=reserved-channel refusals=1"#),
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
    // The message, the listener, and the answer.
    assert_eq!(text.matches(escaped).count(), 3, "{text:?}");
    let orders = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!text.contains(orders), "{text:?}");
    assert!(text.lines().all(|line| line.contains(" ipc: ")), "{text:?}");
}
