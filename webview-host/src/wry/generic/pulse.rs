//! Whether a page runs what it is asked to: on Windows and macOS nobody asks it.

use std::rc::Rc;

use wry::WebView;

use crate::wry::border::Border;

pub(in crate::wry) struct Pulse;

impl Pulse {
    pub(in crate::wry) fn new(_: &WebView, _: &Rc<Border>) -> Rc<Pulse> {
        Rc::new(Pulse)
    }

    pub(in crate::wry) fn on_given(&self) {}

    /// Here pages are closed with their windows.
    pub(in crate::wry) fn leave(&self, _: bool) -> bool {
        false
    }

    pub(in crate::wry) fn load(&self, webview: &WebView, url: &str) -> Result<(), wry::Error> {
        webview.load_url(url)
    }

    pub(in crate::wry) fn reload(&self, webview: &WebView) -> Result<(), wry::Error> {
        webview.reload()
    }
}
