//! How small and how large a window may become.

use crate::window::MAX_PIXELS;
use crate::{Size, SpecError, WindowSpec};

/// The least and the greatest size of a window's content area. The least is never greater than the
/// greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SizeLimits {
    least: Option<Size>,
    greatest: Option<Size>,
}

/// The least extent where only the other one is given.
const NONE: f64 = 1.0;

/// The greatest extent where only the other one is given.
const UNBOUNDED: f64 = MAX_PIXELS;

impl SizeLimits {
    /// Those that a window is opened with.
    ///
    /// # Errors
    /// [`SpecError::Order`], when a least extent is greater than the greatest.
    pub fn of(spec: &WindowSpec) -> Result<SizeLimits, SpecError> {
        let size = |width: Option<f64>, height: Option<f64>, otherwise| {
            (width.is_some() || height.is_some()).then(|| Size {
                width: width.unwrap_or(otherwise),
                height: height.unwrap_or(otherwise),
            })
        };
        SizeLimits {
            least: size(spec.min_width, spec.min_height, NONE),
            greatest: size(spec.max_width, spec.max_height, UNBOUNDED),
        }
        .checked()
    }

    /// The same with another least size.
    ///
    /// # Errors
    /// As of [`SizeLimits::of`].
    pub fn with_least(self, size: Size) -> Result<SizeLimits, SpecError> {
        let least = Some(size);
        SizeLimits { least, ..self }.checked()
    }

    /// The same with another greatest size.
    ///
    /// # Errors
    /// As of [`SizeLimits::of`].
    pub fn with_greatest(self, size: Size) -> Result<SizeLimits, SpecError> {
        let greatest = Some(size);
        SizeLimits { greatest, ..self }.checked()
    }

    /// The least size, if there is one.
    pub fn least(self) -> Option<Size> {
        self.least
    }

    /// The greatest size, if there is one.
    pub fn greatest(self) -> Option<Size> {
        self.greatest
    }

    fn checked(self) -> Result<SizeLimits, SpecError> {
        match (self.least, self.greatest) {
            (Some(least), Some(greatest)) if least.width > greatest.width => {
                Err(SpecError::Order("minWidth", "maxWidth"))
            }
            (Some(least), Some(greatest)) if least.height > greatest.height => {
                Err(SpecError::Order("minHeight", "maxHeight"))
            }
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn size(width: f64, height: f64) -> Size {
        Size { width, height }
    }

    #[test]
    fn the_least_is_never_greater_than_the_greatest() {
        let spec = WindowSpec {
            min_width: Some(100.0),
            max_height: Some(400.0),
            ..WindowSpec::default()
        };
        let limits = SizeLimits::of(&spec).unwrap();
        assert_eq!(limits.least(), Some(size(100.0, 1.0)));
        assert_eq!(limits.greatest(), Some(size(16_383.0, 400.0)));

        let smaller = limits.with_greatest(size(100.0, 100.0)).unwrap();
        assert_eq!(smaller.greatest(), Some(size(100.0, 100.0)));
        assert_eq!(smaller.least(), limits.least());
        for (changed, names) in [
            (
                limits.with_greatest(size(99.0, 400.0)),
                ("minWidth", "maxWidth"),
            ),
            (
                limits.with_least(size(50.0, 401.0)),
                ("minHeight", "maxHeight"),
            ),
        ] {
            assert_eq!(changed, Err(SpecError::Order(names.0, names.1)));
        }
        assert_eq!(
            SizeLimits::of(&WindowSpec::default()),
            Ok(SizeLimits::default())
        );
    }
}
