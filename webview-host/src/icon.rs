//! The icon of a window.

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use png::{ColorType, Decoder, Transformations};

use crate::pages::{FileRequest, Pages};

/// The icon of a window: a picture of at most 512 by 512 pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

/// The most pixels of a side.
const MAX_SIDE: u32 = 512;

/// The most bytes of a file.
const MAX_BYTES: u64 = 1024 * 1024;

impl Icon {
    /// Reads a file that is among those of an app's pages, whose path is as in [`FileRequest::path`].
    ///
    /// # Errors
    /// When it is not there, has more than 1 MiB, or is as [`Icon::from_png`] says.
    pub fn open(pages: &Pages, path: &str) -> Result<Icon, IconError> {
        let request = FileRequest {
            path: path.to_owned(),
            ..FileRequest::default()
        };
        let file = pages.open(&request).ok_or(IconError::NotThere)?;
        Icon::of(file.content)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Icon::open`].
    pub fn read(path: &Path) -> Result<Icon, IconError> {
        let file = File::open(path);
        Icon::of(file.map_err(|error| IconError::Unreadable(error.to_string()))?)
    }

    fn of(file: File) -> Result<Icon, IconError> {
        let mut bytes = Vec::new();
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| IconError::Unreadable(error.to_string()))?;
        match bytes.len() as u64 > MAX_BYTES {
            true => Err(IconError::TooManyBytes),
            false => Icon::from_png(&bytes),
        }
    }

    /// Decodes a PNG picture.
    ///
    /// # Errors
    /// When it is none, or a side has more than 512 pixels.
    pub fn from_png(bytes: &[u8]) -> Result<Icon, IconError> {
        let broken = |error: png::DecodingError| IconError::NotPng(error.to_string());
        let mut decoder = Decoder::new(Cursor::new(bytes));
        decoder
            .set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info().map_err(broken)?;
        let (width, height) = reader.info().size();
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(IconError::TooManyPixels { width, height });
        }
        let room = reader.output_buffer_size();
        let room = room.ok_or(IconError::TooManyPixels { width, height })?;
        let mut pixels = vec![0; room];
        let frame = reader.next_frame(&mut pixels).map_err(broken)?;
        pixels.truncate(frame.buffer_size());
        let rgba = match frame.color_type {
            ColorType::GrayscaleAlpha => {
                let (pairs, _) = pixels.as_chunks();
                let pixels = pairs.iter().map(|&[gray, alpha]| [gray, gray, gray, alpha]);
                pixels.flatten().collect()
            }
            _ => pixels,
        };
        Ok(Icon {
            width,
            height,
            rgba,
        })
    }

    /// Pixels of a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The rows from the top, each from the left: red, green, blue and alpha of each pixel.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }
}

/// Without the pixels.
impl fmt::Debug for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Icon({} by {})", self.width, self.height)
    }
}

/// Why a file is no [`Icon`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IconError {
    /// There is no such file, or none that pages get.
    #[error("there is no such file among those of the pages")]
    NotThere,
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It has too many bytes.
    #[error("it has more than 1 MiB")]
    TooManyBytes,
    /// It is not a PNG picture.
    #[error("it is not a PNG picture: {0}")]
    NotPng(String),
    /// It has too many pixels.
    #[error("it has {width} by {height} pixels, and 512 by 512 are allowed")]
    TooManyPixels {
        /// Pixels of a row.
        width: u32,
        /// Rows.
        height: u32,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use png::{BitDepth, Encoder};

    use super::*;

    fn png(size: (u32, u32), color: ColorType, depth: BitDepth, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, size.0, size.1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(&[9, 8, 7, 1, 2, 3][..]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn every_kind_of_picture_is_read() {
        use BitDepth::{Eight, One, Sixteen};
        for (color, depth, pixels, rgba) in [
            (ColorType::Rgba, Eight, &[1, 2, 3, 4][..], [1, 2, 3, 4]),
            (ColorType::Rgb, Eight, &[1, 2, 3], [1, 2, 3, 255]),
            (ColorType::Rgb, Sixteen, &[1, 0, 2, 0, 3, 0], [1, 2, 3, 255]),
            (ColorType::Grayscale, Eight, &[7], [7, 7, 7, 255]),
            (ColorType::Grayscale, One, &[0x80], [255, 255, 255, 255]),
            (ColorType::GrayscaleAlpha, Eight, &[7, 9], [7, 7, 7, 9]),
            (ColorType::Indexed, One, &[0x80], [1, 2, 3, 255]),
        ] {
            let icon = Icon::from_png(&png((1, 1), color, depth, pixels)).unwrap();
            assert_eq!((icon.width(), icon.height()), (1, 1));
            assert_eq!(icon.rgba(), rgba, "{color:?} {depth:?}");
        }
        let (wide, high) = (vec![0; 512 * 3], vec![0; 512 * 3]);
        for (size, pixels) in [((512, 1), wide), ((1, 512), high)] {
            let icon = Icon::from_png(&png(size, ColorType::Rgb, Eight, &pixels)).unwrap();
            assert_eq!(icon.rgba().len(), 512 * 4);
        }
    }

    #[test]
    fn what_is_no_icon_is_refused() {
        let whole = png((2, 1), ColorType::Rgba, BitDepth::Eight, &[0; 8]);
        for bytes in [&[][..], b"GIF89a", &whole[..8], &whole[..whole.len() / 2]] {
            let error = Icon::from_png(bytes).unwrap_err();
            assert!(matches!(error, IconError::NotPng(_)), "{error}");
        }
        // The numbers of a header are refused before there is room for the pixels.
        let mut huge = whole;
        huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert!(Icon::from_png(&huge).is_err());
        let wide = png((513, 1), ColorType::Grayscale, BitDepth::One, &[0; 65]);
        let (width, height) = (513, 1);
        assert_eq!(
            Icon::from_png(&wide),
            Err(IconError::TooManyPixels { width, height })
        );
    }

    #[test]
    fn icons_are_files_of_pages() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        let picture = png((1, 1), ColorType::Rgb, BitDepth::Eight, &[1, 2, 3]);
        write("an icon.png", &picture);
        write(".hidden.png", &picture);
        write("other.txt", b"text");
        let mut long = picture;
        long.resize(1024 * 1024 + 1, 0);
        write("long.png", &long);
        let pages = Pages::new(folder.path()).unwrap();
        assert_eq!(
            Icon::open(&pages, "/an%20icon.png").unwrap().rgba(),
            [1, 2, 3, 255]
        );
        let missing = ["/none.png", "/.hidden.png", "/../etc/passwd", "/"];
        for path in missing {
            assert_eq!(Icon::open(&pages, path), Err(IconError::NotThere), "{path}");
        }
        assert_eq!(
            Icon::open(&pages, "/long.png"),
            Err(IconError::TooManyBytes)
        );
        assert!(Icon::open(&pages, "/other.txt").is_err());
    }
}
