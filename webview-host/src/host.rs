//! The state machine between the router and a backend.

mod closing;
mod posted;
mod reports;
mod themes;
mod throttle;
mod trace;
mod window;

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use ipc_protocol::{
    CallError, CallId, Channel, Code, Dialog, DialogAnswer, Escaped, Event, Incident, Limits,
    Origin, PageFrame, Payload, Step, SystemEvent, Theme, WindowCommand, WindowId, WindowSpec,
    WindowState,
};
use ipc_router::{Port, Reply, Request, RouteError, Router};

use self::closing::Closing;
use self::posted::Posted;
use self::themes::Themes;
use self::trace::Excerpt;
use self::window::{Admission, Window};
use crate::{Backend, BackendError, BackendEvent, BackendEventKind, TitleBarAction};

/// Knows the windows and what waits for them. Owned by the user-interface thread.
///
/// [`Host::on_event`] never calls the backend, so a backend may report from within its own
/// callbacks; [`Host::pump`] is the only place that does. Pump after every event and wake.
pub struct Host {
    port: Port,
    limits: Limits,
    windows: HashMap<WindowId, Window>,
    /// What was asked and is not done yet. Kept here, so that a backend that panics takes no other
    /// request with it.
    requests: VecDeque<Request>,
    /// Windows to close at the next pump.
    closing: VecDeque<Closing>,
    /// Windows whose pages have left, to close at the next pump.
    left: VecDeque<WindowId>,
    /// What users do with windows by their pages, at the next pump.
    title_bar_actions: Vec<(WindowId, TitleBarAction)>,
    /// The number of the last dialog.
    last_dialog: u64,
    themes: Themes,
    /// Whether no window is opened any more.
    is_ending: bool,
    /// Whether the consoles of pages are logged.
    console: bool,
    stats: HostStats,
    clock: Clock,
}

/// Tells the time.
type Clock = Box<dyn Fn() -> Instant + Send>;

/// What a pump left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped {
    /// Wait for the next event or wake.
    Waiting,
    /// The app has ended: close everything.
    ShutDown,
}

/// Counts of what pages sent and the host did not believe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostStats {
    /// What came from pages of origins that the window was not opened with. It was not read.
    pub foreign: u64,
    /// Batches that were not what the protocol says, or lacked the window's key.
    pub malformed: u64,
    /// Batches of a page that is gone, or was cut off.
    pub stale: u64,
    /// Frames that came twice.
    pub repeated: u64,
    /// Frames that never came: gaps in a page's numbering.
    pub missing: u64,
    /// Messages and calls on a reserved channel or one the window does not allow, or beyond the
    /// limits, and channels that a page may not listen on.
    pub refused: u64,
    /// Messages and calls beyond the rate at which a page may send.
    pub throttled: u64,
    /// Steps of calls that are not open, chunks that were not asked for, and what is said of frames
    /// that were never handed out.
    pub unknown: u64,
}

/// The bytes one batch may carry, give or take a message, so that no single one keeps the page
/// busy for long.
const BATCH_BYTES: usize = 1 << 20;

/// The dialogs of one window that may wait for its user at once. Each costs the user interface some
/// milliseconds to show, and a page may have its app show one for each of its calls.
const MAX_DIALOGS: usize = 8;

impl Host {
    /// A host without windows at the user-interface end of a connection.
    pub fn new(port: Port) -> Host {
        Host::with_clock(port, Instant::now)
    }

    /// As [`Host::new`], with a clock that runs as a test wants it to. It is asked the time once for
    /// each window and each batch of a page.
    pub fn with_clock(port: Port, clock: impl Fn() -> Instant + Send + 'static) -> Host {
        Host {
            limits: port.limits().clone(),
            port,
            windows: HashMap::new(),
            requests: VecDeque::new(),
            closing: VecDeque::new(),
            left: VecDeque::new(),
            title_bar_actions: Vec::new(),
            last_dialog: 0,
            themes: Themes::default(),
            is_ending: false,
            console: true,
            stats: HostStats::default(),
            clock: Box::new(clock),
        }
    }

    /// Sets whether the log tells what the pages of windows that are opened from now on write to their
    /// consoles; it does unless this says otherwise. Errors that they do not catch are told in any case.
    pub fn log_consoles(&mut self, are_logged: bool) {
        self.console = are_logged;
    }

    /// The port, to be told when requests wait.
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// What pages sent and was not believed, so far.
    pub fn stats(&self) -> HostStats {
        self.stats
    }

    /// Closes all windows at the next pump, without asking, and opens none any more: who asks for one
    /// is told [`RouteError::HostGone`]. The app hears each window close, and may still do something
    /// about it. Returns whether there are any windows.
    pub fn close_all(&mut self) -> bool {
        self.is_ending = true;
        let ids: Vec<_> = self.windows.keys().cloned().collect();
        for id in &ids {
            self.close_soon(id, true);
        }
        !ids.is_empty()
    }

    /// Sets the theme of the desktop, which is a light one until then.
    pub fn set_theme(&mut self, theme: Theme) {
        self.themes.set(theme);
    }

    /// Takes in what the backend reports. Events of a window that is not open are ignored.
    pub fn on_event(&mut self, event: BackendEvent) {
        let BackendEvent { window: id, kind } = event;
        match kind {
            BackendEventKind::Message { origin, text } => {
                self.on_batch(&id, origin.as_ref(), &Posted::Text(text));
            }
            BackendEventKind::Upload { origin, body } => {
                self.on_batch(&id, origin.as_ref(), &Posted::Upload(body));
            }
            BackendEventKind::Navigated(origin) => self.on_navigated(&id, origin.as_ref()),
            BackendEventKind::Incident(incident) => self.incident(&id, incident),
            BackendEventKind::LoadFailed { url, reason } => self.on_load_failed(&id, &url, &reason),
            BackendEventKind::Loaded(url) => self.on_loaded(&id, &url),
            BackendEventKind::Responsive(true) => self.incident(&id, Incident::PageResponsive),
            BackendEventKind::Responsive(false) => {
                if let Some(window) = self.windows.get(&id) {
                    window.lane.assume_taken();
                }
                self.incident(&id, Incident::PageUnresponsive);
            }
            BackendEventKind::Overrun => self.cut_off(&id, Code::QueueFull),
            BackendEventKind::PageGone => self.on_page_gone(&id),
            BackendEventKind::CloseRequested => self.close_soon(&id, false),
            BackendEventKind::PageClosed => {
                // It has been asked whether it stays, if the app does not decide that.
                let window = self.open_window(&id);
                let is_certain = window.is_some_and(|window| !window.prevent_close);
                self.close_soon(&id, is_certain);
            }
            BackendEventKind::Leaving => self.on_leaving(&id),
            BackendEventKind::Stays => self.on_stays(&id),
            BackendEventKind::Left => self.on_left(&id),
            BackendEventKind::Closed => self.gone(&id),
            BackendEventKind::Focused(has_focus) => {
                let event = match has_focus {
                    true => SystemEvent::Focus,
                    false => SystemEvent::Blur,
                };
                self.report(&id, |id| Event::system(id, event));
            }
            BackendEventKind::Resized(size) => self.report(&id, |id| Event::resize(id, size)),
            BackendEventKind::Moved(position) => {
                self.report(&id, |id| Event::moved(id, position));
            }
            BackendEventKind::Answered { dialog, answer } => self.on_answer(&id, dialog, answer),
            BackendEventKind::State(state) => self.on_state(&id, state),
        }
    }

    /// Does what the app asks, closes what is to be closed, and hands every page what is ready
    /// for it. After [`Pumped::ShutDown`] there is nothing to pump: drop the host and the windows.
    ///
    /// A backend that panics is not caught here. What it was asked then is answered with
    /// [`RouteError::HostGone`]; the rest is for the next pump, if there is one.
    pub fn pump(&mut self, backend: &mut dyn Backend) -> Pumped {
        self.requests.extend(self.port.requests());
        while let Some(request) = self.requests.pop_front() {
            match request {
                Request::Open { id, spec, reply } => self.open(id, &spec, reply, backend),
                Request::Command {
                    window,
                    command: WindowCommand::Close,
                    reply,
                } => self.begin_to_close(&window, Some(reply), false, backend),
                Request::Command {
                    window,
                    command,
                    reply,
                } => {
                    if let Some(reply) = self.wait_for_close(&window, reply) {
                        reply.send(self.command(&window, &command, backend));
                    }
                }
                Request::State { window, reply } => {
                    if let Some(reply) = self.wait_for_close(&window, reply) {
                        self.state(&window, reply, backend);
                    }
                }
                Request::Dialog {
                    window,
                    dialog,
                    reply,
                } => {
                    if let Some(reply) = self.wait_for_close(&window, reply) {
                        self.dialog(&window, &dialog, reply, backend);
                    }
                }
                Request::Theme { known, reply } => self.themes.ask(known, reply),
                Request::Screens { reply } => {
                    reply.send(backend.screens().map_err(|error| desktop_error(&error)));
                }
                Request::OpenExternal { url, reply } => {
                    let opened = backend.open_external(&url);
                    reply.send(opened.map_err(|error| desktop_error(&error)));
                }
                Request::ShutDown => {
                    self.requests.clear();
                    return Pumped::ShutDown;
                }
                _ => tracing::warn!("a request this host does not know"),
            }
        }
        // Closing a window queues its children.
        loop {
            if let Some(Closing { id, may_stay }) = self.closing.pop_front() {
                self.begin_to_close(&id, None, may_stay, backend);
            } else if let Some(id) = self.left.pop_front() {
                self.close(&id, backend);
            } else {
                break;
            }
        }
        for (id, action) in self.title_bar_actions.drain(..) {
            backend.title_bar(&id, action);
        }
        self.serve(backend);
        Pumped::Waiting
    }

    /// Hands every page what is ready for it, by [`Backend::deliver`] alone, which a backend may be
    /// called for from within its own callbacks: the part of [`Host::pump`] that messages wait for. Returns
    /// whether the rest of it is to be done, too.
    pub fn serve(&mut self, backend: &mut dyn Backend) -> bool {
        for (id, window) in &mut self.windows {
            window.serve(id, BATCH_BYTES, backend);
        }
        self.port.has_requests()
            || !self.requests.is_empty()
            || !self.closing.is_empty()
            || !self.left.is_empty()
            || !self.title_bar_actions.is_empty()
    }

    fn open(
        &mut self,
        id: WindowId,
        spec: &WindowSpec,
        reply: Reply<()>,
        backend: &mut dyn Backend,
    ) {
        if self.is_ending {
            return reply.send(Err(RouteError::HostGone));
        }
        if let Some(parent) = &spec.parent
            && self.open_window(parent).is_none()
        {
            return reply.send(Err(RouteError::WindowClosed(parent.clone())));
        }
        let lane = self.port.lane(&id).ok_or(BackendError::NoWindow);
        let now = (self.clock)();
        let opened = lane
            .and_then(|lane| {
                Window::new(
                    spec,
                    lane,
                    &self.limits,
                    backend.origin(),
                    self.console,
                    now,
                )
            })
            .and_then(|window| backend.open(&id, spec, window.link()).map(|()| window));
        match opened {
            Ok(window) => {
                tracing::debug!(target: "ipc", window = %Escaped(&id), "window opened");
                self.windows.insert(id.clone(), window);
                self.port.opened(&id);
                reply.send(Ok(()));
            }
            Err(error) => reply.send(Err(window_error(&id, &error))),
        }
    }

    fn command(
        &mut self,
        id: &WindowId,
        command: &WindowCommand,
        backend: &mut dyn Backend,
    ) -> Result<(), RouteError> {
        let Some(window) = self.open_window(id) else {
            return Err(RouteError::WindowClosed(id.clone()));
        };
        if let WindowCommand::SetPreventClose(prevents) = command {
            window.set_prevent_close(*prevents);
            return Ok(());
        }
        // What was sent before is for the page that was there then: the command may replace it.
        window.flush(id, BATCH_BYTES, backend);
        if *command == WindowCommand::Reload {
            window.lane.pass_boundary();
        }
        backend
            .apply(id, command)
            .map_err(|error| window_error(id, &error))?;
        match command {
            // Nobody asked for the answer, but it comes, and must not be taken for another one's.
            WindowCommand::ReportState => window.state_replies.push_back(Reply::new(|_| {})),
            // What is sent from now on is for the page to come. A `Navigate` may stay within the
            // page that is there, so it says nothing of it.
            WindowCommand::Reload => window.lane.leave(),
            _ => {}
        }
        Ok(())
    }

    fn state(&mut self, id: &WindowId, reply: Reply<WindowState>, backend: &mut dyn Backend) {
        let Some(window) = self.open_window(id) else {
            return reply.send(Err(RouteError::WindowClosed(id.clone())));
        };
        match backend.apply(id, &WindowCommand::ReportState) {
            Ok(()) => window.state_replies.push_back(reply),
            Err(error) => reply.send(Err(window_error(id, &error))),
        }
    }

    fn on_state(&mut self, id: &WindowId, state: WindowState) {
        let reply = self
            .windows
            .get_mut(id)
            .and_then(|window| window.state_replies.pop_front());
        if let Some(reply) = reply {
            reply.send(Ok(state));
        }
    }

    fn dialog(
        &mut self,
        id: &WindowId,
        dialog: &Dialog,
        reply: Reply<DialogAnswer>,
        backend: &mut dyn Backend,
    ) {
        self.last_dialog += 1;
        let number = self.last_dialog;
        let Some(window) = self.open_window(id) else {
            return reply.send(Err(RouteError::WindowClosed(id.clone())));
        };
        let dialogs = window.dialogs.len();
        if dialogs >= MAX_DIALOGS {
            return reply.send(Err(RouteError::TooManyDialogs {
                window: id.clone(),
                dialogs,
            }));
        }
        match backend.dialog(id, number, dialog) {
            Ok(()) => {
                window.dialogs.insert(number, reply);
            }
            Err(error) => reply.send(Err(window_error(id, &error))),
        }
    }

    fn on_answer(&mut self, id: &WindowId, dialog: u64, answer: DialogAnswer) {
        let window = self.windows.get_mut(id);
        let reply = window.and_then(|window| window.dialogs.remove(&dialog));
        if let Some(reply) = reply {
            reply.send(Ok(answer));
        }
    }

    fn on_page_gone(&mut self, id: &WindowId) {
        if let Some(window) = self.windows.get_mut(id) {
            tracing::warn!(target: "ipc", window = %Escaped(id), "the page's process has ended");
            window.page_gone();
            self.incident(id, Incident::PageCrashed);
            // It has no last word.
            self.on_left(id);
        }
    }

    /// Whoever showed itself here before has no page any more if this one may not reach the app;
    /// else the page says so itself, when it says hello.
    fn on_navigated(&mut self, id: &WindowId, origin: Option<&Origin>) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if window.admits(origin) {
            window.awaits_hello = true;
        } else {
            // Pages of others may follow each other without an end.
            if let Some(offences) = window.count_offence() {
                tracing::warn!(target: "ipc", window = %Escaped(id), origin = origin.map(tracing::field::display), offences, "a page that may not reach the app");
            }
            window.page_gone();
        }
    }

    /// A document that is there, and in which the preload script has not run, is no page.
    fn on_loaded(&mut self, id: &WindowId, url: &str) {
        let window = self.windows.get(id);
        if window.is_some_and(|window| window.awaits_hello) {
            self.on_load_failed(id, url, MUTE);
        }
    }

    fn on_load_failed(&mut self, id: &WindowId, url: &str, reason: &str) {
        if let Some(window) = self.windows.get_mut(id) {
            tracing::warn!(target: "ipc", window = %Escaped(id), url = %Escaped(Start(url)), reason = %Escaped(Start(reason)), "a page did not load");
            window.page_gone();
            self.incident(id, Incident::load_failed(url, reason));
        }
    }

    /// Takes in a batch, if the page may be heard and is.
    fn on_batch(&mut self, id: &WindowId, origin: Option<&Origin>, posted: &Posted) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if !window.admits(origin) {
            self.stats.foreign += 1;
            if let Some(offences) = window.count_offence() {
                tracing::warn!(target: "ipc", window = %Escaped(id), origin = origin.map(tracing::field::display), offences, "a batch of a page that may not reach the app, ignored");
            }
            return;
        }
        if !window.is_heard(posted.len()) {
            self.stats.stale += 1;
            return;
        }
        let batch = match posted.decode(&self.limits) {
            Ok(batch) => batch,
            Err(error) => {
                let is_its_own = posted.has_key(window.key());
                return self.malformed(id, is_its_own, || {
                    tracing::warn!(target: "ipc", window = %Escaped(id), code = %error.code(), error = %Escaped(&error), "ignored");
                });
            }
        };
        let (seq, frames) = (batch.seq, batch.frames.len());
        let _span =
            tracing::trace_span!(target: "ipc", "receive", window = %Escaped(id), seq, frames)
                .entered();
        let skip = match window.admit(&batch) {
            Admission::WrongKey => {
                return self.malformed(id, false, || {
                    tracing::warn!(target: "ipc", window = %Escaped(id), "a batch without the window's key, ignored");
                });
            }
            Admission::Stale => {
                self.stats.stale += 1;
                return;
            }
            Admission::Current { repeated, missing } => {
                self.stats.repeated += repeated as u64;
                self.stats.missing = self.stats.missing.saturating_add(missing);
                if missing > 0
                    && let Some(offences) = window.count_offence()
                {
                    tracing::warn!(target: "ipc", window = %Escaped(id), missing, offences, "frames from the page are missing");
                }
                repeated
            }
        };
        for frame in batch.lost {
            self.stats.unknown += u64::from(!window.lane.lose(frame));
        }
        if !window.acknowledge(batch.ack) {
            self.stats.unknown += 1;
            if let Some(offences) = window.count_offence() {
                tracing::warn!(target: "ipc", window = %Escaped(id), ack = batch.ack, offences, "no such frame to acknowledge");
            }
        }
        let is_within = window.throttle.admit(frames, posted.len(), (self.clock)());
        let mut frames = batch.frames;
        frames.drain(..skip);
        // Without those that are throttled, nobody knows the numbers of the others.
        let mut numbers = seq + skip as u64..;
        let mut next_number = || numbers.next().filter(|_| is_within);
        let is_traced = trace::is_on();
        if !is_within {
            frames = self.throttle(id, frames);
        }
        let mut messages = Vec::new();
        for frame in frames {
            if is_traced && let Some(window) = self.windows.get(id) {
                trace::from_page(id, &window.lane, next_number(), &frame);
            }
            match frame {
                PageFrame::Message { channel, payload } => {
                    messages.extend(self.message(id, channel, payload));
                }
                frame => {
                    self.publish_messages(id, &mut messages);
                    self.on_frame(id, frame);
                }
            }
        }
        self.publish_messages(id, &mut messages);
    }

    /// A message of a page, if the page may send it.
    fn message(&mut self, id: &WindowId, channel: Channel, payload: Payload) -> Option<Event> {
        match self.windows.get(id)?.check(&channel) {
            Ok(()) => Some(Event::message(id.clone(), channel, payload)),
            Err(code) => {
                self.refused(id, &channel, code);
                None
            }
        }
    }

    fn publish_messages(&mut self, id: &WindowId, messages: &mut Vec<Event>) {
        if messages.is_empty() {
            return;
        }
        if let Some(window) = self.windows.get(id) {
            let bytes = messages.iter().map(|event| event.payload.size()).sum();
            window.lane.count_received(messages.len(), bytes);
        }
        self.port.publish_all(messages.drain(..));
    }

    fn on_frame(&mut self, id: &WindowId, frame: PageFrame) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        match frame {
            PageFrame::Listen { channel } => {
                if let Err(code) = window.lane.listen(&channel) {
                    let message = "the page listens on too many channels already";
                    window.lane.refuse(&channel, code, message.to_owned());
                    self.refused(id, &channel, code);
                }
            }
            PageFrame::Call { call, step } => self.on_step(id, call, step),
            PageFrame::Drag => self.title_bar(id, TitleBarAction::Move),
            PageFrame::ToggleMaximize => self.title_bar(id, TitleBarAction::ToggleMaximize),
            PageFrame::Report(report) => window.reports.log(id, &report, (self.clock)()),
            PageFrame::SendTo {
                call,
                window,
                channel,
                payload,
            } => self.on_send_to(id, call, window, &channel, payload),
            PageFrame::Refused {
                channel,
                call,
                code,
                message,
            } => {
                match call {
                    Some(call) => window.lane.fail(call, &channel, code, message),
                    None => window.lane.refuse(&channel, code, message),
                }
                self.refused(id, &channel, code);
            }
            // The page's greeting has done its work when its batch was admitted.
            _ => {}
        }
    }

    /// Of a window's actions before a pump only the last one counts.
    fn title_bar(&mut self, id: &WindowId, action: TitleBarAction) {
        self.title_bar_actions.retain(|(window, _)| window != id);
        self.title_bar_actions.push((id.clone(), action));
    }

    fn on_step(&mut self, id: &WindowId, call: CallId, step: Step) {
        let Some(window) = self.windows.get(id) else {
            return;
        };
        let opened = step.channel().cloned();
        if let Some(channel) = &opened
            && let Err(code) = window.check_call(call, channel)
        {
            return self.refused(id, channel, code);
        }
        match window.lane.step(call, step) {
            Ok(Some(event)) if opened.is_some() => self.offer_call(id, event),
            Ok(Some(event)) => self.port.publish(event),
            Ok(None) => {
                self.stats.unknown += 1;
                tracing::debug!(target: "ipc", window = %Escaped(id), %call, "a step of a call that is not open");
            }
            Err(code) => {
                if let Some(channel) = &opened {
                    window.fail_to_open(call, channel, code);
                    self.refused(id, channel, code);
                }
            }
        }
    }

    /// Publishes a call of a page, which must get an answer even if nobody takes it.
    fn offer_call(&mut self, id: &WindowId, event: Event) {
        let Some((call, _)) = &event.call else {
            return;
        };
        let (call, channel) = (*call, event.channel.clone());
        if let Err(code) = self.port.offer(event) {
            let message = match code {
                Code::QueueFull => "too much waits for the app",
                _ => "the app takes no calls",
            };
            let error = CallError::new(code, message);
            self.port.router().step(id, call, Step::Error { error });
            self.refused(id, &channel, code);
        }
    }

    fn on_send_to(
        &mut self,
        id: &WindowId,
        call: CallId,
        to: WindowId,
        channel: &Channel,
        payload: Payload,
    ) {
        let Some(window) = self.windows.get(id) else {
            return;
        };
        if let Err(code) = window.check_call(call, channel) {
            return self.refused(id, channel, code);
        }
        let call = match window.lane.ask(call, channel) {
            Ok(Some(call)) => call,
            Ok(None) => {
                self.stats.unknown += 1;
                return;
            }
            Err(code) => {
                window.fail_to_open(call, channel, code);
                return self.refused(id, channel, code);
            }
        };
        let (router, from) = (self.port.router(), id.clone());
        self.port.relay(id, &to, channel, payload, move |result| {
            answer(&router, &from, call, result);
        });
    }

    /// Counts a batch that is nothing to go by. A page that goes on like that is cut off; a frame or
    /// whoever else does not have the key cannot bring that about.
    fn malformed(&mut self, id: &WindowId, is_its_own: bool, log: impl FnOnce()) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if is_its_own && window.is_cut_off() {
            self.stats.stale += 1;
            return;
        }
        self.stats.malformed += 1;
        if window.count_malformed() {
            log();
        }
        if is_its_own && window.count_nonsense() {
            self.cut_off(id, Code::BadFrame);
        }
    }

    fn cut_off(&mut self, id: &WindowId, reason: Code) {
        if let Some(window) = self.windows.get_mut(id) {
            if let Some(offences) = window.count_offence() {
                tracing::warn!(target: "ipc", window = %Escaped(id), %reason, offences, "the page is cut off");
            }
            window.cut_off();
            self.incident(id, Incident::PageCutOff { reason });
        }
    }

    /// Refuses the messages and calls of a batch that is beyond the rates. Returns the other frames,
    /// by which what is open already goes on.
    fn throttle(&mut self, id: &WindowId, frames: Vec<PageFrame>) -> Vec<PageFrame> {
        let (refused, rest): (Vec<_>, Vec<_>) = frames.into_iter().partition(PageFrame::is_load);
        let Some(window) = self.windows.get_mut(id).filter(|_| !refused.is_empty()) else {
            return rest;
        };
        let (count, code) = (refused.len() as u64, Code::RateLimited);
        let message = format!("the page sends too much: {count} messages and calls were refused");
        self.stats.throttled += count;
        let mut is_told = false;
        for frame in refused {
            match frame {
                PageFrame::Call {
                    call,
                    step: Step::Request { channel, .. } | Step::Stream { channel, .. },
                }
                | PageFrame::SendTo { call, channel, .. }
                | PageFrame::Refused {
                    channel,
                    call: Some(call),
                    ..
                } => {
                    window.lane.fail(call, &channel, code, message.clone());
                }
                // Once is enough for all that nobody waits for.
                PageFrame::Message { channel, .. } if !is_told => {
                    window.lane.refuse(&channel, code, message.clone());
                    is_told = true;
                }
                _ => {}
            }
        }
        if let Some(refused) = window.throttle.refuse(count) {
            tracing::warn!(target: "ipc", window = %Escaped(id), refused, "the page sends too much");
            self.incident(id, Incident::PageThrottled { refused });
        }
        rest
    }

    fn refused(&mut self, id: &WindowId, channel: &Channel, code: Code) {
        self.stats.refused += 1;
        let window = self.windows.get_mut(id);
        if let Some(refusals) = window.and_then(Window::count_refusal) {
            tracing::warn!(target: "ipc", window = %Escaped(id), channel = %Escaped(channel), %code, refusals, "message from the page refused");
        }
    }

    /// Publishes an event of an open window.
    fn report(&mut self, id: &WindowId, event: impl FnOnce(WindowId) -> Event) {
        if self.open_window(id).is_some() {
            self.publish(event(id.clone()));
        }
    }

    /// A window that is open, and is not about to close.
    fn open_window(&mut self, id: &WindowId) -> Option<&mut Window> {
        let window = self.windows.get_mut(id);
        window.filter(|window| window.leaving.is_none())
    }

    /// Tells the app that something went wrong with an open window.
    fn incident(&mut self, id: &WindowId, incident: Incident) {
        if self.open_window(id).is_some() {
            self.publish(Event::incident(id.clone(), incident));
        }
    }

    fn publish(&self, event: Event) {
        log_event(&event);
        self.port.publish(event);
    }
}

/// Tells a page what became of its message to another window.
fn answer(router: &Router, window: &WindowId, call: CallId, result: Result<(), RouteError>) {
    let step = match result {
        Ok(()) => Step::Result {
            payload: Payload::null(),
        },
        Err(error) => Step::Error {
            error: CallError::new(error.code(), error.to_string()),
        },
    };
    router.step(window, call, step);
}

/// What the window system or the host reports; frames of pages are logged as they come.
fn log_event(event: &Event) {
    tracing::debug!(
        target: "ipc",
        window = %Escaped(&event.window_id), channel = %Escaped(&event.channel),
        payload = %Escaped(Excerpt(&event.payload)),
        kind = %if event.incident.is_some() { "incident" } else { "event" },
        "from window"
    );
}

/// Without the windows themselves, which hold their pages' keys.
impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("windows", &self.windows.keys())
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

fn window_error(window: &WindowId, error: &BackendError) -> RouteError {
    RouteError::Window {
        window: window.clone(),
        code: error.code(),
        reason: error.to_string(),
    }
}

fn desktop_error(error: &BackendError) -> RouteError {
    RouteError::Desktop {
        code: error.code(),
        reason: error.to_string(),
    }
}

/// Why a document is no page of an app.
const MUTE: &str = "the document has no window.host: its server forbids it scripts of its own origin, as by \
     a Content-Security-Policy with `sandbox`";

/// The start of a text, for logs.
struct Start<'a>(&'a str);

impl std::fmt::Display for Start<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const BYTES: usize = 200;
        f.write_str(&self.0[..self.0.floor_char_boundary(BYTES)])
    }
}
