//! Mouse and keyboard, wherever windows are.

use super::{Display, wait};

/// A place on the screen, in pixels from its top left corner.
type Place = (i32, i32);

impl Display {
    /// Moves the mouse pointer to a place on the screen.
    pub fn point_at(&self, (x, y): Place) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Presses and releases the first mouse button there.
    pub fn click(&self, place: Place) {
        self.click_with("1", place);
    }

    /// Presses and releases a mouse button there: `1`, `2`, `3` from the left.
    pub fn click_with(&self, button: &str, place: Place) {
        self.point_at(place);
        self.xdotool(&["click", button]);
    }

    /// Presses and releases the first mouse button there, twice.
    pub fn double_click(&self, place: Place) {
        self.point_at(place);
        self.xdotool(&["click", "--repeat", "2", "--delay", "50", "1"]);
    }

    /// Presses the first mouse button at a place, and moves the pointer on to another, to and fro about it
    /// until `has_arrived`; then releases the button.
    ///
    /// # Panics
    /// When that never is.
    pub fn drag(&self, from: Place, to: Place, mut has_arrived: impl FnMut() -> bool) {
        self.point_at(from);
        self.xdotool(&["mousedown", "1"]);
        let mut step = 0;
        let arrived = wait(|| {
            // A drag begins after some pixels, and its target is asked at each movement.
            step += 1;
            let part = |from, to| from + (to - from) * step.min(8) / 8;
            self.point_at((part(from.0, to.0) + step % 2, part(from.1, to.1)));
            (step >= 8 && has_arrived()).then_some(())
        });
        self.xdotool(&["mouseup", "1"]);
        assert!(arrived.is_some(), "dragged in vain from {from:?} to {to:?}");
    }

    /// Presses and releases keys, named as xdotool does, one after the other.
    pub fn keys(&self, keys: &[&str]) {
        self.xdotool(&[&["key"], keys].concat());
    }

    /// Types text.
    pub fn type_text(&self, text: &str) {
        self.xdotool(&["type", text]);
    }
}
