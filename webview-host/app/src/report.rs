//! Errors as text, with places in the app's own source.

use std::fmt;

use deno_core::error::{JsError, JsStackFrame, NoAnsiColors, format_frame};
use ipc_protocol::EscapedLines;

use crate::RunError;

/// The text that tells a person why the app ended: several lines, without a line end.
///
/// ```text
/// error: Uncaught (in promise) TypeError: boom
///   throw new TypeError("boom");
///         ^
///     at start (file:///app/main.ts:3:9)
///     at file:///app/main.ts:6:1
/// ```
///
/// It is [`printable`]: some of it may be what a page has said.
pub fn describe(error: &RunError) -> String {
    printable(&match error {
        RunError::Uncaught(error) => describe_js(error),
        RunError::Load(_) | RunError::Stalled | RunError::Engine(_) => {
            format!("error[{}]: {error}", error.code())
        }
    })
}

fn describe_js(error: &JsError) -> String {
    format!("error: {}", Described { error, depth: 0 })
}

/// The longest text that is printed of an error, in bytes before escapes.
const MAX_PRINTED: usize = 64 << 10;

/// Text as a terminal may have it: its control characters as escapes, but for line feeds and tabs,
/// and no more than 64 KiB of it.
pub fn printable(text: &str) -> String {
    let printed = &text[..text.floor_char_boundary(MAX_PRINTED)];
    let shown = EscapedLines(printed);
    match text.len() - printed.len() {
        0 => shown.to_string(),
        rest => format!("{shown}… ({rest} more bytes)"),
    }
}

/// How deep chains of causes and groups of errors are followed.
const MAX_DEPTH: usize = 8;

struct Described<'a> {
    error: &'a JsError,
    depth: usize,
}

impl Described<'_> {
    fn write_stack(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error;
        if error.stack_is_custom
            && let Some((_, rest)) = error
                .stack
                .as_deref()
                .and_then(|text| text.split_once('\n'))
        {
            return write!(f, "\n{rest}");
        }
        if let Some(line) = &error.source_line
            && let Some(frame) = error
                .source_line_frame_index
                .and_then(|i| error.frames.get(i))
        {
            write_source_line(f, line, frame)?;
        }
        // Frames of the host's own scripts say nothing to the app's author, unless they are all.
        let has_own = error.frames.iter().any(|frame| !is_internal(frame));
        for frame in &error.frames {
            if !(has_own && is_internal(frame)) {
                write!(f, "\n    at {}", format_frame::<NoAnsiColors>(frame, None))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error;
        f.write_str(&error.exception_message)?;
        for (name, value) in &error.additional_properties {
            write!(f, " ({name}: {value})")?;
        }
        self.write_stack(f)?;
        if self.depth == MAX_DEPTH {
            return Ok(());
        }
        let nested = |error| Described {
            error,
            depth: self.depth + 1,
        };
        for member in error.aggregated.iter().flatten() {
            let text = nested(member).to_string();
            for line in text.trim_start_matches("Uncaught ").lines() {
                write!(f, "\n    {line}")?;
            }
        }
        if let Some(cause) = &error.cause {
            let text = nested(cause).to_string();
            write!(f, "\nCaused by: {}", text.trim_start_matches("Uncaught "))?;
        }
        Ok(())
    }
}

/// The line of source that failed, with a caret below the column.
fn write_source_line(f: &mut fmt::Formatter<'_>, line: &str, frame: &JsStackFrame) -> fmt::Result {
    // An indented line starts where a line at the margin would.
    let text = line.trim_start();
    write!(f, "\n  {}", text.trim_end())?;
    let column = frame
        .column_number
        .and_then(|column| usize::try_from(column).ok());
    let Some(before) = column.and_then(|column| column.checked_sub(1)) else {
        return Ok(());
    };
    let indented = line.chars().count() - text.chars().count();
    if let Some(spaces) = before.checked_sub(indented)
        && spaces <= text.chars().count()
    {
        write!(f, "\n  {:spaces$}^", "")?;
    }
    Ok(())
}

fn is_internal(frame: &JsStackFrame) -> bool {
    frame
        .file_name
        .as_deref()
        .is_some_and(|name| name.starts_with("ext:"))
}
