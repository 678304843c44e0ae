//! One window, as the host knows it.

use std::collections::{HashSet, VecDeque};

use ipc_protocol::{
    Channel, ChannelList, Code, HostBatch, HostFrame, Limits, PageBatch, PageFrame, WindowId,
    WindowSpec, WindowState,
};
use ipc_router::{Delivery, Reply};

use super::Excerpt;
use crate::outbox::{Message, Outbox};
use crate::{Backend, BackendError};

pub(super) struct Window {
    /// The secret that the preload script adds to every batch.
    key: String,
    channels: Option<ChannelList>,
    pub(super) prevent_close: bool,
    /// Whether the app has had a `close` event of this window.
    pub(super) close_reported: bool,
    pub(super) state_replies: VecDeque<Reply<WindowState>>,
    page: Option<Page>,
    outbox: Outbox,
}

/// The page that the window shows, once it has said hello.
struct Page {
    id: String,
    /// Whether it is not to be handed any more messages.
    leaves: bool,
    /// The number of the next frame from the page.
    next_in: u64,
    /// The number of the next frame to the page.
    next_out: u64,
    /// The channels it has ever listened on.
    heard: HashSet<Channel>,
    /// What it is to be told at the next flush.
    refusals: Vec<Refusal>,
}

/// How many refusals a page is told of at once; a page that needs more does not listen anyway.
const MAX_REFUSALS: usize = 64;

/// A message of the page that was beyond the limits.
pub(super) struct Refusal {
    pub(super) channel: Channel,
    pub(super) code: Code,
    pub(super) message: String,
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
    pub(super) fn new(spec: &WindowSpec) -> Result<Window, BackendError> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(|error| BackendError::Failed(error.to_string()))?;
        Ok(Window {
            key: secret.iter().map(|byte| format!("{byte:02x}")).collect(),
            channels: spec.channels.clone(),
            prevent_close: spec.prevent_close,
            close_reported: false,
            state_replies: VecDeque::new(),
            page: None,
            outbox: Outbox::default(),
        })
    }

    pub(super) fn preload(&self, limits: &Limits) -> String {
        preload_js::preload(&preload_js::Config {
            key: &self.key,
            reserved: &Channel::RESERVED,
            channels: self.channels.as_ref().map(ChannelList::entries),
            max_channel_bytes: Channel::MAX_BYTES,
            max_payload_bytes: limits.payload_bytes,
        })
    }

    /// Checks whose batch this is. A hello under a new id replaces the page.
    pub(super) fn admit(&mut self, batch: &PageBatch) -> Admission {
        if batch.key != self.key {
            return Admission::WrongKey;
        }
        let is_new = self.page.as_ref().is_none_or(|page| page.id != batch.page);
        if is_new && batch.seq == 1 && batch.frames.first() == Some(&PageFrame::Hello) {
            self.outbox.hold_all();
            self.page = Some(Page {
                id: batch.page.clone(),
                leaves: false,
                next_in: 1,
                next_out: 1,
                heard: HashSet::new(),
                refusals: Vec::new(),
            });
        }
        match &mut self.page {
            Some(page) if page.id == batch.page => page.admit(batch),
            _ => Admission::Stale,
        }
    }

    /// The page is about to be replaced, or takes nothing: what it still says counts, but
    /// everything for it waits for the page that says hello next.
    pub(super) fn page_leaves(&mut self) {
        if let Some(page) = &mut self.page {
            page.leaves = true;
        }
        self.outbox.hold_all();
    }

    pub(super) fn listen(&mut self, channel: Channel) {
        if let Some(page) = &mut self.page {
            if !page.leaves {
                self.outbox.release(&channel);
            }
            page.heard.insert(channel);
        }
    }

    /// The page is to be told that a message of it was beyond the limits.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        if let Some(page) = &mut self.page
            && page.refusals.len() < MAX_REFUSALS
        {
            page.refusals.push(refusal);
        }
    }

    /// Whether the page may send on the channel.
    pub(super) fn allows(&self, channel: &Channel) -> bool {
        !channel.is_reserved()
            && self
                .channels
                .as_ref()
                .is_none_or(|list| list.allows(channel))
    }

    pub(super) fn queue(&mut self, delivery: Delivery) {
        let heard = self
            .page
            .as_ref()
            .is_some_and(|page| !page.leaves && page.heard.contains(&delivery.channel));
        self.outbox.push(delivery, heard);
    }

    pub(super) fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Hands the page what is ready for it.
    pub(super) fn flush(&mut self, id: &WindowId, batch_bytes: usize, backend: &mut dyn Backend) {
        let Some(page) = self.page.as_mut().filter(|page| !page.leaves) else {
            return;
        };
        loop {
            let refusals = std::mem::take(&mut page.refusals);
            let batch = self.outbox.take(batch_bytes);
            if refusals.is_empty() && batch.is_empty() {
                return;
            }
            match page
                .script(&self.key, &refusals, &batch)
                .and_then(|script| backend.eval(id, &script))
            {
                Ok(()) => log_delivered(id, &batch),
                Err(error) => {
                    tracing::warn!(target: "ipc", window = %id, %error, "the page takes no messages");
                    self.outbox.put_back(batch);
                    return self.page_leaves();
                }
            }
        }
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

    fn script(
        &mut self,
        key: &str,
        refusals: &[Refusal],
        messages: &[Message],
    ) -> Result<String, BackendError> {
        let refusals = refusals.iter().map(|refusal| HostFrame::Refused {
            channel: &refusal.channel,
            code: refusal.code.as_str(),
            message: &refusal.message,
        });
        let messages = messages.iter().map(|message| HostFrame::Message {
            channel: &message.delivery.channel,
            payload: &message.delivery.payload,
        });
        let batch = HostBatch {
            page: &self.id,
            seq: self.next_out,
            frames: refusals.chain(messages).collect(),
        };
        self.next_out += batch.frames.len() as u64;
        let json = batch
            .encode()
            .map_err(|error| BackendError::Failed(error.to_string()))?;
        Ok(preload_js::deliver(key, &json))
    }
}

fn log_delivered(id: &WindowId, batch: &[Message]) {
    for Message { delivery, .. } in batch {
        tracing::debug!(
            target: "ipc",
            window = %id, channel = %delivery.channel, payload = %Excerpt(delivery.payload.as_str()),
            "to window"
        );
    }
}
