//! Writing files, on threads of their own.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::saving::EVERY;
use crate::pages::PageFile;

/// The bytes that are copied at once.
const PIECE: usize = 256 << 10;

/// How many names are tried for the file beside another one.
const MAX_PARTS: u32 = 100;

/// Copies a file of the app to a path. Whatever was there is replaced once all is written, and stays if
/// that fails.
pub(super) fn copy(
    file: PageFile,
    path: &Path,
    is_over: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let length = file.length;
    replace(path, |to| {
        let count = write_all(&mut file.content.take(length), to, is_over, progress)?;
        match count == length {
            true => Ok(()),
            false => Err(io::Error::other("the file has become shorter")),
        }
    })
}

/// Puts a file in its place, as [`copy`] does.
pub(super) fn put(written: &Path, path: &Path, is_over: &AtomicBool) -> io::Result<()> {
    if fs::rename(written, path).is_ok() {
        return Ok(());
    }
    // Another file system.
    let mut from = File::open(written)?;
    let replaced = replace(path, |to| {
        write_all(&mut from, to, is_over, &mut |_| {}).map(drop)
    });
    let _ = fs::remove_file(written);
    replaced
}

/// Has a file written beside the one at a path, and puts it there when it is whole.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let (part, mut file) = part_of(path)?;
    let written = write(&mut file).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// A new hidden file in the same folder.
fn part_of(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default();
    let mut last = io::Error::other("no name is free in the folder");
    for number in 0..MAX_PARTS {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{number}.part"));
        let part = path.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            Ok(file) => return Ok((part, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Returns how many bytes were written.
fn write_all(
    from: &mut impl Read,
    to: &mut File,
    is_over: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    let (mut count, mut told) = (0, Instant::now());
    loop {
        if is_over.load(Ordering::Relaxed) {
            return Err(io::Error::other("the window has closed"));
        }
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok(count);
        }
        to.write_all(piece.get(..read).unwrap_or_default())?;
        count += read as u64;
        if told.elapsed() >= EVERY {
            told = Instant::now();
            progress(count);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn file(path: &Path, length: u64) -> PageFile {
        PageFile {
            status: 200,
            headers: Vec::new(),
            content: File::open(path).unwrap(),
            length,
        }
    }

    #[test]
    fn a_copy_is_whole_or_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        let content = vec![7; 3 * PIECE + 1];
        fs::write(&from, &content).unwrap();
        fs::write(&to, "something longer was there before").unwrap();
        let length = content.len() as u64;
        let is_over = AtomicBool::default();
        copy(file(&from, length), &to, &is_over, &mut |_| {}).unwrap();
        assert_eq!(fs::read(&to).unwrap(), content);
        is_over.store(true, Ordering::Relaxed);
        assert!(copy(file(&from, length), &to, &is_over, &mut |_| {}).is_err());
        let longer = file(&from, length + 1);
        is_over.store(false, Ordering::Relaxed);
        assert!(copy(longer, &to, &is_over, &mut |_| {}).is_err());
        assert_eq!(fs::read(&to).unwrap(), content, "what was there stays");
        copy(file(&to, length), &to, &is_over, &mut |_| {}).unwrap();
        assert_eq!(fs::read(&to).unwrap(), content, "a file onto itself");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let nowhere = folder.path().join("no/folder");
        assert!(copy(file(&from, length), &nowhere, &is_over, &mut |_| {}).is_err());
    }

    #[test]
    fn a_file_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        let is_over = AtomicBool::default();
        put(&from, &to, &is_over).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"new");
        assert!(!from.exists());
        assert!(put(&from, &to, &is_over).is_err());
        assert_eq!(fs::read(&to).unwrap(), b"new");
    }
}
