//! Threads on which an engine may run.

use std::any::Any;
use std::sync::{LazyLock, mpsc};
use std::thread;

use deno_core::JsRuntime;

/// As much as a main thread has.
const STACK: usize = 8 << 20;

/// Starts a thread. V8 wants its platform set up by a parent of each thread that uses it, so all
/// of them have one parent.
pub(super) fn spawn(job: impl FnOnce() + Send + 'static) {
    type Job = Box<dyn FnOnce() + Send>;
    static PARENT: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        thread::spawn(move || {
            JsRuntime::init_platform(None);
            for job in jobs {
                thread::Builder::new().stack_size(STACK).spawn(job).unwrap();
            }
        });
        sender
    });
    PARENT.send(Box::new(job)).unwrap();
}

/// The text of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without text").to_owned()
}
