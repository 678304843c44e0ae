//! Every closure that GTK, WebKitGTK and glib call. A panic must not get to them: it would end the
//! process. Here each closure is covered, and `xtask/tests/tidy/sources.rs` keeps others from being
//! connected elsewhere.

use std::cell::Cell;
use std::future::poll_fn;
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use glib::gobject_ffi::{
    G_SIGNAL_MATCH_ID, g_signal_handler_disconnect, g_signal_handler_find, g_signal_lookup,
};
use glib::object::{Cast, ObjectExt, ObjectType};
use glib::translate::IntoGlib;
use glib::types::StaticType;
use glib::value::ToValue;
use glib::{ControlFlow, IOCondition, JoinHandle, MainContext, Propagation, SourceId};
use gtk::gdk::{self, WindowState};
use gtk::gio;
use gtk::prelude::{
    ContainerExt, DialogExt, GtkSettingsExt, GtkWindowExt, NativeDialogExt, WidgetExt,
    WidgetExtManual,
};
use javascriptcore::Value;
use webkit2gtk::{
    Download, DownloadExt, LoadEvent, NavigationAction, PolicyDecision, PolicyDecisionType,
    ScriptDialog, URISchemeRequest, URISchemeRequestExt, UserContentManager, UserContentManagerExt,
    UserMessage, WebContext, WebContextExt, WebView, WebViewExt,
};

/// Runs what C has called. Should it panic, which is a bug that the panic hook has told, the caller
/// gets `otherwise`, and all else goes on.
pub(super) fn cover<T>(otherwise: T, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(otherwise)
}

pub(super) fn on_load_changed(view: &WebView, call: impl Fn(&WebView, LoadEvent) + 'static) {
    view.connect_load_changed(move |view, event| cover((), || call(view, event)));
}

/// A page did not load, at this URL, for this reason. WebKitGTK shows its own page about that.
pub(super) fn on_load_failed(view: &WebView, call: impl Fn(&str, &glib::Error) + 'static) {
    view.connect_load_failed(move |_, _, url, error| {
        cover((), || call(url, error));
        false
    });
}

/// Something is about to be written to a file, unless the closure cancels it.
pub(super) fn on_download_started(context: &WebContext, call: impl Fn(&Download) + 'static) {
    context.connect_download_started(move |_, download| {
        // What nobody has looked at is not written.
        let is_seen = cover(false, || {
            call(download);
            true
        });
        if !is_seen {
            download.cancel();
        }
    });
}

/// A download has its response. WebKit asks next where to write the file.
pub(super) fn on_response_notify(download: &Download, call: impl Fn() + 'static) {
    download.connect_response_notify(move |_| cover((), &call));
}

pub(super) fn on_received_data(download: &Download, call: impl Fn(&Download) + 'static) {
    download.connect_received_data(move |download, _| cover((), || call(download)));
}

pub(super) fn on_download_failed(download: &Download, call: impl Fn(&glib::Error) + 'static) {
    download.connect_failed(move |_, error| cover((), || call(error)));
}

/// A download has ended, also when it has failed.
pub(super) fn on_download_finished(download: &Download, call: impl Fn(&Download) + 'static) {
    download.connect_finished(move |download| cover((), || call(download)));
}

/// The user has answered a dialog.
pub(super) fn on_answer(
    dialog: &gtk::FileChooserNative,
    call: impl Fn(&gtk::FileChooserNative, gtk::ResponseType) + 'static,
) {
    dialog.connect_response(move |dialog, response| cover((), || call(dialog, response)));
}

/// The user has answered a message.
pub(super) fn on_response(dialog: &gtk::MessageDialog, call: impl Fn(gtk::ResponseType) + 'static) {
    dialog.connect_response(move |_, response| cover((), || call(response)));
}

/// `is_refused` decides. What cannot be decided is refused.
pub(super) fn on_decide_policy(
    view: &WebView,
    is_refused: impl Fn(&WebView, &PolicyDecision, PolicyDecisionType) -> bool + 'static,
) {
    view.connect_decide_policy(move |view, decision, kind| {
        let is_refused = cover(true, || is_refused(view, decision, kind));
        if is_refused {
            webkit2gtk::PolicyDecisionExt::ignore(decision);
        }
        is_refused
    });
}

/// A page has a dialog for its user. The closure returns whether it has answered that itself.
pub(super) fn on_script_dialog(view: &WebView, call: impl Fn(&ScriptDialog) -> bool + 'static) {
    view.connect_script_dialog(move |_, dialog| cover(false, || call(dialog)));
}

/// A page wants another window, which it does not get.
pub(super) fn on_create(view: &WebView, call: impl Fn(&NavigationAction) + 'static) {
    view.connect_create(move |_, action| {
        cover((), || call(action));
        None
    });
}

/// The closure returns whether the message is its own.
pub(super) fn on_user_message(view: &WebView, call: impl Fn(&UserMessage) -> bool + 'static) {
    view.connect_user_message_received(move |_, message| cover(true, || call(message)));
}

/// A page's script closes the page, which stays: wry's own handler, which would destroy the webview, is taken away.
#[expect(unsafe_code, reason = "wry does not tell what it has connected")]
pub(super) fn on_close(view: &WebView, call: impl Fn() + 'static) {
    // SAFETY: the view is one, and has a signal of this name; handlers that are found are there.
    unsafe {
        let view = view.as_ptr().cast();
        let signal = g_signal_lookup(c"close".as_ptr(), WebView::static_type().into_glib());
        loop {
            let found = g_signal_handler_find(
                view,
                G_SIGNAL_MATCH_ID,
                signal,
                0,
                null_mut(),
                null_mut(),
                null_mut(),
            );
            if found == 0 {
                break;
            }
            g_signal_handler_disconnect(view, found);
        }
    }
    view.connect_close(move |_| cover((), &call));
}

/// The user wants a window closed, which stays.
pub(super) fn on_delete(window: &gtk::Window, call: impl Fn() + 'static) {
    window.connect_delete_event(move |_, _| {
        cover((), &call);
        Propagation::Stop
    });
}

/// A window has got the keyboard (`true`), or lost it.
pub(super) fn on_is_active(window: &gtk::Window, call: impl Fn(bool) + 'static) {
    window.connect_is_active_notify(move |window| cover((), || call(window.is_active())));
}

/// A window that is on the screen may be elsewhere. While it gets there it has no place yet.
pub(super) fn on_place(window: &gtk::Window, call: impl Fn(&gtk::Window) + 'static) {
    let (call, is_there) = (Rc::new(call), Rc::new(Cell::new(false)));
    window.connect_map_event({
        let (call, is_there) = (call.clone(), is_there.clone());
        move |window, _| {
            is_there.set(true);
            cover((), || call(window));
            Propagation::Proceed
        }
    });
    window.connect_unmap_event({
        let is_there = is_there.clone();
        move |_, _| {
            is_there.set(false);
            Propagation::Proceed
        }
    });
    window.connect_configure_event(move |window, _| {
        if is_there.get() {
            cover((), || call(window));
        }
        false
    });
}

/// The user presses a button or a key in a page.
pub(super) fn on_act(view: &WebView, call: impl Fn() + 'static) {
    let call = Rc::new(call);
    view.connect_button_press_event({
        let call = call.clone();
        move |_, _| {
            cover((), &*call);
            Propagation::Proceed
        }
    });
    view.connect_key_press_event(move |_, _| {
        cover((), &*call);
        Propagation::Proceed
    });
}

/// The user presses a button on a page, or releases it.
pub(super) fn on_button(view: &WebView, call: impl Fn(&gdk::EventButton) + 'static) {
    let call = Rc::new(call);
    view.connect_button_press_event({
        let call = call.clone();
        move |_, event| {
            cover((), || call(event));
            Propagation::Proceed
        }
    });
    view.connect_button_release_event(move |_, event| {
        cover((), || call(event));
        Propagation::Proceed
    });
}

/// The window system takes the mouse from a page, as for a drag that it begins.
pub(super) fn on_grab_broken(view: &WebView, call: impl Fn() + 'static) {
    view.connect_grab_broken_event(move |_, _| {
        cover((), &call);
        Propagation::Proceed
    });
}

/// The user presses a key in a window that its page does not use. The closure returns whether it does.
pub(super) fn on_unused_key(window: &gtk::Window, call: impl Fn(&gdk::EventKey) -> bool + 'static) {
    // After GTK's own: whatever uses a key ends the signal.
    window.connect_local("key-press-event", true, move |values| {
        let is_used = cover(None, || {
            let event = values.get(1)?.get::<gdk::Event>().ok()?;
            event.downcast_ref::<gdk::EventKey>().map(&call)
        });
        Some(is_used.unwrap_or(false).to_value())
    });
}

/// The desktop may have another theme.
pub(super) fn on_theme(settings: &gtk::Settings, call: impl Fn(&gtk::Settings) + 'static) {
    let call = Rc::new(call);
    settings.connect_gtk_theme_name_notify({
        let call = call.clone();
        move |settings| cover((), || call(settings))
    });
    settings.connect_gtk_application_prefer_dark_theme_notify(move |settings| {
        cover((), || call(settings));
    });
}

/// A page has another title.
pub(super) fn on_title(view: &WebView, call: impl Fn(&WebView) + 'static) {
    view.connect_title_notify(move |view| cover((), || call(view)));
}

/// A page is about to have its window fill the screen.
pub(super) fn on_enter_fullscreen(view: &WebView, call: impl Fn(&WebView) + 'static) {
    view.connect_enter_fullscreen(move |view| {
        cover((), || call(view));
        false
    });
}

/// A window fills the screen (`true`), or does not any more.
pub(super) fn on_fullscreen(window: &gtk::Window, call: impl Fn(&gtk::Window, bool) + 'static) {
    window.connect_window_state_event(move |window, event| {
        if event.changed_mask().contains(WindowState::FULLSCREEN) {
            let on = event.new_window_state().contains(WindowState::FULLSCREEN);
            cover((), || call(window, on));
        }
        Propagation::Proceed
    });
}

/// A page may have another size.
pub(super) fn on_size_allocate(
    view: &WebView,
    call: impl Fn(&WebView, &gtk::Allocation) + 'static,
) {
    view.connect_size_allocate(move |view, pixels| cover((), || call(view, pixels)));
}

pub(super) fn on_process_terminated(view: &WebView, call: impl Fn(&WebView) + 'static) {
    view.connect_web_process_terminated(move |view, _| cover((), || call(view)));
}

/// Takes the dialogs of a page that is gone off its webview.
pub(super) fn remove_dialogs(view: &WebView) {
    for dialog in dialogs(view) {
        dialog.hide();
        view.remove(&dialog);
    }
}

/// Whether the user has a dialog to answer before the page goes on: one of its script's, or the one for printing.
pub(super) fn is_in_dialog(view: &WebView) -> bool {
    let is_printing = |widget: &gtk::Widget| {
        let dialog = widget.downcast_ref::<gtk::Window>();
        let parent = dialog.and_then(GtkWindowExt::transient_for);
        widget.type_().name() == "GtkPrintUnixDialog"
            && parent.is_some_and(|it| view.toplevel().as_ref() == Some(it.upcast_ref()))
    };
    !dialogs(view).is_empty() || gtk::Window::list_toplevels().iter().any(is_printing)
}

/// The dialogs that are on a page.
pub(super) fn dialogs(view: &WebView) -> Vec<gtk::Widget> {
    let mut dialogs = Vec::new();
    view.forall(|child| {
        cover((), || {
            if child.type_().name() == "WebKitScriptDialogImpl" {
                dialogs.push(child.clone());
            }
        });
    });
    dialogs
}

pub(super) fn on_script_message(
    manager: &UserContentManager,
    handler: &str,
    call: impl Fn(&Value) + 'static,
) {
    manager.connect_script_message_received(Some(handler), move |_, result| {
        cover((), || {
            if let Some(value) = result.js_value() {
                call(&value);
            }
        });
    });
}

/// A request that the closure panics at fails.
pub(super) fn on_scheme_request(
    context: &WebContext,
    scheme: &str,
    call: impl Fn(&URISchemeRequest) + 'static,
) {
    context.register_uri_scheme(scheme, move |request| {
        let is_taken = cover(false, || {
            call(request);
            true
        });
        if !is_taken {
            let mut error = glib::Error::new(gio::IOErrorEnum::Failed, "the request failed");
            request.finish_error(&mut error);
        }
    });
}

/// Calls whenever the descriptor is ready, until the closure breaks off.
pub(super) fn on_ready(
    descriptor: RawFd,
    condition: IOCondition,
    call: impl Fn() -> ControlFlow + 'static,
) -> SourceId {
    glib::source::unix_fd_add_local(descriptor, condition, move |_, _| {
        cover(ControlFlow::Break, &call)
    })
}

pub(super) fn on_signal(signal: i32, call: impl Fn() + 'static) -> SourceId {
    glib::source::unix_signal_add_local(signal, move || {
        cover((), &call);
        ControlFlow::Continue
    })
}

pub(super) fn after(time: Duration, call: impl FnOnce() + 'static) {
    glib::source::timeout_add_local_once(time, move || cover((), call));
}

/// Runs a task on glib's loop.
pub(super) fn spawn(task: impl Future<Output = ()> + 'static) -> JoinHandle<()> {
    let covered = AssertUnwindSafe(task).catch_unwind();
    MainContext::default().spawn_local(async move {
        // The panic hook has told of it.
        let _ = covered.await;
    })
}

/// Sends a page's process a message without content, whose answer nobody waits for.
pub(super) fn tell_page(view: &WebView, name: &str) {
    let message = UserMessage::new(name, None);
    view.send_message_to_page(&message, gio::Cancellable::NONE, |_| {});
}

/// Lets everybody else have a turn of glib's loop.
pub(super) async fn next_turn() {
    let mut is_over = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_in_what_covers_it() {
        assert_eq!(cover(1, || 2), 2);
        assert_eq!(cover(1, || panic!("told on stderr")), 1);
    }

    #[test]
    fn a_task_that_panics_ends_alone() {
        let context = MainContext::new();
        let ran = context.with_thread_default(|| {
            let done = std::rc::Rc::new(std::cell::Cell::new(false));
            context.block_on({
                let done = done.clone();
                async move {
                    let broken = AssertUnwindSafe(async { panic!("told on stderr") });
                    assert!(broken.catch_unwind().await.is_err());
                    done.set(true);
                }
            });
            done.get()
        });
        assert_eq!(ran.ok(), Some(true));
    }
}
