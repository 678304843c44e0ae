//! `demo`: the complete example, on the display that is there or on one nobody sees.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::display::{self, Display};
use crate::engine::{Engine, Profile};
use crate::packages::{self, Purpose};
use crate::process::{Result, Running, poll};
use crate::screen::{Window, is_painted};
use crate::workspace;

/// The example's program, and what it is known to show.
const APP: &str = "tests/apps/complete-example/main.ts";
const TITLE: &str = "My App";
/// A point inside its button, from the top left corner of the page.
const BUTTON: (u32, u32) = (24, 18);
/// The channel of the answer to a click.
const RESPONSE: &str = "button-response";

const WINDOW_APPEARS: Duration = Duration::from_secs(60);
const PAGE_SETTLES: Duration = Duration::from_secs(30);
const RESPONSE_PASSES: Duration = Duration::from_secs(60);
const APP_ENDS: Duration = Duration::from_secs(30);
/// How long a click may remain without an answer before it is repeated.
const CLICK_ANSWERED: Duration = Duration::from_secs(5);
/// How far apart two pictures are taken to see whether the page still changes.
const BETWEEN_PICTURES: Duration = Duration::from_millis(250);

/// Builds the host and shows the complete example.
pub(crate) fn run(engine: Engine) -> Result<ExitCode> {
    let headless = cfg!(target_os = "linux") && !display::is_there();
    let mut purposes = vec![Purpose::Build];
    purposes.extend(headless.then_some(Purpose::Gui));
    purposes.extend(engine.purposes());
    packages::ensure(&purposes)?;
    engine.announce();
    let host = engine.build_host(Profile::Debug)?;
    if headless {
        let picture = show_headless(&host)?;
        println!("demo: passed; the picture is {}", picture.display());
        Ok(ExitCode::SUCCESS)
    } else {
        show(&host)
    }
}

/// Runs the example on the user's display until its window is closed.
fn show(host: &Path) -> Result<ExitCode> {
    let status = example(host)
        .status()
        .map_err(|error| format!("could not start {}: {error}", host.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs the example on a virtual display, uses it as a person would, and returns the picture.
fn show_headless(host: &Path) -> Result<PathBuf> {
    let display = Display::start()?;
    say(&format!("a virtual display is up: {}", display.name()));
    let mut app = App::start(host, &display)?;

    let window = poll(WINDOW_APPEARS, "the window", || {
        app.running.check()?;
        Window::find(&display, TITLE)
    })?;
    say(&format!("the window \"{TITLE}\" is there"));

    // Pointing changes how the button looks, so it comes before the first picture.
    window.point_at(BUTTON.0, BUTTON.1)?;
    let before = settled(&mut app, &window, is_painted)?;
    click_until_answered(&mut app, &window)?;
    settled(&mut app, &window, |pixels| pixels != before)?;
    // Always the same place, wherever cargo builds.
    let target = workspace::root().join("target");
    fs::create_dir_all(&target)?;
    let picture = target.join("demo.png");
    window.save(&picture)?;

    say("closing the window");
    window.press_close()?;
    let status = app.running.wait(APP_ENDS)?;
    if status.success() {
        Ok(picture)
    } else {
        Err(format!("the example did not end well: {status}").into())
    }
}

/// Clicks the button until the answer passes.
///
/// A click hits nothing as long as the page is not ready, which cannot be seen from outside.
fn click_until_answered(app: &mut App, window: &Window<'_>) -> Result<()> {
    poll(RESPONSE_PASSES, "the answer to a click", || {
        say("clicking the button");
        window.click()?;
        Ok(app.answers_within(CLICK_ANSWERED)?.then_some(()))
    })
}

/// Waits until the window no longer changes and shows what is expected.
fn settled(
    app: &mut App,
    window: &Window<'_>,
    expected: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>> {
    let mut last = Vec::new();
    poll(PAGE_SETTLES, "the page to be painted", || {
        app.running.check()?;
        thread::sleep(BETWEEN_PICTURES);
        let now = window.pixels()?;
        let done = now == last && expected(&now);
        last = now;
        Ok(done.then(|| last.clone()))
    })
}

/// The running example, whose log lines are printed as they pass.
struct App {
    running: Running,
    lines: Receiver<String>,
}

impl App {
    fn start(host: &Path, display: &Display) -> Result<Self> {
        let mut command = example(host);
        display
            .client(&mut command)
            .env("GDK_BACKEND", "x11")
            // There is no desktop session, hence no accessibility bus to look for.
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let stderr = running.stderr().ok_or("the log is not piped")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // The pipe is read to its end whatever is in it, lest the example wait for us.
            let lines = BufReader::new(stderr).split(b'\n');
            for line in lines.map_while(std::io::Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                eprintln!("{line}");
                // Nobody waits for a line any more once the demo has failed.
                let _ = sender.send(line);
            }
        });
        Ok(Self { running, lines })
    }

    /// Waits for the answer to pass; `false` if it does not.
    fn answers_within(&mut self, limit: Duration) -> Result<bool> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if is_response(&line) => return Ok(true),
                Ok(_) if !left.is_zero() => {}
                Ok(_) | Err(RecvTimeoutError::Timeout) => return Ok(false),
                Err(RecvTimeoutError::Disconnected) => {
                    self.running.check()?;
                    return Err("the example closed its log".into());
                }
            }
        }
    }
}

/// The example with its messages traced, whatever else the user has asked to see.
fn example(host: &Path) -> Command {
    let filter = match env::var("RUST_LOG") {
        Ok(users) if !users.is_empty() => format!("{users},ipc=debug"),
        _ => "ipc=debug".to_owned(),
    };
    let mut command = Command::new(host);
    command
        .arg(workspace::root().join(APP))
        .env("RUST_LOG", filter);
    command
}

fn say(what: &str) {
    println!("demo: {what}");
}

/// Whether a log line tells of the answer; the log's target is `ipc`.
fn is_response(line: &str) -> bool {
    line.contains("ipc") && line.contains(RESPONSE)
}
