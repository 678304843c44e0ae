//! What an app is granted, and what its pages may load: `host.json`, or `"host"` in deno.json.

use std::path::Path;

use deno_ext::Permissions;
use ipc_protocol::{ChannelList, Origin};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use webview_host::Csp;

use crate::load::{Config, LoadError};

/// The file beside the main module.
const FILE_NAME: &str = "host.json";

/// The field of deno.json that stands for it.
const FIELD: &str = "host";

/// What an app may do. Without a file: open windows that show its own pages, use all channels, and
/// nothing remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// What its script may do.
    pub permissions: Permissions,
    /// What its pages may load and run.
    pub csp: Csp,
}

impl Manifest {
    /// Reads the manifest of an app in `directory`, an absolute path.
    ///
    /// # Errors
    /// [`LoadError::Config`], when it is not valid, or there are two.
    pub fn find(directory: &Path) -> Result<Manifest, LoadError> {
        let path = directory.join(FILE_NAME);
        let own = path.exists().then(|| Config::read(path)).transpose()?;
        let mut shared = Config::find(directory)?;
        let field = shared.as_mut().and_then(|it| it.fields.remove(FIELD));
        match (own, shared.zip(field)) {
            (Some(own), Some(_)) => {
                let reason = format!("the app has a `{FIELD}` in its deno.json, too");
                Err(own.invalid(reason))
            }
            (Some(own), None) => read(Value::Object(own.fields.clone()), &own, None),
            (None, Some((shared, field))) => read(field, &shared, Some(FIELD)),
            (None, None) => Ok(Manifest::default()),
        }
    }
}

/// The manifest as it is written. `null` is not the same as nothing.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    permissions: WrittenPermissions,
    #[serde(deserialize_with = "csp")]
    csp: Csp,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenPermissions {
    #[serde(deserialize_with = "given")]
    windows: Option<bool>,
    origins: Vec<Origin>,
    #[serde(deserialize_with = "given")]
    channels: Option<ChannelList>,
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

/// Reads what stands in `config`: all of it, or its field `field`.
fn read(value: Value, config: &Config, field: Option<&str>) -> Result<Manifest, LoadError> {
    // Of which readers would take the elements for fields.
    if value.is_array() || value["permissions"].is_array() {
        return Err(config.invalid("the manifest and its `permissions` are objects"));
    }
    let written: Written = serde_path_to_error::deserialize(value).map_err(|error| {
        let is_whole = error.path().iter().next().is_none();
        let path = (!is_whole).then(|| error.path().to_string());
        let place: Vec<_> = field.map(str::to_owned).into_iter().chain(path).collect();
        match place[..] {
            [] => config.invalid(error.inner()),
            _ => config.invalid(format!("`{}`: {}", place.join("."), error.inner())),
        }
    })?;
    let mut permissions = Permissions::default();
    permissions.windows = written.permissions.windows.unwrap_or(permissions.windows);
    permissions.origins = written.permissions.origins;
    permissions.channels = written.permissions.channels;
    Ok(Manifest {
        permissions,
        csp: written.csp,
    })
}
