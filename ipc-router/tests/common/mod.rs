//! What the tests have in common: short ways to make things, and a wake that counts.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses a part of this"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipc_protocol::{
    CallId, Channel, Code, Event, Incident, Limits, Payload, Policy, Position, Size, Step,
    SystemEvent, WindowId, WindowSpec,
};
use ipc_router::{
    ChannelStats, Filter, Lane, Port, Request, RouteError, Router, Subscription, TryRecvError,
    Until, Wake, WindowStats,
};

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

pub(crate) fn incident(window: &str, incident: Incident) -> Event {
    Event::incident(id(window), incident)
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
    let payload = event.payload.as_json().unwrap();
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
            .for_each(|name| page.lane.listen(&channel(name)).unwrap());
        page
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The number of the last frame it was handed.
    pub(crate) fn handed(&self) -> u64 {
        self.handed
    }

    /// Another page comes, which listens on these channels.
    pub(crate) fn reload(&mut self, channels: &[&str]) {
        self.lane.arrive();
        self.handed = 0;
        channels
            .iter()
            .for_each(|name| self.lane.listen(&channel(name)).unwrap());
    }

    /// What the page is handed now, as the frames' JSON.
    pub(crate) fn take(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        while let Some(batch) = self.lane.take(1 << 20) {
            assert_eq!(batch.seq, self.handed + 1);
            self.handed += batch.frames.len() as u64;
            let json = batch.frames.iter().map(|it| it.frame());
            frames.extend(json.map(|frame| frame.encode().unwrap()));
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
        self.handle()
            .iter()
            .map(|frame| payload_of(frame))
            .collect()
    }

    /// The payloads of the messages it is handed now, not acknowledged.
    pub(crate) fn unacked(&mut self) -> Vec<String> {
        self.take().iter().map(|frame| payload_of(frame)).collect()
    }
}

fn payload_of(frame: &str) -> String {
    let frame: serde_json::Value = serde_json::from_str(frame).unwrap();
    frame["payload"].to_string()
}

/// A policy in the words of its JSON.
pub(crate) fn policy(json: &str) -> Policy {
    Policy::from_json(json).unwrap()
}

pub(crate) fn call(number: u64) -> CallId {
    CallId::new(number).unwrap()
}

pub(crate) fn request(name: &str, json: &str) -> Step {
    Step::Request {
        channel: channel(name),
        payload: payload(json),
    }
}

pub(crate) fn stream(name: &str) -> Step {
    Step::Stream {
        channel: channel(name),
        payload: Payload::null(),
    }
}

pub(crate) fn chunk(json: &str) -> Step {
    Step::Chunk {
        payload: payload(json),
    }
}

pub(crate) fn result(json: &str) -> Step {
    Step::Result {
        payload: payload(json),
    }
}

/// A connection with one open window, `main`, and one who listens to calls.
pub(crate) struct Scene {
    pub(crate) router: Router,
    pub(crate) port: Port,
    pub(crate) main: WindowId,
    calls: Subscription,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        Scene::within(Limits::default())
    }

    pub(crate) fn within(limits: Limits) -> Scene {
        let (router, port) = Router::new(limits);
        let calls = router.subscribe(|| {});
        calls.listen(&Filter::Calls);
        let main = open(&router, &port, spec("main"));
        Scene {
            router,
            port,
            main,
            calls,
        }
    }

    /// A page in `main` that listens on these channels.
    pub(crate) fn page(&self, channels: &[&str]) -> Page {
        Page::new(&self.port, &self.main, channels)
    }

    pub(crate) fn configure(&self, pattern: &str, json: &str) {
        self.router.configure(pattern, policy(json)).unwrap();
    }

    pub(crate) fn send(&self, name: &str, json: &str) -> Result<(), Code> {
        let sent = self.router.send(&self.main, &channel(name), &payload(json));
        sent.map_err(|error| error.code())
    }

    pub(crate) fn send_all(&self, name: &str, all: &[&str]) {
        for json in all {
            self.send(name, json).unwrap();
        }
    }

    /// Sends; what becomes of it is among the answers.
    pub(crate) fn send_until(&self, until: Until, name: &str, json: &str) -> Answers<()> {
        let answers = Answers::new();
        let (channel, payload) = (channel(name), payload(json));
        self.router
            .send_until(until, &self.main, &channel, &payload, answers.slot());
        answers
    }

    /// The steps of calls that the app has been told of since: `1 add error page-gone`.
    pub(crate) fn steps(&self) -> Vec<String> {
        let brief = |event: Arc<Event>| {
            let (call, step) = event.call.clone().unwrap();
            let rest = match step {
                Step::Pull { count } => format!(" {count}"),
                Step::Error { error } => format!(" {}", error.code),
                Step::Cancel => String::new(),
                _ => format!(" {}", event.payload.as_json().unwrap()),
            };
            let name = event.call.as_ref().map(|(_, step)| step.name()).unwrap();
            format!("{call} {} {name}{rest}", event.channel)
        };
        self.calls.drain().map(brief).collect()
    }

    /// The numbers of `main`.
    pub(crate) fn stats(&self) -> WindowStats {
        let stats = self.router.stats().windows.into_iter();
        stats.into_iter().find(|it| it.window == self.main).unwrap()
    }

    /// The numbers of one of its channels.
    pub(crate) fn channel_stats(&self, name: &str) -> ChannelStats {
        let channels = self.stats().channels.into_iter();
        let mut channels = channels.filter(|it| it.channel == channel(name));
        channels.next().unwrap()
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

    /// The codes of the answers since the last call.
    pub(crate) fn codes(&self) -> Vec<Result<T, Code>> {
        let answers = self.take().into_iter();
        answers.map(|it| it.map_err(|error| error.code())).collect()
    }

    /// The answers since the last call.
    pub(crate) fn take(&self) -> Vec<Result<T, RouteError>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}
