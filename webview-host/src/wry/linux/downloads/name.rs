//! The names of saved files, which pages and servers suggest.

use std::path::{Path, PathBuf};

/// The longest name that is suggested to the user, in bytes; file systems take 255.
const MAX_BYTES: usize = 200;

/// The name of what has none that could be used.
const NAMELESS: &str = "download";

/// How many files with the same name a folder takes.
const MAX_SAME: usize = 1000;

/// A name from what a page or a server suggests: one that leads nowhere, hides nothing and can be shown.
pub(super) fn name_of(suggested: &str) -> String {
    let last = suggested.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|it| !is_unfit(*it)).collect();
    let name = shown
        .trim()
        .trim_start_matches('.')
        .trim_end_matches(['.', ' ']);
    let name = &name[..name.floor_char_boundary(MAX_BYTES)];
    match name {
        "" => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

/// Control characters, those by which text looks like other text, and those that some system takes for
/// something else.
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(character, ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// The name in a URL of the app, decoded.
pub(super) fn last_of(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    percent_encoding::percent_decode_str(last)
        .decode_utf8_lossy()
        .into_owned()
}

/// Where a file goes in a folder, beside those that are there: `a.txt`, `a (1).txt`, …
/// Those in `taken` are about to be there.
pub(super) fn free_in(folder: &Path, name: &str, taken: &[PathBuf]) -> Option<PathBuf> {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let names = (0..MAX_SAME).map(|n| match n {
        0 => name.to_owned(),
        n => format!("{stem} ({n}){ending}"),
    });
    let mut paths = names.map(|name| folder.join(name));
    // A link that leads nowhere is there, too.
    paths.find(|path| path.symlink_metadata().is_err() && !taken.contains(path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_lead_nowhere_and_can_be_read() {
        for (suggested, name) in [
            ("a.txt", "a.txt"),
            ("ä b.tar.gz", "ä b.tar.gz"),
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("..\\..\\autorun.inf", "autorun.inf"),
            (".bashrc", "bashrc"),
            ("...", "download"),
            ("", "download"),
            ("/", "download"),
            ("a\0b\n.txt", "ab.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a:b*?.txt", "ab.txt"),
            ("name. ", "name"),
        ] {
            assert_eq!(name_of(suggested), name, "{suggested:?}");
        }
        let long = name_of(&"é".repeat(500));
        assert_eq!(long.len(), MAX_BYTES);
    }

    #[test]
    fn a_url_has_a_name_at_its_end() {
        for (url, name) in [
            ("app://localhost/a/b%20c.txt?d/e#f/g", "b c.txt"),
            ("app://localhost/", ""),
            ("", ""),
        ] {
            assert_eq!(last_of(url), name);
        }
    }

    #[test]
    fn nothing_in_a_folder_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let next = |name: &str| {
            let path = free_in(folder.path(), name, &[]).unwrap();
            std::fs::write(&path, "").unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        let names = ["a.txt", "a.txt", "a.txt", "b", "b"].map(next);
        assert_eq!(names, ["a.txt", "a (1).txt", "a (2).txt", "b", "b (1)"]);
        let link = folder.path().join("c");
        std::os::unix::fs::symlink("/nowhere", link).unwrap();
        assert_eq!(next("c"), "c (1)");
        let taken = [folder.path().join("d")];
        let free = free_in(folder.path(), "d", &taken).unwrap();
        assert_eq!(free, folder.path().join("d (1)"));
    }
}
