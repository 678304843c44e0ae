//! What the configuration files of an app say: what it is granted, where its pages are ([`Grants`]),
//! and how the names of its modules resolve ([`Imports`]).
//!
//! Only files in the folder of the main module count: `host.json`, and `deno.json` or
//! `deno.jsonc`. Whoever writes them decides what the app runs and may do, so that a file counts
//! only if it belongs to someone whose code runs anyway ([`Owners`]). A file that is there and
//! cannot be used is an error, never the same as no file.
//!
//! ```
//! use app_config::Grants;
//!
//! let grants = Grants::parse(r#"{ "permissions": { "windows": false } }"#)?;
//! assert!(!grants.windows && grants.origins.is_empty());
//! assert!(Grants::parse("").is_err());
//! # Ok::<(), app_config::Reason>(())
//! ```

#![forbid(unsafe_code)]

mod config;
mod document;
mod error;
mod grants;
mod imports;
mod instances;
mod owners;
mod pages_folder;

pub use error::{ConfigError, Reason};
pub use grants::Grants;
pub use imports::{ImportError, Imports, Resolved};
pub use instances::Instances;
pub use owners::Owners;
pub use pages_folder::{Below, NotBelow, PagesFolder};
