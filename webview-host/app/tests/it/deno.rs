//! The `Deno` namespace.

use crate::support::{App, read};

#[test]
fn describes_the_app() {
    let app = App::new(
        r#"
        console.log(Deno.args, Deno.mainModule, Deno.build.os, Deno.build.arch);
        console.log(Object.keys(Deno).join());
        try { (Deno.args as string[]).push("x"); } catch (error) { console.log(error.name); }
        console.log(Deno.inspect({ a: "b" }, { compact: false }));
        "#,
    )
    .args(&["--flag", "value with spaces"]);
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    assert_eq!(
        app.stdout(),
        format!(
            "[ \"--flag\", \"value with spaces\" ] <app>/main.ts {os} {}\n\
             args,build,errors,exit,inspect,mainModule,readTextFile,writeTextFile\n\
             TypeError\n{{\n  a: \"b\"\n}}\n",
            std::env::consts::ARCH
        )
    );
}

#[test]
fn files_are_written_and_read() {
    let app = App::new(
        r#"
        const url = new URL("./notes ü.txt", import.meta.url);
        await Deno.writeTextFile(url, "one\n");
        await Deno.writeTextFile(url, "two\n", { append: true });
        console.log(JSON.stringify(await Deno.readTextFile(url)));
        await Deno.writeTextFile(url, "3");
        const path = decodeURIComponent(url.pathname);
        console.log(await Deno.readTextFile(path), await Deno.writeTextFile(path, "four"));
        "#,
    );
    assert_eq!(app.stdout(), "\"one\\ntwo\\n\"\n3 undefined\n");
    assert_eq!(read(&app.path("notes ü.txt")), "four");
}

#[test]
fn what_is_not_utf8_becomes_replacement_characters() {
    let app = App::new("console.log(await Deno.readTextFile(new URL('x.txt', import.meta.url)));");
    std::fs::write(app.path("x.txt"), b"a\xffb").unwrap();
    assert_eq!(app.stdout(), "a\u{fffd}b\n");
}

#[test]
fn file_errors_have_a_class_and_a_code() {
    let app = App::new(
        r#"
        const here = (name: string) => new URL(name, import.meta.url);
        const cases: [string, () => Promise<unknown>][] = [
          ["NotFound", () => Deno.readTextFile(here("gone.txt"))],
          ["IsADirectory", () => Deno.readTextFile(here("./"))],
          ["NotADirectory", () => Deno.readTextFile(here("main.ts/x"))],
          ["AlreadyExists", () => Deno.writeTextFile(here("main.ts"), "", { createNew: true })],
          ["NotFound", () => Deno.writeTextFile(here("gone.txt"), "", { create: false })],
          ["NotFound", () => Deno.writeTextFile(here("gone/x.txt"), "")],
        ];
        for (const [name, act] of cases) {
          try {
            await act();
          } catch (error) {
            const errorClass = (Deno.errors as Record<string, any>)[name];
            console.log(error instanceof errorClass, error.name, error.constructor.name, error.code);
          }
        }
        try { await Deno.readTextFile(here("gone.txt")); } catch (error) {
          console.log(error.message.replace(here("./").href, "<app>/"), /main\.ts:19/.test(error.stack));
        }
        "#,
    );
    assert_eq!(
        app.stdout(),
        "true NotFound NotFound ENOENT\n\
         true IsADirectory IsADirectory EISDIR\n\
         true NotADirectory NotADirectory ENOTDIR\n\
         true AlreadyExists AlreadyExists EEXIST\n\
         true NotFound NotFound ENOENT\n\
         true NotFound NotFound ENOENT\n\
         Cannot read \"<app>/gone.txt\": No such file or directory (os error 2) true\n"
    );
}

#[test]
fn wrong_arguments_are_type_errors() {
    let app = App::new(
        r#"
        const wrong = [
          () => Deno.readTextFile(undefined as never),
          () => Deno.readTextFile(new URL("https://example.com/x")),
          () => Deno.writeTextFile("x", 5 as never),
          () => Deno.exit("1" as never),
          () => Deno.exit(1.5),
        ];
        for (const act of wrong) {
          try { await act(); } catch (error) { console.log(error.name); }
        }
        "#,
    );
    assert_eq!(app.stdout(), "TypeError\n".repeat(5));
}

#[test]
fn exit_tells_the_embedder_and_stops_the_script() {
    let outcome = App::new(
        r#"
        setInterval(() => {}, 1000);
        console.log("before");
        try { Deno.exit(7); } catch { console.log("caught"); } finally { console.log("finally"); }
        console.log("after");
        "#,
    )
    .run();
    assert_eq!(outcome.exit, Some(7));
    assert_eq!(outcome.stdout, "before\n");
    assert!(outcome.result.is_ok(), "{outcome:?}");
}

#[test]
fn exit_works_from_callbacks_and_nested_modules() {
    for main in [
        "setTimeout(() => { Deno.exit(); console.log('after'); });",
        "await Promise.resolve(); Deno.exit(); console.log('after');",
        "Promise.reject(new Error('too late')); Deno.exit();",
        "import './exit.ts'; console.log('after');",
        "await import('./exit.ts'); console.log('after');",
        "addEventListener('error', () => Deno.exit()); setTimeout(() => { throw 1; });",
    ] {
        let outcome = App::new(main).file("exit.ts", "Deno.exit(0);").run();
        assert_eq!(outcome.exit, Some(0), "{main}");
        assert_eq!(outcome.stdout, "", "{main}");
        assert!(outcome.result.is_ok(), "{main}: {outcome:?}");
    }
}
