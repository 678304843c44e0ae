//! `Deno.exit`.

use std::cell::Cell;
use std::rc::Rc;

use deno_core::{OpState, op2, v8};

/// How the script ends its app, and whether it has.
#[derive(Clone)]
pub(crate) struct ExitRequest {
    tell: Rc<dyn Fn(i32)>,
    made: Rc<Cell<bool>>,
}

impl ExitRequest {
    pub(super) fn new(tell: Rc<dyn Fn(i32)>) -> Self {
        Self {
            tell,
            made: Rc::default(),
        }
    }

    /// Whether the script has asked to end.
    pub(crate) fn is_made(&self) -> bool {
        self.made.get()
    }
}

#[op2(fast, reentrant)]
pub(super) fn op_app_exit(scope: &mut v8::PinScope<'_, '_>, state: &OpState, #[smi] code: i32) {
    let request = state.borrow::<ExitRequest>();
    request.made.set(true);
    (request.tell)(code);
    scope.terminate_execution();
}
