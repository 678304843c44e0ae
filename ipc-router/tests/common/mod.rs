//! What the tests have in common: short ways to make things, and a wake that counts.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses a part of this"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipc_protocol::{
    Channel, Event, Limits, Payload, Position, Size, SystemEvent, WindowId, WindowSpec,
};
use ipc_router::{Lane, Port, Request, RouteError, Router, Subscription, TryRecvError, Wake};

pub(crate) fn id(name: &str) -> WindowId {
    WindowId::new(name).unwrap()
}

pub(crate) fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

pub(crate) fn payload(json: &str) -> Payload {
    Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
}

/// A connection within the default limits.
pub(crate) fn connect() -> (Router, Port) {
    Router::new(Limits::default())
}

/// A message from a page.
pub(crate) fn message(window: &str, name: &str, json: &str) -> Event {
    Event::message(id(window), channel(name), payload(json))
}

pub(crate) fn system(window: &str, kind: SystemEvent) -> Event {
    Event::system(id(window), kind)
}

pub(crate) fn resize(window: &str, width: f64) -> Event {
    let height = 1.0;
    Event::resize(id(window), Size { width, height })
}

pub(crate) fn moved(window: &str, x: f64) -> Event {
    Event::moved(id(window), Position { x, y: 0.0 })
}

/// An event in few words: `main/saved=1`.
pub(crate) fn brief(event: &Event) -> String {
    let payload = event.payload.as_str();
    format!("{}/{}={payload}", event.window_id, event.channel)
}

/// What waits for a consumer, in few words.
pub(crate) fn taken(subscription: &Subscription) -> Vec<String> {
    subscription.drain().map(|event| brief(&event)).collect()
}

pub(crate) fn is_empty(subscription: &Subscription) -> bool {
    matches!(subscription.try_recv(), Err(TryRecvError::Empty))
}

/// The options of a window with this id.
pub(crate) fn spec(window: &str) -> WindowSpec {
    let mut spec = WindowSpec::default();
    spec.id = Some(id(window));
    spec
}

/// Opens a window at both ends.
pub(crate) fn open(router: &Router, port: &Port, spec: WindowSpec) -> WindowId {
    let window = router.open(spec, |_| {}).unwrap();
    for request in port.requests() {
        if let Request::Open { id, reply, .. } = request {
            port.opened(&id);
            reply.send(Ok(()));
        }
    }
    window
}

/// A page that listens on these channels in an open window.
pub(crate) struct Page {
    lane: Lane,
    handed: u64,
}

impl Page {
    pub(crate) fn new(port: &Port, window: &WindowId, channels: &[&str]) -> Page {
        let page = Page {
            lane: port.lane(window).unwrap(),
            handed: 0,
        };
        page.lane.arrive();
        channels
            .iter()
            .for_each(|name| page.lane.listen(&channel(name)));
        page
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// What the page is handed now, as the frames' JSON.
    pub(crate) fn take(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        while let Some(batch) = self.lane.take(1 << 20) {
            assert_eq!(batch.seq, self.handed + 1);
            self.handed += batch.frames.len() as u64;
            let json = batch.frames.iter().map(|it| it.frame());
            frames.extend(json.map(|frame| serde_json::to_string(&frame).unwrap()));
        }
        frames
    }

    /// The same, acknowledged at once.
    pub(crate) fn handle(&mut self) -> Vec<String> {
        let frames = self.take();
        assert!(self.lane.ack(self.handed));
        frames
    }

    /// The payloads of the messages it is handed now, acknowledged at once.
    pub(crate) fn payloads(&mut self) -> Vec<String> {
        let payload = |frame: String| {
            let frame: serde_json::Value = serde_json::from_str(&frame).unwrap();
            frame["payload"].to_string()
        };
        self.handle().into_iter().map(payload).collect()
    }
}

/// Counts how often it is told.
#[derive(Clone, Default)]
pub(crate) struct Wakes(Arc<AtomicUsize>);

impl Wakes {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Keeps the answers it is given.
pub(crate) struct Answers<T>(Arc<std::sync::Mutex<Vec<Result<T, RouteError>>>>);

impl<T: Send + 'static> Answers<T> {
    pub(crate) fn new() -> Answers<T> {
        Answers(Arc::default())
    }

    /// Where one answer may go.
    pub(crate) fn slot(&self) -> impl FnOnce(Result<T, RouteError>) + Send + 'static {
        let answers = self.0.clone();
        move |answer| answers.lock().unwrap().push(answer)
    }

    /// The answers since the last call.
    pub(crate) fn take(&self) -> Vec<Result<T, RouteError>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}
