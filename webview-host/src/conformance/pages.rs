//! The rules about pages.

use ipc_protocol::{Incident, WindowCommand, WindowId};

use super::Rule;
use super::actor::{Actor, KEY, Outcome, ensure};
use crate::BackendEventKind;

pub(super) const RULES: &[Rule] = &[
    ("the preload runs before the page", preload_first),
    ("the preload runs in every page", preload_again),
    ("scripts run in the order given", scripts),
    ("a script that throws stops no other", throwing),
    ("messages arrive as they were posted", messages),
    ("a page is reported before what it posts", navigated),
    ("what a page posts comes with its origin", origins),
    ("a page cannot go elsewhere", elsewhere),
    ("uploads keep their place among messages", uploads),
    ("uploads without the key do not arrive", uploads_of_others),
    ("a page gets what its window is offered", offers),
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

fn navigated(actor: &mut Actor<'_>) -> Outcome {
    let own = actor.own_origin()?;
    let id = actor.open("navigated", "post('page')")?;
    // The second page as the first.
    for _ in 0..2 {
        let origin = actor.wait(&id, "a page", |event| match event {
            BackendEventKind::Navigated(origin) => Some(Ok(origin.clone())),
            BackendEventKind::Message { text, .. } => Some(Err(format!(
                "{text:?} was posted before the page was there"
            ))),
            _ => None,
        })??;
        ensure(origin.as_ref() == Some(&own), || {
            format!("the page's origin is {origin:?}, not {own}")
        })?;
        actor.expect_messages(&id, ["preload", "page"])?;
        actor.apply(&id, &WindowCommand::Reload)?;
    }
    Ok(())
}

fn origins(actor: &mut Actor<'_>) -> Outcome {
    let own = actor.own_origin()?;
    let script = format!("post('page'); upload('{KEY}', [1])");
    let id = actor.open("origins", &script)?;
    for what in ["the preload's message", "the page's message", "the upload"] {
        let origin = actor.wait(&id, what, |event| match event {
            BackendEventKind::Message { origin, .. } | BackendEventKind::Upload { origin, .. } => {
                Some(origin.clone())
            }
            _ => None,
        })?;
        ensure(origin.as_ref() == Some(&own), || {
            format!("{what} came with the origin {origin:?}, not {own}")
        })?;
    }
    Ok(())
}

fn elsewhere(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("elsewhere", "post('page')")?;
    actor.expect_messages(&id, ["preload", "page"])?;
    let url = "https://elsewhere.invalid/";
    actor.eval(&id, &format!("location.href = '{url}'"))?;
    let blocked = actor.wait(&id, "the end of its way", |event| match event {
        BackendEventKind::Incident(Incident::NavigationBlocked { url }) => Some(url.clone()),
        _ => None,
    })?;
    ensure(blocked == url, || format!("it was kept from {blocked:.80}"))?;
    actor.eval(&id, "post('still here')")?;
    actor.expect_messages(&id, ["still here"])
}

/// The window's next message or upload, in words.
fn next_of(actor: &mut Actor<'_>, id: &WindowId) -> Outcome<String> {
    actor.wait(id, "a message or an upload", |event| match event {
        BackendEventKind::Message { text, .. } => Some(text.clone()),
        BackendEventKind::Upload { body, .. } => Some(format!("upload {:?}", &body[..])),
        _ => None,
    })
}

fn expect(actor: &mut Actor<'_>, id: &WindowId, expected: &[&str]) -> Outcome {
    for expected in expected {
        let next = next_of(actor, id)?;
        ensure(next == *expected, || {
            format!("the page's {next:.80?} came, not {expected:.80?}")
        })?;
    }
    Ok(())
}

fn uploads(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("uploads", "post('page')")?;
    expect(actor, &id, &["preload", "page"])?;
    let script = format!(
        "post('first'); post(upload('{KEY}', [0, 13, 10, 128, 255]));
         post(upload('{KEY}', [])); post('last')"
    );
    actor.eval(&id, &script)?;
    let expected = [
        "first",
        "upload [0, 13, 10, 128, 255]",
        "taken",
        "upload []",
        "taken",
        "last",
    ];
    expect(actor, &id, &expected)?;
    // More than one read.
    let script = format!("post(upload('{KEY}', new Uint8Array(1 << 18).fill(7)))");
    actor.eval(&id, &script)?;
    let large = next_of(actor, &id)?;
    ensure(large == format!("upload {:?}", vec![7; 1 << 18]), || {
        format!("256 KiB of sevens did not arrive: {large:.80}")
    })
}

fn uploads_of_others(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("others", "post('page')")?;
    expect(actor, &id, &["preload", "page"])?;
    actor.eval(&id, "post(upload('', [1])); post(upload('other', [2]))")?;
    expect(actor, &id, &["refused", "refused"])
}

fn offers(actor: &mut Actor<'_>) -> Outcome {
    let id = actor.open("offers", "post('page')")?;
    expect(actor, &id, &["preload", "page"])?;
    // Only now: who waits for one window's messages lets those of others pass.
    let other = actor.open("other", "post('page')")?;
    expect(actor, &other, &["preload", "page"])?;
    actor.offer(&id, "one", &[0, 13, 10, 128, 255]);
    actor.offer(&id, "none", &[]);
    actor.eval(&other, "get('one')")?;
    expect(actor, &other, &["got nothing"])?;
    for (token, got) in [
        ("one", "got 0,13,10,128,255"),
        ("none", "got "),
        ("two", "got nothing"),
    ] {
        actor.eval(&id, &format!("get('{token}')"))?;
        expect(actor, &id, &[got])?;
    }
    Ok(())
}
