//! One file that is being saved, and what the app hears of it.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ipc_protocol::Incident;

use crate::wry::border::Border;

/// How often the app hears how much of a file is saved.
pub(super) const EVERY: Duration = Duration::from_millis(250);

/// A file that is about to be saved, or being saved.
pub(super) struct Saving {
    number: u32,
    url: String,
    border: Rc<Border>,
    /// Ends it.
    cancel: Box<dyn Fn()>,
    /// Where it goes, once that is known.
    path: RefCell<Option<PathBuf>>,
    /// What is written so far.
    written: RefCell<Option<PathBuf>>,
    /// Whether all of it is.
    pub(super) is_loaded: Cell<bool>,
    told: Cell<Option<Instant>>,
    has_ended: Cell<bool>,
    /// The thread that writes it, if one of ours does, and what ends that.
    writer: Cell<Option<JoinHandle<()>>>,
    is_over: Arc<AtomicBool>,
}

impl Saving {
    pub(super) fn new(
        number: u32,
        url: String,
        border: &Rc<Border>,
        cancel: impl Fn() + 'static,
    ) -> Saving {
        Saving {
            number,
            url,
            border: border.clone(),
            cancel: Box::new(cancel),
            path: RefCell::default(),
            written: RefCell::default(),
            is_loaded: Cell::default(),
            told: Cell::default(),
            has_ended: Cell::default(),
            writer: Cell::default(),
            is_over: Arc::default(),
        }
    }

    /// What a thread that writes it has to look at.
    pub(super) fn is_over(&self) -> Arc<AtomicBool> {
        self.is_over.clone()
    }

    /// This thread writes it.
    pub(super) fn write_on(&self, writer: JoinHandle<()>) {
        self.writer.set(Some(writer));
    }

    /// Whether its user has not said yet where it goes.
    pub(super) fn is_open_question(&self) -> bool {
        self.path.borrow().is_none() && !self.has_ended()
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.path.borrow().clone()
    }

    pub(super) fn written(&self) -> Option<PathBuf> {
        self.written.borrow().clone()
    }

    /// Whether nothing more is to be told of it.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.get()
    }

    /// It is written to this file, which is removed if nothing comes of it.
    pub(super) fn write_to(&self, written: &Path) {
        self.written.replace(Some(written.to_owned()));
    }

    /// It goes to this path.
    pub(super) fn begin(&self, path: &Path) {
        self.path.replace(Some(path.to_owned()));
        self.tell(Incident::download_begun(self.number, &self.url, path));
    }

    pub(super) fn progress(&self, received: u64, total: Option<u64>) {
        let now = Instant::now();
        let is_early = self.told.get().is_some_and(|told| now - told < EVERY);
        if is_early || self.path.borrow().is_none() {
            return;
        }
        self.told.set(Some(now));
        self.tell(Incident::DownloadProgress {
            download: self.number,
            received,
            total,
        });
    }

    /// It is saved, or has failed, unless its end was told before.
    pub(super) fn end(&self, result: Result<(), &str>) {
        self.tell(match (result, self.path.borrow().as_deref()) {
            (Ok(()), Some(path)) => Incident::download_done(self.number, path),
            (Ok(()), None) => Incident::download_failed(self.number, "it has no place"),
            (Err(reason), _) => Incident::download_failed(self.number, reason),
        });
        self.has_ended.set(true);
        if result.is_err() {
            self.remove_written();
        }
    }

    /// The user does not want it.
    pub(super) fn refuse(&self) {
        self.tell(Incident::download_refused(&self.url));
        self.give_up();
    }

    /// Ends it without a word.
    pub(super) fn give_up(&self) {
        self.has_ended.set(true);
        (self.cancel)();
        self.is_over.store(true, Ordering::Relaxed);
        // It ends after the piece that it writes, and must not be left behind by the process.
        let _ = self.writer.take().map(JoinHandle::join);
        self.remove_written();
    }

    /// WebKit's network process may end before it does so.
    fn remove_written(&self) {
        if let Some(written) = self.written.take() {
            // It may never have been there.
            let _ = fs::remove_file(written);
        }
    }

    fn tell(&self, incident: Incident) {
        if !self.has_ended.get() {
            self.border.on_incident(incident);
        }
    }
}
