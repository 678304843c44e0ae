//! The messages of pages without a socket, by WebKitGTK's own way. Its message function is in a script
//! world of its own, with preload-js's bridge: scripts of pages and frames have nothing to post with,
//! so that no value of theirs is ever converted in this process.

use std::rc::Rc;

use javascriptcore::{Value, ValueExt};
use preload_js::BRIDGE_HANDLER;
use webkit2gtk::{
    UserContentInjectedFrames, UserContentManagerExt, UserScript, UserScriptInjectionTime,
    WebViewExt,
};
use wry::{WebView, WebViewExtUnix};

use super::signals;
use super::transport::Transport;
use crate::wry::WORLD;
use crate::wry::border::Border;
use crate::{BackendError, PageLink};

/// Takes the messages of a webview that has not loaded anything yet.
pub(super) fn connect(
    webview: &WebView,
    border: &Rc<Border>,
    transport: &Rc<Transport>,
    link: &PageLink,
) -> Result<(), BackendError> {
    let none = || BackendError::Failed("the webview takes no messages".to_owned());
    let webview = webview.webview();
    let manager = webview.user_content_manager().ok_or_else(none)?;
    // Connected before it is registered, so that no message finds nobody.
    signals::on_script_message(&manager, BRIDGE_HANDLER, {
        let (border, transport) = (border.clone(), Rc::downgrade(transport));
        move |value| {
            if let (Some(transport), Some(text)) = (transport.upgrade(), text(value)) {
                transport.catch_up();
                border.on_message(border.shown(), text);
            }
        }
    });
    if !manager.register_script_message_handler_in_world(BRIDGE_HANDLER, WORLD) {
        return Err(none());
    }
    manager.add_script(&UserScript::for_world(
        link.bridge(),
        UserContentInjectedFrames::TopFrame,
        UserScriptInjectionTime::Start,
        WORLD,
        &[],
        &[],
    ));
    Ok(())
}

/// The text of a string. To convert anything else would run it, or take without end.
fn text(value: &Value) -> Option<String> {
    if !value.is_string() {
        return None;
    }
    let bytes = value.to_string_as_bytes()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
