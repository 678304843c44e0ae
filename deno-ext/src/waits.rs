//! What a script waits for, under numbers, until it comes or the script gives it up.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use futures::future::{AbortHandle, Abortable, abortable};

use crate::ExtError;

type Awaited = Pin<Box<dyn Future<Output = Result<(), ExtError>>>>;

/// What one script waits for.
#[derive(Default)]
pub(crate) struct Waits {
    last: Cell<u32>,
    entries: RefCell<HashMap<u32, Entry>>,
}

struct Entry {
    /// `None` once somebody waits for it.
    awaited: Option<Abortable<Awaited>>,
    handle: AbortHandle,
}

impl Waits {
    /// Adds something to wait for and returns its number, which is not 0.
    pub(crate) fn add(&self, awaited: impl Future<Output = Result<(), ExtError>> + 'static) -> u32 {
        let mut entries = self.entries.borrow_mut();
        let mut number = self.last.get();
        loop {
            number = number.wrapping_add(1) % (1 << 31);
            if number != 0 && !entries.contains_key(&number) {
                break;
            }
        }
        self.last.set(number);
        let (awaited, handle) = abortable(Box::pin(awaited) as Awaited);
        let awaited = Some(awaited);
        entries.insert(number, Entry { awaited, handle });
        number
    }

    /// Waits for it. Returns whether it came; if not, it was given up.
    pub(crate) async fn wait(&self, number: u32) -> Result<bool, ExtError> {
        let entry = self.entries.borrow_mut();
        let awaited = { entry }
            .get_mut(&number)
            .and_then(|entry| entry.awaited.take());
        let Some(awaited) = awaited else {
            return Ok(false);
        };
        let result = awaited.await;
        self.entries.borrow_mut().remove(&number);
        result.map_or(Ok(false), |came| came.map(|()| true))
    }

    /// Gives it up: who waits for it goes on.
    pub(crate) fn give_up(&self, number: u32) {
        if let Some(entry) = self.entries.borrow_mut().remove(&number) {
            entry.handle.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::future::{pending, ready};

    use futures::FutureExt;
    use ipc_protocol::WindowId;
    use ipc_router::RouteError;

    use super::*;

    #[test]
    fn what_comes_is_waited_for_once() {
        let waits = Waits::default();
        let number = waits.add(ready(Ok(())));
        assert!(waits.wait(number).now_or_never().unwrap().unwrap());
        assert!(!waits.wait(number).now_or_never().unwrap().unwrap());
        assert!(!waits.wait(0).now_or_never().unwrap().unwrap());
    }

    #[test]
    fn an_error_comes_too() {
        let waits = Waits::default();
        let error = RouteError::UnknownWindow(WindowId::new("a").unwrap());
        let number = waits.add(ready(Err(error.into())));
        let error = waits.wait(number).now_or_never().unwrap().unwrap_err();
        assert_eq!(error.code().as_str(), "unknown-window");
    }

    #[test]
    fn what_is_given_up_comes_at_once() {
        let waits = Waits::default();
        let (first, second) = (waits.add(pending()), waits.add(pending()));
        assert_ne!(first, second);
        let mut waiting = Box::pin(waits.wait(first));
        assert!(waiting.as_mut().now_or_never().is_none());
        waits.give_up(first);
        assert!(!waiting.now_or_never().unwrap().unwrap());
        // Also before anyone waits, and twice.
        waits.give_up(second);
        waits.give_up(second);
        assert!(!waits.wait(second).now_or_never().unwrap().unwrap());
        assert!(waits.entries.borrow().is_empty());
    }
}
