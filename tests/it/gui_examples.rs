//! The contract's Complete Example and its three patterns, as apps under `tests/apps`.

use tests::{Display, example};

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
