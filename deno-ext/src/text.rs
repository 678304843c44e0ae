//! Texts of the script as Rust has them.

use deno_core::op2;
use deno_core::v8::{Array, Local, PinScope, String as JsString, Value};

/// From how many units on a string is long.
const LONG: usize = 1 << 10;

/// From how many units on `payloads.js` hands strings over unquoted: none, where the engine quotes
/// them in no more time than Rust.
#[op2(fast)]
pub(crate) fn op_ipc_long() -> f64 {
    match cfg!(feature = "quickjs") {
        true => LONG as f64,
        false => f64::INFINITY,
    }
}

/// JSON text as `payloads.js` hands it over: a string, or a list of its pieces and then of the long
/// strings between them, which are not quoted yet. Empty if it is neither.
pub(crate) fn json<'s>(scope: &mut PinScope<'s, '_>, encoded: Local<'s, Value>) -> String {
    if let Ok(text) = Local::<JsString>::try_from(encoded) {
        return utf8(scope, text);
    }
    let mut json = String::new();
    let Ok(list) = Local::<Array>::try_from(encoded) else {
        return json;
    };
    let pieces = list.length() / 2 + 1;
    for index in 0..pieces {
        if let Some(piece) = string_at(scope, list, index) {
            json.push_str(&utf8(scope, piece));
        }
        if let Some(string) = string_at(scope, list, pieces + index) {
            push_quoted(&mut json, &utf8(scope, string));
        }
    }
    json
}

fn string_at<'s>(
    scope: &mut PinScope<'s, '_>,
    list: Local<'s, Array>,
    index: u32,
) -> Option<Local<'s, JsString>> {
    let value = list.get_index(scope, index)?;
    Local::try_from(value).ok()
}

/// Appends the text as a JSON string, as `JSON.stringify` writes it.
fn push_quoted(json: &mut String, text: &str) {
    // In a loop that compiles to vector instructions.
    let is_plain = |piece: &[u8]| {
        let is_plain = |byte: &u8| (*byte >= b' ') & (*byte != b'"') & (*byte != b'\\');
        piece.iter().fold(true, |all, byte| all & is_plain(byte))
    };
    if !text.as_bytes().chunks(256).all(is_plain) {
        json.push_str(&serde_json::to_string(text).unwrap_or_default());
        return;
    }
    // With room for some of what comes next.
    json.reserve(text.len() + 64);
    json.push('"');
    json.push_str(text);
    json.push('"');
}

/// The string in UTF-8; lone surrogates become U+FFFD.
#[cfg(feature = "v8")]
fn utf8(scope: &mut PinScope<'_, '_>, text: Local<'_, JsString>) -> String {
    text.to_rust_string_lossy(scope)
}

#[cfg(feature = "quickjs")]
use quickjs::utf8;

#[cfg(feature = "quickjs")]
mod quickjs {
    //! The crate of this engine has ways to UTF-8 that go byte by byte through a copy of the text.
    //! Its structured clone copies the units as they are, which are then read at once.

    use deno_core::v8::{
        HandleScope, Local, PinScope, PinnedRef, String as JsString, ValueSerializer,
        ValueSerializerImpl, WriteFlags,
    };

    /// What comes before a string's length: the kind of clone and its size, the version of what is
    /// in it, a checksum, the number of names and the type.
    const HEADER: usize = 1 + 4 + 1 + 4 + 1 + 1;

    /// The string in UTF-8; lone surrogates become U+FFFD.
    pub(super) fn utf8(scope: &mut PinScope<'_, '_>, text: Local<'_, JsString>) -> String {
        let length = text.utf8_length(scope);
        // A short one is written by the time that a clone is set up.
        if length >= super::LONG
            && let Some(text) = cloned(scope, text)
        {
            return text;
        }
        let mut bytes = vec![0; length];
        let written = text.write_utf8_v2(scope, &mut bytes, WriteFlags::kReplaceInvalidUtf8, None);
        bytes.truncate(written);
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// The text, read from a clone; `None` when that is not as expected.
    fn cloned(scope: &mut PinScope<'_, '_>, text: Local<'_, JsString>) -> Option<String> {
        let serializer = ValueSerializer::new(scope, Box::new(Strings));
        let context = scope.get_current_context();
        serializer.write_value(context, text.into())?;
        read(serializer.release())
    }

    fn read(mut clone: Vec<u8>) -> Option<String> {
        let (length, start) = leb128(&clone, HEADER)?;
        // The lowest bit tells whether units are two bytes long, or one.
        let (length, is_wide) = (length >> 1, length & 1 == 1);
        let units = &clone[start..];
        if units.len() != length << u32::from(is_wide) {
            return None;
        }
        if is_wide {
            let units = units.chunks_exact(2);
            let units = units.map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            let chars = char::decode_utf16(units);
            return Some(
                chars
                    .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            );
        }
        if !units.is_ascii() {
            return Some(units.iter().map(|&unit| char::from(unit)).collect());
        }
        clone.drain(..start);
        String::from_utf8(clone).ok()
    }

    /// Reads a number; returns where it ends, too.
    fn leb128(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
        let mut number = 0;
        for (index, byte) in bytes.get(start..)?.iter().take(5).enumerate() {
            number |= usize::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Some((number, start + index + 1));
            }
        }
        None
    }

    /// What becomes of values that cannot be cloned: strings can.
    struct Strings;

    impl ValueSerializerImpl for Strings {
        fn throw_data_clone_error<'s>(
            &self,
            _scope: &mut PinnedRef<'s, HandleScope<'_>>,
            _message: Local<'s, JsString>,
        ) {
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{HEADER, read};

        fn clone_of(string: &[u8]) -> Vec<u8> {
            [&[0; HEADER], string].concat()
        }

        #[test]
        fn clones_are_read_or_not_at_all() {
            let read = |string: &[u8]| read(clone_of(string));
            assert_eq!(read(b"\x04ab").as_deref(), Some("ab"));
            assert_eq!(read(b"\x02\xe9").as_deref(), Some("\u{e9}"));
            assert_eq!(
                read(b"\x05\xac\x20\x00\xd8").as_deref(),
                Some("\u{20ac}\u{fffd}")
            );
            // Too long, too short, without an end or a length.
            for other in [
                &b"\x04abc"[..],
                b"\x04a",
                b"\x05abc",
                b"\x84",
                b"\xff\xff\xff\xff\xff\x01",
                b"",
            ] {
                assert_eq!(read(other), None, "{other:?}");
            }
            assert_eq!(super::read(vec![0; HEADER - 1]), None);
        }
    }
}
