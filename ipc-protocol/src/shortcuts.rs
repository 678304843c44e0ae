//! Keys that work in every page.

use serde::{Deserialize, Serialize};

/// The keys that work in a window, unless its page uses them itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shortcuts {
    /// None but those for editing text.
    #[default]
    None,
    /// As in a browser: F5 and Ctrl+R load the page anew, with Ctrl+F5 and Ctrl+Shift+R without what is cached;
    /// Ctrl with plus, minus and 0 changes its zoom.
    Browser,
}
