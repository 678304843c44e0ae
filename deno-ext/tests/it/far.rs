//! Windows that the test plays at the router itself, so that it sees payloads as they are.

use std::collections::HashMap;

use ipc_protocol::{CallId, Channel, Event, HostFrame, Limits, Payload, Step, WindowSpec};
use ipc_router::{Lane, Port, Request, Router};

use crate::app::{App, Setup, window};

/// The windows and their pages.
pub(crate) struct Far {
    port: Port,
    pages: HashMap<String, Lane>,
}

/// Runs a script, and the test with it and two windows, `a` and `b`, whose pages listen on `c`.
/// `show(payload)` is for scripts what [`show`] is for tests.
pub(crate) fn run_far(code: &str, test: impl FnOnce(&mut App, &Far) + Send + 'static) {
    run_far_within(Limits::default(), code, test);
}

pub(crate) fn run_far_within(
    limits: Limits,
    code: &str,
    test: impl FnOnce(&mut App, &Far) + Send + 'static,
) {
    let mut setup = Setup::new(&format!("{SHOW}{code}"));
    setup.limits = limits;
    setup.run_at_port(open_windows, |app, port| {
        let pages = WINDOWS.map(|id| (id.to_owned(), port.lane(&window(id)).unwrap()));
        let far = Far {
            port,
            pages: pages.into(),
        };
        test(app, &far);
    });
}

const WINDOWS: [&str; 2] = ["a", "b"];

fn open_windows(router: &Router, port: &Port) {
    for id in WINDOWS {
        let mut spec = WindowSpec::default();
        spec.id = Some(window(id));
        router.open(spec, |result| result.unwrap()).unwrap();
    }
    for request in port.requests() {
        let Request::Open { id, reply, .. } = request else {
            panic!("{request:?}");
        };
        port.opened(&id);
        reply.send(Ok(()));
        let page = port.lane(&id).unwrap();
        page.arrive();
        page.listen(&channel("c")).unwrap();
    }
}

/// Bytes count only as what all of them are to be: a plain array over a buffer of its own.
const SHOW: &str = r#"
    globalThis.show = (payload) => {
        if (!ArrayBuffer.isView(payload)) return JSON.stringify(payload) ?? "undefined";
        const isPlain = Object.getPrototypeOf(payload) === Uint8Array.prototype &&
            Object.getPrototypeOf(payload.buffer) === ArrayBuffer.prototype &&
            payload.length === payload.buffer.byteLength && !payload.buffer.resizable;
        return isPlain ? `<${payload.join(" ")}>` : "bytes that are not plain";
    };
"#;

/// JSON as its text, and bytes as `<1 2 3>`.
pub(crate) fn show(payload: &Payload) -> String {
    let Some(bytes) = payload.as_bytes() else {
        return payload.as_json().unwrap().to_owned();
    };
    let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
    format!("<{}>", numbers.join(" "))
}

pub(crate) fn bytes(bytes: &[u8]) -> Payload {
    Payload::from_bytes(bytes.to_vec().into(), &Limits::default()).unwrap()
}

pub(crate) fn json(json: &str) -> Payload {
    Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
}

pub(crate) fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

impl Far {
    pub(crate) fn listen(&self, id: &str, name: &str) {
        self.pages[id].listen(&channel(name)).unwrap();
    }

    /// A page sends messages, which come in one batch.
    pub(crate) fn send(&self, app: &mut App, id: &str, messages: Vec<(&str, Payload)>) {
        for (name, payload) in messages {
            let event = Event::message(window(id), channel(name), payload);
            self.port.publish(event);
        }
        app.settle();
    }

    /// A page takes steps of calls, which come in one batch.
    pub(crate) fn step(&self, app: &mut App, id: &str, steps: Vec<(u64, Step)>) {
        for (call, step) in steps {
            let call = CallId::new(call).unwrap();
            let event = self.pages[id].step(call, step).unwrap();
            self.port
                .offer(event.expect("a step that makes sense"))
                .unwrap();
        }
        app.settle();
    }

    /// What a page has received since the last call, and has handled now.
    pub(crate) fn received(&self, app: &mut App, id: &str) -> Vec<String> {
        let received = self.payloads(app, id);
        received.into_iter().map(|(frame, _)| frame).collect()
    }

    /// The same, each with its payload if it has one.
    pub(crate) fn payloads(&self, app: &mut App, id: &str) -> Vec<(String, Option<Payload>)> {
        let page = &self.pages[id];
        let mut received = Vec::new();
        app.settle();
        while let Some(batch) = page.take(usize::MAX) {
            let frames = batch.frames.iter();
            received.extend(frames.map(|it| (brief(&it.frame()), it.payload().cloned())));
            page.ack(batch.seq + batch.frames.len() as u64 - 1);
            app.settle();
        }
        received
    }
}

/// A frame in few words: messages as `channel=payload`, others as `type channel=payload`.
fn brief(frame: &HostFrame<'_>) -> String {
    match frame {
        HostFrame::Message { channel, payload } => format!("{channel}={}", show(payload)),
        HostFrame::Request {
            channel, payload, ..
        } => format!("request {channel}={}", show(payload)),
        HostFrame::Stream {
            channel, payload, ..
        } => format!("stream {channel}={}", show(payload)),
        HostFrame::Chunk { payload, .. } => format!("chunk {}", show(payload)),
        HostFrame::Result { payload, .. } => format!("result {}", show(payload)),
        HostFrame::Error { error, .. } => format!("error {}", error.code),
        HostFrame::Pull { count, .. } => format!("pull {count}"),
        HostFrame::Cancel { .. } => "cancel".to_owned(),
        other => format!("{other:?}"),
    }
}
