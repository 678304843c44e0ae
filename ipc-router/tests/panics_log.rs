//! Panics of what an app gives the router to call, in the log. Alone in its program: a call site that another
//! test reaches first, while this one's subscriber is set, may stay silent.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Arc, Mutex};

use common::*;
use ipc_router::{Filter, Request};
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, span};

/// Keeps the errors that are logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!("{}: {value:?}; ", field.name());
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
}

#[test]
fn panics_are_logged_each_reply_and_the_first_of_each_wake() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let (router, port) = connect();
        let bad = router.subscribe(|| panic!("a wake\u{7}"));
        bad.listen(&Filter::All);
        for _ in 0..3 {
            port.publish(message("main", "a", "1"));
        }
        router
            .open(spec("a"), |_| panic!("no {}", "window"))
            .unwrap();
        for request in port.requests() {
            if let Request::Open { reply, .. } = request {
                reply.send(Ok(()));
            }
        }
    });
    let log = log.0.lock().unwrap();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(
        log[0].contains("a wake has panicked") && log[0].contains(r"a wake\x07"),
        "{log:?}"
    );
    assert!(
        log[1].contains("a reply has panicked") && log[1].contains("no window"),
        "{log:?}"
    );
}
