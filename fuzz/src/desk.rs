//! A host over the memory backend, with the app's end of it.

use ipc_protocol::{Limits, WindowId, WindowSpec};
use ipc_router::{Filter, Router, Subscription};
use serde_json::Value as Json;
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{BackendEventKind, Host, Pumped};

use crate::realm;

pub(crate) struct Desk {
    pub(crate) router: Router,
    pub(crate) host: Host,
    pub(crate) backend: MemoryBackend,
    pub(crate) screen: MemoryHandle,
    /// Everything that the app hears but calls.
    pub(crate) events: Subscription,
    pub(crate) calls: Subscription,
    pub(crate) incidents: Subscription,
}

impl Desk {
    pub(crate) fn new(limits: Limits) -> Desk {
        let (router, port) = Router::new(limits);
        let (backend, screen) = memory::pair();
        let events = router.subscribe_within(&[Filter::All], || {});
        events.listen(&Filter::All);
        let calls = router.subscribe_within(&[Filter::Calls], || {});
        calls.listen(&Filter::Calls);
        let incidents = router.subscribe_within(&[Filter::Incidents], || {});
        incidents.listen(&Filter::Incidents);
        Desk {
            router,
            host: Host::new(port),
            backend,
            screen,
            events,
            calls,
            incidents,
        }
    }

    /// Opens a window, at once.
    pub(crate) fn open(&mut self, spec: WindowSpec) -> WindowId {
        let opened = |result: Result<(), _>| result.expect("it opens");
        let id = self.router.open(spec, opened).expect("a new id");
        self.pump();
        id
    }

    pub(crate) fn pump(&mut self) {
        assert_eq!(self.host.pump(&mut self.backend), Pumped::Waiting);
    }

    /// A page of the window posts a text, and the host takes it in.
    pub(crate) fn post(&mut self, id: &WindowId, text: String) {
        self.host.on_event(
            BackendEventKind::Message {
                origin: self.screen.origin(id),
                text,
            }
            .of(id.clone()),
        );
    }

    /// The secret of the window's preload script.
    pub(crate) fn key(&self, id: &WindowId) -> String {
        let link = self.screen.link(id).expect("the window is open");
        let key = realm::config(link.preload())["key"].take();
        key.as_str().expect("a key").to_owned()
    }

    /// Takes the batches that the host has handed to the window's page, each with its key.
    pub(crate) fn batches(&self, id: &WindowId) -> Vec<(String, Json)> {
        let scripts = self.screen.take_scripts(id).into_iter();
        scripts
            .map(|script| {
                let (key, batch) = realm::delivered(&script);
                (key, serde_json::from_str(&batch).expect("JSON"))
            })
            .collect()
    }
}
