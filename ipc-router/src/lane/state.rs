//! The state behind a lane: no lock, no clock, nothing is called from here.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ipc_protocol::{
    CallError, CallId, Channel, Code, Event, Limits, Overflow, Policy, Step, WindowId,
};

use super::calls::Calls;
use super::item::{Item, Waiting};
use super::room::Room;
use super::{Batch, Outgoing};
use crate::stats::WindowStats;
use crate::{Reply, RouteError};

/// The most frames that a page may have without acknowledging them.
const MAX_IN_FLIGHT: usize = 4_096;

/// The most bytes that it may have, give or take one frame.
const MAX_BYTES_IN_FLIGHT: usize = 4 << 20;

/// How many refusals wait for a page; one that needs more does not listen anyway.
const MAX_REFUSALS: usize = 64;

#[derive(Debug)]
pub(crate) struct State {
    window: WindowId,
    limits: Limits,
    /// The place of the last item that was sent.
    last: u64,
    /// What the page may be handed next.
    ready: BTreeMap<u64, Waiting>,
    /// What waits for the page's first listener on its channel. Apart by channel, so that a page
    /// cannot make us look through all of it with each listener it adds.
    held: HashMap<Channel, BTreeMap<u64, Waiting>>,
    /// How many items are in `ready` and `held`, and their payload bytes.
    messages: usize,
    bytes: usize,
    rooms: HashMap<Channel, Room>,
    /// Senders that wait for room, in the order they came.
    parked: BTreeMap<u64, Parked>,
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
    /// The last places that are for the page that is there, before commands that replace it.
    boundaries: VecDeque<u64>,
    refusals: usize,
    calls: Calls,
    closed: bool,
    received: u64,
    received_bytes: u64,
}

#[derive(Debug)]
struct Flight {
    frame: u64,
    number: u64,
    weight: usize,
    waiting: Waiting,
}

#[derive(Debug)]
struct Parked {
    channel: Channel,
    policy: Arc<Policy>,
    waiting: Waiting,
    until: Until,
    reply: Reply<()>,
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
            ready: BTreeMap::new(),
            held: HashMap::new(),
            messages: 0,
            bytes: 0,
            rooms: HashMap::new(),
            parked: BTreeMap::new(),
            flight: VecDeque::new(),
            flight_weight: 0,
            next_frame: 1,
            present: false,
            heard: HashSet::new(),
            boundaries: VecDeque::new(),
            refusals: 0,
            calls: Calls::default(),
            closed: false,
            received: 0,
            received_bytes: 0,
        }
    }

    // ---- The app sends

    /// Sends a message under its channel's policy. With `tell`, a full queue under
    /// [`Overflow::Wait`] makes the sender wait.
    pub(crate) fn send(
        &mut self,
        item: Item,
        policy: &Arc<Policy>,
        tell: Option<(Until, Reply<()>)>,
        now: Instant,
        fx: &mut Effects,
    ) -> Result<(), RouteError> {
        let (until, reply) = match tell {
            Some((until, reply)) => (until, Some(reply)),
            None => (Until::Accepted, None),
        };
        let Some(channel) = item.awaits().cloned() else {
            return Ok(());
        };
        let outcome = match self.closed {
            true => Err(RouteError::WindowClosed(self.window.clone())),
            false => self.make_room(&channel, item.bytes(), policy, now, fx),
        };
        let waiting = Waiting {
            item,
            sent: now,
            expires: policy.ttl_ms.map(|ttl| now + Duration::from_millis(ttl)),
            receipt: None,
        };
        self.last += 1;
        match (outcome, reply) {
            (Ok(()), reply) => self.accept(self.last, waiting, policy, until, reply, fx),
            (Err(RouteError::QueueFull { .. }), Some(reply))
                if policy.overflow == Overflow::Wait =>
            {
                let parked = Parked {
                    channel,
                    policy: policy.clone(),
                    waiting,
                    until,
                    reply,
                };
                self.parked.insert(self.last, parked);
            }
            (Err(error), reply) => {
                self.room(&channel).counts.refused += 1;
                match reply {
                    Some(reply) => fx.replies.push((reply, Err(error))),
                    None => return Err(error),
                }
            }
        }
        Ok(())
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
        if !self.calls.has_room_for_ours() || !self.has_room_for(payload.as_str().len()) {
            return Err(self.queue_full());
        }
        self.calls.open_ours(call, channel.clone());
        self.append(Item::Ours { call, step }, now);
        Ok(())
    }

    /// Takes a step of a call that is open. Returns whether it is.
    pub(crate) fn step(&mut self, call: CallId, step: Step, now: Instant) -> bool {
        if step.opens() || self.closed {
            return false;
        }
        if !step.is_openers() {
            let number = self.calls.answer_theirs(call, &step);
            if let Some(call) = number {
                self.append(Item::Theirs { call, step }, now);
            }
            return number.is_some();
        }
        let is_open = self.calls.step_ours(call, &step);
        if is_open && !(step == Step::Cancel && self.forget_opening(call)) {
            self.append(Item::Ours { call, step }, now);
        }
        is_open
    }

    /// Takes back all steps of a call that the page has not been handed. Returns whether its
    /// opening was among them.
    fn forget_opening(&mut self, call: CallId) -> bool {
        let of_call = |(_, waiting): (&u64, &mut Waiting)| match &waiting.item {
            Item::Ours { call: other, step } if *other == call => Some(step.opens()),
            _ => None,
        };
        let mut opening = false;
        let mut taken = Vec::new();
        for (number, waiting) in &mut self.ready {
            if let Some(opens) = of_call((number, waiting)) {
                opening |= opens;
                taken.push(*number);
            }
        }
        for number in taken {
            if let Some(waiting) = self.ready.remove(&number) {
                self.uncount(number, &waiting.item);
            }
        }
        opening
    }

    /// What is sent from now on is for the page to come.
    pub(crate) fn set_boundary(&mut self) {
        self.boundaries.push_back(self.last);
    }

    pub(super) fn pass_boundary(&mut self) {
        self.boundaries.pop_front();
    }

    // ---- Room

    fn room(&mut self, channel: &Channel) -> &mut Room {
        self.rooms.entry(channel.clone()).or_default()
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.messages < self.limits.window_messages
            && self.bytes.saturating_add(bytes) <= self.limits.window_bytes
    }

    fn queue_full(&self) -> RouteError {
        RouteError::QueueFull {
            window: self.window.clone(),
            messages: self.messages,
            bytes: self.bytes,
        }
    }

    /// Makes room for a message as far as the policy says.
    fn make_room(
        &mut self,
        channel: &Channel,
        bytes: usize,
        policy: &Policy,
        now: Instant,
        fx: &mut Effects,
    ) -> Result<(), RouteError> {
        self.expire(channel, now, fx);
        if policy.overflow == Overflow::Wait && self.must_queue_behind_parked(channel) {
            return Err(self.queue_full());
        }
        let gives_way = |state: &mut State| match policy.overflow {
            Overflow::KeepLatest => !state.room(channel).waiting.is_empty(),
            Overflow::DropOldest => {
                !state.room(channel).waiting.is_empty() && !state.admits(channel, bytes, policy)
            }
            Overflow::Wait | Overflow::Fail => false,
        };
        while gives_way(self) {
            let Some(waiting) = self.pop_oldest(channel) else {
                break;
            };
            self.room(channel).counts.dropped += 1;
            self.give_up(waiting, Code::Dropped, fx);
        }
        match self.admits(channel, bytes, policy) {
            true => Ok(()),
            false => Err(self.queue_full()),
        }
    }

    fn admits(&mut self, channel: &Channel, bytes: usize, policy: &Policy) -> bool {
        self.has_room_for(bytes) && self.room(channel).has_room_for(bytes, policy)
    }

    /// Whether a message would overtake one whose sender waits. Those on a channel that the page
    /// does not listen on are overtaken by the others anyway.
    fn must_queue_behind_parked(&self, channel: &Channel) -> bool {
        self.parked
            .values()
            .any(|parked| parked.channel == *channel || self.heard.contains(&parked.channel))
    }

    /// Lets in the senders that there is room for now.
    fn admit_parked(&mut self, now: Instant, fx: &mut Effects) {
        let mut blocked = HashSet::new();
        let numbers: Vec<u64> = self.parked.keys().copied().collect();
        for number in numbers {
            let Some(parked) = self.parked.get(&number) else {
                continue;
            };
            let (channel, policy) = (parked.channel.clone(), parked.policy.clone());
            let bytes = parked.waiting.item.bytes();
            self.expire(&channel, now, fx);
            if !blocked.contains(&channel)
                && self.admits(&channel, bytes, &policy)
                && let Some(parked) = self.parked.remove(&number)
            {
                let reply = Some(parked.reply);
                self.accept(number, parked.waiting, &policy, parked.until, reply, fx);
            } else if self.heard.contains(&channel) {
                return;
            } else {
                blocked.insert(channel);
            }
        }
    }

    fn accept(
        &mut self,
        number: u64,
        mut waiting: Waiting,
        policy: &Policy,
        until: Until,
        reply: Option<Reply<()>>,
        fx: &mut Effects,
    ) {
        if let Some(channel) = waiting.item.awaits().cloned() {
            let sticky = match &waiting.item {
                Item::Message { payload, .. } if policy.sticky => Some(payload.clone()),
                _ => None,
            };
            let room = self.room(&channel);
            room.counts.accepted += 1;
            room.sticky = sticky;
        }
        match (until, reply) {
            (Until::Received, reply) => waiting.receipt = reply,
            (Until::Accepted, Some(reply)) => fx.replies.push((reply, Ok(()))),
            (Until::Accepted, None) => {}
        }
        self.insert(number, waiting);
    }

    /// Adds what no policy and no limit is for.
    fn append(&mut self, item: Item, now: Instant) {
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
        let bytes = waiting.item.bytes();
        self.messages += 1;
        self.bytes += bytes;
        match waiting.item.awaits().cloned() {
            Some(channel) => {
                self.room(&channel).add(number, bytes);
                match self.heard.contains(&channel) {
                    true => self.ready.insert(number, waiting),
                    false => self
                        .held
                        .entry(channel)
                        .or_default()
                        .insert(number, waiting),
                };
            }
            None => {
                self.ready.insert(number, waiting);
            }
        }
    }

    /// An item no longer waits.
    fn uncount(&mut self, number: u64, item: &Item) {
        let bytes = item.bytes();
        self.messages -= 1;
        self.bytes -= bytes;
        if let Some(channel) = item.awaits() {
            self.room(channel).remove(number, bytes);
        }
        if let Item::Refused { .. } = item {
            self.refusals -= 1;
        }
    }

    fn pop_oldest(&mut self, channel: &Channel) -> Option<Waiting> {
        let number = *self.room(channel).waiting.first()?;
        let waiting = match self.ready.remove(&number) {
            Some(waiting) => waiting,
            None => self.held.get_mut(channel)?.remove(&number)?,
        };
        self.uncount(number, &waiting.item);
        Some(waiting)
    }

    /// Gives up what has waited for too long on the channel.
    fn expire(&mut self, channel: &Channel, now: Instant, fx: &mut Effects) {
        loop {
            let Some(number) = self.room(channel).waiting.first().copied() else {
                return;
            };
            let waiting = match self.ready.get(&number) {
                Some(waiting) => Some(waiting),
                None => self.held.get(channel).and_then(|held| held.get(&number)),
            };
            if !waiting.is_some_and(|waiting| waiting.expires.is_some_and(|at| at <= now)) {
                return;
            }
            if let Some(waiting) = self.pop_oldest(channel) {
                self.room(channel).counts.expired += 1;
                self.give_up(waiting, Code::Expired, fx);
            }
        }
    }

    fn give_up(&self, waiting: Waiting, code: Code, fx: &mut Effects) {
        tracing::debug!(
            target: "ipc",
            window = %self.window, channel = waiting.item.channel().map(tracing::field::display), %code,
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
        let (ours, theirs) = self.calls.page_gone();
        self.end_calls(ours, theirs, Code::PageGone, "the page is gone", fx);
        self.heard.clear();
        self.present = true;
        self.next_frame = 1;
        self.flight_weight = 0;
        let handed = std::mem::take(&mut self.flight);
        let ready = std::mem::take(&mut self.ready);
        for (number, waiting) in ready {
            self.uncount(number, &waiting.item);
            self.keep_for_next_page(number, waiting);
        }
        for flight in handed {
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

    pub(super) fn leave(&mut self) {
        self.present = false;
    }

    pub(super) fn listen(&mut self, channel: &Channel, fx: &mut Effects) {
        if !self.heard.insert(channel.clone()) {
            return;
        }
        self.ready
            .extend(self.held.remove(channel).into_iter().flatten());
        let room = self.rooms.get(channel);
        let sticky = room.filter(|room| room.waiting.is_empty());
        if let Some(payload) = sticky.and_then(|room| room.sticky.clone()) {
            let channel = channel.clone();
            self.append(Item::Message { channel, payload }, Instant::now());
        }
        self.admit_parked(Instant::now(), fx);
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
            let Waiting {
                item,
                sent,
                receipt,
                ..
            } = flight.waiting;
            if let Some(channel) = item.awaits() {
                let counts = &mut self.room(channel).counts;
                counts.deliver(item.bytes(), now.saturating_duration_since(sent));
            }
            if let Item::Ours { call, step } = &item
                && step.opens()
            {
                self.calls.taken(*call);
            }
            if let Some(receipt) = receipt {
                fx.replies.push((receipt, Ok(())));
            }
        }
        true
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
        let last = self.boundaries.front().copied().unwrap_or(u64::MAX);
        while let Some(first) = self.ready.first_entry()
            && *first.key() <= last
            && self.flight.len() < MAX_IN_FLIGHT
            && self.flight_weight < MAX_BYTES_IN_FLIGHT
        {
            let item_weight = first.get().item.weight();
            if weight + item_weight > max_bytes && !frames.is_empty() {
                break;
            }
            let (number, waiting) = first.remove_entry();
            self.uncount(number, &waiting.item);
            if waiting.expires.is_some_and(|at| at <= now) {
                if let Some(channel) = waiting.item.awaits().cloned() {
                    self.room(&channel).counts.expired += 1;
                }
                self.give_up(waiting, Code::Expired, fx);
                continue;
            }
            weight += item_weight;
            self.flight_weight += item_weight;
            frames.push(Outgoing(waiting.item.clone()));
            self.flight.push_back(Flight {
                frame: self.next_frame,
                number,
                weight: item_weight,
                waiting,
            });
            self.next_frame += 1;
        }
        self.admit_parked(now, fx);
        (!frames.is_empty()).then_some(Batch { seq, frames })
    }

    // ---- The page's own calls and messages

    pub(super) fn step_of_page(
        &mut self,
        call: CallId,
        step: Step,
        next: impl FnOnce() -> CallId,
    ) -> Result<Option<Event>, Code> {
        let known = match &step {
            Step::Request { channel, .. } | Step::Stream { channel, .. } => self
                .open_of_page(call, channel, next)?
                .map(|call| (call, channel.clone())),
            Step::Pull { .. } | Step::Cancel => self.calls.step_theirs(call, &step),
            Step::Chunk { .. } | Step::Result { .. } | Step::Error { .. } => self
                .calls
                .answer_ours(call, &step)
                .map(|channel| (call, channel)),
        };
        let event =
            known.map(|(call, channel)| Event::call(self.window.clone(), channel, call, step));
        Ok(event)
    }

    pub(super) fn open_of_page(
        &mut self,
        number: CallId,
        channel: &Channel,
        next: impl FnOnce() -> CallId,
    ) -> Result<Option<CallId>, Code> {
        if !self.calls.has_room_for_theirs() {
            return Err(Code::QueueFull);
        }
        let call = next();
        let is_new = self.calls.open_theirs(call, number, channel.clone());
        Ok(is_new.then_some(call))
    }

    pub(super) fn refuse(&mut self, channel: &Channel, code: Code, message: String) {
        if self.refusals == MAX_REFUSALS {
            return;
        }
        self.refusals += 1;
        let channel = channel.clone();
        let item = Item::Refused {
            channel,
            code,
            message,
        };
        self.append(item, Instant::now());
    }

    pub(super) fn fail(&mut self, call: CallId, code: Code, message: String) {
        if self.refusals == MAX_REFUSALS {
            return;
        }
        let error = CallError::new(code, message);
        let step = Step::Error { error };
        self.append(Item::Theirs { call, step }, Instant::now());
    }

    pub(crate) fn count_received(&mut self, bytes: usize) {
        self.received += 1;
        self.received_bytes += bytes as u64;
    }

    // ---- The end

    fn end_calls(
        &self,
        ours: Vec<(CallId, Channel)>,
        theirs: Vec<(CallId, Channel)>,
        code: Code,
        message: &str,
        fx: &mut Effects,
    ) {
        let event = |call, channel, step| Event::call(self.window.clone(), channel, call, step);
        for (call, channel) in ours {
            let error = CallError::new(code, message);
            fx.events.push(event(call, channel, Step::Error { error }));
        }
        for (call, channel) in theirs {
            fx.events.push(event(call, channel, Step::Cancel));
        }
    }

    pub(crate) fn close(&mut self, fx: &mut Effects) {
        self.closed = true;
        self.present = false;
        let (ours, theirs) = self.calls.window_gone();
        self.end_calls(ours, theirs, Code::WindowClosed, "the window is closed", fx);
        let mut waiting = std::mem::take(&mut self.ready);
        waiting.extend(std::mem::take(&mut self.held).into_values().flatten());
        let handed = std::mem::take(&mut self.flight);
        waiting.extend(
            handed
                .into_iter()
                .map(|flight| (flight.number, flight.waiting)),
        );
        let receipts = waiting.into_values().filter_map(|waiting| waiting.receipt);
        let senders = std::mem::take(&mut self.parked);
        let senders = senders.into_values().map(|parked| parked.reply);
        let closed = || Err(RouteError::WindowClosed(self.window.clone()));
        fx.replies
            .extend(receipts.chain(senders).map(|reply| (reply, closed())));
    }

    // ---- Numbers

    pub(super) fn undelivered(&self) -> usize {
        self.messages + self.flight.len()
    }

    pub(crate) fn stats(&self) -> WindowStats {
        let mut channels: Vec<_> = self
            .rooms
            .iter()
            .map(|(channel, room)| room.stats(channel))
            .collect();
        channels.sort_by(|a, b| a.channel.cmp(&b.channel));
        WindowStats {
            window: self.window.clone(),
            channels,
            in_flight: self.flight.len(),
            calls: self.calls.len(),
            received: self.received,
            received_bytes: self.received_bytes,
        }
    }
}
