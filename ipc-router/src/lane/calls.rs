//! The calls that are open with a page.

use std::collections::BTreeSet;

use ahash::HashMap;
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
    /// The chunks of all of theirs that the page has asked for and not acknowledged.
    asked: u32,
}

#[derive(Debug)]
struct Ours {
    channel: Channel,
    opening: Opening,
    /// The places of its steps that wait for the page.
    waiting: BTreeSet<u64>,
    /// The chunks that the page may still send.
    credit: u32,
}

/// How far the first step of a call of ours has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// It waits for the page that is there, or for the next.
    Waits,
    /// The page has been handed it.
    Handed,
    /// The page has acknowledged it, or begun to answer: it is this page's for good.
    Taken,
}

#[derive(Debug)]
struct Theirs {
    channel: Channel,
    number: CallId,
    /// Whether the host answers it, so that the app does not hear of it.
    is_hosts: bool,
    /// The chunks that the page has asked for and not acknowledged.
    asked: u32,
}

/// A call that the app has given up.
pub(super) struct Cancelled {
    pub(super) channel: Channel,
    /// The places of its steps that wait for the page.
    pub(super) waiting: BTreeSet<u64>,
    /// Whether the page knows of it.
    pub(super) is_known: bool,
}

/// Calls that have ended, in order: those that the app opened, and those that the page opened.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) ours: Vec<(CallId, Channel)>,
    pub(super) theirs: Vec<(CallId, Channel)>,
}

/// The most calls that may be open, each way.
pub(super) const MAX_OPEN: usize = 4_096;

/// The most chunks of one stream that a page may ask for and not acknowledge, so that what the app
/// sends to one that takes nothing does not pile up.
const MAX_ASKED: u32 = 1_024;

/// The same for all streams of a page, which asks for 16 of each and has 4,096 at most.
const MAX_ASKED_IN_ALL: u32 = 65_536;

impl Calls {
    pub(super) fn has_room_for_ours(&self) -> bool {
        self.ours.len() < MAX_OPEN
    }

    /// `owed` answers wait for the page; a call is not over before the page has its end.
    pub(super) fn has_room_for_theirs(&self, owed: usize) -> bool {
        self.theirs.len().saturating_add(owed) < MAX_OPEN
    }

    /// The app opens a call.
    pub(super) fn open_ours(&mut self, call: CallId, channel: Channel) {
        let ours = Ours {
            channel,
            opening: Opening::Waits,
            waiting: BTreeSet::new(),
            credit: 0,
        };
        self.ours.insert(call, ours);
    }

    /// A step of a call of ours waits for the page at this place.
    pub(super) fn waits(&mut self, call: CallId, step: &Step, number: u64) {
        if let Some(ours) = self.ours.get_mut(&call) {
            ours.waiting.insert(number);
            if step.opens() {
                ours.opening = Opening::Waits;
            }
        }
    }

    /// It no longer waits.
    pub(super) fn waits_no_more(&mut self, call: CallId, number: u64) {
        if let Some(ours) = self.ours.get_mut(&call) {
            ours.waiting.remove(&number);
        }
    }

    /// The page has been handed the opening.
    pub(super) fn handed(&mut self, call: CallId) {
        if let Some(ours) = self.ours.get_mut(&call) {
            ours.opening = Opening::Handed;
        }
    }

    /// The page has acknowledged the opening.
    pub(super) fn taken(&mut self, call: CallId) {
        if let Some(ours) = self.ours.get_mut(&call) {
            ours.opening = Opening::Taken;
        }
    }

    /// The page opens a call: `call` is its number for the app.
    pub(super) fn open_theirs(
        &mut self,
        call: CallId,
        number: CallId,
        channel: Channel,
        is_hosts: bool,
    ) {
        self.numbers.insert(number, call);
        let theirs = Theirs {
            channel,
            number,
            is_hosts,
            asked: 0,
        };
        self.theirs.insert(call, theirs);
    }

    /// Whether the page has a call open under this number.
    pub(super) fn is_theirs(&self, number: CallId) -> bool {
        self.numbers.contains_key(&number)
    }

    /// The app takes so many more chunks of a call it opened. Returns its channel, if it is open.
    pub(super) fn pull_ours(&mut self, call: CallId, count: u32) -> Option<Channel> {
        let ours = self.ours.get_mut(&call)?;
        ours.credit = ours.credit.saturating_add(count);
        Some(ours.channel.clone())
    }

    /// The app gives up a call it opened, if it is open.
    pub(super) fn cancel_ours(&mut self, call: CallId) -> Option<Cancelled> {
        let ours = self.ours.remove(&call)?;
        Some(Cancelled {
            channel: ours.channel,
            waiting: ours.waiting,
            is_known: ours.opening != Opening::Waits,
        })
    }

    /// The app answers a call of the page. Returns the page's number and the channel, if the call is
    /// open.
    pub(super) fn answer_theirs(&mut self, call: CallId, step: &Step) -> Option<(CallId, Channel)> {
        if !step.ends() {
            let theirs = self.theirs.get(&call)?;
            return Some((theirs.number, theirs.channel.clone()));
        }
        let theirs = self.forget_theirs(call)?;
        self.numbers.remove(&theirs.number);
        Some((theirs.number, theirs.channel))
    }

    /// The channel of an open call: of one that the page opened, under its number, or of ours.
    pub(super) fn channel_of(&self, call: CallId, is_pages: bool) -> Option<Channel> {
        if !is_pages {
            return self.ours.get(&call).map(|ours| ours.channel.clone());
        }
        let theirs = self.theirs.get(self.numbers.get(&call)?);
        theirs.map(|theirs| theirs.channel.clone())
    }

    /// The channel of a call of the page, if it is open and the app's to answer.
    pub(super) fn channel_of_theirs(&self, call: CallId) -> Option<Channel> {
        let theirs = self.theirs.get(&call).filter(|theirs| !theirs.is_hosts);
        theirs.map(|theirs| theirs.channel.clone())
    }

    /// The page answers a call of the app. Returns the call's channel, if the call is open, the
    /// page has been handed it, and the answer may come.
    pub(super) fn answer_ours(&mut self, call: CallId, step: &Step) -> Option<Channel> {
        let ours = self.ours.get_mut(&call)?;
        if ours.opening == Opening::Waits {
            return None;
        }
        if let Step::Chunk { .. } = step {
            ours.credit = ours.credit.checked_sub(1)?;
        }
        // A page may begin before it acknowledges, and the call must not run in another one too.
        ours.opening = Opening::Taken;
        let channel = ours.channel.clone();
        if step.ends() {
            self.ours.remove(&call);
        }
        Some(channel)
    }

    /// The page gives up a call it opened. Returns the app's number and the channel, if it
    /// concerns the app.
    pub(super) fn cancel_theirs(&mut self, number: CallId) -> Option<(CallId, Channel)> {
        let call = self.numbers.remove(&number)?;
        let theirs = self.forget_theirs(call)?;
        (!theirs.is_hosts).then_some((call, theirs.channel))
    }

    /// The page asks for so many more chunks of a call it opened. Returns what the app is asked
    /// for: as many as may be on their way, if any may.
    pub(super) fn pull_theirs(
        &mut self,
        number: CallId,
        count: u32,
    ) -> Option<(CallId, Channel, u32)> {
        let call = *self.numbers.get(&number)?;
        let theirs = self.theirs.get_mut(&call)?;
        let count = count
            .min(MAX_ASKED - theirs.asked)
            .min(MAX_ASKED_IN_ALL - self.asked);
        if theirs.is_hosts || count == 0 {
            return None;
        }
        theirs.asked += count;
        self.asked += count;
        Some((call, theirs.channel.clone(), count))
    }

    /// The page has had a chunk of a call it opened.
    pub(super) fn chunk_had(&mut self, number: CallId) {
        let call = self.numbers.get(&number);
        let theirs = call.and_then(|call| self.theirs.get_mut(call));
        if let Some(theirs) = theirs.filter(|theirs| theirs.asked > 0) {
            theirs.asked -= 1;
            self.asked -= 1;
        }
    }

    /// A call of the page has ended.
    fn forget_theirs(&mut self, call: CallId) -> Option<Theirs> {
        let theirs = self.theirs.remove(&call)?;
        self.asked -= theirs.asked;
        Some(theirs)
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.ours.len() + self.theirs.len()
    }

    pub(super) fn is_ours(&self, call: CallId) -> bool {
        self.ours.contains_key(&call)
    }

    /// Ends the calls that the page has taken, and those it opened; returns those that the app
    /// knows of.
    pub(super) fn page_gone(&mut self) -> Ended {
        let ours = self
            .ours
            .extract_if(|_, ours| ours.opening == Opening::Taken);
        let ours = sorted(ours.map(|(call, ours)| (call, ours.channel)));
        self.numbers.clear();
        self.asked = 0;
        let theirs = self.theirs.drain().filter(|(_, theirs)| !theirs.is_hosts);
        let theirs = sorted(theirs.map(|(call, theirs)| (call, theirs.channel)));
        Ended { ours, theirs }
    }

    /// Ends all calls.
    pub(super) fn window_gone(&mut self) -> Ended {
        for ours in self.ours.values_mut() {
            ours.opening = Opening::Taken;
        }
        self.page_gone()
    }
}

fn sorted(calls: impl Iterator<Item = (CallId, Channel)>) -> Vec<(CallId, Channel)> {
    let mut calls: Vec<_> = calls.collect();
    calls.sort_by_key(|(call, _)| *call);
    calls
}
