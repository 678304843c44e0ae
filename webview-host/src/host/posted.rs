//! What a page posted, before anything of it is believed.

use bytes::Bytes;
use ipc_protocol::{DecodeError, Limits, PageBatch};

/// A batch as the backend has reported it.
pub(super) enum Posted {
    /// Any document of the window may have posted this.
    Text(String),
    /// Only who knows the window's key is asked for one of these.
    Upload(Bytes),
}

impl Posted {
    /// How long it is, in bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Posted::Text(text) => text.len(),
            Posted::Upload(body) => body.len(),
        }
    }

    pub(super) fn decode(&self, limits: &Limits) -> Result<PageBatch, DecodeError> {
        match self {
            Posted::Text(text) => PageBatch::decode(text, limits),
            Posted::Upload(body) => PageBatch::decode_upload(body, limits),
        }
    }

    /// Whether it comes from the window's page, however malformed it is: nobody else knows the key.
    pub(super) fn has_key(&self, key: &str) -> bool {
        match self {
            Posted::Text(text) => text.contains(key),
            Posted::Upload(_) => true,
        }
    }
}
