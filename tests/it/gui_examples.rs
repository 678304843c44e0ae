//! The contract's Complete Example and its three patterns, as apps under `tests/apps`.

use std::fs;

use tests::{Display, RunningApp, example};

#[test]
fn complete_example() {
    let display = Display::start();
    let mut app = display.run(example("complete-example"));
    let window = app.window("My App");
    // The page listens before it can be clicked.
    app.expect_error_line("window opened");
    let clicked = tests::wait_for("the click to arrive", || {
        window.click(30, 18);
        std::thread::sleep(std::time::Duration::from_millis(200));
        app.stdout()
            .into_iter()
            .find(|line| line.contains("Button submit clicked in win-1"))
    });
    assert_eq!(clicked, "Button submit clicked in win-1");
    app.expect_error_line(r#"to window window=win-1 channel=button-response payload={"success":true,"message":"Processed submit"}"#);
    window.close();
    let (stdout, _) = app.expect_exit(0);
    assert_eq!(
        stdout.last().map(String::as_str),
        Some("Window win-1 requested close")
    );
}

#[test]
fn request_response() {
    let display = Display::start();
    let mut app = display.run(example("request-response"));
    let window = app.window("Request and response");
    expect_message(&mut app, "win-1", "ready", "null");
    window.click(100, 30);
    expect_message(
        &mut app,
        "win-1",
        "shown",
        r#""Lisbon: 546000, Porto: 232000, Atlantis: ?""#,
    );
    window.close();
    app.expect_exit(0);
}

#[test]
fn multi_window_sync() {
    let display = Display::start();
    let mut app = display.run(example("multi-window-sync"));
    let ids = ["left", "middle", "right"];
    for id in ids {
        expect_message(&mut app, id, "ready", "null");
    }
    app.window("left").click(100, 30);
    for id in ids {
        expect_message(&mut app, id, "shown", "1");
    }
    app.window("right").click(100, 30);
    for id in ids {
        expect_message(&mut app, id, "shown", "2");
    }
    // The app goes on sending to the window it knew; the others get it all the same.
    app.window("middle").close();
    app.expect_error_line("window closed window=middle");
    app.window("left").click(100, 30);
    for id in ["left", "right"] {
        expect_message(&mut app, id, "shown", "3");
    }
    app.window("left").close();
    app.window("right").close();
    let (stdout, stderr) = app.expect_exit(0);
    assert!(stdout.is_empty(), "{stdout:#?}");
    assert!(
        !stderr.iter().any(|line| line.contains("error:")),
        "{stderr:#?}"
    );
}

#[test]
fn event_routing() {
    let display = Display::start();
    let mut app = display.run(example("event-routing"));
    let window = app.window("Event routing");
    expect_message(&mut app, "win-1", "ready", "null");
    for (y, line) in [
        (25, r#"auth {"user":"ada"} win-1"#),
        (125, r#"settings {"dark":true} win-1"#),
        (75, "data [1,2,3] win-1"),
    ] {
        window.click(100, y);
        app.expect_line(line);
    }
    window.close();
    let (stdout, _) = app.expect_exit(0);
    assert_eq!(
        stdout.len(),
        3,
        "each went to its handler alone: {stdout:#?}"
    );
}

fn expect_message(app: &mut RunningApp<'_>, id: &str, channel: &str, payload: &str) {
    app.expect_error_line(&format!(
        "from window window={id} channel={channel} payload={payload}"
    ));
}

#[test]
fn the_apps_are_the_contract_s_text() {
    let main = |name| fs::read_to_string(example(name)).unwrap();
    assert_eq!(
        main("complete-example"),
        include_str!("spec/complete-example.ts")
    );
    let page = example("complete-example").with_file_name("index.html");
    assert_eq!(
        fs::read_to_string(page).unwrap(),
        include_str!("spec/complete-example.html")
    );
    for (name, pattern) in [
        ("request-response", include_str!("spec/request-response.ts")),
        (
            "multi-window-sync",
            include_str!("spec/multi-window-sync.ts"),
        ),
        ("event-routing", include_str!("spec/event-routing.ts")),
    ] {
        let main = main(name);
        let mut rest = main.lines();
        for line in pattern.lines().filter(|line| !is_placeholder(line)) {
            assert!(
                rest.any(|own| own == line),
                "{name}/main.ts lacks, or has in another place: {line}"
            );
        }
    }
}

/// Whether the contract has this line for code that an app fills in.
fn is_placeholder(line: &str) -> bool {
    line.starts_with("  // Handle ")
}
