//! The scripts that are to run in a script world of their own.

use crate::literal;

/// The name of the message handler that the script of [`bridge`] posts to.
pub const BRIDGE_HANDLER: &str = "host";

/// Renders the script that posts the preload script's messages to the message handler
/// [`BRIDGE_HANDLER`], for webviews with more than one script world.
///
/// Register that handler, and run the script, in a world of their own: at document start, in the top
/// frame only. Then scripts of the page and its frames have no function to post with, and the handler
/// gets strings only. The preload script with the same key uses it in pages that have neither a socket
/// nor a message function of their own; either may run first.
pub fn bridge(key: &str) -> String {
    render("key", include_str!("js/bridge.js"), key)
}

/// Renders the script that keeps documents of other origins than `origin` from loading what that serves,
/// for webviews that do not tell whose document asks for a script, a style or a picture.
///
/// Run it at document start in every frame, in a world of its own if the webview has such. Documents of
/// that origin are not affected; others may still load everything else, and show documents of it.
pub fn fence(origin: &str) -> String {
    render("origin", include_str!("js/fence.js"), origin)
}

fn render(parameter: &str, script: &str, argument: &str) -> String {
    let argument = literal::json(argument);
    format!("(function ({parameter}) {{\n\"use strict\";\n{script}}})({argument});")
}
