//! openbox, the window manager of an X display.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use super::{Display, Process, wait_for};

/// A running openbox.
#[derive(Debug)]
pub(super) struct Openbox {
    // Dropped in this order.
    _process: Process,
    _config: NamedTempFile,
}

/// The system's configuration of openbox.
const CONFIG: &str = "/etc/xdg/openbox/rc.xml";

/// What is added to it: keys for what its users do with menus.
const KEYS: &str = r#"<keyboard>
<keybind key="W-f"><action name="ToggleFullscreen"/></keybind>
<keybind key="W-m"><action name="ToggleMaximize"/></keybind>
<keybind key="W-t"><action name="ToggleAlwaysOnTop"/></keybind>
"#;

impl Openbox {
    /// Starts it on an X display, and does not wait until it is there.
    pub(super) fn start(display: &str) -> Openbox {
        let config = config();
        let process = Command::new("openbox")
            .arg("--config-file")
            .arg(config.path())
            .env("DISPLAY", display)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox is installed");
        Openbox {
            _process: Process(process),
            _config: config,
        }
    }
}

/// Waits until it manages windows, and knows the keyboard.
pub(super) fn wait_until_ready(display: &Display) {
    wait_for("the window manager", || {
        let root = display.output("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]);
        String::from_utf8_lossy(&root.stdout)
            .contains("window id")
            .then_some(())
    });
    introduce_keyboard(display);
}

/// The first key that xdotool presses brings its keyboard to the window manager's notice, which then
/// grabs its keys anew; one that is pressed meanwhile would miss it. So here is a first key, and then
/// a request, repeated since the manager may not take any yet.
fn introduce_keyboard(display: &Display) {
    display.xdotool(&["key", "Shift_L"]);
    wait_for("the window manager to take requests", || {
        // Both fail for as long as there is no manager to answer.
        display.output("xdotool", &["set_num_desktops", "1"]);
        let desktops = display.output("xdotool", &["get_num_desktops"]).stdout;
        (desktops.trim_ascii() == b"1").then_some(())
    });
}

fn config() -> NamedTempFile {
    let config = fs::read_to_string(CONFIG).expect("openbox is installed");
    let config = config.replacen("<keyboard>", KEYS, 1);
    let file = NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), config).expect("a temporary file");
    file
}
