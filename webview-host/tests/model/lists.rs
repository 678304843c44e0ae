//! What the test writes down: plain lists.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use ipc_protocol::{CallId, Code, WindowId};
use ipc_router::Subscription;
use serde_json::Value as Json;
use webview_host::{BackendEvent, PageLink};

use crate::payloads::brief;
use crate::realm::Realm;
use crate::{Chan, Kind, Tell, Win};

/// A message to a window's page, from the app or from another page.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) n: usize,
    pub(crate) channel: Chan,
    /// When it was sent.
    pub(crate) moment: usize,
    /// When it was surely accepted.
    pub(crate) accepted: Option<usize>,
    /// What its sender was told.
    pub(crate) told: Option<Result<(), Code>>,
    pub(crate) tell: Tell,
    pub(crate) is_relay: bool,
    /// How often a page acknowledged it, as far as the host knows.
    pub(crate) delivered: usize,
    /// Whether the first time was without its bytes.
    pub(crate) is_lost: bool,
}

/// One opening of a window, from then until it closes.
pub(crate) struct Window {
    pub(crate) life: usize,
    pub(crate) is_open: bool,
    pub(crate) link: PageLink,
    /// The page that is shown.
    pub(crate) realm: Realm,
    /// Its handlers, in order.
    pub(crate) handlers: Vec<Handler>,
    /// The number of its realm.
    pub(crate) realm_number: usize,
    /// Pages by number; the last is shown.
    pub(crate) pages: Vec<Page>,
    /// The page that said hello last, as far as the host knows.
    pub(crate) current: Option<usize>,
    /// What the webview was given and has not run.
    pub(crate) scripts: VecDeque<Script>,
    /// What the shown page has asked for and not got, in order.
    pub(crate) downloads: Vec<Download>,
    /// Whether it is to close, and whether the app has had word of it.
    pub(crate) is_closing: bool,
    /// The pages that the host knows to be gone.
    pub(crate) gone: BTreeSet<usize>,
    /// Whether the process of the shown page has ended.
    pub(crate) is_dead: bool,
    /// Whether the host waits for another page.
    pub(crate) must_reload: bool,
    /// How many commands to reload it was given.
    pub(crate) reloads: usize,
    pub(crate) sent: Vec<Sent>,
    /// By channel: what the app was told was refused.
    pub(crate) refused: BTreeMap<Chan, u64>,
    /// By channel: how many messages were acknowledged, and when the last of them was sent.
    pub(crate) delivered: BTreeMap<Chan, (u64, usize)>,
    /// By channel: how many messages were acknowledged without their bytes.
    pub(crate) lost: BTreeMap<Chan, u64>,
    /// Whether pages of other windows have sent to it.
    pub(crate) has_relays: bool,
    /// Messages of pages that the app was to hear.
    pub(crate) received: u64,
}

/// A handler of a page.
#[derive(Clone, Debug)]
pub(crate) struct Handler {
    pub(crate) channel: Chan,
    pub(crate) kind: Kind,
    pub(crate) is_once: bool,
    /// Tells it from an earlier one of the same kind.
    pub(crate) number: usize,
}

/// What became of a page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) id: String,
    /// What it was handed.
    pub(crate) frames: Vec<Frame>,
    /// The bytes that go with those.
    pub(crate) offers: Vec<Offer>,
    /// The number of the last frame from it, as far as the host knows.
    pub(crate) admitted: usize,
    /// Whether its posts came in another order, so that frames of it are missing.
    pub(crate) is_torn: bool,
    /// How many frames have come, and how many of those it has run.
    pub(crate) come: usize,
    pub(crate) run: usize,
    /// The numbers of the messages, as frames, whose bytes it did not get.
    pub(crate) lost_messages: Vec<usize>,
    /// The calls of the app whose bytes it did not get.
    pub(crate) lost: BTreeSet<usize>,
    /// Its own calls that it has cancelled, by its numbers.
    pub(crate) cancelled: BTreeSet<u64>,
    /// The messages that it was to answer: frame, number, kind.
    pub(crate) to_answer: Vec<(usize, String)>,
    /// What it answered, as far as the host knows.
    pub(crate) answered: Vec<String>,
    /// How many it has acknowledged, as far as the host knows.
    pub(crate) acked: usize,
    /// Since when the host knows it to listen.
    pub(crate) heard: BTreeMap<Chan, usize>,
    /// The calls that it has begun to answer.
    pub(crate) ran: BTreeSet<usize>,
    /// Those of them that waited, and no longer do.
    pub(crate) settled: BTreeSet<usize>,
}

#[derive(Debug)]
pub(crate) struct Frame {
    /// The channel of a message.
    pub(crate) channel: Option<Chan>,
    /// The number of a message, or of the call that this opens.
    pub(crate) n: Option<usize>,
    /// The number of the call that this cancels.
    pub(crate) cancels: Option<usize>,
    /// The number of the page's call that this brings bytes for.
    pub(crate) answers: Option<usize>,
    /// The page's own number of the stream that this is a chunk of.
    pub(crate) feeds: Option<u64>,
    /// Which of the page's offers has the bytes that it carries.
    pub(crate) offer: Option<usize>,
    /// When it was sent and when it was handed over.
    pub(crate) sent: usize,
    pub(crate) handed: usize,
}

/// A batch for a page, and the script that delivers it.
pub(crate) struct Script {
    pub(crate) text: String,
    pub(crate) batch: Json,
}

/// The bytes of a batch.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) token: String,
    pub(crate) bytes: Bytes,
    /// The number of the batch's last frame.
    pub(crate) last: usize,
    pub(crate) transfer: Transfer,
    /// Whether they can be had no more.
    pub(crate) is_over: bool,
}

/// How far the page has got with the bytes of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transfer {
    Waits,
    Done,
    Lost,
}

/// The bytes that a page asks for.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) page: usize,
    pub(crate) offer: usize,
    /// How often it has asked, and how often it was told that the request broke off.
    pub(crate) asked: usize,
    pub(crate) broken: usize,
}

impl Download {
    /// Whether a request of it is at the host.
    pub(crate) fn is_pending(&self) -> bool {
        self.asked > self.broken
    }
}

/// What a page is to do, as far as the test sees it.
#[derive(Default)]
pub(crate) struct Reaction {
    /// Whether it handles any frame.
    pub(crate) is_any: bool,
    /// What its handlers note.
    pub(crate) handled: Vec<String>,
    /// The calls of its own that it must cancel, if it has not done so.
    pub(crate) cancels: Vec<u64>,
    /// The errors that nobody catches.
    pub(crate) failures: Vec<String>,
}

impl Reaction {
    /// The bytes of a message are lost.
    pub(crate) fn fail_transfer(&mut self, channel: &str) {
        let error = format!("window.host: bytes on \"{channel}\" could not be transferred");
        // To the page's listeners, and to the console.
        self.failures.extend([error.clone(), error]);
    }
}

/// What left a page.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) window: Win,
    pub(crate) life: usize,
    pub(crate) page: usize,
    pub(crate) event: BackendEvent,
    pub(crate) batch: Json,
}

/// A call of the app.
#[derive(Debug)]
pub(crate) struct AppCall {
    pub(crate) call: CallId,
    pub(crate) n: usize,
    pub(crate) window: Win,
    pub(crate) moment: usize,
    pub(crate) is_stream: bool,
    pub(crate) mode: usize,
    pub(crate) is_open: bool,
    pub(crate) is_cancelled: bool,
    /// Whether it is one page's for good.
    pub(crate) is_taken: bool,
    pub(crate) pulled: usize,
    pub(crate) chunks: usize,
}

/// A call of a page, once the host has it.
#[derive(Debug)]
pub(crate) struct PageCall {
    /// Once the app has heard of it.
    pub(crate) call: Option<CallId>,
    pub(crate) n: usize,
    pub(crate) window: Win,
    /// The page's own number.
    pub(crate) number: u64,
    pub(crate) is_stream: bool,
    pub(crate) is_open: bool,
    pub(crate) credit: usize,
    pub(crate) chunks: usize,
}

/// A call as its page knows it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) n: usize,
    pub(crate) window: Win,
    pub(crate) life: usize,
    /// The realm it was asked in.
    pub(crate) realm: usize,
    /// What a stream has brought.
    pub(crate) chunks: usize,
    /// The most that it takes; none for a request.
    pub(crate) most: Option<usize>,
    /// Whether the page lost bytes of it.
    pub(crate) is_lost: bool,
    pub(crate) is_settled: bool,
}

/// A consumer of everything but calls, and what must wait for it.
pub(crate) struct Consumer {
    pub(crate) subscription: Subscription,
    waiting: Vec<Heard>,
    lost: u64,
    /// How many messages of one window may wait.
    limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) window: Win,
    /// None for `close`.
    pub(crate) message: Option<String>,
}

impl Consumer {
    pub(crate) fn new(subscription: Subscription, limit: usize) -> Consumer {
        Consumer {
            subscription,
            waiting: Vec::new(),
            lost: 0,
            limit,
        }
    }

    pub(crate) fn expect(&mut self, heard: &Heard) {
        let of_window = |it: &&Heard| it.window == heard.window && it.message.is_some();
        let load = self.waiting.iter().filter(of_window).count();
        match heard.message.is_some() && load >= self.limit {
            true => self.lost += 1,
            false => self.waiting.push(heard.clone()),
        }
    }

    /// Takes what waits, which must be what was expected.
    pub(crate) fn drain(&mut self) {
        let events = self.subscription.drain().map(|event| Heard {
            window: win(&event.window_id),
            message: (event.system.is_none())
                .then(|| format!("{} {}", event.channel, brief(&event.payload))),
        });
        assert_eq!(
            events.collect::<Vec<_>>(),
            std::mem::take(&mut self.waiting),
            "the app hears"
        );
        assert_eq!(self.subscription.dropped(), self.lost, "events lost");
    }
}

pub(crate) fn win(id: &WindowId) -> Win {
    id.as_str()[1..].parse().unwrap()
}

/// The batch in a script that delivers it.
pub(crate) fn batch_of(script: &str) -> Json {
    let (_, literal) = script.split_once(",'").expect("a string literal");
    let literal = literal.strip_suffix("')").expect("its end");
    let mut json = String::new();
    let mut chars = literal.chars();
    while let Some(char) = chars.next() {
        // What this test sends needs no other escape.
        json.extend(if char == '\\' {
            chars.next()
        } else {
            Some(char)
        });
    }
    serde_json::from_str(&json).unwrap()
}
