//! The script that hands a batch to a page.

use std::borrow::Cow;

use crate::literal;

/// Renders the script that delivers a batch of frames, `batch_json`, to the current page.
///
/// As [`Delivery`], with the batch in one piece.
pub fn deliver(key: &str, batch_json: &str) -> String {
    let mut delivery = Delivery::new(key);
    delivery.push(batch_json);
    delivery.finish()
}

/// The script that delivers a batch of frames to the current page, put together piece by piece.
///
/// The batch is carried as a string literal that the page parses as JSON, never as code, whatever
/// is in it. Text that is not a batch in JSON makes the script throw. Takes time and space in
/// proportion to the batch; keep it near 1 MiB, since the page handles it in one go.
///
/// In a page without the preload script the result does nothing.
///
/// ```
/// use preload_js::{Delivery, deliver, escape};
///
/// let mut delivery = Delivery::new("0f3a");
/// delivery.push(r#"{"page":"…","seq":1,"frames":["#);
/// delivery.push_escaped(&escape(r#"{"type":"message","channel":"c","payload":"it's"}"#));
/// delivery.push("]}");
/// let whole = r#"{"page":"…","seq":1,"frames":[{"type":"message","channel":"c","payload":"it's"}]}"#;
/// assert_eq!(delivery.finish(), deliver("0f3a", whole));
/// ```
pub struct Delivery(String);

impl Delivery {
    /// Begins the script.
    pub fn new(key: &str) -> Delivery {
        let mut script = String::from("window.__hostDeliver?.(");
        script.push_str(&literal::json(key));
        script.push_str(",'");
        Delivery(script)
    }

    /// Adds a piece of the batch's JSON text.
    pub fn push(&mut self, json: &str) {
        literal::push_escaped(&mut self.0, json);
    }

    /// Adds a piece that [`escape`] returned.
    pub fn push_escaped(&mut self, escaped: &str) {
        self.0.push_str(escaped);
    }

    /// The whole script.
    pub fn finish(mut self) -> String {
        self.0.push_str("')");
        self.0
    }
}

/// A piece of JSON text as it is in the script, so that many deliveries can share the work. Most
/// JSON is the same there.
pub fn escape(json: &str) -> Cow<'_, str> {
    if !literal::needs_escapes(json) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + json.len() / 16);
    literal::push_escaped(&mut escaped, json);
    Cow::Owned(escaped)
}
