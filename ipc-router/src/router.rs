//! The app's end of the connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crossbeam_channel::{SendError, Sender};
use ipc_protocol::{
    Channel, Event, Limits, Payload, WindowCommand, WindowId, WindowSpec, WindowState,
};

use crate::registry::Registry;
use crate::subscription::Inbox;
use crate::{Filter, Port, Reply, Request, RouteError, Subscription, Wake};

/// The end that the app holds. Cheap to clone, usable from any thread; no call blocks.
#[derive(Clone)]
pub struct Router(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) limits: Limits,
    registry: Mutex<Registry>,
    requests: Sender<Request>,
    pub(crate) port_wake: RwLock<Option<Arc<dyn Wake>>>,
    /// Copied on change, so that publishing needs the lock only to read the pointer. `None`
    /// once closed.
    inboxes: RwLock<Option<Arc<[Arc<Inbox>]>>>,
}

impl Router {
    /// Makes both ends of a connection.
    pub fn new(limits: Limits) -> (Router, Port) {
        let (sender, requests) = crossbeam_channel::unbounded();
        let shared = Arc::new(Shared {
            limits,
            registry: Mutex::default(),
            requests: sender,
            port_wake: RwLock::new(None),
            inboxes: RwLock::new(Some([].into())),
        });
        let port = Port {
            shared: shared.clone(),
            requests,
        };
        (Router(shared), port)
    }

    /// The limits both ends keep to.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Makes a consumer of events; it listens to nothing yet. `wake` is told when there is
    /// something to take or the router has closed.
    pub fn subscribe(&self, wake: impl Wake) -> Subscription {
        self.subscribe_within(Filter::All, wake)
    }

    /// As [`Router::subscribe`], for a consumer that will never listen to anything but what
    /// `scope` wants: it hears of nothing else, and holds nothing else.
    pub fn subscribe_within(&self, scope: Filter, wake: impl Wake) -> Subscription {
        let subscription = Subscription::new(&self.0, self.0.limits.clone(), scope, wake);
        self.0.admit(subscription.inbox());
        subscription
    }

    /// Sends a message to a window's page. Messages to one window arrive in the order sent.
    ///
    /// `Ok` means accepted: the message waits for the page, and for the page's first listener on
    /// the channel.
    ///
    /// # Errors
    /// Unknown or closed window, reserved or disallowed channel, full queue, or no user
    /// interface; the message is then not kept.
    pub fn send(
        &self,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
    ) -> Result<(), RouteError> {
        self.0.queue_delivery(window, channel, payload)?;
        self.0.wake_port();
        Ok(())
    }

    /// Sends one message to several windows, which share its text; the results are in the order
    /// of `windows`. One that fails stops no other.
    pub fn broadcast(
        &self,
        windows: &[WindowId],
        channel: &Channel,
        payload: &Payload,
    ) -> Vec<Result<(), RouteError>> {
        let results: Vec<_> = windows
            .iter()
            .map(|window| self.0.queue_delivery(window, channel, payload))
            .collect();
        if results.iter().any(Result::is_ok) {
            self.0.wake_port();
        }
        results
    }

    /// Asks for a window and returns its id, which is taken from now on. `reply` is called when
    /// the window exists, or cannot: without a user interface at once, with
    /// [`RouteError::HostGone`].
    ///
    /// # Errors
    /// When the id is in use; `reply` is not called then.
    pub fn open(
        &self,
        spec: WindowSpec,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) -> Result<WindowId, RouteError> {
        let id = self.0.registry().reserve(&spec)?;
        let request = Request::Open {
            id: id.clone(),
            spec: Box::new(spec),
            reply: Reply::new(reply),
        };
        if let Err(refused) = self.0.request(request) {
            self.0.window_closed(&id);
            drop(refused);
        }
        Ok(id)
    }

    /// Asks something of an open window; `reply` is called when the window system has been
    /// asked. What comes of it arrives as events.
    ///
    /// # Errors
    /// Unknown or closed window; `reply` is not called then.
    pub fn command(
        &self,
        window: &WindowId,
        command: WindowCommand,
        reply: impl FnOnce(Result<(), RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        self.0.registry().check_open(window)?;
        self.0.ask(Request::Command {
            window: window.clone(),
            command,
            reply: Reply::new(reply),
        });
        Ok(())
    }

    /// Asks how a window stands, after everything asked of it before.
    ///
    /// # Errors
    /// As [`Router::command`].
    pub fn state(
        &self,
        window: &WindowId,
        reply: impl FnOnce(Result<WindowState, RouteError>) + Send + 'static,
    ) -> Result<(), RouteError> {
        self.0.registry().check_open(window)?;
        self.0.ask(Request::State {
            window: window.clone(),
            reply: Reply::new(reply),
        });
        Ok(())
    }

    /// Calls `call` once the window is closed, on the thread that closes it, or could not be
    /// opened; at once when there is no such window.
    pub fn on_closed(&self, window: &WindowId, call: impl FnOnce() + Send + 'static) {
        let not_open = self.0.registry().on_closed(window, Box::new(call));
        if let Some(call) = not_open {
            call();
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

    pub(crate) fn publish(&self, event: Event) {
        let inboxes = self
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let event = Arc::new(event);
        for inbox in inboxes.iter().flat_map(|inboxes| inboxes.iter()) {
            inbox.offer(&event);
        }
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

    /// Admits and queues under one lock, so that the window's queue holds no more than it may and
    /// a message that is accepted is asked before whatever follows the window's end.
    fn queue_delivery(
        &self,
        window: &WindowId,
        channel: &Channel,
        payload: &Payload,
    ) -> Result<(), RouteError> {
        if channel.is_reserved() {
            return Err(RouteError::ReservedChannel {
                window: window.clone(),
                channel: channel.clone(),
            });
        }
        let registry = self.registry();
        let delivery = registry.admit(window, channel, payload, &self.limits)?;
        self.requests
            .send(Request::Deliver(delivery))
            .map_err(|_| RouteError::HostGone)
    }

    /// Forgets a window, and tells who wanted to know.
    pub(crate) fn window_closed(&self, id: &WindowId) {
        let calls = self.registry().remove(id);
        calls.into_iter().for_each(|call| call());
    }

    /// Hands a request to the user interface; without one, dropping the request answers it.
    fn ask(&self, request: Request) {
        drop(self.request(request));
    }

    /// Gives the request back when there is no user interface.
    fn request(&self, request: Request) -> Result<(), SendError<Request>> {
        self.requests.send(request)?;
        self.wake_port();
        Ok(())
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
