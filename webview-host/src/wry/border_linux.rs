//! A window's border on Linux, through WebKitGTK itself. What wry tells with a message is where the
//! webview is going, and not yet where it is.

use std::rc::Rc;

use glib::object::Cast;
use webkit2gtk::{
    LoadEvent, NavigationPolicyDecision, NavigationPolicyDecisionExt, PolicyDecision,
    PolicyDecisionExt, ResponsePolicyDecision, ResponsePolicyDecisionExt, URIRequest,
    URIRequestExt, UserContentManagerExt, WebViewExt,
};
use wry::{WebView, WebViewBuilder, WebViewExtUnix};

use super::border::{Border, Way};
use crate::BackendError;

/// The name under which pages find what takes their messages.
const HANDLER: &str = "ipc";

/// Webviews need to know nothing of it while they are made.
pub(super) fn announce<'a>(builder: WebViewBuilder<'a>, _: &Rc<Border>) -> WebViewBuilder<'a> {
    builder
}

/// Watches a webview, which has not loaded anything yet.
pub(super) fn watch(webview: &WebView, border: &Rc<Border>) -> Result<(), BackendError> {
    let webview = webview.webview();
    webview.connect_load_changed({
        let border = border.clone();
        move |webview, event| {
            if event == LoadEvent::Committed {
                border.on_page(&webview.uri().unwrap_or_default());
            }
        }
    });
    webview.connect_decide_policy({
        let border = border.clone();
        move |_, decision, _| {
            let is_blocked = blocked(&border, decision);
            if let Some(url) = &is_blocked {
                decision.ignore();
                border.on_blocked(url);
            }
            is_blocked.is_some()
        }
    });
    webview.connect_create({
        let border = border.clone();
        move |_, action| {
            border.on_popup(&url_of(action.request()));
            None
        }
    });
    let none = || BackendError::Failed("the webview takes no messages".to_owned());
    let manager = webview.user_content_manager().ok_or_else(none)?;
    // Connected before it is registered, so that no message finds nobody.
    manager.connect_script_message_received(Some(HANDLER), {
        let border = border.clone();
        move |_, message| {
            if let Some(value) = message.js_value() {
                border.on_message(border.shown(), value.to_string());
            }
        }
    });
    match manager.register_script_message_handler(HANDLER) {
        true => Ok(()),
        false => Err(none()),
    }
}

/// The URL of what the webview is about to load and may not. WebKitGTK tells of all frames' ways
/// before they are gone, but only once there is an answer whether it is for the top frame.
fn blocked(border: &Border, decision: &PolicyDecision) -> Option<String> {
    if let Some(decision) = decision.downcast_ref::<NavigationPolicyDecision>() {
        let url = url_of(decision.navigation_action().and_then(|it| it.request()));
        return (border.way_to(&url) == Way::Closed).then_some(url);
    }
    let decision = decision.downcast_ref::<ResponsePolicyDecision>()?;
    let url = url_of(decision.request());
    (decision.is_main_frame_main_resource() && border.way_to(&url) != Way::Open).then_some(url)
}

fn url_of(request: Option<URIRequest>) -> String {
    let url = request.and_then(|request| request.uri());
    url.map(String::from).unwrap_or_default()
}
