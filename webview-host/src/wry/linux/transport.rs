//! How batches get to a window's page and from it on Linux: by a socket to the page's process, where
//! each message of WebKit's own costs several times as much. A document without one has WebKit's
//! messages, as on other platforms.

use std::cell::RefCell;
use std::io;
use std::rc::{Rc, Weak};

use webkit2gtk::{LoadEvent, UserMessage, UserMessageExt};
use wry::{WebView, WebViewExtUnix};

use super::bridge;
use super::eval::eval;
use super::signals;
use super::socket::Socket;
use crate::wry::border::Border;
use crate::{BackendError, Handover, PageLink};

/// The way to the pages of one window.
pub(in crate::wry) struct Transport {
    border: Rc<Border>,
    /// Of the document that is shown.
    socket: RefCell<Option<Rc<Socket>>>,
}

impl Transport {
    /// Watches a webview, which has not loaded anything yet, before anything else does: what a page
    /// has said comes before what WebKit tells of it afterwards.
    pub(in crate::wry) fn new(webview: &WebView, border: &Rc<Border>) -> Rc<Transport> {
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
                let Some(transport) = transport.upgrade() else {
                    return;
                };
                match event {
                    LoadEvent::Committed => transport.end(),
                    LoadEvent::Finished => transport.catch_up(),
                    _ => {}
                }
            }
        });
        transport
    }

    /// Takes in the messages of pages that have no socket, as well.
    pub(in crate::wry) fn connect_bridge(
        self: &Rc<Self>,
        webview: &WebView,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        bridge::connect(webview, &self.border, self, link)
    }

    /// Hands the page a batch, after those before.
    pub(in crate::wry) fn deliver(
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
    pub(in crate::wry) fn catch_up(&self) {
        let socket = self.socket.borrow().clone();
        if let Some(socket) = socket {
            socket.take_all();
        }
    }

    /// The page is gone: takes in all that it has sent.
    pub(in crate::wry) fn end(&self) {
        self.replace(None);
    }

    /// Has the page take what it was handed, before WebKit is asked to replace it.
    pub(in crate::wry) fn before_leaving(&self, webview: &WebView) {
        if self.socket.borrow().is_some() {
            signals::tell_page(&webview.webview(), page_socket::TAKE);
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
