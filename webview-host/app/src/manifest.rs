//! What an app is granted, as its script and its windows take it.

use std::path::Path;

use app_config::{Below, Grants, Instances, PagesFolder};
use deno_ext::Permissions;
use ipc_protocol::Downloads;
use webview_host::{AppId, Csp};

use crate::load::LoadError;

/// What an app may do. Without a file: open windows that show its own pages, use all channels, and
/// nothing remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What its script may do.
    pub permissions: Permissions,
    /// What its pages may load and run.
    pub csp: Csp,
    /// Whether stderr tells what its pages write to their consoles.
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

impl Default for Manifest {
    fn default() -> Manifest {
        Manifest::from(Grants::default())
    }
}

impl From<Grants> for Manifest {
    fn from(grants: Grants) -> Manifest {
        let mut permissions = Permissions::default();
        permissions.windows = grants.windows;
        permissions.origins = grants.origins;
        permissions.channels = grants.channels;
        permissions.dialogs = grants.dialogs;
        permissions.open_external = grants.open_external;
        Manifest {
            permissions,
            csp: grants.csp,
            console: grants.console,
            downloads: grants.downloads,
            instances: grants.instances,
            pages: grants.pages,
            id: grants.id,
            icon: grants.icon,
        }
    }
}

impl Manifest {
    /// Reads the manifest of the app with this main module, an absolute path: `host.json`, or
    /// `"host"` in deno.json, in the same folder.
    ///
    /// # Errors
    /// [`LoadError::Config`], when a file is there that cannot be used, or there are two.
    pub fn find(main: &Path) -> Result<Manifest, LoadError> {
        Ok(Grants::find(main)?.into())
    }
}
