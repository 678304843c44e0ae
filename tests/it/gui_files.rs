//! What the app's origin serves.

use tests::{AppDir, Display};

fn printed_by(dir: &AppDir) -> Vec<String> {
    Display::start().run(dir.main()).finish()
}

/// An app whose page answers what a script asks of it, for a list of paths.
fn asking(questions: &str) -> String {
    format!(
        r#"
        import {{ createWindow }} from "host:window";
        import {{ request }} from "host:ipc";
        import "./lib/used.js";
        await createWindow({{ id: "main" }});
        const ask = async (what: string, payload?: unknown) =>
            console.log(JSON.stringify(await request("main", what, payload)));
        {questions}
        Deno.exit(0);
        "#
    )
}

const ANSWERS: &str = r#"<script>
    host.handle("get", async (path) => {
        const response = await fetch(path);
        return [path, response.status, (await response.text()).slice(0, 20)];
    });
    host.handle("part", async ([path, headers]) => {
        const response = await fetch(path, { headers });
        const shown = ["content-range", "accept-ranges"].map((name) => response.headers.get(name));
        return [response.status, ...shown, await response.text()];
    });
    host.handle("tag", async (path) => (await fetch(path)).headers.get("etag"));
    host.handle("types", async (paths) => {
        const types = paths.map(async (path) => (await fetch(path)).headers.get("content-type"));
        return await Promise.all(types);
    });
</script>"#;

#[test]
fn pages_get_their_own_files_and_nothing_else() {
    let main = asking(
        r#"
        for (const path of ["/data.json", "/data.json?window=main", "/?window=main", "/data.json?v=1#f",
            "/12%3A30.txt", "/back%5Cslash.txt", "/lib/used.js"]) await ask("get", path);
        for (const path of ["/.env", "/.git/config", "/main.ts", "/lib/other.ts",
            "/host.json", "/deno.lock", "/package.json", "/.window-main", "/link.txt"]) await ask("get", path);
        "#,
    );
    let dir = AppDir::of(&main, ANSWERS)
        .file("data.json", r#"{"a":"text"}"#)
        .file("12:30.txt", "noon")
        .file("back\\slash.txt", "odd")
        .file("lib/used.js", "export {};")
        .file("lib/other.ts", "other")
        .file(".env", "SECRET=1")
        .file(".git/config", "secret")
        .file("host.json", "{}")
        .file("deno.lock", "{}")
        .file("package.json", "{}");
    std::os::unix::fs::symlink("main.ts", dir.path().join("link.txt")).unwrap();
    let page = &ANSWERS[..20].replace('"', "\\\"").replace('\n', "\\n");
    assert_eq!(
        printed_by(&dir),
        [
            r#"["/data.json",200,"{\"a\":\"text\"}"]"#.to_owned(),
            r#"["/data.json?window=main",200,"{\"a\":\"text\"}"]"#.to_owned(),
            format!(r#"["/?window=main",200,"{page}"]"#),
            r#"["/data.json?v=1#f",200,"{\"a\":\"text\"}"]"#.to_owned(),
            r#"["/12%3A30.txt",200,"noon"]"#.to_owned(),
            r#"["/back%5Cslash.txt",200,"odd"]"#.to_owned(),
            r#"["/lib/used.js",200,"export {};"]"#.to_owned(),
            r#"["/.env",404,""]"#.to_owned(),
            r#"["/.git/config",404,""]"#.to_owned(),
            r#"["/main.ts",404,""]"#.to_owned(),
            r#"["/lib/other.ts",404,""]"#.to_owned(),
            r#"["/host.json",404,""]"#.to_owned(),
            r#"["/deno.lock",404,""]"#.to_owned(),
            r#"["/package.json",404,""]"#.to_owned(),
            r#"["/.window-main",404,""]"#.to_owned(),
            r#"["/link.txt",404,""]"#.to_owned(),
        ]
    );
}

#[test]
fn parts_of_files_are_served() {
    let main = asking(
        r#"
        const tag = await request("main", "tag", "/data.json");
        await ask("part", ["/data.json", { Range: "bytes=2-4" }]);
        await ask("part", ["/data.json", { Range: "bytes=-2" }]);
        await ask("part", ["/data.json", { Range: "bytes=99-" }]);
        await ask("part", ["/data.json", { Range: "bytes=2-4", "If-Range": tag }]);
        await ask("part", ["/data.json", { Range: "bytes=2-4", "If-Range": "\"other\"" }]);
        await ask("part", ["/data.json", {}]);
        await ask("types", ["/data.json", "/lib/used.css", "/main.html"]);
        "#,
    );
    let dir = AppDir::of(&main, ANSWERS)
        .file("data.json", r#"{"a":"text"}"#)
        .file("lib/used.css", "")
        .file("lib/used.js", "")
        .file("main.html", "");
    assert_eq!(
        printed_by(&dir),
        [
            r#"[206,"bytes 2-4/12","bytes","a\":"]"#,
            r#"[206,"bytes 10-11/12","bytes","\"}"]"#,
            r#"[416,"bytes */12","bytes",""]"#,
            r#"[206,"bytes 2-4/12","bytes","a\":"]"#,
            r#"[200,null,"bytes","{\"a\":\"text\"}"]"#,
            r#"[200,null,"bytes","{\"a\":\"text\"}"]"#,
            r#"["application/json; charset=utf-8","text/css; charset=utf-8","text/html; charset=utf-8"]"#,
        ]
    );
}

#[test]
fn a_window_with_its_own_source_is_at_the_root() {
    let main = r##"
        import { createWindow } from "host:window";
        import { request } from "host:ipc";
        const html = `<link rel=stylesheet href=style.css><p id=p>text</p><script>
            host.handle("ask", async (path) => [
                location.href, getComputedStyle(p).color, (await fetch(path)).status,
            ]);
            host.handle("go", () => { location.hash = "place"; return location.href; });
        </script>`;
        const one = await createWindow({ id: "one", html });
        await createWindow({ id: "two/?#", html });
        const ask = async (id: string, what: string, payload?: unknown) =>
            console.log(JSON.stringify(await request(id, what, payload)));
        await ask("one", "ask", "/.window-one");
        await ask("one", "ask", "/.window-two%2F%3F%23");
        await ask("two/?#", "ask", "/.window-two%2F%3F%23");
        await ask("one", "go");
        await one.reload();
        await ask("one", "ask", "/style.css");
        Deno.exit(0);
    "##;
    let dir = AppDir::of(main, "").file("style.css", "p { color: rgb(1, 2, 3) }");
    assert_eq!(
        printed_by(&dir),
        [
            r#"["app://localhost/.window-one","rgb(1, 2, 3)",200]"#,
            r#"["app://localhost/.window-one","rgb(1, 2, 3)",404]"#,
            r#"["app://localhost/.window-two%2F%3F%23","rgb(1, 2, 3)",200]"#,
            r##""app://localhost/.window-one#place""##,
            r##"["app://localhost/.window-one#place","rgb(1, 2, 3)",200]"##,
        ]
    );
}

/// Pages in a folder of their own, which show what their address stands for.
#[test]
fn pages_may_have_a_folder_and_a_router() {
    let main = r#"
        import { createWindow } from "host:window";
        import { onChannel, request } from "host:ipc";
        import { shared } from "./ui/shared.js";
        const win = await createWindow({ id: "main", url: "/users/3?x=1#y" });
        const ask = async (path: string) =>
            console.log(JSON.stringify(await request("main", "ask", path)));
        for (const path of ["/main.ts", "/shared.js", "/type.ts", "/missing.png", "/.env"]) await ask(path);
        const there = new Promise<unknown>((resolve) =>
            onChannel("there", (path) => path === "/about" && resolve(path)));
        await win.navigate("/about");
        await there;
        await ask("/main.ts");
        console.log(shared);
        Deno.exit(0);
    "#;
    let page = r#"<base href="/"><script src="shared.js" type="module"></script><script>
        host.handle("ask", async (path) => [location.pathname, (await fetch(path)).status]);
        host.send("there", location.pathname);
    </script>"#;
    let dir = AppDir::new()
        .file("main.ts", main)
        .file("host.json", r#"{ "pages": "ui", "fallback": "app.html" }"#)
        .file("ui/app.html", page)
        .file("ui/shared.js", "export const shared = 'both halves';")
        .file("ui/type.ts", "")
        .file("ui/.env", "");
    assert_eq!(
        printed_by(&dir),
        [
            r#"["/users/3",404]"#,
            r#"["/users/3",200]"#,
            r#"["/users/3",200]"#,
            r#"["/users/3",404]"#,
            r#"["/users/3",404]"#,
            r#"["/about",404]"#,
            "both halves",
        ]
    );
}

/// Longer than what some parsers of addresses take.
#[test]
fn a_long_address_is_loaded_again() {
    let main = r##"
        import { createWindow } from "host:window";
        import { request } from "host:ipc";
        const win = await createWindow({ id: "main" });
        for (const where of ["#", "?"]) {
            await request("main", "grow", where);
            await win.reload();
            console.log(where, await request("main", "length"));
        }
        Deno.exit(0);
    "##;
    let page = r#"<script>
        host.handle("grow", (where) => history.replaceState(null, "", where + "x".repeat(100000)));
        host.handle("length", () => location.href.length);
    </script>"#;
    let start = "app://localhost/#".len();
    let length = start + 100_000;
    assert_eq!(
        printed_by(&AppDir::of(main, page)),
        [format!("# {length}"), format!("? {length}")]
    );
}

/// A second of silence for each of ten, as sound that is not compressed.
fn wave() -> Vec<u8> {
    const RATE: u32 = 8_000;
    let samples = RATE * 10;
    let mut wave = Vec::new();
    wave.extend(b"RIFF");
    wave.extend((36 + samples).to_le_bytes());
    wave.extend(b"WAVEfmt ");
    wave.extend(16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        wave.extend(field.to_le_bytes());
    }
    for rate in [RATE, RATE] {
        wave.extend(rate.to_le_bytes());
    }
    for field in [1_u16, 8] {
        wave.extend(field.to_le_bytes());
    }
    wave.extend(b"data");
    wave.extend(samples.to_le_bytes());
    wave.resize(wave.len() + samples as usize, 0x80);
    wave
}

/// WebKitGTK hands the URLs of media to GStreamer, which knows no `app:`; it knows those of blobs.
#[test]
fn media_play_and_seek_from_blobs() {
    let main = r#"
        import { createWindow } from "host:window";
        import { onChannel } from "host:ipc";
        onChannel("said", (what) => console.log(JSON.stringify(what)));
        onChannel("done", () => Deno.exit(0));
        await createWindow();
    "#;
    let page = r#"<audio muted preload="auto"></audio><script>
        const audio = document.querySelector("audio");
        const happens = (name) => new Promise((resolve) => audio.addEventListener(name, resolve, { once: true }));
        audio.onerror = () => { host.send("said", [audio.error.code, audio.error.message]); host.send("done"); };
        (async () => {
            audio.src = URL.createObjectURL(await (await fetch("sound.wav")).blob());
            await happens("canplay");
            host.send("said", ["length", Math.round(audio.duration), audio.seekable.length]);
            const seeked = happens("seeked");
            audio.currentTime = 7;
            await seeked;
            host.send("said", ["at", Math.round(audio.currentTime)]);
            await audio.play();
            while (audio.currentTime < 7.2) await new Promise((next) => setTimeout(next, 20));
            host.send("said", "plays");
            host.send("done");
        })();
    </script>"#;
    let dir = AppDir::of(main, page);
    std::fs::write(dir.path().join("sound.wav"), wave()).unwrap();
    assert_eq!(
        printed_by(&dir),
        [r#"["length",10,1]"#, r#"["at",7]"#, r#""plays""#]
    );
}
