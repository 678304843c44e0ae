//! What the app asks of windows, and how they stand.

use ipc_protocol::{Code, Position, Size, WindowCommand};
use ipc_router::RouteError;
use webview_host::{BackendError, BackendEventKind};

use crate::desk::{Desk, is_open_question, spec, take};

fn title(text: &str) -> WindowCommand {
    WindowCommand::SetTitle(text.to_owned())
}

#[test]
fn commands_reach_the_backend_in_order() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let commands = [
        title("a"),
        WindowCommand::Focus,
        WindowCommand::SetSize(Size {
            width: 10.0,
            height: 20.0,
        }),
        WindowCommand::SetPosition(Position { x: 1.0, y: 2.0 }),
        WindowCommand::Reload,
    ];
    let answers = commands.clone().map(|command| desk.command(&id, command));
    desk.turn();
    assert!(answers.iter().all(|answer| take(answer) == Ok(())));
    assert_eq!(desk.screen.commands(&id), commands);
    desk.turn();
    assert_eq!(desk.heard_channels(), ["focus", "resize", "move"]);
}

#[test]
fn what_the_backend_refuses_is_an_error() {
    let errors = [
        (BackendError::Unsupported, Code::Unsupported),
        (BackendError::NoDevtools, Code::Unsupported),
        (
            BackendError::PageNotFound("x".to_owned()),
            Code::PageNotFound,
        ),
        (BackendError::NoWindow, Code::WindowClosed),
    ];
    for (error, code) in errors {
        let mut desk = Desk::new();
        let id = desk.open(spec("main"));
        let expected = RouteError::Window {
            window: id.clone(),
            code,
            reason: error.to_string(),
        };
        desk.screen.refuse_next(error.clone());
        let answer = desk.command(&id, WindowCommand::OpenDevtools);
        desk.turn();
        assert_eq!(take(&answer), Err(expected.clone()));

        desk.screen.refuse_next(error);
        let answer = desk.state(&id);
        desk.turn();
        assert_eq!(take(&answer).unwrap_err(), expected);

        // A refused question gets no later answer.
        let answer = desk.state(&id);
        desk.turn();
        desk.turn();
        assert!(take(&answer).is_ok());
    }
}

#[test]
fn the_least_size_is_never_greater_than_the_greatest() {
    let mut desk = Desk::new();
    let mut spec = spec("main");
    spec.max_width = Some(500.0);
    let id = desk.open(spec);
    let size = |width| Size {
        width,
        height: 100.0,
    };
    let least = |desk: &mut Desk, width| {
        let answer = desk.command(&id, WindowCommand::SetMinSize(size(width)));
        desk.turn();
        take(&answer)
    };
    let refused = RouteError::Window {
        window: id.clone(),
        code: Code::BadOptions,
        reason: "option `minWidth` is greater than `maxWidth`".to_owned(),
    };
    assert_eq!(least(&mut desk, 501.0), Err(refused));
    assert_eq!(least(&mut desk, 500.0), Ok(()));
    let answer = desk.command(&id, WindowCommand::SetMaxSize(size(600.0)));
    desk.turn();
    assert_eq!(take(&answer), Ok(()));
    assert_eq!(least(&mut desk, 501.0), Ok(()));
}

#[test]
fn every_question_gets_its_own_answer() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let answers = ["1", "2", "3"].map(|text| {
        desk.command(&id, title(text));
        desk.state(&id)
    });
    desk.turn();
    assert!(answers.iter().all(is_open_question));
    desk.turn();
    let titles = answers.map(|answer| take(&answer).unwrap().title);
    assert_eq!(titles, ["1", "2", "3"]);
}

#[test]
fn questions_to_several_windows_are_not_mixed_up() {
    let mut desk = Desk::new();
    let ids = ["a", "b"].map(|id| desk.open(spec(id)));
    for id in &ids {
        desk.command(id, title(&format!("of {id}")));
    }
    let answers = [1, 0, 1].map(|index| desk.state(&ids[index]));
    desk.turn();
    desk.turn();
    let titles = answers.map(|answer| take(&answer).unwrap().title);
    assert_eq!(titles, ["of b", "of a", "of b"]);
}

#[test]
fn a_report_that_nobody_asked_for_answers_nothing() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let report = desk.command(&id, WindowCommand::ReportState);
    desk.command(&id, title("now"));
    let answer = desk.state(&id);
    desk.turn();
    assert_eq!(take(&report), Ok(()));
    desk.turn();
    let state = take(&answer).unwrap();
    assert_eq!(state.title, "now");

    desk.report(BackendEventKind::State(state).of(id.clone()));
    let answer = desk.state(&id);
    desk.command(&id, title("later"));
    desk.turn();
    desk.turn();
    assert_eq!(take(&answer).unwrap().title, "now");
}

#[test]
fn a_window_that_closes_answers_what_was_asked() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let answers = [desk.state(&id), desk.state(&id)];
    desk.turn();
    // The backend's reports are not taken in.
    desk.screen.take_events();
    desk.command(&id, WindowCommand::Close);
    let late = desk.state(&id);
    desk.turn();
    let closed = RouteError::WindowClosed(id);
    for answer in answers.iter().chain([&late]) {
        assert_eq!(take(answer).unwrap_err(), closed);
    }
}
