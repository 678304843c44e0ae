//! Warnings of messages on channels that nobody listens on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::subscriber::DefaultGuard;

use crate::app::{App, run};

/// How long a message may wait before that is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// The log of this thread.
struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: DefaultGuard,
}

impl Log {
    fn begin() -> Log {
        let text = Arc::<Mutex<Vec<u8>>>::default();
        let writer = Writer(text.clone());
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_target(false)
            .with_level(false)
            .without_time()
            .finish();
        Log {
            text,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// The lines since the last call.
    fn lines(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.text.lock().unwrap());
        let text = String::from_utf8(text).unwrap();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }
}

#[derive(Clone)]
struct Writer(Arc<Mutex<Vec<u8>>>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(test: impl FnOnce(&mut App, &Log) + Send + 'static) {
    let code = "
        import * as ipc from 'host:ipc';
        globalThis.ipc = ipc;
        ipc.onChannel('save', () => {});
        ipc.onChannel('load', () => {});
    ";
    run(code, |app| {
        let log = Log::begin();
        app.open("a");
        app.load("a");
        test(app, &log);
    });
}

#[test]
fn a_message_of_a_page_that_nobody_listens_for_is_told_once_with_the_nearest_name() {
    start(|app, log| {
        app.send("a", "saev", "1");
        app.send("a", "save", "2");
        app.pass(PATIENCE - Duration::from_millis(1));
        assert_eq!(log.lines(), [""; 0]);
        app.send("a", "laod", "3");
        app.pass(Duration::from_millis(1));
        let told = |channel, nearest| {
            format!(
                "a message from the page has waited for 5 s: the app does not listen on its channel \
                 window=a channel={channel} nearest={nearest}"
            )
        };
        assert_eq!(log.lines(), [told("saev", "save")]);
        app.send("a", "saev", "4");
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [told("laod", "load")]);
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [""; 0]);
    });
}

#[test]
fn a_message_to_a_page_that_does_not_listen_is_told_once_with_the_nearest_name() {
    start(|app, log| {
        app.listen("a", "update");
        app.eval("ipc.sendToWindow('a', 'udpate', 1); ipc.sendToWindow('a', 'update', 1)");
        app.pass(PATIENCE);
        let told = "a message to the page has waited for 5 s: the page does not listen on its channel \
                    window=a channel=udpate nearest=update";
        assert_eq!(log.lines(), [told]);
        app.load("a");
        app.listen("a", "update");
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [""; 0]);
    });
}

#[test]
fn who_listens_in_time_is_told_nothing() {
    start(|app, log| {
        app.send("a", "late", "1");
        app.eval("ipc.sendToWindow('a', 'to late', 1)");
        app.pass(PATIENCE - Duration::from_millis(1));
        app.eval("ipc.onChannel('late', () => {})");
        app.listen("a", "to late");
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [""; 0]);
        // Who listens to everything listens.
        app.eval("ipc.onEvent(() => {})");
        app.send("a", "any", "1");
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [""; 0]);
    });
}

#[test]
fn what_waits_for_a_page_that_is_not_there_is_told_when_it_is() {
    start(|app, log| {
        app.open("b");
        app.eval("ipc.sendToWindow('b', 'x', 1)");
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [""; 0]);
        app.load("b");
        app.pass(PATIENCE);
        let told = "a message to the page has waited for 5 s: the page does not listen on its channel \
                    window=b channel=x";
        assert_eq!(log.lines(), [told]);
    });
}

#[test]
fn a_page_that_names_channels_without_end_is_told_of_64() {
    start(|app, log| {
        let names: Vec<_> = (0..1_000).map(|n| format!("name {n}")).collect();
        let messages: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        app.send_all("a", &messages);
        app.pass(PATIENCE);
        assert_eq!(log.lines().len(), 64);
        app.send("a", "another", "1");
        app.pass(PATIENCE);
        assert_eq!(log.lines(), [""; 0]);
    });
}
