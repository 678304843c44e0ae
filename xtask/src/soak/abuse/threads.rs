//! What Linux did with the threads that an answer passes through: when they ran, and when they could
//! have run and no processor was free.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use crate::process::Result;

/// How often they are looked at.
const EVERY: Duration = Duration::from_millis(10);
/// For how long that is remembered: longer than the app may be silent.
const KEPT: usize = 12_000;

/// What one thread has done since it started, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// On a processor.
    pub(super) ran: u64,
    /// Ready to run, while other threads did.
    pub(super) delayed: u64,
}

/// What they all have done up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// Microseconds since 1970.
    pub(super) at: u64,
    /// The host's main thread.
    pub(super) main: Times,
    /// The host's thread of the script.
    pub(super) script: Times,
    /// The main thread of the victim's page.
    pub(super) page: Times,
    /// The delays, in microseconds, of all other threads of the host and of the victim's page: from
    /// look to look, of that which was delayed most. The main threads wait for some of them.
    pub(super) others: u64,
    /// For how long the main thread slept within the webview, in microseconds.
    pub(super) webview: u64,
}

/// Where Linux says that the main thread sleeps when it waits for something in particular: for a
/// page to draw itself, which WebKit does for up to half a second, or for a process of a page to
/// start. (The host's own main loop sleeps in `poll`, and a file that is read is none of these.)
const WAITS: [&str; 4] = ["futex", "kernel_clone", "unix_stream", "__skb_wait"];

/// Looks at them until it is dropped.
pub(super) struct Watcher {
    moments: Arc<Mutex<VecDeque<Moment>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Looks at the threads of a host and of one of its pages.
    pub(super) fn start(host: u32, page: u32) -> Result<Watcher> {
        let mut threads = Threads::new(host, page)?;
        let moments = Arc::new(Mutex::new(VecDeque::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let look = {
            let (moments, ends) = (Arc::clone(&moments), Arc::clone(&ends));
            move || {
                while !ends.load(Ordering::Relaxed) {
                    let moment = threads.look();
                    let mut moments = moments.lock().unwrap_or_else(PoisonError::into_inner);
                    if moments.len() == KEPT {
                        moments.pop_front();
                    }
                    moments.push_back(moment);
                    drop(moments);
                    thread::sleep(EVERY);
                }
            }
        };
        Ok(Watcher {
            moments,
            ends,
            thread: Some(thread::spawn(look)),
        })
    }

    /// What they did in a time, and just before and after.
    pub(super) fn around(&self, from: u64, to: u64) -> Vec<Moment> {
        let moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let first = moments.partition_point(|moment| moment.at <= from);
        let last = moments.partition_point(|moment| moment.at < to);
        let range = first.saturating_sub(1)..(last + 1).min(moments.len());
        moments.range(range).copied().collect()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It does not panic, and there is nothing to do about it if it did.
            let _ = thread.join();
        }
    }
}

/// The threads of a host and of one of its pages, as they were at the last look.
struct Threads {
    host: u32,
    script: u32,
    page: u32,
    times: HashMap<u32, Times>,
    last: Moment,
    /// Whether the main thread slept within the webview.
    slept: bool,
}

impl Threads {
    fn new(host: u32, page: u32) -> Result<Threads> {
        Ok(Threads {
            host,
            script: thread_named(host, "script")?,
            page,
            times: HashMap::new(),
            last: Moment::default(),
            slept: false,
        })
    }

    fn look(&mut self) -> Moment {
        let times: HashMap<u32, Times> = times(self.host).chain(times(self.page)).collect();
        let sleeps = self.main_waits();
        let at = now();
        // One that is gone has done nothing more.
        let of = |thread| times.get(&thread).copied().unwrap_or_default();
        let mut moment = Moment {
            at,
            main: of(self.host),
            script: of(self.script),
            page: of(self.page),
            ..self.last
        };
        let known = [self.host, self.script, self.page];
        let others = times.iter().filter(|(thread, _)| !known.contains(thread));
        let delays = others.map(|(thread, now)| {
            // One that is new has been delayed since the last look.
            let before = self.times.get(thread).map_or(0, |before| before.delayed);
            now.delayed.saturating_sub(before)
        });
        moment.others += delays.max().unwrap_or_default();
        // What sleeps there at two looks has done so all the while.
        if sleeps && self.slept {
            moment.webview += at.saturating_sub(self.last.at);
        }
        (self.times, self.last, self.slept) = (times, moment, sleeps);
        moment
    }

    /// Whether the main thread sleeps within the webview.
    fn main_waits(&self) -> bool {
        let place = fs::read_to_string(format!("/proc/{0}/task/{0}/wchan", self.host));
        place.is_ok_and(|place| WAITS.iter().any(|wait| place.starts_with(wait)))
    }
}

/// What the threads of a process have done; nothing if it has ended.
fn times(process: u32) -> impl Iterator<Item = (u32, Times)> {
    let entries = fs::read_dir(format!("/proc/{process}/task"));
    entries.into_iter().flatten().filter_map(|entry| {
        let entry = entry.ok()?;
        let thread = entry.file_name().to_str()?.parse().ok()?;
        let times = fs::read_to_string(entry.path().join("schedstat")).ok()?;
        Some((thread, Times::parse(&times)?))
    })
}

fn thread_named(process: u32, name: &str) -> Result<u32> {
    for entry in fs::read_dir(format!("/proc/{process}/task"))? {
        let entry = entry?;
        let is_it = fs::read_to_string(entry.path().join("comm")).is_ok_and(|it| it.trim() == name);
        if let Some(thread) = entry.file_name().to_str().filter(|_| is_it) {
            return Ok(thread.parse()?);
        }
    }
    Err(format!("{process} has no thread {name}").into())
}

impl Times {
    /// From what `schedstat` tells: nanoseconds on a processor, nanoseconds ready, and turns.
    fn parse(text: &str) -> Option<Times> {
        let mut numbers = text.split_whitespace().map(|it| it.parse::<u64>().ok());
        Some(Times {
            ran: numbers.next()?? / 1_000,
            delayed: numbers.next()?? / 1_000,
        })
    }
}

/// Microseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since
        .map(|since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let times = Times {
            ran: 235,
            delayed: 1_884,
        };
        assert_eq!(Times::parse("235992 1884726 2\n"), Some(times));
        for text in ["", "235992", "x 1 2", "-1 2 3"] {
            assert_eq!(Times::parse(text), None, "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_is_found_by_its_name() {
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let named = thread::Builder::new()
            .name("abused".into())
            .spawn(move || receiver.recv())
            .expect("a thread");
        // It takes its name itself once it runs.
        let id = std::process::id();
        let found = crate::process::poll(Duration::from_secs(60), "the name", || {
            Ok(thread_named(id, "abused").ok())
        });
        drop(sender);
        let _ = named.join().expect("it ends");
        let found = found.expect("it is there");
        assert_ne!(found, id);
        assert!(thread_named(id, "nobody").is_err());
    }
}
