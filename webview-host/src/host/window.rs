//! One window, as the host knows it.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use ipc_protocol::{
    CallId, Channel, ChannelList, Code, DialogAnswer, Escaped, Limits, Origin, PageBatch,
    PageFrame, WindowId, WindowSpec, WindowState,
};
use ipc_router::{Lane, Reply};

use super::closing::Waits;
use super::reports::Reports;
use super::throttle::Throttle;
use super::trace;
use crate::link::secret;
use crate::tally::Tally;
use crate::{Backend, BackendError, Handover, PageLink};

pub(super) struct Window {
    /// The secret that the preload script adds to every batch.
    key: String,
    link: PageLink,
    /// The app's own, and those that the window was opened with.
    origins: Vec<Origin>,
    /// The channels that its pages may send on.
    send: Option<ChannelList>,
    pub(super) prevent_close: bool,
    /// The window with which it closes.
    pub(super) parent: Option<WindowId>,
    /// Whether the app has had a `close` event of this window.
    pub(super) close_reported: bool,
    pub(super) state_replies: VecDeque<Reply<WindowState>>,
    /// Who waits for an answer to a dialog, by its number.
    pub(super) dialogs: HashMap<u64, Reply<DialogAnswer>>,
    /// Whether its page, or its user, is asked whether it may close.
    pub(super) is_asked: bool,
    /// Who waits for it to close, once it is about to: its page leaves.
    pub(super) leaving: Option<Vec<Waits>>,
    /// What goes to the page.
    pub(super) lane: Lane,
    pub(super) throttle: Throttle,
    pub(super) reports: Reports,
    page: Option<Page>,
    /// The ids of the last pages that are gone.
    gone: VecDeque<String>,
    /// How many batches were malformed, and how many of them came from the page that is there.
    malformed: u64,
    nonsense: u32,
    /// How often its pages have done what they may not.
    offences: Tally,
    /// How many of their messages and calls were refused, which happens to honest pages, too.
    refusals: Tally,
    /// Whether nothing is heard until another page says hello.
    is_cut_off: bool,
    /// Whether the window shows another page than before, which has not said hello.
    pub(super) awaits_hello: bool,
}

/// How many pages that are gone a window remembers: of others nothing comes any more.
const MAX_GONE: usize = 16;

/// At how many malformed batches of its own a page is cut off. So many of all are logged one by one.
const MAX_MALFORMED: u32 = 16;

/// The longest batch that may be a page's hello, in bytes.
const HELLO_BYTES: usize = 512;

/// The page that the window shows, once it has said hello.
struct Page {
    id: String,
    /// The number of the next frame from the page.
    next_in: u64,
}

/// What becomes of a batch.
pub(super) enum Admission {
    /// Not from this window's preload script.
    WrongKey,
    /// From a page that is gone.
    Stale,
    /// From the page that is there: after the frames that came before, and maybe with some
    /// missing before the first.
    Current { repeated: usize, missing: u64 },
}

impl Window {
    pub(super) fn new(
        spec: &WindowSpec,
        lane: Lane,
        limits: &Limits,
        origin: &str,
        console: bool,
        now: Instant,
    ) -> Result<Window, BackendError> {
        let key = secret()?;
        let channels = spec.channels.as_ref();
        let own = Origin::of(origin)
            .ok_or_else(|| BackendError::Failed(format!("\"{origin}\" is not an origin")))?;
        let origins: Vec<_> = std::iter::once(&own)
            .chain(&spec.origins)
            .cloned()
            .collect();
        let names: Vec<_> = origins.iter().map(Origin::as_str).collect();
        let preload = preload_js::preload(&preload_js::Config {
            key: &key,
            origin,
            origins: &names,
            reserved: &Channel::RESERVED,
            send_channels: channels.map(|it| it.send.entries()),
            receive_channels: channels.map(|it| it.receive.entries()),
            max_channel_bytes: Channel::MAX_BYTES,
            max_payload_bytes: limits.payload_bytes,
            stacks: spec.devtools,
            console,
        });
        Ok(Window {
            link: PageLink::new(preload, key.clone()),
            key,
            origins,
            send: channels.map(|it| it.send.clone()),
            prevent_close: spec.prevent_close,
            parent: spec.parent.clone(),
            close_reported: false,
            state_replies: VecDeque::new(),
            dialogs: HashMap::new(),
            is_asked: false,
            leaving: None,
            lane,
            throttle: Throttle::new(limits, now),
            reports: Reports::new(console, now),
            page: None,
            gone: VecDeque::new(),
            malformed: 0,
            nonsense: 0,
            offences: Tally::default(),
            refusals: Tally::default(),
            is_cut_off: false,
            awaits_hello: false,
        })
    }

    /// Sets whether its user's wish to close it is only reported.
    pub(super) fn set_prevent_close(&mut self, prevents: bool) {
        self.prevent_close = prevents;
        // From now on that it has closed is what is to be reported.
        self.close_reported &= prevents;
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn link(&self) -> &PageLink {
        &self.link
    }

    /// Whether pages of this origin may reach the app.
    pub(super) fn admits(&self, origin: Option<&Origin>) -> bool {
        origin.is_some_and(|origin| self.origins.contains(origin))
    }

    /// Whether a batch of so many bytes is looked at: of a window whose page was cut off only what
    /// may be the hello of another page.
    pub(super) fn is_heard(&self, bytes: usize) -> bool {
        !self.is_cut_off || bytes <= HELLO_BYTES
    }

    pub(super) fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// Counts something that a page may not do. Returns the count if that is worth a line in the log.
    pub(super) fn count_offence(&mut self) -> Option<u64> {
        self.offences.add()
    }

    /// Counts a message or call that was refused. Returns the count if that is worth a line in the log.
    pub(super) fn count_refusal(&mut self) -> Option<u64> {
        self.refusals.add()
    }

    /// Counts a malformed batch, whoever it came from. Returns whether it is to be logged.
    pub(super) fn count_malformed(&mut self) -> bool {
        self.malformed += 1;
        self.malformed <= u64::from(MAX_MALFORMED) || self.malformed.is_power_of_two()
    }

    /// Counts a malformed batch of the page itself. Returns whether it is to be cut off for it.
    pub(super) fn count_nonsense(&mut self) -> bool {
        self.nonsense += 1;
        self.nonsense == MAX_MALFORMED
    }

    /// Hears nothing more of the page, until another one says hello.
    pub(super) fn cut_off(&mut self) {
        self.is_cut_off = true;
        self.page_gone();
    }

    /// Checks whose batch this is. A hello under a new id replaces the page; one of a page that is
    /// gone comes late, or twice, and brings nothing back.
    pub(super) fn admit(&mut self, batch: &PageBatch) -> Admission {
        if batch.key != self.key {
            return Admission::WrongKey;
        }
        let is_current = self.page.as_ref().is_some_and(|page| page.id == batch.page);
        let is_new = !is_current && !self.gone.contains(&batch.page);
        if is_new && batch.seq == 1 && batch.frames.first() == Some(&PageFrame::Hello) {
            self.lane.arrive();
            self.leave_page();
            self.nonsense = 0;
            self.is_cut_off = false;
            self.awaits_hello = false;
            self.page = Some(Page {
                id: batch.page.clone(),
                next_in: 1,
            });
        }
        match &mut self.page {
            Some(page) if page.id == batch.page => page.admit(batch),
            _ => Admission::Stale,
        }
    }

    /// The page is gone, and there is none until one says hello.
    pub(super) fn page_gone(&mut self) {
        self.awaits_hello = false;
        self.leave_page();
        self.lane.page_gone();
    }

    fn leave_page(&mut self) {
        self.link.withdraw();
        let Some(page) = self.page.take() else {
            return;
        };
        if self.gone.len() == MAX_GONE {
            self.gone.pop_front();
        }
        self.gone.push_back(page.id);
    }

    /// Takes in that the page has handled every frame up to this one; false if there is none such.
    pub(super) fn acknowledge(&self, frame: u64) -> bool {
        let is_known = self.lane.ack(frame);
        if is_known {
            self.link.acknowledge(frame);
        }
        is_known
    }

    /// Whether the page may send on the channel; if not, why.
    pub(super) fn check(&self, channel: &Channel) -> Result<(), Code> {
        if channel.is_reserved() {
            return Err(Code::ReservedChannel);
        }
        match &self.send {
            Some(list) if !list.allows(channel) => Err(Code::ChannelNotAllowed),
            _ => Ok(()),
        }
    }

    /// The same for a call, which is told.
    pub(super) fn check_call(&self, call: CallId, channel: &Channel) -> Result<(), Code> {
        self.check(channel).inspect_err(|code| {
            let message = "this window may not send on the channel";
            self.lane.fail(call, channel, *code, message.to_owned());
        })
    }

    /// Tells the page that a call of it does not open.
    pub(super) fn fail_to_open(&self, call: CallId, channel: &Channel, code: Code) {
        self.lane
            .fail(call, channel, code, "too many calls are open".to_owned());
    }

    /// Hands the page what it is due.
    pub(super) fn serve(&mut self, id: &WindowId, batch_bytes: usize, backend: &mut dyn Backend) {
        while self.lane.is_due() && self.hand_over(id, batch_bytes, backend) {}
    }

    /// Hands the page all that is ready for it.
    pub(super) fn flush(&mut self, id: &WindowId, batch_bytes: usize, backend: &mut dyn Backend) {
        while self.hand_over(id, batch_bytes, backend) {}
    }

    /// Hands the page a batch; false when there is none, or the page takes none.
    fn hand_over(&mut self, id: &WindowId, batch_bytes: usize, backend: &mut dyn Backend) -> bool {
        let Some(page) = &self.page else {
            return false;
        };
        let Some(batch) = self.lane.take(batch_bytes) else {
            return false;
        };
        let (seq, frames) = (batch.seq, batch.frames.len());
        let _span =
            tracing::trace_span!(target: "ipc", "deliver", window = %Escaped(id), seq, frames)
                .entered();
        let outcome = backend.deliver(id, &Handover::new(&self.link, &page.id, &batch));
        match &outcome {
            Ok(()) => trace::to_page(id, &batch),
            Err(error) => {
                tracing::warn!(target: "ipc", window = %Escaped(id), error = %Escaped(error), "the page takes no messages");
                self.lane.leave();
            }
        }
        outcome.is_ok()
    }
}

impl Page {
    fn admit(&mut self, batch: &PageBatch) -> Admission {
        let count = batch.frames.len();
        let repeated = usize::try_from(self.next_in.saturating_sub(batch.seq))
            .unwrap_or(count)
            .min(count);
        let missing = batch.seq.saturating_sub(self.next_in);
        self.next_in = self.next_in.max(batch.seq.saturating_add(count as u64));
        Admission::Current { repeated, missing }
    }
}
