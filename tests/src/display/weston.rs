//! weston, a Wayland compositor whose screen is a window on an X display.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Display, Process, server, wait_for};

/// A running weston.
#[derive(Debug)]
pub(super) struct Weston {
    // Dropped in this order.
    _process: Process,
    /// Where its socket is, and its configuration.
    directory: TempDir,
}

/// Its name for clients: a file in their `XDG_RUNTIME_DIR`.
const SOCKET: &str = "wayland-test";

/// The color of the screen where no window is.
const BACKGROUND: &str = "#304050";

impl Weston {
    /// Starts it on an X display, with this scale factor, and does not wait until it is there.
    pub(super) fn start(display: &str, scale: i32) -> Weston {
        let directory = tempfile::tempdir().expect("a temporary directory");
        // Clients refuse one that others may read.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).expect("our own");
        let config_path = directory.path().join("weston.ini");
        fs::write(&config_path, config()).expect("a temporary file");
        let (width, height) = server::SIZE;
        let process = Command::new("weston")
            .args(["--backend=x11-backend.so", "--use-pixman"])
            .arg(format!("--width={}", width / scale))
            .arg(format!("--height={}", height / scale))
            .arg(format!("--scale={scale}"))
            .arg(format!("--socket={SOCKET}"))
            .arg(format!("--config={}", config_path.display()))
            .env("XDG_RUNTIME_DIR", directory.path())
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weston is installed");
        Weston {
            _process: Process(process),
            directory,
        }
    }

    /// What its clients have to know.
    pub(super) fn environment(&self) -> [(&str, &OsStr); 2] {
        [
            ("WAYLAND_DISPLAY", OsStr::new(SOCKET)),
            ("XDG_RUNTIME_DIR", self.directory.path().as_os_str()),
        ]
    }
}

/// No panel, no animations, no lock of an idle screen; no repeated keys, since clients that are slow to
/// hear of a release would repeat them; and a window is moved as in openbox, by a drag
/// with Alt.
fn config() -> String {
    let background = BACKGROUND.replace('#', "0xff");
    format!(
        "[core]
idle-time=0
[keyboard]
repeat-rate=0
[shell]
panel-position=none
background-color={background}
locking=false
startup-animation=none
close-animation=none
binding-modifier=alt
"
    )
}

/// Waits until it has drawn its background, and gives it the mouse and the keyboard.
pub(super) fn wait_until_ready(display: &Display) {
    let wait_for_background = || {
        wait_for("the compositor", || {
            let (width, height) = server::SIZE;
            let area = display.screenshot().find(BACKGROUND)?;
            (area.width == width && area.height == height).then_some(())
        });
    };
    wait_for_background();
    let window = display.xdotool(&["search", "--classname", "^weston"]);
    // It learns from X where the pointer enters its window, and counts from there. If that was before it had a
    // screen, it counts from no number, and is wrong for good. So the pointer enters once more.
    display.xdotool(&["windowunmap", "--sync", &window]);
    display.xdotool(&["windowmap", "--sync", &window]);
    wait_for_background();
    display.xdotool(&["windowfocus", "--sync", &window]);
}
