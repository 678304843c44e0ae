//! The extension that sets the globals.

use std::io::{self, IsTerminal};

use deno_core::{OpState, op2};
use serde::Serialize;

use super::Globals;
use super::exit::{ExitRequest, op_app_exit};
use super::files::{op_app_read_text_file, op_app_write_text_file};

/// What `bootstrap.js` reads once, as it runs.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Boot {
    args: Vec<String>,
    main_module: String,
    target: String,
    color_stdout: bool,
    color_stderr: bool,
}

impl Boot {
    fn new(args: Vec<String>, main_module: String) -> Self {
        // Deno names systems as target triples do.
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            os => os,
        };
        let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            args,
            main_module,
            target: format!("{}-unknown-{os}", std::env::consts::ARCH),
            color_stdout: color && io::stdout().is_terminal(),
            color_stderr: color && io::stderr().is_terminal(),
        }
    }
}

#[op2]
#[serde]
fn op_app_boot(state: &OpState) -> Boot {
    state.borrow::<Boot>().clone()
}

#[op2]
async fn op_app_anchor() {
    std::future::pending().await
}

deno_core::extension!(
    host_app,
    deps = [deno_webidl, deno_web],
    ops = [
        op_app_anchor,
        op_app_boot,
        op_app_exit,
        op_app_read_text_file,
        op_app_write_text_file,
    ],
    lazy_loaded_js = [dir "src/ext/js", "web.js", "deno.js"],
    js = [dir "src/ext/js", "bootstrap.js"],
    options = { globals: Globals },
    state = |state, options| {
        let Globals { args, main_module, exit } = options.globals;
        state.put(Boot::new(args, main_module.into()));
        state.put(ExitRequest::new(exit));
    },
);
