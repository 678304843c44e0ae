//! The log on stderr.

use std::fmt::{self, Debug};
use std::io::{self, IsTerminal};

use ipc_protocol::Escaped;
use tracing::field::{Field, Visit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

/// What is logged unless `RUST_LOG` says otherwise: of pages what they write with `console.log`, too, since
/// it is there to be read. Winit warns of every X server that is not like most.
const DEFAULT_LOG: &str = "warn,page=info";

/// Has everything that is logged written to stderr, as `RUST_LOG` says.
///
/// # Panics
/// When the process has a log already.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .fmt_fields(EscapedFields)
        // Told on stderr, where nothing can be written then; that would panic.
        .log_internal_errors(false)
        .init();
}

/// Writes the fields of events and spans as [`DefaultFields`] does, with every value [`Escaped`]:
/// whoever logged it, it gives a terminal no order and begins no line of its own.
///
/// [`DefaultFields`]: tracing_subscriber::fmt::format::DefaultFields
#[derive(Clone, Copy, Debug)]
pub struct EscapedFields;

impl<'writer> FormatFields<'writer> for EscapedFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = EscapedVisitor(DefaultVisitor::new(writer, true));
        fields.record(&mut visitor);
        visitor.0.finish()
    }
}

/// All other kinds of values come as `Debug`, too.
struct EscapedVisitor<'a>(DefaultVisitor<'a>);

impl Visit for EscapedVisitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.record_debug(field, &Escaped(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.record_debug(field, &format_args!("{value}")),
            _ => self.record_debug(field, &value),
        }
    }
}
