//! What forms open: the bubble of a field that is not valid, calendars, colors and lists.

use tests::{Area, Display, wait_for};

use super::{LIME, RED, YELLOW, appears, click, disappears, end, one_window};

on_x11_and_wayland! {
    a_bubble_tells_of_a_required_field,
    a_day_is_chosen_in_the_calendar,
    a_time_is_changed_with_keys,
    a_color_is_chosen_in_its_dialog,
    an_option_is_chosen_in_the_list_of_a_text_field,
    an_option_is_chosen_in_a_menu_by_mouse,
    an_option_is_chosen_in_a_menu_by_keys,
}

/// A page with a form, whose red part is a control near the upper left corner. Its value is sent when
/// the user has changed it.
fn form(control: &str) -> tests::AppDir {
    let page = r#"
        <style>#control {
            left: 40px; top: 20px; width: 160px; height: 30px; background: red; color: red;
            caret-color: red; appearance: none
        }</style>
        CONTROL
        <script>
            const control = document.getElementById("control");
            control.addEventListener("input", () => host.send("input", control.value));
            control.addEventListener("focus", () => host.send("focused"));
            host.send("ready");
        </script>"#;
    one_window(&page.replace("CONTROL", control))
}

/// The part of the page below the control and the mouse pointer on it.
fn below_control(display: &Display) -> Area {
    display.find(YELLOW).below(80)
}

/// Chooses the last option of a list.
fn click_on_last(display: &Display, list: Area) {
    display.click((list.left + list.width / 2, list.top + list.height - 12));
}

fn a_bubble_tells_of_a_required_field(display: &Display) {
    let dir = one_window(
        r#"
        <style>form { inset: 0 } form * {
            position: absolute; top: 180px; height: 30px; width: 100px; border: 0; outline: 0
        }</style>
        <form>
            <input id="field" required style="left: 100px; background: red">
            <button style="left: 400px; background: lime"></button>
        </form>
        <script>
            document.forms[0].addEventListener("submit", (event) => {
                event.preventDefault();
                host.send("submitted", field.value);
            });
            field.addEventListener("invalid", () => host.send("invalid"));
        </script>"#,
    );
    let mut app = display.run(dir.main());
    let page = display.find(YELLOW);
    let field = display.find(RED);
    click(display, LIME);
    app.expect_line("main invalid");
    // It is above the field, or below.
    let above = Area {
        height: field.top - page.top,
        ..page
    };
    let below = page.below(field.top + field.height + 10 - page.top);
    wait_for("the bubble", || {
        let shot = display.screenshot();
        let bubble = [above, below].map(|part| shot.find_other(part, YELLOW));
        let is_bubble = |area: &Area| area.width > 60 && area.height > 20;
        bubble.into_iter().flatten().find(is_bubble)
    });
    display.type_text("x");
    disappears(display, above, YELLOW);
    disappears(display, below, YELLOW);
    display.keys(&["Return"]);
    app.expect_line(r#"main submitted "x""#);
    end(app, &dir);
}

fn a_day_is_chosen_in_the_calendar(display: &Display) {
    let dir = form(r#"<input id="control" type="date" value="2026-11-01">"#);
    let mut app = display.run(dir.main());
    let page = below_control(display);
    click(display, RED);
    let calendar = appears(display, page, YELLOW);
    // Around its middle are days of the same month, but not the first.
    display.click(calendar.center());
    let line = app.expect_line(r#"main input "2026-11-"#);
    assert!(!line.contains("2026-11-01"), "{line}");
    // It stays open for another choice.
    display.keys(&["Escape"]);
    disappears(display, page, YELLOW);
    end(app, &dir);
}

fn a_time_is_changed_with_keys(display: &Display) {
    let dir = form(r#"<input id="control" type="time" value="09:45">"#);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    display.find(RED);
    display.keys(&["Tab"]);
    app.expect_line("main focused");
    // The hour is what comes first.
    display.keys(&["Up"]);
    app.expect_line(r#"main input "10:45""#);
    end(app, &dir);
}

fn a_color_is_chosen_in_its_dialog(display: &Display) {
    /// One of those that GTK offers.
    const GREEN: &str = "#33d17a";
    let dir = form(r#"<input id="control" type="color">"#);
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    click(display, RED);
    display.double_click(display.find(GREEN).center());
    app.expect_line(&format!("main input {GREEN:?}"));
    end(app, &dir);
}

fn an_option_is_chosen_in_the_list_of_a_text_field(display: &Display) {
    let dir = form(
        r#"<input id="control" list="list">
        <datalist id="list"><option>one<option>two<option>three</datalist>"#,
    );
    let mut app = display.run(dir.main());
    let page = below_control(display);
    click(display, RED);
    app.expect_line("main focused");
    display.keys(&["Down"]);
    let list = appears(display, page, YELLOW);
    click_on_last(display, list);
    app.expect_line(r#"main input "three""#);
    disappears(display, page, YELLOW);
    end(app, &dir);
}

/// A menu whose options are below it, since it shows the first one.
const SELECT: &str = r#"<select id="control">
    <option>one<option>two<option>three<option>four<option>five
</select>"#;

fn an_option_is_chosen_in_a_menu_by_mouse(display: &Display) {
    let dir = form(SELECT);
    let mut app = display.run(dir.main());
    let page = below_control(display);
    click(display, RED);
    let menu = appears(display, page, YELLOW);
    click_on_last(display, menu);
    app.expect_line(r#"main input "five""#);
    disappears(display, page, YELLOW);
    end(app, &dir);
}

fn an_option_is_chosen_in_a_menu_by_keys(display: &Display) {
    let dir = form(SELECT);
    let mut app = display.run(dir.main());
    let page = below_control(display);
    click(display, RED);
    appears(display, page, YELLOW);
    // Which option the keys go on from depends on the pointer.
    display.keys(&["Home", "Down", "Down", "Return"]);
    app.expect_line(r#"main input "three""#);
    disappears(display, page, YELLOW);
    end(app, &dir);
}
