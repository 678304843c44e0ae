//! What pages tell of themselves, on its way to the log.

use std::time::Instant;

use ipc_protocol::{Escaped, Rate, Report, ReportKind, WindowId};

use crate::bucket::Bucket;
use crate::tally::Tally;

/// How much is logged of what the pages of a window tell of themselves.
pub(super) struct Reports {
    /// In bytes.
    room: Bucket,
    /// How many were not logged.
    omitted: Tally,
    /// Whether their consoles are logged.
    console: bool,
}

/// How many bytes of reports are logged of one window: no page is to fill a disk.
const LOGGED: Rate = Rate {
    burst: 256 << 10,
    per_second: 2 << 10,
};

/// What a line takes besides what the page says.
const LINE_BYTES: usize = 100;

impl Reports {
    pub(super) fn new(console: bool, now: Instant) -> Reports {
        Reports {
            room: Bucket::new(LOGGED, now),
            omitted: Tally::default(),
            console,
        }
    }

    /// Logs a report, as far as there is room. The target is `page`.
    pub(super) fn log(&mut self, id: &WindowId, report: &Report, now: Instant) {
        if report.kind.is_console() && !self.console {
            return;
        }
        self.room.fill(now);
        if self.room.is_empty() {
            if let Some(omitted) = self.omitted.add() {
                tracing::warn!(target: "page", window = %Escaped(id), omitted, "the page reports too much to be shown");
            }
            return;
        }
        // As it will be in the log, where escapes are longer.
        let text = Escaped(&report.text).to_string();
        let place = Escaped(&report.place).to_string();
        self.room.take(LINE_BYTES + text.len() + place.len());
        let place = (!place.is_empty()).then(|| tracing::field::display(place));
        // What the page says comes last, so that it can pass for nothing else.
        macro_rules! log {
            ($level:ident, $what:literal) => {
                tracing::$level!(target: "page", window = %Escaped(id), place, %text, $what)
            };
        }
        match report.kind {
            ReportKind::Error => log!(warn, "uncaught error"),
            ReportKind::Rejection => log!(warn, "unhandled rejection"),
            ReportKind::Handler => log!(warn, "a handler has failed"),
            ReportKind::Csp => log!(warn, "forbidden by the page's Content-Security-Policy"),
            ReportKind::Load => log!(warn, "did not load"),
            ReportKind::ConsoleError => log!(warn, "console.error"),
            ReportKind::ConsoleWarn => log!(warn, "console.warn"),
            ReportKind::ConsoleInfo => log!(info, "console.info"),
            ReportKind::ConsoleLog => log!(info, "console.log"),
            ReportKind::ConsoleDebug => log!(debug, "console.debug"),
            _ => log!(warn, "more reports, which the page did not send"),
        }
    }
}
