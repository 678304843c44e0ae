//! The app's directory as pages see it.

use std::cell::Cell;
use std::fs;
use std::io::Read;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use webview_host::pages::Pages;

/// A directory `app` with the given files, and a file `secret.txt` beside it.
struct Site {
    directory: TempDir,
    pages: Pages,
}

const SECRET: &str = "secret";

impl Site {
    fn new(files: &[&str]) -> Site {
        let directory = TempDir::new().unwrap();
        let app = directory.path().join("app");
        fs::create_dir(&app).unwrap();
        for file in files {
            let path = app.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        fs::write(directory.path().join("secret.txt"), SECRET).unwrap();
        Site {
            pages: Pages::new(app).unwrap(),
            directory,
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// The text of a page; every file holds its own name.
    #[track_caller]
    fn text(&self, url_path: &str) -> Option<String> {
        let page = self.pages.open(url_path);
        assert_eq!(self.pages.contains(url_path), page.is_some(), "{url_path}");
        page.map(|mut page| {
            let mut text = String::new();
            page.content.read_to_string(&mut text).unwrap();
            assert_eq!(page.length, text.len() as u64, "{url_path}");
            text
        })
    }
}

#[test]
fn files_of_the_directory_are_served() {
    let site = Site::new(&[
        "index.html",
        "sub/index.html",
        "sub/a b.js",
        "ä/€.css",
        "..x/y..",
        ".z",
    ]);
    let table = [
        ("/", "index.html"),
        ("/index.html", "index.html"),
        ("/sub/", "sub/index.html"),
        ("/sub/a%20b.js", "sub/a b.js"),
        ("/sub/a b.js", "sub/a b.js"),
        ("/s%75b/index.html", "sub/index.html"),
        ("/sub%2Findex.html", "sub/index.html"),
        ("/%C3%A4/%e2%82%ac.css", "ä/€.css"),
        ("/..x/y..", "..x/y.."),
        ("/.z", ".z"),
    ];
    for (url_path, file) in table {
        assert_eq!(site.text(url_path).as_deref(), Some(file), "{url_path}");
    }
}

#[test]
fn what_is_no_file_of_the_directory_is_not_there() {
    let site = Site::new(&["index.html", "sub/page.html"]);
    fs::create_dir(site.path("app/empty")).unwrap();
    let root = site.path("app");
    let outside = [
        "",
        "index.html",
        "/missing.html",
        "/index.html/",
        "/index.html/x",
        "/sub",
        "/sub/",
        "/empty/",
        "/../secret.txt",
        "/sub/../index.html",
        "/sub/../../secret.txt",
        "%2findex.html",
        "/%2findex.html",
        "/%2e%2e/secret.txt",
        "/%2E./secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "/index.html%00",
        "/index.html%00.png",
        "/C:/secret.txt",
        "/index.html::$DATA",
        "/%ff%fe",
        "/%",
        "/%zz",
        "/./index.html",
    ];
    for url_path in outside {
        assert_eq!(site.text(url_path), None, "{url_path}");
    }
    // Absolute paths: neither to what is outside nor to what is inside.
    for path in [site.path("secret.txt"), root.join("index.html")] {
        let path = path.to_str().unwrap();
        for url_path in [
            format!("/{path}"),
            format!("//{path}"),
            path.replacen('/', "/%2F", 1),
        ] {
            assert_eq!(site.text(&url_path), None, "{url_path}");
        }
    }
}

#[test]
fn an_empty_directory_has_no_page() {
    let site = Site::new(&[]);
    assert_eq!(site.text("/"), None);
}

#[test]
fn files_are_read_when_they_are_asked_for() {
    let site = Site::new(&["index.html"]);
    fs::write(site.path("app/index.html"), "changed").unwrap();
    fs::write(site.path("app/new.html"), "new").unwrap();
    assert_eq!(site.text("/").as_deref(), Some("changed"));
    assert_eq!(site.text("/new.html").as_deref(), Some("new"));
}

#[test]
fn what_is_no_directory_serves_nothing() {
    let site = Site::new(&["index.html"]);
    for path in ["app/index.html", "nowhere"] {
        assert!(Pages::new(site.path(path)).is_err(), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_far_as_the_directory() {
    use std::os::unix::fs::symlink;

    let site = Site::new(&["index.html", "sub/page.html"]);
    let link = |from: &str, to: &Path| symlink(to, site.path(from)).unwrap();
    link("app/inside.html", Path::new("sub/page.html"));
    link("app/absolute.html", &site.path("app/index.html"));
    link("app/folder", Path::new("sub"));
    link("app/outside.txt", Path::new("../secret.txt"));
    link("app/parent", Path::new(".."));
    link("app/nowhere", Path::new("missing"));
    link("app/loop", Path::new("loop"));
    link("other", &site.path("app"));

    let table = [
        ("/inside.html", Some("sub/page.html")),
        ("/absolute.html", Some("index.html")),
        ("/folder/page.html", Some("sub/page.html")),
        ("/outside.txt", None),
        ("/parent/secret.txt", None),
        ("/nowhere", None),
        ("/loop", None),
    ];
    for (url_path, file) in table {
        assert_eq!(site.text(url_path).as_deref(), file, "{url_path}");
    }
    // A link may lead to the directory itself.
    let pages = Pages::new(site.path("other")).unwrap();
    assert!(pages.contains("/index.html"));
    assert!(!pages.contains("/outside.txt"));
}

#[test]
fn files_have_the_types_that_pages_need() {
    let table = [
        ("page.html", "text/html; charset=utf-8"),
        ("PAGE.HTML", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("script.js", "text/javascript; charset=utf-8"),
        ("module.mjs", "application/javascript; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("note.txt", "text/plain; charset=utf-8"),
        ("code.wasm", "application/wasm"),
        ("image.svg", "image/svg+xml"),
        ("image.png", "image/png"),
        ("image.webp", "image/webp"),
        ("font.woff2", "font/woff2"),
        ("unknown.qqq", "application/octet-stream"),
        ("none", "application/octet-stream"),
    ];
    let site = Site::new(&table.map(|(name, _)| name));
    for (name, mime) in table {
        let page = site.pages.open(&format!("/{name}")).unwrap();
        assert_eq!(page.mime, mime, "{name}");
    }
}

/// Pieces of paths, with what may lead out of a directory.
fn url_path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/"),
        Just("//"),
        Just(".."),
        Just("."),
        Just("%2e"),
        Just("%2f"),
        Just("%5c"),
        Just("\\"),
        Just("%00"),
        Just("sub"),
        Just("parent"),
        Just("page.html"),
        Just("secret.txt"),
        Just("outside.txt"),
        Just("app"),
    ];
    let known = proptest::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat());
    prop_oneof![4 => known, 1 => ".*", 1 => "/[./%0-9a-f]*"]
}

#[test]
fn no_path_leads_out_of_the_directory() {
    let site = Site::new(&["page.html", "sub/page.html"]);
    #[cfg(unix)]
    for (from, to) in [("parent", ".."), ("outside.txt", "../secret.txt")] {
        std::os::unix::fs::symlink(to, site.path("app").join(from)).unwrap();
    }
    let config = ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let found = Cell::new(0);
    proptest!(config, |(path in url_path(), slash in any::<bool>())| {
        let path = if slash { format!("/{path}") } else { path };
        let text = site.text(&path);
        found.set(found.get() + usize::from(text.is_some()));
        // Every file within holds its own name.
        prop_assert_ne!(text.as_deref(), Some(SECRET));
    });
    assert!(
        found.get() > 0,
        "no path led to a page: the paths are too wild"
    );
}
