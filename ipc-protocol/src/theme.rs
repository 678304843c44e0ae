//! Whether a desktop is light or dark.

use serde::{Deserialize, Serialize};

/// The colors that the user has chosen for the desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Dark text on a light ground; also where a desktop does not tell.
    #[default]
    Light,
    /// Light text on a dark ground.
    Dark,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn wire_of_the_themes() {
        for (theme, json) in [(Theme::Light, r#""light""#), (Theme::Dark, r#""dark""#)] {
            assert_eq!(serde_json::to_string(&theme).unwrap(), json);
            assert_eq!(serde_json::from_str::<Theme>(json).unwrap(), theme);
        }
    }
}
