//! Frames: text and perhaps bytes, over a stream.
//!
//! A frame is the number of its bytes, or [`NO_BYTES`], and that of its text, each in four bytes, the
//! lowest first; then the text in UTF-8, and then the bytes.

use std::io::{self, Read};

/// What a frame begins with, in bytes.
pub const HEAD_BYTES: usize = 8;

/// The longest frame that is read, in bytes.
pub const MAX_FRAME_BYTES: usize = 512 << 20;

/// In the place of the number of bytes: there are none, not even an empty array.
const NO_BYTES: u32 = u32::MAX;

/// The greatest number that a head has for a length.
const MOST: u32 = NO_BYTES - 1;

/// How much is read at once, give or take what a socket holds.
const READ_BYTES: usize = 256 << 10;

/// How much memory a reader keeps while nothing waits in it.
const KEPT_BYTES: usize = 4 * READ_BYTES;

/// What comes before a frame's text and bytes, of these lengths. What is over [`MAX_FRAME_BYTES`] is so
/// for the reader, too, whatever it is.
#[must_use]
pub fn write_head(text: usize, bytes: Option<usize>) -> [u8; HEAD_BYTES] {
    let length = |length: usize| u32::try_from(length).map_or(MOST, |length| length.min(MOST));
    let [a, b, c, d] = bytes.map_or(NO_BYTES, length).to_le_bytes();
    let [e, f, g, h] = length(text).to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// A frame that has come.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// Text, which ought to be UTF-8, and no bytes.
    Text(Vec<u8>),
    /// The length of the text in four bytes, the lowest first, the text, and the bytes.
    Body(Vec<u8>),
}

/// Why no more is read.
#[derive(Debug)]
pub enum ReadError {
    /// The other end is closed, or broke.
    Ended,
    /// The next frame is longer than [`MAX_FRAME_BYTES`].
    TooLong,
}

/// Puts what comes together to frames.
#[derive(Debug, Default)]
pub struct FrameReader {
    /// What was read is between these two; beyond is room.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl FrameReader {
    /// Reads what is there, up to 256 KiB, and returns how much that was; 0 when a read would block.
    /// Takes no more memory than twice of what waits to be taken out, and 256 KiB; and of what a long
    /// frame took, no more than 1 MiB is kept for those after it.
    ///
    /// # Errors
    /// [`ReadError::Ended`], when nothing comes any more.
    pub fn read(&mut self, source: &mut impl Read) -> Result<usize, ReadError> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > KEPT_BYTES {
                self.buffer = Vec::new();
            }
        }
        if self.buffer.len() - self.end < READ_BYTES {
            self.make_room();
        }
        loop {
            match source.read(&mut self.buffer[self.end..][..READ_BYTES]) {
                Ok(0) => return Err(ReadError::Ended),
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => return Ok(0),
                    _ => return Err(ReadError::Ended),
                },
            }
        }
    }

    /// How many bytes of memory it takes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() - self.end < READ_BYTES {
            // It grows by twice what waits, so the vector need not do the same once more.
            let length = self.end * 2 + READ_BYTES;
            self.buffer.reserve_exact(length - self.buffer.len());
            self.buffer.resize(length, 0);
        }
    }

    /// The next frame, if all of it has been read.
    ///
    /// # Errors
    /// [`ReadError::TooLong`], and from then on nothing else.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, ReadError> {
        let read = &self.buffer[self.start..self.end];
        let Some((head, rest)) = read.split_first_chunk::<HEAD_BYTES>() else {
            return Ok(None);
        };
        let (text, bytes) = lengths(*head);
        let length = text.saturating_add(bytes.unwrap_or(0));
        if length > MAX_FRAME_BYTES {
            return Err(ReadError::TooLong);
        }
        if rest.len() < length {
            return Ok(None);
        }
        let from = match bytes {
            None => HEAD_BYTES,
            Some(_) => HEAD_BYTES / 2,
        };
        let frame = self.take(HEAD_BYTES + length, from);
        Ok(Some(match bytes {
            None => Frame::Text(frame),
            Some(_) => Frame::Body(frame),
        }))
    }

    /// Takes the next `length` bytes out, but the first `from` of them.
    fn take(&mut self, length: usize, from: usize) -> Vec<u8> {
        let (start, end) = (self.start + from, self.start + length);
        self.start = end;
        if end < self.end || length < READ_BYTES {
            return self.buffer[start..end].to_vec();
        }
        // A long one that is all there is, as long ones are: its bytes need not be copied elsewhere.
        let mut frame = std::mem::take(&mut self.buffer);
        (self.start, self.end) = (0, 0);
        frame.truncate(end);
        frame.drain(..start);
        // It may wait for long, and only its length is known to whoever counts that.
        frame.shrink_to_fit();
        frame
    }
}

/// The lengths of a frame's text and bytes.
fn lengths(head: [u8; HEAD_BYTES]) -> (usize, Option<usize>) {
    let [a, b, c, d, e, f, g, h] = head;
    let bytes = u32::from_le_bytes([a, b, c, d]);
    let text = u32::from_le_bytes([e, f, g, h]) as usize;
    (text, (bytes != NO_BYTES).then_some(bytes as usize))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn wire(text: &str, bytes: Option<&[u8]>) -> Vec<u8> {
        let head = write_head(text.len(), bytes.map(<[u8]>::len));
        [&head[..], text.as_bytes(), bytes.unwrap_or_default()].concat()
    }

    fn body(text: &str, bytes: &[u8]) -> Frame {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        Frame::Body([&length[..], text.as_bytes(), bytes].concat())
    }

    /// Gives what it has in pieces, and then would block.
    struct Pieces<'a>(std::slice::Chunks<'a, u8>);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.next().ok_or(io::ErrorKind::WouldBlock)?;
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn read_all(wire: &[u8], piece: usize) -> Vec<Frame> {
        let (mut reader, mut source) = (FrameReader::default(), Pieces(wire.chunks(piece)));
        let mut frames = Vec::new();
        while reader.read(&mut source).unwrap() > 0 {
            frames.extend(std::iter::from_fn(|| reader.next_frame().unwrap()));
        }
        frames
    }

    #[test]
    fn frames_come_as_they_went_however_they_are_cut() {
        let long = "x".repeat(700 << 10);
        let wire = [
            wire("one", None),
            wire("", None),
            wire("two", Some(b"bytes")),
            wire("none", Some(b"")),
            wire(&long, None),
            wire("after", Some(long.as_bytes())),
            wire("last", None),
        ]
        .concat();
        for piece in [1, 7, 4096, READ_BYTES] {
            let frames = read_all(&wire, piece);
            assert!(
                frames
                    == [
                        Frame::Text(b"one".to_vec()),
                        Frame::Text(Vec::new()),
                        body("two", b"bytes"),
                        body("none", b""),
                        Frame::Text(long.clone().into_bytes()),
                        body("after", long.as_bytes()),
                        Frame::Text(b"last".to_vec()),
                    ],
                "in pieces of {piece}"
            );
        }
    }

    #[test]
    fn a_long_frame_that_is_alone_takes_its_memory_along() {
        let long = "y".repeat(READ_BYTES * 3);
        for bytes in [None, Some(&b"z"[..])] {
            let wire = wire(&long, bytes);
            let expected = match bytes {
                None => Frame::Text(long.clone().into_bytes()),
                Some(bytes) => body(&long, bytes),
            };
            assert!(read_all(&wire, READ_BYTES) == [expected]);
        }
    }

    #[test]
    fn a_frame_may_announce_no_more_than_the_limit() {
        for (text, bytes) in [
            (MAX_FRAME_BYTES + 1, None),
            (1, Some(MAX_FRAME_BYTES)),
            (u32::MAX as usize, Some(u32::MAX as usize - 1)),
            (1, Some(u32::MAX as usize)),
            (1, Some(usize::MAX)),
            (usize::MAX, None),
        ] {
            let head = write_head(text, bytes);
            let mut reader = FrameReader::default();
            reader.read(&mut &head[..]).unwrap();
            for _ in 0..2 {
                assert!(matches!(reader.next_frame(), Err(ReadError::TooLong)));
            }
        }
    }

    #[test]
    fn memory_grows_with_what_has_come_and_not_with_what_is_announced() {
        let head = write_head(MAX_FRAME_BYTES, None);
        let mut reader = FrameReader::default();
        reader.read(&mut &head[..]).unwrap();
        assert_eq!(reader.next_frame().unwrap(), None);
        assert!(reader.capacity() <= 2 * READ_BYTES);
    }

    #[test]
    fn memory_is_twice_of_what_waits_and_is_not_kept() {
        let stream = [wire(&"x".repeat(5 << 20), None), wire("y", None)].concat();
        let (mut reader, mut source) = (FrameReader::default(), Pieces(stream.chunks(100_000)));
        while reader.read(&mut source).unwrap() > 0 {
            assert!(reader.capacity() <= 2 * reader.end + READ_BYTES);
        }
        // What is not alone is copied, and what it was in stays until something else comes.
        for _ in 0..2 {
            assert!(reader.next_frame().unwrap().is_some());
        }
        assert!(reader.capacity() > KEPT_BYTES);
        reader.read(&mut &wire("z", None)[..]).unwrap();
        assert!(reader.capacity() <= KEPT_BYTES);
        assert_eq!(
            reader.next_frame().unwrap(),
            Some(Frame::Text(b"z".to_vec()))
        );
    }

    #[test]
    fn the_end_of_the_other_is_the_end() {
        let wire = wire("one", None);
        let mut reader = FrameReader::default();
        reader.read(&mut &wire[..]).unwrap();
        assert_eq!(
            reader.next_frame().unwrap(),
            Some(Frame::Text(b"one".to_vec()))
        );
        assert!(matches!(reader.read(&mut &[][..]), Err(ReadError::Ended)));
    }
}
