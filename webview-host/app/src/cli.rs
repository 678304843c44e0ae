//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Exit code of an app that could not be started or whose script failed.
pub const EXIT_FAILURE: u8 = 1;

/// Runs a Deno app in its own windows.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "host",
    version,
    after_help = "Exit codes:\n  \
        0  the app has ended: its last window is closed and its script has nothing more to do\n  \
        1  the app could not be started, or its script failed\n  \
        2  the command line is wrong\n  \
        n  the script called Deno.exit(n)"
)]
pub struct Cli {
    /// The app's main module, a TypeScript or JavaScript file.
    #[arg(value_name = "main.ts")]
    pub main: PathBuf,
    /// The app's own arguments, which it finds in Deno.args.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}
