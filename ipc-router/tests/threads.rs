//! Many threads at once: nothing is lost, doubled, out of order or stuck.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use common::*;
use ipc_protocol::{Code, Limits, WindowId};
use ipc_router::{Filter, Port, Request, RouteError, Router, Until};

const SENDERS: usize = 4;
const MESSAGES: usize = 2_000;

/// Reads `sender * MESSAGES + n` from a payload.
fn number(payload: &str) -> (usize, usize) {
    let number: usize = payload.parse().unwrap();
    (number / MESSAGES, number % MESSAGES)
}

fn numbered(sender: usize, n: usize) -> ipc_protocol::Payload {
    payload(&(sender * MESSAGES + n).to_string())
}

#[test]
fn every_accepted_message_arrives_once_and_in_order_while_windows_close() {
    let (router, port) = connect();
    let windows: Vec<WindowId> = (0..4)
        .map(|n| open(&router, &port, spec(&format!("w{n}"))))
        .collect();
    let done = AtomicUsize::new(0);

    let (accepted, arrived) = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (router, windows, done) = (router.clone(), &windows, &done);
                scope.spawn(move || {
                    let mut accepted = vec![Vec::new(); windows.len()];
                    for n in 0..MESSAGES {
                        let payload = numbered(sender, n);
                        for (window, accepted) in windows.iter().zip(&mut accepted) {
                            loop {
                                match router.send(window, &channel("a"), &payload) {
                                    Ok(()) => accepted.push(n),
                                    Err(RouteError::QueueFull { .. }) => {
                                        thread::yield_now();
                                        continue;
                                    }
                                    Err(error) => assert_eq!(error.code(), Code::WindowClosed),
                                }
                                break;
                            }
                        }
                    }
                    done.fetch_add(1, Ordering::SeqCst);
                    accepted
                })
            })
            .collect();

        let mut arrived: HashMap<(WindowId, usize), Vec<usize>> = HashMap::new();
        let mut pages: Vec<_> = windows
            .iter()
            .map(|window| (window, Page::new(&port, window, &["a"])))
            .collect();
        let mut take = || {
            let mut count = 0;
            for (window, page) in &mut pages {
                for payload in page.payloads() {
                    let (sender, n) = number(&payload);
                    let sent = arrived.entry(((*window).clone(), sender));
                    sent.or_default().push(n);
                    count += 1;
                }
            }
            count
        };
        let mut closing = windows.iter().skip(1);
        let mut count = 0;
        loop {
            // Looked at before the queue, so that the last look finds everything.
            let is_last = done.load(Ordering::SeqCst) == SENDERS;
            count += take();
            if count > 1_000
                && let Some(window) = closing.next()
            {
                count = 0;
                port.closed(window);
            }
            if is_last {
                break;
            }
            thread::yield_now();
        }
        let accepted: Vec<_> = senders.into_iter().map(|it| it.join().unwrap()).collect();
        (accepted, arrived)
    });

    for (sender, accepted) in accepted.iter().enumerate() {
        for (window, accepted) in windows.iter().zip(accepted) {
            let arrived = arrived.get(&(window.clone(), sender));
            let arrived = arrived.map_or(&[][..], Vec::as_slice);
            // What waits when a window closes goes with it, and it is the last.
            assert_eq!(arrived, &accepted[..arrived.len()]);
            assert!(*window != windows[0] || arrived.len() == MESSAGES);
        }
        assert_eq!(accepted[0].len(), MESSAGES, "the window that stays");
    }
}

#[test]
fn a_window_never_has_more_than_it_may() {
    let mut limits = Limits::default();
    limits.window_messages = 10;
    let (router, port) = Router::new(limits);
    let main = open(&router, &port, spec("main"));
    let accepted: usize = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let (router, main) = (router.clone(), &main);
                scope.spawn(move || {
                    (0..100)
                        .filter(|_| router.send(main, &channel("a"), &payload("1")).is_ok())
                        .count()
                })
            })
            .collect();
        senders.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(accepted, 10);
    assert_eq!(Page::new(&port, &main, &["a"]).take().len(), 10);
    router.send(&main, &channel("a"), &payload("1")).unwrap();
}

#[test]
fn consumers_that_come_and_go_do_not_disturb_one_that_stays() {
    let (router, port) = connect();
    let staying = router.subscribe(|| {});
    staying.listen(&Filter::All);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let passing = router.subscribe(|| {});
                    passing.listen(&Filter::All);
                    let mut last = None;
                    for event in passing.drain() {
                        let (_, n) = number(event.payload.as_json().unwrap());
                        assert!(last < Some(n));
                        last = Some(n);
                    }
                }
            });
        }
        for n in 0..MESSAGES {
            port.publish(message("main", "a", &n.to_string()));
        }
        stop.store(true, Ordering::SeqCst);
    });
    let seen: Vec<_> = staying
        .drain()
        .map(|it| number(it.payload.as_json().unwrap()).1)
        .collect();
    assert_eq!(seen, (0..MESSAGES).collect::<Vec<_>>());
}

#[test]
fn several_takers_share_the_events_of_one_subscription() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    consumer.listen(&Filter::Channel(channel("a")));
    consumer.listen(&Filter::Channel(channel("resize")));
    let mut all: Vec<_> = thread::scope(|scope| {
        let takers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let events = std::iter::from_fn(|| consumer.recv());
                    events.map(|event| brief(&event)).collect::<Vec<_>>()
                })
            })
            .collect();
        for n in 0..MESSAGES {
            port.publish(message("main", "a", &n.to_string()));
            port.publish(resize("main", n as f64));
        }
        router.close();
        takers
            .into_iter()
            .flat_map(|it| it.join().unwrap())
            .collect()
    });
    // Every message once; the last size, whatever became of the others, and none of them twice.
    let sizes = all.extract_if(.., |event| event.starts_with("main/resize"));
    let mut sizes: Vec<_> = sizes.collect();
    assert!(sizes.contains(&brief(&resize("main", (MESSAGES - 1) as f64))));
    let count = sizes.len();
    sizes.sort();
    sizes.dedup();
    assert_eq!(sizes.len(), count);
    let mut expected: Vec<_> = (0..MESSAGES).map(|n| format!("main/a={n}")).collect();
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
}

#[test]
fn listening_while_events_come_loses_none_and_keeps_their_order() {
    let (router, port) = connect();
    for _ in 0..50 {
        let consumer = router.subscribe(|| {});
        let seen: Vec<_> = thread::scope(|scope| {
            let listener = scope.spawn(|| {
                consumer.listen(&Filter::Channel(channel("a")));
                let events = std::iter::from_fn(|| consumer.recv());
                let numbers = events.map(|event| number(event.payload.as_json().unwrap()).1);
                numbers.take(100).collect()
            });
            for n in 0..100 {
                port.publish(message("main", "a", &n.to_string()));
            }
            listener.join().unwrap()
        });
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn one_who_waits_is_woken_by_an_event_a_release_and_the_close() {
    let (router, port) = connect();
    let consumer = router.subscribe(|| {});
    thread::scope(|scope| {
        let taker = scope.spawn(|| {
            let events = std::iter::from_fn(|| consumer.recv());
            events.map(|event| brief(&event)).collect::<Vec<_>>()
        });
        port.publish(message("main", "a", "1"));
        thread::yield_now();
        consumer.listen(&Filter::All);
        thread::yield_now();
        port.publish(message("main", "a", "2"));
        thread::yield_now();
        router.close();
        assert_eq!(taker.join().unwrap(), ["main/a=1", "main/a=2"]);
    });
}

/// Opens and answers until the port is dropped from under those who ask.
fn serve(port: Port, requests: usize) {
    let mut served = 0;
    while served < requests {
        for request in port.requests() {
            served += 1;
            match request {
                Request::Open { id, reply, .. } if served % 3 > 0 => {
                    port.opened(&id);
                    reply.send(Ok(()));
                }
                Request::Open { id, reply, .. } => {
                    port.closed(&id);
                    drop(reply);
                }
                _ => {}
            }
        }
        thread::yield_now();
    }
}

#[test]
fn every_window_asked_for_is_answered_once_though_the_port_goes() {
    for _ in 0..20 {
        let (router, port) = connect();
        let (answered, closed) = (Answers::new(), Answers::new());
        thread::scope(|scope| {
            scope.spawn(move || serve(port, 50));
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let window = router.open(Default::default(), answered.slot()).unwrap();
                        let tell = closed.slot();
                        router.on_closed(&window, move || tell(Ok(())));
                    }
                });
            }
        });
        assert_eq!(answered.take().len(), 200);
        assert_eq!(closed.take().len(), 200);
        assert!(!router.has_windows());
        assert_eq!(router.windows(), []);
    }
}

#[test]
fn who_asks_about_a_window_while_it_is_refused_is_told() {
    let (router, port) = connect();
    drop(port);
    let told = Answers::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..MESSAGES {
                router.open(spec("main"), |_| {}).unwrap();
            }
        });
        for _ in 0..MESSAGES {
            let tell = told.slot();
            router.on_closed(&id("main"), move || tell(Ok(())));
        }
    });
    assert_eq!(told.take().len(), MESSAGES);
}

#[test]
fn who_waits_for_room_is_let_in_once_and_in_order_while_pages_come_and_go() {
    let scene = Scene::new();
    scene.configure("*", r#"{"capacity": 7}"#);
    let done = AtomicUsize::new(0);
    let received = Answers::new();
    let names = ["a", "b"];
    let arrived = thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (scene, done, received) = (&scene, &done, &received);
            scope.spawn(move || {
                let channel = channel(names[sender % names.len()]);
                for n in 0..MESSAGES {
                    let until = [Until::Accepted, Until::Received][n % 2];
                    let accepted = received.slot();
                    scene.router.send_until(
                        until,
                        &scene.main,
                        &channel,
                        &numbered(sender, n),
                        accepted,
                    );
                }
                done.fetch_add(1, Ordering::SeqCst);
            });
        }

        let mut page = scene.page(&names);
        let mut arrived = vec![Vec::new(); SENDERS];
        let mut acked = |handed: &mut Vec<String>, count| {
            for payload in handed.drain(..count) {
                let (sender, n) = number(&payload);
                arrived[sender].push(n);
            }
        };
        // What the page was handed and did not acknowledge.
        let mut handed = Vec::new();
        let mut acknowledged = 0;
        for round in 0.. {
            // Looked at before the queue, so that the last look finds everything.
            let is_last = done.load(Ordering::SeqCst) == SENDERS;
            handed.extend(page.unacked());
            match round % 50 {
                10 => page.lane().leave(),
                11 => {
                    page.reload(&names[..1]);
                    handed.clear();
                    acknowledged = 0;
                }
                // Only now, so that some wait on a channel that nobody hears.
                12 => page.lane().listen(&channel(names[1])).unwrap(),
                _ => {
                    let count = handed.len() - handed.len() / 3;
                    acknowledged += count as u64;
                    assert!(page.lane().ack(acknowledged));
                    acked(&mut handed, count);
                }
            }
            if is_last && handed.is_empty() && page.lane().undelivered() == 0 {
                break;
            }
            thread::yield_now();
        }
        arrived
    });

    for (sender, arrived) in arrived.iter().enumerate() {
        assert_eq!(
            *arrived,
            (0..MESSAGES).collect::<Vec<_>>(),
            "sender {sender}"
        );
    }
    assert_eq!(received.codes(), vec![Ok(()); SENDERS * MESSAGES]);
    for name in names {
        let stats = scene.channel_stats(name);
        let sent = (SENDERS / names.len() * MESSAGES) as u64;
        assert_eq!((stats.accepted, stats.delivered), (sent, sent));
        assert_eq!((stats.dropped, stats.expired, stats.refused), (0, 0, 0));
    }
}

#[test]
fn everyone_is_answered_once_though_the_window_closes_meanwhile() {
    for _ in 0..20 {
        let scene = Scene::new();
        scene.configure("a", r#"{"capacity": 3}"#);
        let answers = Answers::new();
        thread::scope(|scope| {
            for sender in 0..SENDERS {
                let (scene, answers) = (&scene, &answers);
                scope.spawn(move || {
                    for n in 0..50 {
                        let until = [Until::Accepted, Until::Received][n % 2];
                        let payload = numbered(sender, n);
                        let main = &scene.main;
                        let router = &scene.router;
                        router.send_until(until, main, &channel("a"), &payload, answers.slot());
                    }
                });
            }
            let mut page = scene.page(&["a"]);
            for _ in 0..10 {
                page.handle();
                thread::yield_now();
            }
            scene.port.closed(&scene.main);
        });
        let codes = answers.codes();
        assert_eq!(codes.len(), SENDERS * 50);
        let mut errors = codes.into_iter().filter_map(Result::err);
        assert!(errors.all(|code| code == Code::WindowClosed));
    }
}

/// Tells the other threads to stop, also when a check has failed.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_reply_that_sends_again_holds_up_nobody() {
    // Each message that is received sends the next one, from the page's thread, while others send
    // to the same window and ask for its numbers.
    fn send_next(router: Router, main: WindowId, left: usize) {
        let again = (router.clone(), main.clone());
        let payload = payload(&left.to_string());
        router.send_until(
            Until::Received,
            &main,
            &channel("a"),
            &payload,
            move |result| {
                if left > 0 && result.is_ok() {
                    send_next(again.0, again.1, left - 1);
                }
            },
        );
    }

    let scene = Scene::new();
    scene.configure("*", r#"{"capacity": 1}"#);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for name in ["b", "c"] {
            let (scene, stop) = (&scene, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    // Full or not.
                    let _ = scene.send(name, "0");
                    assert_eq!(scene.router.stats().windows.len(), 1);
                    thread::yield_now();
                }
            });
        }
        let _stop = Stop(&stop);
        send_next(scene.router.clone(), scene.main.clone(), 500);
        let mut page = scene.page(&["a", "b", "c"]);
        let mut expected = 500;
        loop {
            let frames = page.handle();
            let own = frames.iter().filter(|it| it.contains(r#""channel":"a""#));
            for frame in own {
                let end = format!(r#""payload":{expected}}}"#);
                assert!(frame.ends_with(&end), "{frame} is not {expected}");
                expected -= usize::from(expected > 0);
            }
            if scene.channel_stats("a").delivered == 501 {
                break;
            }
            thread::yield_now();
        }
    });
}

/// What the user interface of the next test wakes up for.
enum Woken {
    /// It was asked to look.
    Asked,
    /// The page acknowledges up to this frame.
    Ack(u64),
    /// Nobody sends any more.
    End,
}

#[test]
fn no_wake_is_lost_though_messages_gather() {
    // Few messages and many rounds: it is the last wake that must not be lost, since later ones make
    // up for the others.
    const FEW: usize = 3;
    /// For so long a sender looks whether its message has been handed over.
    const LOOKS: usize = 1_000;

    for round in 0..400 {
        let scene = Scene::new();
        // Full, so that senders wait, every other time.
        let capacity = [1, 1_000][round / 4 % 2];
        scene.configure("a", &format!(r#"{{"capacity": {capacity}}}"#));
        let page = scene.page(&["a"]);
        let (wake, woken) = mpsc::channel();
        let asked = wake.clone();
        scene.port.on_wake(move || drop(asked.send(Woken::Asked)));

        // One sender alone, every fourth time: its next message meets the acknowledgement of the last.
        let senders = [SENDERS, 2, 3, 1][round % 4];
        let handed = AtomicUsize::new(0);
        let mut arrived = vec![Vec::new(); senders];
        thread::scope(|scope| {
            let senders: Vec<_> = (0..senders)
                .map(|sender| {
                    let (scene, handed) = (&scene, &handed);
                    scope.spawn(move || {
                        for n in 0..FEW {
                            let (main, json) = (&scene.main, numbered(sender, n));
                            let (until, channel) = (Until::Accepted, channel("a"));
                            let accepted = |result: Result<_, _>| result.unwrap();
                            scene
                                .router
                                .send_until(until, main, &channel, &json, accepted);
                            for _ in 0..LOOKS {
                                if handed.load(Ordering::SeqCst) > n {
                                    break;
                                }
                                thread::yield_now();
                            }
                        }
                    })
                })
                .collect();
            let end = wake.clone();
            scope.spawn(move || {
                senders.into_iter().for_each(|it| it.join().unwrap());
                end.send(Woken::End).unwrap();
            });

            // It looks at nothing that it was not woken for: a wake that does not come is seen.
            let mut has_ended = false;
            let mut acks = 0;
            while !has_ended || acks > 0 {
                match woken.recv().unwrap() {
                    Woken::Asked => {}
                    Woken::Ack(frame) => {
                        acks -= 1;
                        assert!(page.lane().ack(frame));
                    }
                    Woken::End => {
                        // Which is no reason to look.
                        has_ended = true;
                        continue;
                    }
                }
                while page.lane().is_due()
                    && let Some(batch) = page.lane().take(1 << 20)
                {
                    for frame in &batch.frames {
                        let (sender, n) = number(frame.payload().unwrap().as_json().unwrap());
                        arrived[sender].push(n);
                    }
                    handed.fetch_add(batch.frames.len(), Ordering::SeqCst);
                    acks += 1;
                    let last = batch.seq + batch.frames.len() as u64 - 1;
                    wake.send(Woken::Ack(last)).unwrap();
                }
            }
        });
        assert_eq!(page.lane().undelivered(), 0);
        for arrived in arrived {
            assert_eq!(arrived, (0..FEW).collect::<Vec<_>>());
        }
    }
}
