//! The system packages that building and running needs on Linux, and how to get them.

use std::process::Command;

use crate::process::{Result, succeeds};
use crate::{system, workspace};

/// What a package is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To build the app and run it.
    Build,
    /// To run and test it with real input on a display nobody sees.
    Gui,
    /// To let the v8 crate download V8.
    Download,
    /// To compile for other systems where rustup's toolchain cannot.
    Compiler,
    /// To link programs for Windows and run them.
    Wine,
}

/// A system package, under its Debian name.
pub(crate) struct Package {
    /// Debian's name for it.
    pub(crate) name: &'static str,
    /// What it is for, in a few words.
    pub(crate) about: &'static str,
    purpose: Purpose,
    probe: Probe,
}

/// How to tell that a package, or what it would bring, is there.
enum Probe {
    Program(&'static str),
    PkgConfig(&'static str),
    Library(&'static str),
    AnyFile(&'static [&'static str]),
}

/// Every package, in the order in which they are probed and installed.
#[rustfmt::skip]
const PACKAGES: &[Package] = {
    use Probe::{AnyFile, Library, PkgConfig, Program};
    use Purpose::{Build, Compiler, Download, Gui, Wine};
    const fn package(name: &'static str, purpose: Purpose, probe: Probe, about: &'static str) -> Package {
        Package { name, about, purpose, probe }
    }
    &[
        package("g++", Build, Program("g++"), "compiles the JavaScript engine"),
        package("make", Build, Program("make"), "compiles the JavaScript engine"),
        package("cmake", Build, Program("cmake"), "compiles the JavaScript engine"),
        package("libclang-dev", Build, Library("libclang.so"), "generates the JavaScript engine's bindings"),
        package("libsimde-dev", Build, AnyFile(&["/usr/include/simde/simde-common.h"]), "headers of the JavaScript engine"),
        package("pkg-config", Build, Program("pkg-config"), "finds the libraries to link"),
        package("libwebkit2gtk-4.1-dev", Build, PkgConfig("webkit2gtk-4.1"), "shows the pages"),
        package("libxkbcommon-x11-0", Build, Library("libxkbcommon-x11.so.0"), "keyboard input of the windows"),
        package("fonts-dejavu-core", Gui, AnyFile(DEJAVU), "text in the pages"),
        package("xvfb", Gui, Program("Xvfb"), "the virtual display"),
        package("xauth", Gui, Program("xauth"), "access to the virtual display"),
        package("openbox", Gui, Program("openbox"), "focuses, moves and closes the windows"),
        package("xsettingsd", Gui, Program("xsettingsd"), "the settings of the virtual desktop"),
        package("weston", Gui, Program("weston"), "the Wayland compositor, in a window of the virtual display"),
        package("xdotool", Gui, Program("xdotool"), "real key and mouse input"),
        package("x11-utils", Gui, Program("xprop"), "properties of displays and windows"),
        package("locales", Gui, AnyFile(&["/usr/share/i18n/locales/de_DE"]), "sources of other languages' locales"),
        package("imagemagick", Gui, Program("import"), "screenshots"),
        package("curl", Download, Program("curl"), "downloads V8"),
        package("ca-certificates", Download, AnyFile(&["/etc/ssl/certs/ca-certificates.crt"]), "trusts where V8 comes from"),
        package("rustc-web", Compiler, AnyFile(&["/usr/bin/rustc"]), "compiles for other systems"),
        package("cargo-web", Compiler, AnyFile(&["/usr/bin/cargo"]), "compiles for other systems"),
        package("rust-web-src", Compiler, AnyFile(&["/usr/lib/rustlib/src/rust/library/Cargo.lock"]), "Rust's libraries for other systems"),
        package("g++-mingw-w64-x86-64", Wine, Program("x86_64-w64-mingw32-g++"), "links programs for Windows"),
        package("wine64", Wine, AnyFile(&["/usr/lib/wine/wine64"]), "runs programs for Windows"),
    ]
};

/// Debian, Fedora and Arch each keep the font in a folder of their own.
const DEJAVU: &[&str] = &[
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
];

impl Package {
    /// Whether the package, or what it would bring, is there.
    pub(crate) fn is_present(&self) -> bool {
        match self.probe {
            Probe::Program(name) => system::has_program(name),
            Probe::Library(file) => system::has_library(file),
            Probe::AnyFile(paths) => system::has_file(paths),
            Probe::PkgConfig(module) => {
                succeeds(Command::new("pkg-config").args(["--exists", module]))
            }
        }
    }
}

/// The packages for these purposes; none where the system is not Linux.
pub(crate) fn needed(purposes: &[Purpose]) -> impl Iterator<Item = &'static Package> {
    PACKAGES
        .iter()
        .filter(|package| cfg!(target_os = "linux") && purposes.contains(&package.purpose))
}

/// Makes sure that the packages for these purposes are there: installs what is missing where that
/// is possible without asking, else fails with what to do.
pub(crate) fn ensure(purposes: &[Purpose]) -> Result<()> {
    let missing = missing(purposes);
    if missing.is_empty() {
        return Ok(());
    }
    if !system::is_debian_like() {
        return Err(format!(
            "these packages are missing (Debian's names; install your system's own): {}",
            missing.join(" ")
        )
        .into());
    }
    let privilege: &[&str] = if system::is_root() {
        &[]
    } else if system::has_sudo() {
        &["sudo", "-n"]
    } else {
        return Err(format!(
            "system packages are missing; install them with: {}",
            install_line("sudo ", &missing)
        )
        .into());
    };
    println!(
        "system packages are missing, installing: {}",
        missing.join(" ")
    );
    install(privilege, &missing)?;
    match self::missing(purposes).as_slice() {
        [] => Ok(()),
        rest => Err(format!("installed, and still not found: {}", rest.join(" ")).into()),
    }
}

/// What this user would type to install packages.
pub(crate) fn advice(names: &[&str]) -> String {
    install_line(if system::is_root() { "" } else { "sudo " }, names)
}

fn install_line(prefix: &str, names: &[&str]) -> String {
    format!(
        "{prefix}apt-get update && {prefix}apt-get install -y --no-install-recommends {}",
        names.join(" ")
    )
}

fn missing(purposes: &[Purpose]) -> Vec<&'static str> {
    needed(purposes)
        .filter(|package| !package.is_present())
        .map(|package| package.name)
        .collect()
}

fn install(privilege: &[&str], names: &[&str]) -> Result<()> {
    // `env`, because sudo drops the variables of its caller.
    let apt_get = || {
        let words = [
            privilege,
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
        ]
        .concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command.args(["-y", "-q", "-o", "DPkg::Lock::Timeout=120"]);
        command
    };
    if let Err(error) = workspace::run(apt_get().arg("update")) {
        // One unreachable source among many fails the update, yet seldom the installation.
        eprintln!("xtask: {error}; trying with the package lists as they are");
    }
    workspace::run(
        apt_get()
            .args(["install", "--no-install-recommends"])
            .args(names),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_listed_once() {
        let mut names: Vec<_> = PACKAGES.iter().map(|package| package.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn the_printed_command_can_be_pasted() {
        assert_eq!(
            install_line("sudo ", &["cmake", "xvfb"]),
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends cmake xvfb"
        );
        assert_eq!(
            install_line("", &["cmake"]),
            "apt-get update && apt-get install -y --no-install-recommends cmake"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn purposes_select_packages() {
        let gui: Vec<_> = needed(&[Purpose::Gui])
            .map(|package| package.name)
            .collect();
        assert!(gui.contains(&"xvfb") && !gui.contains(&"cmake"));
        assert_eq!(needed(&[]).count(), 0);
    }
}
