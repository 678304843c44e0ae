//! Pages and frames that attack at random, and a page beside them that must not notice.
//!
//! It fails if
//!
//! - the host ends, or says nothing for [`SILENCE`];
//! - the page of the victim ends, or a question of it fails;
//! - the host makes the victim wait for more than 100 ms: [`stalls`] says what counts;
//! - the last rounds hold more memory, processes, threads or descriptors than the first;
//! - the host logs more than [`LOG`] for a round.
//!
//! Some acts stall WebKitGTK by itself, with no host in it; kinds.ts of the app has their list. Every
//! fourth round has some of them, and slow answers are told there and are no stalls. Every fourth has
//! messages of the largest sizes: there the time is excused for which the script runs, and the main
//! thread may take 250 ms.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::sample::{Family, Sample, compare, kill};
use super::{ENDS, SETTLES, Stage};
use crate::process::{Result, Running};
use crate::workspace;

mod line;
mod stalls;
mod threads;

use line::{Act, Line, Round, Wait};
use stalls::{Slow, Waits};
use threads::Watcher;

/// The app, which has to be laid out before it can run.
const APP: &str = "tests/apps/abuse";
/// The file that its pages request, and its size. It is not in the repository.
const BIG: (&str, u64) = ("big.bin", 100_000_000);

/// How long the app may say nothing: the victim tells of its waits each second, and a machine that is
/// busy with attackers is slow.
const SILENCE: Duration = Duration::from_secs(60);
/// The acts that are remembered, and those that a slow answer tells: what was ordered in so many
/// milliseconds before it.
const REMEMBERED: usize = 20;
const BEFORE: u64 = 5_000;
/// Bytes of log that a round may cause.
const LOG: u64 = 1024 * 1024;

/// Runs the app for so many minutes, and returns what is wrong.
pub(super) fn run(stage: &Stage, minutes: u32, seed: u32) -> Result<Vec<String>> {
    let folder = workspace::target_dir().join("soak");
    let app_folder = folder.join("abuse");
    lay_out(&app_folder)?;
    let log = folder.join("abuse.log");
    println!("abuse: --seed {seed}; the log is {}", log.display());

    let mut command = stage.command(&app_folder.join("main.ts"), &[minutes, seed]);
    let mut app = Running::start(command.stderr(File::create(&log)?))?;
    let mut watch = Watch::new(app.pid(), log);
    if let Err(error) = watch.follow(&mut app) {
        println!("abuse: {error}; the last acts before, of --seed {seed}:");
        for act in &watch.last {
            println!("  {act}");
        }
        watch.failures.push(error.to_string());
    } else if let Err(error) = compare(&watch.samples).map(|kept| watch.failures.extend(kept)) {
        watch.failures.push(error.to_string());
    }
    watch.summary();
    Ok(watch.failures)
}

/// Copies the app, since its big file has no place among the sources.
fn lay_out(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    copy(&workspace::root().join(APP), folder)?;
    // It has a size, and takes no room on the disk.
    Ok(File::create(folder.join(BIG.0))?.set_len(BIG.1)?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copied = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &copied)?;
        } else {
            fs::copy(entry.path(), copied)?;
        }
    }
    Ok(())
}

/// What has been seen of the app.
struct Watch {
    host: u32,
    log: PathBuf,
    logged: u64,
    /// The process of the victim's page, and the threads on the way of its questions.
    victim: Option<(u32, Watcher)>,
    pages: Pages,
    /// This round and the one before, and when that was over: milliseconds since 1970.
    round: Round,
    before: Round,
    before_until: u64,
    last: VecDeque<Act>,
    kinds: BTreeMap<String, Kind>,
    /// Of the acts that have not begun.
    ordered: BTreeMap<u64, String>,
    waits: Waits,
    samples: Vec<Sample>,
    most_kib: u64,
    failures: Vec<String>,
}

/// The pages whose processes may be killed.
///
/// WebKit waits for a process that it starts to tell its number, and ends the host if the process ends
/// before: no page can bring that about. It has told once the main thread has answered a question that
/// was asked after the process was seen.
#[derive(Default)]
struct Pages {
    started: Vec<u32>,
    seen: Vec<u32>,
    /// Milliseconds since 1970.
    seen_at: u64,
}

impl Pages {
    /// Looks at those that there are, if a question that was asked since the last look is answered.
    fn look(&mut self, asked: u64, pages: impl FnOnce() -> Vec<u32>) {
        if asked > self.seen_at {
            self.started = std::mem::replace(&mut self.seen, pages());
            self.seen_at = threads::now() / 1_000;
        }
    }
}

/// How often an act was ordered, and how often the page or the frame came to it.
#[derive(Default)]
struct Kind {
    ordered: u64,
    begun: u64,
}

impl Watch {
    fn new(host: u32, log: PathBuf) -> Watch {
        Watch {
            host,
            log,
            logged: 0,
            victim: None,
            pages: Pages::default(),
            round: Round::Host,
            before: Round::Host,
            before_until: 0,
            last: VecDeque::new(),
            kinds: BTreeMap::new(),
            ordered: BTreeMap::new(),
            waits: Waits::default(),
            samples: Vec::new(),
            most_kib: 0,
            failures: Vec::new(),
        }
    }

    /// Reads what the app prints until it is over and has ended well.
    fn follow(&mut self, app: &mut Running) -> Result<()> {
        let lines = lines(app.stdout().ok_or("the output is not piped")?);
        println!("round  processes  threads  descriptors  host KiB  pages KiB");
        loop {
            match lines.recv_timeout(SILENCE) {
                Ok(line) => match Line::parse(&line?) {
                    Line::Over => break,
                    // That the host has ended says more than what cannot be read of it.
                    line => self.take(line).map_err(|error| match app.check() {
                        Ok(()) => error,
                        Err(end) => end,
                    })?,
                },
                Err(RecvTimeoutError::Timeout) => {
                    return Err(
                        format!("the host hangs: silent for {} s", SILENCE.as_secs()).into(),
                    );
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = app.wait(ENDS)?;
                    return Err(format!("the host ended: {status}").into());
                }
            }
        }
        // It reads the times of processes that are about to go.
        self.victim = None;
        let status = app.wait(ENDS)?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("the host did not end well: {status}").into()),
        }
    }

    fn take(&mut self, line: Line) -> Result<()> {
        match line {
            Line::Ready => {
                let pages = Family::of(self.host)?.pages();
                let &[page] = pages.as_slice() else {
                    return Err(format!("{} pages where only the victim's is", pages.len()).into());
                };
                self.victim = Some((page, Watcher::start(self.host, page)?));
            }
            Line::Round(round) => {
                self.before = std::mem::replace(&mut self.round, round);
                self.before_until = threads::now() / 1_000;
            }
            Line::Act(act) => self.act(act),
            Line::Begun(number) => {
                let kind = self.ordered.remove(&number);
                if let Some(kind) = kind.and_then(|kind| self.kinds.get_mut(&kind)) {
                    kind.begun += 1;
                }
            }
            Line::Waits(waits) => {
                let newest = waits.iter().map(|wait| wait.asked).max();
                for wait in waits {
                    self.wait(wait);
                }
                let family = Family::of(self.host)?;
                // The host may have ended since, as it should.
                self.most_kib = self.most_kib.max(family.host_kib().unwrap_or_default());
                self.pages
                    .look(newest.unwrap_or_default(), || family.pages());
            }
            Line::Kill => self.kill_attacker()?,
            Line::Quiet => self.quiet()?,
            Line::Failed(what) => return Err(what.into()),
            Line::Over => {}
            Line::Other(line) => println!("abuse: {line}"),
        }
        Ok(())
    }

    /// Kills the newest page's process of an attacker. There may be none that still runs.
    fn kill_attacker(&self) -> Result<()> {
        let victim = self.victim.as_ref().map(|(page, _)| *page);
        let running = Family::of(self.host)?.pages();
        let may = |page: &u32| Some(*page) != victim && self.pages.started.contains(page);
        running.into_iter().rfind(may).map(kill);
        Ok(())
    }

    fn act(&mut self, act: Act) {
        let kind = self.kinds.entry(act.kind.clone()).or_default();
        kind.ordered += 1;
        // The script does its own at once.
        match &*act.place {
            "script" => kind.begun += 1,
            _ => drop(self.ordered.insert(act.number, act.kind.clone())),
        }
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(act);
    }

    fn wait(&mut self, wait: Wait) {
        let Some((_, watcher)) = &self.victim else {
            return;
        };
        let round = match wait.asked < self.before_until {
            true => self.before,
            false => self.round,
        };
        let last = &self.last;
        let slow = self.waits.add(wait, |wait| {
            let moments = watcher.around(wait.asked * 1_000, wait.answered() * 1_000);
            let recent = |act: &&Act| {
                act.at <= wait.answered() && act.at.saturating_add(BEFORE) >= wait.asked
            };
            let acts = last.iter().filter(recent).cloned().collect();
            Slow::new(wait, &moments, acts, round)
        });
        if let Some(slow) = slow {
            println!("{slow}");
        }
    }

    fn quiet(&mut self) -> Result<()> {
        thread::sleep(SETTLES);
        let sample = Family::of(self.host)?.sample()?;
        self.samples.push(sample);
        println!("{:5}  {sample}", self.samples.len());
        let logged = fs::metadata(&self.log)?.len();
        let more = logged.saturating_sub(self.logged);
        self.logged = logged;
        if more > LOG {
            self.failures.push(format!(
                "{more} bytes of log in round {}",
                self.samples.len()
            ));
        }
        Ok(())
    }

    /// Prints what was done and seen, and adds the stalls to what is wrong.
    fn summary(&mut self) {
        println!("abuse: acts that began, of those that were ordered:");
        for (name, Kind { ordered, begun }) in &self.kinds {
            println!("  {name:20} {begun:5} of {ordered:5}");
        }
        let acts: u64 = self.kinds.values().map(|kind| kind.ordered).sum();
        println!(
            "abuse: {} rounds, {acts} acts; the host held {} KiB at most, and logged {} bytes",
            self.samples.len(),
            self.most_kib,
            self.logged
        );
        println!("abuse: {}", self.waits);
        let stalls: Vec<_> = self.waits.stalls().collect();
        if let Some(worst) = stalls.iter().max_by_key(|slow| slow.hosts) {
            let count = stalls.len();
            self.failures
                .push(format!("{count} stalls, the worst:\n{worst}"));
        }
    }
}

/// The lines of an app, read beside the waits for them.
fn lines(stdout: ChildStdout) -> Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            // Nobody may want them any more.
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
