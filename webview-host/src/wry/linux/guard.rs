//! A window's border on Linux, through WebKitGTK itself: wry does not tell when a page has been
//! committed.

use std::cell::RefCell;
use std::rc::Rc;

use glib::object::Cast;
use ipc_protocol::WindowSpec;
use webkit2gtk::{
    LoadEvent, NavigationPolicyDecision, NavigationPolicyDecisionExt, NetworkError, PolicyDecision,
    PolicyDecisionType, PolicyError, ResponsePolicyDecision, ResponsePolicyDecisionExt, URIRequest,
    URIRequestExt, URIResponseExt, WebViewExt,
};
use wry::{WebView, WebViewBuilder, WebViewExtUnix};

use super::signals;
use crate::wry::border::Border;

/// Webviews need to know nothing of it while they are made.
pub(in crate::wry) fn announce<'a>(
    builder: WebViewBuilder<'a>,
    _: &WindowSpec,
    _: &Rc<Border>,
) -> WebViewBuilder<'a> {
    builder
}

/// Watches a webview, which has not loaded anything yet.
pub(in crate::wry) fn watch(webview: &WebView, border: &Rc<Border>) {
    let webview = webview.webview();
    // What the webview itself calls its URL is what it was told to load, when it was told meanwhile.
    let answered = Rc::new(RefCell::new(None));
    let shown = Rc::new(RefCell::new(String::new()));
    signals::on_load_changed(&webview, {
        let (border, answered) = (border.clone(), answered.clone());
        move |webview, event| {
            let url = || webview.uri().map(String::from).unwrap_or_default();
            match event {
                LoadEvent::Started => border.on_load(&url()),
                LoadEvent::Committed => {
                    // A page from the back/forward cache comes without an answer.
                    let url = answered.take().unwrap_or_else(url);
                    border.on_page(&url);
                    shown.replace(url);
                }
                LoadEvent::Finished => border.on_loaded(&shown.borrow()),
                _ => {}
            }
        }
    });
    signals::on_load_failed(&webview, {
        let border = border.clone();
        move |url, error| {
            // The page that is there stays: another way was taken, it led nowhere, or to a file.
            let is_given_up = error.matches(NetworkError::Cancelled)
                || error.matches(PolicyError::FrameLoadInterruptedByPolicyChange);
            if !is_given_up {
                border.on_load_failed(url, error.message());
            }
        }
    });
    signals::on_decide_policy(&webview, {
        let border = border.clone();
        move |webview, decision, kind| match kind {
            PolicyDecisionType::NavigationAction => {
                let is_blocked = is_blocked(&border, decision);
                note_user(&border, decision);
                end_if_flooded(webview, &border);
                is_blocked
            }
            PolicyDecisionType::NewWindowAction => {
                border.on_popup(&target(decision));
                end_if_flooded(webview, &border);
                true
            }
            _ => {
                if let Some((url, status)) = document_of(decision) {
                    let is_stray = border.keeps_out(&url);
                    if !is_stray {
                        border.on_answer(&url, status);
                    }
                    answered.replace((!is_stray).then_some(url));
                    return is_stray;
                }
                false
            }
        }
    });
    signals::on_act(&webview, {
        let border = border.clone();
        move || border.on_act()
    });
    signals::on_create(&webview, {
        let border = border.clone();
        move |action| border.on_popup(&url_of(action.request()))
    });
}

/// Ends the process of a page that floods WebKit with long URLs, and with it what it has sent already.
pub(in crate::wry) fn end_if_flooded(webview: &webkit2gtk::WebView, border: &Border) {
    if border.take_flood() {
        webview.terminate_web_process();
    }
}

/// Whether a frame may not go where it is about to go. WebKitGTK does not tell which frame it is.
fn is_blocked(border: &Border, decision: &PolicyDecision) -> bool {
    border.blocks(&target(decision))
}

/// The URL of what the top frame is about to show, and its status, if it has one: WebKitGTK tells it as soon as
/// there is something to show. It may be what only a frame within a page may.
fn document_of(decision: &PolicyDecision) -> Option<(String, u32)> {
    let decision = decision.downcast_ref::<ResponsePolicyDecision>()?;
    let status = decision.response().map_or(0, |it| it.status_code());
    let is_document = decision.is_main_frame_main_resource();
    is_document.then(|| (url_of(decision.request()), status))
}

/// Notes whether the user has brought this about. A redirect is of whoever began it.
fn note_user(border: &Border, decision: &PolicyDecision) {
    let decision = decision.downcast_ref::<NavigationPolicyDecision>();
    let action = decision.and_then(NavigationPolicyDecisionExt::navigation_action);
    let is_redirect = action
        .clone()
        .is_some_and(|mut action| action.is_redirect());
    if !is_redirect {
        border.on_way(action.is_some_and(|action| action.is_user_gesture()));
    }
}

/// Where a frame, or a new window, is to go.
fn target(decision: &PolicyDecision) -> String {
    let decision = decision.downcast_ref::<NavigationPolicyDecision>();
    let action = decision.and_then(NavigationPolicyDecisionExt::navigation_action);
    url_of(action.and_then(|action| action.request()))
}

fn url_of(request: Option<URIRequest>) -> String {
    let url = request.and_then(|request| request.uri());
    url.map(String::from).unwrap_or_default()
}
