//! The extension `host_instances`: the module `host:app`.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;

use deno_core::{Extension, OpState, op2};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Receiver;

use crate::sources::sources;

/// Somebody has started the app, and the start has ended since this instance runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The app's own arguments.
    pub args: Vec<String>,
    /// The directory in which it was started: relative paths in the arguments are from there.
    pub directory: String,
}

deno_core::extension!(
    host_instances,
    ops = [op_instances_wait],
    synthetic_esm = ["host:app" = "ext:host_instances/instances.js"],
    options = { starts: Receiver<Start> },
    state = |state, options| {
        state.put(Starts(Rc::new(RefCell::new(options.starts))));
    },
    customizer = |extension: &mut Extension| {
        extension.lazy_loaded_js_files = sources!("host_instances": "errors.js", "callbacks.js", "instances.js");
    },
    docs = "The module `host:app`. `init(starts)` takes the queue in which other starts of the app",
    "come. They stay there until the script listens: give it no more room than may wait.",
);

struct Starts(Rc<RefCell<Receiver<Start>>>);

/// The next start; none when no more will come.
#[op2]
#[serde]
async fn op_instances_wait(state: Rc<RefCell<OpState>>) -> Option<Start> {
    let starts = state.borrow().borrow::<Starts>().0.clone();
    poll_fn(|cx| starts.borrow_mut().poll_recv(cx)).await
}
