//! Writing files, on threads of their own.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::saving::EVERY;
use crate::pages::PageFile;

/// The bytes that are copied at once.
const PIECE: usize = 256 << 10;

/// Copies a file of the app to a path, whatever was there, and leaves nothing of it if that fails.
pub(super) fn copy(
    file: PageFile,
    path: &Path,
    is_over: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut to = options.write(true).create(true).truncate(true).open(path)?;
    let mut from = file.content.take(file.length);
    let mut write_all = || -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        let (mut count, mut told) = (0, Instant::now());
        loop {
            if is_over.load(Ordering::Relaxed) {
                return Err(io::Error::other("the window has closed"));
            }
            let read = from.read(&mut piece)?;
            if read == 0 {
                return Ok(());
            }
            to.write_all(piece.get(..read).unwrap_or_default())?;
            count += read as u64;
            if told.elapsed() >= EVERY {
                told = Instant::now();
                progress(count);
            }
        }
    };
    let written = write_all();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// Puts a file in its place, whatever was there.
pub(super) fn put(written: &Path, path: &Path) -> io::Result<()> {
    if fs::rename(written, path).is_ok() {
        return Ok(());
    }
    // Another file system.
    let copied = fs::copy(written, path);
    let _ = fs::remove_file(written);
    copied.map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::File;

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
    fn a_copy_is_whole_or_not_there() {
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
        assert!(!to.exists());
        let nowhere = folder.path().join("no/folder");
        is_over.store(false, Ordering::Relaxed);
        assert!(copy(file(&from, length), &nowhere, &is_over, &mut |_| {}).is_err());
    }

    #[test]
    fn a_file_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        put(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"new");
        assert!(!from.exists());
        assert!(put(&from, &to).is_err());
        assert_eq!(fs::read(&to).unwrap(), b"new");
    }
}
