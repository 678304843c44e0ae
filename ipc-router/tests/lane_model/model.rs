//! A lane as plain lists.

use std::collections::{BTreeMap, BTreeSet};

use ipc_protocol::{CallId, Code, Overflow, Policy};

use crate::{Answer, BYTES, Chan, MESSAGES, Tell, Win};

/// Something that waits for a page or is with it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) place: u64,
    /// As [`brief_frame`] tells it.
    pub(crate) brief: String,
    pub(crate) bytes: usize,
    /// The channel of a message.
    pub(crate) channel: Option<Chan>,
    /// The call of the app that this is a step of, and whether the first.
    pub(crate) ours: Option<(CallId, bool)>,
    /// Who is told when it was received.
    pub(crate) receipt: Option<usize>,
    pub(crate) expires: bool,
    /// What a page to come is given again.
    pub(crate) sticky: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Parked {
    pub(crate) item: Item,
    pub(crate) tell: Tell,
    pub(crate) tag: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Opening {
    Waits,
    Handed,
    Taken,
}

#[derive(Clone, Debug)]
pub(crate) struct Theirs {
    pub(crate) call: CallId,
    pub(crate) number: u64,
    pub(crate) is_hosts: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) delivered_bytes: u64,
    pub(crate) dropped: u64,
    pub(crate) expired: u64,
    pub(crate) refused: u64,
    pub(crate) waiting: usize,
    pub(crate) waiting_bytes: usize,
}

/// What others are told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) replies: Vec<(usize, Result<(), Code>)>,
    pub(crate) events: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Window {
    /// In order.
    pub(crate) waiting: Vec<Item>,
    pub(crate) parked: Vec<Parked>,
    pub(crate) flight: Vec<Item>,
    /// How many frames this page was handed.
    pub(crate) handed: u64,
    pub(crate) last: u64,
    pub(crate) heard: BTreeSet<Chan>,
    pub(crate) is_present: bool,
    pub(crate) is_closed: bool,
    pub(crate) boundaries: Vec<(usize, u64)>,
    pub(crate) last_words: BTreeMap<Chan, Item>,
    pub(crate) parked_under: BTreeMap<Chan, Policy>,
    pub(crate) ours: BTreeMap<CallId, (Opening, u32)>,
    pub(crate) theirs: Vec<Theirs>,
    pub(crate) counts: BTreeMap<Chan, Counts>,
    pub(crate) told: Told,
}

impl Window {
    pub(crate) fn on(&self, channel: Chan) -> Vec<&Item> {
        let waiting = self.waiting.iter();
        waiting.filter(|it| it.channel == Some(channel)).collect()
    }

    pub(crate) fn count(&mut self, channel: Chan) -> &mut Counts {
        self.counts.entry(channel).or_default()
    }

    pub(crate) fn reply(&mut self, tag: Option<usize>, result: Result<(), Code>) {
        self.told.replies.extend(tag.map(|tag| (tag, result)));
    }

    pub(crate) fn insert(&mut self, item: Item) {
        if let Some((call, true)) = item.ours
            && let Some(ours) = self.ours.get_mut(&call)
        {
            ours.0 = Opening::Waits;
        }
        self.waiting.push(item);
        self.waiting.sort_by_key(|item| item.place);
    }

    pub(crate) fn append(&mut self, brief: String, bytes: usize, ours: Option<(CallId, bool)>) {
        self.last += 1;
        let item = Item {
            place: self.last,
            brief,
            bytes,
            channel: None,
            ours,
            receipt: None,
            expires: false,
            sticky: None,
        };
        self.insert(item);
    }

    pub(crate) fn has_room(&self, messages: usize, bytes: usize) -> bool {
        messages < MESSAGES && bytes <= BYTES
    }

    /// Messages of other windows fill half of the room, and of the places for those who wait.
    fn has_room_for_relay(&self, bytes: usize) -> bool {
        let waiting = self.waiting.iter();
        let all = waiting.chain(self.parked.iter().map(|it| &it.item));
        // Only what the app says can stick.
        let relays = all.filter(|it| it.channel.is_some() && it.sticky.is_none());
        let sizes: Vec<_> = relays.map(|it| it.bytes).collect();
        sizes.len() < MESSAGES / 2 && sizes.iter().sum::<usize>() + bytes <= BYTES / 2
    }

    pub(crate) fn expire(&mut self, channel: Chan) {
        let late = |item: &mut Item| item.channel == Some(channel) && item.expires;
        let late: Vec<_> = self.waiting.extract_if(.., late).collect();
        for item in late {
            self.count(channel).expired += 1;
            self.reply(item.receipt, Err(Code::Expired));
        }
    }

    pub(crate) fn find_room(&mut self, channel: Chan, bytes: usize, policy: &Policy) -> bool {
        let gives_way = match policy.overflow {
            Overflow::DropOldest | Overflow::KeepLatest => self.on(channel),
            Overflow::Wait | Overflow::Fail => Vec::new(),
        };
        let total: usize = self.waiting.iter().map(|item| item.bytes).sum();
        let less: usize = gives_way.iter().map(|item| item.bytes).sum();
        let messages = self.waiting.len() - gives_way.len();
        if !self.has_room(messages, total - less + bytes) {
            return false;
        }
        loop {
            let own = self.on(channel);
            let own_bytes: usize = own.iter().map(|item| item.bytes).sum();
            let total: usize = self.waiting.iter().map(|item| item.bytes).sum();
            let fits = self.has_room(self.waiting.len(), total + bytes)
                && (own.is_empty()
                    || own.len() < policy.capacity && own_bytes + bytes <= policy.max_bytes);
            let drop = match policy.overflow {
                Overflow::KeepLatest => !own.is_empty(),
                Overflow::DropOldest => !fits && !own.is_empty(),
                Overflow::Wait | Overflow::Fail => false,
            };
            if !drop {
                return fits;
            }
            let oldest = self
                .waiting
                .iter()
                .position(|it| it.channel == Some(channel));
            let oldest = self.waiting.remove(oldest.unwrap());
            self.count(channel).dropped += 1;
            self.reply(oldest.receipt, Err(Code::Dropped));
        }
    }

    pub(crate) fn accept(&mut self, mut item: Item, policy: &Policy, tell: Tell, tag: usize) {
        let channel = item.channel.unwrap();
        self.count(channel).accepted += 1;
        if item.sticky.is_some() {
            self.last_words.remove(&channel);
            if policy.sticky {
                self.last_words.insert(channel, item.clone());
            }
        }
        match tell {
            Tell::Nobody => {}
            Tell::Accepted => self.reply(Some(tag), Ok(())),
            Tell::Received => item.receipt = Some(tag),
        }
        self.insert(item);
    }

    /// Lets in the first who waits on the channel.
    pub(crate) fn admit_first(&mut self, channel: Chan) -> bool {
        self.expire(channel);
        let first = self
            .parked
            .iter()
            .position(|it| it.item.channel == Some(channel));
        let Some(first) = first else {
            return false;
        };
        let policy = self.parked_under[&channel].clone();
        if !self.find_room(channel, self.parked[first].item.bytes, &policy) {
            return false;
        }
        let parked = self.parked.remove(first);
        self.accept(parked.item, &policy, parked.tell, parked.tag);
        true
    }

    pub(crate) fn first_heard(&self) -> Option<Chan> {
        let channels = self.parked.iter().map(|it| it.item.channel.unwrap());
        channels
            .into_iter()
            .find(|channel| self.heard.contains(channel))
    }

    pub(crate) fn admit_heard(&mut self) {
        while let Some(channel) = self.first_heard() {
            if !self.admit_first(channel) {
                break;
            }
        }
    }

    pub(crate) fn admit(&mut self) {
        let mut blocked = BTreeSet::new();
        loop {
            let channels = self.parked.iter().map(|it| it.item.channel.unwrap());
            let next = channels
                .into_iter()
                .find(|channel| !blocked.contains(channel));
            match next {
                Some(channel) if self.admit_first(channel) => {}
                Some(channel) if !self.heard.contains(&channel) => {
                    blocked.insert(channel);
                }
                _ => return,
            }
        }
    }

    pub(crate) fn send(
        &mut self,
        (from, channel, json): (Option<Win>, Chan, &str),
        policy: &Policy,
        tell: Tell,
        tag: usize,
    ) -> Result<(), Code> {
        let refused = |window: &mut Window, code| match tell {
            Tell::Nobody => Err(code),
            Tell::Accepted | Tell::Received => {
                window.reply(Some(tag), Err(code));
                Ok(())
            }
        };
        if self.is_closed {
            return refused(self, Code::WindowClosed);
        }
        self.last += 1;
        let origin = from.map_or(String::new(), |from| format!("w{from}>"));
        let item = Item {
            place: self.last,
            brief: format!("{origin}{channel}={json}"),
            bytes: json.len(),
            channel: Some(channel),
            ours: None,
            receipt: None,
            expires: policy.ttl_ms.is_some(),
            sticky: from.is_none().then(|| json.to_owned()),
        };
        self.expire(channel);
        if from.is_some() && !self.has_room_for_relay(item.bytes) {
            self.count(channel).refused += 1;
            return refused(self, Code::QueueFull);
        }
        self.parked_under.insert(channel, policy.clone());
        self.admit_heard();
        if self.first_heard().is_none() {
            while self.admit_first(channel) {}
        }
        let is_wait = policy.overflow == Overflow::Wait;
        let is_behind = self
            .parked
            .iter()
            .any(|it| it.item.channel == Some(channel))
            || is_wait && self.first_heard().is_some();
        if !is_behind && self.find_room(channel, item.bytes, policy) {
            self.accept(item, policy, tell, tag);
            return Ok(());
        }
        let bytes: usize = self.parked.iter().map(|it| it.item.bytes).sum();
        let may_wait = self.has_room(self.parked.len(), bytes + item.bytes);
        match tell {
            Tell::Accepted | Tell::Received if is_wait && may_wait => {
                self.parked.push(Parked { item, tell, tag });
                Ok(())
            }
            _ => {
                self.count(channel).refused += 1;
                refused(self, Code::QueueFull)
            }
        }
    }

    pub(crate) fn listen(&mut self, channel: Chan) {
        if self.is_closed || !self.heard.insert(channel) {
            return;
        }
        self.expire(channel);
        self.admit();
        let none_parked = !self
            .parked
            .iter()
            .any(|it| it.item.channel == Some(channel));
        if self.on(channel).is_empty()
            && none_parked
            && let Some(mut item) = self.last_words.get(&channel).cloned()
        {
            item.receipt = None;
            item.expires = false;
            self.count(channel).accepted += 1;
            self.insert(item);
        }
    }

    /// What is next for the page, of what has room already.
    fn ready(&self) -> Option<usize> {
        let is_ready = |item: &Item| item.channel.is_none_or(|it| self.heard.contains(&it));
        let first = self.waiting.iter().position(is_ready)?;
        let boundary = self.boundaries.first().map_or(u64::MAX, |(_, last)| *last);
        (self.waiting[first].place <= boundary).then_some(first)
    }

    pub(crate) fn next(&mut self) -> Option<usize> {
        self.admit_heard();
        if self.ready().is_none() {
            self.admit();
        }
        self.ready()
    }

    /// Whether the page should be handed something. A batch's worth never waits here, so that it
    /// must have acknowledged all it was handed.
    pub(crate) fn is_due(&self) -> bool {
        let is_idle = self.is_present && !self.is_closed && self.flight.is_empty();
        is_idle && (self.ready().is_some() || !self.parked.is_empty())
    }

    pub(crate) fn take(&mut self, most: usize) -> Vec<String> {
        let mut frames = Vec::new();
        if !self.is_present || self.is_closed {
            return frames;
        }
        while let Some(next) = self.next() {
            if frames.len() == most {
                break;
            }
            let item = self.waiting.remove(next);
            if item.expires {
                self.count(item.channel.unwrap()).expired += 1;
                self.reply(item.receipt, Err(Code::Expired));
                continue;
            }
            if let Some((call, true)) = item.ours
                && let Some(ours) = self.ours.get_mut(&call)
            {
                ours.0 = Opening::Handed;
            }
            self.handed += 1;
            frames.push(item.brief.clone());
            self.flight.push(item);
        }
        self.admit();
        frames
    }

    /// What is delivered with that; nothing is if so many were not handed.
    pub(crate) fn ack(&mut self, count: usize) -> Option<Vec<Item>> {
        if count > self.flight.len() {
            return None;
        }
        let acked: Vec<_> = self.flight.drain(..count).collect();
        for item in &acked {
            if let Some(channel) = item.channel {
                let counts = self.count(channel);
                counts.delivered += 1;
                counts.delivered_bytes += item.bytes as u64;
            }
            if let Some((call, true)) = item.ours
                && let Some(ours) = self.ours.get_mut(&call)
            {
                ours.0 = Opening::Taken;
            }
            self.reply(item.receipt, Ok(()));
        }
        Some(acked)
    }

    pub(crate) fn end_calls(&mut self, code: &str, ends: impl Fn(Opening) -> bool) {
        let over = self.ours.extract_if(.., |_, (opening, _)| ends(*opening));
        let mut events: Vec<_> = over
            .map(|(call, _)| format!("{call} error {code}"))
            .collect();
        self.theirs.sort_by_key(|it| it.call);
        let apps = self.theirs.drain(..).filter(|it| !it.is_hosts);
        events.extend(apps.map(|it| format!("{} cancel", it.call)));
        self.told.events.extend(events);
    }

    pub(crate) fn arrive(&mut self) {
        if self.is_closed {
            return;
        }
        self.end_calls("page-gone", |opening| opening == Opening::Taken);
        self.heard.clear();
        self.is_present = true;
        self.handed = 0;
        let mut items = std::mem::take(&mut self.waiting);
        items.append(&mut self.flight);
        for item in items {
            let stays = match item.ours {
                Some((call, _)) => self.ours.contains_key(&call),
                None => item.channel.is_some(),
            };
            if stays {
                self.insert(item);
            }
        }
    }

    pub(crate) fn close(&mut self) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        self.end_calls("window-closed", |_| true);
        let items = std::mem::take(&mut self.waiting).into_iter();
        let items = items.chain(std::mem::take(&mut self.flight));
        let receipts: Vec<_> = items.filter_map(|item| item.receipt).collect();
        let parked = std::mem::take(&mut self.parked).into_iter();
        for tag in receipts.into_iter().chain(parked.map(|it| it.tag)) {
            self.reply(Some(tag), Err(Code::WindowClosed));
        }
    }

    pub(crate) fn call(&mut self, call: Option<CallId>, is_stream: bool) -> Result<(), Code> {
        let total: usize = self.waiting.iter().map(|item| item.bytes).sum();
        match call {
            _ if self.is_closed => Err(Code::WindowClosed),
            _ if !self.has_room(self.waiting.len(), total + 1) => Err(Code::QueueFull),
            None => Ok(()),
            Some(call) => {
                let kind = if is_stream { "stream" } else { "request" };
                self.ours.insert(call, (Opening::Waits, 0));
                self.append(format!("{call} {kind}"), 1, Some((call, true)));
                Ok(())
            }
        }
    }

    pub(crate) fn pull(&mut self, call: CallId, count: u32) -> bool {
        let Some(ours) = self.ours.get_mut(&call) else {
            return false;
        };
        ours.1 += count;
        self.append(format!("{call} pull {count}"), 0, Some((call, false)));
        true
    }

    pub(crate) fn cancel(&mut self, call: CallId) -> bool {
        let Some((opening, _)) = self.ours.remove(&call) else {
            return false;
        };
        self.waiting
            .retain(|item| item.ours.is_none_or(|it| it.0 != call));
        if opening != Opening::Waits {
            self.append(format!("{call} cancel"), 0, Some((call, false)));
        }
        true
    }

    pub(crate) fn page_answers(&mut self, call: CallId, answer: Answer) -> bool {
        let Some((opening, credit)) = self.ours.get_mut(&call) else {
            return false;
        };
        if *opening == Opening::Waits || matches!(answer, Answer::Chunk) && *credit == 0 {
            return false;
        }
        *opening = Opening::Taken;
        match answer {
            Answer::Chunk => *credit -= 1,
            Answer::End => {
                self.ours.remove(&call);
            }
        }
        self.told.events.push(format!("{call} {}", name_of(answer)));
        true
    }

    pub(crate) fn is_theirs(&self, number: u64) -> bool {
        self.theirs.iter().any(|it| it.number == number)
    }

    pub(crate) fn app_answers(&mut self, call: CallId, answer: Answer) -> bool {
        let Some(index) = self.theirs.iter().position(|it| it.call == call) else {
            return false;
        };
        let Theirs {
            number, is_hosts, ..
        } = self.theirs[index];
        let total: usize = self.waiting.iter().map(|item| item.bytes).sum();
        if total + 1 > BYTES {
            self.theirs.remove(index);
            if let (Answer::Chunk, false) = (answer, is_hosts) {
                self.told.events.push(format!("{call} cancel"));
            }
            self.append(format!("{number} error queue-full"), 0, None);
            return true;
        }
        if let Answer::End = answer {
            self.theirs.remove(index);
        }
        self.append(format!("{number} {}", name_of(answer)), 1, None);
        true
    }

    /// The page pulls or cancels; whether the app hears of it.
    pub(crate) fn page_steps(&mut self, number: u64, is_cancel: bool) -> bool {
        let Some(index) = self.theirs.iter().position(|it| it.number == number) else {
            return false;
        };
        let Theirs { call, is_hosts, .. } = self.theirs[index];
        if is_cancel {
            self.theirs.remove(index);
        }
        if !is_hosts {
            let step = if is_cancel { "cancel" } else { "pull 1" };
            self.told.events.push(format!("{call} {step}"));
        }
        !is_hosts
    }
}

pub(crate) fn name_of(answer: Answer) -> &'static str {
    match answer {
        Answer::Chunk => "chunk",
        Answer::End => "result",
    }
}
