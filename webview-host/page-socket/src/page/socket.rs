//! One socket of a document.

use std::cell::RefCell;
use std::ffi::{c_int, c_uint, c_void};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::rc::Rc;

use super::c;
use super::value::Value;
use crate::{Frame, FrameReader, HEAD_BYTES, ReadError, write_head};

/// Frames of up to so many bytes are copied together, to be sent at once.
const SHORT: usize = 64 << 10;

/// The page's end of a socket, which lasts until the host closes the other one.
pub(super) struct Socket {
    stream: UnixStream,
    reader: RefCell<FrameReader>,
    /// The page's function, which is called with each frame.
    deliver: Value,
}

impl Socket {
    /// Makes a socket, and returns it with the host's end of it.
    pub(super) fn open(deliver: Value) -> Option<(Rc<Socket>, UnixStream)> {
        let (stream, other) = UnixStream::pair().ok()?;
        let socket = Rc::new(Socket {
            stream,
            reader: RefCell::default(),
            deliver,
        });
        socket.watch();
        Some((socket, other))
    }

    /// Has glib's loop take in what comes, as long as something may.
    fn watch(self: &Rc<Self>) {
        // SAFETY: the source has a reference of its own to the socket, and drops it when it goes. The
        // descriptor is open for as long.
        unsafe {
            let condition = c::G_IO_IN | c::G_IO_HUP;
            let source = c::g_unix_fd_source_new(self.stream.as_raw_fd(), condition);
            let data = Rc::into_raw(self.clone()).cast_mut().cast();
            c::g_source_set_callback(source, on_ready as *const c_void, data, Some(drop_socket));
            c::g_source_attach(source, ptr::null_mut());
            c::g_source_unref(source);
        }
    }

    /// Sends a frame, and waits until the socket has it. If nobody is at the other end, it is lost: the
    /// page is no longer the host's.
    pub(super) fn send(&self, text: &[u8], bytes: Option<&[u8]>) {
        let head = write_head(text.len(), bytes.map(<[u8]>::len));
        let parts = [&head[..], text, bytes.unwrap_or_default()];
        let mut stream = &self.stream;
        let _ = match HEAD_BYTES + text.len() + bytes.map_or(0, <[u8]>::len) <= SHORT {
            true => stream.write_all(&parts.concat()),
            false => parts.iter().try_for_each(|part| stream.write_all(part)),
        };
    }

    /// Takes in what is there, and returns whether that was anything.
    fn take(&self) -> Result<bool, ReadError> {
        let read = self.reader.borrow_mut().read(&mut NoWait(&self.stream))?;
        while let Some(frame) = self.next_frame()? {
            self.hand_over(frame);
        }
        Ok(read > 0)
    }

    /// Takes in all that is there.
    pub(super) fn take_all(&self) {
        while let Ok(true) = self.take() {}
    }

    /// The page runs between one frame and the next, and may get here again.
    fn next_frame(&self) -> Result<Option<Frame>, ReadError> {
        self.reader.borrow_mut().next_frame()
    }

    fn hand_over(&self, frame: Frame) {
        let context = self.deliver.context();
        // SAFETY: the context is that of the page's function, which is alive.
        let arguments = unsafe {
            match frame {
                Frame::Text(text) => vec![Value::text(context, &text)],
                Frame::Body(body) => {
                    let (text, bytes) = body.split_at(text_end(&body));
                    let text = Value::text(context, &text[HEAD_BYTES / 2..]);
                    vec![text, Value::buffer(context, bytes)]
                }
            }
        };
        self.deliver.call(&arguments);
    }
}

/// Where the text of a body ends.
fn text_end(body: &[u8]) -> usize {
    let length = body
        .first_chunk()
        .map_or(0, |length| u32::from_le_bytes(*length));
    (HEAD_BYTES / 2 + length as usize).min(body.len())
}

/// Reads what is there, while writes wait.
struct NoWait<'a>(&'a UnixStream);

impl Read for NoWait<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (descriptor, length) = (self.0.as_raw_fd(), buffer.len());
        // SAFETY: the descriptor is open, and the buffer takes so many bytes.
        let read = unsafe {
            let buffer = buffer.as_mut_ptr().cast();
            c::recv(descriptor, buffer, length, c::MSG_DONTWAIT)
        };
        usize::try_from(read).map_err(|_| io::Error::last_os_error())
    }
}

/// Returns whether glib is to call it again.
unsafe extern "C" fn on_ready(_: c_int, _: c_uint, data: *mut c_void) -> c_int {
    // SAFETY: it is the socket that the source has a reference to.
    let socket = unsafe { &*data.cast::<Socket>() };
    socket.take().is_ok().into()
}

unsafe extern "C" fn drop_socket(data: *mut c_void) {
    // SAFETY: the source gives its reference back, once.
    drop(unsafe { Rc::from_raw(data.cast::<Socket>()) });
}
