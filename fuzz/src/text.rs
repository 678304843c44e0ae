//! Texts in inputs: short ones, so that one does not take all of the input.

use arbitrary::{Arbitrary, Result, Unstructured};

/// Up to 40 bytes.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

/// Up to 40 bytes of UTF-8.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl<'a> Arbitrary<'a> for Bytes<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Bytes<'a>> {
        let length = u.int_in_range(0..=40)?;
        u.bytes(length.min(u.len())).map(Bytes)
    }
}

impl<'a> Arbitrary<'a> for Text<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Text<'a>> {
        let Bytes(bytes) = Bytes::arbitrary(u)?;
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        Ok(Text(valid))
    }
}
