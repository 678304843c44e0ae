//! The X server of a display.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::Process;

/// Width and height of its screen.
pub(super) const SIZE: (i32, i32) = (1280, 800);

/// Starts a server, and returns what `DISPLAY` is then. The server chooses a free display number
/// itself and tells it on its standard output.
pub(super) fn start() -> (String, Process) {
    let (width, height) = SIZE;
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-nolisten", "tcp"])
        .args(["-screen", "0", &format!("{width}x{height}x24")])
        // When its last client leaves, a server resets, and drops a client that is just coming: with
        // one that only looks for the window manager, that is the manager.
        .arg("-noreset")
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
