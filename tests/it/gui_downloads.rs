//! Files that pages, or their users, save.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;
use tests::{AppDir, Display, Reply, RunningApp, Web, names_in};

/// An app whose page is one link, of which `sendToWindow("main", "link", [href, name])` makes another one.
/// It tells of all downloads, and ends when as many have ended as there are links.
fn app(options: &str, links: &[(&str, &str)]) -> AppDir {
    let main = format!(
        r#"
        import {{ createWindow, onIncident }} from "host:window";
        import {{ onChannel, sendToWindow }} from "host:ipc";

        const links = {links:?};
        const next = () => {{
            const link = links.shift();
            if (link === undefined) win.close();
            else sendToWindow("main", "link", link);
        }};
        let before = 0;
        onIncident(({{ type, url, path, reason, received, total }}) => {{
            if (type === "download-progress") {{
                console.log("progress", received > before ? "on" : "back", total);
                before = received;
                return;
            }}
            const name = path?.split("/").at(-1);
            console.log(type, url?.split(/[:;,]/)[0] ?? "", name ?? "", reason ?? "");
            if (type !== "download-begun") next();
        }});
        onChannel("ready", next);
        let shown = 0;
        onChannel("shown", (href) => console.log("click", ++shown, href.split(/[:;,]/)[0]));
        const win = await createWindow({{ id: "main", title: "main", {options} }});
        "#,
        links = links
            .iter()
            .map(|&(href, name)| [href, name])
            .collect::<Vec<_>>(),
    );
    AppDir::of(
        &main,
        r#"<body><script>
        const link = document.createElement("a");
        link.style = "position: fixed; inset: 0; background: silver";
        document.body.append(link);
        host.on("link", ([href, name]) => {
            link.href = href === "blob" ? URL.createObjectURL(new Blob(["of a blob"])) : href;
            if (name) link.download = name;
            else link.removeAttribute("download");
            requestAnimationFrame(() => requestAnimationFrame(() => host.send("shown", link.href)));
        });
        host.send("ready");
        </script></body>"#,
    )
    .file("a b.txt", "of the app")
}

/// Clicks on the first link, and on each that is the next one, up to this number.
fn click_all(app: &mut RunningApp<'_>, count: usize) {
    (1..=count).for_each(|number| click(app, number));
}

/// Clicks on the link with this number, once it is there.
fn click(app: &mut RunningApp<'_>, number: usize) {
    app.expect_line(&format!("click {number} "));
    app.window("main").click(100, 100);
}

/// Waits for the app to end, and returns what it has printed of downloads.
fn told(app: RunningApp<'_>) -> Vec<String> {
    let mut printed = app.finish();
    printed.retain(|line| !line.starts_with("click") && !line.starts_with("progress"));
    printed
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn files_go_to_the_folder_that_the_app_has_chosen() {
    let folder = TempDir::new().unwrap();
    let web = Web::start(|_| {
        Reply::html("of a server").header("Content-Disposition", "attachment; filename=../s.txt")
    });
    let origin = web.origin();
    let options = format!("downloads: {:?}, origins: [{origin:?}]", folder.path());
    let attachment = format!("{origin}/s");
    let links = [
        ("blob", "a.txt"),
        ("blob", "a.txt"),
        ("data:text/plain,of%20data", ".hidden"),
        ("a%20b.txt", "c.txt"),
        (&*attachment, ""),
        ("missing.txt", "d.txt"),
    ];
    let dir = app(&options, &links).granted(&[&origin]);
    let display = Display::start();
    let mut app = display.run(dir.main());
    click_all(&mut app, links.len());
    assert_eq!(
        told(app),
        [
            "download-begun blob a.txt ",
            "download-done  a.txt ",
            "download-begun blob a (1).txt ",
            "download-done  a (1).txt ",
            "download-begun data hidden ",
            "download-done  hidden ",
            "download-begun app a b.txt ",
            "download-done  a b.txt ",
            "download-begun http s.txt ",
            "download-done  s.txt ",
            "download-blocked app  ",
        ]
    );
    for (name, content) in [
        ("a.txt", "of a blob"),
        ("a (1).txt", "of a blob"),
        ("hidden", "of data"),
        ("a b.txt", "of the app"),
        ("s.txt", "of a server"),
    ] {
        assert_eq!(text(&folder.path().join(name)), content, "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn the_user_is_asked_where_to() {
    let folder = TempDir::new().unwrap();
    let dir = app(
        "",
        &[("blob", "a.txt"), ("a%20b.txt", "b.txt"), ("blob", "c.txt")],
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    let files = [("a.txt", "x.txt"), ("a b.txt", "y.txt")];
    for (number, (suggested, name)) in (1..).zip(files) {
        click(&mut app, number);
        let dialog = app.window(suggested);
        dialog.activate();
        let path = folder.path().join(name);
        dialog.keys(&["ctrl+a"]);
        dialog.type_text(path.to_str().unwrap());
        dialog.keys(&["Return"]);
    }
    click(&mut app, 3);
    let dialog = app.window("c.txt");
    dialog.activate();
    dialog.keys(&["Escape"]);
    assert_eq!(
        told(app),
        [
            "download-begun blob x.txt ",
            "download-done  x.txt ",
            "download-begun app y.txt ",
            "download-done  y.txt ",
            "download-refused blob  ",
        ]
    );
    assert_eq!(text(&folder.path().join("x.txt")), "of a blob");
    assert_eq!(text(&folder.path().join("y.txt")), "of the app");
}

#[test]
fn windows_that_deny_write_nothing() {
    let display = Display::start();
    let folder = TempDir::new().unwrap();
    let elsewhere = "https://example.com";
    let denied = r#"{ "downloads": "deny" }"#.to_owned();
    let granted = format!(r#"{{ "permissions": {{ "origins": [{elsewhere:?}] }} }}"#);
    let origins = format!("origins: [{elsewhere:?}]");
    for (options, manifest) in [
        ("downloads: 'deny'", "{}"),
        ("", &*denied),
        // What no option and no manifest says.
        (&*origins, &*granted),
    ] {
        let dir =
            app(options, &[("blob", "a.txt"), ("a%20b.txt", "b.txt")]).file("host.json", manifest);
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("Downloads")).unwrap();
        let before = names_in(dir.path());
        let env = [("HOME", home.to_str().unwrap())];
        let mut app = display.run_in(dir.main(), &env);
        click_all(&mut app, 2);
        let expected = ["download-blocked blob  ", "download-blocked app  "];
        assert_eq!(told(app), expected, "{options} {manifest}");
        assert_eq!(names_in(dir.path()), before);
        assert!(names_in(&home.join("Downloads")).is_empty());
    }
}

#[test]
fn a_page_saves_nothing_by_itself() {
    let folder = TempDir::new().unwrap();
    let options = format!("downloads: {:?}", folder.path());
    let dir = AppDir::of(
        &format!(
            r#"
            import {{ createWindow, onIncident }} from "host:window";
            onIncident(({{ type }}) => {{ console.log(type); win.close(); }});
            const win = await createWindow({{ {options} }});
            "#
        ),
        r#"<body><script>
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob(["x"]));
        link.download = "a.txt";
        document.body.append(link);
        link.click();
        </script></body>"#,
    );
    let printed = Display::start().run(dir.main()).finish();
    assert_eq!(printed, ["download-blocked"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_click_is_good_for_one_file() {
    let folder = TempDir::new().unwrap();
    let options = format!("downloads: {:?}", folder.path());
    let dir = AppDir::of(
        &format!(
            r#"
            import {{ createWindow, onIncident }} from "host:window";
            const left = new Set(["download-done", "download-blocked"]);
            onIncident(({{ type }}) => {{
                if (type === "download-progress") return;
                console.log(type);
                left.delete(type);
                if (left.size === 0) win.close();
            }});
            const win = await createWindow({{ title: "main", {options} }});
            "#
        ),
        r#"<body style="height: 100vh"><script>
        // A timer goes on with what the user has begun.
        addEventListener("click", (event) => {
            if (!event.isTrusted) return;
            for (let number = 0; number < 3; number++) setTimeout(() => {
                const link = document.createElement("a");
                link.href = URL.createObjectURL(new Blob(["x"]));
                link.download = `${number}.txt`;
                document.body.append(link);
                link.click();
            }, 100 * number);
        });
        host.send("ready");
        </script></body>"#,
    );
    let display = Display::start();
    let mut app = display.run(dir.main());
    app.expect_error_line("channel=ready");
    app.window("main").click(100, 100);
    let printed = app.finish();
    let done = printed.iter().filter(|it| *it == "download-done").count();
    assert_eq!(done, 1, "{printed:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_saved_as_a_whole_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let web = Web::start(|_| {
        let reply = Reply::html("x".repeat(100_000)).missing(100_000);
        reply.header("Content-Disposition", "attachment")
    });
    let origin = web.origin();
    let options = format!("downloads: {:?}, origins: [{origin:?}]", folder.path());
    let short = format!("{origin}/short");
    let dir = app(&options, &[(&short, "")]).granted(&[&origin]);
    let display = Display::start();
    let mut app = display.run(dir.main());
    click_all(&mut app, 1);
    app.expect_line("download-failed");
    app.finish();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_window_that_closes_gives_its_downloads_up() {
    let folder = TempDir::new().unwrap();
    let options = format!("downloads: {:?}", folder.path());
    let dir = app(&options, &[("big.bin", "big.bin")]);
    let big = File::create(dir.path().join("big.bin")).unwrap();
    big.set_len(8 << 30).unwrap();
    let display = Display::start();
    let mut app = display.run(dir.main());
    click_all(&mut app, 1);
    app.expect_line("download-begun app big.bin");
    app.expect_line("progress on 8589934592");
    app.window("main").close();
    let printed = app.finish();
    assert!(!printed.iter().any(|line| line.starts_with("progress back")));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
