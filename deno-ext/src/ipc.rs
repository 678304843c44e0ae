//! `host:ipc`: messages to windows, and the events that windows send.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::{OpState, op2};
use ipc_protocol::{Channel, Payload, WindowId};
use ipc_router::{Filter, Router};
use serde::Serialize;

use crate::ExtError;
use crate::inbox::{Inbox, filter};

/// What this extension keeps in the runtime's state.
struct Ipc {
    router: Router,
    inbox: Inbox,
}

deno_core::extension!(
    host_ipc,
    ops = [
        op_ipc_send,
        op_ipc_broadcast,
        op_ipc_listen,
        op_ipc_unlisten,
        op_ipc_wait,
        op_ipc_take,
    ],
    lazy_loaded_js = [dir "src/js", "errors.js", "events.js", "ipc.js"],
    synthetic_esm = ["host:ipc" = "ext:host_ipc/ipc.js"],
    options = { router: Router },
    state = |state, options| {
        state.put(Rc::new(Ipc {
            inbox: Inbox::new(&options.router, Filter::All),
            router: options.router,
        }));
    },
    docs = "The module `host:ipc`. `init(router)` takes the router that leads to the windows.",
);

/// What became of a broadcast in one window; nothing when it was accepted.
#[derive(Serialize)]
struct Refusal {
    code: &'static str,
    message: String,
}

#[op2(fast)]
fn op_ipc_send(
    state: &OpState,
    #[string] window: &str,
    #[string] channel: &str,
    #[string] payload: String,
) -> Result<(), ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    send(&ipc.router, window, channel, payload)
        .map_err(|error| error.about_window(window).about_channel(channel))
}

fn send(router: &Router, window: &str, channel: &str, payload: String) -> Result<(), ExtError> {
    let (channel, payload) = message(router, channel, payload)?;
    Ok(router.send(&WindowId::new(window)?, &channel, &payload)?)
}

fn message(
    router: &Router,
    channel: &str,
    payload: String,
) -> Result<(Channel, Payload), ExtError> {
    let channel = Channel::new(channel)?;
    Ok((channel, Payload::from_json(payload, router.limits())?))
}

/// One result for each window, in their order. Fails as a whole when the message itself is bad.
#[op2]
#[serde]
fn op_ipc_broadcast(
    state: &OpState,
    #[serde] windows: Vec<String>,
    #[string] channel: &str,
    #[string] payload: String,
) -> Result<Vec<Option<Refusal>>, ExtError> {
    let router = &state.borrow::<Rc<Ipc>>().router;
    let (channel, payload) =
        message(router, channel, payload).map_err(|error| error.about_channel(channel))?;
    let ids: Vec<_> = windows.iter().map(WindowId::new).collect();
    let valid: Vec<_> = ids.iter().flatten().cloned().collect();
    let mut sent = router.broadcast(&valid, &channel, &payload).into_iter();
    let results = ids.into_iter().map(|id| {
        let result = match id {
            Ok(_) => sent.next()?.map_err(ExtError::from),
            Err(error) => Err(error.into()),
        };
        result.err().map(|error| Refusal {
            code: error.code().as_str(),
            message: error.to_string(),
        })
    });
    Ok(results.collect())
}

#[op2(fast)]
fn op_ipc_listen(
    state: &OpState,
    #[string] kind: &str,
    #[string] value: &str,
) -> Result<(), ExtError> {
    state
        .borrow::<Rc<Ipc>>()
        .inbox
        .subscription()
        .listen(&filter(kind, value)?);
    Ok(())
}

#[op2(fast)]
fn op_ipc_unlisten(
    state: &OpState,
    #[string] kind: &str,
    #[string] value: &str,
) -> Result<(), ExtError> {
    state
        .borrow::<Rc<Ipc>>()
        .inbox
        .subscription()
        .unlisten(&filter(kind, value)?);
    Ok(())
}

/// Waits until there may be something to take.
#[op2]
async fn op_ipc_wait(state: Rc<RefCell<OpState>>) {
    let ipc = state.borrow().borrow::<Rc<Ipc>>().clone();
    ipc.inbox.wait().await;
}

/// Takes the events that wait; see [`Inbox::take`].
#[op2]
#[string]
fn op_ipc_take(state: &OpState) -> Option<String> {
    state.borrow::<Rc<Ipc>>().inbox.take()
}
