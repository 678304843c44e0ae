//! A batch on its way to a page, in whatever form its backend takes it.

use bytes::Bytes;
use ipc_protocol::{BatchText, HostBatch, Payload};
use ipc_router::{Batch, Outgoing};
use preload_js::Delivery;

use crate::link::secret;
use crate::{BackendError, PageLink};

/// A batch that the host hands a page.
#[derive(Debug)]
pub struct Handover<'a> {
    link: &'a PageLink,
    page: &'a str,
    batch: &'a Batch,
}

impl<'a> Handover<'a> {
    /// A batch for the page with this id, of the window that has this link.
    pub(crate) fn new(link: &'a PageLink, page: &'a str, batch: &'a Batch) -> Handover<'a> {
        Handover { link, page, batch }
    }

    /// The script that hands the page the batch, for [`Backend::eval`](crate::Backend::eval). The
    /// bytes that its frames carry are offered at the link of the window, for the page to request.
    ///
    /// # Errors
    /// When the system has no random numbers, or a part cannot be written as JSON.
    pub fn script(&self) -> Result<String, BackendError> {
        let bytes = self.bytes();
        let token = bytes.as_ref().map(|_| secret()).transpose()?;
        let mut script = Script(self.link.delivery());
        self.write_batch(token.as_deref(), &mut script)?;
        if let (Some(token), Some(bytes)) = (token, bytes) {
            let last = self.batch.seq + self.batch.frames.len() as u64 - 1;
            self.link.offer(token, bytes, last);
        }
        Ok(script.0.finish())
    }

    /// Writes the batch as JSON text, for a backend that takes it to the page together with
    /// [`Handover::bytes`] and without a script.
    ///
    /// # Errors
    /// When a part cannot be written as JSON.
    pub fn write(&self, out: &mut impl BatchText) -> Result<(), BackendError> {
        self.write_batch(None, out)
    }

    /// The bytes that the frames carry, one after another, if any does.
    pub fn bytes(&self) -> Option<Bytes> {
        let payloads = self.batch.frames.iter().filter_map(Outgoing::payload);
        let parts: Vec<_> = payloads.filter_map(Payload::as_bytes).collect();
        match parts[..] {
            [] => None,
            [one] => Some(one.clone()),
            _ => {
                let parts: Vec<&[u8]> = parts.into_iter().map(Bytes::as_ref).collect();
                Some(parts.concat().into())
            }
        }
    }

    fn write_batch(
        &self,
        bytes: Option<&str>,
        out: &mut impl BatchText,
    ) -> Result<(), BackendError> {
        let batch = HostBatch {
            page: self.page,
            seq: self.batch.seq,
            bytes,
            frames: self.batch.frames.iter().map(Outgoing::frame).collect(),
        };
        batch
            .write(out)
            .map_err(|error| BackendError::Failed(error.to_string()))
    }
}

/// A batch as the script that delivers it.
struct Script(Delivery);

impl BatchText for Script {
    fn json(&mut self, text: &str) {
        self.0.push(text);
    }

    fn payload(&mut self, payload: &Payload) {
        let escaped = payload.escaped(preload_js::escape);
        self.0.push_escaped(escaped.unwrap_or_default());
    }
}
