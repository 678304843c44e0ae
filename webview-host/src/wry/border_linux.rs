//! A window's border on Linux, through WebKitGTK itself. What wry tells with a message is where the
//! webview is going, and not yet where it is.

use std::rc::Rc;

use glib::object::Cast;
use webkit2gtk::{
    LoadEvent, NavigationPolicyDecision, NavigationPolicyDecisionExt, PolicyDecision,
    PolicyDecisionExt, PolicyDecisionType, ResponsePolicyDecision, ResponsePolicyDecisionExt,
    URIRequest, URIRequestExt, UserContentManagerExt, WebViewExt,
};
use wry::{WebView, WebViewBuilder, WebViewExtUnix};

use super::border::Border;
use super::transport::Transport;
use crate::BackendError;

/// The name under which pages find what takes their messages.
const HANDLER: &str = "ipc";

/// Webviews need to know nothing of it while they are made.
pub(super) fn announce<'a>(builder: WebViewBuilder<'a>, _: &Rc<Border>) -> WebViewBuilder<'a> {
    builder
}

/// Watches a webview, which has not loaded anything yet.
pub(super) fn watch(
    webview: &WebView,
    border: &Rc<Border>,
    transport: &Rc<Transport>,
) -> Result<(), BackendError> {
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
        move |_, decision, kind| {
            let is_refused = match kind {
                PolicyDecisionType::NavigationAction => is_blocked(&border, decision),
                PolicyDecisionType::NewWindowAction => {
                    border.on_popup(&target(decision));
                    true
                }
                _ => is_stray(&border, decision),
            };
            if is_refused {
                decision.ignore();
            }
            is_refused
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
        let (border, transport) = (border.clone(), Rc::downgrade(transport));
        move |_, message| {
            if let (Some(value), Some(transport)) = (message.js_value(), transport.upgrade()) {
                transport.catch_up();
                border.on_message(border.shown(), value.to_string());
            }
        }
    });
    match manager.register_script_message_handler(HANDLER) {
        true => Ok(()),
        false => Err(none()),
    }
}

/// Whether a frame may not go where it is about to go. WebKitGTK does not tell which frame it is.
fn is_blocked(border: &Border, decision: &PolicyDecision) -> bool {
    border.blocks(&target(decision))
}

/// Whether the top frame is about to show what only a frame within a page may. WebKitGTK tells this
/// as soon as there is something to show.
fn is_stray(border: &Border, decision: &PolicyDecision) -> bool {
    let Some(decision) = decision.downcast_ref::<ResponsePolicyDecision>() else {
        return false;
    };
    decision.is_main_frame_main_resource() && border.keeps_out(&url_of(decision.request()))
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
