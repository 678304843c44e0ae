//! The vocabulary of `host:ipc`: ids, channels, payloads, events, window specs and commands, the
//! frames a page and its host exchange, and the limits and error codes that go with them.
//!
//! Data only: no threads, no IO. Payloads stay JSON text from end to end ([`Payload`]); only the
//! envelope around them is ever parsed here.
//!
//! ```
//! use ipc_protocol::{Channel, Limits, PageBatch, PageFrame};
//!
//! let text = r#"{"key":"k","page":"p1","seq":1,"ack":0,"frames":[
//!     {"type":"hello"},
//!     {"type":"message","channel":"saved","payload":{"id":7}}]}"#;
//! let batch = PageBatch::decode(text, &Limits::default()).unwrap();
//! assert!(matches!(&batch.frames[1], PageFrame::Message { channel, payload }
//!     if *channel == Channel::new("saved").unwrap() && payload.as_json() == Some(r#"{"id":7}"#)));
//! ```

#![forbid(unsafe_code)]

mod bounded;
mod call;
mod channel;
mod channel_list;
mod code;
mod dialog;
mod downloads;
mod escaped;
mod event;
mod external_url;
mod frame;
mod host_frame;
mod id;
mod incident;
mod limits;
mod names;
mod object;
mod origin;
mod payload;
mod policy;
mod report;
#[cfg(test)]
mod samples;
mod screen;
mod shortcuts;
mod size_limits;
mod theme;
mod window;

pub use call::{CallError, CallId, Step};
pub use channel::{Channel, ChannelError};
pub use channel_list::{ChannelList, WindowChannels};
pub use code::Code;
pub use dialog::{Dialog, DialogAnswer, FileFilter, MessageBox, MessageKind, OpenFile, SaveFile};
pub use downloads::{DownloadFolder, Downloads, DownloadsError};
pub use escaped::{Escaped, EscapedLines};
pub use event::{Event, SystemEvent};
pub use external_url::{ExternalUrl, ExternalUrlError};
pub use frame::{DecodeError, PageBatch, PageFrame};
pub use host_frame::{BatchText, HostBatch, HostFrame};
pub use id::{WindowId, WindowIdError, WindowList};
pub use incident::Incident;
pub use limits::{Limits, Rate};
pub use origin::{Origin, OriginError};
pub use payload::{Payload, PayloadError};
pub use policy::{Overflow, Policy, PolicyError};
pub use report::{Report, ReportKind};
pub use screen::{Area, Screen};
pub use shortcuts::Shortcuts;
pub use size_limits::SizeLimits;
pub use theme::Theme;
pub use window::{Position, Size, SpecError, WindowCommand, WindowSpec, WindowState};
