//! Where the frames of a window may go.

use std::time::Instant;

use ipc_protocol::{Origin, Rate, WindowSpec};

use crate::bucket::Bucket;
use crate::wry::ORIGIN;

/// The addresses that one window may show, and how much of them its page has used up.
pub(super) struct Addresses {
    /// The app's own, and those that the window was opened with.
    origins: Vec<Origin>,
    /// The bytes of the URLs to which frames go.
    ways: Bucket,
    /// The bytes of the URLs that it asks for beyond that, or too many at once.
    excess: Bucket,
}

/// What becomes of a frame that is to go somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Open,
    Blocked,
    /// It is blocked, and its page floods the webview with long URLs: it is to be ended.
    Flood,
}

/// The longest URL to which a page may go, in bytes, since those that it has been to stay in its history;
/// and the longest that it may request of the app.
pub(in crate::wry) const MAX_URL: usize = 128 << 10;

/// How the URLs begin to which frames go, by their fragments, whatever is said. A page that has a long one
/// is ended: WebKit would get it with every entry of the history, four times.
const BLANK: &str = "about:";

/// How the URLs of pages start that another page has made. Webviews write them in small letters.
const INNER: [&str; 3] = ["about:srcdoc", "blob:", "data:"];

/// The bytes of the URLs to which a page may go: webviews keep them, and what they do with them at each
/// step grows with what they have kept.
const WAYS: Rate = Rate {
    burst: 4 << 20,
    per_second: 256 << 10,
};

/// The bytes of the URLs that a page may have refused: webviews decode each several times before they
/// ask, which keeps all windows waiting. A page that goes on is ended.
const EXCESS: Rate = Rate {
    burst: 8 << 20,
    per_second: 256 << 10,
};

impl Addresses {
    pub(super) fn new(spec: &WindowSpec, now: Instant) -> Addresses {
        let own = Origin::of(ORIGIN);
        Addresses {
            origins: own
                .into_iter()
                .chain(spec.origins.iter().cloned())
                .collect(),
            ways: Bucket::new(WAYS, now),
            excess: Bucket::new(EXCESS, now),
        }
    }

    /// Whether the window may show the page at this URL in its top frame.
    pub(super) fn admits(&self, url: &str) -> bool {
        Origin::of(url).is_some_and(|origin| self.origins.contains(&origin))
    }

    /// Whether a frame may go to this URL, which counts. Frames within a page may show what a page has made
    /// itself, which the top frame may not.
    pub(super) fn way_to(&mut self, url: &str, now: Instant) -> Way {
        let is_inner = INNER.iter().any(|inner| url.starts_with(inner));
        let is_short = url.len() <= MAX_URL;
        if is_short && (is_inner || self.admits(url)) && takes(&mut self.ways, url.len(), now) {
            Way::Open
        } else if !is_short && url.starts_with(BLANK) {
            Way::Flood
        } else {
            self.refuse(url.len(), now)
        }
    }

    /// Counts a URL of so many bytes that the webview was asked for in vain.
    pub(super) fn refuse(&mut self, bytes: usize, now: Instant) -> Way {
        match takes(&mut self.excess, bytes, now) {
            true => Way::Blocked,
            false => Way::Flood,
        }
    }
}

/// Takes so many bytes from a bucket, if there is anything in it.
fn takes(bucket: &mut Bucket, bytes: usize, now: Instant) -> bool {
    bucket.fill(now);
    let has_any = !bucket.is_empty();
    if has_any {
        bucket.take(bytes);
    }
    has_any
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    fn addresses(now: Instant) -> Addresses {
        let mut spec = WindowSpec::default();
        spec.origins = vec![Origin::new("https://example.com").unwrap()];
        Addresses::new(&spec, now)
    }

    /// The way to a URL, of a page that has not been anywhere.
    fn way_to(url: &str) -> Way {
        let now = Instant::now();
        addresses(now).way_to(url, now)
    }

    fn own(length: usize) -> String {
        format!("{ORIGIN}/#{}", "h".repeat(length - ORIGIN.len() - 2))
    }

    #[test]
    fn a_window_shows_its_origins() {
        let addresses = addresses(Instant::now());
        let own = format!("{ORIGIN}/a.html?b#c");
        for url in [&own, "https://example.com", "https://example.com/a?b"] {
            assert!(addresses.admits(url), "{url}");
            assert_eq!(way_to(url), Way::Open, "{url}");
        }
    }

    #[test]
    fn frames_within_a_page_show_what_pages_make() {
        let addresses = addresses(Instant::now());
        for url in ["about:srcdoc", "data:text/html,", "blob:app://localhost/0"] {
            assert_eq!(way_to(url), Way::Open, "{url}");
            assert!(!addresses.admits(url), "{url}");
        }
    }

    #[test]
    fn no_frame_goes_anywhere_else() {
        let addresses = addresses(Instant::now());
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
            assert_eq!(way_to(url), Way::Blocked, "{url}");
            assert!(!addresses.admits(url), "{url}");
        }
    }

    #[test]
    fn urls_have_a_longest() {
        assert_eq!(way_to(&own(MAX_URL)), Way::Open);
        assert_eq!(way_to(&own(MAX_URL + 1)), Way::Blocked);
        for (start, longer) in [
            ("data:text/html,", Way::Blocked),
            ("about:srcdoc#", Way::Flood),
        ] {
            let frame = |length: usize| format!("{start}{}", "x".repeat(length - start.len()));
            assert_eq!(way_to(&frame(MAX_URL)), Way::Open, "{start}");
            // Of the two, a frame gets to the latter all the same.
            assert_eq!(way_to(&frame(MAX_URL + 1)), longer, "{start}");
        }
    }

    #[test]
    fn long_urls_are_a_way_now_and_then() {
        let now = Instant::now();
        let mut addresses = addresses(now);
        let url = own(MAX_URL);
        let most = WAYS.burst as usize / MAX_URL;
        for _ in 0..most {
            assert_eq!(addresses.way_to(&url, now), Way::Open);
        }
        assert_eq!(addresses.way_to(&url, now), Way::Blocked);
        let later = now + Duration::from_secs(1);
        assert_eq!(addresses.way_to(&url, later), Way::Open);
    }

    #[test]
    fn a_page_that_goes_on_with_long_urls_floods() {
        let now = Instant::now();
        let mut addresses = addresses(now);
        let url = own(3 << 20);
        let ways: Vec<_> = (0..4).map(|_| addresses.way_to(&url, now)).collect();
        assert_eq!(ways, [Way::Blocked, Way::Blocked, Way::Blocked, Way::Flood]);
        assert_eq!(addresses.way_to(ORIGIN, now), Way::Open, "the next page");
    }
}
