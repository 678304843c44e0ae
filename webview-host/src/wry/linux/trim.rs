//! Memory that was freed, given back to the system.
//!
//! The C library keeps what is freed between pieces that are still used. After messages of many
//! megabytes, and after windows, that is several times as much as is used.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::signals;

/// How long after something has happened memory is given back, once for all that happens meanwhile.
const DELAY: Duration = Duration::from_secs(10);

/// Gives memory back from time to time, while there is something that uses it.
#[derive(Default)]
pub(super) struct Trim {
    is_due: Rc<Cell<bool>>,
}

impl Trim {
    /// Something has happened by which memory may have been freed.
    pub(super) fn on_used(&self) {
        if self.is_due.replace(true) {
            return;
        }
        let is_due = self.is_due.clone();
        signals::after(DELAY, move || {
            is_due.set(false);
            // The main thread waits at most for the part of the memory that it wants some of just then.
            let thread = thread::Builder::new().name("trim".to_owned());
            if let Err(error) = thread.spawn(trim) {
                tracing::debug!(%error, "memory is not given back");
            }
        });
    }
}

/// Gives memory back, unless another thread does.
fn trim() {
    static IS_AT_WORK: AtomicBool = AtomicBool::new(false);
    if !IS_AT_WORK.swap(true, Ordering::AcqRel) {
        give_back();
        IS_AT_WORK.store(false, Ordering::Release);
    }
}

#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "a function of the C library")]
fn give_back() {
    // SAFETY: that is how glibc declares it, and it may be called at any time on any thread.
    unsafe extern "C" {
        safe fn malloc_trim(keep: usize) -> std::ffi::c_int;
    }
    malloc_trim(0);
}

#[cfg(not(target_env = "gnu"))]
fn give_back() {}
