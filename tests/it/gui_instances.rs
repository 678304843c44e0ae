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
