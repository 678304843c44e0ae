//! What becomes of a load of the top frame.

use ipc_protocol::Origin;

use super::EMPTY;

/// A load of the top frame, until its page takes the place of the one before.
#[derive(Default)]
pub(super) struct Loading {
    /// The start of the URL that was asked for.
    url: String,
    /// Whether it is a page about what could not be loaded.
    is_error_page: bool,
    /// Whether such a page comes next.
    #[cfg(target_os = "linux")]
    has_failed: bool,
    /// What could not be loaded: told once that page is there, since what the window is told to load before
    /// would be lost.
    failure: Option<Failure>,
}

/// An address that could not be loaded, and why: as much of both as is reported.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) url: String,
    pub(super) reason: String,
}

/// A page that has taken its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// What could not be loaded before, or instead.
    pub(super) failures: Vec<Failure>,
    /// Whose page it is; those about what could not be loaded are nobody's.
    pub(super) origin: Option<Origin>,
}

/// The characters of a URL that are reported.
const MAX_REPORTED: usize = 2048;

/// As much of a URL as is reported: a page may make it as long as it likes.
pub(super) fn start_of(url: &str) -> String {
    url.chars().take(MAX_REPORTED).collect()
}

impl Loading {
    /// The window is to show the page at this URL.
    #[cfg(target_os = "linux")]
    pub(super) fn begin(&mut self, url: &str) {
        self.url = start_of(url);
        self.is_error_page = std::mem::take(&mut self.has_failed);
    }

    /// The window shows the webview's own page about what could not be loaded. Returns what could not be before,
    /// if that is not told yet.
    #[cfg(target_os = "linux")]
    pub(super) fn fail(&mut self, url: &str, reason: &str) -> Option<Failure> {
        self.has_failed = true;
        self.failure.replace(Failure::new(url, reason))
    }

    /// The document that comes next says that there is no such page.
    #[cfg(target_os = "linux")]
    pub(super) fn miss(&mut self, url: &str) {
        self.is_error_page = true;
        self.failure = Some(Failure::new(url, "the app has no such page"));
    }

    /// The page at this URL has taken the place of the one before.
    pub(super) fn end(&mut self, url: &str) -> Shown {
        let load = std::mem::take(self);
        // WebKit shows that in the place of what it does not even ask for, such as some ports.
        let is_refused = url == EMPTY && !load.is_error_page;
        let refused = || Failure::new(&load.url, "the webview does not load this address");
        Shown {
            failures: load
                .failure
                .into_iter()
                .chain(is_refused.then(refused))
                .collect(),
            // A page about a failure has the URL that was to be loaded.
            origin: Origin::of(url).filter(|_| !load.is_error_page),
        }
    }
}

impl Failure {
    fn new(url: &str, reason: &str) -> Failure {
        Failure {
            url: start_of(url),
            reason: start_of(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://example.com/a";

    #[test]
    fn a_page_is_that_of_its_origin() {
        let shown = Loading::default().end(URL);
        assert_eq!(shown.failures, []);
        assert_eq!(shown.origin, Origin::of(URL));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_page_about_a_failure_is_nobodys() {
        let mut loading = Loading::default();
        loading.begin(URL);
        assert_eq!(loading.fail(URL, "refused"), None);
        loading.begin(URL);
        let shown = loading.end(URL);
        assert_eq!(shown.failures, [Failure::new(URL, "refused")]);
        assert_eq!(shown.origin, None);
        loading.begin(URL);
        assert_eq!(loading.end(URL).origin, Origin::of(URL), "once it loads");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn failures_before_the_page_about_them_are_all_told() {
        let mut loading = Loading::default();
        loading.begin(URL);
        assert_eq!(loading.fail(URL, "first"), None);
        let first = loading.fail("https://example.com/b", "second");
        assert_eq!(first, Some(Failure::new(URL, "first")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_page_that_is_missing_is_nobodys() {
        let mut loading = Loading::default();
        loading.begin(URL);
        loading.miss(URL);
        let shown = loading.end(URL);
        let missing = Failure::new(URL, "the app has no such page");
        assert_eq!(shown.failures, [missing]);
        assert_eq!(shown.origin, None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_empty_page_is_a_failure() {
        let mut loading = Loading::default();
        loading.begin("http://127.0.0.1:6000/");
        let shown = loading.end(EMPTY);
        assert_eq!(shown.failures.len(), 1);
        assert_eq!(shown.failures[0].url, "http://127.0.0.1:6000/");
        assert_eq!(shown.origin, None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_reported_is_bounded() {
        let mut loading = Loading::default();
        let long = "\u{e4}".repeat(1 << 20);
        loading.begin(&long);
        loading.fail(&long, &long);
        let shown = loading.end(EMPTY);
        for failure in &shown.failures {
            assert!(failure.url.chars().count() <= MAX_REPORTED);
            assert!(failure.reason.chars().count() <= MAX_REPORTED);
        }
        assert_eq!(shown.failures.len(), 2);
    }
}
