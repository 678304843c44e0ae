//! Payloads: the limits are those that a simple reading of the text finds, and no other.

use ipc_protocol::{Limits, Payload, PayloadError};
use serde::de::IgnoredAny;

/// Checks a payload of JSON against limits that are tight enough to be met.
///
/// # Panics
/// When the verdict is not the one that follows from the text's length, grammar, depth and number of
/// values.
pub fn payloads(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut limits = Limits::default();
    limits.payload_bytes = 512;
    limits.payload_depth = 12;
    limits.payload_values = 24;
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    match Payload::from_json(text.to_owned(), &limits) {
        Ok(payload) => {
            assert!(is_json && text.len() <= limits.payload_bytes);
            assert!(depth(text) <= limits.payload_depth);
            assert!(values(text) <= limits.payload_values);
            let value = text.trim_matches([' ', '\t', '\r', '\n']);
            assert_eq!(payload.as_json(), Some(value));
            assert_eq!(payload.size(), value.len());
        }
        Err(PayloadError::TooLarge { .. }) => assert!(text.len() > limits.payload_bytes),
        Err(PayloadError::TooDeep { .. }) => {
            assert!(is_json && depth(text) > limits.payload_depth);
        }
        Err(PayloadError::TooManyValues { .. }) => {
            assert!(is_json && values(text) > limits.payload_values);
        }
        Err(_) => assert!(!is_json),
    }
}

/// How many arrays and objects are within each other, at most, in a text that is JSON.
pub(crate) fn depth(json: &str) -> usize {
    let (mut deepest, mut depth) = (0, 0usize);
    let mut in_string = false;
    let mut chars = json.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => in_string = !in_string,
            '\\' if in_string => _ = chars.next(),
            '[' | '{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ']' | '}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// How many values there are in a text that is JSON: its brackets that open, strings, numbers and
/// words, without the strings that are keys.
fn values(json: &str) -> usize {
    let (mut tokens, mut keys) = (0, 0);
    let mut in_word = false;
    let mut chars = json.chars();
    while let Some(char) = chars.next() {
        let is_word = char.is_ascii_alphanumeric() || matches!(char, '-' | '+' | '.');
        tokens += usize::from(is_word && !in_word || matches!(char, '"' | '[' | '{'));
        keys += usize::from(char == ':');
        in_word = is_word;
        if char == '"' {
            while let Some(char) = chars.next().filter(|char| *char != '"') {
                if char == '\\' {
                    chars.next();
                }
            }
        }
    }
    tokens - keys
}
