//! The border of a window: whose pages it may show, and whose it shows.

use std::cell::RefCell;

use bytes::Bytes;
use ipc_protocol::{Origin, WindowId, WindowSpec};

use super::events::Events;
use super::site::ORIGIN;
use crate::BackendEvent;

/// What one window's webview may load, and what is known of what it has loaded. It believes the
/// webview only: what a page says of itself never gets here.
pub(super) struct Border {
    window: WindowId,
    /// The app's own, and those that the window was opened with.
    origins: Vec<Origin>,
    /// Of the page in the top frame.
    shown: RefCell<Option<Origin>>,
    events: Events,
}

impl Border {
    pub(super) fn new(window: &WindowId, spec: &WindowSpec, events: &Events) -> Border {
        Border {
            window: window.clone(),
            origins: Origin::of(ORIGIN)
                .into_iter()
                .chain(spec.origins.iter().cloned())
                .collect(),
            shown: RefCell::default(),
            events: events.clone(),
        }
    }

    /// Whether the window may show the page at this URL in its top frame.
    pub(super) fn admits(&self, url: &str) -> bool {
        Origin::of(url).is_some_and(|origin| self.origins.contains(&origin))
    }

    /// Whether no frame may go to this URL, which is reported. Frames within a page may show what a
    /// page has made itself, the top frame may not: see [`Border::keeps_out`].
    pub(super) fn blocks(&self, url: &str) -> bool {
        let is_blocked = !self.admits(url) && !INNER.iter().any(|inner| url.starts_with(inner));
        // Every new frame within a page is to go there first, and is there whatever is said.
        if is_blocked && url != "about:blank" {
            self.on_blocked(url);
        }
        is_blocked
    }

    /// Whether the top frame may not show this URL, which is reported.
    pub(super) fn keeps_out(&self, url: &str) -> bool {
        let is_kept_out = !self.admits(url);
        if is_kept_out {
            self.on_blocked(url);
        }
        is_kept_out
    }

    fn on_blocked(&self, url: &str) {
        let url = url.to_owned();
        self.events
            .report(BackendEvent::NavigationBlocked(self.window.clone(), url));
    }

    /// A page, or its user, wanted another window for this.
    pub(super) fn on_popup(&self, url: &str) {
        let url = url.to_owned();
        self.events
            .report(BackendEvent::PopupBlocked(self.window.clone(), url));
    }

    /// The page at this URL has taken the place of the one before.
    pub(super) fn on_page(&self, url: &str) {
        let origin = Origin::of(url);
        self.shown.borrow_mut().clone_from(&origin);
        self.events
            .report(BackendEvent::Navigated(self.window.clone(), origin));
    }

    /// The origin of the page in the top frame.
    pub(super) fn shown(&self) -> Option<Origin> {
        self.shown.borrow().clone()
    }

    /// A page of this origin has posted something.
    pub(super) fn on_message(&self, origin: Option<Origin>, text: String) {
        self.events.report(BackendEvent::Message {
            window: self.window.clone(),
            origin,
            text,
        });
    }

    /// A page of this origin has posted a batch with bytes.
    pub(super) fn on_upload(&self, origin: Option<Origin>, body: Bytes) {
        self.events.report(BackendEvent::Upload {
            window: self.window.clone(),
            origin,
            body,
        });
    }

    /// A page says more than is read, and is not heard any more.
    #[cfg(target_os = "linux")]
    pub(super) fn on_overrun(&self) {
        self.events
            .report(BackendEvent::Overrun(self.window.clone()));
    }
}

/// How the URLs of pages start that another page has made. Webviews write them in small letters.
const INNER: [&str; 3] = ["about:srcdoc", "blob:", "data:"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn border() -> Border {
        let mut spec = WindowSpec::default();
        spec.origins = vec![Origin::new("https://example.com").unwrap()];
        let window = WindowId::new("main").unwrap();
        Border::new(&window, &spec, &Events::new(|_| {}))
    }

    #[test]
    fn a_window_shows_its_origins() {
        let border = border();
        let own = format!("{ORIGIN}/a.html?b#c");
        for url in [&own, "https://example.com", "https://example.com/a?b"] {
            assert!(border.admits(url) && !border.blocks(url), "{url}");
            assert!(!border.keeps_out(url), "{url}");
        }
    }

    #[test]
    fn frames_within_a_page_show_what_pages_make() {
        let border = border();
        for url in ["about:srcdoc", "data:text/html,", "blob:app://localhost/0"] {
            assert!(!border.blocks(url), "{url}");
            assert!(!border.admits(url) && border.keeps_out(url), "{url}");
        }
    }

    #[test]
    fn no_frame_goes_anywhere_else() {
        let border = border();
        for url in [
            "",
            "http://example.com/",
            "https://example.com.evil.example/",
            "https://example.com@evil.example/",
            "https://example.com:8443/",
            "app://localhost.evil.example/",
            "about:blank",
            "file:///etc/passwd",
            "javascript:0",
            "mailto:me@example.com",
            "webkit-pdfjs-viewer://pdfjs/",
            "/index.html",
        ] {
            assert!(border.blocks(url) && border.keeps_out(url), "{url}");
        }
    }

    #[test]
    fn what_is_shown_is_the_last_page() {
        let border = border();
        assert_eq!(border.shown(), None);
        border.on_page("https://elsewhere.example/a");
        assert_eq!(border.shown(), Origin::of("https://elsewhere.example"));
        border.on_page("about:blank");
        assert_eq!(border.shown(), None);
    }
}
