//! From a module's text to what the engine runs.

use std::sync::Arc;

use deno_ast::{
    DecoratorsTranspileOption, EmitOptions, FoldProgramError, MediaType, ParseParams,
    SourceMapOption, TranspileError, TranspileModuleOptions, TranspileOptions, parse_module,
};
use deno_core::ModuleSpecifier;

use super::LoadError;

/// A script ready for the engine.
pub(super) struct Script {
    /// JavaScript.
    pub(super) code: String,
    /// From positions in `code` to positions in the source; none when they are the same.
    pub(super) source_map: Option<Vec<u8>>,
}

/// Parses `text`, so that both engines report the same syntax errors, and turns it into
/// JavaScript if it is not that already.
pub(super) fn transpile(
    specifier: &ModuleSpecifier,
    media_type: MediaType,
    text: Arc<str>,
) -> Result<Script, LoadError> {
    let parsed = parse_module(ParseParams {
        specifier: specifier.clone(),
        text: Arc::clone(&text),
        media_type,
        capture_tokens: false,
        scope_analysis: false,
        maybe_syntax: None,
    })
    .map_err(|diagnostic| LoadError::Syntax(Box::new(diagnostic)))?;
    if !media_type.is_emittable() {
        return Ok(Script {
            code: text.as_ref().to_owned(),
            source_map: None,
        });
    }

    let emitted = parsed
        .transpile(
            &TranspileOptions {
                // The engines have no decorators of their own.
                decorators: DecoratorsTranspileOption::Ecma,
                ..TranspileOptions::default()
            },
            &TranspileModuleOptions::default(),
            &EmitOptions {
                source_map: SourceMapOption::Separate,
                inline_sources: false,
                ..EmitOptions::default()
            },
        )
        .map_err(|error| untranspilable(specifier, error))?
        .into_source();
    Ok(Script {
        code: emitted.text,
        source_map: emitted.source_map.map(String::into_bytes),
    })
}

fn untranspilable(specifier: &ModuleSpecifier, error: TranspileError) -> LoadError {
    let diagnostics = match error {
        TranspileError::ParseErrors(diagnostics)
        | TranspileError::FoldProgram(FoldProgramError::ParseDiagnostics(diagnostics)) => {
            diagnostics.0
        }
        other => {
            return LoadError::Untranspilable {
                specifier: specifier.to_string(),
                reason: other.to_string(),
            };
        }
    };
    match diagnostics.into_iter().next() {
        Some(first) => LoadError::Syntax(Box::new(first)),
        None => LoadError::Untranspilable {
            specifier: specifier.to_string(),
            reason: "the parser gave no reason".to_owned(),
        },
    }
}
