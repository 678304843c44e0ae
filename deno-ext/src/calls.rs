//! The ops of calls. Their numbers come from the router, and from events.

use std::rc::Rc;

use bytes::Bytes;
use deno_core::{OpState, op2, v8};
use ipc_protocol::{CallError, CallId, Channel, Payload, PayloadError, Step, WindowId};

use crate::ExtError;
use crate::ipc::Ipc;
use crate::send::message;
use crate::text::json;

/// Throws unless the script may answer calls on the channel.
#[op2(fast)]
pub(crate) fn op_ipc_check_channel(
    state: &OpState,
    #[string] channel: &str,
) -> Result<(), ExtError> {
    let name =
        Channel::new(channel).map_err(|error| ExtError::from(error).about_channel(channel))?;
    match name.is_reserved() {
        true => Err(ExtError::reserved(&name)),
        false => state.borrow::<Rc<Ipc>>().permissions.check_channel(&name),
    }
}

/// Opens a call, of a request or of a stream, and returns its number.
#[op2(fast)]
#[number]
pub(crate) fn op_ipc_open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &OpState,
    #[string] window: &str,
    #[string] channel: &str,
    encoded: v8::Local<'s, v8::Value>,
    is_stream: bool,
) -> Result<u64, ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let payload = Payload::from_json(json(scope, encoded), ipc.router.limits());
    open(ipc, window, channel, payload, is_stream)
        .map_err(|error| error.about_window(window).about_channel(channel))
}

/// As [`op_ipc_open`], with a payload of bytes.
#[op2(fast)]
#[number]
pub(crate) fn op_ipc_open_bytes(
    state: &OpState,
    #[string] window: &str,
    #[string] channel: &str,
    #[buffer(copy)] bytes: Bytes,
    is_stream: bool,
) -> Result<u64, ExtError> {
    let ipc = state.borrow::<Rc<Ipc>>();
    let payload = Payload::from_bytes(bytes, ipc.router.limits());
    open(ipc, window, channel, payload, is_stream)
        .map_err(|error| error.about_window(window).about_channel(channel))
}

fn open(
    ipc: &Ipc,
    window: &str,
    channel: &str,
    payload: Result<Payload, PayloadError>,
    is_stream: bool,
) -> Result<u64, ExtError> {
    let (channel, payload) = message(ipc, channel, payload)?;
    let step = match is_stream {
        true => Step::Stream { channel, payload },
        false => Step::Request { channel, payload },
    };
    Ok(ipc.router.open_call(&WindowId::new(window)?, step)?.get())
}

/// Takes more chunks of a stream that the script opened.
#[op2(fast)]
pub(crate) fn op_ipc_pull(
    state: &OpState,
    #[string] window: &str,
    #[number] call: u64,
    #[smi] count: u32,
) -> Result<bool, ExtError> {
    step(state, window, call, Step::Pull { count })
}

/// Gives up a call that the script opened.
#[op2(fast)]
pub(crate) fn op_ipc_cancel(
    state: &OpState,
    #[string] window: &str,
    #[number] call: u64,
) -> Result<bool, ExtError> {
    step(state, window, call, Step::Cancel)
}

/// Answers a call of a page: with a chunk, or with what ends it.
#[op2(fast)]
pub(crate) fn op_ipc_answer<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &OpState,
    #[string] window: &str,
    #[number] call: u64,
    encoded: v8::Local<'s, v8::Value>,
    is_chunk: bool,
) -> Result<bool, ExtError> {
    let limits = state.borrow::<Rc<Ipc>>().router.limits();
    let payload = Payload::from_json(json(scope, encoded), limits)?;
    step(state, window, call, answer(payload, is_chunk))
}

/// As [`op_ipc_answer`], with a payload of bytes.
#[op2(fast)]
pub(crate) fn op_ipc_answer_bytes(
    state: &OpState,
    #[string] window: &str,
    #[number] call: u64,
    #[buffer(copy)] bytes: Bytes,
    is_chunk: bool,
) -> Result<bool, ExtError> {
    let limits = state.borrow::<Rc<Ipc>>().router.limits();
    let payload = Payload::from_bytes(bytes, limits)?;
    step(state, window, call, answer(payload, is_chunk))
}

fn answer(payload: Payload, is_chunk: bool) -> Step {
    match is_chunk {
        true => Step::Chunk { payload },
        false => Step::Result { payload },
    }
}

/// Answers a call of a page with an error.
#[op2(fast)]
pub(crate) fn op_ipc_fail(
    state: &OpState,
    #[string] window: &str,
    #[number] call: u64,
    #[string] name: String,
    #[string] message: String,
    #[string] code: String,
) -> Result<bool, ExtError> {
    let error = CallError {
        name,
        message,
        code,
        // What a page is not told about the app.
        stack: None,
    };
    step(state, window, call, Step::Error { error })
}

/// Returns whether the call is open; if not, nothing happens.
fn step(state: &OpState, window: &str, call: u64, step: Step) -> Result<bool, ExtError> {
    let router = &state.borrow::<Rc<Ipc>>().router;
    let window = WindowId::new(window)?;
    Ok(CallId::new(call).is_some_and(|call| router.step(&window, call, step)))
}
