//! The host's end of the socket of one document.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use bytes::{Buf, Bytes};
use glib::{ControlFlow, IOCondition, SourceId};
use gtk::gio::UnixFDList;
use gtk::gio::prelude::UnixFDListExtManual;
use ipc_protocol::Origin;
use page_socket::{Frame, FrameReader, HEAD_BYTES, ReadError, write_head};
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::signals;
use crate::wry::border::Border;
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
    /// Whether nothing is taken in any more.
    is_over: Cell<bool>,
    input: Cell<Option<SourceId>>,
    output: Cell<Option<SourceId>>,
}

impl Socket {
    /// The socket of the page that is shown, of which a user message has brought our end.
    pub(super) fn open(descriptors: &UnixFDList, border: &Rc<Border>) -> io::Result<Rc<Socket>> {
        let descriptor = owned(descriptors).ok_or(io::ErrorKind::NotFound)?;
        Ok(Socket::over(descriptor.into(), border))
    }

    fn over(stream: UnixStream, border: &Rc<Border>) -> Rc<Socket> {
        let socket = Rc::new(Socket {
            stream,
            border: border.clone(),
            origin: border.shown(),
            reader: RefCell::default(),
            unsent: RefCell::default(),
            is_over: Cell::default(),
            input: Cell::default(),
            output: Cell::default(),
        });
        let source = socket.watch(IOCondition::IN | IOCondition::HUP, |it| {
            it.take();
            if it.is_over.get() {
                it.input.take();
                return ControlFlow::Break;
            }
            ControlFlow::Continue
        });
        socket.input.set(Some(source));
        socket
    }

    fn watch(
        self: &Rc<Self>,
        condition: IOCondition,
        call: impl Fn(&Rc<Self>) -> ControlFlow + 'static,
    ) -> SourceId {
        let socket = self.clone();
        let descriptor = self.stream.as_raw_fd();
        signals::on_ready(descriptor, condition, move || call(&socket))
    }

    /// Takes nothing in any more, and sends nothing.
    pub(super) fn close(&self) {
        let sources = [self.input.take(), self.output.take()];
        sources.into_iter().flatten().for_each(SourceId::remove);
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Takes in some of what is there, and returns how many bytes that was: none when there is
    /// nothing, or nothing comes any more.
    fn take(&self) -> usize {
        if self.is_over.get() {
            return 0;
        }
        let taken = self.take_frames();
        if let Err(ReadError::TooLong) = taken {
            self.border.on_overrun();
            // The page may be at it still, and would wait for us.
            let _ = self.stream.shutdown(Shutdown::Both);
        }
        self.is_over.set(taken.is_err());
        taken.unwrap_or_default()
    }

    fn take_frames(&self) -> Result<usize, ReadError> {
        let taken = self.reader.borrow_mut().read(&mut NoWait(&self.stream))?;
        while let Some(frame) = self.next_frame()? {
            self.report(frame);
        }
        Ok(taken)
    }

    /// What is reported may lead here again.
    fn next_frame(&self) -> Result<Option<Frame>, ReadError> {
        self.reader.borrow_mut().next_frame()
    }

    /// Takes in all that the page has sent so far.
    pub(super) fn take_all(&self) {
        let mut taken = 0;
        while taken < MOST_AT_ONCE {
            match self.take() {
                0 => return,
                more => taken += more,
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
        // Room for the head, which tells how long the rest is.
        let mut text = "\0".repeat(HEAD_BYTES);
        handover.write(&mut text)?;
        let mut text = text.into_bytes();
        let head = write_head(text.len() - HEAD_BYTES, bytes.as_ref().map(Bytes::len));
        text[..HEAD_BYTES].copy_from_slice(&head);
        self.send_parts([Bytes::from(text)].into_iter().chain(bytes))
            .map_err(|error| BackendError::Failed(error.to_string()))
    }

    fn send_parts(self: &Rc<Self>, parts: impl Iterator<Item = Bytes>) -> io::Result<()> {
        self.unsent.borrow_mut().extend(parts);
        if !self.write()? {
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
            match NoWait(&self.stream).write(part) {
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

/// Reads and writes what can be at once. The page's process has a hold on the socket, too: whether that
/// is to wait is not only ours to say.
struct NoWait<'a>(&'a UnixStream);

impl Read for NoWait<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, _) = recv(self.0, buffer, RecvFlags::DONTWAIT)?;
        Ok(read)
    }
}

impl Write for NoWait<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(
            self.0,
            bytes,
            SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
        )?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{Mutex, MutexGuard, PoisonError};

    use glib::MainContext;
    use ipc_protocol::{Downloads, WindowId, WindowSpec};
    use page_socket::MAX_FRAME_BYTES;

    use super::*;
    use crate::BackendEventKind;
    use crate::wry::events::Events;

    /// A socket with the page's end of it, in a window that shows a page of the origin.
    struct Ends {
        /// Glib's loop, which the tests of this process take turns with.
        _turn: MutexGuard<'static, ()>,
        socket: Rc<Socket>,
        page: UnixStream,
        border: Rc<Border>,
        events: Events,
    }

    static LOOP: Mutex<()> = Mutex::new(());

    const ORIGIN: &str = "https://example.com";

    impl Ends {
        fn new() -> Ends {
            let events = Events::new(|_| {});
            let window = WindowId::new("main").unwrap();
            let border = Rc::new(Border::new(
                &window,
                &WindowSpec::default(),
                &Downloads::Ask,
                &events,
            ));
            border.on_page(ORIGIN);
            let (page, host) = UnixStream::pair().unwrap();
            let turn = LOOP.lock().unwrap_or_else(PoisonError::into_inner);
            let ends = Ends {
                _turn: turn,
                socket: Socket::over(host, &border),
                page,
                border,
                events,
            };
            assert_eq!(ends.said().len(), 1, "the page");
            ends
        }

        fn says(&self, text: &str, bytes: Option<&[u8]>) {
            let head = write_head(text.len(), bytes.map(<[u8]>::len));
            for part in [&head[..], text.as_bytes(), bytes.unwrap_or_default()] {
                (&self.page).write_all(part).unwrap();
            }
        }

        /// What has been reported, with the origin, in few words.
        fn said(&self) -> Vec<String> {
            let mut turn = self.events.turn();
            let origin = |origin: Option<Origin>| origin.map_or("none".into(), |it| it.to_string());
            std::iter::from_fn(|| turn.next())
                .map(|event| match event.kind {
                    BackendEventKind::Message { origin: from, text } => {
                        format!("{} {text}", origin(from))
                    }
                    BackendEventKind::Upload { origin: from, body } => {
                        format!("{} {body:?}", origin(from))
                    }
                    BackendEventKind::Overrun => "overrun".into(),
                    other => format!("{other:?}"),
                })
                .collect()
        }

        fn iterate(&self) {
            while MainContext::default().iteration(false) {}
        }

        fn send(&self, part: Bytes) -> io::Result<()> {
            self.socket.send_parts([part].into_iter())
        }
    }

    impl Drop for Ends {
        fn drop(&mut self) {
            self.socket.close();
        }
    }

    #[test]
    fn what_a_page_says_comes_by_itself_in_order_and_with_the_origin_it_had() {
        let ends = Ends::new();
        ends.border.on_page("https://elsewhere.example");
        ends.said();
        ends.says("one", None);
        ends.says("two", Some(&[7, 0]));
        ends.says("", None);
        (&ends.page).write_all(&write_head(2, None)).unwrap();
        (&ends.page).write_all(b"\xff\xfe").unwrap();
        assert!(ends.said().is_empty());
        ends.iterate();
        assert_eq!(
            ends.said(),
            [
                "https://example.com one",
                r#"https://example.com b"\x03\0\0\0two\x07\0""#,
                "https://example.com ",
                "https://example.com \u{fffd}\u{fffd}",
            ]
        );
    }

    #[test]
    fn all_that_was_said_can_be_taken_at_once_even_of_a_page_that_is_gone() {
        let ends = Ends::new();
        for n in 0..100 {
            ends.says(&n.to_string(), None);
        }
        ends.page.shutdown(std::net::Shutdown::Both).unwrap();
        ends.socket.take_all();
        assert_eq!(ends.said().len(), 100);
        ends.iterate();
        assert!(ends.said().is_empty());
    }

    #[test]
    fn nothing_comes_of_a_socket_that_was_closed() {
        let ends = Ends::new();
        ends.says("one", None);
        ends.socket.close();
        ends.iterate();
        assert!(ends.said().is_empty());
        assert_eq!((&ends.page).read(&mut [0]).unwrap_or(0), 0);
        let sent = ends
            .socket
            .send_parts([Bytes::from_static(b"x")].into_iter());
        assert!(sent.is_err());
    }

    #[test]
    fn a_page_that_announces_too_much_is_told_of_once_and_not_read_any_more() {
        let ends = Ends::new();
        ends.says("before", None);
        let head = write_head(MAX_FRAME_BYTES, Some(1));
        (&ends.page).write_all(&head).unwrap();
        ends.iterate();
        ends.socket.take_all();
        ends.iterate();
        assert_eq!(ends.said(), ["https://example.com before", "overrun"]);
        let more = (&ends.page).write(b"after");
        assert!(more.is_err(), "nor does it wait for room");
    }

    #[test]
    fn what_a_page_does_not_take_at_once_it_gets_when_it_does() {
        let ends = Ends::new();
        let parts: Vec<Bytes> = (0..50)
            .map(|n: u8| Bytes::from(vec![n; 100_000 * usize::from(n % 3)]))
            .collect();
        for part in &parts {
            ends.send(part.clone()).unwrap();
        }
        assert!(!ends.socket.unsent.borrow().is_empty(), "more than fits");
        let expected = parts.concat();
        ends.page.set_nonblocking(true).unwrap();
        let (mut got, mut some) = (Vec::new(), vec![0; 1 << 20]);
        while got.len() < expected.len() {
            match (&ends.page).read(&mut some) {
                Ok(read) => got.extend_from_slice(&some[..read]),
                Err(_) => ends.iterate(),
            }
        }
        assert!(got == expected);
        assert!(ends.socket.unsent.borrow().is_empty());
        ends.iterate();
        assert!(ends.socket.output.take().is_none(), "nobody waits for room");
    }
}
