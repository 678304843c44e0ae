//! From the wish for a window to the window.

use ipc_protocol::{ChannelList, Code, Limits, WindowChannels, WindowCommand, WindowSpec};
use ipc_router::RouteError;
use serde_json::json;
use webview_host::BackendError;

use crate::desk::{Desk, answer, is_open_question, spec, take, window};
use crate::page::config;

#[test]
fn a_window_is_there_when_the_answer_comes() {
    let mut desk = Desk::new();
    let (id, answer) = desk.ask_for(spec("main"));
    assert!(is_open_question(&answer));
    assert!(!desk.screen.is_open(&id));

    desk.turn();
    assert_eq!(take(&answer), Ok(()));
    assert!(desk.screen.is_open(&id));
    assert_eq!(desk.router.windows(), [id]);
}

#[test]
fn windows_without_an_id_get_one() {
    let mut desk = Desk::new();
    let ids = [(); 2].map(|()| desk.open(WindowSpec::default()).to_string());
    assert_eq!(ids, ["win-1", "win-2"]);
}

#[test]
fn an_id_is_taken_from_the_first_wish_on() {
    let mut desk = Desk::new();
    let (id, first) = desk.ask_for(spec("main"));
    let (second, reply) = answer();
    let exists = RouteError::WindowExists(id);
    assert_eq!(desk.router.open(spec("main"), reply), Err(exists.clone()));

    desk.turn();
    assert_eq!(take(&first), Ok(()));
    assert!(is_open_question(&second), "a refused wish is not answered");
    assert_eq!(desk.router.open(spec("main"), |_| {}), Err(exists));
}

#[test]
fn a_window_may_be_sent_to_and_asked_from_the_first_wish_on() {
    let mut desk = Desk::new();
    let (id, _) = desk.ask_for(spec("main"));
    desk.send(&id, "a", "1");
    let title = desk.command(&id, WindowCommand::SetTitle("Hi".to_owned()));
    desk.send(&id, "a", "2");
    desk.turn();
    assert_eq!(take(&title), Ok(()));
    let mut page = desk.page(&id);
    page.hello();
    page.listen("a");
    desk.turn();
    assert_eq!(page.received(), ["a=1", "a=2"]);
}

#[test]
fn a_window_that_cannot_be_opened_leaves_nothing() {
    let errors = [
        (
            BackendError::PageNotFound("a.html".to_owned()),
            Code::PageNotFound,
        ),
        (BackendError::BadUrl("::".to_owned()), Code::BadOptions),
        (BackendError::Failed("no".to_owned()), Code::WindowFailed),
    ];
    for (error, code) in errors {
        let mut desk = Desk::new();
        let (id, failed) = desk.ask_for(spec("main"));
        let (closed, on_closed) = answer();
        desk.router.on_closed(&id, move || on_closed(Ok(())));
        desk.screen.refuse_next(error.clone());
        desk.turn();
        let expected = RouteError::Window {
            window: id.clone(),
            code,
            reason: error.to_string(),
        };
        assert_eq!(take(&failed), Err(expected));
        assert_eq!(take(&closed), Ok(()));
        assert!(!desk.screen.is_open(&id));
        assert!(!desk.router.has_windows());
        assert_eq!(
            desk.heard(),
            [""; 0],
            "a window that never was does not close"
        );
        let unknown = RouteError::UnknownWindow(id.clone());
        assert_eq!(desk.try_send(&id, "x", "1"), Err(unknown));

        assert_eq!(desk.open(spec("main")), id);
    }
}

#[test]
fn a_closed_windows_id_is_free_again() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let closed = desk.command(&id, WindowCommand::Close);
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
    let before = RouteError::WindowClosed(id.clone());
    assert_eq!(desk.try_send(&id, "x", "1"), Err(before));

    assert_eq!(desk.open(spec("main")), id);
    assert_eq!(desk.try_send(&id, "x", "1"), Ok(()));
}

#[test]
fn the_preload_knows_the_windows_rules() {
    let mut limits = Limits::default();
    limits.payload_bytes = 1_000;
    let mut desk = Desk::within(limits);
    let mut listed = spec("listed");
    listed.channels = Some(WindowChannels {
        send: ChannelList::new(["save".to_owned()]),
        receive: ChannelList::new(["log:*".to_owned()]),
    });
    let listed = desk.open(listed);
    let free = desk.open(spec("free"));

    let mut listed_config = config(&desk.screen, &listed);
    let mut free_config = config(&desk.screen, &free);
    let keys = [&mut listed_config, &mut free_config].map(|config| config["key"].take());
    for key in &keys {
        let key = key.as_str().unwrap();
        assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    assert_ne!(keys[0], keys[1]);
    let expected = |send, receive| {
        json!({
            "key": null,
            "origin": "app://localhost",
            "origins": ["app://localhost"],
            "reserved": ["close", "focus", "blur", "resize", "move"],
            "sendChannels": send,
            "receiveChannels": receive,
            "maxChannelBytes": 256,
            "maxPayloadBytes": 1_000,
            "stacks": false,
            "console": true,
        })
    };
    assert_eq!(listed_config, expected(json!(["save"]), json!(["log:*"])));
    assert_eq!(free_config, expected(json!(null), json!(null)));
}

#[test]
fn a_host_does_not_tell_its_keys() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    let text = format!("{:?}", desk.host);
    assert!(text.contains("main"), "{text}");
    assert!(!text.contains(&page.key), "{text}");
}

#[test]
fn a_window_that_is_not_there_is_an_error() {
    let desk = Desk::new();
    let id = window("nobody");
    let unknown = Err(RouteError::UnknownWindow(id.clone()));
    assert_eq!(desk.try_send(&id, "x", "1"), unknown);
    assert_eq!(
        desk.router.command(&id, WindowCommand::Focus, |_| {}),
        unknown
    );
    assert_eq!(desk.router.state(&id, |_| {}), unknown);
}
