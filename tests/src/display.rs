//! A display with a window manager, for one test alone.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::NamedTempFile;

use crate::app::{RunningApp, User};
use crate::wait_for;

/// A virtual X display, 1280 by 800, with openbox on it. Both end with it.
#[derive(Debug)]
pub struct Display {
    name: String,
    // Dropped in this order.
    _manager: Process,
    _manager_config: NamedTempFile,
    _server: Process,
}

/// The system's configuration of openbox.
const OPENBOX_CONFIG: &str = "/etc/xdg/openbox/rc.xml";

/// What is added to it: keys for what its users do with menus.
const OPENBOX_KEYS: &str = r#"<keyboard>
<keybind key="W-f"><action name="ToggleFullscreen"/></keybind>
<keybind key="W-m"><action name="ToggleMaximize"/></keybind>
<keybind key="W-t"><action name="ToggleAlwaysOnTop"/></keybind>
"#;

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
        let config = manager_config();
        let manager = Command::new("openbox")
            .arg("--config-file")
            .arg(config.path())
            .env("DISPLAY", &name)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox is installed");
        let display = Display {
            name,
            _manager: Process(manager),
            _manager_config: config,
            _server: server,
        };
        wait_for("the window manager", || {
            let root = display.output("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]);
            String::from_utf8_lossy(&root.stdout)
                .contains("window id")
                .then_some(())
        });
        display.introduce_keyboard();
        display
    }

    /// The first key that xdotool presses brings its keyboard to the window manager's notice, which
    /// then grabs its keys anew; one that is pressed meanwhile would miss it. So here is a first
    /// key, and then a request, repeated since the manager may not take any yet.
    fn introduce_keyboard(&self) {
        self.xdotool(&["key", "Shift_L"]);
        wait_for("the window manager to take requests", || {
            // Both fail for as long as there is no manager to answer.
            self.output("xdotool", &["set_num_desktops", "1"]);
            let desktops = self.output("xdotool", &["get_num_desktops"]).stdout;
            (desktops.trim_ascii() == b"1").then_some(())
        });
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
        RunningApp::start(self, main.as_ref(), args, &[], None)
    }

    /// Runs an app with environment variables of its own on this display.
    pub fn run_in(&self, main: impl AsRef<Path>, env: &[(&str, &str)]) -> RunningApp<'_> {
        RunningApp::start(self, main.as_ref(), &[], env, None)
    }

    /// Runs an app with both on this display.
    pub fn run_with_in(
        &self,
        main: impl AsRef<Path>,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> RunningApp<'_> {
        RunningApp::start(self, main.as_ref(), args, env, None)
    }

    /// The same as another user, who must be able to read the app and run `host`.
    pub fn run_as(
        &self,
        user: User,
        main: impl AsRef<Path>,
        env: &[(&str, &str)],
    ) -> RunningApp<'_> {
        RunningApp::start(self, main.as_ref(), &[], env, Some(user))
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

    /// Has apps that start from now on show text for a screen with so many dots per inch; 96 are
    /// usual.
    ///
    /// # Panics
    /// When xprop fails.
    pub fn set_font_dpi(&self, dpi: u32) {
        let resources = format!("Xft.dpi:\t{dpi}\n");
        let property = ["-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER"];
        let output = self.output(
            "xprop",
            &[&["-root"], &property[..], &[&resources]].concat(),
        );
        assert!(output.status.success(), "{output:?}");
    }

    /// The color of one pixel of the screen, as `#RRGGBB`.
    ///
    /// # Panics
    /// When ImageMagick's `import` fails.
    pub fn pixel(&self, x: i32, y: i32) -> String {
        let place = format!("1x1+{x}+{y}");
        let output = self.output(
            "import",
            &["-window", "root", "-crop", &place, "-depth", "8", "txt:-"],
        );
        let text = String::from_utf8_lossy(&output.stdout);
        let color = text
            .split_whitespace()
            .find(|word| word.starts_with('#') && word.len() == 7);
        color
            .unwrap_or_else(|| panic!("no pixel: {output:?}"))
            .to_owned()
    }

    /// Runs a program on this display and waits for it.
    pub(crate) fn output(&self, program: &str, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .env("DISPLAY", &self.name)
            // Titles may have any letters.
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap_or_else(|error| panic!("{program} does not run: {error}"))
    }
}

fn manager_config() -> NamedTempFile {
    let config = fs::read_to_string(OPENBOX_CONFIG).expect("openbox is installed");
    let config = config.replacen("<keyboard>", OPENBOX_KEYS, 1);
    let file = NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), config).expect("a temporary file");
    file
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
