//! How a desktop knows the app: the name and the icon of its windows.

use std::process::Command;

use tests::{AppDir, Display, wait_for};

use super::{app, ends_well, tell};

// Colors of icons, as openbox draws them: almost.
const RED: &str = "#fe0101";
const BLUE: &str = "#0101fe";

/// Draws a PNG file of one color.
fn draw(dir: &AppDir, file: &str, size: &str, color: &str) {
    let mut convert = Command::new("convert");
    convert.args(["-size", size, &format!("xc:{color}")]);
    let drawn = convert.arg(dir.path().join(file)).status().unwrap();
    assert!(drawn.success());
}

#[test]
fn windows_have_the_name_of_the_app() {
    let display = Display::start();
    let script = r#"await createWindow({ title: "Named" });"#;
    let named = app(script).file("host.json", r#"{ "id": "com.example.Notes" }"#);
    let folder = app("").file(
        "My notes/main.ts",
        &format!("import {{ createWindow }} from 'host:window'; {script}"),
    );
    let folder = folder.file("My notes/index.html", "");
    for (main, name) in [
        (named.main(), "com.example.Notes"),
        (folder.path().join("My notes/main.ts"), "My-notes"),
    ] {
        let app = display.run(main);
        let window = app.window("Named");
        let class = window.property("WM_CLASS");
        assert!(
            class.contains(&format!("\"{name}\", \"{name}\"")),
            "{class}"
        );
        window.close();
        ends_well(app);
    }
}

/// Openbox draws a window's icon into its title bar.
#[test]
fn windows_have_icons() {
    let display = Display::start();
    let script = r##"
        const win = await createWindow({ title: "Icon" });
        await told("own");
        await win.setIcon("pictures/blue icon.png");
        await told("one more");
        await createWindow({ title: "Another", icon: "/pictures/blue%20icon.png" });
        const others = ["none.png", "index.html", "../x.png", "https://example.com/a.png", "large.png", ".red.png"];
        for (const icon of others) {
            console.log(icon, await outcome(win.setIcon(icon)), await outcome(createWindow({ icon })));
        }
    "##;
    let dir = app(script)
        .file("host.json", r#"{ "icon": "red.png" }"#)
        .file("pictures/readme.txt", "");
    draw(&dir, "red.png", "40x40", "red");
    draw(&dir, ".red.png", "40x40", "red");
    draw(&dir, "pictures/blue icon.png", "400x200", "blue");
    draw(&dir, "large.png", "513x1", "red");
    let mut app = display.run(dir.main());
    let window = app.window("Icon");
    assert!(window.property("_NET_WM_ICON").contains("Icon (40 x 40)"));
    display.find(RED);
    tell(&dir, "own");
    wait_for("the other icon", || display.screenshot().find(BLUE));
    assert!(window.property("_NET_WM_ICON").contains("Icon (256 x 128)"));
    assert!(display.screenshot().find(RED).is_none());
    tell(&dir, "one more");
    let another = app.window("Another");
    assert!(
        another
            .property("_NET_WM_ICON")
            .contains("Icon (256 x 128)")
    );
    for icon in [
        "none.png",
        "index.html",
        "../x.png",
        "https://example.com/a.png",
        "large.png",
        ".red.png",
    ] {
        app.expect_line(&format!("{icon} bad-options bad-options"));
    }
    another.close();
    window.close();
    ends_well(app);
}

#[test]
fn an_icon_that_cannot_be_used_ends_the_app_before_it_begins() {
    let display = Display::start();
    for (manifest, told) in [
        (
            r#"{ "icon": "index.html" }"#,
            "`icon` of the manifest, \"index.html\": it is not a PNG picture",
        ),
        (
            r#"{ "icon": "none.png" }"#,
            "`icon`: there is no file \"none.png\"",
        ),
    ] {
        let dir = app("console.log('began')").file("host.json", manifest);
        let (stdout, stderr) = display.run(dir.main()).expect_exit(1);
        assert_eq!(stdout, [""; 0]);
        assert!(stderr.iter().any(|line| line.contains(told)), "{stderr:#?}");
    }
}

#[test]
fn screens_are_told_in_the_pixels_of_windows() {
    let display = Display::start();
    let script = r#"
        import { screens } from "host:window";
        for (const { bounds, workArea, scale } of await screens()) {
            console.log(JSON.stringify([bounds, workArea, scale]));
        }
    "#;
    let dir = app(script);
    let whole = r#"{"x":0,"y":0,"width":1280,"height":800}"#;
    let printed = display.run(dir.main()).finish();
    // There is no panel.
    assert_eq!(printed, [format!("[{whole},{whole},1]")]);
    let half = r#"{"x":0,"y":0,"width":640,"height":400}"#;
    let large = display.run_in(dir.main(), &[("GDK_SCALE", "2")]);
    assert_eq!(large.finish(), [format!("[{half},{half},2]")]);
    display.set_font_dpi(192);
    let printed = display.run(dir.main()).finish();
    assert_eq!(printed, [format!("[{half},{half},2]")]);
}

/// The program that the desktop has for the web writes down what it is to open.
#[test]
fn urls_are_opened_in_other_programs() {
    let display = Display::start();
    let script = r#"
        import { openExternal } from "host:window";
        for (const url of ["https://Example.com/a b?c", "mailto:me@example.com", "file:///etc/passwd", "x", 7]) {
            console.log(url, await outcome(openExternal(url as string)));
        }
    "#;
    let dir = app(script)
        .file(
            "host.json",
            r#"{ "permissions": { "openExternal": true } }"#,
        )
        .file(
            "data/applications/web.desktop",
            "[Desktop Entry]\nType=Application\nName=Web\nMimeType=x-scheme-handler/https;\n\
             Exec=sh -c 'echo \"$1\" > \"$OPENED\"' sh %u\n",
        )
        .file(
            "data/applications/mimeapps.list",
            "[Default Applications]\nx-scheme-handler/https=web.desktop\n",
        );
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (data, opened) = (path("data"), path("opened"));
    let environment = [
        ("XDG_DATA_HOME", &*data),
        ("XDG_DATA_DIRS", &data),
        ("XDG_CONFIG_HOME", &data),
        ("OPENED", &opened),
    ];
    let app = display.run_in(dir.main(), &environment);
    let printed = app.finish();
    assert_eq!(
        printed,
        [
            "https://Example.com/a b?c done",
            "mailto:me@example.com window-failed",
            "file:///etc/passwd bad-options",
            "x bad-options",
            "7 bad-options",
        ]
    );
    let text = wait_for("the program", || {
        std::fs::read_to_string(&opened)
            .ok()
            .filter(|text| !text.is_empty())
    });
    assert_eq!(text, "https://example.com/a%20b?c\n");
}
