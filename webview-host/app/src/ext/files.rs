//! `Deno.readTextFile` and `Deno.writeTextFile`.

use std::fs;
use std::io::{self, Write};

use deno_core::op2;
use serde::Deserialize;

/// A file cannot be read or written. In scripts it is the class of `Deno.errors` that fits, and
/// `code` is the system's name for the error, such as `ENOENT`.
#[derive(Debug, thiserror::Error, deno_error::JsError)]
#[class(inherit)]
#[error("Cannot {action} \"{name}\": {source}")]
pub(super) struct FileError {
    action: &'static str,
    /// What the script calls the file: its path, or its URL.
    name: String,
    #[inherit]
    source: io::Error,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WriteOptions {
    append: bool,
    create: bool,
    create_new: bool,
}

#[op2]
#[string]
pub(super) async fn op_app_read_text_file(
    #[string] path: String,
    #[string] name: String,
) -> Result<String, FileError> {
    let bytes = off_thread("read", name, move || fs::read(path)).await?;
    // As in Deno, what is no UTF-8 becomes U+FFFD.
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[op2]
pub(super) async fn op_app_write_text_file(
    #[string] path: String,
    #[string] name: String,
    #[string] text: String,
    #[serde] options: WriteOptions,
) -> Result<(), FileError> {
    off_thread("write", name, move || {
        fs::OpenOptions::new()
            .write(true)
            .append(options.append)
            .truncate(!options.append)
            .create(options.create)
            .create_new(options.create_new)
            .open(path)?
            .write_all(text.as_bytes())
    })
    .await
}

/// Does file work on another thread, so that a slow disk does not hold up the script.
async fn off_thread<T: Send + 'static>(
    action: &'static str,
    name: String,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, FileError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|source| FileError {
            action,
            name,
            source,
        })
}
