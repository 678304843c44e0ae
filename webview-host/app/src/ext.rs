//! What scripts find in their global scope: web APIs from Deno's published extension crates, and
//! the small part of `Deno` that an app needs.

mod exit;
mod extension;
mod files;
mod print;
mod sources;

use std::rc::Rc;
use std::sync::Arc;

use deno_core::Extension;
use deno_core::url::Url;

pub(crate) use exit::ExitRequest;

/// What the `Deno` namespace tells a script about its app, and how a script ends it.
pub(crate) struct Globals {
    /// `Deno.args`.
    pub(crate) args: Vec<String>,
    /// `Deno.mainModule`.
    pub(crate) main_module: Url,
    /// Receives the code of `Deno.exit(code)` on the script's thread. If it returns, the engine is
    /// stopped before the script runs another line.
    pub(crate) exit: Rc<dyn Fn(i32)>,
}

/// The op that is pending as long as a script runs, and never keeps it alive.
///
/// With it there is always a pending op, which turns deno_core's own detection of stalled
/// top-level awaits off: that one differs between the engines and knows nothing of [`Idle`].
///
/// [`Idle`]: crate::Idle
pub(crate) const ANCHOR_OP: &str = "op_app_anchor";

/// All extensions of an app's runtime in the order they must be loaded: the web APIs, `more`, and
/// the globals, which take deno_core's internals out of the script's reach.
pub(crate) fn extensions(globals: Globals, more: Vec<Extension>) -> Vec<Extension> {
    let mut extensions = vec![
        // First, so that `more` may print elsewhere.
        print::host_print::init(),
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(
            Arc::<deno_web::BlobStore>::default(),
            None,
            false,
            deno_web::InMemoryBroadcastChannel::default(),
        ),
    ];
    extensions.extend(more);
    extensions.push(extension::host_app::init(globals));
    extensions.iter_mut().for_each(sources::embed);
    extensions
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use deno_ext::{Permissions, host_ipc, host_window};
    use ipc_protocol::Limits;
    use ipc_router::Router;

    use super::*;

    #[test]
    fn nothing_is_left_on_the_machine_that_built_the_program() {
        let globals = Globals {
            args: Vec::new(),
            main_module: "file:///main.ts".parse().unwrap(),
            exit: Rc::new(|_| {}),
        };
        let (router, _port) = Router::new(Limits::default());
        let more = vec![
            host_ipc::init(router.clone(), Permissions::default()),
            host_window::init(router, Permissions::default()),
        ];
        for extension in extensions(globals, more) {
            let scripts = [
                extension.js_files,
                extension.esm_files,
                extension.lazy_loaded_js_files,
                extension.lazy_loaded_esm_files,
            ];
            for script in scripts.iter().flat_map(|files| files.iter()) {
                assert!(script.is_runtime_loadable(), "{}", script.specifier);
            }
        }
    }
}
