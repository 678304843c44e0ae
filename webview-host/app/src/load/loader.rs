//! The engine's module loader.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use app_config::{ImportError, Imports, Owners};
use deno_ast::MediaType;
use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleResolveResponse,
    ModuleSource, ModuleSourceCode, ModuleSpecifier, ModuleType, ResolutionKind,
};
use deno_error::JsErrorBox;

use super::LoadError;
use super::transpile::{Script, transpile};

/// Loads the modules of one app, and remembers what stack traces need to point into their source.
pub(crate) struct Loader {
    imports: Imports,
    owners: Owners,
    /// The modules that the import map has named outside of the app's folder.
    outside: RefCell<HashSet<ModuleSpecifier>>,
    loaded: RefCell<HashMap<String, Loaded>>,
}

struct Loaded {
    text: Arc<str>,
    source_map: Option<Vec<u8>>,
}

impl Loader {
    /// A loader for the app with this main module, an absolute path. Fails when the app's deno.json
    /// cannot be used.
    pub(crate) fn new(main: &Path) -> Result<Self, LoadError> {
        Ok(Self {
            imports: Imports::find(main)?,
            owners: Owners::of(main),
            outside: RefCell::default(),
            loaded: RefCell::default(),
        })
    }

    fn resolve_specifier(
        &self,
        specifier: &str,
        referrer: &str,
    ) -> Result<ModuleSpecifier, LoadError> {
        let base = ModuleSpecifier::parse(referrer);
        let base = base.as_ref().unwrap_or(self.imports.base_url());
        let resolved = self.imports.resolve(specifier, base);
        let resolved = resolved.map_err(|error| match error {
            ImportError::Unmapped => LoadError::Unmapped {
                specifier: specifier.to_owned(),
                referrer: referrer.to_owned(),
            },
            ImportError::Refused(reason) => LoadError::Refused {
                specifier: specifier.to_owned(),
                referrer: referrer.to_owned(),
                reason,
            },
        })?;
        if resolved.is_outside {
            self.outside.borrow_mut().insert(resolved.url.clone());
        }
        match resolved.url.scheme() {
            "file" | "host" => Ok(resolved.url),
            _ => Err(LoadError::Unsupported {
                specifier: resolved.url.into(),
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
        let path = path_of(specifier).ok_or_else(not_found)?;
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

        let unreadable = |reason: String| LoadError::Unreadable {
            specifier: specifier.to_string(),
            referrer: referrer.map(str::to_owned),
            reason,
        };
        let text = if self.outside.borrow().contains(specifier) {
            let opened = self.owners.open(&path);
            let opened = opened.map_err(|reason| unreadable(reason.to_string()))?;
            read(opened.ok_or_else(not_found)?)
        } else {
            fs::read_to_string(path)
        };
        let text = text.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => not_found(),
            _ => unreadable(error.to_string()),
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

/// The file that a URL names. URLs of other schemes may have such paths, too.
fn path_of(specifier: &ModuleSpecifier) -> Option<PathBuf> {
    let is_file = specifier.scheme() == "file";
    is_file.then(|| specifier.to_file_path().ok()).flatten()
}

fn read(mut file: fs::File) -> io::Result<String> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
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
            options.is_dynamic_import && !path_of(specifier).is_some_and(|path| path.exists());
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
