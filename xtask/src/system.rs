//! The operating system: its family, its package manager and what is found on it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{capture, succeeds};

/// Whether packages here are Debian's.
pub(crate) fn is_debian_like() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| names_debian(&text))
}

/// Whether this user may do everything.
pub(crate) fn is_root() -> bool {
    capture(Command::new("id").arg("-u"), Duration::from_secs(10))
        .is_ok_and(|(_, output)| output.trim_ascii() == b"0")
}

/// Whether sudo works without asking for a password.
pub(crate) fn has_sudo() -> bool {
    succeeds(Command::new("sudo").args(["-n", "true"]))
}

/// Whether a program of this name is on the path.
pub(crate) fn has_program(name: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// Whether a shared library of this file name is where the loader or bindgen looks.
pub(crate) fn has_library(file: &str) -> bool {
    library_folders()
        .iter()
        .any(|folder| folder.join(file).exists())
}

fn library_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = ["LIBCLANG_PATH", "LD_LIBRARY_PATH"]
        .iter()
        .filter_map(env::var_os)
        .flat_map(|value| env::split_paths(&value).collect::<Vec<_>>())
        .collect();
    folders.extend(["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from));
    // Debian's /usr/lib/x86_64-linux-gnu and /usr/lib/llvm-14/lib.
    for entry in fs::read_dir("/usr/lib").into_iter().flatten().flatten() {
        folders.push(entry.path().join("lib"));
        folders.push(entry.path());
    }
    folders
}

/// Whether any of these files exists.
pub(crate) fn has_file(paths: &[&str]) -> bool {
    paths.iter().any(|path| Path::new(path).exists())
}

fn names_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches(['"', '\'']).split_whitespace())
        .any(|name| matches!(name, "debian" | "ubuntu"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_what_derives_from_it_is_recognised() {
        assert!(names_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(names_debian(
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\""
        ));
        assert!(names_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
    }

    #[test]
    fn other_systems_are_not_debian() {
        assert!(!names_debian("ID=fedora\nVARIANT_ID=workstation\n"));
        assert!(!names_debian(
            "ID=arch\nHOME_URL=\"https://example.org/debian\"\n"
        ));
        assert!(!names_debian(
            "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\""
        ));
        assert!(!names_debian(""));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        assert!(!has_program("no-such-program"));
        assert!(!has_library("libno-such-library.so"));
        assert!(!has_file(&["/no/such/file"]));
    }
}
