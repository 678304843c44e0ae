//! Why a module cannot be loaded.

use std::borrow::Cow;

use app_config::ConfigError;
use deno_ast::ParseDiagnostic;
use deno_error::{AdditionalProperties, JsErrorClass};

/// A module, or the app's configuration, cannot be loaded.
///
/// In scripts a failed `import()` rejects with a `TypeError` whose message starts with the
/// [code](Self::code).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// No file is where the specifier points, or the host has no such `host:` module.
    #[error("Cannot find module \"{specifier}\"{}", imported_from(.referrer))]
    NotFound {
        /// The resolved specifier.
        specifier: String,
        /// The importing module; none for the app's main module.
        referrer: Option<String>,
    },
    /// The file is there but cannot be read as text.
    #[error("Cannot read module \"{specifier}\"{}: {reason}", imported_from(.referrer))]
    Unreadable {
        /// The resolved specifier.
        specifier: String,
        /// The importing module; none for the app's main module.
        referrer: Option<String>,
        /// What the system says.
        reason: String,
    },
    /// The module's text is not valid in its language.
    #[error("{0}")]
    Syntax(Box<ParseDiagnostic>),
    /// The module is well-formed but cannot be turned into JavaScript.
    #[error("Cannot transpile \"{specifier}\": {reason}")]
    Untranspilable {
        /// The resolved specifier.
        specifier: String,
        /// What the transpiler says.
        reason: String,
    },
    /// A bare specifier that `imports` in deno.json does not map.
    #[error(
        "Cannot resolve \"{specifier}\" from \"{referrer}\": not a relative path, not a URL and not in the \"imports\" of the app's deno.json"
    )]
    Unmapped {
        /// The specifier as written.
        specifier: String,
        /// The importing module.
        referrer: String,
    },
    /// The import map refuses the specifier.
    #[error("Cannot resolve \"{specifier}\" from \"{referrer}\": {reason}")]
    Refused {
        /// The specifier as written.
        specifier: String,
        /// The importing module.
        referrer: String,
        /// What the import map says.
        reason: String,
    },
    /// Neither a local file nor a `host:` module: remote and package imports are not loaded.
    #[error(
        "Cannot import \"{specifier}\" from \"{referrer}\": only local files and host: modules can be imported"
    )]
    Unsupported {
        /// The resolved specifier.
        specifier: String,
        /// The importing module.
        referrer: String,
    },
    /// A file whose extension names no script or JSON language.
    #[error("Cannot load \"{specifier}\": not a JavaScript, TypeScript or JSON file")]
    UnknownLanguage {
        /// The resolved specifier.
        specifier: String,
    },
    /// deno.json or host.json is there and cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl LoadError {
    /// Stable machine-readable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "module-not-found",
            Self::Unreadable { .. } => "module-unreadable",
            Self::Syntax(_) => "syntax-error",
            Self::Untranspilable { .. } => "untranspilable",
            Self::Unmapped { .. } => "unmapped-import",
            Self::Refused { .. } => "refused-import",
            Self::Unsupported { .. } => "unsupported-import",
            Self::UnknownLanguage { .. } => "unknown-language",
            Self::Config(_) => "invalid-config",
        }
    }
}

fn imported_from(referrer: &Option<String>) -> String {
    match referrer {
        Some(referrer) => format!(" imported from \"{referrer}\""),
        None => String::new(),
    }
}

impl JsErrorClass for LoadError {
    fn get_class(&self) -> Cow<'static, str> {
        match self {
            Self::Syntax(_) => "SyntaxError".into(),
            _ => "TypeError".into(),
        }
    }

    fn get_message(&self) -> Cow<'static, str> {
        format!("{}: {self}", self.code()).into()
    }

    fn get_additional_properties(&self) -> AdditionalProperties {
        Box::new(std::iter::once(("code".into(), self.code().into())))
    }

    fn get_ref(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }
}
