//! Where there is no such socket: each instance runs on its own.

use std::path::Path;

use deno_ext::Start;
use tokio::sync::mpsc::Sender;

use super::{StartError, Started};
use crate::Storage;

/// There is none.
#[derive(Debug)]
pub enum Listener {}

impl Listener {
    /// Hears of no other start.
    pub async fn serve(self, _starts: Sender<Start>) {
        match self {}
    }
}

/// Takes storage that no other instance has.
///
/// # Errors
/// Never.
pub fn start(app: &Path, _start: &Start) -> Result<Started, StartError> {
    tracing::warn!(
        "`\"instances\": \"one\"` is not there on this system: every start is an instance"
    );
    Ok(Started::First(Storage::take(app), None))
}
