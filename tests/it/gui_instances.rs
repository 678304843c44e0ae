//! Apps that are started while they run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;
use tests::{AppDir, Display, RunningApp};

/// An app of which one instance runs, which tells what it hears.
fn app(script: &str) -> AppDir {
    AppDir::of(
        &format!(
            r#"
            import {{ onInstance }} from "host:app";
            import {{ createWindow }} from "host:window";
            {script}
            const win = await createWindow({{ id: "main", title: "main" }});
            console.log("started", ...Deno.args);
            "#
        ),
        "",
    )
    .file("host.json", r#"{ "instances": "one" }"#)
}

/// The user whose apps they are.
struct User {
    display: Display,
    data: TempDir,
}

impl User {
    fn new() -> User {
        User {
            display: Display::start(),
            data: TempDir::new().unwrap(),
        }
    }

    fn start(&self, app: &AppDir, args: &[&str]) -> RunningApp<'_> {
        let data = self.data.path().to_str().unwrap();
        let env = [("XDG_DATA_HOME", data)];
        self.display.run_with_in(app.main(), args, &env)
    }
}

const TELLS: &str = r#"
    onInstance(({ args, directory }) => {
        console.log("heard", args.join("|"), directory.startsWith("/"));
        if (args[0] === "end") win.close();
    });
"#;

#[test]
fn a_later_start_is_told_to_the_instance_that_runs() {
    let (user, dir) = (User::new(), app(TELLS));
    let mut first = user.start(&dir, &["a"]);
    first.expect_line("started a");
    let long = "x".repeat(100_000);
    for args in [&["b", "c d", "é"][..], &[], &["-x", &long]] {
        let (stdout, stderr) = user.start(&dir, args).expect_exit(0);
        assert_eq!((stdout, stderr), (Vec::new(), Vec::new()));
        first.expect_line(&format!("heard {} true", args.join("|")));
    }
    let sockets = user.data.path().join("host/.instances");
    let mode = fs::metadata(&sockets).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "for nobody else");
    user.start(&dir, &["end"]).expect_exit(0);
    first.expect_exit(0);
    assert_eq!(fs::read_dir(&sockets).unwrap().count(), 0);
    // There is none any more.
    let mut next = user.start(&dir, &["next"]);
    next.expect_line("started next");
}

#[test]
fn an_instance_that_was_killed_is_in_nobodys_way() {
    let (user, dir) = (User::new(), app(TELLS));
    let mut first = user.start(&dir, &["a"]);
    first.expect_line("started a");
    first.signal("KILL");
    drop(first);
    let mut next = user.start(&dir, &["b"]);
    next.expect_line("started b");
    user.start(&dir, &["end"]).expect_exit(0);
    next.expect_exit(0);
}

#[test]
fn starts_that_the_script_does_not_take_end_with_a_reason() {
    let (user, dir) = (User::new(), app(""));
    let mut first = user.start(&dir, &["a"]);
    first.expect_line("started a");
    for n in 0..16 {
        user.start(&dir, &[&n.to_string()]).expect_exit(0);
    }
    let (_, stderr) = user.start(&dir, &["one more"]).expect_exit(1);
    let reason =
        "error: another instance of the app runs, and 16 starts wait for its script already";
    assert_eq!(stderr, [reason]);
}

#[test]
fn a_script_that_hangs_is_told_of() {
    let (user, dir) = (User::new(), app("console.log('hangs'); for (;;);"));
    let mut first = user.start(&dir, &[]);
    first.expect_line("hangs");
    let (_, stderr) = user.start(&dir, &[]).expect_exit(1);
    let reason = "error: another instance of the app runs and does not take this start: ";
    assert!(stderr[0].starts_with(reason), "{stderr:#?}");
    first.signal("KILL");
}

/// Each has a storage of its own, and finds there what it has stored.
#[test]
fn what_two_instances_store_is_kept() {
    let user = User::new();
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { request } from "host:ipc";
        await createWindow({ id: "main", title: "main" });
        console.log("had", await request("main", "keys"));
        await request("main", "set", Deno.args[0]);
        console.log("stored", await request("main", "keys"));
        "#,
        r#"<script>
        host.handle("keys", () => Object.keys(localStorage).sort().join() || "nothing");
        host.handle("set", (key) => { localStorage.setItem(key, ""); });
        </script>"#,
    );
    for [first_had, second_had] in [["nothing", "nothing"], ["a", "b"]] {
        let mut first = user.start(&dir, &["a"]);
        first.expect_line(&format!("had {first_had}"));
        let mut second = user.start(&dir, &["b"]);
        second.expect_error_line("another instance of the app has its storage");
        second.expect_line(&format!("had {second_had}"));
        for (mut app, key) in [(first, "a"), (second, "b")] {
            app.expect_line(&format!("stored {key}"));
            app.signal("TERM");
            app.expect_exit(143);
        }
    }
}

#[test]
fn a_storage_that_cannot_be_written_is_told_once_with_its_directory() {
    let display = Display::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    let data = file.path().to_str().unwrap();
    let dir = app("").file("host.json", "{}");
    let mut app = display.run_in(dir.main(), &[("XDG_DATA_HOME", data)]);
    app.expect_line("started");
    app.window("main").close();
    let (_, stderr) = app.expect_exit(0);
    let told = stderr
        .iter()
        .filter(|line| line.contains("cannot store anything"));
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "{stderr:#?}");
    assert!(told[0].contains(data), "{told:?}");
}

#[test]
fn without_the_manifest_every_start_is_an_instance() {
    let user = User::new();
    let dir = app(TELLS).file("host.json", "{}");
    let mut first = user.start(&dir, &["a"]);
    first.expect_line("started a");
    let mut second = user.start(&dir, &["b"]);
    second.expect_line("started b");
    second.expect_error_line("another instance of the app has its storage");
    first.expect_line("started a");
    assert_eq!(first.stdout(), ["started a"]);
}
