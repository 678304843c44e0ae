//! Answers to what was asked.

use crate::RouteError;
use crate::contain::contain;

/// Where one answer goes, once. Dropping it unanswered answers [`RouteError::HostGone`].
pub struct Reply<T>(Option<Answer<T>>);

type Answer<T> = Box<dyn FnOnce(Result<T, RouteError>) + Send>;

impl<T> Reply<T> {
    /// Calls `answer`, on the thread that answers; it must not block. If it panics, that is logged
    /// as an error and goes no further.
    pub fn new(answer: impl FnOnce(Result<T, RouteError>) + Send + 'static) -> Reply<T> {
        Reply(Some(Box::new(answer)))
    }

    /// Answers.
    pub fn send(mut self, result: Result<T, RouteError>) {
        self.answer(result);
    }

    fn answer(&mut self, result: Result<T, RouteError>) {
        if let Some(answer) = self.0.take()
            && let Err(panic) = contain(|| answer(result))
        {
            panic.report("a reply");
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.answer(Err(RouteError::HostGone));
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}
