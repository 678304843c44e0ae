//! What Rust gives the router is checked as what comes from JSON, with the same errors.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{
    Code, Limits, Payload, Policy, Position, Size, Step, WindowCommand, WindowSpec,
};
use ipc_router::Router;

#[test]
fn options_are_refused_as_in_json() {
    let (router, port) = connect();
    type Change = fn(&mut WindowSpec);
    let table: [(Change, &str); 5] = [
        (|it| it.title = "a\0b".to_owned(), r#"{"title":"a\u0000b"}"#),
        (|it| it.width = 1e9, r#"{"width":1e9}"#),
        (|it| it.x = Some(1.0), r#"{"x":1}"#),
        (|it| it.min_height = Some(-1.0), r#"{"minHeight":-1}"#),
        (
            |it| (it.min_width, it.max_width) = (Some(2.0), Some(1.0)),
            r#"{"minWidth":2,"maxWidth":1}"#,
        ),
    ];
    for (change, json) in table {
        let mut spec = spec("main");
        change(&mut spec);
        let error = router.open(spec, |_| panic!("a reply")).unwrap_err();
        let expected = WindowSpec::from_json(json).unwrap_err();
        assert_eq!(error.code(), Code::BadOptions);
        assert_eq!(error.to_string(), expected.to_string());
    }
    for bad in [f64::NAN, f64::INFINITY] {
        let mut spec = spec("main");
        spec.width = bad;
        assert!(router.open(spec, |_| {}).is_err());
    }
    assert!(!router.has_windows());
    assert!(!port.has_requests());
}

#[test]
fn commands_are_refused_as_in_json() {
    let scene = Scene::new();
    let huge = Size {
        width: 1e9,
        height: 1.0,
    };
    let nowhere = Position {
        x: f64::NAN,
        y: 0.0,
    };
    for (command, message) in [
        (
            WindowCommand::SetTitle("a\0b".to_owned()),
            "option `title` contains a NUL character",
        ),
        (
            WindowCommand::SetTitle("x".repeat(17 << 20)),
            "option `title` has 17825792 bytes, 4000 are allowed",
        ),
        (
            WindowCommand::Navigate("a\0b".to_owned()),
            "option `url` contains a NUL character",
        ),
        (
            WindowCommand::SetSize(huge),
            "option `size` is out of range",
        ),
        (
            WindowCommand::SetPosition(nowhere),
            "option `position` is out of range",
        ),
    ] {
        let asked = scene.router.command(&scene.main, command, |_| {});
        let error = asked.unwrap_err();
        assert_eq!(error.code(), Code::BadOptions);
        assert_eq!(error.to_string(), message);
    }
    assert!(!scene.port.has_requests());
}

#[test]
fn policies_are_refused_as_in_json() {
    let (router, _port) = connect();
    let mut policy = Policy::default();
    policy.capacity = 0;
    let error = router.configure("a", policy).unwrap_err();
    let expected = Policy::from_json(r#"{"capacity":0}"#).unwrap_err();
    assert_eq!(error.code(), Code::BadPolicy);
    assert_eq!(error.to_string(), expected.to_string());
    let error = router.configure("", Policy::default()).unwrap_err();
    assert_eq!(error.code(), Code::BadChannel);
}

/// A connection of small payloads, with a window.
fn small() -> Scene {
    let mut limits = Limits::default();
    limits.payload_bytes = 10;
    limits.payload_depth = 2;
    limits.payload_values = 4;
    Scene::within(limits)
}

const BEYOND: [(&str, Code); 3] = [
    ("\"123456789\"", Code::PayloadTooLarge),
    ("[[[]]]", Code::PayloadTooDeep),
    ("[1,2,3,4]", Code::PayloadTooManyValues),
];

#[test]
fn payloads_are_within_the_limits_of_the_connection() {
    let scene = small();
    for (json, code) in BEYOND {
        assert_eq!(scene.send("a", json), Err(code));
        let error = scene
            .router
            .send(&scene.main, &channel("a"), &payload(json));
        let expected = Payload::from_json(json.to_owned(), scene.router.limits());
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), expected.unwrap_err().to_string());
        assert_eq!(
            (error.window(), error.channel()),
            (Some(&scene.main), Some(&channel("a")))
        );
        let opened = scene.router.open_call(&scene.main, request("a", json));
        assert_eq!(opened.unwrap_err().code(), code);
    }
    let bytes = Payload::from_bytes(vec![0; 11].into(), &Limits::default()).unwrap();
    let error = scene.router.send(&scene.main, &channel("a"), &bytes);
    assert_eq!(error.unwrap_err().code(), Code::PayloadTooLarge);
    // Brackets and commas in texts are none.
    for json in ["\"12345678\"", "[[]]", "[1,2,3]", "\"[[[,,,,\""] {
        scene.send("a", json).unwrap();
    }
    assert_eq!(scene.page(&["a"]).payloads().len(), 4);
}

#[test]
fn answers_beyond_the_limits_end_their_calls() {
    let scene = small();
    let mut page = scene.page(&[]);
    for (n, (json, code)) in (1..).zip(BEYOND) {
        let opened = page.lane().step(call(n), stream("a")).unwrap().unwrap();
        let (opened, _) = opened.call.unwrap();
        assert!(scene.router.step(&scene.main, opened, chunk(json)));
        assert!(!scene.router.step(&scene.main, opened, chunk("1")));
        assert_eq!(scene.steps(), [format!("{opened} a cancel")]);
        let [frame] = &page.handle()[..] else {
            panic!("one frame");
        };
        assert!(frame.contains(code.as_str()), "{frame}");
    }
}

#[test]
fn limits_of_nothing_and_without_end_are_limits() {
    let mut none = Limits::default();
    (none.payload_bytes, none.payload_depth, none.payload_values) = (0, 0, 0);
    (none.window_messages, none.window_bytes, none.page_channels) = (0, 0, 0);
    (none.subscription_events, none.subscription_bytes) = (0, 0);
    let (router, port) = Router::new(none);
    let main = open(&router, &port, spec("main"));
    let sent = router.send(&main, &channel("a"), &Payload::null());
    assert_eq!(sent.unwrap_err().code(), Code::PayloadTooLarge);
    assert!(port.lane(&main).unwrap().listen(&channel("a")).is_err());

    let mut all = Limits::default();
    (all.payload_bytes, all.window_messages, all.window_bytes) =
        (usize::MAX, usize::MAX, usize::MAX);
    let (router, port) = Router::new(all);
    let main = open(&router, &port, spec("main"));
    router.send(&main, &channel("a"), &payload("1")).unwrap();
    let step = Step::Cancel;
    assert!(!router.step(&main, call(1), step));
}
