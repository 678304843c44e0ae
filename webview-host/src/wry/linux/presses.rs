//! Presses of the first button on a page, by which its user moves the window.
//!
//! A page says when it wants its window moved, and a hostile one says so at any time. So what counts is what
//! the window system has told: each press is good for one action.

use std::time::{Duration, Instant};

/// The last press on a page, until it has been used.
#[derive(Debug, Default)]
pub(super) struct Presses {
    last: Option<Press>,
    /// Whether the button is up again.
    is_released: bool,
}

/// One press.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Press {
    /// Where it was, in pixels of the screen.
    pub(super) x: f64,
    pub(super) y: f64,
    /// When it was, by the window system's clock.
    pub(super) time: u32,
    /// Whether it was the second of two.
    pub(super) is_second: bool,
    /// When it was told of.
    pub(super) told: Instant,
}

/// How long after a press the page may take to say that it was a double click.
const PATIENCE: Duration = Duration::from_millis(500);

impl Presses {
    /// A button is pressed.
    pub(super) fn press(&mut self, press: Press) {
        self.last = Some(press);
        self.is_released = false;
    }

    /// It is released: nothing is moved any more.
    pub(super) fn release(&mut self) {
        self.is_released = true;
    }

    /// The button is the window system's, as for a drag of the page's: nobody hears of its release.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// The press by which the window may be moved.
    pub(super) fn take_move(&mut self) -> Option<Press> {
        match self.is_released {
            true => None,
            false => self.last.take(),
        }
    }

    /// Whether the window may be maximized, or that be undone.
    pub(super) fn take_double(&mut self, now: Instant) -> bool {
        let press = self.last.take().filter(|press| press.is_second);
        press.is_some_and(|press| now.saturating_duration_since(press.told) <= PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(told: Instant, is_second: bool) -> Press {
        Press {
            x: 1.0,
            y: 2.0,
            time: 3,
            is_second,
            told,
        }
    }

    #[test]
    fn a_window_moves_only_while_a_button_is_pressed_and_once() {
        let now = Instant::now();
        let mut presses = Presses::default();
        assert_eq!(presses.take_move(), None);
        presses.press(press(now, false));
        presses.release();
        assert_eq!(presses.take_move(), None);
        presses.press(press(now, false));
        assert_eq!(presses.take_move(), Some(press(now, false)));
        assert_eq!(presses.take_move(), None);
        presses.press(press(now, true));
        presses.release();
        assert_eq!(presses.take_move(), None, "the second of two is over, too");
        presses.press(press(now, false));
        presses.forget();
        assert_eq!(presses.take_move(), None);
    }

    #[test]
    fn a_window_is_maximized_by_a_double_click_and_soon() {
        let now = Instant::now();
        let mut presses = Presses::default();
        assert!(!presses.take_double(now));
        presses.press(press(now, false));
        assert!(!presses.take_double(now), "it is a single one");
        presses.press(press(now, true));
        presses.release();
        assert!(presses.take_double(now + PATIENCE));
        assert!(!presses.take_double(now), "it is used");
        presses.press(press(now, true));
        assert!(!presses.take_double(now + PATIENCE * 2));
    }
}
