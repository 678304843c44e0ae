//! Wine, in a folder and with a server of its own, which end with the tier.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Result, Running};
use crate::workspace;

/// The program that runs those of Windows.
const WINE: &str = "/usr/lib/wine/wine64";

/// What its programs have in common. Without one that stays, every program starts one.
const SERVER: &str = "/usr/lib/wine/wineserver64";

/// The longest that setting up its folder may take.
const SETUP: Duration = Duration::from_secs(300);

/// A wine that is ready to run programs; dropping it ends what it still runs.
pub(crate) struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// Starts one whose files are within this folder.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let prefix = folder.join("wine");
        fs::create_dir_all(&prefix)?;
        let wine = Self { prefix };
        wine.call(SERVER, &["-p"])?;
        wine.call(WINE, &["wineboot", "-i"])?;
        // Rust's std needs it, and old versions are Windows 7 unless told otherwise.
        wine.call(WINE, &["winecfg", "-v", "win10"])?;
        wine.add_missing_library()?;
        Ok(wine)
    }

    /// The variables with which cargo runs tests in it.
    pub(crate) fn variables(&self) -> [(&'static str, OsString); 4] {
        [
            ("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", WINE.into()),
            ("WINEPREFIX", self.prefix.clone().into()),
            ("WINEDEBUG", "-all".into()),
            // Neither .NET nor a browser, which it would ask to install.
            ("WINEDLLOVERRIDES", "mscoree,mshtml=".into()),
        ]
    }

    /// Runs one of wine's own programs to its end.
    fn call(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.variables())
            .stdin(Stdio::null())
            // What it starts stays, and would hold them open.
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = Running::start(&mut command)?.wait(SETUP)?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("{program} {} failed: {status}", arguments.join(" ")).into()),
        }
    }

    /// Adds the library that Rust's std imports, and old versions lack.
    fn add_missing_library(&self) -> Result<()> {
        let library = self
            .prefix
            .join("drive_c/windows/system32/bcryptprimitives.dll");
        if library.exists() {
            return Ok(());
        }
        let mut compile = Command::new("x86_64-w64-mingw32-gcc");
        compile
            .args(["-O1", "-shared", "-o"])
            .arg(library)
            .arg(workspace::root().join("xtask/cross/bcryptprimitives.c"))
            .arg("-ladvapi32");
        workspace::run(&mut compile)
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Fails only if it has ended by itself.
        let _ = self.call(SERVER, &["-k"]);
    }
}
