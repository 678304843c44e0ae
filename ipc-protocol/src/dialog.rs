//! The system's dialogs as data: what a user is asked, and what they answer.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::window::{check_text, read};

/// A dialog of the system's, which belongs to a window.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialog {
    /// The user chooses files, or folders, that are there.
    OpenFile(OpenFile),
    /// The user says where a file is to be written.
    SaveFile(SaveFile),
    /// The user reads something, and presses a button.
    Message(MessageBox),
}

/// Which files, or folders, the user is to choose. In JSON: camelCase, every field optional, unknown
/// ones refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OpenFile {
    /// The dialog's title.
    pub title: Option<String>,
    /// The absolute path of the folder that is shown first.
    pub folder: Option<String>,
    /// The kinds of files between which the user chooses; all when there are none.
    pub filters: Vec<FileFilter>,
    /// Whether there may be more than one.
    pub multiple: bool,
    /// Whether folders are chosen, not files.
    pub folders: bool,
}

/// Where a file is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SaveFile {
    /// The dialog's title.
    pub title: Option<String>,
    /// The absolute path of the folder that is shown first.
    pub folder: Option<String>,
    /// The name that the file has unless the user gives another.
    pub name: Option<String>,
    /// The kinds of files between which the user chooses; all when there are none.
    pub filters: Vec<FileFilter>,
}

/// A kind of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileFilter {
    /// The name that users see.
    pub name: String,
    /// The extensions of its files, without the dot: `png`.
    pub extensions: Vec<String>,
}

/// A message for the user. In JSON: camelCase, every field but `text` optional, unknown ones refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageBox {
    /// The dialog's title.
    #[serde(default)]
    pub title: Option<String>,
    /// The message, in a sentence: at most 20 lines.
    pub text: String,
    /// More text, below, which scrolls if it is long.
    #[serde(default)]
    pub detail: Option<String>,
    /// The severity, which the dialog shows.
    #[serde(default)]
    pub kind: MessageKind,
    /// The labels of its buttons; without any there is one, "OK".
    #[serde(default)]
    pub buttons: Vec<String>,
}

/// The severity of a [`MessageBox`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// Information.
    #[default]
    Info,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

/// The user's answer: files to [`Dialog::OpenFile`] and [`Dialog::SaveFile`], a button to
/// [`Dialog::Message`], or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DialogAnswer {
    /// These files or folders, by their absolute paths.
    Files(Vec<PathBuf>),
    /// This one of the buttons, counted from 0.
    Button(usize),
    /// Nothing: the dialog was closed.
    Nothing,
}

/// The longest title, name or button, in bytes.
const MAX_NAME_BYTES: usize = 4_000;

/// The longest message, in bytes: what a screen has room for above the buttons.
const MAX_MESSAGE_BYTES: usize = 1_000;

/// The most lines of it.
const MAX_MESSAGE_LINES: usize = 20;

/// The longest text below it, in bytes.
const MAX_DETAIL_BYTES: usize = 64 << 10;

/// How many filters, extensions of one, or buttons there may be.
const MAX_ENTRIES: usize = 32;

impl Dialog {
    /// Reads the JSON of an [`OpenFile`].
    ///
    /// # Errors
    /// [`SpecError`], which names the option that is wrong.
    pub fn open_file_from_json(json: &str) -> Result<Dialog, SpecError> {
        Dialog::OpenFile(read(json)?).checked()
    }

    /// Reads the JSON of a [`SaveFile`].
    ///
    /// # Errors
    /// [`SpecError`], which names the option that is wrong.
    pub fn save_file_from_json(json: &str) -> Result<Dialog, SpecError> {
        Dialog::SaveFile(read(json)?).checked()
    }

    /// Reads the JSON of a [`MessageBox`].
    ///
    /// # Errors
    /// [`SpecError`], which names the option that is wrong.
    pub fn message_from_json(json: &str) -> Result<Dialog, SpecError> {
        Dialog::Message(read(json)?).checked()
    }

    fn checked(self) -> Result<Dialog, SpecError> {
        self.check()?;
        Ok(self)
    }

    /// Checks that a window system can show it: texts have no NUL characters, titles and names at most
    /// 4,000 bytes, messages 1,000 and 20 lines, details 64 KiB; there are at most 32 filters, extensions and
    /// buttons.
    ///
    /// # Errors
    /// [`SpecError`], which names the option that is wrong.
    pub fn check(&self) -> Result<(), SpecError> {
        let title = match self {
            Dialog::OpenFile(OpenFile { title, .. })
            | Dialog::SaveFile(SaveFile { title, .. })
            | Dialog::Message(MessageBox { title, .. }) => title,
        };
        check_optional("title", title, MAX_NAME_BYTES)?;
        match self {
            Dialog::OpenFile(OpenFile {
                folder, filters, ..
            }) => check_files(folder, filters),
            Dialog::SaveFile(SaveFile {
                folder,
                name,
                filters,
                ..
            }) => {
                check_optional("name", name, MAX_NAME_BYTES)?;
                if name.as_ref().is_some_and(|name| name.contains('/')) {
                    return Err(SpecError::Range("name"));
                }
                check_files(folder, filters)
            }
            Dialog::Message(message) => message.check(),
        }
    }
}

impl MessageBox {
    fn check(&self) -> Result<(), SpecError> {
        check_text("text", &self.text, MAX_MESSAGE_BYTES)?;
        if lines(&self.text) > MAX_MESSAGE_LINES {
            return Err(SpecError::Range("text"));
        }
        check_optional("detail", &self.detail, MAX_DETAIL_BYTES)?;
        check_list("buttons", &self.buttons)
    }
}

/// The lines of a text, as it is shown.
fn lines(text: &str) -> usize {
    let breaks = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ];
    1 + text.replace("\r\n", "\n").matches(breaks).count()
}

fn check_files(folder: &Option<String>, filters: &[FileFilter]) -> Result<(), SpecError> {
    check_optional("folder", folder, MAX_NAME_BYTES)?;
    if folder
        .as_ref()
        .is_some_and(|it| !Path::new(it).is_absolute())
    {
        return Err(SpecError::Range("folder"));
    }
    if filters.len() > MAX_ENTRIES {
        return Err(SpecError::Range("filters"));
    }
    for filter in filters {
        check_text("filters", &filter.name, MAX_NAME_BYTES)?;
        check_list("filters", &filter.extensions)?;
        // They are no patterns.
        let is_word = |it: &String| {
            it.chars()
                .all(|it| it.is_alphanumeric() || "._-+".contains(it))
        };
        if filter.extensions.is_empty() || !filter.extensions.iter().all(is_word) {
            return Err(SpecError::Range("filters"));
        }
    }
    Ok(())
}

fn check_list(option: &'static str, texts: &[String]) -> Result<(), SpecError> {
    if texts.len() > MAX_ENTRIES || texts.iter().any(String::is_empty) {
        return Err(SpecError::Range(option));
    }
    texts
        .iter()
        .try_for_each(|text| check_text(option, text, MAX_NAME_BYTES))
}

fn check_optional(
    option: &'static str,
    text: &Option<String>,
    limit: usize,
) -> Result<(), SpecError> {
    let text = text.as_deref();
    text.map_or(Ok(()), |text| check_text(option, text, limit))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    type Read = fn(&str) -> Result<Dialog, SpecError>;

    #[test]
    fn a_message_leaves_room_for_its_buttons() {
        let check = |text: &str| {
            let text = text.to_owned();
            Dialog::Message(MessageBox {
                text,
                ..MessageBox::default()
            })
            .check()
        };
        for line in ["a\n", "a\r\n", "a\r", "a\u{2029}", "a\u{2028}"] {
            assert!(check(&line.repeat(19)).is_ok(), "{line:?}");
            assert!(check(&line.repeat(20)).is_err(), "{line:?}");
        }
        assert!(check(&"x".repeat(1_000)).is_ok());
        assert!(check(&"x".repeat(1_001)).is_err());
    }

    #[test]
    fn wire_of_every_dialog() {
        let filters = vec![FileFilter {
            name: "Pictures".to_owned(),
            extensions: vec!["png".to_owned(), "tar.gz".to_owned()],
        }];
        let open = OpenFile {
            title: Some("Open".to_owned()),
            folder: Some("/tmp".to_owned()),
            filters,
            multiple: true,
            folders: false,
        };
        let json = concat!(
            r#"{"title":"Open","folder":"/tmp","filters":"#,
            r#"[{"name":"Pictures","extensions":["png","tar.gz"]}],"multiple":true,"folders":false}"#,
        );
        assert_eq!(serde_json::to_string(&open).unwrap(), json);
        assert_eq!(
            Dialog::open_file_from_json(json),
            Ok(Dialog::OpenFile(open))
        );

        let save = SaveFile {
            name: Some("a.png".to_owned()),
            ..SaveFile::default()
        };
        let json = r#"{"title":null,"folder":null,"name":"a.png","filters":[]}"#;
        assert_eq!(serde_json::to_string(&save).unwrap(), json);
        assert_eq!(
            Dialog::save_file_from_json(json),
            Ok(Dialog::SaveFile(save))
        );

        let message = MessageBox {
            text: "Save?".to_owned(),
            kind: MessageKind::Warning,
            buttons: vec!["Yes".to_owned(), "No".to_owned()],
            ..MessageBox::default()
        };
        let json = r#"{"title":null,"text":"Save?","detail":null,"kind":"warning","buttons":["Yes","No"]}"#;
        assert_eq!(serde_json::to_string(&message).unwrap(), json);
        assert_eq!(
            Dialog::message_from_json(json),
            Ok(Dialog::Message(message))
        );
        let least = Dialog::OpenFile(OpenFile::default());
        assert_eq!(Dialog::open_file_from_json("{}"), Ok(least));
    }

    #[test]
    fn what_no_dialog_can_have_is_refused() {
        let (open, save, message): (Read, Read, Read) = (
            Dialog::open_file_from_json,
            Dialog::save_file_from_json,
            Dialog::message_from_json,
        );
        let filter =
            |extensions: &str| format!(r#""filters":[{{"name":"a","extensions":[{extensions}]}}]"#);
        let long = "x".repeat(4001);
        let filters = format!(
            r#""filters":[{}]"#,
            [r#"{"name":"a","extensions":["b"]}"#; 33].join(",")
        );
        for (read, options, word) in [
            (open, r#""colour":"red""#.to_owned(), "colour"),
            (open, r#""title":7"#.to_owned(), "title"),
            (open, r#""title":"a\u0000""#.to_owned(), "title"),
            (open, format!(r#""title":"{long}""#), "title"),
            (open, r#""name":"a""#.to_owned(), "name"),
            (open, r#""folder":"files""#.to_owned(), "folder"),
            (open, filter(""), "filters"),
            (open, filter(r#""""#), "filters"),
            (open, filter(r#""*""#), "filters"),
            (open, filter(r#""a/b""#), "filters"),
            (open, filters, "filters"),
            (save, r#""name":"a/b""#.to_owned(), "name"),
            (save, r#""multiple":true"#.to_owned(), "multiple"),
            (message, String::new(), "text"),
            (message, r#""text":"","kind":"loud""#.to_owned(), "kind"),
            (message, r#""text":"","buttons":[""]"#.to_owned(), "buttons"),
            (
                message,
                format!(r#""text":"","buttons":[{}"a"]"#, r#""a","#.repeat(32)),
                "buttons",
            ),
            (
                message,
                format!(r#""text":"{}""#, "x".repeat((64 << 10) + 1)),
                "text",
            ),
        ] {
            let error = read(&format!("{{{options}}}")).unwrap_err().to_string();
            assert!(error.contains(word), "{options}: {error}");
        }
        for json in ["", "[]", "7", "null"] {
            assert!(Dialog::open_file_from_json(json).is_err(), "{json}");
        }
    }
}
