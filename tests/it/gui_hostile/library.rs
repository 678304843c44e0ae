//! Other users of the machine, who can write where an app keeps its data: code of theirs in the
//! processes of pages.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tests::{AppDir, Display, RunningApp, User, names_in};

/// Both have the same group, as where all users have one.
const VICTIM: User = User {
    id: 2001,
    group: 100,
};
const ATTACKER: User = User {
    id: 2002,
    group: 100,
};

/// An app whose data is in a directory of the victim's to which the group may write.
struct Shared {
    root: TempDir,
    app: AppDir,
}

impl Shared {
    /// `None` where the tests cannot be another user.
    fn new() -> Option<Shared> {
        let is_root = fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
        if !is_root {
            eprintln!("SKIPPED: only root can run an app as one user and attack as another");
            return None;
        }
        let root = tempfile::tempdir().expect("a temporary directory");
        let app = AppDir::of(
            r#"
            import { createWindow } from "host:window";
            import { onChannel } from "host:ipc";

            const go = new URL("go", import.meta.url);
            const isThere = (file: URL) => Deno.readTextFile(file).then(() => true, () => false);
            let loaded = 0;
            onChannel("loaded", async () => {
              console.log("loaded", ++loaded);
              if (loaded > 1) return;
              while (!(await isThere(go))) await new Promise((resolve) => setTimeout(resolve, 20));
              await createWindow({ id: "second" });
            });
            await createWindow({ id: "first" });
            "#,
            "<script>host.send('loaded')</script>",
        );
        let shared = Shared { root, app };
        for open in [shared.root.path(), shared.app.path()] {
            set_mode(open, 0o755);
        }
        fs::create_dir(shared.data()).expect("a directory");
        chown(shared.data(), Some(VICTIM.id), Some(VICTIM.group)).expect("root may");
        set_mode(&shared.data(), 0o770);
        shared.build_evil();
        Some(shared)
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// What the attacker's code leaves behind.
    fn marks(&self) -> PathBuf {
        self.root.path().join("marks")
    }

    fn evil(&self) -> PathBuf {
        self.root.path().join("evil.so")
    }

    /// A library that tells whose process it is loaded into.
    fn build_evil(&self) {
        fs::create_dir(self.marks()).expect("a directory");
        set_mode(&self.marks(), 0o777);
        let source = format!(
            r#"
            #include <fcntl.h>
            #include <stdio.h>
            #include <unistd.h>
            __attribute__((constructor)) static void run(void) {{
              char name[200];
              snprintf(name, sizeof name, "{}/%d", getuid());
              close(open(name, O_CREAT | O_WRONLY, 0666));
            }}
            "#,
            self.marks().display()
        );
        let file = self.root.path().join("evil.c");
        fs::write(&file, source).expect("a file");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(self.evil());
        let status = compiler.arg(file).status().expect("cc is installed");
        assert!(status.success(), "cc: {status}");
    }

    /// What the attacker's shell does in the directory of the data.
    fn attack(&self, script: &str) {
        let mut shell = Command::new("sh");
        shell.uid(ATTACKER.id).gid(ATTACKER.group);
        let status = shell
            .args(["-ec", script, "sh"])
            .arg(self.evil())
            .current_dir(self.data())
            .status();
        let status = status.expect("sh starts");
        assert!(status.success(), "the attack itself: {status}");
    }

    fn run<'a>(&self, display: &'a Display) -> RunningApp<'a> {
        let data = self.data();
        let env = [("XDG_DATA_HOME", data.to_str().expect("a path in UTF-8"))];
        display.run_as(VICTIM, self.app.main(), &env)
    }

    /// Has the app open its second window.
    fn go_on(&self) {
        fs::write(self.app.path().join("go"), "").expect("a file");
    }

    /// Where the app keeps the library, below the directory of the data.
    fn place(&self) -> String {
        let app = self.app.path().strip_prefix("/").expect("a whole path");
        let above = Path::new("host").join(app).join(".webview");
        let entries = fs::read_dir(self.data().join(&above)).expect("the app's data");
        let mut names = entries.map(|entry| entry.expect("an entry").file_name());
        let name = names
            .find(|name| name.as_encoded_bytes().starts_with(b"page-socket-"))
            .expect("the directory of the library");
        above.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn expect_no_marks(&self) {
        let marks: Vec<_> = fs::read_dir(self.marks()).expect("a directory").collect();
        assert!(marks.is_empty(), "code of another user has run: {marks:?}");
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

/// Whether a process has loaded a library of that name.
fn has_library(pid: u32) -> bool {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the process is there");
    maps.contains("/page_socket.so")
}

/// While the app runs, its directories are moved away and replaced. Its next window gets the library
/// that it would have had.
#[test]
fn a_library_that_another_user_puts_in_the_place_of_ours() {
    let Some(shared) = Shared::new() else { return };
    let display = Display::start();
    let mut app = shared.run(&display);
    app.expect_line("loaded 1");
    let place = shared.place();
    shared.attack(&format!(
        "umask 022; mv host gone; mkdir -p {place}; cp $1 {place}/page_socket.so; cp $1 {place}/b.so"
    ));
    shared.go_on();
    app.expect_line("loaded 2");
    shared.expect_no_marks();
    let pages = app.page_pids();
    assert_eq!(pages.len(), 2);
    assert!(
        pages.into_iter().all(has_library),
        "pages have their sockets"
    );
    app.signal("TERM");
    app.expect_exit(128 + 15);
}

/// Before the app starts, the directory of the library is there already: the attacker's, or the
/// victim's own with something else in it.
#[test]
fn a_library_that_another_user_has_prepared() {
    let Some(shared) = Shared::new() else { return };
    let display = Display::start();
    let mut app = shared.run(&display);
    app.expect_line("loaded 1");
    let place = shared.place();
    app.signal("TERM");
    app.expect_exit(128 + 15);

    // The attacker's, in which all may do anything.
    shared.attack(&format!(
        "umask 0; mv host gone; mkdir -p {place}; cp $1 {place}/page_socket.so; cp $1 {place}/b.so"
    ));
    let mut app = shared.run(&display);
    app.expect_error_line("pages have no sockets");
    app.expect_line("loaded 1");
    shared.expect_no_marks();
    assert!(!app.page_pids().into_iter().any(has_library));
    app.signal("TERM");
    let (_, stderr) = app.expect_exit(128 + 15);
    // Nor is anything stored where the attacker can read it.
    let directory = shared.data().join(&place);
    let storage = directory.parent().expect("the directory of the storage");
    let told = stderr
        .iter()
        .filter(|line| line.contains(storage.to_str().expect("a path in UTF-8")));
    assert_eq!(told.count(), 1, "with the directory: {stderr:#?}");
    let mut prepared: Vec<_> = names_in(storage);
    assert_eq!(prepared.pop().as_deref(), directory.file_name());
    assert!(prepared.is_empty(), "{prepared:?}");

    // Someone's own, once open to the group.
    for path in [storage, &directory] {
        chown(path, Some(VICTIM.id), Some(VICTIM.group)).expect("root may");
    }
    let mut app = shared.run(&display);
    app.expect_line("loaded 1");
    shared.expect_no_marks();
    assert!(app.page_pids().into_iter().all(has_library));
    app.signal("TERM");
    app.expect_exit(128 + 15);
}
