//! The host's end of requests with bytes.

use std::rc::Rc;

use preload_js::deliver;
use rquickjs::{ArrayBuffer, Function, Object, TypedArray};
use serde_json::{Value as Json, json};

use super::{KEY, Log, Realm, Sent};

const ORIGIN: &str = "app://localhost";

/// A batch whose bytes the page has not been given.
pub(crate) struct Arrival {
    /// Nothing where the bytes came along, over a socket.
    token: Option<String>,
    bytes: Vec<u8>,
}

impl Arrival {
    fn url(&self) -> String {
        let token = self.token.as_ref().expect("a token");
        format!("{ORIGIN}/.host/bytes/{token}")
    }
}

/// Gives the surroundings of the page the host that requests reach.
#[expect(unsafe_code, reason = "the engine has no other way to read bytes")]
pub(super) fn install(native: &Object<'_>, log: &Rc<Log>) {
    let ctx = native.ctx();
    let host = Rc::clone(log);
    let upload = move |url: String, key: String, body: TypedArray<'_, u8>| {
        assert_eq!(
            (url.as_str(), key.as_str()),
            ("app://localhost/.host/frames", KEY)
        );
        let status = host.upload_status.get();
        if status == 204 {
            // SAFETY: no script runs while the bytes are copied.
            let bytes = unsafe { body.as_bytes() }.unwrap().to_vec();
            host.posted.borrow_mut().push(Sent::Uploaded(bytes));
        }
        status
    };
    native
        .set("upload", Function::new(ctx.clone(), upload).unwrap())
        .unwrap();
    let host = Rc::clone(log);
    let download = move |url: String| host.downloads.borrow_mut().push(url);
    native
        .set("download", Function::new(ctx.clone(), download).unwrap())
        .unwrap();
}

/// A batch that was posted, which carries no bytes.
#[track_caller]
pub(super) fn read_text(text: &str) -> Json {
    let batch: Json = serde_json::from_str(text).expect("posted text is JSON");
    let frames = batch["frames"].as_array().unwrap();
    assert!(
        frames.iter().all(|frame| frame.get("bytes").is_none()),
        "{text}"
    );
    batch
}

/// A batch that was uploaded; its frames get the bytes that they carry, as arrays.
#[track_caller]
pub(super) fn read_upload(body: &[u8]) -> Json {
    let (length, rest) = body.split_first_chunk().expect("a length");
    let (text, bytes) = rest.split_at(u32::from_le_bytes(*length) as usize);
    let mut batch: Json = serde_json::from_slice(text).expect("uploaded text is JSON");
    let frames = batch["frames"].as_array_mut().unwrap();
    // Everything else is posted.
    let is_long = text.len() > 256 * 1024;
    assert!(is_long || frames.iter().any(|frame| frame.get("bytes").is_some()));
    attach(frames, bytes);
    batch
}

/// Gives frames that carry bytes, and say how many, these bytes as arrays.
#[track_caller]
pub(super) fn attach(frames: &mut [Json], mut bytes: &[u8]) {
    for frame in frames {
        let Some(count) = frame.get("bytes") else {
            continue;
        };
        assert_eq!(frame.get("payload"), None);
        let count = count.as_u64().expect("a number");
        let (carried, left) = bytes.split_at(usize::try_from(count).unwrap());
        bytes = left;
        frame["bytes"] = json!(carried);
    }
    assert!(bytes.is_empty(), "bytes of no frame");
}

/// Frames as they are written, and the bytes that they have as arrays.
pub(super) fn detach(frames: &[Json]) -> (Vec<Json>, Vec<u8>) {
    let mut frames = frames.to_vec();
    let mut bytes = Vec::new();
    for frame in &mut frames {
        if let Some(carried) = frame.get("bytes").cloned() {
            let carried: Vec<u8> = serde_json::from_value(carried).unwrap();
            frame["bytes"] = json!(carried.len());
            bytes.extend(carried);
        }
    }
    (frames, bytes)
}

impl Realm {
    /// Sets what the host says to uploads; it takes them only with 204.
    pub(crate) fn answer_uploads(&self, status: u16) {
        self.log.upload_status.set(status);
    }

    /// Makes requests throw when they are sent, or work again.
    pub(crate) fn fail_requests(&self, fails: bool) {
        self.control::<()>("failRequests", (fails,));
    }

    /// Delivers frames in one batch, as a host does. Those that carry bytes have them as arrays.
    #[track_caller]
    pub(crate) fn deliver_bytes(&self, frames: &[Json]) -> Arrival {
        self.receive();
        self.deliver_bytes_from(self.to_page.get(), frames)
    }

    /// The same, for a batch that starts with the number `seq`.
    #[track_caller]
    pub(crate) fn deliver_bytes_from(&self, seq: u64, frames: &[Json]) -> Arrival {
        let (frames, bytes) = detach(frames);
        let mut batch = self.batch(seq, &frames);
        let mut token = None;
        match self.sockets() {
            0 => {
                // Each delivery has its own, also of frames that were delivered before.
                let number = self.tokens.replace(self.tokens.get() + 1);
                let text = token.insert(format!("token-{number}"));
                batch["bytes"] = json!(text);
                self.run(&deliver(KEY, &batch.to_string()));
            }
            socket => self.say_over(socket, &batch.to_string(), Some(&bytes)),
        }
        Arrival { token, bytes }
    }

    /// Delivers frames in one batch, with this in the place of the bytes that they carry.
    #[track_caller]
    pub(crate) fn deliver_with(&self, frames: &[Json], body: &[u8]) {
        match self.sockets() {
            0 => self.answer_with(&self.deliver_bytes(frames), 200, Some(body)),
            _ => self.say_frames(frames, Some(body)),
        }
    }

    /// Delivers frames whose bytes get lost.
    #[track_caller]
    pub(crate) fn deliver_lost(&self, frames: &[Json]) {
        match self.sockets() {
            0 => self.lose(&self.deliver_bytes(frames)),
            _ => self.say_frames(frames, None),
        }
    }

    /// Gives the page the bytes that it asked for, unless they came along, and runs the microtasks.
    #[track_caller]
    pub(crate) fn answer(&self, arrival: &Arrival) {
        if arrival.token.is_some() {
            self.answer_with(arrival, 200, Some(&arrival.bytes));
        }
    }

    /// Breaks the request off, as happens before the page is replaced.
    #[track_caller]
    pub(crate) fn break_off(&self, arrival: &Arrival) {
        self.answer_with(arrival, 0, None);
    }

    /// Breaks the request off as often as the page makes it.
    #[track_caller]
    pub(crate) fn lose(&self, arrival: &Arrival) {
        for _ in 0..5 {
            self.break_off(arrival);
            self.pass(20);
        }
    }

    /// Answers with a status, 0 if the request fails, and perhaps a body.
    #[track_caller]
    pub(crate) fn answer_with(&self, arrival: &Arrival, status: u16, body: Option<&[u8]>) {
        let was_asked = self.with_control("answer", |ctx, answer| {
            let body = body.map(|body| ArrayBuffer::new(ctx.clone(), body).unwrap());
            answer
                .call::<_, bool>((arrival.url(), status, body))
                .unwrap()
        });
        assert!(was_asked, "{} was not asked for", arrival.url());
        self.run_microtasks();
    }

    /// Which of these the page has asked for since the last call, in the order it did.
    #[track_caller]
    pub(crate) fn asked(&self, arrivals: &[&Arrival]) -> Vec<usize> {
        let urls = self.log.downloads.take().into_iter();
        let asked = urls.map(|url| {
            let place = arrivals.iter().position(|arrival| arrival.url() == url);
            place.unwrap_or_else(|| panic!("{url} was asked for"))
        });
        asked.collect()
    }
}
