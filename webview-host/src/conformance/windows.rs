//! The rules about windows.

use ipc_protocol::{Size, WindowCommand, WindowId};

use super::Rule;
use super::actor::{Actor, Outcome, ensure};
use crate::{BackendError, BackendEventKind};

pub(super) const RULES: &[Rule] = &[
    ("a window that was opened is there", opened),
    ("a window that cannot be opened leaves nothing", unopenable),
    ("an id that no window has is an error", unknown),
    ("a window that is told to close is gone", closed),
    ("an id comes back as another window", reopened),
    ("a user can only ask to close", asked_to_close),
    ("states are reported once each, in order", states),
    ("a new size is reported", resized),
    ("windows are independent", independent),
];

fn opened(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("opened", "")?;
    let state = actor.state(&id)?;
    ensure(state.title == "conformance opened", || {
        format!("its title is {:?}", state.title)
    })?;
    ensure(
        state.visible && state.resizable && state.decorations,
        || format!("it was opened with the defaults and is {state:?}"),
    )
}

fn unopenable(actor: &mut Actor<'_>) -> Outcome {
    let spec = actor.unopenable();
    if actor.try_open("unopenable", &spec).is_ok() {
        return Err("it opened".to_owned());
    }
    let id = window_id("unopenable")?;
    is_no_window(actor, &id)?;
    // The id is not taken.
    let id = actor.open("unopenable", "")?;
    actor.state(&id).map(drop)
}

fn unknown(actor: &mut Actor<'_>) -> Outcome {
    is_no_window(actor, &window_id("unknown")?)
}

fn closed(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("closed", "")?;
    actor.state(&id)?;
    actor.apply(&id, &WindowCommand::Close)?;
    is_no_window(actor, &id)
}

fn reopened(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("reopened", "post('first')")?;
    actor.expect_messages(&id, ["preload", "first"])?;
    actor.apply(&id, &WindowCommand::SetTitle("changed".to_owned()))?;
    actor.eval(&id, "post('late')")?;
    actor.apply(&id, &WindowCommand::Close)?;
    let id = actor.open("reopened", "post('second')")?;
    for expected in ["preload", "second"] {
        let message =
            actor.wait(&id, "a message of the second window", |event| match event {
                BackendEventKind::Closed => {
                    Some(Err("the first was reported as closed".to_owned()))
                }
                // What the first one posted before it went may still be on its way to us.
                BackendEventKind::Message { text, .. } if text != "late" => Some(Ok(text.clone())),
                _ => None,
            })??;
        ensure(message == expected, || {
            format!("its page's message was {message:?}, not {expected:?}")
        })?;
    }
    let state = actor.state(&id)?;
    ensure(state.title == "conformance reopened", || {
        format!("its title is {:?}", state.title)
    })
}

fn asked_to_close(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("asked", "")?;
    actor.state(&id)?;
    actor.close_as_user(&id);
    actor.wait(&id, "the user's wish", |event| match event {
        BackendEventKind::CloseRequested => Some(Ok(())),
        BackendEventKind::Closed => Some(Err("it closed by itself".to_owned())),
        _ => None,
    })??;
    actor.state(&id).map(drop)
}

fn states(actor: &mut Actor<'_>) -> Outcome {
    use WindowCommand::{ReportState, SetResizable, SetTitle};

    let id = actor.open("states", "")?;
    // Of what only the backend decides: a window manager takes its time.
    let commands = [
        SetTitle("1".to_owned()),
        ReportState,
        ReportState,
        SetResizable(false),
        ReportState,
        SetTitle("2".to_owned()),
        ReportState,
        SetResizable(true),
        SetTitle("last".to_owned()),
        ReportState,
    ];
    for command in &commands {
        actor.apply(&id, command)?;
    }
    let expected = [
        ("1", true),
        ("1", true),
        ("1", false),
        ("2", false),
        ("last", true),
    ];
    for expected in expected {
        let state = actor.reported_state(&id)?;
        let reported = (&*state.title, state.resizable);
        ensure(reported == expected, || {
            format!("title and resizable are {reported:?}, not {expected:?}")
        })?;
    }
    // Nothing of the others is left.
    actor.apply(&id, &SetTitle("after".to_owned()))?;
    let state = actor.state(&id)?;
    ensure(state.title == "after", || {
        format!(
            "one more state was reported, with the title {:?}",
            state.title
        )
    })
}

fn resized(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("resized", "")?;
    actor.state(&id)?;
    let wanted = Size {
        width: 420.0,
        height: 310.0,
    };
    actor.apply(&id, &WindowCommand::SetSize(wanted))?;
    actor.wait(&id, "the size that was asked for", |event| match event {
        BackendEventKind::Resized(size) if *size == wanted => Some(()),
        _ => None,
    })?;
    let state = actor.state(&id)?;
    ensure(state.size == wanted, || {
        format!("its state has the size {:?}", state.size)
    })
}

fn independent(actor: &mut Actor<'_>) -> Outcome {
    let left = actor.open("left", "post('left')")?;
    actor.expect_messages(&left, ["preload", "left"])?;
    let right = actor.open("right", "post('right')")?;
    actor.expect_messages(&right, ["preload", "right"])?;
    actor.apply(&left, &WindowCommand::Close)?;
    is_no_window(actor, &left)?;
    let state = actor.state(&right)?;
    ensure(state.title == "conformance right", || {
        format!("the other one's title is {:?}", state.title)
    })?;
    actor.eval(&right, "post('still here')")?;
    actor.expect_messages(&right, ["still here"])
}

/// All that may be asked of a window must fail.
fn is_no_window(actor: &mut Actor<'_>, id: &WindowId) -> Outcome {
    let commands = [
        WindowCommand::ReportState,
        WindowCommand::Focus,
        WindowCommand::SetTitle("nobody's".to_owned()),
        WindowCommand::Reload,
        WindowCommand::Close,
    ];
    for command in commands {
        let result = actor.try_apply(id, &command);
        ensure(result == Err(BackendError::NoWindow), || {
            format!("{command:?} came to {result:?}")
        })?;
    }
    let result = actor.try_eval(id, "0");
    ensure(result == Err(BackendError::NoWindow), || {
        format!("a script came to {result:?}")
    })
}

fn window_id(name: &str) -> Outcome<WindowId> {
    WindowId::new(name).map_err(|error| error.to_string())
}
