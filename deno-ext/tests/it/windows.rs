//! `host:window`: opening windows, what may be asked of them, and their events.

use ipc_protocol::{Origin, Position, Size, WindowCommand};
use webview_host::{BackendError, BackendEvent};

use crate::app::{App, Setup, run, window};

const IMPORTS: &str = r#"
    import { closeWindow, createWindow, windowEvents } from "host:window";
    Object.assign(globalThis, { closeWindow, createWindow, windowEvents });
    globalThis.read = async (name, events) => {
        for await (const { channel } of events) note(`${name} ${channel}`);
        note(`${name} ends`);
    };
"#;

fn script(code: &str, test: impl FnOnce(&mut App) + Send + 'static) {
    run(&format!("{IMPORTS}{code}"), test);
}

#[test]
fn windows_are_opened_with_their_options() {
    let code = r#"
        for (const options of [undefined, {}, { id: "mine" }]) note((await createWindow(options)).id);
        const win = await createWindow({
            id: "full", title: "Title", width: 320, height: 240.5, x: 10, y: -20,
            resizable: false, decorations: false, alwaysOnTop: true, visible: false,
            minWidth: undefined, url: null,
        });
        note([
            await win.getTitle(), await win.getSize(), await win.getPosition(),
            await win.isResizable(), await win.hasDecorations(), await win.isAlwaysOnTop(),
            await win.isVisible(), await win.isFocused(), await win.isFullscreen(),
            await win.isMaximized(), await win.isMinimized(),
        ]);
    "#;
    script(code, |app| {
        let state = r#"["Title",{"width":320,"height":240.5},{"x":10,"y":-20},false,false,true,false,false,false,false,false]"#;
        assert_eq!(app.notes(), ["win-1", "win-2", "mine", state]);
    });
}

#[test]
fn what_a_window_is_told_shows_in_how_it_stands() {
    let code = r#"
        const win = await createWindow({ devtools: true });
        for (const [change, get] of [
            [() => win.setTitle("New"), () => win.getTitle()],
            [() => win.setSize(300, 200), () => win.getSize()],
            [() => win.setPosition(-5, 6.5), () => win.getPosition()],
            [() => win.setFullscreen(true), () => win.isFullscreen()],
            [() => win.setResizable(false), () => win.isResizable()],
            [() => win.setDecorations(false), () => win.hasDecorations()],
            [() => win.setAlwaysOnTop(true), () => win.isAlwaysOnTop()],
            [() => win.hide(), () => win.isVisible()],
            [() => win.show(), () => win.isVisible()],
            [() => win.focus(), () => win.isFocused()],
            [() => win.maximize(), () => win.isMaximized()],
            [() => win.unmaximize(), () => win.isMaximized()],
            [() => win.minimize(), () => win.isMinimized()],
            [() => win.restore(), () => win.isMinimized()],
        ]) {
            note([(await change()) === undefined, await get()]);
        }
        note([await win.navigate("other.html"), await win.reload(), await win.openDevtools()]);
    "#;
    script(code, |app| {
        let expected = [
            r#"[true,"New"]"#,
            r#"[true,{"width":300,"height":200}]"#,
            r#"[true,{"x":-5,"y":6.5}]"#,
            "[true,true]",
            "[true,false]",
            "[true,false]",
            "[true,true]",
            "[true,false]",
            "[true,true]",
            "[true,true]",
            "[true,true]",
            "[true,false]",
            "[true,true]",
            "[true,false]",
            "[null,null,null]",
        ];
        assert_eq!(app.notes(), expected);
        let commands = app.screen.commands(&window("win-1"));
        let size = Size {
            width: 300.0,
            height: 200.0,
        };
        let told: Vec<_> = commands
            .into_iter()
            .filter(|command| *command != WindowCommand::ReportState)
            .collect();
        assert_eq!(
            told,
            [
                WindowCommand::SetTitle("New".to_owned()),
                WindowCommand::SetSize(size),
                WindowCommand::SetPosition(Position { x: -5.0, y: 6.5 }),
                WindowCommand::SetFullscreen(true),
                WindowCommand::SetResizable(false),
                WindowCommand::SetDecorations(false),
                WindowCommand::SetAlwaysOnTop(true),
                WindowCommand::SetVisible(false),
                WindowCommand::SetVisible(true),
                WindowCommand::Focus,
                WindowCommand::Maximize,
                WindowCommand::Unmaximize,
                WindowCommand::Minimize,
                WindowCommand::Restore,
                WindowCommand::Navigate("other.html".to_owned()),
                WindowCommand::Reload,
                WindowCommand::OpenDevtools,
            ]
        );
    });
}

#[test]
fn the_origins_of_a_window_get_to_its_pages() {
    let code = r#"
        import { onEvent } from "host:ipc";
        onEvent(({ channel }) => note(channel));
        await createWindow({ id: "a", origins: ["https://Example.com:443/"] });
    "#;
    let mut setup = Setup::new(&format!("{IMPORTS}{code}"));
    setup.permissions.origins = vec![Origin::new("https://example.com").unwrap()];
    setup.run(|app| {
        let link = app.screen.link(&window("a")).unwrap();
        let origins = r#""origins":["app://localhost","https://example.com"]"#;
        assert!(link.preload().contains(origins));
        app.load("a");
        for (origin, channel) in [
            ("app://localhost", "own"),
            ("https://example.com", "web"),
            ("https://example.org", "foreign"),
        ] {
            app.screen.navigate(&window("a"), Origin::of(origin));
            app.load("a");
            app.send("a", channel, "1");
        }
        assert_eq!(app.notes(), ["own", "web"]);
    });
}

#[test]
fn bad_options_are_errors_that_name_them() {
    let code = r#"
        const cycle = {};
        cycle.title = cycle;
        for (const options of [
            null, 7, "options", [],
            { colour: "red" },
            { title: 7 },
            { title: "a\0b" },
            { width: "800" },
            { width: NaN },
            { width: 0 },
            { height: Infinity },
            { minWidth: 10, maxWidth: 5 },
            { x: 1 },
            { url: "a.html", html: "b" },
            { id: "" },
            { resizable: () => true },
            { title: Symbol("s") },
            { width: 1n },
            { channels: "all" },
            { origins: "https://example.com" },
            { origins: ["https://example.com", "https://*.example.com"] },
            cycle,
            { toJSON() { throw Object.create(null) } },
        ]) {
            await createWindow(options).then(
                () => note("opened"),
                (error) => note([error.constructor.name, error.code, error.message]),
            );
        }
    "#;
    script(code, |app| {
        let words = [
            "object",
            "object",
            "object",
            "object",
            "colour",
            "title",
            "title",
            "width",
            "width",
            "width",
            "height",
            "minWidth",
            "`x`",
            "url",
            "id",
            "resizable",
            "title",
            "width",
            "channels",
            "`origins`",
            "`origins[1]`",
            "cannot be read",
            "cannot be read",
        ];
        let notes = app.notes();
        assert_eq!(notes.len(), words.len(), "{notes:#?}");
        for (note, word) in notes.iter().zip(words) {
            let is_coded = note.starts_with(r#"["TypeError","bad-options","#);
            assert!(is_coded && note.contains(word), "{note} should name {word}");
        }
        assert!(!app.router.has_windows());
    });
}

#[test]
fn bad_values_are_errors_too() {
    let code = r#"
        const win = await createWindow();
        for (const call of [
            () => win.setTitle(7),
            () => win.setTitle(),
            () => win.setTitle(Symbol("s")),
            () => win.setSize(0, 100),
            () => win.setSize(100),
            () => win.setSize(NaN, 1),
            () => win.setPosition("1", 2),
            () => win.setFullscreen("yes"),
            () => win.navigate(),
        ]) {
            await fails(call);
        }
    "#;
    script(code, |app| {
        let refused = r#"["TypeError","bad-options","win-1",null]"#;
        assert_eq!(app.notes(), [refused; 9]);
        assert_eq!(app.screen.commands(&window("win-1")), []);
    });
}

#[test]
fn what_the_window_system_refuses_is_a_coded_error() {
    script("globalThis.win = await createWindow();", |app| {
        let table = [
            (
                BackendError::PageNotFound("x".to_owned()),
                "createWindow({ id: 'new' })",
                "page-not-found",
                "new",
            ),
            (
                BackendError::Failed("no".to_owned()),
                "createWindow({ id: 'new' })",
                "window-failed",
                "new",
            ),
            (
                BackendError::Unsupported,
                "win.openDevtools()",
                "unsupported",
                "win-1",
            ),
            (
                BackendError::PageNotFound("x".to_owned()),
                "win.navigate('x')",
                "page-not-found",
                "win-1",
            ),
            (
                BackendError::Failed("no".to_owned()),
                "win.getTitle()",
                "window-failed",
                "win-1",
            ),
        ];
        for (error, call, code, id) in table {
            app.screen.refuse_next(error);
            app.eval(&format!("fails(() => {call})"));
            assert_eq!(app.notes(), [format!(r#"["Error","{code}","{id}",null]"#)]);
        }
        app.eval("fails(() => createWindow({ id: 'win-1' }))");
        assert_eq!(app.notes(), [r#"["Error","window-exists","win-1",null]"#]);
        // The ids of those that failed are free.
        app.eval("createWindow({ id: 'new' }).then((win) => note(win.id))");
        assert_eq!(app.notes(), ["new"]);
    });
}

#[test]
fn a_closed_window_takes_nothing() {
    let code = r#"
        const win = await createWindow();
        note([await win.close(), await win.close(), await closeWindow(win.id)]);
        const members = Object.getPrototypeOf(win);
        for (const name of Object.getOwnPropertyNames(members)) {
            if (["constructor", "id", "close", "events"].includes(name)) continue;
            const args = { setSize: [1, 1], setPosition: [1, 1], setTitle: ["t"], navigate: ["u"] }[name];
            await win[name](...(args ?? [true])).then(
                () => note(`${name} worked`),
                (error) => {
                    if (error.code !== "window-closed" || error.windowId !== "win-1") note([name, error.code]);
                },
            );
        }
        note(win.id);
    "#;
    script(code, |app| {
        assert_eq!(app.notes(), ["[true,false,false]", "win-1"]);
    });
}

#[test]
fn windows_are_closed_by_id() {
    let code = r#"
        await createWindow({ id: "main" });
        note(await closeWindow("main"));
        for (const id of ["nobody", "", 7, undefined, "\ud800"]) await fails(() => closeWindow(id));
    "#;
    script(code, |app| {
        let bad = r#"["TypeError","bad-window-id",null,null]"#;
        let unknown = r#"["Error","unknown-window","nobody",null]"#;
        assert_eq!(app.notes(), ["true", unknown, bad, bad, bad, bad]);
    });
}

#[test]
fn two_who_close_a_window_at_once_both_succeed() {
    let code = r#"
        const win = await createWindow();
        note(await Promise.all([win.close(), win.close()]));
    "#;
    script(code, |app| assert_eq!(app.notes(), ["[true,false]"]));
}

#[test]
fn without_a_user_interface_there_are_no_windows() {
    script("globalThis.win = await createWindow();", |app| {
        app.host = None;
        app.eval("fails(() => createWindow()); fails(() => win.getTitle());");
        let expected = [
            r#"["Error","host-gone",null,null]"#,
            r#"["Error","window-closed","win-1",null]"#,
        ];
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, expected);
    });
}

#[test]
fn a_window_that_closes_leaves_no_question_open() {
    let code = r#"
        globalThis.win = await createWindow();
        globalThis.ask = () => Promise.allSettled([win.getTitle(), win.close(), win.getSize()])
            .then((results) => note(results.map(({ status, reason }) => reason?.code ?? status)));
    "#;
    script(code, |app| {
        app.eval("ask()");
        assert_eq!(
            app.notes(),
            [r#"["window-closed","fulfilled","window-closed"]"#]
        );
    });
}

#[test]
fn system_events_of_all_windows() {
    let code = r#"
        globalThis.a = await createWindow({ id: "a" });
        globalThis.b = await createWindow({ id: "b" });
        read("all", windowEvents());
        read("a", a.events());
        read("b", b.events());
    "#;
    script(code, |app| {
        app.load("a");
        app.send("a", "message", "1");
        assert_eq!(app.notes(), [""; 0]);
        app.report(BackendEvent::Focused(window("a"), true));
        app.report(BackendEvent::Focused(window("b"), false));
        assert_eq!(app.notes(), ["all focus", "a focus", "all blur", "b blur"]);
    });
}

#[test]
fn a_windows_events_end_with_it() {
    let code = r#"
        globalThis.win = await createWindow({ id: "a" });
        read("events", win.events());
        read("all", windowEvents());
    "#;
    script(code, |app| {
        app.report(BackendEvent::CloseRequested(window("a")));
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["all close", "events close", "events ends"]);

        // Another window of the same id is not this one.
        app.eval("createWindow({ id: 'a' })");
        app.eval("win.events().next().catch((error) => note(error.code))");
        assert_eq!(app.notes(), ["window-closed"]);
        app.report(BackendEvent::Focused(window("a"), true));
        assert_eq!(app.notes(), ["all focus"]);
    });
}

#[test]
fn a_handle_of_a_closed_window_does_nothing_for_ever() {
    let code = r#"
        globalThis.old = await createWindow({ id: "a", title: "old" });
        await old.close();
        globalThis.young = await createWindow({ id: "a", title: "young" });
        const code = (error) => [error.code, error.windowId];
        note(await old.getTitle().catch(code));
        note(await old.setTitle("taken").catch(code));
        note(await old.reload().catch(code));
        note(await old.events().next().catch(code));
        note(await old.close());
        note(await young.getTitle());
        note(await young.close());
        note(await young.close());
    "#;
    script(code, |app| {
        let closed = r#"["window-closed","a"]"#;
        let notes = [
            closed, closed, closed, closed, "false", "young", "true", "false",
        ];
        assert_eq!(app.notes(), notes);
    });
}

/// Its id may be another window's by then: nothing of it is for a handle that has not asked before.
#[test]
fn events_of_an_earlier_window_are_not_the_next_ones() {
    let code = r#"
        const old = await createWindow({ id: "a" });
        await old.close();
        const young = await createWindow({ id: "a" });
        read("events", young.events());
    "#;
    script(code, |app| {
        assert_eq!(app.notes(), [""; 0]);
        app.report(BackendEvent::Focused(window("a"), true));
        app.report(BackendEvent::CloseRequested(window("a")));
        assert_eq!(app.notes(), ["events focus", "events close", "events ends"]);
    });
}

#[test]
fn an_app_that_prevents_closing_decides() {
    let code = r#"
        const win = await createWindow({ id: "a", preventClose: true });
        let asked = 0;
        for await (const event of win.events()) {
            note([event.channel, ++asked]);
            if (event.channel === "close" && asked === 2) note(await win.close());
        }
        note("end");
    "#;
    script(code, |app| {
        app.report(BackendEvent::CloseRequested(window("a")));
        assert_eq!(app.notes(), [r#"["close",1]"#]);
        assert!(app.screen.is_open(&window("a")));
        app.report(BackendEvent::CloseRequested(window("a")));
        assert_eq!(app.notes(), [r#"["close",2]"#, "true", "end"]);
    });
}
