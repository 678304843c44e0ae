//! Output that nobody reads: the app goes on, and ends as it would have ended.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tests::{AppDir, DEADLINE, Display, host_binary};

/// Says much on both streams, from everywhere that something can be said, and ends with 7 when its page
/// has heard of no trouble.
const MAIN: &str = r#"
    import { createWindow } from "host:window";
    import { handle, onChannel } from "host:ipc";
    let ticks = 0;
    handle("say", (text) => {
        console.log(text);
        console.error(text);
        return ++ticks;
    });
    onChannel("tick", () => {
        console.log("tick", ticks);
        throw new Error("reported, and stops nothing");
    });
    onChannel("done", (trouble) => Deno.exit(ticks === 50 && trouble === null ? 7 : 3));
    console.log("begun");
    await createWindow({ id: "main" });
"#;

const PAGE: &str = r#"<script>
    (async () => {
        let trouble = null;
        for (let n = 0; n < 50; n++) {
            host.send("tick");
            await host.request("say", "x".repeat(3000)).catch((error) => { trouble = error.message });
        }
        host.send("done", trouble);
    })();
</script>"#;

fn command(display: &Display, main: &Path, home: &Path) -> Command {
    let mut command = Command::new(host_binary());
    command
        .arg(main)
        .env("DISPLAY", display.name())
        .env("HOME", home)
        .env("RUST_LOG", "warn,ipc=debug")
        .env_remove("XDG_DATA_HOME")
        .stdin(Stdio::null());
    command
}

fn end_of(mut child: Child) -> ExitStatus {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("it does not end");
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let (display, dir) = (Display::start(), AppDir::of(MAIN, PAGE));
    let home = tempfile::tempdir().unwrap();
    let mut child = command(&display, &dir.main(), home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // As `head -1` does.
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    drop(child.stderr.take());
    assert_eq!(end_of(child).code(), Some(7));
}

#[test]
fn a_full_disk_changes_nothing() {
    let (display, dir) = (Display::start(), AppDir::of(MAIN, PAGE));
    let home = tempfile::tempdir().unwrap();
    let child = command(&display, &dir.main(), home.path())
        .stdout(full())
        .stderr(full())
        .spawn()
        .unwrap();
    assert_eq!(end_of(child).code(), Some(7));
}

#[test]
fn a_terminal_that_goes_away_changes_nothing() {
    let (display, dir) = (Display::start(), AppDir::of(MAIN, PAGE));
    let home = tempfile::tempdir().unwrap();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let side = || {
        let path = Path::new(name.to_str().unwrap());
        OpenOptions::new().write(true).open(path).unwrap()
    };
    let child = command(&display, &dir.main(), home.path())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    let mut screen = BufReader::new(File::from(terminal)).lines();
    assert!(screen.any(|line| line.unwrap() == "begun"));
    drop(screen);
    assert_eq!(end_of(child).code(), Some(7));
}

/// Whatever the app fails by, the exit code says it.
#[test]
fn failures_that_nobody_reads_have_their_exit_codes() {
    let display = Display::start();
    let home = tempfile::tempdir().unwrap();
    let apps = [
        ("throw new Error('at once')", "", 1),
        ("import './missing.ts'", "", 1),
        ("export const = 1", "", 1),
        ("console.log('text'); Deno.exit(5)", "", 5),
        ("", "{", 1),
    ];
    for (main, manifest, code) in apps {
        let mut dir = AppDir::of(main, "");
        if !manifest.is_empty() {
            dir = dir.file("host.json", manifest);
        }
        let child = command(&display, &dir.main(), home.path())
            .stdout(full())
            .stderr(full())
            .spawn()
            .unwrap();
        assert_eq!(end_of(child).code(), Some(code), "{main}");
    }
    let missing = Path::new("/nowhere/main.ts");
    let child = command(&display, missing, home.path())
        .stderr(full())
        .spawn()
        .unwrap();
    assert_eq!(end_of(child).code(), Some(1));
    let dir = AppDir::of("", "");
    let child = command(&display, &dir.main(), home.path())
        .env("DISPLAY", ":none")
        .stderr(full())
        .spawn()
        .unwrap();
    assert_eq!(end_of(child).code(), Some(1));
}
