//! How many instances of an app may run: `"instances"` of the manifest.

use serde::{Deserialize, Serialize};

/// What happens when an app is started that runs already, for the same user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instances {
    /// It runs once more. What its pages store is another instance's.
    #[default]
    OwnStorage,
    /// The one that runs is told of the start, which ends.
    One,
}
