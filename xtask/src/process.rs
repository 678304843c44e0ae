//! Child processes that cannot outlive this one's interest in them, and waits that end.

use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What every step returns: its failure is one line for the user.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How often a wait looks again.
const POLL: Duration = Duration::from_millis(50);

/// A running child process; dropping it kills and reaps the child.
pub(crate) struct Running {
    name: String,
    child: Child,
}

impl Running {
    /// Starts a command.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = program_name(command);
        match command.spawn() {
            Ok(child) => Ok(Self { name, child }),
            Err(error) => Err(format!("could not start {name}: {error}").into()),
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The child's standard output, if it was piped and not taken before.
    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The child's standard error, if it was piped and not taken before.
    pub(crate) fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Fails if the child has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("{} ended too early: {status}", self.name).into()),
        }
    }

    /// Waits for the child to end, however long that takes.
    pub(crate) fn wait_to_end(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Waits for the child to end.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("{} to end", self.name);
        poll(limit, &what, || Ok(self.child.try_wait()?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a child that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls `probe` until it gives a value or fails, for at most about `limit`.
pub(crate) fn poll<T>(
    limit: Duration,
    what: &str,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = probe()? {
            return Ok(value);
        }
        if start.elapsed() >= limit {
            return Err(format!("waited {} s for {what}, in vain", limit.as_secs()).into());
        }
        thread::sleep(POLL);
    }
}

/// Runs a command to its end and returns its exit status and standard output.
pub(crate) fn capture(command: &mut Command, limit: Duration) -> Result<(ExitStatus, Vec<u8>)> {
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let mut stdout = running.stdout().ok_or("the standard output is not piped")?;
    // Read beside the wait: a full pipe would otherwise keep the child from ending.
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let status = running.wait(limit)?;
    let bytes: io::Result<Vec<u8>> = reader
        .join()
        .map_err(|_| "reading a command's output failed")?;
    Ok((status, bytes?))
}

/// Whether a command runs and succeeds, whatever it prints.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    capture(command.stderr(Stdio::null()), Duration::from_secs(10))
        .is_ok_and(|(status, _)| status.success())
}

/// A command as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let mut line = program_name(command);
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// The program's name without its folder.
fn program_name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_ends_with_a_value_a_failure_or_the_limit() {
        let mut calls = 0;
        let value = poll(Duration::from_secs(60), "three calls", || {
            calls += 1;
            Ok((calls == 3).then_some(calls))
        });
        assert_eq!(value.expect("a value"), 3);

        let failure = poll::<()>(Duration::from_secs(60), "x", || Err("broken".into()));
        assert_eq!(failure.expect_err("a failure").to_string(), "broken");

        let timeout = poll::<()>(Duration::ZERO, "rain", || Ok(None));
        assert_eq!(
            timeout.expect_err("a timeout").to_string(),
            "waited 0 s for rain, in vain"
        );
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let error = Running::start(&mut Command::new("no-such-program")).err();
        let message = error.expect("an error").to_string();
        assert!(message.starts_with("could not start no-such-program: "));
    }

    #[cfg(unix)]
    #[test]
    fn output_and_status_are_captured_and_a_slow_command_is_given_up() {
        let mut shell = Command::new("sh");
        let (status, bytes) = capture(
            shell.args(["-c", "echo out; exit 3"]),
            Duration::from_secs(60),
        )
        .expect("a short command");
        assert_eq!((status.code(), bytes.as_slice()), (Some(3), &b"out\n"[..]));

        let slow = capture(Command::new("sleep").arg("600"), Duration::ZERO);
        let message = slow.expect_err("a timeout").to_string();
        assert_eq!(message, "waited 0 s for sleep to end, in vain");
    }

    #[test]
    fn a_command_is_described_without_its_folder() {
        let mut command = Command::new("/opt/bin/cargo");
        command.args(["build", "-p", "host"]);
        assert_eq!(describe(&command), "cargo build -p host");
    }
}
