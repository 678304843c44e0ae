//! What the app's origin serves, and to which pages.
//!
//! The files, the pages that windows were opened with and the bytes of messages are for the app's own
//! pages alone. A webview does not say which document asks for a script or a picture, so there are three
//! rules: while a page of another origin is shown, only documents are served, which that page cannot
//! read; documents of other origins in frames have a policy that forbids to load what is served here
//! ([`Site::fence`]); and every answer carries `Cross-Origin-Resource-Policy: same-origin`, by which the
//! webview keeps from them what it has cached.

use std::cell::RefCell;
use std::collections::HashMap;

use bytes::Bytes;
use ipc_protocol::{Escaped, Origin, WindowId, WindowSpec};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Position, Url};

use crate::pages::{FileRequest, PageFile, Pages};
use crate::tally::Tally;
use crate::{Answer, BackendError, Csp, Icon, IconError, PageLink, PageRequest};

/// Before a window's id, the name of the page that the window was opened with the source of. No file that
/// is served has such a name, and what the page names relative to itself is in the app's directory.
const INLINE_PAGE: &str = ".window-";

/// What the app's origin serves to the pages of all windows. Lives on the thread of the user interface.
#[derive(Debug)]
pub struct Site {
    origin: Origin,
    pages: Pages,
    csp: Csp,
    windows: RefCell<HashMap<WindowId, Entry>>,
}

/// What it has for one window.
#[derive(Debug)]
struct Entry {
    link: PageLink,
    /// The app's own, and those that the window was opened with.
    origins: Vec<Origin>,
    /// The path and the source of the page that the window was opened with.
    inline: Option<(String, String)>,
    refused: Tally,
}

/// A request of a page to the app's origin, as a webview shows it: without its body, and without those
/// of its headers that nobody reads.
#[derive(Clone, Copy, Debug)]
pub struct SiteRequest<'a> {
    /// The window whose page asks.
    pub window: &'a WindowId,
    /// The origin of the page in that window's top frame, if it has one.
    pub shown: Option<&'a Origin>,
    /// The whole URL.
    pub url: &'a str,
    /// The header `Origin`.
    pub origin: Option<&'a str>,
    /// The header [`PageLink::KEY_HEADER`].
    pub key: Option<&'a str>,
    /// Whether the answer is to be shown as a document: webviews, and nobody else who may not read it
    /// anyway, send the header `Upgrade-Insecure-Requests` then.
    pub is_navigation: bool,
    /// The header `Range`.
    pub range: Option<&'a str>,
    /// The header `If-Range`.
    pub if_range: Option<&'a str>,
}

/// What a request comes to. Every answer, whatever it is, carries [`Site::headers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteAnswer {
    /// Status 200, and this HTML document in UTF-8.
    Html(String),
    /// Status 200, and these bytes, which are not to be stored: `Cache-Control: no-store`.
    Bytes(Bytes),
    /// What [`Pages::open`] has for this request, or status 404.
    File(FileRequest),
    /// Status 204: to be reported as [`BackendEventKind::Upload`](crate::BackendEventKind).
    Upload(Bytes),
    /// Status 404.
    Refused,
}

impl Site {
    /// Serves `pages` at `origin`, under a policy.
    pub fn new(origin: Origin, pages: Pages, csp: Csp) -> Site {
        Site {
            origin,
            pages,
            csp,
            windows: RefCell::default(),
        }
    }

    /// The app's files.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The headers of every answer, by name and value.
    pub fn headers(&self) -> [(&'static str, &str); 3] {
        [
            ("content-security-policy", self.csp.as_str()),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ]
    }

    /// The script that has to run in every frame of the windows: see [`preload_js::fence`].
    pub fn fence(&self) -> String {
        preload_js::fence(self.origin.as_str())
    }

    /// Serves a window, and returns the URL of its first page.
    ///
    /// # Errors
    /// As [`Site::resolve`]; then the window is not served.
    pub fn add(
        &self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<Url, BackendError> {
        let own = std::iter::once(&self.origin);
        let origins: Vec<_> = own.chain(&spec.origins).cloned().collect();
        let url = match &spec.html {
            Some(_) => {
                let mut url = self.root()?;
                let id = utf8_percent_encode(id.as_str(), ENCODED);
                url.set_path(&format!("{INLINE_PAGE}{id}"));
                url
            }
            None => self.resolve_within(&origins, None, spec.url.as_deref().unwrap_or(""))?,
        };
        let entry = Entry {
            link: link.clone(),
            origins,
            inline: spec.html.clone().map(|html| (url.path().to_owned(), html)),
            refused: Tally::default(),
        };
        self.windows.borrow_mut().insert(id.clone(), entry);
        Ok(url)
    }

    /// Serves a window no more.
    pub fn remove(&self, id: &WindowId) {
        self.windows.borrow_mut().remove(id);
    }

    /// The URL of a page for a window, as named in its options or by `navigate`.
    ///
    /// # Errors
    /// [`BackendError::NoWindow`], if it is not served; [`BackendError::BadUrl`],
    /// [`BackendError::Elsewhere`] and [`BackendError::PageNotFound`] for what it may not show.
    pub fn resolve(&self, id: &WindowId, page: &str) -> Result<Url, BackendError> {
        let windows = self.windows.borrow();
        let entry = windows.get(id).ok_or(BackendError::NoWindow)?;
        let inline = entry.inline.as_ref().map(|(path, _)| path.as_str());
        self.resolve_within(&entry.origins, inline, page)
    }

    /// As [`Site::resolve`], for a window that has a page of its own at the path `inline`.
    fn resolve_within(
        &self,
        origins: &[Origin],
        inline: Option<&str>,
        page: &str,
    ) -> Result<Url, BackendError> {
        let bad_url = |_| BackendError::BadUrl(page.to_owned());
        let url = self.root()?.join(page).map_err(bad_url)?;
        let origin = Origin::of(url.as_str());
        if !origin.as_ref().is_some_and(|it| origins.contains(it)) {
            return Err(BackendError::Elsewhere(page.to_owned()));
        }
        let is_there = || inline == Some(url.path()) || self.pages.contains(url.path());
        if origin.as_ref() == Some(&self.origin) && !is_there() {
            let name = url.path().trim_start_matches('/');
            let name = if name.is_empty() { "index.html" } else { name };
            return Err(BackendError::PageNotFound(name.to_owned()));
        }
        Ok(url)
    }

    /// The icon of a window, as named in its options or by `setIcon`.
    ///
    /// # Errors
    /// [`BackendError::BadIcon`], if it is no such file.
    pub fn icon(&self, name: &str) -> Result<Icon, BackendError> {
        let url = self.root()?.join(name).ok();
        let path = url.as_ref().filter(|url| self.is_ours(url)).map(Url::path);
        let icon = path.map_or(Err(IconError::NotThere), |path| {
            Icon::open(&self.pages, path)
        });
        icon.map_err(|error| BackendError::BadIcon {
            name: name.to_owned(),
            error,
        })
    }

    fn root(&self) -> Result<Url, BackendError> {
        let root = format!("{}/", self.origin);
        Url::parse(&root).map_err(|_| BackendError::BadUrl(root))
    }

    /// Answers a request. `body` reads the request's body, and returns `None` when that fails; it is
    /// called only for uploads of the preload script.
    pub fn answer(
        &self,
        request: SiteRequest<'_>,
        body: impl FnOnce() -> Option<Bytes>,
    ) -> SiteAnswer {
        let url = match Url::parse(request.url) {
            Ok(url) if self.is_ours(&url) => url,
            _ => return self.refuse(request.window, "", "the URL is not of the app"),
        };
        if !self.is_for_its_own_page(request) {
            let why = "the app's files are for its own pages";
            return self.refuse(request.window, url.path(), why);
        }
        if url.path().starts_with(PageLink::PATH) {
            return self.exchange(request, &url, body);
        }
        match self.inline_page(request.window, &url) {
            Some(html) => SiteAnswer::Html(html),
            None => SiteAnswer::File(FileRequest {
                path: url.path().to_owned(),
                is_document: request.is_navigation,
                range: request.range.map(str::to_owned),
                if_range: request.if_range.map(str::to_owned),
            }),
        }
    }

    /// Opens the app's file at a URL, for a window that shows a page of `shown` to save it. `None` if the
    /// URL is none of the app; without a file, if that page may have none, or there is none.
    pub fn open(&self, shown: Option<&Origin>, url: &str) -> Option<Option<PageFile>> {
        let url = Url::parse(url).ok().filter(|url| self.is_ours(url))?;
        let is_for_it = shown == Some(&self.origin) && !url.path().starts_with(PageLink::PATH);
        let request = FileRequest {
            path: url.path().to_owned(),
            ..FileRequest::default()
        };
        Some(is_for_it.then(|| self.pages.open(&request)).flatten())
    }

    fn is_ours(&self, url: &Url) -> bool {
        let start = &url[..Position::BeforePath];
        Origin::of(start).as_ref() == Some(&self.origin)
    }

    /// Whether the answer gets to no page of another origin. Webviews should see to that by
    /// themselves, but WebKitGTK hands the answer to a synchronous request to any page.
    fn is_for_its_own_page(&self, request: SiteRequest<'_>) -> bool {
        let names_us = request
            .origin
            .is_none_or(|origin| origin == self.origin.as_str());
        names_us && (request.is_navigation || request.shown == Some(&self.origin))
    }

    /// Moves bytes to a page, or from it.
    fn exchange(
        &self,
        request: SiteRequest<'_>,
        url: &Url,
        body: impl FnOnce() -> Option<Bytes>,
    ) -> SiteAnswer {
        let windows = self.windows.borrow();
        let answer = windows.get(request.window).map(|entry| {
            let request = PageRequest {
                path: url.path(),
                key: request.key,
            };
            entry.link.answer(request, body)
        });
        drop(windows);
        match answer {
            Some(Answer::Upload(body)) => SiteAnswer::Upload(body),
            Some(Answer::Bytes(bytes)) => SiteAnswer::Bytes(bytes),
            Some(Answer::NotFound) | None => {
                self.refuse(request.window, url.path(), "the bytes are not this page's")
            }
        }
    }

    /// The source of a window's own page, which no other window gets.
    fn inline_page(&self, id: &WindowId, url: &Url) -> Option<String> {
        let windows = self.windows.borrow();
        let (path, html) = windows.get(id)?.inline.as_ref()?;
        (url.path() == path).then(|| html.clone())
    }

    /// Counts a request that is not answered, such as one for a file that is not there.
    pub fn refuse(&self, window: &WindowId, path: &str, why: &str) -> SiteAnswer {
        let mut windows = self.windows.borrow_mut();
        let refused = windows.get_mut(window).and_then(|it| it.refused.add());
        if let Some(refused) = refused {
            let path: String = path.chars().take(MAX_LOGGED).collect();
            tracing::warn!(window = %Escaped(window), ?path, refused, "a request of a page was refused: {why}");
        }
        SiteAnswer::Refused
    }
}

/// What is percent-encoded in a window's id as one part of a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The characters of a path that are logged.
const MAX_LOGGED: usize = 200;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const ORIGIN: &str = "app://localhost";
    const TOKEN: &str = "/.host/bytes/token";

    /// A site with an `index.html` and two windows, `main` with the source of its page and bytes.
    struct Fixture {
        site: Site,
        main: WindowId,
        own: Origin,
        _directory: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Fixture {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join("index.html"), "index").unwrap();
            let pages = Pages::new(directory.path()).unwrap();
            let site = Site::new(Origin::of(ORIGIN).unwrap(), pages, Csp::default());
            let link = PageLink::new("script".into(), "key".into());
            link.offer("token".into(), Bytes::from_static(b"bytes"), 1);
            let mut spec = WindowSpec::default();
            spec.html = Some("inline".into());
            spec.origins = vec![Origin::new("https://example.com").unwrap()];
            let main = WindowId::new("main").unwrap();
            let url = site.add(&main, &spec, &link).unwrap();
            assert_eq!(url.as_str(), "app://localhost/.window-main");
            Fixture {
                site,
                main,
                own: Origin::of(ORIGIN).unwrap(),
                _directory: directory,
            }
        }

        /// A request of the app's own page.
        fn own<'a>(&'a self, url: &'a str) -> SiteRequest<'a> {
            SiteRequest {
                window: &self.main,
                shown: Some(&self.own),
                url,
                origin: None,
                key: None,
                is_navigation: false,
                range: None,
                if_range: None,
            }
        }

        fn answer(&self, request: SiteRequest<'_>) -> SiteAnswer {
            self.site
                .answer(request, || Some(Bytes::from_static(b"body")))
        }
    }

    fn file(path: &str) -> SiteAnswer {
        SiteAnswer::File(FileRequest {
            path: path.to_owned(),
            ..FileRequest::default()
        })
    }

    #[test]
    fn the_source_of_a_window_is_for_that_window() {
        let it = Fixture::new();
        let link = PageLink::new("script".into(), "other key".into());
        let mut spec = WindowSpec::default();
        spec.html = Some("another".into());
        let odd = WindowId::new("a/../b ?#%.é").unwrap();
        let url = it.site.add(&odd, &spec, &link).unwrap();
        let path = "/.window-a%2F..%2Fb%20%3F%23%25.%C3%A9";
        assert_eq!(url.path(), path);
        let request = it.own(url.as_str());
        assert_eq!(it.answer(request), file(path));
        let request = SiteRequest {
            window: &odd,
            ..request
        };
        assert_eq!(it.answer(request), SiteAnswer::Html("another".into()));
        // It may be loaded again, by its own window.
        assert_eq!(it.site.resolve(&odd, url.as_str()).unwrap(), url);
        let elsewhere = it.site.resolve(&it.main, url.as_str());
        assert!(matches!(elsewhere, Err(BackendError::PageNotFound(_))));
    }

    #[test]
    fn an_own_page_gets_files_pages_and_bytes() {
        let it = Fixture::new();
        let inline = || SiteAnswer::Html("inline".into());
        for (url, expected) in [
            ("app://localhost/index.html?a#b", file("/index.html")),
            (
                "app://localhost/index.html?window=main",
                file("/index.html"),
            ),
            ("app://localhost/%C3%A4", file("/%C3%A4")),
            ("app://localhost/?window=main", file("/")),
            ("app://localhost/.window-other", file("/.window-other")),
            ("app://localhost/.window-main", inline()),
            ("app://localhost/.window-main?a#b", inline()),
            (
                "app://localhost/.host/bytes/token",
                SiteAnswer::Bytes(Bytes::from_static(b"bytes")),
            ),
        ] {
            let request = it.own(url);
            assert_eq!(it.answer(request), expected, "{url}");
            let request = SiteRequest {
                origin: Some(ORIGIN),
                ..request
            };
            assert_eq!(it.answer(request), expected, "{url}");
        }
        let upload = SiteRequest {
            key: Some("key"),
            ..it.own("app://localhost/.host/frames")
        };
        assert_eq!(
            it.answer(upload),
            SiteAnswer::Upload(Bytes::from_static(b"body"))
        );
    }

    #[test]
    fn others_get_documents_at_most() {
        let it = Fixture::new();
        let elsewhere = Origin::new("https://example.com").unwrap();
        for path in ["/", "/index.html", "/.window-main", TOKEN, "/.host/frames"] {
            let url = format!("{ORIGIN}{path}");
            let own = it.own(&url);
            for shown in [None, Some(&elsewhere)] {
                let request = SiteRequest { shown, ..own };
                assert_eq!(it.answer(request), SiteAnswer::Refused, "{path}");
            }
            for origin in ["null", "", "https://example.com", "app://localhost.evil"] {
                for is_navigation in [false, true] {
                    let request = SiteRequest {
                        origin: Some(origin),
                        is_navigation,
                        ..own
                    };
                    assert_eq!(it.answer(request), SiteAnswer::Refused, "{path} {origin}");
                }
            }
        }
        let document = SiteRequest {
            shown: Some(&elsewhere),
            is_navigation: true,
            ..it.own("app://localhost/index.html")
        };
        let SiteAnswer::File(request) = it.answer(document) else {
            panic!("no document");
        };
        assert!(request.is_document && request.path == "/index.html");
    }

    #[test]
    fn no_body_is_read_without_the_key() {
        let it = Fixture::new();
        for (url, key) in [
            ("app://localhost/.host/frames", None),
            ("app://localhost/.host/frames", Some("other")),
            ("app://localhost/index.html", Some("key")),
            ("app://elsewhere/.host/frames", Some("key")),
        ] {
            let request = SiteRequest { key, ..it.own(url) };
            it.site.answer(request, || panic!("read: {url}"));
        }
    }

    #[test]
    fn other_hosts_and_closed_windows_get_nothing() {
        let it = Fixture::new();
        for url in [
            "app://other/index.html",
            "app://localhost:80/index.html",
            "app:/index.html",
            "http://localhost/index.html",
            "/index.html",
            "",
        ] {
            assert_eq!(it.answer(it.own(url)), SiteAnswer::Refused, "{url}");
        }
        it.site.remove(&it.main);
        let url = format!("{ORIGIN}{TOKEN}");
        assert_eq!(it.answer(it.own(&url)), SiteAnswer::Refused);
    }

    #[test]
    fn long_urls_are_read() {
        let it = Fixture::new();
        let url = format!("{ORIGIN}/index.html?{}", "x".repeat(1 << 20));
        assert_eq!(it.answer(it.own(&url)), file("/index.html"));
    }
}
