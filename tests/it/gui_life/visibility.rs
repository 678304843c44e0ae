//! Whether pages are seen, and that they are heard in any case.

use tests::Display;

use super::{YELLOW, app, end};

on_x11_and_wayland! { a_page_hears_that_its_window_is_hidden }

/// It tells whether it is seen, now and whenever that changes, with how often it has.
const PAGE: &str = r#"<script>
    let times = 0;
    const tell = () => host.send("visibility", [times++, document.visibilityState]);
    document.addEventListener("visibilitychange", tell);
    host.on("say", (text) => host.send("said", [text, document.visibilityState]));
    tell();
</script>"#;

fn a_page_hears_that_its_window_is_hidden(display: &Display) {
    hears_of(display, "hide", "show");
}

/// Under Wayland nobody tells an app that its window is minimized.
#[test]
fn a_page_hears_that_its_window_is_minimized() {
    hears_of(&Display::start(), "minimize", "restore");
}

/// One method of a window puts it away, and one brings it back; twice.
fn hears_of(display: &Display, away: &str, back: &str) {
    let script = format!(
        r#"
        const win = await createWindow({{ id: "main", title: "Main", width: 600, height: 400 }});
        for (const round of ["first", "second"]) {{
            await told(`${{round}} away`);
            await win.{away}();
            await sendToWindow("main", "say", `${{round}} one`, {{ ack: true }});
            await told(`${{round}} hidden`);
            await sendToWindow("main", "say", `${{round}} two`, {{ ack: true }});
            console.log(round, "is heard");
            await win.{back}();
        }}
        "#
    );
    let dir = app(&script, PAGE);
    let mut app = display.run(dir.main());
    app.expect_line(r#"main visibility [0,"visible"]"#);
    for (round, times) in [("first", 1), ("second", 3)] {
        display.find(YELLOW);
        crate::gui_window::tell(&dir, &format!("{round} away"));
        app.expect_line(&format!(r#"main visibility [{times},"hidden"]"#));
        app.expect_line(&format!(r#"main said ["{round} one","#));
        tests::wait_for("an empty screen", || {
            display.screenshot().find(YELLOW).is_none().then_some(())
        });
        crate::gui_window::tell(&dir, &format!("{round} hidden"));
        app.expect_line(&format!(r#"main said ["{round} two","hidden"]"#));
        app.expect_line(&format!("{round} is heard"));
        app.expect_line(&format!(r#"main visibility [{},"visible"]"#, times + 1));
    }
    display.find(YELLOW);
    end(app, &dir);
}
