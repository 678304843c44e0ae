//! What a broadcast costs from the router to the scripts that windows are handed, and back to the
//! acknowledgements of their pages, over the backend in memory.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ipc_protocol::{Channel, Limits, Payload, WindowId, WindowSpec};
use ipc_router::Router;
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{Host, Pumped};

/// How many windows there are.
const WINDOWS: [usize; 3] = [1, 8, 64];

/// How many broadcasts there are in a flood.
const FLOOD: usize = 100;

fn main() {
    divan::main();
}

/// A host with windows, and the pages in them.
struct Desk {
    router: Router,
    host: Host,
    backend: MemoryBackend,
    screen: MemoryHandle,
    ids: Vec<WindowId>,
    pages: Vec<Page>,
}

/// A page that listens on channel `rows`.
struct Page {
    /// The start of each of its batches, up to the number of the frame that it acknowledges.
    greeting: String,
    /// How many frames it has been handed.
    handled: u64,
}

impl Desk {
    fn new(windows: usize) -> Desk {
        let (router, port) = Router::new(Limits::default());
        let (backend, screen) = memory::pair();
        let mut desk = Desk {
            router,
            host: Host::new(port),
            backend,
            screen,
            ids: Vec::new(),
            pages: Vec::new(),
        };
        for n in 0..windows {
            let mut spec = WindowSpec::default();
            spec.id = Some(WindowId::new(format!("w{n}")).expect("an id"));
            let id = desk.router.open(spec, |_| {}).expect("a window");
            desk.pump();
            let page = desk.load(&id);
            desk.ids.push(id);
            desk.pages.push(page);
        }
        desk
    }

    /// A page says hello and listens.
    fn load(&mut self, id: &WindowId) -> Page {
        let link = self.screen.link(id).expect("an open window");
        let (_, key) = link.preload().rsplit_once(r#""key":""#).expect("a key");
        let (key, _) = key.split_once('"').expect("its end");
        let frames = r#"{"type":"hello"},{"type":"listen","channel":"rows"}"#;
        let batch =
            format!(r#"{{"key":"{key}","page":"page","seq":1,"ack":0,"frames":[{frames}]}}"#);
        self.screen.post(id, batch);
        self.take_in();
        Page {
            greeting: format!(r#"{{"key":"{key}","page":"page","seq":3,"frames":[],"ack":"#),
            handled: 0,
        }
    }

    fn pump(&mut self) {
        assert_eq!(self.host.pump(&mut self.backend), Pumped::Waiting);
    }

    /// The app sends a message to all windows.
    fn broadcast(&self, channel: &Channel, payload: &Payload) {
        let results = self.router.broadcast(&self.ids, channel, payload);
        assert!(black_box(results).iter().all(Result::is_ok));
    }

    /// Each page is handed its scripts, which deliver so many frames, and acknowledges these.
    fn deliver(&mut self, frames: usize) {
        self.pump();
        for (id, page) in self.ids.iter().zip(&mut self.pages) {
            let scripts = black_box(self.screen.take_scripts(id));
            assert!(!scripts.is_empty());
            page.handled += frames as u64;
            let batch = format!("{}{}}}", page.greeting, page.handled);
            self.screen.post(id, batch);
        }
        self.take_in();
    }

    fn take_in(&mut self) {
        for event in self.screen.take_events() {
            self.host.on_event(event);
        }
    }
}

/// A payload that a script must escape, as most text has a quote somewhere.
fn payload(bytes: usize) -> Payload {
    let json = format!(r#""it's {}""#, "x".repeat(bytes - 7));
    Payload::from_json(json, &Limits::default()).expect("a payload")
}

/// One message to so many windows. Items are deliveries.
#[divan::bench(args = WINDOWS, consts = [100, 4096])]
fn broadcast<const BYTES: usize>(bencher: Bencher<'_, '_>, windows: usize) {
    let mut desk = Desk::new(windows);
    let channel = Channel::new("rows").expect("a name");
    bencher
        .counter(ItemsCount::new(windows))
        // Each has its own text: once it is escaped, it stays so.
        .with_inputs(|| payload(BYTES))
        .bench_local_values(|payload| {
            desk.broadcast(&channel, &payload);
            desk.deliver(1);
        });
}

/// A hundred of them before the host gets to hand them over.
#[divan::bench(args = WINDOWS, consts = [100, 4096])]
fn flood<const BYTES: usize>(bencher: Bencher<'_, '_>, windows: usize) {
    let mut desk = Desk::new(windows);
    let channel = Channel::new("rows").expect("a name");
    bencher
        .counter(ItemsCount::new(windows * FLOOD))
        .with_inputs(|| (0..FLOOD).map(|_| payload(BYTES)).collect())
        .bench_local_values(|payloads: Vec<_>| {
            for payload in &payloads {
                desk.broadcast(&channel, payload);
            }
            desk.deliver(FLOOD);
        });
}
