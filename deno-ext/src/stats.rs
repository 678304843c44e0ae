//! The router's numbers as a script sees them.

use std::time::Duration;

use ipc_protocol::{Channel, WindowId};
use ipc_router::{ChannelStats, Stats, WindowStats};
use serde::Serialize;

/// All open windows.
#[derive(Serialize)]
pub(crate) struct StatsObject {
    windows: Vec<WindowObject>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WindowObject {
    window_id: WindowId,
    channels: Vec<ChannelObject>,
    in_flight: usize,
    calls: usize,
    received: u64,
    received_bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelObject {
    channel: Channel,
    accepted: u64,
    delivered: u64,
    delivered_bytes: u64,
    dropped: u64,
    expired: u64,
    lost: u64,
    refused: u64,
    waiting: usize,
    waiting_bytes: usize,
    latency_p50_ms: Option<f64>,
    latency_p99_ms: Option<f64>,
}

impl From<Stats> for StatsObject {
    fn from(stats: Stats) -> StatsObject {
        StatsObject {
            windows: stats.windows.into_iter().map(WindowObject::from).collect(),
        }
    }
}

impl From<WindowStats> for WindowObject {
    fn from(stats: WindowStats) -> WindowObject {
        let channels = stats.channels.into_iter();
        WindowObject {
            window_id: stats.window,
            channels: channels.map(ChannelObject::from).collect(),
            in_flight: stats.in_flight,
            calls: stats.calls,
            received: stats.received,
            received_bytes: stats.received_bytes,
        }
    }
}

impl From<ChannelStats> for ChannelObject {
    fn from(stats: ChannelStats) -> ChannelObject {
        let millis = |latency: Duration| latency.as_secs_f64() * 1_000.0;
        ChannelObject {
            channel: stats.channel,
            accepted: stats.accepted,
            delivered: stats.delivered,
            delivered_bytes: stats.delivered_bytes,
            dropped: stats.dropped,
            expired: stats.expired,
            lost: stats.lost,
            refused: stats.refused,
            waiting: stats.waiting,
            waiting_bytes: stats.waiting_bytes,
            latency_p50_ms: stats.latency_p50.map(millis),
            latency_p99_ms: stats.latency_p99.map(millis),
        }
    }
}
