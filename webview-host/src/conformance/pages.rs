//! The rules about pages.

use ipc_protocol::WindowCommand;

use super::Rule;
use super::actor::{Actor, Outcome};

pub(super) const RULES: &[Rule] = &[
    ("the preload runs before the page", preload_first),
    ("the preload runs in every page", preload_again),
    ("scripts run in the order given", scripts),
    ("a script that throws stops no other", throwing),
    ("messages arrive as they were posted", messages),
];

fn preload_first(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("preload", "post(typeof window.post)")?;
    actor.expect_messages(&id, ["preload", "function"])
}

fn preload_again(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("again", "post('page')")?;
    actor.expect_messages(&id, ["preload", "page"])?;
    actor.eval(&id, "window.mark = 1; post('marked')")?;
    actor.expect_messages(&id, ["marked"])?;
    actor.apply(&id, &WindowCommand::Reload)?;
    actor.expect_messages(&id, ["preload", "page"])?;
    // Another page, and not the same one once more.
    actor.eval(&id, "post(typeof window.mark)")?;
    actor.expect_messages(&id, ["undefined"])
}

fn scripts(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("scripts", "window.count = 0; post('page')")?;
    actor.expect_messages(&id, ["preload", "page"])?;
    let expected: Vec<_> = (0..100).map(|n| format!("{n} {n}")).collect();
    for n in 0..expected.len() {
        actor.eval(&id, &format!("post('{n} ' + window.count++)"))?;
    }
    actor.expect_messages(&id, expected.iter().map(String::as_str))
}

fn throwing(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("throwing", "post('page')")?;
    actor.expect_messages(&id, ["preload", "page"])?;
    for script in [
        "throw new Error('thrown on purpose')",
        "no script (",
        "post('after')",
    ] {
        actor.eval(&id, script)?;
    }
    actor.expect_messages(&id, ["after"])
}

fn messages(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("messages", "post('page')")?;
    actor.expect_messages(&id, ["preload", "page"])?;
    // As escapes, so that it does not depend on how scripts are handed over.
    actor.eval(
        &id,
        r#"post(""); post("a\"b\\c\n"); post("\u00e4\u20ac\u2028\u{1f600}");
           post("x".repeat(1 << 20)); post("last");"#,
    )?;
    let long = "x".repeat(1 << 20);
    let expected = ["", "a\"b\\c\n", "ä€\u{2028}😀", &long, "last"];
    actor.expect_messages(&id, expected)
}
