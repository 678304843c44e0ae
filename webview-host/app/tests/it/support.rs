//! Apps in temporary directories, run in-process with their output captured.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use deno_core::{Extension, JsRuntime, ModuleSpecifier, OpDecl, OpState, op2};
use host::{Idle, RunError, RunOptions, run};
use tempfile::TempDir;

/// An app under test: a directory with files.
pub(crate) struct App {
    directory: TempDir,
    args: Vec<String>,
}

/// How a run ended and what it printed.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<(), RunError>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The code given to `Deno.exit`.
    pub(crate) exit: Option<i32>,
}

/// What a test adds to a run, made on the thread that runs the app.
pub(crate) struct Embedding {
    pub(crate) extensions: Vec<Extension>,
    pub(crate) background_ops: Vec<&'static str>,
    pub(crate) begin: Box<dyn FnOnce() -> bool>,
    pub(crate) on_idle: Box<dyn FnMut() -> Idle>,
}

impl Default for Embedding {
    /// An app that runs by itself.
    fn default() -> Self {
        Self {
            extensions: Vec::new(),
            background_ops: Vec::new(),
            begin: Box::new(|| true),
            on_idle: Box::new(|| Idle::Finish),
        }
    }
}

impl App {
    /// An app with this `main.ts`.
    pub(crate) fn new(main: &str) -> Self {
        Self::empty().file("main.ts", main)
    }

    /// An app without any file.
    pub(crate) fn empty() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            args: Vec::new(),
        }
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|arg| arg.to_string()).collect();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The start of the app's `file:` URLs, with the final slash.
    pub(crate) fn url(&self) -> String {
        ModuleSpecifier::from_directory_path(self.directory.path())
            .unwrap()
            .into()
    }

    /// Runs `main.ts` until it ends.
    pub(crate) fn run(&self) -> Outcome {
        self.run_file("main.ts")
    }

    pub(crate) fn run_file(&self, name: &str) -> Outcome {
        self.run_with(name, Embedding::default)
    }

    pub(crate) fn run_with(
        &self,
        name: &str,
        embed: impl FnOnce() -> Embedding + Send + 'static,
    ) -> Outcome {
        let main = self.path(name);
        let args = self.args.clone();
        on_engine_thread(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(async {
                    tokio::time::timeout(Duration::from_secs(60), run_here(main, args, embed()))
                        .await
                        .expect("the app must end")
                })
        })
    }

    /// Runs `main.ts`, which must succeed, and returns what it printed with the app's own
    /// directory as `<app>/`.
    pub(crate) fn stdout(&self) -> String {
        let outcome = self.run();
        if let Err(error) = &outcome.result {
            panic!("{}\n{outcome:?}", host::report::describe(error));
        }
        assert_eq!(outcome.stderr, "");
        outcome.stdout.replace(&self.url(), "<app>/")
    }

    /// Runs `main.ts`, which must fail, and returns the report with the app's own directory as
    /// `<app>/`.
    pub(crate) fn failure(&self) -> String {
        let error = self.run().result.expect_err("the app must fail");
        self.describe(&error)
    }

    pub(crate) fn describe(&self, error: &RunError) -> String {
        host::report::describe(error).replace(&self.url(), "<app>/")
    }
}

/// Runs a job on a thread of its own, one after another. V8 wants its platform set up on a parent
/// of each thread that uses it.
fn on_engine_thread<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    type Job = Box<dyn FnOnce() + Send>;
    static ENGINE: LazyLock<Sender<Job>> = LazyLock::new(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        thread::spawn(move || {
            JsRuntime::init_platform(None);
            for job in jobs {
                // A panic ends the job's own thread, and the test that waits for its answer.
                let _ = thread::spawn(job).join();
            }
        });
        sender
    });

    let (sender, result) = mpsc::channel();
    ENGINE
        .send(Box::new(move || {
            sender.send(job()).expect("the test waits")
        }))
        .expect("the engine thread runs");
    result.recv().expect("the job ends without panic")
}

async fn run_here(main: PathBuf, args: Vec<String>, embedding: Embedding) -> Outcome {
    let printed = Printed::default();
    let exit = Rc::new(Cell::new(None));
    let mut extensions = embedding.extensions;
    extensions.push(capture::init(printed.clone()));
    let options = RunOptions {
        main,
        args,
        extensions,
        background_ops: embedding.background_ops,
        begin: embedding.begin,
        exit: Rc::new({
            let exit = exit.clone();
            move |code| exit.set(Some(code))
        }),
        on_idle: embedding.on_idle,
    };
    Outcome {
        result: run(options).await,
        stdout: printed.stdout.take(),
        stderr: printed.stderr.take(),
        exit: exit.get(),
    }
}

#[derive(Clone, Default)]
struct Printed {
    stdout: Rc<RefCell<String>>,
    stderr: Rc<RefCell<String>>,
}

#[op2(fast)]
fn op_capture_print(state: &mut OpState, #[string] text: &str, is_error: bool) {
    let printed = state.borrow::<Printed>();
    let stream = if is_error {
        &printed.stderr
    } else {
        &printed.stdout
    };
    stream.borrow_mut().push_str(text);
}

deno_core::extension!(
    capture,
    ops = [op_capture_print],
    options = { printed: Printed },
    middleware = |op: OpDecl| match op.name {
        "op_print" => op.with_implementation_from(&op_capture_print()),
        _ => op,
    },
    state = |state, options| state.put(options.printed),
);

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Whether the tests run as root.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let made = TempDir::new().unwrap();
    fs::metadata(made.path()).unwrap().uid() == 0
}
