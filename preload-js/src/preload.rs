//! The script that runs before the page.

use serde::Serialize;

use crate::literal;

/// One function expression, which tells what JSON would lose of a payload. It is given the built-in
/// functions that it needs, and is the same for pages and for scripts.
pub const UNFIT: &str = include_str!("js/unfit.js");

/// One function expression, which takes the configuration as its argument. Its parts share one
/// scope; each uses, while it runs, only what those before it define.
const HOST_JS: &str = concat!(
    "(function (config) {\n\"use strict\";\n",
    include_str!("js/captured.js"),
    include_str!("js/errors.js"),
    include_str!("js/queue.js"),
    "const unfitWith =\n",
    include_str!("js/unfit.js"),
    include_str!("js/bytes.js"),
    include_str!("js/checks.js"),
    include_str!("js/posting.js"),
    include_str!("js/wire.js"),
    include_str!("js/reports.js"),
    include_str!("js/drag_regions.js"),
    include_str!("js/inbox.js"),
    include_str!("js/messages.js"),
    include_str!("js/calls.js"),
    include_str!("js/answers.js"),
    include_str!("js/losses.js"),
    include_str!("js/host.js"),
    "})",
);

/// What a window's pages are told at document start.
///
/// It has no `Debug`, which would put the key in logs.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Config<'a> {
    /// The secret that authenticates batches both ways: random, one for each webview.
    pub key: &'a str,
    /// The origin of the app's own pages, where bytes go to and come from: `app://localhost`.
    pub origin: &'a str,
    /// The origins whose pages get `window.host`; others do not even learn that there is one.
    pub origins: &'a [&'a str],
    /// Channels that pages may listen on but not send on.
    pub reserved: &'a [&'a str],
    /// The channels that pages may send on, as exact names or as `prefix*`; `None` allows all of
    /// them.
    pub send_channels: Option<&'a [String]>,
    /// The same for those that pages may listen on and answer.
    pub receive_channels: Option<&'a [String]>,
    /// The longest channel name and window id, in bytes of UTF-8.
    pub max_channel_bytes: usize,
    /// The longest payload: bytes, or JSON in bytes of UTF-8.
    pub max_payload_bytes: usize,
    /// Whether errors of the page's handlers reach the app with their stack, which may name files
    /// of the page: for development.
    pub stacks: bool,
    /// Whether what pages write to their console is told to the host. Errors that they do not catch are in
    /// any case.
    pub console: bool,
}

/// Renders the script to run at document start in the main world of the top frame.
///
/// Running it again in the same document has no effect.
pub fn preload(config: &Config<'_>) -> String {
    format!("{HOST_JS}({});", literal::json(config))
}
