//! Runs a Deno app with its windows: the script on a thread of its own, the windows on the main
//! thread, a router between them.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use app_config::{Below, Instances};
use clap::Parser;
use deno_core::JsRuntime;
use deno_ext::{Permissions, host_instances, host_ipc, host_window};
use host::cli::{Cli, EXIT_FAILURE};
use host::instances::{self, Listener, MAX_STARTS, Started};
use host::{Idle, LoadError, Manifest, Output, RunOptions, Storage, log, report};
use ipc_protocol::{Limits, Origin};
use ipc_router::Router;
use webview_host::pages::Pages;
use webview_host::wry::{Desktop, Ended, ORIGIN, Options};
use webview_host::{AppId, Icon};

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::init();
    match start(cli) {
        // Like a shell, of which only the low eight bits are seen.
        Ok(code) => ExitCode::from(code as u8),
        Err(error) => {
            tell(&report::printable(&format!("error: {error}")));
            ExitCode::from(EXIT_FAILURE)
        }
    }
}

/// Says why the app ends.
fn tell(failure: &str) {
    Output::Stderr.print(&format!("{failure}\n"));
}

fn start(cli: Cli) -> Result<i32, Box<dyn std::error::Error>> {
    let directory = directory_of(&cli.main).canonicalize().map_err(|error| {
        format!(
            "cannot read the directory of {}: {error}",
            cli.main.display()
        )
    })?;
    let Manifest {
        mut permissions,
        csp,
        console,
        downloads,
        instances,
        pages,
        id,
        icon,
    } = match manifest_of(&cli.main) {
        Ok(manifest) => manifest,
        Err(error) => {
            tell(&report::describe(&error.into()));
            return Ok(EXIT_FAILURE.into());
        }
    };
    // The app's own, which it may name in full.
    permissions.origins.extend(Origin::of(ORIGIN));
    let started = match instances {
        Instances::OwnStorage => Started::First(Storage::take(&directory), None),
        Instances::One => instances::start(&directory, &instances::this_start(&cli.args))?,
    };
    let Started::First(storage, listener) = started else {
        return Ok(0);
    };
    let pages = host::pages(&directory, &cli.main, &pages)?;
    let icon = icon.map(|icon| open_icon(&pages, &icon)).transpose()?;
    let mut options = Options::new(pages, storage.directory());
    options.csp = csp;
    options.icon = icon;
    options.downloads = downloads;
    options.console = console;
    let id = id.unwrap_or_else(|| AppId::of_folder(&directory));
    let (router, port) = Router::new(Limits::default());

    // The engine wants its first use on the thread that starts all others.
    JsRuntime::init_platform(None);
    let exit_code = Arc::new(AtomicI32::new(0));
    let (has_desktop, begin) = mpsc::channel();
    // It makes its engine and loads the app while this thread connects to the desktop.
    let script = thread::Builder::new()
        .name("script".to_owned())
        .stack_size(SCRIPT_STACK)
        .spawn({
            let exit_code = exit_code.clone();
            move || run_script(cli, &router, permissions, listener, begin, &exit_code)
        })?;

    let desktop = match Desktop::open(&id) {
        Ok(desktop) => desktop,
        Err(error) => {
            // Without a desktop the app does not begin.
            drop(has_desktop);
            let _ = script.join();
            return Err(error.into());
        }
    };
    // It may have ended already, by an error.
    let _ = has_desktop.send(());
    if let Ended::Signal(signal) = desktop.run(port, options)? {
        // The script may go on for ever.
        return Ok(SIGNALLED + signal);
    }
    if script.join().is_err() {
        return Ok(i32::from(EXIT_FAILURE));
    }
    Ok(exit_code.load(Ordering::Acquire))
}

/// Added to a signal's number it is the exit code, as a shell tells it of a process that is killed.
const SIGNALLED: i32 = 128;

/// Ends the windows when the script thread ends, even by a panic.
struct EndWindows<'a>(&'a Router);

impl Drop for EndWindows<'_> {
    fn drop(&mut self) {
        self.0.shut_down();
    }
}

/// As much as a main thread has; the default of other threads is too little for deep recursion.
const SCRIPT_STACK: usize = 8 << 20;

fn run_script(
    cli: Cli,
    router: &Router,
    permissions: Permissions,
    listener: Option<Listener>,
    begin: mpsc::Receiver<()>,
    exit_code: &Arc<AtomicI32>,
) {
    let _end = EndWindows(router);
    let (starts, queue) = tokio::sync::mpsc::channel(MAX_STARTS);
    let options = RunOptions {
        main: cli.main,
        args: cli.args,
        extensions: vec![
            host_ipc::init(router.clone(), permissions.clone()),
            host_window::init(router.clone(), permissions),
            host_instances::init(queue),
        ],
        background_ops: deno_ext::BACKGROUND_OPS.to_vec(),
        begin: Box::new(move || begin.recv().is_ok()),
        exit: Rc::new({
            let (router, exit_code) = (router.clone(), exit_code.clone());
            move |code| {
                exit_code.store(code, Ordering::Release);
                router.shut_down();
            }
        }),
        on_idle: Box::new({
            let router = router.clone();
            // The last window is closed: loops over its events end, and may do something more.
            move || {
                if router.close() {
                    Idle::Resume
                } else {
                    Idle::Finish
                }
            }
        }),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let failure = match runtime {
        Ok(runtime) => runtime
            .block_on(async {
                if let Some(listener) = listener {
                    tokio::spawn(listener.serve(starts));
                }
                host::run(options).await
            })
            .err()
            .map(|error| report::describe(&error)),
        Err(error) => Some(format!("error: {error}")),
    };
    if let Some(failure) = failure {
        exit_code.store(i32::from(EXIT_FAILURE), Ordering::Release);
        tell(&failure);
    }
}

/// The manifest that goes with a main module, by the same path as its imports.
fn manifest_of(main: &Path) -> Result<Manifest, LoadError> {
    let not_found = |_| LoadError::NotFound {
        specifier: main.display().to_string(),
        referrer: None,
    };
    let main = std::path::absolute(main).map_err(not_found)?;
    Manifest::find(&main)
}

/// The icon that the manifest names.
fn open_icon(pages: &Pages, icon: &Below) -> Result<Icon, String> {
    let opened = Icon::open(pages, &icon.url_path());
    opened.map_err(|error| format!("`icon` of the manifest, \"{icon}\": {error}"))
}

fn directory_of(main: &Path) -> &Path {
    match main.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
