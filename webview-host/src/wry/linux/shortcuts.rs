//! The keys by which users of browsers reload a page and zoom.

use gtk::gdk::keys::constants as key;
use gtk::gdk::{EventKey, ModifierType};
use webkit2gtk::{WebView, WebViewExt};

use super::signals;

/// What a key brings about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Reload,
    ReloadAll,
    Zoom(Zoom),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Zoom {
    In,
    Out,
    Reset,
}

/// How large pages may be, as browsers have it.
const LEVELS: &[f64] = &[
    0.3, 0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.2, 1.33, 1.5, 1.7, 2.0, 2.4, 3.0,
];

/// Has the keys work in a window, but for those that its page takes.
pub(super) fn enable(window: &gtk::Window, page: &WebView) {
    let page = page.clone();
    signals::on_unused_key(window, move |event| {
        let act = act_of(event);
        match act {
            Some(Act::Reload) => page.reload(),
            Some(Act::ReloadAll) => page.reload_bypass_cache(),
            Some(Act::Zoom(zoom)) => page.set_zoom_level(zoom.from(page.zoom_level())),
            None => {}
        }
        act.is_some()
    });
}

fn act_of(event: &EventKey) -> Option<Act> {
    let modifiers = ModifierType::CONTROL_MASK | ModifierType::SHIFT_MASK | ModifierType::MOD1_MASK;
    let held = event.state() & modifiers;
    let with_control = held - ModifierType::SHIFT_MASK == ModifierType::CONTROL_MASK;
    let has_shift = held.contains(ModifierType::SHIFT_MASK);
    Some(match event.keyval() {
        key::F5 if held.is_empty() => Act::Reload,
        key::F5 if with_control => Act::ReloadAll,
        key::r | key::R if with_control && has_shift => Act::ReloadAll,
        key::r | key::R if with_control => Act::Reload,
        // With Shift or without, as the keyboard has it.
        key::plus | key::equal | key::KP_Add if with_control => Act::Zoom(Zoom::In),
        key::minus | key::KP_Subtract if with_control => Act::Zoom(Zoom::Out),
        key::_0 | key::KP_0 if with_control => Act::Zoom(Zoom::Reset),
        _ => return None,
    })
}

impl Zoom {
    /// The level after this one.
    fn from(self, level: f64) -> f64 {
        // What was set is not exactly what is told.
        const NEAR: f64 = 0.01;
        let next = match self {
            Zoom::In => LEVELS.iter().find(|it| **it > level + NEAR),
            Zoom::Out => LEVELS.iter().rev().find(|it| **it < level - NEAR),
            Zoom::Reset => Some(&1.0),
        };
        next.copied().unwrap_or(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_end_at_both_sides() {
        let mut level = 1.0;
        for expected in [1.1, 1.2, 1.33] {
            level = Zoom::In.from(level);
            assert_eq!(level, expected);
        }
        assert_eq!(Zoom::Out.from(level + 0.001), 1.2);
        assert_eq!(Zoom::Reset.from(level), 1.0);
        assert_eq!(Zoom::In.from(3.0), 3.0);
        assert_eq!(Zoom::Out.from(0.3), 0.3);
        assert_eq!(Zoom::Out.from(0.95), 0.9);
    }
}
