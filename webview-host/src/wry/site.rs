//! What the app's origin serves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Request, Response, StatusCode, header};
use ipc_protocol::WindowId;
use url::Url;

use crate::BackendError;
use crate::pages::Pages;

/// The scheme of the app's own pages.
pub(super) const SCHEME: &str = "app";

/// Where the app's own pages are; Windows has no custom schemes, wry maps them to this.
const ORIGIN: &str = match cfg!(windows) {
    true => "http://app.localhost/",
    false => "app://localhost/",
};

/// The query parameter that asks for the page of a window that was opened with its source.
const INLINE_PAGE: &str = "window";

/// What the app's origin serves: its files, and the pages that windows were opened with.
pub(super) struct Site {
    pages: Pages,
    inline: Mutex<HashMap<String, String>>,
}

impl Site {
    pub(super) fn new(pages: Pages) -> Site {
        Site {
            pages,
            inline: Mutex::default(),
        }
    }

    /// The URL of a page named in a window's options, or by `navigate`.
    pub(super) fn resolve(&self, page: &str) -> Result<Url, BackendError> {
        let bad_url = || BackendError::BadUrl(page.to_owned());
        let origin = Url::parse(ORIGIN).map_err(|_| bad_url())?;
        let url = origin.join(page).map_err(|_| bad_url())?;
        let is_ours = (url.scheme(), url.host_str()) == (origin.scheme(), origin.host_str());
        if is_ours && !self.pages.contains(url.path()) {
            let name = url.path().trim_start_matches('/');
            let name = if name.is_empty() { "index.html" } else { name };
            return Err(BackendError::PageNotFound(name.to_owned()));
        }
        Ok(url)
    }

    /// The URL of the page whose source a window was opened with.
    pub(super) fn put_inline(&self, id: &WindowId, html: &str) -> Result<Url, BackendError> {
        self.lock_inline()
            .insert(id.as_str().to_owned(), html.to_owned());
        Url::parse_with_params(ORIGIN, [(INLINE_PAGE, id.as_str())])
            .map_err(|error| BackendError::Failed(error.to_string()))
    }

    pub(super) fn serve(&self, request: &Request<Vec<u8>>) -> Response<Cow<'static, [u8]>> {
        let found = match self.inline_page(request.uri()) {
            Some(html) => Some(("text/html; charset=utf-8".to_owned(), html.into_bytes())),
            None => self
                .pages
                .get(request.uri().path())
                .map(|file| (file.mime, file.body)),
        };
        let mut response = Response::new(Cow::Borrowed(&b""[..]));
        match found.map(|(mime, body)| (mime.try_into(), body)) {
            Some((Ok(mime), body)) => {
                response.headers_mut().insert(header::CONTENT_TYPE, mime);
                *response.body_mut() = body.into();
            }
            _ => {
                tracing::warn!(path = request.uri().path(), "the app has no such page");
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
        }
        let no_sniff = header::HeaderValue::from_static("nosniff");
        response
            .headers_mut()
            .insert(header::X_CONTENT_TYPE_OPTIONS, no_sniff);
        response
    }

    fn inline_page(&self, uri: &http::Uri) -> Option<String> {
        let url = Url::parse(&uri.to_string()).ok()?;
        let (_, id) = url.query_pairs().find(|(name, _)| name == INLINE_PAGE)?;
        self.lock_inline().get(&*id).cloned()
    }

    /// Forgets the page whose source a window was opened with.
    pub(super) fn remove_inline(&self, id: &WindowId) {
        self.lock_inline().remove(id.as_str());
    }

    fn lock_inline(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.inline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
