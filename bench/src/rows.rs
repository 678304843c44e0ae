//! The rows of the table: what is compared with what, and what is aimed at.

use crate::subject::{Engine, Peer};

/// Something that is measured.
pub(crate) struct Row {
    /// What it is, in a few words, with its unit.
    pub(crate) title: &'static str,
    /// How it is measured.
    pub(crate) how: &'static str,
    /// Whether more of it is better.
    pub(crate) more_is_better: bool,
    /// Its name in what ours and the ceiling tell.
    pub(crate) name: &'static str,
    /// The names of the same in what Tauri tells; the best of them counts.
    pub(crate) tauri: &'static [&'static str],
    /// What is aimed at.
    pub(crate) goal: Option<Goal>,
}

/// What a row is to reach: at least this where more is better, else at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Goal {
    /// The peer whose value ours is divided by; without one the value itself counts.
    pub(crate) of: Option<Peer>,
    v8: f64,
    quickjs: f64,
}

impl Goal {
    /// What an engine is to reach.
    pub(crate) fn bound(self, engine: Engine) -> f64 {
        match engine {
            Engine::V8 => self.v8,
            Engine::Quickjs => self.quickjs,
        }
    }
}

impl Row {
    const fn less(name: &'static str, title: &'static str, how: &'static str) -> Self {
        Self {
            title,
            how,
            more_is_better: false,
            name,
            tauri: &[],
            goal: None,
        }
    }

    const fn more(name: &'static str, title: &'static str, how: &'static str) -> Self {
        Self {
            more_is_better: true,
            ..Self::less(name, title, how)
        }
    }

    const fn tauri(self, tauri: &'static [&'static str]) -> Self {
        Self { tauri, ..self }
    }

    const fn goal(self, of: Option<Peer>, v8: f64, quickjs: f64) -> Self {
        let goal = Some(Goal { of, v8, quickjs });
        Self { goal, ..self }
    }
}

const TAURI: Option<Peer> = Some(Peer::Tauri);
const CEILING: Option<Peer> = Some(Peer::Ceiling);

/// Every row, in the order of the table.
pub(crate) const ROWS: &[Row] = &[
    Row::less(
        "rtt_ms",
        "page → Deno → page, mean, ms",
        "2,000 calls of a handler in the app that gives back what it got, one after another, after 200 \
         that do not count. The mean, since that is what Tauri's program tells of its own.",
    )
    .tauri(&["rtt_ms"])
    .goal(TAURI, 0.6, 0.7),
    Row::less(
        "rtt_p50_ms",
        "page → Deno → page, p50, ms",
        "The same calls; the time from one's arrival in the app to the next one's. The ceiling is one \
         script from the host to the page and one message back: the same way, begun at the other end.",
    )
    .goal(CEILING, 1.7, 2.0),
    Row::less(
        "rtt_p99_ms",
        "page → Deno → page, p99, ms",
        "The slowest hundredth of these begins here.",
    ),
    Row::less(
        "idle_first_ms",
        "first message after 1 s idle, ms",
        "Half of a call from the app to the page and back, after a second in which nothing happened; \
         the median of ten. The two have no clock in common.",
    )
    .goal(None, 1.0, 1.0),
    Row::more(
        "page_to_host_per_s",
        "page → Deno, small, messages a second",
        "Ten times 20,000 `send`s in one turn of the page, each batch followed by a call that tells \
         whether all have come. Tauri has no message without an answer: its 20,000 `invoke`s at once. \
         The ceiling: batches of 100 texts in one `postMessage`.",
    )
    .tauri(&["page_to_host_invoke_per_s"])
    .goal(TAURI, 100.0, 40.0),
    Row::more(
        "calls_per_s",
        "page → Deno → page, at once, calls a second",
        "Twenty times 1,000 calls at once, beside the same `invoke`s.",
    )
    .tauri(&["page_to_host_invoke_per_s"]),
    Row::more(
        "host_to_page_small_per_s",
        "Deno → page, 60 B, messages a second",
        "200,000 `sendToWindow`s, from the page's order to its last message. The better one of Tauri's \
         event and channel, with 20,000. The ceiling: 1,000 messages in one script, parsed as JSON.",
    )
    .tauri(&[
        "host_to_page_event_small_per_s",
        "host_to_page_channel_small_per_s",
    ])
    .goal(TAURI, 10.0, 5.0),
    Row::more(
        "host_to_page_4k_per_s",
        "Deno → page, 4 KiB, messages a second",
        "The same, with 20,000; 5,000 of Tauri's.",
    )
    .tauri(&[
        "host_to_page_event_4k_per_s",
        "host_to_page_channel_4k_per_s",
    ])
    .goal(TAURI, 3.0, 3.0),
    Row::more(
        "host_to_page_64k_per_s",
        "Deno → page, 64 KiB, messages a second",
        "The same, with 1,000; 500 of Tauri's. The ceiling: scripts of an array of small objects, \
         parsed as JSON, each after the page's answer to the one before.",
    )
    .tauri(&[
        "host_to_page_event_64k_per_s",
        "host_to_page_channel_64k_per_s",
    ])
    .goal(TAURI, 1.5, 1.5),
    Row::more(
        "broadcast8_per_s",
        "broadcast to 8 windows, deliveries a second",
        "20,000 messages (2,000 of Tauri's), until the last window has told that it had all.",
    )
    .tauri(&["broadcast8_msgs_per_s"])
    .goal(TAURI, 20.0, 10.0),
    Row::less(
        "echo_json_1mb_ms",
        "echo of 1 MiB JSON, ms",
        "A string to the app and back, as JSON; the mean of five.",
    )
    .tauri(&["echo_json_1mb_ms"]),
    Row::less("echo_json_10mb_ms", "echo of 10 MiB JSON, ms", "The same.")
        .tauri(&["echo_json_10mb_ms"])
        .goal(TAURI, 0.7, 1.0),
    Row::less(
        "echo_bin_1mb_ms",
        "echo of 1 MiB bytes, ms",
        "A `Uint8Array` to the app and back, as bytes; the mean of five.",
    )
    .tauri(&["echo_bin_1mb_ms"]),
    Row::less("echo_bin_10mb_ms", "echo of 10 MiB bytes, ms", "The same.")
        .tauri(&["echo_bin_10mb_ms"])
        .goal(TAURI, 0.8, 0.8),
    Row::less(
        "first_ms",
        "time to the first message, 1 window, ms",
        "From the start of the process to the line that it prints when the page's first message has \
         come; of both programs from outside. The median of seven starts, in turns.",
    )
    .tauri(&["first_ms"])
    .goal(TAURI, 1.0, 1.0),
    Row::less(
        "first9_ms",
        "time to the first message, 9th window, ms",
        "The same of one start with eight windows that are there before. Tauri's is what its program \
         tells: it lacks the time until its `main` begins.",
    )
    .tauri(&["first9_ms"]),
    Row::less(
        "idle_cpu_percent",
        "idle: processor time of our process, %",
        "Of one processor over 20 s, of an app with one window in which nothing happens, a minute \
         after its first message: until then V8 and WebKit still put things away.",
    ),
    Row::less(
        "idle_wakeups_per_s",
        "idle: wakeups of our process a second",
        "Context switches of all threads in the same 20 s.",
    )
    .goal(None, 1.0, 1.0),
    Row::less(
        "idle_pss_mib",
        "idle: memory of our process, MiB",
        "Proportional set size of the same app after that.",
    ),
    Row::less(
        "idle_webkit_pss_mib",
        "idle: memory of WebKit's processes, MiB",
        "The same of all processes that it has started.",
    ),
    Row::less(
        "growth_rss_mib",
        "growth of our process, MiB",
        "Resident memory after a second 1,000,000 messages each way, less what it was after the \
         first: those bring heaps and compiled code to their size, and a leak would go on.",
    )
    .goal(None, 20.0, 20.0),
    Row::less(
        "growth_webkit_rss_mib",
        "growth of a WebKit process, MiB",
        "The same of that process of WebKit's which has grown most.",
    )
    .goal(None, 20.0, 20.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_there_twice_and_a_goal_beside_a_peer_has_one() {
        let mut names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
        for row in ROWS {
            let beside_tauri = row.goal.is_some_and(|goal| goal.of == TAURI);
            assert!(!beside_tauri || !row.tauri.is_empty(), "{}", row.title);
        }
    }
}
