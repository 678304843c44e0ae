//! A page without a webview: a QuickJS realm with the few web APIs that the script uses, and the
//! host's end of the protocol.

mod requests;
mod sockets;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;

use preload_js::{Config, deliver, preload};
use rquickjs::context::EvalOptions;
use rquickjs::function::IntoArgs;
use rquickjs::{Context, Ctx, FromJs, Function, IntoJs, Object, Persistent, Runtime, Value};
use serde_json::{Value as Json, json};

pub(crate) const KEY: &str = "c0ffee-key";

pub(crate) const CONFIG: Config<'static> = Config {
    key: KEY,
    origin: "app://localhost",
    origins: &["app://localhost", "https://example.com"],
    reserved: &["close", "focus", "blur", "resize", "move"],
    send_channels: None,
    receive_channels: None,
    max_channel_bytes: 256,
    max_payload_bytes: 64 << 20,
    stacks: false,
    console: false,
};

/// What a script of the page threw or reported.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure {
    /// `error.name`, or nothing when it has none.
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) code: Option<String>,
    /// `error.channel`, if JSON can carry it.
    pub(crate) channel: Option<Json>,
    /// `error.cause.message`, or `error.cause` if that is a string.
    pub(crate) cause: Option<String>,
}

/// What left the page, in the order it did.
#[derive(Default)]
struct Log {
    posted: RefCell<Vec<Sent>>,
    /// What the host says to uploads, and what it was asked for.
    upload_status: Cell<u16>,
    downloads: RefCell<Vec<String>>,
    reported: RefCell<Vec<Failure>>,
    logged: RefCell<Vec<Failure>>,
    notes: RefCell<Vec<String>>,
}

/// A batch, by the way it went.
#[derive(Debug)]
enum Sent {
    Posted(String),
    Uploaded(Vec<u8>),
    /// Over the socket with this number.
    Said {
        socket: u32,
        text: String,
        bytes: Option<Vec<u8>>,
    },
}

pub(crate) struct Realm {
    controls: Option<Persistent<Object<'static>>>,
    context: Context,
    runtime: Runtime,
    log: Rc<Log>,
    /// What the page posted, already checked: frames, and the acknowledgement of each batch.
    frames: RefCell<Vec<Json>>,
    /// What it reported of itself, which is among the frames.
    reports: RefCell<Vec<Json>>,
    acks: RefCell<Vec<u64>>,
    lost: RefCell<Vec<Json>>,
    /// How many frames each batch had, by the way it went.
    ways: RefCell<Vec<(&'static str, usize)>>,
    /// The page's id, the numbers of the next frame each way and of the last one that the page
    /// acknowledged, as the host knows them.
    page: RefCell<String>,
    /// The socket over which that page says everything, if it has one.
    socket: Cell<Option<u32>>,
    from_page: Cell<u64>,
    to_page: Cell<u64>,
    acked: Cell<u64>,
    /// How many batches with bytes were delivered.
    tokens: Cell<u64>,
}

impl Realm {
    /// A page in which the preload script has run, and which has loaded.
    pub(crate) fn new() -> Self {
        Self::with(&CONFIG)
    }

    /// The same, with another configuration.
    pub(crate) fn with(config: &Config<'_>) -> Self {
        let realm = Self::bare();
        realm.run(&preload(config));
        realm.load(true);
        realm
    }

    /// A page before the preload script.
    pub(crate) fn bare() -> Self {
        let runtime = Runtime::new().unwrap();
        let context = Context::full(&runtime).unwrap();
        let log = Rc::new(Log::default());
        log.upload_status.set(204);
        let controls = context.with(|ctx| {
            let native = Object::new(ctx.clone()).unwrap();
            recorder(&native, &log, "post", |log, text| {
                log.posted.borrow_mut().push(Sent::Posted(string(text)))
            });
            requests::install(&native, &log);
            sockets::install(&native, &log);
            recorder(&native, &log, "report", |log, error| {
                log.reported.borrow_mut().push(failure(error))
            });
            recorder(&native, &log, "log", |log, error| {
                log.logged.borrow_mut().push(failure(error))
            });
            recorder(&ctx.globals(), &log, "note", |log, text| {
                log.notes.borrow_mut().push(string(text))
            });
            let install: Function<'_> = ctx.eval(include_str!("realm.js")).unwrap();
            let controls: Object<'_> = install.call((native,)).unwrap();
            Persistent::save(&ctx, controls)
        });
        Realm {
            controls: Some(controls),
            context,
            runtime,
            log,
            frames: RefCell::default(),
            reports: RefCell::default(),
            acks: RefCell::default(),
            lost: RefCell::default(),
            ways: RefCell::default(),
            page: RefCell::default(),
            socket: Cell::default(),
            from_page: Cell::new(1),
            to_page: Cell::new(1),
            acked: Cell::new(0),
            tokens: Cell::new(0),
        }
    }

    /// Runs a script, not as strict code, and then the microtasks, as an event loop does.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) {
        self.run_before_microtasks(script);
        self.run_microtasks();
    }

    /// Runs a script that must throw, and then the microtasks.
    #[track_caller]
    pub(crate) fn fail(&self, script: &str) -> Failure {
        let result = self
            .context
            .with(|ctx| match eval::<Value<'_>>(&ctx, script) {
                Ok(_) => None,
                Err(_) => Some(failure(ctx.catch())),
            });
        self.run_microtasks();
        result.unwrap_or_else(|| panic!("did not throw: {script}"))
    }

    /// Evaluates an expression to a string or a boolean.
    #[track_caller]
    pub(crate) fn eval<T: for<'js> FromJs<'js>>(&self, expression: &str) -> T {
        self.context.with(|ctx| match eval(&ctx, expression) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {:?} in {expression}", failure(ctx.catch())),
        })
    }

    #[track_caller]
    pub(crate) fn run_before_microtasks(&self, script: &str) {
        self.context.with(|ctx| {
            if eval::<Value<'_>>(&ctx, script).is_err() {
                let start: String = script.chars().take(200).collect();
                panic!("{:?} in {start}", failure(ctx.catch()));
            }
        });
    }

    #[track_caller]
    pub(crate) fn run_microtasks(&self) {
        while self.runtime.is_job_pending() {
            assert!(
                self.runtime.execute_pending_job().is_ok(),
                "a microtask threw"
            );
        }
    }

    /// The batches posted since the last call, or said over a socket if the page has one, as text.
    #[track_caller]
    pub(crate) fn posted(&self) -> Vec<String> {
        let has_socket = self.sockets() > 0;
        let sent = self.log.posted.take().into_iter();
        let posted = sent.map(|sent| match sent {
            Sent::Posted(text) if !has_socket => text,
            Sent::Said {
                text, bytes: None, ..
            } => text,
            other => panic!("not posted: {other:?}"),
        });
        posted.collect()
    }

    /// The bodies uploaded since the last call.
    #[track_caller]
    pub(crate) fn uploaded(&self) -> Vec<Vec<u8>> {
        let sent = self.log.posted.take().into_iter();
        let uploaded = sent.map(|sent| match sent {
            Sent::Uploaded(body) => body,
            other => panic!("not uploaded: {other:?}"),
        });
        uploaded.collect()
    }

    /// The frames that came since the last call, with the bytes that they carry as an array.
    #[track_caller]
    pub(crate) fn frames(&self) -> Vec<Json> {
        self.receive();
        self.frames.take()
    }

    /// What the page has reported of itself since the last call: `kind|place|text` of each.
    #[track_caller]
    pub(crate) fn reports(&self) -> Vec<String> {
        self.receive();
        let reports = self.reports.take().into_iter().map(|report| {
            let of = |name: &str| report[name].as_str().unwrap().to_owned();
            format!("{}|{}|{}", of("kind"), of("place"), of("text"))
        });
        reports.collect()
    }

    /// Has the browser tell the window of something, by an event of this class; `values` are its
    /// attributes, as a JavaScript object.
    #[track_caller]
    pub(crate) fn tell(&self, class: &str, kind: &str, values: &str) {
        self.tell_as(class, kind, values, true);
    }

    /// The same by an event that a script has made.
    #[track_caller]
    pub(crate) fn pretend(&self, class: &str, kind: &str, values: &str) {
        self.tell_as(class, kind, values, false);
    }

    #[track_caller]
    fn tell_as(&self, class: &str, kind: &str, values: &str, is_trusted: bool) {
        self.with_control("tell", |ctx, tell| {
            let values: Value<'_> = ctx.eval(format!("({values})")).unwrap();
            tell.call::<_, ()>((class, kind, values, is_trusted))
                .unwrap();
        });
        self.run_microtasks();
    }

    /// How each batch since the last call went, and how many frames it had.
    #[track_caller]
    pub(crate) fn ways(&self) -> Vec<(&'static str, usize)> {
        self.receive();
        self.ways.take()
    }

    /// The acknowledgements in the batches posted since the last call, empty batches included.
    #[track_caller]
    pub(crate) fn acks(&self) -> Vec<u64> {
        self.receive();
        self.acks.take()
    }

    /// The numbers of frames that were told since the last call to have come without their bytes.
    #[track_caller]
    pub(crate) fn lost(&self) -> Vec<Json> {
        self.receive();
        self.lost.take()
    }

    /// Reads what was posted, uploaded and said, and checks the envelopes as a host does.
    #[track_caller]
    fn receive(&self) {
        for sent in self.log.posted.take() {
            let (way, socket, mut batch) = match sent {
                Sent::Posted(text) => ("posted", None, requests::read_text(&text)),
                Sent::Uploaded(body) => ("uploaded", None, requests::read_upload(&body)),
                Sent::Said {
                    socket,
                    text,
                    bytes,
                } => ("socket", Some(socket), sockets::read(&text, bytes)),
            };
            assert_eq!(batch["key"], KEY);
            let page = batch["page"].as_str().unwrap();
            if *self.page.borrow() != page {
                assert_eq!(batch["frames"][0], hello());
                assert!(
                    page.len() == 32 && page.bytes().all(|b| b.is_ascii_hexdigit()),
                    "{page}"
                );
                *self.page.borrow_mut() = page.to_owned();
                self.socket.set(socket);
                self.from_page.set(1);
                self.to_page.set(1);
                self.acked.set(0);
            }
            assert_eq!(socket, self.socket.get(), "everything goes the same way");
            assert_eq!(batch["seq"], self.from_page.get());
            assert_eq!(
                batch.as_object().unwrap().len(),
                5 + usize::from(batch.get("lost").is_some()),
                "only the fields of the protocol"
            );
            let ack = batch["ack"].as_u64().expect("a number");
            let lost = batch
                .get("lost")
                .map(|lost| lost.as_array().expect("a list"));
            self.lost
                .borrow_mut()
                .extend(lost.into_iter().flatten().cloned());
            assert!(
                (self.acked.get()..self.to_page.get()).contains(&ack),
                "acknowledged {ack}"
            );
            self.acked.set(ack);
            self.acks.borrow_mut().push(ack);
            let Json::Array(batch) = batch["frames"].take() else {
                panic!("frames are not an array: {batch}");
            };
            let batch: Vec<_> = batch.into_iter().flat_map(spread).collect();
            assert!(
                !batch.is_empty() || self.to_page.get() > 1,
                "a batch with nothing to say was posted"
            );
            self.from_page
                .set(self.from_page.get() + batch.len() as u64);
            let (mut reports, mut rest): (Vec<_>, Vec<_>) = batch
                .into_iter()
                .partition(|frame| frame["type"] == "report");
            let reports = reports.iter_mut().map(|frame| frame["report"].take());
            if reports.len() == 0 || !rest.is_empty() {
                self.ways.borrow_mut().push((way, rest.len()));
            }
            self.reports.borrow_mut().extend(reports);
            self.frames.borrow_mut().append(&mut rest);
        }
    }

    /// Delivers messages as `(channel, payload)` in one batch, as a host does.
    #[track_caller]
    pub(crate) fn deliver<const N: usize>(&self, messages: [(&str, Json); N]) {
        let messages = messages.map(|(channel, payload)| message(channel, payload));
        self.deliver_frames(&messages);
    }

    /// Delivers frames in one batch, as a host does.
    #[track_caller]
    pub(crate) fn deliver_frames(&self, frames: &[Json]) {
        self.receive();
        self.deliver_from(self.to_page.get(), frames);
    }

    /// Delivers a batch that starts with the number `seq`.
    #[track_caller]
    pub(crate) fn deliver_from(&self, seq: u64, frames: &[Json]) {
        let batch = self.batch(seq, frames).to_string();
        match self.sockets() {
            0 => self.run(&deliver(KEY, &batch)),
            socket => self.say_over(socket, &batch, None),
        }
    }

    /// A batch that starts with the number `seq`, for the page that is there.
    #[track_caller]
    fn batch(&self, seq: u64, frames: &[Json]) -> Json {
        let batch = json!({"page": self.page(), "seq": seq, "frames": frames});
        let next = seq + frames.len() as u64;
        self.to_page.set(self.to_page.get().max(next));
        batch
    }

    /// The id that the page gave in its last batch.
    pub(crate) fn page(&self) -> String {
        self.receive();
        self.page.borrow().clone()
    }

    /// What was reported as an uncaught error since the last call.
    pub(crate) fn reported(&self) -> Vec<Failure> {
        self.log.reported.take()
    }

    /// What `console.error` was given since the last call.
    pub(crate) fn logged(&self) -> Vec<Failure> {
        self.log.logged.take()
    }

    /// What scripts passed to `note` since the last call.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.log.notes.take()
    }

    /// Fires `pageshow`, and runs the microtasks.
    pub(crate) fn page_show(&self, is_trusted: bool, persisted: bool) {
        self.page_transition("pageshow", is_trusted, persisted);
        self.run_microtasks();
    }

    /// Fires `beforeunload`, without running microtasks.
    pub(crate) fn before_unload(&self, is_trusted: bool) {
        self.page_transition("beforeunload", is_trusted, false);
    }

    /// Fires `pagehide`, without running microtasks.
    pub(crate) fn page_hide(&self, is_trusted: bool) {
        self.page_transition("pagehide", is_trusted, true);
    }

    /// Makes the native message function throw, or work again.
    pub(crate) fn fail_posts(&self, fails: bool) {
        self.control::<()>("failPosts", (fails,));
    }

    /// Takes the message function out of the page's world, into another one.
    pub(crate) fn move_handler(&self) {
        self.control::<()>("moveHandler", ());
    }

    /// Runs a script in that world.
    pub(crate) fn run_in_world(&self, script: &str) {
        self.with_control("runInWorld", |ctx, run| {
            let script = format!("(function (window) {{ {script} }})");
            let script: Function<'_> = ctx.eval(script).unwrap();
            run.call::<_, ()>((script,)).unwrap();
        });
        self.run_microtasks();
    }

    /// Fires `load`, and runs the microtasks.
    pub(crate) fn load(&self, is_trusted: bool) {
        self.control::<()>("load", (is_trusted,));
        self.run_microtasks();
    }

    /// Lets so many milliseconds pass: calls what is due, each with its microtasks.
    pub(crate) fn pass(&self, ms: u32) {
        let end = self.control::<u32>("now", ()) + ms;
        while self.control::<bool>("tick", (end,)) {
            self.run_microtasks();
        }
    }

    /// How many timers are set.
    pub(crate) fn timers(&self) -> u32 {
        self.control("timers", ())
    }

    /// How many listeners an expression's event target has.
    pub(crate) fn listeners(&self, expression: &str) -> u32 {
        self.with_control("listeners", |ctx, function| {
            let target = eval::<Value<'_>>(ctx, expression).unwrap();
            function.call((target,)).unwrap()
        })
    }

    fn page_transition(&self, event: &str, is_trusted: bool, persisted: bool) {
        self.control::<()>("pageTransition", (event, is_trusted, persisted));
    }

    fn control<T: for<'js> FromJs<'js>>(&self, name: &str, args: impl for<'js> IntoArgs<'js>) -> T {
        self.with_control(name, |_, function| function.call(args).unwrap())
    }

    fn with_control<T>(
        &self,
        name: &str,
        call: impl for<'js> FnOnce(&Ctx<'js>, Function<'js>) -> T,
    ) -> T {
        self.context.with(|ctx| {
            let controls = self.controls.clone().unwrap().restore(&ctx).unwrap();
            call(&ctx, controls.get(name).unwrap())
        })
    }

    /// Defines a global of the page.
    pub(crate) fn set(&self, name: &str, value: impl for<'js> IntoJs<'js>) {
        self.context
            .with(|ctx| ctx.globals().set(name, value).unwrap());
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        if thread::panicking() && self.socket.get().is_some() {
            eprintln!("this was in a page with a socket");
        }
        // A value of the realm must go before the realm.
        self.controls.take();
    }
}

/// A message frame.
pub(crate) fn message(channel: &str, payload: Json) -> Json {
    json!({"type": "message", "channel": channel, "payload": payload})
}

/// A frame, or the messages of a run, each of which has a number.
#[track_caller]
fn spread(mut frame: Json) -> Vec<Json> {
    if frame["type"] != "messages" {
        return vec![frame];
    }
    let Json::Array(payloads) = frame["payloads"].take() else {
        panic!("payloads are not an array");
    };
    assert!(payloads.len() > 1, "a run of one");
    let channel = frame["channel"].as_str().expect("a channel");
    let messages = payloads.into_iter();
    messages.map(|payload| message(channel, payload)).collect()
}

/// A message frame that carries bytes.
pub(crate) fn carrying(channel: &str, bytes: &[u8]) -> Json {
    json!({"type": "message", "channel": channel, "bytes": bytes})
}

/// A listen frame.
pub(crate) fn listen(channel: &str) -> Json {
    json!({"type": "listen", "channel": channel})
}

/// The first frame of a page.
pub(crate) fn hello() -> Json {
    json!({"type": "hello"})
}

fn eval<'js, T: FromJs<'js>>(ctx: &Ctx<'js>, script: &str) -> rquickjs::Result<T> {
    let mut options = EvalOptions::default();
    options.strict = false;
    ctx.eval_with_options(script, options)
}

/// Defines a function of one argument that only records it.
fn recorder<'js>(on: &Object<'js>, log: &Rc<Log>, name: &str, record: fn(&Log, Value<'_>)) {
    let log = Rc::clone(log);
    let function = Function::new(on.ctx().clone(), move |value: Value<'js>| {
        record(&log, value)
    });
    on.set(name, function).unwrap();
}

fn string(value: Value<'_>) -> String {
    value.get().expect("a well-formed string")
}

fn failure(error: Value<'_>) -> Failure {
    let Some(object) = error.as_object() else {
        panic!("not an error: {error:?}");
    };
    // What a page has put on a prototype may throw; then there is no such field.
    let field = |name: &str| {
        let value = object.get::<_, Value<'_>>(name);
        value.map_err(|_| error.ctx().catch()).ok()
    };
    let text = |name: &str| field(name)?.get().ok();
    let channel = || error.ctx().json_stringify(field("channel")?).ok().flatten();
    let cause = || match field("cause")?.as_object() {
        Some(cause) => cause.get("message").ok(),
        None => text("cause"),
    };
    Failure {
        name: text("name").unwrap_or_default(),
        message: text("message").unwrap_or_default(),
        code: text("code"),
        channel: channel().and_then(|json| serde_json::from_str(&json.to_string().unwrap()).ok()),
        cause: cause(),
    }
}
