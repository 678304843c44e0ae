//! How batches get to a window's page on Windows and macOS: as scripts. From it they come as messages,
//! and those with bytes as requests.

use std::path::Path;
use std::rc::Rc;

use wry::{WebView, WebViewBuilder};

use super::eval::eval;
use crate::wry::border::Border;
use crate::{BackendError, Handover, PageLink};

/// What the webview's processes need: nothing.
pub(in crate::wry) struct Library;

impl Library {
    pub(in crate::wry) fn install(_: &Path) -> Library {
        Library
    }

    pub(in crate::wry) fn announce<'a>(&self, builder: WebViewBuilder<'a>) -> WebViewBuilder<'a> {
        builder
    }
}

/// The way to the pages of one window, which is the webview's.
pub(in crate::wry) struct Transport;

impl Transport {
    pub(in crate::wry) fn new(_: &WebView, _: &Rc<Border>) -> Rc<Transport> {
        Rc::new(Transport)
    }

    /// The webview takes messages by itself.
    pub(in crate::wry) fn connect_bridge(
        &self,
        _: &WebView,
        _: &PageLink,
    ) -> Result<(), BackendError> {
        Ok(())
    }

    /// Hands the page a batch, after those before.
    pub(in crate::wry) fn deliver(
        &self,
        webview: &WebView,
        handover: &Handover<'_>,
    ) -> Result<(), BackendError> {
        eval(webview, &handover.script()?)
    }

    /// The page is gone, and what it has said has been reported.
    pub(in crate::wry) fn end(&self) {}

    /// The webview runs what it was given before it is asked to replace the page.
    pub(in crate::wry) fn before_leaving(&self, _: &WebView) {}
}
