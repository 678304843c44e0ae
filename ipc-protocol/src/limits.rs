//! The sizes beyond which input is refused.

/// What one message and one queue may hold, and how much one page may do.
///
/// Every limit is checked where untrusted input enters, before anything is kept of it; those of
/// payloads and of what waits also where the app sends. Any value is one: of what has a limit of 0,
/// nothing passes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one payload's JSON text. Default: 64 MiB.
    pub payload_bytes: usize,
    /// Levels of arrays and objects in one payload. Default: 256.
    pub payload_depth: usize,
    /// Values in one payload: itself, and all elements of arrays and members of objects in it, at any
    /// depth. Who reads the payload pays for each of them, however short it is. Default: 1,048,576.
    pub payload_values: usize,
    /// Messages that may wait for one window. Default: 65,536.
    pub window_messages: usize,
    /// Payload bytes that may wait for one window. Default: 256 MiB.
    pub window_bytes: usize,
    /// Messages of one window that may wait for one subscription, and again as many that are held
    /// until it first listens for them. Default: 65,536.
    pub subscription_events: usize,
    /// Payload bytes of one window that may wait for one subscription, and be held, likewise.
    /// Default: 256 MiB.
    pub subscription_bytes: usize,
    /// Messages, calls and further steps of calls that the pages of one window may send. Default:
    /// 1,000,000 at once, and 500,000 a second.
    pub page_messages: Rate,
    /// Bytes that they may send, of batches with all that is in them. Default: 256 MiB at once, and
    /// 256 MiB a second.
    pub page_bytes: Rate,
    /// Channels that one page may listen on. Default: 4,096.
    pub page_channels: usize,
}

/// How much may come at once, and how much more with time: a token bucket. What finds anything left
/// passes as a whole, and what it takes beyond that is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What may come at once after a pause.
    pub burst: u64,
    /// What is added in each second, up to the burst.
    pub per_second: u64,
}

impl Limits {
    /// Bytes of one batch from a page. A page posts its batch once that passes 128 Ki UTF-16 units,
    /// which are 384 KiB of UTF-8 at most; one message may come on top, and 4 MiB are ample for the
    /// rest.
    pub fn batch_bytes(&self) -> usize {
        self.payload_bytes.saturating_add(4 << 20)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            payload_bytes: 64 << 20,
            payload_depth: 256,
            payload_values: 1 << 20,
            window_messages: 65_536,
            window_bytes: 256 << 20,
            subscription_events: 65_536,
            subscription_bytes: 256 << 20,
            page_messages: Rate {
                burst: 1_000_000,
                per_second: 500_000,
            },
            page_bytes: Rate {
                burst: 256 << 20,
                per_second: 256 << 20,
            },
            page_channels: 4_096,
        }
    }
}
