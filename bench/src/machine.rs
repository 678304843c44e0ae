//! What the figures were taken on.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use serde::Serialize;

/// The machine, its system and the state of the sources.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    /// Model of the processor.
    pub(crate) cpu: String,
    /// How many threads run at once.
    pub(crate) cores: String,
    /// Main memory.
    pub(crate) memory: String,
    /// Release of the kernel.
    pub(crate) kernel: String,
    /// Version of WebKitGTK.
    pub(crate) webkitgtk: String,
    /// Version of the Rust compiler.
    pub(crate) rustc: String,
    /// The day.
    pub(crate) date: String,
    /// The commit of the sources.
    pub(crate) commit: String,
}

impl Machine {
    /// Looks at what is here; what cannot be found out is "unknown".
    pub(crate) fn look() -> Self {
        let known = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
        Self {
            cpu: known(file("/proc/cpuinfo").and_then(|text| cpu(&text))),
            cores: known(thread::available_parallelism().ok().map(|n| n.to_string())),
            memory: known(file("/proc/meminfo").and_then(|text| memory(&text))),
            kernel: known(file("/proc/sys/kernel/osrelease")),
            webkitgtk: known(output("pkg-config", &["--modversion", "webkit2gtk-4.1"])),
            rustc: known(output("rustc", &["--version"])),
            date: known(output("date", &["-u", "+%Y-%m-%d"])),
            commit: known(commit()),
        }
    }
}

fn commit() -> Option<String> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let commit = output("git", &["-C", folder, "rev-parse", "--short", "HEAD"])?;
    let changes = output("git", &["-C", folder, "status", "--porcelain"])?;
    Some(if changes.is_empty() {
        commit
    } else {
        format!("{commit} with changes")
    })
}

fn cpu(cpuinfo: &str) -> Option<String> {
    let model = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(model.split_once(':')?.1.trim().to_owned())
}

fn memory(meminfo: &str) -> Option<String> {
    let total = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: f64 = total.split_whitespace().next()?.parse().ok()?;
    Some(format!("{:.1} GiB", kib / 1024.0 / 1024.0))
}

fn file(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

/// What a command prints, if it succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stderr(Stdio::null());
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_and_the_memory_are_read() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A: fast one\n\nmodel name\t: B\n";
        assert_eq!(cpu(cpuinfo).as_deref(), Some("A: fast one"));
        assert_eq!(cpu("processor\t: 0\n"), None);
        let meminfo = "MemFree: 1 kB\nMemTotal:        8148532 kB\n";
        assert_eq!(memory(meminfo).as_deref(), Some("7.8 GiB"));
        assert_eq!(memory("MemTotal: much\n"), None);
    }

    #[test]
    fn a_command_that_is_not_there_or_fails_tells_nothing() {
        assert_eq!(output("no-such-program", &[]), None);
        assert_eq!(output("rustc", &["--no-such-option"]), None);
    }
}
