//! Frames that a page posts, as JSON.

/// A request of the page; `payload` is its JSON.
pub(crate) fn request(call: u32, channel: &str, payload: &str) -> String {
    open("request", call, channel, payload)
}

/// The first frame of a call of the page: `request` or `stream`.
pub(crate) fn open(kind: &str, call: u32, channel: &str, payload: &str) -> String {
    format!(r#"{{"type":"{kind}","call":{call},"channel":"{channel}","payload":{payload}}}"#)
}

/// A demand for more chunks of a stream.
pub(crate) fn pull(call: u32, count: u32) -> String {
    format!(r#"{{"type":"pull","call":{call},"count":{count}}}"#)
}

/// The end of a call that the page gives up.
pub(crate) fn cancel(call: u32) -> String {
    format!(r#"{{"type":"cancel","call":{call}}}"#)
}
