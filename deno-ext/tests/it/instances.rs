//! `host:app`: starts of the app while it runs.

use deno_ext::Start;

use crate::app::{App, run};

fn start(app: &mut App, argument: &str) {
    let start = Start {
        args: vec![argument.to_owned()],
        directory: "/home".to_owned(),
    };
    app.starts.try_send(start).unwrap();
    app.settle();
}

const LISTEN: &str = r#"
    import { onInstance } from "host:app";
    Object.assign(globalThis, { onInstance });
"#;

#[test]
fn every_callback_hears_of_every_start() {
    let code = format!(
        r#"{LISTEN}
        onInstance((start) => note(["one", start]));
        onInstance(({{ args: [arg] }}) => note(["two", arg]));
        "#
    );
    run(&code, |app| {
        assert!(!app.is_alive, "waiting keeps no app alive");
        for argument in ["a", "b"] {
            start(app, argument);
            let one = format!(r#"["one",{{"args":["{argument}"],"directory":"/home"}}]"#);
            assert_eq!(app.notes(), [one, format!(r#"["two","{argument}"]"#)]);
        }
    });
}

#[test]
fn starts_wait_for_somebody_who_listens() {
    run(LISTEN, |app| {
        start(app, "a");
        start(app, "b");
        let full = Start {
            args: Vec::new(),
            directory: String::new(),
        };
        assert!(app.starts.try_send(full).is_err());
        app.eval("globalThis.off = onInstance(({ args: [arg] }) => note(`one ${arg}`))");
        assert_eq!(app.notes(), ["one a", "one b"]);
        app.eval("off(); off()");
        start(app, "c");
        start(app, "d");
        app.eval("onInstance(({ args: [arg] }) => note(`two ${arg}`))");
        assert_eq!(app.notes(), ["two c", "two d"]);
    });
}

#[test]
fn callbacks_that_fail_are_told_and_harm_nobody() {
    let code = format!(
        r#"{LISTEN}
        onInstance(() => {{ throw new Error("thrown"); }});
        onInstance(async () => {{ throw new Error("rejected"); }});
        onInstance(({{ args: [arg] }}) => note(arg));
        "#
    );
    run(&code, |app| {
        start(app, "a");
        assert_eq!(app.notes(), ["a"]);
        let printed = app.printed();
        for what in ["thrown", "rejected"] {
            let line = format!("error: Uncaught (in an onInstance callback) Error: {what}");
            assert!(printed.contains(&line), "{printed}");
        }
    });
}

#[test]
fn wrong_arguments_are_coded_errors() {
    let code = format!(
        r#"{LISTEN}
        await fails(() => onInstance("no"));
        await fails(() => onInstance(() => {{}}, {{ once: true }}));
        "#
    );
    run(&code, |app| {
        assert_eq!(
            app.notes(),
            [
                r#"["TypeError","bad-handler",null,null]"#,
                r#"["TypeError","bad-options",null,null]"#
            ]
        );
    });
}
