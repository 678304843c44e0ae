//! A page that speaks the preload's protocol, well or not so well.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use ipc_protocol::WindowId;
use rquickjs::{Context, Function, Object, Runtime};
use serde_json::{Value as Json, json};
use webview_host::memory::MemoryHandle;
use webview_host::{Answer, PageLink, PageRequest};

pub(crate) struct Page {
    screen: MemoryHandle,
    pub(crate) window: WindowId,
    pub(crate) key: String,
    pub(crate) id: String,
    /// The number of the next frame that it sends.
    pub(crate) seq: u64,
    /// The number of the last frame it has handled, which it tells with its next batch.
    pub(crate) handled: Cell<u64>,
    /// Those of them whose bytes it did not get.
    pub(crate) lost: Vec<u64>,
}

/// A batch that the host handed to a page.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch {
    pub(crate) key: String,
    pub(crate) page: String,
    pub(crate) seq: u64,
    /// Where the page gets the bytes that the frames carry.
    pub(crate) bytes: Option<String>,
    pub(crate) frames: Vec<Json>,
    /// The length of the script that carried it.
    pub(crate) script_bytes: usize,
}

impl Page {
    /// A page of its own id in a window; the first is `page-1`.
    pub(crate) fn new(screen: &MemoryHandle, window: &WindowId) -> Page {
        Page {
            screen: screen.clone(),
            window: window.clone(),
            key: config(screen, window)["key"].as_str().unwrap().to_owned(),
            id: "page-1".to_owned(),
            seq: 1,
            handled: Cell::new(0),
            lost: Vec::new(),
        }
    }

    /// The page after a reload, which has not said anything yet.
    pub(crate) fn next(&self) -> Page {
        let number: u32 = self.id.strip_prefix("page-").unwrap().parse().unwrap();
        Page {
            id: format!("page-{}", number + 1),
            ..Page::new(&self.screen, &self.window)
        }
    }

    pub(crate) fn hello(&mut self) {
        self.post([json!({"type": "hello"})]);
    }

    pub(crate) fn listen(&mut self, channel: &str) {
        self.post([json!({"type": "listen", "channel": channel})]);
    }

    pub(crate) fn send(&mut self, channel: &str, payload: Json) {
        self.post([message(channel, payload)]);
    }

    /// Posts a batch, numbered on from the last.
    pub(crate) fn post<const N: usize>(&mut self, frames: [Json; N]) {
        let batch = self.batch(&frames);
        self.post_text(&batch);
    }

    /// Uploads a batch, numbered on from the last, with the bytes that its frames carry.
    pub(crate) fn upload<const N: usize>(&mut self, frames: [Json; N], bytes: &[u8]) {
        let text = self.batch(&frames);
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        self.upload_body([&length, text.as_bytes(), bytes].concat());
    }

    /// Uploads anything.
    pub(crate) fn upload_body(&self, body: Vec<u8>) {
        self.screen.upload(&self.window, body);
    }

    fn batch(&mut self, frames: &[Json]) -> String {
        let batch = json!({
            "key": self.key, "page": self.id, "seq": self.seq, "ack": self.handled.get(),
            "lost": std::mem::take(&mut self.lost), "frames": frames,
        });
        self.seq += frames.len() as u64;
        batch.to_string()
    }

    /// Gets the bytes of a batch that was handed to this page, or to another one of its window.
    pub(crate) fn get(&self, batch: &Batch) -> Option<Bytes> {
        let link = self.screen.link(&self.window).expect("the window is open");
        let request = PageRequest {
            path: &format!("{}bytes/{}", PageLink::PATH, batch.bytes.as_ref()?),
            key: None,
        };
        match link.answer(request, || None) {
            Answer::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Acknowledges what it has handled.
    pub(crate) fn acknowledge(&mut self) {
        self.post([]);
    }

    /// Posts any text.
    pub(crate) fn post_text(&self, text: &str) {
        self.screen.post(&self.window, text);
    }

    /// Posts what is no batch, though it has the key.
    pub(crate) fn post_nonsense(&self) {
        self.post_text(&format!(r#"{{"key":"{}"}}"#, self.key));
    }

    /// Runs the scripts that wait, and returns the batches they deliver.
    pub(crate) fn batches(&self) -> Vec<Batch> {
        let scripts = self.screen.take_scripts(&self.window);
        let batches: Vec<_> = scripts.iter().map(|script| run(script)).collect();
        if let Some(last) = batches.iter().rfind(|batch| batch.page == self.id) {
            self.handled.set(last.seq + last.frames.len() as u64 - 1);
        }
        batches
    }

    /// The frames that wait in all scripts.
    pub(crate) fn frames(&self) -> Vec<Json> {
        let batches = self.batches().into_iter();
        batches.flat_map(|batch| batch.frames).collect()
    }

    /// The messages that wait in all scripts, as `channel=payload`.
    pub(crate) fn received(&self) -> Vec<String> {
        let frames = self.batches().into_iter().flat_map(|batch| {
            assert_eq!((&batch.key, &batch.page), (&self.key, &self.id));
            batch.frames
        });
        let brief = |frame: Json| {
            assert_eq!(frame["type"], "message");
            format!(
                "{}={}",
                frame["channel"].as_str().unwrap(),
                frame["payload"]
            )
        };
        frames.map(brief).collect()
    }
}

/// A frame with a message of so many bytes.
pub(crate) fn message_of_bytes(channel: &str, count: usize) -> Json {
    json!({"type": "message", "channel": channel, "bytes": count})
}

/// A frame with a message.
pub(crate) fn message(channel: &str, payload: Json) -> Json {
    json!({"type": "message", "channel": channel, "payload": payload})
}

/// What the window's preload was configured with: the argument of its one call.
pub(crate) fn config(screen: &MemoryHandle, window: &WindowId) -> Json {
    let link = screen.link(window).expect("the window is open");
    let preload = link.preload();
    let (_, argument) = preload.rsplit_once("})(").expect("a call at the end");
    serde_json::from_str(argument.strip_suffix(");").unwrap()).unwrap()
}

/// Runs a delivery in a script engine of its own, as a webview would.
fn run(script: &str) -> Batch {
    let delivered = Rc::new(RefCell::new(Vec::new()));
    let runtime = Runtime::new().unwrap();
    Context::full(&runtime).unwrap().with(|ctx| {
        let delivered = delivered.clone();
        let deliver = Function::new(ctx.clone(), move |key: String, batch: String| {
            delivered.borrow_mut().push((key, batch));
        });
        let window = Object::new(ctx.clone()).unwrap();
        window.set("__hostDeliver", deliver).unwrap();
        ctx.globals().set("window", window).unwrap();
        ctx.eval::<(), _>(script).unwrap();
    });
    let [(key, batch)] = <[_; 1]>::try_from(delivered.take()).unwrap();
    let batch: Json = serde_json::from_str(&batch).unwrap();
    Batch {
        key,
        page: batch["page"].as_str().unwrap().to_owned(),
        seq: batch["seq"].as_u64().unwrap(),
        bytes: batch.get("bytes").map(|it| it.as_str().unwrap().to_owned()),
        frames: batch["frames"].as_array().unwrap().clone(),
        script_bytes: script.len(),
    }
}
