//! Loading modules: languages, specifiers, the import map, and what goes wrong.

use crate::support::App;

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
fn deno_json_maps_imports_of_the_app_and_of_its_folders() {
    let app = App::empty()
        .file("deno.jsonc", r#"{ /* unused: */ "lock": false }"#)
        .file(
            "deno.json",
            r#"{
              // Relative to this file.
              "imports": { "name": "./lib/name.ts", "lib/": "./lib/", },
              "scopes": { "./lib/": { "name": "./lib/other.ts" } },
            }"#,
        )
        .file("lib/name.ts", "export default 'name' as string;")
        .file("lib/other.ts", "export default 'other' as string;")
        .file("lib/inner.ts", "export { default } from 'name';")
        .file(
            "src/main.ts",
            "import name from 'name';\nimport inner from 'lib/inner.ts';\nconsole.log(name, inner);",
        );
    let outcome = app.run_file("src/main.ts");
    assert_eq!(outcome.stdout, "name other\n", "{outcome:?}");
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
fn bare_specifiers_need_the_import_map() {
    assert_eq!(
        App::new("import 'lodash';").failure(),
        "error[unmapped-import]: Cannot resolve \"lodash\" from \"<app>/main.ts\": \
         not a relative path, not a URL and not in the \"imports\" of deno.json"
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
