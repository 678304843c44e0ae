//! The app's end of the connection.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use crossbeam_channel::Sender;
use ipc_protocol::{
    CallError, CallId, Channel, ChannelList, Code, Escaped, Event, ExternalUrl, Limits, Payload,
    Policy, Screen, Step, Theme, WindowCommand, WindowId, WindowSpec, WindowState,
};

use crate::contain::contain;
use crate::lane::{Effects, Item, LaneCore, State};
use crate::policies::Policies;
use crate::registry::{OnClosed, Registry, Removed};
use crate::subscription::{Inbox, Offered, Scope, is_alike};
use crate::unheard::{Listener, MAX_HEARD, Notes, Unheard};
use crate::wake::Contained;
use crate::{
    ConfigureError, Filter, Port, Reply, Request, RouteError, Stats, Subscription, Until, Wake,
    Window,
};

/// The end that the app holds. Cheap to clone, usable from any thread; no call blocks.
#[derive(Clone)]
pub struct Router(Arc<Shared>);

/// When a sender is told, and what makes its reply.
type Tell<F> = (Until, F);

pub(crate) struct Shared {
    pub(crate) limits: Limits,
    registry: Mutex<Registry>,
    policies: RwLock<Policies>,
    /// The number of the last call.
    calls: AtomicU64,
    /// Whether the user interface has ended.
    gone: AtomicBool,
    requests: Sender<Request>,
    pub(crate) port_wake: RwLock<Option<Arc<Contained>>>,
    /// Copied on change, so that publishing needs the lock only to read the pointer. `None`
    /// once closed.
    inboxes: RwLock<Option<Arc<[Arc<Inbox>]>>>,
    unheard: Notes,
}

impl Router {
    /// Makes both ends of a connection.
    pub fn new(limits: Limits) -> (Router, Port) {
        let (sender, requests) = crossbeam_channel::unbounded();
        let shared = Arc::new(Shared {
            limits,
            registry: Mutex::default(),
            policies: RwLock::default(),
            calls: AtomicU64::new(0),
            gone: AtomicBool::new(false),
            requests: sender,
            port_wake: RwLock::new(None),
            inboxes: RwLock::new(Some([].into())),
            unheard: Notes::default(),
        });
        let port = Port {
            shared: shared.clone(),
            requests,
        };
        (Router(shared), port)
    }

    pub(crate) fn of(shared: Arc<Shared>) -> Router {
        Router(shared)
    }

    /// The limits both ends keep to.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Makes a consumer of events; it listens to nothing yet. `wake` is told when there is
    /// something to take or the router has closed.
    pub fn subscribe(&self, wake: impl Wake) -> Subscription {
        self.admit(Scope::default(), wake)
    }

    /// As [`Router::subscribe`], for a consumer that will never listen to anything but what one of
    /// `scope` wants: it hears of nothing else, and holds nothing else.
    ///
    /// One that takes no calls is made without [`Filter::Calls`]: else it holds those of pages, which
    /// then wait for an answer, instead of hearing at once that nobody has one.
    pub fn subscribe_within(&self, scope: &[Filter], wake: impl Wake) -> Subscription {
        self.admit(Scope::within(scope), wake)
    }

    /// As [`Router::subscribe_within`], for a consumer that may hear of messages and calls on these
    /// channels alone: to it there are no others. System events are not affected, nor are incidents.
    pub fn subscribe_on(
        &self,
        channels: ChannelList,
        scope: &[Filter],
        wake: impl Wake,
    ) -> Subscription {
        self.admit(Scope::within(scope).on(channels), wake)
    }

    fn admit(&self, scope: Scope, wake: impl Wake) -> Subscription {
        let subscription = Subscription::new(&self.0, self.0.limits.clone(), scope, wake);
        self.0.admit(subscription.inbox());
        subscription
    }

    /// Sets how messages on a channel wait for a page, for all windows: `pattern` is a channel's
    /// name, or `prefix*`. The most particular pattern counts, and the last policy of each. What
    /// waits already stays. However many there are, a send takes as long.
    ///
    /// # Errors
    /// A pattern that could name no channel ([`Code::BadChannel`]), or a policy without room
    /// ([`Code::BadPolicy`], see [`Policy::check`]).
    pub fn configure(&self, pattern: &str, policy: Policy) -> Result<(), ConfigureError> {
        let pattern = Channel::new(pattern)?;
        policy.check()?;
        let mut policies = self
            .0
            .policies
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        policies.set(&pattern, policy);
        Ok(())
    }

    /// Sends a message to a window's page. Messages to one window arrive in the order sent.
    ///
    /// `Ok` means accepted: the message waits for the page, and for the page's first listener on
    /// the channel, and its channel's [`Policy`] decides how. A window may be sent to as soon as
    /// [`Router::open`] has returned its id; should it not open after all, what waits for it is
    /// given up as by a window that closes.
    ///
    /// # Errors
    /// Unknown or closed window, reserved or disallowed channel, a payload beyond the
    /// [limits](Router::limits), full queue, or no user interface; the message is then not kept.
    pub fn send(
        &self,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
    ) -> Result<(), RouteError> {
        let nobody = None::<Tell<fn() -> Reply<()>>>;
        self.0.send(window, channel, payload, nobody).map(drop)
    }

    /// As [`Router::send`], for a sender that wants to know more or to wait: `reply` is called,
    /// once, when the message has come so far or will not. Where the queue is full under
    /// [`Overflow::Wait`](ipc_protocol::Overflow), the message waits for room, and those sent to
    /// the window later wait behind it, if their policy lets them wait and the page listens on
    /// its channel. At most [`Limits::window_messages`] senders wait for a window, with at most
    /// [`Limits::window_bytes`] bytes; beyond that they are refused.
    pub fn send_until(
        &self,
        until: Until,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) {
        tell(Reply::new(reply), |reply| {
            self.send_or_wait(until, window, channel, payload, reply)
        });
    }

    /// As [`Router::send_until`], for a sender that mostly need not wait: it is told at once
    /// whether the message has come so far. Only if it has not, and may yet, `reply` is made. That
    /// is done with the window's queue locked: it must not call the router. If it panics, the
    /// message goes its way without a reply.
    ///
    /// # Errors
    /// As [`Router::send`]; a sender that may wait is not refused for a full queue.
    pub fn send_or_wait(
        &self,
        until: Until,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
        reply: impl FnOnce() -> Reply<()>,
    ) -> Result<bool, RouteError> {
        let reply = || {
            contain(reply).unwrap_or_else(|panic| {
                panic.report("the maker of a reply");
                Reply::new(|_| {})
            })
        };
        self.0.send(window, channel, payload, Some((until, reply)))
    }

    /// Sends one message to several windows, which share its text; the results are in the order
    /// of `windows`. One that fails stops no other.
    pub fn broadcast(
        &self,
        windows: &[WindowId],
        channel: &Channel,
        payload: &Payload,
    ) -> Vec<Result<(), RouteError>> {
        windows
            .iter()
            .map(|window| self.send(window, channel, payload))
            .collect()
    }

    /// Opens a call: `step` is a [`Step::Request`] or a [`Step::Stream`]. It keeps its place
    /// among the messages. What the page answers are events that [`Filter::Calls`] wants; the
    /// last of them [ends](Step::ends) the call. There always is a last one, unless the app
    /// cancels the call: a page that goes, a window that closes, end it with an error.
    ///
    /// # Errors
    /// As [`Router::send`]; also when `step` opens no call ([`Code::BadFrame`]).
    pub fn open_call(&self, window: &WindowId, step: Step) -> Result<CallId, RouteError> {
        let (Step::Request { channel, payload } | Step::Stream { channel, payload }) = &step else {
            return Err(RouteError::Window {
                window: window.clone(),
                code: Code::BadFrame,
                reason: "this step opens no call".to_owned(),
            });
        };
        let lane = self.0.lane_for(window, channel)?;
        self.0.check_payload(window, channel, payload)?;
        let call = self.0.next_call();
        self.0
            .change(&lane, |state, _| state.open(call, step, Instant::now()))?;
        Ok(call)
    }

    /// Takes a further step of a call: of one that the app opened ([`Step::Pull`],
    /// [`Step::Cancel`]), or of one that the page opened (the others). Returns whether the call
    /// is open; if it is not, nothing happens. An answer that does not fit into
    /// [`Limits::window_bytes`] ends the call with [`Code::QueueFull`], and one whose payload is beyond
    /// the other limits with their codes; for a chunk, the app then gets a [`Step::Cancel`].
    pub fn step(&self, window: &WindowId, call: CallId, step: Step) -> bool {
        self.0.step(window, call, step)
    }

    /// How much waits for each window and what became of the rest.
    pub fn stats(&self) -> Stats {
        let lanes = self.0.registry().lanes();
        Stats {
            windows: lanes.iter().map(|lane| lane.lock().stats()).collect(),
        }
    }

    /// Has `wake` told when a message begins to wait on a channel that nobody has listened on: there is
    /// something for [`Router::take_unheard`] then.
    pub fn on_unheard(&self, wake: impl Wake) {
        self.0.unheard.set_wake(Arc::new(wake));
    }

    /// Takes the channels on which a message has begun to wait since the last call: one that comes from a
    /// page and that nobody has ever listened for, or one that goes to a page that does not listen. Each
    /// channel comes once, and of each kind there are 64 at most.
    pub fn take_unheard(&self) -> Vec<Unheard> {
        self.0.unheard.take()
    }

    /// Whether a message still waits on the channel and nobody has listened on it: then some of the
    /// channels on which its listener does listen. If not, the channel may be noted again.
    pub fn heard_instead(&self, unheard: &Unheard) -> Option<Vec<Channel>> {
        let heard = self.0.heard_instead(unheard);
        if heard.is_none() {
            self.0.unheard.forget(unheard);
        }
        heard
    }

    /// Asks for a window and returns its id, which is taken from now on, and may be sent to and
    /// asked of at once. `reply` is called when the window exists, or cannot and its id is free
    /// again: without a user interface at once, with [`RouteError::HostGone`]; with
    /// [`RouteError::WindowClosed`] of its parent if that has closed meanwhile.
    ///
    /// # Errors
    /// Options that no window can be opened with (see [`WindowSpec::check`]), an id that is in use, or an
    /// unknown or closed parent; `reply` is not called then.
    pub fn open(
        &self,
        spec: WindowSpec,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) -> Result<WindowId, RouteError> {
        spec.check()?;
        if let Some(parent) = &spec.parent {
            self.window(parent)?;
        }
        let lane = self.0.registry().reserve(&spec, &self.0.limits)?;
        let id = lane.window.clone();
        let shared = Arc::downgrade(&self.0);
        let reply = Reply::new(move |result| {
            if result.is_err()
                && let Some(shared) = shared.upgrade()
            {
                shared.release(&lane);
            }
            reply(result);
        });
        self.0.ask(Request::Open {
            id: id.clone(),
            spec: Box::new(spec),
            reply,
        });
        Ok(id)
    }

    /// Asks something of a window; `reply` is called when the window system has been asked. What
    /// comes of it arrives as events.
    ///
    /// # Errors
    /// Unknown or closed window, or a value that no window can take (see [`WindowCommand::check`]);
    /// `reply` is not called then.
    pub fn command(
        &self,
        window: &WindowId,
        command: WindowCommand,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        self.window(window)?.command(command, reply)
    }

    /// Asks how a window stands, after everything asked of it before.
    ///
    /// # Errors
    /// Unknown or closed window; `reply` is not called then.
    pub fn state(
        &self,
        window: &WindowId,
        reply: impl FnOnce(Result<WindowState, RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        self.window(window)?.state(reply)
    }

    /// The window that has this id now: open, or being opened, so that one that
    /// [`Router::open`] has just returned the id of is found.
    ///
    /// # Errors
    /// Unknown or closed window.
    pub fn window(&self, id: &WindowId) -> Result<Window, RouteError> {
        let lane = self.0.registry().lane_of(id).cloned()?;
        Ok(Window::new(self.0.clone(), lane))
    }

    /// The open windows, sorted by id.
    pub fn open_windows(&self) -> Vec<Window> {
        let lanes = self.0.registry().lanes().into_iter();
        lanes
            .map(|lane| Window::new(self.0.clone(), lane))
            .collect()
    }

    /// Asks for the theme of the desktop; `reply` is called as soon as it is another one than is `known`.
    pub fn theme(
        &self,
        known: Option<Theme>,
        reply: impl FnOnce(Result<Theme, RouteError>) + Send + 'static,
    ) {
        let reply = Reply::new(reply);
        self.0.ask(Request::Theme { known, reply });
    }

    /// Asks which screens there are.
    pub fn screens(&self, reply: impl FnOnce(Result<Vec<Screen>, RouteError>) + Send + 'static) {
        let reply = Reply::new(reply);
        self.0.ask(Request::Screens { reply });
    }

    /// Has the system open a URL in another program, such as the user's browser; `reply` is called when it
    /// has been asked to.
    pub fn open_external(
        &self,
        url: ExternalUrl,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) {
        let reply = Reply::new(reply);
        self.0.ask(Request::OpenExternal { url, reply });
    }

    /// Calls `call` once the window is closed, on the thread that closes it, or could not be
    /// opened; at once when there is no such window. If it panics, that is logged as an error and goes
    /// no further.
    pub fn on_closed(&self, window: &WindowId, call: impl FnOnce() + Send + 'static) {
        match self.window(window) {
            Ok(window) => window.on_closed(call),
            Err(_) => call_closed(Box::new(call)),
        }
    }

    /// The ids of the open windows, sorted.
    pub fn windows(&self) -> Vec<WindowId> {
        self.0.registry().open_windows()
    }

    /// Whether a window is open or being opened.
    pub fn has_windows(&self) -> bool {
        !self.0.registry().is_empty()
    }

    /// Ends the events: subscribers get what waits, and what is held if they come to listen for
    /// it, then hear that the channel is closed. Messages and requests still go to the user
    /// interface. Returns whether that is new.
    pub fn close(&self) -> bool {
        self.0.close()
    }

    /// Asks the user interface to end.
    pub fn shut_down(&self) {
        self.0.ask(Request::ShutDown);
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router")
            .field("windows", &self.windows())
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an event to everyone who wants it.
    ///
    /// # Errors
    /// [`Code::NoHandler`] when nobody does, [`Code::QueueFull`] when those who do have no room.
    pub(crate) fn offer(&self, event: Event) -> Result<(), Code> {
        let inboxes = self.inboxes();
        match offer_to(
            inboxes.iter().flat_map(|all| all.iter()),
            &[Arc::new(event)],
        ) {
            Offered::Queued | Offered::Quietly => Ok(()),
            Offered::Dropped => Err(Code::QueueFull),
            Offered::Unwanted => Err(Code::NoHandler),
        }
    }

    /// Hands events to everyone who wants them. A run of those that the same consumers want costs
    /// each consumer little more than one.
    pub(crate) fn publish(&self, events: impl IntoIterator<Item = Event>) {
        let inboxes = self.inboxes();
        let events: Vec<_> = events.into_iter().map(Arc::new).collect();
        for run in events.chunk_by(|one, other| is_alike(one, other)) {
            // Those who have no room count what they lose.
            let offered = offer_to(inboxes.iter().flat_map(|all| all.iter()), run);
            if offered != Offered::Queued {
                self.note_unheard(run, offered);
            }
        }
    }

    /// Tells of messages that nobody gets now.
    fn note_unheard(&self, run: &[Arc<Event>], offered: Offered) {
        let message = |event: &&Arc<Event>| event.is_of_page() && event.call.is_none();
        let Some(first) = run.first().filter(message) else {
            return;
        };
        let (window, channel, count) = (&first.window_id, &first.channel, run.len());
        match offered {
            Offered::Quietly => {
                tracing::debug!(target: "ipc", window = %Escaped(window), channel = %Escaped(channel), count, "held: nobody in the app listens on the channel");
                self.unheard.add(Listener::App, window, channel);
            }
            Offered::Unwanted => {
                tracing::debug!(target: "ipc", window = %Escaped(window), channel = %Escaped(channel), count, "let go: nobody in the app listens on the channel any more");
            }
            Offered::Queued | Offered::Dropped => {}
        }
    }

    /// If nobody has ever listened where the message waits, some channels on which its listener does.
    fn heard_instead(&self, unheard: &Unheard) -> Option<Vec<Channel>> {
        let Unheard {
            window, channel, ..
        } = unheard;
        match unheard.listener {
            Listener::Page => {
                let lane = self.registry().lane_of(window).ok().cloned()?;
                let state = lane.lock();
                state.heard_instead(channel)
            }
            Listener::App => {
                let message = Event::message(window.clone(), channel.clone(), Payload::null());
                let wanting: Vec<_> = Filter::wanting(&message).collect();
                let inboxes = self.inboxes()?;
                let is_unheard = inboxes.iter().all(|inbox| inbox.awaits_first(&wanting));
                let heard = || inboxes.iter().flat_map(|inbox| inbox.channels());
                is_unheard.then(|| heard().take(MAX_HEARD).collect())
            }
        }
    }

    fn inboxes(&self) -> Option<Arc<[Arc<Inbox>]>> {
        let inboxes = self.inboxes.read();
        inboxes.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn close(&self) -> bool {
        let inboxes = self
            .inboxes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        for inbox in inboxes.iter().flat_map(|inboxes| inboxes.iter()) {
            inbox.close();
        }
        inboxes.is_some()
    }

    fn admit(&self, inbox: &Arc<Inbox>) {
        let mut inboxes = self.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        match &*inboxes {
            Some(list) => *inboxes = Some(list.iter().chain([inbox]).cloned().collect()),
            None => {
                drop(inboxes);
                inbox.close();
            }
        }
    }

    pub(crate) fn forget(&self, inbox: &Arc<Inbox>) {
        let mut inboxes = self.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = &*inboxes {
            let others = list.iter().filter(|other| !Arc::ptr_eq(other, inbox));
            *inboxes = Some(others.cloned().collect());
        }
    }

    /// The number of a new call.
    pub(crate) fn next_call(&self) -> CallId {
        loop {
            // Nobody opens so many that it starts over.
            if let Some(call) = CallId::new(self.calls.fetch_add(1, Ordering::Relaxed) + 1) {
                return call;
            }
            self.calls.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn set_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }

    fn lane_for(&self, window: &WindowId, channel: &Channel) -> Result<Arc<LaneCore>, RouteError> {
        let lane = self.registry().lane_for(window, channel).cloned()?;
        match self.gone.load(Ordering::Acquire) {
            true => Err(RouteError::HostGone),
            false => Ok(lane),
        }
    }

    fn send(
        &self,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
        tell: Option<Tell<impl FnOnce() -> Reply<()>>>,
    ) -> Result<bool, RouteError> {
        let lane = self.lane_for(window, channel)?;
        let item = Item::Message {
            channel: channel.clone(),
            payload: payload.clone(),
        };
        self.send_on(&lane, channel, item, tell)
    }

    pub(crate) fn relay(
        &self,
        from: &WindowId,
        window: &WindowId,
        channel: &Channel,
        payload: Payload,
        reply: Reply<()>,
    ) {
        let lane = self.registry().lane_from(from, window, channel).cloned();
        let item = Item::Relay {
            from: from.clone(),
            channel: channel.clone(),
            payload,
        };
        tell(reply, |reply| {
            self.send_on(&*lane?, channel, item, Some((Until::Accepted, reply)))
        });
    }

    fn send_on(
        &self,
        lane: &LaneCore,
        channel: &Channel,
        item: Item,
        tell: Option<Tell<impl FnOnce() -> Reply<()>>>,
    ) -> Result<bool, RouteError> {
        let (window, bytes) = (&lane.window, item.bytes());
        if let Some(payload) = item.payload() {
            self.check_payload(window, channel, payload)?;
        }
        let _span = tracing::trace_span!(target: "ipc", "send", window = %Escaped(window), channel = %Escaped(channel), bytes).entered();
        let policies = self.policies.read().unwrap_or_else(PoisonError::into_inner);
        let policy = policies.of(channel);
        drop(policies);
        self.change(lane, |state, fx| {
            state.send(item, &policy, tell, Instant::now(), fx)
        })
    }

    fn check_payload(
        &self,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
    ) -> Result<(), RouteError> {
        payload
            .check(&self.limits)
            .map_err(|error| RouteError::Payload {
                window: window.clone(),
                channel: channel.clone(),
                code: error.code(),
                reason: error.to_string(),
            })
    }

    pub(crate) fn step(&self, window: &WindowId, call: CallId, step: Step) -> bool {
        let Ok(lane) = self.registry().lane_of(window).cloned() else {
            return false;
        };
        let checked = step.payload().map_or(Ok(()), |it| it.check(&self.limits));
        self.change(&lane, |state, fx| match checked {
            Ok(()) => state.step(call, step, Instant::now(), fx),
            Err(error) => {
                let error = CallError::new(error.code(), error.to_string());
                state.refuse_answer(call, &step, error, Instant::now(), fx)
            }
        })
    }

    /// As [`Shared::with_lane`], for changes that may leave something to hand to the page.
    fn change<T>(&self, lane: &LaneCore, change: impl FnOnce(&mut State, &mut Effects) -> T) -> T {
        let (result, is_due) = self.with_lane(lane, |state, fx| {
            let result = change(state, fx);
            (result, state.is_due())
        });
        if is_due {
            self.wake_port();
        }
        result
    }

    /// Changes a lane's state, and then, without the lock, tells who is concerned.
    pub(crate) fn with_lane<T>(
        &self,
        lane: &LaneCore,
        change: impl FnOnce(&mut State, &mut Effects) -> T,
    ) -> T {
        let mut fx = Effects::default();
        let (result, unheard) = {
            let mut state = lane.lock();
            (change(&mut state, &mut fx), state.take_unheard())
        };
        for channel in unheard {
            self.unheard.add(Listener::Page, &lane.window, &channel);
        }
        for event in fx.events {
            log_step(&event);
            // Who does not listen to calls has opened none.
            let _ = self.offer(event);
        }
        for (reply, result) in fx.replies {
            reply.send(result);
        }
        result
    }

    /// What is sent from now on is for the page to come, until a reload is answered: should nobody do
    /// it, what was sent must not wait for that page.
    pub(crate) fn reload(
        self: &Arc<Shared>,
        lane: Arc<LaneCore>,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) -> Reply<()> {
        let boundary = lane.lock().set_boundary();
        let shared = Arc::downgrade(self);
        Reply::new(move |result| {
            if let Some(shared) = shared.upgrade() {
                shared.change(&lane, |state, _| state.lift_boundary(boundary));
            }
            reply(result);
        })
    }

    /// Forgets a window that was not opened after all, and tells who wanted to know.
    fn release(&self, lane: &Arc<LaneCore>) {
        let removed = self.registry().release(lane);
        removed.into_iter().for_each(|window| self.end(window));
    }

    /// A window is open, maybe with the id of an earlier one.
    pub(crate) fn window_opened(&self, id: &WindowId) {
        let had_another = self.registry().opened(id);
        if had_another {
            let inboxes = self.inboxes();
            let inboxes = inboxes.iter().flat_map(|all| all.iter());
            inboxes.for_each(|inbox| inbox.forget_system(id));
        }
    }

    /// Forgets a window, lets the app hear of it, and tells who wanted to know.
    pub(crate) fn window_closed(&self, id: &WindowId, last: Option<Event>) {
        let removed = self.registry().remove(id);
        self.publish(last);
        removed.into_iter().for_each(|window| self.end(window));
    }

    pub(crate) fn end(&self, window: Removed) {
        self.with_lane(&window.lane, State::close);
        window.on_closed.into_iter().for_each(call_closed);
    }

    /// Calls `call` once the window of this lane is closed; at once if it is.
    pub(crate) fn on_closed(&self, lane: &Arc<LaneCore>, call: OnClosed) {
        let closed = self.registry().on_closed(lane, call);
        if let Some(call) = closed {
            call_closed(call);
        }
    }

    /// Hands a request about the window of this lane to the user interface, before it hears of any
    /// other one with the same id. Returns the reply if that window is closed.
    pub(crate) fn ask_of<T>(
        &self,
        lane: &Arc<LaneCore>,
        reply: Reply<T>,
        request: impl FnOnce(Reply<T>) -> Request,
    ) -> Result<(), Reply<T>> {
        // The lock is held meanwhile: another window takes the id after this.
        let registry = self.registry();
        if !registry.has(lane) {
            drop(registry);
            return Err(reply);
        }
        let sent = self.requests.send(request(reply));
        drop(registry);
        // Without a user interface, dropping the request answers it.
        if sent.is_ok() {
            self.wake_port();
        }
        Ok(())
    }

    /// Hands a request to the user interface; without one, dropping the request answers it.
    fn ask(&self, request: Request) {
        if self.requests.send(request).is_ok() {
            self.wake_port();
        }
    }

    fn wake_port(&self) {
        let wake = self
            .port_wake
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(wake) = wake {
            wake.wake();
        }
    }
}

/// Logs a step that neither end has taken: a call ended with its page, or otherwise.
fn log_step(event: &Event) {
    if let Some((call, step)) = &event.call {
        tracing::debug!(
            target: "ipc",
            window = %Escaped(&event.window_id), channel = %Escaped(&event.channel),
            kind = %step.name(), %call, code = step.code().map(|it| tracing::field::display(Escaped(it))),
            "to the app"
        );
    }
}

fn call_closed(call: OnClosed) {
    if let Err(panic) = contain(call) {
        panic.report("a callback of a window's close");
    }
}

/// Returns the best that became of one of the events, which are alike, in one of the inboxes.
fn offer_to<'a>(inboxes: impl Iterator<Item = &'a Arc<Inbox>>, run: &[Arc<Event>]) -> Offered {
    let wanting: Vec<_> = run
        .first()
        .into_iter()
        .flat_map(|it| Filter::wanting(it))
        .collect();
    let each = inboxes.map(|inbox| inbox.offer(run, &wanting));
    each.min().unwrap_or(Offered::Unwanted)
}

/// Sends with a reply that is made already: it is told the outcome, now or later.
fn tell(
    reply: Reply<()>,
    send: impl FnOnce(&mut dyn FnMut() -> Reply<()>) -> Result<bool, RouteError>,
) {
    let mut slot = Some(reply);
    let outcome = send(&mut || slot.take().unwrap_or_else(|| Reply::new(|_| {})));
    if let Some(reply) = slot {
        reply.send(outcome.map(drop));
    }
}
