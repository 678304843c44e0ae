//! What is on its way to one window's page, and the calls that are open with it.

mod calls;
mod item;
mod parked;
mod ready;
mod room;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ipc_protocol::{
    CallId, Channel, Code, Escaped, Event, HostFrame, Limits, Payload, Step, WindowId,
};

pub(crate) use self::item::Item;
pub use self::state::Until;
pub(crate) use self::state::{Effects, State};
use crate::router::Shared;

/// The user interface's hold on what goes to one window.
///
/// The host tells it what becomes of the page: a new one is there ([`Lane::arrive`]), it listens
/// ([`Lane::listen`]), it acknowledges ([`Lane::ack`]), it is about to be replaced
/// ([`Lane::leave`]) or is gone without a successor ([`Lane::page_gone`]). It takes what is ready ([`Lane::take`]) and hands it to the page. What the
/// page has not acknowledged is given to the page that comes next, in the old order.
#[derive(Clone)]
pub struct Lane {
    shared: Arc<Shared>,
    core: Arc<LaneCore>,
}

/// One window's lane, shared by both sides.
#[derive(Debug)]
pub(crate) struct LaneCore {
    pub(crate) window: WindowId,
    state: Mutex<State>,
}

impl LaneCore {
    pub(crate) fn new(window: WindowId, limits: &Limits) -> LaneCore {
        LaneCore {
            state: Mutex::new(State::new(window.clone(), limits.clone())),
            window,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A frame that is to be handed to the page.
#[derive(Clone, Debug)]
pub struct Outgoing(pub(crate) Item);

impl Outgoing {
    /// The frame as it is written.
    pub fn frame(&self) -> HostFrame<'_> {
        self.0.frame()
    }

    /// The channel it is on; of a step of a call, that of the call.
    pub fn channel(&self) -> &Channel {
        self.0.channel()
    }

    /// What kind of frame it is, as the frame itself names it.
    pub fn kind(&self) -> &'static str {
        self.0.kind()
    }

    /// The call of which it is a step, if it is one: by the number of who opened it.
    pub fn call(&self) -> Option<CallId> {
        self.0.call()
    }

    /// The code of an error or a refusal.
    pub fn code(&self) -> Option<&str> {
        self.0.code()
    }

    /// What it carries, if it carries any.
    pub fn payload(&self) -> Option<&Payload> {
        self.0.payload()
    }
}

/// Frames for one batch.
#[derive(Debug)]
pub struct Batch {
    /// The number of the first.
    pub seq: u64,
    /// The frames, numbered on from `seq`; at least one.
    pub frames: Vec<Outgoing>,
}

impl Lane {
    pub(crate) fn new(shared: Arc<Shared>, core: Arc<LaneCore>) -> Lane {
        Lane { shared, core }
    }

    /// Changes the state, and then, without the lock, tells who is concerned.
    fn with<T>(&self, change: impl FnOnce(&mut State, &mut Effects) -> T) -> T {
        self.shared.with_lane(&self.core, change)
    }

    /// A page has said hello. It is handed everything that waits, what an earlier page did not
    /// acknowledge among it; its frames are numbered from 1. Calls that the earlier page had
    /// taken or opened end with [`Code::PageGone`].
    pub fn arrive(&self) {
        self.with(State::arrive);
    }

    /// The page is gone, and there is none until the next one arrives. Calls that it had taken or
    /// opened end with [`Code::PageGone`].
    pub fn page_gone(&self) {
        self.with(State::page_gone);
    }

    /// The page has begun with what it was handed, and may never come to acknowledge it: it does not
    /// respond. Calls among that count as taken, and run in no other page. Messages do not.
    pub fn assume_taken(&self) {
        self.with(|state, _| state.assume_taken());
    }

    /// The page is about to be replaced, or takes nothing: it may still acknowledge and answer,
    /// but is handed nothing more.
    pub fn leave(&self) {
        self.with(|state, _| state.leave());
    }

    /// The page has its first handler on a channel: what waits for that may be taken.
    ///
    /// # Errors
    /// When it listens on [`Limits::page_channels`] others ([`Code::TooManyChannels`]); nothing
    /// changes then.
    pub fn listen(&self, channel: &Channel) -> Result<(), Code> {
        self.with(|state, fx| state.listen(channel, Instant::now(), fx))
    }

    /// The page has handled every frame up to this one. Returns whether there has been such a
    /// frame; if not, nothing changes.
    pub fn ack(&self, frame: u64) -> bool {
        let window = &self.core.window;
        let _span =
            tracing::trace_span!(target: "ipc", "acknowledge", window = %Escaped(window), frame)
                .entered();
        self.with(|state, fx| state.ack(frame, Instant::now(), fx))
    }

    /// The page did not get the bytes of this frame, a message, and is going to acknowledge it all
    /// the same. Returns whether it has such a frame; if not, nothing changes.
    pub fn lose(&self, frame: u64) -> bool {
        self.with(|state, _| state.lose(frame))
    }

    /// Whether [`Lane::take`] should be called now. While the page is busy with what it was handed,
    /// the rest gathers, until the page has acknowledged that or there is a batch's worth (512
    /// frames or 256 KiB): a page spends far more on each batch than on each message. The router
    /// wakes the user interface when an app's message makes this true.
    pub fn is_due(&self) -> bool {
        self.core.lock().is_due()
    }

    /// Takes the next frames for the page: no more than come to about `max_bytes`, give or take
    /// one, and no more than may be unacknowledged. They count as handed over.
    pub fn take(&self, max_bytes: usize) -> Option<Batch> {
        self.with(|state, fx| state.take(max_bytes, Instant::now(), fx))
    }

    /// What waits up to here was asked to be handed over before a command that may replace the
    /// page, which is done now. See [`Router::command`](crate::Router::command).
    pub fn pass_boundary(&self) {
        self.with(|state, _| state.pass_boundary());
    }

    /// The page takes a step of a call. Returns the event to publish; `None` for a step that makes
    /// no sense, such as an answer to a call that is not open, which changes nothing.
    ///
    /// # Errors
    /// When the page may not open the call: too many are open.
    pub fn step(&self, call: CallId, step: Step) -> Result<Option<Event>, Code> {
        let next = || self.shared.next_call();
        self.with(|state, _| state.step_of_page(call, step, next))
    }

    /// The page asks something that the host itself answers, under this number of the page's.
    /// Returns the number under which to answer it, with [`Router::step`](crate::Router::step).
    ///
    /// # Errors
    /// As [`Lane::step`].
    pub fn ask(&self, call: CallId, channel: &Channel) -> Result<Option<CallId>, Code> {
        let next = || self.shared.next_call();
        self.with(|state, _| state.open_of_page(call, channel, true, next))
    }

    /// Tells the page that a message of it was refused; at most 64 such notes wait.
    pub fn refuse(&self, channel: &Channel, code: Code, message: String) {
        self.with(|state, _| state.refuse(channel, code, message));
    }

    /// Answers a call that the page could not open. A page that lets 65,536 answers wait gets no
    /// more of these.
    pub fn fail(&self, call: CallId, channel: &Channel, code: Code, message: String) {
        self.with(|state, _| state.fail(call, channel, code, message));
    }

    /// The channel of a call that is open: of one that the page opened, under its number, or of one that
    /// the app opened.
    pub fn channel_of(&self, call: CallId, is_pages: bool) -> Option<Channel> {
        self.core.lock().channel_of(call, is_pages)
    }

    /// The app was given so many messages of the page, of so many bytes in all.
    pub fn count_received(&self, messages: usize, bytes: usize) {
        self.with(|state, _| state.count_received(messages, bytes));
    }

    /// How many messages wait, or are with the page and not acknowledged.
    pub fn undelivered(&self) -> usize {
        self.core.lock().undelivered()
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane")
            .field("window", &self.core.window)
            .finish_non_exhaustive()
    }
}
