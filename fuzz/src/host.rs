//! The host's state machine: any sequence of what an app, pages and a window system may do.

mod acts;
mod books;
mod window;

use arbitrary::{Arbitrary, Unstructured};
use bytes::Bytes;
use ipc_protocol::{
    CallId, Limits, PageBatch, Policy, Size, Step, WindowCommand, WindowId, WindowSpec,
};
use ipc_router::Until;
use webview_host::{Backend, BackendError, BackendEventKind, Pumped};

use self::acts::{Act, From, Post, Report, Tell, window};
use self::books::Books;
use crate::desk::Desk;
use crate::text::Text;

/// Does what the input says, over the memory backend, and ends with every window closed.
///
/// # Panics
/// When the app hears what no page could have sent, or not what one sent; when a sender or a call is
/// left without its answer, or has two; when a queue outgrows its limits; when a page is handed
/// something out of order.
pub fn host(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let mut world = World::new();
    for number in [0, 1] {
        let Ok(options) = u.arbitrary() else {
            return;
        };
        world.act(Act::Open(number, options));
        world.act(Act::Pump);
        world.check();
    }
    for _ in 0..MAX_ACTS {
        if u.is_empty() {
            break;
        }
        // Most of what can go wrong is in what pages post.
        let act = match u.ratio(1, 3) {
            Ok(true) => <(u8, Post<'_>)>::arbitrary(&mut u).map(|(id, post)| Act::Post(id, post)),
            _ => Act::arbitrary(&mut u),
        };
        let Ok(act) = act else {
            break;
        };
        world.act(act);
        world.check();
    }
    world.end();
}

/// So that no input takes long.
const MAX_ACTS: usize = 256;

struct World {
    desk: Desk,
    books: Books,
}

impl World {
    fn new() -> World {
        let mut limits = Limits::default();
        limits.payload_bytes = 256;
        limits.payload_depth = 4;
        limits.window_messages = 6;
        limits.window_bytes = 600;
        World {
            desk: Desk::new(limits),
            books: Books::default(),
        }
    }

    fn act(&mut self, act: Act<'_>) {
        let router = &self.desk.router;
        match act {
            Act::Open(id, options) => {
                let id = window(id);
                let spec = WindowSpec::from_json(&options.json(&id)).expect("good options");
                let reply = self.books.reply();
                match router.open(spec, reply.sender()) {
                    Ok(id) => self.books.opens(id, options),
                    Err(_) => reply.settle(),
                }
            }
            Act::Command(id, command) => {
                let reply = self.books.reply();
                if router
                    .command(&window(id), command.into(), reply.sender())
                    .is_err()
                {
                    reply.settle();
                }
            }
            Act::State(id) => {
                let reply = self.books.reply();
                if router.state(&window(id), reply.sender()).is_err() {
                    reply.settle();
                }
            }
            Act::Configure(channel, overflow, capacity, is_sticky) => {
                let mut policy = Policy::default();
                policy.overflow = overflow.into();
                policy.capacity = usize::from(capacity % 8) + 1;
                policy.max_bytes = usize::from(capacity) + 1;
                policy.sticky = is_sticky;
                router
                    .configure(channel.pattern(), policy)
                    .expect("a good pattern");
            }
            Act::Send(id, channel, tell, body) => {
                let (id, channel) = (window(id), channel.channel());
                let payload = body.payload(router.limits());
                match tell {
                    Tell::Nobody => _ = router.send(&id, &channel, &payload),
                    Tell::Accepted | Tell::Received => {
                        let until = match tell {
                            Tell::Received => Until::Received,
                            _ => Until::Accepted,
                        };
                        let reply = self.books.reply().sender();
                        router.send_until(until, &id, &channel, &payload, reply);
                    }
                }
            }
            Act::Call(id, is_stream, channel, body) => {
                let (id, channel) = (window(id), channel.channel());
                let payload = body.payload(router.limits());
                let step = match is_stream {
                    true => Step::Stream { channel, payload },
                    false => Step::Request { channel, payload },
                };
                if let Ok(call) = router.open_call(&id, step) {
                    self.books.asks(id, call);
                }
            }
            Act::Pull(index, count) => self.step(self.books.ours(index), Step::Pull { count }),
            Act::Cancel(index) => self.step(self.books.ours(index), Step::Cancel),
            Act::Answer(index, answer, body) => {
                let step = answer.step(body.payload(router.limits()));
                self.step(self.books.theirs(index), step);
            }
            Act::Post(id, post) => {
                let id = window(id);
                let text = self.books.text(&id, &post);
                for _ in 0..1 + u8::from(post.is_twice) {
                    match post.is_upload {
                        true => self.upload(id.clone(), post.from, upload_of(&text)),
                        false => self.post(id.clone(), post.from, &text),
                    }
                }
            }
            Act::Text(id, from, Text(text)) => self.post(window(id), from, text),
            Act::Upload(id, from, body) => {
                self.upload(window(id), from, Bytes::copy_from_slice(body.0));
            }
            Act::Report(id, report) => self.report(window(id), report),
            Act::Pump => self.desk.pump(),
            Act::Serve => {
                self.desk.host.serve(&mut self.desk.backend);
            }
            Act::Refuse => {
                let error = BackendError::Failed("no".to_owned());
                self.desk.screen.refuse_next(error);
            }
        }
    }

    /// The app takes a step of a call, if there is one.
    fn step(&mut self, call: Option<(WindowId, CallId)>, step: Step) {
        if let Some((id, call)) = call {
            let was_open = self.desk.router.step(&id, call, step.clone());
            self.books.stepped(call, &step, was_open);
        }
    }

    fn post(&mut self, id: WindowId, from: From, text: &str) {
        let batch = PageBatch::decode(text, self.desk.router.limits());
        let books = &mut self.books;
        books.posts(id.clone(), from, text.len(), Some(text), batch.ok());
        self.desk.host.on_event(
            BackendEventKind::Message {
                origin: from.origin(),
                text: text.to_owned(),
            }
            .of(id),
        );
        self.check();
    }

    fn upload(&mut self, id: WindowId, from: From, body: Bytes) {
        let batch = PageBatch::decode_upload(&body, self.desk.router.limits());
        let books = &mut self.books;
        books.posts(id.clone(), from, body.len(), None, batch.ok());
        self.desk.host.on_event(
            BackendEventKind::Upload {
                origin: from.origin(),
                body,
            }
            .of(id),
        );
        self.check();
    }

    fn report(&mut self, id: WindowId, report: Report) {
        self.books.reports(&id, &report);
        let event = match report {
            Report::PageGone => BackendEventKind::PageGone.of(id),
            Report::Overrun => BackendEventKind::Overrun.of(id),
            Report::Navigated(from) => BackendEventKind::Navigated(from.origin()).of(id),
            Report::CloseRequested => BackendEventKind::CloseRequested.of(id),
            Report::Closed => BackendEventKind::Closed.of(id),
            Report::Focused(is_focused) => BackendEventKind::Focused(is_focused).of(id),
            Report::Resized(width) => {
                let (width, height) = (f64::from(width), 1.0);
                BackendEventKind::Resized(Size { width, height }).of(id)
            }
            Report::Screen => {
                for event in self.desk.screen.take_events() {
                    self.desk.host.on_event(event);
                }
                return;
            }
        };
        self.desk.host.on_event(event);
    }

    /// What must hold at any time.
    fn check(&mut self) {
        self.books.hear(&self.desk);
        self.books.look(&self.desk);
        let limits = self.desk.router.limits();
        for it in self.desk.router.stats().windows {
            // What a page that is gone had not acknowledged waits again, whatever the limits.
            if self.books.had_one_page(&it.window) {
                let waiting: usize = it.channels.iter().map(|it| it.waiting).sum();
                assert!(waiting <= limits.window_messages, "{it:?}");
                let waiting: usize = it.channels.iter().map(|it| it.waiting_bytes).sum();
                assert!(waiting <= limits.window_bytes, "{it:?}");
            }
            for counts in &it.channels {
                let ended = counts.delivered + counts.lost + counts.dropped + counts.expired;
                let on_its_way = counts.accepted - ended;
                let waiting = counts.waiting as u64;
                let most = waiting + it.in_flight as u64;
                assert!((waiting..=most).contains(&on_its_way), "{counts:?}");
            }
        }
    }

    /// All windows close, and the user interface ends: then nothing is open.
    fn end(mut self) {
        // Of a window that there never was: so that what the backend is to refuse next is this.
        let nobody = WindowId::new("nobody").expect("a good id");
        assert!(self.desk.backend.eval(&nobody, "").is_err());
        self.desk.pump();
        self.check();
        for id in self.desk.router.windows() {
            let reply = self.books.reply().sender();
            let asked = self.desk.router.command(&id, WindowCommand::Close, reply);
            asked.expect("it is open");
        }
        self.desk.pump();
        self.check();
        assert!(!self.desk.router.has_windows());
        self.books.close();
        self.desk.router.shut_down();
        let pumped = self.desk.host.pump(&mut self.desk.backend);
        assert_eq!(pumped, Pumped::ShutDown);
    }
}

/// An upload that carries no bytes.
fn upload_of(text: &str) -> Bytes {
    let length = (text.len() as u32).to_le_bytes();
    [&length, text.as_bytes()].concat().into()
}
