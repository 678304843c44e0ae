//! Text for terminals and logs.

use std::fmt::{self, Debug, Display, Formatter, Write};

/// Shows a value on one line, with escapes such as `\x1b` and `\n` in the place of characters that a
/// terminal acts on, or by which text looks like other text: control characters, line separators
/// and marks of the direction of writing.
///
/// What pages name and say is to be shown so: a title, a color or the clipboard of a terminal are
/// set by characters in its output.
///
/// ```
/// use ipc_protocol::Escaped;
///
/// assert_eq!(Escaped("\u{1b}]0;title\u{7}").to_string(), r"\x1b]0;title\x07");
/// ```
#[derive(Clone, Copy)]
pub struct Escaped<T>(pub T);

/// The same on as many lines as the value has: keeps line feeds and tabs.
#[derive(Clone, Copy)]
pub struct EscapedLines<T>(pub T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(OneLine(f), "{}", self.0)
    }
}

impl<T: Debug> Debug for Escaped<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(OneLine(f), "{:?}", self.0)
    }
}

impl<T: Display> Display for EscapedLines<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Lines(f), "{}", self.0)
    }
}

struct OneLine<'a, 'b>(&'a mut Formatter<'b>);

impl Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write(self.0, text, is_unfit)
    }
}

struct Lines<'a, 'b>(&'a mut Formatter<'b>);

impl Write for Lines<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write(self.0, text, |c| is_unfit(c) && !matches!(c, '\n' | '\t'))
    }
}

fn is_unfit(c: char) -> bool {
    let turns = '\u{202a}'..='\u{202e}';
    let isolates = '\u{2066}'..='\u{2069}';
    c.is_control()
        || turns.contains(&c)
        || isolates.contains(&c)
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        )
}

fn write(f: &mut Formatter<'_>, text: &str, is_unfit: impl Fn(char) -> bool) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(&is_unfit) {
        let (before, after) = rest.split_at(at);
        f.write_str(before)?;
        let mut chars = after.chars();
        match chars.next() {
            Some('\n') => f.write_str("\\n")?,
            Some('\r') => f.write_str("\\r")?,
            Some('\t') => f.write_str("\\t")?,
            Some(c @ ..='\u{ff}') => write!(f, "\\x{:02x}", u32::from(c))?,
            Some(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            None => {}
        }
        rest = chars.as_str();
    }
    f.write_str(rest)
}

#[cfg(test)]
mod tests {
    use super::{Escaped, EscapedLines};

    #[test]
    fn what_a_terminal_acts_on_is_escaped() {
        for (text, shown) in [
            ("", ""),
            ("plain text, \\x1b, é, 🦀", "plain text, \\x1b, é, 🦀"),
            ("\u{1b}[2J\u{7}\u{8}\u{c}\0", "\\x1b[2J\\x07\\x08\\x0c\\x00"),
            ("\u{7f}\u{80}\u{9b}31m\u{9f}", "\\x7f\\x80\\x9b31m\\x9f"),
            ("a\r\n\tb", "a\\r\\n\\tb"),
            (
                "a\u{202e}b\u{2066}c\u{2028}",
                "a\\u{202e}b\\u{2066}c\\u{2028}",
            ),
        ] {
            assert_eq!(Escaped(text).to_string(), shown);
            assert_eq!(format!("{:?}", Escaped(format_args!("{text}"))), shown);
        }
        assert_eq!(
            EscapedLines("a\r\n\tb\u{1b}\u{2029}").to_string(),
            "a\\r\n\tb\\x1b\\u{2029}"
        );
    }

    #[test]
    fn nothing_unfit_is_left_and_all_else_is_kept() {
        for c in '\0'..=char::MAX {
            let shown = Escaped(c).to_string();
            assert!(!shown.contains(char::is_control), "{c:?}");
            assert!(shown == c.to_string() || shown.starts_with('\\'), "{c:?}");
        }
    }
}
