//! The border of a window: whose pages it may show, and whose it shows.

use std::cell::RefCell;

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

/// Where a frame is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To a page that the window may show.
    Open,
    /// To a page that comes from within the one that is there: to be shown inside of it only.
    Inward,
    /// Anywhere else.
    Closed,
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

    pub(super) fn way_to(&self, url: &str) -> Way {
        match Origin::of(url) {
            Some(origin) if self.origins.contains(&origin) => Way::Open,
            None if INWARD.iter().any(|scheme| url.starts_with(scheme)) => Way::Inward,
            _ => Way::Closed,
        }
    }

    /// A page did not go where it, or its user, wanted to.
    pub(super) fn on_blocked(&self, url: &str) {
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
}

/// The schemes of pages that come from another page. Webviews write schemes in small letters.
const INWARD: [&str; 3] = ["about:", "blob:", "data:"];

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
    fn ways_are_open_within_the_origins_only() {
        let border = border();
        let own = format!("{ORIGIN}/a.html?b#c");
        for url in [&own, "https://example.com", "https://example.com/a?b"] {
            assert_eq!(border.way_to(url), Way::Open, "{url}");
        }
        for url in [
            "about:blank",
            "about:srcdoc",
            "data:text/html,",
            "blob:app://localhost/0",
        ] {
            assert_eq!(border.way_to(url), Way::Inward, "{url}");
        }
        for url in [
            "",
            "http://example.com/",
            "https://example.com.evil.example/",
            "https://example.com@evil.example/",
            "https://example.com:8443/",
            "app://localhost.evil.example/",
            "file:///etc/passwd",
            "javascript:0",
            "mailto:me@example.com",
            "webkit-pdfjs-viewer://pdfjs/",
            "/index.html",
        ] {
            assert_eq!(border.way_to(url), Way::Closed, "{url}");
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
