//! A host on the memory backend, with the app's side of it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ipc_protocol::{
    CallId, Channel, Limits, Payload, Step, WindowCommand, WindowId, WindowSpec, WindowState,
};
use ipc_router::{Filter, RouteError, Router, Subscription};
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{BackendEvent, Host, HostStats, Pumped};

use crate::page::Page;

pub(crate) struct Desk {
    pub(crate) router: Router,
    pub(crate) host: Host,
    pub(crate) backend: MemoryBackend,
    pub(crate) screen: MemoryHandle,
    events: Subscription,
    calls: Subscription,
    incidents: Subscription,
    /// How far the host's clock has gone on.
    elapsed: Arc<Mutex<Duration>>,
}

/// Where an answer arrives.
pub(crate) type Answer<T> = Arc<Mutex<Option<Result<T, RouteError>>>>;

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk::within(Limits::default())
    }

    pub(crate) fn within(limits: Limits) -> Desk {
        let (router, port) = Router::new(limits);
        let (backend, screen) = memory::pair();
        let events = router.subscribe(|| {});
        events.listen(&Filter::All);
        let calls = router.subscribe(|| {});
        calls.listen(&Filter::Calls);
        let incidents = router.subscribe_within(&[Filter::Incidents], || {});
        incidents.listen(&Filter::Incidents);
        let (start, elapsed) = (Instant::now(), Arc::<Mutex<Duration>>::default());
        let clock = {
            let elapsed = elapsed.clone();
            move || start + *elapsed.lock().unwrap()
        };
        Desk {
            router,
            host: Host::with_clock(port, clock),
            backend,
            screen,
            events,
            calls,
            incidents,
            elapsed,
        }
    }

    /// Time passes, for the host.
    pub(crate) fn pass(&self, time: Duration) {
        *self.elapsed.lock().unwrap() += time;
    }

    /// Takes in what was reported, and pumps.
    pub(crate) fn turn(&mut self) -> Pumped {
        for event in self.screen.take_events() {
            self.host.on_event(event);
        }
        self.host.pump(&mut self.backend)
    }

    /// Hands pages what is ready for them; returns whether there is more to do.
    pub(crate) fn serve(&mut self) -> bool {
        self.host.serve(&mut self.backend)
    }

    /// Reports an event and pumps.
    pub(crate) fn report(&mut self, event: BackendEvent) {
        self.screen.report(event);
        self.turn();
    }

    /// Asks for a window, without a turn.
    pub(crate) fn ask_for(&self, spec: WindowSpec) -> (WindowId, Answer<()>) {
        let (answer, reply) = answer();
        (self.router.open(spec, reply).unwrap(), answer)
    }

    /// Opens a window.
    pub(crate) fn open(&mut self, spec: WindowSpec) -> WindowId {
        let (id, answer) = self.ask_for(spec);
        self.turn();
        assert_eq!(take(&answer), Ok(()));
        id
    }

    /// Opens the window `main`, with a page that has said hello.
    pub(crate) fn open_page(&mut self) -> Page {
        let id = self.open(spec("main"));
        let mut page = self.page(&id);
        page.hello();
        self.turn();
        page
    }

    /// A new page in a window, which has not said anything yet.
    pub(crate) fn page(&self, id: &WindowId) -> Page {
        Page::new(&self.screen, id)
    }

    /// Sends a message to a window.
    pub(crate) fn send(&self, window: &WindowId, name: &str, json: &str) {
        self.try_send(window, name, json).unwrap();
    }

    pub(crate) fn try_send(
        &self,
        window: &WindowId,
        name: &str,
        json: &str,
    ) -> Result<(), RouteError> {
        self.router.send(window, &channel(name), &payload(json))
    }

    /// Asks something of a window, without a turn.
    pub(crate) fn command(&self, window: &WindowId, command: WindowCommand) -> Answer<()> {
        let (answer, reply) = answer();
        self.router.command(window, command, reply).unwrap();
        answer
    }

    /// Asks for a window's state, without a turn.
    pub(crate) fn state(&self, window: &WindowId) -> Answer<WindowState> {
        let (answer, reply) = answer();
        self.router.state(window, reply).unwrap();
        answer
    }

    /// What the app has heard since the last call, as the JSON it gets.
    pub(crate) fn heard(&self) -> Vec<String> {
        let events = self.events.drain();
        events
            .map(|event| serde_json::to_string(&*event).unwrap())
            .collect()
    }

    /// The incidents that the app has heard of since the last call of this, as the JSON it gets.
    pub(crate) fn heard_incidents(&self) -> Vec<String> {
        let events = self.incidents.drain();
        events
            .map(|event| serde_json::to_string(&*event).unwrap())
            .collect()
    }

    /// The steps of calls that the app has heard of since the last call of this: their numbers
    /// and `channel step payload`.
    pub(crate) fn heard_steps(&self) -> Vec<(CallId, String)> {
        let steps = self.calls.drain().filter_map(|event| {
            let (call, step) = event.call.as_ref()?;
            let text = match step {
                Step::Error { error } => error.code.clone(),
                _ => event.payload.as_json().unwrap().to_owned(),
            };
            Some((*call, format!("{} {} {text}", event.channel, step.name())))
        });
        steps.collect()
    }

    /// The same without the numbers.
    pub(crate) fn heard_step_names(&self) -> Vec<String> {
        let steps = self.heard_steps().into_iter();
        steps.map(|(_, step)| step).collect()
    }

    /// The channels of what the app has heard since the last call.
    pub(crate) fn heard_channels(&self) -> Vec<String> {
        let events = self.events.drain();
        events.map(|event| event.channel.to_string()).collect()
    }

    /// The counts that are not zero.
    pub(crate) fn counts(&self) -> Vec<(&'static str, u64)> {
        let HostStats {
            foreign,
            malformed,
            stale,
            repeated,
            missing,
            refused,
            throttled,
            unknown,
            ..
        } = self.host.stats();
        let all = [
            ("foreign", foreign),
            ("malformed", malformed),
            ("stale", stale),
            ("repeated", repeated),
            ("missing", missing),
            ("refused", refused),
            ("throttled", throttled),
            ("unknown", unknown),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

/// Where an answer arrives, and what puts it there.
pub(crate) fn answer<T: Send + 'static>() -> (
    Answer<T>,
    impl FnOnce(Result<T, RouteError>) + Send + 'static,
) {
    let answer = Answer::default();
    let slot = answer.clone();
    (answer, move |result| {
        let before = slot.lock().unwrap().replace(result);
        assert!(before.is_none(), "answered twice");
    })
}

/// The answer, which must have come.
#[track_caller]
pub(crate) fn take<T>(answer: &Answer<T>) -> Result<T, RouteError> {
    answer.lock().unwrap().take().expect("an answer")
}

pub(crate) fn is_open_question<T>(answer: &Answer<T>) -> bool {
    answer.lock().unwrap().is_none()
}

/// The options of a window with this id.
pub(crate) fn spec(id: &str) -> WindowSpec {
    let mut spec = WindowSpec::default();
    spec.id = Some(window(id));
    spec
}

pub(crate) fn window(id: &str) -> WindowId {
    WindowId::new(id).unwrap()
}

pub(crate) fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

pub(crate) fn payload(json: &str) -> Payload {
    Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
}
