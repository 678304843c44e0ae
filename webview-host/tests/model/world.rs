//! The real thing, and what must come of each step.

mod app;
mod end;
mod inbox;
mod pages;
mod transfers;
mod wire;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use ipc_protocol::{Channel, Code, Limits, Overflow, Policy, Step, WindowCommand, WindowId};
use ipc_router::{Filter, Router, Subscription};
use rquickjs::Runtime;
use webview_host::Host;
use webview_host::memory::{self, MemoryBackend, MemoryHandle};

use self::app::step_of;
use self::pages::name_of;
use crate::lists::{AppCall, Asked, Consumer, PageCall, Post, Reaction, Window};
use crate::payloads::payload;
use crate::{Bytes, Chan, Do, Win};

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
    /// What pages posted and the host has not seen, in order for each window; what it has seen.
    wire: Vec<Post>,
    seen: Vec<Post>,
    replies: Replies,
    /// In the order in which the app did.
    asked_to_close: Vec<Win>,
    /// The same by their users.
    asked_by_users: Vec<Win>,
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
    repeated: u64,
    missing: u64,
}

impl World {
    pub(crate) fn new() -> World {
        let mut limits = Limits::default();
        limits.window_messages = 8;
        limits.subscription_events = 6;
        let (router, port) = Router::new(limits);
        let (backend, screen) = memory::pair();
        let consumer = || {
            let subscription = router.subscribe_within(&[Filter::All], || {});
            subscription.listen(&Filter::All);
            Consumer::new(subscription, 6)
        };
        let calls = router.subscribe_within(&[Filter::Calls], || {});
        calls.listen(&Filter::Calls);
        let runtime = Runtime::new().unwrap();
        // A case is over before there is much garbage.
        runtime.set_gc_threshold(usize::MAX);
        let mut world = World {
            runtime,
            quick: consumer(),
            slow: consumer(),
            router,
            host: Host::new(port),
            backend,
            screen,
            calls,
            windows: [None, None, None],
            wire: Vec::new(),
            seen: Vec::new(),
            replies: Replies::default(),
            asked_to_close: Vec::new(),
            asked_by_users: Vec::new(),
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
            repeated: 0,
            missing: 0,
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

    /// Whether it shows a page whose process lives.
    fn has_page(&self, window: Win) -> bool {
        self.is_open(window) && self.windows[window].as_ref().is_some_and(|it| !it.is_dead)
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
                call.is_cancelled |= was_open;
                let is_open = self.router.step(&id(call.window), call.call, Step::Cancel);
                assert_eq!(is_open, was_open);
            }
            Answer(index) => {
                let held = |it: &&mut PageCall| it.is_open && it.call.is_some() && !it.is_stream;
                let held: Vec<_> = self.page_calls.iter_mut().filter(held).collect();
                if !held.is_empty() {
                    let index = index % held.len();
                    let call = held.into_iter().nth(index).unwrap();
                    let payload = payload(&call.n.to_string(), call.n + 1);
                    step_of(&self.router, call, Step::Result { payload });
                }
            }
            Pump => _ = self.pump(),
            EvalFails => self.eval_fails(),
            DrainSlow => self.slow.drain(),
            Open(window) if !self.is_open(window) => self.open(window),
            Arrive(index) => {
                if let Some((window, index)) = self.pending(index) {
                    self.arrive(window, index);
                }
            }
            BreakOff(index, times, waits) => {
                if let Some((window, index)) = self.pending(index) {
                    self.break_off(window, index, times, waits);
                }
            }
            Request(window, mode) => self.call(window, false, mode),
            Stream(window, mode) => self.call(window, true, mode),
            // What follows needs a window, and some of it a page.
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
            | Return(window)
            | Crash(window, _)
                if !self.has_page(window) => {}
            Run(window, _)
            | See(window, _)
            | Turn(window, _)
            | Reload(window, _)
            | AskReload(window)
            | Again(window, _)
            | Swap(window)
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
                // Calls wait no longer for a handler.
                self.pass(window, 5_000);
            }
            Run(window, count) => self.run_scripts(window, count),
            See(window, count) => self.see(window, count),
            Turn(window, bytes) => self.turn(window, bytes),
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
                self.collect(window, &Reaction::default());
            }
            Crash(window, posts) => self.crash(window, posts),
            Again(window, index) => self.see_again(window, index),
            Swap(window) => self.see_swapped(window),
            Close(window, how) => self.close(window, how),
            Open(_) => {}
        }
        self.hear();
        self.take_replies();
    }

    fn turn(&mut self, window: Win, bytes: Bytes) {
        self.pump();
        self.run_scripts(window, usize::MAX);
        match bytes {
            Bytes::Come => self.arrive_all(window),
            Bytes::Late => {}
            Bytes::BreakOff(times) => {
                self.break_all_off(window, times);
                self.arrive_all(window);
            }
        }
        self.see(window, usize::MAX);
        self.pump();
        self.check_stats(window);
    }
}

fn id(window: Win) -> WindowId {
    WindowId::new(format!("w{window}")).unwrap()
}

fn channel(name: Chan) -> Channel {
    Channel::new(name.to_string()).unwrap()
}
