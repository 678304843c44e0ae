//! What must be true in the end.

use ipc_protocol::{Code, Step};
use ipc_router::WindowStats;

use super::app::{feed, step_of};
use super::{CHANNELS, World, id};
use crate::lists::Sent;
use crate::payloads::payload;
use crate::{Do, Kind, Posts, Win};

impl World {
    fn stats_of(&self, window: Win) -> WindowStats {
        let all = self.router.stats().windows.into_iter();
        let mut its = all.filter(|it| it.window == id(window));
        its.next().unwrap()
    }

    pub(super) fn check_stats(&mut self, window: Win) {
        if !self.is_open(window) {
            return;
        }
        let stats = self.stats_of(window);
        let it = self.window(window);
        assert_eq!(stats.received, it.received);
        for counts in &stats.channels {
            let name = counts.channel.as_str().chars().next().unwrap();
            assert_eq!(
                counts.delivered,
                it.delivered.get(&name).map_or(0, |it| it.0)
            );
            let lost = it.lost.get(&name).copied().unwrap_or_default();
            assert_eq!(counts.lost, lost);
            let refused = it.refused.get(&name).copied().unwrap_or_default();
            assert!(counts.refused == refused || it.has_relays && counts.refused > refused);
            let ended = counts.delivered + counts.lost + counts.dropped + counts.expired;
            let on_its_way = counts.accepted - ended;
            let waiting = counts.waiting as u64;
            assert!((waiting..=waiting + stats.in_flight as u64).contains(&on_its_way));
        }
    }

    /// Pages that listen to all there is come, and everybody answers: then nothing is left.
    pub(crate) fn finish(&mut self) {
        for window in 0..3 {
            self.pump();
            if !self.is_open(window) {
                continue;
            }
            if self.window(window).must_reload {
                self.run(Do::Reload(window, Posts::Before));
            }
            for name in CHANNELS {
                self.run(Do::On(window, name, Kind::Echo));
            }
            self.run(Do::Handle(window));
        }
        let mut rounds = 0;
        while self.round() {
            rounds += 1;
            assert!(rounds < 100, "it goes on and on");
        }
        self.slow.drain();
        let left: Vec<_> = self.app_calls.iter().filter(|it| it.is_open).collect();
        assert!(left.is_empty(), "{left:?}");
        let left: Vec<_> = self.page_calls.iter().filter(|it| it.is_open).collect();
        assert!(left.is_empty(), "{left:?}");
        for asked in self.asked.iter().filter(|it| !it.is_settled) {
            let window = self.windows[asked.window].as_ref().unwrap();
            let is_there =
                window.is_open && window.life == asked.life && window.realm_number == asked.realm;
            assert!(!is_there, "{asked:?}");
        }
        for window in 0..3 {
            self.check_stats(window);
            self.check_offers(window);
            self.check_sent(window);
        }
    }

    /// Everybody does all there is to do; whether that was anything.
    pub(super) fn round(&mut self) -> bool {
        self.pump();
        let mut was_busy = false;
        for window in 0..3 {
            self.run(Do::Settle(window));
            let is_posted = self.wire.iter().any(|it| it.window == window);
            if !self.is_open(window) {
                continue;
            }
            let it = self.window(window);
            if !is_posted && it.scripts.is_empty() && it.downloads.is_empty() {
                continue;
            }
            was_busy = true;
            self.run_scripts(window, usize::MAX);
            self.arrive_all(window);
            self.see(window, usize::MAX);
        }
        for index in 0..self.app_calls.len() {
            let call = &self.app_calls[index];
            if call.is_open && call.is_stream {
                was_busy = true;
                self.pull(index, 4);
            }
        }
        for call in self.page_calls.iter_mut().filter(|it| it.is_open) {
            was_busy = true;
            match call.is_stream {
                true => feed(&self.router, call),
                false => {
                    let payload = payload(&call.n.to_string(), call.n + 1);
                    step_of(&self.router, call, Step::Result { payload });
                }
            }
        }
        was_busy
    }

    pub(super) fn check_sent(&mut self, window: Win) {
        let Some(it) = &self.windows[window] else {
            return;
        };
        for sent in it.sent.iter().filter(|it| !it.is_relay) {
            assert!(sent.told.is_some(), "nobody was told: {sent:?}");
        }
        if !it.is_open {
            return;
        }
        let stats = self.stats_of(window);
        assert_eq!((stats.in_flight, stats.calls), (0, 0));
        for counts in &stats.channels {
            let name = counts.channel.as_str().chars().next().unwrap();
            assert_eq!(counts.waiting, 0, "on {name}");
            let on = it
                .sent
                .iter()
                .filter(|it| it.channel == name && it.delivered == 0);
            let (relays, sent): (Vec<_>, Vec<_>) = on.partition(|it| it.is_relay);
            let gave_way = |it: &&&Sent| matches!(it.told, Some(Ok(()) | Err(Code::Dropped)));
            let dropped = sent.iter().filter(gave_way).count() as u64;
            let most = match name {
                // What is told again may give way too.
                's' => u64::MAX,
                _ => dropped + relays.len() as u64,
            };
            assert!(
                (dropped..=most).contains(&counts.dropped),
                "{dropped} dropped: {counts:?}"
            );
            assert!(
                counts.dropped == 0 || self.lossy.contains(&name),
                "{counts:?}"
            );
        }
        let page = it.pages.last().unwrap();
        for call in self.app_calls.iter().filter(|it| it.is_cancelled) {
            let is_known = page.frames.iter().any(|it| it.n == Some(call.n));
            let is_told = page.frames.iter().any(|it| it.cancels == Some(call.n));
            assert_eq!(is_told, is_known, "{call:?}");
        }
        let accepted =
            |it: &&Sent| it.channel == 's' && (it.delivered > 0 || it.told == Some(Ok(())));
        if let Some(last) = it.sent.iter().rfind(accepted) {
            assert!(
                page.frames.iter().any(|it| it.n == Some(last.n)),
                "{} sticks",
                last.n
            );
        }
    }
}
