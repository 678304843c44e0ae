//! Apps on desktops of other languages, whose C library writes numbers and letters in another way.

use std::process::Command;

use tempfile::TempDir;
use tests::{AppDir, Display};

/// A locale that the machine need not have.
struct Locale {
    name: String,
    directory: TempDir,
}

impl Locale {
    /// Makes it from the C library's sources.
    fn new(language: &str) -> Locale {
        let (name, directory) = (format!("{language}.UTF-8"), tempfile::tempdir().unwrap());
        let made = Command::new("localedef")
            .args(["-i", language, "-f", "UTF-8"])
            .arg(directory.path().join(&name))
            .status();
        assert!(made.unwrap().success(), "{name}");
        Locale { name, directory }
    }

    /// Runs an app in it to its end, and returns what it printed.
    fn run(&self, dir: &AppDir) -> Vec<String> {
        let env = [
            ("LC_ALL", self.name.as_str()),
            ("LANGUAGE", ""),
            ("LOCPATH", self.directory.path().to_str().unwrap()),
        ];
        Display::start().run_in(dir.main(), &env).finish()
    }
}

/// Every way by which a number or a name gets into the script, or out of it.
const MAIN: &str = r#"
    import { createWindow } from "host:window";
    import { handle, handleStream, onChannel, request, stream } from "host:ipc";
    import data from "./data.json" with { type: "json" };

    const show = (what: string, value: unknown) => console.log(what, JSON.stringify(value));
    show("module", data);
    show("parse", JSON.parse("[1.5, -0.25, 6.02e23]"));
    show("read", JSON.parse(await Deno.readTextFile(new URL("data.json", import.meta.url))));
    show("text", [Number("2.5"), parseFloat("0.125x"), (1234.5).toFixed(2), 1e21 + 0.5]);
    show("letters", ["I".toLowerCase(), "i".toUpperCase()]);
    handle("half", (n) => (n as number) / 2);
    handleStream("halves", async function* (n) { yield (n as number) / 2; yield (n as number) / 4; });
    const heard = (channel: string) => new Promise((resolve) => onChannel(channel, resolve));
    const all = Promise.all(["message", "answer", "chunks", "Bytes.I"].map(heard));
    await createWindow({ id: "main", width: 640.5 });
    for (const payload of await all) {
      show("said", payload instanceof Uint8Array ? [...payload] : payload);
    }
    show("request", await request("main", "price", 19.99));
    for await (const chunk of stream("main", "prices", 0.5)) show("chunk", chunk);
    Deno.exit(0);
"#;

const PAGE: &str = r#"<script>
    host.handle("price", (n) => [n, n + 0.25]);
    host.handleStream("prices", async function* (n) { yield n; yield [n + 0.25]; });
    (async () => {
        host.send("message", { price: 19.99, list: [0.5, -1e-7] });
        host.send("answer", await host.request("half", 0.5));
        const chunks = [];
        for await (const chunk of host.stream("halves", 0.5)) chunks.push(chunk);
        host.send("chunks", chunks);
        host.send("Bytes.I", new Uint8Array([1, 2, 250]));
    })();
</script>"#;

fn run_in(language: &str) {
    let dir = AppDir::of(MAIN, PAGE).file("data.json", r#"{ "price": 19.99, "list": [0.5] }"#);
    assert_eq!(
        Locale::new(language).run(&dir),
        [
            r#"module {"price":19.99,"list":[0.5]}"#,
            "parse [1.5,-0.25,6.02e+23]",
            r#"read {"price":19.99,"list":[0.5]}"#,
            r#"text [2.5,0.125,"1234.50",1e+21]"#,
            r#"letters ["i","I"]"#,
            r#"said {"price":19.99,"list":[0.5,-1e-7]}"#,
            "said 0.25",
            "said [0.25,0.125]",
            "said [1,2,250]",
            "request [19.99,20.24]",
            "chunk 0.5",
            "chunk [0.75]",
        ]
    );
}

#[test]
fn numbers_have_a_point_where_the_language_has_a_comma() {
    run_in("de_DE");
}

#[test]
fn letters_are_the_same_where_the_language_has_others() {
    run_in("tr_TR");
}
