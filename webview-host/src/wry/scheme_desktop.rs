//! The app's scheme on Windows and macOS, where wry does all that is needed.

use std::borrow::Cow;
use std::rc::Rc;

use http::{Request, Response};
use ipc_protocol::WindowId;
use wry::{WebView, WebViewBuilder};

use super::site::{SCHEME, Site};
use crate::BackendError;

/// Has webviews ask the site for what the scheme's URLs name.
pub(super) struct Scheme(Rc<Site>);

impl Scheme {
    pub(super) fn new(site: Site) -> Scheme {
        Scheme(Rc::new(site))
    }

    pub(super) fn site(&self) -> &Site {
        &self.0
    }

    /// Serves a window's webview, which is about to be made.
    pub(super) fn announce<'a>(
        &self,
        builder: WebViewBuilder<'a>,
        id: &WindowId,
    ) -> WebViewBuilder<'a> {
        let (site, id) = (self.0.clone(), id.clone());
        builder.with_custom_protocol(SCHEME.to_owned(), move |_, request| {
            answer(&site, &id, request)
        })
    }

    /// The webview knows all when it is there.
    pub(super) fn serve(&self, _: &WebView, _: &WindowId) -> Result<(), BackendError> {
        Ok(())
    }
}

fn answer(site: &Site, id: &WindowId, request: Request<Vec<u8>>) -> Response<Cow<'static, [u8]>> {
    let (head, body) = request.into_parts();
    let request = Request::from_parts(head, ());
    site.serve(id.as_str(), &request, || Some(body.into()))
        .map(|body| Cow::Owned(body.into()))
}
