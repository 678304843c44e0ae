//! The ops that send messages.

use std::rc::Rc;

use bytes::Bytes;
use deno_core::{OpState, op2, v8};
use futures::channel::oneshot;
use ipc_protocol::{Channel, Escaped, Payload, PayloadError, WindowId};
use ipc_router::{Reply, RouteError, Until};
use serde::Serialize;

use crate::ExtError;
use crate::ipc::Ipc;
use crate::text::json;

/// Sends a message. Returns 0 when it has come as far as its sender wants, or else what to wait
/// for: until the page's handlers have received it, with `ack`, or until there is room for it.
#[op2(fast)]
#[smi]
pub(crate) fn op_ipc_send<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &OpState,
    #[string] window: &str,
    #[string] channel: &str,
    encoded: v8::Local<'s, v8::Value>,
    ack: bool,
) -> Result<u32, ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let payload = Payload::from_json(json(scope, encoded), ipc.router.limits());
    send_to_one(ipc, window, channel, payload, ack)
}

/// As [`op_ipc_send`], with a payload of bytes.
#[op2(fast)]
#[smi]
pub(crate) fn op_ipc_send_bytes(
    state: &OpState,
    #[string] window: &str,
    #[string] channel: &str,
    #[buffer(copy)] bytes: Bytes,
    ack: bool,
) -> Result<u32, ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let payload = Payload::from_bytes(bytes, ipc.router.limits());
    send_to_one(ipc, window, channel, payload, ack)
}

fn send_to_one(
    ipc: &Ipc,
    window: &str,
    channel: &str,
    payload: Result<Payload, PayloadError>,
    ack: bool,
) -> Result<u32, ExtError> {
    let about = |error: ExtError| error.about_window(window).about_channel(channel);
    let (channel, payload) = message(ipc, channel, payload).map_err(about)?;
    let outcome = send(ipc, window, &channel, &payload, ack).map_err(about)?;
    Ok(outcome.unwrap_or(0))
}

/// What became of a broadcast in one window so far; nothing when all went well.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    /// What to wait for.
    Waits(u32),
    /// Why it was not accepted.
    Refused { code: &'static str, message: String },
}

/// One outcome for each window, in their order; nothing when all is well with all. Fails as a whole
/// when the message itself is bad.
#[op2]
#[serde]
pub(crate) fn op_ipc_broadcast<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &OpState,
    #[serde] windows: Vec<String>,
    #[string] channel: &str,
    encoded: v8::Local<'s, v8::Value>,
    ack: bool,
) -> Result<Option<Vec<Option<Outcome>>>, ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let payload = Payload::from_json(json(scope, encoded), ipc.router.limits());
    send_to_many(ipc, &windows, channel, payload, ack)
}

/// As [`op_ipc_broadcast`], with a payload of bytes.
#[op2]
#[serde]
pub(crate) fn op_ipc_broadcast_bytes(
    state: &OpState,
    #[serde] windows: Vec<String>,
    #[string] channel: &str,
    #[buffer(copy)] bytes: Bytes,
    ack: bool,
) -> Result<Option<Vec<Option<Outcome>>>, ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let payload = Payload::from_bytes(bytes, ipc.router.limits());
    send_to_many(ipc, &windows, channel, payload, ack)
}

fn send_to_many(
    ipc: &Ipc,
    windows: &[String],
    channel: &str,
    payload: Result<Payload, PayloadError>,
    ack: bool,
) -> Result<Option<Vec<Option<Outcome>>>, ExtError> {
    let (channel, payload) =
        message(ipc, channel, payload).map_err(|error| error.about_channel(channel))?;
    let outcomes = windows
        .iter()
        .map(|window| match send(ipc, window, &channel, &payload, ack) {
            Ok(wait) => wait.map(Outcome::Waits),
            Err(error) => Some(Outcome::Refused {
                code: error.code().as_str(),
                message: error.to_string(),
            }),
        });
    let outcomes: Vec<_> = outcomes.collect();
    Ok(outcomes.iter().any(Option::is_some).then_some(outcomes))
}

/// The ids of the open windows.
#[op2]
#[serde]
pub(crate) fn op_ipc_windows(state: &OpState) -> Vec<String> {
    let windows = state.borrow::<Rc<Ipc>>().router.windows();
    windows.iter().map(WindowId::to_string).collect()
}

/// Both as they are to be, or what is wrong with the first that is not.
pub(crate) fn message(
    ipc: &Ipc,
    channel: &str,
    payload: Result<Payload, PayloadError>,
) -> Result<(Channel, Payload), ExtError> {
    let channel = Channel::new(channel)?;
    ipc.permissions.check_channel(&channel)?;
    Ok((channel, payload?))
}

/// Returns what the sender has to wait for, if it has to.
fn send(
    ipc: &Ipc,
    window: &str,
    channel: &Channel,
    payload: &Payload,
    ack: bool,
) -> Result<Option<u32>, ExtError> {
    let until = match ack {
        true => Until::Received,
        false => Until::Accepted,
    };
    let window = WindowId::new(window)?;
    let mut outcome = None;
    let sent = ipc
        .router
        .send_or_wait(until, &window, channel, payload, || {
            let (sender, receiver) = oneshot::channel();
            outcome = Some(receiver);
            Reply::new(move |result| {
                // The script may have ended before the answer, or given it up.
                let _ = sender.send(result);
            })
        });
    sent.inspect_err(|error| {
        tracing::debug!(target: "ipc", window = %Escaped(&window), channel = %Escaped(channel), code = %error.code(), "a message to the window is refused");
    })?;
    let wait = outcome.map(|outcome| {
        let channel = channel.clone();
        ipc.waits.add(async move {
            let result = outcome.await.unwrap_or(Err(RouteError::HostGone));
            result.map_err(|error| {
                let error = ExtError::from(error);
                error
                    .about_window(window.as_str())
                    .about_channel(channel.as_str())
            })
        })
    });
    Ok(wait)
}
