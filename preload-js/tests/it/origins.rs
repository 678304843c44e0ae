//! The script in pages of other origins.

use preload_js::{deliver, preload};

use crate::realm::{CONFIG, KEY, Realm, hello};

/// A page of this origin, as an engine would tell it, in which the script has run.
fn page_of(origin: &str) -> Realm {
    let realm = Realm::bare();
    realm.run(&format!("origin = {origin:?}"));
    realm.run(&preload(&CONFIG));
    realm
}

#[test]
fn pages_of_every_origin_of_the_window_have_the_host() {
    for origin in CONFIG.origins {
        let realm = page_of(origin);
        assert_eq!(realm.frames(), [hello()], "{origin}");
        assert_eq!(realm.eval::<String>("typeof host.send"), "function");
    }
}

#[test]
fn pages_of_other_origins_have_nothing() {
    for origin in [
        "null",
        "",
        "*",
        "https://example.org",
        "http://example.com",
        "https://example.com:8443",
        "https://example.com.evil.example",
        "https://example.com/",
        "app://localhost:1",
        "App://localhost",
    ] {
        let realm = page_of(origin);
        let found = "JSON.stringify([typeof window.host, typeof window.__hostDeliver])";
        assert_eq!(
            realm.eval::<String>(found),
            r#"["undefined","undefined"]"#,
            "{origin}"
        );
        assert!(realm.posted().is_empty(), "{origin}");
    }
}

/// What was on its way to the page before tells the one that is there now neither the key nor what
/// it carries.
#[test]
fn no_other_page_takes_what_is_delivered() {
    let realm = page_of("https://evil.example");
    for script in [
        "window.__hostDeliver = (...all) => note(all.join())",
        "delete window.__hostDeliver; window.__hostDeliver = note",
        "Object.defineProperty(window, '__hostDeliver', { value: note })",
        "Object.defineProperty(window, '__hostDeliver', { get() { note('read') } })",
        "Object.setPrototypeOf(window, { __hostDeliver: note })",
    ] {
        realm.run(&format!("try {{ {script} }} catch {{}}"));
    }
    realm.run(&deliver(KEY, r#"{"page":"p","seq":1,"frames":[]}"#));
    assert_eq!(realm.notes(), [""; 0]);
}

#[test]
fn a_page_that_runs_the_script_again_gains_nothing() {
    let realm = page_of("https://evil.example");
    realm.run("origin = 'app://localhost'; Array.prototype.includes = () => true;");
    realm.run(&preload(&CONFIG));
    assert_eq!(realm.eval::<String>("typeof window.host"), "undefined");
    assert!(realm.posted().is_empty());
}
