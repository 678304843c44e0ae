//! The app's scheme on Linux, through WebKitGTK itself: wry does not pass on what a page sends.

use std::cell::Cell;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use bytes::Bytes;
use gtk::gio;
use gtk::gio::prelude::InputStreamExtManual;
use gtk::prelude::WidgetExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use ipc_protocol::WindowId;
use soup::{MessageHeaders, MessageHeadersType};
use webkit2gtk::{
    SecurityManagerExt, URISchemeRequest, URISchemeRequestExt, URISchemeResponse,
    URISchemeResponseExt, WebContextExt, WebViewExt,
};
use wry::{WebView, WebViewBuilder, WebViewExtUnix};

use super::site::{SCHEME, Site};
use crate::BackendError;

/// Has WebKitGTK ask the site for what the scheme's URLs name.
pub(super) struct Scheme {
    site: Rc<Site>,
    /// Once is enough: all windows have the same context.
    is_registered: Cell<bool>,
}

impl Scheme {
    pub(super) fn new(site: Site) -> Scheme {
        Scheme {
            site: Rc::new(site),
            is_registered: Cell::new(false),
        }
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Webviews need to know nothing of it while they are made.
    pub(super) fn announce<'a>(
        &self,
        builder: WebViewBuilder<'a>,
        _: &WindowId,
    ) -> WebViewBuilder<'a> {
        builder
    }

    /// Serves a window's webview, which has not loaded anything yet.
    pub(super) fn serve(&self, webview: &WebView, id: &WindowId) -> Result<(), BackendError> {
        let webview = webview.webview();
        // By this its requests are known again.
        webview.set_widget_name(id.as_str());
        if self.is_registered.get() {
            return Ok(());
        }
        let none = || BackendError::Failed("the webview has no context".to_owned());
        let context = webview.context().ok_or_else(none)?;
        let security = context.security_manager().ok_or_else(none)?;
        security.register_uri_scheme_as_secure(SCHEME);
        let site = self.site.clone();
        context.register_uri_scheme(SCHEME, move |request| answer(&site, request));
        self.is_registered.set(true);
        Ok(())
    }
}

fn answer(site: &Site, asked: &URISchemeRequest) {
    // WebKit has called this, and a panic must not get there.
    let response = catch_unwind(AssertUnwindSafe(|| response(site, asked)));
    match response {
        Ok(Some(response)) => asked.finish_with_response(&response),
        Ok(None) | Err(_) => {
            let mut error = glib::Error::new(gio::IOErrorEnum::InvalidArgument, "no such request");
            asked.finish_error(&mut error);
        }
    }
}

fn response(site: &Site, asked: &URISchemeRequest) -> Option<URISchemeResponse> {
    let window = asked.web_view()?.widget_name();
    let request = read(asked)?;
    Some(write(site.serve(&window, &request, || body(asked))))
}

/// The request without its body.
fn read(asked: &URISchemeRequest) -> Option<Request<()>> {
    let mut request = Request::builder()
        .method(asked.http_method()?.as_str())
        .uri(asked.uri()?.as_str())
        .body(())
        .ok()?;
    if let Some(headers) = asked.http_headers() {
        let mut map = HeaderMap::new();
        headers.foreach(|name, value| {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
                map.insert(name, value);
            }
        });
        *request.headers_mut() = map;
    }
    Some(request)
}

/// What a page sent, which WebKit has in memory: reading it does not wait.
fn body(asked: &URISchemeRequest) -> Option<Bytes> {
    let mut body = Vec::new();
    // A request without a body has no stream.
    if let Some(stream) = asked.http_body() {
        stream.into_read().read_to_end(&mut body).ok()?;
    }
    Some(body.into())
}

fn write(response: Response<Bytes>) -> URISchemeResponse {
    let (head, body) = response.into_parts();
    let length = i64::try_from(body.len()).unwrap_or(-1);
    let stream = gio::MemoryInputStream::from_bytes(&glib::Bytes::from_owned(body));
    let response = URISchemeResponse::new(&stream, length);
    response.set_status(head.status.as_u16().into(), None);
    let headers = MessageHeaders::new(MessageHeadersType::Response);
    for (name, value) in &head.headers {
        let Ok(value) = value.to_str() else {
            continue;
        };
        if name == http::header::CONTENT_TYPE {
            response.set_content_type(value);
        }
        headers.append(name.as_str(), value);
    }
    response.set_http_headers(headers);
    response
}
