//! One app from start to end.

use std::future::poll_fn;
use std::path::PathBuf;
use std::rc::Rc;
use std::task::Poll;

use deno_core::url::Url;
use deno_core::{Extension, JsRuntime, RuntimeOptions, SharedArrayBufferStore};

use crate::RunError;
use crate::ext::{self, ANCHOR_OP, ExitRequest, Globals};
use crate::idle::{EventLoop, Idle, Turn};
use crate::load::{LoadError, Loader};

/// An app to run.
pub struct RunOptions {
    /// The main module.
    pub main: PathBuf,
    /// The app's own arguments.
    pub args: Vec<String>,
    /// What scripts may use beyond the web APIs and `Deno`, such as `host:ipc`.
    pub extensions: Vec<Extension>,
    /// The ops of `extensions` that keep no app alive. Scripts must have unreferenced what they
    /// return (`core.unrefOpPromise`).
    pub background_ops: Vec<&'static str>,
    /// Called when everything is loaded, on the script's thread, and may wait there. The app runs if
    /// it returns true; if not, [`run`] returns as if the app had ended.
    pub begin: Box<dyn FnOnce() -> bool>,
    /// Receives the code of `Deno.exit(code)` on the script's thread. If it returns, the engine is
    /// stopped before the script runs another line, and [`run`] returns.
    pub exit: Rc<dyn Fn(i32)>,
    /// Asked whenever nothing but `background_ops` is pending.
    pub on_idle: Box<dyn FnMut() -> Idle>,
}

/// Runs an app until its script has nothing more to do, calls `Deno.exit`, or fails.
///
/// Must be called on a current-thread tokio runtime with time and IO enabled, on the thread that
/// first used the engine or one that it started. The future is not `Send`.
///
/// # Errors
///
/// [`RunError::Load`] when the app cannot be started, [`RunError::Uncaught`] when its script
/// fails, [`RunError::Stalled`] when `on_idle` finishes an app whose main module still waits.
pub async fn run(options: RunOptions) -> Result<(), RunError> {
    let not_found = || LoadError::NotFound {
        specifier: options.main.display().to_string(),
        referrer: None,
    };
    let path = std::path::absolute(&options.main).map_err(|_| not_found())?;
    let main = Url::from_file_path(&path).map_err(|()| not_found())?;

    let globals = Globals {
        args: options.args,
        main_module: main.clone(),
        exit: options.exit,
    };
    let mut runtime = JsRuntime::try_new(RuntimeOptions {
        module_loader: Some(Rc::new(Loader::new(&path)?)),
        extensions: ext::extensions(globals, options.extensions),
        // Buffers that are transferred go through it.
        shared_array_buffer_store: Some(SharedArrayBufferStore::default()),
        ..RuntimeOptions::default()
    })?;
    let mut background_ops = options.background_ops;
    background_ops.push(ANCHOR_OP);
    let event_loop = EventLoop::new(&runtime, &background_ops);
    let exit = runtime.op_state().borrow().borrow::<ExitRequest>().clone();

    let module = runtime.load_main_es_module(&main).await?;
    if !(options.begin)() {
        return Ok(());
    }
    let mut evaluation = Some(Box::pin(runtime.mod_evaluate(module)));
    let mut on_idle = options.on_idle;
    let mut settled = false;
    poll_fn(|cx| {
        let turn = event_loop.poll(&mut runtime, cx);
        if exit.is_made() {
            return Poll::Ready(Ok(()));
        }
        let turn = turn?;
        if let Some(pending) = &mut evaluation
            && let Poll::Ready(evaluated) = pending.as_mut().poll(cx)
        {
            evaluation = None;
            evaluated?;
        }
        if turn == Turn::Busy {
            settled = false;
            return Poll::Pending;
        }
        // The task that runs the ops may have something to deliver: let it run first.
        if !std::mem::replace(&mut settled, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        settled = false;
        match on_idle() {
            Idle::Resume => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Idle::Wait => Poll::Pending,
            Idle::Finish if turn == Turn::Stalled => Poll::Ready(Err(RunError::Stalled)),
            Idle::Finish => Poll::Ready(Ok(())),
        }
    })
    .await
}
