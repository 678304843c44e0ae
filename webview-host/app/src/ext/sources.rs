//! The extensions' scripts, inside of the program.

use deno_core::{Extension, ExtensionFileSource, ascii_str_include};

/// What `build.rs` finds. That they are ASCII, as engines take them without a copy, is seen to at
/// compile time.
#[allow(long_running_const_eval)]
const SOURCES: &[ExtensionFileSource] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// Has an extension take its scripts from the program instead of the machine that built it.
pub(super) fn embed(extension: &mut Extension) {
    for files in [
        &mut extension.js_files,
        &mut extension.esm_files,
        &mut extension.lazy_loaded_js_files,
        &mut extension.lazy_loaded_esm_files,
    ] {
        for file in files.to_mut() {
            let source = SOURCES.iter().find(|it| it.specifier == file.specifier);
            if let Some(source) = source {
                *file = source.clone();
            }
        }
    }
}
