//! Numbers of what is on its way and what became of the rest.

use std::time::Duration;

use ipc_protocol::{Channel, WindowId};

/// A picture of all open windows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The open windows, sorted by id.
    pub windows: Vec<WindowStats>,
}

/// One window.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowStats {
    /// The window.
    pub window: WindowId,
    /// The channels that were sent on, sorted. Of those on which nothing is on its way at least
    /// the 512 with the most messages are remembered.
    pub channels: Vec<ChannelStats>,
    /// What was handed to the page and not acknowledged yet: messages and steps of calls.
    pub in_flight: usize,
    /// Calls that are open, whoever opened them.
    pub calls: usize,
    /// Messages that the page sent and the app was given.
    pub received: u64,
    /// Their payload bytes.
    pub received_bytes: u64,
}

/// One channel of a window, towards its page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelStats {
    /// The channel.
    pub channel: Channel,
    /// Messages that were accepted; the last one of a sticky channel again for each page that
    /// gets it again.
    pub accepted: u64,
    /// Messages that the page's handlers have received.
    pub delivered: u64,
    /// Their payload bytes.
    pub delivered_bytes: u64,
    /// Messages that gave way to newer ones, as the channel's policy says.
    pub dropped: u64,
    /// Messages that waited for too long.
    pub expired: u64,
    /// Messages whose bytes the page did not get.
    pub lost: u64,
    /// Messages that were not accepted for lack of room.
    pub refused: u64,
    /// Messages that wait.
    pub waiting: usize,
    /// Their payload bytes.
    pub waiting_bytes: usize,
    /// From sending to the page's acknowledgement; half were quicker. Within a hundredth.
    pub latency_p50: Option<Duration>,
    /// The same; 99 of 100 were quicker.
    pub latency_p99: Option<Duration>,
}
