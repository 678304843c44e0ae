//! What the app's origin serves.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use ipc_protocol::{WindowId, WindowSpec};
use url::Url;

use super::border::Border;
use crate::pages::Pages;
use crate::{Answer, BackendError, Csp, PageLink, PageRequest};

/// The scheme of the app's own pages.
pub(super) const SCHEME: &str = "app";

/// The origin of the app's own pages; Windows has no custom schemes, wry maps them to this.
pub const ORIGIN: &str = match cfg!(windows) {
    true => "http://app.localhost",
    false => "app://localhost",
};

/// The query parameter that asks for the page of a window that was opened with its source.
const INLINE_PAGE: &str = "window";

/// What the app's origin serves: its files, the pages that windows were opened with, and the bytes
/// that go to and from pages.
pub(super) struct Site {
    pages: Pages,
    /// What comes with every answer.
    headers: [(HeaderName, HeaderValue); 2],
    windows: RefCell<HashMap<String, Entry>>,
}

/// What it has for one window.
struct Entry {
    link: PageLink,
    border: Rc<Border>,
    /// The source of the page that the window was opened with.
    inline: Option<String>,
}

impl Site {
    pub(super) fn new(pages: Pages, csp: &Csp) -> Site {
        // Whatever is a `Csp` is a header's value; were it not, everything would be forbidden.
        let csp = HeaderValue::from_str(csp.as_str())
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        let nosniff = HeaderValue::from_static("nosniff");
        Site {
            pages,
            headers: [
                (header::CONTENT_SECURITY_POLICY, csp),
                (header::X_CONTENT_TYPE_OPTIONS, nosniff),
            ],
            windows: RefCell::default(),
        }
    }

    /// Serves a window, whose id is given with every request of it, and returns the URL of its
    /// first page.
    pub(super) fn add(
        &self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
        border: Rc<Border>,
    ) -> Result<Url, BackendError> {
        let url = match &spec.html {
            Some(_) => Url::parse_with_params(&format!("{ORIGIN}/"), [(INLINE_PAGE, id.as_str())])
                .map_err(|error| BackendError::Failed(error.to_string()))?,
            None => self.resolve_within(&border, spec.url.as_deref().unwrap_or(""))?,
        };
        let entry = Entry {
            link: link.clone(),
            border,
            inline: spec.html.clone(),
        };
        self.windows
            .borrow_mut()
            .insert(id.as_str().to_owned(), entry);
        Ok(url)
    }

    /// Serves a window no more.
    pub(super) fn remove(&self, id: &WindowId) {
        self.windows.borrow_mut().remove(id.as_str());
    }

    /// The URL of a page for a window, as named in its options or by `navigate`.
    pub(super) fn resolve(&self, id: &WindowId, page: &str) -> Result<Url, BackendError> {
        let windows = self.windows.borrow();
        let entry = windows.get(id.as_str()).ok_or(BackendError::NoWindow)?;
        self.resolve_within(&entry.border, page)
    }

    fn resolve_within(&self, border: &Border, page: &str) -> Result<Url, BackendError> {
        let bad_url = || BackendError::BadUrl(page.to_owned());
        let origin = Url::parse(&format!("{ORIGIN}/")).map_err(|_| bad_url())?;
        let url = origin.join(page).map_err(|_| bad_url())?;
        if !border.admits(url.as_str()) {
            return Err(BackendError::Elsewhere(page.to_owned()));
        }
        let is_ours = (url.scheme(), url.host_str()) == (origin.scheme(), origin.host_str());
        if is_ours && !self.pages.contains(url.path()) {
            let name = url.path().trim_start_matches('/');
            let name = if name.is_empty() { "index.html" } else { name };
            return Err(BackendError::PageNotFound(name.to_owned()));
        }
        Ok(url)
    }

    /// Answers a request of a window's page. `body` reads what came with it.
    pub(super) fn serve(
        &self,
        window: &str,
        request: &Request<()>,
        body: impl FnOnce() -> Option<Bytes>,
    ) -> Response<Bytes> {
        let is_exchange = request.uri().path().starts_with(PageLink::PATH);
        let mut response = match is_for_us(request) {
            false => {
                tracing::warn!(
                    window,
                    path = request.uri().path(),
                    "asked for by another origin"
                );
                status(StatusCode::NOT_FOUND)
            }
            true if is_exchange => self.exchange(window, request, body),
            true => self.page(request.uri()),
        };
        response.headers_mut().extend(self.headers.iter().cloned());
        response
    }

    /// Moves bytes to a page, or from it.
    fn exchange(
        &self,
        window: &str,
        request: &Request<()>,
        body: impl FnOnce() -> Option<Bytes>,
    ) -> Response<Bytes> {
        let windows = self.windows.borrow();
        let key = request.headers().get(PageLink::KEY_HEADER);
        let answer = windows.get(window).map(|entry| {
            let request = PageRequest {
                method: request.method().as_str(),
                path: request.uri().path(),
                key: key.and_then(|key| key.to_str().ok()),
            };
            (entry, entry.link.answer(request, body))
        });
        match answer {
            Some((entry, Answer::Upload(body))) => {
                entry.border.on_upload(entry.border.shown(), body);
                status(StatusCode::NO_CONTENT)
            }
            Some((_, Answer::Bytes(bytes))) => {
                let mut response =
                    found(HeaderValue::from_static("application/octet-stream"), bytes);
                response
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
            Some((_, Answer::NotFound)) | None => {
                tracing::warn!(window, "a page asked for what is not its own");
                status(StatusCode::NOT_FOUND)
            }
        }
    }

    fn page(&self, uri: &http::Uri) -> Response<Bytes> {
        let file = match self.inline_page(uri) {
            Some(html) => Some(("text/html; charset=utf-8".to_owned(), html.into())),
            None => self
                .pages
                .get(uri.path())
                .map(|file| (file.mime, file.body.into())),
        };
        match file.map(|(mime, body)| (mime.try_into(), body)) {
            Some((Ok(mime), body)) => found(mime, body),
            _ => {
                tracing::warn!(path = uri.path(), "the app has no such page");
                status(StatusCode::NOT_FOUND)
            }
        }
    }

    fn inline_page(&self, uri: &http::Uri) -> Option<String> {
        let url = Url::parse(&uri.to_string()).ok()?;
        let (_, id) = url.query_pairs().find(|(name, _)| name == INLINE_PAGE)?;
        self.windows.borrow().get(&*id)?.inline.clone()
    }
}

/// Whether nobody of another origin is to read the answer. Webviews should see to that by themselves,
/// but WebKitGTK hands the answer to a synchronous request to whoever made it.
fn is_for_us(request: &Request<()>) -> bool {
    let origin = request.headers().get(header::ORIGIN);
    origin.is_none_or(|origin| origin == ORIGIN)
}

fn found(mime: HeaderValue, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, mime);
    response
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
