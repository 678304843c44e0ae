//! Windows open and close, pages come and go and act.

use std::collections::{BTreeMap, VecDeque};

use ipc_protocol::{WindowCommand, WindowList, WindowSpec};
use serde_json::Value as Json;
use webview_host::BackendEvent;

use super::{World, id};
use crate::lists::{Asked, Handler, Heard, Page, Post, Window, batch_of};
use crate::realm::{Realm, Said};
use crate::{Chan, How, Kind, Posts, Win};

impl World {
    pub(super) fn open(&mut self, window: Win) {
        let mut spec = WindowSpec::default();
        spec.id = Some(id(window));
        spec.accept_from = Some(WindowList::new(["w*".to_owned()]));
        self.router
            .open(spec, |result| assert_eq!(result, Ok(())))
            .unwrap();
        self.pump();
        let link = self.screen.link(&id(window)).unwrap();
        self.realms += 1;
        let life = self.windows[window].as_ref().map_or(1, |it| it.life + 1);
        self.windows[window] = Some(Window {
            life,
            is_open: true,
            realm: Realm::new(&self.runtime, link.preload(), self.realms),
            realm_number: self.realms,
            link,
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

    pub(super) fn close(&mut self, window: Win, how: How) {
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

    pub(super) fn closed(&mut self, window: Win) {
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

    pub(super) fn reload(&mut self, window: Win, posts: Posts) {
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
        it.realm = Realm::new(&self.runtime, it.link.preload(), number);
        self.collect(window, &[], 0);
        self.wire.append(&mut late);
    }

    pub(super) fn listen(&mut self, window: Win, channel: Chan, kind: Kind, is_once: bool) {
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

    pub(super) fn ask(&mut self, window: Win, most: Option<usize>) -> usize {
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
    pub(super) fn page(&mut self, window: Win, act: &str) {
        self.window(window).realm.run(&format!("app.{act}"));
        self.collect(window, &[], 0);
    }

    pub(super) fn run_scripts(&mut self, window: Win, count: usize) {
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
            let page = self.windows[window].as_ref().unwrap().pages.last().unwrap();
            for n in page.frames[..run].iter().filter_map(|it| it.cancels) {
                let call = self.app_calls.iter().find(|it| it.n == n).unwrap();
                let waited = call.mode == 2 && !call.is_stream && page.ran.contains(&n);
                assert!(!waited || page.settled.contains(&n), "{n} is not aborted");
            }
        }
    }

    /// Takes what left the page; returns what it acknowledged last.
    pub(super) fn collect(
        &mut self,
        window: Win,
        handled: &[String],
        failures: usize,
    ) -> Option<usize> {
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

    pub(super) fn noted(&mut self, window: Win, text: &str) {
        let words: Vec<_> = text.split(' ').collect();
        let n: usize = words[1].parse().unwrap();
        if words[0] == "ran" {
            let page = self.window(window).pages.last_mut().unwrap();
            assert!(page.ran.insert(n), "{n} ran twice in a page");
            return;
        }
        if words[0] == "settled" {
            let page = self.window(window).pages.last_mut().unwrap();
            page.settled.insert(n);
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
}

pub(super) fn add_handler(handlers: &mut Vec<Handler>, handler: Handler) {
    let is_same = |it: &Handler| (it.channel, it.kind) == (handler.channel, handler.kind);
    if !handlers.iter().any(is_same) {
        handlers.push(handler);
    }
}

pub(super) fn name_of(kind: Kind) -> &'static str {
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
