//! How one side tells the other that there is something to take.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::contain::contain;

/// Told, on the caller's thread and without a lock held, that a queue has something to take.
///
/// A wake carries nothing and may come more often than needed: take what is there, and that may
/// be nothing. It must be quick; closures are fine. One that panics is not heard, and harms nobody
/// else: its first panic is logged as an error.
pub trait Wake: Send + Sync + 'static {
    /// Wakes whoever drains the queue.
    fn wake(&self);
}

impl<F: Fn() + Send + Sync + 'static> Wake for F {
    fn wake(&self) {
        self();
    }
}

/// A wake whose panics go no further, not even the one of its drop.
pub(crate) struct Contained {
    /// `None` only while it is dropped.
    wake: Option<Box<dyn Wake>>,
    has_panicked: AtomicBool,
}

impl Contained {
    pub(crate) fn new(wake: impl Wake) -> Contained {
        Contained {
            wake: Some(Box::new(wake)),
            has_panicked: AtomicBool::new(false),
        }
    }

    pub(crate) fn wake(&self) {
        let woken = contain(|| self.wake.iter().for_each(|wake| wake.wake()));
        if let Err(panic) = woken
            && !self.has_panicked.swap(true, Ordering::Relaxed)
        {
            panic.report("a wake");
        }
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        let wake = self.wake.take();
        if let Err(panic) = contain(|| drop(wake)) {
            panic.report("the drop of a wake");
        }
    }
}
