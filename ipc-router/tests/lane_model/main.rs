//! A lane does what its documentation says: checked against plain lists.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod model;
mod real;

use std::collections::{BTreeMap, VecDeque};

use common::*;
use ipc_protocol::{CallId, Overflow, Policy, Step, WindowCommand};
use ipc_router::Until;
use model::{Theirs, Told, Window};
use proptest::prelude::*;
use real::Real;

const MESSAGES: usize = 6;
const BYTES: usize = 60;

/// One of two windows.
type Win = usize;
/// The channels are `a`, `b` and `s`; only `s` is ever sticky.
type Chan = char;

#[derive(Clone, Copy, Debug)]
enum Tell {
    Nobody,
    Accepted,
    Received,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Chunk,
    End,
}

/// What happens. The numbers after a window and a channel are payload bytes; those that stand for
/// calls count all that were opened so far, open or not.
#[derive(Clone, Debug)]
enum Do {
    /// Overflow, capacity, bytes, whether messages expire at once, whether they stick.
    Configure(Chan, Overflow, usize, usize, bool, bool),
    Send(Win, Chan, usize, Tell),
    Broadcast(Chan, usize),
    Relay(Win, Chan, usize),
    Listen(Win, Chan),
    TakeOne(Win),
    TakeAll(Win),
    /// So many of the frames that were not acknowledged; too many of them are forged.
    Ack(Win, usize),
    AckAgain(Win),
    Arrive(Win),
    Leave(Win),
    Reload(Win),
    PassBoundary(Win),
    /// The user interface drops the request for a reload that has waited for longest.
    DropReload,
    Close(Win),
    Call(Win, bool),
    Pull(usize, u32),
    Cancel(usize),
    PageAnswers(usize, Answer),
    PageCalls(Win, u64),
    PageAsksHost(Win, u64),
    PagePulls(Win, u64),
    PageCancels(Win, u64),
    AppAnswers(usize, Answer),
}

/// Both, side by side.
struct Both {
    real: Real,
    model: [Window; 2],
    policies: BTreeMap<Chan, Policy>,
    calls: Vec<(Win, CallId)>,
    page_calls: Vec<(Win, CallId)>,
    /// The reloads that were asked for and not dropped, with the numbers of their boundaries.
    reloads: VecDeque<(Win, usize)>,
    /// How many reloads were asked for.
    asked: usize,
    /// How many messages were sent; each carries its number.
    sent: usize,
    /// Who was promised an answer, and how many came.
    promised: BTreeMap<usize, usize>,
    /// What pages have acknowledged, in order.
    delivered: BTreeMap<(Win, Chan), Vec<usize>>,
}

impl Both {
    fn new() -> Both {
        Both {
            real: Real::new(),
            model: Default::default(),
            policies: BTreeMap::new(),
            calls: Vec::new(),
            page_calls: Vec::new(),
            reloads: VecDeque::new(),
            asked: 0,
            sent: 0,
            promised: BTreeMap::new(),
            delivered: BTreeMap::new(),
        }
    }

    /// The next message: its number, and so many bytes of JSON that begin with it.
    fn json(&mut self, bytes: usize) -> (usize, String) {
        self.sent += 1;
        let number = self.sent.to_string();
        let rest = "_".repeat(bytes.saturating_sub(number.len()));
        (self.sent, format!("\"{number}{rest}\""))
    }

    fn policy(&self, channel: Chan) -> Policy {
        self.policies.get(&channel).cloned().unwrap_or_default()
    }

    fn run(&mut self, step: Do) -> Result<(), TestCaseError> {
        match step {
            Do::Configure(name, overflow, capacity, max_bytes, ttl, sticky) => {
                let mut policy = Policy::default();
                policy.overflow = overflow;
                policy.capacity = capacity;
                policy.max_bytes = max_bytes;
                policy.ttl_ms = ttl.then_some(0);
                policy.sticky = sticky && name == 's';
                let name_of = name.to_string();
                self.real
                    .router
                    .configure(&name_of, policy.clone())
                    .unwrap();
                self.policies.insert(name, policy);
            }
            Do::Send(window, name, bytes, tell) => {
                let (tag, json) = self.json(bytes);
                let policy = self.policy(name);
                let expected = self.model[window].send((None, name, &json), &policy, tell, tag);
                let (id, channel) = (&self.real.windows[window], channel(&name.to_string()));
                let payload = payload(&json);
                let until = match tell {
                    Tell::Nobody => {
                        let sent = self.real.router.send(id, &channel, &payload);
                        let sent = sent.map_err(|error| error.code());
                        prop_assert_eq!(sent, expected);
                        return Ok(());
                    }
                    Tell::Accepted => Until::Accepted,
                    Tell::Received => Until::Received,
                };
                self.promised.insert(tag, 0);
                let slot = self.real.slot(tag);
                self.real
                    .router
                    .send_until(until, id, &channel, &payload, slot);
            }
            Do::Broadcast(name, bytes) => {
                let (tag, json) = self.json(bytes);
                let policy = self.policy(name);
                let expected: Vec<_> = self
                    .model
                    .iter_mut()
                    .map(|it| it.send((None, name, &json), &policy, Tell::Nobody, tag))
                    .collect();
                let (channel, payload) = (channel(&name.to_string()), payload(&json));
                let windows = &self.real.windows;
                let results = self.real.router.broadcast(windows, &channel, &payload);
                let results = results.into_iter();
                let results: Vec<_> = results.map(|it| it.map_err(|it| it.code())).collect();
                prop_assert_eq!(results, expected);
            }
            Do::Relay(window, name, bytes) => {
                let (tag, json) = self.json(bytes);
                let (policy, from) = (self.policy(name), 1 - window);
                let message = (Some(from), name, &*json);
                let sent = self.model[window].send(message, &policy, Tell::Accepted, tag);
                prop_assert_eq!(sent, Ok(()));
                self.promised.insert(tag, 0);
                let [from, to] = [from, window].map(|it| &self.real.windows[it]);
                let (channel, payload) = (channel(&name.to_string()), payload(&json));
                let slot = self.real.slot(tag);
                self.real.port.relay(from, to, &channel, payload, slot);
            }
            Do::Listen(window, name) => {
                self.real.lanes[window]
                    .listen(&channel(&name.to_string()))
                    .unwrap();
                self.model[window].listen(name);
            }
            Do::TakeOne(window) => self.take(window, 1)?,
            Do::TakeAll(window) => self.take(window, usize::MAX)?,
            Do::Ack(window, count) => self.ack(window, count)?,
            Do::AckAgain(window) => {
                let model = &self.model[window];
                let frame = model.handed - model.flight.len() as u64;
                prop_assert!(model.is_closed || self.real.lanes[window].ack(frame));
            }
            Do::Arrive(window) => {
                self.real.lanes[window].arrive();
                self.model[window].arrive();
            }
            Do::Leave(window) => {
                self.real.lanes[window].leave();
                self.model[window].is_present = false;
            }
            Do::Reload(window) => {
                let id = &self.real.windows[window];
                let asked = self.real.router.command(id, WindowCommand::Reload, |_| {});
                let model = &mut self.model[window];
                prop_assert_eq!(asked.is_err(), model.is_closed);
                if asked.is_ok() {
                    self.asked += 1;
                    self.reloads.push_back((window, self.asked));
                    model.boundaries.push((self.asked, model.last));
                }
            }
            Do::PassBoundary(window) => {
                self.real.lanes[window].pass_boundary();
                let boundaries = &mut self.model[window].boundaries;
                boundaries.drain(..boundaries.len().min(1));
            }
            Do::DropReload => {
                let request = self.real.port.requests().next();
                prop_assert_eq!(request.is_some(), !self.reloads.is_empty());
                if let Some((window, number)) = self.reloads.pop_front() {
                    let boundaries = &mut self.model[window].boundaries;
                    boundaries.retain(|(other, _)| *other != number);
                }
            }
            Do::Close(window) => {
                self.real.port.closed(&self.real.windows[window]);
                self.model[window].close();
            }
            Do::Call(window, is_stream) => {
                let (channel, payload) = (channel("c"), payload("1"));
                let step = match is_stream {
                    true => Step::Stream { channel, payload },
                    false => Step::Request { channel, payload },
                };
                let opened = self.real.router.open_call(&self.real.windows[window], step);
                let opened = opened.map_err(|error| error.code());
                let expected = self.model[window].call(opened.ok(), is_stream);
                prop_assert_eq!(opened.map(drop), expected);
                self.calls.extend(opened.map(|call| (window, call)));
            }
            Do::Pull(..) | Do::Cancel(_) | Do::PageAnswers(..) if self.calls.is_empty() => {}
            Do::Pull(index, count) => {
                let (window, call) = self.calls[index % self.calls.len()];
                let id = &self.real.windows[window];
                let step = Step::Pull { count };
                let is_open = self.real.router.step(id, call, step);
                prop_assert_eq!(is_open, self.model[window].pull(call, count));
            }
            Do::Cancel(index) => {
                let (window, call) = self.calls[index % self.calls.len()];
                let id = &self.real.windows[window];
                let is_open = self.real.router.step(id, call, Step::Cancel);
                prop_assert_eq!(is_open, self.model[window].cancel(call));
            }
            Do::PageAnswers(index, answer) => {
                let (window, call) = self.calls[index % self.calls.len()];
                let is_known = self.real.publish(window, call, step_of(answer)).is_some();
                prop_assert_eq!(is_known, self.model[window].page_answers(call, answer));
            }
            Do::PageCalls(window, number) => {
                let call = self.real.publish(window, call(number), request("c", "1"));
                self.opened_by_page(window, number, call, false)?;
                let opened = call.map(|call| format!("{call} request"));
                self.model[window].told.events.extend(opened);
            }
            Do::PageAsksHost(window, number) => {
                let call = self.real.lanes[window].ask(call(number), &channel("c"));
                self.opened_by_page(window, number, call.unwrap(), true)?;
            }
            Do::PagePulls(window, number) => {
                let step = Step::Pull { count: 1 };
                let is_known = self.real.publish(window, call(number), step).is_some();
                prop_assert_eq!(is_known, self.model[window].page_steps(number, false));
            }
            Do::PageCancels(window, number) => {
                let step = Step::Cancel;
                let is_known = self.real.publish(window, call(number), step).is_some();
                prop_assert_eq!(is_known, self.model[window].page_steps(number, true));
            }
            Do::AppAnswers(..) if self.page_calls.is_empty() => {}
            Do::AppAnswers(index, answer) => {
                let (window, call) = self.page_calls[index % self.page_calls.len()];
                let id = &self.real.windows[window];
                let is_open = self.real.router.step(id, call, step_of(answer));
                prop_assert_eq!(is_open, self.model[window].app_answers(call, answer));
            }
        }
        Ok(())
    }

    fn opened_by_page(
        &mut self,
        window: Win,
        number: u64,
        call: Option<CallId>,
        is_hosts: bool,
    ) -> Result<(), TestCaseError> {
        let model = &mut self.model[window];
        let opens = !model.is_closed && !model.is_theirs(number);
        prop_assert_eq!(call.is_some(), opens);
        if let Some(call) = call {
            model.theirs.push(Theirs {
                call,
                number,
                is_hosts,
            });
            self.page_calls.push((window, call));
        }
        Ok(())
    }

    fn take(&mut self, window: Win, most: usize) -> Result<(), TestCaseError> {
        let model = &mut self.model[window];
        let taken = self.real.take(window, most, model.handed);
        prop_assert_eq!(taken, model.take(most));
        Ok(())
    }

    fn ack(&mut self, window: Win, count: usize) -> Result<(), TestCaseError> {
        let model = &mut self.model[window];
        if model.is_closed {
            return Ok(());
        }
        let frame = model.handed - model.flight.len() as u64 + count as u64;
        let is_known = self.real.lanes[window].ack(frame);
        let acked = model.ack(count);
        prop_assert_eq!(is_known, acked.is_some());
        for item in acked.into_iter().flatten() {
            if let Some(channel) = item.channel {
                let number: String = item
                    .brief
                    .chars()
                    .skip_while(|it| *it != '"')
                    .skip(1)
                    .take_while(char::is_ascii_digit)
                    .collect();
                let delivered = self.delivered.entry((window, channel)).or_default();
                delivered.push(number.parse().unwrap());
            }
        }
        Ok(())
    }

    /// Whether both have told the same, and show the same numbers.
    fn compare(&mut self) -> Result<(), TestCaseError> {
        let mut expected = Told::default();
        for model in &mut self.model {
            expected.replies.append(&mut model.told.replies);
            expected.events.append(&mut model.told.events);
        }
        expected.replies.sort_by_key(|(tag, _)| *tag);
        let told = self.real.told();
        for (tag, _) in &told.replies {
            *self.promised.get_mut(tag).unwrap() += 1;
        }
        prop_assert_eq!(told, expected);
        for (window, model) in self.model.iter().enumerate() {
            prop_assert_eq!(self.real.lanes[window].is_due(), model.is_due());
            let undelivered = self.real.lanes[window].undelivered();
            prop_assert_eq!(undelivered, model.waiting.len() + model.flight.len());
            if model.is_closed {
                continue;
            }
            let (counts, in_flight, calls) = self.real.counts(window);
            prop_assert_eq!(in_flight, model.flight.len());
            prop_assert_eq!(calls, model.ours.len() + model.theirs.len());
            for name in ['a', 'b', 's'] {
                let mut expected = model.counts.get(&name).copied().unwrap_or_default();
                let waiting = model.on(name);
                expected.waiting = waiting.len();
                expected.waiting_bytes = waiting.iter().map(|item| item.bytes).sum();
                let counts = counts.get(&name).copied().unwrap_or_default();
                prop_assert_eq!(counts, expected, "channel {} of w{}", name, window);
                let handed = model.flight.iter().filter(|it| it.channel == Some(name));
                let ended = counts.delivered + counts.dropped + counts.expired;
                let on_its_way = (counts.waiting + handed.count()) as u64;
                prop_assert_eq!(counts.accepted, ended + on_its_way);
            }
        }
        Ok(())
    }

    /// Runs a step, and checks that the user interface is woken when that makes a page due, and not
    /// when none is.
    fn run_awake(&mut self, step: Do) -> Result<(), TestCaseError> {
        // Other steps are the user interface's own, or ask something of it.
        let is_apps = matches!(
            step,
            Do::Send(..)
                | Do::Broadcast(..)
                | Do::Relay(..)
                | Do::Call(..)
                | Do::Pull(..)
                | Do::Cancel(_)
                | Do::AppAnswers(..)
        );
        let due = |both: &Both| [0, 1].map(|window: Win| both.model[window].is_due());
        let (before, count) = (due(self), self.real.wakes.count());
        self.run(step.clone())?;
        let (after, woken) = (due(self), self.real.wakes.count() > count);
        if is_apps {
            let is_needed = before
                .iter()
                .zip(after)
                .any(|(before, after)| !before && after);
            prop_assert!(woken || !is_needed, "nobody is woken by {:?}", step);
            prop_assert!(
                !woken || after.contains(&true),
                "woken for nothing by {:?}",
                step
            );
        }
        Ok(())
    }

    /// A last page takes everything; then nothing is left, and everyone has had his answer.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        for window in [0, 1] {
            while !self.model[window].boundaries.is_empty() {
                self.run(Do::PassBoundary(window))?;
            }
            self.run(Do::Arrive(window))?;
            for name in ['a', 'b', 's'] {
                self.run(Do::Listen(window, name))?;
            }
            while !self.model[window].waiting.is_empty() || !self.model[window].parked.is_empty() {
                self.run(Do::TakeAll(window))?;
                let handed = self.model[window].flight.len();
                self.ack(window, handed)?;
                self.compare()?;
            }
            let left = self.real.lanes[window].undelivered();
            prop_assert_eq!(left, 0);
        }
        self.compare()?;
        for (tag, answers) in &self.promised {
            prop_assert_eq!(*answers, 1, "answers for message {}", tag);
        }
        for ((window, name), numbers) in &self.delivered {
            let is_sorted = numbers.is_sorted_by(|a, b| a < b);
            // What sticks is told again to each page that loads.
            let is_sticky = *name == 's';
            prop_assert!(
                is_sorted || is_sticky,
                "{} of w{}: {:?}",
                name,
                window,
                numbers
            );
        }
        Ok(())
    }
}

fn step_of(answer: Answer) -> Step {
    match answer {
        Answer::Chunk => chunk("1"),
        Answer::End => result("1"),
    }
}

/// One of the steps. Made of plain numbers, since a choice of strategies costs more than all else
/// here; they shrink towards a message of one byte on `a`.
fn step() -> impl Strategy<Value = Do> {
    let numbers = (0u8..147, 0u8..5, 0usize..3, 0usize..24, 0usize..100);
    numbers.prop_map(|(kind, window, name, size, any)| {
        let window = usize::from(window == 4);
        let name = ['a', 'b', 's'][name];
        let bytes = if size == 23 { any } else { size / 2 + 1 };
        let tell = [Tell::Nobody, Tell::Accepted, Tell::Received][any % 3];
        let answer = [Answer::Chunk, Answer::Chunk, Answer::End][size % 3];
        let number = 1 + any as u64 % 3;
        match kind {
            0..40 => Do::Send(window, name, bytes, tell),
            40..55 => Do::Listen(window, name),
            55..62 => Do::TakeOne(window),
            62..70 => Do::TakeAll(window),
            70..82 => Do::Ack(window, any % 6),
            82..90 => Do::Arrive(window),
            90..96 => {
                use Overflow::{DropOldest, Fail, KeepLatest, Wait};
                let overflow = [Wait, Wait, DropOldest, KeepLatest, Fail][any % 5];
                let (capacity, max_bytes) = (1 + size % 4, 4 + any / 3);
                Do::Configure(
                    name,
                    overflow,
                    capacity,
                    max_bytes,
                    size % 6 == 5,
                    size % 2 == 0,
                )
            }
            96..100 => Do::Broadcast(name, bytes),
            100..104 => Do::Relay(window, name, bytes),
            104 => Do::AckAgain(window),
            105..107 => Do::Leave(window),
            107..110 => Do::Reload(window),
            110..113 => Do::PassBoundary(window),
            113 => Do::DropReload,
            114 => Do::Close(1),
            115..121 => Do::Call(window, any % 2 == 0),
            121..125 => Do::Pull(any, 1 + size as u32 % 2),
            125..129 => Do::Cancel(any),
            129..134 => Do::PageAnswers(any, answer),
            134..138 => Do::PageCalls(window, number),
            138 => Do::PageAsksHost(window, number),
            139..141 => Do::PagePulls(window, number),
            141..143 => Do::PageCancels(window, number),
            _ => Do::AppAnswers(any, answer),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_lane_does_what_the_model_does(steps in prop::collection::vec(step(), 0..80)) {
        let mut both = Both::new();
        for step in steps {
            both.run_awake(step)?;
            both.compare()?;
        }
        both.finish()?;
    }
}
