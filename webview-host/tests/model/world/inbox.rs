//! What pages do with what they are handed.

use ipc_protocol::Origin;
use serde_json::Value as Json;
use webview_host::{Backend, BackendEvent, BackendEventKind};

use super::pages::{add_handler, name_of};
use super::{World, id};
use crate::lists::{Handler, Page, Post, Reaction, Transfer};
use crate::payloads::{expected, join, read_upload};
use crate::realm::Said;
use crate::{Kind, Win};

impl World {
    pub(super) fn run_scripts(&mut self, window: Win, count: usize) {
        for _ in 0..count {
            if !self.has_page(window) {
                return;
            }
            let it = self.windows[window].as_mut().unwrap();
            let Some(script) = it.scripts.pop_front() else {
                return;
            };
            let page = it.pages.last_mut().unwrap();
            if script.batch["page"] != *page.id {
                // For the page before.
                it.realm.run(&script.text);
                assert_eq!(it.realm.said(), []);
                continue;
            }
            assert_eq!(script.batch["seq"], page.come + 1);
            page.come += script.batch["frames"].as_array().unwrap().len();
            let reaction = self.handle_frames(window);
            self.window(window).realm.run(&script.text);
            self.react(window, &reaction);
            let Some(token) = script.batch["bytes"].as_str() else {
                continue;
            };
            let it = self.window(window);
            let page = it.pages.len() - 1;
            let offers = &it.pages[page].offers;
            let mut asked = it.downloads.iter().filter(|it| it.page == page);
            let is_asked = asked.any(|it| offers[it.offer].token == token);
            assert!(is_asked, "bytes that nobody asks for");
        }
    }

    /// What the page is to do with the frames that have come, up to one whose bytes have not.
    pub(super) fn handle_frames(&mut self, window: Win) -> Reaction {
        let mark = self.next();
        let it = self.windows[window].as_mut().unwrap();
        let page = it.pages.last_mut().unwrap();
        let mut reaction = Reaction::default();
        while page.run < page.come {
            let frame = &page.frames[page.run];
            let transfer = frame.offer.map(|it| page.offers[it].transfer);
            if transfer == Some(Transfer::Waits) {
                break;
            }
            page.run += 1;
            reaction.is_any = true;
            if transfer == Some(Transfer::Lost) {
                match (frame.channel, frame.n, frame.answers) {
                    (Some(channel), ..) => {
                        reaction.fail_transfer(&channel.to_string());
                        page.lost_messages.push(page.run);
                    }
                    (None, Some(n), _) => _ = page.lost.insert(n),
                    (.., answers) => {
                        let mut asked = self.asked.iter_mut();
                        asked.find(|it| Some(it.n) == answers).unwrap().is_lost = true;
                        reaction.cancels.extend(frame.feeds);
                    }
                }
                continue;
            }
            let (Some(channel), Some(n)) = (frame.channel, frame.n) else {
                continue;
            };
            let is_its = |it: &&Handler| it.channel == channel;
            let called: Vec<_> = it.handlers.iter().filter(is_its).cloned().collect();
            for handler in called {
                if !it.handlers.iter().any(|it| it.number == handler.number) {
                    continue;
                }
                let (kind, is) = (name_of(handler.kind), expected(n, n));
                let handled = format!("handled {channel} {is} {kind}");
                reaction.handled.push(handled);
                if handler.is_once {
                    it.handlers.retain(|it| it.number != handler.number);
                }
                match handler.kind {
                    Kind::Plain => {}
                    Kind::Echo | Kind::Late | Kind::Later => {
                        let answer = expected(format!("[{n},\"{kind}\"]"), n + kind.len());
                        page.to_answer.push((page.run, answer));
                    }
                    Kind::Throws => reaction.failures.push("expected".to_owned()),
                    Kind::More => {
                        let (kind, is_once) = (Kind::Plain, false);
                        // As many as there are messages, at most.
                        let number = mark * 1_000 + reaction.handled.len();
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
        reaction
    }

    /// The page has done what it was to do, and tells the host at the end of the turn.
    pub(super) fn react(&mut self, window: Win, reaction: &Reaction) {
        let posts = self.collect(window, reaction);
        let it = self.windows[window].as_ref().unwrap();
        let page = it.pages.last().unwrap();
        assert_eq!(
            posts > 0,
            reaction.is_any,
            "acknowledged at the end of the turn"
        );
        for number in &reaction.cancels {
            assert!(page.cancelled.contains(number), "{number} is not stopped");
        }
        for n in page.frames[..page.run].iter().filter_map(|it| it.cancels) {
            let call = self.app_calls.iter().find(|it| it.n == n).unwrap();
            let waited = call.mode == 2 && !call.is_stream && page.ran.contains(&n);
            assert!(!waited || page.settled.contains(&n), "{n} is not aborted");
        }
    }

    /// Takes what left the page; returns how many batches did. Each acknowledges all that was
    /// handled.
    pub(super) fn collect(&mut self, window: Win, reaction: &Reaction) -> usize {
        let said = self.windows[window].as_ref().unwrap().realm.said();
        let (mut notes, mut failures, mut posts) = (Vec::new(), Vec::new(), 0);
        for said in said {
            match said {
                Said::Posted(text) => {
                    let mut batch: Json = serde_json::from_str(&text).unwrap();
                    join(&mut batch, &[]);
                    let event = BackendEventKind::Message {
                        origin: Origin::of(self.backend.origin()),
                        text,
                    }
                    .of(id(window));
                    self.post(window, event, batch);
                    posts += 1;
                }
                Said::Uploaded(body) => {
                    let batch = read_upload(&body);
                    let event = BackendEventKind::Upload {
                        origin: Origin::of(self.backend.origin()),
                        body,
                    }
                    .of(id(window));
                    self.post(window, event, batch);
                    posts += 1;
                }
                Said::Asked(token) => self.asked_for(window, &token),
                Said::Noted(text) if text.starts_with("handled") => notes.push(text),
                Said::Noted(text) => self.noted(window, &text),
                Said::Failed(message) => failures.push(message),
            }
        }
        assert_eq!(notes, reaction.handled, "the page handles");
        assert_eq!(failures, reaction.failures, "errors that nobody caught");
        posts
    }

    fn post(&mut self, window: Win, event: BackendEvent, batch: Json) {
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
        let page = &mut it.pages[index];
        assert_eq!(batch["ack"], page.run);
        let frames = batch["frames"].as_array().unwrap().iter();
        let cancels = frames.filter(|it| it["type"] == "cancel");
        (page.cancelled).extend(cancels.map(|it| it["call"].as_u64().unwrap()));
        self.wire.push(Post {
            window,
            life: it.life,
            page: index,
            event,
            batch,
        });
    }

    pub(super) fn noted(&mut self, window: Win, text: &str) {
        let words: Vec<_> = text.split(' ').collect();
        let n: usize = words[1].parse().unwrap();
        if words[0] == "ran" {
            let call = self.app_calls.iter().find(|it| it.n == n).unwrap();
            assert_eq!(words[2], expected(format!("[{n},{}]", call.mode), n));
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
                asked.chunks <= most.min(total)
                    && words[2] == expected(asked.chunks - 1, n + asked.chunks - 1)
            }
            ("got", Some(most)) => {
                asked.chunks == most || asked.chunks == total && n.is_multiple_of(2)
            }
            ("got", None) => words[2] == expected(n, n + 1),
            ("failed", Some(_)) if words[2] == "no" => asked.chunks == total && n % 2 == 1,
            ("failed", None) if words[2] == "no" => n % 4 == 1,
            ("failed", _) if words[2] == "transfer-failed" => asked.is_lost,
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
