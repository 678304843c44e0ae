//! The way of the keyboard through a page.

use tests::Display;

use super::{RED, end, one_window};

on_x11_and_wayland! { the_tabulator_goes_through_the_page_in_its_order }

fn the_tabulator_goes_through_the_page_in_its_order(display: &Display) {
    let dir = one_window(
        r#"
        <style>body > * { left: 20px; width: 80px; height: 20px }</style>
        <input id="last" style="top: 20px">
        <input id="first" tabindex="1" style="top: 50px">
        <input id="skipped" tabindex="-1" style="top: 80px">
        <input disabled id="disabled" style="top: 110px">
        <button id="button" style="top: 140px; background: red"></button>
        <a id="link" href="" style="top: 170px">link</a>
        <div id="end" tabindex="0" style="top: 200px"></div>
        <script>
            let steps = 0;
            document.addEventListener("focusin", ({ target }) => host.send("focused", [++steps, target.id]));
            document.addEventListener("input", ({ target }) => host.send(target.id, target.value));
            button.addEventListener("click", () => host.send("pressed"));
            host.send("ready");
        </script>"#,
    );
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    app.expect_line("main focus null");
    display.find(RED);
    let mut steps = 0;
    let mut goes_to = |key: &str, id: &str| {
        display.keys(&[key]);
        steps += 1;
        app.expect_line(&format!("main focused [{steps},{id:?}]"));
    };
    goes_to("Tab", "first");
    goes_to("Tab", "last");
    goes_to("Tab", "button");
    goes_to("Tab", "link");
    goes_to("Tab", "end");
    goes_to("shift+Tab", "link");
    goes_to("shift+Tab", "button");
    display.keys(&["space"]);
    app.expect_line("main pressed null");
    display.keys(&["shift+Tab"]);
    display.type_text("abc");
    app.expect_line(r#"main last "abc""#);
    end(app, &dir);
}
