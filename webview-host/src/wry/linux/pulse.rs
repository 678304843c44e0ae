//! Whether a page runs what it is asked to.
//!
//! A page in an endless loop takes no message, and no `reload()`: WebKitGTK waits for it. So a page that
//! was given something, by the app or by its user, is asked to run a script of nothing; one that has not after some seconds does not
//! respond, and is ended when another page is to take its place. One whose user is to answer a dialog waits,
//! and is waited for.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use futures::future::{Either, select};
use glib::object::ObjectExt;
use gtk::prelude::WidgetExt;
use webkit2gtk::{LoadEvent, ScriptDialog, ScriptDialogType, WebViewExt};
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
    /// Whether it waits for its user to answer a dialog.
    is_in_dialog: Cell<bool>,
    /// Whether the last one asks whether the page is to stay.
    asks_to_stay: Cell<bool>,
    /// How many dialogs there have been.
    dialogs: Cell<u64>,
    /// How often it was to leave.
    attempts: Cell<u64>,
    /// Whether it goes whatever its `beforeunload` says, until it does.
    must_go: Cell<bool>,
    /// Whether it has begun to leave a window that is about to close.
    is_going: Cell<bool>,
}

/// What a look for dialogs has found.
#[derive(Clone, Copy, Default)]
struct Look {
    /// How many there have been.
    count: u64,
    /// Whether there is one.
    has_one: bool,
}

impl Pulse {
    pub(in crate::wry) fn new(webview: &WebView, border: &Rc<Border>) -> Rc<Pulse> {
        let webview = webview.webview();
        let pulse = Rc::new(Pulse {
            view: webview.downgrade(),
            border: border.clone(),
            is_asking: Cell::default(),
            is_given: Cell::default(),
            is_silent: Cell::default(),
            is_in_dialog: Cell::default(),
            asks_to_stay: Cell::default(),
            dialogs: Cell::default(),
            attempts: Cell::default(),
            must_go: Cell::default(),
            is_going: Cell::default(),
        });
        signals::on_script_dialog(&webview, {
            let pulse = Rc::downgrade(&pulse);
            move |dialog| pulse.upgrade().is_some_and(|pulse| pulse.on_dialog(dialog))
        });
        signals::on_act(&webview, {
            let pulse = Rc::downgrade(&pulse);
            move || {
                if let Some(pulse) = pulse.upgrade() {
                    pulse.on_given();
                }
            }
        });
        // WebKit would leave them on the screen.
        signals::on_process_terminated(&webview, signals::remove_dialogs);
        signals::on_load_changed(&webview, {
            let pulse = Rc::downgrade(&pulse);
            move |view, event| {
                if let (LoadEvent::Started, Some(pulse)) = (event, pulse.upgrade()) {
                    pulse.on_started(view);
                }
            }
        });
        pulse
    }

    /// Returns whether the dialog is answered here.
    fn on_dialog(self: &Rc<Self>, dialog: &ScriptDialog) -> bool {
        let asks_to_stay = dialog.dialog_type() == ScriptDialogType::BeforeUnloadConfirm;
        if self.must_go.get() && asks_to_stay {
            dialog.confirm_set_confirmed(true);
            return true;
        }
        self.asks_to_stay.set(asks_to_stay);
        self.dialogs.set(self.dialogs.get() + 1);
        if !self.is_in_dialog.replace(true) {
            let pulse = Rc::downgrade(self);
            signals::spawn(async move {
                answered(&pulse).await;
                if let Some(pulse) = pulse.upgrade() {
                    pulse.is_in_dialog.set(false);
                    // A page that leaves after its user's answer has begun to.
                    if pulse.asks_to_stay.get() {
                        pulse.stay();
                    }
                }
            });
        }
        false
    }

    /// The page stays, unless it goes already.
    fn stay(&self) {
        if self.border.is_leaving() && !self.is_going.get() {
            self.border.on_stays();
        }
    }

    /// Another page begins to load, and nothing holds the one that is there any more.
    fn on_started(self: &Rc<Self>, view: &webkit2gtk::WebView) {
        let must_go = self.must_go.take();
        if self.border.is_leaving() && !self.is_going.replace(true) && !must_go {
            if let Some(window) = view.toplevel() {
                window.hide();
            }
            self.border.on_leaving();
            self.expect_to_leave(false);
        }
    }

    /// The page was given something, and has to run it.
    pub(in crate::wry) fn on_given(self: &Rc<Self>) {
        self.is_given.set(true);
        if self.is_asking.replace(true) {
            return;
        }
        // Not of a window that is closed by then.
        let pulse = Rc::downgrade(self);
        signals::spawn(async move {
            loop {
                glib::timeout_future(DELAY).await;
                let Some(given) = pulse.upgrade() else {
                    return;
                };
                given.is_given.set(false);
                drop(given);
                Pulse::ask(&pulse).await;
                let Some(asked) = pulse.upgrade() else {
                    return;
                };
                if !asked.is_given.get() {
                    return asked.is_asking.set(false);
                }
            }
        });
    }

    async fn ask(pulse: &Weak<Pulse>) {
        let view = pulse.upgrade().and_then(|pulse| pulse.view.upgrade());
        let Some(view) = view else {
            return;
        };
        let mut answer = view.evaluate_javascript_future("0", Some(WORLD), None);
        drop(view);
        let mut looks = pulse
            .upgrade()
            .map(|pulse| pulse.look())
            .unwrap_or_default();
        loop {
            match select(answer, glib::timeout_future(PATIENCE)).await {
                Either::Left(_) => return,
                Either::Right((_, pending)) => answer = pending,
            }
            let Some(pulse) = pulse.upgrade() else {
                return;
            };
            // After its user's answer it has as long again.
            if !pulse.had_dialog_since(&mut looks) {
                pulse.is_silent.set(true);
                pulse.border.on_responsive(false);
                break;
            }
        }
        // An error says that the page is gone, which is told otherwise.
        let has_answered = answer.await.is_ok();
        if let Some(pulse) = pulse.upgrade() {
            pulse.is_silent.set(false);
            if has_answered {
                pulse.border.on_responsive(true);
            }
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

    /// Has the page leave for an empty one, before its window closes. One that `may_stay` may have its user
    /// asked. Returns false if there is none that could say anything more.
    pub(in crate::wry) fn leave(self: &Rc<Self>, may_stay: bool) -> bool {
        let view = self.view.upgrade().filter(|view| view.uri().is_some());
        let Some(view) = view.filter(|_| !self.is_silent.get()) else {
            return false;
        };
        // Nobody waits for the answer to a dialog that is there already.
        let may_stay = may_stay && !self.is_in_dialog.get();
        // What its user has answered, or is to answer, was not about this.
        self.asks_to_stay.set(false);
        self.border.leave();
        self.attempts.set(self.attempts.get() + 1);
        self.must_go.set(!may_stay);
        view.load_uri(EMPTY);
        self.expect_to_leave(may_stay);
        true
    }

    /// Gives the page time to leave. One that `may_stay` has more, lest what its user has not saved is lost since
    /// the machine is busy; and its user has any, as long as the dialog that asks is there.
    fn expect_to_leave(self: &Rc<Self>, may_stay: bool) {
        // Not of a window that is closed by then: another one may have its id.
        let (pulse, attempt) = (Rc::downgrade(self), self.attempts.get());
        let patience = if may_stay { PATIENCE } else { LAST_WORDS };
        let mut looks = self.look();
        signals::spawn(async move {
            loop {
                glib::timeout_future(patience).await;
                let leaves = |pulse: &Rc<Pulse>| {
                    pulse.border.is_leaving() && pulse.attempts.get() == attempt
                };
                let Some(pulse) = pulse.upgrade().filter(leaves) else {
                    return;
                };
                // After its user's answer it has as long again. Other dialogs than that one could go on for ever.
                let is_asked = pulse.had_dialog_since(&mut looks) && pulse.asks_to_stay.get();
                if !may_stay || !is_asked {
                    return pulse.border.on_left();
                }
            }
        });
    }

    /// The page goes without asking, if it does so soon: what it is to load may be within it.
    fn must_go(self: &Rc<Self>) {
        self.must_go.set(true);
        let (pulse, attempt) = (Rc::downgrade(self), self.attempts.get());
        signals::after(2 * LEAVING, move || {
            if let Some(pulse) = pulse.upgrade()
                && pulse.attempts.get() == attempt
            {
                pulse.must_go.set(false);
            }
        });
    }

    /// Looks for dialogs.
    fn look(&self) -> Look {
        let view = self.view.upgrade();
        Look {
            count: self.dialogs.get(),
            has_one: view.is_some_and(|view| signals::is_in_dialog(&view)),
        }
    }

    /// Whether the user had a dialog to answer at any time since the last look.
    fn had_dialog_since(&self, last: &mut Look) -> bool {
        let now = self.look();
        let last = std::mem::replace(last, now);
        now.has_one || last.has_one || now.count != last.count
    }

    /// The page that is there is asked first, and ended if it does not answer: then `load` is called
    /// again.
    fn replace(self: &Rc<Self>, load: impl Fn(&webkit2gtk::WebView) + 'static) {
        let Some(view) = self.view.upgrade() else {
            return;
        };
        self.stay();
        self.must_go();
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
        let pulse = Rc::downgrade(self);
        signals::spawn(async move {
            if let Either::Right(_) = select(answer, glib::timeout_future(LEAVING)).await
                && let Some(pulse) = pulse.upgrade()
                && let Some(view) = pulse.view.upgrade()
            {
                if !pulse.is_silent.get() && !pulse.is_in_dialog.get() {
                    pulse.border.on_responsive(false);
                }
                view.terminate_web_process();
                load(&view);
            }
        });
    }
}

/// Waits until the page has run what it had to before this call, or is gone.
async fn answered(pulse: &Weak<Pulse>) {
    let view = pulse.upgrade().and_then(|pulse| pulse.view.upgrade());
    if let Some(view) = view {
        let answer = view.evaluate_javascript_future("0", Some(WORLD), None);
        drop(view);
        // An error says that it is gone.
        let _ = answer.await;
    }
}
