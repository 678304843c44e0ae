//! The script that takes messages to the host from a world of its own.

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
    format!(
        "(function (key) {{\n\"use strict\";\n{}}})({});",
        include_str!("js/bridge.js"),
        literal::json(key)
    )
}
