//! The app's modules: which file a specifier names, and its JavaScript.
//!
//! An app consists of local files and of the host's own `host:` modules. TypeScript and JSX are
//! transpiled as they are loaded, never type-checked; the source maps stay here for stack traces.

mod config;
mod error;
mod import_map;
mod loader;
mod transpile;

pub(crate) use config::Config;
pub use error::LoadError;
pub(crate) use loader::Loader;
