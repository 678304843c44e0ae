//! How one side tells the other that there is something to take.

/// Told, on the caller's thread and without a lock held, that a queue has something to take.
///
/// A wake carries nothing and may come more often than needed: take what is there, and that may
/// be nothing. It must be quick and must not panic; closures are fine.
pub trait Wake: Send + Sync + 'static {
    /// Wakes whoever drains the queue.
    fn wake(&self);
}

impl<F: Fn() + Send + Sync + 'static> Wake for F {
    fn wake(&self) {
        self();
    }
}
