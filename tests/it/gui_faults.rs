//! Small apps that went wrong once: wrong arguments, texts of errors, promises that nobody awaits.

use tests::{AppDir, Display};

/// What an app prints that ends by itself, and what it says on stderr.
fn run(main: &str, page: &str) -> (Vec<String>, Vec<String>) {
    let dir = AppDir::of(main, page);
    let display = Display::start();
    let app = display.run_in(dir.main(), &[("RUST_LOG", "ipc=error")]);
    app.expect_exit(0)
}

#[test]
fn wrong_arguments_have_a_code_and_a_text_that_says_what_was_wrong() {
    let (stdout, stderr) = run(
        r#"
        import { createWindow } from "host:window";
        import { handle, request, sendToWindow } from "host:ipc";

        const win = await createWindow({ id: "m" });
        const tell = async (call: () => unknown) => {
          try {
            await call();
            console.log("accepted");
          } catch (error) {
            const { code, message } = error as any;
            console.log(`${code} ${message}`);
          }
        };
        await tell(() => win.setTitle("a\ud800"));
        await tell(() => win.setSize("x" as any, 1));
        await tell(() => sendToWindow("m", "x", 1, { akc: true } as any));
        await tell(() => request("m", "x", 1, { timeout: 5 } as any));
        await tell(() => sendToWindow("m", "x", Promise.resolve(1)));
        await tell(() => sendToWindow("m", "x", new Map([[1, 2]])));
        await tell(() => sendToWindow("m", "x", { bytes: new Uint8Array(3) }));
        await tell(() => sendToWindow("m", "x", { deep: [1n] }));
        await tell(() => sendToWindow("m", "x", [new Blob(["b"])]));
        await tell(() => win.openDevtools());
        await tell(() => createWindow({ url: "app://index.html" }));
        await tell(() => createWindow({ url: "nowhere.html" }));
        console.log(await win.getTitle());
        handle("told", (texts) => {
          for (const text of texts as string[]) console.log(text);
          win.close();
        });
        "#,
        r#"<body><script>
        const texts = [];
        const tell = async (call) => {
          try {
            await call();
            texts.push("accepted");
          } catch ({ code, message }) {
            texts.push(`${code} ${message}`);
          }
        };
        (async () => {
          await tell(() => host.send());
          await tell(() => host.request("x", 1, { timeout: 5 }));
          await tell(() => host.send("x", [document.body]));
          await tell(() => host.send("x", { file: new File(["f"], "f") }));
          await tell(() => host.send("x", { bytes: new Uint8Array(3) }));
          await tell(() => host.send("x", Promise.resolve(1)));
          // Of another realm.
          const { contentWindow } = document.body.appendChild(document.createElement("iframe"));
          await tell(() => host.send("x", [new contentWindow.Map()]));
          await tell(() => host.send("x", [new contentWindow.Object()]));
          await host.request("told", texts);
        })();
        </script>"#,
    );
    let cannot = "bad-payload the payload on \"x\" cannot be sent: payload";
    let in_page = "bad-payload window.host: the payload on \"x\" cannot be sent: payload";
    let expected = [
        "bad-options `title` has half of a character in it, a lone surrogate",
        "bad-options `width` must be a number, not \"x\"",
        "bad-options unknown option `akc`, expected one of `ack`, `timeoutMs`, `signal`",
        "bad-options unknown option `timeout`, expected one of `timeoutMs`, `signal`",
        &format!("{cannot} is of type Promise: await it first"),
        &format!("{cannot} is of type Map: send an array of its entries"),
        &format!(
            "{cannot}.bytes is of type Uint8Array: bytes can only be sent as the whole payload"
        ),
        &format!("{cannot}.deep[0] is of type BigInt: send it as a string"),
        &format!("{cannot}[0] is of type Blob: send what its arrayBuffer() resolves to"),
        "unsupported window \"m\": it was opened without developer tools: open it with the option `devtools: true`",
        "not-permitted this app may not show \"app://index.html\" in windows: name a page of its own by its path from the app's directory, as in \"index.html\"",
        "page-not-found window \"win-1\": the app has no page \"nowhere.html\": its pages are files in its directory, named by their path from there, as in \"index.html\"",
        "",
        "bad-channel window.host: the channel must be a string, not undefined",
        "bad-options window.host: unknown option `timeout`, expected one of `timeoutMs`, `signal`",
        &format!("{in_page}[0] is of type HTMLBodyElement: JSON has no form for it"),
        &format!("{in_page}.file is of type File: send what its arrayBuffer() resolves to"),
        &format!(
            "{in_page}.bytes is of type Uint8Array: bytes can only be sent as the whole payload"
        ),
        &format!("{in_page} is of type Promise: await it first"),
        &format!("{in_page}[0] is of type Map: send an array of its entries"),
        "accepted",
    ];
    for (line, expected) in stdout.iter().zip(expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(stdout.len(), expected.len(), "{stderr:#?}");
}

#[test]
fn texts_of_errors_are_the_same_on_both_sides() {
    let (mut stdout, stderr) = run(
        r#"
        import { createWindow } from "host:window";
        import { handle, request } from "host:ipc";

        const long = "x".repeat(65535) + "\u{1F600}";
        handle("long", () => { throw new Error(long); });
        handle("lone", () => { throw new Error("a\ud800b"); });
        const heard = new Promise<void>((resolve) => {
          handle("heard", (texts) => {
            for (const text of texts as string[]) console.log("page", text);
            resolve();
          });
        });
        const win = await createWindow({ id: "m" });
        for (const channel of ["long", "lone"]) {
          await request("m", channel).catch(({ message }) =>
            console.log("script", message.length, message.slice(-2)));
        }
        await heard;
        await win.close();
        "#,
        r#"<meta charset="utf-8"><script>
        host.handle("long", () => { throw new Error("x".repeat(65535) + "\u{1F600}"); });
        host.handle("lone", () => { throw new Error("a\ud800b"); });
        (async () => {
          const texts = [];
          for (const channel of ["long", "lone"]) {
            await host.request(channel).catch(({ message }) =>
              texts.push(`${message.length} ${message.slice(-2)}`));
          }
          await host.request("heard", texts);
        })();
        </script>"#,
    );
    stdout.sort();
    let expected = [
        "page 3 \u{fffd}b",
        "page 65535 xx",
        "script 3 \u{fffd}b",
        "script 65535 xx",
    ];
    assert_eq!(stdout, expected, "{stderr:#?}");
}

#[test]
fn an_app_that_sends_to_a_window_that_closes_goes_on() {
    let (stdout, stderr) = run(
        r#"
        import { createWindow } from "host:window";
        import { sendToWindow } from "host:ipc";

        const a = await createWindow({ id: "a", html: "" });
        const b = await createWindow({ id: "b", html: "" });
        const timer = setInterval(() => {
          sendToWindow("a", "tick");
          a.setTitle("tick");
        }, 20);
        await a.close();
        await sendToWindow("a", "tick").catch((error) => console.log(error.code));
        await new Promise((resolve) => setTimeout(resolve, 300));
        clearInterval(timer);
        console.log("still here");
        await b.close();
        "#,
        "",
    );
    assert_eq!(stdout, ["window-closed", "still here"], "{stderr:#?}");
    // Once for each of the two modules.
    let told = stderr.iter().filter(|line| line.contains("nobody awaits"));
    assert_eq!(told.count(), 2, "{stderr:#?}");
}
