//! The real thing, and what must come of each step.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use ipc_protocol::{
    CallError, CallId, Channel, Code, Limits, Overflow, Payload, Policy, Step, WindowCommand,
    WindowId, WindowList, WindowSpec,
};
use ipc_router::{Filter, RouteError, Router, Subscription, Until};
use rquickjs::Runtime;
use serde_json::Value as Json;
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{Backend, BackendError, BackendEvent, Host, Pumped};

use crate::lists::*;
use crate::realm::{Realm, Said};
use crate::{Chan, Do, How, Kind, Posts, Tell, Win};

const CHANNELS: [Chan; 3] = ['a', 'b', 's'];

type Replies = Arc<Mutex<Vec<(Win, usize, Result<(), Code>)>>>;

pub(crate) struct World {
    runtime: Runtime,
    router: Router,
    host: Host,
    backend: MemoryBackend,
    screen: MemoryHandle,
    /// Takes everything at once.
    quick: Consumer,
    slow: Consumer,
    calls: Subscription,
    windows: [Option<Window>; 3],
    /// What pages posted, in order for each window.
    wire: Vec<Post>,
    replies: Replies,
    /// In the order in which the app did.
    asked_to_close: Vec<Win>,
    app_calls: Vec<AppCall>,
    page_calls: Vec<PageCall>,
    asked: Vec<Asked>,
    /// What the app is to hear of calls.
    steps: Vec<String>,
    /// The channels on which messages may ever have given way.
    lossy: BTreeSet<Chan>,
    /// Received by pages, so that their senders are to be told.
    received: Vec<(Win, usize)>,
    /// Numbers messages and calls, and moments.
    last: usize,
    realms: usize,
    malformed: u64,
    stale: u64,
    unknown: u64,
}

impl World {
    pub(crate) fn new() -> World {
        let mut limits = Limits::default();
        limits.window_messages = 8;
        limits.subscription_events = 6;
        let (router, port) = Router::new(limits);
        let (backend, screen) = memory::pair();
        let consumer = || {
            let subscription = router.subscribe_within(Filter::All, || {});
            subscription.listen(&Filter::All);
            Consumer::new(subscription, 6)
        };
        let calls = router.subscribe_within(Filter::Calls, || {});
        calls.listen(&Filter::Calls);
        let mut world = World {
            runtime: Runtime::new().unwrap(),
            quick: consumer(),
            slow: consumer(),
            router,
            host: Host::new(port),
            backend,
            screen,
            calls,
            windows: [None, None, None],
            wire: Vec::new(),
            replies: Replies::default(),
            asked_to_close: Vec::new(),
            app_calls: Vec::new(),
            page_calls: Vec::new(),
            asked: Vec::new(),
            steps: Vec::new(),
            lossy: BTreeSet::new(),
            received: Vec::new(),
            last: 0,
            realms: 0,
            malformed: 0,
            stale: 0,
            unknown: 0,
        };
        world.run(Do::Configure('s', Overflow::Wait, 1_024, 1 << 20));
        world.open(0);
        world.open(1);
        world
    }

    fn next(&mut self) -> usize {
        self.last += 1;
        self.last
    }

    fn window(&mut self, window: Win) -> &mut Window {
        self.windows[window].as_mut().unwrap()
    }

    fn is_open(&self, window: Win) -> bool {
        self.windows[window].as_ref().is_some_and(|it| it.is_open)
    }

    pub(crate) fn run(&mut self, step: Do) {
        use Do::*;
        match step {
            Configure(name, overflow, capacity, max_bytes) => {
                let mut policy = Policy::default();
                policy.overflow = overflow;
                policy.capacity = capacity;
                policy.max_bytes = max_bytes;
                policy.sticky = name == 's';
                self.router.configure(&name.to_string(), policy).unwrap();
                if matches!(overflow, Overflow::DropOldest | Overflow::KeepLatest) {
                    self.lossy.insert(name);
                }
            }
            Send(window, name, tell) => self.send(window, name, tell),
            Broadcast(name) => self.broadcast(name),
            Pull(..) | Cancel(_) if self.app_calls.is_empty() => {}
            Pull(index, count) => self.pull(index % self.app_calls.len(), count),
            Cancel(index) => {
                let index = index % self.app_calls.len();
                let call = &mut self.app_calls[index];
                let was_open = std::mem::take(&mut call.is_open);
                let is_open = self.router.step(&id(call.window), call.call, Step::Cancel);
                assert_eq!(is_open, was_open);
            }
            Answer(index) => {
                let held = |it: &&mut PageCall| it.is_open && it.call.is_some() && !it.is_stream;
                let held: Vec<_> = self.page_calls.iter_mut().filter(held).collect();
                if !held.is_empty() {
                    let index = index % held.len();
                    let call = held.into_iter().nth(index).unwrap();
                    let payload = payload(&call.n.to_string());
                    step_of(&self.router, call, Step::Result { payload });
                }
            }
            Pump => self.pump(),
            EvalFails => self.eval_fails(),
            DrainSlow => self.slow.drain(),
            Open(window) if !self.is_open(window) => self.open(window),
            Request(window, mode) => self.call(window, false, mode),
            Stream(window, mode) => self.call(window, true, mode),
            // What follows needs a window.
            On(window, ..)
            | Once(window, ..)
            | Off(window, ..)
            | PageSends(window)
            | PageSendsTo(window, ..)
            | PageAsks(window)
            | PageReads(window, _)
            | PageAborts(window)
            | Handle(window)
            | Unhandle(window)
            | Settle(window)
            | PassTime(window)
            | Run(window, _)
            | See(window, _)
            | Turn(window)
            | Reload(window, _)
            | AskReload(window)
            | Return(window)
            | Close(window, _)
                if !self.is_open(window) => {}
            On(window, name, kind) => self.listen(window, name, kind, false),
            Once(window, name, kind) => self.listen(window, name, kind, true),
            Off(window, name, kind) => {
                let handlers = &mut self.window(window).handlers;
                handlers.retain(|it| (it.channel, it.kind) != (name, kind));
                self.page(window, &format!("off('{name}', '{}')", name_of(kind)));
            }
            PageSends(window) => {
                let n = self.next();
                self.page(window, &format!("send({n})"));
            }
            PageSendsTo(window, to, name) => {
                let n = self.ask(window, None);
                self.page(window, &format!("sendTo('w{to}', '{name}', {n})"));
            }
            PageAsks(window) => {
                let n = self.ask(window, None);
                self.page(window, &format!("ask({n})"));
            }
            PageReads(window, most) => {
                let n = self.ask(window, Some(most));
                self.page(window, &format!("read({n}, {most})"));
            }
            PageAborts(window) => self.page(window, "abort()"),
            Handle(window) => self.page(window, "handle()"),
            Unhandle(window) => self.page(window, "unhandle()"),
            Settle(window) => self.page(window, "settle()"),
            PassTime(window) => {
                self.window(window).realm.pass_time();
                self.collect(window, &[], 0);
            }
            Run(window, count) => self.run_scripts(window, count),
            See(window, count) => self.see(window, count),
            Turn(window) => {
                self.pump();
                self.run_scripts(window, usize::MAX);
                self.see(window, usize::MAX);
                self.pump();
                self.check_stats(window);
            }
            Reload(window, posts) => self.reload(window, posts),
            AskReload(window) => {
                let asked = self
                    .router
                    .command(&id(window), WindowCommand::Reload, |_| {});
                asked.unwrap();
            }
            Return(window) => {
                self.window(window).must_reload = false;
                self.window(window).realm.hide();
                self.window(window).realm.show();
                self.collect(window, &[], 0);
            }
            Close(window, how) => self.close(window, how),
            Open(_) => {}
        }
        self.hear();
        self.take_replies();
    }

    // ---- The app

    fn record(&mut self, window: Win, n: usize, channel: Chan, tell: Tell) {
        let moment = self.next();
        self.window(window).sent.push(Sent {
            n,
            channel,
            moment,
            accepted: None,
            told: None,
            tell,
            is_relay: false,
            delivered: 0,
        });
    }

    fn send(&mut self, window: Win, name: Chan, tell: Tell) {
        let n = self.next();
        let (channel, payload) = (channel(name), payload(&n.to_string()));
        let is_open = self.is_open(window);
        if is_open {
            self.record(window, n, name, tell);
        }
        let until = match tell {
            Tell::Nobody => {
                let sent = self.router.send(&id(window), &channel, &payload);
                return self.sent(window, n, sent.map_err(|it| it.code()));
            }
            Tell::Accepted => Until::Accepted,
            Tell::Received => Until::Received,
        };
        let replies = self.replies.clone();
        let reply = move |result: Result<(), RouteError>| {
            let result = result.map_err(|error| error.code());
            replies.lock().unwrap().push((window, n, result));
        };
        self.router
            .send_until(until, &id(window), &channel, &payload, reply);
        if !is_open {
            let [(_, _, result)] =
                <[_; 1]>::try_from(std::mem::take(&mut *self.replies.lock().unwrap())).unwrap();
            assert!(matches!(
                result,
                Err(Code::UnknownWindow | Code::WindowClosed)
            ));
        }
    }

    fn broadcast(&mut self, name: Chan) {
        let n = self.next();
        for window in 0..3 {
            if self.is_open(window) {
                self.record(window, n, name, Tell::Nobody);
            }
        }
        let ids = [0, 1, 2].map(id);
        let results = self
            .router
            .broadcast(&ids, &channel(name), &payload(&n.to_string()));
        for (window, result) in results.into_iter().enumerate() {
            self.sent(window, n, result.map_err(|it| it.code()));
        }
    }

    /// What the sender of a message is told.
    fn sent(&mut self, window: Win, n: usize, result: Result<(), Code>) {
        let moment = self.next();
        let it = self.windows[window].as_mut();
        let found = it.and_then(|it| {
            Some((
                it.is_open,
                it.sent.iter_mut().find(|it| it.n == n)?,
                &mut it.refused,
            ))
        });
        let Some((is_open, sent, refused)) = found else {
            // It was not open when it was sent to.
            assert!(matches!(
                result,
                Err(Code::UnknownWindow | Code::WindowClosed)
            ));
            return;
        };
        assert_eq!(sent.told, None, "told twice of {n}");
        sent.told = Some(result);
        match (result, sent.tell) {
            (Ok(()), Tell::Received) => assert!(sent.delivered > 0, "{n} is not received"),
            (Ok(()), _) => sent.accepted = Some(moment),
            (Err(Code::QueueFull), _) => *refused.entry(sent.channel).or_default() += 1,
            (Err(Code::Dropped), Tell::Received) => assert_eq!(sent.delivered, 0),
            (Err(Code::WindowClosed), Tell::Accepted | Tell::Received) => assert!(!is_open),
            (result, tell) => panic!("{result:?} for {n}, told {tell:?}"),
        }
    }

    fn take_replies(&mut self) {
        let replies = std::mem::take(&mut *self.replies.lock().unwrap());
        for (window, n, result) in replies {
            self.sent(window, n, result);
        }
        for (window, n) in std::mem::take(&mut self.received) {
            let sent = self
                .window(window)
                .sent
                .iter()
                .find(|it| it.n == n)
                .unwrap();
            assert_eq!(sent.told, Some(Ok(())), "{n} was received");
        }
    }

    fn call(&mut self, window: Win, is_stream: bool, mode: usize) {
        let n = self.next();
        let payload = payload(&format!("[{n},{mode}]"));
        let step = match is_stream {
            true => Step::Stream {
                channel: Channel::new("qs").unwrap(),
                payload,
            },
            false => Step::Request {
                channel: Channel::new("q").unwrap(),
                payload,
            },
        };
        match self.router.open_call(&id(window), step) {
            Ok(call) => self.app_calls.push(AppCall {
                call,
                n,
                window,
                moment: n,
                is_stream,
                mode,
                is_open: true,
                is_taken: false,
                pulled: 0,
                chunks: 0,
            }),
            Err(error) if self.is_open(window) => assert_eq!(error.code(), Code::QueueFull),
            Err(error) => assert!(matches!(
                error.code(),
                Code::UnknownWindow | Code::WindowClosed
            )),
        }
    }

    fn pull(&mut self, index: usize, count: usize) {
        let call = &mut self.app_calls[index];
        if !call.is_stream {
            return;
        }
        let step = Step::Pull {
            count: count as u32,
        };
        assert_eq!(
            self.router.step(&id(call.window), call.call, step),
            call.is_open
        );
        call.pulled += count;
    }

    /// The app takes what it is to hear, and answers calls.
    fn hear(&mut self) {
        self.quick.drain();
        let mut heard = Vec::new();
        let mut events = Vec::new();
        for event in self.calls.drain() {
            let (call, step) = event.call.clone().unwrap();
            let window = win(&event.window_id);
            let of_app = self.app_calls.iter().find(|it| it.call == call);
            let of_page = self.page_calls.iter_mut();
            let n = match of_app {
                Some(call) => call.n,
                None if step.opens() => {
                    let n: usize = event.payload.as_str().parse().unwrap();
                    let opened = of_page.into_iter().find(|it| it.n == n);
                    let opened = opened.unwrap_or_else(|| panic!("{n} was not asked"));
                    assert_eq!(opened.call.replace(call), None, "{n} was heard twice");
                    n
                }
                None => {
                    of_page
                        .into_iter()
                        .find(|it| it.call == Some(call))
                        .unwrap()
                        .n
                }
            };
            let text = match &step {
                Step::Pull { count } => format!("pull {count}"),
                Step::Error { error } => format!("error {}", error.code),
                _ => format!("{} {}", step.name(), event.payload.as_str()),
            };
            heard.push((window, format!("w{window} {n} {text}")));
            events.push((n, step));
        }
        // What several windows say in one turn is in no order.
        heard.sort_by_key(|(window, _)| *window);
        let heard: Vec<_> = heard.into_iter().map(|(_, text)| text).collect();
        let mut expected = std::mem::take(&mut self.steps);
        expected.sort_by_key(|text| text.as_bytes()[1]);
        assert_eq!(heard, expected, "the app hears of calls");
        for (n, step) in events {
            let Some(call) = self.page_calls.iter_mut().find(|it| it.n == n) else {
                continue;
            };
            match step {
                Step::Request { .. } if n % 4 == 0 => {
                    let payload = payload(&n.to_string());
                    step_of(&self.router, call, Step::Result { payload });
                }
                Step::Request { .. } if n % 4 == 1 => {
                    let error = no();
                    step_of(&self.router, call, Step::Error { error });
                }
                Step::Pull { count } => {
                    call.credit += count as usize;
                    if n % 4 != 3 {
                        feed(&self.router, call);
                    }
                }
                _ => {}
            }
        }
    }

    // ---- The host

    fn pump(&mut self) {
        assert_eq!(self.host.pump(&mut self.backend), Pumped::Waiting);
        for window in 0..3 {
            if !self.is_open(window) {
                continue;
            }
            for script in self.screen.take_scripts(&id(window)) {
                self.hand(window, script);
            }
            let commands = self.screen.commands(&id(window));
            let reloads = commands
                .iter()
                .filter(|it| **it == WindowCommand::Reload)
                .count();
            let it = self.window(window);
            it.must_reload |= reloads > it.reloads;
            it.reloads = reloads;
        }
        let asked = std::mem::take(&mut self.asked_to_close);
        for window in asked.into_iter().chain(0..3) {
            if self.is_open(window) && self.window(window).is_closing {
                self.closed(window);
            }
        }
        self.hear();
        self.take_replies();
    }

    /// The webview is given a script: everything in it must be due.
    fn hand(&mut self, window: Win, script: String) {
        let now = self.next();
        let batch = batch_of(&script);
        let calls = &self.app_calls;
        let it = self.windows[window].as_mut().unwrap();
        let index = it.current.expect("a page that said hello");
        let page = &mut it.pages[index];
        assert_eq!(batch["page"], *page.id);
        assert_eq!(batch["seq"], page.frames.len() + 1);
        for frame in batch["frames"].as_array().unwrap() {
            let kind = frame["type"].as_str().unwrap();
            let mut handed = Frame {
                channel: None,
                n: None,
                sent: 0,
                handed: now,
            };
            let mut accepted = None;
            match kind {
                "message" | "relay" => {
                    let n = frame["payload"].as_u64().unwrap() as usize;
                    let sent = it.sent.iter().find(|it| it.n == n).unwrap();
                    assert_eq!(frame["channel"], sent.channel.to_string());
                    assert_eq!(sent.is_relay, kind == "relay");
                    assert!(
                        page.heard.contains_key(&sent.channel),
                        "{n} before it is heard"
                    );
                    assert!(
                        sent.delivered == 0 || sent.channel == 's',
                        "{n} was delivered"
                    );
                    assert!(!matches!(sent.told, Some(Err(_))), "{n}: {:?}", sent.told);
                    handed.channel = Some(sent.channel);
                    (handed.n, handed.sent) = (Some(n), sent.moment);
                    let heard = page.heard[&sent.channel];
                    accepted = sent.accepted.map(|accepted| accepted.max(heard));
                }
                "request" | "stream" => {
                    let n = frame["payload"][0].as_u64().unwrap() as usize;
                    let call = calls.iter().find(|it| it.n == n).unwrap();
                    assert!(call.is_open && !call.is_taken, "{n} was asked already");
                    assert_eq!(call.is_stream, kind == "stream");
                    (handed.n, handed.sent) = (Some(n), call.moment);
                    accepted = Some(call.moment);
                }
                _ => {}
            }
            if let Some(n) = handed.n {
                for before in page.frames.iter().filter(|it| it.n.is_some()) {
                    assert_ne!(before.n, Some(n), "twice to one page");
                    let same = handed.channel.is_some() && before.channel == handed.channel;
                    let was_due = accepted.is_some_and(|at| at < before.handed);
                    assert!(
                        before.sent < handed.sent || !(same || was_due),
                        "{n} is after {before:?}"
                    );
                }
            }
            page.frames.push(handed);
        }
        it.scripts.push_back(script);
    }

    fn eval_fails(&mut self) {
        self.pump();
        if !self.is_open(0) {
            return;
        }
        // Only this window may have something to be handed.
        self.send(0, 'a', Tell::Nobody);
        self.screen
            .refuse_next(BackendError::Failed("no".to_owned()));
        self.pump();
        let rest = self.backend.eval(&WindowId::new("none").unwrap(), "");
        if matches!(rest, Err(BackendError::NoWindow)) {
            self.window(0).must_reload = true;
        }
    }

    /// The host sees what a page of the window posted.
    fn see(&mut self, window: Win, count: usize) {
        for _ in 0..count {
            let first = self.wire.iter().position(|it| it.window == window);
            let Some(first) = first else {
                return;
            };
            let post = self.wire.remove(first);
            self.admit(&post);
            self.host
                .on_event(BackendEvent::Message(id(window), post.text));
            self.hear();
            self.take_replies();
            let stats = self.host.stats();
            assert_eq!(stats.malformed, self.malformed, "malformed");
            assert_eq!(stats.stale, self.stale, "stale");
            assert_eq!(stats.unknown, self.unknown, "unknown");
            assert_eq!((stats.repeated, stats.missing, stats.refused), (0, 0, 0));
        }
    }

    fn admit(&mut self, post: &Post) {
        let now = self.next();
        let window = post.window;
        if !self.is_open(window) {
            return;
        }
        let it = self.windows[window].as_mut().unwrap();
        if it.life != post.life {
            self.malformed += 1;
            return;
        }
        let frames = post.batch["frames"].as_array().unwrap();
        let greets =
            post.batch["seq"] == 1 && frames.first().is_some_and(|it| it["type"] == "hello");
        if greets {
            it.current = Some(post.page);
            self.end_calls(window, "page-gone", |call| call.is_taken);
        }
        let it = self.windows[window].as_mut().unwrap();
        if it.current != Some(post.page) {
            self.stale += 1;
            return;
        }
        let acked = post.batch["ack"].as_u64().unwrap() as usize;
        let page = &mut it.pages[post.page];
        for frame in &page.frames[page.acked..acked] {
            match (frame.channel, frame.n) {
                (Some(channel), Some(n)) => {
                    let sent = it.sent.iter_mut().find(|it| it.n == n).unwrap();
                    let (count, last) = it.delivered.entry(channel).or_default();
                    *count += 1;
                    sent.delivered += 1;
                    if sent.delivered == 1 {
                        assert!(*last < sent.moment || channel == 's', "{n} is late");
                        *last = sent.moment;
                        if sent.tell == Tell::Received {
                            self.received.push((window, n));
                        }
                    }
                    assert!(
                        sent.delivered == 1 || channel == 's',
                        "{n} is delivered twice"
                    );
                }
                (None, Some(n)) => {
                    let call = self.app_calls.iter_mut().find(|it| it.n == n).unwrap();
                    call.is_taken = true;
                }
                _ => {}
            }
        }
        page.acked = acked;
        for frame in frames {
            self.admit_frame(post, frame, now);
        }
        // The host sees a message's acknowledgement and what its handlers sent, or neither.
        let it = self.window(window);
        let page = &mut it.pages[post.page];
        let due = page.to_answer.iter().filter(|(frame, _)| *frame <= acked);
        let mut due: Vec<_> = due.map(|(_, text)| text).collect();
        let mut answered: Vec<_> = page.answered.iter().collect();
        // What leaves after the turn may be lost with the page, but comes after the turn.
        due.retain(|it| !it.contains("later") || answered.contains(it));
        due.sort();
        answered.sort();
        assert_eq!(answered, due, "answers of what is acknowledged");
    }

    fn admit_frame(&mut self, post: &Post, frame: &Json, now: usize) {
        let window = post.window;
        let it = self.windows[window].as_mut().unwrap();
        let page = &mut it.pages[post.page];
        let number = frame["call"].as_u64();
        let kind = frame["type"].as_str().unwrap();
        match kind {
            "hello" => {}
            "listen" => {
                let name = frame["channel"].as_str().unwrap().chars().next().unwrap();
                assert_eq!(page.heard.insert(name, now), None, "told twice");
            }
            "message" => {
                let (name, payload) = (frame["channel"].as_str().unwrap(), &frame["payload"]);
                if name == "re" {
                    page.answered.push(payload.to_string());
                }
                it.received += 1;
                let message = Some(format!("{name} {payload}"));
                let heard = Heard { window, message };
                self.quick.expect(&heard);
                self.slow.expect(&heard);
            }
            "request" | "stream" => {
                let n = frame["payload"].as_u64().unwrap() as usize;
                self.steps.push(format!("w{window} {n} {kind} {n}"));
                self.page_calls.push(PageCall {
                    call: None,
                    n,
                    window,
                    number: number.unwrap(),
                    is_stream: kind == "stream",
                    is_open: true,
                    credit: 0,
                    chunks: 0,
                });
            }
            "pull" | "cancel" => {
                let number = number.unwrap();
                let is_it =
                    |it: &&mut PageCall| it.is_open && (it.window, it.number) == (window, number);
                let Some(call) = self.page_calls.iter_mut().find(is_it) else {
                    self.unknown += 1;
                    return;
                };
                let n = call.n;
                call.is_open = kind == "pull";
                self.steps.push(match kind {
                    "pull" => format!("w{window} {n} pull {}", frame["count"]),
                    _ => format!("w{window} {n} cancel null"),
                });
            }
            "sendTo" => {
                let to = frame["window"].as_str().unwrap()[1..].parse().unwrap();
                let n = frame["payload"].as_u64().unwrap() as usize;
                let name = frame["channel"].as_str().unwrap().chars().next().unwrap();
                if self.is_open(to) {
                    self.record(to, n, name, Tell::Nobody);
                    let to = self.window(to);
                    to.has_relays = true;
                    to.sent.last_mut().unwrap().is_relay = true;
                }
            }
            "chunk" | "result" | "error" => {
                let number = CallId::new(number.unwrap()).unwrap();
                let is_it = |it: &&mut AppCall| it.is_open && it.call == number;
                let Some(call) = self.app_calls.iter_mut().find(is_it) else {
                    self.unknown += 1;
                    return;
                };
                assert_eq!(call.window, window);
                call.is_taken = true;
                let n = call.n;
                let what = match kind {
                    "error" => format!("error {}", frame["error"]["code"].as_str().unwrap()),
                    _ => format!("{kind} {}", frame["payload"]),
                };
                let is_all = !call.is_stream || call.chunks == n % 4;
                let is_right = match (kind, &*what) {
                    (_, "error no") => is_all && call.mode != 0,
                    (_, "error no-handler") => call.chunks == 0,
                    ("chunk", _) => {
                        call.chunks += 1;
                        call.chunks <= call.pulled.min(n % 4) && frame["payload"] == call.chunks - 1
                    }
                    ("result", _) if call.is_stream => is_all && call.mode != 1,
                    _ => call.mode != 1 && frame["payload"] == n,
                };
                assert!(is_right, "{call:?}: {what}");
                call.is_open = kind == "chunk";
                self.steps.push(format!("w{window} {n} {what}"));
            }
            _ => panic!("{frame}"),
        }
    }

    /// The calls of a page end, and those of the app that are to.
    fn end_calls(&mut self, window: Win, code: &str, ends: impl Fn(&AppCall) -> bool) {
        let ours = self.app_calls.iter_mut();
        for call in ours.filter(|it| it.window == window && it.is_open && ends(it)) {
            call.is_open = false;
            self.steps
                .push(format!("w{window} {} error {code}", call.n));
        }
        let mut theirs: Vec<_> = self
            .page_calls
            .iter_mut()
            .filter(|it| it.window == window && it.is_open)
            .collect();
        theirs.sort_by_key(|it| it.call);
        for call in theirs {
            call.is_open = false;
            self.steps.push(format!("w{window} {} cancel null", call.n));
        }
    }

    // ---- Windows and pages

    fn open(&mut self, window: Win) {
        let mut spec = WindowSpec::default();
        spec.id = Some(id(window));
        spec.accept_from = Some(WindowList::new(["w*".to_owned()]));
        self.router
            .open(spec, |result| assert_eq!(result, Ok(())))
            .unwrap();
        self.pump();
        let preload = self.screen.preload(&id(window)).unwrap();
        self.realms += 1;
        let life = self.windows[window].as_ref().map_or(1, |it| it.life + 1);
        self.windows[window] = Some(Window {
            life,
            is_open: true,
            realm: Realm::new(&self.runtime, &preload, self.realms),
            realm_number: self.realms,
            preload,
            handlers: Vec::new(),
            pages: Vec::new(),
            current: None,
            scripts: VecDeque::new(),
            is_closing: false,
            is_close_told: false,
            must_reload: false,
            reloads: 0,
            sent: Vec::new(),
            refused: BTreeMap::new(),
            delivered: BTreeMap::new(),
            has_relays: false,
            received: 0,
        });
        self.collect(window, &[], 0);
    }

    fn close(&mut self, window: Win, how: How) {
        let it = self.windows[window].as_mut().unwrap();
        it.is_closing = true;
        match how {
            How::Asked => {
                let asked = self
                    .router
                    .command(&id(window), WindowCommand::Close, |_| {});
                asked.unwrap();
                self.asked_to_close.push(window);
            }
            How::ByUser => {
                if !std::mem::replace(&mut it.is_close_told, true) {
                    let heard = Heard {
                        window,
                        message: None,
                    };
                    self.quick.expect(&heard);
                    self.slow.expect(&heard);
                }
                self.host.on_event(BackendEvent::CloseRequested(id(window)));
            }
            How::Died => {
                self.host.on_event(BackendEvent::Closed(id(window)));
                self.closed(window);
            }
        }
    }

    fn closed(&mut self, window: Win) {
        assert!(!self.router.windows().contains(&id(window)));
        let it = self.windows[window].as_mut().unwrap();
        it.is_open = false;
        if !it.is_close_told {
            let heard = Heard {
                window,
                message: None,
            };
            self.quick.expect(&heard);
            self.slow.expect(&heard);
        }
        self.end_calls(window, "window-closed", |_| true);
    }

    fn reload(&mut self, window: Win, posts: Posts) {
        if let Posts::Before = posts {
            let n = self.next();
            self.window(window).realm.hide();
            self.page(window, &format!("send({n})"));
        }
        self.realms += 1;
        let number = self.realms;
        let it = self.windows[window].as_mut().unwrap();
        let mut late: Vec<_> = match posts {
            Posts::Before => Vec::new(),
            Posts::Lost | Posts::After => {
                let life = it.life;
                let is_its = |post: &mut Post| (post.window, post.life) == (window, life);
                self.wire.extract_if(.., is_its).collect()
            }
        };
        // A page whose greeting is late was never there.
        let current = it.current;
        late.retain(|it| matches!(posts, Posts::After) && Some(it.page) == current);
        it.scripts.clear();
        it.handlers.clear();
        it.must_reload = false;
        it.realm_number = number;
        it.realm = Realm::new(&self.runtime, &it.preload, number);
        self.collect(window, &[], 0);
        self.wire.append(&mut late);
    }

    fn listen(&mut self, window: Win, channel: Chan, kind: Kind, is_once: bool) {
        let number = self.next();
        add_handler(
            &mut self.window(window).handlers,
            Handler {
                channel,
                kind,
                is_once,
                number,
            },
        );
        let method = if is_once { "once" } else { "on" };
        self.page(
            window,
            &format!("{method}('{channel}', '{}')", name_of(kind)),
        );
    }

    fn ask(&mut self, window: Win, most: Option<usize>) -> usize {
        let n = self.next();
        let it = self.window(window);
        let (life, realm) = (it.life, it.realm_number);
        self.asked.push(Asked {
            n,
            window,
            life,
            realm,
            chunks: 0,
            most,
            is_settled: false,
        });
        n
    }

    /// Has the page do something.
    fn page(&mut self, window: Win, act: &str) {
        self.window(window).realm.run(&format!("app.{act}"));
        self.collect(window, &[], 0);
    }

    fn run_scripts(&mut self, window: Win, count: usize) {
        for _ in 0..count {
            let mark = self.next();
            if !self.is_open(window) {
                return;
            }
            let it = self.windows[window].as_mut().unwrap();
            let Some(script) = it.scripts.pop_front() else {
                return;
            };
            let batch = batch_of(&script);
            let page = it.pages.last_mut().unwrap();
            if batch["page"] != *page.id {
                // For the page before.
                it.realm.run(&script);
                assert_eq!(it.realm.said(), []);
                continue;
            }
            assert_eq!(batch["seq"], page.run + 1);
            let (mut handled, mut failures) = (Vec::new(), 0);
            for _ in batch["frames"].as_array().unwrap() {
                page.run += 1;
                let frame = &page.frames[page.run - 1];
                let (Some(channel), Some(n)) = (frame.channel, frame.n) else {
                    continue;
                };
                let is_its = |it: &&Handler| it.channel == channel;
                let called: Vec<_> = it.handlers.iter().filter(is_its).cloned().collect();
                for handler in called {
                    if !it.handlers.iter().any(|it| it.number == handler.number) {
                        continue;
                    }
                    let kind = name_of(handler.kind);
                    handled.push(format!("handled {channel} {n} {kind}"));
                    if handler.is_once {
                        it.handlers.retain(|it| it.number != handler.number);
                    }
                    match handler.kind {
                        Kind::Plain => {}
                        Kind::Echo | Kind::Late | Kind::Later => {
                            page.to_answer.push((page.run, format!("[{n},\"{kind}\"]")));
                        }
                        Kind::Throws => failures += 1,
                        Kind::More => {
                            let (kind, is_once) = (Kind::Plain, false);
                            // As many as there are messages, at most.
                            let number = mark * 1_000 + handled.len();
                            add_handler(
                                &mut it.handlers,
                                Handler {
                                    channel,
                                    kind,
                                    is_once,
                                    number,
                                },
                            );
                        }
                        Kind::Less => it
                            .handlers
                            .retain(|it| (it.channel, it.kind) != (channel, Kind::Plain)),
                    }
                }
            }
            let run = page.run;
            it.realm.run(&script);
            let acked = self.collect(window, &handled, failures);
            assert_eq!(acked, Some(run), "acknowledged at the end of the turn");
        }
    }

    /// Takes what left the page; returns what it acknowledged last.
    fn collect(&mut self, window: Win, handled: &[String], failures: usize) -> Option<usize> {
        let said = self.windows[window].as_ref().unwrap().realm.said();
        let (mut notes, mut failed, mut acked) = (Vec::new(), 0, None);
        for said in said {
            match said {
                Said::Posted(text) => {
                    let batch: Json = serde_json::from_str(&text).unwrap();
                    let it = self.windows[window].as_mut().unwrap();
                    let page = batch["page"].as_str().unwrap();
                    let index = it.pages.iter().position(|it| it.id == page);
                    let index = index.unwrap_or_else(|| {
                        it.pages.push(Page {
                            id: page.to_owned(),
                            ..Page::default()
                        });
                        it.pages.len() - 1
                    });
                    acked = Some(batch["ack"].as_u64().unwrap() as usize);
                    self.wire.push(Post {
                        window,
                        life: it.life,
                        page: index,
                        text,
                        batch,
                    });
                }
                Said::Noted(text) if text.starts_with("handled") => notes.push(text),
                Said::Noted(text) => self.noted(window, &text),
                Said::Failed(message) => {
                    assert_eq!(message, "expected");
                    failed += 1;
                }
            }
        }
        assert_eq!(notes, handled, "the page handles");
        assert_eq!(failed, failures, "errors that nobody caught");
        acked
    }

    fn noted(&mut self, window: Win, text: &str) {
        let words: Vec<_> = text.split(' ').collect();
        let n: usize = words[1].parse().unwrap();
        if words[0] == "ran" {
            let page = self.window(window).pages.last_mut().unwrap();
            assert!(page.ran.insert(n), "{n} ran twice in a page");
            return;
        }
        let asked = self.asked.iter_mut().find(|it| it.n == n).unwrap();
        assert!(!asked.is_settled, "{text}, after its end");
        let total = n % 20;
        let is_right = match (words[0], asked.most) {
            ("chunk", Some(most)) => {
                asked.chunks += 1;
                asked.chunks <= most.min(total) && words[2] == (asked.chunks - 1).to_string()
            }
            ("got", Some(most)) => {
                asked.chunks == most || asked.chunks == total && n.is_multiple_of(2)
            }
            ("got", None) => words[2] == words[1],
            ("failed", Some(_)) if words[2] == "no" => asked.chunks == total && n % 2 == 1,
            ("failed", None) if words[2] == "no" => n % 4 == 1,
            ("failed", _) => matches!(words[2], "page-gone" | "20"),
            ("told", _) => {
                let refused = matches!(words[2], "queue-full" | "window-closed" | "unknown-window");
                let sent = self.windows.iter().flatten().flat_map(|it| &it.sent);
                let is_delivered = sent.into_iter().any(|it| it.n == n && it.delivered > 0);
                matches!(words[2], "ok" | "page-gone") || refused && !is_delivered
            }
            _ => false,
        };
        assert!(is_right, "{text}: {asked:?}");
        asked.is_settled = words[0] != "chunk";
    }

    // ---- Numbers and the end

    fn check_stats(&mut self, window: Win) {
        if !self.is_open(window) {
            return;
        }
        let stats = self.router.stats();
        let stats = stats
            .windows
            .iter()
            .find(|it| it.window == id(window))
            .unwrap();
        let it = self.window(window);
        assert_eq!(stats.received, it.received);
        for counts in &stats.channels {
            let name = counts.channel.as_str().chars().next().unwrap();
            assert_eq!(
                counts.delivered,
                it.delivered.get(&name).map_or(0, |it| it.0)
            );
            let refused = it.refused.get(&name).copied().unwrap_or_default();
            assert!(counts.refused == refused || it.has_relays && counts.refused > refused);
            let ended = counts.delivered + counts.dropped + counts.expired;
            let on_its_way = counts.accepted - ended;
            let waiting = counts.waiting as u64;
            assert!((waiting..=waiting + stats.in_flight as u64).contains(&on_its_way));
        }
    }

    /// Pages that listen to all there is come, and everybody answers: then nothing is left.
    pub(crate) fn finish(&mut self) {
        for window in 0..3 {
            self.pump();
            if !self.is_open(window) {
                continue;
            }
            if self.window(window).must_reload {
                self.run(Do::Reload(window, Posts::Before));
            }
            for name in CHANNELS {
                self.run(Do::On(window, name, Kind::Echo));
            }
            self.run(Do::Handle(window));
        }
        let mut rounds = 0;
        while self.round() {
            rounds += 1;
            assert!(rounds < 100, "it goes on and on");
        }
        self.slow.drain();
        let left: Vec<_> = self.app_calls.iter().filter(|it| it.is_open).collect();
        assert!(left.is_empty(), "{left:?}");
        let left: Vec<_> = self.page_calls.iter().filter(|it| it.is_open).collect();
        assert!(left.is_empty(), "{left:?}");
        for asked in self.asked.iter().filter(|it| !it.is_settled) {
            let window = self.windows[asked.window].as_ref().unwrap();
            let is_there =
                window.is_open && window.life == asked.life && window.realm_number == asked.realm;
            assert!(!is_there, "{asked:?}");
        }
        for window in 0..3 {
            self.check_stats(window);
            self.check_sent(window);
        }
    }

    /// Everybody does all there is to do; whether that was anything.
    fn round(&mut self) -> bool {
        self.pump();
        let mut was_busy = false;
        for window in 0..3 {
            self.run(Do::Settle(window));
            let is_posted = self.wire.iter().any(|it| it.window == window);
            if !self.is_open(window) || !is_posted && self.window(window).scripts.is_empty() {
                continue;
            }
            was_busy = true;
            self.run_scripts(window, usize::MAX);
            self.see(window, usize::MAX);
        }
        for index in 0..self.app_calls.len() {
            let call = &self.app_calls[index];
            if call.is_open && call.is_stream {
                was_busy = true;
                self.pull(index, 4);
            }
        }
        for call in self.page_calls.iter_mut().filter(|it| it.is_open) {
            was_busy = true;
            match call.is_stream {
                true => feed(&self.router, call),
                false => {
                    let payload = payload(&call.n.to_string());
                    step_of(&self.router, call, Step::Result { payload });
                }
            }
        }
        was_busy
    }

    fn check_sent(&mut self, window: Win) {
        let Some(it) = &self.windows[window] else {
            return;
        };
        for sent in it.sent.iter().filter(|it| !it.is_relay) {
            assert!(sent.told.is_some(), "nobody was told: {sent:?}");
        }
        if !it.is_open {
            return;
        }
        let stats = self.router.stats();
        let stats = stats
            .windows
            .iter()
            .find(|it| it.window == id(window))
            .unwrap();
        assert_eq!((stats.in_flight, stats.calls), (0, 0));
        for counts in &stats.channels {
            let name = counts.channel.as_str().chars().next().unwrap();
            assert_eq!(counts.waiting, 0, "on {name}");
            let on = it
                .sent
                .iter()
                .filter(|it| it.channel == name && it.delivered == 0);
            let (relays, sent): (Vec<_>, Vec<_>) = on.partition(|it| it.is_relay);
            let gave_way = |it: &&&Sent| matches!(it.told, Some(Ok(()) | Err(Code::Dropped)));
            let dropped = sent.iter().filter(gave_way).count() as u64;
            let most = match name {
                // What is told again may give way too.
                's' => u64::MAX,
                _ => dropped + relays.len() as u64,
            };
            assert!(
                (dropped..=most).contains(&counts.dropped),
                "{dropped} dropped: {counts:?}"
            );
            assert!(
                counts.dropped == 0 || self.lossy.contains(&name),
                "{counts:?}"
            );
        }
        let accepted =
            |it: &&Sent| it.channel == 's' && (it.delivered > 0 || it.told == Some(Ok(())));
        if let Some(last) = it.sent.iter().rfind(accepted) {
            let page = it.pages.last().unwrap();
            assert!(
                page.frames.iter().any(|it| it.n == Some(last.n)),
                "{} sticks",
                last.n
            );
        }
    }
}

/// The app takes a step of a page's call.
fn step_of(router: &Router, call: &mut PageCall, step: Step) {
    let ends = step.ends();
    let is_open = router.step(&id(call.window), call.call.unwrap(), step);
    assert_eq!(is_open, call.is_open, "{call:?}");
    call.is_open &= !ends;
}

/// The app sends what a page has pulled.
fn feed(router: &Router, call: &mut PageCall) {
    let total = call.n % 20;
    while call.credit > 0 && call.chunks < total {
        let payload = payload(&call.chunks.to_string());
        step_of(router, call, Step::Chunk { payload });
        (call.credit, call.chunks) = (call.credit - 1, call.chunks + 1);
    }
    if call.chunks == total && call.is_open {
        let step = match call.n % 2 {
            0 => Step::Result {
                payload: Payload::null(),
            },
            _ => Step::Error { error: no() },
        };
        step_of(router, call, step);
    }
}

fn no() -> CallError {
    let mut error = CallError::new(Code::HandlerFailed, "no");
    error.code = "no".to_owned();
    error
}

fn add_handler(handlers: &mut Vec<Handler>, handler: Handler) {
    let is_same = |it: &Handler| (it.channel, it.kind) == (handler.channel, handler.kind);
    if !handlers.iter().any(is_same) {
        handlers.push(handler);
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Plain => "plain",
        Kind::Echo => "echo",
        Kind::Late => "late",
        Kind::Later => "later",
        Kind::Throws => "throws",
        Kind::More => "more",
        Kind::Less => "less",
    }
}

fn id(window: Win) -> WindowId {
    WindowId::new(format!("w{window}")).unwrap()
}

fn channel(name: Chan) -> Channel {
    Channel::new(name.to_string()).unwrap()
}

fn payload(json: &str) -> Payload {
    Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
}
