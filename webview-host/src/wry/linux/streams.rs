//! The app's files on their way to the pages of one window. Files are opened and read on threads of
//! their own, and WebKitGTK takes them from pipes, so that no disk and no page holds up the main thread.
//!
//! WebKitGTK hands all that it reads to the page's process at once. Should that process not take it, all
//! of it would be in memory here. So no more is read than [`CREDIT`] until the page has run a script that
//! was sent after it. The answer to a synchronous request WebKitGTK keeps until it is complete, and the page
//! runs nothing meanwhile: that is read to its end, and is no longer than [`MAX_SYNCHRONOUS`].

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::rc::{Rc, Weak};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::channel::oneshot;
use futures::task::AtomicWaker;
use glib::JoinHandle;
use gtk::gio;
use webkit2gtk::{WebView, WebViewExt};

use super::signals;
use crate::pages::{FileRequest, PageFile, Pages};
use crate::wry::WORLD;

/// The files that are read at once. More wait for their turn.
const MAX_OPEN: usize = 16;

/// The requests that wait, and the bytes of what they ask. More are refused.
const MAX_WAITING: usize = 2048;
const MAX_WAITING_BYTES: usize = 4 << 20;

/// The bytes that the page's process may not have taken.
const CREDIT: usize = 4 << 20;

/// The length of a file that a page may request synchronously, in bytes.
const MAX_SYNCHRONOUS: u64 = 64 << 20;

/// The bytes after which it is asked whether it has taken them.
const ASK: usize = 1 << 20;

/// The bytes that are read at once.
const PIECE: usize = 64 << 10;

/// The files of one window's pages.
pub(super) struct Streams {
    itself: Weak<Streams>,
    view: glib::WeakRef<WebView>,
    pages: Pages,
    open: Cell<usize>,
    waiting: RefCell<VecDeque<Waiting>>,
    waiting_bytes: Cell<usize>,
    credit: Arc<Credit>,
    /// Asks the page whether it has taken what it was sent.
    asking: RefCell<Option<JoinHandle<()>>>,
}

struct Waiting {
    request: FileRequest,
    bytes: usize,
    is_synchronous: bool,
    answer: Box<dyn FnOnce(Option<OpenFile>)>,
}

/// A file that is being read.
pub(super) struct OpenFile {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) length: u64,
    pub(super) content: PipeReader,
}

impl Streams {
    pub(super) fn new(view: &WebView, pages: &Pages) -> Rc<Streams> {
        let view = glib::object::ObjectExt::downgrade(view);
        Rc::new_cyclic(|itself| Streams {
            itself: itself.clone(),
            view,
            pages: pages.clone(),
            open: Cell::default(),
            waiting: RefCell::default(),
            waiting_bytes: Cell::default(),
            credit: Arc::default(),
            asking: RefCell::default(),
        })
    }

    /// Opens the file that is asked for, now or later, and calls with it, or with nothing if there is
    /// none. Returns false if too many wait: then the closure is never called.
    pub(super) fn open(
        &self,
        request: FileRequest,
        is_synchronous: bool,
        answer: impl FnOnce(Option<OpenFile>) + 'static,
    ) -> bool {
        let headers = [&request.range, &request.if_range].into_iter().flatten();
        let bytes = request.path.len() + headers.map(String::len).sum::<usize>();
        let all_bytes = self.waiting_bytes.get() + bytes;
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() == MAX_WAITING || all_bytes > MAX_WAITING_BYTES {
            return false;
        }
        self.waiting_bytes.set(all_bytes);
        let answer = Box::new(answer);
        waiting.push_back(Waiting {
            request,
            bytes,
            is_synchronous,
            answer,
        });
        drop(waiting);
        self.start();
        true
    }

    /// Starts what may start.
    fn start(&self) {
        while self.open.get() < MAX_OPEN {
            let Some(next) = self.waiting.borrow_mut().pop_front() else {
                return;
            };
            let Waiting {
                request,
                bytes,
                is_synchronous,
                answer,
            } = next;
            self.waiting_bytes.set(self.waiting_bytes.get() - bytes);
            self.open.set(self.open.get() + 1);
            self.ask_when_due();
            let (opened, file) = oneshot::channel();
            let pages = self.pages.clone();
            let credit = (!is_synchronous).then(|| self.credit.clone());
            let sent =
                gio::spawn_blocking(move || send(&pages, &request, credit.as_deref(), opened));
            let itself = self.itself.clone();
            signals::spawn(async move {
                answer(file.await.ok());
                // A panic over there has been told.
                if let Ok(Err(error)) = sent.await {
                    tracing::debug!(%error, "a file was not sent to its end");
                }
                if let Some(itself) = itself.upgrade() {
                    itself.open.set(itself.open.get() - 1);
                    itself.start();
                }
            });
        }
    }

    /// Has the page asked, from now on, whenever it was sent enough.
    fn ask_when_due(&self) {
        let mut asking = self.asking.borrow_mut();
        if asking.is_some() {
            return;
        }
        let (credit, view) = (self.credit.clone(), self.view.clone());
        *asking = Some(signals::spawn(async move {
            loop {
                let bytes = poll_fn(|context| credit.poll_due(context)).await;
                let Some(view) = view.upgrade() else {
                    return;
                };
                // An error says that the page's process is gone, and with it what it had not taken.
                let _ = view
                    .evaluate_javascript_future("0", Some(WORLD), None)
                    .await;
                credit.give_back(bytes);
            }
        }));
    }

    /// Sends nothing any more.
    pub(super) fn close(&self) {
        self.waiting.borrow_mut().clear();
        self.credit.end();
        if let Some(asking) = self.asking.take() {
            asking.abort();
        }
    }
}

/// Opens a file, tells of it, and writes it to its pipe. Runs on a thread of its own.
fn send(
    pages: &Pages,
    request: &FileRequest,
    credit: Option<&Credit>,
    opened: oneshot::Sender<OpenFile>,
) -> io::Result<()> {
    let Some(PageFile {
        status,
        headers,
        length,
        content,
    }) = pages.open(request)
    else {
        return Ok(());
    };
    if credit.is_none() && length > MAX_SYNCHRONOUS {
        return Ok(());
    }
    let (reader, writer) = io::pipe()?;
    let file = OpenFile {
        status,
        headers,
        length,
        content: reader,
    };
    match opened.send(file) {
        // Not more than was announced, should the file grow meanwhile.
        Ok(()) => copy(content.take(length), writer, credit),
        Err(_) => Ok(()),
    }
}

fn copy(mut content: impl Read, mut pipe: PipeWriter, credit: Option<&Credit>) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = content.read(&mut piece)?;
        if read == 0 || credit.is_some_and(|credit| !credit.take(read)) {
            return Ok(());
        }
        // Fails when the page has given the request up.
        pipe.write_all(&piece[..read])?;
    }
}

/// The bytes that may be sent to a page's process before it takes some.
#[derive(Default)]
struct Credit {
    account: Mutex<Account>,
    has_room: Condvar,
    due: AtomicWaker,
}

#[derive(Default)]
struct Account {
    /// What was sent, and not taken as far as is known.
    sent: usize,
    is_over: bool,
}

impl Credit {
    /// Waits until so many more bytes may be sent. Returns false when nothing is sent any more.
    fn take(&self, bytes: usize) -> bool {
        let is_full = |account: &mut Account| !account.is_over && account.sent + bytes > CREDIT;
        let account = self.account();
        let waited = self.has_room.wait_while(account, is_full);
        let mut account = waited.unwrap_or_else(PoisonError::into_inner);
        account.sent += bytes;
        if account.sent >= ASK {
            self.due.wake();
        }
        !account.is_over
    }

    /// How many bytes were sent, when those are enough to ask for them.
    fn poll_due(&self, context: &mut Context<'_>) -> Poll<usize> {
        // First the waker, then the look: what is sent between the two is seen or wakes.
        self.due.register(context.waker());
        match self.account().sent {
            sent if sent >= ASK => Poll::Ready(sent),
            _ => Poll::Pending,
        }
    }

    /// So many bytes were taken.
    fn give_back(&self, bytes: usize) {
        self.account().sent -= bytes;
        self.has_room.notify_all();
    }

    fn end(&self) {
        self.account().is_over = true;
        self.has_room.notify_all();
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::task::Waker;
    use std::thread;

    use super::*;

    fn due(credit: &Credit) -> Poll<usize> {
        credit.poll_due(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_file_is_sent_as_it_is() {
        let (mut reader, writer) = io::pipe().unwrap();
        let file: Vec<u8> = (0..300_000_u32).map(|n| n as u8).collect();
        let sent = file.clone();
        let credit = Credit::default();
        thread::scope(|scope| {
            scope.spawn(|| copy(&sent[..], writer, Some(&credit)).unwrap());
            let mut received = Vec::new();
            reader.read_to_end(&mut received).unwrap();
            assert!(received == file);
        });
    }

    #[test]
    fn no_more_is_sent_than_the_page_takes() {
        let (mut reader, writer) = io::pipe().unwrap();
        let credit = Credit::default();
        thread::scope(|scope| {
            let endless = scope.spawn(|| copy(io::repeat(7), writer, Some(&credit)));
            let mut received = vec![0; CREDIT];
            reader.read_exact(&mut received).unwrap();
            assert_eq!(due(&credit), Poll::Ready(CREDIT), "and all waits");
            credit.give_back(PIECE);
            reader.read_exact(&mut received[..PIECE]).unwrap();
            assert_eq!(due(&credit), Poll::Ready(CREDIT));
            credit.end();
            assert!(endless.join().unwrap().is_ok());
            assert_eq!(reader.read(&mut received).unwrap(), 0);
        });
    }

    #[test]
    fn a_request_that_is_given_up_ends_its_thread() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert!(copy(io::repeat(7), writer, None).is_err());
    }

    #[test]
    fn little_is_not_asked_for() {
        let credit = Credit::default();
        assert!(credit.take(ASK - 1));
        assert_eq!(due(&credit), Poll::Pending);
        assert!(credit.take(1));
        assert_eq!(due(&credit), Poll::Ready(ASK));
        credit.give_back(ASK);
        assert_eq!(due(&credit), Poll::Pending);
    }
}
