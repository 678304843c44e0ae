//! Loads that fail, pages that hang, and files that pages would write.

use tests::{AppDir, Display, Reply, Web, names_in};

/// Calls that are open both ways while the window goes to `url`, and what is told of it.
fn leaves_for(url: &str, origins: &[&str]) -> Vec<String> {
    leaves_by(&format!("win.navigate({url:?})"), origins)
}

/// The same while the window goes away by an expression of the script, which is awaited.
fn leaves_by(way: &str, origins: &[&str]) -> Vec<String> {
    let main = format!(
        r#"
        import {{ createWindow, onIncident }} from "host:window";
        import {{ handle, onChannel, request, sendToWindow }} from "host:ipc";
        const ends: Promise<void>[] = [];
        const ended = () => {{
            const {{ promise, resolve }} = Promise.withResolvers<void>();
            ends.push(promise);
            return resolve;
        }};
        const [incident, pageCall, scriptCall] = [ended(), ended(), ended()];
        onIncident(({{ windowId, ...rest }}) => {{
            console.log("incident", JSON.stringify(rest));
            incident();
        }});
        handle("never", (_payload, {{ signal }}) => {{
            signal.addEventListener("abort", () => {{
                console.log("the page's call was aborted");
                pageCall();
            }});
            return new Promise(() => {{}});
        }});
        onChannel("ready", async () => {{
            request("main", "hang").catch((error) => {{
                console.log("the script's call:", error.code);
                scriptCall();
            }});
            await {way};
            await Promise.all(ends);
            // The window is as good as any.
            await win.navigate("other.html");
            console.log(await request("main", "ok"));
            Deno.exit(0);
        }});
        const win = await createWindow({{ id: "main", origins: {origins:?} }});
        "#
    );
    let page = r#"<script>
        host.handle("hang", () => new Promise(() => {}));
        host.on("go", (url) => { location.href = url; });
        host.request("never").catch(() => {});
        host.send("ready");
    </script>"#;
    let dir = AppDir::of(&main, page)
        .file(
            "other.html",
            "<script>host.handle('ok', () => 'ok')</script>",
        )
        .granted(origins);
    let mut printed = Display::start().run(dir.main()).finish();
    printed.sort();
    printed
}

fn check(url: &str, origins: &[&str], reason: &str) {
    check_told(&leaves_for(url, origins), url, reason);
}

/// That what was open has ended, and that it is told why `url` could not be loaded.
fn check_told(printed: &[String], url: &str, reason: &str) {
    let incident = format!(r#"incident {{"type":"load-failed","url":"{url}","reason":""#);
    let [first, calls @ ..] = printed else {
        panic!("nothing was told");
    };
    assert!(first.starts_with(&incident), "{printed:#?}");
    assert!(first.contains(reason), "{printed:#?}");
    let expected = [
        "ok",
        "the page's call was aborted",
        "the script's call: page-gone",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_server_that_is_down_is_an_incident() {
    // A port of somebody who has gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    check(&format!("{origin}/x"), &[&origin], "refused");
}

/// As a link leads there. `navigate()` looks before.
#[test]
fn a_page_that_the_app_does_not_have_is_an_incident() {
    for name in ["nothing.html", "nothing/", ".env", "main.ts"] {
        let url = format!("app://localhost/{name}");
        let printed = leaves_by(&format!(r#"sendToWindow("main", "go", {url:?})"#), &[]);
        check_told(&printed, &url, "the app has no such page");
    }
}

#[test]
fn a_port_that_no_webview_asks_is_an_incident() {
    check("http://127.0.0.1:6000/", &["http://127.0.0.1:6000"], "");
}

#[test]
fn a_document_without_scripts_is_an_incident() {
    for policy in ["sandbox", "sandbox allow-scripts"] {
        let web =
            Web::start(move |_| Reply::html("text").header("Content-Security-Policy", policy));
        let origin = web.origin();
        check(&format!("{origin}/x"), &[&origin], "no window.host");
    }
}

#[test]
fn a_redirect_that_leads_nowhere_is_an_incident() {
    for to in ["http://127.0.0.1:6000/", "app://localhost/other.html"] {
        let web = Web::start(move |_| Reply::redirect(to));
        let printed = leaves_for(
            &format!("{}/x", web.origin()),
            &[&web.origin(), "http://127.0.0.1:6000"],
        );
        println!("{to}: {printed:#?}");
        assert!(printed[0].contains("load-failed"), "{to}: {printed:#?}");
    }
}

/// The app's script hears of a page in an endless loop, and has another one in its place.
#[test]
fn a_page_that_hangs_is_told_and_replaced() {
    let main = r#"
        import { createWindow, onIncident } from "host:window";
        import { request } from "host:ipc";
        const told = new Map<string, () => void>();
        const heard = (type: string) => new Promise<void>((resolve) => told.set(type, resolve));
        onIncident(({ type }) => {
            console.log("incident", type);
            told.get(type)?.();
        });
        const win = await createWindow({ id: "main" });
        const hangs = async (how: string) => {
            const silent = heard("page-unresponsive");
            request("main", "hang", how).catch((error) => console.log("the call:", error.code));
            await silent;
        };
        const back = heard("page-responsive");
        await hangs("for a while");
        await back;
        await hangs("for ever");
        await win.reload();
        console.log(await request("main", "ok"));
        await hangs("for ever");
        await win.navigate("other.html");
        console.log(await request("main", "ok"));
        // Before anybody has noticed.
        request("main", "hang", "for ever").catch((error) => console.log("the call:", error.code));
        await new Promise((next) => setTimeout(next, 300));
        await win.reload();
        console.log(await request("main", "ok"));
        Deno.exit(0);
    "#;
    let page = r#"<script>
        host.handle("hang", (how) => {
            const end = how === "for ever" ? Infinity : Date.now() + 8000;
            while (Date.now() < end);
            return null;
        });
        host.handle("ok", () => "ok");
    </script>"#;
    let dir = AppDir::of(main, page).file("other.html", page);
    let printed = Display::start().run(dir.main()).finish();
    let end = ["incident page-crashed", "the call: page-gone", "ok"];
    let silent = "incident page-unresponsive";
    let expected = [
        &[silent, "incident page-responsive"][..],
        &[silent],
        &end,
        &[silent],
        &end,
        &[silent],
        &end,
    ];
    let mut printed: Vec<_> = printed.iter().map(String::as_str).collect();
    // The incident and the end of the call are told by two ways.
    for pair in 0..printed.len() - 1 {
        if printed[pair] == end[1] && printed[pair + 1] == end[0] {
            printed.swap(pair, pair + 1);
        }
    }
    assert_eq!(printed, expected.concat());
}

#[test]
fn no_file_is_written_without_the_user() {
    let attachment = "attachment; filename=host.json";
    let web = Web::start(move |_| Reply::html("text").header("Content-Disposition", attachment));
    let origin = web.origin();
    let main = format!(
        r#"
        import {{ sendToWindow }} from "host:ipc";
        import {{ createWindow, onIncident }} from "host:window";
        let incidents = 0;
        onIncident(({{ type, url }}) => {{
            console.log(type, url.slice(0, 5));
            if (++incidents === 4) setTimeout(() => Deno.exit(0), 500);
            else sendToWindow("main", "next");
        }});
        await createWindow({{ id: "main", origins: [{origin:?}] }});
        "#
    );
    let page = format!(
        r#"<script>
        const click = (href, download) => {{
            const link = document.createElement("a");
            if (download !== undefined) link.download = download;
            link.href = href;
            document.documentElement.append(link);
            link.click();
        }};
        const pause = () => new Promise((next) => host.once("next", next));
        (async () => {{
            click(URL.createObjectURL(new Blob(["{{}}"])), "host.json");
            await pause();
            click("data:text/plain,x", "host.json");
            await pause();
            click("index.html", "host.json");
            await pause();
            location.href = "{origin}/attachment";
        }})();
        </script>"#
    );
    let dir = AppDir::of(&main, &page).granted(&[&origin]);
    let before = names_in(dir.path());
    let home = tempfile::tempdir().unwrap();
    let downloads = home.path().join("Downloads");
    std::fs::create_dir(&downloads).unwrap();
    let env = [("HOME", home.path().to_str().unwrap())];
    let mut printed = Display::start().run_in(dir.main(), &env).finish();
    printed.sort();
    assert_eq!(
        printed,
        [
            "download-blocked app:/",
            "download-blocked blob:",
            "download-blocked data:",
            "download-blocked http:",
        ]
    );
    assert_eq!(names_in(dir.path()), before);
    assert!(names_in(&downloads).is_empty());
    assert!(!names_in(home.path()).iter().any(|name| name == "host.json"));
}
