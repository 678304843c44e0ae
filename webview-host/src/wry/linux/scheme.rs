//! The app's scheme on Linux, through WebKitGTK itself: wry does not pass on what a page sends, reads
//! files on the main thread, and panics at many headers.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::rc::Rc;

use bytes::Bytes;
use gtk::gio;
use gtk::gio::prelude::InputStreamExtManual;
use gtk::prelude::WidgetExt;
use ipc_protocol::WindowId;
use page_socket::MAX_FRAME_BYTES;
use soup::{MessageHeaders, MessageHeadersType};
use webkit2gtk::{
    Download, DownloadExt, SecurityManagerExt, URISchemeRequest, URISchemeRequestExt,
    URISchemeResponse, URISchemeResponseExt, UserContentInjectedFrames, UserContentManagerExt,
    UserScript, UserScriptInjectionTime, WebContextExt, WebViewExt,
};
use wry::{WebView, WebViewBuilder, WebViewExtUnix};

use super::downloads::Downloads;
use super::guard;
use super::signals;
use super::streams::Streams;
use crate::pages::FileRequest;
use crate::site::{Site, SiteAnswer, SiteRequest};
use crate::wry::border::{Border, MAX_URL};
use crate::wry::{SCHEME, WORLD};
use crate::{BackendError, PageLink};

/// Has WebKitGTK ask the site for what the scheme's URLs name.
pub(in crate::wry) struct Scheme {
    served: Rc<Served>,
    /// Once is enough: all windows have the same context.
    is_registered: Cell<bool>,
}

struct Served {
    site: Site,
    downloads: Rc<Downloads>,
    windows: RefCell<HashMap<WindowId, Rc<Window>>>,
}

struct Window {
    id: WindowId,
    border: Rc<Border>,
    streams: Rc<Streams>,
    /// The requests that were not looked at yet.
    waiting: RefCell<VecDeque<URISchemeRequest>>,
    /// Whether something looks at them.
    is_busy: Cell<bool>,
}

/// The requests of one window that wait to be looked at. More fail at once: WebKit hands on all that it
/// has got in one go, and whatever is done for each of them keeps all windows waiting.
const MAX_WAITING: usize = 4096;

/// The header that WebKitGTK wants to be told of apart from all others.
const CONTENT_TYPE: &str = "content-type";

/// Why one of those is refused.
const TOO_MANY: &str = "too many requests of this window wait";

/// The number of waiting requests from which on the lengths of their URLs count as excess.
const MANY_WAITING: usize = 256;

impl Scheme {
    pub(in crate::wry) fn new(site: Site, data_directory: &Path) -> Scheme {
        Scheme {
            served: Rc::new(Served {
                site,
                downloads: Downloads::new(data_directory),
                windows: RefCell::default(),
            }),
            is_registered: Cell::new(false),
        }
    }

    pub(in crate::wry) fn site(&self) -> &Site {
        &self.served.site
    }

    /// Has a webview, which is about to be made, ask where files go.
    pub(in crate::wry) fn announce<'a>(
        &self,
        builder: WebViewBuilder<'a>,
        _: &WindowId,
        _: &Rc<Border>,
    ) -> WebViewBuilder<'a> {
        // wry asks the handler of the first webview for all of them.
        if self.is_registered.get() {
            return builder;
        }
        let downloads = self.served.downloads.clone();
        builder.with_download_started_handler(move |_, path| {
            signals::cover(false, || downloads.decide(path))
        })
    }

    /// Serves a window's webview, which has not loaded anything yet.
    pub(in crate::wry) fn serve(
        &self,
        webview: &WebView,
        id: &WindowId,
        border: &Rc<Border>,
    ) -> Result<(), BackendError> {
        let webview = webview.webview();
        let none = || BackendError::Failed("the webview takes no scripts".to_owned());
        let manager = webview.user_content_manager().ok_or_else(none)?;
        manager.add_script(&UserScript::for_world(
            &self.site().fence(),
            UserContentInjectedFrames::AllFrames,
            UserScriptInjectionTime::Start,
            WORLD,
            &[],
            &[],
        ));
        // By this its requests are known again.
        webview.set_widget_name(id.as_str());
        let window = Rc::new(Window {
            id: id.clone(),
            border: border.clone(),
            streams: Streams::new(&webview, self.site().pages()),
            waiting: RefCell::default(),
            is_busy: Cell::default(),
        });
        self.served.windows.borrow_mut().insert(id.clone(), window);
        if self.is_registered.get() {
            return Ok(());
        }
        let none = || BackendError::Failed("the webview has no context".to_owned());
        let context = webview.context().ok_or_else(none)?;
        let security = context.security_manager().ok_or_else(none)?;
        security.register_uri_scheme_as_secure(SCHEME);
        let served = self.served.clone();
        signals::on_download_started(&context, {
            let served = served.clone();
            move |download| served.download(download)
        });
        signals::on_scheme_request(&context, SCHEME, move |asked| served.take(asked));
        self.is_registered.set(true);
        Ok(())
    }

    /// Serves a window no more.
    pub(in crate::wry) fn remove(&self, id: &WindowId) {
        self.site().remove(id);
        self.served.downloads.close(id);
        let window = self.served.windows.borrow_mut().remove(id);
        if let Some(window) = window {
            window.waiting.borrow_mut().clear();
            window.streams.close();
        }
    }
}

impl Served {
    /// Takes a request in. Each is looked at in a turn of its own of glib's loop.
    fn take(self: &Rc<Self>, asked: &URISchemeRequest) {
        let Some(window) = self.window_of(asked.web_view()) else {
            return fail(asked, "no window asks for it");
        };
        // Not borrowed meanwhile: to end a page's process may lead here again.
        let waiting = window.waiting.borrow().len();
        let length = asked.uri().map_or(0, |url| url.len());
        let is_long = length > MAX_URL;
        if is_long || waiting >= MANY_WAITING {
            window.border.count_excess(length);
            if let Some(webview) = asked.web_view() {
                guard::end_if_flooded(&webview, &window.border);
            }
        }
        if is_long {
            return self.refuse(asked, &window.id, "", "its URL is too long");
        }
        if waiting == MAX_WAITING {
            return self.refuse(asked, &window.id, "", TOO_MANY);
        }
        window.waiting.borrow_mut().push_back(asked.clone());
        if window.is_busy.replace(true) {
            return;
        }
        let served = self.clone();
        signals::spawn(async move {
            loop {
                let next = window.waiting.borrow_mut().pop_front();
                let Some(asked) = next else {
                    break window.is_busy.set(false);
                };
                // A panic at one request must not keep the others waiting for ever.
                let is_answered = signals::cover(false, || {
                    served.answer(&asked, &window);
                    true
                });
                if !is_answered {
                    fail(&asked, "it could not be answered");
                }
                signals::next_turn().await;
            }
        });
    }

    fn window_of(&self, view: Option<webkit2gtk::WebView>) -> Option<Rc<Window>> {
        let id = WindowId::new(view?.widget_name().as_str()).ok()?;
        self.windows.borrow().get(&id).cloned()
    }

    /// Saves a file, or has it not written.
    fn download(&self, download: &Download) {
        let Some(window) = self.window_of(download.web_view()) else {
            return download.cancel();
        };
        let Window { id, border, .. } = &*window;
        let shown = border.shown();
        self.downloads.take(id, border, download, |url| {
            self.site.open(shown.as_ref(), url)
        });
    }

    fn refuse(&self, asked: &URISchemeRequest, id: &WindowId, path: &str, why: &str) {
        self.site.refuse(id, path, why);
        fail(asked, why);
    }

    fn answer(self: &Rc<Self>, asked: &URISchemeRequest, window: &Window) {
        match self.ask_site(asked, &window.id, &window.border) {
            SiteAnswer::Html(html) => {
                let headers = [(CONTENT_TYPE, "text/html; charset=utf-8")];
                self.finish(asked, 200, bytes_of(html.into()), &headers);
            }
            SiteAnswer::Bytes(bytes) => {
                let mime = (CONTENT_TYPE, "application/octet-stream");
                let headers = [mime, ("cache-control", "no-store")];
                self.finish(asked, 200, bytes_of(bytes), &headers);
            }
            SiteAnswer::Upload(body) => {
                window.border.on_upload(window.border.shown(), body);
                self.finish(asked, 204, bytes_of(Bytes::new()), &[]);
            }
            SiteAnswer::Refused => self.finish_missing(asked, is_navigation(asked)),
            SiteAnswer::File(file) => self.open(asked, &window.id, &window.streams, file),
        }
    }

    fn ask_site(&self, asked: &URISchemeRequest, id: &WindowId, border: &Border) -> SiteAnswer {
        // Of the headers only these are read, however many there are. The method is not, since WebKitGTK
        // never forgets one that it was asked for.
        let headers = asked.http_headers();
        let header = |name| headers.as_ref()?.one(name);
        let (origin, key) = (header("Origin"), header(PageLink::KEY_HEADER));
        let (range, if_range) = (header("Range"), header("If-Range"));
        let shown = border.shown();
        let request = SiteRequest {
            window: id,
            shown: shown.as_ref(),
            url: &asked.uri().unwrap_or_default(),
            origin: origin.as_deref(),
            key: key.as_deref(),
            is_navigation: is_navigation(asked),
            range: range.as_deref(),
            if_range: if_range.as_deref(),
        };
        self.site.answer(request, || body(asked))
    }

    fn open(
        self: &Rc<Self>,
        asked: &URISchemeRequest,
        id: &WindowId,
        streams: &Streams,
        request: FileRequest,
    ) {
        let (path, is_document) = (request.path.clone(), request.is_document);
        // WebKitGTK gives every other request an `Accept`. A page that adds one keeps itself waiting.
        let accepts = asked.http_headers().and_then(|it| it.one("Accept"));
        let is_taken = streams.open(request, accepts.is_none(), {
            let (served, asked, id, path) = (self.clone(), asked.clone(), id.clone(), path.clone());
            move |file| match file {
                Some(file) => {
                    let length = i64::try_from(file.length).unwrap_or(-1);
                    let headers = file.headers.iter();
                    let headers: Vec<_> = headers.map(|(name, it)| (*name, it.as_str())).collect();
                    let content = stream_of(file.content.into());
                    served.finish(&asked, file.status, (content, length), &headers);
                }
                None => {
                    served.site.refuse(&id, &path, "the app has no such file");
                    served.finish_missing(&asked, is_document);
                }
            }
        });
        if !is_taken {
            self.refuse(asked, id, &path, TOO_MANY);
        }
    }

    /// Nothing is there. In the place of a document there is an empty one: a frame must not be able to tell that
    /// from one that is there.
    fn finish_missing(&self, asked: &URISchemeRequest, is_document: bool) {
        let mime = (CONTENT_TYPE, "text/html");
        let headers = is_document.then_some(mime);
        self.finish(asked, 404, bytes_of(Bytes::new()), headers.as_slice());
    }

    fn finish(
        &self,
        asked: &URISchemeRequest,
        status: u16,
        (content, length): (gio::InputStream, i64),
        more: &[(&str, &str)],
    ) {
        let response = URISchemeResponse::new(&content, length);
        response.set_status(status.into(), None);
        let headers = MessageHeaders::new(MessageHeadersType::Response);
        for (name, value) in self.site.headers().iter().chain(more) {
            headers.append(name, value);
            if *name == CONTENT_TYPE {
                response.set_content_type(value);
            }
        }
        response.set_http_headers(headers);
        asked.finish_with_response(&response);
    }
}

fn fail(asked: &URISchemeRequest, why: &str) {
    asked.finish_error(&mut glib::Error::new(gio::IOErrorEnum::Failed, why));
}

/// Whether the answer is to be shown as a document: see [`SiteRequest::is_navigation`].
fn is_navigation(asked: &URISchemeRequest) -> bool {
    let headers = asked.http_headers();
    headers.is_some_and(|it| it.one("Upgrade-Insecure-Requests").is_some())
}

/// What a page sent, which WebKit has in memory: reading it does not wait.
fn body(asked: &URISchemeRequest) -> Option<Bytes> {
    let mut body = Vec::new();
    // A request without a body has no stream.
    if let Some(stream) = asked.http_body() {
        let most = MAX_FRAME_BYTES as u64;
        stream.into_read().take(most).read_to_end(&mut body).ok()?;
    }
    Some(body.into())
}

/// Bytes as WebKit reads them, and how many they are.
fn bytes_of(bytes: Bytes) -> (gio::InputStream, i64) {
    let length = i64::try_from(bytes.len()).unwrap_or(-1);
    let stream = gio::MemoryInputStream::from_bytes(&glib::Bytes::from_owned(bytes));
    (glib::object::Cast::upcast(stream), length)
}

/// The end of a pipe as WebKit reads it: without waiting.
#[expect(unsafe_code, reason = "glib takes descriptors as numbers")]
fn stream_of(pipe: OwnedFd) -> gio::InputStream {
    // SAFETY: the stream becomes the only owner of the descriptor.
    let stream = unsafe { gio::UnixInputStream::take_fd(pipe) };
    glib::object::Cast::upcast(stream)
}
