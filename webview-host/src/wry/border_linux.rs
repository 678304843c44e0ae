//! A window's border on Linux, through WebKitGTK itself: wry does not tell when a page has been
//! committed.

use std::rc::Rc;

use glib::object::Cast;
use webkit2gtk::{
    LoadEvent, NavigationPolicyDecision, NavigationPolicyDecisionExt, PolicyDecision,
    PolicyDecisionType, ResponsePolicyDecision, ResponsePolicyDecisionExt, URIRequest,
    URIRequestExt, WebViewExt,
};
use wry::{WebView, WebViewBuilder, WebViewExtUnix};

use super::border::Border;
use super::signals;

/// Webviews need to know nothing of it while they are made.
pub(super) fn announce<'a>(builder: WebViewBuilder<'a>, _: &Rc<Border>) -> WebViewBuilder<'a> {
    builder
}

/// Watches a webview, which has not loaded anything yet.
pub(super) fn watch(webview: &WebView, border: &Rc<Border>) {
    let webview = webview.webview();
    signals::on_load_changed(&webview, {
        let border = border.clone();
        move |webview, event| {
            if event == LoadEvent::Committed {
                border.on_page(&webview.uri().unwrap_or_default());
            }
        }
    });
    signals::on_decide_policy(&webview, {
        let border = border.clone();
        move |webview, decision, kind| match kind {
            PolicyDecisionType::NavigationAction => {
                let is_blocked = is_blocked(&border, decision);
                end_if_flooded(webview, &border);
                is_blocked
            }
            PolicyDecisionType::NewWindowAction => {
                border.on_popup(&target(decision));
                end_if_flooded(webview, &border);
                true
            }
            _ => is_stray(&border, decision),
        }
    });
    signals::on_create(&webview, {
        let border = border.clone();
        move |action| border.on_popup(&url_of(action.request()))
    });
}

/// Ends the process of a page that floods WebKit with long URLs, and with it what it has sent already.
pub(super) fn end_if_flooded(webview: &webkit2gtk::WebView, border: &Border) {
    if border.take_flood() {
        webview.terminate_web_process();
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
