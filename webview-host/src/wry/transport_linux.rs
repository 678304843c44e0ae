//! How batches get to a window's page and from it on Linux: by a socket to the page's process, where
//! each message of WebKit's own costs several times as much. A document without one has WebKit's
//! messages, as on other platforms.

use std::cell::RefCell;
use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use gtk::gio::Cancellable;
use webkit2gtk::{LoadEvent, UserMessage, UserMessageExt, WebViewExt};
use wry::{WebView, WebViewBuilder, WebViewBuilderExtUnix, WebViewExtUnix};

use super::border::Border;
use super::bridge;
use super::eval::eval;
use super::signals;
use super::socket::Socket;
use crate::link::secret;
use crate::{BackendError, Handover, PageLink};

/// The library that has the page's end of sockets.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page_socket.so"));

/// Where WebKit's processes find that library, and no other.
pub(super) struct Library(Option<PathBuf>);

impl Library {
    /// Puts it into a directory of its own, unless it is there from the last time.
    pub(super) fn install(data_directory: &Path) -> Library {
        let directory = write_library(data_directory).inspect_err(
            |error| tracing::warn!(%error, "messages take WebKit's way, which is slower"),
        );
        Library(directory.ok())
    }

    /// Where there is none, has the messages of a webview's pages go by WebKit's own way.
    pub(super) fn bridge_if_missing(
        &self,
        webview: &WebView,
        border: &Rc<Border>,
        transport: &Rc<Transport>,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        match self.0 {
            Some(_) => Ok(()),
            None => bridge::connect(webview, border, transport, link),
        }
    }

    /// Has the processes of a webview, which is about to be made, load it.
    pub(super) fn announce<'a>(&self, builder: WebViewBuilder<'a>) -> WebViewBuilder<'a> {
        match &self.0 {
            Some(directory) => builder.with_extensions_path(directory),
            None => builder,
        }
    }
}

fn write_library(data_directory: &Path) -> io::Result<PathBuf> {
    if data_directory.to_str().is_none() {
        return Err(io::Error::other("the path of the data is not UTF-8"));
    }
    let mut hasher = DefaultHasher::new();
    LIBRARY.hash(&mut hasher);
    // WebKit loads all libraries that it finds, so another version has another directory.
    let directory = data_directory.join(format!("page-socket-{:016x}", hasher.finish()));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)?;
    if !is_ours(&directory)? {
        return Err(io::Error::other("others may write where the data is"));
    }
    let path = directory.join("page_socket.so");
    if fs::read(&path).is_ok_and(|there| there == LIBRARY) {
        return Ok(directory);
    }
    // Another instance of the app may be at the same, or load it already.
    let name = secret().map_err(io::Error::other)?;
    let part = directory.join(format!("{name}.part"));
    File::create_new(&part)?.write_all(LIBRARY)?;
    fs::rename(&part, &path)?;
    Ok(directory)
}

/// Whether nobody else can put something else there, but who may do anything.
fn is_ours(directory: &Path) -> io::Result<bool> {
    let user = [0, rustix::process::geteuid().as_raw()];
    let group = [0, rustix::process::getegid().as_raw()];
    for above in directory.canonicalize()?.ancestors() {
        let it = fs::metadata(above)?;
        let may_all = |bits| it.mode() & bits == bits;
        let is_open = may_all(0o002) || may_all(0o020) && !group.contains(&it.gid());
        // Where everybody may put something, as in /tmp, nobody takes away what is another's.
        if !user.contains(&it.uid()) || is_open && !may_all(0o1000) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The way to the pages of one window.
pub(super) struct Transport {
    border: Rc<Border>,
    /// Of the document that is shown.
    socket: RefCell<Option<Rc<Socket>>>,
}

impl Transport {
    /// Watches a webview, which has not loaded anything yet, before anything else does: what a page
    /// has said comes before what WebKit tells of it afterwards.
    pub(super) fn new(webview: &WebView, border: &Rc<Border>) -> Rc<Transport> {
        let transport = Rc::new(Transport {
            border: border.clone(),
            socket: RefCell::default(),
        });
        let webview = webview.webview();
        signals::on_user_message(&webview, {
            let transport = Rc::downgrade(&transport);
            move |message| on_user_message(&transport, message)
        });
        signals::on_load_changed(&webview, {
            let transport = Rc::downgrade(&transport);
            move |_, event| {
                if let (LoadEvent::Committed, Some(transport)) = (event, transport.upgrade()) {
                    transport.end();
                }
            }
        });
        transport
    }

    /// Hands the page a batch, after those before.
    pub(super) fn deliver(
        &self,
        webview: &WebView,
        handover: &Handover<'_>,
    ) -> Result<(), BackendError> {
        let socket = self.socket.borrow().clone();
        match socket {
            Some(socket) => socket.send(handover),
            None => eval(webview, &handover.script()?),
        }
    }

    /// Takes in all that the page has sent so far.
    pub(super) fn catch_up(&self) {
        let socket = self.socket.borrow().clone();
        if let Some(socket) = socket {
            socket.take_all();
        }
    }

    /// The page is gone: takes in all that it has sent.
    pub(super) fn end(&self) {
        self.replace(None);
    }

    /// Has the page take what it was handed, before WebKit is asked to replace it.
    pub(super) fn before_leaving(&self, webview: &WebView) {
        if self.socket.borrow().is_some() {
            let take = UserMessage::new(page_socket::TAKE, None);
            webview
                .webview()
                .send_message_to_page(&take, Cancellable::NONE, |_| {});
        }
    }

    /// The document is another one from now on. What the one before has said comes first.
    fn replace(&self, socket: Option<Rc<Socket>>) {
        if let Some(old) = self.socket.take() {
            old.take_all();
            old.close();
        }
        *self.socket.borrow_mut() = socket;
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.close();
        }
    }
}

/// Returns whether it is one of ours.
fn on_user_message(transport: &Weak<Transport>, message: &UserMessage) -> bool {
    let is_ours = message
        .name()
        .is_some_and(|name| name == page_socket::MESSAGE);
    if let (true, Some(transport)) = (is_ours, transport.upgrade()) {
        let descriptors = message
            .fd_list()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        match descriptors.and_then(|it| Socket::open(&it, &transport.border)) {
            Ok(socket) => transport.replace(Some(socket)),
            Err(error) => {
                tracing::warn!(%error, "what a page says cannot be heard");
                transport.border.on_overrun();
            }
        }
    }
    is_ours
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn files(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn the_library_is_written_once_and_alone() {
        let data = tempfile::tempdir().unwrap();
        let directory = write_library(&data.path().join("app")).unwrap();
        assert_eq!(files(&directory), ["page_socket.so"]);
        let written = || {
            let path = directory.join("page_socket.so");
            (
                fs::read(&path).unwrap() == LIBRARY,
                fs::metadata(path).unwrap().ino(),
            )
        };
        let (is_whole, inode) = written();
        assert!(is_whole);
        assert_eq!(write_library(&data.path().join("app")).unwrap(), directory);
        assert_eq!(written(), (true, inode), "it is left as it is");
        fs::write(directory.join("page_socket.so"), "half of it").unwrap();
        write_library(&data.path().join("app")).unwrap();
        assert!(written().0, "what is not it is replaced");
        assert_eq!(files(&directory), ["page_socket.so"]);
    }

    #[test]
    fn it_is_not_written_where_others_may_write() {
        let data = tempfile::tempdir().unwrap();
        let app = data.path().join("app");
        fs::create_dir(&app).unwrap();
        for mode in [0o777, 0o722] {
            set_mode(&app, mode);
            assert!(write_library(&app).is_err(), "{mode:o}");
        }
        for mode in [0o755, 0o770, 0o1777] {
            set_mode(&app, mode);
            assert!(write_library(&app).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn where_it_cannot_be_written_is_no_socket() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("app"), "a file").unwrap();
        assert!(Library::install(&data.path().join("app")).0.is_none());
        assert!(Library::install(Path::new("/dev/null/app")).0.is_none());
    }
}
