//! What errors say of arguments and options that are wrong: which one, what it is, and what to do.

use crate::app::run;

#[test]
fn errors_name_the_argument_and_what_it_is() {
    let code = r#"
        import { createWindow, closeWindow, onIncident, windowEvents } from "host:window";
        import * as ipc from "host:ipc";
        const win = await createWindow({ id: "a" });
        const { sendToWindow, broadcast, request, stream } = ipc;
        const calls = [
            () => sendToWindow("a", "c", 1, { akc: true }),
            () => sendToWindow("a", "c", 1, { except: [] }),
            () => sendToWindow("a", "c", 1, []),
            () => sendToWindow("a", "c", 1, { ack: 1 }),
            () => sendToWindow(win, "c"),
            () => sendToWindow(undefined, "c"),
            () => sendToWindow("a", 7),
            () => broadcast("*", "c", 1, { excpet: [] }),
            () => broadcast("*", "c", 1, { except: "a" }),
            () => broadcast("a", "c"),
            () => request("a", "c", 1, { timeout: 5 }),
            () => request("a", "c", 1, { timeoutMs: -1 }),
            () => stream("a", "c", 1, { timeoutMs: 5 }),
            () => ipc.windowEvents({ capcity: 1 }),
            () => ipc.onEvent(() => {}, { once: true }),
            () => ipc.onChannel("c", () => {}, { capacity: 1 }),
            () => ipc.onChannel("c"),
            () => onIncident(() => {}, { type: "page-crashed" }),
            () => windowEvents({ signal: undefined }),
            () => closeWindow(win),
            () => win.setTitle(),
            () => win.setTitle("a\ud800"),
            () => win.setSize("x", 1),
            () => win.setSize(1, NaN),
            () => win.setPosition(1),
            () => win.setFullscreen("yes"),
            () => win.navigate({}),
            () => createWindow({ title: "a\ud800" }),
            () => createWindow({ channels: new Set(["a"]) }),
            () => createWindow({ channels: { send: ["a", () => {}] } }),
            () => createWindow({ title: Promise.resolve("a") }),
            () => createWindow({ width: Infinity }),
            () => createWindow({ url: "app://index.html" }),
            () => createWindow({ url: "file:///app/index.html" }),
        ];
        for (const call of calls) {
            try {
                await call();
                note("no error");
            } catch ({ code, message }) {
                note(`${code} ${message}`);
            }
        }
    "#;
    run(code, |app| {
        let notes = app.notes();
        let own = "in windows: name a page of its own by its path from the app's directory, as in \"index.html\"";
        let expected = [
            "bad-options unknown option `akc`, expected one of `ack`, `timeoutMs`, `signal`",
            "bad-options unknown option `except`, expected one of `ack`, `timeoutMs`, `signal`",
            "bad-options the options must be an object, not array",
            "bad-options option `ack` must be true or false, not 1",
            "bad-window-id the window id, as in `win.id`, must be a string, not object",
            "bad-window-id the window id must be a string, not undefined",
            "bad-channel the channel must be a string, not 7",
            "bad-options unknown option `excpet`, expected one of `ack`, `timeoutMs`, `signal`, `except`",
            "bad-options option `except` must be a list of window ids, not \"a\"",
            "bad-window-id the window ids must be \"*\", or an array or another list of strings, not \"a\"",
            "bad-options unknown option `timeout`, expected one of `timeoutMs`, `signal`",
            "bad-options option `timeoutMs` must be a number from 0 to 2147483647, not -1",
            "bad-options unknown option `timeoutMs`, expected one of `signal`",
            "bad-options unknown option `capcity`, expected one of `capacity`, `overflow`, `signal`",
            "bad-options unknown option `once`, expected one of `signal`",
            "bad-options unknown option `capacity`, expected one of `signal`",
            "bad-handler the callback must be a function, not undefined",
            "bad-options unknown option `type`, expected one of `signal`",
            "bad-options unknown option `signal`, expected none",
            "bad-window-id the window id, as in `win.id`, must be a string, not object",
            "bad-options `title` must be a string, not undefined",
            "bad-options `title` has half of a character in it, a lone surrogate",
            "bad-options `width` must be a number, not \"x\"",
            "bad-options `height` must be a finite number, not NaN",
            "bad-options `y` must be a number, not undefined",
            "bad-options `fullscreen` must be a boolean, not \"yes\"",
            "bad-options `url` must be a string, not object",
            "bad-options option `title` has half of a character in it, a lone surrogate",
            "bad-options option `channels` cannot be a Set",
            "bad-options option `channels.send[1]` cannot be a function",
            "bad-options option `title` cannot be a Promise",
            "bad-options option `width` must be a finite number, not Infinity",
            &format!("not-permitted this app may not show \"app://index.html\" {own}"),
            &format!("not-permitted this app may not show \"file:///app/index.html\" {own}"),
        ];
        for (note, expected) in notes.iter().zip(expected) {
            assert_eq!(note, expected);
        }
        assert_eq!(notes.len(), expected.len());
    });
}

#[test]
fn too_many_calls_are_told_by_their_number() {
    let code = r#"
        import { createWindow } from "host:window";
        import { request } from "host:ipc";
        await createWindow({ id: "a" });
        for (let n = 0; n < 4_096; n++) request("a", "c");
        request("a", "c").catch(({ code, message }) => note(`${code} ${message}`));
    "#;
    run(code, |app| {
        let expected =
            "queue-full 4096 calls to window \"a\" are open already, which is as many as may be";
        assert_eq!(app.notes(), [expected]);
    });
}
