//! Pages that come and go in one window.

use tests::{AppDir, Display};

#[test]
fn a_page_that_comes_back_from_the_cache_is_connected_again() {
    let page = |name: &str, rest: &str| {
        format!(
            r#"<script>
            let shown = 0;
            addEventListener("pageshow", ({{ persisted }}) => {{
              host.send("shown", ["{name}", ++shown, persisted]);
            }});
            host.on("who", () => host.send("here", "{name}"));
            {rest}
            </script>"#
        )
    };
    let dir = AppDir::new()
        .file(
            "main.ts",
            r#"
            import { createWindow } from "host:window";
            import { onChannel, sendToWindow } from "host:ipc";

            const win = await createWindow();
            onChannel("shown", async (payload) => {
              console.log("shown", JSON.stringify(payload));
              // Only the first page listens to this: it waits until that one is back.
              if ((payload as string[])[0] === "second") await sendToWindow(win.id, "first", 7);
              await sendToWindow(win.id, "who");
            });
            onChannel("first", (n) => console.log("first", n));
            let first = 0;
            onChannel("here", async (page) => {
              console.log("here", page);
              if (page === "second") await sendToWindow(win.id, "back");
              else if (++first === 1) await win.navigate("second.html");
              else await win.close();
            });
            "#,
        )
        .file(
            "index.html",
            &page(
                "first",
                r#"host.on("first", (n) => host.send("first", n));"#,
            ),
        )
        .file(
            "second.html",
            &page("second", r#"host.on("back", () => history.back());"#),
        );
    let display = Display::start();
    let stdout = display.run(dir.main()).finish();
    assert_eq!(
        stdout,
        [
            r#"shown ["first",1,false]"#,
            "here first",
            r#"shown ["second",1,false]"#,
            "here second",
            r#"shown ["first",2,true]"#,
            "first 7",
            "here first",
        ]
    );
}
