//! A window on the screen, as its user sees it.

use crate::display::Display;
use crate::wait_for;

/// A window of an app, found by its title.
#[derive(Clone, Debug)]
pub struct ScreenWindow<'a> {
    display: &'a Display,
    id: String,
}

impl<'a> ScreenWindow<'a> {
    /// The window that the screen shows under this title.
    pub(crate) fn find(display: &'a Display, title: &str) -> ScreenWindow<'a> {
        ScreenWindow::search(display, title, &["--onlyvisible"])
    }

    /// The same, or one that is not on the screen.
    pub(crate) fn find_hidden(display: &'a Display, title: &str) -> ScreenWindow<'a> {
        ScreenWindow::search(display, title, &[])
    }

    fn search(display: &'a Display, title: &str, options: &[&str]) -> ScreenWindow<'a> {
        let pattern = format!("^{title}$");
        let id = wait_for(&format!("a window {title:?}"), || {
            let search = [&["search"], options, &["--name", &pattern]].concat();
            let found = display.output("xdotool", &search).stdout;
            String::from_utf8_lossy(&found)
                .lines()
                .next()
                .map(str::to_owned)
        });
        ScreenWindow { display, id }
    }

    /// Presses and releases the first mouse button at a place in the content area.
    pub fn click(&self, x: i32, y: i32) {
        self.point_at(x, y);
        self.display.xdotool(&["click", "1"]);
    }

    /// Moves the mouse pointer to a place in the content area, or out of it.
    pub fn point_at(&self, x: i32, y: i32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.display
            .xdotool(&["mousemove", "--window", &self.id, &x, &y]);
    }

    /// Gives the window the keyboard, and waits until it has it.
    pub fn activate(&self) {
        // Activated once more, a window lets its keyboard go for a moment, which no user does.
        let active = self.display.output("xdotool", &["getactivewindow"]);
        if String::from_utf8_lossy(&active.stdout).trim() == self.id {
            return;
        }
        self.display
            .xdotool(&["windowactivate", "--sync", &self.id]);
    }

    /// Whether keys go to the page in it, as far as the X server is concerned. The window manager gives
    /// them to the window itself, and the app hands them on.
    pub fn page_has_keyboard(&self) -> bool {
        // Without `-f` it names the window that the focused one is in.
        let focused = self
            .display
            .output("xdotool", &["getwindowfocus", "-f"])
            .stdout;
        let focused = String::from_utf8_lossy(&focused).trim().parse::<u32>();
        let tree = self.display.output("xwininfo", &["-tree", "-id", &self.id]);
        let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
        let children = tree.split_once("child").map(|(_, children)| children);
        let names = children.unwrap_or_default().split_whitespace();
        let mut ids =
            names.filter_map(|name| u32::from_str_radix(name.strip_prefix("0x")?, 16).ok());
        focused.is_ok_and(|focused| ids.any(|id| id == focused))
    }

    /// Presses and releases keys, named as xdotool does, in the active window.
    pub fn keys(&self, keys: &[&str]) {
        self.activate();
        let args: Vec<_> = ["key"].iter().chain(keys).copied().collect();
        self.display.xdotool(&args);
    }

    /// Types text in the active window.
    pub fn type_text(&self, text: &str) {
        self.activate();
        self.display.xdotool(&["type", text]);
    }

    /// Closes the window as its user would: through the window manager.
    pub fn close(&self) {
        self.keys(&["alt+F4"]);
    }

    /// Has the window manager move the window's top left corner.
    pub fn move_to(&self, x: i32, y: i32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.display.xdotool(&["windowmove", &self.id, &x, &y]);
    }

    /// Has the window manager give the content area a size, or the nearest that it allows.
    pub fn resize(&self, width: u32, height: u32) {
        let (width, height) = (width.to_string(), height.to_string());
        self.display
            .xdotool(&["windowsize", &self.id, &width, &height]);
    }

    /// Has the window manager put the window away.
    pub fn minimize(&self) {
        self.display.xdotool(&["windowminimize", &self.id]);
    }

    /// Has the window manager have the window fill the screen, or not any more.
    pub fn toggle_fullscreen(&self) {
        self.keys(&["super+f"]);
    }

    /// Has the window manager maximize the window, or not any more.
    pub fn toggle_maximized(&self) {
        self.keys(&["super+m"]);
    }

    /// Has the window manager keep the window above others, or not any more.
    pub fn toggle_always_on_top(&self) {
        self.keys(&["super+t"]);
    }

    /// Whether the window manager says that the window has a state: `FULLSCREEN`, `ABOVE`,
    /// `MAXIMIZED_VERT`, …
    pub fn has_state(&self, state: &str) -> bool {
        let states = self.property("_NET_WM_STATE");
        let atom = format!("_NET_WM_STATE_{state}");
        states.split([',', ' ', '\n']).any(|word| word == atom)
    }

    /// Properties of the window as `xprop` prints them.
    pub fn properties(&self) -> String {
        let output = self.display.output("xprop", &["-id", &self.id]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// One property, as `xprop` prints it.
    pub fn property(&self, name: &str) -> String {
        let output = self.display.output("xprop", &["-id", &self.id, name]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Whether the display still knows the window, on the screen or not.
    pub fn exists(&self) -> bool {
        let info = self.display.output("xwininfo", &["-id", &self.id]);
        info.status.success()
    }

    /// Whether the window manager knows the window, as one that is on the screen or minimized.
    pub fn is_managed(&self) -> bool {
        self.property("WM_STATE").contains("window state:")
    }

    /// Whether it is on the screen, maybe under others.
    pub fn is_on_screen(&self) -> bool {
        self.info("Map State:") == "IsViewable"
    }

    /// The width and height of the content area, in pixels of the screen.
    pub fn size(&self) -> (u32, u32) {
        (self.number("Width:"), self.number("Height:"))
    }

    /// The top left corner of the content area, in pixels of the screen.
    pub fn content_position(&self) -> (i32, i32) {
        (
            self.number("Absolute upper-left X:"),
            self.number("Absolute upper-left Y:"),
        )
    }

    /// The top left corner of the window with its title bar and border.
    pub fn position(&self) -> (i32, i32) {
        let (x, y) = self.content_position();
        let (left, top) = self.frame();
        (x - left, y - top)
    }

    /// How far border and title bar reach out to the left of the content and above it.
    pub fn frame(&self) -> (i32, i32) {
        let extents = self.property("_NET_FRAME_EXTENTS");
        let numbers = extents.split_once('=').map_or("", |(_, numbers)| numbers);
        let numbers: Vec<i32> = numbers
            .split(',')
            .filter_map(|number| number.trim().parse().ok())
            .collect();
        match numbers[..] {
            [left, _right, top, _bottom] => (left, top),
            _ => panic!("not frame extents: {extents}"),
        }
    }

    /// Whether it is nearer to the viewer than another window.
    pub fn is_above(&self, other: &ScreenWindow<'_>) -> bool {
        // Bottom to top, in hexadecimal.
        let list = self
            .display
            .output("xprop", &["-root", "_NET_CLIENT_LIST_STACKING"]);
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let place = |window: &ScreenWindow<'_>| {
            let id: u64 = window.id.parse().expect("xdotool prints decimal ids");
            list.split([' ', ',', '\n'])
                .position(|word| word == format!("{id:#x}"))
        };
        place(self) > place(other)
    }

    /// The number of bits that a pixel of the window has.
    pub fn depth(&self) -> u32 {
        self.number("Depth:")
    }

    fn number<T: std::str::FromStr>(&self, label: &str) -> T {
        let text = self.info(label);
        match text.parse() {
            Ok(number) => number,
            Err(_) => panic!("{label} {text:?}"),
        }
    }

    /// What `xwininfo` prints after a label.
    fn info(&self, label: &str) -> String {
        let output = self.display.output("xwininfo", &["-id", &self.id]);
        let text = String::from_utf8_lossy(&output.stdout);
        let value = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(label));
        value
            .unwrap_or_else(|| panic!("{label} is not in {output:?}"))
            .trim()
            .to_owned()
    }
}
