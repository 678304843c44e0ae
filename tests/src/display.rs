//! A display with a window manager, for one test alone.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::app::RunningApp;
use crate::wait_for;

/// A virtual X display, 1280 by 800, with openbox on it. Both end with it.
#[derive(Debug)]
pub struct Display {
    name: String,
    // Dropped in this order.
    _manager: Process,
    _server: Process,
}

/// A child process that is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Display {
    /// Starts server and window manager, and waits until both are there.
    ///
    /// # Panics
    /// When `Xvfb`, `openbox` or `xprop` are not installed or do not start.
    pub fn start() -> Display {
        let (name, server) = start_server();
        let manager = Command::new("openbox")
            .env("DISPLAY", &name)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox is installed");
        let display = Display {
            name,
            _manager: Process(manager),
            _server: server,
        };
        wait_for("the window manager", || {
            let root = display.output("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]);
            String::from_utf8_lossy(&root.stdout)
                .contains("window id")
                .then_some(())
        });
        display
    }

    /// The value for `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs an app on this display.
    pub fn run(&self, main: impl AsRef<Path>) -> RunningApp<'_> {
        self.run_with(main, &[])
    }

    /// Runs an app with arguments on this display.
    pub fn run_with(&self, main: impl AsRef<Path>, args: &[&str]) -> RunningApp<'_> {
        RunningApp::start(self, main.as_ref(), args)
    }

    /// Sends input with xdotool: real key and mouse events of the X server.
    ///
    /// # Panics
    /// When xdotool fails.
    pub fn xdotool(&self, args: &[&str]) -> String {
        let output = self.output("xdotool", args);
        assert!(output.status.success(), "xdotool {args:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs a program on this display and waits for it.
    pub(crate) fn output(&self, program: &str, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .env("DISPLAY", &self.name)
            .output()
            .unwrap_or_else(|error| panic!("{program} does not run: {error}"))
    }
}

/// The server chooses a free display number itself and tells it on its standard output.
fn start_server() -> (String, Process) {
    let mut server = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
            // When its last client leaves, a server resets, and drops a client that is just
            // coming: with one that only looks for the window manager, that is the manager.
            "-noreset",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is installed");
    let stdout = server.stdout.take().expect("stdout is piped");
    let server = Process(server);
    let mut number = String::new();
    BufReader::new(stdout)
        .read_line(&mut number)
        .expect("Xvfb tells its display");
    assert!(!number.trim().is_empty(), "Xvfb did not start");
    (format!(":{}", number.trim()), server)
}
