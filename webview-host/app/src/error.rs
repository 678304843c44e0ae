//! Why an app ended badly.

use deno_core::error::{CoreError, CoreErrorKind, JsError};

use crate::load::LoadError;

/// An app could not be started, or its script failed.
///
/// [`report::describe`](crate::report::describe) gives the text to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A module or the configuration cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The script threw an error, or rejected a promise, that nothing handles.
    #[error(transparent)]
    Uncaught(Box<JsError>),
    /// The main module awaits something that can no longer happen.
    #[error("The app waits at a top-level await for something that can no longer happen")]
    Stalled,
    /// The engine itself failed.
    #[error(transparent)]
    Engine(CoreError),
}

impl RunError {
    /// Stable machine-readable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Load(error) => error.code(),
            Self::Uncaught(_) => "uncaught-error",
            Self::Stalled => "stalled-await",
            Self::Engine(_) => "engine-error",
        }
    }
}

impl From<CoreError> for RunError {
    fn from(error: CoreError) -> Self {
        match *error.0 {
            CoreErrorKind::Js(error) => Self::Uncaught(error),
            CoreErrorKind::JsBox(error) => match error.get_inner_ref() {
                Some(inner) if let Some(error) = inner.downcast_ref::<LoadError>() => {
                    Self::Load(error.clone())
                }
                _ => Self::Engine(CoreErrorKind::JsBox(error).into_box()),
            },
            kind => Self::Engine(kind.into_box()),
        }
    }
}
