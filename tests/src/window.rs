//! A window on the screen, as its user sees it.

use crate::display::Display;
use crate::wait_for;

/// A window that the window manager shows, found by its title.
#[derive(Clone, Debug)]
pub struct ScreenWindow<'a> {
    display: &'a Display,
    id: String,
}

impl<'a> ScreenWindow<'a> {
    pub(crate) fn find(display: &'a Display, title: &str) -> ScreenWindow<'a> {
        let pattern = format!("^{title}$");
        let id = wait_for(&format!("a window {title:?}"), || {
            let search = ["search", "--onlyvisible", "--name", &pattern];
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
        let (x, y) = (x.to_string(), y.to_string());
        self.display
            .xdotool(&["mousemove", "--window", &self.id, &x, &y]);
        self.display.xdotool(&["click", "1"]);
    }

    /// Gives the window the keyboard, and waits until it has it.
    pub fn activate(&self) {
        self.display
            .xdotool(&["windowactivate", "--sync", &self.id]);
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
        self.display.xdotool(&[
            "windowmove",
            "--sync",
            &self.id,
            &x.to_string(),
            &y.to_string(),
        ]);
    }

    /// Has the window manager give the content area a size.
    pub fn resize(&self, width: u32, height: u32) {
        let (width, height) = (width.to_string(), height.to_string());
        self.display
            .xdotool(&["windowsize", "--sync", &self.id, &width, &height]);
    }

    /// Has the window manager put the window away.
    pub fn minimize(&self) {
        self.display.xdotool(&["windowminimize", &self.id]);
    }

    /// Properties of the window as `xprop` prints them.
    pub fn properties(&self) -> String {
        let output = self.display.output("xprop", &["-id", &self.id]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The width and height of the content area.
    pub fn size(&self) -> (u32, u32) {
        let geometry = self
            .display
            .xdotool(&["getwindowgeometry", "--shell", &self.id]);
        let value = |name: &str| {
            let line = geometry.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|value| value.parse().ok())
                .expect("xdotool tells a geometry")
        };
        (value("WIDTH="), value("HEIGHT="))
    }
}
