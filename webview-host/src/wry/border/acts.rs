//! Whether the user has brought about that a page saves a file.

use std::cell::Cell;

/// What the user of one window has done, as far as it is good for a file. Only on Linux is it known.
#[derive(Default)]
pub(super) struct Acts {
    /// Whether the user has brought about where a frame went last.
    is_users: Cell<bool>,
    /// How often the user has pressed a button or a key, and how often when a file was last saved.
    pressed: Cell<u64>,
    spent: Cell<u64>,
}

impl Acts {
    /// A frame goes somewhere, by an act of the user or by itself.
    #[cfg(target_os = "linux")]
    pub(super) fn on_way(&self, is_users: bool) {
        self.is_users.set(is_users);
    }

    /// The user has pressed a button or a key.
    #[cfg(target_os = "linux")]
    pub(super) fn on_press(&self) {
        self.pressed.set(self.pressed.get() + 1);
    }

    /// Whether the user has brought about the file that a page is to save now. An act is good for one.
    pub(super) fn take(&self) -> bool {
        // A page may have timers go on with what its user began.
        let pressed = self.pressed.get();
        let is_users = self.is_users.take() && pressed != self.spent.get();
        if is_users {
            self.spent.set(pressed);
        }
        is_users
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_good_for_one_file() {
        let acts = Acts::default();
        assert!(!acts.take());
        acts.on_press();
        acts.on_way(true);
        assert!(acts.take());
        assert!(!acts.take());
        acts.on_way(true);
        assert!(!acts.take(), "a timer");
        acts.on_press();
        acts.on_way(true);
        acts.on_way(false);
        assert!(!acts.take());
    }
}
