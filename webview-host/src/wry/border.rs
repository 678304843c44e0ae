//! The border of a window: what its pages may do, decided by parts that know no webview, and reported here.

mod acts;
mod addresses;
mod loading;

use std::cell::{Cell, RefCell};
use std::time::Instant;

use bytes::Bytes;
use ipc_protocol::{Downloads, Incident, Origin, WindowId, WindowSpec};

use super::events::Events;
use crate::BackendEventKind;
#[cfg(target_os = "linux")]
use crate::wry::ORIGIN;
use acts::Acts;
#[cfg(target_os = "linux")]
pub(super) use addresses::MAX_URL;
use addresses::{Addresses, Way};
use loading::{Failure, Loading, start_of};

/// What one window's webview may load, and what is known of what it has loaded. It believes the
/// webview only: what a page says of itself never gets here.
pub(super) struct Border {
    window: WindowId,
    addresses: RefCell<Addresses>,
    /// Whether a page floods the webview with long URLs, and is to be ended.
    is_flooded: Cell<bool>,
    /// What the top frame is about to show.
    loading: RefCell<Loading>,
    /// Of the page in the top frame.
    shown: RefCell<Option<Origin>>,
    /// Whether the window is about to close, and its page leaves it for an empty one.
    is_leaving: Cell<bool>,
    downloads: Downloads,
    acts: Acts,
    events: Events,
}

/// A page without anything, to which no top frame may go.
pub(super) const EMPTY: &str = "about:blank";

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
            addresses: RefCell::new(Addresses::new(spec, Instant::now())),
            is_flooded: Cell::default(),
            loading: RefCell::default(),
            shown: RefCell::default(),
            is_leaving: Cell::default(),
            downloads: spec.downloads.as_ref().unwrap_or(unless_said).clone(),
            acts: Acts::default(),
            events: events.clone(),
        }
    }

    fn report(&self, kind: BackendEventKind) {
        self.events.report(kind.of(self.window.clone()));
    }

    /// Whether no frame may go to this URL, which is reported. Frames within a page may show what a
    /// page has made itself, the top frame may not: see [`Border::keeps_out`].
    pub(super) fn blocks(&self, url: &str) -> bool {
        if url == EMPTY && self.is_leaving.get() {
            return false;
        }
        let way = self.addresses.borrow_mut().way_to(url, Instant::now());
        self.check_flood(way);
        let is_blocked = way != Way::Open;
        // Every new frame within a page is to go there first, and is there whatever is said.
        if is_blocked && url != EMPTY {
            self.on_blocked(url);
        }
        is_blocked
    }

    /// Counts a URL of so many bytes that the webview was asked for in vain.
    pub(super) fn count_excess(&self, bytes: usize) {
        let way = self.addresses.borrow_mut().refuse(bytes, Instant::now());
        self.check_flood(way);
    }

    fn check_flood(&self, way: Way) {
        if way == Way::Flood && !self.is_flooded.replace(true) {
            self.report(BackendEventKind::Overrun);
        }
    }

    /// Whether the page floods the webview with long URLs, and is to be ended: once, since then it is.
    #[cfg(any(target_os = "linux", test))]
    pub(super) fn take_flood(&self) -> bool {
        self.is_flooded.take()
    }

    /// Whether the top frame may not show this URL, which is reported.
    pub(super) fn keeps_out(&self, url: &str) -> bool {
        let is_kept_out = !self.addresses.borrow().admits(url);
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
        self.report(BackendEventKind::Incident(incident));
    }

    /// A page, or its user, wanted another window for this.
    pub(super) fn on_popup(&self, url: &str) {
        self.count_excess(url.len());
        self.on_incident(Incident::popup_blocked(url));
    }

    /// A frame goes somewhere, by an act of the user or by itself.
    #[cfg(target_os = "linux")]
    pub(super) fn on_way(&self, is_users: bool) {
        self.acts.on_way(is_users);
    }

    /// The user has pressed a button or a key.
    #[cfg(target_os = "linux")]
    pub(super) fn on_act(&self) {
        self.acts.on_press();
    }

    /// A page, or its user, wants to save what is at this URL. Returns what to do with it, which is
    /// nothing for most: that is reported.
    pub(super) fn on_download(&self, url: &str) -> &Downloads {
        if self.acts.take() && self.downloads != Downloads::Deny {
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
        self.report(BackendEventKind::Leaving);
    }

    /// The page stays, and so does its window.
    #[cfg(target_os = "linux")]
    pub(super) fn on_stays(&self) {
        self.is_leaving.set(false);
        self.report(BackendEventKind::Stays);
    }

    /// The page has left a window that is about to close, or takes too long.
    pub(super) fn on_left(&self) {
        self.report(BackendEventKind::Left);
    }

    /// The window is to show the page at this URL.
    #[cfg(target_os = "linux")]
    pub(super) fn on_load(&self, url: &str) {
        self.loading.borrow_mut().begin(url);
    }

    /// The window is about to show an answer with this status.
    #[cfg(target_os = "linux")]
    pub(super) fn on_answer(&self, url: &str, status: u32) {
        // What the servers of other origins show then is their page.
        if status == 404 && Origin::of(url) == Origin::of(ORIGIN) {
            self.loading.borrow_mut().miss(url);
        }
    }

    /// The window shows no page, since this one could not be loaded, but the webview's own about that.
    #[cfg(target_os = "linux")]
    pub(super) fn on_load_failed(&self, url: &str, reason: &str) {
        let earlier = self.loading.borrow_mut().fail(url, reason);
        if let Some(failure) = earlier {
            self.report_failure(failure);
        }
    }

    fn report_failure(&self, Failure { url, reason }: Failure) {
        if self.is_leaving.get() {
            return self.on_left();
        }
        self.report(BackendEventKind::LoadFailed { url, reason });
    }

    /// The page at this URL is there as a whole.
    pub(super) fn on_loaded(&self, url: &str) {
        let url = start_of(url);
        self.report(BackendEventKind::Loaded(url));
    }

    /// The page responds, or does not.
    #[cfg(target_os = "linux")]
    pub(super) fn on_responsive(&self, is_responsive: bool) {
        self.report(BackendEventKind::Responsive(is_responsive));
    }

    /// The page at this URL has taken the place of the one before.
    pub(super) fn on_page(&self, url: &str) {
        if self.is_leaving.get() {
            return self.on_left();
        }
        let shown = self.loading.borrow_mut().end(url);
        for failure in shown.failures {
            self.report_failure(failure);
        }
        self.shown.borrow_mut().clone_from(&shown.origin);
        self.report(BackendEventKind::Navigated(shown.origin));
    }

    /// The origin of the page in the top frame.
    pub(super) fn shown(&self) -> Option<Origin> {
        self.shown.borrow().clone()
    }

    /// A page of this origin has posted something.
    pub(super) fn on_message(&self, origin: Option<Origin>, text: String) {
        self.report(BackendEventKind::Message { origin, text });
    }

    /// A page of this origin has posted a batch with bytes.
    pub(super) fn on_upload(&self, origin: Option<Origin>, body: Bytes) {
        self.report(BackendEventKind::Upload { origin, body });
    }

    /// The process of the page has ended.
    #[cfg(target_os = "macos")]
    pub(super) fn on_page_gone(&self) {
        self.report(BackendEventKind::PageGone);
    }

    /// A page says more than is read, and is not heard any more.
    #[cfg(target_os = "linux")]
    pub(super) fn on_overrun(&self) {
        self.report(BackendEventKind::Overrun);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const ELSEWHERE: &str = "https://example.com";

    /// The border of a window that may show [`ELSEWHERE`], and what it reports.
    fn border_for(downloads: &Downloads, change: impl FnOnce(&mut WindowSpec)) -> (Border, Events) {
        let events = Events::new(|_| {});
        let mut spec = WindowSpec::default();
        spec.origins = vec![Origin::new(ELSEWHERE).unwrap()];
        change(&mut spec);
        let window = WindowId::new("main").unwrap();
        (Border::new(&window, &spec, downloads, &events), events)
    }

    fn border() -> (Border, Events) {
        border_for(&Downloads::Ask, |_| {})
    }

    fn reported(events: &Events) -> Vec<BackendEventKind> {
        let mut turn = events.turn();
        std::iter::from_fn(|| turn.next().map(|event| event.kind)).collect()
    }

    #[test]
    fn the_top_frame_shows_no_page_that_another_one_has_made() {
        let (border, events) = border();
        assert!(!border.blocks(ELSEWHERE) && !border.keeps_out(ELSEWHERE));
        assert!(!border.blocks("about:srcdoc"));
        assert!(reported(&events).is_empty());
        assert!(border.keeps_out("about:srcdoc"));
        assert_eq!(reported(&events).len(), 1);
    }

    #[test]
    fn a_new_frame_is_not_reported() {
        let (border, events) = border();
        assert!(border.blocks(EMPTY));
        assert!(reported(&events).is_empty());
    }

    #[test]
    fn a_page_that_floods_is_ended_once() {
        let (border, events) = border();
        let url = format!("{ELSEWHERE}/#{}", "h".repeat(3 << 20));
        for _ in 0..6 {
            assert!(border.blocks(&url));
        }
        let reported = reported(&events);
        let overruns = reported
            .iter()
            .filter(|event| **event == BackendEventKind::Overrun);
        assert_eq!(overruns.count(), 1);
        assert!(border.take_flood());
        assert!(!border.take_flood(), "the next page");
    }

    #[test]
    fn what_is_reported_is_bounded() {
        let (border, events) = border();
        border.blocks(&"\u{e4}".repeat(1 << 20));
        border.on_popup(&"x".repeat(1 << 20));
        for event in reported(&events) {
            let BackendEventKind::Incident(
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
    fn a_window_with_other_origins_saves_nothing_unless_its_options_say_so() {
        let choice = |change: fn(&mut WindowSpec)| {
            let (border, _) = border_for(&Downloads::Ask, change);
            border.on_act();
            border.on_way(true);
            border.on_download("blob:a").clone()
        };
        assert_eq!(choice(|_| {}), Downloads::Deny);
        assert_eq!(
            choice(|spec| spec.downloads = Some(Downloads::Ask)),
            Downloads::Ask
        );
        assert_eq!(choice(|spec| spec.origins.clear()), Downloads::Ask);
        let denied = choice(|spec| {
            spec.downloads = Some(Downloads::Deny);
            spec.origins.clear();
        });
        assert_eq!(denied, Downloads::Deny);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_not_loaded_is_told_before_the_page_that_is_there() {
        let (border, events) = border();
        border.on_load("http://127.0.0.1:6000/");
        border.on_page(EMPTY);
        let events = reported(&events);
        let [
            BackendEventKind::LoadFailed { url, .. },
            BackendEventKind::Navigated(None),
        ] = &events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!(url, "http://127.0.0.1:6000/");
    }

    #[test]
    fn what_is_shown_is_the_last_page() {
        let (border, _) = border();
        assert_eq!(border.shown(), None);
        border.on_page("https://elsewhere.example/a");
        assert_eq!(border.shown(), Origin::of("https://elsewhere.example"));
        border.on_page(EMPTY);
        assert_eq!(border.shown(), None);
    }
}
