//! The host's end of sockets.

use std::rc::Rc;

use preload_js::preload;
use rquickjs::{ArrayBuffer, Function, Object, TypedArray, Value};
use serde_json::Value as Json;

use super::requests::{attach, detach};
use super::{CONFIG, Log, Realm, Sent, eval};

/// Gives the surroundings of the page the host that sockets lead to.
#[expect(unsafe_code, reason = "the engine has no other way to read bytes")]
pub(super) fn install(native: &Object<'_>, log: &Rc<Log>) {
    let host = Rc::clone(log);
    let say = move |socket: u32, text: String, bytes: Option<TypedArray<'_, u8>>| {
        // SAFETY: no script runs while the bytes are copied.
        let bytes = bytes.map(|bytes| unsafe { bytes.as_bytes() }.unwrap().to_vec());
        host.posted.borrow_mut().push(Sent::Said {
            socket,
            text,
            bytes,
        });
    };
    let say = Function::new(native.ctx().clone(), say).unwrap();
    native.set("say", say).unwrap();
}

/// A batch that was said; its frames get the bytes that they carry, as arrays.
#[track_caller]
pub(super) fn read(text: &str, bytes: Option<Vec<u8>>) -> Json {
    let mut batch: Json = serde_json::from_str(text).expect("what is said is JSON");
    let frames = batch["frames"].as_array_mut().unwrap();
    let carry = frames.iter().any(|frame| frame.get("bytes").is_some());
    assert_eq!(bytes.is_some(), carry, "bytes and frames come together");
    attach(frames, &bytes.unwrap_or_default());
    batch
}

impl Realm {
    /// A page that has a socket, in which the preload script has run, and which has loaded.
    pub(crate) fn with_socket() -> Realm {
        let realm = Realm::bare_with_socket();
        realm.run(&preload(&CONFIG));
        realm.load(true);
        realm
    }

    /// A page before the preload script, which finds what makes sockets.
    pub(crate) fn bare_with_socket() -> Realm {
        let realm = Realm::bare();
        realm.control::<()>("giveSocket", ());
        realm
    }

    /// A page without a socket, and one with: for what is the same in both.
    pub(crate) fn both() -> [Realm; 2] {
        [Realm::new(), Realm::with_socket()]
    }

    /// The same before the preload script.
    pub(crate) fn both_bare() -> [Realm; 2] {
        [Realm::bare(), Realm::bare_with_socket()]
    }

    /// A page before the preload script, which finds something else in the place of that function.
    pub(crate) fn bare_with(expression: &str) -> Realm {
        let realm = Realm::bare();
        realm.with_control("giveSocket", |ctx, give| {
            let value: Value<'_> = eval(ctx, expression).unwrap();
            give.call::<_, ()>((value,)).unwrap();
        });
        realm
    }

    /// How many sockets were made.
    pub(crate) fn sockets(&self) -> u32 {
        self.control("sockets", ())
    }

    /// The texts and bytes that were said over sockets since the last call.
    #[track_caller]
    pub(crate) fn said(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let sent = self.log.posted.take().into_iter();
        let said = sent.map(|sent| match sent {
            Sent::Said { text, bytes, .. } => (text, bytes),
            other => panic!("not said: {other:?}"),
        });
        said.collect()
    }

    /// The way that batches go: this one, unless the page has a socket.
    pub(crate) fn way(&self, without: &'static str) -> &'static str {
        match self.sockets() {
            0 => without,
            _ => "socket",
        }
    }

    /// Hands the page a text, and perhaps bytes, over the socket with this number, and runs the
    /// microtasks.
    #[track_caller]
    pub(crate) fn say_over(&self, socket: u32, text: &str, body: Option<&[u8]>) {
        self.with_control("hand", |ctx, hand| {
            let body = body.map(|body| ArrayBuffer::new(ctx.clone(), body).unwrap());
            hand.call::<_, ()>((socket, text, body)).unwrap();
        });
        self.run_microtasks();
    }

    /// Delivers frames in one batch over the socket, with this in the place of the bytes that they
    /// carry.
    #[track_caller]
    pub(crate) fn say_frames(&self, frames: &[Json], body: Option<&[u8]>) {
        self.receive();
        let (frames, _) = detach(frames);
        let batch = self.batch(self.to_page.get(), &frames);
        self.say_over(self.sockets(), &batch.to_string(), body);
    }
}
