//! What ties a window's pages to the host, besides messages and scripts.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use preload_js::Delivery;

use crate::BackendError;

/// What a backend needs of the host for the pages of one window: the preload script, and the
/// answers to the requests with which that script moves bytes. Cheap to clone.
///
/// The requests go to paths that start with [`PageLink::PATH`] on the origin of the app's pages.
/// A backend has each answered by [`PageLink::answer`], with the link of the window whose page
/// asks, in the order in which they and the page's messages come.
#[derive(Clone)]
pub struct PageLink(Arc<Shared>);

struct Shared {
    preload: String,
    bridge: String,
    key: String,
    /// What the page may get, in the order of its frames.
    offers: Mutex<VecDeque<Offer>>,
}

struct Offer {
    token: String,
    bytes: Bytes,
    /// The number of the last frame that they are for.
    last: u64,
}

/// A request of a page, as a webview shows it. Its method says no more than its path.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// The path of the URL, from its first `/` on.
    pub path: &'a str,
    /// The value of the header [`PageLink::KEY_HEADER`], if there is one.
    pub key: Option<&'a str>,
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A batch of the page: to be reported as [`BackendEventKind::Upload`](crate::BackendEventKind), and
    /// answered with status 204.
    Upload(Bytes),
    /// To be answered with these bytes and status 200, without a sniffed type and uncached.
    Bytes(Bytes),
    /// Nothing of this window's: status 404.
    NotFound,
}

impl PageLink {
    /// Where the paths of the requests start. The app's own pages cannot be there.
    pub const PATH: &'static str = "/.host/";

    /// The header with which the preload script proves that a request is its own.
    pub const KEY_HEADER: &'static str = "x-host-key";

    pub(crate) fn new(preload: String, key: String) -> PageLink {
        PageLink(Arc::new(Shared {
            preload,
            bridge: preload_js::bridge(&key),
            key,
            offers: Mutex::default(),
        }))
    }

    /// The script to be run in the top frame of every page of the window, before the page's own.
    pub fn preload(&self) -> &str {
        &self.0.preload
    }

    /// The script that takes the messages of that one, for webviews that keep their message function in
    /// a script world of its own: see [`preload_js::bridge`].
    pub fn bridge(&self) -> &str {
        &self.0.bridge
    }

    /// Answers a request. `body` reads what the page sent, and returns `None` when that fails; it
    /// is called only if the request is the preload script's own, since the body of another one
    /// can crash a webview (WebKitGTK, with a `Blob`).
    pub fn answer(&self, request: PageRequest<'_>, body: impl FnOnce() -> Option<Bytes>) -> Answer {
        let path = request.path.strip_prefix(PageLink::PATH);
        let found = match path {
            Some("frames") if request.key == Some(&self.0.key) => body().map(Answer::Upload),
            Some(path) => path
                .strip_prefix("bytes/")
                .and_then(|token| self.get(token))
                .map(Answer::Bytes),
            None => None,
        };
        found.unwrap_or(Answer::NotFound)
    }

    /// Lets the page get the bytes with the token, until it has handled the frame `last`.
    pub(crate) fn offer(&self, token: String, bytes: Bytes, last: u64) {
        self.offers().push_back(Offer { token, bytes, last });
    }

    /// The page has handled every frame up to this one.
    pub(crate) fn acknowledge(&self, frame: u64) {
        let mut offers = self.offers();
        while offers.front().is_some_and(|offer| offer.last <= frame) {
            offers.pop_front();
        }
    }

    fn get(&self, token: &str) -> Option<Bytes> {
        let offers = self.offers();
        let offer = offers.iter().find(|offer| offer.token == token)?;
        Some(offer.bytes.clone())
    }

    /// Takes back all that was offered, since the page it was for is gone.
    pub(crate) fn withdraw(&self) {
        self.offers().clear();
    }

    /// Begins the script that hands the page a batch.
    pub(crate) fn delivery(&self) -> Delivery {
        Delivery::new(&self.0.key)
    }

    fn offers(&self) -> MutexGuard<'_, VecDeque<Offer>> {
        self.0.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Text that nobody guesses.
pub(crate) fn secret() -> Result<String, BackendError> {
    let mut secret = [0; 16];
    getrandom::fill(&mut secret).map_err(|error| BackendError::Failed(error.to_string()))?;
    Ok(secret.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Without the key, which must not get into logs.
impl fmt::Debug for PageLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageLink").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> PageLink {
        PageLink::new("script".to_owned(), "key".to_owned())
    }

    fn ask(link: &PageLink, path: &str, key: Option<&str>) -> Answer {
        let request = PageRequest { path, key };
        link.answer(request, || Some(Bytes::from_static(b"body")))
    }

    #[test]
    fn a_body_is_read_only_with_the_key() {
        let link = link();
        let upload = Answer::Upload(Bytes::from_static(b"body"));
        assert_eq!(ask(&link, "/.host/frames", Some("key")), upload);
        for (path, key) in [
            ("/.host/frames", None),
            ("/.host/frames", Some("")),
            ("/.host/frames", Some("other")),
            ("/.host/frames/", Some("key")),
            ("/frames", Some("key")),
            ("/.host/bytes/token", Some("key")),
        ] {
            let request = PageRequest { path, key };
            let answer = link.answer(request, || panic!("read: {request:?}"));
            assert_eq!(answer, Answer::NotFound);
        }
    }

    #[test]
    fn a_body_that_cannot_be_read_is_no_upload() {
        let request = PageRequest {
            path: "/.host/frames",
            key: Some("key"),
        };
        assert_eq!(link().answer(request, || None), Answer::NotFound);
    }

    #[test]
    fn offers_are_for_one_link_until_they_are_acknowledged() {
        let (link, other) = (link(), link());
        let (one, two) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
        link.offer("first".to_owned(), one.clone(), 3);
        link.offer("second".to_owned(), two.clone(), 5);
        let get = |link, path| ask(link, path, None);
        assert_eq!(get(&other, "/.host/bytes/first"), Answer::NotFound);
        assert_eq!(get(&link, "/.host/bytes/"), Answer::NotFound);
        assert_eq!(get(&link, "/.host/first"), Answer::NotFound);
        for frame in [0, 2] {
            link.acknowledge(frame);
            assert_eq!(get(&link, "/.host/bytes/first"), Answer::Bytes(one.clone()));
            assert_eq!(
                get(&link, "/.host/bytes/second"),
                Answer::Bytes(two.clone())
            );
        }
        link.acknowledge(4);
        assert_eq!(get(&link, "/.host/bytes/first"), Answer::NotFound);
        assert_eq!(get(&link, "/.host/bytes/second"), Answer::Bytes(two));
        link.withdraw();
        assert_eq!(get(&link, "/.host/bytes/second"), Answer::NotFound);
    }
}
