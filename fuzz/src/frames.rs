//! Frames of a page: whatever it posts or uploads is read as the protocol says, or not at all.

use bytes::Bytes;
use ipc_protocol::{
    CallError, DecodeError, Limits, PageBatch, PageFrame, Payload, Report, Step, WindowId,
};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::payloads::depth;

/// Reads the input as a posted batch and as an uploaded one, within tight limits and within the
/// default ones.
///
/// # Panics
/// When what is read is not what the protocol allows, or the two ways disagree.
pub fn frames(data: &[u8]) {
    let mut tight = Limits::default();
    tight.payload_bytes = 64;
    tight.payload_depth = 3;
    for limits in [tight, Limits::default()] {
        if let Ok(text) = str::from_utf8(data) {
            posted(text, &limits);
        }
        uploaded(data, &limits);
    }
}

fn posted(text: &str, limits: &Limits) {
    let batch = PageBatch::decode(text, limits);
    if let Ok(batch) = &batch {
        check(batch, text, 0, limits);
    }
    // The same as an upload that carries no bytes.
    let upload = [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let upload = PageBatch::decode_upload(&upload.into(), limits);
    match (batch, upload) {
        (Ok(batch), Ok(upload)) => assert_eq!(batch, upload),
        (Err(batch), Err(upload)) => assert_eq!(batch.code(), upload.code()),
        // Four bytes longer.
        (batch, Err(DecodeError::TooLarge { .. })) if text.len() + 4 > limits.batch_bytes() => {
            drop(batch);
        }
        (batch, upload) => panic!("posted {batch:?}, uploaded {upload:?}"),
    }
}

fn uploaded(body: &[u8], limits: &Limits) {
    let Ok(batch) = PageBatch::decode_upload(&Bytes::copy_from_slice(body), limits) else {
        return;
    };
    let (length, rest) = body.split_first_chunk().expect("a length");
    let (text, attached) = rest.split_at(u32::from_le_bytes(*length) as usize);
    let text = str::from_utf8(text).expect("JSON");
    check(&batch, text, attached.len(), limits);
}

/// As many frames as there are in it, whatever they are.
#[derive(Deserialize)]
struct Outline {
    frames: Vec<OutlineFrame>,
}

#[derive(Deserialize)]
struct OutlineFrame {
    /// Of a run, in which each is a frame.
    payloads: Option<Vec<IgnoredAny>>,
}

impl Outline {
    fn len(&self) -> usize {
        let lens = self
            .frames
            .iter()
            .map(|it| it.payloads.as_ref().map_or(1, Vec::len));
        lens.sum()
    }
}

fn check(batch: &PageBatch, text: &str, attached: usize, limits: &Limits) {
    assert!((1..=PageBatch::MAX_PAGE_BYTES).contains(&batch.page.len()));
    assert!((1..=PageBatch::MAX_SEQ).contains(&batch.seq));
    assert!(batch.ack <= PageBatch::MAX_SEQ);
    let outline: Outline = serde_json::from_str(text).expect("JSON");
    assert_eq!(batch.frames.len(), outline.len());
    let mut carried = 0;
    let mut check_payload = |payload: &Payload| {
        assert!(payload.size() <= limits.payload_bytes);
        carried += payload.as_bytes().map_or(0, Bytes::len);
        let Some(json) = payload.as_json() else {
            return;
        };
        assert!(depth(json) <= limits.payload_depth);
        // As it was written; `null` may stand for none at all.
        assert!(json == "null" || text.contains(json), "{json} is not in it");
    };
    // Frames may drop what they carry: those that are beyond a limit, and those that need nothing.
    let mut may_drop = false;
    for frame in &batch.frames {
        match frame {
            PageFrame::Message { payload, .. } => check_payload(payload),
            PageFrame::SendTo {
                window, payload, ..
            } => {
                assert!(WindowId::new(window.as_str()).is_ok());
                check_payload(payload);
            }
            PageFrame::Call { step, .. } => match step.payload() {
                Some(payload) => check_payload(payload),
                None => {
                    may_drop = true;
                    if let Step::Error { error } = step {
                        let longest = error.name.len().max(error.code.len());
                        assert!(longest <= CallError::MAX_NAME_BYTES);
                    }
                }
            },
            PageFrame::Report(report) => {
                may_drop = true;
                assert!(report.text.len() <= Report::MAX_TEXT_BYTES);
                assert!(report.place.len() <= Report::MAX_PLACE_BYTES);
            }
            _ => may_drop = true,
        }
    }
    assert!(carried == attached || may_drop && carried < attached);
}
