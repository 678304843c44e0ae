//! Windows as data: what one is opened with, what may be asked of it, and how it stands.
//!
//! All sizes and positions are logical pixels, in both directions.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::object::{Object, object};
use crate::{
    Code, Downloads, Origin, Payload, Shortcuts, SizeLimits, WindowChannels, WindowId, WindowList,
};

/// A size in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Size {
    /// The size as a payload, `{"width":…,"height":…}`.
    pub fn to_payload(self) -> Payload {
        Payload::of(&self)
    }

    fn is_valid(self) -> bool {
        is_extent(self.width) && is_extent(self.height)
    }
}

/// A position on the screen in logical pixels; the top left of the window with its decorations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

impl Position {
    /// The position as a payload, `{"x":…,"y":…}`.
    pub fn to_payload(self) -> Payload {
        Payload::of(&self)
    }

    fn is_valid(self) -> bool {
        is_coordinate(self.x) && is_coordinate(self.y)
    }
}

/// What a window is opened with. In JSON: camelCase, every field optional, unknown ones refused.
/// [`WindowSpec::check`] tells whether all fields are such as a window can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct WindowSpec {
    /// The id; `win-1`, `win-2`, … when it is not given.
    pub id: Option<WindowId>,
    /// The title bar's text: at most 4,000 bytes, without NUL characters.
    pub title: String,
    /// The window's icon: a PNG file of at most 512 by 512 pixels and 1 MiB among those of the app's pages,
    /// relative to their directory. The app's own when it is not given.
    pub icon: Option<String>,
    /// Width of the content area: 1 to 16,383 pixels, as all sizes.
    pub width: f64,
    /// Height of the content area.
    pub height: f64,
    /// Distance from the left of the screen, -16,383 to 16,383 pixels; only with `y`.
    pub x: Option<f64>,
    /// Distance from the top of the screen, likewise; only with `x`.
    pub y: Option<f64>,
    /// The least width.
    pub min_width: Option<f64>,
    /// The least height.
    pub min_height: Option<f64>,
    /// The greatest width.
    pub max_width: Option<f64>,
    /// The greatest height.
    pub max_height: Option<f64>,
    /// An open window, above which it stays, and with which it closes.
    pub parent: Option<WindowId>,
    /// Whether the parent takes no input while it is open; only with `parent`.
    pub modal: bool,
    /// Whether the user may change the size.
    pub resizable: bool,
    /// Whether there is a title bar and a border.
    pub decorations: bool,
    /// Whether what is behind the page shows through where the page is transparent.
    pub transparent: bool,
    /// Whether the window stays above others.
    pub always_on_top: bool,
    /// Whether it is shown at once.
    pub visible: bool,
    /// Whether the page's developer tools may be opened.
    pub devtools: bool,
    /// Whether the user's wish to close only sends `close`, and the app decides.
    pub prevent_close: bool,
    /// The keys that work in it.
    pub shortcuts: Shortcuts,
    /// The channels the page may send and receive on; any when not given.
    pub channels: Option<WindowChannels>,
    /// The windows whose pages may send messages to this one's; none when not given.
    pub accept_from: Option<WindowList>,
    /// The origins whose pages the window may show and which may reach the app, besides the
    /// app's own.
    pub origins: Vec<Origin>,
    /// What becomes of files that its page, or its user, wants to save. When not given, the app's
    /// own choice, or to ask; but nothing is saved from a window with other `origins`.
    pub downloads: Option<Downloads>,
    /// The page, relative to the app's directory or absolute, at most 128 KiB; `index.html` when
    /// neither this nor `html` is given.
    pub url: Option<String>,
    /// The page's source, instead of `url`.
    pub html: Option<String>,
}

impl Default for WindowSpec {
    fn default() -> Self {
        WindowSpec {
            id: None,
            title: String::new(),
            icon: None,
            width: 800.0,
            height: 600.0,
            x: None,
            y: None,
            min_width: None,
            min_height: None,
            max_width: None,
            max_height: None,
            parent: None,
            modal: false,
            resizable: true,
            decorations: true,
            transparent: false,
            always_on_top: false,
            visible: true,
            devtools: false,
            prevent_close: false,
            shortcuts: Shortcuts::None,
            channels: None,
            accept_from: None,
            origins: Vec::new(),
            downloads: None,
            url: None,
            html: None,
        }
    }
}

impl WindowSpec {
    /// Reads the JSON of the options and checks that they fit together.
    ///
    /// # Errors
    /// [`SpecError`], which names the option that is wrong.
    pub fn from_json(json: &str) -> Result<WindowSpec, SpecError> {
        let spec: WindowSpec = read(json)?;
        spec.check()?;
        Ok(spec)
    }

    /// Checks that a window can have all of this, and that the fields fit together.
    ///
    /// # Errors
    /// [`SpecError`], which names the first option that is wrong.
    pub fn check(&self) -> Result<(), SpecError> {
        let extents = [
            ("width", Some(self.width)),
            ("height", Some(self.height)),
            ("minWidth", self.min_width),
            ("minHeight", self.min_height),
            ("maxWidth", self.max_width),
            ("maxHeight", self.max_height),
        ];
        for (option, value) in extents {
            if value.is_some_and(|value| !is_extent(value)) {
                return Err(SpecError::Range(option));
            }
        }
        for (option, value) in [("x", self.x), ("y", self.y)] {
            if value.is_some_and(|value| !is_coordinate(value)) {
                return Err(SpecError::Range(option));
            }
        }
        SizeLimits::of(self)?;
        let texts = [
            ("title", Some(&self.title), MAX_TITLE_BYTES),
            ("icon", self.icon.as_ref(), MAX_URL_BYTES),
            ("url", self.url.as_ref(), MAX_URL_BYTES),
            ("html", self.html.as_ref(), usize::MAX),
        ];
        for (option, text, limit) in texts {
            if let Some(text) = text {
                check_text(option, text, limit)?;
            }
        }
        if self.x.is_some() != self.y.is_some() {
            return Err(SpecError::Together("x", "y"));
        }
        if self.modal && self.parent.is_none() {
            return Err(SpecError::Needs("modal", "parent"));
        }
        if self.url.is_some() && self.html.is_some() {
            return Err(SpecError::Either("url", "html"));
        }
        Ok(())
    }

    /// Where the window is to be, if that was said.
    pub fn position(&self) -> Option<Position> {
        Some(Position {
            x: self.x?,
            y: self.y?,
        })
    }

    /// The size of the content area.
    pub fn size(&self) -> Size {
        Size {
            width: self.width,
            height: self.height,
        }
    }
}

/// Options that no window or dialog can have, or a value that no window can take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// Not an object, an unknown option, or one of the wrong type.
    #[error("{}{reason}", .option.as_ref().map(|it| format!("option `{it}`: ")).unwrap_or_default())]
    Shape {
        /// Where the wrong value is, as `size.width`, unless it is the whole.
        option: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// A number that is not finite or not in a screen's range.
    #[error("option `{0}` is out of range")]
    Range(&'static str),
    /// A text that is longer than so many bytes of UTF-8.
    #[error("option `{option}` has {bytes} bytes, {limit} are allowed")]
    Long {
        /// The option.
        option: &'static str,
        /// How long its text is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A text with a NUL character, which window systems cannot take.
    #[error("option `{0}` contains a NUL character")]
    Nul(&'static str),
    /// A least value that is greater than the greatest.
    #[error("option `{0}` is greater than `{1}`")]
    Order(&'static str, &'static str),
    /// Two options that only make sense together.
    #[error("options `{0}` and `{1}` go together")]
    Together(&'static str, &'static str),
    /// An option that needs another one.
    #[error("option `{0}` needs option `{1}`")]
    Needs(&'static str, &'static str),
    /// Two options that exclude each other.
    #[error("options `{0}` and `{1}` exclude each other")]
    Either(&'static str, &'static str),
}

impl SpecError {
    /// Always [`Code::BadOptions`].
    pub fn code(&self) -> Code {
        Code::BadOptions
    }
}

/// What may be asked of an open window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", content = "value", rename_all = "camelCase")]
#[non_exhaustive]
pub enum WindowCommand {
    /// Destroy it.
    Close,
    /// Raise it and give it the keyboard.
    Focus,
    /// Put it away.
    Minimize,
    /// Fill the screen, with decorations.
    Maximize,
    /// Undo [`WindowCommand::Maximize`].
    Unmaximize,
    /// Undo [`WindowCommand::Minimize`] and [`WindowCommand::Maximize`].
    Restore,
    /// Show or hide it.
    SetVisible(bool),
    /// Change the title.
    SetTitle(String),
    /// Change the icon; as [`WindowSpec::icon`].
    SetIcon(String),
    /// Change the size of the content area.
    SetSize(#[serde(deserialize_with = "object")] Size),
    /// Change the least size of the content area; 1 by 1 is none. A window that is smaller grows.
    SetMinSize(#[serde(deserialize_with = "object")] Size),
    /// Change the greatest size of the content area; 16,383 by 16,383 is none. A window that is larger shrinks.
    SetMaxSize(#[serde(deserialize_with = "object")] Size),
    /// Move it.
    SetPosition(#[serde(deserialize_with = "object")] Position),
    /// Move it to the middle of its screen.
    Center,
    /// Fill the screen, without decorations, or leave that.
    SetFullscreen(bool),
    /// Let the user change the size, or not.
    SetResizable(bool),
    /// Show title bar and border, or not.
    SetDecorations(bool),
    /// Keep it above others, or not.
    SetAlwaysOnTop(bool),
    /// Let the user's wish to close it only be an event, or close it; as [`WindowSpec::prevent_close`].
    SetPreventClose(bool),
    /// Load another page; as [`WindowSpec::url`].
    Navigate(String),
    /// Load the page anew.
    Reload,
    /// Open the page's developer tools.
    OpenDevtools,
    /// Report the [`WindowState`] as an event.
    ReportState,
}

impl WindowCommand {
    /// Reads the JSON of a command, `{"command":"setTitle","value":"…"}`.
    ///
    /// # Errors
    /// [`SpecError`], when the command is unknown or its value is wrong.
    pub fn from_json(json: &str) -> Result<WindowCommand, SpecError> {
        let command: WindowCommand = read(json)?;
        command.check()?;
        Ok(command)
    }

    /// Checks that a window can take its value, within the limits of [`WindowSpec`].
    ///
    /// # Errors
    /// [`SpecError`], which names what is wrong.
    pub fn check(&self) -> Result<(), SpecError> {
        match self {
            WindowCommand::SetSize(size) if !size.is_valid() => Err(SpecError::Range("size")),
            WindowCommand::SetMinSize(size) if !size.is_valid() => Err(SpecError::Range("minSize")),
            WindowCommand::SetMaxSize(size) if !size.is_valid() => Err(SpecError::Range("maxSize")),
            WindowCommand::SetPosition(position) if !position.is_valid() => {
                Err(SpecError::Range("position"))
            }
            WindowCommand::SetTitle(title) => check_text("title", title, MAX_TITLE_BYTES),
            WindowCommand::SetIcon(icon) => check_text("icon", icon, MAX_URL_BYTES),
            WindowCommand::Navigate(url) => check_text("url", url, MAX_URL_BYTES),
            _ => Ok(()),
        }
    }
}

/// How an open window stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowState {
    /// The title bar's text.
    pub title: String,
    /// The content area.
    pub size: Size,
    /// Where it is; `None` where the window system does not tell, as on Wayland.
    pub position: Option<Position>,
    /// Whether it has the keyboard.
    pub focused: bool,
    /// Whether it is shown, minimized or not.
    pub visible: bool,
    /// Whether it fills the screen with decorations.
    pub maximized: bool,
    /// Whether it is put away.
    pub minimized: bool,
    /// Whether it fills the screen without decorations.
    pub fullscreen: bool,
    /// Whether the user may change the size.
    pub resizable: bool,
    /// Whether it has a title bar and a border.
    pub decorations: bool,
    /// Whether it stays above others.
    pub always_on_top: bool,
}

/// The largest width, height or coordinate. X11 counts pixels up to 32,767, and a screen may have two
/// of them for a logical one; at 32,767 logical ones a side WebKit draws for seconds on end.
pub(crate) const MAX_PIXELS: f64 = 16_383.0;

/// The longest title: a message of Wayland has 4,096 bytes, with all that is around the text.
const MAX_TITLE_BYTES: usize = 4_000;

/// The longest URL of a page, as of one to which a page goes by itself.
const MAX_URL_BYTES: usize = 128 << 10;

fn is_extent(value: f64) -> bool {
    (1.0..=MAX_PIXELS).contains(&value)
}

fn is_coordinate(value: f64) -> bool {
    (-MAX_PIXELS..=MAX_PIXELS).contains(&value)
}

pub(crate) fn check_text(option: &'static str, text: &str, limit: usize) -> Result<(), SpecError> {
    if text.len() > limit {
        let bytes = text.len();
        return Err(SpecError::Long {
            option,
            bytes,
            limit,
        });
    }
    match text.contains('\0') {
        true => Err(SpecError::Nul(option)),
        false => Ok(()),
    }
}

/// Reads one JSON object, and tells which part of it is wrong.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, SpecError> {
    let mut json = serde_json::Deserializer::from_str(json);
    let read = serde_path_to_error::deserialize(&mut json);
    let Object(value) = read.map_err(|error| SpecError::Shape {
        option: error.path().iter().next().map(|_| error.path().to_string()),
        reason: reason_of(error.inner()),
    })?;
    json.end().map_err(|error| SpecError::Shape {
        option: None,
        reason: reason_of(&error),
    })?;
    Ok(value)
}

/// serde_json ends its messages with a place in the JSON, which whoever wrote an object in
/// JavaScript never saw; the name of the option is worth more.
fn reason_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn wire_of_every_command() {
        let size = Size {
            width: 640.0,
            height: 480.0,
        };
        let position = Position { x: 10.0, y: 20.5 };
        let table = [
            (WindowCommand::Close, r#"{"command":"close"}"#),
            (WindowCommand::Focus, r#"{"command":"focus"}"#),
            (WindowCommand::Minimize, r#"{"command":"minimize"}"#),
            (WindowCommand::Maximize, r#"{"command":"maximize"}"#),
            (WindowCommand::Unmaximize, r#"{"command":"unmaximize"}"#),
            (WindowCommand::Restore, r#"{"command":"restore"}"#),
            (
                WindowCommand::SetVisible(false),
                r#"{"command":"setVisible","value":false}"#,
            ),
            (
                WindowCommand::SetTitle("Hi".to_owned()),
                r#"{"command":"setTitle","value":"Hi"}"#,
            ),
            (
                WindowCommand::SetIcon("a.png".to_owned()),
                r#"{"command":"setIcon","value":"a.png"}"#,
            ),
            (
                WindowCommand::SetSize(size),
                r#"{"command":"setSize","value":{"width":640.0,"height":480.0}}"#,
            ),
            (
                WindowCommand::SetMinSize(size),
                r#"{"command":"setMinSize","value":{"width":640.0,"height":480.0}}"#,
            ),
            (
                WindowCommand::SetMaxSize(size),
                r#"{"command":"setMaxSize","value":{"width":640.0,"height":480.0}}"#,
            ),
            (WindowCommand::Center, r#"{"command":"center"}"#),
            (
                WindowCommand::SetPreventClose(true),
                r#"{"command":"setPreventClose","value":true}"#,
            ),
            (
                WindowCommand::SetPosition(position),
                r#"{"command":"setPosition","value":{"x":10.0,"y":20.5}}"#,
            ),
            (
                WindowCommand::SetFullscreen(true),
                r#"{"command":"setFullscreen","value":true}"#,
            ),
            (
                WindowCommand::SetResizable(true),
                r#"{"command":"setResizable","value":true}"#,
            ),
            (
                WindowCommand::SetDecorations(true),
                r#"{"command":"setDecorations","value":true}"#,
            ),
            (
                WindowCommand::SetAlwaysOnTop(true),
                r#"{"command":"setAlwaysOnTop","value":true}"#,
            ),
            (
                WindowCommand::Navigate("a.html".to_owned()),
                r#"{"command":"navigate","value":"a.html"}"#,
            ),
            (WindowCommand::Reload, r#"{"command":"reload"}"#),
            (WindowCommand::OpenDevtools, r#"{"command":"openDevtools"}"#),
            (WindowCommand::ReportState, r#"{"command":"reportState"}"#),
        ];
        for (command, json) in table {
            assert_eq!(serde_json::to_string(&command).unwrap(), json);
            assert_eq!(WindowCommand::from_json(json).unwrap(), command);
        }
    }

    #[test]
    fn wire_of_the_default_spec() {
        let expected = concat!(
            r#"{"id":null,"title":"","icon":null,"width":800.0,"height":600.0,"x":null,"y":null,"#,
            r#""minWidth":null,"minHeight":null,"maxWidth":null,"maxHeight":null,"#,
            r#""parent":null,"modal":false,"#,
            r#""resizable":true,"decorations":true,"transparent":false,"alwaysOnTop":false,"#,
            r#""visible":true,"devtools":false,"preventClose":false,"shortcuts":"none","channels":null,"#,
            r#""acceptFrom":null,"origins":[],"downloads":null,"url":null,"html":null}"#,
        );
        let json = serde_json::to_string(&WindowSpec::default()).unwrap();
        assert_eq!(json, expected);
    }

    #[test]
    fn wire_of_the_state() {
        let state = WindowState {
            title: "Hi".to_owned(),
            size: Size {
                width: 640.0,
                height: 480.0,
            },
            position: Some(Position { x: 0.0, y: 0.0 }),
            focused: true,
            visible: true,
            maximized: false,
            minimized: false,
            fullscreen: false,
            resizable: true,
            decorations: true,
            always_on_top: false,
        };
        let expected = concat!(
            r#"{"title":"Hi","size":{"width":640.0,"height":480.0},"position":{"x":0.0,"y":0.0},"#,
            r#""focused":true,"visible":true,"maximized":false,"minimized":false,"#,
            r#""fullscreen":false,"resizable":true,"decorations":true,"alwaysOnTop":false}"#,
        );
        assert_eq!(serde_json::to_string(&state).unwrap(), expected);
        assert_eq!(
            serde_json::from_str::<WindowState>(expected).unwrap(),
            state
        );
    }
}
