//! Processes as `/proc` shows them: who is whose child, what they hold, and whether they sleep.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::Result;

/// How many clock ticks of processor time are a second: the same on every Linux that programs see.
const TICKS: f64 = 100.0;

/// What a process holds, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// All of its pages that are in memory.
    pub(crate) rss_kib: i64,
    /// The same, with pages that several processes have divided by their number.
    pub(crate) pss_kib: i64,
}

impl Memory {
    /// What a process holds now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        Self::parse(&read(pid, "smaps_rollup")?)
            .ok_or_else(|| format!("the memory of {pid} is not told").into())
    }

    fn parse(rollup: &str) -> Option<Self> {
        Some(Self {
            rss_kib: field(rollup, "Rss")?,
            pss_kib: field(rollup, "Pss")?,
        })
    }
}

/// What a process holds, and those that descend from it.
pub(crate) fn memory_of_family(pid: u32) -> Result<BTreeMap<u32, Memory>> {
    let mut family = BTreeMap::from([(pid, Memory::of(pid)?)]);
    for child in descendants(pid)? {
        // It may end while we look.
        family.extend(Memory::of(child).ok().map(|memory| (child, memory)));
    }
    Ok(family)
}

/// What a process has done since it started.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Activity {
    /// Processor time, in seconds.
    cpu: f64,
    /// How often each of its threads went to sleep or was sent there.
    switches: BTreeMap<u32, i64>,
}

impl Activity {
    /// What a process has done up to now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let ticks = Stat::parse(&read(pid, "stat")?).map(|stat| stat.ticks);
        let mut switches = BTreeMap::new();
        let tasks = folder(pid).join("task");
        for thread in numbered(&tasks)? {
            // A thread may end while we look.
            if let Ok(status) = fs::read_to_string(tasks.join(format!("{thread}/status"))) {
                switches.extend(switches_in(&status).map(|count| (thread, count)));
            }
        }
        Ok(Self {
            cpu: ticks.ok_or_else(|| format!("the time of {pid} is not told"))? / TICKS,
            switches,
        })
    }

    /// The seconds of processor time since an earlier look.
    pub(crate) fn cpu_since(&self, earlier: &Self) -> f64 {
        self.cpu - earlier.cpu
    }

    /// How often a thread was woken since an earlier look, of those that are still there: each
    /// wakeup ends in another switch.
    pub(crate) fn wakeups_since(&self, earlier: &Self) -> i64 {
        let before = |thread| earlier.switches.get(thread).copied().unwrap_or(0);
        let switches = self.switches.iter();
        switches.map(|(thread, count)| count - before(thread)).sum()
    }
}

/// The processes that a process has started, those that these have, and so on.
fn descendants(pid: u32) -> Result<BTreeSet<u32>> {
    let mut parents = BTreeMap::new();
    for process in numbered(Path::new("/proc"))? {
        // A process may end while we look.
        let stat = read(process, "stat").ok();
        if let Some(stat) = stat.as_deref().and_then(Stat::parse)
            && !stat.is_dead
        {
            parents.insert(process, stat.parent);
        }
    }
    Ok(below(pid, &parents))
}

/// Those whose chain of parents leads to `root`.
fn below(root: u32, parents: &BTreeMap<u32, u32>) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (process, parent) in parents {
            if *parent == root || found.contains(parent) {
                found.insert(*process);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The parts of `/proc/PID/stat` that matter here.
#[derive(Debug, PartialEq)]
struct Stat {
    parent: u32,
    is_dead: bool,
    /// Processor time of the process itself and of the kernel for it.
    ticks: f64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name before it is in parentheses, and may hold anything.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
        Some(Self {
            is_dead: matches!(*fields.first()?, "Z" | "X"),
            parent: number(1)?,
            ticks: f64::from(number(11)?) + f64::from(number(12)?),
        })
    }
}

fn switches_in(status: &str) -> Option<i64> {
    let own = field(status, "voluntary_ctxt_switches")?;
    let forced = field(status, "nonvoluntary_ctxt_switches")?;
    Some(own + forced)
}

/// The number on a line `name:  123 kB`.
fn field(text: &str, name: &str) -> Option<i64> {
    let rest = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn folder(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

fn read(pid: u32, file: &str) -> Result<String> {
    let path = folder(pid).join(file);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The entries of a folder whose names are numbers.
fn numbered(folder: &Path) -> Result<Vec<u32>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().map(|entry| entry.file_name());
    Ok(names
        .filter_map(|name| name.to_str()?.parse().ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_by_whole_names() {
        let rollup = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\n\
                      Rss:             1234 kB\nPss_Dirty:  7 kB\nPss:    567 kB\n";
        let memory = Memory {
            rss_kib: 1234,
            pss_kib: 567,
        };
        assert_eq!(Memory::parse(rollup), Some(memory));
        assert_eq!(Memory::parse("Rss: 1 kB\nPss_Anon: 2 kB\n"), None);
    }

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 0 0 0 120 30 0 0 20 0 3 0 99";
        let expected = Stat {
            parent: 7,
            is_dead: false,
            ticks: 150.0,
        };
        assert_eq!(Stat::parse(stat), Some(expected));
        let dead = Stat::parse("42 (a) Z 7 42 42 0 -1 4 1 0 0 0 1 1 0").expect("a process");
        assert!(dead.is_dead);
        for bad in ["", "42 (a", "42 (a) S", "42 (a) S 7 42"] {
            assert_eq!(Stat::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn switches_of_both_kinds_count() {
        let status = "Name:\ta\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n";
        assert_eq!(switches_in(status), Some(695));
        assert_eq!(switches_in("voluntary_ctxt_switches:\t150\n"), None);
    }

    #[test]
    fn wakeups_are_those_since_and_new_threads_count_wholly() {
        let activity = |cpu, switches: &[(u32, i64)]| Activity {
            cpu,
            switches: switches.iter().copied().collect(),
        };
        let earlier = activity(1.5, &[(1, 100), (2, 50)]);
        let later = activity(1.75, &[(1, 103), (3, 4)]);
        assert_eq!(later.wakeups_since(&earlier), 7);
        assert!((later.cpu_since(&earlier) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn a_family_is_all_generations_and_nobody_else() {
        let parents = BTreeMap::from([(1, 0), (5, 9), (7, 1), (9, 7), (11, 1), (12, 11)]);
        assert_eq!(below(7, &parents), BTreeSet::from([5, 9]));
        assert_eq!(below(12, &parents), BTreeSet::new());
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        // No process has this number: it is above what any Linux gives.
        assert!(Memory::of(u32::MAX).is_err());
        assert!(Activity::of(u32::MAX).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_and_its_child_are_seen() {
        use std::process::{Command, Stdio};

        let mut child = Command::new("sleep")
            .arg("600")
            .stdin(Stdio::null())
            .spawn()
            .expect("sleep starts");
        let pid = std::process::id();
        let family = memory_of_family(pid);
        let earlier = Activity::of(pid).expect("this process");
        std::thread::sleep(std::time::Duration::from_millis(1));
        let later = Activity::of(pid).expect("this process");
        child.kill().expect("the child");
        child.wait().expect("the child");

        let family = family.expect("the family");
        assert!(family.contains_key(&child.id()), "{family:?}");
        let own = family[&pid];
        assert!(0 < own.pss_kib && own.pss_kib <= own.rss_kib, "{own:?}");
        assert!(later.wakeups_since(&earlier) >= 1);
        assert!(later.cpu_since(&earlier) >= 0.0);
    }
}
