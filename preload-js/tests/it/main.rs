//! The rendered scripts, run in a real JavaScript realm that stands in for a page.
#![allow(clippy::unwrap_used)]

mod realm;

mod acks; // host to page: acknowledgements, and the batches they leave in
mod answers; // the app asks the page: `handle`
mod bridge; // pages without a message function: the script in a world of its own
mod calls; // the page asks: `request`, `sendTo`, and what other windows send
mod downloads; // host to page: payloads of bytes
mod drag_regions; // parts of a page by which its user moves the window
mod escaping; // what `deliver` renders is read back as it was, and is safe to evaluate
mod hostile; // pages that change what scripts rely on, or look for secrets
mod lifecycle; // loading, loading twice, native functions, the back/forward cache
mod origins; // pages of other origins than the window's
mod producers; // the app reads streams of the page: `handleStream`
mod receive; // host to page: `on`, `once`, `off`, numbering
mod reports; // what fails in the page, and its console
mod send; // page to host: `send`, batches, refusals
mod socket; // pages with a socket: what is different in them
mod streams; // the page reads streams of the app: `stream`
mod unfit; // page to host: payloads and arguments that are refused, and what is said of them
mod uploads; // page to host: payloads of bytes
