//! Whether a page runs what it is asked to.
//!
//! A page in an endless loop takes no message, and no `reload()`: WebKitGTK waits for it. So a page that
//! was given something is asked to run a script of nothing; one that has not after some seconds does not
//! respond, and is ended when another page is to take its place.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use glib::object::ObjectExt;
use webkit2gtk::WebViewExt;
use wry::{WebView, WebViewExtUnix};

use super::signals;
use crate::wry::WORLD;
use crate::wry::border::{Border, EMPTY};

/// How long after it was given something a page is asked: once for all that it gets meanwhile.
const DELAY: Duration = Duration::from_secs(1);

/// How long a page has to answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The same of a page that is to be replaced.
const LEAVING: Duration = Duration::from_millis(2500);

/// How long a page may take to leave a window that is about to close.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Asks the pages of one window.
pub(in crate::wry) struct Pulse {
    view: glib::WeakRef<webkit2gtk::WebView>,
    border: Rc<Border>,
    /// Whether a question is due or open.
    is_asking: Cell<bool>,
    /// Whether the page was given more since.
    is_given: Cell<bool>,
    /// Whether it has not answered in time.
    is_silent: Cell<bool>,
}

impl Pulse {
    pub(in crate::wry) fn new(webview: &WebView, border: &Rc<Border>) -> Rc<Pulse> {
        Rc::new(Pulse {
            view: webview.webview().downgrade(),
            border: border.clone(),
            is_asking: Cell::default(),
            is_given: Cell::default(),
            is_silent: Cell::default(),
        })
    }

    /// The page was given something, and has to run it.
    pub(in crate::wry) fn on_given(self: &Rc<Self>) {
        self.is_given.set(true);
        if self.is_asking.replace(true) {
            return;
        }
        let pulse = self.clone();
        signals::spawn(async move {
            while pulse.is_given.get() {
                glib::timeout_future(DELAY).await;
                pulse.is_given.set(false);
                pulse.ask().await;
            }
            pulse.is_asking.set(false);
        });
    }

    async fn ask(&self) {
        let Some(view) = self.view.upgrade() else {
            return;
        };
        let answer = view.evaluate_javascript_future("0", Some(WORLD), None);
        drop(view);
        let Either::Right((_, answer)) = select(answer, glib::timeout_future(PATIENCE)).await
        else {
            return;
        };
        self.is_silent.set(true);
        self.border.on_responsive(false);
        // An error says that the page is gone, which is told otherwise.
        let has_answered = answer.await.is_ok();
        self.is_silent.set(false);
        if has_answered {
            self.border.on_responsive(true);
        }
    }

    /// Loads another page.
    pub(in crate::wry) fn load(self: &Rc<Self>, _: &WebView, url: &str) -> Result<(), wry::Error> {
        let url = url.to_owned();
        self.replace(move |view| view.load_uri(&url));
        Ok(())
    }

    /// Loads the page anew.
    pub(in crate::wry) fn reload(self: &Rc<Self>, _: &WebView) -> Result<(), wry::Error> {
        self.replace(WebViewExt::reload);
        Ok(())
    }

    /// Has the page leave for an empty one, before its window closes. Returns false if there is none
    /// that could say anything more.
    pub(in crate::wry) fn leave(&self) -> bool {
        let view = self.view.upgrade().filter(|view| view.uri().is_some());
        let Some(view) = view.filter(|_| !self.is_silent.get()) else {
            return false;
        };
        self.border.leave();
        view.load_uri(EMPTY);
        // Not of a window that is closed by then: another one may have its id.
        let border = Rc::downgrade(&self.border);
        signals::after(LAST_WORDS, move || {
            if let Some(border) = border.upgrade() {
                border.on_left();
            }
        });
        true
    }

    /// The page that is there is asked first, and ended if it does not answer: then `load` is called
    /// again.
    fn replace(self: &Rc<Self>, load: impl Fn(&webkit2gtk::WebView) + 'static) {
        let Some(view) = self.view.upgrade() else {
            return;
        };
        if self.is_silent.get() {
            view.terminate_web_process();
            return load(&view);
        }
        if view.uri().is_none() {
            // The first one.
            return load(&view);
        }
        let answer = view.evaluate_javascript_future("0", Some(WORLD), None);
        load(&view);
        let pulse = self.clone();
        signals::spawn(async move {
            if let Either::Right(_) = select(answer, glib::timeout_future(LEAVING)).await
                && let Some(view) = pulse.view.upgrade()
            {
                if !pulse.is_silent.get() {
                    pulse.border.on_responsive(false);
                }
                view.terminate_web_process();
                load(&view);
            }
        });
    }
}
