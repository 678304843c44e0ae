//! The screens of a desktop, as data.

use serde::{Deserialize, Serialize};

/// A screen of the desktop. Its numbers are logical pixels, as those of windows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Screen {
    /// All of it.
    pub bounds: Area,
    /// The part that panels and docks leave to windows.
    pub work_area: Area,
    /// Device pixels per logical pixel.
    pub scale: f64,
    /// Whether it is the one with the panels. No screen need be, and on Wayland none is.
    pub is_primary: bool,
}

/// A part of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Pixels from the left of the desktop.
    pub x: f64,
    /// Pixels from its top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn wire_of_a_screen() {
        let bounds = Area {
            x: 0.0,
            y: 0.0,
            width: 1280.0,
            height: 800.0,
        };
        let screen = Screen {
            bounds,
            work_area: Area {
                height: 770.5,
                ..bounds
            },
            scale: 2.0,
            is_primary: true,
        };
        let json = concat!(
            r#"{"bounds":{"x":0.0,"y":0.0,"width":1280.0,"height":800.0},"#,
            r#""workArea":{"x":0.0,"y":0.0,"width":1280.0,"height":770.5},"scale":2.0,"isPrimary":true}"#,
        );
        assert_eq!(serde_json::to_string(&screen).unwrap(), json);
        assert_eq!(serde_json::from_str::<Screen>(json).unwrap(), screen);
    }
}
