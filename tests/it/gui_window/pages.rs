//! What windows show: a page of the app, another one, or a source of their own.

use tests::{AppDir, Display};

use super::{app, ends_well};

const SECOND: &str = r#"<script>
    host.send("loaded", location.pathname);
    host.on("look", () => host.send("looked", { path: location.pathname }));
</script>"#;

fn with_pages(script: &str) -> AppDir {
    app(script)
        .file("second.html", SECOND)
        .file("sub/third.html", SECOND)
        .file("sub/index.html", SECOND)
}

fn printed(script: &str) -> Vec<String> {
    let display = Display::start();
    ends_well(display.run(with_pages(script).main()))
}

#[test]
fn urls_are_relative_to_the_app() {
    let printed = printed(
        r#"
        const urls = [
            "index.html", "second.html", "./second.html", "/second.html", "sub/third.html",
            "sub/", "second.html?query=1#place", "sub/../second.html",
        ];
        const windows = await Promise.all(urls.map((url) => createWindow({ url })));
        for (const win of windows) console.log((await look(win.id)).path);
        for (const win of windows) await win.close();
        "#,
    );
    assert_eq!(
        printed,
        [
            "/index.html",
            "/second.html",
            "/second.html",
            "/second.html",
            "/sub/third.html",
            "/sub/",
            "/second.html",
            "/second.html"
        ]
    );
}

#[test]
fn a_page_that_is_not_there_opens_no_window() {
    let printed = printed(
        r#"
        for (const url of ["nothing.html", "sub", "../nothing.html", "sub/nothing.html", "http://"]) {
            try {
                await createWindow({ id: "main", url });
            } catch (error) {
                console.log(error.code, "|", error.message);
            }
        }
        // The id is free, and nothing is on the screen.
        const win = await createWindow({ id: "main", url: "second.html" });
        console.log((await look(win.id)).path);
        await win.close();
        "#,
    );
    let codes: Vec<_> = printed
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "page-not-found",
            "page-not-found",
            "page-not-found",
            "page-not-found",
            "bad-options",
            "/second.html"
        ]
    );
    assert!(printed[0].contains("nothing.html"), "{printed:?}");
}

#[test]
fn a_source_is_a_page_as_good_as_any() {
    let printed = printed(
        r#"
        const html = `<h1>Größe</h1><script>
            host.send("loaded", document.body.innerText);
            host.on("ask", (question) => host.send("answer", question + "!"));
        </scr` + "ipt>";
        let page = loaded("main");
        const win = await createWindow({ id: "main", html });
        console.log(await page);
        onChannel("answer", (answer) => console.log(answer));
        await sendToWindow(win.id, "ask", "first");

        page = loaded("main");
        await win.reload();
        console.log("reloaded", await page);
        await sendToWindow(win.id, "ask", "second");

        page = loaded("main");
        await win.navigate("second.html");
        console.log(await page);
        await win.close();

        // The source went with its window.
        page = loaded("main");
        const other = await createWindow({ id: "main" });
        console.log(await page);
        await other.close();
        "#,
    );
    assert_eq!(
        printed,
        [
            "Größe",
            "first!",
            "reloaded Größe",
            "second!",
            "/second.html",
            "/"
        ]
    );
}

#[test]
fn navigation_replaces_the_page_or_leaves_it() {
    let printed = printed(
        r#"
        let page = loaded("main");
        const win = await createWindow({ id: "main", url: "sub/third.html" });
        console.log(await page);
        page = loaded("main");
        await win.navigate("second.html");
        console.log(await page);
        console.log(await outcome(win.navigate("nothing.html")));
        console.log((await look(win.id)).path);
        page = loaded("main");
        await win.navigate("");
        console.log(await page);
        await win.close();
        "#,
    );
    assert_eq!(
        printed,
        [
            "/sub/third.html",
            "/second.html",
            "page-not-found",
            "/second.html",
            "/"
        ]
    );
}

#[test]
fn reload_starts_the_page_anew() {
    let printed = printed(
        r#"
        let page = loaded("main");
        const win = await createWindow({ id: "main" });
        console.log(await page);
        for (let i = 0; i < 3; i++) {
            page = loaded("main");
            await win.reload();
            console.log("reloaded", await page);
            console.log((await look(win.id)).path);
        }
        await win.close();
        "#,
    );
    assert_eq!(
        printed,
        ["/", "reloaded /", "/", "reloaded /", "/", "reloaded /", "/"]
    );
}
