//! Memory that was freed, given back to the system.
//!
//! The C library keeps what is freed between pieces that are still used. After messages of many
//! megabytes, and after windows, that is several times as much as is used.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use super::signals;

/// How long after something has happened memory is given back, once for all that happens meanwhile.
const DELAY: Duration = Duration::from_secs(10);

/// Gives memory back, some time after something has happened.
#[derive(Clone, Default)]
pub(super) struct Memory {
    is_due: Rc<Cell<bool>>,
}

impl Memory {
    /// Something has happened by which memory may have been freed.
    pub(super) fn on_used(&self) {
        if self.is_due.replace(true) {
            return;
        }
        let is_due = self.is_due.clone();
        signals::after(DELAY, move || {
            is_due.set(false);
            // It takes milliseconds, for which windows need not wait. Without a thread there is none.
            let _ = thread::Builder::new().spawn(give_back);
        });
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
