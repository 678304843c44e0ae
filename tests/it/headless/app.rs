//! A running app without a screen.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use deno_core::{OpDecl, OpState, op2};
use deno_ext::{Permissions, host_ipc, host_window};
use host::{Idle, RunOptions, report};
use ipc_protocol::{Limits, WindowId};
use ipc_router::Router;
use tests::DEADLINE;
use webview_host::{BackendEventKind, Host, Pumped};

use super::backend::HeadlessBackend;
use super::engine::{self, panic_text};

/// An app whose windows and pages are here, on the test's thread, and whose script is on another.
pub(super) struct HeadlessApp {
    /// `None` once the app has ended.
    host: Option<Host>,
    backend: HeadlessBackend,
    wakes: Receiver<()>,
    printed: Arc<Mutex<Printed>>,
    ended: Receiver<i32>,
}

/// What the script has printed.
#[derive(Default)]
struct Printed {
    stdout: String,
    stderr: String,
}

impl HeadlessApp {
    /// Runs the app whose main module this is, and the test with it.
    pub(super) fn run(main: PathBuf, test: impl FnOnce(&mut HeadlessApp)) {
        let (router, port) = Router::new(Limits::default());
        let (wake, wakes) = mpsc::channel();
        port.on_wake({
            let wake = wake.clone();
            move || {
                // The test may have ended.
                let _ = wake.send(());
            }
        });
        let directory = main.parent().unwrap().to_owned();
        let printed = Arc::<Mutex<Printed>>::default();
        let (sender, ended) = mpsc::channel();
        engine::spawn({
            let output = Output {
                printed: printed.clone(),
                wake: wake.clone(),
            };
            move || {
                let run = AssertUnwindSafe(|| run_script(main, &router, output.clone()));
                let code = catch_unwind(run).unwrap_or_else(|panic| {
                    output.print(&panic_text(&*panic), true);
                    101
                });
                // The test may have failed in the meantime.
                let _ = sender.send(code);
                router.shut_down();
            }
        });
        let mut app = HeadlessApp {
            host: Some(Host::new(port)),
            backend: HeadlessBackend::new(directory, wake),
            wakes,
            printed,
            ended,
        };
        test(&mut app);
    }

    /// What the script has printed on stdout so far.
    pub(super) fn stdout(&self) -> String {
        self.printed.lock().unwrap().stdout.clone()
    }

    /// What the script has printed on stderr so far.
    pub(super) fn stderr(&self) -> String {
        self.printed.lock().unwrap().stderr.clone()
    }

    /// Waits until a line on stdout starts with `text`.
    pub(super) fn wait_for_output(&mut self, text: &str) {
        self.wait_for(&format!("the output {text:?}"), |app| {
            app.stdout().lines().any(|line| line.starts_with(text))
        });
    }

    /// Waits until stderr contains `text`.
    pub(super) fn wait_for_error(&mut self, text: &str) {
        self.wait_for(&format!("the error {text:?}"), |app| {
            app.stderr().contains(text)
        });
    }

    /// Waits until the window is open.
    pub(super) fn wait_for_window(&mut self, id: &str) {
        self.wait_for(&format!("the window {id}"), |app| {
            app.backend.page(&window(id)).is_some()
        });
    }

    /// Runs a script in a window's page.
    pub(super) fn in_page(&self, id: &str, script: &str) {
        self.backend.page(&window(id)).expect(id).run(script);
    }

    /// Waits until an expression is true in a window's page.
    pub(super) fn wait_for_page(&mut self, id: &str, expression: &str) {
        self.wait_for(expression, |app| {
            let page = app.backend.page(&window(id)).expect(id);
            page.eval(&format!("String({expression})")) == "true"
        });
    }

    /// What a window's page and its handlers threw.
    pub(super) fn page_errors(&self, id: &str) -> Vec<String> {
        self.backend.page(&window(id)).expect(id).errors()
    }

    /// Closes a window as its user does.
    pub(super) fn close_as_user(&mut self, id: &str) {
        let wish = BackendEventKind::CloseRequested.of(window(id));
        self.backend.screen().report(wish);
    }

    /// Waits until the app has ended with this code.
    pub(super) fn wait_for_end(&mut self, code: i32) {
        self.wait_for("the app to end", |app| app.host.is_none());
        assert_eq!(self.ended.recv(), Ok(code), "{}", self.stderr());
    }

    /// Lets the app go on until `holds`, which is looked at again after each turn.
    fn wait_for(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            self.turn();
            if holds(self) {
                return;
            }
            let (stdout, stderr) = (self.stdout(), self.stderr());
            let state = format!("waited for {what}; printed {stdout}{stderr}");
            assert!(self.host.is_some(), "the app has ended; {state}");
            let left = deadline.saturating_duration_since(Instant::now());
            match self.wakes.recv_timeout(left) {
                Ok(()) => while self.wakes.try_recv().is_ok() {},
                Err(RecvTimeoutError::Timeout) => panic!("{state}"),
                Err(RecvTimeoutError::Disconnected) => panic!("nobody is left; {state}"),
            }
        }
    }

    /// What the user interface's thread does when it is woken.
    fn turn(&mut self) {
        let Some(host) = &mut self.host else { return };
        for event in self.backend.screen().take_events() {
            host.on_event(event);
        }
        if host.pump(&mut self.backend) == Pumped::ShutDown {
            self.host = None;
        }
    }
}

fn window(id: &str) -> WindowId {
    WindowId::new(id).unwrap()
}

/// Runs the script as `host` does, and returns the exit code.
fn run_script(main: PathBuf, router: &Router, output: Output) -> i32 {
    let exit = Rc::new(std::cell::Cell::new(0));
    let options = RunOptions {
        main,
        args: Vec::new(),
        extensions: vec![
            host_ipc::init(router.clone(), Permissions::default()),
            host_window::init(router.clone(), Permissions::default()),
            capture::init(output.clone()),
        ],
        background_ops: deno_ext::BACKGROUND_OPS.to_vec(),
        begin: Box::new(|| true),
        exit: Rc::new({
            let exit = exit.clone();
            move |code| exit.set(code)
        }),
        on_idle: Box::new({
            let router = router.clone();
            move || match router.close() {
                true => Idle::Resume,
                false => Idle::Finish,
            }
        }),
    };
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match tokio.block_on(host::run(options)) {
        Ok(()) => exit.get(),
        Err(error) => {
            output.print(&report::describe(&error), true);
            1
        }
    }
}

/// Where the script prints.
#[derive(Clone)]
struct Output {
    printed: Arc<Mutex<Printed>>,
    wake: Sender<()>,
}

impl Output {
    fn print(&self, text: &str, is_error: bool) {
        let mut printed = self.printed.lock().unwrap();
        match is_error {
            true => printed.stderr.push_str(text),
            false => printed.stdout.push_str(text),
        }
        drop(printed);
        // The test may have ended.
        let _ = self.wake.send(());
    }
}

#[op2(fast)]
fn op_capture_print(state: &OpState, #[string] text: &str, is_error: bool) {
    state.borrow::<Output>().print(text, is_error);
}

deno_core::extension!(
    capture,
    ops = [op_capture_print],
    options = { output: Output },
    middleware = |op: OpDecl| match op.name {
        "op_print" => op.with_implementation_from(&op_capture_print()),
        _ => op,
    },
    state = |state, options| state.put(options.output),
);
