//! How windows end, and what else the window system reports.

use std::sync::{Arc, Mutex};

use ipc_protocol::{Dialog, OpenFile, Origin, Position, Size, WindowCommand, WindowState};
use ipc_router::{Filter, RouteError};
use serde_json::json;
use webview_host::{Backend, BackendError, BackendEventKind, Pumped};

use crate::desk::{Desk, answer, is_open_question, spec, take, window};

const CLOSE: &str = r#"{"windowId":"main","channel":"close","payload":null,"type":"close"}"#;

const DRAFT: &str = r#"{"windowId":"main","channel":"draft","payload":"saved"}"#;

#[test]
fn a_user_closes_a_window() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let (closed, on_closed) = answer();
    desk.router.on_closed(&id, move || on_closed(Ok(())));
    desk.report(BackendEventKind::CloseRequested.of(id.clone()));
    assert_eq!(desk.heard(), [CLOSE]);
    assert_eq!(take(&closed), Ok(()));
    assert!(!desk.screen.is_open(&id));
    let gone = RouteError::WindowClosed(id.clone());
    assert_eq!(desk.try_send(&id, "a", "1"), Err(gone));
}

#[test]
fn an_impatient_user_closes_a_window_once() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    (0..3).for_each(|_| {
        desk.screen
            .report(BackendEventKind::CloseRequested.of(id.clone()))
    });
    desk.turn();
    assert_eq!(desk.heard(), [CLOSE]);
    assert!(!desk.screen.is_open(&id));
}

#[test]
fn an_app_may_have_the_last_word() {
    let mut desk = Desk::new();
    let mut spec = spec("main");
    spec.prevent_close = true;
    let id = desk.open(spec);
    for _ in 0..2 {
        desk.report(BackendEventKind::CloseRequested.of(id.clone()));
        assert_eq!(desk.heard(), [CLOSE], "each wish is reported");
        assert!(desk.screen.is_open(&id));
    }

    let closed = desk.command(&id, WindowCommand::Close);
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
    assert!(!desk.screen.is_open(&id));
    assert_eq!(desk.heard(), [""; 0], "the app has heard of it");
}

#[test]
fn an_app_changes_its_mind_about_who_closes_a_window() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let prevent = |desk: &mut Desk, on| {
        let answer = desk.command(&id, WindowCommand::SetPreventClose(on));
        desk.turn();
        assert_eq!(take(&answer), Ok(()));
    };
    prevent(&mut desk, true);
    assert_eq!(desk.screen.commands(&id), [], "the host keeps it");
    desk.report(BackendEventKind::CloseRequested.of(id.clone()));
    assert_eq!(desk.heard(), [CLOSE]);
    assert!(desk.screen.is_open(&id));

    // The wish was one thing, and that the window has closed is another.
    prevent(&mut desk, false);
    desk.report(BackendEventKind::CloseRequested.of(id.clone()));
    assert_eq!(desk.heard(), [CLOSE]);
    assert!(!desk.screen.is_open(&id));
}

#[test]
fn whoever_hears_that_a_window_has_closed_may_use_its_id() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let (free, on_free) = answer();
    let router = desk.router.clone();
    let window = desk.router.window(&id).unwrap();
    window
        .state(move |state| {
            assert!(state.is_err());
            on_free(router.open(spec("main"), |_| {}).map(|_| ()));
        })
        .unwrap();
    // Its state never comes.
    desk.turn();
    desk.screen.take_events();
    desk.report(BackendEventKind::Closed.of(id));
    assert_eq!(take(&free), Ok(()));
}

#[test]
fn windows_close_with_their_parent() {
    let mut desk = Desk::new();
    let open = |desk: &mut Desk, id: &str, parent: Option<&str>| {
        let mut spec = spec(id);
        spec.parent = parent.map(window);
        desk.open(spec)
    };
    let main = open(&mut desk, "main", None);
    open(&mut desk, "child", Some("main"));
    open(&mut desk, "grandchild", Some("child"));
    let other = open(&mut desk, "other", None);
    let closed = desk.command(&main, WindowCommand::Close);
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
    assert_eq!(desk.heard_channels(), ["close", "close", "close"]);
    assert_eq!(desk.router.windows(), std::slice::from_ref(&other));

    // Its own page, and its user, have the same say as in any other case in which the app closes one.
    desk.screen.let_pages_linger();
    let mut spec = spec("child");
    spec.parent = Some(other.clone());
    spec.prevent_close = true;
    let child = desk.open(spec);
    desk.report(BackendEventKind::Closed.of(other));
    assert!(desk.screen.is_open(&child));
    desk.report(BackendEventKind::Left.of(child.clone()));
    assert!(!desk.screen.is_open(&child));
}

#[test]
fn a_parent_is_an_open_window() {
    let mut desk = Desk::new();
    let parent = desk.open(spec("main"));
    let mut spec = spec("child");
    spec.parent = Some(window("none"));
    let refused = desk.router.open(spec.clone(), |_| {});
    assert_eq!(refused, Err(RouteError::UnknownWindow(window("none"))));

    // It may close before the user interface knows of its child.
    spec.parent = Some(parent.clone());
    let closed = desk.command(&parent, WindowCommand::Close);
    let (child, opened) = desk.ask_for(spec.clone());
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
    let gone = || RouteError::WindowClosed(parent.clone());
    assert_eq!(take(&opened), Err(gone()));
    assert!(!desk.screen.is_open(&child));
    assert_eq!(desk.router.open(spec, |_| {}), Err(gone()));
}

#[test]
fn an_app_hears_of_the_windows_it_closes() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let closed = desk.command(&id, WindowCommand::Close);
    let again = desk.command(&id, WindowCommand::Close);
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
    assert_eq!(take(&again), Err(RouteError::WindowClosed(id)));
    assert_eq!(desk.heard(), [CLOSE]);
}

#[test]
fn a_window_that_vanishes_is_closed() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    desk.report(BackendEventKind::Closed.of(id));
    assert_eq!(desk.heard(), [CLOSE]);
    assert_eq!(desk.router.windows(), []);
}

#[test]
fn close_is_heard_before_the_window_is_gone() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let events = desk.router.subscribe(|| {});
    events.listen(&Filter::All);
    let heard = Arc::new(Mutex::new(None));
    desk.router.on_closed(&id, {
        let heard = heard.clone();
        move || *heard.lock().unwrap() = Some(events.drain().count())
    });
    desk.command(&id, WindowCommand::Close);
    desk.turn();
    assert_eq!(heard.lock().unwrap().take(), Some(1));
}

#[test]
fn a_page_has_the_last_word() {
    for by_user in [false, true] {
        let mut desk = Desk::new();
        let mut page = desk.open_page();
        let id = page.window.clone();
        desk.screen.let_pages_linger();
        let closed = match by_user {
            true => {
                desk.report(BackendEventKind::CloseRequested.of(id.clone()));
                desk.report(BackendEventKind::Leaving.of(id.clone()));
                None
            }
            false => Some(desk.command(&id, WindowCommand::Close)),
        };
        desk.turn();
        // It is as good as closed for all but its page.
        let late = desk.command(&id, WindowCommand::Focus);
        let state = desk.state(&id);
        let (asked, on_asked) = answer();
        let dialog = Dialog::OpenFile(OpenFile::default());
        let window = desk.router.window(&id).unwrap();
        window.dialog(dialog, on_asked).unwrap();
        let again = desk.command(&id, WindowCommand::Close);
        desk.report(BackendEventKind::Focused(false).of(id.clone()));
        desk.report(BackendEventKind::CloseRequested.of(id.clone()));
        // Whoever hears that it has closed may use its id.
        assert!(is_open_question(&late) && is_open_question(&again));
        assert!(is_open_question(&state) && is_open_question(&asked));
        assert!(desk.screen.is_open(&id) && desk.screen.dialogs(&id).is_empty());
        assert_eq!(desk.screen.commands(&id), []);
        assert_eq!(desk.heard(), [""; 0]);
        page.send("draft", json!("saved"));
        desk.turn();
        desk.report(BackendEventKind::Left.of(id.clone()));
        assert_eq!(desk.heard(), [DRAFT, CLOSE]);
        assert_eq!(desk.router.windows(), []);
        if let Some(closed) = closed {
            assert_eq!(take(&closed), Ok(()));
        }
        let gone = || RouteError::WindowClosed(id.clone());
        assert_eq!(take(&late), Err(gone()));
        assert_eq!(take(&state), Err(gone()));
        assert_eq!(take(&asked), Err(gone()));
        // Whoever comes first closes it.
        assert_eq!(take(&again), Err(gone()));
        desk.report(BackendEventKind::Left.of(id));
        assert_eq!(desk.heard(), [""; 0]);
    }
}

#[test]
fn a_page_may_hold_what_its_user_closes() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    let id = page.window.clone();
    desk.screen.let_pages_linger();
    // It is asked twice, and all goes on meanwhile and when it stays.
    for _ in 0..2 {
        desk.report(BackendEventKind::CloseRequested.of(id.clone()));
        desk.report(BackendEventKind::CloseRequested.of(id.clone()));
        let focused = desk.command(&id, WindowCommand::Focus);
        page.send("draft", json!("saved"));
        desk.turn();
        desk.turn();
        assert_eq!(take(&focused), Ok(()));
        let focus = r#"{"windowId":"main","channel":"focus","payload":null,"type":"focus"}"#;
        assert_eq!(desk.heard(), [DRAFT, focus]);
        desk.report(BackendEventKind::Stays.of(id.clone()));
        assert!(desk.screen.is_open(&id));
    }
    desk.report(BackendEventKind::CloseRequested.of(id.clone()));
    desk.report(BackendEventKind::Leaving.of(id.clone()));
    let late = desk.command(&id, WindowCommand::Focus);
    desk.report(BackendEventKind::Left.of(id.clone()));
    assert_eq!(take(&late), Err(RouteError::WindowClosed(id)));
    assert_eq!(desk.heard(), [CLOSE]);
    assert_eq!(desk.router.windows(), []);
}

#[test]
fn an_app_closes_what_a_page_holds() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    let id = page.window;
    desk.screen.let_pages_linger();
    desk.report(BackendEventKind::CloseRequested.of(id.clone()));
    let closed = desk.command(&id, WindowCommand::Close);
    desk.turn();
    assert_eq!(take(&closed), Ok(()));
    assert_eq!(desk.heard(), [CLOSE]);
    assert!(!desk.screen.is_open(&id));
    // Nor does a page hold what ends as a whole.
    let mut desk = Desk::new();
    let page = desk.open_page();
    desk.screen.let_pages_linger();
    desk.report(BackendEventKind::CloseRequested.of(page.window.clone()));
    assert!(desk.host.close_all());
    desk.turn();
    assert!(!desk.screen.is_open(&page.window));
}

#[test]
fn a_page_that_is_asked_and_takes_too_long_is_closed() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    desk.screen.let_pages_linger();
    desk.report(BackendEventKind::CloseRequested.of(page.window.clone()));
    desk.report(BackendEventKind::Left.of(page.window.clone()));
    assert!(!desk.screen.is_open(&page.window));
    assert_eq!(desk.heard(), [CLOSE]);
}

#[test]
fn a_page_that_crashes_has_no_last_word() {
    let mut desk = Desk::new();
    let page = desk.open_page();
    desk.screen.let_pages_linger();
    let closed = desk.command(&page.window, WindowCommand::Close);
    desk.turn();
    desk.report(BackendEventKind::PageGone.of(page.window));
    assert_eq!(take(&closed), Ok(()));
    assert_eq!(desk.heard(), [CLOSE]);
    assert_eq!(desk.heard_incidents(), [""; 0]);
}

#[test]
fn an_id_is_free_when_its_close_is_heard() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let free = Arc::new(Mutex::new(None));
    let events = desk.router.subscribe({
        let (router, free) = (desk.router.clone(), free.clone());
        move || *free.lock().unwrap() = Some(!router.has_windows())
    });
    events.listen(&Filter::System);
    desk.report(BackendEventKind::CloseRequested.of(id));
    assert_eq!(*free.lock().unwrap(), Some(true));
}

/// It has asked its user, if it wanted to.
#[test]
fn a_page_that_closes_itself_is_not_asked_unless_the_app_decides() {
    for prevent_close in [false, true] {
        let mut desk = Desk::new();
        desk.screen.let_pages_linger();
        let mut page = desk.open_page();
        let id = page.window.clone();
        desk.command(&id, WindowCommand::SetPreventClose(prevent_close));
        desk.turn();
        desk.report(BackendEventKind::PageClosed.of(id.clone()));
        if prevent_close {
            assert_eq!(desk.heard(), [CLOSE]);
            assert!(desk.screen.is_open(&id));
            continue;
        }
        // It leaves for certain: whatever it is asked is answered once it has closed.
        assert!(is_open_question(&desk.state(&id)));
        page.send("draft", json!("saved"));
        desk.turn();
        desk.report(BackendEventKind::Left.of(id));
        assert_eq!(desk.heard(), [DRAFT, CLOSE]);
    }
}

#[test]
fn a_wish_to_close_ends_with_its_window() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    for kind in [BackendEventKind::CloseRequested, BackendEventKind::Closed] {
        desk.host.on_event(kind.of(id.clone()));
    }
    assert_eq!(desk.heard(), [CLOSE]);

    // The next window of this id is asked for before the wish was looked at.
    desk.open(spec("main"));
    desk.turn();
    assert!(desk.screen.is_open(&id));
    assert_eq!(desk.heard(), [""; 0]);
}

#[test]
fn a_window_that_cannot_be_closed_is_gone_all_the_same() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    desk.screen.report(BackendEventKind::CloseRequested.of(id));
    desk.screen
        .refuse_next(BackendError::Failed("no".to_owned()));
    desk.turn();
    assert_eq!(desk.heard(), [CLOSE]);
    assert!(!desk.router.has_windows());
}

#[test]
fn system_events_reach_the_app() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let size = Size {
        width: 640.0,
        height: 480.5,
    };
    let position = Position { x: -8.0, y: 0.0 };
    for event in [
        BackendEventKind::Focused(true).of(id.clone()),
        BackendEventKind::Focused(false).of(id.clone()),
        BackendEventKind::Resized(size).of(id.clone()),
        BackendEventKind::Moved(position).of(id),
    ] {
        desk.report(event);
    }
    assert_eq!(
        desk.heard(),
        [
            r#"{"windowId":"main","channel":"focus","payload":null,"type":"focus"}"#,
            r#"{"windowId":"main","channel":"blur","payload":null,"type":"blur"}"#,
            r#"{"windowId":"main","channel":"resize","payload":{"width":640.0,"height":480.5},"type":"resize"}"#,
            r#"{"windowId":"main","channel":"move","payload":{"x":-8.0,"y":0.0},"type":"move"}"#,
        ]
    );
}

#[test]
fn events_of_a_window_that_is_not_open_are_ignored() {
    let mut desk = Desk::new();
    let main = desk.open(spec("main"));
    let state = desk.state(&main);
    desk.turn();
    desk.turn();
    let state: WindowState = take(&state).unwrap();

    let id = window("nobody");
    for event in [
        BackendEventKind::Message {
            origin: Origin::of(desk.backend.origin()),
            text: "{}".to_owned(),
        }
        .of(id.clone()),
        BackendEventKind::Navigated(None).of(id.clone()),
        BackendEventKind::CloseRequested.of(id.clone()),
        BackendEventKind::Closed.of(id.clone()),
        BackendEventKind::Focused(true).of(id.clone()),
        BackendEventKind::Resized(state.size).of(id.clone()),
        BackendEventKind::Moved(state.position.unwrap()).of(id.clone()),
        BackendEventKind::State(state).of(id),
    ] {
        desk.report(event);
    }
    assert_eq!(desk.heard(), [""; 0]);
    assert_eq!(desk.counts(), []);
    assert!(desk.screen.is_open(&main));
}

#[test]
fn an_app_that_ends_leaves_no_question_open() {
    let mut desk = Desk::new();
    let mut page = desk.open_page();
    page.listen("a");
    let state = desk.state(&page.window);
    assert_eq!(desk.turn(), Pumped::Waiting);
    assert!(is_open_question(&state), "the backend has not reported yet");

    let before = desk.command(&page.window, WindowCommand::Focus);
    desk.router.shut_down();
    let after = desk.command(&page.window, WindowCommand::Minimize);
    assert_eq!(desk.host.pump(&mut desk.backend), Pumped::ShutDown);
    assert_eq!(take(&before), Ok(()));
    assert_eq!(take(&after), Err(RouteError::HostGone));

    let Desk { router, host, .. } = desk;
    let (closed, on_closed) = answer();
    router.on_closed(&page.window, move || on_closed(Ok(())));
    drop(host);
    assert_eq!(take(&state).unwrap_err(), RouteError::HostGone);
    assert_eq!(take(&closed), Ok(()));
    page.send("a", json!(1));
}

#[test]
fn all_windows_close_for_certain_and_none_opens_any_more() {
    let mut desk = Desk::new();
    let mut kept = spec("kept");
    kept.prevent_close = true;
    let ids = [desk.open(spec("main")), desk.open(kept)];
    assert!(desk.host.close_all());
    let (opened, reply) = answer();
    let late = desk.router.open(spec("late"), reply).unwrap();
    // Once more is no more.
    desk.host.close_all();
    desk.turn();
    let mut heard = desk.heard();
    heard.sort();
    let close =
        |id| format!(r#"{{"windowId":"{id}","channel":"close","payload":null,"type":"close"}}"#);
    assert_eq!(heard, ["kept", "main"].map(close));
    assert_eq!(take(&opened), Err(RouteError::HostGone));
    for id in ids.iter().chain([&late]) {
        assert!(!desk.screen.is_open(id), "{id}");
    }
    assert!(!desk.router.has_windows());
    assert!(!desk.host.close_all());
}
