//! Pictures of the screen, and where on them something is.

use std::fmt;

/// What a screen has shown at a moment.
#[derive(Clone, PartialEq, Eq)]
pub struct Screenshot {
    width: i32,
    height: i32,
    /// Row by row: red, green, blue.
    pixels: Vec<u8>,
}

/// A rectangle on the screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub left: i32,
    /// The first row.
    pub top: i32,
    /// How many columns.
    pub width: i32,
    /// How many rows.
    pub height: i32,
}

impl Area {
    /// The place in its middle.
    pub fn center(&self) -> (i32, i32) {
        (self.left + self.width / 2, self.top + self.height / 2)
    }

    /// Whether a place is in it.
    pub fn contains(&self, (x, y): (i32, i32)) -> bool {
        (self.left..self.left + self.width).contains(&x)
            && (self.top..self.top + self.height).contains(&y)
    }

    /// The rows of it from one on, counted from its first.
    pub fn below(self, row: i32) -> Area {
        Area {
            top: self.top + row,
            height: self.height - row,
            ..self
        }
    }

    /// The least one with all these places; `None` when there are none.
    fn around(places: impl Iterator<Item = (i32, i32)>) -> Option<Area> {
        let edges = places.fold(None, |edges, (x, y)| {
            let (left, top, right, bottom) = edges.unwrap_or((x, y, x, y));
            Some((left.min(x), top.min(y), right.max(x), bottom.max(y)))
        });
        let (left, top, right, bottom) = edges?;
        Some(Area {
            left,
            top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }
}

impl Screenshot {
    pub(crate) fn new((width, height): (i32, i32), pixels: Vec<u8>) -> Screenshot {
        let shot = Screenshot {
            width,
            height,
            pixels,
        };
        assert_eq!(shot.places().count(), shot.colors().count());
        shot
    }

    /// The color of one pixel, as `#rrggbb`.
    ///
    /// # Panics
    /// When there is none.
    pub fn pixel(&self, x: i32, y: i32) -> String {
        let place = self.places().position(|place| place == (x, y));
        let color = place.and_then(|index| self.colors().nth(index));
        match color {
            Some([red, green, blue]) => format!("#{red:02x}{green:02x}{blue:02x}"),
            _ => panic!("no pixel at {x}, {y}"),
        }
    }

    /// The least area with all pixels of a color, `#rrggbb`; `None` when there are none.
    pub fn find(&self, color: &str) -> Option<Area> {
        let color = parse(color);
        self.area_of(|_, of_pixel| of_pixel == color)
    }

    /// The same with all pixels in a part of the screen that have another color.
    pub fn find_other(&self, within: Area, color: &str) -> Option<Area> {
        let color = parse(color);
        self.area_of(|place, of_pixel| within.contains(place) && of_pixel != color)
    }

    /// The same with all pixels that another screenshot shows otherwise.
    pub fn changes_since(&self, before: &Screenshot) -> Option<Area> {
        let pixels = self.colors().zip(before.colors()).zip(self.places());
        let changed = pixels.filter(|((now, before), _)| now != before);
        Area::around(changed.map(|(_, place)| place))
    }

    fn area_of(&self, is_in: impl Fn((i32, i32), &[u8]) -> bool) -> Option<Area> {
        let pixels = self.places().zip(self.colors());
        let found = pixels.filter(|(place, color)| is_in(*place, color));
        Area::around(found.map(|(place, _)| place))
    }

    fn places(&self) -> impl Iterator<Item = (i32, i32)> + use<> {
        let width = self.width;
        (0..self.height).flat_map(move |y| (0..width).map(move |x| (x, y)))
    }

    fn colors(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks(3)
    }
}

impl fmt::Debug for Screenshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Screenshot({}x{})", self.width, self.height)
    }
}

fn parse(color: &str) -> [u8; 3] {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match number.map(u32::to_be_bytes) {
        Some([0, red, green, blue]) => [red, green, blue],
        _ => panic!("no color: {color}"),
    }
}
