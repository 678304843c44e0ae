//! `host:ipc`: messages to windows, the events that windows send, and calls both ways.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use deno_core::{Extension, OpState, op2};
use ipc_protocol::{Channel, Policy};
use ipc_router::{Filter, Router};

use crate::calls::{
    op_ipc_answer, op_ipc_answer_bytes, op_ipc_cancel, op_ipc_check_channel, op_ipc_fail,
    op_ipc_open, op_ipc_open_bytes, op_ipc_pull,
};
use crate::inbox::{Inbox, filter};
use crate::send::{
    op_ipc_broadcast, op_ipc_broadcast_bytes, op_ipc_send, op_ipc_send_bytes, op_ipc_windows,
};
use crate::sources::sources;
use crate::stats::StatsObject;
use crate::text::op_ipc_long;
use crate::unheard::op_ipc_watch_unheard;
use crate::waits::Waits;
use crate::{ExtError, Permissions};

/// What this extension keeps in the runtime's state.
pub(crate) struct Ipc {
    pub(crate) router: Router,
    pub(crate) waits: Waits,
    pub(crate) permissions: Permissions,
    inbox: Inbox,
}

deno_core::extension!(
    host_ipc,
    ops = [
        op_ipc_send,
        op_ipc_send_bytes,
        op_ipc_broadcast,
        op_ipc_broadcast_bytes,
        op_ipc_windows,
        op_ipc_long,
        op_ipc_check_channel,
        op_ipc_open,
        op_ipc_open_bytes,
        op_ipc_pull,
        op_ipc_cancel,
        op_ipc_answer,
        op_ipc_answer_bytes,
        op_ipc_fail,
        op_ipc_sleep,
        op_ipc_slept,
        op_ipc_hold,
        op_ipc_waited,
        op_ipc_give_up,
        op_ipc_configure,
        op_ipc_stats,
        op_ipc_listen,
        op_ipc_unlisten,
        op_ipc_wait,
        op_ipc_take,
        op_ipc_take_bytes,
        op_ipc_dropped,
        op_ipc_watch_unheard,
    ],
    synthetic_esm = ["host:ipc" = "ext:host_ipc/ipc.js"],
    options = { router: Router, permissions: Permissions },
    state = |state, options| {
        state.put(Rc::new(Ipc {
            inbox: Inbox::new(
                &options.router,
                &[Filter::All, Filter::Calls],
                options.permissions.channels.clone(),
            ),
            waits: Waits::default(),
            permissions: options.permissions,
            router: options.router,
        }));
    },
    customizer = |extension: &mut Extension| {
        extension.lazy_loaded_js_files = sources!("host_ipc": "errors.js", "outcomes.js", "callbacks.js", "options.js", "queue.js", "stream.js", "events.js", "checks.js", "payloads.js", "waits.js", "turns.js", "losses.js", "consumers.js", "sending.js", "calls.js", "answers.js", "ipc.js"; "unfit.js" = preload_js::UNFIT);
    },
    docs = "The module `host:ipc`. `init(router, permissions)` takes the router that leads to the",
    "windows, and what the script may do; of the permissions, `channels` counts here.",
);

/// Starts a timer of `ms` milliseconds; 0 waits for one turn of the event loop. See [`Waits::add`].
#[op2(fast)]
#[smi]
fn op_ipc_sleep(state: &OpState, #[smi] ms: u32) -> u32 {
    let sleep = async move {
        match ms {
            0 => tokio::task::yield_now().await,
            ms => tokio::time::sleep(Duration::from_millis(ms.into())).await,
        }
        Ok(())
    };
    state.borrow::<Rc<Ipc>>().waits.add(sleep)
}

/// Begins to wait for nothing, which keeps the script alive; see [`Waits::add`].
#[op2(fast)]
#[smi]
fn op_ipc_hold(state: &OpState) -> u32 {
    state.borrow::<Rc<Ipc>>().waits.add(pending())
}

/// Waits until a time is over; see [`Waits::wait`]. It keeps no script alive.
#[op2]
async fn op_ipc_slept(state: Rc<RefCell<OpState>>, #[smi] wait: u32) -> Result<bool, ExtError> {
    ipc(&state).waits.wait(wait).await
}

/// Waits for anything else; see [`Waits::wait`].
#[op2]
async fn op_ipc_waited(state: Rc<RefCell<OpState>>, #[smi] wait: u32) -> Result<bool, ExtError> {
    ipc(&state).waits.wait(wait).await
}

/// See [`Waits::give_up`].
#[op2(fast)]
fn op_ipc_give_up(state: &OpState, #[smi] wait: u32) {
    state.borrow::<Rc<Ipc>>().waits.give_up(wait);
}

/// Sets the policy of the channels that a name or a pattern covers, from its JSON.
#[op2(fast)]
fn op_ipc_configure(
    state: &OpState,
    #[string] pattern: &str,
    #[string] policy: &str,
) -> Result<(), ExtError> {
    let about = |error: ExtError| error.about_channel(pattern);
    let policy = Policy::from_json(policy).map_err(|error| about(error.into()))?;
    let name = Channel::new(pattern).map_err(|error| about(error.into()))?;
    let ipc = state.borrow::<Rc<Ipc>>();
    ipc.permissions.check_pattern(&name)?;
    ipc.router
        .configure(pattern, policy)
        .map_err(|error| about(error.into()))
}

/// How much waits, and what became of the rest.
#[op2]
#[serde]
fn op_ipc_stats(state: &OpState) -> StatsObject {
    state.borrow::<Rc<Ipc>>().router.stats().into()
}

#[op2(fast)]
fn op_ipc_listen(
    state: &OpState,
    #[string] kind: &str,
    #[string] value: &str,
) -> Result<(), ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let filter = filter(kind, value)?;
    if let Filter::Channel(channel) = &filter {
        ipc.permissions.check_channel(channel)?;
    }
    ipc.inbox.subscription().listen(&filter);
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
    ipc(&state).inbox.wait().await;
}

/// Takes the events that wait; see [`Inbox::take`].
#[op2]
#[string]
fn op_ipc_take(state: &OpState) -> Option<String> {
    state.borrow::<Rc<Ipc>>().inbox.take()
}

/// Takes the next bytes of the events that were taken; see [`Inbox::take_bytes`].
#[op2]
#[buffer]
fn op_ipc_take_bytes(state: &OpState) -> Vec<u8> {
    state.borrow::<Rc<Ipc>>().inbox.take_bytes()
}

/// How many events were dropped so far because the script was too slow.
#[op2(fast)]
#[number]
fn op_ipc_dropped(state: &OpState) -> u64 {
    let ipc = state.borrow::<Rc<Ipc>>();
    ipc.inbox.subscription().dropped()
}

fn ipc(state: &RefCell<OpState>) -> Rc<Ipc> {
    state.borrow().borrow::<Rc<Ipc>>().clone()
}
