//! Ours: the app in `bench/app`, run by one of our hosts.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::log::Log;
use crate::processes::{Activity, memory_of_family};
use crate::program::{Line, Program};
use crate::{Result, Values, json};

/// The app, as TypeScript.
const APP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/app/main.ts");

const ROWS_LIMIT: Duration = Duration::from_secs(300);
const START_LIMIT: Duration = Duration::from_secs(60);
const IDLE_LIMIT: Duration = Duration::from_secs(150);
const GROWTH_LIMIT: Duration = Duration::from_secs(600);

/// How long an app may finish what its start has left to do, before its idleness is measured.
const STARTED: Duration = Duration::from_secs(60);
/// How long idleness is measured.
const IDLE: Duration = Duration::from_secs(20);
/// When memory is read, after the app has said that it rests; it does for four seconds.
const RESTS: Duration = Duration::from_secs(2);
/// When memory is read the second time.
const RESTED: Duration = Duration::from_secs(3);

const KIB_PER_MIB: f64 = 1024.0;

/// A host that runs the app.
pub(crate) struct Ours<'a> {
    /// The host's binary.
    pub(crate) host: &'a Path,
    /// For what the host says of its errors.
    pub(crate) log: &'a Log,
}

impl Ours<'_> {
    /// All that the app times itself. Values that came before a failure are kept.
    pub(crate) fn rows(&self, values: &mut Values) -> Result<()> {
        let mut program = self.start("rows", ROWS_LIMIT)?;
        while let Some(line) = program.line()? {
            if let Some(object) = json::object(&line.text) {
                json::take_numbers(&object, values);
            }
        }
        program.finish()
    }

    /// The time to the first message of one window.
    pub(crate) fn first(&self, values: &mut Values) -> Result<()> {
        self.first_of("start", "first_ms", values)
    }

    /// The time to the first message of a ninth window.
    pub(crate) fn first_of_nine(&self, values: &mut Values) -> Result<()> {
        self.first_of("start9", "first9_ms", values)
    }

    fn first_of(&self, task: &str, name: &str, values: &mut Values) -> Result<()> {
        let mut program = self.start(task, START_LIMIT)?;
        let line = wait_for(&mut program, "first")?;
        program.finish()?;
        values.insert(name.to_owned(), line.after.as_secs_f64() * 1e3);
        Ok(())
    }

    /// What an app costs that does nothing.
    pub(crate) fn idle(&self, values: &mut Values) -> Result<()> {
        let mut program = self.start("idle", IDLE_LIMIT)?;
        wait_for(&mut program, "idle")?;
        let pid = program.pid();
        thread::sleep(STARTED);
        let earlier = Activity::of(pid)?;
        thread::sleep(IDLE);
        let later = Activity::of(pid)?;
        let mut family = memory_of_family(pid)?;

        let own = family.remove(&pid).unwrap_or_default().pss_kib;
        let others: i64 = family.values().map(|memory| memory.pss_kib).sum();
        let seconds = IDLE.as_secs_f64();
        let wakeups = later.wakeups_since(&earlier);
        for (name, value) in [
            (
                "idle_cpu_percent",
                100.0 * later.cpu_since(&earlier) / seconds,
            ),
            ("idle_wakeups_per_s", wakeups as f64 / seconds),
            ("idle_pss_mib", own as f64 / KIB_PER_MIB),
            ("idle_webkit_pss_mib", others as f64 / KIB_PER_MIB),
        ] {
            values.insert(name.to_owned(), value);
        }
        Ok(())
    }

    /// What a million messages each way leave behind in each process.
    pub(crate) fn growth(&self, values: &mut Values) -> Result<()> {
        let mut program = self.start("growth", GROWTH_LIMIT)?;
        let pid = program.pid();
        wait_for(&mut program, "before")?;
        thread::sleep(RESTS);
        let before = memory_of_family(pid)?;
        wait_for(&mut program, "after")?;
        thread::sleep(RESTED);
        let after = memory_of_family(pid)?;

        // One that is new has grown by all it holds.
        let grown = after.iter().map(|(process, now)| {
            let then = before.get(process).copied().unwrap_or_default();
            let rss = (now.rss_kib - then.rss_kib) as f64 / KIB_PER_MIB;
            let pss = (now.pss_kib - then.pss_kib) as f64 / KIB_PER_MIB;
            (*process == pid, rss, pss)
        });
        for (is_ours, rss, pss) in grown {
            let whose = if is_ours { "" } else { "webkit_" };
            for (what, value) in [("rss", rss), ("pss", pss)] {
                // Of several processes that which has grown most.
                let name = format!("growth_{whose}{what}_mib");
                let most = values.entry(name).or_insert(value);
                *most = most.max(value);
            }
        }
        Ok(())
    }

    fn start(&self, task: &str, limit: Duration) -> Result<Program> {
        Program::start(Command::new(self.host).args([APP, task]), self.log, limit)
    }
}

/// Waits for a line `{"at": …}`.
fn wait_for(program: &mut Program, at: &str) -> Result<Line> {
    while let Some(line) = program.line()? {
        if json::object(&line.text).is_some_and(|object| object.get("at") == Some(&at.into())) {
            return Ok(line);
        }
    }
    Err(format!("it ended before it was at \"{at}\"").into())
}
