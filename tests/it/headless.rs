//! Whole apps without a screen: the script runs as in `host`, the host has the memory backend,
//! and each page runs in a realm of its own, with the preload and a document made of little.

mod app;
mod backend;
mod engine;
mod page;

use tests::{AppDir, example};

use self::app::HeadlessApp;

#[test]
fn the_complete_example() {
    HeadlessApp::run(example("complete-example"), |app| {
        app.wait_for_window("win-1");
        app.in_page("win-1", "document.getElementById('submit').click()");
        app.wait_for_output("Button submit clicked in win-1");
        app.wait_for_page(
            "win-1",
            "document.getElementById('status').textContent === 'Processed submit'",
        );
        app.close_as_user("win-1");
        app.wait_for_end(0);
        let expected = "Button submit clicked in win-1\nWindow win-1 requested close\n";
        assert_eq!(app.stdout(), expected);
        assert_eq!(app.stderr(), "");
    });
}

#[test]
fn a_reload_moves_what_was_not_delivered() {
    let dir = AppDir::new()
        .file(
            "main.ts",
            r#"
            import { createWindow } from "host:window";
            import { onChannel, sendToWindow } from "host:ipc";
            const win = await createWindow();
            onChannel("here", (visit, id) => {
                console.log(`visit ${visit}`);
                sendToWindow(id, "heard", `heard in ${visit}`);
                sendToWindow(id, "late", `sent in ${visit}`);
            });
            onChannel("got", (text) => console.log(text));
            onChannel("again", () => win.reload());
            "#,
        )
        .file(
            "index.html",
            r#"<script>
            const got = (payload) => host.send("got", `visit ${visit} got ${payload}`);
            host.on("heard", (payload) => {
                got(payload);
                if (visit === 1) host.send("again");
                else host.on("late", got);
            });
            host.send("here", visit);
            </script>"#,
        );
    HeadlessApp::run(dir.main(), |app| {
        app.wait_for_output("visit 2 got sent in 2");
        app.close_as_user("win-1");
        app.wait_for_end(0);
        let expected = [
            "visit 1",
            "visit 1 got heard in 1",
            "visit 2",
            "visit 2 got heard in 2",
            "visit 2 got sent in 1",
            "visit 2 got sent in 2",
        ];
        assert_eq!(app.stdout().lines().collect::<Vec<_>>(), expected);
    });
}

#[test]
fn an_app_that_loops_over_events_ends_with_its_last_window() {
    let dir = AppDir::new()
        .file(
            "main.ts",
            r#"
            import { createWindow } from "host:window";
            import { channelEvents, windowEvents } from "host:ipc";
            await createWindow({ id: "one" });
            await createWindow({ id: "two" });
            for await (const event of windowEvents()) {
                console.log(event.windowId, event.channel, event.type ?? "");
            }
            for await (const event of channelEvents("never")) console.log(event);
            console.log("end");
            "#,
        )
        .file("index.html", "<script>host.send('loaded')</script>");
    HeadlessApp::run(dir.main(), |app| {
        app.wait_for_output("one loaded");
        app.wait_for_output("two loaded");
        app.close_as_user("one");
        app.wait_for_output("one close close");
        app.close_as_user("two");
        app.wait_for_end(0);
        assert!(
            app.stdout().ends_with("two close close\nend\n"),
            "{}",
            app.stdout()
        );
    });
}

#[test]
fn a_failing_callback_is_reported_where_it_stands_in_the_source() {
    let dir = AppDir::new()
        .file(
            "main.ts",
            "import { createWindow } from 'host:window';\n\
             import { onChannel } from 'host:ipc';\n\
             interface Gone { when: Date }\n\
             interface AlsoGone { then: Date }\n\
             await createWindow();\n\
             onChannel('go', function broken(payload: unknown) {\n\
             \x20   const text: string = payload as string;\n\
             \x20   throw new RangeError(text);\n\
             });\n\
             onChannel('go', async () => { await null; throw new Error('later'); });\n\
             onChannel('go', () => console.log('the others go on'));\n",
        )
        .file("index.html", "<script>host.send('go', 'thrown')</script>");
    HeadlessApp::run(dir.main(), |app| {
        app.wait_for_output("the others go on");
        app.wait_for_error("Error: later");
        app.close_as_user("win-1");
        app.wait_for_end(0);
        let stderr = app.stderr();
        let head = "error: Uncaught (in the callback of channel \"go\") RangeError: thrown\n";
        let (_, stack) = stderr.split_once(head).expect(&stderr);
        let frame = stack.lines().next().unwrap();
        assert!(
            frame.starts_with("    at ") && frame.contains("broken"),
            "{stderr}"
        );
        assert!(frame.contains("main.ts:8:"), "{stderr}");
        assert!(stderr.contains("main.ts:10:"), "{stderr}");
    });
}

#[test]
fn a_failing_page_is_its_own_affair() {
    let dir = AppDir::new()
        .file(
            "main.ts",
            r#"
            import { createWindow } from "host:window";
            import { onEvent, sendToWindow } from "host:ipc";
            await createWindow();
            sendToWindow("win-1", "x", 1);
            onEvent(({ channel, payload }) => console.log(channel, payload));
            "#,
        )
        .file(
            "index.html",
            r#"<script>
            host.on("x", () => { throw new Error("of the page") });
            host.on("x", (payload) => host.send("fine", payload));
            webkit.messageHandlers.ipc.postMessage("no frames");
            webkit.messageHandlers.ipc.postMessage('{"key":"","page":"p","seq":1,"ack":0,"frames":[]}');
            </script>
            <script>throw new Error("of a script")</script>
            <script>host.send("last")</script>"#,
        );
    HeadlessApp::run(dir.main(), |app| {
        app.wait_for_output("fine 1");
        app.wait_for_output("last null");
        assert_eq!(app.page_errors("win-1"), ["of a script", "of the page"]);
        app.close_as_user("win-1");
        app.wait_for_end(0);
        assert_eq!(app.stderr(), "");
    });
}

#[test]
fn a_window_whose_page_is_missing_is_an_error() {
    let dir = AppDir::new().file(
        "main.ts",
        r#"
        import { createWindow } from "host:window";
        await createWindow({ url: "missing.html" });
        "#,
    );
    HeadlessApp::run(dir.main(), |app| {
        app.wait_for_end(1);
        assert!(app.stderr().contains("page-not-found"), "{}", app.stderr());
        assert!(app.stderr().contains("missing.html"), "{}", app.stderr());
    });
}

#[test]
fn an_app_ends_itself() {
    let dir = AppDir::new()
        .file(
            "main.ts",
            r#"
            import { createWindow } from "host:window";
            import { onChannel } from "host:ipc";
            onChannel("quit", (code) => Deno.exit(code as number));
            await createWindow();
            "#,
        )
        .file("index.html", "<script>host.send('quit', 7)</script>");
    HeadlessApp::run(dir.main(), |app| app.wait_for_end(7));
}
