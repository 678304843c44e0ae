//! What the tests of frames, both ways, are made of.

#![allow(clippy::unwrap_used)]

use crate::{CallError, Channel, Limits, Payload};

pub(crate) fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

pub(crate) fn payload(json: &str) -> Payload {
    Payload::from_json(json.to_owned(), &Limits::default()).unwrap()
}

pub(crate) fn bad_row() -> CallError {
    CallError {
        name: "RangeError".to_owned(),
        message: "no".to_owned(),
        code: "bad-row".to_owned(),
        stack: Some("at f".to_owned()),
    }
}
