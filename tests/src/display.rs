//! A display with a window manager or a Wayland compositor, for one test alone.

mod input;
mod openbox;
mod server;
mod weston;

use std::path::Path;
use std::process::{Child, Command, Output};

use crate::app::{RunningApp, User};
use crate::screenshot::{Area, Screenshot};
use crate::{wait, wait_for, wait_for_rest};
use openbox::Openbox;
use weston::Weston;

/// A virtual screen, 1280 by 800, and what manages the windows on it. All of it ends with this.
#[derive(Debug)]
pub struct Display {
    name: String,
    // Dropped in this order.
    manager: Manager,
    _server: Process,
}

/// What apps talk to, besides the X server or instead of it.
#[derive(Debug)]
enum Manager {
    Openbox { _running: Openbox },
    Weston(Weston),
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
    /// Starts an X server with openbox, and waits until both are there.
    ///
    /// # Panics
    /// When `Xvfb`, `openbox` or `xprop` are not installed or do not start.
    pub fn start() -> Display {
        let (name, server) = server::start();
        let display = Display {
            manager: Manager::Openbox {
                _running: Openbox::start(&name),
            },
            name,
            _server: server,
        };
        openbox::wait_until_ready(&display);
        display
    }

    /// Starts weston, which fills the screen of an X server of its own. Apps get to know only weston;
    /// input and screenshots go through the X server, and work as on a display with openbox. What is
    /// told of X windows ([`RunningApp::window`]) is not there.
    ///
    /// # Panics
    /// When `Xvfb` or `weston` are not installed or do not start.
    pub fn wayland() -> Display {
        Display::wayland_at(1)
    }

    /// The same with an integer scale factor of the screen.
    ///
    /// # Panics
    /// When `Xvfb` or `weston` are not installed or do not start.
    pub fn wayland_at(scale: i32) -> Display {
        let (name, server) = server::start();
        let display = Display {
            manager: Manager::Weston(Weston::start(&name, scale)),
            name,
            _server: server,
        };
        weston::wait_until_ready(&display);
        display
    }

    /// Whether apps on it talk Wayland.
    pub fn is_wayland(&self) -> bool {
        matches!(self.manager, Manager::Weston(_))
    }

    /// The value for `DISPLAY` of programs that send input and look at the screen. On a display with
    /// weston it is not that of apps.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Has a program that is not started yet open its windows on this display.
    pub fn set_environment(&self, command: &mut Command) {
        match &self.manager {
            Manager::Openbox { .. } => command
                .env("DISPLAY", &self.name)
                .env("GDK_BACKEND", "x11")
                .env_remove("WAYLAND_DISPLAY"),
            Manager::Weston(weston) => command
                .envs(weston.environment())
                .env("GDK_BACKEND", "wayland")
                .env_remove("DISPLAY"),
        };
        // Neither are the user's settings read, nor changed by dialogs that remember something.
        command.env("GSETTINGS_BACKEND", "memory");
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

    /// What the screen shows.
    ///
    /// # Panics
    /// When ImageMagick's `import` fails.
    pub fn screenshot(&self) -> Screenshot {
        let output = self.output("import", &["-window", "root", "-depth", "8", "rgb:-"]);
        assert!(output.status.success(), "{output:?}");
        Screenshot::new(server::SIZE, output.stdout)
    }

    /// The color of one pixel of the screen, as `#rrggbb`.
    ///
    /// # Panics
    /// When ImageMagick's `import` fails.
    pub fn pixel(&self, x: i32, y: i32) -> String {
        self.screenshot().pixel(x, y)
    }

    /// Waits until the screen shows this color, as `#rrggbb`, and until what has it does not move any
    /// more, and returns where it is.
    ///
    /// # Panics
    /// When it does not.
    pub fn find(&self, color: &str) -> Area {
        wait_for_rest(&format!("the color {color} on the screen"), || {
            self.screenshot().find(color)
        })
    }

    /// Waits until the screen shows something else than before, and does not change any more, and
    /// returns that.
    ///
    /// # Panics
    /// When it does not.
    pub fn changed_since(&self, before: &Screenshot) -> Screenshot {
        wait_for_rest("the screen to change", || {
            Some(self.screenshot()).filter(|now| now != before)
        })
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
