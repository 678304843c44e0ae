//! A running app.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tempfile::TempDir;

use crate::display::{Display, Process};
use crate::window::ScreenWindow;
use crate::{host_binary, wait, wait_for};

/// An app run by the real `host` on a [`Display`]. Killed when dropped, if it has not ended.
#[derive(Debug)]
pub struct RunningApp<'a> {
    display: &'a Display,
    process: Process,
    stdout: Lines,
    stderr: Lines,
    /// Its home: no test sees what another one left in caches and storage.
    _home: TempDir,
}

/// Another user than the one who runs the tests, which takes root.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// Of the user.
    pub id: u32,
    /// Of the user's only group.
    pub group: u32,
}

/// The lines a process has printed, with how many a test has taken.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<'a> RunningApp<'a> {
    pub(crate) fn start(
        display: &'a Display,
        main: &Path,
        args: &[&str],
        env: &[(&str, &str)],
        user: Option<User>,
    ) -> RunningApp<'a> {
        let home = tempfile::tempdir().expect("a temporary directory");
        let mut host = Command::new(host_binary());
        if let Some(user) = user {
            chown(home.path(), Some(user.id), Some(user.group)).expect("root may give it away");
            host.uid(user.id).gid(user.group);
        }
        display.set_environment(&mut host);
        let mut child = host
            .arg(main)
            .args(args)
            .env("HOME", home.path())
            .env("RUST_LOG", "warn,ipc=debug")
            .env("NO_COLOR", "1")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CACHE_HOME")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("host starts");
        let stdout = Lines::read(child.stdout.take().expect("stdout is piped"));
        let stderr = Lines::read(child.stderr.take().expect("stderr is piped"));
        RunningApp {
            display,
            process: Process(child),
            stdout,
            stderr,
            _home: home,
        }
    }

    /// The display it is on.
    pub fn display(&self) -> &'a Display {
        self.display
    }

    /// The process id of `host`.
    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Waits until the app has printed a line that contains `text`, and returns the line.
    ///
    /// # Panics
    /// When it does not, or ends before.
    pub fn expect_line(&mut self, text: &str) -> String {
        self.wait_for_line(text, |app| app.stdout.find(text))
    }

    /// The same for a line on stderr: errors, and messages as they pass (`from window`,
    /// `to window`).
    ///
    /// # Panics
    /// When it does not come, or the app ends before.
    pub fn expect_error_line(&mut self, text: &str) -> String {
        self.wait_for_line(text, |app| app.stderr.find(text))
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.all()
    }

    /// What it has printed on stderr so far.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.all()
    }

    /// Waits for the window with this title to be on the screen.
    ///
    /// # Panics
    /// When there is none.
    pub fn window(&self, title: &str) -> ScreenWindow<'a> {
        ScreenWindow::find(self.display, title)
    }

    /// The same for a window that may be hidden.
    ///
    /// # Panics
    /// When there is none.
    pub fn hidden_window(&self, title: &str) -> ScreenWindow<'a> {
        ScreenWindow::find_hidden(self.display, title)
    }

    /// Its processes for pages and network, by their ids.
    pub fn child_pids(&self) -> Vec<u32> {
        let processes = std::fs::read_dir("/proc").expect("a process file system");
        let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter(|pid| status_of(*pid, "PPid:") == Some(self.pid().into()))
            .collect()
    }

    /// Its processes for pages, in the order in which they started: one for each window.
    pub fn page_pids(&self) -> Vec<u32> {
        let is_page = |pid: &u32| {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            // The kernel keeps 15 bytes of it.
            name.trim_end() == "WebKitWebProces"
        };
        let mut pages: Vec<_> = self.child_pids().into_iter().filter(is_page).collect();
        pages.sort_by_key(|pid| started(*pid));
        pages
    }

    /// Kills the processes of its pages, as a crash would.
    ///
    /// # Panics
    /// When there is none, or it cannot be killed.
    pub fn kill_pages(&self) {
        let pages = self.page_pids();
        assert!(!pages.is_empty(), "no process of a page");
        for pid in pages {
            signal(pid, "KILL");
        }
    }

    /// Sends a signal to `host` itself: `TERM`, `INT`, ...
    ///
    /// # Panics
    /// When it cannot be sent.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// The most memory that `host` itself has had at once, in bytes.
    pub fn host_peak_memory(&self) -> u64 {
        status_of(self.pid(), "VmHWM:").unwrap_or(0) * 1024
    }

    /// The most memory that any of its processes has had at once, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let pids = self.child_pids().into_iter().chain([self.pid()]);
        let peaks = pids.filter_map(|pid| status_of(pid, "VmHWM:"));
        peaks.max().unwrap_or(0) * 1024
    }

    /// Waits for the app to end, and returns all it printed.
    ///
    /// # Panics
    /// When it does not end, or with another code.
    pub fn expect_exit(mut self, code: i32) -> (Vec<String>, Vec<String>) {
        let status = wait(|| self.process.0.try_wait().expect("a child"));
        let status = status.unwrap_or_else(|| self.fail("waited in vain for the app to end"));
        // The pipes end with the process, and all it printed is in them.
        let printed = (self.stdout.at_end(), self.stderr.at_end());
        assert_eq!(status.code(), Some(code), "{status}; printed {printed:#?}");
        printed
    }

    /// Waits for the app to end by itself, and returns all it printed on stdout.
    ///
    /// # Panics
    /// When it does not end, or fails.
    pub fn finish(self) -> Vec<String> {
        self.expect_exit(0).0
    }

    fn wait_for_line(&mut self, text: &str, find: impl Fn(&Self) -> Option<String>) -> String {
        let mut ended = false;
        let found = wait(|| {
            // Ended before the look: then nothing more comes after it.
            let has_ended = ended;
            ended = self.process.0.try_wait().expect("a child").is_some();
            match find(self) {
                Some(line) => Some(Ok(line)),
                None if has_ended && self.stdout.has_ended() && self.stderr.has_ended() => {
                    Some(Err(()))
                }
                None => None,
            }
        });
        match found {
            Some(Ok(line)) => line,
            Some(Err(())) => self.fail(&format!("ended before the line {text:?}")),
            None => self.fail(&format!("waited in vain for the line {text:?}")),
        }
    }

    fn fail(&self, problem: &str) -> ! {
        panic!("{problem}")
    }
}

/// A test that fails shows what its app has printed, and whether it has ended.
impl Drop for RunningApp<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let ended = self.process.0.try_wait();
            let printed = (self.stdout(), self.stderr());
            eprintln!("the app of the failed test: ended {ended:?}, printed {printed:#?}");
        }
    }
}

/// Sends a signal to a process.
///
/// # Panics
/// When it cannot be sent.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.expect("kill starts").success(), "{pid}: no {name}");
}

/// Waits until none of these processes runs any more.
///
/// # Panics
/// When one does not end.
pub fn expect_gone(pids: &[u32]) {
    wait_for("the end of all processes", || {
        let is_gone = |pid: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
            // One that has ended may wait for whoever is to hear of it.
            status.map_or(true, |status| {
                status.contains(
                    "
State:	Z",
                )
            })
        };
        pids.iter().all(is_gone).then_some(())
    });
}

/// When a process started, in the system's clock ticks.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After its name, which is in parentheses, it is the twentieth.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

/// A number in what the system tells of a process; `None` when there is no such process.
fn status_of(pid: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(field))?;
    value.split_whitespace().next()?.parse().ok()
}

impl Lines {
    fn read(pipe: impl Read + Send + 'static) -> Lines {
        let lines = Lines::default();
        let sink = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                sink.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        lines
    }

    fn find(&self, text: &str) -> Option<String> {
        self.all().into_iter().find(|line| line.contains(text))
    }

    fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether the pipe is at its end: the reading thread has let go of the lines.
    fn has_ended(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    fn at_end(&self) -> Vec<String> {
        wait_for("the end of the output", || self.has_ended().then_some(()));
        self.all()
    }
}
