//! A script with its windows: both ends of the router on one thread, driven until nothing moves.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use deno_core::error::CoreError;
use deno_core::{
    JsRuntime, NoopModuleLoader, OpDecl, OpState, PollEventLoopOptions, RuntimeOptions, op2,
};
use deno_ext::{Permissions, Start, host_instances, host_ipc, host_window};
use ipc_protocol::{Limits, WindowId, WindowSpec};
use ipc_router::{Port, Router};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use tokio::sync::mpsc::{self as mpsc_of_tokio, Sender};
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{BackendEvent, Host};

/// What a test runs.
pub(crate) struct Setup {
    /// The main module.
    pub(crate) code: String,
    pub(crate) limits: Limits,
    pub(crate) permissions: Permissions,
    pub(crate) ipc: bool,
    pub(crate) window: bool,
}

/// A running script.
pub(crate) struct App {
    js: JsRuntime,
    tokio: tokio::runtime::Runtime,
    evaluation: Option<Evaluation>,
    /// Whether the script has something left to do.
    pub(crate) is_alive: bool,
    pub(crate) router: Router,
    /// `None` once the user interface has gone.
    pub(crate) host: Option<Host>,
    backend: MemoryBackend,
    pub(crate) screen: MemoryHandle,
    /// Where other starts of the app go in.
    pub(crate) starts: Sender<Start>,
    turn: Arc<Flag>,
    log: Rc<Log>,
    pages: HashMap<String, Page>,
}

/// How many starts of the app wait for the script.
const MAX_STARTS: usize = 2;

type Evaluation = Pin<Box<dyn Future<Output = Result<(), CoreError>>>>;

/// What left the script, in order.
#[derive(Default)]
struct Log {
    notes: RefCell<Vec<String>>,
    printed: RefCell<String>,
    delivered: RefCell<Vec<String>>,
    uncaught: RefCell<Vec<String>>,
}

/// A page as its host knows it.
struct Page {
    key: String,
    /// How many pages the window has had.
    id: usize,
    seq: usize,
    /// The last frame of the host's that was read.
    ack: usize,
}

/// Runs a script with both modules, and the test with it once it has come to rest. The script
/// tells the test what happens by `note(value)`, and by `fails(function)` how a call fails.
pub(crate) fn run(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    Setup::new(code).run(test);
}

impl Setup {
    pub(crate) fn new(code: &str) -> Setup {
        Setup {
            code: code.to_owned(),
            limits: Limits::default(),
            permissions: Permissions::default(),
            ipc: true,
            window: true,
        }
    }

    pub(crate) fn run(self, test: impl FnOnce(&mut App) + Send + 'static) {
        on_engine_thread(move || {
            let (mut app, port) = App::new(self, |_, _| ());
            app.host = Some(Host::new(port));
            app.run(test);
        });
    }

    /// As [`Setup::run`], but the user interface's end of the router is the test's own, and there
    /// is no host. `prepare` is called before the script begins.
    pub(crate) fn run_at_port(
        self,
        prepare: impl FnOnce(&Router, &Port) + Send + 'static,
        test: impl FnOnce(&mut App, Port) + Send + 'static,
    ) {
        on_engine_thread(move || {
            let (mut app, port) = App::new(self, prepare);
            app.run(|app| test(app, port));
        });
    }
}

impl App {
    /// The script, and the end of the router that waits for a host.
    fn new(setup: Setup, prepare: impl FnOnce(&Router, &Port)) -> (App, Port) {
        let (router, port) = Router::new(setup.limits);
        prepare(&router, &port);
        let (backend, screen) = memory::pair();
        let turn = Arc::new(Flag::default());
        port.on_wake({
            let turn = turn.clone();
            move || turn.0.store(true, Ordering::SeqCst)
        });
        let log = Rc::<Log>::default();
        let (starts, queue) = mpsc_of_tokio::channel(MAX_STARTS);
        let mut extensions = vec![test_log::init(log.clone()), host_instances::init(queue)];
        if setup.ipc {
            extensions.push(host_ipc::init(router.clone(), setup.permissions.clone()));
        }
        if setup.window {
            extensions.push(host_window::init(router.clone(), setup.permissions));
        }
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let mut js = {
            let _tokio = tokio.enter();
            JsRuntime::new(RuntimeOptions {
                module_loader: Some(Rc::new(NoopModuleLoader)),
                extensions,
                ..RuntimeOptions::default()
            })
        };
        js.execute_script("test:prelude", PRELUDE).unwrap();
        let main = deno_core::url::Url::parse("test:main").unwrap();
        let evaluation = tokio.block_on(async {
            let module = js.load_main_es_module_from_code(&main, setup.code).await;
            module.map(|module| js.mod_evaluate(module))
        });
        let app = App {
            js,
            tokio,
            evaluation: Some(Box::pin(evaluation.unwrap())),
            is_alive: true,
            router,
            host: None,
            backend,
            screen,
            starts,
            turn,
            log,
            pages: HashMap::new(),
        };
        (app, port)
    }

    fn run(&mut self, test: impl FnOnce(&mut App)) {
        self.settle();
        test(self);
        let uncaught = self.log.uncaught.take();
        assert!(uncaught.is_empty(), "{uncaught:#?}");
    }

    /// Lets both sides go on until nothing moves.
    pub(crate) fn settle(&mut self) {
        /// Turns without anything new after which there is nothing on its way.
        const QUIET: usize = 3;

        let mut quiet = 0;
        for _ in 0..1_000_000 {
            let moved = self.turn();
            quiet = if moved { 0 } else { quiet + 1 };
            if quiet == QUIET {
                return;
            }
        }
        panic!("there is no end to it");
    }

    /// One turn of each side; whether anything moved.
    fn turn(&mut self) -> bool {
        let waker = Waker::from(self.turn.clone());
        let mut context = Context::from_waker(&waker);
        let mut moved = self.turn.0.swap(false, Ordering::SeqCst);
        for event in self.screen.take_events() {
            moved = true;
            if let Some(host) = &mut self.host {
                host.on_event(event);
            }
        }
        if let Some(host) = &mut self.host {
            host.pump(&mut self.backend);
        }
        self.tokio.block_on(async {
            let polled = self
                .js
                .poll_event_loop(&mut context, PollEventLoopOptions::default());
            self.is_alive = polled.is_pending();
            if let Poll::Ready(Err(error)) = polled {
                self.log.uncaught.borrow_mut().push(error.to_string());
            }
            if let Some(evaluation) = &mut self.evaluation
                && let Poll::Ready(result) = evaluation.as_mut().poll(&mut context)
            {
                self.evaluation = None;
                if let Err(error) = result {
                    self.log.uncaught.borrow_mut().push(error.to_string());
                }
            }
            tokio::task::yield_now().await;
        });
        moved
    }

    /// Runs a script in the app's global scope, and what follows from it.
    pub(crate) fn eval(&mut self, script: &str) {
        {
            let _tokio = self.tokio.enter();
            let result = self.js.execute_script("test:script", script.to_owned());
            result.unwrap();
        }
        self.settle();
    }

    /// What the script has noted since the last call.
    pub(crate) fn notes(&mut self) -> Vec<String> {
        self.settle();
        self.log.notes.take()
    }

    /// Runs one turn of each side and returns what the script noted in it.
    pub(crate) fn notes_of_a_turn(&mut self) -> Vec<String> {
        self.turn();
        self.log.notes.take()
    }

    /// What the script has printed on stderr since the last call.
    pub(crate) fn printed(&mut self) -> String {
        self.settle();
        self.log.printed.take()
    }

    /// What the script did not catch since the last call; what is left at the end is a failure.
    pub(crate) fn uncaught(&mut self) -> Vec<String> {
        self.settle();
        self.log.uncaught.take()
    }

    /// Opens a window as an embedder may, without the script.
    pub(crate) fn open(&mut self, id: &str) {
        let mut spec = WindowSpec::default();
        spec.id = Some(window(id));
        self.router.open(spec, |result| result.unwrap()).unwrap();
        self.settle();
    }

    /// Loads a page in a window.
    pub(crate) fn load(&mut self, window: &str) {
        let link = self.screen.link(&self::window(window)).unwrap();
        let (_, config) = link.preload().rsplit_once("})(").unwrap();
        let config: Json = serde_json::from_str(config.strip_suffix(");").unwrap()).unwrap();
        let page = Page {
            key: config["key"].as_str().unwrap().to_owned(),
            id: self.pages.get(window).map_or(1, |page| page.id + 1),
            seq: 1,
            ack: 0,
        };
        self.pages.insert(window.to_owned(), page);
        self.post(window, &[r#"{"type":"hello"}"#.to_owned()]);
        self.settle();
    }

    /// The page listens on a channel.
    pub(crate) fn listen(&mut self, window: &str, channel: &str) {
        self.post(
            window,
            &[format!(r#"{{"type":"listen","channel":"{channel}"}}"#)],
        );
        self.settle();
    }

    /// The page sends a message; `payload` is its JSON.
    pub(crate) fn send(&mut self, window: &str, channel: &str, payload: &str) {
        self.send_all(window, &[(channel, payload)]);
    }

    /// The page sends messages in one batch.
    pub(crate) fn send_all(&mut self, window: &str, messages: &[(&str, &str)]) {
        let frames = messages.iter().map(|(channel, payload)| {
            format!(r#"{{"type":"message","channel":"{channel}","payload":{payload}}}"#)
        });
        self.post(window, &frames.collect::<Vec<_>>());
        self.settle();
    }

    /// The page posts frames; calls are among them.
    pub(crate) fn call(&mut self, window: &str, frames: &[&str]) {
        let frames: Vec<_> = frames.iter().map(|&frame| frame.to_owned()).collect();
        self.post(window, &frames);
        self.settle();
    }

    /// Posts frames from the page without running a turn.
    pub(crate) fn post(&mut self, window: &str, frames: &[String]) {
        let page = self.pages.get_mut(window).expect("a page was loaded");
        let (key, id, seq, ack) = (&page.key, page.id, page.seq, page.ack);
        let joined = frames.join(",");
        let text = format!(
            r#"{{"key":"{key}","page":"{id}","seq":{seq},"ack":{ack},"frames":[{joined}]}}"#
        );
        page.seq += frames.len();
        self.screen.post(&self::window(window), text);
    }

    /// The window system reports something.
    pub(crate) fn report(&mut self, event: BackendEvent) {
        self.screen.report(event);
        self.settle();
    }

    /// What the page has received since the last call: messages as `channel=payload`, steps of
    /// calls as `type #call channel=payload`. The page acknowledges it, and what follows from that
    /// is received too.
    pub(crate) fn received(&mut self, window: &str) -> Vec<String> {
        let mut received = Vec::new();
        loop {
            let frames = self.read(window);
            if frames.is_empty() {
                return received;
            }
            received.extend(frames);
            self.post(window, &[]);
        }
    }

    /// As [`App::received`], but the page has not handled it, so that it acknowledges nothing yet.
    pub(crate) fn read(&mut self, window: &str) -> Vec<String> {
        self.settle();
        for script in self.screen.take_scripts(&self::window(window)) {
            // The prelude plays the page.
            self.js.execute_script("test:page", script).unwrap();
        }
        let mut read = Vec::new();
        for batch in self.log.delivered.take() {
            let batch: Batch = serde_json::from_str(&batch).unwrap();
            let page = self.pages.get_mut(window).unwrap();
            page.ack = batch.seq + batch.frames.len() - 1;
            read.extend(batch.frames.iter().map(Frame::to_string));
        }
        read
    }

    /// Time passes, for the script.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.settle();
        self.tokio.block_on(tokio::time::advance(time));
        self.settle();
    }
}

#[derive(serde::Deserialize)]
struct Batch {
    seq: usize,
    frames: Vec<Frame>,
}

#[derive(serde::Deserialize)]
struct Frame {
    r#type: String,
    call: Option<u64>,
    from: Option<String>,
    channel: Option<String>,
    #[serde(default, deserialize_with = "some")]
    payload: Option<Box<RawValue>>,
    count: Option<u32>,
    error: Option<Box<RawValue>>,
}

/// `null` is a payload, too.
fn some<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

impl std::fmt::Display for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.r#type != "message" {
            write!(f, "{}", self.r#type)?;
        }
        if let Some(call) = self.call {
            write!(f, " #{call}")?;
        }
        if let Some(from) = &self.from {
            write!(f, " {from}")?;
        }
        if let Some(channel) = &self.channel {
            let space = if self.r#type == "message" { "" } else { " " };
            write!(f, "{space}{channel}")?;
        }
        if let Some(payload) = &self.payload {
            write!(f, "={payload}")?;
        }
        if let Some(count) = &self.count {
            write!(f, " {count}")?;
        }
        match &self.error {
            Some(error) => write!(f, " {error}"),
            None => Ok(()),
        }
    }
}

pub(crate) fn window(id: &str) -> WindowId {
    WindowId::new(id).unwrap()
}

/// `note` and `fails` for scripts, signals as an embedder may have them, and a page that hands over
/// what is delivered to it.
const PRELUDE: &str = r#"{
    const { op_test_note, op_test_delivered } = Deno.core.ops;
    globalThis.note = (value) =>
        op_test_note(typeof value === "string" ? value : JSON.stringify(value) ?? String(value));
    globalThis.fails = async (call) => {
        try {
            note(["no error", await call()]);
        } catch (error) {
            const { constructor, code, windowId, channel } = error;
            note([constructor.name, code, windowId, channel]);
        }
    };
    globalThis.AbortController = class AbortController {
        signal = new AbortSignal();
        abort(reason = new Error("aborted")) {
            const { signal } = this;
            if (signal.aborted) return;
            Object.assign(signal, { aborted: true, reason });
            for (const listener of [...signal.listeners]) {
                signal.listeners.delete(listener);
                listener();
            }
        }
    };
    class AbortSignal {
        aborted = false;
        listeners = new Set();
        addEventListener(type, listener, { once }) {
            if (type !== "abort" || !once) throw new Error("not what signals here are for");
            this.listeners.add(listener);
        }
        removeEventListener(type, listener) { this.listeners.delete(listener); }
    }
    globalThis.window = { __hostDeliver: (key, batch) => op_test_delivered(batch) };
}"#;

/// Remembers that it was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[op2(fast)]
fn op_test_note(state: &OpState, #[string] text: String) {
    state.borrow::<Rc<Log>>().notes.borrow_mut().push(text);
}

#[op2(fast)]
fn op_test_delivered(state: &OpState, #[string] batch: String) {
    let log = state.borrow::<Rc<Log>>();
    log.delivered.borrow_mut().push(batch);
}

#[op2(fast)]
fn op_test_print(state: &OpState, #[string] text: &str, is_error: bool) {
    assert!(is_error, "printed on stdout: {text}");
    let log = state.borrow::<Rc<Log>>();
    log.printed.borrow_mut().push_str(text);
}

deno_core::extension!(
    test_log,
    ops = [op_test_note, op_test_delivered, op_test_print],
    options = { log: Rc<Log> },
    middleware = |op: OpDecl| match op.name {
        "op_print" => op.with_implementation_from(&op_test_print()),
        _ => op,
    },
    state = |state, options| state.put(options.log),
);

/// Runs a job on a thread of its own, one after another, and panics as it does. V8 wants its
/// platform set up by a parent of each thread that uses it.
fn on_engine_thread(job: impl FnOnce() + Send + 'static) {
    type Job = Box<dyn FnOnce() + Send>;
    type Done = mpsc::Sender<thread::Result<()>>;
    static ENGINE: LazyLock<mpsc::Sender<(Job, Done)>> = LazyLock::new(|| {
        let (sender, jobs) = mpsc::channel::<(Job, Done)>();
        thread::spawn(move || {
            JsRuntime::init_platform(None);
            for (job, done) in jobs {
                let _ = done.send(thread::spawn(job).join());
            }
        });
        sender
    });

    let (done, result) = mpsc::channel();
    ENGINE.send((Box::new(job), done)).unwrap();
    if let Err(panic) = result.recv().unwrap() {
        // The thread's own output is not this test's.
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        panic!("{}", text.unwrap_or("no text"));
    }
}
