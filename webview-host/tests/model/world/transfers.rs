//! Bytes on their way to pages: offered by the host, asked for, late, broken off, lost.

use bytes::Bytes;
use serde_json::Value as Json;
use webview_host::{Answer, PageLink, PageRequest};

use super::World;
use crate::Win;
use crate::lists::{Download, Offer, Reaction, Transfer};
use crate::payloads::{carries_bytes, join};

/// How often a page asks.
const MAX_ATTEMPTS: usize = 5;

/// How long after a request that broke off it asks again, in milliseconds.
const RETRY_MS: u32 = 20;

impl World {
    /// Gives the frames of a batch what they carry, which must be offered if it is bytes.
    pub(super) fn take_offer(&mut self, window: Win, batch: &mut Json) -> Option<Offer> {
        assert_eq!(batch.get("bytes").is_some(), carries_bytes(batch));
        let Some(token) = batch["bytes"].as_str().map(str::to_owned) else {
            join(batch, &[]);
            return None;
        };
        let bytes = get(&self.window(window).link, &token).expect("an offer");
        join(batch, &bytes);
        let frames = batch["frames"].as_array().unwrap().len();
        Some(Offer {
            token,
            bytes,
            last: batch["seq"].as_u64().unwrap() as usize + frames - 1,
            transfer: Transfer::Waits,
            is_over: false,
        })
    }

    /// What pages have acknowledged, or left behind, is to be had no more; all else is.
    pub(super) fn check_offers(&mut self, window: Win) {
        if !self.is_open(window) {
            return;
        }
        let it = self.window(window);
        for (index, page) in it.pages.iter_mut().enumerate() {
            for offer in page.offers.iter_mut().filter(|it| !it.is_over) {
                let is_there = it.current == Some(index) && offer.last > page.acked;
                let bytes = get(&it.link, &offer.token);
                assert_eq!(bytes.as_ref(), is_there.then_some(&offer.bytes));
                offer.is_over = !is_there;
            }
        }
    }

    /// The page asks for bytes with a token.
    pub(super) fn asked_for(&mut self, window: Win, token: &str) {
        let it = self.window(window);
        let is_it = |it: &Offer| it.token == token;
        let mut pages = it.pages.iter().enumerate();
        let found = pages.find_map(|(page, it)| Some((page, it.offers.iter().position(is_it)?)));
        let (page, offer) = found.expect("a token of the host");
        let again = it.downloads.iter_mut();
        let again = again
            .into_iter()
            .find(|it| (it.page, it.offer) == (page, offer));
        match again {
            Some(download) => {
                assert_eq!(download.asked, download.broken, "asked twice at once");
                download.asked += 1;
            }
            None => {
                assert_eq!(page, it.pages.len() - 1, "asked by a page that is gone");
                it.downloads.push(Download {
                    page,
                    offer,
                    asked: 1,
                    broken: 0,
                });
            }
        }
    }

    /// The page gets the bytes that one of its requests is for.
    pub(super) fn arrive(&mut self, window: Win, index: usize) {
        let it = self.window(window);
        let download = it.downloads.remove(index);
        let last = it.pages.len() - 1;
        let offer = &mut it.pages[download.page].offers[download.offer];
        let token = offer.token.clone();
        let bytes = get(&it.link, &token);
        if download.page == last {
            assert!(bytes.is_some(), "{offer:?}");
            offer.transfer = Transfer::Done;
        }
        let reaction = self.handle_frames(window);
        let status = if bytes.is_some() { 200 } else { 404 };
        let realm = &self.window(window).realm;
        realm.answer(&token, status, bytes.as_deref());
        self.react(window, &reaction);
    }

    /// The page gets all that it asks for, what it asked for last first.
    pub(super) fn arrive_all(&mut self, window: Win) {
        if !self.has_page(window) {
            return;
        }
        self.pass(window, RETRY_MS);
        while let Some(last) = self.window(window).downloads.len().checked_sub(1) {
            self.arrive(window, last);
        }
    }

    /// A request breaks off, and the next ones for the same, so many times. Whether the page gets
    /// to ask again after the last of them is left to other steps if that `waits`.
    pub(super) fn break_off(&mut self, window: Win, index: usize, times: usize, waits: bool) {
        for time in 1..=times {
            let it = self.window(window);
            let download = &mut it.downloads[index];
            download.broken += 1;
            let is_lost = download.broken == MAX_ATTEMPTS;
            let last = it.pages.len() - 1;
            let offer = &mut it.pages[download.page].offers[download.offer];
            let token = offer.token.clone();
            if is_lost {
                if download.page == last {
                    offer.transfer = Transfer::Lost;
                }
                it.downloads.remove(index);
            }
            let reaction = self.handle_frames(window);
            self.window(window).realm.answer(&token, 0, None);
            self.react(window, &reaction);
            if is_lost {
                return;
            }
            if time < times || !waits {
                self.pass(window, RETRY_MS);
            }
        }
    }

    /// All requests break off so many times.
    pub(super) fn break_all_off(&mut self, window: Win, times: usize) {
        if !self.has_page(window) {
            return;
        }
        // What is lost is no longer in the list.
        for index in (0..self.window(window).downloads.len()).rev() {
            if self.window(window).downloads[index].is_pending() {
                self.break_off(window, index, times, true);
            }
        }
    }

    /// One of the requests that are at the host: its window, and its place there.
    pub(super) fn pending(&mut self, index: usize) -> Option<(Win, usize)> {
        let mut pending = Vec::new();
        for window in (0..3).filter(|window| self.has_page(*window)) {
            let downloads = self.windows[window].iter().flat_map(|it| &it.downloads);
            let its = downloads.enumerate().filter(|(_, it)| it.is_pending());
            pending.extend(its.map(|(place, _)| (window, place)));
        }
        (!pending.is_empty()).then(|| pending[index % pending.len()])
    }

    /// Time passes in the page.
    pub(super) fn pass(&mut self, window: Win, ms: u32) {
        self.window(window).realm.pass(ms);
        self.collect(window, &Reaction::default());
        if ms >= RETRY_MS {
            let downloads = &self.window(window).downloads;
            assert!(
                downloads.iter().all(Download::is_pending),
                "not asked for again: {downloads:?}"
            );
        }
    }
}

fn get(link: &PageLink, token: &str) -> Option<Bytes> {
    let request = PageRequest {
        path: &format!("{}bytes/{token}", PageLink::PATH),
        key: None,
    };
    match link.answer(request, || panic!("a body is read")) {
        Answer::Bytes(bytes) => Some(bytes),
        Answer::NotFound => None,
        Answer::Upload(_) => panic!("an upload"),
    }
}
