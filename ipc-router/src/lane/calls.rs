//! The calls that are open with a page.

use std::collections::HashMap;

use ipc_protocol::{CallId, Channel, Step};

/// The calls of one window, by both sides' numbers.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Those that the app opened.
    ours: HashMap<CallId, Ours>,
    /// Those that the page opened, by the number the app knows them under.
    theirs: HashMap<CallId, Theirs>,
    /// The same by the page's numbers.
    numbers: HashMap<CallId, CallId>,
}

#[derive(Debug)]
struct Ours {
    channel: Channel,
    /// Whether the page has acknowledged its opening: it is this page's for good.
    taken: bool,
    /// The chunks that the page may still send.
    credit: u32,
}

#[derive(Debug)]
struct Theirs {
    channel: Channel,
    number: CallId,
}

/// The most calls that may be open, each way.
const MAX_OPEN: usize = 4_096;

impl Calls {
    pub(super) fn has_room_for_ours(&self) -> bool {
        self.ours.len() < MAX_OPEN
    }

    pub(super) fn has_room_for_theirs(&self) -> bool {
        self.theirs.len() < MAX_OPEN
    }

    /// The app opens a call.
    pub(super) fn open_ours(&mut self, call: CallId, channel: Channel) {
        let ours = Ours {
            channel,
            taken: false,
            credit: 0,
        };
        self.ours.insert(call, ours);
    }

    /// The page has acknowledged the opening.
    pub(super) fn taken(&mut self, call: CallId) {
        if let Some(ours) = self.ours.get_mut(&call) {
            ours.taken = true;
        }
    }

    /// The page opens a call: `call` is its number for the app. Returns whether `number` is new.
    pub(super) fn open_theirs(&mut self, call: CallId, number: CallId, channel: Channel) -> bool {
        if self.numbers.contains_key(&number) {
            return false;
        }
        self.numbers.insert(number, call);
        self.theirs.insert(call, Theirs { channel, number });
        true
    }

    /// The app takes a step of a call it opened. Returns whether it is open.
    pub(super) fn step_ours(&mut self, call: CallId, step: &Step) -> bool {
        let Some(ours) = self.ours.get_mut(&call) else {
            return false;
        };
        match step {
            Step::Pull { count } => ours.credit = ours.credit.saturating_add(*count),
            _ => {
                self.ours.remove(&call);
            }
        }
        true
    }

    /// The app answers a call of the page. Returns the page's number, if the call is open.
    pub(super) fn answer_theirs(&mut self, call: CallId, step: &Step) -> Option<CallId> {
        let number = self.theirs.get(&call)?.number;
        if step.ends() {
            self.theirs.remove(&call);
            self.numbers.remove(&number);
        }
        Some(number)
    }

    /// The page answers a call of the app. Returns the call's channel, if the call is open and
    /// the answer may come.
    pub(super) fn answer_ours(&mut self, call: CallId, step: &Step) -> Option<Channel> {
        let ours = self.ours.get_mut(&call)?;
        if let Step::Chunk { .. } = step {
            ours.credit = ours.credit.checked_sub(1)?;
        }
        let channel = ours.channel.clone();
        if step.ends() {
            self.ours.remove(&call);
        }
        Some(channel)
    }

    /// The page takes a step of a call it opened. Returns the app's number and the channel.
    pub(super) fn step_theirs(&mut self, number: CallId, step: &Step) -> Option<(CallId, Channel)> {
        let call = *self.numbers.get(&number)?;
        let channel = self.theirs.get(&call)?.channel.clone();
        if step.ends() {
            self.theirs.remove(&call);
            self.numbers.remove(&number);
        }
        Some((call, channel))
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.ours.len() + self.theirs.len()
    }

    pub(super) fn is_ours(&self, call: CallId) -> bool {
        self.ours.contains_key(&call)
    }

    /// Ends the calls that the page has taken, and those it opened; returns them in order.
    pub(super) fn page_gone(&mut self) -> (Vec<(CallId, Channel)>, Vec<(CallId, Channel)>) {
        let ours = self.ours.extract_if(|_, ours| ours.taken);
        let ours = sorted(ours.map(|(call, ours)| (call, ours.channel)));
        self.numbers.clear();
        let theirs = self.theirs.drain();
        (
            ours,
            sorted(theirs.map(|(call, theirs)| (call, theirs.channel))),
        )
    }

    /// Ends all calls.
    pub(super) fn window_gone(&mut self) -> (Vec<(CallId, Channel)>, Vec<(CallId, Channel)>) {
        for ours in self.ours.values_mut() {
            ours.taken = true;
        }
        self.page_gone()
    }
}

fn sorted(calls: impl Iterator<Item = (CallId, Channel)>) -> Vec<(CallId, Channel)> {
    let mut calls: Vec<_> = calls.collect();
    calls.sort_by_key(|(call, _)| *call);
    calls
}
