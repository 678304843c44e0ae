//! What a host and its processes hold at a moment, and whether they hold more at last than at first.

use std::fmt;
use std::fs;
use std::process::{Command, Stdio};

use crate::process::{Result, succeeds};

/// What Linux calls the process of a page: it keeps 15 bytes of a name.
const PAGE: &str = "WebKitWebProces";

/// Rounds that are not looked at: caches fill, and modules load.
const WARM_UP: usize = 3;
/// Rounds that are compared, if there are so many: the most of the first ones after that with the
/// least of the last ones, since memory rises and falls.
const COMPARED: usize = 10;
/// Fewer tell nothing.
const LEAST_COMPARED: usize = 3;

/// A host and the processes that it has started.
pub(super) struct Family {
    host: u32,
    children: Vec<Child>,
}

struct Child {
    pid: u32,
    name: String,
    /// In clock ticks of the system.
    started: u64,
}

/// What they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// The processes of pages and of the network.
    pub(super) processes: u64,
    /// The host's.
    pub(super) threads: u64,
    /// The host's.
    pub(super) descriptors: u64,
    /// What of the host is in memory.
    pub(super) host_kib: u64,
    /// The same of the other processes, with what they share divided among those that do.
    pub(super) pages_kib: u64,
}

impl Family {
    /// Those that are there now.
    pub(super) fn of(host: u32) -> Result<Family> {
        let mut children = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // It may end while we look.
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
            let child = stat.ok().and_then(|stat| Child::of(host, pid, &stat));
            children.extend(child);
        }
        Ok(Family { host, children })
    }

    /// The processes of pages, in the order in which they started.
    pub(super) fn pages(&self) -> Vec<u32> {
        let pages = self.children.iter().filter(|child| child.name == PAGE);
        let mut pages: Vec<_> = pages.map(|child| (child.started, child.pid)).collect();
        pages.sort_unstable();
        pages.into_iter().map(|(_, pid)| pid).collect()
    }

    /// What of the host is in memory, which is told at once; of pages it takes a while.
    pub(super) fn host_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.host))?;
        Ok(field(&status, "VmRSS").ok_or("the host has no VmRSS")?)
    }

    /// What they hold now.
    pub(super) fn sample(&self) -> Result<Sample> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.host))?;
        let of_host = |name| field(&status, name).ok_or(format!("the host has no {name}"));
        let pages = self.children.iter().filter_map(|child| {
            let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", child.pid)).ok()?;
            field(&rollup, "Pss")
        });
        Ok(Sample {
            processes: self.children.len() as u64,
            threads: of_host("Threads")?,
            descriptors: fs::read_dir(format!("/proc/{}/fd", self.host))?.count() as u64,
            host_kib: self.host_kib()?,
            pages_kib: pages.sum(),
        })
    }
}

/// Whether a process could be killed.
pub(super) fn kill(pid: u32) -> bool {
    succeeds(
        Command::new("kill")
            .args(["-9", &pid.to_string()])
            .stdin(Stdio::null()),
    )
}

impl Child {
    /// A child of `host`, from what `/proc/PID/stat` tells of it. One that has ended and was not
    /// waited for is one too.
    fn of(host: u32, pid: u32, stat: &str) -> Option<Child> {
        // The name is in parentheses, and may hold anything.
        let (head, rest) = stat.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        (number(1)? == u64::from(host)).then_some(Child {
            pid,
            name: name.to_owned(),
            started: number(19)?,
        })
    }
}

impl Sample {
    /// The least of each number: what stays whenever garbage is collected.
    pub(super) fn least(samples: &[Sample]) -> Sample {
        Sample::of_each(samples, |numbers| numbers.min())
    }

    /// The greatest of each number: what there may be before it is.
    pub(super) fn greatest(samples: &[Sample]) -> Sample {
        Sample::of_each(samples, |numbers| numbers.max())
    }

    fn of_each(
        samples: &[Sample],
        choose: impl Fn(&mut dyn Iterator<Item = u64>) -> Option<u64>,
    ) -> Sample {
        let of = |number: fn(&Sample) -> u64| {
            choose(&mut samples.iter().map(number)).unwrap_or_default()
        };
        Sample {
            processes: of(|sample| sample.processes),
            threads: of(|sample| sample.threads),
            descriptors: of(|sample| sample.descriptors),
            host_kib: of(|sample| sample.host_kib),
            pages_kib: of(|sample| sample.pages_kib),
        }
    }

    /// What is more than before, by more than is left to chance: a pool of threads or of
    /// descriptors has a few more or less, and an allocator keeps some of what was freed.
    pub(super) fn kept_since(&self, before: &Sample) -> Vec<String> {
        let memory = |kib: u64| kib + kib / 5 + 16 * 1024;
        [
            (
                "processes",
                before.processes,
                self.processes,
                before.processes,
            ),
            ("threads", before.threads, self.threads, before.threads + 2),
            (
                "descriptors",
                before.descriptors,
                self.descriptors,
                before.descriptors + 8,
            ),
            (
                "KiB of the host",
                before.host_kib,
                self.host_kib,
                memory(before.host_kib),
            ),
            (
                "KiB of pages",
                before.pages_kib,
                self.pages_kib,
                memory(before.pages_kib),
            ),
        ]
        .into_iter()
        .filter(|(_, _, now, most)| now > most)
        .map(|(what, before, now, _)| format!("{now} {what}, and {before} before"))
        .collect()
    }
}

/// Compares the first rounds with the last ones, prints both, and returns what is kept.
pub(super) fn compare(samples: &[Sample]) -> Result<Vec<String>> {
    let rounds = samples.len();
    let compared = COMPARED.min(rounds.saturating_sub(WARM_UP) / 2);
    if compared < LEAST_COMPARED {
        return Err(format!("{rounds} rounds tell nothing: give it more minutes").into());
    }
    let baseline = Sample::greatest(&samples[WARM_UP..WARM_UP + compared]);
    let last = Sample::least(&samples[rounds - compared..]);
    println!("first  {baseline}\n last  {last}");
    Ok(last.kept_since(&baseline))
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sample {
            processes,
            threads,
            descriptors,
            host_kib,
            pages_kib,
        } = self;
        write!(
            f,
            "{processes:9}  {threads:7}  {descriptors:11}  {host_kib:8}  {pages_kib:9}"
        )
    }
}

/// The number on a line `name:  123 kB`.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines();
    let rest = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Sample = Sample {
        processes: 2,
        threads: 20,
        descriptors: 60,
        host_kib: 100_000,
        pages_kib: 200_000,
    };

    #[test]
    fn only_children_are_of_the_family() {
        let stat = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 0 0 0 120 30 0 0 20 0 3 0 99 5";
        let child = Child::of(7, 42, stat).expect("a child");
        assert_eq!(
            (child.pid, child.started, &*child.name),
            (42, 99, "a) b (c)")
        );
        for (host, stat) in [(8, stat), (7, ""), (7, "42 (a"), (7, "42 (a) S 7")] {
            assert!(Child::of(host, 42, stat).is_none(), "{host} {stat}");
        }
    }

    #[test]
    fn the_least_and_the_greatest_of_each_number_are_its_own() {
        let of = |processes, threads| Sample {
            processes,
            threads,
            ..SAMPLE
        };
        let samples = [of(1, 30), of(9, 10), of(2, 20)];
        assert_eq!(Sample::least(&samples), of(1, 10));
        assert_eq!(Sample::greatest(&samples), of(9, 30));
    }

    #[test]
    fn what_is_kept_is_told() {
        assert!(SAMPLE.kept_since(&SAMPLE).is_empty());
        let few = Sample {
            threads: 22,
            descriptors: 68,
            host_kib: 130_000,
            ..SAMPLE
        };
        assert!(few.kept_since(&SAMPLE).is_empty());
        let more = [
            (
                Sample {
                    processes: 3,
                    ..SAMPLE
                },
                "3 processes, and 2 before",
            ),
            (
                Sample {
                    threads: 23,
                    ..SAMPLE
                },
                "23 threads, and 20 before",
            ),
            (
                Sample {
                    descriptors: 69,
                    ..SAMPLE
                },
                "69 descriptors, and 60 before",
            ),
            (
                Sample {
                    host_kib: 140_000,
                    ..SAMPLE
                },
                "140000 KiB of the host, and 100000 before",
            ),
            (
                Sample {
                    pages_kib: 260_000,
                    ..SAMPLE
                },
                "260000 KiB of pages, and 200000 before",
            ),
        ];
        for (sample, told) in more {
            assert_eq!(sample.kept_since(&SAMPLE), [told]);
        }
    }

    #[test]
    fn first_rounds_are_compared_with_last_ones() {
        let few = compare(&[SAMPLE; 8]).expect_err("too few");
        assert_eq!(
            few.to_string(),
            "8 rounds tell nothing: give it more minutes"
        );
        let mut samples = vec![SAMPLE; 9];
        // Before the first that counts, and once among the last.
        samples[2].threads = 90;
        samples[7].threads = 90;
        assert!(compare(&samples).expect("enough").is_empty());
        samples[6].threads = 90;
        samples[8].threads = 90;
        let kept = compare(&samples).expect("enough");
        assert_eq!(kept, ["90 threads, and 20 before"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_and_its_child_are_seen() {
        let mut child = Command::new("sleep")
            .arg("600")
            .stdin(Stdio::null())
            .spawn()
            .expect("sleep starts");
        let family = Family::of(std::process::id()).expect("the family");
        let sample = family.sample();
        child.kill().expect("the child");
        child.wait().expect("the child");
        assert!(family.children.iter().any(|it| it.pid == child.id()));
        let sample = sample.expect("a sample");
        assert!(sample.processes >= 1 && sample.threads >= 1 && sample.host_kib > 0);
        assert!(family.pages().is_empty(), "it is no page");
    }
}
