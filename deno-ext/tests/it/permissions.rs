//! What an embedder permits, as a script meets it.

use deno_ext::Permissions;
use ipc_protocol::{ChannelList, Origin};

use crate::app::Setup;

const IMPORTS: &str = r#"
    import {
        broadcast, channelEvents, configureChannel, handle, handleStream, ipcStats, onChannel, onEvent,
        request, sendToWindow, stream, windowEvents,
    } from "host:ipc";
    import { closeWindow, createWindow, getWindows } from "host:window";
"#;

fn with(permissions: Permissions, code: &str) -> Setup {
    let mut setup = Setup::new(&format!("{IMPORTS}{code}"));
    setup.permissions = permissions;
    setup
}

fn channels(entries: &[&str]) -> Permissions {
    let mut permissions = Permissions::default();
    let entries = entries.iter().map(|entry| (*entry).to_owned());
    permissions.channels = Some(ChannelList::new(entries));
    permissions
}

#[test]
fn windows_may_be_forbidden() {
    let mut permissions = Permissions::default();
    permissions.windows = false;
    let code = r#"
        await fails(() => createWindow());
        await fails(() => createWindow({ html: "<p>" }));
        await fails(() => createWindow({ id: 7 }));
        try {
            await createWindow();
        } catch (error) {
            note([error instanceof Error, error.name, error.message]);
        }
        Object.assign(globalThis, { closeWindow, getWindows, sendToWindow });
    "#;
    with(permissions, code).run(|app| {
        assert_eq!(
            app.notes(),
            [
                r#"["NotCapable","not-permitted",null,null]"#,
                r#"["NotCapable","not-permitted",null,null]"#,
                r#"["TypeError","bad-options",null,null]"#,
                r#"[true,"NotCapable","this app may not open windows"]"#,
            ]
        );
        assert!(app.router.windows().is_empty());
        // Those that its embedder opens are no less its own.
        app.open("given");
        app.eval("note(getWindows().map(({ id }) => id))");
        app.eval("sendToWindow('given', 'a', 1).then(() => closeWindow('given')).then(note)");
        assert_eq!(app.notes(), [r#"["given"]"#, "true"]);
    });
}

#[test]
fn by_default_windows_show_the_apps_own_pages_only() {
    let code = r#"
        const win = await createWindow({ id: "own", url: "page.html?a=1" });
        await win.navigate("/other.html");
        for (const url of [
            "https://example.com/", "//example.com/", "http:example.com", "data:text/html,a",
            "javascript:0", "file:///etc/passwd", "about:blank", "app://elsewhere/",
        ]) {
            await fails(() => createWindow({ url }));
            await fails(() => win.navigate(url));
        }
        await fails(() => createWindow({ origins: ["https://example.com"] }));
        await createWindow({ id: "none", origins: [] });
    "#;
    with(Permissions::default(), code).run(|app| {
        let mut expected = Vec::new();
        for _ in 0..8 {
            expected.push(r#"["NotCapable","not-permitted",null,null]"#);
            expected.push(r#"["NotCapable","not-permitted","own",null]"#);
        }
        expected.push(r#"["NotCapable","not-permitted",null,null]"#);
        assert_eq!(app.notes(), expected);
        let open = app.router.windows();
        assert_eq!(
            open.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
            ["none", "own"]
        );
    });
}

#[test]
fn origins_are_permitted_as_a_whole() {
    let mut permissions = Permissions::default();
    permissions.origins = ["https://example.com", "http://localhost:8080"]
        .map(|origin| Origin::new(origin).unwrap())
        .into();
    let code = r#"
        const win = await createWindow({
            id: "remote",
            origins: ["http://localhost:8080", "https://Example.com/"],
            url: "https://example.com:443/a?b#c",
        });
        await win.navigate("http://localhost:8080/d");
        for (const origins of [
            ["https://example.com", "https://example.org"],
            ["http://example.com"],
            ["http://localhost"],
            ["https://www.example.com"],
        ]) await fails(() => createWindow({ origins }));
        await fails(() => createWindow({ origins: ["https://*.example.com"] }));
        await fails(() => win.navigate("https://example.com.evil.example/"));
        await createWindow({ url: "https://example.org/" }).catch((error) => note(error.message));
    "#;
    with(permissions, code).run(|app| {
        let refused = r#"["NotCapable","not-permitted",null,null]"#;
        assert_eq!(
            app.notes(),
            [
                refused,
                refused,
                refused,
                refused,
                r#"["TypeError","bad-options",null,null]"#,
                r#"["NotCapable","not-permitted","remote",null]"#,
                "this app may not show pages of https://example.org in windows",
            ]
        );
        assert_eq!(app.router.windows().len(), 1);
    });
}

#[test]
fn a_script_uses_the_channels_that_it_may() {
    let code = r#"
        await createWindow({ id: "a" });
        const calls = (channel) => [
            () => sendToWindow("a", channel, 1),
            () => sendToWindow("a", channel, new Uint8Array(1)),
            () => broadcast(["a"], channel, 1),
            () => request("a", channel),
            async () => stream("a", channel),
            async () => handle(channel, () => {}),
            async () => handleStream(channel, () => []),
            async () => onChannel(channel, () => {}),
            async () => channelEvents(channel),
            async () => configureChannel(channel, { capacity: 7 }),
        ];
        for (const call of calls("other")) await fails(call);
        for (const pattern of ["*", "lo*", "ok*"]) {
            await fails(async () => configureChannel(pattern, {}));
        }
        note(ipcStats().windows[0].channels.length);

        onChannel("close", () => {});
        await fails(() => sendToWindow("a", "close"));
        await fails(() => sendToWindow("a", ""));
        configureChannel("log:*", { capacity: 7 });
        configureChannel("log:x*", { capacity: 7 });
        for (const call of calls("ok").slice(0, 3)) await call();
        request("a", "log:", 7).catch(() => {});
        handle("log:x", (payload) => payload + 1);
        onChannel("ok", (payload) => note({ ok: payload }));
        onEvent(({ channel }) => note({ every: channel }));
    "#;
    with(channels(&["ok", "log:*"]), code).run(|app| {
        let notes = app.notes();
        let (of_other, rest) = notes.split_at(10);
        let about = |window: &str| format!(r#"["NotCapable","not-permitted",{window},"other"]"#);
        let windows = [r#""a""#, r#""a""#, "null", r#""a""#, r#""a""#];
        let expected: Vec<_> = windows.into_iter().chain(["null"; 5]).map(about).collect();
        assert_eq!(of_other, expected);
        assert_eq!(
            rest,
            [
                r#"["NotCapable","not-permitted",null,"*"]"#,
                r#"["NotCapable","not-permitted",null,"lo*"]"#,
                r#"["NotCapable","not-permitted",null,"ok*"]"#,
                "0",
                r#"["Error","reserved-channel","a","close"]"#,
                r#"["TypeError","bad-channel","a",""]"#,
            ]
        );

        app.load("a");
        app.listen("a", "ok");
        let received = app.received("a");
        assert_eq!(received.len(), 4, "{received:?}");
        // What a page sends on others is not there, neither for those who listen to everything.
        app.send_all(
            "a",
            &[("other", "1"), ("ok", "2"), ("log", "3"), ("log:x", "4")],
        );
        assert_eq!(
            app.notes(),
            [r#"{"ok":2}"#, r#"{"every":"ok"}"#, r#"{"every":"log:x"}"#]
        );
        app.call(
            "a",
            &[
                r#"{"type":"request","call":1,"channel":"other"}"#,
                r#"{"type":"request","call":2,"channel":"log:x","payload":6}"#,
            ],
        );
        let received = app.received("a");
        assert_eq!(received.len(), 2, "{received:?}");
        assert!(received[0].starts_with("error #1 "), "{received:?}");
        assert!(
            received[0].contains(r#""code":"no-handler""#),
            "{received:?}"
        );
        assert_eq!(received[1], "result #2=7");
    });
}

#[test]
fn loops_over_everything_hear_what_is_permitted() {
    let code = r#"
        await createWindow({ id: "a" });
        (async () => { for await (const { channel } of windowEvents()) note(channel) })();
    "#;
    with(channels(&[]), code).run(|app| {
        app.load("a");
        app.send("a", "any", "1");
        assert_eq!(app.notes(), [""; 0]);
        app.report(webview_host::BackendEventKind::CloseRequested.of(crate::app::window("a")));
        assert_eq!(app.notes(), ["close"]);
    });
}
