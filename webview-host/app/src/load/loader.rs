//! The engine's module loader.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use deno_ast::MediaType;
use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleResolveResponse,
    ModuleSource, ModuleSourceCode, ModuleSpecifier, ModuleType, ResolutionKind,
};
use deno_error::JsErrorBox;
use import_map::{ImportMap, ImportMapErrorKind};

use super::transpile::{Script, transpile};
use super::{LoadError, import_map as config};

/// Loads the modules of one app, and remembers what stack traces need to point into their source.
pub(crate) struct Loader {
    import_map: ImportMap,
    loaded: RefCell<HashMap<String, Loaded>>,
}

struct Loaded {
    text: Arc<str>,
    source_map: Option<Vec<u8>>,
}

impl Loader {
    /// A loader for an app in `directory`, an absolute path. Fails when the app's deno.json cannot
    /// be used.
    pub(crate) fn new(directory: &Path) -> Result<Self, LoadError> {
        Ok(Self {
            import_map: config::find(directory)?,
            loaded: RefCell::default(),
        })
    }

    fn resolve_specifier(
        &self,
        specifier: &str,
        referrer: &str,
    ) -> Result<ModuleSpecifier, LoadError> {
        let base = ModuleSpecifier::parse(referrer);
        let base = base.as_ref().unwrap_or(self.import_map.base_url());
        let resolved =
            self.import_map
                .resolve(specifier, base)
                .map_err(|error| match error.into_kind() {
                    ImportMapErrorKind::UnmappedBareSpecifier(..) => LoadError::Unmapped {
                        specifier: specifier.to_owned(),
                        referrer: referrer.to_owned(),
                    },
                    other => LoadError::Refused {
                        specifier: specifier.to_owned(),
                        referrer: referrer.to_owned(),
                        reason: other.to_string(),
                    },
                })?;
        match resolved.scheme() {
            "file" | "host" => Ok(resolved),
            _ => Err(LoadError::Unsupported {
                specifier: resolved.into(),
                referrer: referrer.to_owned(),
            }),
        }
    }

    fn load_file(
        &self,
        specifier: &ModuleSpecifier,
        referrer: Option<&str>,
    ) -> Result<ModuleSource, LoadError> {
        let not_found = || LoadError::NotFound {
            specifier: specifier.to_string(),
            referrer: referrer.map(str::to_owned),
        };
        // Whatever is no file is a `host:` module that no extension provides.
        let path = specifier.to_file_path().map_err(|()| not_found())?;
        let media_type = MediaType::from_specifier(specifier);
        let module_type = match media_type {
            MediaType::JavaScript
            | MediaType::Mjs
            | MediaType::Jsx
            | MediaType::TypeScript
            | MediaType::Mts
            | MediaType::Tsx => ModuleType::JavaScript,
            MediaType::Json => ModuleType::Json,
            // Checked first, so that a mistyped path is called missing and not unknown.
            _ if !path.exists() => return Err(not_found()),
            _ => {
                return Err(LoadError::UnknownLanguage {
                    specifier: specifier.to_string(),
                });
            }
        };

        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => not_found(),
            _ => LoadError::Unreadable {
                specifier: specifier.to_string(),
                referrer: referrer.map(str::to_owned),
                reason: error.to_string(),
            },
        })?;
        let text: Arc<str> = text.strip_prefix('\u{feff}').unwrap_or(&text).into();
        let script = match module_type {
            ModuleType::Json => Script {
                code: text.as_ref().to_owned(),
                source_map: None,
            },
            _ => transpile(specifier, media_type, Arc::clone(&text))?,
        };
        self.loaded.borrow_mut().insert(
            specifier.to_string(),
            Loaded {
                text,
                source_map: script.source_map,
            },
        );
        Ok(ModuleSource::new(
            module_type,
            ModuleSourceCode::String(script.code.into()),
            specifier,
            None,
        ))
    }
}

impl ModuleLoader for Loader {
    fn resolve(
        &self,
        specifier: &str,
        referrer: &str,
        _kind: ResolutionKind,
    ) -> ModuleResolveResponse {
        self.resolve_specifier(specifier, referrer)
            .map_err(JsErrorBox::from_err)
    }

    /// Reads at once: the event loop is idle only if no module is on its way, and modules are
    /// small local files.
    fn load(
        &self,
        specifier: &ModuleSpecifier,
        referrer: Option<&ModuleLoadReferrer>,
        _options: ModuleLoadOptions,
    ) -> ModuleLoadResponse {
        let referrer = referrer.map(|referrer| referrer.specifier.as_str());
        ModuleLoadResponse::Sync(
            self.load_file(specifier, referrer)
                .map_err(JsErrorBox::from_err),
        )
    }

    /// Where a dynamic import is refused: [`load`](Self::load) is not told its importer.
    fn prepare_load(
        &self,
        specifier: &ModuleSpecifier,
        referrer: Option<String>,
        _code: Option<String>,
        options: ModuleLoadOptions,
    ) -> Pin<Box<dyn Future<Output = Result<(), JsErrorBox>>>> {
        let missing =
            options.is_dynamic_import && !specifier.to_file_path().is_ok_and(|path| path.exists());
        let prepared = if missing {
            Err(JsErrorBox::from_err(LoadError::NotFound {
                specifier: specifier.to_string(),
                referrer,
            }))
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(prepared))
    }

    fn get_source_map(&self, file_name: &str) -> Option<Cow<'_, [u8]>> {
        let loaded = self.loaded.borrow();
        let source_map = loaded.get(file_name)?.source_map.clone()?;
        Some(Cow::Owned(source_map))
    }

    fn get_source_mapped_source_line(&self, file_name: &str, index: usize) -> Option<String> {
        let loaded = self.loaded.borrow();
        let line = loaded.get(file_name)?.text.lines().nth(index)?;
        Some(line.to_owned())
    }
}
