//! The JavaScript engine that the app is built with.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

use clap::ValueEnum;

use crate::packages::Purpose;
use crate::process::Result;
use crate::workspace;

/// The variable that tells the v8 crate's build script where a prebuilt V8 is.
pub(crate) const ARCHIVE_VARIABLE: &str = "RUSTY_V8_ARCHIVE";

/// Which JavaScript engine runs the apps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// QuickJS, which builds from crates.io alone
    #[default]
    Quickjs,
    /// V8, which has a JIT and needs a prebuilt archive
    V8,
}

/// How the host is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quickly, for tests and the demo.
    Debug,
    /// To be quick, for measurements.
    Release,
}

impl Engine {
    /// The name that command lines have for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quickjs => "quickjs",
            Self::V8 => "v8",
        }
    }

    /// The arguments that select this engine in a crate that has engine features.
    pub(crate) fn features(self) -> &'static [&'static str] {
        match self {
            Self::Quickjs => &[],
            Self::V8 => &["--no-default-features", "--features", "v8"],
        }
    }

    /// What this engine needs beyond what every build does.
    pub(crate) fn purposes(self) -> &'static [Purpose] {
        if self.is_at_hand() {
            &[]
        } else {
            &[Purpose::Download]
        }
    }

    /// Whether it builds without a download of its own.
    pub(crate) fn is_at_hand(self) -> bool {
        match self {
            Self::Quickjs => true,
            Self::V8 => env::var_os(ARCHIVE_VARIABLE).is_some() || local_archive().is_some(),
        }
    }

    /// Cargo, set up to build with this engine. What is the same with both is built once.
    pub(crate) fn cargo(self) -> Command {
        let mut cargo = workspace::cargo();
        if self == Self::V8
            && let Some(archive) = local_archive()
        {
            cargo.env(ARCHIVE_VARIABLE, archive);
        }
        cargo
    }

    /// Says where V8 comes from, when that is something this command decided.
    pub(crate) fn announce(self) {
        if self == Self::V8
            && let Some(archive) = local_archive()
        {
            println!(
                "using the V8 archive {} ({ARCHIVE_VARIABLE} is not set)",
                archive.display()
            );
        }
    }

    /// Builds the `host` binary and returns its path, which no build with the other engine changes.
    pub(crate) fn build_host(self, profile: Profile) -> Result<PathBuf> {
        let mut build = self.cargo();
        build.args(["build", "-p", "host"]).args(self.features());
        let folder = match profile {
            Profile::Debug => "debug",
            Profile::Release => {
                build.arg("--release");
                "release"
            }
        };
        workspace::run(&mut build)?;
        let name = format!("host{EXE_SUFFIX}");
        let built = workspace::target_dir().join(folder).join(&name);
        let own = workspace::target_dir().join("hosts").join(self.name());
        let own = own.join(folder);
        fs::create_dir_all(&own)?;
        let own = own.join(name);
        // An app may still run that was started from it.
        match fs::remove_file(&own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        fs::copy(&built, &own)
            .map_err(|error| format!("the build left no {}: {error}", built.display()))?;
        Ok(own)
    }
}

/// The archive kept beside the repository, unless the user chose one.
pub(crate) fn local_archive() -> Option<PathBuf> {
    // It was built for this platform alone.
    let fits = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    if !fits || env::var_os(ARCHIVE_VARIABLE).is_some() {
        return None;
    }
    workspace::root()
        .join("../shared/v8/librusty_v8.a.gz")
        .canonicalize()
        .ok()
}
