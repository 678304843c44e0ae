//! How a desktop knows the app: the name and the icon of its windows.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
            "`icon`: \"index.html\": it is not a PNG picture",
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

/// A program that has a desktop's settings, and ends with this.
struct Settings(Child);

impl Settings {
    /// Starts it, and waits until it has them.
    fn start(display: &Display, config: &Path) -> Settings {
        let mut command = Command::new("xsettingsd");
        command.arg("-c").arg(config).env("DISPLAY", display.name());
        let child = command.stderr(Stdio::piped()).spawn();
        let mut child = child.expect("xsettingsd is installed");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let has_begun = lines.any(|line| line.unwrap().contains("Took ownership"));
        assert!(has_begun, "xsettingsd has ended");
        // What else it says goes nowhere.
        std::thread::spawn(move || lines.count());
        Settings(child)
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // An error says that it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_theme_of_the_desktop_is_told_to_script_and_page() {
    let display = Display::start();
    let script = r#"
        import { getTheme, onTheme } from "host:window";
        onChannel("scheme", (scheme) => console.log("page", scheme));
        onTheme((theme) => console.log("script", theme));
        console.log("at first", await getTheme());
        const html = `<script>
            const dark = matchMedia("(prefers-color-scheme: dark)");
            const tell = () => host.send("scheme", dark.matches ? "dark" : "light");
            dark.addEventListener("change", tell);
            tell();
        </` + `script>`;
        const win = await createWindow({ title: "Theme", html });
        await told("end");
        await win.close();
    "#;
    let dir = app(script);
    let config = dir.path().join("settings");
    let choose =
        |theme: &str| std::fs::write(&config, format!("Net/ThemeName \"{theme}\"\n")).unwrap();
    choose("Adwaita");
    let settings = Settings::start(&display, &config);
    let mut app = display.run(dir.main());
    app.expect_line("at first light");
    app.expect_line("page light");
    choose("Adwaita-dark");
    tests::signal(settings.0.id(), "HUP");
    app.expect_line("script dark");
    app.expect_line("page dark");
    choose("Adwaita");
    tests::signal(settings.0.id(), "HUP");
    app.expect_line("script light");
    tell(&dir, "end");
    ends_well(app);
    let dark = display.run_in(dir.main(), &[("GTK_THEME", "Adwaita:dark")]);
    assert!(dark.finish().contains(&"at first dark".to_owned()));
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
