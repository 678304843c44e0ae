//! The border of a window: whose pages it may show, and whose it shows.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use bytes::Bytes;
use ipc_protocol::{Downloads, Incident, Origin, Rate, WindowId, WindowSpec};

use super::ORIGIN;
use super::events::Events;
use crate::BackendEvent;
use crate::bucket::Bucket;

/// What one window's webview may load, and what is known of what it has loaded. It believes the
/// webview only: what a page says of itself never gets here.
pub(super) struct Border {
    window: WindowId,
    /// The app's own, and those that the window was opened with.
    origins: Vec<Origin>,
    /// Of the page in the top frame.
    shown: RefCell<Option<Origin>>,
    /// The bytes of the URLs to which frames go.
    ways: RefCell<Bucket>,
    /// The bytes of the URLs that it asks for beyond that, or too many at once.
    excess: RefCell<Bucket>,
    /// Whether that is full, and the page is to be ended.
    is_flooded: Cell<bool>,
    /// What the top frame is about to show.
    loading: RefCell<Loading>,
    /// Whether the window is about to close, and its page leaves it for an empty one.
    is_leaving: Cell<bool>,
    downloads: Downloads,
    /// Whether the user has brought about where a frame went last.
    is_users: Cell<bool>,
    /// How often the user has pressed a button or a key, and how often when a file was last saved.
    acts: Cell<u64>,
    spent_acts: Cell<u64>,
    events: Events,
}

/// A load of the top frame, until its page takes the place of the one before.
#[derive(Default)]
struct Loading {
    /// The start of the URL that was asked for.
    url: String,
    /// Whether it is WebKit's own page about what could not be loaded.
    is_error_page: bool,
    /// Whether such a page comes next.
    #[cfg(target_os = "linux")]
    has_failed: bool,
    /// What could not be loaded, and why: told once that page is there, since what the window is told to
    /// load before would be lost.
    failure: Option<(String, String)>,
}

/// The longest URL to which a page may go, in bytes, since those that it has been to stay in its history;
/// and the longest that it may request of the app.
pub(super) const MAX_URL: usize = 128 << 10;

/// How the URLs begin to which frames go, by their fragments, whatever is said. A page that has a long one
/// is ended: WebKit would get it with every entry of the history, four times.
const BLANK: &str = "about:";

/// A page without anything, to which no top frame may go.
pub(super) const EMPTY: &str = "about:blank";

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

/// The characters of a URL that are reported.
const MAX_REPORTED: usize = 2048;

impl Border {
    /// `downloads` is for a window that shows the app's own pages alone, and whose options say nothing of
    /// that.
    pub(super) fn new(
        window: &WindowId,
        spec: &WindowSpec,
        downloads: &Downloads,
        events: &Events,
    ) -> Border {
        let unless_said = match spec.origins[..] {
            [] => downloads,
            _ => &Downloads::Deny,
        };
        Border {
            window: window.clone(),
            origins: Origin::of(ORIGIN)
                .into_iter()
                .chain(spec.origins.iter().cloned())
                .collect(),
            shown: RefCell::default(),
            ways: RefCell::new(Bucket::new(WAYS, Instant::now())),
            excess: RefCell::new(Bucket::new(EXCESS, Instant::now())),
            is_flooded: Cell::default(),
            loading: RefCell::default(),
            is_leaving: Cell::default(),
            downloads: spec.downloads.as_ref().unwrap_or(unless_said).clone(),
            is_users: Cell::default(),
            acts: Cell::default(),
            spent_acts: Cell::default(),
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
        if url == EMPTY && self.is_leaving.get() {
            return false;
        }
        let is_inner = INNER.iter().any(|inner| url.starts_with(inner));
        let may_go = url.len() <= MAX_URL && (is_inner || self.admits(url));
        let is_blocked = !may_go || !self.has_room_for(url);
        if is_blocked && url.len() > MAX_URL && url.starts_with(BLANK) {
            self.flood();
        } else if is_blocked {
            self.count_excess(url.len());
        }
        // Every new frame within a page is to go there first, and is there whatever is said.
        if is_blocked && url != EMPTY {
            self.on_blocked(url);
        }
        is_blocked
    }

    fn has_room_for(&self, url: &str) -> bool {
        take(&self.ways, url.len())
    }

    /// Counts a URL of so many bytes that the webview was asked for in vain.
    pub(super) fn count_excess(&self, bytes: usize) {
        if !take(&self.excess, bytes) {
            self.flood();
        }
    }

    fn flood(&self) {
        if !self.is_flooded.replace(true) {
            self.events
                .report(BackendEvent::Overrun(self.window.clone()));
        }
    }

    /// Whether the page floods the webview with long URLs, and is to be ended: once, since then it is.
    #[cfg(any(target_os = "linux", test))]
    pub(super) fn take_flood(&self) -> bool {
        self.is_flooded.take()
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
        self.on_incident(Incident::navigation_blocked(url));
    }

    /// The app hears of it as it is.
    pub(super) fn on_incident(&self, incident: Incident) {
        self.events
            .report(BackendEvent::Incident(self.window.clone(), incident));
    }

    /// A page, or its user, wanted another window for this.
    pub(super) fn on_popup(&self, url: &str) {
        self.count_excess(url.len());
        self.on_incident(Incident::popup_blocked(url));
    }

    /// A frame goes somewhere, by an act of the user or by itself.
    #[cfg(target_os = "linux")]
    pub(super) fn on_way(&self, is_users: bool) {
        self.is_users.set(is_users);
    }

    /// The user has pressed a button or a key.
    #[cfg(target_os = "linux")]
    pub(super) fn on_act(&self) {
        self.acts.set(self.acts.get() + 1);
    }

    /// A page, or its user, wants to save what is at this URL. Returns what to do with it, which is
    /// nothing for most: that is reported. An act of the user is good for one file; only on Linux is it known.
    pub(super) fn on_download(&self, url: &str) -> &Downloads {
        // A page may have timers go on with what its user began.
        let acts = self.acts.get();
        let is_users = self.is_users.take() && acts != self.spent_acts.get();
        if is_users {
            self.spent_acts.set(acts);
        }
        if is_users && self.downloads != Downloads::Deny {
            return &self.downloads;
        }
        self.on_download_blocked(url);
        &Downloads::Deny
    }

    /// Nothing is saved of this URL.
    pub(super) fn on_download_blocked(&self, url: &str) {
        self.count_excess(url.len());
        self.on_incident(Incident::download_blocked(url));
    }

    /// The window is about to close: its page leaves it for an empty one, and for nothing else.
    #[cfg(target_os = "linux")]
    pub(super) fn leave(&self) {
        self.is_leaving.set(true);
    }

    #[cfg(target_os = "linux")]
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.get()
    }

    /// The page that may stay is certain to leave.
    #[cfg(target_os = "linux")]
    pub(super) fn on_leaving(&self) {
        self.events
            .report(BackendEvent::Leaving(self.window.clone()));
    }

    /// The page stays, and so does its window.
    #[cfg(target_os = "linux")]
    pub(super) fn on_stays(&self) {
        self.is_leaving.set(false);
        self.events.report(BackendEvent::Stays(self.window.clone()));
    }

    /// The page has left a window that is about to close, or takes too long.
    pub(super) fn on_left(&self) {
        self.events.report(BackendEvent::Left(self.window.clone()));
    }

    /// The window is to show the page at this URL.
    #[cfg(target_os = "linux")]
    pub(super) fn on_load(&self, url: &str) {
        let mut loading = self.loading.borrow_mut();
        loading.url = start_of(url);
        loading.is_error_page = std::mem::take(&mut loading.has_failed);
    }

    /// The window shows no page, since this one could not be loaded, but the webview's own about that.
    #[cfg(target_os = "linux")]
    pub(super) fn on_load_failed(&self, url: &str, reason: &str) {
        let mut loading = self.loading.borrow_mut();
        loading.has_failed = true;
        let failure = (start_of(url), start_of(reason));
        let earlier = loading.failure.replace(failure);
        drop(loading);
        if let Some((url, reason)) = earlier {
            self.report_failure(url, &reason);
        }
    }

    fn report_failure(&self, url: String, reason: &str) {
        if self.is_leaving.get() {
            return self.on_left();
        }
        self.events.report(BackendEvent::LoadFailed {
            window: self.window.clone(),
            url,
            reason: start_of(reason),
        });
    }

    /// The page at this URL is there as a whole.
    pub(super) fn on_loaded(&self, url: &str) {
        let url = start_of(url);
        self.events
            .report(BackendEvent::Loaded(self.window.clone(), url));
    }

    /// The page responds, or does not.
    #[cfg(target_os = "linux")]
    pub(super) fn on_responsive(&self, is_responsive: bool) {
        let window = self.window.clone();
        self.events
            .report(BackendEvent::Responsive(window, is_responsive));
    }

    /// The page at this URL has taken the place of the one before.
    pub(super) fn on_page(&self, url: &str) {
        if self.is_leaving.get() {
            return self.on_left();
        }
        let Loading {
            url: asked,
            is_error_page,
            failure,
            ..
        } = self.loading.take();
        if let Some((url, reason)) = failure {
            self.report_failure(url, &reason);
        }
        if url == EMPTY && !is_error_page {
            // WebKit shows that in the place of what it does not even ask for, such as some ports.
            self.report_failure(asked, "the webview does not load this address");
        }
        // A webview's own page about a failure has the URL that was to be loaded.
        let origin = Origin::of(url).filter(|_| !is_error_page);
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

    /// The process of the page has ended.
    #[cfg(target_os = "macos")]
    pub(super) fn on_page_gone(&self) {
        self.events
            .report(BackendEvent::PageGone(self.window.clone()));
    }

    /// A page says more than is read, and is not heard any more.
    #[cfg(target_os = "linux")]
    pub(super) fn on_overrun(&self) {
        self.events
            .report(BackendEvent::Overrun(self.window.clone()));
    }
}

/// Takes so many bytes from a bucket, if there is anything in it.
fn take(bucket: &RefCell<Bucket>, bytes: usize) -> bool {
    let mut bucket = bucket.borrow_mut();
    bucket.fill(Instant::now());
    let has_any = !bucket.is_empty();
    if has_any {
        bucket.take(bytes);
    }
    has_any
}

/// As much of a URL as is reported: a page may make it as long as it likes.
fn start_of(url: &str) -> String {
    url.chars().take(MAX_REPORTED).collect()
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
        border_for(&Downloads::Ask, spec)
    }

    fn border_for(downloads: &Downloads, spec: WindowSpec) -> Border {
        let window = WindowId::new("main").unwrap();
        Border::new(&window, &spec, downloads, &Events::new(|_| {}))
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
    fn long_urls_are_a_way_now_and_then() {
        let own = |length: usize| format!("{ORIGIN}/#{}", "h".repeat(length - ORIGIN.len() - 2));
        assert!(!border().blocks(&own(MAX_URL)));
        assert!(border().blocks(&own(MAX_URL + 1)));
        let border = border();
        let ways = (0..1000).take_while(|_| !border.blocks(&own(MAX_URL)));
        let most = WAYS.burst as usize / MAX_URL + 1;
        assert!((most - 1..most + 8).contains(&ways.count()));
        for start in ["data:text/html,", "about:srcdoc#"] {
            let frame = |length: usize| format!("{start}{}", "x".repeat(length - start.len()));
            let other = super::tests::border();
            assert!(!other.blocks(&frame(MAX_URL)), "{start}");
            assert!(other.blocks(&frame(MAX_URL + 1)), "{start}");
            // Of the two, a frame gets to the latter all the same.
            assert_eq!(other.take_flood(), start.starts_with(BLANK));
        }
    }

    #[test]
    fn a_page_that_goes_on_with_long_urls_is_ended() {
        let events = Events::new(|_| {});
        let window = WindowId::new("main").unwrap();
        let border = Border::new(&window, &WindowSpec::default(), &Downloads::Ask, &events);
        let url = format!("{ORIGIN}/#{}", "h".repeat(3 << 20));
        let tries = (1..100).find(|_| border.blocks(&url) && border.take_flood());
        assert_eq!(tries, Some(4));
        let mut turn = events.turn();
        let reported = std::iter::from_fn(|| turn.next());
        let overruns = reported.filter(|event| matches!(event, BackendEvent::Overrun(_)));
        assert_eq!(overruns.count(), 1);
        assert!(
            !border.blocks(ORIGIN) && !border.take_flood(),
            "the next page"
        );
    }

    #[test]
    fn what_is_reported_is_bounded() {
        let events = Events::new(|_| {});
        let window = WindowId::new("main").unwrap();
        let border = Border::new(&window, &WindowSpec::default(), &Downloads::Ask, &events);
        border.blocks(&"\u{e4}".repeat(1 << 20));
        border.on_popup(&"x".repeat(1 << 20));
        let mut turn = events.turn();
        while let Some(event) = turn.next() {
            let BackendEvent::Incident(
                _,
                Incident::NavigationBlocked { url } | Incident::PopupBlocked { url },
            ) = event
            else {
                panic!("{event:?}");
            };
            assert_eq!(url.len(), Incident::MAX_URL_BYTES);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_act_of_the_user_is_good_for_one_file() {
        let border = border_for(&Downloads::Ask, WindowSpec::default());
        assert_eq!(border.on_download("blob:a"), &Downloads::Deny);
        border.on_act();
        border.on_way(true);
        assert_eq!(border.on_download("blob:a"), &Downloads::Ask);
        assert_eq!(border.on_download("blob:a"), &Downloads::Deny);
        border.on_way(true);
        assert_eq!(border.on_download("blob:a"), &Downloads::Deny, "a timer");
        border.on_act();
        border.on_way(true);
        border.on_way(false);
        assert_eq!(border.on_download("blob:a"), &Downloads::Deny);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_window_with_other_origins_saves_nothing_unless_its_options_say_so() {
        let mut spec = WindowSpec::default();
        spec.origins = vec![Origin::new("https://example.com").unwrap()];
        let choice = |spec: &WindowSpec| {
            let border = border_for(&Downloads::Ask, spec.clone());
            border.on_act();
            border.on_way(true);
            border.on_download("blob:a").clone()
        };
        assert_eq!(choice(&spec), Downloads::Deny);
        spec.downloads = Some(Downloads::Ask);
        assert_eq!(choice(&spec), Downloads::Ask);
        spec.origins.clear();
        spec.downloads = Some(Downloads::Deny);
        assert_eq!(choice(&spec), Downloads::Deny);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_page_about_a_failure_is_nobodys() {
        let border = border();
        let url = "https://example.com/a";
        border.on_load(url);
        border.on_load_failed(url, "refused");
        border.on_load(url);
        border.on_page(url);
        assert_eq!(border.shown(), None);
        border.on_load(url);
        border.on_page(url);
        assert_eq!(border.shown(), Origin::of(url), "once it loads");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_empty_page_is_a_failure() {
        let events = Events::new(|_| {});
        let window = WindowId::new("main").unwrap();
        let border = Border::new(&window, &WindowSpec::default(), &Downloads::Ask, &events);
        border.on_load("http://127.0.0.1:6000/");
        border.on_page("about:blank");
        let mut turn = events.turn();
        let Some(BackendEvent::LoadFailed { url, .. }) = turn.next() else {
            panic!("no failure was reported");
        };
        assert_eq!(url, "http://127.0.0.1:6000/");
        let next = turn.next();
        assert!(
            matches!(next, Some(BackendEvent::Navigated(_, None))),
            "{next:?}"
        );
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
