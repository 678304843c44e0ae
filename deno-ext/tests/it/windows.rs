//! `host:window`: opening windows, what may be asked of them, and their events.

use std::path::PathBuf;

use ipc_protocol::{DialogAnswer, ExternalUrl, Origin, Position, Size, Theme, WindowCommand};
use webview_host::{BackendError, BackendEventKind};

use crate::app::{App, Setup, run, window};

const IMPORTS: &str = r#"
    import { closeWindow, createWindow, getWindow, getWindows, windowEvents } from "host:window";
    Object.assign(globalThis, { closeWindow, createWindow, getWindow, getWindows, windowEvents });
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
            [() => win.setIcon("a.png"), () => null],
            [() => win.setMinSize(10, 20.5), () => null],
            [() => win.setMaxSize(900, 800), () => null],
            [() => win.center(), () => null],
            [() => win.setPreventClose(true), () => null],
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
            "[true,null]",
            "[true,null]",
            "[true,null]",
            "[true,null]",
            "[true,null]",
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
        let size = |width, height| Size { width, height };
        let told: Vec<_> = commands
            .into_iter()
            .filter(|command| *command != WindowCommand::ReportState)
            .collect();
        assert_eq!(
            told,
            [
                WindowCommand::SetTitle("New".to_owned()),
                WindowCommand::SetSize(size(300.0, 200.0)),
                WindowCommand::SetPosition(Position { x: -5.0, y: 6.5 }),
                WindowCommand::SetIcon("a.png".to_owned()),
                WindowCommand::SetMinSize(size(10.0, 20.5)),
                WindowCommand::SetMaxSize(size(900.0, 800.0)),
                WindowCommand::Center,
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
fn open_windows_are_found() {
    let code = r#"
        note(getWindows());
        const [b, a] = [await createWindow({ id: "b" }), await createWindow({ id: "a" })];
        const isList = (...windows) => {
            const open = getWindows();
            return open.length === windows.length && windows.every((it, index) => it === open[index]);
        };
        note([isList(a, b), getWindow("a") === a, getWindow("c") === undefined]);
        await a.close();
        note([isList(b), getWindow("a") === undefined]);
        const next = await createWindow({ id: "a" });
        note([isList(next, b), getWindow("a") === next, next !== a]);
        for (const id of [undefined, 7, "", "x".repeat(257)]) {
            try {
                note(getWindow(id));
            } catch (error) {
                note(error.code);
            }
        }
        globalThis.begin = async (id) => {
            const found = getWindow(id);
            note([found === getWindow(id), found.id, await found.getTitle()]);
            for await (const { channel } of found.events()) note(channel);
            note("ends");
        };
    "#;
    script(code, |app| {
        let found = ["[]", "[true,true,true]", "[true,true]", "[true,true,true]"];
        let bad = ["bad-window-id"; 4];
        assert_eq!(app.notes(), [&found[..], &bad].concat());

        // Windows that others have opened are the app's, too.
        app.open("rust");
        app.eval("begin('rust')");
        assert_eq!(app.notes(), [r#"[true,"rust",""]"#]);
        app.report(BackendEventKind::CloseRequested.of(window("rust")));
        assert_eq!(app.notes(), ["close", "ends"]);
    });
}

#[test]
fn dialogs_are_shown_and_answered() {
    let code = r#"
        import { message, openExternal, openFile, saveFile } from "host:window";
        const parent = (await createWindow()).id;
        globalThis.ask = (name, answer) => answer.then((it) => note([name, it]), (error) => note([name, error.code]));
        ask("files", openFile({ parent, title: "Open", multiple: true }));
        ask("none", openFile({ parent, folders: true }));
        ask("file", saveFile({ parent, name: "a.txt", filters: [{ name: "Text", extensions: ["txt"] }] }));
        ask("no file", saveFile({ parent }));
        ask("button", message("Save?", { parent, kind: "warning", buttons: ["Yes", "No"] }));
        ask("no button", message("Done", { parent, detail: undefined }));
        ask("closed", message("Still there?", { parent }));
        for (const call of [
            () => openFile(),
            () => openFile({}),
            () => openFile({ parent: 7 }),
            () => openFile({ parent, colour: "red" }),
            () => saveFile({ parent, name: "a/b" }),
            () => message({ parent }, { parent }),
            () => message("text"),
            () => message("text", { parent, text: 7, buttons: [""] }),
            () => openExternal("file:///etc/passwd"),
            () => openExternal(),
        ]) await fails(call);
        await openExternal("https://example.com");
    "#;
    let mut setup = Setup::new(&format!("{IMPORTS}{code}"));
    setup.permissions.dialogs = true;
    setup.permissions.open_external = true;
    setup.run(|app| {
        let refused = app.notes();
        assert_eq!(refused.len(), 10, "{refused:#?}");
        assert!(
            refused.iter().all(|note| note.contains("TypeError")),
            "{refused:#?}"
        );
        let opened = app.screen.opened();
        assert_eq!(
            opened.iter().map(ExternalUrl::as_str).collect::<Vec<_>>(),
            ["https://example.com/"]
        );

        let id = window("win-1");
        let dialogs = app.screen.dialogs(&id);
        assert_eq!(dialogs.len(), 7);
        let files = ["/a.txt", "/b.txt"].map(PathBuf::from).to_vec();
        let answers = [
            DialogAnswer::Files(files.clone()),
            DialogAnswer::Nothing,
            DialogAnswer::Files(files[..1].to_vec()),
            DialogAnswer::Nothing,
            DialogAnswer::Button(1),
            DialogAnswer::Nothing,
        ];
        let numbers = dialogs.iter().map(|(number, _)| *number);
        // In another order than they were asked.
        for (dialog, answer) in numbers.zip(answers).rev() {
            app.report(BackendEventKind::Answered { dialog, answer }.of(id.clone()));
        }
        app.report(BackendEventKind::CloseRequested.of(id));
        assert_eq!(
            app.notes(),
            [
                r#"["no button",null]"#,
                r#"["button",1]"#,
                r#"["no file",null]"#,
                r#"["file","/a.txt"]"#,
                r#"["none",[]]"#,
                r#"["files",["/a.txt","/b.txt"]]"#,
                r#"["closed","window-closed"]"#,
            ]
        );
    });
}

#[test]
fn the_theme_and_its_changes_are_told() {
    let code = r#"
        import { getTheme, onTheme } from "host:window";
        Object.assign(globalThis, { getTheme, onTheme });
        note(await getTheme());
        globalThis.end = onTheme((theme) => note(`first ${theme}`));
        globalThis.controller = new AbortController();
        const { signal } = controller;
        onTheme((theme) => note(`second ${theme}`), { signal });
        fails(() => onTheme());
        fails(() => onTheme(() => {}, { once: true }));
    "#;
    script(code, |app| {
        assert_eq!(
            app.notes(),
            [
                "light",
                r#"["TypeError","bad-handler",null,null]"#,
                r#"["TypeError","bad-options",null,null]"#,
            ]
        );
        assert!(!app.is_alive, "waiting for a change keeps no script alive");
        let set = |app: &mut App, theme| app.host.as_mut().unwrap().set_theme(theme);
        set(app, Theme::Light);
        assert_eq!(app.notes(), [""; 0], "that is no change");
        set(app, Theme::Dark);
        assert_eq!(app.notes(), ["first dark", "second dark"]);
        app.eval("end(); getTheme().then(note)");
        assert_eq!(app.notes(), ["dark"]);
        set(app, Theme::Light);
        assert_eq!(app.notes(), ["second light"]);
        app.eval("controller.abort()");
        set(app, Theme::Dark);
        assert_eq!(app.notes(), [""; 0]);

        // Once more, and then the desktop is gone.
        app.eval("end = onTheme((theme) => note(`third ${theme}`))");
        set(app, Theme::Light);
        assert_eq!(app.notes(), ["third light"]);
        app.host = None;
        app.eval("getTheme().catch(({ code }) => note(code))");
        assert_eq!(app.notes(), ["host-gone"]);
    });
}

#[test]
fn screens_are_told() {
    let code = r#"
        import { screens } from "host:window";
        globalThis.screens = screens;
        note(await screens());
    "#;
    script(code, |app| {
        let area = r#"{"x":0,"y":0,"width":1280,"height":800}"#;
        let screen =
            format!(r#"[{{"bounds":{area},"workArea":{area},"scale":1,"isPrimary":true}}]"#);
        assert_eq!(app.notes(), [screen]);
        app.host = None;
        app.eval("screens().catch(({ code }) => note(code))");
        assert_eq!(app.notes(), ["host-gone"]);
    });
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_told() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let code = r#"
        import { openFile } from "host:window";
        const parent = (await createWindow()).id;
        fails(() => openFile({ parent }));
    "#;
    let mut setup = Setup::new(&format!("{IMPORTS}{code}"));
    setup.permissions.dialogs = true;
    setup.run(|app| {
        let id = window("win-1");
        let (dialog, _) = app.screen.dialogs(&id)[0];
        let path = PathBuf::from(OsString::from_vec(b"/\xff".to_vec()));
        app.report(
            BackendEventKind::Answered {
                dialog,
                answer: DialogAnswer::Files(vec![path]),
            }
            .of(id),
        );
        assert_eq!(app.notes(), [r#"["Error","unsupported","win-1",null]"#]);
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
            { modal: true },
            { parent: "" },
            { shortcuts: "all" },
            { icon: 7 },
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
            "`modal` needs option `parent`",
            "`parent`",
            "`shortcuts`",
            "`icon`",
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
            () => win.setMinSize(0, 100),
            () => win.setMaxSize(100),
            () => win.setPreventClose(1),
            () => win.setPosition("1", 2),
            () => win.setFullscreen("yes"),
            () => win.navigate(),
        ]) {
            await fails(call);
        }
    "#;
    script(code, |app| {
        let refused = r#"["TypeError","bad-options","win-1",null]"#;
        assert_eq!(app.notes(), [refused; 12]);
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
            const args = {
                setSize: [1, 1], setMinSize: [1, 1], setMaxSize: [1, 1], setPosition: [1, 1],
                setTitle: ["t"], setIcon: ["i"], navigate: ["u"],
            }[name];
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
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.report(BackendEventKind::Focused(false).of(window("b")));
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
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        let mut notes = app.notes();
        notes.sort();
        assert_eq!(notes, ["all close", "events close", "events ends"]);

        // Another window of the same id is not this one.
        app.eval("createWindow({ id: 'a' })");
        app.eval("win.events().next().catch((error) => note(error.code))");
        assert_eq!(app.notes(), ["window-closed"]);
        app.report(BackendEventKind::Focused(true).of(window("a")));
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
        app.report(BackendEventKind::Focused(true).of(window("a")));
        app.report(BackendEventKind::CloseRequested.of(window("a")));
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
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        assert_eq!(app.notes(), [r#"["close",1]"#]);
        assert!(app.screen.is_open(&window("a")));
        app.report(BackendEventKind::CloseRequested.of(window("a")));
        assert_eq!(app.notes(), [r#"["close",2]"#, "true", "end"]);
    });
}
