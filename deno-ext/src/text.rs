//! Texts of the script as Rust has them.

#[cfg(feature = "v8")]
use deno_core::v8::{Local, PinScope, String as JsString};

/// The string in UTF-8; lone surrogates become U+FFFD.
#[cfg(feature = "v8")]
pub(crate) fn utf8(scope: &mut PinScope<'_, '_>, text: Local<'_, JsString>) -> String {
    text.to_rust_string_lossy(scope)
}

#[cfg(feature = "quickjs")]
pub(crate) use quickjs::utf8;

#[cfg(feature = "quickjs")]
mod quickjs {
    //! The crate of this engine has ways to UTF-8 that go byte by byte through a copy of the text.
    //! Its structured clone copies the units as they are, which are then read at once.

    use deno_core::v8::{
        HandleScope, Local, PinScope, PinnedRef, String as JsString, ValueSerializer,
        ValueSerializerImpl, WriteFlags,
    };

    /// From how many bytes on a string is long.
    const LONG: usize = 1 << 10;

    /// What comes before a string's length: the kind of clone and its size, the version of what is
    /// in it, a checksum, the number of names and the type.
    const HEADER: usize = 1 + 4 + 1 + 4 + 1 + 1;

    /// The string in UTF-8; lone surrogates become U+FFFD.
    pub(crate) fn utf8(scope: &mut PinScope<'_, '_>, text: Local<'_, JsString>) -> String {
        let length = text.utf8_length(scope);
        // A short one is written by the time that a clone is set up.
        if length >= LONG
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
}
