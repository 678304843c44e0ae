//! Why a configuration file cannot be used.

use std::path::PathBuf;

/// A configuration file cannot be used, so that its app does not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid configuration in {}: {reason}", .path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The system does not let it be read.
    #[error("it cannot be read: {0}; make it readable, or remove it")]
    Unreadable(String),
    /// A symbolic link that leads to no file.
    #[error("it is a link to nothing; make it lead to a file, or remove it")]
    DanglingLink,
    /// A directory, a pipe, a device or a socket.
    #[error("it is not a regular file; replace it with one, or remove it")]
    NotAFile,
    /// Its owner is someone whose code the app does not run.
    #[error(
        "it belongs to user {uid}, who is neither you, nor root, nor the owner of the main module; \
         if you trust what it says, make it yours with chown, or else remove it"
    )]
    ForeignOwner {
        /// The owner of the file, or of the link that leads to it.
        uid: u32,
    },
    /// Its mode lets every user change it.
    #[error("every user may write to it; look at what it says, then run chmod o-w on it")]
    WorldWritable,
    /// More than [`MAX_BYTES`](Self::MAX_BYTES).
    #[error("it has more than {} bytes; make it smaller", Self::MAX_BYTES)]
    TooLarge,
    /// It is not UTF-8.
    #[error("it is not UTF-8 from byte {at} on; save it as UTF-8")]
    NotUtf8 {
        /// How many bytes before it are.
        at: usize,
    },
    /// It is not JSON with comments.
    #[error("{0}")]
    Syntax(String),
    /// It is empty, or something else than one object.
    #[error("it is no JSON object; write one, of which {{}} is the shortest, or remove it")]
    NoObject,
    /// An object has a key twice, of which readers take one or the other.
    #[error("the key \"{key}\" is there twice, again in line {line}; remove one of the two")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it is for the second time, from 1.
        line: usize,
    },
    /// Two files of which only one can count.
    #[error("the app has {other}, too; remove one of the two")]
    TwoFiles {
        /// The other one.
        other: &'static str,
    },
    /// A field of the manifest is unknown or has a wrong value.
    #[error("{0}")]
    Grants(String),
    /// `imports` or `scopes` are not what they have to be.
    #[error("{0}")]
    ImportMap(String),
    /// The import map would replace a module of the host or a file of the app.
    #[error(
        "the import map has the key \"{key}\", but relative, file: and host: specifiers are not \
         mapped; use a bare name, such as \"name\" or \"name/\", and import that"
    )]
    OwnSpecifier {
        /// The key as written.
        key: String,
    },
    /// Two keys of the import map, or two of its scopes, stand for the same.
    #[error(
        "\"{key}\" in the import map stands for the same as another key; remove one of the two"
    )]
    SameKey {
        /// The second of them, as written.
        key: String,
    },
    /// A key that stands for everything below it leads to a single file.
    #[error(
        "the import map has \"{key}\", which covers all below it; let its target end in /, too"
    )]
    NoFolder {
        /// The key as written.
        key: String,
    },
}

impl Reason {
    /// The greatest configuration file, in bytes.
    pub const MAX_BYTES: u64 = 1 << 20;
}
