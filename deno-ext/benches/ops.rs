//! What a script's messages cost on the engine that is built: a real runtime and a real router, with
//! pages that are played in Rust.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use deno_core::{
    JsRuntime, NoopModuleLoader, OpState, PollEventLoopOptions, RuntimeOptions, op2, url::Url,
};
use deno_ext::{Permissions, host_ipc};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ipc_protocol::{
    CallId, Channel, Event, HostFrame, Limits, Payload, Step, WindowId, WindowSpec,
};
use ipc_router::{Lane, Port, Request, Router};

/// How many messages there are in one go: as many as wait for a window at most by default, or fewer.
const MESSAGES: usize = 1_000;

/// Bytes of one payload.
const SIZES: [usize; 2] = [100, 4 << 10];

fn main() {
    // V8 wants that before the first runtime, on the thread that all others come from.
    JsRuntime::init_platform(None);
    divan::main();
}

/// A script, and the other end of its router.
struct App {
    js: JsRuntime,
    tokio: tokio::runtime::Runtime,
    done: Rc<Done>,
    port: Port,
    windows: Vec<WindowId>,
    lanes: Vec<Lane>,
}

/// Whether the script has said that it is done.
#[derive(Default)]
struct Done(Cell<bool>);

#[op2(fast)]
fn op_bench_done(state: &OpState) {
    state.borrow::<Rc<Done>>().0.set(true);
}

deno_core::extension!(
    bench_done,
    ops = [op_bench_done],
    options = { done: Rc<Done> },
    state = |state, options| state.put(options.done),
);

impl App {
    /// Runs a script whose pages, one in each of so many windows, listen on channel `x`. It may call
    /// `done()`.
    fn new(windows: usize, code: &str) -> App {
        let (router, port) = Router::new(Limits::default());
        let windows: Vec<_> = (0..windows)
            .map(|n| open(&router, &port, &format!("w{n}")))
            .collect();
        let lanes = windows.iter().map(|id| {
            let lane = port.lane(id).expect("an open window");
            lane.arrive();
            lane.listen(&channel("x")).expect("room for a channel");
            lane
        });
        let lanes = lanes.collect();
        let done = Rc::<Done>::default();
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a tokio runtime");
        let mut js = {
            let _tokio = tokio.enter();
            JsRuntime::new(RuntimeOptions {
                module_loader: Some(Rc::new(NoopModuleLoader)),
                extensions: vec![
                    host_ipc::init(router, Permissions::default()),
                    bench_done::init(done.clone()),
                ],
                ..RuntimeOptions::default()
            })
        };
        let prelude = "globalThis.done = Deno.core.ops.op_bench_done;";
        js.execute_script("bench:prelude", prelude)
            .expect("the prelude runs");
        let main = Url::parse("bench:main").expect("a URL");
        tokio.block_on(async {
            let code = code.to_owned();
            let module = js.load_main_es_module_from_code(&main, code).await;
            let evaluation = js.mod_evaluate(module.expect("the script loads"));
            js.run_event_loop(PollEventLoopOptions::default())
                .await
                .expect("the script runs");
            evaluation.await.expect("the script ends");
        });
        App {
            js,
            tokio,
            done,
            port,
            windows,
            lanes,
        }
    }

    /// Runs code in the script's global scope, without what follows from it.
    fn eval(&mut self, code: &'static str) {
        let _tokio = self.tokio.enter();
        let result = self.js.execute_script("bench:eval", code);
        result.expect("the code runs");
    }

    /// Lets the script go on until it says that it is done.
    fn run(&mut self) {
        while !self.done.0.take() {
            self.turn();
        }
    }

    /// Lets the script go on once.
    fn turn(&mut self) {
        let App { js, tokio, .. } = self;
        tokio.block_on(async {
            poll_fn(|context| {
                let polled = js.poll_event_loop(context, PollEventLoopOptions::default());
                if let Poll::Ready(result) = polled {
                    result.expect("the script does not fail");
                }
                Poll::Ready(())
            })
            .await;
            // The ops run in a task of their own.
            tokio::task::yield_now().await;
        });
    }

    /// The pages take all that is ready, and acknowledge it; `frame` is called for each frame.
    /// Returns how many there were.
    fn deliver(&self, mut frame: impl FnMut(&Lane, HostFrame<'_>)) -> usize {
        let mut count = 0;
        for lane in &self.lanes {
            while let Some(batch) = lane.take(1 << 20) {
                count += batch.frames.len();
                for outgoing in &batch.frames {
                    frame(lane, outgoing.frame());
                }
                assert!(lane.ack(batch.seq + batch.frames.len() as u64 - 1));
            }
        }
        count
    }

    /// So many messages of the first window's page, on channels in turn.
    fn events(&self, channels: &[Channel]) -> Vec<Event> {
        let (window, payload) = (&self.windows[0], payload(SIZES[0]));
        let channels = channels.iter().cycle().take(MESSAGES);
        channels
            .map(|channel| Event::message(window.clone(), channel.clone(), payload.clone()))
            .collect()
    }
}

fn open(router: &Router, port: &Port, id: &str) -> WindowId {
    let mut spec = WindowSpec::default();
    spec.id = Some(WindowId::new(id).expect("an id"));
    let id = router.open(spec, |_| {}).expect("a window");
    for request in port.requests() {
        if let Request::Open { id, reply, .. } = request {
            port.opened(&id);
            reply.send(Ok(()));
        }
    }
    id
}

fn channel(name: &str) -> Channel {
    Channel::new(name).expect("a name")
}

fn payload(bytes: usize) -> Payload {
    let json = format!("\"{}\"", "x".repeat(bytes - 2));
    Payload::from_json(json, &Limits::default()).expect("a payload")
}

/// The script's `send` sends so many messages to a window.
fn bench_send(bencher: Bencher<'_, '_>, code: &str, messages: usize) {
    let mut app = App::new(1, code);
    bencher
        .counter(ItemsCount::new(messages))
        .bench_local(move || {
            app.eval("send()");
            let count = app.deliver(|_, frame| {
                black_box(frame);
            });
            assert_eq!(count, messages);
        });
}

/// The script sends a thousand messages to a window, whose page takes and acknowledges them.
#[divan::bench(args = SIZES)]
fn send(bencher: Bencher<'_, '_>, size: usize) {
    let code = format!(
        r#"
        import {{ sendToWindow }} from "host:ipc";
        const payload = "x".repeat({size} - 2);
        globalThis.send = () => {{
            for (let n = 0; n < {MESSAGES}; n += 1) sendToWindow("w0", "x", payload);
        }};
        "#
    );
    bench_send(bencher, &code, MESSAGES);
}

/// The script sends a hundred of one shape: text, which may be in an object with a number, or many
/// small objects; of so many bytes or so.
#[divan::bench(args = [
    ("object", 100),
    ("object", 4 << 10),
    ("object", 64 << 10),
    ("text", 64 << 10),
    ("records", 64 << 10),
])]
fn send_shape(bencher: Bencher<'_, '_>, (shape, size): (&str, usize)) {
    const MESSAGES: usize = 100;

    let code = format!(
        r#"
        import {{ sendToWindow }} from "host:ipc";
        const shapes = {{
            text: (size) => "x".repeat(size),
            object: (size) => ({{ i: 1, p: "x".repeat(size) }}),
            records: (size) => Array.from({{ length: size / 32 }}, (_, id) => ({{ id, name: `name ${{id}}` }})),
        }};
        const payload = shapes.{shape}({size});
        globalThis.send = () => {{
            for (let n = 0; n < {MESSAGES}; n += 1) sendToWindow("w0", "x", payload);
        }};
        "#
    );
    bench_send(bencher, &code, MESSAGES);
}

/// The same to eight windows, by a hundred broadcasts: items are deliveries.
#[divan::bench(args = SIZES)]
fn broadcast(bencher: Bencher<'_, '_>, size: usize) {
    const WINDOWS: usize = 8;
    const BROADCASTS: usize = 100;

    let code = format!(
        r#"
        import {{ broadcast }} from "host:ipc";
        const payload = "x".repeat({size} - 2);
        globalThis.send = async () => {{
            for (let n = 0; n < {BROADCASTS}; n += 1) await broadcast("*", "x", payload);
            done();
        }};
        "#
    );
    let mut app = App::new(WINDOWS, &code);
    bencher
        .counter(ItemsCount::new(BROADCASTS * WINDOWS))
        .bench_local(move || {
            app.eval("send()");
            app.run();
            let count = app.deliver(|_, frame| {
                black_box(frame);
            });
            assert_eq!(count, BROADCASTS * WINDOWS);
        });
}

/// A thousand messages of a page wait, and the script takes them in one batch. They are on so many
/// channels in turn, each of which has a callback.
#[divan::bench(args = [1, 64])]
fn receive(bencher: Bencher<'_, '_>, channels: usize) {
    let code = format!(
        r#"
        import {{ onChannel }} from "host:ipc";
        let count = 0;
        const callback = () => {{
            count += 1;
            if (count % {MESSAGES} === 0) done();
        }};
        for (let n = 0; n < {channels}; n += 1) onChannel(`c${{n}}`, callback);
        "#
    );
    let mut app = App::new(1, &code);
    let names: Vec<_> = (0..channels).map(|n| channel(&format!("c{n}"))).collect();
    let events = app.events(&names);
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .with_inputs(|| events.clone())
        .bench_local_values(move |events| {
            app.port.publish_all(events);
            app.run();
        });
}

/// A page asks so many things at once, which the script's handler answers.
#[divan::bench(args = [1, 1_000])]
fn handle(bencher: Bencher<'_, '_>, calls: u64) {
    let code = r#"
        import { handle } from "host:ipc";
        handle("add", ([a, b]) => a + b);
    "#;
    let mut app = App::new(1, code);
    let (channel, limits) = (channel("add"), Limits::default());
    let payload = Payload::from_json("[1,2]".to_owned(), &limits).expect("a payload");
    let mut last = 0;
    bencher.counter(ItemsCount::new(calls)).bench_local(|| {
        for _ in 0..calls {
            last += 1;
            let step = Step::Request {
                channel: channel.clone(),
                payload: payload.clone(),
            };
            let call = CallId::new(last).expect("a number");
            let event = app.lanes[0].step(call, step).expect("few calls are open");
            let event = event.expect("a call that is new");
            app.port.offer(event).expect("a handler");
        }
        let mut answers = 0;
        while answers < calls {
            app.turn();
            app.deliver(|_, frame| match frame {
                HostFrame::Result { payload, .. } => {
                    assert_eq!(payload.as_json(), Some("3"));
                    answers += 1;
                }
                other => panic!("no answer: {other:?}"),
            });
        }
    });
}

/// The script asks a page so many things at once, which the page answers.
#[divan::bench(args = [1, 1_000])]
fn request(bencher: Bencher<'_, '_>, calls: usize) {
    let code = format!(
        r#"
        import {{ request }} from "host:ipc";
        globalThis.ask = async () => {{
            await Promise.all(Array.from({{ length: {calls} }}, () => request("w0", "x", [1, 2])));
            done();
        }};
        "#
    );
    let mut app = App::new(1, &code);
    let answer = Payload::from_json("3".to_owned(), &Limits::default()).expect("a payload");
    bencher.counter(ItemsCount::new(calls)).bench_local(|| {
        app.eval("ask()");
        let answered = app.deliver(|lane, frame| {
            let HostFrame::Request { call, .. } = frame else {
                panic!("no request: {frame:?}");
            };
            let payload = answer.clone();
            let event = lane.step(call, Step::Result { payload });
            let event = event.expect("an answer opens no call");
            app.port.publish(event.expect("the call is open"));
        });
        assert_eq!(answered, calls);
        app.run();
    });
}
