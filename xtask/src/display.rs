//! A virtual X display with a window manager, for machines that have no screen and for the bench.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::process::{Result, Running, capture, poll};
use crate::workspace;

/// How long the display and its window manager may take to start.
const START: Duration = Duration::from_secs(30);

/// The name of the user's own display of X11, if there is one.
pub(crate) fn users() -> Option<String> {
    named("DISPLAY")
}

/// Whether the user has a display at all, of X11 or of Wayland.
pub(crate) fn is_there() -> bool {
    users().or_else(|| named("WAYLAND_DISPLAY")).is_some()
}

fn named(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|name| !name.is_empty())
}

/// A running display; dropping it ends it.
pub(crate) struct Display {
    // Dropped in this order: the window manager is a client of the server.
    window_manager: Running,
    server: Running,
    name: String,
}

impl Display {
    /// Starts a display of 1280 by 800 pixels, and waits until windows are managed there.
    pub(crate) fn start() -> Result<Self> {
        // The server itself picks a free number and writes it to the pipe once it listens.
        let mut server = Running::start(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x800x24"])
                .args(["-nolisten", "tcp"])
                // When its last client leaves, a server resets and drops a client that is just
                // coming, such as the window manager.
                .arg("-noreset")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let name = format!(":{}", read_number(&mut server)?);
        let window_manager = Running::start(
            Command::new("openbox")
                .env("DISPLAY", &name)
                // The system's own configuration, not that of a user who has openbox on a desk.
                .env("XDG_CONFIG_HOME", workspace::target_dir().join("no-config"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        let mut display = Self {
            window_manager,
            server,
            name,
        };
        display.wait_until_managed()?;
        display.introduce_keyboard()?;
        Ok(display)
    }

    /// The display's name, such as `:99`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes a command a client of this display.
    pub(crate) fn client<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY")
    }

    fn wait_until_managed(&mut self) -> Result<()> {
        poll(START, "the window manager", || {
            self.server.check()?;
            self.window_manager.check()?;
            let mut query = Command::new("xprop");
            query.args(["-root", "_NET_SUPPORTING_WM_CHECK"]);
            let (_, output) = capture(self.client(&mut query), START)?;
            let managed = String::from_utf8_lossy(&output).contains("window id");
            Ok(managed.then_some(()))
        })
    }

    /// Presses a first key, and waits until the window manager has taken note of it.
    ///
    /// At the first key of xdotool's keyboard the manager grabs its own keys anew, and would miss
    /// one that is pressed meanwhile. A request that is answered shows that it is done.
    fn introduce_keyboard(&mut self) -> Result<()> {
        self.xdotool(&["key", "Shift_L"])?;
        poll(START, "the window manager to take requests", || {
            self.window_manager.check()?;
            self.xdotool(&["set_num_desktops", "1"])?;
            let desktops = self.xdotool(&["get_num_desktops"])?;
            Ok((desktops.trim_ascii() == b"1").then_some(()))
        })
    }

    fn xdotool(&self, args: &[&str]) -> Result<Vec<u8>> {
        let mut command = Command::new("xdotool");
        let (_, output) = capture(self.client(command.args(args)), START)?;
        Ok(output)
    }
}

/// Reads the display's number, without waiting for ever for it.
fn read_number(server: &mut Running) -> Result<u32> {
    let stdout = server.stdout().ok_or("Xvfb's output is not piped")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        // A failure leaves the line empty, and the receiver may have given up; neither matters here.
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(line);
    });
    receiver
        .recv_timeout(START)
        .ok()
        .and_then(|line| line.trim().parse().ok())
        .ok_or_else(|| "Xvfb did not start".into())
}
