//! The extensions' scripts, inside of the program.

use deno_core::{Extension, ExtensionFileSource};

/// Specifiers and texts, which `build.rs` finds.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// Has an extension take its scripts from the program instead of the machine that built it.
pub(super) fn embed(extension: &mut Extension) {
    for files in [
        &mut extension.js_files,
        &mut extension.esm_files,
        &mut extension.lazy_loaded_js_files,
        &mut extension.lazy_loaded_esm_files,
    ] {
        for file in files.to_mut() {
            let text = SOURCES.iter().find(|(name, _)| *name == file.specifier);
            if let Some((_, text)) = text {
                *file = ExtensionFileSource::new_computed(file.specifier, (*text).into());
            }
        }
    }
}
