//! Replies and backends that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_protocol::{Code, WindowCommand, WindowId, WindowSpec};
use ipc_router::RouteError;
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{Backend, BackendError, BackendEventKind, PageLink};

use crate::desk::{Desk, spec, take, window};

#[test]
fn replies_that_panic_end_nothing() {
    let mut desk = Desk::new();
    let missing = BackendError::PageNotFound("no.html".to_owned());
    desk.screen.refuse_next(missing);
    for _ in 0..2 {
        let opened = desk.router.open(WindowSpec::default(), |it| it.unwrap());
        opened.unwrap();
    }
    let panics = desk.router.open(spec("main"), |_| panic!("a reply"));
    desk.turn();
    assert_eq!(panics, Ok(window("main")));
    assert_eq!(desk.router.windows(), [window("main"), window("win-2")]);
}

/// Panics whenever it is to do something with the window `bad`, once that `is_armed`.
struct Fragile {
    backend: MemoryBackend,
    is_armed: bool,
}

impl Fragile {
    fn look(&self, id: &WindowId) {
        assert!(!self.is_armed || *id != window("bad"), "a backend");
    }
}

impl Backend for Fragile {
    fn origin(&self) -> &str {
        self.backend.origin()
    }

    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        self.look(id);
        self.backend.open(id, spec, link)
    }

    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
        self.look(id);
        self.backend.apply(id, command)
    }

    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        self.backend.eval(id, script)
    }
}

fn fragile(is_armed: bool) -> (Fragile, MemoryHandle) {
    let (backend, screen) = memory::pair();
    (Fragile { backend, is_armed }, screen)
}

#[test]
fn a_backend_that_panics_takes_no_other_request_with_it() {
    let mut desk = Desk::new();
    let (_, before) = desk.ask_for(spec("before"));
    let (bad, failed) = desk.ask_for(spec("bad"));
    let (_, after) = desk.ask_for(spec("after"));
    let (mut fragile, screen) = fragile(true);
    let pumped = catch_unwind(AssertUnwindSafe(|| desk.host.pump(&mut fragile)));
    assert!(pumped.is_err());
    assert_eq!(take(&before), Ok(()));
    assert_eq!(take(&failed), Err(RouteError::HostGone));
    let unknown = desk.try_send(&bad, "a", "1").unwrap_err();
    assert_eq!(unknown.code(), Code::UnknownWindow);

    assert!(desk.host.serve(&mut fragile), "there is more to do");
    desk.host.pump(&mut fragile);
    assert_eq!(take(&after), Ok(()));
    assert!(screen.is_open(&window("after")));
    assert_eq!(desk.router.windows(), [window("after"), window("before")]);
}

#[test]
fn a_backend_that_panics_at_a_close_closes_the_other_windows() {
    let mut desk = Desk::new();
    let (mut fragile, screen) = fragile(false);
    for name in ["bad", "good"] {
        desk.ask_for(spec(name));
    }
    desk.host.pump(&mut fragile);
    fragile.is_armed = true;
    for name in ["bad", "good"] {
        desk.host
            .on_event(BackendEventKind::CloseRequested.of(window(name)));
    }
    let pumped = catch_unwind(AssertUnwindSafe(|| desk.host.pump(&mut fragile)));
    assert!(pumped.is_err());
    desk.host.pump(&mut fragile);
    assert!(!screen.is_open(&window("good")));
    assert!(!desk.router.has_windows());
    assert_eq!(desk.heard_channels(), ["close", "close"]);
}
