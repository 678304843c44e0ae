//! What the app does and hears.

use ipc_protocol::{CallError, Channel, Code, Payload, Step};
use ipc_router::{RouteError, Router, Until};

use super::{World, channel, id};
use crate::lists::{AppCall, PageCall, Sent, win};
use crate::payloads::{brief, payload, value};
use crate::{Chan, Tell, Win};

impl World {
    pub(super) fn record(&mut self, window: Win, n: usize, channel: Chan, tell: Tell) {
        let moment = self.next();
        self.window(window).sent.push(Sent {
            n,
            channel,
            moment,
            accepted: None,
            told: None,
            tell,
            is_relay: false,
            delivered: 0,
            is_lost: false,
        });
    }

    pub(super) fn send(&mut self, window: Win, name: Chan, tell: Tell) {
        let n = self.next();
        let (channel, payload) = (channel(name), payload(&n.to_string(), n));
        let is_open = self.is_open(window);
        if is_open {
            self.record(window, n, name, tell);
        }
        let until = match tell {
            Tell::Nobody => {
                let sent = self.router.send(&id(window), &channel, &payload);
                return self.sent(window, n, sent.map_err(|it| it.code()));
            }
            Tell::Accepted => Until::Accepted,
            Tell::Received => Until::Received,
        };
        let replies = self.replies.clone();
        let reply = move |result: Result<(), RouteError>| {
            let result = result.map_err(|error| error.code());
            replies.lock().unwrap().push((window, n, result));
        };
        self.router
            .send_until(until, &id(window), &channel, &payload, reply);
        if !is_open {
            let [(_, _, result)] =
                <[_; 1]>::try_from(std::mem::take(&mut *self.replies.lock().unwrap())).unwrap();
            assert!(matches!(
                result,
                Err(Code::UnknownWindow | Code::WindowClosed)
            ));
        }
    }

    pub(super) fn broadcast(&mut self, name: Chan) {
        let n = self.next();
        for window in 0..3 {
            if self.is_open(window) {
                self.record(window, n, name, Tell::Nobody);
            }
        }
        let ids = [0, 1, 2].map(id);
        let results = self
            .router
            .broadcast(&ids, &channel(name), &payload(&n.to_string(), n));
        for (window, result) in results.into_iter().enumerate() {
            self.sent(window, n, result.map_err(|it| it.code()));
        }
    }

    /// What the sender of a message is told.
    pub(super) fn sent(&mut self, window: Win, n: usize, result: Result<(), Code>) {
        let moment = self.next();
        let it = self.windows[window].as_mut();
        let found = it.and_then(|it| {
            Some((
                it.is_open,
                it.sent.iter_mut().find(|it| it.n == n)?,
                &mut it.refused,
            ))
        });
        let Some((is_open, sent, refused)) = found else {
            // It was not open when it was sent to.
            assert!(matches!(
                result,
                Err(Code::UnknownWindow | Code::WindowClosed)
            ));
            return;
        };
        assert_eq!(sent.told, None, "told twice of {n}");
        sent.told = Some(result);
        match (result, sent.tell) {
            (Ok(()), Tell::Received) => {
                assert!(sent.delivered > 0 && !sent.is_lost, "{n} is not received");
            }
            (Err(Code::TransferFailed), Tell::Received) => assert!(sent.is_lost, "{n} is not lost"),
            (Ok(()), _) => sent.accepted = Some(moment),
            (Err(Code::QueueFull), _) => *refused.entry(sent.channel).or_default() += 1,
            (Err(Code::Dropped), Tell::Received) => assert_eq!(sent.delivered, 0),
            (Err(Code::WindowClosed), Tell::Accepted | Tell::Received) => assert!(!is_open),
            (result, tell) => panic!("{result:?} for {n}, told {tell:?}"),
        }
    }

    pub(super) fn take_replies(&mut self) {
        let replies = std::mem::take(&mut *self.replies.lock().unwrap());
        for (window, n, result) in replies {
            self.sent(window, n, result);
        }
        for (window, n) in std::mem::take(&mut self.received) {
            let sent = self
                .window(window)
                .sent
                .iter()
                .find(|it| it.n == n)
                .unwrap();
            let expected = match sent.is_lost {
                true => Err(Code::TransferFailed),
                false => Ok(()),
            };
            assert_eq!(sent.told, Some(expected), "{n} was acknowledged");
        }
    }

    pub(super) fn call(&mut self, window: Win, is_stream: bool, mode: usize) {
        let n = self.next();
        let payload = payload(&format!("[{n},{mode}]"), n);
        let step = match is_stream {
            true => Step::Stream {
                channel: Channel::new("qs").unwrap(),
                payload,
            },
            false => Step::Request {
                channel: Channel::new("q").unwrap(),
                payload,
            },
        };
        match self.router.open_call(&id(window), step) {
            Ok(call) => self.app_calls.push(AppCall {
                call,
                n,
                window,
                moment: n,
                is_stream,
                mode,
                is_open: true,
                is_cancelled: false,
                is_taken: false,
                pulled: 0,
                chunks: 0,
            }),
            Err(error) if self.is_open(window) => assert_eq!(error.code(), Code::QueueFull),
            Err(error) => assert!(matches!(
                error.code(),
                Code::UnknownWindow | Code::WindowClosed
            )),
        }
    }

    pub(super) fn pull(&mut self, index: usize, count: usize) {
        let call = &mut self.app_calls[index];
        if !call.is_stream {
            return;
        }
        let step = Step::Pull {
            count: count as u32,
        };
        assert_eq!(
            self.router.step(&id(call.window), call.call, step),
            call.is_open
        );
        call.pulled += count;
    }

    /// The app takes what it is to hear, and answers calls.
    pub(super) fn hear(&mut self) {
        self.quick.drain();
        let mut heard = Vec::new();
        let mut events = Vec::new();
        for event in self.calls.drain() {
            let (call, step) = event.call.clone().unwrap();
            let window = win(&event.window_id);
            let of_app = self.app_calls.iter().find(|it| it.call == call);
            let of_page = self.page_calls.iter_mut();
            let n = match of_app {
                Some(call) => call.n,
                None if step.opens() => {
                    let n = value(&brief(&event.payload)).as_u64().unwrap() as usize;
                    let opened = of_page.into_iter().find(|it| it.n == n);
                    let opened = opened.unwrap_or_else(|| panic!("{n} was not asked"));
                    assert_eq!(opened.call.replace(call), None, "{n} was heard twice");
                    n
                }
                None => {
                    of_page
                        .into_iter()
                        .find(|it| it.call == Some(call))
                        .unwrap()
                        .n
                }
            };
            let text = match &step {
                Step::Pull { count } => format!("pull {count}"),
                Step::Error { error } => format!("error {}", error.code),
                _ => format!("{} {}", step.name(), brief(&event.payload)),
            };
            heard.push((window, format!("w{window} {n} {text}")));
            events.push((n, step));
        }
        // What several windows say in one turn is in no order.
        heard.sort_by_key(|(window, _)| *window);
        let heard: Vec<_> = heard.into_iter().map(|(_, text)| text).collect();
        let mut expected = std::mem::take(&mut self.steps);
        expected.sort_by_key(|text| text.as_bytes()[1]);
        assert_eq!(heard, expected, "the app hears of calls");
        for (n, step) in events {
            let Some(call) = self.page_calls.iter_mut().find(|it| it.n == n) else {
                continue;
            };
            match step {
                Step::Request { .. } if n % 4 == 0 => {
                    let payload = payload(&n.to_string(), n + 1);
                    step_of(&self.router, call, Step::Result { payload });
                }
                Step::Request { .. } if n % 4 == 1 => {
                    let error = no();
                    step_of(&self.router, call, Step::Error { error });
                }
                Step::Pull { count } => {
                    call.credit += count as usize;
                    if n % 4 != 3 {
                        feed(&self.router, call);
                    }
                }
                _ => {}
            }
        }
    }
}

pub(super) fn step_of(router: &Router, call: &mut PageCall, step: Step) {
    let ends = step.ends();
    let is_open = router.step(&id(call.window), call.call.unwrap(), step);
    assert_eq!(is_open, call.is_open, "{call:?}");
    call.is_open &= !ends;
}

pub(super) fn feed(router: &Router, call: &mut PageCall) {
    let total = call.n % 20;
    while call.credit > 0 && call.chunks < total {
        let payload = payload(&call.chunks.to_string(), call.n + call.chunks);
        step_of(router, call, Step::Chunk { payload });
        (call.credit, call.chunks) = (call.credit - 1, call.chunks + 1);
    }
    if call.chunks == total && call.is_open {
        let step = match call.n % 2 {
            0 => Step::Result {
                payload: Payload::null(),
            },
            _ => Step::Error { error: no() },
        };
        step_of(router, call, step);
    }
}

pub(super) fn no() -> CallError {
    let mut error = CallError::new(Code::HandlerFailed, "no");
    error.code = "no".to_owned();
    error
}
