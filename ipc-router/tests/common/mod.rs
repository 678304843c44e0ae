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
use ipc_router::{Delivery, Port, Request, RouteError, Router, Subscription, TryRecvError, Wake};

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

/// The messages that wait at the port.
pub(crate) fn deliveries(port: &Port) -> Vec<Delivery> {
    let deliveries = port.requests().map(|request| match request {
        Request::Deliver(delivery) => delivery,
        other => panic!("not a message: {other:?}"),
    });
    deliveries.collect()
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
