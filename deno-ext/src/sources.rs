//! The modules' sources, inside of the program: deno_core's own macro only notes where they were
//! when it was built, for embedders that make snapshots.

/// The scripts of an extension, by their names below `src/js`, for its `lazy_loaded_js_files`; and those
/// whose text is elsewhere, by their names.
macro_rules! sources {
    ($extension:literal: $($file:literal),+ $(; $name:literal = $text:expr)*) => {{
        const SOURCES: &[deno_core::ExtensionFileSource] = &[$(
            deno_core::ExtensionFileSource::new(
                concat!("ext:", $extension, "/", $file),
                deno_core::ascii_str_include!(concat!("js/", $file)),
            )
        ),+ $(,
            deno_core::ExtensionFileSource::new(
                concat!("ext:", $extension, "/", $name),
                deno_core::ascii_str!($text),
            )
        )*];
        std::borrow::Cow::Borrowed(SOURCES)
    }};
}

pub(crate) use sources;
