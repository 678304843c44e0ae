//! What is to be heard, answered and handed over, written down beside the host.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ipc_protocol::{CallId, Event, Incident, PageBatch, Step, SystemEvent, WindowId};
use ipc_router::RouteError;
use webview_host::HostStats;

use super::acts::{From, Post, Report, WINDOWS, window};
use super::window::{Options, Window};
use crate::desk::Desk;

#[derive(Default)]
pub(super) struct Books {
    replies: Vec<Receipt>,
    /// The windows that are being opened, and those that are open.
    opening: BTreeMap<WindowId, Options>,
    windows: BTreeMap<WindowId, Window>,
    /// Calls of the app, and of pages.
    ours: BTreeMap<CallId, Call>,
    theirs: BTreeMap<CallId, Call>,
    /// Whose page has just posted, and the messages in it that the app is to hear; nobody else is
    /// to be heard of then.
    poster: Option<(WindowId, Vec<Event>)>,
    stats: HostStats,
}

/// A call, and how many chunks of it were asked for and came.
struct Call {
    window: WindowId,
    is_open: bool,
    pulled: u64,
    chunks: u64,
}

impl Call {
    fn new(window: WindowId) -> Call {
        Call {
            window,
            is_open: true,
            pulled: 0,
            chunks: 0,
        }
    }
}

/// An answer that must come, once.
#[derive(Clone)]
pub(super) struct Receipt(Arc<AtomicU32>);

impl Receipt {
    pub(super) fn sender<T>(&self) -> impl FnOnce(Result<T, RouteError>) + Send + use<T> {
        let receipt = self.clone();
        move |_| receipt.settle()
    }

    /// It has come, or what was asked was refused at once, which is all the answer there is.
    pub(super) fn settle(&self) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        assert_eq!(before, 0, "answered twice");
    }
}

impl Books {
    pub(super) fn reply(&mut self) -> Receipt {
        let receipt = Receipt(Arc::default());
        self.replies.push(receipt.clone());
        receipt
    }

    pub(super) fn opens(&mut self, id: WindowId, options: Options) {
        self.opening.insert(id, options);
    }

    pub(super) fn asks(&mut self, window: WindowId, call: CallId) {
        self.ours.insert(call, Call::new(window));
    }

    /// One of the calls of the app.
    pub(super) fn ours(&self, index: u8) -> Option<(WindowId, CallId)> {
        nth(&self.ours, index)
    }

    /// One of the calls of pages.
    pub(super) fn theirs(&self, index: u8) -> Option<(WindowId, CallId)> {
        nth(&self.theirs, index)
    }

    /// The app has taken a step of one of its calls, which the router says was open or not.
    pub(super) fn stepped(&mut self, call: CallId, step: &Step, was_open: bool) {
        let all = match step.is_openers() {
            true => &mut self.ours,
            false => &mut self.theirs,
        };
        let call = all.get_mut(&call).expect("a call");
        assert_eq!(was_open, call.is_open, "{step:?}");
        call.is_open &= !step.ends();
        if let Step::Pull { count } = step {
            call.pulled += u64::from(*count);
        }
    }

    /// The text of a batch as a page of the window may post it.
    pub(super) fn text(&self, id: &WindowId, post: &Post<'_>) -> String {
        let others = (0..WINDOWS).map(window).filter(|other| other != id);
        let other = others.filter_map(|id| self.windows.get(&id)).next();
        let other = other.map_or("", |window| &window.key);
        match self.windows.get(id) {
            Some(window) => window.text(other, post),
            None => Window::default().text(other, post),
        }
    }

    /// A page of the window is about to post this, or what is no batch.
    pub(super) fn posts(
        &mut self,
        id: WindowId,
        from: From,
        bytes: usize,
        text: Option<&str>,
        batch: Option<PageBatch>,
    ) {
        let window = self.windows.get_mut(&id);
        let messages = window.map_or_else(Vec::new, |it| {
            it.admit(&id, from, bytes, text, batch, &mut self.stats)
        });
        self.poster = Some((id, messages));
    }

    /// The window system is about to report this.
    pub(super) fn reports(&mut self, id: &WindowId, report: &Report) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        match report {
            Report::PageGone => window.leave_page(),
            Report::Navigated(from) if !window.options.admits(*from) => window.leave_page(),
            Report::Overrun => window.cut_off(),
            Report::CloseRequested => window.is_asked_to_close(),
            _ => {}
        }
    }

    /// The app hears what there is to hear, which must be all that it is to hear.
    pub(super) fn hear(&mut self, desk: &Desk) {
        let (poster, mut expected) = self.poster.take().unzip();
        let mut expected = expected.take().unwrap_or_default().into_iter();
        for event in desk.events.drain() {
            match event.system {
                None => assert_eq!(Some(&*event), expected.next().as_ref()),
                Some(system) => {
                    assert_eq!(poster, None, "a page makes {event:?}");
                    let is_close = system == SystemEvent::Close;
                    match self.windows.get_mut(&event.window_id) {
                        Some(window) => window.closes += u32::from(is_close),
                        // It was asked to close before it was open, and has done both at once.
                        None => {
                            assert!(is_close, "{event:?} of no window");
                            let opened = self.opening.remove(&event.window_id);
                            assert!(opened.is_some(), "{event:?} of no window");
                        }
                    }
                }
            }
        }
        assert_eq!(expected.next(), None, "the app does not hear of it");
        for event in desk.calls.drain() {
            let id = &event.window_id;
            assert!(
                poster.as_ref().is_none_or(|poster| poster == id),
                "{event:?}"
            );
            self.hear_step(&event);
        }
        for event in desk.incidents.drain() {
            let incident = event.incident.as_ref().expect("an incident");
            let is_cut_off = matches!(incident, Incident::PageCutOff { .. });
            assert!(is_cut_off || poster.is_none(), "a page makes {event:?}");
            let window = self.windows.get_mut(&event.window_id).expect("it is open");
            window.cut_offs -= i32::from(is_cut_off);
        }
        assert!(
            self.windows.values().all(|it| it.cut_offs == 0),
            "cut off, or not"
        );
        let stats = desk.host.stats();
        assert_eq!(stats.foreign, self.stats.foreign);
        assert_eq!(stats.malformed, self.stats.malformed);
        assert_eq!(stats.stale, self.stats.stale);
        assert_eq!(stats.repeated, self.stats.repeated);
        assert_eq!(stats.missing, self.stats.missing);
    }

    fn hear_step(&mut self, event: &Event) {
        let (call, step) = event.call.as_ref().expect("a step");
        if step.opens() {
            let opened = Call::new(event.window_id.clone());
            assert!(self.theirs.insert(*call, opened).is_none(), "opened twice");
            return;
        }
        let of_page = step.is_openers();
        let all = if of_page {
            &mut self.theirs
        } else {
            &mut self.ours
        };
        let call = all.get_mut(call).expect("a call");
        assert!(call.is_open, "{event:?} after its end");
        assert_eq!(call.window, event.window_id);
        if let Step::Chunk { .. } = step {
            call.chunks += 1;
            assert!(call.chunks <= call.pulled, "{event:?} was not asked for");
        }
        call.is_open = !step.ends();
    }

    /// What pages were handed, and which windows have opened and closed.
    pub(super) fn look(&mut self, desk: &Desk) {
        let open = desk.router.windows();
        for id in &open {
            let window = self.windows.entry(id.clone()).or_insert_with(|| {
                let options = self.opening.remove(id).expect("it was to open");
                Window::new(desk.key(id), options)
            });
            for (key, batch) in desk.batches(id) {
                window.is_handed(&key, &batch);
            }
        }
        for (id, window) in self.windows.extract_if(.., |id, _| !open.contains(id)) {
            window.has_closed(&id);
        }
    }

    /// Whether no page of the window is gone.
    pub(super) fn had_one_page(&self, id: &WindowId) -> bool {
        self.windows.get(id).is_some_and(Window::had_one_page)
    }

    /// In the end nobody waits for anything.
    pub(super) fn close(&self) {
        assert!(self.windows.is_empty());
        let answers = self.replies.iter().map(|it| it.0.load(Ordering::Relaxed));
        assert!(answers.into_iter().all(|count| count == 1), "no answer");
        let mut calls = self.ours.values().chain(self.theirs.values());
        assert!(calls.all(|call| !call.is_open), "a call without an end");
    }
}

fn nth(calls: &BTreeMap<CallId, Call>, index: u8) -> Option<(WindowId, CallId)> {
    let index = usize::from(index) % calls.len().max(1);
    let (call, it) = calls.iter().nth(index)?;
    Some((it.window.clone(), *call))
}
