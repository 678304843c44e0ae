//! `cargo xtask test` as its caller sees it: the last line and the exit code. A script stands in
//! for cargo. And what `cargo xtask bench` refuses.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Output};

/// Runs some tiers in a scenario that `fake-cargo` knows.
fn test(scenario: &str, tiers: &[&str]) -> Output {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.arg("test");
    for tier in tiers {
        xtask.args(["--tier", tier]);
    }
    xtask
        .env(
            "CARGO",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/fake-cargo"),
        )
        .env("SCENARIO", scenario)
        .env("PID_FILE", pid_file())
        .output()
        .expect("xtask starts")
}

fn pid_file() -> String {
    format!("{}/left-behind.pid", env!("CARGO_TARGET_TMPDIR"))
}

fn assert_ends(output: &Output, code: i32, last_line: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.lines().last(), Some(last_line), "{text}");
    assert_eq!(output.status.code(), Some(code), "{text}");
}

#[test]
fn totals_of_all_tiers_and_of_their_documentation_are_summed() {
    let output = test("good", &["tidy", "pure", "host"]);
    // Seven tests a tier, and one example in the documentation of the two that are libraries.
    assert_ends(&output, 0, "23 passed, 0 failed, 6 skipped");
}

#[test]
fn plain_cargo_is_used_where_nextest_is_not_installed() {
    let output = test("libtest", &["pure"]);
    assert_ends(&output, 0, "5 passed, 0 failed, 1 skipped");
}

#[test]
fn a_tier_that_fails_or_does_not_build_does_not_stop_the_others() {
    let output = test("broken", &["tidy", "pure", "host"]);
    assert_ends(&output, 1, "10 passed, 4 failed, 3 skipped");
    let text = String::from_utf8_lossy(&output.stdout);
    let named = "host: `fake-cargo nextest run --no-run -p webview-host";
    assert!(text.lines().any(|line| line.starts_with(named)), "{text}");
}

#[test]
fn a_run_that_tells_of_no_tests_is_a_failure() {
    assert_ends(
        &test("silent", &["tidy"]),
        1,
        "0 passed, 1 failed, 0 skipped",
    );
}

#[test]
fn a_run_that_fails_without_a_failed_test_is_a_failure() {
    assert_ends(
        &test("crashing", &["pure"]),
        1,
        "11 passed, 1 failed, 2 skipped",
    );
}

#[test]
fn a_process_that_a_test_left_behind_holds_nothing_up() {
    let output = test("leaking", &["tidy"]);
    let pid = fs::read_to_string(pid_file()).expect("the left-behind process");
    let killed = Command::new("kill").arg(pid.trim()).status();
    assert!(killed.expect("kill starts").success());
    assert_ends(&output, 0, "1 passed, 0 failed, 0 skipped");
}

#[test]
fn an_unknown_tier_is_refused_by_name() {
    let output = test("good", &["nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("'nonsense'") && errors.contains("whole"),
        "{errors}"
    );
}

/// What is refused is refused before anything is built.
fn assert_bench_refuses(arguments: &[&str], code: i32, words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("bench")
        .args(arguments)
        .env("CARGO", "no-such-program")
        .output()
        .expect("xtask starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    for word in words {
        assert!(errors.contains(word), "{errors}");
    }
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn an_unknown_part_of_the_bench_is_refused_by_name() {
    assert_bench_refuses(&["--only", "macro"], 2, &["'macro'", "micro", "e2e"]);
}

#[test]
fn a_bench_has_at_least_one_round() {
    assert_bench_refuses(&["--rounds", "0"], 2, &["--rounds"]);
    assert_bench_refuses(&["--rounds", "many"], 2, &["--rounds"]);
}

#[test]
fn what_only_whole_apps_have_is_refused_without_them() {
    for flag in ["--write-docs", "--build-tauri"] {
        assert_bench_refuses(&["--only", "micro", flag], 1, &[flag, "--only micro"]);
    }
}
