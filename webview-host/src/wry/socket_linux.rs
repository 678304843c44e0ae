//! The host's end of the socket of one document.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use bytes::{Buf, Bytes};
use glib::{ControlFlow, IOCondition, SourceId};
use gtk::gio::UnixFDList;
use gtk::gio::prelude::UnixFDListExtManual;
use ipc_protocol::{BatchText, Origin, Payload};
use page_socket::{Frame, FrameReader, HEAD_BYTES, ReadError, write_head};

use super::border::Border;
use crate::{BackendError, Handover};

/// How much [`Socket::take_all`] takes in: more than a socket holds, so that all is in it that was
/// sent before.
const MOST_AT_ONCE: usize = 4 << 20;

/// A socket, until it is closed. It takes in what comes by itself.
pub(super) struct Socket {
    stream: UnixStream,
    border: Rc<Border>,
    /// Of the page that has it.
    origin: Option<Origin>,
    reader: RefCell<FrameReader>,
    /// What the page has not taken yet.
    unsent: RefCell<VecDeque<Bytes>>,
    input: Cell<Option<SourceId>>,
    output: Cell<Option<SourceId>>,
}

impl Socket {
    /// The socket of the page that is shown, of which a user message has brought our end.
    pub(super) fn open(descriptors: &UnixFDList, border: &Rc<Border>) -> io::Result<Rc<Socket>> {
        let descriptor = owned(descriptors).ok_or(io::ErrorKind::NotFound)?;
        Socket::over(descriptor.into(), border)
    }

    fn over(stream: UnixStream, border: &Rc<Border>) -> io::Result<Rc<Socket>> {
        stream.set_nonblocking(true)?;
        let socket = Rc::new(Socket {
            stream,
            border: border.clone(),
            origin: border.shown(),
            reader: RefCell::default(),
            unsent: RefCell::default(),
            input: Cell::default(),
            output: Cell::default(),
        });
        let source = socket.watch(IOCondition::IN | IOCondition::HUP, |it| match it.take() {
            Ok(_) => ControlFlow::Continue,
            Err(_) => {
                it.input.take();
                ControlFlow::Break
            }
        });
        socket.input.set(Some(source));
        Ok(socket)
    }

    fn watch(
        self: &Rc<Self>,
        condition: IOCondition,
        call: impl Fn(&Rc<Self>) -> ControlFlow + 'static,
    ) -> SourceId {
        let socket = self.clone();
        let descriptor = self.stream.as_raw_fd();
        glib::source::unix_fd_add_local(descriptor, condition, move |_, _| call(&socket))
    }

    /// Takes nothing in any more, and sends nothing.
    pub(super) fn close(&self) {
        let sources = [self.input.take(), self.output.take()];
        sources.into_iter().flatten().for_each(SourceId::remove);
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    /// Takes in some of what is there, and returns how many bytes that was.
    fn take(&self) -> Result<usize, ReadError> {
        let taken = self.reader.borrow_mut().read(&mut &self.stream)?;
        loop {
            let frame = self.reader.borrow_mut().next_frame();
            match frame {
                Ok(Some(frame)) => self.report(frame),
                Ok(None) => return Ok(taken),
                Err(error) => {
                    self.border.on_overrun();
                    return Err(error);
                }
            }
        }
    }

    /// Takes in all that the page has sent so far.
    pub(super) fn take_all(&self) {
        let mut taken = 0;
        while let Ok(more @ 1..) = self.take() {
            taken += more;
            if taken > MOST_AT_ONCE {
                return;
            }
        }
    }

    fn report(&self, frame: Frame) {
        let origin = self.origin.clone();
        match frame {
            Frame::Text(text) => {
                let text = String::from_utf8(text)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into());
                self.border.on_message(origin, text);
            }
            Frame::Body(body) => self.border.on_upload(origin, body.into()),
        }
    }

    /// Sends a batch, after those before. What the page does not take at once is sent when it does.
    pub(super) fn send(self: &Rc<Self>, handover: &Handover<'_>) -> Result<(), BackendError> {
        let bytes = handover.bytes();
        let mut text = Text(vec![0; HEAD_BYTES]);
        handover.write(&mut text)?;
        let Text(mut text) = text;
        let head = write_head(text.len() - HEAD_BYTES, bytes.as_ref().map(Bytes::len));
        text[..HEAD_BYTES].copy_from_slice(&head);
        self.unsent.borrow_mut().push_back(text.into());
        self.unsent.borrow_mut().extend(bytes);
        let is_all = self
            .write()
            .map_err(|error| BackendError::Failed(error.to_string()))?;
        if !is_all {
            self.write_later();
        }
        Ok(())
    }

    fn write_later(self: &Rc<Self>) {
        let source = self.output.take().unwrap_or_else(|| {
            self.watch(IOCondition::OUT, |it| match it.write() {
                Ok(false) => ControlFlow::Continue,
                Ok(true) | Err(_) => {
                    it.output.take();
                    ControlFlow::Break
                }
            })
        });
        self.output.set(Some(source));
    }

    /// Sends what the page takes, and returns whether that was all.
    fn write(&self) -> io::Result<bool> {
        let mut unsent = self.unsent.borrow_mut();
        while let Some(part) = unsent.front_mut() {
            match (&self.stream).write(part) {
                Ok(count) => part.advance(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
            if part.is_empty() {
                unsent.pop_front();
            }
        }
        Ok(true)
    }
}

/// The only descriptor of a list, which is left empty.
#[expect(unsafe_code, reason = "glib hands descriptors over as numbers")]
fn owned(descriptors: &UnixFDList) -> Option<OwnedFd> {
    let descriptors = descriptors.steal_fds().into_iter();
    // SAFETY: the list was the owner of all of them, and is no longer.
    let mut owned = descriptors.map(|descriptor| unsafe { OwnedFd::from_raw_fd(descriptor) });
    let first = owned.next();
    owned.for_each(drop);
    first
}

/// A frame's head and text.
struct Text(Vec<u8>);

impl BatchText for Text {
    fn json(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn payload(&mut self, payload: &Payload) {
        self.json(payload.as_json().unwrap_or_default());
    }
}
