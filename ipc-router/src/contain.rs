//! Panics of what an app gives the router to call.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_protocol::Escaped;

/// What a panic said.
pub(crate) struct Panicked(String);

/// Calls what an app gave us. A panic in it goes no further, so that nobody else is harmed: not
/// who is to be called next, and not the process, which ends if a panic meets another one.
pub(crate) fn contain<T>(call: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = text_of(&*panic);
        // What was thrown may panic in its turn when it is dropped.
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(another);
        }
        Panicked(text)
    })
}

impl Panicked {
    /// Reports it; `callback` says what has panicked.
    pub(crate) fn report(&self, callback: &str) {
        tracing::error!(target: "ipc", panic = %Escaped(&self.0), "{callback} has panicked");
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(not a text)").to_owned()
}
