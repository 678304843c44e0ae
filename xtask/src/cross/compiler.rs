//! The compiler that has, or can make, Rust's libraries for other systems.

use std::process::Command;
use std::time::Duration;

use crate::packages::Purpose;
use crate::process::capture;
use crate::workspace;

/// Where the libraries come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// rustup's toolchain, to which `rustup target add` has added them.
    Rustup,
    /// Debian's, which comes with their sources and builds them.
    Debian,
}

impl Compiler {
    /// rustup's toolchain if it has all of these targets, else Debian's.
    pub(crate) fn find(targets: &[&str]) -> Self {
        let mut list = Command::new("rustup");
        list.args(["target", "list", "--installed"]);
        let installed = capture(&mut list, Duration::from_secs(10));
        match installed {
            Ok((_, output)) if has_all(&String::from_utf8_lossy(&output), targets) => Self::Rustup,
            _ => Self::Debian,
        }
    }

    /// What it needs of the system.
    pub(crate) fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Rustup => None,
            Self::Debian => Some(Purpose::Compiler),
        }
    }

    /// Its cargo.
    pub(crate) fn cargo(self) -> Command {
        match self {
            Self::Rustup => workspace::cargo(),
            Self::Debian => {
                let mut cargo = Command::new("/usr/bin/cargo");
                cargo
                    .current_dir(workspace::root())
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTDOC", "/usr/bin/rustdoc")
                    // Building the libraries is not a stable feature.
                    .env("RUSTC_BOOTSTRAP", "1")
                    // That of the toolchain which runs this command.
                    .env_remove("LD_LIBRARY_PATH");
                cargo
            }
        }
    }

    /// What its cargo is to be given with every command.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &["--locked"],
            Self::Debian => &[
                "--locked",
                "-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro",
            ],
        }
    }
}

/// Whether a list, one a line, has all of these.
fn has_all(list: &str, wanted: &[&str]) -> bool {
    wanted
        .iter()
        .all(|name| list.lines().any(|line| line == *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_to_be_installed() {
        let list = "aarch64-apple-darwin\nx86_64-pc-windows-gnu\nx86_64-unknown-linux-gnu\n";
        assert!(has_all(list, &["x86_64-pc-windows-gnu"]));
        assert!(has_all(
            list,
            &["aarch64-apple-darwin", "x86_64-pc-windows-gnu"]
        ));
        assert!(!has_all(
            list,
            &["x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"]
        ));
        assert!(!has_all(list, &["x86_64-pc-windows"]));
        assert!(!has_all("", &["aarch64-apple-darwin"]));
    }
}
