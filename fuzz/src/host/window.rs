//! A window that is open, and the page that the host believes it shows.

use arbitrary::Arbitrary;
use ipc_protocol::{Channel, Event, PageBatch, PageFrame, WindowId};
use serde_json::{Value as Json, json};
use webview_host::HostStats;

use super::acts::{Ack, Frame, From, Key, Post, Seq};

/// What a window is opened with.
#[derive(Arbitrary, Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) prevents_close: bool,
    pub(super) accepts: bool,
    pub(super) is_listed: bool,
    pub(super) has_friend: bool,
}

/// How many batches of a page may be malformed, and how long a hello may be when that many were.
const MAX_MALFORMED: u32 = 16;
const HELLO_BYTES: usize = 512;

#[derive(Default)]
pub(super) struct Window {
    pub(super) key: String,
    pub(super) options: Options,
    /// How many `close` events the app has heard of, and is to hear of.
    pub(super) closes: u32,
    closes_due: u32,
    page: Option<Page>,
    /// How many batches with the key were malformed since a page said hello.
    nonsense: u32,
    is_cut_off: bool,
    /// How often the app is to hear of that.
    pub(super) cut_offs: i32,
    /// Pages that are gone, the last one last.
    gone: Vec<String>,
}

/// A page that has said hello, and the numbers of the next frame from it and of the last to it.
struct Page {
    id: String,
    next: u64,
    handed: u64,
}

impl Options {
    /// As `createWindow` takes them.
    pub(super) fn json(self, id: &WindowId) -> String {
        let options = json!({
            "id": id,
            "preventClose": self.prevents_close,
            "channels": self.is_listed.then_some(["a", "b*"]),
            "acceptFrom": self.accepts.then_some(["*"]),
            "origins": self.has_friend.then_some(From::FRIEND).as_slice(),
        });
        options.to_string()
    }

    /// Whether a page from there may reach the app.
    pub(super) fn admits(self, from: From) -> bool {
        match from {
            From::App => true,
            From::Friend => self.has_friend,
            From::Stranger | From::Nowhere => false,
        }
    }

    fn may_send(self, channel: &Channel) -> bool {
        let name = channel.as_str();
        let is_listed = name == "a" || name.starts_with('b');
        !channel.is_reserved() && (is_listed || !self.is_listed)
    }
}

impl Window {
    pub(super) fn new(key: String, options: Options) -> Window {
        Window {
            key,
            options,
            ..Window::default()
        }
    }

    /// The text of a batch, which may have the key of another window.
    pub(super) fn text(&self, other: &str, post: &Post<'_>) -> String {
        let id = match (&self.page, post.page) {
            (Some(page), 0..200) => page.id.clone(),
            (_, number) => format!("page-{}", number % 32),
        };
        let page = self.page.as_ref().filter(|page| page.id == id);
        let (next, handed) = page.map_or((1, 0), |page| (page.next, page.handed));
        let mut frames: Vec<Json> = post.frames.iter().map(|frame| frame.json()).collect();
        if page.is_none() && post.greets {
            frames.insert(0, Frame::Hello.json());
        }
        let batch = json!({
            "key": match post.key {
                Key::Right => &self.key,
                Key::OfOther => other,
                Key::Wrong => "wrong",
            },
            "page": id,
            "seq": match post.seq {
                Seq::Next => next,
                Seq::First => 1,
                Seq::Skip(count) => next + u64::from(count),
                Seq::Back(count) => next.saturating_sub(u64::from(count)),
                Seq::Any(seq) => seq,
            },
            "ack": match post.ack {
                Ack::All => handed,
                Ack::Some(count) => handed.min(count.into()),
                Ack::Any(ack) => ack,
            },
            "lost": post.lost,
            "frames": frames,
        });
        batch.to_string()
    }

    /// Takes in what the page posts, by the rules of docs/protocol.md: a text, or an upload. Returns
    /// the messages.
    pub(super) fn admit(
        &mut self,
        id: &WindowId,
        from: From,
        bytes: usize,
        text: Option<&str>,
        batch: Option<PageBatch>,
        stats: &mut HostStats,
    ) -> Vec<Event> {
        if !self.options.admits(from) {
            stats.foreign += 1;
            return Vec::new();
        }
        // Who does not have the key cannot have the page cut off.
        let is_nonsense = batch.is_none() && text.is_none_or(|text| text.contains(&self.key));
        if self.is_cut_off && (bytes > HELLO_BYTES || is_nonsense) {
            stats.stale += 1;
            return Vec::new();
        }
        let Some(batch) = batch.filter(|batch| batch.key == self.key) else {
            stats.malformed += 1;
            self.nonsense += u32::from(is_nonsense);
            if is_nonsense && self.nonsense == MAX_MALFORMED {
                self.cut_off();
            }
            return Vec::new();
        };
        let is_its = |page: &Page| page.id == batch.page;
        let is_gone = self.gone.iter().rev().take(16).any(|id| *id == batch.page);
        let greets = batch.seq == 1 && batch.frames.first() == Some(&PageFrame::Hello);
        if greets && !is_gone && !self.page.as_ref().is_some_and(is_its) {
            let id = batch.page.clone();
            let (next, handed) = (1, 0);
            (self.nonsense, self.is_cut_off) = (0, false);
            self.leave_page();
            self.page = Some(Page { id, next, handed });
        }
        let Some(page) = self.page.as_mut().filter(|page| is_its(page)) else {
            stats.stale += 1;
            return Vec::new();
        };
        // Also when it only acknowledges, and so has the number of a frame to come.
        stats.missing += batch.seq.saturating_sub(page.next);
        page.next = page.next.max(batch.seq);
        let mut messages = Vec::new();
        for (seq, frame) in (batch.seq..).zip(batch.frames) {
            if seq < page.next {
                stats.repeated += 1;
                continue;
            }
            page.next = seq + 1;
            match frame {
                PageFrame::Message { channel, payload } if self.options.may_send(&channel) => {
                    messages.push(Event::message(id.clone(), channel, payload));
                }
                _ => {}
            }
        }
        messages
    }

    pub(super) fn had_one_page(&self) -> bool {
        self.gone.is_empty()
    }

    /// Nothing is heard any more, until another page says hello.
    pub(super) fn cut_off(&mut self) {
        self.is_cut_off = true;
        self.cut_offs += 1;
        self.leave_page();
    }

    /// The page is gone.
    pub(super) fn leave_page(&mut self) {
        self.gone.extend(self.page.take().map(|page| page.id));
    }

    /// The host has handed the page a batch.
    pub(super) fn is_handed(&mut self, key: &str, batch: &Json) {
        const TYPES: [&str; 10] = [
            "message", "relay", "refused", "request", "stream", "pull", "cancel", "chunk",
            "result", "error",
        ];
        assert_eq!(key, self.key);
        let page = self.page.as_mut().expect("a page that said hello");
        assert_eq!(batch["page"], *page.id);
        assert_eq!(batch["seq"], page.handed + 1);
        let frames = batch["frames"].as_array().expect("frames");
        for frame in frames {
            let kind = frame["type"].as_str().expect("a type");
            assert!(TYPES.contains(&kind), "{frame}");
        }
        page.handed += frames.len() as u64;
    }

    /// Its user wishes to close it.
    pub(super) fn is_asked_to_close(&mut self) {
        match self.options.prevents_close {
            true => self.closes_due += 1,
            false => self.closes_due = 1,
        }
    }

    pub(super) fn has_closed(&self, id: &WindowId) {
        assert_eq!(self.closes, self.closes_due.max(1), "`close` of {id}");
    }
}
