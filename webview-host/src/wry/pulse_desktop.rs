//! Whether a page runs what it is asked to: on Windows and macOS nobody asks it.

use std::rc::Rc;

use wry::WebView;

use super::border::Border;

pub(super) struct Pulse;

impl Pulse {
    pub(super) fn new(_: &WebView, _: &Rc<Border>) -> Rc<Pulse> {
        Rc::new(Pulse)
    }

    pub(super) fn on_given(&self) {}

    /// Here pages are closed with their windows.
    pub(super) fn leave(&self) -> bool {
        false
    }

    pub(super) fn load(&self, webview: &WebView, url: &str) -> Result<(), wry::Error> {
        webview.load_url(url)
    }

    pub(super) fn reload(&self, webview: &WebView) -> Result<(), wry::Error> {
        webview.reload()
    }
}
