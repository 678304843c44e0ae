//! `host:window`: opening windows and what may be asked of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::rc::Rc;

use deno_core::{Extension, OpState, op2};
use futures::channel::oneshot;
use ipc_protocol::{
    Dialog, DialogAnswer, ExternalUrl, Screen, Theme, WindowCommand, WindowId, WindowSpec,
    WindowState,
};
use ipc_router::{Filter, RouteError, Router, Window};
use serde::Serialize;

use crate::inbox::{Inbox, filter};
use crate::sources::sources;
use crate::{ExtError, Permissions};

/// What this extension keeps in the runtime's state.
struct Windows {
    router: Router,
    permissions: Permissions,
    inbox: Inbox,
    handles: RefCell<Handles>,
}

/// The open windows that the script has handles of.
#[derive(Default)]
struct Handles {
    windows: HashMap<u32, Window>,
    last: u32,
}

deno_core::extension!(
    host_window,
    ops = [
        op_window_open,
        op_window_is_open,
        op_window_list,
        op_window_find,
        op_window_command,
        op_window_close,
        op_window_state,
        op_window_dialog,
        op_window_open_external,
        op_window_screens,
        op_window_theme,
        op_window_theme_after,
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
            handles: RefCell::default(),
        }));
    },
    customizer = |extension: &mut Extension| {
        extension.lazy_loaded_js_files = sources!("host_window": "errors.js", "outcomes.js", "callbacks.js", "options.js", "queue.js", "stream.js", "events.js", "themes.js", "window.js");
    },
    docs = "The module `host:window`. `init(router, permissions)` takes the router that leads to the",
    "windows, and what the script may do; of the permissions all but `channels` count here.",
);

/// An opened window: the number of its handle, and its id.
#[derive(Serialize)]
struct Opened {
    handle: u32,
    id: String,
}

/// Opens a window from the JSON of its options, and returns once it exists.
#[op2]
#[serde]
async fn op_window_open(
    state: Rc<RefCell<OpState>>,
    #[string] options: String,
) -> Result<Opened, ExtError> {
    let spec = WindowSpec::from_json(&options)?;
    let windows = windows(&state);
    windows.permissions.check_open(&spec)?;
    let router = &windows.router;
    let asked = ask(|reply| router.open(spec, reply).map(|id| router.window(&id)));
    let (window, ()) = asked.await?;
    Ok(windows.opened(window?))
}

/// The open windows, sorted by id: those that the script has opened, and others of the app.
#[op2]
#[serde]
fn op_window_list(state: &OpState) -> Vec<Opened> {
    let windows = state.borrow::<Rc<Windows>>();
    let open = windows.router.open_windows().into_iter();
    open.map(|window| windows.opened(window)).collect()
}

/// Whether a handle's window is open.
#[op2(fast)]
fn op_window_is_open(state: &OpState, #[smi] handle: u32) -> bool {
    let window = state.borrow::<Rc<Windows>>().of(handle);
    window.is_some_and(|window| window.is_open())
}

/// The open window with an id.
#[op2]
#[serde]
fn op_window_find(state: &OpState, #[string] id: &str) -> Result<Option<Opened>, ExtError> {
    let windows = state.borrow::<Rc<Windows>>();
    let id = WindowId::new(id)?;
    let mut open = windows.router.open_windows().into_iter();
    let found = open.find(|window| *window.id() == id);
    Ok(found.map(|window| windows.opened(window)))
}

/// Asks something of a handle's window, as JSON; the id is for errors. `false` when it was to be closed
/// and was closed already.
#[op2]
async fn op_window_command(
    state: Rc<RefCell<OpState>>,
    #[smi] handle: u32,
    #[string] id: String,
    #[string] command: String,
) -> Result<bool, ExtError> {
    let command = WindowCommand::from_json(&command)
        .map_err(|error| ExtError::from(error).about_window(&id))?;
    let windows = windows(&state);
    if let WindowCommand::Navigate(page) = &command {
        let checked = windows.permissions.check_page(page);
        checked.map_err(|error| error.about_window(&id))?;
    }
    let is_close = command == WindowCommand::Close;
    let window = windows.open(handle, &id);
    let asked = async { ask(|reply| window?.command(command, reply)).await };
    unless_closed(asked.await, is_close)
}

/// Closes the window with an id. `false` when it was closed already.
#[op2]
async fn op_window_close(
    state: Rc<RefCell<OpState>>,
    #[string] id: String,
) -> Result<bool, ExtError> {
    let id = WindowId::new(&id)?;
    let router = windows(&state).router.clone();
    unless_closed(
        ask(|reply| router.command(&id, WindowCommand::Close, reply)).await,
        true,
    )
}

/// What became of a command: a window that was to be closed may be closed.
fn unless_closed(asked: Result<((), ()), RouteError>, is_close: bool) -> Result<bool, ExtError> {
    match asked {
        Ok(_) => Ok(true),
        Err(RouteError::WindowClosed(_)) if is_close => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How a handle's window stands; the id is for errors.
#[op2]
#[serde]
async fn op_window_state(
    state: Rc<RefCell<OpState>>,
    #[smi] handle: u32,
    #[string] id: String,
) -> Result<WindowState, ExtError> {
    let window = windows(&state).open(handle, &id)?;
    let ((), window_state) = ask(|reply| window.state(reply)).await?;
    Ok(window_state)
}

/// Shows a dialog of the window with this id, and waits for the answer. The options are JSON.
#[op2]
#[serde]
async fn op_window_dialog(
    state: Rc<RefCell<OpState>>,
    #[string] id: String,
    #[string] kind: String,
    #[string] options: String,
) -> Result<Answered, ExtError> {
    let windows = windows(&state);
    windows.permissions.check_dialogs()?;
    let dialog = match &*kind {
        "openFile" => Dialog::open_file_from_json(&options),
        "saveFile" => Dialog::save_file_from_json(&options),
        _ => Dialog::message_from_json(&options),
    };
    let dialog = dialog.map_err(|error| ExtError::from(error).about_window(&id))?;
    let window = windows.router.window(&WindowId::new(&id)?)?;
    let ((), answer) = ask(|reply| window.dialog(dialog, reply)).await?;
    Answered::of(answer).map_err(|error| error.about_window(&id))
}

/// Has the system open a URL in another program.
#[op2]
async fn op_window_open_external(
    state: Rc<RefCell<OpState>>,
    #[string] url: String,
) -> Result<(), ExtError> {
    let windows = windows(&state);
    windows.permissions.check_open_external()?;
    let url = ExternalUrl::new(&url)?;
    Ok(answer(|reply| windows.router.open_external(url, reply)).await?)
}

/// The screens of the desktop.
#[op2]
#[serde]
async fn op_window_screens(state: Rc<RefCell<OpState>>) -> Result<Vec<Screen>, ExtError> {
    let windows = windows(&state);
    Ok(answer(|reply| windows.router.screens(reply)).await?)
}

/// The theme of the desktop.
#[op2]
#[serde]
async fn op_window_theme(state: Rc<RefCell<OpState>>) -> Result<Theme, ExtError> {
    theme_after(&state, None).await
}

/// The same, as soon as it is another one than is known. Its promise is not to keep a script alive.
#[op2]
#[serde]
async fn op_window_theme_after(
    state: Rc<RefCell<OpState>>,
    #[serde] known: Option<Theme>,
) -> Result<Theme, ExtError> {
    theme_after(&state, known).await
}

async fn theme_after(state: &RefCell<OpState>, known: Option<Theme>) -> Result<Theme, ExtError> {
    let windows = windows(state);
    Ok(answer(|reply| windows.router.theme(known, reply)).await?)
}

/// The user's answer to a dialog, or neither.
#[derive(Default, Serialize)]
struct Answered {
    files: Option<Vec<String>>,
    button: Option<u32>,
}

impl Answered {
    fn of(answer: DialogAnswer) -> Result<Answered, ExtError> {
        let text = |path: PathBuf| {
            let text = path.into_os_string().into_string();
            text.map_err(|path| ExtError::not_text(&path.to_string_lossy()))
        };
        Ok(match answer {
            DialogAnswer::Files(files) => Answered {
                files: Some(files.into_iter().map(text).collect::<Result<_, _>>()?),
                ..Answered::default()
            },
            DialogAnswer::Button(number) => Answered {
                button: u32::try_from(number).ok(),
                ..Answered::default()
            },
            _ => Answered::default(),
        })
    }
}

/// Waits until a handle's window is closed. Pending, it keeps the event loop alive.
#[op2]
async fn op_window_closed(state: Rc<RefCell<OpState>>, #[smi] handle: u32) {
    let windows = windows(&state);
    let Some(window) = windows.of(handle) else {
        return;
    };
    let (sender, closed) = oneshot::channel();
    window.on_closed(move || {
        // The script may have ended in the meantime.
        let _ = sender.send(());
    });
    // A sender that is gone says the same.
    let _ = closed.await;
    windows.handles.borrow_mut().windows.remove(&handle);
}

impl Windows {
    /// The id of an open window, and its handle, which is always the same.
    fn opened(&self, window: Window) -> Opened {
        let id = window.id().to_string();
        let handle = self.handles.borrow_mut().of(window);
        Opened { handle, id }
    }

    /// A handle's window, as long as it is open, and maybe a moment longer.
    fn of(&self, handle: u32) -> Option<Window> {
        self.handles.borrow().windows.get(&handle).cloned()
    }

    /// The same, or the error that it is closed.
    fn open(&self, handle: u32, id: &str) -> Result<Window, RouteError> {
        match self.of(handle) {
            Some(window) => Ok(window),
            // The id was one before.
            None => Err(WindowId::new(id).map_or(RouteError::HostGone, RouteError::WindowClosed)),
        }
    }
}

impl Handles {
    fn of(&mut self, window: Window) -> u32 {
        let known = self.windows.iter().find(|(_, known)| **known == window);
        if let Some((handle, _)) = known {
            return *handle;
        }
        loop {
            self.last = self.last.wrapping_add(1);
            if let Entry::Vacant(entry) = self.windows.entry(self.last) {
                entry.insert(window);
                return self.last;
            }
        }
    }
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

/// The same of a question that is always asked.
async fn answer<Answer: Send + 'static>(
    question: impl FnOnce(ReplyTo<Answer>),
) -> Result<Answer, RouteError> {
    let asked = |reply| {
        question(reply);
        Ok(())
    };
    let ((), answer) = ask(asked).await?;
    Ok(answer)
}

type ReplyTo<T> = Box<dyn FnOnce(Result<T, RouteError>) + Send>;
