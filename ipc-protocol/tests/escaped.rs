//! A payload is escaped once, whoever asks, and for all its clones.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ipc_protocol::{Limits, Payload};

fn payload(json: &str) -> Payload {
    Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
}

#[test]
fn clones_share_what_was_escaped_once() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn escape(json: &str) -> Cow<'_, str> {
        CALLS.fetch_add(1, Ordering::SeqCst);
        Cow::Owned(json.replace('\'', "\\'"))
    }

    let first = payload(r#""it's""#);
    let before = first.clone();
    let escaped = first.escaped(escape).unwrap();
    assert_eq!(escaped, r#""it\'s""#);
    let after = first.clone();
    for other in [&first, &before, &after] {
        assert_eq!(other.escaped(escape).unwrap().as_ptr(), escaped.as_ptr());
    }
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
    assert_eq!(first.as_json(), Some(r#""it's""#), "which it still is");

    // Who only says the same is no clone.
    assert_eq!(payload(r#""it's""#).escaped(escape), Some(escaped));
    assert_eq!(CALLS.load(Ordering::SeqCst), 2);
}

#[test]
fn what_needs_no_escapes_is_not_copied_and_not_looked_at_again() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn escape(json: &str) -> Cow<'_, str> {
        CALLS.fetch_add(1, Ordering::SeqCst);
        Cow::Borrowed(json)
    }

    let first = payload("[1,2]");
    let text = first.as_json().unwrap().as_ptr();
    for other in [&first, &first.clone()] {
        assert_eq!(other.escaped(escape).unwrap().as_ptr(), text);
    }
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
}

#[test]
fn bytes_have_no_text_to_escape() {
    fn escape(_: &str) -> Cow<'_, str> {
        panic!("there is no text")
    }

    let bytes = Payload::from_bytes(b"'"[..].into(), &Limits::default()).unwrap();
    assert_eq!(bytes.escaped(escape), None);
}

#[test]
fn threads_that_ask_at_once_share_it_too() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 200;
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn escape(json: &str) -> Cow<'_, str> {
        CALLS.fetch_add(1, Ordering::SeqCst);
        // Long enough for the others to come.
        thread::yield_now();
        Cow::Owned(format!("<{json}>"))
    }

    for round in 1..=ROUNDS {
        let payload = payload(&round.to_string());
        let start = Barrier::new(THREADS);
        let places: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    let (own, start) = (payload.clone(), &start);
                    scope.spawn(move || {
                        start.wait();
                        let escaped = own.escaped(escape).unwrap();
                        assert_eq!(escaped, format!("<{round}>"));
                        escaped.as_ptr() as usize
                    })
                })
                .collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert!(places.iter().all(|place| *place == places[0]));
        assert_eq!(CALLS.load(Ordering::SeqCst), round);
    }
}
