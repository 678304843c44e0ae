//! What pages request of the app's origin, as a webview hands it on: its files, the pages that windows
//! were opened with, and bytes. Nothing outside the directory is served, nothing to pages of other
//! origins, and nothing to who does not know what only its own page was told.

use std::cell::Cell;
use std::io::{Read, Seek};
use std::path::Path;

use bytes::Bytes;
use ipc_protocol::{Channel, Limits, Origin, Payload, WindowId, WindowSpec};
use serde_json::json;
use url::Url;
use webview_host::pages::{FileRequest, Pages};
use webview_host::site::{Site, SiteAnswer, SiteRequest};
use webview_host::{Csp, PageLink};

use crate::desk::Desk;

thread_local! {
    static STAGE: Stage = Stage::new();
}

/// A directory with a file beside it, and two windows, one of which has bytes for its page, and one the
/// source of its page.
struct Stage {
    site: Site,
    own: Origin,
    foreign: Origin,
    window: WindowId,
    inline: WindowId,
    key: String,
    token: String,
}

const ORIGIN: &str = "app://localhost";

/// What every file in the directory says, and what the others get.
const INSIDE: &[u8] = b"inside";
const OFFERED: &[u8] = b"offered";
const INLINE: &str = "inline";
const BODY: &[u8] = b"body";

/// Requests what the input names, each on its line: a URL, which may be relative; the page that is shown
/// (`own`, `inline` in the window that was opened with its source, `foreign` or none); the headers with the origin and the key, if they are not empty;
/// `navigation` or not; and the headers `Range` and `If-Range`. `{key}` and `{token}` stand for the real
/// ones.
///
/// # Panics
/// When something is served, or read, that should not be, or the other way round.
pub fn scheme(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    STAGE.with(|stage| {
        let text = text
            .replace("{key}", &stage.key)
            .replace("{token}", &stage.token);
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let (url, shown, origin, key, kind) = (line(), line(), line(), line(), line());
        let (range, if_range) = (line(), line());
        let (window, shown) = match shown {
            "own" => (&stage.window, Some(&stage.own)),
            "inline" => (&stage.inline, Some(&stage.own)),
            "foreign" => (&stage.window, Some(&stage.foreign)),
            _ => (&stage.window, None),
        };
        let request = SiteRequest {
            window,
            shown,
            url,
            origin: (!origin.is_empty()).then_some(origin),
            key: (!key.is_empty()).then_some(key),
            is_navigation: kind == "navigation",
            range: (!range.is_empty()).then_some(range),
            if_range: (!if_range.is_empty()).then_some(if_range),
        };
        stage.check(request);
        // As a link that a page follows, too.
        let followed = Url::parse(ORIGIN).and_then(|root| root.join(url));
        if let Ok(followed) = followed {
            stage.check(SiteRequest {
                url: followed.as_str(),
                ..request
            });
        }
    });
}

impl Stage {
    fn new() -> Stage {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/site");
        let mut desk = Desk::new(Limits::default());
        let window = desk.open(WindowSpec::default());
        let inline = desk.open(WindowSpec::default());
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
        let origin = |text| Origin::of(text).expect("an origin");
        let pages = Pages::new(fixtures).expect("the fixtures");
        let site = Site::new(origin(ORIGIN), pages, Csp::default());
        let mut spec = WindowSpec::default();
        for id in [&window, &inline] {
            let link = desk.screen.link(id).expect("it is open");
            site.add(id, &spec, &link).expect("its first page");
            spec.html = Some(INLINE.to_owned());
        }
        Stage {
            site,
            own: origin(ORIGIN),
            foreign: origin("https://example.com"),
            window,
            inline,
            key,
            token: batch["bytes"].as_str().expect("a token").to_owned(),
        }
    }

    fn check(&self, request: SiteRequest<'_>) {
        let is_read = Cell::new(false);
        let answer = self.site.answer(request, || {
            is_read.set(true);
            Some(Bytes::from_static(BODY))
        });
        let is_upload = matches!(answer, SiteAnswer::Upload(_));
        assert_eq!(is_read.get(), is_upload, "{request:?}");
        if answer == SiteAnswer::Refused {
            return;
        }
        let is_ours = |origin: &str| origin == ORIGIN;
        assert!(request.origin.is_none_or(is_ours), "{request:?}");
        let is_own = request.shown == Some(&self.own);
        assert!(is_own || request.is_navigation, "{request:?}");
        let url = Url::parse(request.url).expect("a URL");
        assert_eq!(Origin::of(url.as_str()).as_ref(), Some(&self.own));
        let is_bytes = url.path() == format!("{}bytes/{}", PageLink::PATH, self.token);
        let is_frames = url.path() == format!("{}frames", PageLink::PATH);
        match answer {
            SiteAnswer::Bytes(bytes) => assert!(is_bytes && bytes == OFFERED, "{request:?}"),
            SiteAnswer::Upload(body) => {
                let has_key = request.key == Some(&self.key);
                assert!(is_frames && has_key && body == BODY, "{request:?}");
            }
            SiteAnswer::Html(html) => {
                assert_eq!(html, INLINE, "{request:?}");
                assert_eq!(request.window, &self.inline, "{request:?}");
                assert_eq!(url.path(), format!("/.window-{}", self.inline));
            }
            SiteAnswer::File(file) => {
                assert!(!file.path.starts_with(PageLink::PATH), "{request:?}");
                self.file(&file);
            }
            SiteAnswer::Refused => {}
        }
    }

    fn file(&self, request: &FileRequest) {
        let pages = self.site.pages();
        let file = pages.open(request);
        assert_eq!(pages.contains(&request.path), file.is_some());
        let Some(mut file) = file else {
            return;
        };
        let start = file.content.stream_position().expect("a file");
        let mut body = Vec::new();
        file.content.rewind().expect("a file");
        file.content.read_to_end(&mut body).expect("a file");
        assert!(body.starts_with(INSIDE), "{request:?} leads outside");
        assert!(request.path.starts_with('/'), "{request:?}");
        let is_part = start + file.length <= body.len() as u64;
        let is_all = start == 0 && file.length == body.len() as u64;
        match file.status {
            200 => assert!(is_all, "{request:?}"),
            206 => assert!(is_part && file.length > 0, "{request:?}"),
            416 => assert_eq!(file.length, 0, "{request:?}"),
            status => panic!("{status} for {request:?}"),
        }
        let is_header = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        for (name, value) in file.headers {
            assert!(value.bytes().all(is_header), "{name}: {value:?}");
        }
    }
}
