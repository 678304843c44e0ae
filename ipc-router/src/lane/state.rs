//! The state behind a lane: no lock, no clock, nothing is called from here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::{HashMap, HashSet};
use ipc_protocol::{
    CallError, CallId, Channel, Code, Escaped, Event, Limits, Overflow, Payload, Policy, Step,
    WindowId,
};

use super::calls::{Calls, Ended, MAX_OPEN};
use super::item::{Item, Waiting};
use super::parked::{Parked, Senders};
use super::ready::Ready;
use super::room::{Room, Rooms};
use super::{Batch, Outgoing};
use crate::stats::WindowStats;
use crate::unheard::{MAX_HEARD, MAX_UNHEARD};
use crate::{Reply, RouteError};

/// The most frames that a page may have without acknowledging them.
const MAX_IN_FLIGHT: usize = 4_096;

/// The most bytes that it may have, give or take one frame.
const MAX_BYTES_IN_FLIGHT: usize = 4 << 20;

/// How many refusals wait for a page; one that needs more does not listen anyway.
const MAX_REFUSALS: usize = 64;

/// How many ends of calls wait for a page before those it cannot open are no longer answered.
const MAX_OWED: usize = 65_536;

#[derive(Debug)]
pub(crate) struct State {
    window: WindowId,
    limits: Limits,
    /// The place of the last item that was sent.
    last: u64,
    /// What the page may be handed next.
    ready: Ready,
    /// What waits for the page's first listener on its channel. Apart by channel, so that a page
    /// cannot make us look through all of it with each listener it adds.
    held: HashMap<Channel, BTreeMap<u64, Waiting>>,
    /// How many items are in `ready` and `held`, and their payload bytes.
    messages: usize,
    bytes: usize,
    rooms: Rooms,
    parked: Senders,
    /// How many messages of other windows' pages are among these or wait for room, and their payload
    /// bytes.
    relays: usize,
    relay_bytes: usize,
    /// How often senders have begun to wait on a channel that the page does not listen on.
    unheard: u64,
    /// What the page has been handed and not acknowledged, by frame.
    flight: VecDeque<Flight>,
    /// What they weigh together.
    flight_weight: usize,
    /// The number of the next frame.
    next_frame: u64,
    /// Whether there is a page that may be handed frames.
    present: bool,
    /// The channels the page listens on.
    heard: HashSet<Channel>,
    /// Others on which something has begun to wait for it, since that was last asked.
    unheard_channels: Vec<Channel>,
    /// The last places that are for the page that is there, before commands that replace it.
    boundaries: VecDeque<Boundary>,
    /// The number of the last of them all.
    last_boundary: u64,
    refusals: usize,
    /// How many ends of the page's calls wait.
    owed: usize,
    calls: Calls,
    closed: bool,
    received: u64,
    received_bytes: u64,
}

/// Before a command that replaces the page.
#[derive(Debug)]
struct Boundary {
    number: u64,
    /// The last place that is for the page that is there.
    place: u64,
}

#[derive(Debug)]
struct Flight {
    frame: u64,
    number: u64,
    weight: usize,
    waiting: Waiting,
    /// Whether the page did not get all of it.
    is_lost: bool,
}

/// When a sender is told that all went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When the message is accepted.
    Accepted,
    /// When the page's handlers have received it.
    Received,
}

/// What is to be done without the lock.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) events: Vec<Event>,
    pub(crate) replies: Vec<(Reply<()>, Result<(), RouteError>)>,
}

impl State {
    pub(super) fn new(window: WindowId, limits: Limits) -> State {
        State {
            window,
            limits,
            last: 0,
            ready: Ready::default(),
            held: HashMap::default(),
            messages: 0,
            bytes: 0,
            rooms: Rooms::default(),
            parked: Senders::default(),
            relays: 0,
            relay_bytes: 0,
            unheard: 0,
            flight: VecDeque::new(),
            flight_weight: 0,
            next_frame: 1,
            present: false,
            heard: HashSet::default(),
            unheard_channels: Vec::new(),
            boundaries: VecDeque::new(),
            last_boundary: 0,
            refusals: 0,
            owed: 0,
            calls: Calls::default(),
            closed: false,
            received: 0,
            received_bytes: 0,
        }
    }

    // ---- The app sends

    /// Sends a message under its channel's policy. With `tell`, which makes a reply when one is
    /// needed, a full queue under [`Overflow::Wait`] makes the sender wait. Returns whether the
    /// message has come so far; if not, the reply will tell.
    pub(crate) fn send(
        &mut self,
        item: Item,
        policy: &Arc<Policy>,
        tell: Option<(Until, impl FnOnce() -> Reply<()>)>,
        now: Instant,
        fx: &mut Effects,
    ) -> Result<bool, RouteError> {
        let Some(channel) = item.awaits().cloned() else {
            return Ok(true);
        };
        if item.is_relay() {
            self.expire(&channel, now, fx);
        }
        let is_within = !item.is_relay() || self.has_room_for_relay(item.bytes());
        let outcome = match self.closed {
            true => Err(RouteError::WindowClosed(self.window.clone())),
            false if !is_within => Err(self.queue_full()),
            false => self.make_room(&channel, item.bytes(), policy, now, fx),
        };
        let waiting = Waiting {
            item,
            sent: now,
            // Never, if no clock runs for so long.
            expires: policy
                .ttl_ms
                .and_then(|ttl| now.checked_add(Duration::from_millis(ttl))),
            receipt: None,
        };
        self.last += 1;
        match (outcome, tell) {
            (Ok(()), tell) => {
                let receipt = tell
                    .filter(|(until, _)| *until == Until::Received)
                    .map(|(_, reply)| reply());
                let has_arrived = receipt.is_none();
                self.accept(self.last, Waiting { receipt, ..waiting }, policy);
                Ok(has_arrived)
            }
            (Err(RouteError::QueueFull { .. }), Some((until, reply)))
                if policy.overflow == Overflow::Wait
                    && is_within
                    && self.may_park(waiting.item.bytes()) =>
            {
                self.count_relay(&waiting.item);
                let parked = Parked {
                    number: self.last,
                    waiting,
                    until,
                    reply: reply(),
                };
                let is_heard = self.heard.contains(&channel);
                let begins = !is_heard && !self.parked.waits_on(&channel);
                self.unheard += u64::from(begins);
                if begins && self.unheard.is_power_of_two() {
                    tracing::warn!(
                        target: "ipc",
                        window = %Escaped(&self.window), channel = %Escaped(&channel),
                        times = self.unheard,
                        "senders wait: the queue is full, and the page does not listen on the channel"
                    );
                }
                self.parked.push(channel, is_heard, policy.clone(), parked);
                Ok(false)
            }
            (Err(error), _) => {
                self.room(&channel).counts.refused += 1;
                Err(error)
            }
        }
    }

    /// Opens a call under a number that is new.
    pub(crate) fn open(
        &mut self,
        call: CallId,
        step: Step,
        now: Instant,
    ) -> Result<(), RouteError> {
        if self.closed {
            return Err(RouteError::WindowClosed(self.window.clone()));
        }
        let (Step::Request { channel, payload } | Step::Stream { channel, payload }) = &step else {
            return Ok(());
        };
        if !self.calls.has_room_for_ours() {
            return Err(RouteError::TooManyCalls {
                window: self.window.clone(),
                calls: MAX_OPEN,
            });
        }
        if !self.has_room_for(payload.size()) {
            return Err(self.queue_full());
        }
        let channel = channel.clone();
        self.calls.open_ours(call, channel.clone());
        let item = Item::Ours {
            call,
            channel,
            step,
        };
        self.append(item, now);
        Ok(())
    }

    /// Takes a step of a call that is open. Returns whether it is.
    ///
    /// An answer for which there is no room, since the page takes nothing or has asked for too much,
    /// ends the call.
    pub(crate) fn step(
        &mut self,
        call: CallId,
        step: Step,
        now: Instant,
        fx: &mut Effects,
    ) -> bool {
        if step.opens() || self.closed {
            return false;
        }
        if !step.is_openers() {
            let bytes = step.payload().map_or(0, Payload::size);
            if bytes > 0 && self.bytes.saturating_add(bytes) > self.limits.window_bytes {
                let error = CallError::new(Code::QueueFull, self.queue_full().to_string());
                return self.refuse_answer(call, &step, error, now, fx);
            }
            let Some((call, channel)) = self.calls.answer_theirs(call, &step) else {
                return false;
            };
            let item = Item::Theirs {
                call,
                channel,
                step,
            };
            self.append(item, now);
            return true;
        }
        if let Step::Pull { count } = step {
            let Some(channel) = self.calls.pull_ours(call, count) else {
                return false;
            };
            let item = Item::Ours {
                call,
                channel,
                step,
            };
            self.append(item, now);
            return true;
        }
        let Some(cancelled) = self.calls.cancel_ours(call) else {
            return false;
        };
        for number in cancelled.waiting {
            if let Some(waiting) = self.ready.remove(number) {
                self.uncount(number, &waiting);
            }
        }
        if cancelled.is_known {
            let item = Item::Ours {
                call,
                channel: cancelled.channel,
                step,
            };
            self.append(item, now);
        }
        true
    }

    /// Ends a call of the page with an error, since its answer is none that may be given. Returns
    /// whether the call was open.
    pub(crate) fn refuse_answer(
        &mut self,
        call: CallId,
        answer: &Step,
        error: CallError,
        now: Instant,
        fx: &mut Effects,
    ) -> bool {
        if answer.opens() {
            return false;
        }
        let channel = self.calls.channel_of_theirs(call);
        let is_open = self.step(call, Step::Error { error }, now, fx);
        if let Some(channel) = channel.filter(|_| is_open && !answer.ends()) {
            let window = self.window.clone();
            fx.events
                .push(Event::call(window, channel, call, Step::Cancel));
        }
        is_open
    }

    /// What is sent from now on is for the page to come. Returns the number of that boundary.
    pub(crate) fn set_boundary(&mut self) -> u64 {
        self.last_boundary += 1;
        self.boundaries.push_back(Boundary {
            number: self.last_boundary,
            place: self.last,
        });
        self.last_boundary
    }

    /// The boundary does not hold any longer, if it was not passed already.
    pub(crate) fn lift_boundary(&mut self, number: u64) {
        self.boundaries.retain(|it| it.number != number);
    }

    pub(super) fn pass_boundary(&mut self) {
        self.boundaries.pop_front();
    }

    // ---- Room

    fn room(&mut self, channel: &Channel) -> &mut Room {
        self.rooms.of(channel)
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.messages < self.limits.window_messages
            && self.bytes.saturating_add(bytes) <= self.limits.window_bytes
    }

    /// Whether pages of other windows may send one more: they fill half of what there is at most, so
    /// that they keep the app from nothing.
    fn has_room_for_relay(&self, bytes: usize) -> bool {
        self.relays < self.limits.window_messages / 2
            && self.relay_bytes.saturating_add(bytes) <= self.limits.window_bytes / 2
    }

    fn count_relay(&mut self, item: &Item) {
        if item.is_relay() {
            self.relays += 1;
            self.relay_bytes += item.bytes();
        }
    }

    fn uncount_relay(&mut self, item: &Item) {
        if item.is_relay() {
            self.relays -= 1;
            self.relay_bytes -= item.bytes();
        }
    }

    fn queue_full(&self) -> RouteError {
        RouteError::QueueFull {
            window: self.window.clone(),
            messages: self.messages,
            bytes: self.bytes,
        }
    }

    /// Whether one more sender may wait: as many as messages may, and with as many bytes. A
    /// message that never fits is not among them.
    fn may_park(&self, bytes: usize) -> bool {
        self.parked.len() < self.limits.window_messages
            && self.parked.bytes().saturating_add(bytes) <= self.limits.window_bytes
    }

    /// Makes room for a message, behind those whose senders wait, as far as the policy says.
    fn make_room(
        &mut self,
        channel: &Channel,
        bytes: usize,
        policy: &Arc<Policy>,
        now: Instant,
        fx: &mut Effects,
    ) -> Result<(), RouteError> {
        self.expire(channel, now, fx);
        self.parked.adopt(channel, policy);
        self.admit_heard(now, fx);
        let mut is_behind = self.parked.first_heard().is_some();
        while !is_behind && self.admit_first(channel, now, fx) {}
        // A message that cannot wait overtakes those on other channels that do.
        is_behind &= policy.overflow == Overflow::Wait;
        let is_behind = is_behind || self.parked.waits_on(channel);
        match !is_behind && self.find_room(channel, bytes, policy, fx) {
            true => Ok(()),
            false => Err(self.queue_full()),
        }
    }

    /// Makes room for a message if what may give way for it is enough. Returns whether it is.
    fn find_room(
        &mut self,
        channel: &Channel,
        bytes: usize,
        policy: &Policy,
        fx: &mut Effects,
    ) -> bool {
        if let Overflow::Wait | Overflow::Fail = policy.overflow {
            let has_room = self.has_room_for(bytes);
            return has_room && self.rooms.of(channel).has_room_for(bytes, policy);
        }
        let room = self.rooms.of(channel);
        let messages = self.messages - room.waiting.len();
        let total = self.bytes - room.bytes;
        if messages >= self.limits.window_messages
            || total.saturating_add(bytes) > self.limits.window_bytes
        {
            return false;
        }
        loop {
            let has_room = self.has_room_for(bytes);
            let room = self.rooms.of(channel);
            let admits = has_room && room.has_room_for(bytes, policy);
            let gives_way = policy.overflow == Overflow::KeepLatest || !admits;
            let oldest = room.waiting.first().copied();
            let oldest = oldest.filter(|_| gives_way);
            let Some(waiting) = oldest.and_then(|number| self.remove(channel, number)) else {
                return admits;
            };
            self.room(channel).counts.dropped += 1;
            self.give_up(waiting, Code::Dropped, fx);
        }
    }

    /// Lets in the senders that there is room for now. Who waits on a channel that the page
    /// listens on is not overtaken; the others hold up only their own channel.
    fn admit_parked(&mut self, now: Instant, fx: &mut Effects) {
        let mut from = 0;
        while let Some((number, channel, is_heard)) = self.parked.next_from(from) {
            if !self.admit_first(&channel, now, fx) && is_heard {
                return;
            }
            from = number + 1;
        }
    }

    /// The same for those on channels that the page listens on.
    fn admit_heard(&mut self, now: Instant, fx: &mut Effects) {
        while let Some(channel) = self.parked.first_heard().cloned() {
            if !self.admit_first(&channel, now, fx) {
                return;
            }
        }
    }

    /// Lets in the first who waits on the channel, if there is room.
    fn admit_first(&mut self, channel: &Channel, now: Instant, fx: &mut Effects) -> bool {
        self.expire(channel, now, fx);
        let Some((bytes, policy)) = self.parked.first_on(channel) else {
            return false;
        };
        if !self.find_room(channel, bytes, &policy, fx) {
            return false;
        }
        if let Some(mut parked) = self.parked.pop(channel) {
            self.uncount_relay(&parked.waiting.item);
            match parked.until {
                Until::Received => parked.waiting.receipt = Some(parked.reply),
                Until::Accepted => fx.replies.push((parked.reply, Ok(()))),
            }
            self.accept(parked.number, parked.waiting, &policy);
        }
        true
    }

    fn accept(&mut self, number: u64, waiting: Waiting, policy: &Policy) {
        if let Some(channel) = waiting.item.awaits() {
            let room = self.rooms.of(channel);
            room.counts.accepted += 1;
            // What another window says is not the app's last word.
            if let Item::Message { payload, .. } = &waiting.item {
                room.sticky = policy.sticky.then(|| (number, payload.clone()));
            }
        }
        self.insert(number, waiting);
    }

    /// Adds what no policy and no limit is for.
    fn append(&mut self, item: Item, now: Instant) {
        if self.closed {
            return;
        }
        self.last += 1;
        let waiting = Waiting {
            item,
            sent: now,
            expires: None,
            receipt: None,
        };
        self.insert(self.last, waiting);
    }

    fn insert(&mut self, number: u64, waiting: Waiting) {
        self.messages += 1;
        self.bytes += waiting.item.bytes();
        self.count_relay(&waiting.item);
        match &waiting.item {
            Item::Message { channel, .. } | Item::Relay { channel, .. } => {
                self.rooms.of(channel).add(number, &waiting);
                if !self.heard.contains(channel) {
                    self.hold(channel.clone(), number, waiting);
                    return;
                }
            }
            Item::Ours { call, step, .. } => self.calls.waits(*call, step, number),
            Item::Theirs { step, .. } => self.owed += usize::from(step.ends()),
            Item::Refused { .. } => self.refusals += 1,
        }
        self.ready.insert(number, waiting);
    }

    /// Keeps a message until the page listens on its channel.
    fn hold(&mut self, channel: Channel, number: u64, waiting: Waiting) {
        tracing::debug!(
            target: "ipc",
            window = %Escaped(&self.window), channel = %Escaped(&channel),
            kind = %waiting.item.kind(),
            "held: the page does not listen on the channel"
        );
        let held = self.held.entry(channel.clone()).or_default();
        if held.is_empty() && self.present {
            self.unheard_channels.push(channel);
        }
        held.insert(number, waiting);
    }

    /// An item no longer waits.
    fn uncount(&mut self, number: u64, waiting: &Waiting) {
        self.messages -= 1;
        self.bytes -= waiting.item.bytes();
        self.uncount_relay(&waiting.item);
        match &waiting.item {
            Item::Message { channel, .. } | Item::Relay { channel, .. } => {
                self.rooms.of(channel).remove(number, waiting);
            }
            Item::Ours { call, .. } => self.calls.waits_no_more(*call, number),
            Item::Theirs { step, .. } => self.owed -= usize::from(step.ends()),
            Item::Refused { .. } => self.refusals -= 1,
        }
    }

    /// Takes back a message that waits on the channel.
    fn remove(&mut self, channel: &Channel, number: u64) -> Option<Waiting> {
        let waiting = match self.ready.remove(number) {
            Some(waiting) => waiting,
            None => {
                let held = self.held.get_mut(channel)?;
                let waiting = held.remove(&number)?;
                if held.is_empty() {
                    self.held.remove(channel);
                }
                waiting
            }
        };
        self.uncount(number, &waiting);
        Some(waiting)
    }

    /// Gives up what has waited for too long on the channel.
    fn expire(&mut self, channel: &Channel, now: Instant, fx: &mut Effects) {
        while let Some(number) = self.rooms.get(channel).and_then(|room| room.expired(now))
            && let Some(waiting) = self.remove(channel, number)
        {
            self.room(channel).counts.expired += 1;
            self.give_up(waiting, Code::Expired, fx);
        }
    }

    fn give_up(&self, waiting: Waiting, code: Code, fx: &mut Effects) {
        tracing::debug!(
            target: "ipc",
            window = %Escaped(&self.window),
            channel = %Escaped(waiting.item.channel()), kind = %waiting.item.kind(), %code,
            "message given up"
        );
        if let (Some(receipt), Some(channel)) = (waiting.receipt, waiting.item.awaits()) {
            let error = RouteError::GivenUp {
                window: self.window.clone(),
                channel: channel.clone(),
                code,
            };
            fx.replies.push((receipt, Err(error)));
        }
    }

    // ---- The page comes, listens, acknowledges and goes

    pub(super) fn arrive(&mut self, fx: &mut Effects) {
        if !self.closed {
            self.page_gone(fx);
            self.present = true;
            let held = self.held.keys().take(MAX_UNHEARD);
            self.unheard_channels = held.cloned().collect();
        }
    }

    /// What the page has not acknowledged waits again.
    pub(super) fn page_gone(&mut self, fx: &mut Effects) {
        if self.closed {
            return;
        }
        let ended = self.calls.page_gone();
        self.end_calls(ended, Code::PageGone, "the page is gone", fx);
        self.heard.clear();
        self.parked.page_gone();
        self.present = false;
        self.next_frame = 1;
        self.flight_weight = 0;
        let handed = std::mem::take(&mut self.flight);
        let ready = std::mem::take(&mut self.ready);
        for (number, waiting) in ready.into_items() {
            self.uncount(number, &waiting);
            self.keep_for_next_page(number, waiting);
        }
        for flight in handed {
            if let Some(channel) = flight.waiting.item.awaits() {
                self.rooms.of(channel).in_flight -= 1;
            }
            self.keep_for_next_page(flight.number, flight.waiting);
        }
    }

    /// What is not about the page that is gone stays.
    fn keep_for_next_page(&mut self, number: u64, waiting: Waiting) {
        let stays = match &waiting.item {
            Item::Message { .. } | Item::Relay { .. } => true,
            Item::Ours { call, .. } => self.calls.is_ours(*call),
            Item::Theirs { .. } | Item::Refused { .. } => false,
        };
        if stays {
            self.insert(number, waiting);
        }
    }

    /// Takes the channels on which something waits since the last call that the page does not listen on.
    pub(crate) fn take_unheard(&mut self) -> Vec<Channel> {
        std::mem::take(&mut self.unheard_channels)
    }

    /// If something waits on the channel for a page that does not listen on it, some channels that it
    /// does listen on.
    pub(crate) fn heard_instead(&self, channel: &Channel) -> Option<Vec<Channel>> {
        let is_unheard = self.present && self.held.contains_key(channel);
        is_unheard.then(|| self.heard.iter().take(MAX_HEARD).cloned().collect())
    }

    pub(super) fn leave(&mut self) {
        self.present = false;
    }

    pub(super) fn assume_taken(&mut self) {
        for flight in &self.flight {
            if let Item::Ours { call, step, .. } = &flight.waiting.item
                && step.opens()
            {
                self.calls.taken(*call);
            }
        }
    }

    pub(super) fn listen(
        &mut self,
        channel: &Channel,
        now: Instant,
        fx: &mut Effects,
    ) -> Result<(), Code> {
        if self.closed || self.heard.contains(channel) {
            return Ok(());
        }
        if self.heard.len() >= self.limits.page_channels {
            return Err(Code::TooManyChannels);
        }
        self.heard.insert(channel.clone());
        self.expire(channel, now, fx);
        for (number, waiting) in self.held.remove(channel).into_iter().flatten() {
            self.ready.insert(number, waiting);
        }
        self.parked.listen(channel);
        self.admit_parked(now, fx);
        self.give_sticky(channel, now);
        Ok(())
    }

    /// Gives the page the last message of the channel, if it would not get that otherwise.
    fn give_sticky(&mut self, channel: &Channel, now: Instant) {
        let room = self.rooms.get(channel);
        let room = room.filter(|room| room.waiting.is_empty() && !self.parked.waits_on(channel));
        if let Some((number, payload)) = room.and_then(|room| room.sticky.clone()) {
            self.room(channel).counts.accepted += 1;
            let channel = channel.clone();
            // At its old place, which nothing else can have: not after what was sent later.
            self.insert(
                number,
                Waiting {
                    item: Item::Message { channel, payload },
                    sent: now,
                    expires: None,
                    receipt: None,
                },
            );
        }
    }

    pub(super) fn ack(&mut self, frame: u64, now: Instant, fx: &mut Effects) -> bool {
        if frame >= self.next_frame {
            return false;
        }
        while self
            .flight
            .front()
            .is_some_and(|flight| flight.frame <= frame)
        {
            let Some(flight) = self.flight.pop_front() else {
                break;
            };
            self.flight_weight -= flight.weight;
            if flight.is_lost {
                self.lost(flight.waiting, fx);
                continue;
            }
            let Waiting {
                item,
                sent,
                receipt,
                ..
            } = flight.waiting;
            if let Some(channel) = item.awaits() {
                let room = self.room(channel);
                room.in_flight -= 1;
                room.counts
                    .deliver(item.bytes(), now.saturating_duration_since(sent));
            }
            match &item {
                Item::Ours { call, step, .. } if step.opens() => self.calls.taken(*call),
                Item::Theirs {
                    call,
                    step: Step::Chunk { .. },
                    ..
                } => self.calls.chunk_had(*call),
                _ => {}
            }
            if let Some(receipt) = receipt {
                fx.replies.push((receipt, Ok(())));
            }
        }
        true
    }

    /// Notes that the page did not get all of a message that it was handed.
    pub(super) fn lose(&mut self, frame: u64) -> bool {
        let flight = self.flight.binary_search_by_key(&frame, |it| it.frame);
        let flight = flight.ok().and_then(|place| self.flight.get_mut(place));
        let Some(flight) = flight.filter(|it| it.waiting.item.awaits().is_some()) else {
            return false;
        };
        flight.is_lost = true;
        true
    }

    /// The page is done with a message of which it did not get all.
    fn lost(&mut self, waiting: Waiting, fx: &mut Effects) {
        if let Some(channel) = waiting.item.awaits() {
            let room = self.rooms.of(channel);
            room.in_flight -= 1;
            room.counts.lost += 1;
        }
        self.give_up(waiting, Code::TransferFailed, fx);
    }

    pub(super) fn take(
        &mut self,
        max_bytes: usize,
        now: Instant,
        fx: &mut Effects,
    ) -> Option<Batch> {
        if !self.present {
            return None;
        }
        let seq = self.next_frame;
        let mut weight = 0;
        let mut frames = Vec::new();
        while self.has_next(now, fx) {
            let fits = |item_weight| frames.is_empty() || weight + item_weight <= max_bytes;
            let Some((number, waiting)) = self.ready.pop_if(fits) else {
                break;
            };
            let item_weight = waiting.item.weight();
            self.uncount(number, &waiting);
            if waiting.expires.is_some_and(|at| at <= now) {
                if let Some(channel) = waiting.item.awaits() {
                    self.rooms.of(channel).counts.expired += 1;
                }
                self.give_up(waiting, Code::Expired, fx);
                continue;
            }
            match &waiting.item {
                Item::Message { channel, .. } | Item::Relay { channel, .. } => {
                    self.rooms.of(channel).in_flight += 1;
                }
                Item::Ours { call, step, .. } if step.opens() => self.calls.handed(*call),
                _ => {}
            }
            weight += item_weight;
            self.flight_weight += item_weight;
            frames.push(Outgoing(waiting.item.clone()));
            self.flight.push_back(Flight {
                frame: self.next_frame,
                number,
                weight: item_weight,
                waiting,
                is_lost: false,
            });
            self.next_frame += 1;
        }
        self.admit_parked(now, fx);
        (!frames.is_empty()).then_some(Batch { seq, frames })
    }

    /// Whether there is something to hand to the page, and credit for it. Lets in, first, who
    /// waits for the room that was left, since that may be what is next.
    fn has_next(&mut self, now: Instant, fx: &mut Effects) -> bool {
        self.admit_heard(now, fx);
        if !self.may_hand_over() {
            self.admit_parked(now, fx);
        }
        self.may_hand_over()
    }

    /// Whether something is ready for the page that is there, and it has credit.
    fn may_hand_over(&self) -> bool {
        let last = self.boundaries.front().map_or(u64::MAX, |it| it.place);
        self.flight.len() < MAX_IN_FLIGHT
            && self.flight_weight < MAX_BYTES_IN_FLIGHT
            && self.ready.first().is_some_and(|number| number <= last)
    }

    /// Whether the page should be handed something now. While it is busy with what it was handed,
    /// the rest gathers, until it has acknowledged that or there is a batch's worth: a page costs
    /// far more for each batch than for each message.
    pub(crate) fn is_due(&self) -> bool {
        let is_time = self.flight.is_empty() || self.ready.is_full();
        self.present && is_time && (self.may_hand_over() || self.parked.len() > 0)
    }

    // ---- The page's own calls and messages

    pub(super) fn step_of_page(
        &mut self,
        call: CallId,
        mut step: Step,
        next: impl FnOnce() -> CallId,
    ) -> Result<Option<Event>, Code> {
        let known = match &mut step {
            Step::Request { channel, .. } | Step::Stream { channel, .. } => self
                .open_of_page(call, channel, false, next)?
                .map(|call| (call, channel.clone())),
            Step::Pull { count } => {
                let pulled = self.calls.pull_theirs(call, *count);
                pulled.map(|(call, channel, granted)| {
                    *count = granted;
                    (call, channel)
                })
            }
            Step::Cancel => self.calls.cancel_theirs(call),
            Step::Chunk { .. } | Step::Result { .. } | Step::Error { .. } => self
                .calls
                .answer_ours(call, &step)
                .map(|channel| (call, channel)),
        };
        let event =
            known.map(|(call, channel)| Event::call(self.window.clone(), channel, call, step));
        Ok(event)
    }

    /// Opens a call of the page, which the host answers itself if it `is_hosts`.
    pub(super) fn open_of_page(
        &mut self,
        number: CallId,
        channel: &Channel,
        is_hosts: bool,
        next: impl FnOnce() -> CallId,
    ) -> Result<Option<CallId>, Code> {
        if self.closed || self.calls.is_theirs(number) {
            return Ok(None);
        }
        if !self.calls.has_room_for_theirs(self.owed) {
            return Err(Code::QueueFull);
        }
        let call = next();
        self.calls
            .open_theirs(call, number, channel.clone(), is_hosts);
        Ok(Some(call))
    }

    pub(super) fn refuse(&mut self, channel: &Channel, code: Code, message: String) {
        if self.refusals < MAX_REFUSALS {
            let channel = channel.clone();
            let item = Item::Refused {
                channel,
                code,
                message,
            };
            self.append(item, Instant::now());
        }
    }

    pub(super) fn fail(&mut self, call: CallId, channel: &Channel, code: Code, message: String) {
        if self.owed < MAX_OWED {
            let error = CallError::new(code, message);
            let step = Step::Error { error };
            let channel = channel.clone();
            let item = Item::Theirs {
                call,
                channel,
                step,
            };
            self.append(item, Instant::now());
        }
    }

    pub(super) fn count_received(&mut self, messages: usize, bytes: usize) {
        self.received += messages as u64;
        self.received_bytes += bytes as u64;
    }

    pub(super) fn channel_of(&self, call: CallId, is_pages: bool) -> Option<Channel> {
        self.calls.channel_of(call, is_pages)
    }

    // ---- The end

    fn end_calls(&self, ended: Ended, code: Code, message: &str, fx: &mut Effects) {
        let event = |call, channel, step| Event::call(self.window.clone(), channel, call, step);
        for (call, channel) in ended.ours {
            let error = CallError::new(code, message);
            fx.events.push(event(call, channel, Step::Error { error }));
        }
        for (call, channel) in ended.theirs {
            fx.events.push(event(call, channel, Step::Cancel));
        }
    }

    pub(crate) fn close(&mut self, fx: &mut Effects) {
        self.closed = true;
        self.present = false;
        let ended = self.calls.window_gone();
        self.end_calls(ended, Code::WindowClosed, "the window is closed", fx);
        let mut waiting = std::mem::take(&mut self.ready).into_items();
        waiting.extend(std::mem::take(&mut self.held).into_values().flatten());
        let handed = std::mem::take(&mut self.flight);
        waiting.extend(
            handed
                .into_iter()
                .map(|flight| (flight.number, flight.waiting)),
        );
        let receipts = waiting.into_values().filter_map(|waiting| waiting.receipt);
        let senders = std::mem::take(&mut self.parked).into_replies();
        self.rooms = Rooms::default();
        (self.messages, self.bytes) = (0, 0);
        let closed = || Err(RouteError::WindowClosed(self.window.clone()));
        fx.replies
            .extend(receipts.chain(senders).map(|reply| (reply, closed())));
    }

    // ---- Numbers

    pub(super) fn undelivered(&self) -> usize {
        self.messages + self.flight.len()
    }

    pub(crate) fn stats(&self) -> WindowStats {
        WindowStats {
            window: self.window.clone(),
            channels: self.rooms.stats(),
            in_flight: self.flight.len(),
            calls: self.calls.len(),
            received: self.received,
            received_bytes: self.received_bytes,
        }
    }
}
