//! The app's directory as pages see it.

use std::cell::Cell;
use std::fs;
use std::io::Read;

use proptest::prelude::*;
use tempfile::TempDir;
use webview_host::pages::{FileRequest, PageFile, Pages};

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
        let page = self.pages.open(&request(url_path));
        assert_eq!(self.pages.contains(url_path), page.is_some(), "{url_path}");
        page.map(|page| {
            assert_eq!(page.status, 200);
            text_of(page)
        })
    }
}

fn request(url_path: &str) -> FileRequest {
    FileRequest {
        path: url_path.to_owned(),
        ..FileRequest::default()
    }
}

/// The text of an answer.
#[track_caller]
fn text_of(page: PageFile) -> String {
    let mut text = String::new();
    let mut content = page.content.take(page.length);
    content.read_to_string(&mut text).unwrap();
    assert_eq!(page.length, text.len() as u64, "{text}");
    text
}

#[test]
fn files_of_the_directory_are_served() {
    let site = Site::new(&[
        "index.html",
        "sub/index.html",
        "sub/a b.js",
        "ä/€.css",
        "x..y",
        "%2e%2e",
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
        ("/x..y", "x..y"),
        ("/%252e%252e", "%2e%2e"),
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
        "/index.html:stream",
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
fn names_that_begin_with_a_dot_are_not_served() {
    let mut names = vec![".env", ".git/config", "sub/.x", "sub/..y", "index.html"];
    if cfg!(unix) {
        // Windows has no such name.
        names.push("...");
    }
    let site = Site::new(&names);
    for url_path in [
        "/.env",
        "/%2eenv",
        "/%2Eenv",
        "/.git/config",
        "/sub/.x",
        "/sub/%2ex",
        "/sub%2f.x",
        "/sub/..y",
        "/...",
        "/.git/",
    ] {
        assert_eq!(site.text(url_path), None, "{url_path}");
    }
}

/// Every name that the file system allows, by its percent-encoded form.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn every_name_can_be_served() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let site = Site::new(&[
        "12:30.txt",
        "back\\slash.txt",
        "a?b#c%d",
        "tab\tnew\nline",
        "\u{7f}",
    ]);
    let odd = OsStr::from_bytes(b"\xff\xfe.txt");
    fs::write(site.path("app").join(odd), "odd").unwrap();
    for (url_path, text) in [
        ("/12%3A30.txt", "12:30.txt"),
        ("/12:30.txt", "12:30.txt"),
        ("/back%5Cslash.txt", "back\\slash.txt"),
        ("/a%3Fb%23c%25d", "a?b#c%d"),
        ("/tab%09new%0Aline", "tab\tnew\nline"),
        ("/%7F", "\u{7f}"),
        ("/%FF%FE.txt", "odd"),
    ] {
        assert_eq!(site.text(url_path).as_deref(), Some(text), "{url_path}");
    }
}

#[test]
fn what_is_withheld_is_not_there() {
    let mut site = Site::new(&["index.html", "main.ts", "sub/main.ts"]);
    let main = fs::canonicalize(site.path("app/main.ts")).unwrap();
    site.pages = site.pages.without(move |file| file == main);
    assert_eq!(site.text("/main.ts"), None);
    assert_eq!(site.text("/sub/main.ts").as_deref(), Some("sub/main.ts"));
    #[cfg(unix)]
    {
        // By whatever name.
        std::os::unix::fs::symlink("main.ts", site.path("app/link.txt")).unwrap();
        std::os::unix::fs::symlink(".env", site.path("app/env.txt")).unwrap();
        fs::write(site.path("app/.env"), SECRET).unwrap();
        assert_eq!(site.text("/link.txt"), None);
        assert_eq!(site.text("/env.txt"), None);
    }
}

#[test]
fn a_document_that_is_not_there_is_the_fallback() {
    let site = Site::new(&["index.html", "app.html", "main.ts", ".env"]);
    let pages = site.pages.without(|file| file.ends_with("main.ts"));
    for nothing in ["/missing.html", "app.html", "/main.ts", "/.env"] {
        assert!(pages.clone().with_fallback(nothing).is_err(), "{nothing}");
    }
    let pages = pages.with_fallback("/app.html").unwrap();
    let document = |path: &str| {
        let request = FileRequest {
            is_document: true,
            ..request(path)
        };
        pages.open(&request).map(text_of)
    };
    assert_eq!(document("/").as_deref(), Some("index.html"));
    for path in ["/users/3", "/users/", "/main.ts", "/.env", "/../secret.txt"] {
        assert_eq!(document(path).as_deref(), Some("app.html"), "{path}");
        assert!(pages.contains(path), "{path}");
        // A picture or a script that is missing is missing.
        assert!(pages.open(&request(path)).is_none(), "{path}");
    }
}

#[test]
fn a_part_of_a_file_is_read_from_its_start() {
    let site = Site::new(&["0123456789"]);
    let open = |range: &str, if_range: Option<&str>| {
        let request = FileRequest {
            range: Some(range.to_owned()),
            if_range: if_range.map(str::to_owned),
            ..request("/0123456789")
        };
        site.pages.open(&request).unwrap()
    };
    let header = |page: &PageFile, name: &str| {
        let found = page.headers.iter().find(|(it, _)| *it == name);
        found.map(|(_, value)| value.clone())
    };
    let part = open("bytes=3-5", None);
    assert_eq!(part.status, 206);
    assert_eq!(
        header(&part, "content-range").as_deref(),
        Some("bytes 3-5/10")
    );
    assert_eq!(header(&part, "accept-ranges").as_deref(), Some("bytes"));
    let tag = header(&part, "etag").unwrap();
    assert_eq!(text_of(part), "345");
    assert_eq!(text_of(open("bytes=-2", Some(&tag))), "89");
    let beyond = open("bytes=10-", None);
    assert_eq!((beyond.status, beyond.length), (416, 0));
    // Another file by now, of which a part would fit nowhere.
    fs::write(site.path("app/0123456789"), "abc").unwrap();
    let all = open("bytes=1-1", Some(&tag));
    assert_eq!((all.status, text_of(all).as_str()), (200, "abc"));
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
    use std::path::Path;

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
