//! The app's own pages: one origin, and nothing outside its directory.

use std::os::unix::fs::symlink;

use tests::{AppDir, Display};

#[test]
fn files_have_their_types_and_nothing_else_is_served() {
    let page = r#"<script>
        async function look(path) {
          const response = await fetch(path);
          const text = await response.text();
          const type = response.headers.get("content-type");
          return [path, response.status, type, text.length].join(" ");
        }
        host.on("look", async (paths) => {
          const seen = [location.origin + location.pathname];
          for (const path of paths) seen.push(await look(path).catch((error) => `${path} ${error}`));
          host.send("seen", seen);
        });
        </script>"#;
    let main = r#"
        import { createWindow } from "host:window";
        import { onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow({ url: "sub/page.html" });
        onChannel("seen", async (seen) => {
          for (const line of seen as string[]) console.log(line);
          await win.close();
        });
        await sendToWindow(win.id, "look", Deno.args);
        "#;
    let app = |path: &str| format!("app/{path}");
    let dir = AppDir::new()
        .file("secret.txt", "secret")
        .file("outside/secret.txt", "secret")
        .file(&app("main.ts"), main)
        .file(&app("index.html"), "12345")
        .file(&app("sub/page.html"), page)
        .file(&app("sub/index.html"), "123")
        .file(&app("sub/script.js"), "1")
        .file(&app("sub/module.mjs"), "1")
        .file(&app("style.css"), "12")
        .file(&app("data.json"), "{}")
        .file(&app("picture.svg"), "<svg/>")
        .file(&app("picture.png"), "1234")
        .file(&app("code.wasm"), "1")
        .file(&app("no-extension"), "1")
        .file(&app("with space é.txt"), "1");
    let root = dir.path().join("app");
    symlink("../secret.txt", root.join("link.txt")).unwrap();
    symlink("../outside", root.join("link")).unwrap();
    symlink("style.css", root.join("own-link.css")).unwrap();

    let found = [
        ("/", "200 text/html; charset=utf-8 5"),
        (
            "/index.html?query#fragment",
            "200 text/html; charset=utf-8 5",
        ),
        ("./", "200 text/html; charset=utf-8 3"),
        ("script.js", "200 text/javascript; charset=utf-8 1"),
        ("module.mjs", "200 text/javascript; charset=utf-8 1"),
        ("../style.css", "200 text/css; charset=utf-8 2"),
        ("/own-link.css", "200 text/css; charset=utf-8 2"),
        ("/data.json", "200 application/json; charset=utf-8 2"),
        ("/picture.svg", "200 image/svg+xml 6"),
        ("/picture.png", "200 image/png 4"),
        ("/code.wasm", "200 application/wasm 1"),
        ("/no-extension", "200 application/octet-stream 1"),
        ("/with space é.txt", "200 text/plain; charset=utf-8 1"),
        ("/sub/%73cript.js", "200 text/javascript; charset=utf-8 1"),
    ];
    let outside = dir.path().join("secret.txt").display().to_string();
    let missing = [
        "/gone.html",
        "/sub",
        "/secret.txt",
        "../../secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/link.txt",
        "/link/secret.txt",
        "/%00",
        "/style.css%00",
        "/%ff",
        &outside,
        &format!("/%2f{outside}"),
    ];
    let paths: Vec<_> = found
        .iter()
        .map(|(path, _)| *path)
        .chain(missing.iter().copied())
        .collect();
    let mut expected = vec!["app://localhost/sub/page.html".to_owned()];
    expected.extend(found.iter().map(|(path, found)| format!("{path} {found}")));
    expected.extend(missing.iter().map(|path| format!("{path} 404  0")));

    let display = Display::start();
    let stdout = display.run_with(root.join("main.ts"), &paths).finish();
    assert_eq!(stdout, expected);
}

#[test]
fn pages_load_their_assets_and_share_one_origin() {
    let dir = AppDir::new()
        .file(
            "main.ts",
            r#"
            import { createWindow } from "host:window";
            import { onChannel } from "host:ipc";

            onChannel("page", async (payload, windowId) => {
              console.log(windowId, JSON.stringify(payload));
              if (windowId === "first") await createWindow({ id: "second", url: "sub/second.html?x=1#here" });
              else await Promise.all([first.close(), closeWindow("second")]);
            });
            import { closeWindow } from "host:window";
            const first = await createWindow({ id: "first" });
            "#,
        )
        .file(
            "index.html",
            r#"<!DOCTYPE html><script type="module">
            localStorage.setItem("from", "the first page");
            host.send("page", { origin, secure: isSecureContext, search: location.search });
            </script>"#,
        )
        .file(
            "sub/second.html",
            r#"<!DOCTYPE html>
            <link rel="stylesheet" href="style.css">
            <script src="../lib/global.js"></script>
            <p id="here">text</p>
            <img id="picture" src="/picture.svg">
            <script type="module">
            import { exported } from "../lib/module.js";
            const picture = document.getElementById("picture");
            await picture.decode();
            host.send("page", {
              origin,
              search: location.search,
              hash: location.hash,
              stored: localStorage.getItem("from"),
              color: getComputedStyle(document.getElementById("here")).color,
              global,
              exported,
              width: picture.naturalWidth,
            });
            </script>"#,
        )
        .file("sub/style.css", "p { color: rgb(1, 2, 3) }")
        .file("lib/global.js", "var global = 'a script';")
        .file("lib/module.js", "export { exported } from './other.js';")
        .file("lib/other.js", "export const exported = 'a module';")
        .file(
            "picture.svg",
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="12" height="7"></svg>"#,
        );
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    assert_eq!(
        stdout,
        [
            r#"first {"origin":"app://localhost","secure":true,"search":""}"#,
            r##"second {"origin":"app://localhost","search":"?x=1","hash":"#here","stored":"the first page","color":"rgb(1, 2, 3)","global":"a script","exported":"a module","width":12}"##,
        ]
    );
}
