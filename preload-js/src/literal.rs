//! Values as JavaScript source, safe in a script of any kind: in one line, without NUL (which
//! ends a C string), and without `<`, so that no `</script` or `<!--` can end an inline script.

use serde::Serialize;

/// A value as JSON that is also a JavaScript expression.
///
/// Only for this crate's own types, whose serialization cannot fail.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value)
        .expect("strings, numbers and lists of them can always be written")
        // Outside of strings JSON has none of these.
        .replace('<', "\\u003C")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Bytes tested together, in a loop that compiles to vector instructions.
const CHUNK: usize = 32;

/// Whether [`push_escaped`] changes anything, at most.
pub(crate) fn needs_escapes(text: &str) -> bool {
    text.as_bytes().chunks(CHUNK).any(has_suspect)
}

/// Appends `text` as it is in a string literal in single quotes, which JSON text needs fewer
/// escapes for.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        if !has_suspect(chunk) {
            continue;
        }
        for (offset, &byte) in chunk.iter().enumerate() {
            if !may_need_escape(byte) {
                continue;
            }
            let at = index * CHUNK + offset;
            if let Some((escape, width)) = escape(&bytes[at..]) {
                out.push_str(&text[copied..at]);
                out.push_str(escape);
                copied = at + width;
            }
        }
    }
    out.push_str(&text[copied..]);
}

fn has_suspect(chunk: &[u8]) -> bool {
    chunk.iter().fold(false, |any, &b| any | may_need_escape(b))
}

/// Whether [`escape`] has to look. Without branches, so that it can be vectorized.
fn may_need_escape(byte: u8) -> bool {
    (byte < b' ') | (byte == b'\'') | (byte == b'<') | (byte == b'\\') | (byte == 0xE2)
}

/// The escape of the character that `bytes` starts with, if it needs one, and its width in bytes.
fn escape(bytes: &[u8]) -> Option<(&'static str, usize)> {
    Some(match bytes {
        [b'\\', ..] => ("\\\\", 1),
        [b'\'', ..] => ("\\'", 1),
        [b'<', ..] => ("\\x3C", 1),
        [b'\n', ..] => ("\\n", 1),
        [b'\r', ..] => ("\\r", 1),
        [b'\0', ..] => ("\\x00", 1),
        [0xE2, 0x80, 0xA8, ..] => ("\\u2028", 3),
        [0xE2, 0x80, 0xA9, ..] => ("\\u2029", 3),
        _ => return None,
    })
}
