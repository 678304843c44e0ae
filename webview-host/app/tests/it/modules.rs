//! Loading modules: languages, specifiers, the import map, and what goes wrong.

use crate::support::App;
#[cfg(unix)]
use crate::support::is_root;

#[test]
fn loads_every_language_of_scripts() {
    let app = App::new(
        r#"
        import { ts } from "./a.ts";
        import { mts } from "./b.mts";
        import { js } from "./c.js";
        import { mjs } from "./lib/d.mjs";
        import { tsx } from "./e.tsx";
        import data from "./data.json" with { type: "json" };
        import type { Unused } from "./there-is-no-such-file.ts";
        enum Color { Red = 1, Green }
        const value = { n: 1 } satisfies { n: number } as Unused;
        console.log(ts, mts, js, mjs, tsx(), data, Color.Green, value);
        "#,
    )
    .file("a.ts", "export const ts: string = 'ts';")
    .file("b.mts", "export const mts: string = 'mts';")
    .file("c.js", "export const js = 'js';")
    .file("lib/d.mjs", "export { name as mjs } from './name.js';")
    .file("lib/name.js", "export const name = 'mjs';")
    .file(
        "e.tsx",
        "const React = { createElement: (tag: string) => tag };\n\
         export const tsx = (): string => <b>text</b>;",
    )
    .file("data.json", r#"{ "from": "json" }"#);
    assert_eq!(
        app.stdout(),
        "ts mts js mjs b { from: \"json\" } 2 { n: 1 }\n"
    );
}

#[test]
fn a_byte_order_mark_and_other_scripts_of_the_world_are_no_obstacle() {
    let app = App::new("\u{feff}const größe: string = 'Привет, 世界 🌍'; console.log(größe);");
    assert_eq!(app.stdout(), "Привет, 世界 🌍\n");
}

#[test]
fn decorators_and_private_members_work() {
    let app = App::new(
        r#"
        function twice<T>(method: (this: T, n: number) => number) {
          return function (this: T, n: number) { return 2 * method.call(this, n); };
        }
        class Counter {
          #start: number = 10;
          @twice add(n: number): number { return this.#start + n; }
        }
        console.log(new Counter().add(1));
        "#,
    );
    assert_eq!(app.stdout(), "22\n");
}

#[test]
fn import_meta_tells_where_a_module_is() {
    let app = App::new(
        r#"
        import "./side.ts";
        console.log(import.meta.main, import.meta.url);
        console.log(import.meta.resolve("./side.ts"));
        "#,
    )
    .file("side.ts", "console.log(import.meta.main);");
    assert_eq!(app.stdout(), "false\ntrue <app>/main.ts\n<app>/side.ts\n");
}

#[test]
fn a_module_runs_once_however_it_is_imported() {
    let app = App::new(
        r#"
        import "./once.ts";
        const again = await import("./once.ts");
        console.log(again.count);
        "#,
    )
    .file(
        "once.ts",
        "console.log('once'); export const count: number = 1;",
    );
    assert_eq!(app.stdout(), "once\n1\n");
}

#[test]
fn dynamic_imports_load_typescript_with_top_level_await() {
    let app = App::new(
        r#"
        const name: string = "lazy";
        const module = await import(`./${name}.ts`);
        console.log(module.value);
        "#,
    )
    .file(
        "lazy.ts",
        "export const value: number = await new Promise((done) => setTimeout(() => done(7), 5));",
    );
    assert_eq!(app.stdout(), "7\n");
}

#[test]
fn deno_json_maps_the_bare_names_of_the_app_and_of_its_folders() {
    let app = App::empty()
        .file(
            "deno.json",
            r#"{
              // Relative to this file.
              "imports": { "name": "./lib/name.ts", "lib/": "./lib/", "https://example.com/": "./lib/" },
              "scopes": { "./lib/": { "name": "./lib/other.ts" } },
            }"#,
        )
        .file("lib/name.ts", "export default 'name' as string;")
        .file("lib/other.ts", "export default 'other' as string;")
        .file("lib/inner.ts", "export { default } from 'name';")
        .file(
            "main.ts",
            "import name from 'name';\nimport inner from 'lib/inner.ts';\n\
             import other from 'https://example.com/other.ts';\nconsole.log(name, inner, other);",
        );
    assert_eq!(app.stdout(), "name other other\n");
}

/// A file in a folder above, which others may be able to write to, maps nothing.
#[test]
fn only_the_deno_json_of_the_app_counts() {
    let app = App::empty()
        .file(
            "deno.json",
            r#"{ "imports": { "name": "./planted.ts", "shared/app/lib/util.ts": "./planted.ts" } }"#,
        )
        .file("planted.ts", "console.log('planted');")
        .file("shared/app/lib/util.ts", "console.log('own');")
        .file("shared/app/main.ts", "import './lib/util.ts';\nimport 'name';");
    let outcome = app.run_file("shared/app/main.ts");
    assert_eq!(outcome.result.unwrap_err().code(), "unmapped-import");
    assert_eq!(outcome.stdout, "");
}

/// The app's own modules and the host's mean what they say, whatever a map says.
#[test]
fn no_map_touches_relative_and_host_specifiers() {
    let url = App::new("").url();
    for key in [
        "./lib/util.ts",
        "./lib/",
        "../lib/util.ts",
        "/",
        "/lib/util.ts",
        "//example.com/x.ts",
        "file:///",
        "FILE:/tmp/x.ts",
        &url,
        "host:window",
        "host:",
        "HOST:ipc",
        " host:window",
        "ho\\tst:window",
    ] {
        let reason = format!(
            "deno.json: the import map has the key \"{}\", but relative, file: and host: specifiers \
             are not mapped; use a bare name, such as \"name\" or \"name/\", and import that",
            key.replace("\\t", "\t")
        );
        for map in [
            format!(r#"{{ "imports": {{ "{key}": "./planted.ts" }} }}"#),
            format!(r#"{{ "scopes": {{ "./": {{ "{key}": "./planted.ts" }} }} }}"#),
        ] {
            let app = App::new("").file("deno.json", &map);
            let report = app.file("planted.ts", "console.log('planted');").failure();
            assert!(report.starts_with("error[invalid-config]: "), "{report}");
            assert!(report.ends_with(&reason), "{report}");
        }
    }
    // Not by a key that is allowed, either.
    let app = App::new("import './lib/util.ts';")
        .file(
            "deno.json",
            r#"{ "imports": { "util.ts": "./planted.ts", "lib/": "./planted/" } }"#,
        )
        .file("lib/util.ts", "console.log('own');");
    assert_eq!(app.stdout(), "own\n");
}

/// Such a name grants nothing: whoever may use it may import the module itself.
#[test]
fn a_map_may_name_a_module_of_the_host() {
    let report = App::new("import 'ipc';")
        .file("deno.json", r#"{ "imports": { "ipc": "host:nothing" } }"#)
        .failure();
    assert_eq!(
        report,
        "error[module-not-found]: Cannot find module \"host:nothing\" imported from \"<app>/main.ts\""
    );
}

#[test]
fn keys_that_stand_for_the_same_are_refused() {
    for (map, key) in [
        (
            r#"{ "imports": { "https://example.com": "./a/", "https://example.com/": "./b/" } }"#,
            "https://example.com/",
        ),
        (r#"{ "scopes": { "./lib/": {}, "lib/": {} } }"#, "lib/"),
    ] {
        let report = App::new("").file("deno.json", map).failure();
        let reason = format!(
            "\"{key}\" in the import map stands for the same as another key; remove one of the two"
        );
        assert!(report.ends_with(&reason), "{report}");
    }
    let map = r#"{ "imports": { "https://example.com": "./a.ts" } }"#;
    let app = App::new("import 'https://example.com/b.ts';").file("deno.json", map);
    let report = app.failure();
    assert!(report.contains("let its target end in /"), "{report}");
}

#[test]
fn a_map_may_lead_out_of_the_folder_of_the_app() {
    for target in ["../shared/lib.ts", "./a%2f..%2f..%2fshared%2flib.ts"] {
        let app = App::empty()
            .file("shared/lib.ts", "console.log('shared');")
            .file("app/a/b.ts", "")
            .file("app/main.ts", "import 'lib';")
            .file(
                "app/deno.json",
                &format!(r#"{{ "imports": {{ "lib": "{target}" }} }}"#),
            );
        assert_eq!(app.run_file("app/main.ts").stdout, "shared\n");
        #[cfg(unix)]
        {
            use std::fs::{Permissions, set_permissions};
            use std::os::unix::fs::{PermissionsExt, chown};

            let lib = app.path("shared/lib.ts");
            set_permissions(&lib, Permissions::from_mode(0o666)).unwrap();
            let report = app.describe(&app.run_file("app/main.ts").result.unwrap_err());
            assert!(report.starts_with("error[module-unreadable]: "), "{report}");
            assert!(report.contains("every user may write to it"), "{report}");

            if !is_root() {
                eprintln!("skipped: only root can give files away");
                continue;
            }
            set_permissions(&lib, Permissions::from_mode(0o644)).unwrap();
            chown(&lib, Some(12345), None).unwrap();
            let report = app.describe(&app.run_file("app/main.ts").result.unwrap_err());
            assert!(report.contains("it belongs to user 12345"), "{report}");
            // The script itself may name it.
            let app = app.file("app/main.ts", "import '../shared/lib.ts';");
            assert_eq!(app.run_file("app/main.ts").stdout, "shared\n");
        }
    }
}

#[test]
fn an_invalid_configuration_is_refused_with_its_place() {
    let app = App::new("").file("deno.json", "{ \"imports\": [ }");
    let report = app.failure();
    assert!(
        report.starts_with("error[invalid-config]: Invalid configuration in /"),
        "{report}"
    );
    assert!(report.contains("deno.json: "), "{report}");
    assert!(report.contains("line 1"), "{report}");

    let app = App::new("").file("deno.json", r#"{ "imports": 1 }"#);
    let report = app.failure();
    assert!(report.contains("'imports' must be an object"), "{report}");
}

#[test]
fn a_missing_main_module_is_named() {
    assert_eq!(
        App::empty().failure(),
        "error[module-not-found]: Cannot find module \"<app>/main.ts\""
    );
}

#[test]
fn a_missing_import_is_named_with_its_importer() {
    let app = App::new("import './lib/a.ts';").file("lib/a.ts", "import '../gone.ts';");
    assert_eq!(
        app.failure(),
        "error[module-not-found]: Cannot find module \"<app>/gone.ts\" imported from \"<app>/lib/a.ts\""
    );
    // A folder is no module, and neither is a path without its extension.
    for specifier in ["./lib", "./lib/a"] {
        let app = App::new(&format!("import {specifier:?};")).file("lib/a.ts", "");
        assert!(!app.failure().is_empty());
    }
    assert_eq!(
        App::new("import './lib/a';").file("lib/a.ts", "").failure(),
        "error[module-not-found]: Cannot find module \"<app>/lib/a\" imported from \"<app>/main.ts\""
    );
}

#[test]
fn host_modules_exist_only_if_the_embedder_provides_them() {
    assert_eq!(
        App::new("import 'host:nothing';").failure(),
        "error[module-not-found]: Cannot find module \"host:nothing\" imported from \"<app>/main.ts\""
    );
}

#[test]
fn no_module_of_the_host_is_a_file() {
    let app = App::empty().file("side.ts", "console.log('loaded');");
    let side = app.path("side.ts");
    let url = format!("host://{}", side.display());
    let app = app.file("main.ts", &format!("await import('{url}');"));
    let outcome = app.run();
    assert_eq!(outcome.stdout, "");
    let report = app.describe(&outcome.result.unwrap_err());
    assert!(report.contains("module-not-found"), "{report}");
    let app = app.file("main.ts", &format!("import '{url}';"));
    let outcome = app.run();
    assert_eq!(outcome.stdout, "");
    assert_eq!(outcome.result.unwrap_err().code(), "module-not-found");
}

#[test]
fn bare_specifiers_need_the_import_map() {
    assert_eq!(
        App::new("import 'lodash';").failure(),
        "error[unmapped-import]: Cannot resolve \"lodash\" from \"<app>/main.ts\": \
         not a relative path, not a URL and not in the \"imports\" of the app's deno.json"
    );
}

#[test]
fn the_import_map_can_refuse_a_specifier() {
    let report = App::new("import 'forbidden';")
        .file("deno.json", r#"{ "imports": { "forbidden": null } }"#)
        .failure();
    assert!(
        report.starts_with(
            "error[refused-import]: Cannot resolve \"forbidden\" from \"<app>/main.ts\""
        ),
        "{report}"
    );
}

#[test]
fn only_local_modules_are_loaded() {
    for specifier in [
        "https://deno.land/std/mod.ts",
        "npm:lodash",
        "jsr:@std/path",
        "node:fs",
        "data:text/javascript,1",
        "ext:host_app/web.js",
        "ext:core/ops",
    ] {
        let report = App::new(&format!("import {specifier:?};")).failure();
        assert_eq!(
            report,
            format!(
                "error[unsupported-import]: Cannot import {specifier:?} from \"<app>/main.ts\": \
                 only local files and host: modules can be imported"
            )
        );
    }
}

#[test]
fn files_that_are_no_scripts_are_refused() {
    assert_eq!(
        App::new("import './page.html';")
            .file("page.html", "<p>")
            .failure(),
        "error[unknown-language]: Cannot load \"<app>/page.html\": \
         not a JavaScript, TypeScript or JSON file"
    );
    let report = App::new("import './data.json';")
        .file("data.json", "{}")
        .failure();
    assert!(report.contains("TypeError"), "{report}");
    assert!(report.contains("json"), "{report}");
}

#[cfg(unix)]
#[test]
fn text_that_is_not_utf8_is_unreadable() {
    let app = App::new("import './latin1.ts';");
    std::fs::write(app.path("latin1.ts"), b"// \xe9").unwrap();
    let report = app.failure();
    assert!(
        report.starts_with("error[module-unreadable]: Cannot read module \"<app>/latin1.ts\" imported from \"<app>/main.ts\": "),
        "{report}"
    );
}

#[test]
fn dynamic_imports_reject_with_the_same_errors() {
    let app = App::new(
        r#"
        for (const specifier of ["./gone.ts", "lodash", "https://deno.land/x.ts", "./bad.ts"]) {
          try {
            await import(specifier);
          } catch (error) {
            console.log(error instanceof TypeError, error.message.split("\n")[0]);
          }
        }
        "#,
    )
    .file("bad.ts", "let = ;");
    let printed = app.stdout();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines[0],
        "true module-not-found: Cannot find module \"<app>/gone.ts\" imported from \"<app>/main.ts\""
    );
    assert!(
        lines[1].starts_with("true unmapped-import: Cannot resolve \"lodash\""),
        "{printed}"
    );
    assert!(
        lines[2].starts_with("true unsupported-import: "),
        "{printed}"
    );
    assert!(lines[3].contains("syntax-error: "), "{printed}");
}

#[test]
fn syntax_errors_show_the_line() {
    for name in ["bad.ts", "bad.js"] {
        let report = App::new(&format!("import './{name}';"))
            .file(name, "const ok = 1;\nconst broken = (1 + ;\n")
            .failure();
        assert!(report.starts_with("error[syntax-error]: "), "{report}");
        assert!(report.contains("2 | const broken = (1 + ;"), "{report}");
        assert!(
            report.ends_with(&format!("at <app>/{name}:2:21")),
            "{report}"
        );
    }
}

#[test]
fn a_missing_export_is_reported_with_both_modules() {
    let report = App::new("import { gone } from './a.ts';\nconsole.log(gone);")
        .file("a.ts", "export const here = 1;")
        .failure();
    assert!(
        report.starts_with("error: Uncaught SyntaxError"),
        "{report}"
    );
    assert!(report.contains("gone"), "{report}");
    assert!(report.contains("a.ts"), "{report}");
}
