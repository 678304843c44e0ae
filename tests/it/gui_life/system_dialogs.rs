//! Dialogs that the app's script shows.

use tests::{AppDir, Area, Display, Screenshot, wait_for, wait_for_rest};

use super::{RED, YELLOW, app, click, end, press_return_until, take_file};
use crate::gui_window::tell;

on_x11_and_wayland! {
    a_message_is_answered,
    files_are_chosen,
    a_dialog_goes_with_its_window,
    a_dialog_that_asks_its_user_goes_with_its_window,
}

const PAGE: &str = r#"
    <div style="left: 0; top: 0; width: 40px; height: 40px; background: red"></div>
    <script>
        document.querySelector("div").addEventListener("click", () => host.send("clicked"));
        host.send("ready");
    </script>"#;

fn asking(script: &str) -> AppDir {
    let start = r#"
        import { message, openFile, saveFile } from "host:window";
        const parent = "main";
        const win = await createWindow({ id: parent, title: "Main", width: 600, height: 400 });
        const ask = async (name: string, answer: Promise<unknown>) => console.log(name, await outcome(answer));
    "#;
    app(&[start, script].concat(), PAGE)
        .file("host.json", r#"{ "permissions": { "dialogs": true } }"#)
}

/// What is on the screen while there is no dialog.
fn without_dialog(display: &Display) -> Screenshot {
    display.find(YELLOW);
    wait_for_rest("the window", || Some(display.screenshot()))
}

/// Lets the script show a dialog, once none is there, and waits until it is drawn.
fn show(display: &Display, dir: &AppDir, empty: &Screenshot, name: &str) {
    wait_for("an end of the dialog before", || {
        dialog_on(display, empty).is_none().then_some(())
    });
    tell(dir, name);
    wait_for_rest("a dialog", || dialog_on(display, empty));
}

/// The area of a dialog that was not there before.
fn dialog_on(display: &Display, before: &Screenshot) -> Option<Area> {
    let area = display.screenshot().changes_since(before);
    area.filter(|area| area.width > 100 && area.height > 60)
}

fn a_message_is_answered(display: &Display) {
    let dir = asking(
        r#"
        const buttons = ["Save_", "Discard", "Stay"];
        await told("one");
        await ask("one", message("Save the changes?", { parent, buttons, kind: "warning", detail: "You made some." }));
        await told("two");
        await ask("two", message("Again?", { parent, buttons, title: "Question" }));
        await told("three");
        await ask("three", message("Done.", { parent }));
        await told("four");
        const open = ask("four", message("No.", { parent, kind: "error" }));
        await told("five");
        console.log("goes on");
        await open;
        "#,
    );
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    let empty = without_dialog(display);
    show(display, &dir, &empty, "one");
    display.keys(&["Return"]);
    app.expect_line("one 0");
    show(display, &dir, &empty, "two");
    display.keys(&["Tab", "Return"]);
    app.expect_line("two 1");
    show(display, &dir, &empty, "three");
    display.keys(&["Return"]);
    app.expect_line("three 0");
    show(display, &dir, &empty, "four");
    // The window takes no input meanwhile, and the script goes on.
    click(display, RED);
    tell(&dir, "five");
    app.expect_line("goes on");
    display.keys(&["Escape"]);
    app.expect_line("four null");
    assert!(!app.stdout().iter().any(|line| line.contains("clicked")));
    click(display, RED);
    app.expect_line("main clicked");
    tell(&dir, "end");
    // GTK may complain of keys that are released when their dialog has gone.
    app.expect_exit(0);
}

fn files_are_chosen(display: &Display) {
    let script = r#"
        const folder = decodeURIComponent(new URL("files", import.meta.url).pathname);
        const shorten = (path: string) => path.slice(folder.length);
        const filters = [{ name: "Text", extensions: ["txt"] }];
        await told("open");
        const [path] = await openFile({ parent, folder, filters });
        console.log("opened", shorten(path));
        await told("cancel");
        await ask("cancelled", openFile({ parent, folder, multiple: true }));
        await told("save");
        console.log("saved", shorten(await saveFile({ parent, folder, name: "new.txt" }) ?? ""));
        await told("folder");
        const [chosen] = await openFile({ parent, folder, folders: true });
        console.log("folder", chosen === folder);
        await told("no file");
        await ask("not saved", saveFile({ parent, folder, name: "new.txt" }));
    "#;
    let dir = asking(script)
        .file("files/letter.txt", "Dear all")
        .file("files/picture.png", "");
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    let empty = without_dialog(display);
    show(display, &dir, &empty, "open");
    let letter = dir.path().join("files/letter.txt");
    take_file(display, &app, &letter, "opened /letter.txt");
    show(display, &dir, &empty, "cancel");
    display.keys(&["Escape"]);
    app.expect_line("cancelled []");
    show(display, &dir, &empty, "save");
    display.keys(&["Return"]);
    app.expect_line("saved /new.txt");
    assert!(
        !dir.path().join("files/new.txt").exists(),
        "that is the app's"
    );
    show(display, &dir, &empty, "folder");
    display.keys(&["Return"]);
    app.expect_line("folder true");
    show(display, &dir, &empty, "no file");
    display.keys(&["Escape"]);
    app.expect_line("not saved null");
    tell(&dir, "end");
    // GTK may complain of the key that is released when its dialog has gone.
    app.expect_exit(0);
}

fn a_dialog_goes_with_its_window(display: &Display) {
    let dir = asking(
        r#"
        await told("ask");
        const asked = [openFile({ parent }), message("?", { parent })].map((it) => outcome(it));
        await told("close");
        await win.close();
        console.log("closed", (await Promise.all(asked)).join());
        console.log("again", await outcome(message("?", { parent })));
        "#,
    );
    let mut app = display.run(dir.main());
    app.expect_line("main ready");
    let empty = without_dialog(display);
    show(display, &dir, &empty, "ask");
    tell(&dir, "close");
    app.expect_line("closed window-closed,window-closed");
    app.expect_line("again window-closed");
    end(app, &dir);
}

/// Makes a file dialog ask whether to replace the file, and waits until the question is drawn.
fn ask_whether_to_replace(display: &Display) {
    let before = display.screenshot();
    press_return_until(display, "a question", || dialog_on(display, &before));
    wait_for_rest("a question", || dialog_on(display, &before));
}

/// GTK's dialog for files asks whether a file is to be replaced, within a loop of its own, and goes on after that.
fn a_dialog_that_asks_its_user_goes_with_its_window(display: &Display) {
    let script = r#"
        const folder = decodeURIComponent(new URL("files", import.meta.url).pathname);
        await told("save");
        const saved = outcome(saveFile({ parent, folder, name: "letter.txt" }));
        await told("close");
        await win.close();
        console.log("closed", await saved);
    "#;
    // Overwrite freed memory, so that a use of it shows.
    let env = [("MALLOC_PERTURB_", "165"), ("G_SLICE", "always-malloc")];
    for by_signal in [false, true] {
        let dir = asking(script).file("files/letter.txt", "Dear all");
        let mut app = display.run_in(dir.main(), &env);
        app.expect_line("main ready");
        let empty = without_dialog(display);
        show(display, &dir, &empty, "save");
        ask_whether_to_replace(display);
        if by_signal {
            app.signal("TERM");
            app.expect_exit(143);
        } else {
            tell(&dir, "close");
            app.expect_line("closed window-closed");
            tell(&dir, "end");
            app.expect_exit(0);
        }
    }
}
