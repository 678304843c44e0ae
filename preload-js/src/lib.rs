//! `window.host`: the script injected in every page, and how the host calls it.
//!
//! The page's half is in `src/js`, with its public types in `src/host.d.ts`; the host's half is
//! the functions here. [`preload`] renders the script that a webview runs at document start,
//! before any script of the page, in the main world of the top frame. [`deliver`] renders the
//! script that hands a page a batch of frames. [`bridge`] and [`fence`] are scripts for a script
//! world of their own. This crate knows nothing of webviews or of what frames mean: it turns text into
//! text.
//!
//! ```
//! use preload_js::{Config, deliver, preload};
//!
//! let key = "0f3a"; // in earnest: random, secret, one per webview
//! let script = preload(&Config {
//!     key,
//!     origin: "app://localhost",
//!     origins: &["app://localhost"],
//!     reserved: &["close"],
//!     send_channels: None,
//!     receive_channels: None,
//!     max_channel_bytes: 256,
//!     max_payload_bytes: 64 << 20,
//!     stacks: false,
//!     console: true,
//! });
//! assert!(script.ends_with(r#""maxPayloadBytes":67108864,"stacks":false,"console":true});"#));
//!
//! let batch = r#"{"page":"…","seq":1,"frames":[{"type":"message","channel":"c","payload":"it's"}]}"#;
//! let script = deliver(key, batch);
//! assert!(script.starts_with(r#"window.__hostDeliver?.("0f3a",'{"page":"#));
//! assert!(script.contains(r#""payload":"it\'s""#));
//! ```
//!
//! # The protocol
//!
//! Both directions carry batches of frames as JSON text. A batch names the page by an id of 32
//! hex digits that the page chose at random, and its `seq` is the number of its first frame; the
//! following ones are numbered on from it. Numbering starts at 1 for each page and direction.
//!
//! A page that loads, and one that comes back from the back/forward cache, starts a new id.
//!
//! ## Over a socket
//!
//! A webview may give the top frame a function `window.__hostSocket`, before any script runs in it. The
//! script takes it away, and calls it whenever it starts a new id, with a function of its own. From then
//! on it says everything by the function that it gets back, if it gets one: `send(text, bytes)`, with the
//! text of a batch and the bytes of all its frames, one after another, in a `Uint8Array`, or none. The
//! host's batches come by calls of the script's function, with their text and, in an `ArrayBuffer`, their
//! bytes. They have neither key nor token, and those that come after `pagehide` are not taken. All else is
//! as below, but that nothing is uploaded, requested, posted or evaluated, and that only bytes are lost
//! that do not come with their batch.
//!
//! ## From the page
//!
//! One string for each batch, given to the webview's native message function, or, where the page has
//! none, to the script of [`bridge`]:
//!
//! ```json
//! {"key":"…","page":"…","seq":1,"ack":0,"frames":[{"type":"hello"}]}
//! ```
//!
//! `ack` is the number of the last frame from the host whose handlers have all been called, and 0
//! before the first. A batch may have no frames and only acknowledge; `seq` is then the number of
//! the next frame.
//!
//! Every payload is JSON, in `payload`, or bytes: the frame then has their number instead, as in
//! `{"type":"message","channel":"c","bytes":3}`. A batch with such a frame does not go that way, but
//! as one request, which is synchronous: a `POST` to `/.host/frames` at [`Config::origin`] with
//! the key in the header `x-host-key`. Its body is the length of the batch's text in UTF-8 as four
//! bytes, the lowest first, that text, and the bytes of the frames one after another. The host takes
//! the batch by the status 204. A batch of over 256 Ki UTF-16 units of text goes that way, too,
//! since it takes less time; when the host does not take it so, it is posted.
//!
//! | frame | when |
//! | --- | --- |
//! | `{"type":"hello"}` | The first frame of every page, posted at once. |
//! | `{"type":"message","channel":"c","payload":…}` | `host.send`; the payload is `null` when there was none. |
//! | `{"type":"listen","channel":"c"}` | The page's first handler ever on the channel (`host.on` or `host.once`). Not again when handlers come and go; after a return from the cache, once more for every channel that has handlers. |
//! | `{"type":"request","call":1,"channel":"c","payload":…}` | `host.request`: the page asks, and one answer comes. |
//! | `{"type":"stream","call":1,"channel":"c","payload":…}` | `host.stream`: many may come. |
//! | `{"type":"sendTo","call":1,"window":"w","channel":"c","payload":…}` | `host.sendTo`: answered with `result` or `error`. |
//! | `{"type":"pull","call":1,"count":16}` | So many more chunks may come: 16 with a stream's first `next()`, 8 whenever 8 were consumed. |
//! | `{"type":"cancel","call":1}` | The page gives one of these calls up, and ignores what still comes of it. |
//! | `{"type":"chunk","call":1,"payload":…}` | A value for a stream of the app, which had pulled it. |
//! | `{"type":"result","call":1,"payload":…}` | The answer to a request of the app, or with `null` the end of its stream. |
//! | `{"type":"error","call":1,"error":{"name":"Error","message":"…","code":"…"}}` | The app's call failed; with [`Config::stacks`] the error has its `stack`. |
//! | `{"type":"report","report":{"kind":"error","text":"…","place":"…"}}` | Something failed in the page and nobody caught it, or, with [`Config::console`], it has written to its console; the text has at most 8,192 UTF-16 units and the place 1,024. In a second no more are sent than have 64 Ki units; of the others their number follows. |
//!
//! The page numbers its own calls from 1; in the last three the number is the app's. Name and code
//! of an error have at most 256 bytes of UTF-8, message and stack 65,536 UTF-16 units.
//!
//! The frames of one microtask turn leave in one batch, in the order of the calls; a batch that
//! grows past 128 Ki of text (UTF-16 units) and bytes leaves at once, and so does everything on
//! `pagehide` and after it. Should the native function throw, the error is reported in the page and
//! the frames leave with the next batch.
//!
//! When the host does not take an upload, the frames with bytes are given up and the others are
//! posted, numbered as if those had never been. For what was given up there is an error with the
//! code `transfer-failed`: a message is reported in the page, a call of the page fails, and in the
//! place of an answer or of a call's first chunk there is an `error` frame. Later steps of such
//! calls that were in the batch still come.
//!
//! ## To the page
//!
//! One evaluation of what [`deliver`] returns for each batch:
//!
//! ```json
//! {"page":"…","seq":1,"frames":[{"type":"message","channel":"c","payload":…}]}
//! ```
//!
//! | frame | when |
//! | --- | --- |
//! | `{"type":"message","channel":"c","payload":…}` | A message from the app, for the channel's handlers. |
//! | `{"type":"refused","channel":"c","code":"…","message":"…"}` | A message of the page was beyond a limit that only the host checks. The page reports an error with that code. |
//! | `{"type":"relay","from":"w","channel":"c","payload":…}` | A message that the page of window `w` sent with `host.sendTo`. |
//! | `request`, `stream`, `pull`, `cancel` | As above, of a call of the app. |
//! | `chunk`, `result`, `error` | As above, of a call of the page. |
//!
//! Frames may carry bytes here too. The batch then has `"bytes":"…"`, a token, and the page gets the
//! bytes of all its frames, one after another, by one `GET` of `/.host/bytes/` with the token at
//! [`Config::origin`]: at once, and again when the request breaks off. The host answers with the
//! status 200. Frames that need bytes wait for them, and all later ones wait for these, so that
//! everything is handled in the order of the numbers; a batch is acknowledged only as far as it was
//! handled. Bytes that do not come, or not as many as the frames have, are lost, and their frames
//! are handled as errors with the code `transfer-failed`: messages are reported in the page, and
//! told to the host as `"lost":[…]`, their numbers, beside `ack`; calls of the app are answered with
//! `error`, and calls of the page fail, with a `cancel` for a lost chunk. A frame with bytes in a
//! batch without a token is lost likewise.
//!
//! A call of the app whose channel has no handler waits for one: 5 s, which start when the page has
//! loaded, and at most 1,024 such calls at a time. Calls that have ended, or that never were, are
//! ignored.
//!
//! A batch with another key or for another page is ignored, and every other one is acknowledged
//! once it is handled: together with what its handlers send, synchronously or in the microtasks that
//! they queue. A batch that leaves earlier, for its length, acknowledges only frames whose handlers
//! are done. Frames with numbers that were seen are skipped and acknowledged again, so delivering
//! again is safe; bytes that only they carry are not asked for. If numbers are missing, the page
//! reports an error with the code `gap` and goes on from the frame at hand. Frames of a type that
//! the page does not know count, and do nothing.
//!
//! # What a page cannot do
//!
//! - Change how the script works: it captures what it uses before the page runs, and what it adds
//!   to `window` is frozen and cannot be replaced.
//! - Read the key or its page's id: they stay in the script's closure. The key is in the text of
//!   every delivery, though, and a document that this script did not prepare could define
//!   `__hostDeliver` itself: deliver only to a page that has said `hello` and is still there. It is
//!   in a header of every upload, too, which goes to the app's own origin and to no other.
//! - Name a channel that the host would refuse: the script checks names, the window's list and
//!   sizes, so that mistakes are errors where they are made. The host still has to check all of
//!   it, since this script runs in the page's process.

#![forbid(unsafe_code)]

mod deliver;
mod literal;
mod preload;
mod worlds;

pub use deliver::{Delivery, deliver, escape};
pub use preload::{Config, UNFIT, preload};
pub use worlds::{BRIDGE_HANDLER, bridge, fence};
