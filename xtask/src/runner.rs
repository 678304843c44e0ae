//! Running tests with cargo-nextest or plain cargo, whose output is shown and read at once.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use crate::process::{Result, Running, describe, succeeds};
use crate::totals::Totals;
use crate::workspace;

/// Every test is run, and no colour is in the way of reading what is printed.
const PLAIN: [&str; 3] = ["--no-fail-fast", "--color", "never"];

/// How long output may still come once the process that was started has ended.
const LAST_OUTPUT: Duration = Duration::from_secs(2);

/// What runs the tests.
#[derive(Clone, Copy)]
pub(crate) enum Runner {
    /// cargo-nextest, which runs each test in a process of its own.
    Nextest,
    /// What comes with cargo.
    Libtest,
}

impl Runner {
    /// The better one of those that are installed.
    pub(crate) fn find() -> Self {
        if succeeds(workspace::cargo().args(["nextest", "--version"])) {
            Self::Nextest
        } else {
            Self::Libtest
        }
    }

    /// Builds the selected crates' tests, runs them and adds them to `totals`; with `docs` the
    /// examples in their documentation too. `cargo` makes the command that all this starts from.
    ///
    /// Fails if something cannot be built, or if a run fails without saying which test did.
    pub(crate) fn run(
        self,
        cargo: impl Fn() -> Command,
        selection: &[&str],
        docs: bool,
        totals: &mut Totals,
    ) -> Result<()> {
        // On its own first: it tells a build that fails from tests that fail, and shows progress.
        let mut build = cargo();
        build.args(self.subcommand()).arg("--no-run");
        workspace::run(build.args(selection))?;

        let watched = |words: &[&str], totals: &mut Totals| {
            let mut command = cargo();
            command.args(words).args(PLAIN).args(selection);
            watch(&mut command, totals)
        };
        match self {
            Self::Libtest => watched(&["test"], totals),
            Self::Nextest => {
                let tests = watched(&["nextest", "run", "--no-tests=pass"], totals);
                // Nextest runs none of these.
                let examples = if docs {
                    watched(&["test", "--doc"], totals)
                } else {
                    Ok(())
                };
                tests.and(examples)
            }
        }
    }

    fn subcommand(self) -> &'static [&'static str] {
        match self {
            Self::Nextest => &["nextest", "run"],
            Self::Libtest => &["test"],
        }
    }
}

/// Runs a command, shows its output as it comes, and adds up the summaries in it.
fn watch(command: &mut Command, totals: &mut Totals) -> Result<()> {
    let line = describe(command);
    println!("$ {line}");
    let mut running = Running::start(
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let stdout = running.stdout().ok_or("the output is not piped")?;
    let stderr = running.stderr().ok_or("the errors are not piped")?;
    // libtest sums up on one of them, nextest on the other.
    let (sender, summaries) = mpsc::channel();
    let errors = sender.clone();
    thread::spawn(move || copy_and_read(stdout, io::stdout(), &sender));
    thread::spawn(move || copy_and_read(stderr, io::stderr(), &errors));

    let status = running.wait_to_end()?;
    let mut sum: Option<Totals> = None;
    // The end of the pipes may never come: a process that a test left behind may hold them.
    while let Ok(summary) = summaries.recv_timeout(LAST_OUTPUT) {
        *sum.get_or_insert_default() += summary;
    }
    let Some(sum) = sum else {
        return Err(format!("`{line}` told of no tests: {status}").into());
    };
    *totals += sum;
    if !status.success() && sum.failed == 0 {
        return Err(format!("`{line}` failed, though no test did: {status}").into());
    }
    Ok(())
}

/// Copies lines as they come, and sends on the summaries among them.
fn copy_and_read(
    from: impl Read,
    mut to: impl Write,
    summaries: &Sender<Totals>,
) -> io::Result<()> {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        if let Some(summary) = Totals::from_line(&String::from_utf8_lossy(&line)) {
            // The receiver is there until the pipes close or are given up.
            let _ = summaries.send(summary);
        }
        line.clear();
    }
    Ok(())
}
