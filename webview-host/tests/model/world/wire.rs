//! What goes between the host and the pages, each way.

use ipc_protocol::{CallId, Code, WindowCommand, WindowId};
use serde_json::Value as Json;
use webview_host::{Backend, BackendError, Pumped};

use super::{World, id};
use crate::lists::{AppCall, Frame, Heard, PageCall, Post, Script, batch_of};
use crate::payloads::{carried, expected, value};
use crate::{Tell, Win};

impl World {
    /// Returns whether a webview was given anything.
    pub(super) fn pump(&mut self) -> bool {
        let mut is_any = false;
        assert_eq!(self.host.pump(&mut self.backend), Pumped::Waiting);
        for window in 0..3 {
            if !self.is_open(window) {
                continue;
            }
            for script in self.screen.take_scripts(&id(window)) {
                self.hand(window, script);
                is_any = true;
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
        let by_app = std::mem::take(&mut self.asked_to_close);
        let by_users = std::mem::take(&mut self.asked_by_users);
        let asked = by_app.into_iter().chain(by_users);
        for window in asked.chain(0..3) {
            if self.is_open(window) && self.window(window).is_closing {
                self.closed(window);
            }
        }
        self.hear();
        self.take_replies();
        is_any
    }

    /// The webview is given a script: everything in it must be due.
    pub(super) fn hand(&mut self, window: Win, script: String) {
        let now = self.next();
        let mut batch = batch_of(&script);
        let offer = self.take_offer(window, &mut batch);
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
                cancels: None,
                answers: None,
                feeds: None,
                offer: frame.get("bytes").map(|_| page.offers.len()),
                sent: 0,
                handed: now,
            };
            let mut accepted = None;
            match kind {
                "message" | "relay" => {
                    let n = value(carried(frame)).as_u64().unwrap() as usize;
                    assert_eq!(carried(frame), expected(n, n));
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
                    // The last message of a sticky channel is for every page, also after one that
                    // did not get its bytes.
                    let is_again = sent.channel == 's' && sent.is_lost;
                    match sent.told {
                        Some(Err(Code::TransferFailed)) if is_again => {}
                        told => assert!(!matches!(told, Some(Err(_))), "{n}: {told:?}"),
                    }
                    handed.channel = Some(sent.channel);
                    (handed.n, handed.sent) = (Some(n), sent.moment);
                    let heard = page.heard[&sent.channel];
                    accepted = sent.accepted.map(|accepted| accepted.max(heard));
                }
                "request" | "stream" => {
                    let n = value(carried(frame))[0].as_u64().unwrap() as usize;
                    let call = calls.iter().find(|it| it.n == n).unwrap();
                    let json = format!("[{n},{}]", call.mode);
                    assert_eq!(carried(frame), expected(json, n));
                    assert!(call.is_open && !call.is_taken, "{n} was asked already");
                    assert_eq!(call.is_stream, kind == "stream");
                    (handed.n, handed.sent) = (Some(n), call.moment);
                    accepted = Some(call.moment);
                }
                "cancel" => {
                    let number = frame["call"].as_u64().unwrap();
                    let is_it = |it: &&AppCall| it.call.get() == number;
                    let call = calls.iter().find(is_it).unwrap();
                    assert!(call.is_cancelled, "{call:?}");
                    handed.cancels = Some(call.n);
                }
                "chunk" | "result" if handed.offer.is_some() => {
                    let number = frame["call"].as_u64().unwrap();
                    let is_it = |it: &&PageCall| (it.window, it.number) == (window, number);
                    // The last to have the number is the page's.
                    handed.answers = Some(self.page_calls.iter().rfind(is_it).unwrap().n);
                    handed.feeds = (kind == "chunk").then_some(number);
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
        page.offers.extend(offer);
        it.scripts.push_back(Script {
            text: script,
            batch,
        });
    }

    pub(super) fn eval_fails(&mut self) {
        // Then only this window has something to be handed: what one is handed makes room, of which
        // another one may be told.
        while self.pump() {}
        if !self.is_open(0) {
            return;
        }
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
    pub(super) fn see(&mut self, window: Win, count: usize) {
        for _ in 0..count {
            let first = self.wire.iter().position(|it| it.window == window);
            let Some(first) = first else {
                return;
            };
            let post = self.wire.remove(first);
            self.screen.report(post.event.clone());
            self.take_in(vec![post]);
        }
    }

    /// The host sees something that it has seen before, of a page that may be gone.
    pub(super) fn see_again(&mut self, window: Win, index: usize) {
        let seen = self.seen.iter().rev().filter(|it| it.window == window);
        let Some(post) = seen.cycle().nth(index).cloned() else {
            return;
        };
        self.screen.report(post.event.clone());
        self.take_in(vec![post]);
    }

    /// The host sees the second of two posts before the first.
    pub(super) fn see_swapped(&mut self, window: Win) {
        let is_its = |post: &mut Post| post.window == window;
        let mut posts: Vec<_> = self.wire.extract_if(.., is_its).collect();
        let rest = posts.split_off(posts.len().min(2));
        self.wire.extend(rest);
        for post in &posts {
            self.screen.report(post.event.clone());
        }
        if let [first, second] = &mut posts[..] {
            let it = self.windows[window].as_mut().unwrap();
            for post in [&*first, &*second] {
                if post.life == it.life {
                    it.pages[post.page].is_torn = true;
                    it.must_reload = true;
                }
            }
            self.screen.disturb(|events| events.swap(0, 1));
            std::mem::swap(first, second);
        }
        self.take_in(posts);
    }

    /// The host takes in what the webviews report, which are these posts.
    fn take_in(&mut self, posts: Vec<Post>) {
        let events = self.screen.take_events();
        assert_eq!(events.len(), posts.len());
        for (event, post) in events.into_iter().zip(posts) {
            self.admit(&post);
            self.host.on_event(event);
            self.hear();
            self.take_replies();
            self.check_offers(post.window);
            let stats = self.host.stats();
            assert_eq!(stats.malformed, self.malformed, "malformed");
            assert_eq!(stats.stale, self.stale, "stale");
            assert_eq!(stats.unknown, self.unknown, "unknown");
            assert_eq!(stats.repeated, self.repeated, "repeated");
            assert_eq!(stats.missing, self.missing, "missing");
            assert_eq!(stats.refused, 0);
            self.seen.push(post);
        }
    }

    pub(super) fn admit(&mut self, post: &Post) {
        let now = self.next();
        let window = post.window;
        if !self.is_open(window) {
            return;
        }
        let it = self.windows[window].as_mut().unwrap();
        if it.life != post.life {
            // It has the key of the window that was here before.
            self.malformed += 1;
            return;
        }
        let frames = post.batch["frames"].as_array().unwrap();
        let greets =
            post.batch["seq"] == 1 && frames.first().is_some_and(|it| it["type"] == "hello");
        if greets && it.current != Some(post.page) && !it.gone.contains(&post.page) {
            it.gone.extend(it.current.replace(post.page));
            self.end_calls(window, "page-gone", |call| call.is_taken);
        }
        let it = self.windows[window].as_mut().unwrap();
        if it.current != Some(post.page) {
            self.stale += 1;
            return;
        }
        let acked = post.batch["ack"].as_u64().unwrap() as usize;
        let seq = post.batch["seq"].as_u64().unwrap() as usize;
        let page = &mut it.pages[post.page];
        let repeated = (page.admitted + 1).saturating_sub(seq).min(frames.len());
        self.repeated += repeated as u64;
        self.missing += seq.saturating_sub(page.admitted + 1) as u64;
        page.admitted = page.admitted.max(seq - 1 + frames.len());
        let mut due = page.lost_messages.clone();
        due.retain(|number| (page.acked + 1..=acked).contains(number));
        let mut lost: Vec<usize> = match post.batch.get("lost") {
            Some(told) => serde_json::from_value(told.clone()).unwrap(),
            None => Vec::new(),
        };
        let told = lost.len();
        lost.retain(|number| *number > page.acked);
        self.unknown += (told - lost.len()) as u64;
        assert!(
            lost == due || page.is_torn,
            "{lost:?} came without bytes, of {due:?}"
        );
        for number in page.acked + 1..=acked {
            let frame = &page.frames[number - 1];
            match (frame.channel, frame.n) {
                (Some(channel), Some(n)) => {
                    let sent = it.sent.iter_mut().find(|it| it.n == n).unwrap();
                    let (count, last) = it.delivered.entry(channel).or_default();
                    let is_lost = lost.contains(&number);
                    match is_lost {
                        true => *it.lost.entry(channel).or_default() += 1,
                        false => *count += 1,
                    }
                    sent.delivered += 1;
                    if sent.delivered == 1 {
                        sent.is_lost = is_lost;
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
        page.acked = page.acked.max(acked);
        for frame in frames.iter().skip(repeated) {
            self.admit_frame(post, frame, now);
        }
        // The host sees a message's acknowledgement and what its handlers sent, or neither.
        let it = self.window(window);
        let page = &mut it.pages[post.page];
        if page.is_torn {
            return;
        }
        let due = page
            .to_answer
            .iter()
            .filter(|(frame, _)| *frame <= page.acked);
        let mut due: Vec<_> = due.map(|(_, text)| text).collect();
        let mut answered: Vec<_> = page.answered.iter().collect();
        // What leaves after the turn may be lost with the page, but comes after the turn.
        due.retain(|it| !it.contains("later") || answered.contains(it));
        due.sort();
        answered.sort();
        assert_eq!(answered, due, "answers of what is acknowledged");
    }

    pub(super) fn admit_frame(&mut self, post: &Post, frame: &Json, now: usize) {
        let window = post.window;
        let it = self.windows[window].as_mut().unwrap();
        let page = &mut it.pages[post.page];
        let number = frame["call"].as_u64();
        let kind = frame["type"].as_str().unwrap();
        match kind {
            "hello" => {}
            // The page tells its developer of what failed in it.
            "report" => {
                let report = &frame["report"];
                let (kind, text) = (&report["kind"], report["text"].as_str().unwrap());
                let known: &[&str] = match kind.as_str().unwrap() {
                    "handler" => &["q: Error: no", "qs: Error: no"],
                    _ => &["Error: expected"],
                };
                let is_lost = text.ends_with("could not be transferred");
                assert!(is_lost || known.contains(&text), "{kind} {text}");
            }
            "listen" => {
                let name = frame["channel"].as_str().unwrap().chars().next().unwrap();
                assert_eq!(page.heard.insert(name, now), None, "told twice");
            }
            "message" => {
                let (name, payload) = (frame["channel"].as_str().unwrap(), carried(frame));
                match name {
                    "re" => page.answered.push(payload.to_owned()),
                    _ => {
                        let n = value(payload).as_u64().unwrap() as usize;
                        assert_eq!(payload, expected(n, n));
                    }
                }
                it.received += 1;
                let message = Some(format!("{name} {payload}"));
                let heard = Heard { window, message };
                self.quick.expect(&heard);
                self.slow.expect(&heard);
            }
            "request" | "stream" => {
                let n = value(carried(frame)).as_u64().unwrap() as usize;
                let is = expected(n, n);
                self.steps.push(format!("w{window} {n} {kind} {is}"));
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
                let n = value(carried(frame)).as_u64().unwrap() as usize;
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
                    _ => format!("{kind} {}", carried(frame)),
                };
                let is_all = !call.is_stream || call.chunks == n % 4;
                let is_right = match (kind, &*what) {
                    (_, "error no") => is_all && call.mode != 0,
                    (_, "error no-handler") => call.chunks == 0,
                    (_, "error transfer-failed") => page.lost.contains(&n),
                    ("chunk", _) => {
                        call.chunks += 1;
                        let is = expected(call.chunks - 1, n + call.chunks - 1);
                        call.chunks <= call.pulled.min(n % 4) && carried(frame) == is
                    }
                    ("result", _) if call.is_stream => is_all && call.mode != 1,
                    _ => call.mode != 1 && carried(frame) == expected(n, n + 1),
                };
                assert!(is_right || page.is_torn, "{call:?}: {what}");
                call.is_open = kind == "chunk";
                self.steps.push(format!("w{window} {n} {what}"));
            }
            _ => panic!("{frame}"),
        }
    }

    /// The calls of a page end, and those of the app that are to.
    pub(super) fn end_calls(&mut self, window: Win, code: &str, ends: impl Fn(&AppCall) -> bool) {
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
}
