//! A handle is one window, and a window that closes lets its page have the last word.

use tests::{AppDir, Display, WITHOUT_SOCKETS};

#[test]
fn a_handle_means_no_other_window_with_its_id() {
    let main = r#"
        import { closeWindow, createWindow } from "host:window";
        const code = (error: any) => error.code;
        const old = await createWindow({ id: "x", title: "old", html: "" });
        await old.close();
        const young = await createWindow({ id: "x", title: "young", html: "" });
        const calls: [string, () => Promise<unknown>][] = [
            ["getTitle", () => old.getTitle()],
            ["setTitle", () => old.setTitle("taken")],
            ["reload", () => old.reload()],
            ["navigate", () => old.navigate("index.html")],
            ["focus", () => old.focus()],
            ["isVisible", () => old.isVisible()],
            ["events", () => old.events().next()],
            ["close", () => old.close()],
        ];
        for (const [name, call] of calls) console.log(name, await call().catch(code));
        console.log(await young.getTitle());
        const events = young.events();
        await closeWindow("x");
        for await (const { type } of events) if (type === "close") console.log("young", type);
        await createWindow({ id: "x", title: "third", html: "" });
        console.log(await young.close(), await old.close(), await closeWindow("x"));
        Deno.exit(0);
    "#;
    let closed = "window-closed";
    let names = [
        "getTitle",
        "setTitle",
        "reload",
        "navigate",
        "focus",
        "isVisible",
        "events",
    ];
    let mut expected: Vec<_> = names
        .iter()
        .map(|name| format!("{name} {closed}"))
        .collect();
    expected.extend(["close false", "young", "young close", "false false true"].map(String::from));
    let dir = AppDir::of(main, "");
    assert_eq!(Display::start().run(dir.main()).finish(), expected);
}

#[test]
fn an_id_is_free_in_a_handler_of_its_close() {
    let main = r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";
        for (let n = 0; n < 10; n++) {
            const { promise, resolve } = Promise.withResolvers<void>();
            const win = await createWindow({ id: "x", html: "" });
            const off = onChannel("close", async (_, id) => {
                off();
                const sent = await sendToWindow(id, "late", n).catch((error) => error.code);
                const again = await createWindow({ id, html: "" }).catch((error) => error.code);
                console.log(sent, typeof again === "string" ? again : "created");
                await again.close();
                resolve();
            });
            win.close();
            await promise;
        }
        Deno.exit(0);
    "#;
    let dir = AppDir::of(main, "");
    let printed = Display::start().run(dir.main()).finish();
    assert_eq!(printed, ["window-closed created"; 10]);
}

/// What a page does when it is left: it sends text and bytes, and answers what it was asked.
const LEAVES: &str = r#"<title>Leaves</title><script>
    let answer;
    host.handle("when you leave", () => new Promise((resolve) => { answer = resolve; }));
    addEventListener("pagehide", () => {
        host.send("draft", "saved");
        host.send("bytes", new Uint8Array([1, 2, 3]));
        answer?.("left");
    });
    host.on("leave", () => close());
    host.on("go", () => { location.href = "?gone"; });
    host.send("ready");
</script>"#;

fn hears(end: &str) -> String {
    format!(
        r#"
        import {{ createWindow }} from "host:window";
        import {{ onEvent, request, sendToWindow }} from "host:ipc";
        const win = await createWindow({{ id: "main", title: "Leaves" }});
        onEvent(({{ channel, payload }}) => {{
            if (["focus", "blur", "move", "resize"].includes(channel)) return;
            console.log(channel, payload instanceof Uint8Array ? [...payload] : payload);
            if (channel !== "ready") return;
            request("main", "when you leave").catch((error) => console.log(error.code));
            setTimeout(() => {{ {end} }}, 300);
        }});
        "#
    )
}

#[test]
fn a_page_is_heard_to_its_end_however_its_window_closes() {
    let display = Display::start();
    let said = ["ready null", "draft saved", "bytes [ 1, 2, 3 ]"];
    for env in [&[][..], WITHOUT_SOCKETS] {
        for (end, code) in [
            ("win.close()", 0),
            ("sendToWindow('main', 'leave')", 0),
            ("console.log('now')", 0),
            ("console.log('now')", 143),
            ("console.log('now')", 130),
            ("console.log('now')", 129),
        ] {
            let dir = AppDir::of(&hears(end), LEAVES);
            let mut app = display.run_in(dir.main(), env);
            if end.contains("now") {
                app.expect_line("now");
                match code {
                    0 => app.window("Leaves").close(),
                    129 => app.signal("HUP"),
                    130 => app.signal("INT"),
                    _ => app.signal("TERM"),
                }
            }
            let (printed, stderr) = app.expect_exit(code);
            let printed: Vec<_> = printed.iter().filter(|line| *line != "now").collect();
            // Without a socket bytes are a request, which breaks off when the page is left.
            let said = &said[..if env.is_empty() { 3 } else { 2 }];
            let heard = said.iter().all(|line| printed.iter().any(|it| it == line));
            assert!(heard, "{end} {code} {env:?}: {printed:#?} {stderr:#?}");
            // What was said came first.
            let place = |line: &str| printed.iter().position(|it| *it == line);
            assert!(place("close null") > place(said[1]), "{printed:#?}");
        }
    }
}

#[test]
fn a_page_is_heard_to_its_end_before_the_next_one() {
    let main = r#"
        import { createWindow } from "host:window";
        import { onEvent, sendToWindow } from "host:ipc";
        const win = await createWindow({ id: "main" });
        const ways = [
            () => win.reload(),
            () => win.navigate("index.html?next"),
            () => sendToWindow("main", "go"),
        ];
        onEvent(async ({ channel }) => {
            if (!["ready", "draft", "bytes"].includes(channel)) return;
            console.log(channel);
            if (channel !== "ready") return;
            if (ways.length === 0) Deno.exit(0);
            await ways.shift()();
        });
    "#;
    let printed = Display::start()
        .run(AppDir::of(main, LEAVES).main())
        .finish();
    let page = ["ready", "draft", "bytes"];
    assert_eq!(printed, [&page[..], &page, &page, &["ready"]].concat());
}

/// A page that does not leave does not keep its window.
#[test]
fn a_page_in_an_endless_loop_has_no_last_word() {
    let main = r#"
        import { createWindow } from "host:window";
        import { onEvent } from "host:ipc";
        onEvent(({ channel }) => ["ready", "close"].includes(channel) && console.log(channel));
        const win = await createWindow();
        onEvent(({ channel }) => channel === "ready" && setTimeout(() => win.close(), 300));
    "#;
    let page = r#"<script>
        host.send("ready");
        setTimeout(() => { for (;;); }, 100);
    </script>"#;
    let printed = Display::start().run(AppDir::of(main, page).main()).finish();
    assert_eq!(printed, ["ready", "close"]);
}
