//! The app's scheme on Windows and macOS, where wry does all that is needed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use http::header::{HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use ipc_protocol::WindowId;
use wry::{RequestAsyncResponder, WebView, WebViewBuilder};

use crate::pages::{FileRequest, Pages};
use crate::site::{Site, SiteAnswer, SiteRequest};
use crate::wry::SCHEME;
use crate::wry::border::Border;
use crate::{BackendError, PageLink};

/// Has webviews ask the site for what the scheme's URLs name.
pub(in crate::wry) struct Scheme(Rc<Site>);

/// The requests for files of one window that wait. More are refused.
const MAX_WAITING: usize = 2048;

/// A request for a file, with the headers of its answer.
type Job = (FileRequest, Headers, RequestAsyncResponder);

type Headers = HashMap<&'static str, String>;

thread_local! {
    /// Who answers the webviews on this thread, by window. wry wants handlers that could run on any
    /// thread, though it runs them where the webviews are.
    static SERVED: RefCell<HashMap<WindowId, (Rc<Site>, Rc<Border>)>> = RefCell::default();
}

impl Scheme {
    pub(in crate::wry) fn new(site: Site, _: &Path) -> Scheme {
        Scheme(Rc::new(site))
    }

    pub(in crate::wry) fn site(&self) -> &Site {
        &self.0
    }

    /// Serves a window's webview, which is about to be made.
    pub(in crate::wry) fn announce<'a>(
        &self,
        builder: WebViewBuilder<'a>,
        id: &WindowId,
        border: &Rc<Border>,
    ) -> WebViewBuilder<'a> {
        let served = (self.0.clone(), border.clone());
        SERVED.with_borrow_mut(|all| all.insert(id.clone(), served));
        // One file at a time is read, on a thread that ends with the webview.
        let (jobs, queue) = mpsc::sync_channel(MAX_WAITING);
        let pages = self.0.pages().clone();
        thread::spawn(move || read_all(&pages, &queue));
        let builder = builder.with_initialization_script_for_main_only(self.0.fence(), false);
        let id = id.clone();
        builder.with_asynchronous_custom_protocol(SCHEME.to_owned(), move |_, request, respond| {
            match SERVED.with_borrow(|all| all.get(&id).cloned()) {
                Some((site, border)) => answer(&site, &id, &border, request, respond, &jobs),
                None => {
                    respond.respond(response(StatusCode::NOT_FOUND, &Headers::new(), Vec::new()))
                }
            }
        })
    }

    /// The webview knows all when it is there.
    pub(in crate::wry) fn serve(
        &self,
        _: &WebView,
        _: &WindowId,
        _: &Rc<Border>,
    ) -> Result<(), BackendError> {
        Ok(())
    }

    /// Serves a window no more.
    pub(in crate::wry) fn remove(&self, id: &WindowId) {
        SERVED.with_borrow_mut(|all| all.remove(id));
        self.0.remove(id);
    }
}

fn answer(
    site: &Site,
    id: &WindowId,
    border: &Border,
    request: Request<Vec<u8>>,
    mut respond: RequestAsyncResponder,
    jobs: &mpsc::SyncSender<Job>,
) {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name)?.to_str().ok();
    let (shown, url) = (border.shown(), head.uri.to_string());
    let request = SiteRequest {
        window: id,
        shown: shown.as_ref(),
        url: &url,
        origin: header("origin"),
        key: header(PageLink::KEY_HEADER),
        is_navigation: header("upgrade-insecure-requests").is_some(),
        range: header("range"),
        if_range: header("if-range"),
    };
    let answer = site.answer(request, || Some(body.into()));
    let named = site.headers().map(|(name, value)| (name, value.to_owned()));
    let mut headers = Headers::from(named);
    let (status, mime, body) = match answer {
        SiteAnswer::Html(html) => (StatusCode::OK, "text/html; charset=utf-8", html.into()),
        SiteAnswer::Bytes(bytes) => {
            headers.insert("cache-control", "no-store".to_owned());
            (StatusCode::OK, "application/octet-stream", bytes.into())
        }
        SiteAnswer::Upload(body) => {
            border.on_upload(shown, body);
            (StatusCode::NO_CONTENT, "", Vec::new())
        }
        SiteAnswer::Refused => (StatusCode::NOT_FOUND, "", Vec::new()),
        SiteAnswer::File(file) => match jobs.try_send((file, headers.clone(), respond)) {
            Ok(()) => return,
            Err(mpsc::TrySendError::Full(job) | mpsc::TrySendError::Disconnected(job)) => {
                site.refuse(id, &job.0.path, "too many requests of this window wait");
                respond = job.2;
                (StatusCode::NOT_FOUND, "", Vec::new())
            }
        },
    };
    if !mime.is_empty() {
        headers.insert("content-type", mime.to_owned());
    }
    respond.respond(response(status, &headers, body));
}

/// Answers requests for files until nobody asks any more.
fn read_all(pages: &Pages, jobs: &mpsc::Receiver<Job>) {
    for (request, mut headers, respond) in jobs {
        let file = pages.open(&request).and_then(|file| {
            let mut body = Vec::new();
            let mut content = file.content.take(file.length);
            content.read_to_end(&mut body).ok()?;
            Some((StatusCode::from_u16(file.status).ok()?, file.headers, body))
        });
        respond.respond(match file {
            Some((status, more, body)) => {
                headers.extend(more);
                response(status, &headers, body)
            }
            None => response(StatusCode::NOT_FOUND, &headers, Vec::new()),
        });
    }
}

fn response(status: StatusCode, headers: &Headers, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            let name = HeaderName::from_static(*name);
            response.headers_mut().insert(name, value);
        }
    }
    response
}
