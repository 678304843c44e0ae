//! Checks the wry backend, on the display that is there, by the rules for backends; xdotool is the
//! user. Prints what it breaks.

#![forbid(unsafe_code)]

use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use ipc_protocol::{WindowId, WindowSpec};
use webview_host::conformance::{Stage, check};
use webview_host::pages::Pages;
use webview_host::wry::{Bench, Desktop, Options};
use webview_host::{AppId, Backend, BackendEvent};

struct Screen(Bench);

impl Stage for Screen {
    fn with_backend(&mut self, call: &mut dyn FnMut(&mut dyn Backend)) {
        self.0.with_backend(call);
    }

    fn next_event(&mut self) -> Option<BackendEvent> {
        self.0.next_event()
    }

    fn close_as_user(&mut self, id: &WindowId) {
        let title = format!("^conformance {id}$");
        // Beside the event loop, since the window manager waits for the window's answers.
        thread::spawn(move || {
            let search = ["search", "--onlyvisible", "--name", &title];
            // It fails when another window goes while it searches.
            while !xdotool(&[&search[..], &["windowactivate", "--sync"]].concat()) {
                thread::sleep(Duration::from_millis(100));
            }
            xdotool(&["key", "alt+F4"]);
        });
    }

    fn unopenable(&mut self) -> WindowSpec {
        let mut spec = WindowSpec::default();
        spec.url = Some("missing.html".to_owned());
        spec
    }
}

fn xdotool(args: &[&str]) -> bool {
    let status = Command::new("xdotool").args(args).status();
    status.is_ok_and(|status| status.success())
}

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let pages = Pages::new(directory.path()).expect("a directory of pages");
    let options = Options::new(pages, directory.path().join("data"));
    let app = AppId::new("conformance").expect("an id");
    let desktop = Desktop::open(&app).expect("a display");
    let violations = check(&mut Screen(desktop.bench(options)));
    for violation in &violations {
        println!("{violation}");
    }
    println!("{} violations", violations.len());
    ExitCode::from(u8::from(!violations.is_empty()))
}
