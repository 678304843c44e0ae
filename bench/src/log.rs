//! What the measured programs write to their standard error.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::Result;

/// One file for all programs, each under a heading.
pub(crate) struct Log {
    file: File,
}

impl Log {
    /// Makes an empty one.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { file })
    }

    /// Where the errors of a program go from now on.
    pub(crate) fn for_program(&self, what: &str) -> Result<Stdio> {
        // All share one place in the file, so that each goes on where the last one stopped.
        let mut file = self.file.try_clone()?;
        writeln!(file, "== {what}")?;
        Ok(file.into())
    }
}
