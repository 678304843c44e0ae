//! A socket between a page and its host, which goes around WebKitGTK's own messages.
//!
//! WebKit hands a message from process to process in 50 µs and more each way, and runs what comes to
//! a page as a script. A local socket takes a fraction of that. [`write_head`] and [`FrameReader`]
//! are what both ends say over it:
//!
//! ```
//! use page_socket::{Frame, FrameReader, write_head};
//!
//! let stream = [&write_head(2, None)[..], b"{}", &write_head(2, Some(3)), b"{}abc"].concat();
//! let mut reader = FrameReader::default();
//! reader.read(&mut &stream[..])?;
//!
//! assert_eq!(reader.next_frame()?, Some(Frame::Text(b"{}".to_vec())));
//! assert_eq!(reader.next_frame()?, Some(Frame::Body(b"\x02\0\0\0{}abc".to_vec())));
//! assert_eq!(reader.next_frame()?, None); // not yet
//! # Ok::<(), page_socket::ReadError>(())
//! ```
//!
//! The page's end, with the feature `page`, is a library that WebKit loads into the process of every
//! page: a web process extension. In the top frame of each document it defines a function,
//! `window.__hostSocket`, before any script runs:
//!
//! ```js
//! const socket = __hostSocket((text, bytes) => { /* a frame has come; `bytes` may be undefined */ });
//! socket?.(text, bytes); // sends one, in order, and waits while the host is behind
//! ```
//!
//! Each call makes a new socket and hands the host the other end of it, by a user message of
//! [`MESSAGE`] to the web view: after what WebKit itself has told of the page, such as that it has
//! been committed, and before anything that the page says. The host closes it when it has another
//! one of the same view. A user message [`TAKE`] to the page has it take all that is there before it
//! goes on: what the host has sent before it asks WebKit for something, such as a reload.
//!
//! The library also has its process killed when its parent ends, whatever that process is doing.
//!
//! Whoever calls the function can say what it likes, as with every way from a page: what makes a
//! message the page's own is in its text.

#![cfg_attr(not(feature = "page"), forbid(unsafe_code))]

mod frame;
#[cfg(feature = "page")]
#[expect(unsafe_code, reason = "WebKit's processes speak C")]
mod page;

pub use frame::{Frame, FrameReader, HEAD_BYTES, MAX_FRAME_BYTES, ReadError, write_head};

/// The name of the user message that brings the host its end, as the only one of its descriptors.
pub const MESSAGE: &str = "host-socket";

/// The name of the user message that has the page take what has been sent.
pub const TAKE: &str = "host-socket-take";
