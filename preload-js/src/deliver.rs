//! The script that hands a batch to a page.

use crate::literal;

/// Renders the script that delivers a batch of frames, `batch_json`, to the current page.
///
/// The batch is carried as a string literal that the page parses as JSON, never as code, whatever
/// is in it. Text that is not a batch in JSON makes the script throw. Takes time and space in
/// proportion to the batch; keep it near 1 MiB, since the page handles it in one go.
///
/// In a page without the preload script the result does nothing.
pub fn deliver(key: &str, batch_json: &str) -> String {
    let key = literal::json(key);
    // Escapes are rare in JSON that holds text; a sixteenth covers them without growing.
    let capacity = key.len() + batch_json.len() + batch_json.len() / 16 + 64;
    let mut script = String::with_capacity(capacity);
    script.push_str("window.__hostDeliver?.(");
    script.push_str(&key);
    script.push(',');
    literal::push_quoted(&mut script, batch_json);
    script.push(')');
    script
}
