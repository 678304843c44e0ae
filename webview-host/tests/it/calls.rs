//! Requests and streams, both ways, and messages from page to page.

use ipc_protocol::{
    CallError, CallId, ChannelList, Code, Payload, Step, WindowChannels, WindowCommand, WindowId,
    WindowList,
};
use serde_json::{Value as Json, json};

use crate::desk::{Desk, channel, payload, spec};
use crate::page::{Page, message};

fn request(name: &str, json: &str) -> Step {
    Step::Request {
        channel: channel(name),
        payload: payload(json),
    }
}

fn result(json: &str) -> Step {
    Step::Result {
        payload: payload(json),
    }
}

fn asks(call: u64, name: &str, payload: Json) -> Json {
    json!({"type": "request", "call": call, "channel": name, "payload": payload})
}

/// The number of the only step that was heard, which is this one.
#[track_caller]
fn heard(desk: &Desk, expected: &str) -> CallId {
    let [(call, step)] = <[_; 1]>::try_from(desk.heard_steps()).unwrap();
    assert_eq!(step, expected);
    call
}

#[test]
fn the_app_asks_a_page() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let call = desk
        .router
        .open_call(&page.window, request("add", "[1,2]"))
        .unwrap();
    desk.turn();
    let number = call.get();
    assert_eq!(
        page.frames(),
        [asks(number, "add", json!([1, 2]))],
        "no listener is needed"
    );
    page.post([json!({"type": "result", "call": number, "payload": 3})]);
    desk.turn();
    assert_eq!(heard(&desk, "add result 3"), call);

    // Once is all: what comes again is counted.
    page.post([
        json!({"type": "result", "call": number, "payload": 3}),
        json!({"type": "chunk", "call": number, "payload": 3}),
        json!({"type": "error", "call": 77, "error": {"name": "E", "message": "m", "code": "c"}}),
    ]);
    page.send("goes", json!("on"));
    desk.turn();
    assert_eq!(desk.heard_step_names(), [""; 0]);
    assert_eq!(desk.heard_channels(), ["goes"]);
    assert_eq!(desk.counts(), [("unknown", 3)]);
}

#[test]
fn a_page_asks_the_app() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.post([
        message("before", json!(1)),
        asks(1, "add", json!([1, 2])),
        message("after", json!(1)),
    ]);
    desk.turn();
    let call = heard(&desk, "add request [1,2]");
    assert!(desk.router.step(&page.window, call, result("3")));
    assert!(!desk.router.step(&page.window, call, result("4")), "twice");
    desk.turn();
    assert_eq!(
        page.frames(),
        [json!({"type": "result", "call": 1, "payload": 3})]
    );

    // The page's numbers are its own affair, but one is for one call at a time.
    page.post([asks(1, "again", json!(null)), asks(1, "again", json!(null))]);
    desk.turn();
    let call = heard(&desk, "again request null");
    assert_eq!(desk.counts(), [("unknown", 1)]);
    let error = CallError::new(Code::HandlerFailed, "no");
    assert!(desk.router.step(&page.window, call, Step::Error { error }));
    desk.turn();
    let frames = page.frames();
    assert_eq!(frames[0]["error"]["code"], "handler-failed");
}

#[test]
fn a_stream_flows_as_far_as_it_is_pulled() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let stream = Step::Stream {
        channel: channel("rows"),
        payload: Payload::null(),
    };
    let call = desk.router.open_call(&page.window, stream).unwrap();
    assert!(
        desk.router
            .step(&page.window, call, Step::Pull { count: 2 })
    );
    desk.turn();
    let kinds: Vec<_> = page.frames().iter().map(|it| it["type"].clone()).collect();
    assert_eq!(kinds, ["stream", "pull"]);
    let chunk = |n: u32| json!({"type": "chunk", "call": call.get(), "payload": n});
    page.post([chunk(1), chunk(2), chunk(3)]);
    desk.turn();
    assert_eq!(desk.heard_step_names(), ["rows chunk 1", "rows chunk 2"]);
    assert_eq!(desk.counts(), [("unknown", 1)]);
    // The app has enough.
    assert!(desk.router.step(&page.window, call, Step::Cancel));
    desk.turn();
    assert_eq!(
        page.frames(),
        [json!({"type": "cancel", "call": call.get()})]
    );
    assert!(!desk.router.step(&page.window, call, Step::Cancel));
}

#[test]
fn a_page_that_goes_ends_the_calls_it_had_and_no_others() {
    let mut desk = Desk::new();
    let mut old = desk.open_page();
    let taken = desk
        .router
        .open_call(&old.window, request("a", "1"))
        .unwrap();
    desk.turn();
    assert_eq!(old.frames().len(), 1);
    old.post([asks(1, "mine", json!(null))]);
    desk.turn();
    let mine = heard(&desk, "mine request null");
    // This one is handed out, and not acknowledged.
    let handed = desk
        .router
        .open_call(&old.window, request("b", "2"))
        .unwrap();
    desk.turn();
    assert_eq!(old.frames().len(), 1);

    let mut new = old.next();
    new.hello();
    desk.turn();
    assert_eq!(
        desk.heard_steps(),
        [
            (taken, "a error page-gone".to_owned()),
            (mine, "mine cancel null".to_owned()),
        ]
    );
    assert_eq!(new.frames(), [asks(handed.get(), "b", json!(2))]);
    // An answer for the old page is not for the new one, whatever the number.
    new.post([asks(1, "other", json!(null))]);
    desk.turn();
    assert!(!desk.router.step(&new.window, mine, result("1")));
    new.post([json!({"type": "result", "call": handed.get(), "payload": 2})]);
    desk.turn();
    assert_eq!(
        desk.heard_step_names(),
        ["other request null", "b result 2"]
    );

    desk.command(&new.window, WindowCommand::Close);
    desk.turn();
    assert_eq!(desk.heard_step_names(), ["other cancel null"]);
}

#[test]
fn calls_need_an_allowed_channel() {
    let mut desk = Desk::new();
    let mut narrow = spec("main");
    narrow.channels = Some(WindowChannels {
        send: ChannelList::new(["save".to_owned()]),
        receive: ChannelList::new(["load".to_owned()]),
    });
    let id = desk.open(narrow);
    let mut page = desk.page(&id);
    page.hello();
    page.post([
        asks(1, "load", json!(null)),
        asks(2, "close", json!(null)),
        asks(3, "save", json!(null)),
    ]);
    desk.turn();
    assert_eq!(desk.heard_step_names(), ["save request null"]);
    let codes: Vec<_> = page
        .frames()
        .iter()
        .map(|it| json!([it["call"], it["error"]["code"]]))
        .collect();
    assert_eq!(
        codes,
        [
            json!([1, "channel-not-allowed"]),
            json!([2, "reserved-channel"])
        ]
    );
    assert_eq!(desk.counts(), [("refused", 2)]);
    for (name, code) in [
        ("save", Code::ChannelNotAllowed),
        ("close", Code::ReservedChannel),
    ] {
        let refused = desk.router.open_call(&id, request(name, "1"));
        assert_eq!(refused.unwrap_err().code(), code, "{name}");
    }
    desk.router.open_call(&id, request("load", "1")).unwrap();
}

/// Has `from` send to a window, and returns what it is answered: `result`, or the error's code.
fn send_to(desk: &mut Desk, from: &mut Page, to: &str, name: &str) -> Json {
    from.post([
        json!({"type": "sendTo", "call": 9, "window": to, "channel": name, "payload": "hi"}),
    ]);
    desk.turn();
    // The answer may come with the next turn.
    desk.turn();
    let frames = from.frames();
    let [answer] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(answer["call"], 9);
    match answer["type"].as_str() {
        Some("error") => answer["error"]["code"].clone(),
        _ => answer["type"].clone(),
    }
}

#[test]
fn pages_send_to_windows_that_accept_it() {
    let mut desk = Desk::new();
    let mut from = desk.open_page();
    let mut open = spec("open");
    open.accept_from = Some(WindowList::new(["ma*".to_owned()]));
    open.channels = Some(WindowChannels {
        receive: ChannelList::new(["chat".to_owned()]),
        ..WindowChannels::default()
    });
    let open = desk.open(open);
    desk.open(spec("shut"));
    let mut page = desk.page(&open);
    page.hello();
    page.listen("chat");

    assert_eq!(send_to(&mut desk, &mut from, "open", "chat"), "result");
    let relay = json!({"type": "relay", "from": "main", "channel": "chat", "payload": "hi"});
    assert_eq!(page.frames(), [relay]);
    for (to, name, code) in [
        ("shut", "chat", "window-not-allowed"),
        ("main", "chat", "window-not-allowed"),
        ("open", "other", "channel-not-allowed"),
        ("open", "close", "reserved-channel"),
        ("nowhere", "chat", "unknown-window"),
    ] {
        assert_eq!(send_to(&mut desk, &mut from, to, name), code, "{to} {name}");
    }
    assert_eq!(page.frames(), [Json::Null; 0]);
    assert_eq!(desk.heard_step_names(), [""; 0], "the app is not asked");
}

#[test]
fn a_call_that_nobody_takes_is_answered() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    desk.router.close();
    page.post([asks(1, "add", json!(null))]);
    desk.turn();
    desk.turn();
    let frames = page.frames();
    assert_eq!(frames[0]["error"]["code"], "no-handler");
    let id = WindowId::new("main").unwrap();
    assert_eq!(desk.router.windows(), [id]);
}
