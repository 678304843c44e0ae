//! What pages request of the app's origin: its files, and bytes. Nothing outside the directory is
//! served, and nothing to who does not know what only its own page was told.

use std::cell::Cell;
use std::path::Path;

use bytes::Bytes;
use ipc_protocol::{Channel, Limits, Payload, WindowSpec};
use serde_json::json;
use url::Url;
use webview_host::pages::Pages;
use webview_host::{Answer, PageLink, PageRequest};

use crate::desk::Desk;

thread_local! {
    static SITE: Site = Site::new();
}

/// A directory with a file beside it, and two windows, one of which has bytes for its page.
struct Site {
    pages: Pages,
    link: PageLink,
    other: PageLink,
    key: String,
    token: String,
}

/// What every file in the directory says, and what the one beside it says.
const INSIDE: &[u8] = b"inside";
const OFFERED: &[u8] = b"offered";

/// Requests what the input names: a method, a path, a key, each on its line. `{key}` and `{token}`
/// stand for the real ones. The path is also tried as a link that a page follows.
///
/// # Panics
/// When something is served, or read, that should not be, or the other way round.
pub fn scheme(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    SITE.with(|site| {
        let text = text
            .replace("{key}", &site.key)
            .replace("{token}", &site.token);
        let mut lines = text.split('\n');
        let method = lines.next().unwrap_or_default();
        let path = lines.next().unwrap_or_default();
        let key = lines.next();
        site.page(path);
        if let Some(url) = follow(path) {
            site.page(url.path());
            site.exchange(method, url.path(), key);
        }
        site.exchange(method, path, key);
    });
}

/// The page that a link leads to, if it is one of the app's.
fn follow(link: &str) -> Option<Url> {
    let origin = Url::parse("app://localhost/").expect("a URL");
    let url = origin.join(link).ok()?;
    let is_ours = (url.scheme(), url.host_str()) == (origin.scheme(), origin.host_str());
    is_ours.then_some(url)
}

impl Site {
    fn new() -> Site {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/site");
        let mut desk = Desk::new(Limits::default());
        let window = desk.open(WindowSpec::default());
        let other = desk.open(WindowSpec::default());
        let key = desk.key(&window);
        let channel = Channel::new("c").expect("a channel");
        let frames = json!([{"type": "hello"}, {"type": "listen", "channel": "c"}]);
        let batch = json!({"key": key, "page": "p", "seq": 1, "ack": 0, "frames": frames});
        desk.post(&window, batch.to_string());
        let payload = Payload::from_bytes(Bytes::from_static(OFFERED), &Limits::default());
        let sent = desk
            .router
            .send(&window, &channel, &payload.expect("bytes"));
        sent.expect("it is accepted");
        desk.pump();
        let [(_, batch)] = <[_; 1]>::try_from(desk.batches(&window)).expect("one batch");
        let link = |id| desk.screen.link(id).expect("it is open");
        Site {
            pages: Pages::new(fixtures).expect("the fixtures"),
            link: link(&window),
            other: link(&other),
            key,
            token: batch["bytes"].as_str().expect("a token").to_owned(),
        }
    }

    fn page(&self, path: &str) {
        let file = self.pages.get(path);
        assert_eq!(self.pages.contains(path), file.is_some());
        let Some(file) = file else {
            return;
        };
        assert!(file.body.starts_with(INSIDE), "{path:?} leads outside");
        assert!(path.starts_with('/'), "{path:?}");
        let is_header = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        assert!(file.mime.bytes().all(is_header), "{:?}", file.mime);
    }

    fn exchange(&self, method: &str, path: &str, key: Option<&str>) {
        let request = PageRequest { method, path, key };
        let is_upload = (method, path, key) == ("POST", "/.host/frames", Some(&self.key));
        let is_download =
            method == "GET" && path.strip_prefix("/.host/bytes/") == Some(&self.token);
        let is_read = Cell::new(false);
        let body = || {
            is_read.set(true);
            Some(Bytes::from_static(b"body"))
        };
        let expected = match (is_upload, is_download) {
            (true, _) => Answer::Upload(Bytes::from_static(b"body")),
            (_, true) => Answer::Bytes(Bytes::from_static(OFFERED)),
            _ => Answer::NotFound,
        };
        assert_eq!(self.link.answer(request, body), expected, "{request:?}");
        assert_eq!(is_read.get(), is_upload, "{request:?}");
        let unread = || panic!("read: {request:?}");
        assert_eq!(self.other.answer(request, unread), Answer::NotFound);
    }
}
