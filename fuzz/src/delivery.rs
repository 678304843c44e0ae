//! Scripts that hand a page a batch: an engine reads back what was put in, and runs none of it.

use arbitrary::{Arbitrary, Unstructured};
use ipc_protocol::{Channel, HostBatch, HostFrame, Limits, Payload};
use preload_js::{Delivery, deliver, escape};

use crate::realm;
use crate::text::Text;

/// A key, the pieces of a text and how each is added, and what a message carries.
#[derive(Arbitrary)]
struct Input<'a> {
    key: Text<'a>,
    pieces: Vec<(Text<'a>, bool)>,
    channel: Text<'a>,
    payload: Text<'a>,
}

/// Renders a script from any text, and one from a message, and has QuickJS run both.
///
/// # Panics
/// When the page is given something else, or anything else happens.
pub fn delivery(data: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let Text(key) = input.key;
    let mut delivery = Delivery::new(key);
    for (Text(piece), is_shared) in &input.pieces {
        match is_shared {
            true => delivery.push_escaped(&escape(piece)),
            false => delivery.push(piece),
        }
    }
    let text: String = input.pieces.iter().map(|(Text(piece), _)| *piece).collect();
    let script = delivery.finish();
    assert_eq!(script, deliver(key, &text));
    for forbidden in ['\0', '\n', '\r', '<', '\u{2028}', '\u{2029}'] {
        assert!(!script.contains(forbidden), "{forbidden:?} in {script:?}");
    }
    assert_eq!(realm::delivered(&script), (key.to_owned(), text));
    message(key, input.channel.0, input.payload.0);
}

/// What the host takes for JSON, a page takes for JSON.
fn message(key: &str, channel: &str, payload: &str) {
    let payload = Payload::from_json(payload.to_owned(), &Limits::default());
    let (Ok(channel), Ok(payload)) = (Channel::new(channel), payload) else {
        return;
    };
    let (channel, payload) = (&channel, &payload);
    let batch = HostBatch {
        page: "p",
        seq: 1,
        bytes: None,
        frames: vec![HostFrame::Message { channel, payload }],
    };
    let json = batch.encode().expect("a batch can be written");
    let (_, text) = realm::delivered(&deliver(key, &json));
    assert_eq!(text, json);
    assert_eq!(realm::channel_of_first(&text), channel.as_str());
}
