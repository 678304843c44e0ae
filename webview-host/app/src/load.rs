//! The app's modules: which file a specifier names, and its JavaScript.
//!
//! An app consists of local files and of the host's own `host:` modules. TypeScript and JSX are
//! transpiled as they are loaded, never type-checked; the source maps stay here for stack traces.

mod error;
mod loader;
mod transpile;

pub use error::LoadError;
pub(crate) use loader::Loader;
