//! Dialogs of the system's.

use ipc_protocol::{Code, Dialog, DialogAnswer, OpenFile};
use ipc_router::RouteError;
use webview_host::BackendEventKind;

use crate::desk::{Desk, answer, spec, take};

#[test]
fn as_many_wait_for_a_user_as_may() {
    let mut desk = Desk::new();
    let id = desk.open(spec("main"));
    let other = desk.open(spec("other"));
    let window = desk.router.window(&id).unwrap();
    let ask = |window: &ipc_router::Window| {
        let (answer, on_answer) = answer();
        window
            .dialog(Dialog::OpenFile(OpenFile::default()), on_answer)
            .unwrap();
        answer
    };
    let asked: Vec<_> = (0..1_000).map(|_| ask(&window)).collect();
    desk.turn();
    let shown = desk.screen.dialogs(&id);
    assert_eq!(shown.len(), 8);
    for refused in &asked[8..] {
        let error = take(refused).unwrap_err();
        assert_eq!(error.code(), Code::QueueFull);
        assert!(
            matches!(&error, RouteError::TooManyDialogs { window, dialogs: 8 } if *window == id)
        );
    }
    // Others are as free as before, and so is this one once its user has answered.
    let elsewhere = ask(&desk.router.window(&other).unwrap());
    let (dialog, _) = shown[0];
    let answer = DialogAnswer::Nothing;
    desk.report(BackendEventKind::Answered { dialog, answer }.of(id.clone()));
    assert_eq!(take(&asked[0]), Ok(DialogAnswer::Nothing));
    ask(&window);
    desk.turn();
    assert_eq!(desk.screen.dialogs(&other).len(), 1);
    assert_eq!(
        desk.screen.dialogs(&id).len(),
        9,
        "one more, beside the one that was answered"
    );
    drop(elsewhere);
}
