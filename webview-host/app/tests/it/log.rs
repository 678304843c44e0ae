//! The log: whoever logs what, a terminal takes no orders from it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use host::log::EscapedFields;

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

/// What is written of events and spans, by a subscriber as the program has one.
fn written(ansi: bool, log: impl FnOnce()) -> String {
    let sink = Log::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(ansi)
        .fmt_fields(EscapedFields)
        .with_target(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, log);
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

const ORDERS: &str = "\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\r\n\u{202e}";
const ESCAPED: &str = r"\x1b]0;title\x07\x9b31m\x7f\r\n\u{202e}";

#[test]
fn every_value_of_a_line_is_escaped() {
    let text = written(false, || {
        let span = tracing::info_span!("span", shown = %ORDERS);
        let _entered = span.enter();
        let error = io::Error::other(ORDERS);
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::warn!(shown = %ORDERS, error, number = 7, "message {ORDERS}");
    });
    assert_eq!(
        text,
        format!(
            " WARN span{{shown={ESCAPED}}}: message {ESCAPED} shown={ESCAPED} error={ESCAPED} \
             number=7\n"
        )
    );
}

/// Those that are quoted are escaped by that.
#[test]
fn quoted_values_are_escaped_once() {
    let text = written(false, || {
        tracing::warn!(text = "a\n\u{1b}", debug = ?"b\t", "said");
    });
    assert_eq!(text, " WARN said text=\"a\\n\\u{1b}\" debug=\"b\\t\"\n");
}

#[test]
fn the_colors_of_the_log_itself_are_kept() {
    let text = written(true, || tracing::warn!(shown = %ORDERS, "message"));
    assert_eq!(
        text,
        format!(
            "\u{1b}[33m WARN\u{1b}[0m message \u{1b}[3mshown\u{1b}[0m\u{1b}[2m=\u{1b}[0m{ESCAPED}\n"
        )
    );
}
