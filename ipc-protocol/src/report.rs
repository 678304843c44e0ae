//! Errors and console output of a page, for its developer to read.

use serde::Deserialize;

/// An uncaught error of a page, or a line of its console.
///
/// Whatever it says is the page's own word: it may have made it up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Report {
    /// The kind of event.
    pub kind: ReportKind,
    /// The message: at most [`Report::MAX_TEXT_BYTES`].
    pub text: String,
    /// Where in the page's sources it happened, as far as that is known: at most
    /// [`Report::MAX_PLACE_BYTES`].
    #[serde(default)]
    pub place: String,
}

/// What a page reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ReportKind {
    /// An exception that nothing caught.
    Error,
    /// A promise whose rejection nothing handled.
    Rejection,
    /// What a handler of the app's requests or streams has thrown.
    Handler,
    /// Something that the page's `Content-Security-Policy` forbids.
    Csp,
    /// A script or a style sheet that did not load.
    Load,
    /// `console.debug`.
    ConsoleDebug,
    /// `console.log` and its like.
    ConsoleLog,
    /// `console.info`.
    ConsoleInfo,
    /// `console.warn`.
    ConsoleWarn,
    /// `console.error`, and a `console.assert` that fails.
    ConsoleError,
    /// How many more reports the page has made and not sent.
    Omitted,
}

impl Report {
    /// The longest text, in bytes. The preload script sends no more than 8 Ki UTF-16 units.
    pub const MAX_TEXT_BYTES: usize = 32 << 10;

    /// The longest place, in bytes. The preload script sends no more than 1 Ki UTF-16 units.
    pub const MAX_PLACE_BYTES: usize = 4 << 10;

    /// Whether it is as short as it has to be.
    pub(crate) fn fits(&self) -> bool {
        self.text.len() <= Self::MAX_TEXT_BYTES && self.place.len() <= Self::MAX_PLACE_BYTES
    }
}

impl ReportKind {
    /// Whether the page has called a function of its console.
    pub fn is_console(self) -> bool {
        matches!(
            self,
            ReportKind::ConsoleDebug
                | ReportKind::ConsoleLog
                | ReportKind::ConsoleInfo
                | ReportKind::ConsoleWarn
                | ReportKind::ConsoleError
        )
    }
}
