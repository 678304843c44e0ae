//! When an app ends: what keeps it alive, what does not, and who decides.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use deno_core::{OpState, op2};
use host::{Idle, RunError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Notify};

use crate::support::{App, Embedding, Outcome};

/// What happened, in order, told by the script (`note`) and by the embedder.
type Log = Rc<RefCell<Vec<String>>>;

/// The other side of the `host:pump` module.
#[derive(Clone)]
struct Pump {
    sender: Rc<RefCell<Option<UnboundedSender<String>>>>,
    receiver: Rc<Mutex<UnboundedReceiver<String>>>,
    released: Arc<Notify>,
    log: Log,
}

impl Pump {
    fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self {
            sender: Rc::new(RefCell::new(Some(sender))),
            receiver: Rc::new(Mutex::new(receiver)),
            released: Arc::default(),
            log: Log::default(),
        }
    }

    fn sender(&self) -> UnboundedSender<String> {
        self.sender.borrow().clone().expect("the channel is open")
    }

    /// Closes the channel; false if it was closed.
    fn close(&self) -> bool {
        self.sender.borrow_mut().take().is_some()
    }

    fn note(&self, text: &str) {
        self.log.borrow_mut().push(text.to_owned());
    }
}

#[op2]
#[string]
async fn op_pump_receive(state: Rc<RefCell<OpState>>) -> Option<String> {
    let receiver = state.borrow().borrow::<Pump>().receiver.clone();
    let mut receiver = receiver.lock().await;
    receiver.recv().await
}

/// Pending, and keeping the script alive, until the embedder releases it.
#[op2]
async fn op_pump_hold(state: Rc<RefCell<OpState>>) {
    let released = state.borrow().borrow::<Pump>().released.clone();
    released.notified().await;
}

/// Ends all that hold now.
#[op2(fast)]
fn op_pump_release(state: &OpState) {
    state.borrow::<Pump>().released.notify_waiters();
}

#[op2(fast)]
fn op_pump_send(state: &OpState, #[string] text: String) {
    state
        .borrow::<Pump>()
        .sender()
        .send(text)
        .expect("the pump receives");
}

#[op2(fast)]
fn op_pump_note(state: &OpState, #[string] text: &str) {
    state.borrow::<Pump>().note(text);
}

deno_core::extension!(
    pump,
    ops = [op_pump_receive, op_pump_hold, op_pump_release, op_pump_send, op_pump_note],
    lazy_loaded_js = [dir "tests/it/js", "pump.js"],
    synthetic_esm = ["host:pump" = "ext:pump/pump.js"],
    options = { pump: Pump },
    state = |state, options| state.put(options.pump),
);

/// Runs a script with `host:pump`; `on_idle` answers each time the app is idle, which is noted.
fn run(
    script: &str,
    start: impl FnOnce(&Pump) + Send + 'static,
    mut on_idle: impl FnMut(&Pump) -> Idle + Send + 'static,
) -> (Outcome, Vec<String>) {
    let (sender, log) = std::sync::mpsc::channel();
    let app = App::new(&format!(
        "import {{ hold, messages, note, release, send }} from 'host:pump';\n{script}"
    ))
    .file("waits.ts", "await new Promise(() => {});")
    .file("a.ts", "await Promise.resolve();");
    let outcome = app.run_with("main.ts", move || {
        let pump = Pump::new();
        start(&pump);
        Embedding {
            extensions: vec![pump::init(pump.clone())],
            background_ops: vec!["op_pump_receive"],
            on_idle: Box::new(move || {
                let answer = on_idle(&pump);
                pump.note(&format!("{answer:?}"));
                sender
                    .send(pump.log.borrow().clone())
                    .expect("the test receives");
                answer
            }),
            ..Embedding::default()
        }
    });
    (outcome, log.try_iter().last().unwrap_or_default())
}

/// Ends the app as soon as it is idle, closing the channel first.
fn close(pump: &Pump) -> Idle {
    if pump.close() {
        Idle::Resume
    } else {
        Idle::Finish
    }
}

const LISTEN: &str = "for await (const message of messages()) note(message);\nnote('end');\n";

#[test]
fn a_script_without_more_to_do_ends() {
    let (outcome, log) = run("note('ran');", |_| {}, |_| Idle::Finish);
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(log, ["ran", "Finish"]);
}

#[test]
fn waiting_for_messages_at_the_top_level_ends_when_the_channel_is_closed() {
    let (outcome, log) = run(LISTEN, |_| {}, close);
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(log, ["Resume", "end", "Finish"]);
}

#[test]
fn waiting_for_messages_in_the_background_ends_when_the_channel_is_closed() {
    let (outcome, log) = run(&format!("(async () => {{ {LISTEN} }})();"), |_| {}, close);
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(log, ["Resume", "end", "Finish"]);
}

#[test]
fn while_the_embedder_waits_messages_still_arrive() {
    for script in [
        LISTEN.to_owned(),
        format!("(async () => {{ {LISTEN} }})();"),
    ] {
        let mut window: Option<thread::JoinHandle<()>> = None;
        let (outcome, log) = run(
            &script,
            |_| {},
            move |pump| {
                let closed = pump.log.borrow().iter().any(|text| text == "closed");
                if closed {
                    // The thread holds the channel open until its end.
                    if let Some(thread) = window.take() {
                        thread.join().expect("no panic");
                    }
                    return close(pump);
                }
                window.get_or_insert_with(|| {
                    let sender = pump.sender();
                    thread::spawn(move || {
                        for text in ["one", "two", "closed"] {
                            thread::sleep(Duration::from_millis(10));
                            sender.send(text.to_owned()).expect("the pump receives");
                        }
                    })
                });
                Idle::Wait
            },
        );
        assert!(outcome.result.is_ok(), "{outcome:?}");
        let heard: Vec<_> = log.iter().filter(|text| *text != "Wait").collect();
        assert_eq!(heard, ["one", "two", "closed", "Resume", "end", "Finish"]);
        // At most one question after each message: the loop does not spin while it waits.
        assert!(log.len() - heard.len() <= 3, "{log:?}");
    }
}

#[test]
fn a_referenced_op_is_something_to_do() {
    for script in [
        format!("hold().then(() => note('released'));\n{LISTEN}"),
        format!("hold().then(() => note('released'));\n(async () => {{ {LISTEN} }})();"),
    ] {
        let (outcome, log) = run(
            &script,
            |pump| {
                let released = pump.released.clone();
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(20));
                    released.notify_one();
                });
            },
            close,
        );
        assert!(outcome.result.is_ok(), "{outcome:?}");
        assert_eq!(log, ["released", "Resume", "end", "Finish"]);
    }
}

#[test]
fn timers_files_and_imports_are_something_to_do() {
    for script in [
        "setTimeout(() => note('done'), 20);",
        "AbortSignal.timeout(20).addEventListener('abort', () => note('done'));",
        "Deno.readTextFile(new URL(import.meta.url)).then(() => note('done'));",
        "import('./gone.ts').catch(() => note('done'));",
        "import('./a.ts').then(() => note('done'));",
        // More than the event loop takes in one turn.
        "Promise.all(Array.from({ length: 2000 }, hold)).then(() => note('done'));\n\
         setTimeout(release, 5);",
    ] {
        let (outcome, log) = run(&format!("{script}\n{LISTEN}"), |_| {}, close);
        assert!(outcome.result.is_ok(), "{script}: {outcome:?}");
        assert_eq!(log, ["done", "Resume", "end", "Finish"], "{script}");
    }
}

#[test]
fn a_message_that_is_on_its_way_arrives_before_the_question() {
    let script = format!("setTimeout(() => send('x'), 5);\n{LISTEN}");
    let (outcome, log) = run(&script, |_| {}, close);
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(log, ["x", "Resume", "end", "Finish"]);
}

#[test]
fn an_await_that_can_never_end_is_an_error() {
    for script in [
        "await new Promise(() => {});",
        "setTimeout(() => note('timer'), 5);\nawait new Promise(() => {});",
        "import './waits.ts';",
        "import('./waits.ts');",
        LISTEN,
    ] {
        let (outcome, log) = run(script, |_| {}, |_| Idle::Finish);
        assert!(
            matches!(outcome.result, Err(RunError::Stalled)),
            "{script}: {outcome:?}"
        );
        assert_eq!(outcome.stderr, "", "{script}");
        assert_eq!(log.last().map(String::as_str), Some("Finish"), "{script}");
    }
    assert_eq!(
        App::new("await new Promise(() => {});").failure(),
        "error[stalled-await]: The app waits at a top-level await for something that can no longer happen"
    );
}

#[test]
fn an_error_ends_the_app_although_others_wait() {
    let (outcome, _) = run(
        &format!("setTimeout(() => {{ throw new Error('x'); }}, 5);\n{LISTEN}"),
        |_| {},
        |_| Idle::Wait,
    );
    assert!(
        matches!(outcome.result, Err(RunError::Uncaught(_))),
        "{outcome:?}"
    );
}

#[test]
fn exit_ends_the_app_although_others_wait() {
    let (outcome, _) = run(
        &format!("setTimeout(() => Deno.exit(4), 5);\n{LISTEN}"),
        |_| {},
        |_| Idle::Wait,
    );
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(outcome.exit, Some(4));
}

#[test]
fn an_app_is_loaded_and_does_not_begin_before_it_may() {
    let ran = |begins: bool, main: &str| {
        App::new(main)
            .file("a.ts", "console.log('imported');")
            .run_with("main.ts", move || Embedding {
                begin: Box::new(move || begins),
                ..Embedding::default()
            })
    };
    let main = "import './a.ts'; console.log('begun');";
    let outcome = ran(true, main);
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.stdout, "imported\nbegun\n");
    let outcome = ran(false, main);
    assert!(outcome.result.is_ok());
    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", ""));
    // What cannot be loaded is told without that question.
    let outcome = ran(false, "import './b.ts';");
    assert!(matches!(
        outcome.result,
        Err(RunError::Load(_) | RunError::Uncaught(_))
    ));
}
