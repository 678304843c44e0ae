//! A measured program: its lines with their times, and an end that comes whatever it does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::log::Log;

/// How often a wait looks whether the program still runs.
const POLL: Duration = Duration::from_millis(50);

/// How long a line may still be on its way once the program has ended.
const LAST_LINE: Duration = Duration::from_secs(1);

/// A running program; dropping it ends it.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<Line>,
    started: Instant,
    limit: Duration,
}

/// A line on the standard output of a program.
#[derive(Debug)]
pub(crate) struct Line {
    /// The line without its end.
    pub(crate) text: String,
    /// When it came, from the moment before the program was started.
    pub(crate) after: Duration,
}

impl Program {
    /// Starts a program that may take as long as `limit`.
    pub(crate) fn start(command: &mut Command, log: &Log, limit: Duration) -> Result<Self> {
        let stderr = log.for_program(&format!("{command:?}"))?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr);
        let started = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| format!("could not start it: {error}"))?;
        let stdout = child.stdout.take();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = stdout
                .into_iter()
                .flat_map(|out| BufReader::new(out).lines());
            for text in lines.map_while(std::io::Result::ok) {
                let after = started.elapsed();
                // Read to the end although nobody listens any more, lest the program wait for us.
                let _ = sender.send(Line { text, after });
            }
        });
        Ok(Self {
            child,
            lines,
            started,
            limit,
        })
    }

    /// The process that was started.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line; none when no more will come.
    pub(crate) fn line(&mut self) -> Result<Option<Line>> {
        loop {
            let wait = POLL.min(self.left()?);
            match self.lines.recv_timeout(wait) {
                Ok(line) => return Ok(Some(line)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            // A process that it left behind may hold the output open.
            if self.child.try_wait()?.is_some() {
                return Ok(self.lines.recv_timeout(LAST_LINE).ok());
            }
        }
    }

    /// Waits for it to end by itself, and well.
    pub(crate) fn finish(mut self) -> Result<()> {
        while self.line()?.is_some() {}
        let status = self.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("it failed: {status}").into())
        }
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(POLL.min(self.left()?));
        }
    }

    /// The time that it still has; fails when that is none.
    fn left(&self) -> Result<Duration> {
        let left = self.limit.saturating_sub(self.started.elapsed());
        if left.is_zero() {
            Err(format!("it did not end within {} s", self.limit.as_secs()).into())
        } else {
            Ok(left)
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only for one that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str, limit: Duration) -> Program {
        let name = format!("{}-errors", thread::current().name().unwrap_or("test"));
        let path = std::env::temp_dir().join(name.replace(':', "-"));
        let log = Log::create(&path).expect("a log");
        let mut command = Command::new("sh");
        let program = Program::start(command.args(["-c", script]), &log, limit);
        std::fs::remove_file(path).expect("the log");
        program.expect("a shell")
    }

    #[test]
    fn lines_come_in_order_with_their_times() {
        let mut program = shell("echo one; echo two; exit 0", LONG);
        let first = program.line().expect("no failure").expect("a line");
        let second = program.line().expect("no failure").expect("a line");
        assert_eq!((&*first.text, &*second.text), ("one", "two"));
        assert!(first.after <= second.after);
        assert!(program.line().expect("no failure").is_none());
        program.finish().expect("a good end");
    }

    #[test]
    fn a_bad_end_is_told() {
        let error = shell("echo one; exit 3", LONG).finish();
        let message = error.expect_err("a failure").to_string();
        assert!(message.starts_with("it failed: "), "{message}");
    }

    #[test]
    fn a_program_that_hangs_is_given_up_and_ended() {
        let mut program = shell("exec sleep 600", Duration::ZERO);
        let message = program.line().expect_err("no time").to_string();
        assert_eq!(message, "it did not end within 0 s");
        let pid = program.pid();
        drop(program);
        let mut kill = Command::new("kill");
        kill.args(["-0", &pid.to_string()]).stderr(Stdio::null());
        assert!(!kill.status().expect("kill starts").success());
    }

    #[test]
    fn output_that_another_process_holds_open_holds_nothing_up() {
        let mut program = shell("sleep 600 & echo $!; exit 0", LONG);
        let left_behind = program.line().expect("no failure").expect("a line").text;
        program.finish().expect("a good end");
        let killed = Command::new("kill").arg(left_behind).status();
        assert!(killed.expect("kill starts").success());
    }
}
