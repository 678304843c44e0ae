//! Strings of the script as Rust has them.

use deno_core::v8::{Isolate, String as JsString, WriteFlags};

/// The text in UTF-8; lone surrogates become U+FFFD.
///
/// For long texts: what an op gets as `#[string]` is converted several times over by one engine.
pub(crate) fn utf8(isolate: &Isolate, text: &JsString) -> String {
    let mut bytes = vec![0; text.utf8_length(isolate)];
    let written = text.write_utf8_v2(isolate, &mut bytes, WriteFlags::kReplaceInvalidUtf8, None);
    bytes.truncate(written);
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
