//! What an app is granted: `host.json`, or `"host"` in deno.json.

use std::path::Path;

use ipc_protocol::{ChannelList, Downloads, Origin};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use webview_host::{AppId, Csp};

use crate::config::Config;
use crate::{Below, ConfigError, Instances, PagesFolder, Reason, document};

/// The field of deno.json that stands for a host.json.
const FIELD: &str = "host";

/// What an app may do. Without a file: open windows that show its own pages, use all channels, and
/// nothing remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// Whether its script may open windows.
    pub windows: bool,
    /// The origins whose pages its windows may show.
    pub origins: Vec<Origin>,
    /// The channels that its script may use; any when there is no list.
    pub channels: Option<ChannelList>,
    /// Whether its script may show the system's dialogs.
    pub dialogs: bool,
    /// Whether its script may have URLs opened in other programs.
    pub open_external: bool,
    /// What its pages may load and run.
    pub csp: Csp,
    /// Whether stderr tells what its pages write to their consoles. That grants nothing, but it has no
    /// better place.
    pub console: bool,
    /// What becomes of files that its pages, or their users, want to save.
    pub downloads: Downloads,
    /// What happens when it is started while it runs.
    pub instances: Instances,
    /// Where its pages' files are.
    pub pages: PagesFolder,
    /// The name by which a desktop knows it.
    pub id: Option<AppId>,
    /// The icon of its windows, from the folder of its pages' files.
    pub icon: Option<Below>,
}

impl Default for Grants {
    fn default() -> Grants {
        Grants {
            windows: true,
            origins: Vec::new(),
            channels: None,
            dialogs: false,
            open_external: false,
            csp: Csp::default(),
            console: true,
            downloads: Downloads::Ask,
            instances: Instances::default(),
            pages: PagesFolder::default(),
            id: None,
            icon: None,
        }
    }
}

impl Grants {
    /// Reads what the app with this main module, an absolute path, is granted.
    ///
    /// # Errors
    /// When a file is there that cannot be used, or there are two that say it.
    pub fn find(main: &Path) -> Result<Grants, ConfigError> {
        let own = Config::manifest(main)?;
        let mut shared = Config::shared(main)?;
        let field = shared.as_mut().and_then(|it| it.fields.remove(FIELD));
        let (value, file, field) = match (own, shared.zip(field)) {
            (Some(own), Some(_)) => {
                return Err(own.invalid(Reason::Grants(format!(
                    "the app has a `{FIELD}` in its deno.json, too"
                ))));
            }
            (Some(own), None) => (Value::Object(own.fields.clone()), own, None),
            (None, Some((shared, field))) => (field, shared, Some(FIELD)),
            (None, None) => return Ok(Grants::default()),
        };
        let grants = read(value, field).and_then(|grants| {
            let folder = main.parent().unwrap_or(main);
            let checked = grants.pages.check(folder, grants.icon.as_ref(), field);
            checked.map(|()| grants)
        });
        grants.map_err(|reason| file.invalid(reason))
    }

    /// Reads the text of a host.json.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn parse(text: &str) -> Result<Grants, Reason> {
        read(Value::Object(document::parse(text)?), None)
    }
}

/// The manifest as it is written. `null` is not the same as nothing.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    permissions: WrittenPermissions,
    #[serde(deserialize_with = "csp")]
    csp: Csp,
    #[serde(deserialize_with = "given")]
    console: Option<bool>,
    #[serde(deserialize_with = "given")]
    downloads: Option<Downloads>,
    instances: Instances,
    #[serde(deserialize_with = "given")]
    pages: Option<Below>,
    #[serde(deserialize_with = "given")]
    fallback: Option<Below>,
    #[serde(deserialize_with = "app_id")]
    id: Option<AppId>,
    #[serde(deserialize_with = "given")]
    icon: Option<Below>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct WrittenPermissions {
    #[serde(deserialize_with = "given")]
    windows: Option<bool>,
    origins: Vec<Origin>,
    #[serde(deserialize_with = "given")]
    channels: Option<ChannelList>,
    dialogs: bool,
    open_external: bool,
}

fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn csp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Csp, D::Error> {
    Csp::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn app_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AppId>, D::Error> {
    let id = AppId::new(String::deserialize(deserializer)?);
    id.map(Some).map_err(D::Error::custom)
}

/// Reads a manifest, which may be the field of a document.
fn read(value: Value, field: Option<&str>) -> Result<Grants, Reason> {
    // Of which readers would take the elements for fields.
    if value.is_array() || value["permissions"].is_array() {
        let reason = "the manifest and its `permissions` are objects";
        return Err(Reason::Grants(reason.to_owned()));
    }
    let written: Written = serde_path_to_error::deserialize(value).map_err(|error| {
        let is_whole = error.path().iter().next().is_none();
        let path = (!is_whole).then(|| error.path().to_string());
        let place: Vec<_> = field.map(str::to_owned).into_iter().chain(path).collect();
        Reason::Grants(match place[..] {
            [] => error.inner().to_string(),
            _ => format!("`{}`: {}", place.join("."), error.inner()),
        })
    })?;
    let WrittenPermissions {
        windows,
        origins,
        channels,
        dialogs,
        open_external,
    } = written.permissions;
    Ok(Grants {
        windows: windows.unwrap_or(true),
        origins,
        channels,
        dialogs,
        open_external,
        csp: written.csp,
        console: written.console.unwrap_or(true),
        downloads: written.downloads.unwrap_or(Downloads::Ask),
        instances: written.instances,
        pages: PagesFolder {
            folder: written.pages,
            fallback: written.fallback,
        },
        id: written.id,
        icon: written.icon,
    })
}
