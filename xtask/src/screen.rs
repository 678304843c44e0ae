//! What a person does with a window: find it, look at it, click in it, close it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::display::Display;
use crate::process::{Result, capture, describe};

/// How long one small tool may take.
const TOOL: Duration = Duration::from_secs(20);

/// A visible window on a display.
pub(crate) struct Window<'a> {
    display: &'a Display,
    id: String,
}

impl<'a> Window<'a> {
    /// The visible window with this very title, which must hold no character that is special in a
    /// regular expression.
    pub(crate) fn find(display: &'a Display, title: &str) -> Result<Option<Self>> {
        let mut search = Command::new("xdotool");
        let title = format!("^{title}$");
        search.args(["search", "--onlyvisible", "--limit", "1", "--name", &title]);
        // Exit code 1 means that there is none (yet); a window that goes away meanwhile is an error
        // which it prints, and no more than that.
        search.stderr(Stdio::null());
        let (_, output) = capture(display.client(&mut search), TOOL)?;
        let id = String::from_utf8(output)?.trim().to_owned();
        Ok((!id.is_empty()).then_some(Self { display, id }))
    }

    /// Moves the mouse to a point of the window's content, in pixels from its top left corner.
    pub(crate) fn point_at(&self, x: u32, y: u32) -> Result<()> {
        let (x, y) = (x.to_string(), y.to_string());
        self.xdotool(&["mousemove", "--window", &self.id, &x, &y])
    }

    /// Presses and releases the left mouse button where the mouse is.
    pub(crate) fn click(&self) -> Result<()> {
        self.xdotool(&["click", "1"])
    }

    /// Presses the keys with which the window manager closes the focused window.
    pub(crate) fn press_close(&self) -> Result<()> {
        self.xdotool(&["key", "alt+F4"])
    }

    /// The window's content as it is on the screen: three bytes a pixel.
    pub(crate) fn pixels(&self) -> Result<Vec<u8>> {
        let mut import = Command::new("import");
        import.args(["-silent", "-window", &self.id, "-depth", "8", "rgb:-"]);
        self.tool(&mut import)
    }

    /// Writes a picture of the window and its frame.
    pub(crate) fn save(&self, picture: &Path) -> Result<()> {
        let mut import = Command::new("import");
        import
            .args(["-silent", "-frame", "-window", &self.id])
            .arg(picture);
        self.tool(&mut import).map(drop)
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<()> {
        self.tool(Command::new("xdotool").args(arguments)).map(drop)
    }

    fn tool(&self, command: &mut Command) -> Result<Vec<u8>> {
        let (status, output) = capture(self.display.client(command), TOOL)?;
        if status.success() {
            Ok(output)
        } else {
            Err(format!("`{}` failed: {status}", describe(command)).into())
        }
    }
}

/// Whether a picture shows anything: it has more than one colour.
pub(crate) fn is_painted(pixels: &[u8]) -> bool {
    let mut colours = pixels.chunks_exact(3);
    let first = colours.next();
    colours.any(|colour| Some(colour) != first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_colour_is_no_picture() {
        assert!(!is_painted(&[]));
        assert!(!is_painted(&[1, 2, 3]));
        assert!(!is_painted(&[1, 2, 3, 1, 2, 3]));
        assert!(is_painted(&[1, 2, 3, 1, 2, 4]));
    }
}
