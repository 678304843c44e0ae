//! What is measured: ours on each engine, and the peers.

use std::fmt;

use serde::Serialize;

/// The engine of one of our hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    /// V8
    V8,
    /// QuickJS
    Quickjs,
}

impl Engine {
    /// Both, in the order in which they are shown.
    pub(crate) const ALL: [Self; 2] = [Self::V8, Self::Quickjs];

    /// The engine that a command line names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "v8" => Some(Self::V8),
            "quickjs" => Some(Self::Quickjs),
            _ => None,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V8 => "V8",
            Self::Quickjs => "QuickJS",
        })
    }
}

/// What a peer is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Peer {
    /// The same in Tauri.
    Tauri,
    /// What WebKitGTK does when C asks it directly.
    Ceiling,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tauri => "Tauri",
            Self::Ceiling => "the ceiling",
        })
    }
}
