//! What comes over a page's socket: frames come back as they went, however they are cut, and nothing
//! that is written takes much more memory than it is long.

use std::collections::VecDeque;
use std::io::{self, Read};

use arbitrary::{Arbitrary, Unstructured};
use page_socket::{Frame, FrameReader, HEAD_BYTES, MAX_FRAME_BYTES, ReadError, write_head};

use crate::text::Bytes;

/// How a stream is cut, and what is written to it.
#[derive(Arbitrary)]
struct Input<'a> {
    cuts: Vec<u16>,
    frames: Vec<Written<'a>>,
    rest: Rest<'a>,
}

/// A frame, whose text and bytes are what is given, so many times.
#[derive(Arbitrary)]
struct Written<'a> {
    text: Bytes<'a>,
    bytes: Option<Bytes<'a>>,
    times: u16,
}

/// What comes after the frames: a head and so many zeros, and anything.
#[derive(Arbitrary)]
struct Rest<'a> {
    head: Option<(u32, Option<u32>)>,
    zeros: u16,
    raw: Bytes<'a>,
}

/// Reads the input as it is, and as a description of what is written.
///
/// # Panics
/// When something else is read than was written, or it takes more memory than it may.
pub fn socket(data: &[u8]) {
    let sizes = data.iter().map(|byte| usize::from(*byte));
    check(data, sizes.collect());
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let mut stream = Vec::new();
    let mut written = Vec::new();
    for frame in &input.frames {
        if stream.len() < MAX_STREAM {
            written.push(frame.write(&mut stream));
        }
    }
    input.rest.write(&mut stream);
    assert!(frames(&stream).0.starts_with(&written));
    let sizes = input.cuts.iter().map(|size| usize::from(*size) * 4);
    check(&stream, sizes.collect());
}

/// No more frames are written than this, so that an input does not take long.
const MAX_STREAM: usize = 1 << 20;

/// What the reader reads at once.
const READ_BYTES: usize = 256 << 10;

/// What it may have beyond twice of what waits in it, and what it may keep when nothing does.
const SPARE_BYTES: usize = READ_BYTES;
const KEPT_BYTES: usize = 4 * READ_BYTES;

impl Written<'_> {
    /// Writes it, and returns as what it is to be read.
    fn write(&self, stream: &mut Vec<u8>) -> Frame {
        let text = self.text.0.repeat(usize::from(self.times));
        let bytes = self.bytes.as_ref();
        let bytes = bytes.map(|bytes| bytes.0.repeat(usize::from(self.times)));
        stream.extend(write_head(text.len(), bytes.as_ref().map(Vec::len)));
        stream.extend(&text);
        stream.extend(bytes.as_deref().unwrap_or_default());
        match bytes {
            None => Frame::Text(text),
            Some(bytes) => body(&text, &bytes),
        }
    }
}

impl Rest<'_> {
    fn write(&self, stream: &mut Vec<u8>) {
        if let Some((text, bytes)) = self.head {
            let bytes = bytes.map(|bytes| bytes as usize);
            stream.extend(write_head(text as usize, bytes));
        }
        stream.resize(stream.len() + usize::from(self.zeros), 0);
        stream.extend(self.raw.0);
    }
}

fn body(text: &[u8], bytes: &[u8]) -> Frame {
    let length = text.len() as u32;
    Frame::Body([&length.to_le_bytes()[..], text, bytes].concat())
}

/// The frames of a stream, as the format says, and whether one follows that is too long.
fn frames(mut stream: &[u8]) -> (Vec<Frame>, bool) {
    let mut frames = Vec::new();
    while let Some((bytes, rest)) = number(stream)
        && let Some((text, rest)) = number(rest)
    {
        let count = (bytes != u32::MAX).then_some(bytes as usize);
        let length = text as usize + count.unwrap_or(0);
        if length > MAX_FRAME_BYTES {
            return (frames, true);
        }
        if rest.len() < length {
            break;
        }
        let (text, bytes) = rest[..length].split_at(text as usize);
        frames.push(match count {
            None => Frame::Text(text.to_vec()),
            Some(_) => body(text, bytes),
        });
        stream = &rest[length..];
    }
    (frames, false)
}

fn number(stream: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = stream.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// Reads a stream in pieces of these sizes.
fn check(stream: &[u8], sizes: VecDeque<usize>) {
    let (expected, is_too_long) = frames(stream);
    let mut expected = expected.into_iter();
    let mut source = Source { stream, sizes };
    let mut reader = FrameReader::default();
    let (mut waits, mut most) = (0, 0);
    let end = loop {
        let before = source.stream.len();
        let read = match reader.read(&mut source) {
            Ok(read) => read,
            Err(error) => break error,
        };
        assert_eq!(read, before - source.stream.len());
        if waits == 0 {
            assert!(reader.capacity() <= KEPT_BYTES, "what it had is kept");
        }
        waits += read;
        most = waits.max(most);
        let bound = 2 * most + SPARE_BYTES;
        assert!(reader.capacity() <= bound, "{} bytes", reader.capacity());
        match take(&mut reader, &mut expected, bound) {
            Ok(taken) => waits -= taken,
            Err(error) => break error,
        }
    };
    assert_eq!(expected.next(), None, "is not read");
    assert_eq!(matches!(end, ReadError::TooLong), is_too_long, "{end:?}");
    if is_too_long {
        assert!(matches!(reader.next_frame(), Err(ReadError::TooLong)));
    } else {
        assert!(source.stream.is_empty(), "the end comes early");
    }
}

/// Takes the frames that are there, and returns how much of the stream they were.
fn take(
    reader: &mut FrameReader,
    expected: &mut impl Iterator<Item = Frame>,
    bound: usize,
) -> Result<usize, ReadError> {
    let mut taken = 0;
    while let Some(frame) = reader.next_frame()? {
        let (length, capacity) = match &frame {
            Frame::Text(text) => (HEAD_BYTES + text.len(), text.capacity()),
            Frame::Body(body) => (HEAD_BYTES / 2 + body.len(), body.capacity()),
        };
        assert!(capacity <= bound, "{capacity} bytes of a frame");
        assert!(Some(frame) == expected.next(), "is another frame");
        taken += length;
    }
    Ok(taken)
}

/// A stream that comes in pieces of these sizes, of which some stand for something else; and then as
/// it is read.
struct Source<'a> {
    stream: &'a [u8],
    sizes: VecDeque<usize>,
}

/// There is nothing to be read yet, or the read is to be tried again.
const WOULD_BLOCK: usize = 0;
const INTERRUPTED: usize = 4;

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = match self.sizes.pop_front() {
            Some(WOULD_BLOCK) => return Err(io::ErrorKind::WouldBlock.into()),
            Some(INTERRUPTED) => return Err(io::ErrorKind::Interrupted.into()),
            Some(size) => size.min(buffer.len()),
            None => buffer.len(),
        };
        self.stream.read(&mut buffer[..size])
    }
}
