//! What an app's author sees when a script fails. Places are those of the TypeScript source.

use crate::support::App;

/// Types that vanish in JavaScript, so that a place that is not mapped is the wrong one.
const TYPES: &str = "interface Gone {\n  a: string;\n}\ntype Also = Gone | null;\n";

fn app(rest: &str) -> App {
    App::new(&format!("{TYPES}{rest}"))
}

#[test]
fn an_error_at_the_top_of_a_module() {
    let report = app(
        "function start(gone: Also): never {\n  throw new TypeError(\"boom\");\n}\nstart(null);\n",
    )
    .failure();
    assert_eq!(
        report,
        "error: Uncaught (in promise) TypeError: boom\n  \
         throw new TypeError(\"boom\");\n        ^\n    \
         at start (<app>/main.ts:6:9)\n    \
         at <app>/main.ts:8:1"
    );
}

#[test]
fn an_error_in_an_imported_module() {
    let report = app("import { check } from './lib/check.ts';\ncheck(1 as number);\n")
        .file(
            "lib/check.ts",
            "type Check = (n: number) => never;\n\nexport const check: Check = (n) => {\n  throw new RangeError(`${n}`);\n};\n",
        )
        .failure();
    assert_eq!(
        report,
        "error: Uncaught (in promise) RangeError: 1\n  \
         throw new RangeError(`${n}`);\n        ^\n    \
         at check (<app>/lib/check.ts:4:9)\n    \
         at <app>/main.ts:6:1"
    );
}

#[test]
fn an_error_in_a_timer() {
    let report = app("setTimeout((): void => {\n  throw new Error('late');\n}, 1);\n").failure();
    assert_eq!(
        report,
        "error: Uncaught Error: late\n  \
         throw new Error('late');\n        ^\n    \
         at <app>/main.ts:6:9"
    );
}

#[test]
fn an_error_in_a_microtask_and_in_a_listener() {
    let report = app("queueMicrotask((): void => {\n  throw new Error('soon');\n});\n").failure();
    assert!(
        report.starts_with("error: Uncaught Error: soon\n"),
        "{report}"
    );
    assert!(report.contains("at <app>/main.ts:6:9"), "{report}");

    let report = app(
        "const target: EventTarget = new EventTarget();\ntarget.addEventListener('x', (): void => {\n  throw new Error('heard');\n});\ntarget.dispatchEvent(new Event('x'));\n",
    )
    .failure();
    assert!(
        report.starts_with("error: Uncaught Error: heard\n"),
        "{report}"
    );
    assert!(report.contains("<app>/main.ts:7:9"), "{report}");
}

#[test]
fn a_rejected_promise() {
    let report = app(
        "async function load(gone: Also): Promise<void> {\n  await new Promise((done) => setTimeout(done, 1));\n  (gone as any).a;\n}\nload(null);\n",
    )
    .failure();
    assert!(
        report.starts_with("error: Uncaught (in promise) TypeError: "),
        "{report}"
    );
    assert!(report.contains("\n  (gone as any).a;\n"), "{report}");
    assert!(report.contains("at load (<app>/main.ts:7:"), "{report}");
}

#[test]
fn a_failed_file_operation_shows_its_code_and_place() {
    let report = app("await Deno.readTextFile('/no/such/file' as string);\n").failure();
    assert!(
        report.starts_with(
            "error: Uncaught (in promise) NotFound: Cannot read \"/no/such/file\": \
             No such file or directory (os error 2) (code: ENOENT)\n"
        ),
        "{report}"
    );
    assert!(report.contains("<app>/main.ts:5:"), "{report}");
    assert!(!report.contains("ext:"), "{report}");
}

#[test]
fn causes_and_groups_are_followed() {
    let report = app(
        "const inner: Error = new Error('inner');\nthrow new Error('outer', { cause: inner });\n",
    )
    .failure();
    assert!(report.contains("Caused by: Error: inner\n"), "{report}");
    assert!(report.contains("at <app>/main.ts:5:22"), "{report}");

    let report = app(
        "const first: Error = new Error('first');\nthrow new AggregateError([first, new Error('second')], 'both');\n",
    )
    .failure();
    assert!(
        report.starts_with("error: Uncaught (in promise) AggregateError: both\n"),
        "{report}"
    );
    assert!(report.contains("    Error: first\n"), "{report}");
    assert!(report.contains("    Error: second\n"), "{report}");

    let report =
        app("const error: Error = new Error('loop');\nerror.cause = error;\nthrow error;\n")
            .failure();
    assert!(report.contains("Error: loop"), "{report}");
}

#[test]
fn what_is_thrown_need_not_be_an_error() {
    assert_eq!(
        app("throw 'text';").failure(),
        "error: Uncaught (in promise) text"
    );
    let report = app("Promise.reject({ a: 1 });").failure();
    assert!(
        report.starts_with("error: Uncaught (in promise)"),
        "{report}"
    );
    let report = app("throw undefined;").failure();
    assert_eq!(report, "error: Uncaught (in promise) undefined");
}

#[test]
fn scripts_see_the_same_places() {
    let app = app(
        "function stack(gone: Also): string {\n  return new Error('x').stack!;\n}\nconst seen: string = stack(null);\nconsole.log(seen);\nconsole.error(new Error('printed'));\n",
    );
    let outcome = app.run();
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(
        outcome.stdout.replace(&app.url(), "<app>/"),
        "Error: x\n    at stack (<app>/main.ts:6:10)\n    at <app>/main.ts:8:22\n"
    );
    assert_eq!(
        outcome.stderr.replace(&app.url(), "<app>/"),
        "Error: printed\n    at <app>/main.ts:10:15\n"
    );
}

#[test]
fn handled_errors_do_not_end_the_app() {
    let app = app(r#"
        addEventListener("unhandledrejection", (event) => {
          event.preventDefault();
          console.log("rejection", event.reason.message, event.promise instanceof Promise);
          setTimeout((): void => { throw new Error("two"); });
        });
        addEventListener("error", (event) => {
          event.preventDefault();
          console.log("error", event.error.message, event.lineno);
          if (event.error.message === "two") {
            setTimeout((): void => reportError(new Error("three")));
          } else {
            setTimeout(() => console.log("still here"));
          }
        });
        Promise.reject(new Error("one"));
        "#);
    assert_eq!(
        app.stdout(),
        "rejection one true\nerror two 9\nerror three 15\nstill here\n"
    );
}

#[test]
fn a_promise_handled_in_time_is_no_failure() {
    let app = app(
        "const late: Promise<never> = Promise.reject(new Error('x'));\nqueueMicrotask(() => late.catch((error) => console.log(error.message)));\n",
    );
    assert_eq!(app.stdout(), "x\n");
}

#[test]
fn reported_errors_end_the_app() {
    let report = app("reportError(new Error('told') as Error);\n").failure();
    assert!(
        report.starts_with("error: Uncaught Error: told\n"),
        "{report}"
    );
    assert!(report.contains("at <app>/main.ts:5:13"), "{report}");
}

#[test]
fn what_ran_before_the_failure_was_printed() {
    let outcome = app("console.log('first');\nthrow new Error('then');\n").run();
    assert_eq!(outcome.stdout, "first\n");
    assert_eq!(outcome.result.unwrap_err().code(), "uncaught-error");
}

/// Some of it may be of a page, and all of it is printed to a terminal.
#[test]
fn a_report_gives_a_terminal_no_orders() {
    let escaped = r"\x1b]0;title\x07\x1b[2J\x9b31m\x7f\x00\r\u{202e}";
    let report = app(
        "const e = '\\x1b]0;title\\x07\\x1b[2J\\x9b31m\\x7f\\0\\r\\u202e';\n\
         const error = new Error(e + '\\n\\ttwo lines', { cause: new Error(e) });\n\
         throw Object.assign(error, { name: e, code: e });\n",
    )
    .failure();
    assert!(
        report.contains(&format!("{escaped}\n\ttwo lines")),
        "{report}"
    );
    assert!(
        report.contains(&format!("Caused by: Error: {escaped}")),
        "{report}"
    );
    let orders = |c: char| c.is_control() && !"\n\t".contains(c);
    assert!(!report.contains(orders), "{report:?}");

    let report = app("throw 'x'.repeat(1 << 20);\n").failure();
    let length = "error: Uncaught (in promise) ".len() + (1 << 20) - (64 << 10);
    assert!(report.ends_with(&format!("x… ({length} more bytes)")));
    assert!(report.len() < 66_000, "{}", report.len());
}

/// A module's specifier is the app's, but may come of what a page has said.
#[test]
fn nor_does_an_error_before_the_start() {
    let report = App::new("import './gone\\x1b[31m.ts';").failure();
    assert!(!report.contains('\u{1b}'), "{report:?}");
    let report = App::new("import 'bare\\x1b[31m';").failure();
    assert!(
        report.contains(r#"Cannot resolve "bare\x1b[31m""#),
        "{report:?}"
    );
}
