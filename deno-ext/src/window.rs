//! `host:window`: opening windows and what may be asked of them.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::{Extension, OpState, op2};
use futures::channel::oneshot;
use ipc_protocol::{WindowCommand, WindowId, WindowSpec, WindowState};
use ipc_router::{Filter, RouteError, Router};

use crate::inbox::{Inbox, filter};
use crate::sources::sources;
use crate::{ExtError, Permissions};

/// What this extension keeps in the runtime's state.
struct Windows {
    router: Router,
    permissions: Permissions,
    inbox: Inbox,
}

deno_core::extension!(
    host_window,
    ops = [
        op_window_open,
        op_window_command,
        op_window_state,
        op_window_closed,
        op_window_listen,
        op_window_unlisten,
        op_window_wait,
        op_window_take,
    ],
    synthetic_esm = ["host:window" = "ext:host_window/window.js"],
    options = { router: Router, permissions: Permissions },
    state = |state, options| {
        state.put(Rc::new(Windows {
            inbox: Inbox::new(&options.router, &[Filter::System, Filter::Incidents], None),
            router: options.router,
            permissions: options.permissions,
        }));
    },
    customizer = |extension: &mut Extension| {
        extension.lazy_loaded_js_files = sources!("host_window": "errors.js", "outcomes.js", "callbacks.js", "options.js", "queue.js", "stream.js", "events.js", "window.js");
    },
    docs = "The module `host:window`. `init(router, permissions)` takes the router that leads to the",
    "windows, and what the script may do; of the permissions, `windows` and `origins` count here.",
);

/// Opens a window from the JSON of its options and returns its id once it exists.
#[op2]
#[string]
async fn op_window_open(
    state: Rc<RefCell<OpState>>,
    #[string] options: String,
) -> Result<String, ExtError> {
    let spec = WindowSpec::from_json(&options)?;
    windows(&state).permissions.check_open(&spec)?;
    let router = router(&state);
    let (id, ()) = ask(|reply| router.open(spec, reply)).await?;
    Ok(id.to_string())
}

/// Asks something of a window, as JSON. `false` when it was to be closed and was closed already.
#[op2]
async fn op_window_command(
    state: Rc<RefCell<OpState>>,
    #[string] window: String,
    #[string] command: String,
) -> Result<bool, ExtError> {
    let command = WindowCommand::from_json(&command)
        .map_err(|error| ExtError::from(error).about_window(&window))?;
    if let WindowCommand::Navigate(page) = &command {
        let checked = windows(&state).permissions.check_page(page);
        checked.map_err(|error| error.about_window(&window))?;
    }
    let is_close = command == WindowCommand::Close;
    let id = WindowId::new(&window)?;
    let router = router(&state);
    match ask(|reply| router.command(&id, command, reply)).await {
        Ok(_) => Ok(true),
        Err(RouteError::WindowClosed(_)) if is_close => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How a window stands.
#[op2]
#[serde]
async fn op_window_state(
    state: Rc<RefCell<OpState>>,
    #[string] window: String,
) -> Result<WindowState, ExtError> {
    let id = WindowId::new(&window)?;
    let router = router(&state);
    let ((), window_state) = ask(|reply| router.state(&id, reply)).await?;
    Ok(window_state)
}

/// Waits until a window is closed. Pending, it keeps the event loop alive.
#[op2]
async fn op_window_closed(
    state: Rc<RefCell<OpState>>,
    #[string] window: String,
) -> Result<(), ExtError> {
    let (sender, closed) = oneshot::channel();
    router(&state).on_closed(&WindowId::new(&window)?, move || {
        // The script may have ended in the meantime.
        let _ = sender.send(());
    });
    // A sender that is gone says the same.
    let _ = closed.await;
    Ok(())
}

#[op2(fast)]
fn op_window_listen(
    state: &OpState,
    #[string] kind: &str,
    #[string] value: &str,
) -> Result<(), ExtError> {
    state
        .borrow::<Rc<Windows>>()
        .inbox
        .subscription()
        .listen(&filter(kind, value)?);
    Ok(())
}

#[op2(fast)]
fn op_window_unlisten(
    state: &OpState,
    #[string] kind: &str,
    #[string] value: &str,
) -> Result<(), ExtError> {
    state
        .borrow::<Rc<Windows>>()
        .inbox
        .subscription()
        .unlisten(&filter(kind, value)?);
    Ok(())
}

/// Waits until there may be something to take.
#[op2]
async fn op_window_wait(state: Rc<RefCell<OpState>>) {
    windows(&state).inbox.wait().await;
}

/// Takes the events that wait; see [`Inbox::take`].
#[op2]
#[string]
fn op_window_take(state: &OpState) -> Option<String> {
    state.borrow::<Rc<Windows>>().inbox.take()
}

fn windows(state: &RefCell<OpState>) -> Rc<Windows> {
    state.borrow().borrow::<Rc<Windows>>().clone()
}

fn router(state: &RefCell<OpState>) -> Router {
    windows(state).router.clone()
}

/// Asks the router something that is answered later, and waits for the answer. Returns what the
/// router said at once, too.
async fn ask<Asked, Answer: Send + 'static>(
    question: impl FnOnce(ReplyTo<Answer>) -> Result<Asked, RouteError>,
) -> Result<(Asked, Answer), RouteError> {
    let (sender, answer) = oneshot::channel();
    // The script may have ended before the answer.
    let asked = question(Box::new(move |result| drop(sender.send(result))))?;
    let answer = answer.await.unwrap_or(Err(RouteError::HostGone))?;
    Ok((asked, answer))
}

type ReplyTo<T> = Box<dyn FnOnce(Result<T, RouteError>) + Send>;
